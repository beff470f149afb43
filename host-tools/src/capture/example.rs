//! The bundled example: one second of a small machine, made by this program, always the same bytes.
//!
//! A serial port that talks, a wheel with a quadrature encoder, a stepper that moves there and back, a
//! button that bounces, and the pulse per second, sampled at 1 MHz: a real `.sr` file, in memory.

use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Samples, which are microseconds.
const LENGTH: usize = 1_000_000;
/// Samples of a chunk, as sigrok splits long recordings.
const CHUNK: usize = 1 << 18;

/// One channel: its level at first, and the samples from which it is another.
struct Signal {
    name: &'static str,
    start: bool,
    toggles: Vec<usize>,
}

/// The file.
pub fn capture() -> Vec<u8> {
    let signals = signals();
    let mut metadata = String::from(
        "[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\ntotal probes=8\n\
         samplerate=1 MHz\ntotal analog=0\n",
    );
    for (number, signal) in signals.iter().enumerate() {
        metadata += &format!("probe{}={}\n", number + 1, signal.name);
    }
    metadata += "unitsize=1\n";
    pack(&metadata, &samples(&signals)).expect("a zip in memory cannot fail")
}

fn pack(metadata: &str, samples: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    zip.start_file("version", options)?;
    zip.write_all(b"2")?;
    zip.start_file("metadata", options)?;
    zip.write_all(metadata.as_bytes())?;
    for (index, chunk) in samples.chunks(CHUNK).enumerate() {
        zip.start_file(format!("logic-1-{}", index + 1), options)?;
        zip.write_all(chunk)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn samples(signals: &[Signal]) -> Vec<u8> {
    let mut flips = vec![0u8; LENGTH];
    let mut level = 0;
    for (bit, signal) in signals.iter().enumerate() {
        level |= u8::from(signal.start) << bit;
        for at in signal.toggles.iter().filter(|at| **at < LENGTH) {
            flips[*at] ^= 1 << bit;
        }
    }
    for sample in &mut flips {
        level ^= *sample;
        *sample = level;
    }
    flips
}

fn signals() -> Vec<Signal> {
    let (a, b) = encoder();
    let (step, dir) = stepper();
    let signal = |name, start, toggles| Signal { name, start, toggles };
    vec![
        signal("UART TX", true, uart()),
        signal("ENC A", false, a),
        signal("ENC B", false, b),
        signal("STEP", false, step),
        signal("DIR", false, dir),
        signal("BUTTON", true, button()),
        signal("PPS", false, vec![250_000, 350_000]),
    ]
}

/// A line of text every 125 ms, 115,200 baud, eight bits, no parity, one stop bit.
fn uart() -> Vec<usize> {
    let mut toggles = Vec::new();
    for line in 0..8 {
        let start = 10_000 + line * 125_000;
        let mut level = 1;
        for (index, byte) in b"every edge has its place\r\n".iter().enumerate() {
            let frame = u32::from(*byte) << 1 | 1 << 9;
            for bit in 0..10 {
                if frame >> bit & 1 != level {
                    level ^= 1;
                    toggles.push(start + (10 * index + bit) * 1_000_000 / 115_200);
                }
            }
        }
    }
    toggles
}

/// A wheel that speeds up to 1,250 quarter turns of the code per second, slows down, and turns back.
fn encoder() -> (Vec<usize>, Vec<usize>) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    // Position in 10^-9 quarter periods, moved by a speed that is a triangle over time.
    let (mut position, mut quarter) = (0i64, 0i64);
    for at in 0..LENGTH as i64 {
        let phase = at % 500_000;
        let speed = 5 * phase.min(500_000 - phase);
        position += if at < 500_000 { speed } else { -speed };
        let now = position.div_euclid(1_000_000_000);
        if now != quarter {
            // A changes entering even quarters, B entering odd ones: A leads B forwards.
            let boundary = now.max(quarter);
            if boundary % 2 == 0 {
                a.push(at as usize)
            } else {
                b.push(at as usize)
            }
            quarter = now;
        }
    }
    (a, b)
}

/// Two moves of 600 steps, from 500 to 2,500 steps per second and down again; DIR turns between them.
fn stepper() -> (Vec<usize>, Vec<usize>) {
    let mut steps = Vec::new();
    for start in [60_000, 540_000] {
        let mut at = start;
        for step in 0..600usize {
            steps.extend([at, at + 5]);
            let ramp = step.min(599 - step).min(200);
            at += 1_000_000 / (500 + 10 * ramp);
        }
    }
    (steps, vec![520_000])
}

/// Pressed at 200 ms and released at 620 ms; the contact bounces for up to 2 ms both times.
fn button() -> Vec<usize> {
    let mut random = 0x2545_f491u32;
    let mut toggles = Vec::new();
    for press in [200_000, 620_000] {
        let mut at = press;
        for _ in 0..11 {
            toggles.push(at);
            // Marsaglia's xorshift.
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            at += 20 + random as usize % 160;
        }
    }
    toggles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_the_same_every_time_and_has_something_to_show() {
        assert_eq!(capture(), capture());
        let signals = signals();
        for signal in &signals {
            let times = &signal.toggles;
            assert!(times.is_sorted_by(|a, b| a < b), "{}: {times:?}", signal.name);
            assert!(times.last().is_some_and(|last| *last < LENGTH), "{}", signal.name);
        }
        let edges: usize = signals.iter().map(|signal| signal.toggles.len()).sum();
        assert!((4_000..8_000).contains(&edges), "{edges} edges");
    }
}
