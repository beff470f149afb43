//! Where the recordings of real machines are. They are not part of the project. The simulator's tests take
//! this file by its path.

use std::path::{Path, PathBuf};

#[path = "../../../hdl/tests/tools/skip.rs"]
pub mod skip;

/// A recording's path. A clone without the recordings [skips](skip::skip) the test.
pub fn recording(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("PORTOLAN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if path.is_file() {
        return Some(path);
    }
    skip::skip(&format!(
        "{file} is not in {}; the recordings are not part of the project (set PORTOLAN_DATA to their folder)",
        folder.display()
    ));
    None
}
