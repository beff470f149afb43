//! Runs cases: each on a thread of its own, for a limited time, with what it panicked of.

use std::ffi::{CStr, c_char};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc;
use std::time::Duration;

use crate::abi::NOT_SUPPORTED;
use crate::cases::{CASES, Case, Ends, Run};
use crate::subject::Kind;
use crate::{Table, Zx};

/// How long a case may take.
const LIMIT: Duration = Duration::from_secs(120);

/// What came of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Cases that passed, on virtual interrupts and on the lines of each board counted apart.
    pub passed: usize,
    /// Those that failed, and why.
    pub failed: Vec<String>,
    /// Those that could not run, and why.
    pub skipped: Vec<String>,
}

impl Report {
    fn add(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(why) => self.failed.push(format!("{name}: {why}")),
        }
    }
}

/// Runs `body` on a thread: what it panicked of, or that it took too long.
fn guarded(body: impl FnOnce() + Send + 'static) -> Result<(), String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(body)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default()
        });
        let _ = send.send(outcome);
    });
    receive.recv_timeout(LIMIT).unwrap_or_else(|_| Err(format!("not done after {LIMIT:?}")))
}

/// The boards on whose lines cases run, each of which has its own way from the host to the registers.
pub const BOARDS: &[&CStr] = &[c"sim:axi", c"sim:axi-rings", c"sim:pcie"];

/// A board that was opened; none in a library that has none.
struct Board {
    name: &'static str,
    resource: Option<u32>,
}

fn run_case(z: Zx, case: &'static Case, boards: &[Board], report: &mut Report) {
    match case.run {
        Run::Once(run) => report.add(case.name, guarded(move || run(z))),
        Run::Interrupt(run) => {
            report.add(&format!("{} (virtual)", case.name), guarded(move || run(z, Kind::Virtual)));
            on_boards(case, boards, report, |resource| guarded(move || run(z, Kind::Line { resource })));
        }
        Run::Line(run) | Run::Simulated(run) => {
            on_boards(case, boards, report, |resource| guarded(move || run(z, resource)));
        }
    }
}

fn on_boards(case: &Case, boards: &[Board], report: &mut Report, run: impl Fn(u32) -> Result<(), String>) {
    for board in boards {
        let name = format!("{} (line of {})", case.name, board.name);
        match board.resource {
            Some(resource) => report.add(&name, run(resource)),
            None => report.skipped.push(format!("{name}: the library was built without the simulator")),
        }
    }
}

/// Opens the boards; those that do not open are a failure, and left out.
fn open_boards(z: Zx, report: &mut Report) -> Vec<Board> {
    let mut boards = Vec::new();
    for name in BOARDS {
        let opened = z.board_open(name);
        let name = name.to_str().expect("a name of ours");
        match opened {
            Ok(resource) => boards.push(Board { name, resource: Some(resource) }),
            Err(NOT_SUPPORTED) => boards.push(Board { name, resource: None }),
            Err(status) => report.failed.push(format!("{name} does not open: {status}")),
        }
    }
    boards
}

/// Runs every case that needs no process of its own.
pub fn run(z: Zx) -> Report {
    let mut report = Report::default();
    let boards = open_boards(z, &mut report);
    for case in CASES.iter().filter(|case| case.ends == Ends::Here) {
        run_case(z, case, &boards, &mut report);
    }
    for resource in boards.iter().filter_map(|board| board.resource) {
        let _ = z.close(resource);
    }
    report
}

/// Runs the cases about lines on a board that is there, by its name, and no others. Those that can run on a simulated
/// one alone are skipped.
pub fn run_on(z: Zx, name: &CStr) -> Report {
    let mut report = Report::default();
    let resource = match z.board_open(name) {
        Ok(resource) => resource,
        Err(status) => {
            report.failed.push(format!("{} does not open: {status}", name.to_string_lossy()));
            return report;
        }
    };
    for case in CASES.iter().filter(|case| case.ends == Ends::Here) {
        match case.run {
            Run::Once(_) => {}
            Run::Interrupt(run) => {
                report.add(case.name, guarded(move || run(z, Kind::Line { resource })));
            }
            Run::Line(run) => report.add(case.name, guarded(move || run(z, resource))),
            Run::Simulated(_) => {
                report.skipped.push(format!("{}: only a simulated board lets a program do that", case.name));
            }
        }
    }
    let _ = z.close(resource);
    report
}

/// Runs the case of this name.
pub fn run_alone(z: Zx, name: &str) -> Report {
    let mut report = Report::default();
    match CASES.iter().find(|case| case.name == name) {
        Some(case) => {
            let boards = open_boards(z, &mut report);
            run_case(z, case, &boards, &mut report);
        }
        None => report.failed.push(format!("there is no case {name}")),
    }
    report
}

/// For a C program: runs all cases, or the one of this name, through its table of calls. How many failed.
///
/// # Safety
///
/// The table is one, and lives on; the name is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn portolan_conformance_run(table: &'static Table, name: *const c_char) -> i32 {
    let z = Zx(table);
    let report = if name.is_null() {
        run(z)
    } else {
        // SAFETY: not NULL, so a string.
        run_alone(z, &unsafe { CStr::from_ptr(name) }.to_string_lossy())
    };
    report.failed.iter().for_each(|failure| eprintln!("FAILED {failure}"));
    report.skipped.iter().for_each(|skipped| println!("SKIPPED {skipped}"));
    println!("{} passed, {} failed, {} skipped", report.passed, report.failed.len(), report.skipped.len());
    report.failed.len() as i32
}
