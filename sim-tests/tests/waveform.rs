//! Waveforms on request: an FST file with the pins and the right time, across skipped time too.

mod common;

use common::open;
use portolan_sim::{Changes, NS_PER_TICK, Options, Size};
use std::path::Path;
use wellen::{SignalValue, simple};

/// Every change of a signal, as time in ns and bits.
fn changes(path: &Path, name: &str) -> Vec<(u64, String)> {
    let mut waveform = simple::read(path).expect("an FST file");
    let timescale = waveform.hierarchy().timescale().expect("a time scale");
    assert_eq!(format!("{}{:?}", timescale.factor, timescale.unit), "1NanoSeconds");
    let hierarchy = waveform.hierarchy();
    let signal = hierarchy
        .iter_vars()
        .find(|var| var.name(hierarchy) == name)
        .unwrap_or_else(|| panic!("a signal {name}"))
        .signal_ref();
    waveform.load_signals(&[signal]);
    let table = waveform.time_table();
    let signal = waveform.get_signal(signal).expect("loaded");
    let value = |value: SignalValue<'_>| value.to_bit_string().expect("bits");
    signal.iter_changes().map(|(index, v)| (table[index as usize], value(v))).collect()
}

#[test]
fn a_waveform_shows_each_change_of_the_pins_at_its_time() {
    let folder = tempfile::tempdir().unwrap();
    for skip_idle in [true, false] {
        let path = folder.path().join(format!("board-{skip_idle}.fst"));
        let options =
            Options { size: Size::L4P1, skip_idle, trace: Some(path.clone()), ..Options::default() };
        let board = open(options);
        let start = board.start(Changes::from([(0, 0b0001), (7, 0b1010), (123_456, 0b1011)])).unwrap();
        board.run(130_000).unwrap();
        assert_eq!(board.cycles() == board.cycles_run(), !skip_idle);
        drop(board);

        // An FST file begins with its header block: type 0, length 329 (GTKWave, fst format).
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[..9], [0, 0, 0, 0, 0, 0, 0, 1, 0x49]);
        let time = |cycle: u64| (start + cycle) * NS_PER_TICK;
        let expected = [(0, "0000"), (time(0), "0001"), (time(7), "1010"), (time(123_456), "1011")];
        let expected: Vec<_> = expected.map(|(time, bits)| (time, bits.to_string())).into();
        assert_eq!(changes(&path, "lines"), expected, "skipping: {skip_idle}");
    }
}
