//! The logic data's bytes: entries of the zip, unpacked one after the other, length and CRC checked.
//!
//! The zip crate's own readers borrow the archive, so none can be kept in an iterator. It tells
//! where an entry's data lie; unpacking them from there takes few lines.

use crate::capture::source::Reader;
use crate::capture::{CaptureError, Source};
use flate2::{Crc, bufread::DeflateDecoder};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
use std::sync::Arc;
use zip::CompressionMethod;
use zip::read::ZipFile;
use zip::result::{ZipError, ZipResult};

/// Where an entry lies, and what it must unpack to.
#[derive(Debug)]
pub struct Entry {
    name: String,
    start: u64,
    packed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

impl Entry {
    /// Takes down where the entry lies.
    pub fn new<R: Read + Seek + ?Sized>(name: String, file: &ZipFile<'_, R>) -> ZipResult<Entry> {
        if file.encrypted() {
            return Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED));
        }
        let deflated = match file.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => return Err(ZipError::UnsupportedArchive("neither stored nor deflated")),
        };
        let start = file.data_start().ok_or(ZipError::InvalidArchive("no local header".into()))?;
        let (packed, size, crc) = (file.compressed_size(), file.size(), file.crc32());
        Ok(Entry { name, start, packed, size, crc, deflated })
    }
}

enum Unpacker {
    Stored(BufReader<Take<Box<dyn Reader>>>),
    Deflated(DeflateDecoder<BufReader<Take<Box<dyn Reader>>>>),
}

impl Unpacker {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Unpacker::Stored(reader) => reader.read(buffer),
            Unpacker::Deflated(reader) => reader.read(buffer),
        }
    }
}

struct Current {
    unpacker: Unpacker,
    crc: Crc,
}

/// All entries as one stream.
pub struct Entries {
    source: Source,
    entries: Arc<[Entry]>,
    next: usize,
    current: Option<Current>,
}

impl Entries {
    /// A stream at the start of the first entry; nothing is opened yet.
    pub fn new(source: Source, entries: Arc<[Entry]>) -> Entries {
        Entries { source, entries, next: 0, current: None }
    }

    /// What messages call the capture.
    pub fn name(&self) -> &str {
        self.source.name()
    }

    /// An error that concerns the entry read last.
    pub fn damaged(&self, what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CaptureError {
        let entry = self.entries[self.next.saturating_sub(1)].name.clone();
        CaptureError::Damaged { name: self.source.name().into(), entry, source: what.into() }
    }

    /// Fills the buffer as far as the data go: less than its length only at the end.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, CaptureError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let Some(current) = &mut self.current else {
                if !self.open_next()? {
                    break;
                }
                continue;
            };
            match current.unpacker.read(&mut buffer[filled..]) {
                Ok(0) => self.close()?,
                Ok(count) => {
                    current.crc.update(&buffer[filled..filled + count]);
                    filled += count;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => return Err(self.damaged(error)),
            }
        }
        Ok(filled)
    }

    fn open_next(&mut self) -> Result<bool, CaptureError> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(false) };
        let mut reader = self.source.open()?;
        reader.seek(SeekFrom::Start(entry.start)).map_err(|error| self.source.unreadable(error))?;
        let packed = BufReader::with_capacity(1 << 16, reader.take(entry.packed));
        let unpacker = if entry.deflated {
            Unpacker::Deflated(DeflateDecoder::new(packed))
        } else {
            Unpacker::Stored(packed)
        };
        self.next += 1;
        self.current = Some(Current { unpacker, crc: Crc::new() });
        Ok(true)
    }

    /// At an entry's end: is it what the zip's directory promised?
    fn close(&mut self) -> Result<(), CaptureError> {
        let entry = &self.entries[self.next - 1];
        let Some(current) = self.current.take() else { return Ok(()) };
        // Crc counts its bytes modulo 2^32.
        if current.crc.amount() != entry.size as u32 || current.crc.sum() != entry.crc {
            return Err(self.damaged("its data do not match their checksum"));
        }
        Ok(())
    }
}
