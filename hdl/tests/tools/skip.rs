//! What a test does that finds something absent. Other crates' tests take this file by its path, so that the
//! rule is the same everywhere.

use std::io::{self, Write};

/// Says SKIPPED and why; the test then passes. PORTOLAN_NO_SKIP=1 forbids that, and it fails.
pub fn skip(why: &str) {
    assert!(std::env::var_os("PORTOLAN_NO_SKIP").is_none_or(|v| v != "1"), "{why}");
    // Not by `eprintln!`, whose output a passing test swallows.
    let _ = writeln!(io::stderr(), "SKIPPED: {why}");
}
