//! The conformance suite through the Rust functions, in this process.
//!
//! Cases that change their process for good, or end it, run in a process of their own: this program again, told by
//! PORTOLAN_CASE which one. Set from outside it chooses the one case of those that is run.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use in_process::InProcess;
use portolan_conformance::{CASES, Case, Ends, Report, Zx, run, run_alone, run_on};

mod in_process;
#[path = "../../../hdl/tests/tools/skip.rs"]
mod skip;

const SIGKILL: i32 = 9;
const CHOSEN: &str = "PORTOLAN_CASE";

fn assert_passed(report: Report, at_least: usize) {
    assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
    report.skipped.iter().for_each(|skipped| skip::skip(skipped));
    assert!(report.skipped.is_empty() || std::env::var_os("PORTOLAN_NO_SKIP").is_none(), "skipped");
    assert!(report.passed >= at_least, "only {} cases ran", report.passed);
    println!("{} passed", report.passed);
}

#[test]
fn every_case_passes_through_the_rust_functions() {
    assert_passed(run(Zx(&InProcess)), 100);
}

/// Those that set a simulated board's pins are left out: the pins are the server's.
#[cfg(feature = "sim")]
#[test]
fn the_rules_of_lines_hold_on_a_board_behind_a_socket() {
    use portolan_sim::vfio_user::Server;
    use portolan_sim::{Options, Pace, SimBoard, Top};
    use std::ffi::CString;

    let folder = tempfile::tempdir().expect("a folder");
    for top in Top::ALL {
        let options = Options { top, pace: Pace::RealTime, ..Options::default() };
        let board = SimBoard::open(options).expect("the board opens");
        let path = folder.path().join(top.name());
        let server = Server::start(&path, board, None).expect("a socket");
        let name = CString::new(format!("vfio-user:{}", path.display())).expect("no NUL");
        let Report { passed, failed, .. } = run_on(Zx(&InProcess), &name);
        assert!(failed.is_empty(), "{top}: {}", failed.join("\n"));
        assert!(passed >= 20, "only {passed} cases ran");
        println!("{top} behind a socket: {passed} passed; {:?}", server.counts());
        assert_eq!(server.failure(), None);
    }
}

#[test]
fn cases_with_a_process_of_their_own_end_as_they_should() {
    let chosen = std::env::var(CHOSEN).ok();
    let is_chosen = |case: &Case| chosen.as_ref().is_none_or(|name| name == case.name);
    let cases: Vec<_> = CASES.iter().filter(|case| case.ends != Ends::Here && is_chosen(case)).collect();
    assert!(!cases.is_empty(), "{chosen:?} has no process of its own");
    for case in cases {
        let own = std::env::current_exe().expect("a test is a program");
        let child = Command::new(own)
            .args(["--exact", "one_case", "--ignored", "--nocapture"])
            .env(CHOSEN, case.name)
            .output()
            .expect("it starts again");
        let output = String::from_utf8_lossy(&child.stderr);
        match case.ends {
            Ends::Killed => assert_eq!(child.status.signal(), Some(SIGKILL), "{}: {output}", case.name),
            _ => assert!(child.status.success(), "{}: {output}", case.name),
        }
    }
}

/// Not a test by itself: what the one above runs in another process.
#[test]
#[ignore = "run by cases_with_a_process_of_their_own_end_as_they_should"]
fn one_case() {
    if let Ok(name) = std::env::var(CHOSEN) {
        assert_passed(run_alone(Zx(&InProcess), &name), 1);
    }
}
