//! A file that is there when the command went well, and not there otherwise. It replaces an older one of its kind,
//! never a file of another.

use crate::failure::Failure;
use anyhow::{Context, anyhow};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// A kind of file: what messages call it, and how one begins.
pub struct Kind {
    name: &'static str,
    suffix: &'static str,
    begin: &'static [u8],
}

/// A waveform: a header block and its length, 329.
pub const WAVEFORM: Kind = Kind { name: "waveform", suffix: ".fst", begin: &[0, 0, 0, 0, 0, 0, 0, 1, 0x49] };
/// A VCD, whose first word is a command of its declarations.
pub const VCD: Kind = Kind { name: "VCD file", suffix: ".vcd", begin: b"$" };
/// A sigrok capture, which is a zip.
pub const SIGROK: Kind = Kind { name: "sigrok capture", suffix: ".sr", begin: b"PK" };
/// JSON objects, one a line.
pub const JSON_LINES: Kind = Kind { name: "JSON recording", suffix: ".jsonl", begin: b"{" };

/// A file being written: under another name in the same folder, and gone when dropped.
pub struct Output {
    kind: &'static Kind,
    partial: TempPath,
    wanted: PathBuf,
}

impl Output {
    /// Finds out whether the file can be written.
    pub fn create(wanted: &Path, kind: &'static Kind) -> Result<Output, Failure> {
        let name = kind.name;
        let folder = match wanted.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let unusable = || {
            let file = wanted.display();
            format!("cannot write the {name} {file}; name a file in a folder that exists and is yours")
        };
        if wanted.is_dir() {
            let folder = wanted.display();
            return Err(Failure::Input(anyhow!("{folder} is a folder; name a file in it")));
        }
        if !may_replace(wanted, kind).with_context(unusable).map_err(Failure::Input)? {
            let file = wanted.display();
            return Err(Failure::Input(anyhow!(
                "{file} exists and is no {name} that may be replaced; name another file, or remove it first"
            )));
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(".portolan-").suffix(kind.suffix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let partial = builder.tempfile_in(folder).with_context(unusable).map_err(Failure::Input)?;
        Ok(Output { kind, partial: partial.into_temp_path(), wanted: wanted.into() })
    }

    /// Where to write it.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Opens it for writing.
    pub fn open(&self) -> Result<File, Failure> {
        let file = OpenOptions::new().write(true).truncate(true).open(&self.partial);
        let what = || format!("cannot write the {} {}", self.kind.name, self.wanted.display());
        file.with_context(what).map_err(Failure::Run)
    }

    /// Gives it its name.
    pub fn keep(self) -> Result<(), Failure> {
        let what = format!("cannot give the {} its name {}", self.kind.name, self.wanted.display());
        self.partial.persist(&self.wanted).context(what).map_err(Failure::Run)
    }
}

/// Whether there is nothing of that name, or a file of this kind that its owner may write.
fn may_replace(wanted: &Path, kind: &Kind) -> io::Result<bool> {
    let mut file = match File::open(wanted) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    let mut begin = vec![0; kind.begin.len()];
    let same = metadata.is_file() && file.read_exact(&mut begin).is_ok() && begin == kind.begin;
    Ok(same && !metadata.permissions().readonly())
}
