//! Where a capture's bytes are: a file, or this program's memory.

use super::{CaptureError, example};
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes that can be read from the start as often as needed.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    bytes: Bytes,
}

#[derive(Clone, Debug)]
enum Bytes {
    File(PathBuf),
    Memory(Arc<[u8]>),
}

/// An open [`Source`].
pub(super) trait Reader: Read + Seek + Send {}
impl<T: Read + Seek + Send> Reader for T {}

impl Source {
    /// A file.
    pub fn file(path: impl Into<PathBuf>) -> Source {
        let path = path.into();
        Source { name: path.display().to_string(), bytes: Bytes::File(path) }
    }

    /// Bytes in memory, under the name that messages shall call them by.
    pub fn memory(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Source {
        Source { name: name.into(), bytes: Bytes::Memory(bytes.into()) }
    }

    /// The bundled example: a `.sr` file that this program makes itself, always the same.
    pub fn example() -> Source {
        Source::memory("the bundled example", example::capture())
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Opens it at its start.
    pub(super) fn open(&self) -> Result<Box<dyn Reader>, CaptureError> {
        match &self.bytes {
            Bytes::Memory(bytes) => Ok(Box::new(Cursor::new(bytes.clone()))),
            Bytes::File(path) => {
                // Before it is opened: a pipe to which nobody writes would not let go.
                let is_file = fs::metadata(path).map_err(|source| self.unreadable(source))?.is_file();
                if !is_file {
                    return Err(CaptureError::NotAFile { name: self.name.clone() });
                }
                Ok(Box::new(File::open(path).map_err(|source| self.unreadable(source))?))
            }
        }
    }

    pub(super) fn unreadable(&self, source: io::Error) -> CaptureError {
        CaptureError::Unreadable { name: self.name.clone(), source }
    }

    /// Which kind of file it is, by its first bytes, or by its name if those say nothing.
    pub(super) fn format(&self) -> Result<Format, CaptureError> {
        let mut start = Vec::new();
        self.open()?.take(512).read_to_end(&mut start).map_err(|source| self.unreadable(source))?;
        let named = |extension: &str| self.name.to_ascii_lowercase().ends_with(extension);
        let first = start.iter().find(|b| !b.is_ascii_whitespace());
        if start.starts_with(b"PK") || named(".sr") {
            Ok(Format::Sigrok)
        } else if first == Some(&b'$') || named(".vcd") {
            Ok(Format::Vcd)
        } else if first == Some(&b'{') || named(".jsonl") {
            Ok(Format::JsonLines)
        } else {
            Err(CaptureError::UnknownFormat { name: self.name.clone() })
        }
    }
}

/// The kinds of files.
pub(super) enum Format {
    /// A zip that sigrok wrote.
    Sigrok,
    /// A value change dump.
    Vcd,
    /// JSON objects that this program wrote.
    JsonLines,
}
