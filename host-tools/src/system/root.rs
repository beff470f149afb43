//! The machine's own files (`/sys`, `/proc`, `/dev`, `/etc`), below a folder that tests make up.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the machine's files are: `/`, or a folder that stands in for it.
#[derive(Clone, Debug)]
pub struct Root(PathBuf);

impl Root {
    /// Below this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Root {
        Root(folder.into())
    }

    /// A file's place; `path` without the slash at its beginning.
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// Whether it is there.
    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// A file's text without blanks at its ends; `None` when it cannot be read.
    pub fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok().map(|text| text.trim().to_string())
    }

    /// A number, decimal or after `0x`.
    pub fn number(&self, path: &str) -> Option<u64> {
        let text = self.text(path)?;
        match text.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        }
    }

    /// The names in a folder, sorted; none when it is not there.
    pub fn names(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        names
    }

    /// The last part of what a link points at.
    pub fn link_name(&self, path: &str) -> Option<String> {
        let target = fs::read_link(self.path(path)).ok()?;
        Some(target.file_name()?.to_str()?.to_string())
    }

    /// Writes to a file that is there.
    pub fn write(&self, path: &str, text: &str) -> io::Result<()> {
        fs::OpenOptions::new().write(true).open(self.path(path)).and_then(|mut file| {
            use io::Write;
            file.write_all(text.as_bytes())
        })
    }
}

impl From<&Path> for Root {
    fn from(folder: &Path) -> Root {
        Root::new(folder)
    }
}
