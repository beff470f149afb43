//! `portolan watch` and `portolan record`: what arrives, until when, and that a recording plays back to the same edges.
#![cfg(feature = "sim")]

mod common;

use common::{KEYBOARD, objects, portolan, sr};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Lines of JSON.
fn lines(args: &[&str]) -> Vec<Value> {
    portolan(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// (tick, line, level) of packets.
fn edges(packets: &[Value]) -> Vec<(u64, u64, u64)> {
    let number = |packet: &Value, field: &str| packet[field].as_u64().unwrap();
    let packets = packets.iter().filter(|packet| packet["type"] == "interrupt");
    packets.map(|p| (number(p, "ticks"), number(p, "line"), number(p, "level"))).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// A capture at 100 MHz, a sample a cycle.
fn capture(folder: &TempDir, samples: &[u8]) -> String {
    let path = folder.path().join("in.sr");
    fs::write(&path, sr("unitsize=1\nsamplerate=100 MHz\nprobe1=a\nprobe2=b\n", samples)).unwrap();
    path.to_str().unwrap().into()
}

#[test]
fn what_is_watched_is_what_was_played_on_every_simulated_board() {
    let (played, summary) = objects(&["--board", "none"]);
    for board in ["sim:axi", "sim:axi-rings", "sim:pcie"] {
        let watched = lines(&["watch", "--json", "--board", board]);
        assert_eq!(watched[0]["type"], "start");
        assert_eq!((&watched[0]["board"], &watched[0]["clock_hz"]), (&board.into(), &100_000_000.into()));
        assert_eq!(edges(&watched), edges(&played), "{board}");
        let last = watched.last().unwrap();
        for field in ["edges", "delivered", "lost", "coalesced", "discarded", "cycles"] {
            assert_eq!(last[field], summary[field], "{board}: {field}");
        }
    }
}

#[test]
fn it_ends_after_a_count_or_a_time_and_only_chosen_lines_are_seen() {
    let (played, _) = objects(&["--board", "none"]);
    let all = edges(&played);
    let watched = lines(&["watch", "--json", "--count", "70"]);
    assert_eq!(edges(&watched), all[..70]);
    let last = watched.last().unwrap();
    assert_eq!(last["delivered"], 70, "what came after them is accounted for: {last}");
    let half = lines(&["watch", "--json", "--for", "500ms"]);
    // The board's time goes by while it is being closed: an edge then is one of the summary, too.
    let shown = edges(&half);
    assert_eq!(shown, all[..shown.len()]);
    assert!(shown.len() >= all.iter().filter(|edge| edge.0 < 49_000_000).count());
    assert!(shown.iter().all(|edge| edge.0 < 51_000_000), "{:?}", shown.last());
    let chosen = lines(&["watch", "--json", "--line", "3=X", "--line", "6"]);
    let expected: Vec<_> = all.iter().copied().filter(|edge| edge.1 == 3 || edge.1 == 6).collect();
    assert_eq!(edges(&chosen), expected);
    assert_eq!(
        (&chosen[0]["lines"][0]["channel"], &chosen[0]["lines"][1]["channel"]),
        (&"X".into(), &"PPS".into())
    );
    let rising = lines(&["watch", "--json", "--line", "3", "--edges", "rising", "--mode", "ack"]);
    let expected: Vec<_> = all.iter().copied().filter(|edge| edge.1 == 3 && edge.2 == 1).collect();
    assert_eq!(edges(&rising), expected);
}

#[test]
fn people_see_every_packet_and_the_summary_of_run() {
    let folder = TempDir::new().unwrap();
    let stimulus = capture(&folder, &[0, 0, 1, 1, 3, 0, 0]);
    let text = portolan(&["watch", "--stimulus", &stimulus]);
    for part in ["sim:axi: 2 of 32 lines, 100 MHz", "0.000000020     0  a", "↓ low", "activity"] {
        assert!(text.contains(part), "'{part}' is not in:\n{text}");
    }
    assert!(
        text.contains("4 edges on the lines = 4 delivered + 0 coalesced + 0 lost + 0 discarded\n"),
        "{text}"
    );
    let text = portolan(&["watch", "--stimulus", &stimulus, "--packets", "1"]);
    assert!(text.contains("3 more; --packets N"), "{text}");
}

#[test]
fn a_recording_plays_back_to_the_same_edges_in_every_format() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let keyboard = KEYBOARD.path();
    let keyboard = keyboard.as_ref().map(|path| path.to_str().unwrap());
    for (name, source) in [("example", None), ("keyboard", keyboard)] {
        let stimulus: Vec<&str> = source.map_or(vec![], |file| vec!["--stimulus", file]);
        let (played, summary) =
            objects(&[&["--board", "none"], &source.map_or(vec![], |file| vec![file])[..]].concat());
        // A sample for every cycle takes long for the keyboard's two seconds; the bundled example is one.
        for kind in if name == "example" { &["vcd", "sr", "jsonl"][..] } else { &["vcd", "jsonl"] } {
            let file = at(&format!("{name}.{kind}"));
            let recorded = lines(&[&["record", &file, "--json"], &stimulus[..]].concat());
            assert_eq!(recorded.len(), 1, "the summary alone");
            assert_eq!(recorded[0]["delivered"], summary["delivered"]);
            let (again, second) = objects(&[&file, "--board", "none"]);
            assert!(edges(&again) == edges(&played), "{file}");
            assert_eq!((&second["cycles"], &second["unseen"]), (&summary["cycles"], &0.into()), "{file}");
        }
    }
    assert!(names(folder.path()).iter().all(|name| !name.starts_with('.')), "{:?}", names(folder.path()));
}

#[test]
fn a_recording_has_the_levels_at_its_start_and_the_names_of_its_lines() {
    let folder = TempDir::new().unwrap();
    // `a` is high from the beginning and never changes; twelve lines need samples of two bytes.
    let samples = [1, 1, 3, 3, 1, 1, 3];
    let stimulus = capture(&folder, &samples);
    let mut choice: Vec<String> = (2..12).flat_map(|line| ["--line".into(), line.to_string()]).collect();
    choice.extend(["--line", "0=high one", "--line", "1"].map(String::from));
    for kind in ["vcd", "sr", "jsonl"] {
        let file = folder.path().join(format!("out.{kind}")).to_str().unwrap().to_string();
        let args: Vec<&str> = choice.iter().map(String::as_str).collect();
        portolan(&[&["record", &file, "--stimulus", &stimulus, "--json"], &args[..]].concat());
        let (packets, summary) = objects(&[&file, "--board", "none"]);
        assert_eq!(edges(&packets), [(2, 1, 1), (4, 1, 0), (6, 1, 1)], "{kind}");
        let channels: Vec<&str> = summary["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["channel"].as_str().unwrap())
            .collect();
        assert_eq!(channels.len(), 12);
        let name = if kind == "vcd" { "high_one" } else { "high one" };
        assert_eq!(channels[..3], [name, "b", "line2"], "{kind}");
        assert_eq!(summary["cycles"], 7);
    }
}

/// Starts the tool, waits for its first packet, and presses Ctrl-C, or ends it by SIGTERM.
fn interrupt(args: &[&str], signal: &str) -> (Option<i32>, Vec<Value>) {
    let mut run = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first: Vec<String> = out.by_ref().take(1).collect();
    let kill = Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let rest: Vec<String> = out.collect();
    let objects = first.iter().chain(&rest).map(|line| serde_json::from_str(line).unwrap()).collect();
    (run.wait().unwrap().code(), objects)
}

/// Long enough to be still under way, whatever the machine.
fn long(folder: &TempDir) -> String {
    let logic: Vec<u8> = (0..2_000_000).map(|n: u32| (n & 1) as u8).collect();
    let path = folder.path().join("in.sr");
    fs::write(&path, sr("unitsize=1\nsamplerate=100 kHz\nprobe1=a\n", &logic)).unwrap();
    path.to_str().unwrap().into()
}

#[test]
fn ctrl_c_ends_a_watch_with_its_summary() {
    let folder = TempDir::new().unwrap();
    for signal in ["-INT", "-TERM"] {
        let (code, objects) = interrupt(&["watch", "--json", "--stimulus", &long(&folder)], signal);
        let last = objects.last().unwrap();
        assert_eq!((code, &last["type"]), (Some(0), &"summary".into()), "{last}");
        assert_eq!(last["delivered"], edges(&objects).len());
        assert!(last["edges"].as_u64().unwrap() < 1_999_999, "it was not at the end");
    }
}

#[test]
fn ctrl_c_ends_a_recording_well() {
    let folder = TempDir::new().unwrap();
    let stimulus = long(&folder);
    for kind in ["vcd", "sr", "jsonl"] {
        let file = folder.path().join(format!("out.{kind}")).to_str().unwrap().to_string();
        // The heading tells that it is under way, and the file is not there before it is complete.
        let mut run = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args(["record", &file, "--stimulus", &stimulus])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(run.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(out.next().unwrap().contains(&file));
        assert!(!Path::new(&file).exists());
        assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
        let text = out.collect::<Vec<_>>().join("\n");
        assert_eq!(run.wait().unwrap().code(), Some(0));
        let (packets, summary) = objects(&[&file, "--board", "none"]);
        let account = text.lines().find(|line| line.contains("edges on the lines")).unwrap();
        let count = account.split(' ').next().unwrap().replace(',', "");
        assert_eq!(packets.len().to_string(), count, "{kind}: {account}");
        assert_eq!(summary["delivered"], packets.len());
    }
    assert_eq!(names(folder.path()), ["in.sr", "out.jsonl", "out.sr", "out.vcd"]);
}

/// Wants a command to fail with this exit code and a message with all `parts`, and to leave `left` in the folder.
fn refuses(folder: &TempDir, args: &[&str], code: i32, parts: &[&str], left: &[&str]) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_portolan")).args(args).current_dir(folder.path()).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {message}");
    assert!(parts.iter().all(|part| message.contains(part)), "{args:?}: {message}");
    assert_eq!(names(folder.path()), left, "{args:?}");
}

#[test]
fn what_cannot_be_watched_or_recorded_is_named_and_nothing_is_left_behind() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("notes.vcd"), "not a recording").unwrap();
    let left = ["notes.vcd"];
    for (args, parts) in [
        (&["watch", "--board", "none"][..], &["--board none", "nothing to watch"][..]),
        (&["watch", "--board", "none", "--stimulus", "x.sr"], &["--stimulus", "simulated"]),
        (&["watch", "--line", "32"], &["--line 32", "0 to 31"]),
        (&["watch", "--line", "3", "--line", "3=x"], &["--line 3", "twice"]),
        (&["watch", "--stimulus", "no.sr"], &["no.sr"]),
        (&["watch", "--for", "soon"], &["'soon'", "--for"]),
        (&["record", "out.txt"], &["out.txt", ".vcd, .sr or .jsonl"]),
        (&["record", "out"], &["out", ".vcd, .sr or .jsonl"]),
        (&["record", "no/out.vcd"], &["no/out.vcd", "folder that exists"]),
        (&["record", "notes.vcd"], &["notes.vcd", "no VCD file that may be replaced"]),
        (&["record", "out.sr", "--board", "none"], &["nothing to watch"]),
    ] {
        refuses(&folder, args, 2, parts, &left);
    }
    assert_eq!(fs::read(folder.path().join("notes.vcd")).unwrap(), b"not a recording");
}

#[test]
fn a_recording_for_which_there_is_no_room_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    for kind in ["vcd", "sr", "jsonl"] {
        // No file of more than 8 KiB may be written; the signal of that is ignored, so that the write fails.
        let command = format!(
            "trap '' XFSZ; ulimit -f 8; exec '{}' record out.{kind} --json > /dev/null",
            env!("CARGO_BIN_EXE_portolan")
        );
        let output = Command::new("bash").args(["-c", &command]).current_dir(folder.path()).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{kind}: {message}");
        assert!(message.contains("cannot write the "), "{kind}: {message}");
        assert_eq!(names(folder.path()), [""; 0], "{kind}");
    }
}

#[test]
fn json_that_was_cut_short_or_is_another_is_refused() {
    let folder = TempDir::new().unwrap();
    let whole = portolan(&["watch", "--json", "--count", "3"]);
    let lines: Vec<&str> = whole.lines().collect();
    let swapped = [lines[0], lines[3], lines[1], lines[4]].join("\n");
    for (text, parts) in [
        (lines[..3].join("\n"), &["a.jsonl, line 4", "cut short"][..]),
        (lines[1..].join("\n"), &["line 1", "type \"start\""]),
        ("{}".into(), &["line 1", "type \"start\""]),
        (lines[0].replace("100000000", "0"), &["0 Hz"]),
        (swapped, &["line 3", "time goes back"]),
        (lines[..2].join("\n") + "\n{\"type\":\"interrupt\"}\n", &["line 3", "no object of a recording"]),
    ] {
        fs::write(folder.path().join("a.jsonl"), text).unwrap();
        refuses(&folder, &["run", "a.jsonl", "--json", "--board", "none"], 2, parts, &["a.jsonl"]);
    }
}
