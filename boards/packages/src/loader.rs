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

/// The folder of the libraries below `root`: `usr/lib/` and the multi-arch name in it that has a loader. Others may hold programs
/// for machines that are emulated.
pub fn libraries(root: &Path) -> Result<String, Error> {
    let lib = root.join("usr/lib");
    fs::read_dir(&lib)
        .map_err(Error::io("cannot read", &lib))?
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .find(|name| name.ends_with("-linux-gnu") && loader(&lib.join(name)).is_ok())
        .map(|name| format!("usr/lib/{name}"))
        .ok_or_else(|| Error::Output { tool: "the packages", what: "no library folder with a loader".into() })
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
    fn the_libraries_are_those_beside_the_loader() {
        let root = tempfile::tempdir().unwrap();
        for (folder, file) in [("aarch64-linux-gnu", "libfdt.so.1"), ("riscv64-linux-gnu", "opensbi.bin")] {
            let folder = root.path().join("usr/lib").join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(file), "").unwrap();
        }
        assert!(libraries(root.path()).is_err());
        let native = root.path().join("usr/lib/x86_64-linux-gnu");
        fs::create_dir_all(&native).unwrap();
        fs::write(native.join("ld-linux-x86-64.so.2"), "").unwrap();
        assert_eq!(libraries(root.path()).unwrap(), "usr/lib/x86_64-linux-gnu");
    }
}
