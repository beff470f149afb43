//! sigrok session files (`.sr`): a zip with `version`, `metadata` and the logic data.
//!
//! Source: libsigrok, `src/session_file.c` and the wiki page File_format:Sigrok/v2. Version 1 has the
//! logic data in one entry named as `capturefile` says, version 2 in chunks `NAME-1`, `NAME-2`, …, in
//! numeric order. A sample is `unitsize` bytes, little-endian, channel n its bit n; `probeN` names
//! channel N − 1. Only the first device's logic data is read; analog data is left alone.

mod entry;
mod metadata;
mod scan;

use super::source::Reader;
use super::{Capture, CaptureError, Changes, Channel, Rate, Source, Wire, settle_rate};
use entry::Entry;
use metadata::Metadata;
use std::io::Read;
use std::sync::Arc;
use zip::ZipArchive;
use zip::result::ZipError;

/// The largest `version` or `metadata` entry that is believed, in bytes.
const LARGEST_TEXT: u64 = 1 << 20;

/// An opened `.sr` file.
pub struct SrCapture {
    source: Source,
    channels: Vec<Channel>,
    rate: Rate,
    unit: usize,
    chunks: Arc<[Entry]>,
}

impl SrCapture {
    /// Reads version, metadata and the zip's directory.
    pub fn open(source: Source, rate: Option<Rate>) -> Result<SrCapture, CaptureError> {
        let mut zip = ZipArchive::new(source.open()?).map_err(|error| damaged(&source, "", error))?;
        let unusable = |what: String| CaptureError::NotSigrok { name: source.name().into(), what };
        let version = text(&source, &mut zip, "version")?;
        if !matches!(version.trim(), "1" | "2") {
            return Err(unusable(format!(
                "its version is '{}'; save it with sigrok-cli as version 2",
                version.trim()
            )));
        }
        let metadata = Metadata::parse(&text(&source, &mut zip, "metadata")?).map_err(unusable)?;
        let rate = settle_rate(source.name(), metadata.rate, rate)?;
        let chunks = chunks(&source, &mut zip, &metadata.capture_file)?;
        let channels = metadata
            .probes
            .into_iter()
            .map(|(number, name)| Channel { number, path: name.clone(), name })
            .collect();
        Ok(SrCapture { source, channels, rate, unit: metadata.unit, chunks: chunks.into() })
    }
}

impl Capture for SrCapture {
    fn name(&self) -> &str {
        self.source.name()
    }
    fn channels(&self) -> &[Channel] {
        &self.channels
    }
    fn rate(&self) -> Rate {
        self.rate
    }
    fn changes(&self, wires: &[Wire]) -> Result<Changes, CaptureError> {
        let bytes = entry::Entries::new(self.source.clone(), self.chunks.clone());
        Ok(Box::new(scan::Scan::new(bytes, self.unit, wires)))
    }
}

fn damaged(
    source: &Source,
    entry: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> CaptureError {
    CaptureError::Damaged { name: source.name().into(), entry: entry.into(), source: error.into() }
}

/// A text entry of the zip.
fn text(source: &Source, zip: &mut ZipArchive<Box<dyn Reader>>, name: &str) -> Result<String, CaptureError> {
    let entry = match zip.by_name(name) {
        Err(ZipError::FileNotFound) => {
            let what = format!("the zip has no entry '{name}'; save the capture with sigrok");
            return Err(CaptureError::NotSigrok { name: source.name().into(), what });
        }
        other => other.map_err(|error| damaged(source, name, error))?,
    };
    let mut text = String::new();
    entry.take(LARGEST_TEXT).read_to_string(&mut text).map_err(|error| damaged(source, name, error))?;
    Ok(text)
}

/// The logic data's entries in order: one named `capture_file`, or the numbered chunks.
fn chunks(
    source: &Source,
    zip: &mut ZipArchive<Box<dyn Reader>>,
    capture_file: &str,
) -> Result<Vec<Entry>, CaptureError> {
    let unusable = |what: String| CaptureError::NotSigrok { name: source.name().into(), what };
    let mut found = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|error| damaged(source, "", error))?;
        let name = file.name().map_err(|error| damaged(source, "", error))?.into_owned();
        let Some(rest) = name.strip_prefix(capture_file) else { continue };
        let number = match rest.strip_prefix('-').map(str::parse::<u64>) {
            None if rest.is_empty() => 0,
            Some(Ok(number)) if number > 0 => number,
            _ => continue,
        };
        let entry = Entry::new(name.clone(), &file).map_err(|error| damaged(source, &name, error))?;
        found.push((number, entry));
    }
    found.sort_by_key(|(number, _)| *number);
    let first = match found.first() {
        None => return Err(unusable(format!("it has no logic data '{capture_file}'; record some"))),
        Some((0, _)) => 0,
        Some(_) => 1,
    };
    if first == 0 {
        found.truncate(1);
    }
    for (expected, (number, _)) in (first..).zip(&found) {
        if *number != expected {
            return Err(unusable(format!("its chunk {capture_file}-{expected} is missing; copy it again")));
        }
    }
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}
