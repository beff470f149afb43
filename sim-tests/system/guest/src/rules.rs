//! The conformance suite's cases about lines, through C's calls, on the board.

use std::ffi::CString;

use anyhow::{Result, ensure};
use portolan_conformance::{Zx, run_on};
use serde_json::json;

use crate::board::BoardArgs;
use crate::in_process::InProcess;

/// Runs them.
pub fn run(args: &BoardArgs) -> Result<()> {
    let report = run_on(Zx(&InProcess), &CString::new(args.board.as_str())?);
    report.failed.iter().for_each(|failed| println!("FAILED {failed}"));
    report.skipped.iter().for_each(|skipped| println!("left out: {skipped}"));
    let (passed, failed, left_out) = (report.passed, report.failed.len(), report.skipped.len());
    println!("{}", json!({ "passed": passed, "failed": failed, "left_out": left_out }));
    ensure!(failed == 0 && passed > 0, "{failed} cases failed");
    Ok(())
}
