//! A recording as a sigrok session (file format version 2): a zip of metadata and a sample for every cycle of the
//! board's clock.

use super::unwritable;
use crate::failure::Failure;
use crate::report::json::Start;
use crate::report::tally::Tally;
use crate::report::{Arrival, Ending, Report};
use anyhow::anyhow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Most channels of a file that `portolan run` reads.
const MOST: usize = 32;
/// Bytes of a chunk, as sigrok splits long recordings.
const CHUNK: usize = 4 << 20;

/// Writes edges as samples.
pub struct SigrokReport {
    /// `None` when it was completed.
    zip: Option<ZipWriter<BufWriter<File>>>,
    /// Bits of the lines.
    bits: HashMap<u32, u32>,
    /// Bytes of a sample.
    unit: usize,
    levels: u32,
    /// The samples that were written or are in `chunk`.
    samples: u64,
    chunk: Vec<u8>,
    chunks: u32,
}

impl SigrokReport {
    /// Into this file, of so many lines.
    pub fn new(file: File, lines: usize) -> Result<SigrokReport, Failure> {
        if lines > MOST {
            return Err(Failure::Input(anyhow!(
                "a .sr file takes {MOST} lines, not {lines}; choose some with --line, or record a .vcd file"
            )));
        }
        Ok(SigrokReport {
            zip: Some(ZipWriter::new(BufWriter::new(file))),
            bits: HashMap::new(),
            unit: lines.div_ceil(8),
            levels: 0,
            samples: 0,
            chunk: Vec::with_capacity(CHUNK),
            chunks: 0,
        })
    }

    fn begin(&mut self, start: &Start) -> ZipResult<()> {
        let mut metadata = format!(
            "[global]\nsigrok version=0.5.2\n\n[device 1]\ncapturefile=logic-1\ntotal probes={}\nsamplerate={}\n\
             total analog=0\n",
            start.lines.len(),
            rate(start.clock_hz),
        );
        for (bit, line) in (0..).zip(&start.lines) {
            metadata += &format!("probe{}={}\n", bit + 1, line.channel.replace(['\n', '\r'], " "));
            self.bits.insert(line.line, bit);
            self.levels |= (line.level & 1) << bit;
        }
        metadata += &format!("unitsize={}\n", self.unit);
        self.entry("version", b"2")?;
        self.entry("metadata", metadata.as_bytes())
    }

    fn entry(&mut self, name: &str, bytes: &[u8]) -> ZipResult<()> {
        let Some(zip) = &mut self.zip else { return Ok(()) };
        // Long runs of equal samples are most of it: the fastest level is small enough.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1));
        zip.start_file(name, options)?;
        Ok(zip.write_all(bytes)?)
    }

    /// Repeats the levels until there are so many samples.
    fn fill(&mut self, samples: u64) -> ZipResult<()> {
        while self.samples < samples {
            let room = ((CHUNK - self.chunk.len()) / self.unit) as u64;
            let count = room.min(samples - self.samples) as usize;
            let sample = &self.levels.to_le_bytes()[..self.unit];
            match sample {
                [byte] => self.chunk.resize(self.chunk.len() + count, *byte),
                sample => (0..count).for_each(|_| self.chunk.extend_from_slice(sample)),
            }
            self.samples += count as u64;
            if self.chunk.len() + self.unit > CHUNK {
                self.write_chunk()?;
            }
        }
        Ok(())
    }

    fn write_chunk(&mut self) -> ZipResult<()> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        self.chunks += 1;
        let chunk = std::mem::take(&mut self.chunk);
        let written = self.entry(&format!("logic-1-{}", self.chunks), &chunk);
        self.chunk = chunk;
        self.chunk.clear();
        written
    }

    fn complete(&mut self, samples: u64) -> ZipResult<()> {
        self.fill(samples)?;
        self.write_chunk()?;
        match self.zip.take() {
            Some(zip) => Ok(zip.finish()?.flush()?),
            None => Ok(()),
        }
    }
}

impl Report for SigrokReport {
    fn start(&mut self, start: &Start) -> Result<(), Failure> {
        self.begin(start).map_err(unwritable)
    }

    fn arrival(&mut self, arrival: &Arrival, _: &Tally) -> Result<(), Failure> {
        // The format has no place for what was lost; the summary tells.
        let Arrival::Interrupt { line, cycle, level, .. } = *arrival else { return Ok(()) };
        let Some(&bit) = self.bits.get(&line) else { return Ok(()) };
        self.fill(cycle).map_err(unwritable)?;
        self.levels = self.levels & !(1 << bit) | u32::from(level) << bit;
        Ok(())
    }

    fn summary(&mut self, _: &Tally, ending: Ending) -> Result<(), Failure> {
        self.complete(ending.cycles.max(self.samples + 1)).map_err(unwritable)
    }
}

/// A rate as sigrok writes it.
fn rate(hertz: u32) -> String {
    match hertz {
        hertz if hertz.is_multiple_of(1_000_000) => format!("{} MHz", hertz / 1_000_000),
        hertz if hertz.is_multiple_of(1_000) => format!("{} kHz", hertz / 1_000),
        hertz => format!("{hertz} Hz"),
    }
}
