//! A waveform that is there when the run went well, and not there otherwise.

use crate::failure::Failure;
use anyhow::Context;
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A waveform being written: under another name in the same folder, and gone when dropped.
pub struct Trace {
    partial: TempPath,
    wanted: PathBuf,
}

impl Trace {
    /// Finds out whether the file can be written.
    pub fn create(wanted: &Path) -> Result<Trace, Failure> {
        let folder = match wanted.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let unusable = || {
            let file = wanted.display();
            format!("cannot write the waveform {file}; name a file in a folder that exists and is yours")
        };
        if wanted.is_dir() {
            return Err(Failure::Input(anyhow::anyhow!(
                "{} is a folder; name a file in it",
                wanted.display()
            )));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".portolan-").suffix(".fst");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let partial = builder.tempfile_in(folder).with_context(unusable).map_err(Failure::Input)?;
        Ok(Trace { partial: partial.into_temp_path(), wanted: wanted.into() })
    }

    /// Where to write it.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Gives it its name.
    pub fn keep(self) -> Result<(), Failure> {
        let wanted = self.wanted.display().to_string();
        self.partial
            .persist(&self.wanted)
            .with_context(|| format!("cannot give the waveform its name {wanted}"))
            .map_err(Failure::Run)
    }
}
