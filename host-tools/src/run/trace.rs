//! A waveform that is there when the run went well, and not there otherwise. It replaces an older waveform,
//! never a file of another kind.

use crate::failure::Failure;
use anyhow::{Context, anyhow};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
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
            let folder = wanted.display();
            return Err(Failure::Input(anyhow!("{folder} is a folder; name a file in it")));
        }
        if !may_replace(wanted).with_context(unusable).map_err(Failure::Input)? {
            let file = wanted.display();
            return Err(Failure::Input(anyhow!(
                "{file} exists and is no waveform that may be replaced; name another file, or remove it first"
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

/// Whether there is nothing of that name, or a waveform that its owner may write.
fn may_replace(wanted: &Path) -> io::Result<bool> {
    let mut file = match File::open(wanted) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    let mut begin = [0; FST.len()];
    let waveform = metadata.is_file() && file.read_exact(&mut begin).is_ok() && begin == FST;
    Ok(waveform && !metadata.permissions().readonly())
}

/// How an FST file begins: a header block and its length, 329.
const FST: [u8; 9] = [0, 0, 0, 0, 0, 0, 0, 1, 0x49];
