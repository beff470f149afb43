//! Captures as stimuli: recordings of real machines, read by the tool's own readers.

#[path = "../../../host-tools/tests/common/recording.rs"]
pub mod recording;

use portolan_sim::Change;
use portolan_tools::capture::{self, Source, Wire};
use portolan_tools::pins::{Clock, Pins};

/// Cycles of the simulated board's clock in a second.
const HERTZ: u32 = 100_000_000;

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
