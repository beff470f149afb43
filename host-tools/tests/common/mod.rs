//! What several of the tool's tests need: the recordings of real machines, and small captures.

#![allow(dead_code, missing_docs, unused_imports, reason = "each test crate uses a part")]

mod recording;
pub mod serving;

pub use recording::skip::skip;

use serde_json::Value;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A recording of a real machine, with the figures of its README: rate in Hz, samples, and the channels
/// that have edges, by number.
pub struct Recording {
    pub file: &'static str,
    pub hertz: u64,
    pub samples: u64,
    pub channels: &'static [(usize, &'static str, u64)],
}

pub const SNIPPET: Recording = Recording {
    file: "smoothieware_snippet.sr",
    hertz: 12_000_000,
    samples: 1_048_576,
    channels: &[(0, "0", 176), (3, "3", 1_478), (5, "5", 1_478)],
};
pub const SMOOTHIEWARE: Recording = Recording {
    file: "smoothieware.sr",
    hertz: 12_000_000,
    samples: 100_000_000,
    channels: &[(0, "0", 6_662), (3, "3", 64_000), (4, "4", 2), (5, "5", 64_000), (6, "6", 2)],
};
pub const KEYBOARD: Recording = Recording {
    file: "ps2_keyboard_asdfgh.sr",
    hertz: 24_000_000,
    samples: 57_458_933,
    channels: &[(2, "Data", 84), (3, "Clock", 432)],
};
pub const RADIO_CLOCK: Recording =
    Recording { file: "dcf77_20s.sr", hertz: 1_000_000, samples: 20_000_000, channels: &[(1, "DATA", 38)] };
pub const GRBL: Recording = Recording {
    file: "grbl_cnc_1.sr",
    hertz: 2_000_000,
    samples: 96_727_040,
    channels: &[(0, "EN", 14), (1, "STEP (Y axis)", 21_016), (2, "TX", 1_752), (3, "RX", 38_804)],
};
pub const RECORDINGS: [&Recording; 5] = [&SNIPPET, &SMOOTHIEWARE, &KEYBOARD, &RADIO_CLOCK, &GRBL];

impl Recording {
    /// Where it is; see [`recording::recording`].
    pub fn path(&self) -> Option<PathBuf> {
        recording::recording(self.file)
    }

    /// Edges of all channels.
    pub fn edges(&self) -> u64 {
        self.channels.iter().map(|(_, _, edges)| edges).sum()
    }
}

/// Entries of a zip, in order.
pub fn zip(entries: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A sigrok capture in one piece: metadata as given, below `[device 1]`.
pub fn sr(metadata: &str, logic: &[u8]) -> Vec<u8> {
    let metadata = format!("[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\n{metadata}");
    let entries = [("version", &b"2"[..]), ("metadata", metadata.as_bytes()), ("logic-1", logic)];
    zip(&entries, CompressionMethod::Deflated)
}

/// Runs the tool, which must do well and say nothing on stderr; gives its stdout.
pub fn portolan(args: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_portolan")).args(args).stdin(Stdio::null()).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && message.is_empty(), "{args:?}: {message}");
    String::from_utf8(output.stdout).unwrap()
}

/// The objects of a run with `--json`: packets and gaps, and the summary.
pub fn objects(args: &[&str]) -> (Vec<Value>, Value) {
    let text = portolan(&[&["run", "--json"], args].concat());
    let mut objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = objects.pop().unwrap();
    assert_eq!(summary["type"], "summary");
    (objects, summary)
}
