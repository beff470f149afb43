//! Which channel drives which line: channel n line n, unless `--map` says otherwise.

use crate::capture::{Channel, Wire};
use std::str::FromStr;

/// One `--map CHANNEL=LINE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapArg {
    /// A channel's name, its full path, or its number.
    pub channel: String,
    /// The line.
    pub line: u32,
}

impl FromStr for MapArg {
    type Err = String;

    /// The line stands behind the last `=`, so that names may have some.
    fn from_str(text: &str) -> Result<MapArg, String> {
        let (channel, line) =
            text.rsplit_once('=').ok_or("write CHANNEL=LINE, for example 'STEP (Y axis)=4'")?;
        let line =
            line.trim().parse().map_err(|_| format!("'{line}' is no line number; write CHANNEL=LINE"))?;
        Ok(MapArg { channel: channel.trim().into(), line })
    }
}

/// Why channels and lines do not fit together.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum WiringError {
    /// `--map` names a channel that the capture does not have.
    #[error("--map '{given}={line}': the capture has no channel '{given}'; it has {known}")]
    UnknownChannel {
        /// What was given.
        given: String,
        /// The line it was to drive.
        line: u32,
        /// The channels that there are.
        known: String,
    },
    /// `--map` names a channel whose name several channels have.
    #[error("--map '{given}={line}': channels {numbers} are called '{given}'; give one by its number")]
    Ambiguous {
        /// What was given.
        given: String,
        /// The line it was to drive.
        line: u32,
        /// The numbers of the channels of that name.
        numbers: String,
    },
    /// `--map` gives one channel two lines.
    #[error("--map gives channel '{channel}' to line {first} and to line {second}; leave one out")]
    ChannelTwice {
        /// The channel's name.
        channel: String,
        /// The line of the first `--map`.
        first: u32,
        /// The line of the second.
        second: u32,
    },
    /// Two channels on one line.
    #[error(
        "line {line} would be driven by '{first}' and by '{second}'; give one of them another line with \
         --map, or drop the channels without a --map by --only-mapped"
    )]
    LineTwice {
        /// The line.
        line: u32,
        /// The first channel's name.
        first: String,
        /// The second one's.
        second: String,
    },
    /// `--map` names a line that the board does not have.
    #[error("--map '{channel}={line}': the board has lines 0 to {}; choose one of them", .lines - 1)]
    NoSuchLine {
        /// What was given as the channel.
        channel: String,
        /// The line.
        line: u32,
        /// How many lines there are.
        lines: u32,
    },
    /// Channel n has no line n.
    #[error(
        "the capture has {channels} channels, more than the board's {lines} lines: '{channel}' (channel \
         {number}) finds none; choose channels with --map CHANNEL=LINE and drop the others with --only-mapped"
    )]
    TooManyChannels {
        /// How many channels the capture has.
        channels: usize,
        /// How many lines the board has.
        lines: u32,
        /// The first channel without a line.
        channel: String,
        /// Its number.
        number: usize,
    },
    /// `--only-mapped` without `--map`.
    #[error("--only-mapped drops every channel; name some with --map CHANNEL=LINE")]
    NothingMapped,
}

/// The wires, by line.
pub fn wires(
    channels: &[Channel],
    maps: &[MapArg],
    only_mapped: bool,
    lines: u32,
) -> Result<Vec<Wire>, WiringError> {
    let mut wires: Vec<(Wire, &Channel)> = Vec::new();
    for map in maps {
        let channel = find(channels, map)?;
        if map.line >= lines {
            let channel = map.channel.clone();
            return Err(WiringError::NoSuchLine { channel, line: map.line, lines });
        }
        if let Some((wire, _)) = wires.iter().find(|(wire, _)| wire.channel == channel.number) {
            let (channel, first, second) = (channel.name.clone(), wire.line, map.line);
            return Err(WiringError::ChannelTwice { channel, first, second });
        }
        connect(&mut wires, channel, map.line)?;
    }
    if !only_mapped {
        for channel in channels {
            if wires.iter().any(|(wire, _)| wire.channel == channel.number) {
                continue;
            }
            match u32::try_from(channel.number) {
                Ok(line) if line < lines => connect(&mut wires, channel, line)?,
                _ => {
                    let (name, number) = (channel.name.clone(), channel.number);
                    let channels = channels.len();
                    return Err(WiringError::TooManyChannels { channels, lines, channel: name, number });
                }
            }
        }
    }
    if wires.is_empty() {
        return Err(WiringError::NothingMapped);
    }
    let mut wires: Vec<Wire> = wires.into_iter().map(|(wire, _)| wire).collect();
    wires.sort_by_key(|wire| wire.line);
    Ok(wires)
}

fn connect<'a>(
    wires: &mut Vec<(Wire, &'a Channel)>,
    channel: &'a Channel,
    line: u32,
) -> Result<(), WiringError> {
    if let Some((_, first)) = wires.iter().find(|(wire, _)| wire.line == line) {
        let (first, second) = (first.name.clone(), channel.name.clone());
        return Err(WiringError::LineTwice { line, first, second });
    }
    wires.push((Wire { channel: channel.number, line }, channel));
    Ok(())
}

/// By name, else by path, else by number.
fn find<'a>(channels: &'a [Channel], map: &MapArg) -> Result<&'a Channel, WiringError> {
    let named = |name: fn(&Channel) -> &str| -> Vec<&Channel> {
        channels.iter().filter(|channel| name(channel) == map.channel).collect()
    };
    for found in [named(|channel| &channel.name), named(|channel| &channel.path)] {
        match found[..] {
            [] => (),
            [channel] => return Ok(channel),
            _ => {
                let numbers: Vec<String> = found.iter().map(|c| c.number.to_string()).collect();
                let numbers = numbers.join(", ");
                return Err(WiringError::Ambiguous { given: map.channel.clone(), line: map.line, numbers });
            }
        }
    }
    let number = map.channel.parse().ok();
    channels.iter().find(|channel| Some(channel.number) == number).ok_or_else(|| {
        let known = known(channels);
        WiringError::UnknownChannel { given: map.channel.clone(), line: map.line, known }
    })
}

/// The channels as a message lists them; not a page of them.
fn known(channels: &[Channel]) -> String {
    const SHOWN: usize = 16;
    let mut names: Vec<String> =
        channels.iter().take(SHOWN).map(|channel| format!("{} '{}'", channel.number, channel.name)).collect();
    if channels.len() > SHOWN {
        names.push(format!("and {} more", channels.len() - SHOWN));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels(names: &[&str]) -> Vec<Channel> {
        let channel = |(number, name): (usize, &&str)| Channel {
            number,
            name: name.to_string(),
            path: format!("top.{name}"),
        };
        names.iter().enumerate().map(channel).collect()
    }

    fn lines(names: &[&str], maps: &[&str], only: bool) -> Result<Vec<(usize, u32)>, WiringError> {
        let maps: Vec<MapArg> = maps.iter().map(|map| map.parse().unwrap()).collect();
        let wires = wires(&channels(names), &maps, only, 4)?;
        Ok(wires.into_iter().map(|wire| (wire.channel, wire.line)).collect())
    }

    #[test]
    fn channel_n_drives_line_n_unless_it_is_mapped() {
        assert_eq!(lines(&["a", "b"], &[], false).unwrap(), [(0, 0), (1, 1)]);
        assert_eq!(lines(&["a", "b"], &["a=3"], false).unwrap(), [(1, 1), (0, 3)]);
        assert_eq!(lines(&["a", "b"], &["b=0", "a=1"], false).unwrap(), [(1, 0), (0, 1)]);
        assert_eq!(lines(&["a", "b", "c"], &["c=0"], true).unwrap(), [(2, 0)]);
    }

    #[test]
    fn a_channel_goes_by_name_then_path_then_number() {
        assert_eq!(lines(&["1", "0"], &["0=3"], true).unwrap(), [(1, 3)]);
        assert_eq!(lines(&["a", "b"], &["top.b=3"], true).unwrap(), [(1, 3)]);
        assert_eq!(lines(&["a", "b"], &["1=3"], true).unwrap(), [(1, 3)]);
        assert_eq!(lines(&["x=y", "b"], &["x=y=3"], true).unwrap(), [(0, 3)]);
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_remedy() {
        let five = ["a", "b", "c", "d", "e"];
        for (names, maps, only, parts) in [
            (&five[..2], &["z=1"][..], false, &["'z'", "0 'a', 1 'b'"][..]),
            (&["a", "a"], &["a=1"], false, &["0, 1", "number"]),
            (&five[..2], &["a=4"], false, &["'a=4'", "0 to 3"]),
            (&five[..2], &["a=1"], false, &["line 1", "'a'", "'b'", "--only-mapped"]),
            (&five[..2], &["a=2", "b=2"], false, &["line 2", "'a'", "'b'"]),
            (&five[..2], &["a=2", "0=3"], false, &["'a'", "line 2", "line 3"]),
            (&five, &[], false, &["5 channels", "4 lines", "'e'", "--only-mapped"]),
            (&five[..2], &[], true, &["--only-mapped", "--map"]),
        ] {
            let error = lines(names, maps, only).unwrap_err().to_string();
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        }
        for text in ["a", "a=", "a=b", "a=-1"] {
            assert!(text.parse::<MapArg>().unwrap_err().contains("CHANNEL=LINE"), "{text}");
        }
    }
}
