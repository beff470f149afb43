//! Misuse of the C functions: millions of calls with made-up arguments, from four threads at once.
//!
//! Handles are live, stale, of the wrong type, with fewer rights, or nobody's; pointers are NULL or not aligned; numbers are at
//! the ends of their ranges; messages carry handles; policies deny; and handles are closed in any order under calls that use
//! them. Each answer is judged: `gate` knows which statuses are allowed, each row what may be written. When a run is
//! over and every handle is closed, as much memory is allocated as before.
//!
//! PORTOLAN_SEED repeats a run, as far as the system's scheduler lets it; a run with one thread repeats exactly, apart
//! from what depends on time. PORTOLAN_SOAK=1 makes ten times as many calls.

mod calls;
mod dice;
mod ending;
mod fuzzer;
mod gate;
mod ledger;
mod memory;
mod pool;
mod rows;
mod run;
mod watch;

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use calls::c;
use fuzzer::{KILL, Setting, condition, set_own_policy};
use portolan_conformance::Zx;
use portolan_conformance::abi::*;
use rows::ROWS;
use run::{Run, Tallies};

const SIGKILL: i32 = 9;
/// Tells a process of its own what to do.
const CHILD: &str = "PORTOLAN_MISUSE";

/// Runs are of the whole process: its policy, its handles, its memory. So they have it to themselves.
static PROCESS: RwLock<()> = RwLock::new(());

/// For runs.
fn alone() -> RwLockWriteGuard<'static, ()> {
    PROCESS.write().unwrap_or_else(PoisonError::into_inner)
}

/// For all other tests.
fn in_company() -> RwLockReadGuard<'static, ()> {
    PROCESS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Says something at once, also if the process is about to end: what a test prints is kept back until it is over.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn seed(default: u64) -> u64 {
    let seed = match std::env::var("PORTOLAN_SEED") {
        Ok(text) => text.parse().expect("PORTOLAN_SEED is a number"),
        Err(_) => default,
    };
    say(&format!("PORTOLAN_SEED={seed}"));
    seed
}

/// How many calls, ten times as many when soaking.
fn calls(usual: u64) -> u64 {
    if std::env::var_os("PORTOLAN_SOAK").is_some() { 10 * usual } else { usual }
}

/// The simulated board, once; 0 in a library without it.
fn board() -> u32 {
    let mut resource = 0;
    match c!(portolan_board_open(c"sim".as_ptr(), &mut resource)) {
        OK => {}
        status => assert_eq!((status, cfg!(feature = "sim")), (NOT_SUPPORTED, false)),
    }
    resource
}

/// Every call has succeeded, and has failed in the ways that matter.
fn assert_everywhere(tallies: &Tallies, setting: Setting) {
    let missing: Vec<_> = ROWS
        .iter()
        .zip(tallies.rows())
        .filter(|(row, answers)| {
            // A board is opened before; nobody replies to who is alone.
            let never = match row.name {
                "portolan_board_open" => true,
                "zx_channel_call" | "mx_channel_call" => setting.alone,
                _ => row.needs_board && setting.board == 0,
            };
            answers[OK as usize] == 0 && !never
        })
        .map(|(row, _)| row.name)
        .collect();
    assert!(missing.is_empty(), "these never succeed: {missing:?}");
    for (row, answers) in ROWS.iter().zip(tallies.rows()) {
        let answers: Vec<_> = answers
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(at, count)| (-(at as i32), *count))
            .collect();
        println!("{}: {answers:?}", row.name);
    }
}

#[test]
fn calls_from_four_threads_answer_as_they_may_and_leave_nothing_behind() {
    let _alone = alone();
    let run = Run { threads: 4, seed: seed(0x5eed), setting: Setting::default() };
    let tallies = run.rounds(calls(1_000_000));
    assert_everywhere(&tallies, run.setting);
}

#[test]
fn calls_from_one_thread_answer_exactly_as_they_should() {
    let _alone = alone();
    let setting = Setting { alone: true, ..Setting::default() };
    let run = Run { threads: 1, seed: seed(0xa10e), setting };
    let tallies = run.rounds(calls(100_000));
    assert_everywhere(&tallies, run.setting);
}

#[test]
fn calls_about_lines_of_the_simulated_board_answer_as_they_may() {
    let _alone = alone();
    let board = board();
    if board == 0 {
        // A library without the simulator, on purpose.
        return say("without the simulated board");
    }
    let setting = Setting { board, ..Setting::default() };
    let run = Run { threads: 4, seed: seed(0xb0a4d), setting };
    let tallies = run.rounds(calls(200_000));
    assert_everywhere(&tallies, setting);
    assert_eq!(c!(zx_handle_close(board)), OK);
}

#[test]
fn calls_may_be_made_while_a_thread_ends() {
    let _others = in_company();
    let output = child("ending", seed(0xe4d));
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// Without this, a build in which the sanitizer is not there would pass for one that it found clean.
#[test]
#[ignore = "for make sanitize, which says that the sanitizer is there"]
fn the_sanitizer_finds_a_write_beyond_the_callers_memory_and_a_leak() {
    let _others = in_company();
    if std::env::var_os("PORTOLAN_SANITIZED").is_none() {
        return;
    }
    for (fault, report) in [("overrun", "heap-buffer-overflow"), ("leak", "detected memory leaks")] {
        let output = child(fault, 0);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(report), "{fault}: {}\n{said}", output.status);
    }
}

#[test]
fn every_case_of_the_conformance_suite_passes_through_the_exported_functions() {
    let _others = in_company();
    // The slack that other tests here set would disturb it.
    let output = child("conformance", 0);
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
}

/// This program again, in a process of its own, told what to do.
fn child(what: &str, seed: u64) -> std::process::Output {
    Command::new(std::env::current_exe().expect("a test is a program"))
        .args(["--exact", "in_a_process_of_its_own", "--ignored", "--nocapture"])
        .env(CHILD, what)
        .env("PORTOLAN_SEED", seed.to_string())
        .output()
        .expect("it starts again")
}

#[test]
fn a_policy_that_kills_ends_the_process_by_sigkill_and_in_no_other_way() {
    let _others = in_company();
    let first = seed(0xdead);
    for seed in first..first + calls(6) {
        let output = child("kill", seed);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.signal(), Some(SIGKILL), "PORTOLAN_SEED={seed}: {}\n{said}", output.status);
        assert!(said.contains("may be killed"), "{said}");
        assert!(!said.contains("survived"), "{said}");
    }
}

#[test]
fn a_program_that_closes_what_it_borrowed_harms_itself_only() {
    let _others = in_company();
    let first = seed(0xb0110);
    for seed in first..first + calls(2) {
        let output = child("borrowed", seed);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "PORTOLAN_SEED={seed}: {}\n{said}", output.status);
    }
}

/// Not a test by itself: what the tests above run in another process.
#[test]
#[ignore = "run by the tests of processes of their own"]
fn in_a_process_of_its_own() {
    let run = |setting| Run { threads: 4, seed: seed(0), setting };
    match std::env::var(CHILD).as_deref() {
        Ok("kill") => {
            say("from now on it may be killed");
            run(Setting { kill: true, ..Setting::default() }).round(100_000);
            // Not by chance: so by a policy that is not overridden.
            assert_eq!(set_own_policy(condition::BAD_HANDLE, KILL), OK, "no job is left in this process's");
            c!(zx_handle_close(3));
            say("it survived");
        }
        Ok("conformance") => {
            let report = portolan_conformance::run(Zx(&calls::TABLE));
            assert!(report.failed.is_empty(), "{}", report.failed.join("\n"));
            assert!(report.passed >= 60, "{} cases", report.passed);
            assert_eq!(report.skipped.is_empty(), cfg!(feature = "sim"), "{:?}", report.skipped);
        }
        Ok("ending") => ending::calls_at_the_end(seed(0)),
        Ok("borrowed") => {
            run(Setting { borrowed: true, ..Setting::default() }).round(50_000);
        }
        Ok("overrun") => {
            let (mut port, mut half) = (0, vec![0_u8; size_of::<Packet>() / 2]);
            assert_eq!(c!(zx_port_create(0, &mut port)), OK);
            assert_eq!(c!(zx_port_queue(port, &Packet::user(1))), OK);
            c!(zx_port_wait(port, 0, half.as_mut_ptr().cast()));
        }
        Ok("leak") => std::mem::forget(std::hint::black_box(vec![1_u8; 1000])),
        _ => {}
    }
}

/// What names of calls begin with; second names have an underscore in front.
const PREFIXES: [&str; 4] = ["zx_", "mx_", "thrd_", "portolan_"];

/// What the shared library exports, apart from second names.
fn exported() -> BTreeSet<String> {
    let own = std::env::current_exe().expect("a test is a program");
    let library: PathBuf = own.parent().expect("it is in a folder").join("libportolan_capi.so");
    let output = Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(&library).output();
    let output = output.expect("nm is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    names.filter(|name| PREFIXES.iter().any(|prefix| name.starts_with(prefix))).map(str::to_owned).collect()
}

#[test]
fn every_exported_call_is_among_those_that_are_misused() {
    let _others = in_company();
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a call has two rows");
    let absent = [portolan_capi::absent::NAMES, portolan_capi::magenta::absent::NAMES].concat();
    let exported = exported();
    assert!(exported.len() > 110, "{exported:?}");
    let missing: Vec<_> =
        exported.iter().filter(|name| !rows.contains(*name) && !absent.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "exported, and no row in tests/misuse/rows: {missing:?}");
    let gone: Vec<_> = rows.difference(&exported).collect();
    assert!(gone.is_empty(), "a row for a call that is not exported: {gone:?}");
}
