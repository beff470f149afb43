//! `portolan do`, `port` and `irq`: every operation really happens, on boards and in software.

mod common;

use common::portolan;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

#[cfg(feature = "sim")]
const BOARDS: [&str; 3] = ["sim:axi", "sim:axi-rings", "sim:pcie"];

fn objects(args: &[&str]) -> Vec<Value> {
    portolan(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a script answers, as JSON.
fn script(board: &str, text: &str) -> Vec<Value> {
    objects(&["do", text, "--board", board, "--json"])
}

/// Keys of the packets in answers.
fn keys(answers: &[Value]) -> Vec<u64> {
    let packets = answers.iter().filter(|answer| answer["type"] == "packet");
    packets.map(|packet| packet["key"].as_u64().unwrap()).collect()
}

/// Exit code, stdout and message of a command.
fn outcome(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_portolan")).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn packets_are_queued_canceled_and_taken_in_software() {
    let answers =
        script("none", "queue key=7 status=-2 payload=c0ffee; queue key=8; cancel 7; queue key=9; drain");
    assert_eq!(keys(&answers), [8, 9]);
    let packet = &objects(&[
        "port",
        "queue",
        "--key",
        "0x10",
        "--status",
        "-5",
        "--payload",
        "00ff",
        "--board",
        "none",
        "--json",
    ])[1];
    assert_eq!(
        (&packet["kind"], &packet["key"], &packet["status"]),
        (&"user".into(), &16.into(), &json!(-5))
    );
    assert_eq!(packet["payload"], format!("00ff{}", "0".repeat(60)));
    let left = objects(&["port", "cancel", "7", "--queue", "7", "--queue", "8", "--board", "none", "--json"]);
    assert_eq!(keys(&left), [8]);
}

#[test]
fn an_interrupt_in_software_is_triggered_and_acknowledged() {
    // Interrupts come before what was queued before them (E5); the second trigger waits for the acknowledge (I14).
    let answers =
        script("none", "bind 3 key=5; queue key=1; trigger 3; trigger 3; drain; ack 3; wait count=1");
    assert_eq!(keys(&answers), [5, 1, 5]);
    assert_eq!(keys(&objects(&["irq", "trigger", "3", "--board", "none", "--json"])), [3]);
    assert_eq!(keys(&objects(&["irq", "ack", "3", "--board", "none", "--json"])), [3, 3]);
}

#[cfg(feature = "sim")]
#[test]
fn a_line_of_a_board_fires_is_acknowledged_and_silent_after_that() {
    for board in BOARDS {
        let answers =
            script(board, "bind 3 key=7; trigger 3; wait count=1; ack 3; wait timeout=1ms; stats 3");
        assert_eq!(keys(&answers), [7], "{board}");
        let packet = answers.iter().find(|answer| answer["type"] == "packet").unwrap();
        assert_eq!((&packet["kind"], &packet["line"]), (&"interrupt".into(), &3.into()));
        assert_eq!(packet["timestamp_ns"], 10 * packet["ticks"].as_u64().unwrap(), "100 MHz");
        let line = answers.iter().find(|answer| answer["type"] == "line").unwrap();
        assert_eq!(
            (&line["edges"], &line["delivered"], &line["bound_key"]),
            (&1.into(), &1.into(), &7.into())
        );
        let statuses = answers.iter().filter(|answer| answer["type"] == "answer");
        assert!(statuses.clone().count() == 6 && statuses.clone().all(|answer| answer["status"] == "ZX_OK"));
    }
}

#[cfg(feature = "sim")]
#[test]
fn each_command_shows_the_effect_of_its_operation_on_a_board() {
    for board in BOARDS {
        let run = |args: &[&str]| objects(&[args, &["--board", board, "--json"]].concat());
        let line =
            |answers: &[Value]| answers.iter().find(|answer| answer["type"] == "line").unwrap().clone();
        assert_eq!(keys(&run(&["irq", "trigger", "9"])), [9], "{board}");
        assert_eq!(keys(&run(&["irq", "ack", "9"])), [9, 9]);
        let masked = run(&["irq", "mask", "9"]);
        assert_eq!((keys(&masked), &line(&masked)["edges"]), (vec![9], &1.into()), "one of two edges counts");
        let mode = run(&["irq", "mode", "9", "low"]);
        assert_eq!((keys(&mode), &line(&mode)["mode"]), (vec![9], &"low".into()), "the pin is low");
        let high = run(&["irq", "mode", "9", "high", "--wait", "1ms"]);
        assert_eq!((keys(&high), &line(&high)["mode"]), (vec![], &"high".into()));
        let filter = run(&["irq", "filter", "9", "200", "--wait", "1ms"]);
        assert_eq!(line(&filter)["filter"], 200);
        let stats = run(&["irq", "stats"]);
        assert_eq!(stats.iter().filter(|answer| answer["type"] == "line").count(), 32);
        let whole = stats.iter().find(|answer| answer["type"] == "board").unwrap();
        assert_eq!((&whole["board"], &whole["stale"]), (&board.into(), &0.into()));
        let waited = run(&["port", "wait", "--line", "1", "--line", "2=0x22", "--trigger", "--count", "2"]);
        assert_eq!(keys(&waited), [1, 0x22]);
        let posted = run(&["port", "queue", "--key", "6", "--payload", "ab", "--window"]);
        assert_eq!(keys(&posted), [6]);
        let left = run(&["port", "cancel", "7", "--queue", "7", "--queue", "8", "--window"]);
        assert_eq!(keys(&left), [8]);
    }
}

#[test]
fn what_is_refused_ends_a_script_unless_it_is_told_to_go_on() {
    let text = "queue key=1; cancel 2; queue key=3; drain";
    let (code, out, message) = outcome(&["do", text, "--board", "none"]);
    assert_eq!(code, Some(1));
    assert!(
        out.ends_with("cancel 2: ZX_ERR_NOT_FOUND (-25)\n") && message.contains("'cancel 2' failed"),
        "{out}{message}"
    );
    let (code, out, message) = outcome(&["do", text, "--board", "none", "--keep-going", "--json"]);
    let answers: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((code, keys(&answers)), (Some(1), vec![1, 3]), "{message}");
}

#[test]
fn packets_that_must_come_and_do_not_are_a_failure() {
    let (code, out, message) = outcome(&["do", "queue; wait count=2 timeout=1ms", "--board", "none"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("key 0x0") && message.contains("ZX_ERR_TIMED_OUT"), "{out}{message}");
    assert_eq!(outcome(&["do", "wait timeout=1ms", "--board", "none"]).0, Some(0));
}

#[test]
fn bad_input_is_named_before_anything_is_done() {
    for (args, parts) in [
        (&["do", "queue; fire 3", "--board", "none"][..], &["'fire 3'", "no such operation"][..]),
        (&["do", "queue key=x", "--board", "none"], &["'x'", "0x2a"]),
        (&["do", "ack 3", "--board", "none"], &["line 3 has no interrupt", "bind 3"]),
        (&["do", "bind 99", "--board", "none"], &["no line 99", "0 to 31"]),
        (&["do", "post", "--board", "none"], &["no post window", "--board"]),
        (&["do", "stats", "--board", "none"], &["nothing is counted"]),
        (&["irq", "filter", "3", "9", "--board", "none"], &["no mask, mode or filter"]),
        (&["irq", "filter", "3", "256"], &["256"]),
        (&["port", "queue", "--payload", "xy", "--board", "none"], &["--payload", "'xy'"]),
        (&["port", "wait", "--line", "x"], &["'x'", "LINE=KEY"]),
        #[cfg(feature = "sim")]
        (&["irq", "trigger", "32"], &["no line 32", "0 to 31"]),
        #[cfg(feature = "sim")]
        (&["irq", "stats", "32"], &["no line 32", "0 to 31"]),
        #[cfg(feature = "sim")]
        (&["do", "bind 3 mode=high delivery=stream"], &["line 3", "level"]),
    ] {
        let (code, _, message) = outcome(args);
        assert_eq!(code, Some(2), "{args:?}: {message}");
        assert!(parts.iter().all(|part| message.contains(part)), "{args:?}: {message}");
    }
}

#[test]
fn a_script_from_standard_input_is_answered_line_by_line() {
    let mut run = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["do", "--board", "none", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = run.stdin.take().unwrap();
    let mut answers = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut ask = |text: &str, count: usize| -> Vec<Value> {
        writeln!(input, "{text}").unwrap();
        answers.by_ref().take(count).map(|line| serde_json::from_str(&line).unwrap()).collect()
    };
    assert_eq!(ask("bind 2 key=5 # a comment", 1)[0]["status"], "ZX_OK");
    assert_eq!(ask("trigger 2; wait", 3)[1]["key"], 5);
    assert_eq!(ask("ack 2", 1)[0]["operation"], "ack 2");
    drop(input);
    assert_eq!(answers.next(), None);
    assert!(run.wait().unwrap().success());
}
