//! `portolan run` from end to end: every edge of the recordings arrives, with the stamp of its sample.

mod common;

use common::{GRBL, KEYBOARD, RADIO_CLOCK, Recording, SMOOTHIEWARE, SNIPPET, objects, portolan, sr};
use serde_json::Value;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;
use zip::ZipArchive;

const CLOCK: u128 = 100_000_000;

/// (cycle, line, level) of every edge of a recording with one byte a sample, counted the plain way:
/// channel n on line n, sorted.
fn edges_of(path: &Path, hertz: u64) -> Vec<(u64, u64, u64)> {
    let mut zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut edges = Vec::new();
    let (mut sample, mut last) = (0u64, None);
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let chunks = (1..).map(|n| format!("logic-1-{n}")).take_while(|name| names.contains(name));
    let whole = names.iter().filter(|name| *name == "logic-1").cloned();
    for name in whole.chain(chunks) {
        let mut bytes = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        for byte in bytes {
            let before = last.replace(byte).unwrap_or(byte);
            for line in 0..8 {
                if (before ^ byte) >> line & 1 != 0 {
                    let cycle = u128::from(sample) * CLOCK / u128::from(hertz);
                    edges.push((cycle as u64, line, u64::from(byte >> line & 1)));
                }
            }
            sample += 1;
        }
    }
    edges
}

/// Plays a recording on a board and holds every packet and figure against the file.
fn check_recording(recording: &Recording, board: &str) {
    let Some(path) = recording.path() else { return };
    let expected = edges_of(&path, recording.hertz);
    assert_eq!(expected.len() as u64, recording.edges(), "{}", recording.file);
    let (packets, summary) = objects(&[path.to_str().unwrap(), "--board", board]);
    check_packets(&packets, &expected);
    for packet in &packets {
        let channel = recording.channels.iter().find(|channel| packet["line"] == channel.0).unwrap();
        assert_eq!(packet["channel"], channel.1);
    }
    for field in ["edges", "delivered"] {
        assert_eq!(summary[field], recording.edges(), "{field}");
    }
    for field in ["coalesced", "lost", "discarded", "unseen"] {
        assert_eq!(summary[field], 0, "{field}");
    }
    for line in summary["lines"].as_array().unwrap() {
        let channel = recording.channels.iter().find(|channel| line["line"] == channel.0);
        let edges = channel.map_or(0, |channel| channel.2);
        assert_eq!((&line["edges"], &line["delivered"]), (&edges.into(), &edges.into()));
        assert_eq!(line["unseen"], 0);
    }
}

/// Every packet is an edge of the file, stamped with the cycle of its sample; edges of one cycle
/// come in line order.
fn check_packets(packets: &[Value], expected: &[(u64, u64, u64)]) {
    let number = |packet: &Value, field: &str| packet[field].as_u64().unwrap();
    let mut found = Vec::new();
    for packet in packets {
        assert_eq!((&packet["v"], &packet["type"]), (&1.into(), &"interrupt".into()));
        assert_eq!((number(packet, "port"), number(packet, "coalesced")), (0, 0));
        assert_eq!(packet["key"], packet["line"]);
        let ticks = number(packet, "ticks");
        assert_eq!(number(packet, "timestamp_ns"), 10 * ticks, "100 MHz: 10 ns a tick");
        found.push((ticks, number(packet, "line"), number(packet, "level")));
    }
    let mut lines_of_cycle = std::collections::HashMap::new();
    for (ticks, line, _) in &found {
        let before = lines_of_cycle.insert(*ticks, *line);
        assert!(before.is_none_or(|before| before < *line), "lines {before:?} and {line} at {ticks}");
    }
    found.sort();
    assert_eq!(found.len(), expected.len());
    assert!(found == expected, "{:?}", found.iter().zip(expected).find(|(f, e)| f != e));
}

macro_rules! recordings {
    ($($name:ident: $recording:ident)*) => {
        mod simulated {
            $(#[cfg(feature = "sim")]
            #[test]
            fn $name() {
                super::check_recording(&super::$recording, "sim");
            })*
        }
        mod software {
            $(#[test]
            fn $name() {
                super::check_recording(&super::$recording, "none");
            })*
        }
    };
}

recordings! {
    every_edge_of_the_keyboard_arrives: KEYBOARD
    every_edge_of_the_radio_clock_arrives: RADIO_CLOCK
    every_edge_of_the_stepper_snippet_arrives: SNIPPET
    every_edge_of_the_stepper_motors_arrives: SMOOTHIEWARE
    every_edge_of_the_cnc_arrives: GRBL
}

/// A capture of two channels at 400 MHz, four samples to a cycle of the board's clock:
/// (cycle, levels at its four samples).
fn fast(folder: &TempDir, cycles: &[[u8; 4]]) -> String {
    let bytes = sr("unitsize=1\nsamplerate=400 MHz\nprobe1=a\nprobe2=b\n", cycles.as_flattened());
    let path = folder.path().join("fast.sr");
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().into()
}

#[test]
fn edges_that_vanish_within_a_cycle_are_counted_as_unseen() {
    let folder = TempDir::new().unwrap();
    // a: a pulse in cycle 1, up in cycle 2, down-up-down in cycle 100. b: up in cycle 2.
    let mut cycles = vec![[0, 0, 0, 0], [0, 1, 0, 0], [1, 1, 3, 3]];
    cycles.resize(100, [3, 3, 3, 3]);
    cycles.push([3, 2, 3, 2]);
    let capture = fast(&folder, &cycles);
    for board in [
        "none",
        #[cfg(feature = "sim")]
        "sim",
    ] {
        for (edges, count, unseen, stamps) in [
            ("both", 7, 4, &[(2, 0), (2, 1), (100, 0)][..]),
            ("rising", 4, 2, &[(2, 0), (2, 1)]),
            ("falling", 3, 2, &[(100, 0)]),
        ] {
            let (packets, summary) = objects(&[&capture, "--edges", edges, "--board", board]);
            let found: Vec<_> =
                packets.iter().map(|p| (p["ticks"].as_u64().unwrap(), p["line"].as_u64().unwrap())).collect();
            assert_eq!(found, stamps, "{board} {edges}");
            assert_eq!(summary["edges"], count, "{board} {edges}: {summary}");
            assert_eq!(summary["delivered"], stamps.len());
            assert_eq!(summary["unseen"], unseen);
            assert_eq!(summary["lines"][0]["unseen"], unseen);
            assert_eq!(summary["lines"][1]["unseen"], 0);
        }
    }
}

#[test]
fn a_map_moves_a_channel_by_name_or_number_and_may_drop_the_others() {
    let folder = TempDir::new().unwrap();
    let capture = fast(&folder, &[[0; 4], [1; 4], [3; 4]]);
    for (args, lines) in [
        (&["--map", "a=4"][..], &[(4, "a"), (1, "b")][..]),
        (&["--map", "0=9", "--map", "b=0"], &[(9, "a"), (0, "b")]),
        (&["--map", "1=31", "--only-mapped"], &[(31, "b")]),
    ] {
        let (packets, summary) = objects(&[&[&capture, "--board", "none"], args].concat());
        let found: Vec<_> =
            packets.iter().map(|p| (p["line"].as_u64().unwrap(), p["channel"].as_str().unwrap())).collect();
        assert_eq!(found, lines);
        assert!(packets.iter().all(|packet| packet["key"] == packet["line"]));
        assert_eq!(summary["edges"], lines.len());
    }
}

#[test]
fn a_rate_given_by_hand_sets_the_pace() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("norate.sr");
    fs::write(&path, sr("unitsize=1\nprobe1=a\n", &[0, 0, 0, 1])).unwrap();
    let (packets, _) = objects(&[path.to_str().unwrap(), "--samplerate", "1.5 kHz", "--board", "none"]);
    assert_eq!(packets[0]["ticks"], 200_000);
    assert_eq!(packets[0]["timestamp_ns"], 2_000_000);
}

#[test]
fn a_vcd_plays_like_any_capture() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bus.vcd");
    let text = "$timescale 100 ns $end $scope module top $end $var wire 1 ! irq $end\n\
        $var wire 2 % state [1:0] $end $upscope $end $enddefinitions $end\n\
        #5 0! b00 %\n#15 1!\n#25 b11 %\n#35 0! bx1 %\n#45 b0 %\n#50\n";
    fs::write(&path, text).unwrap();
    let (packets, summary) = objects(&[path.to_str().unwrap(), "--board", "none"]);
    let found: Vec<_> = packets
        .iter()
        .map(|p| {
            (
                p["timestamp_ns"].as_u64().unwrap(),
                p["channel"].as_str().unwrap(),
                p["level"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        (1_000, "irq", 1),
        (2_000, "state[0]", 1),
        (2_000, "state[1]", 1),
        (3_000, "irq", 0),
        (4_000, "state[0]", 0),
        (4_000, "state[1]", 0),
    ];
    assert_eq!(found, expected);
    assert_eq!((&summary["edges"], &summary["delivered"]), (&6.into(), &6.into()));
}

#[test]
fn the_objects_have_the_fields_that_are_promised_in_their_order() {
    let folder = TempDir::new().unwrap();
    let capture = fast(&folder, &[[0; 4], [0; 4], [2; 4]]);
    let text = portolan(&["run", "--json", "--board", "none", &capture]);
    let (packet, summary) = text.split_once('\n').unwrap();
    assert_eq!(
        packet,
        r#"{"v":1,"type":"interrupt","port":0,"key":1,"line":1,"channel":"b","timestamp_ns":20,"ticks":2,"level":1,"coalesced":0}"#
    );
    let start = r#"{"v":1,"type":"summary","edges":1,"delivered":1,"coalesced":0,"lost":0,"discarded":0,"unseen":0,"cycles":"#;
    assert!(summary.starts_with(start), "{summary}");
    assert!(
        summary.contains(r#","wall_s":"#)
            && summary.contains(r#","lines":[{"line":0,"channel":"a","edges":0,"#)
    );
}

#[test]
fn people_get_a_table_without_colours_where_it_is_no_terminal() {
    let text = portolan(&["run", "--board", "none", "--packets", "2"]);
    for part in ["the bundled example: 7 channels at 1 MHz", "UART TX", "↓ low", "↑ high", "activity", "STEP"]
    {
        assert!(text.contains(part), "'{part}' is not in:\n{text}");
    }
    assert!(text.contains("more; --packets N"), "{text}");
    assert!(text.contains("+ 0 lost + 0 discarded + 0 unseen"), "{text}");
    assert!(!text.contains('\u{1b}'), "no escape sequences: {text}");
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
}

#[test]
fn a_recording_of_100_mb_takes_no_100_mb() {
    let folder = TempDir::new().unwrap();
    let mut logic = vec![0u8; 100_000_000];
    logic[50_000_000..].fill(1);
    let path = folder.path().join("long.sr");
    fs::write(&path, sr("unitsize=1\nsamplerate=100 MHz\nprobe1=a\n", &logic)).unwrap();
    drop(logic);
    // 64 MiB of address space in all, for the program, its libraries and its stacks too.
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 65536 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_portolan")])
        .args(["run", "--json", "--board", "none", path.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with(r#"{"v":1,"type":"interrupt","port":0,"key":0,"line":0"#), "{text}");
    assert!(text.contains(r#""ticks":50000000,"#), "{text}");
}

#[test]
fn info_without_a_board_tells_what_this_program_expects_of_one() {
    let info: Value = serde_json::from_str(&portolan(&["info", "--board", "none", "--json"])).unwrap();
    assert_eq!((&info["type"], &info["board"]), (&"info".into(), &Value::Null));
    assert_eq!(info["layout_hash"], format!("{:#010x}", portolan_regs::LAYOUT_HASH));
    assert!(portolan(&["info", "--board", "none"]).contains("ports and interrupts in software"));
}
