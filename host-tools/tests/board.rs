//! What only the simulated board shows: loss, coalescing, waveforms, repeatable bytes, and that
//! software interrupts show the same.
#![cfg(feature = "sim")]

mod common;

use common::{KEYBOARD, RADIO_CLOCK, Recording, SNIPPET, objects, portolan, sr};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A capture of one sample a cycle; channel n is bit n.
fn at_100_mhz(folder: &TempDir, samples: &[u8]) -> String {
    let path = folder.path().join("capture.sr");
    let probes: String = (1..=8).map(|n| format!("probe{n}=c{n}\n")).collect();
    fs::write(&path, sr(&format!("unitsize=1\nsamplerate=100 MHz\n{probes}"), samples)).unwrap();
    path.to_str().unwrap().into()
}

fn number(object: &Value, field: &str) -> u64 {
    object[field].as_u64().unwrap()
}

#[test]
fn a_line_that_toggles_faster_than_the_queue_drains_loses_edges_that_gaps_tell_of_exactly() {
    let folder = TempDir::new().unwrap();
    // Channel 1 toggles in every cycle for a while, channel 0 twice in the middle of it.
    let mut samples = vec![0u8; 100];
    samples
        .extend((0..20_000).map(|i| if i % 2 == 0 { 0 } else { 2 } | u8::from((8_000..9_000).contains(&i))));
    samples.resize(120_000, 0);
    samples.extend([2, 2, 2, 2]);
    let edges: Vec<u64> =
        (1..samples.len()).filter(|i| (samples[i - 1] ^ samples[*i]) & 2 != 0).map(|i| i as u64).collect();
    let capture = at_100_mhz(&folder, &samples);
    let (arrivals, summary) = objects(&[&capture]);

    let line = &summary["lines"][1];
    assert_eq!(number(line, "edges"), edges.len() as u64);
    assert!(number(line, "lost") > 10_000, "{summary}");
    assert_eq!(number(line, "edges"), number(line, "delivered") + number(line, "lost"));
    for field in ["coalesced", "discarded", "unseen"] {
        assert_eq!(number(line, field), 0, "{field}");
    }
    assert_eq!((number(&summary["lines"][0], "delivered"), number(&summary["lines"][0], "lost")), (2, 0));

    // Packets and gaps of the line together are its edges, one by one, in order.
    let mut accounted = Vec::new();
    for arrival in arrivals.iter().filter(|arrival| arrival["line"] == 1) {
        if arrival["type"] == "gap" {
            let (first, last) = (number(arrival, "first_ns") / 10, number(arrival, "last_ns") / 10);
            let within: Vec<u64> = edges.iter().copied().filter(|e| (first..=last).contains(e)).collect();
            assert_eq!(within.len() as u64, number(arrival, "count"), "{arrival}");
            assert_eq!((within.first(), within.last()), (Some(&first), Some(&last)), "{arrival}");
            accounted.extend(within);
        } else {
            accounted.push(number(arrival, "ticks"));
        }
    }
    assert!(accounted == edges, "{} of {} edges, or not in order", accounted.len(), edges.len());
}

#[test]
fn in_ack_mode_edges_before_the_acknowledge_coalesce_into_the_first_of_them() {
    let folder = TempDir::new().unwrap();
    // Nine edges in nine cycles: the first is a packet, the second waits, seven join it.
    let mut samples = vec![0u8; 50];
    samples.extend([1, 0, 1, 0, 1, 0, 1, 0, 1]);
    samples.resize(100_000, 1);
    let capture = at_100_mhz(&folder, &samples);
    let (packets, summary) = objects(&[&capture, "--mode", "ack"]);
    let found: Vec<_> = packets.iter().map(|p| (number(p, "ticks"), number(p, "coalesced"))).collect();
    assert_eq!(found, [(50, 0), (51, 7)]);
    assert_eq!((number(&summary, "delivered"), number(&summary, "coalesced")), (2, 7));
    assert_eq!(number(&summary, "edges"), 9);
}

#[test]
fn all_lines_in_one_cycle_are_as_many_packets_with_one_stamp() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("wide.vcd");
    let text = "$timescale 10 ns $end $var wire 32 ! bus [31:0] $end $enddefinitions $end\n\
        #0 b0 !\n#1000 b11111111111111111111111111111111 !\n#2000 b0 !\n#3000\n";
    fs::write(&path, text).unwrap();
    let (packets, summary) = objects(&[path.to_str().unwrap()]);
    let found: Vec<_> =
        packets.iter().map(|p| (number(p, "ticks"), number(p, "line"), number(p, "level"))).collect();
    let expected: Vec<_> = [(1000, 1), (2000, 0)]
        .into_iter()
        .flat_map(|(cycle, level)| (0..32).map(move |line| (cycle, line, level)))
        .collect();
    assert_eq!(found, expected);
    assert_eq!((number(&summary, "delivered"), number(&summary, "lost")), (64, 0));
}

#[test]
fn a_waveform_is_written_whole_and_nothing_else_is_left() {
    let folder = TempDir::new().unwrap();
    let capture = at_100_mhz(&folder, &[0, 0, 1, 1, 0, 0]);
    let wave = folder.path().join("wave.fst");
    let (packets, _) = objects(&[&capture, "--trace", wave.to_str().unwrap()]);
    assert_eq!(packets.len(), 2);
    let bytes = fs::read(&wave).unwrap();
    // FST_BL_HDR, 329 bytes of it: a file that was closed begins so.
    assert_eq!(bytes[..9], [0, 0, 0, 0, 0, 0, 0, 1, 0x49], "{} bytes", bytes.len());
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["capture.sr", "wave.fst"]);
}

#[test]
fn an_older_waveform_is_replaced_unless_it_is_read_only() {
    let folder = TempDir::new().unwrap();
    let capture = at_100_mhz(&folder, &[0, 0, 1, 1, 0, 0]);
    let wave = folder.path().join("wave.fst");
    let args = ["run", "--json", &capture, "--trace", wave.to_str().unwrap()];
    let run = || Command::new(env!("CARGO_BIN_EXE_portolan")).args(args).output().unwrap();
    assert!(run().status.success());
    let first = fs::metadata(&wave).unwrap();
    assert!(run().status.success());
    let mut permissions = first.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&wave, permissions).unwrap();
    let bytes = fs::read(&wave).unwrap();
    assert_eq!(run().status.code(), Some(2));
    assert_eq!(fs::read(&wave).unwrap(), bytes);
}

#[test]
fn ctrl_c_ends_a_run_and_leaves_nothing_behind() {
    let folder = TempDir::new().unwrap();
    // Long enough to be still under way, whatever the machine.
    let logic: Vec<u8> = (0..2_000_000).map(|n| n & 1).map(|n: u32| n as u8).collect();
    let capture = folder.path().join("capture.sr");
    fs::write(&capture, sr("unitsize=1\nsamplerate=100 kHz\nprobe1=a\n", &logic)).unwrap();
    let wave = folder.path().join("wave.fst");
    let mut run = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(["run", "--json", capture.to_str().unwrap(), "--trace", wave.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut packets = BufReader::new(run.stdout.take().unwrap()).lines();
    assert!(packets.next().is_some(), "a first packet, so it is under way");
    let kill = Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(packets.all(|line| line.unwrap().contains("interrupt")), "no summary");
    let ended = run.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("interrupted"));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["capture.sr"]);
}

/// A summary without what may differ between two boards.
fn lasting(mut summary: Value) -> Value {
    let fields = summary.as_object_mut().unwrap();
    fields.remove("wall_s").unwrap();
    summary
}

/// What two runs write, without the figure that may differ.
fn without_wall_time(text: &str) -> Vec<String> {
    let (packets, summary) = text.trim_end().rsplit_once('\n').unwrap();
    let (before, after) = summary.split_once("\"wall_s\":").unwrap();
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | '-'));
    vec![packets.into(), before.into(), after.into()]
}

#[test]
fn two_runs_write_the_same_bytes_but_for_wall_s() {
    for mode in ["stream", "ack"] {
        let run = || without_wall_time(&portolan(&["run", "--json", "--mode", mode]));
        assert_eq!(run(), run(), "{mode}");
    }
}

#[test]
fn the_summaries_of_board_and_software_agree() {
    let files: Vec<_> = [&SNIPPET, &KEYBOARD].into_iter().filter_map(Recording::path).collect();
    let mut captures: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    captures.push("");
    for capture in captures {
        let args: Vec<&str> = [capture].into_iter().filter(|c| !c.is_empty()).collect();
        for edges in ["both", "rising", "falling"] {
            let run = |board| objects(&[&args[..], &["--board", board, "--edges", edges]].concat());
            let ((mut on_board, board), (mut in_software, software)) = (run("sim"), run("none"));
            assert_eq!(lasting(board), lasting(software), "{capture} {edges}");
            let order = |packet: &Value| (packet["ticks"].as_u64(), packet["line"].as_u64());
            on_board.sort_by_key(order);
            in_software.sort_by_key(order);
            assert_eq!(on_board, in_software, "{capture} {edges}");
        }
    }
}

/// Where no edge comes before the last one was acknowledged, which takes a board some time and software none.
#[test]
fn the_summaries_of_board_and_software_agree_in_ack_mode_too() {
    for file in [&KEYBOARD, &RADIO_CLOCK].into_iter().filter_map(Recording::path) {
        let file = file.to_str().unwrap();
        let summary = |board| lasting(objects(&[file, "--mode", "ack", "--board", board]).1);
        assert_eq!(summary("sim"), summary("none"), "{file}");
    }
}

#[test]
fn the_example_arrives_with_the_same_stamps_whatever_the_board_hangs_on() {
    let (packets, summary) = objects(&["--board", "sim:axi"]);
    assert!(packets.len() > 1_000, "{} packets", packets.len());
    for board in ["sim", "sim:axi-rings", "sim:pcie"] {
        let (others, other) = objects(&["--board", board]);
        assert_eq!(others.len(), packets.len(), "{board}");
        let different = others.iter().zip(&packets).find(|(other, packet)| other != packet);
        assert!(different.is_none(), "{board}: {different:?}");
        assert_eq!(lasting(other), lasting(summary.clone()), "{board}");
    }
}

#[test]
fn each_board_says_by_which_name_it_was_opened() {
    for (board, name) in [("sim", "sim:axi"), ("sim:axi-rings", "sim:axi-rings"), ("sim:pcie", "sim:pcie")] {
        let info: Value = serde_json::from_str(&portolan(&["info", "--board", board, "--json"])).unwrap();
        assert_eq!(info["board"], name);
        let heading = portolan(&["run", "--board", board, "--packets", "0"]);
        assert!(heading.contains(&format!("the simulated board {name} (100 MHz)")), "{heading}");
    }
}

#[test]
fn info_tells_identity_version_hash_capabilities_and_clock() {
    let info: Value = serde_json::from_str(&portolan(&["info", "--json"])).unwrap();
    assert_eq!((&info["type"], &info["board"]), (&"info".into(), &"sim:axi".into()));
    assert_eq!((&info["id"], &info["version"]), (&"PRTL".into(), &"1.0".into()));
    assert_eq!(info["layout_hash"], format!("{:#010x}", portolan_regs::LAYOUT_HASH));
    assert_eq!((number(&info, "lines"), number(&info, "ports")), (32, 8));
    assert_eq!(number(&info, "clock_hz"), 100_000_000);
    assert_eq!(info["capabilities"]["pull"], true);
    let text = portolan(&["info"]);
    for part in ["sim:axi", "100 MHz, 10 ns a tick", "1.0, layout hash 0x", "64 interrupt and 64 user"] {
        assert!(text.contains(part), "'{part}' is not in:\n{text}");
    }
}
