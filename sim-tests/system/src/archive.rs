//! A guest's initial file system: an archive of the form "newc" (Linux, Documentation/driver-api/early-userspace).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use cpio::newc::{self, Builder};

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const LINK: u32 = 0o120_777;

/// An archive that is being written.
pub struct Archive {
    out: BufWriter<File>,
    folders: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    /// Begins one.
    pub fn create(path: &Path) -> Result<Archive> {
        let file = File::create(path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Archive { out: BufWriter::new(file), folders: BTreeSet::new(), entries: 0 })
    }

    /// Adds a file that can be run, of this content.
    pub fn text(&mut self, path: &str, content: &str) -> Result<()> {
        self.entry(path, PROGRAM, content.as_bytes())
    }

    /// Adds a copy of a file.
    pub fn copy(&mut self, path: &str, from: &Path) -> Result<()> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        self.entry(path, PROGRAM, &content)
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: &str, to: &str) -> Result<()> {
        self.entry(path, LINK, to.as_bytes())
    }

    /// Adds a folder, and those above it.
    pub fn folder(&mut self, path: &str) -> Result<()> {
        if path.is_empty() || !self.folders.insert(path.to_owned()) {
            return Ok(());
        }
        self.entry(path, FOLDER, &[])
    }

    /// Ends it.
    pub fn finish(self) -> Result<()> {
        newc::trailer(self.out)?.flush()?;
        Ok(())
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) -> Result<()> {
        if let Some((above, _)) = path.rsplit_once('/') {
            self.folder(above)?;
        }
        self.entries += 1;
        let size = u32::try_from(content.len()).map_err(io::Error::other)?;
        let mut entry = Builder::new(path).ino(self.entries).mode(mode).write(&mut self.out, size);
        entry.write_all(content)?;
        entry.finish()?;
        Ok(())
    }
}
