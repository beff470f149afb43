//! `portolan bench`: what programs read, and what each board must show.
#![cfg(feature = "sim")]

mod common;

use common::serving::serve;
use serde_json::Value;

/// The figures of a run.
fn figures(board: &str, packets: u64) -> Value {
    let packets = packets.to_string();
    let text = common::portolan(&["bench", "--board", board, "--packets", &packets, "--json"]);
    assert_eq!(text.lines().count(), 1, "one object: {text}");
    serde_json::from_str(&text).expect("an object")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is a number"))
}

/// Every board tells the same things, of as many packets as were asked for or a few more, of which none was lost.
fn check(board: &str, figures: &Value) {
    assert_eq!(figures["v"], 1);
    assert_eq!(figures["board"], board);
    assert!(number(&figures["packets"]) >= 10_000.0 && number(&figures["packets"]) < 10_032.0, "{figures}");
    assert_eq!(figures["lost"], 0);
    assert!(number(&figures["packets_per_s"]) > 0.0);
    let stages = figures["stages_ns"].as_object().expect("stages");
    let measured = stages.values().chain([&figures["edge_to_tlp_cycles"]]).filter(|spread| !spread.is_null());
    let mut spreads = 0;
    for spread in measured {
        let [min, p50, p99, max] = ["min", "p50", "p99", "max"].map(|name| number(&spread[name]));
        assert!(min <= p50 && p50 <= p99 && p99 <= max, "{figures}");
        spreads += 1;
    }
    assert!(spreads > 0, "something was measured: {figures}");
}

#[test]
fn without_a_board_there_are_no_registers_and_a_trigger_wakes_a_thread() {
    let figures = figures("none", 10_000);
    check("none", &figures);
    assert_eq!((number(&figures["reads_per_packet"]), number(&figures["writes_per_batch"])), (0.0, 0.0));
    assert!(number(&figures["stages_ns"]["trigger_to_user"]["min"]) > 0.0, "{figures}");
}

#[test]
fn packets_that_are_pulled_cost_register_reads_and_their_stamps_are_exact() {
    let figures = figures("sim:axi", 10_000);
    check("sim:axi", &figures);
    assert!(number(&figures["reads_per_packet"]) > 1.0);
    assert!(figures["edge_to_tlp_cycles"].is_null() && figures["stages_ns"]["stamp_to_memory"].is_null());
    assert_eq!(number(&figures["stages_ns"]["edge_to_stamp"]["max"]), 0.0);
}

#[test]
fn packets_in_rings_cost_no_register_read_and_at_most_one_write_a_batch() {
    for board in ["sim:axi-rings", "sim:pcie"] {
        let figures = figures(board, 10_000);
        check(board, &figures);
        assert_eq!(number(&figures["reads_per_packet"]), 0.0);
        let writes = number(&figures["writes_per_batch"]);
        assert!(writes > 0.0 && writes <= 1.0, "{figures}");
        assert!(number(&figures["edge_to_tlp_cycles"]["max"]) <= 24.0, "{figures}");
        assert!(number(&figures["cycles_per_packet"]) <= 12.0, "{figures}");
        let stages = &figures["stages_ns"];
        assert_eq!(number(&stages["edge_to_stamp"]["max"]), 0.0);
        let stored = number(&stages["stamp_to_memory"]["p50"]) + number(&stages["memory_to_wake"]["p50"]);
        assert_eq!(stored, number(&stages["stamp_to_wake"]["p50"]), "the stages are the whole way");
    }
}

#[test]
fn a_board_outside_this_process_is_measured_by_the_test_edges_of_its_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    for (top, pulled) in [("pcie", false), ("axi", true)] {
        let socket = folder.path().join(top);
        let serving = serve(&socket, &["--top", top]);
        let board = format!("vfio-user:{}", socket.display());
        let figures = figures(&board, 10_000);
        check(&board, &figures);
        let stages = &figures["stages_ns"];
        assert!(
            number(&stages["trigger_to_user"]["min"]) > 0.0 && !stages["wake_to_user"].is_null(),
            "{figures}"
        );
        // Without packets it is looked now and then whether the board lives, by some reads.
        assert_eq!(number(&figures["reads_per_packet"]) > 0.05, pulled, "{figures}");
        serving.end();
    }
}
