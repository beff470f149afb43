//! Compiled models, kept from one build folder to the next.
//!
//! A model takes half a minute to compile, and a clone, a profile or a branch would compile it again. An entry is a
//! folder of `models` in Portolan's cache, named by a hash of all that its files were made from. Nothing depends on
//! it: without a cache, or when it cannot be written, the model is compiled.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, fs, io, process};

/// An entry that nobody asked for in this time is removed when another one is kept.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The folder of everything that Portolan keeps for itself; none when the environment names none.
pub fn cache() -> Option<PathBuf> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/portolan"));
    env::var_os("PORTOLAN_CACHE").map(PathBuf::from).or_else(home)
}

fn models() -> Option<PathBuf> {
    cache().map(|cache| cache.join("models"))
}

/// Copies an entry's files to `out`; false when it is not there whole.
pub fn fetch(key: &str, files: &[String], out: &Path) -> bool {
    let Some(entry) = models().map(|models| models.join(key)) else { return false };
    // When it was asked for last.
    let asked = fs::File::open(&entry).and_then(|folder| folder.set_modified(SystemTime::now()));
    asked.is_ok() && files.iter().all(|file| fs::copy(entry.join(file), out.join(file)).is_ok())
}

/// Keeps files of `out` as an entry. Others may do the same at the same time: it appears whole or not at all.
pub fn keep(key: &str, files: &[String], out: &Path) {
    let Some(models) = models() else { return };
    let unfinished = models.join(format!("{key}.{}", process::id()));
    let copied = fs::create_dir_all(&unfinished).and_then(|()| {
        files.iter().try_for_each(|file| fs::copy(out.join(file), unfinished.join(file)).map(drop))
    });
    let kept = copied.and_then(|()| fs::rename(&unfinished, models.join(key)));
    if kept.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    let _ = remove_unused(&models);
}

fn remove_unused(models: &Path) -> io::Result<()> {
    for entry in fs::read_dir(models)? {
        let entry = entry?;
        let asked = entry.metadata()?.modified()?;
        if asked.elapsed().is_ok_and(|age| age > UNUSED) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
