//! Captures as stimuli: recordings of real machines, read by the tool's own readers.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use portolan_sim::Change;
use portolan_tools::capture::{self, Source, Wire};
use portolan_tools::pins::{Clock, Pins};

/// Cycles of the simulated board's clock in a second.
const HERTZ: u32 = 100_000_000;

/// Where a recording is. A clone without the recordings says so and skips the test, unless
/// PORTOLAN_NO_SKIP=1 forbids that.
pub fn recording(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PORTOLAN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.is_file() {
        return Some(path);
    }
    let reason = format!(
        "{file} is not in {}; the recordings are not part of the project (set PORTOLAN_DATA to their folder)",
        folder.display()
    );
    assert!(std::env::var_os("PORTOLAN_NO_SKIP").is_none_or(|v| v != "1"), "{reason}");
    // Not by `eprintln!`, whose output a passing test swallows.
    let _ = writeln!(io::stderr(), "SKIPPED: {reason}");
    None
}

/// The beginning of a capture, channel n on line n.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Levels of the first sample, which are no edges.
    pub initial: u64,
    /// What follows, by cycles of a board's clock.
    pub changes: Vec<Change>,
    /// The cycle of the last sample that was looked at.
    pub cycles: u64,
}

/// The first `cycles` cycles of a capture, or all of it if it is shorter.
pub fn beginning(source: Source, cycles: u64) -> Beginning {
    let capture = capture::open(source, None).expect("a capture");
    let channels = capture.channels().iter();
    let wires: Vec<_> =
        channels.map(|channel| Wire { channel: channel.number, line: channel.number as u32 }).collect();
    let clock = Clock::new(&*capture, HERTZ);
    let mut last = 0;
    let samples = capture.changes(&wires).expect("it can be read").inspect(|sample| {
        let sample = sample.as_ref().expect("a whole capture").sample;
        last = clock.cycle(sample).expect("63 bits of ns");
    });
    let pins = Pins::new(samples, clock.clone()).map(|change| change.expect("a whole capture"));
    let pins = pins.take_while(|change| change.cycle < cycles);
    let mut changes: Vec<_> =
        pins.map(|change| Change { cycle: change.cycle, pins: change.levels }).collect();
    let initial = changes.remove(0).pins;
    Beginning { initial, changes, cycles: last.min(cycles) }
}
