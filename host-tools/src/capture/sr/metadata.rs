//! The `metadata` entry: an ini file, with or without blanks around `=`.

use crate::capture::Rate;
use std::collections::BTreeMap;

/// What the metadata say of the first device.
#[derive(Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Samples per second, if it is told.
    pub rate: Option<Rate>,
    /// The entry, or the prefix of the entries, with the logic data.
    pub capture_file: String,
    /// Bytes of a sample: 1 to 4.
    pub unit: usize,
    /// Channel number (from 0) and name, by number.
    pub probes: Vec<(usize, String)>,
}

impl Metadata {
    /// Reads the first `[device …]` section that has logic data; the error says what is wrong.
    pub fn parse(text: &str) -> Result<Metadata, String> {
        let device = sections(text)
            .into_iter()
            .find(|(name, keys)| name.starts_with("device") && keys.contains_key("capturefile"))
            .map(|(_, keys)| keys)
            .ok_or("its metadata name no logic data (capturefile); record at least one logic channel")?;
        let unit = number(&device, "unitsize")?.ok_or("its metadata have no unitsize; save it again")?;
        if !(1..=4).contains(&unit) {
            return Err(format!("its unitsize is {unit}; sizes 1 to 4 can be read"));
        }
        let total = number(&device, "total probes")?;
        let mut probes = Vec::new();
        for (key, name) in &device {
            let Some(index) = key.strip_prefix("probe").and_then(|n| n.parse::<usize>().ok()) else {
                continue;
            };
            let most = total.unwrap_or(8 * unit).min(8 * unit);
            if index == 0 || index > most {
                return Err(format!(
                    "its {key} ('{name}') is beyond its {most} channels ({unit} bytes a sample)"
                ));
            }
            probes.push((index - 1, name.clone()));
        }
        probes.sort();
        if probes.is_empty() {
            return Err("its metadata name no channel (probe1 = …); record at least one".into());
        }
        let rate = match device.get("samplerate").map(String::as_str) {
            None | Some("" | "0" | "0 Hz") => None,
            Some(text) => Some(text.parse().map_err(|error| format!("in its metadata, {error}"))?),
        };
        Ok(Metadata { rate, capture_file: device["capturefile"].clone(), unit, probes })
    }
}

type Keys = BTreeMap<String, String>;

fn sections(text: &str) -> Vec<(String, Keys)> {
    let mut sections: Vec<(String, Keys)> = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            sections.push((name.trim().into(), Keys::new()));
        } else if line.starts_with(['#', ';']) {
            // A comment.
        } else if let (Some((key, value)), Some((_, keys))) = (line.split_once('='), sections.last_mut()) {
            keys.insert(key.trim().into(), unescape(value.trim()));
        }
    }
    sections
}

/// GLib's key files, which sigrok writes, escape blanks at the start of a value and backslashes.
fn unescape(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('s') => plain.push(' '),
                Some('t') => plain.push('\t'),
                Some('n') => plain.push('\n'),
                Some('r') => plain.push('\r'),
                Some(other) => plain.push(other),
                None => plain.push('\\'),
            },
            _ => plain.push(c),
        }
    }
    plain
}

fn number(keys: &Keys, key: &str) -> Result<Option<usize>, String> {
    keys.get(key)
        .map(|text| {
            text.parse().map_err(|_| format!("its {key} is '{text}', which is no number; save it again"))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "[global]\nsigrok version = 0.2.0\n[device 1]\ndriver = saleae-logic\n\
        capturefile = logic-1\nunitsize = 1\ntotal probes = 8\nsamplerate = 1 MHz\nprobe1 = PON\nprobe2 = DATA\n";

    #[test]
    fn blanks_around_the_equals_sign_make_no_difference() {
        let tight = OLD.replace(" = ", "=");
        let metadata = Metadata::parse(OLD).unwrap();
        assert_eq!(metadata, Metadata::parse(&tight).unwrap());
        assert_eq!(metadata.probes, [(0, "PON".into()), (1, "DATA".into())]);
        assert_eq!(metadata.rate, Some("1 MHz".parse().unwrap()));
        assert_eq!((metadata.unit, metadata.capture_file.as_str()), (1, "logic-1"));
    }

    #[test]
    fn channels_sort_by_number_and_keep_gaps_blanks_and_equals_signs() {
        let text = "[device 1]\ncapturefile=l\nunitsize=2\nprobe10=A = B\nprobe2=\\sSTEP (Y axis)\nprobe1=\n";
        let metadata = Metadata::parse(text).unwrap();
        let expected = [(0, String::new()), (1, " STEP (Y axis)".into()), (9, "A = B".into())];
        assert_eq!(metadata.probes, expected);
        assert_eq!(metadata.rate, None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, word) in [
            ("", "capturefile"),
            ("[device 1]\ncapturefile=l\nprobe1=a", "unitsize"),
            ("[device 1]\ncapturefile=l\nunitsize=5\nprobe1=a", "unitsize is 5"),
            ("[device 1]\ncapturefile=l\nunitsize=x\nprobe1=a", "'x'"),
            ("[device 1]\ncapturefile=l\nunitsize=1\nprobe9=a", "probe9"),
            ("[device 1]\ncapturefile=l\nunitsize=1\ntotal probes=2\nprobe3=a", "probe3"),
            ("[device 1]\ncapturefile=l\nunitsize=1\nprobe0=a", "probe0"),
            ("[device 1]\ncapturefile=l\nunitsize=1", "no channel"),
            ("[device 1]\ncapturefile=l\nunitsize=1\nprobe1=a\nsamplerate=fast", "'fast'"),
        ] {
            let error = Metadata::parse(text).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
