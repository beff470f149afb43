//! `portolan sim serve` as a process: served, ended, killed.
#![cfg(feature = "sim")]

mod common;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use common::serving::serve;
use portolan::device::VfioUserDevice;
use portolan::{Board, Deadline, Interrupt, LineConfig, Port, PortOptions, Status};
use serde_json::Value;

fn portolan() -> Command {
    Command::new(env!("CARGO_BIN_EXE_portolan"))
}

#[test]
fn a_server_tells_how_it_is_reached_and_what_was_done_in_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("card");
    let serving = serve(&socket, &[]);
    assert_eq!((&serving.told["type"], &serving.told["board"]), (&"serving".into(), &"sim:pcie".into()));
    let qemu = serving.told["qemu"].as_array().expect("arguments");
    let device: Value = serde_json::from_str(qemu[7].as_str().expect("text")).expect("JSON");
    assert_eq!(device["socket"]["path"].as_str(), socket.to_str());
    let name = format!("vfio-user:{}", socket.display());
    let info = portolan().args(["info", "--json", "--board", &name]).output().expect("it runs");
    assert!(info.status.success(), "{}", String::from_utf8_lossy(&info.stderr));
    let info: Value = serde_json::from_slice(&info.stdout).expect("JSON");
    assert_eq!((&info["board"], &info["lines"]), (&name.as_str().into(), &32.into()));
    let summary = serving.end();
    assert_eq!((&summary["clients"], &summary["refused_writes"]), (&1.into(), &0.into()));
    assert!(summary["accesses"].as_u64() > Some(100), "{summary}");
    assert_eq!(summary["accesses"], summary["tlps"]);
    assert!(!socket.exists());
}

#[test]
fn a_server_that_is_killed_is_told_to_who_waits_and_another_one_takes_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("card");
    let mut serving = serve(&socket, &["--top", "axi-rings"]);
    let board = Board::open(VfioUserDevice::open(&socket).expect("it answers")).expect("it is a board");
    let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: false });
    let interrupt = Interrupt::line(&board, 3, LineConfig::default()).expect("the line is free");
    interrupt.bind(&port, 3).expect("it can be bound");
    let waiter = thread::spawn(move || {
        let waited = port.wait(Deadline::after(Duration::from_secs(20)));
        (waited, Instant::now())
    });
    thread::sleep(Duration::from_millis(50));
    let killed = Instant::now();
    serving.signal("KILL");
    let (waited, told) = waiter.join().expect("it does not panic");
    assert_eq!(waited, Err(Status::IO));
    assert!(told - killed < Duration::from_millis(1_500), "told after {:?}", told - killed);
    assert!(board.obituary().is_some_and(|why| why.contains("closed")), "{:?}", board.obituary());
    serving.child.wait().expect("it was killed");
    assert!(socket.exists(), "a killed server leaves its socket");
    serve(&socket, &[]).end();
}

#[test]
fn what_cannot_be_served_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "precious").expect("a file");
    for (arguments, code, told) in [
        (vec!["--socket", file.to_str().expect("UTF-8")], 1, "take another path"),
        (vec!["--socket", "/nonexistent/card"], 1, "no socket can be made at /nonexistent/card"),
        (vec!["--socket", "/tmp/card", "--stimulus", "/nonexistent.sr"], 2, "/nonexistent.sr"),
        (vec!["--socket", "/tmp/card", "--only-mapped"], 2, "--stimulus"),
        (vec![], 2, "--socket"),
    ] {
        let ended = portolan().args(["sim", "serve"]).args(&arguments).output().expect("it runs");
        let text = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "precious");
    // There is no such server; a capture cannot be played on its board's pins either.
    for (command, code) in [("run", 2), ("bench", 1)] {
        let ended =
            portolan().args([command, "--board", "vfio-user:/nonexistent"]).output().expect("it runs");
        assert_eq!(ended.status.code(), Some(code));
    }
}
