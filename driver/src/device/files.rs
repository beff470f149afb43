//! The files behind a device: opened, or the reason why not, down to the process that has it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::OpenError;

/// Opens a file of a device for reading and writing.
pub(super) fn open(device: &str, path: &Path) -> Result<File, OpenError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(|error| why_not(device, path, error))
}

/// What this error about a device's file means.
pub(super) fn why_not(device: &str, path: &Path, source: io::Error) -> OpenError {
    let (device, path) = (device.to_owned(), path.to_owned());
    match source.kind() {
        ErrorKind::NotFound => OpenError::Absent { device, path },
        ErrorKind::PermissionDenied => OpenError::Rights { device, path, source },
        ErrorKind::ResourceBusy | ErrorKind::WouldBlock => held(&device, &path),
        _ => OpenError::Failed { doing: format!("opening {}", path.display()), device, source },
    }
}

/// The error of a file that somebody has open.
pub(super) fn held(device: &str, path: &Path) -> OpenError {
    let unknown = "another process (which one, `sudo fuser -v` with that file tells)";
    let holder = holder(Path::new("/proc"), path).unwrap_or_else(|| unknown.to_owned());
    OpenError::Held { device: device.to_owned(), path: path.to_owned(), holder }
}

/// Who has a file open: of those whose files this user may look at. Another process rather than this one, which may
/// have opened it just to find that out.
pub(super) fn holder(proc: &Path, path: &Path) -> Option<String> {
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files.into_iter().any(|file| fs::read_link(file.path()).is_ok_and(|target| target == path))
    };
    let mut holders: Vec<u32> = fs::read_dir(proc)
        .ok()?
        .flatten()
        .filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| holds(&proc.join(pid.to_string())))
        .collect();
    holders.sort_by_key(|pid| *pid == std::process::id());
    let pid = *holders.first()?;
    if pid == std::process::id() {
        return Some("this process".to_owned());
    }
    let name = fs::read_to_string(proc.join(pid.to_string()).join("comm")).unwrap_or_default();
    Some(format!("process {pid} ({})", name.trim_end()))
}

/// A file of sysfs, without the line's end.
pub(super) fn text(path: PathBuf) -> io::Result<String> {
    Ok(fs::read_to_string(path)?.trim_end().to_owned())
}

/// A number of sysfs: decimal, or hexadecimal after 0x.
pub(super) fn number(path: PathBuf) -> io::Result<u64> {
    let text = text(path)?;
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

/// The last part of what a link of sysfs leads to.
pub(super) fn link_name(path: PathBuf) -> Option<String> {
    Some(fs::read_link(path).ok()?.file_name()?.to_str()?.to_owned())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn who_holds_a_file_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(holder(Path::new("/proc"), file.path()).as_deref(), Some("this process"));
        let path = file.path().to_owned();
        drop(file);
        assert_eq!(holder(Path::new("/proc"), &path), None);
        let other = tempfile::NamedTempFile::new().unwrap();
        let proc = tempfile::tempdir().unwrap();
        fs::create_dir_all(proc.path().join("4000000/fd")).unwrap();
        fs::write(proc.path().join("4000000/comm"), "portolan\n").unwrap();
        std::os::unix::fs::symlink(other.path(), proc.path().join("4000000/fd/7")).unwrap();
        assert_eq!(holder(proc.path(), other.path()).as_deref(), Some("process 4000000 (portolan)"));
    }

    #[test]
    fn what_the_system_says_becomes_what_to_do() {
        let path = Path::new("/dev/vfio/12");
        let message = |kind: ErrorKind| why_not("vfio:0000:01:00.0", path, kind.into()).to_string();
        assert!(message(ErrorKind::NotFound).contains("portolan devices"));
        assert!(message(ErrorKind::PermissionDenied).contains("group portolan"));
        assert!(message(ErrorKind::ResourceBusy).contains("/dev/vfio/12 open"));
        for kind in [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::OutOfMemory] {
            assert!(message(kind).contains("vfio:0000:01:00.0") && message(kind).contains("/dev/vfio/12"));
        }
    }

    #[test]
    fn numbers_of_sysfs_are_decimal_or_hexadecimal() {
        let folder = tempfile::tempdir().unwrap();
        for (text, value) in [("0x10000000\n", Some(0x1000_0000)), ("12", Some(12)), ("x", None)] {
            fs::write(folder.path().join("n"), text).unwrap();
            assert_eq!(number(folder.path().join("n")).ok(), value);
        }
    }
}
