//! Programs of an unpacked folder, started on whatever system this is.
//!
//! They need the libraries of their own release. So each is started through that release's loader (`ld.so`) with its
//! library folder, rather than through the system's. A program finds its data by /proc/self/exe, which is then the
//! loader: therefore each has its own copy of the loader beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Error;

const BIN: &str = "usr/bin";

/// Starts a program of an unpacked folder that [`give_loader`] was called for.
pub fn start_by_loader(root: &Path, tool: &str) -> Command {
    let bin = root.join(BIN);
    let libraries = libraries(root).unwrap_or_default();
    let mut command = Command::new(bin.join(loader_of(tool)));
    command.arg("--library-path").arg(root.join(libraries)).arg(bin.join(tool)).stdin(Stdio::null());
    command
}

/// Puts a copy of the loader beside each of these programs of an unpacked folder.
pub fn give_loader(root: &Path, tools: &[&str]) -> Result<(), Error> {
    let loader = loader(&root.join(libraries(root)?))?;
    for tool in tools {
        let copy = root.join(BIN).join(loader_of(tool));
        fs::copy(&loader, &copy).map_err(Error::io("cannot copy the loader to", copy))?;
    }
    Ok(())
}

/// The name of a program's own copy of the loader.
pub fn loader_of(tool: &str) -> String {
    format!(".ld-{tool}")
}

/// The folder of this machine's libraries below `root`: `usr/lib/` and a multi-arch name. A set may have those of
/// another architecture beside them.
pub fn libraries(root: &Path) -> Result<String, Error> {
    let folder = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    match root.join(&folder).is_dir() {
        true => Ok(folder),
        false => Err(Error::Output { tool: "the packages", what: format!("no folder {folder}") }),
    }
}

fn loader(libraries: &Path) -> Result<PathBuf, Error> {
    let named_like_one = |name: &str| name.starts_with("ld-linux") && name.contains(".so.");
    fs::read_dir(libraries)
        .map_err(Error::io("cannot read", libraries))?
        .flatten()
        .find(|entry| named_like_one(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .ok_or_else(|| Error::Output { tool: "the packages", what: "no loader (ld-linux*.so.*)".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_is_this_machines_whatever_else_is_in_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let own = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        assert!(libraries(root.path()).is_err());
        for folder in ["usr/lib/aaa-linux-gnu", "usr/lib/zzz-linux-gnu", &own, "usr/bin"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
            fs::write(root.path().join(folder).join("ld-linux.so.2"), folder).unwrap();
        }
        assert_eq!(libraries(root.path()).unwrap(), own);
        give_loader(root.path(), &["tool"]).unwrap();
        assert_eq!(fs::read_to_string(root.path().join("usr/bin/.ld-tool")).unwrap(), own);
    }
}
