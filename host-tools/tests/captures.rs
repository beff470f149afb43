//! What the readers make of captures: the recordings of real machines against an independent count, and
//! every form of the two formats.

mod common;

use common::{RECORDINGS, Recording, sr, zip};
use portolan_tools::capture::{self, Capture, CaptureError, Source, Wire};
use portolan_tools::pins::{Clock, Edges, Survey};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use zip::{CompressionMethod, ZipArchive};

fn straight(capture: &dyn Capture) -> Vec<Wire> {
    capture.channels().iter().map(|c| Wire { channel: c.number, line: c.number as u32 }).collect()
}

/// All changes as (sample, levels); channel n is bit n.
fn changes(capture: &dyn Capture) -> Result<Vec<(u64, u64)>, CaptureError> {
    capture.changes(&straight(capture))?.map(|c| c.map(|c| (c.sample, c.levels))).collect()
}

fn open(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Box<dyn Capture>, CaptureError> {
    capture::open(Source::memory(name, bytes.into()), None)
}

fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<(u64, u64)> {
    changes(&*open(name, bytes).unwrap()).unwrap()
}

/// Counts edges per bit, and samples, the plain way: whole entries by the zip crate, byte by byte.
fn count_plainly(path: &Path) -> (u64, [u64; 8]) {
    let mut zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let (mut samples, mut edges, mut last) = (0, [0; 8], None);
    for chunk in 0.. {
        let name = if chunk == 0 { "logic-1".into() } else { format!("logic-1-{chunk}") };
        if !names.contains(&name) {
            if chunk > 0 { break } else { continue }
        }
        let mut bytes = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        for byte in &bytes {
            let before = last.replace(*byte).unwrap_or(*byte);
            if before != *byte {
                (0..8).for_each(|bit| edges[bit] += u64::from((before ^ byte) >> bit & 1));
            }
        }
        samples += bytes.len() as u64;
    }
    (samples, edges)
}

fn check_recording(recording: &Recording) {
    let Some(path) = recording.path() else { return };
    let (samples, edges) = count_plainly(&path);
    assert_eq!(samples, recording.samples, "{}", recording.file);
    let capture = capture::open(Source::file(&path), None).unwrap();
    let wires = straight(&*capture);
    let clock = Clock::new(&*capture, 100_000_000);
    let survey = Survey::take(&*capture, &wires, Edges::Both, &clock).unwrap();
    assert_eq!(survey.last_cycle, clock.cycle(recording.samples - 1).unwrap());
    assert_eq!(clock.cycle(recording.hertz).unwrap(), 100_000_000, "one second of samples");
    for (wire, line) in wires.iter().zip(&survey.lines) {
        let known = recording.channels.iter().find(|(number, ..)| *number == wire.channel);
        let channel = &capture.channels().iter().find(|c| c.number == wire.channel).unwrap().name;
        assert_eq!(line.edges, known.map_or(0, |known| known.2), "{}: {channel}", recording.file);
        assert_eq!(line.edges, edges[wire.channel], "{}: {channel}", recording.file);
        assert_eq!(line.edges, line.seen, "{}: {channel}: none vanishes at 100 MHz", recording.file);
        assert!(known.is_none_or(|known| known.1 == channel));
    }
}

#[test]
fn every_recording_has_the_edges_that_independent_programs_count() {
    RECORDINGS.iter().for_each(|recording| check_recording(recording));
}

/// Samples of two channels; the second is the top bit of the sample.
fn two_channels(unit: usize, levels: &[u8]) -> Vec<u8> {
    let sample = |level: &u8| {
        let value = u32::from(level & 1) | u32::from(level >> 1) << (8 * unit - 1);
        value.to_le_bytes()[..unit].to_vec()
    };
    levels.iter().flat_map(sample).collect()
}

#[test]
fn all_unit_sizes_read_alike_in_one_piece_or_in_chunks_packed_or_not() {
    // Long enough for several buffers; a change at the first and last sample of every chunk.
    let mut levels = vec![0u8; 400_000];
    levels[200_000..].fill(1);
    for at in [1, 65_535, 65_536, 99_999, 100_000, 196_607, 196_608, 299_999, 300_000, 399_999] {
        levels[at..].iter_mut().for_each(|level| *level ^= 2);
    }
    let mut expected = Vec::new();
    for unit in 1..=4 {
        let logic = two_channels(unit, &levels);
        let metadata = format!(
            "[device 1]\ncapturefile=logic-1\nunitsize={unit}\nsamplerate=1 MHz\n\
             probe1=low\nprobe{}=high\n",
            8 * unit
        );
        let chunks: Vec<&[u8]> = logic.chunks(100_000 * unit).collect();
        // Directory order is not numeric order, and 10 comes after 9.
        let empty: &[u8] = &[];
        let mut pieces = vec![("version", &b"2"[..]), ("metadata", metadata.as_bytes())];
        pieces.extend([("logic-1-10", empty), ("logic-1-2", chunks[1]), ("logic-1-1", chunks[0])]);
        pieces.extend([("logic-1-3", empty), ("logic-1-4", empty), ("logic-1-5", chunks[2])]);
        pieces.extend([("logic-1-6", empty), ("logic-1-7", empty), ("logic-1-8", empty)]);
        pieces.extend([("logic-1-9", chunks[3])]);
        let whole = [("version", &b"1"[..]), ("metadata", metadata.as_bytes()), ("logic-1", &logic)];
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            for entries in [&pieces[..], &whole[..]] {
                let capture = open("x.sr", zip(entries, method)).unwrap();
                assert_eq!(capture.channels().len(), 2);
                let wires = [Wire { channel: 0, line: 5 }, Wire { channel: 8 * unit - 1, line: 63 }];
                let changes: Vec<(u64, u64)> = capture
                    .changes(&wires)
                    .unwrap()
                    .map(|c| c.map(|c| (c.sample, c.levels >> 5 & 1 | c.levels >> 62 & 2)).unwrap())
                    .collect();
                if expected.is_empty() {
                    expected = (0..levels.len())
                        .filter(|at| *at == 0 || levels[*at] != levels[*at - 1])
                        .map(|at| (at as u64, u64::from(levels[at])))
                        .collect();
                    assert_eq!(expected.len(), 12);
                }
                assert_eq!(changes, expected, "unit size {unit}");
            }
        }
    }
}

#[test]
fn channels_without_a_wire_bring_no_change() {
    let bytes = sr("unitsize=1\nsamplerate=1 MHz\nprobe1=a\nprobe2=b\n", &[0, 1, 3, 1, 0, 2, 2]);
    let capture = open("x.sr", bytes).unwrap();
    let changes: Vec<_> =
        capture.changes(&[Wire { channel: 1, line: 0 }]).unwrap().map(Result::unwrap).collect();
    let changes: Vec<_> = changes.iter().map(|c| (c.sample, c.levels)).collect();
    assert_eq!(changes, [(0, 0), (2, 1), (3, 0), (5, 1), (6, 1)]);
}

#[test]
fn a_vcd_of_scalars_is_read_in_the_order_of_declaration() {
    let text = "$date today $end $version 1 $end $comment hi $end\n$timescale 10 us $end\n\
        $scope module top $end $var wire 1 ! clk $end $scope module cpu $end\n\
        $var reg 1 \" clk $end $var real 64 r temperature $end $var event 1 e tick $end\n\
        $upscope $end $var wire 1 # irq $end $upscope $end $enddefinitions $end\n\
        #100\n$dumpvars\n0! 1\" x# r1.5 r\n$end\n#101\n1! 1e\n#103 0! 0\" r2.5 r\n#103 1# 1e\n#110";
    let capture = open("x.vcd", text).unwrap();
    let names: Vec<&str> = capture.channels().iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["top.clk", "top.cpu.clk", "irq"], "shared names give way to paths");
    assert_eq!(capture.channels()[2].path, "top.irq");
    assert_eq!(capture.rate(), "100 kHz".parse().unwrap());
    let expected = [(0, 0b010), (1, 0b011), (3, 0b010), (3, 0b000), (3, 0b100), (10, 0b100)];
    assert_eq!(changes(&*capture).unwrap(), expected, "time counts from the first stamp");
}

#[test]
fn each_bit_of_a_vcd_vector_is_a_channel_and_short_values_are_extended() {
    let text = "$timescale 1ns $end $var wire 4 ! down [7:4] $end $var reg 2 @ up [0:1] $end\n\
        $var integer 2 % plain $end $var wire 1 & bit [3] $end $var wire 2 ' glued[1:0] $end\n\
        $enddefinitions $end\n#0 b0000 ! b00 @ b0 % 0& b0 '\n#1 b1 !\n#2 b01 @\n#3 b10 %\n#4 1&\n#5 b10 '\n\
        #6 b1000 !\n#7 bx !\n#8 b0 !\n#9 bz1 !\n#10 b0x1x !\n";
    let capture = open("x.vcd", text).unwrap();
    let names: Vec<&str> = capture.channels().iter().map(|c| c.name.as_str()).collect();
    let expected = [
        "down[4]", "down[5]", "down[6]", "down[7]", "up[0]", "up[1]", "plain[0]", "plain[1]", "bit[3]",
        "glued[0]", "glued[1]",
    ];
    assert_eq!(names, expected);
    let others = 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10;
    let expected = [
        (0, 0),
        (1, 1),
        (2, 1 | 1 << 5),
        (3, 1 | 1 << 5 | 1 << 7),
        (4, 1 | 1 << 5 | 1 << 7 | 1 << 8),
        (5, 1 | others),
        (6, 0b1000 | others),
        // #7: all unknown, nothing moves.
        (8, others),
        // #9: z above a one.
        (9, 1 | others),
        // #10: 0, keep, 1, keep.
        (10, 0b11 | others),
    ];
    assert_eq!(changes(&*capture).unwrap(), expected);
}

#[test]
fn x_and_z_keep_the_last_level_which_is_low_at_first() {
    let header = "$timescale 1 ns $end $var wire 1 ! a $end $enddefinitions $end\n";
    let text = format!("{header}#0 x! #1 1! #2 z! #3 x! #4 0! #5 $dumpoff x! $end #6 $dumpon 1! $end #7\n");
    assert_eq!(read("x.vcd", text), [(0, 0), (1, 1), (4, 0), (6, 1), (7, 1)]);
}

#[test]
fn time_scales_are_exact() {
    for (scale, rate) in [
        ("1 fs", "1000000 GHz"),
        ("100ps", "10 GHz"),
        ("10 ns", "100 MHz"),
        ("1 s", "1 Hz"),
        ("100 s", "0.01 Hz"),
    ] {
        let text = format!("$timescale {scale} $end $var wire 1 ! a $end $enddefinitions $end #0 0!\n");
        assert_eq!(open("x.vcd", text).unwrap().rate(), rate.parse().unwrap(), "{scale}");
    }
}

#[test]
fn faults_of_a_vcd_are_told_with_their_line() {
    let header = "$timescale 1 ns $end\n$var wire 2 ! a [1:0] $end\n$enddefinitions $end\n";
    for (text, line, word) in [
        ("hello\n", 1, "character"),
        ("$timescale 1 ns $end\n$var wire one ! a $end\n", 2, "digit"),
        ("$timescale 0 ns $end\n", 1, "at least 1"),
        ("$timescale 1 ns $end\n\n$upscope $end\n", 3, "$upscope"),
        ("$var wire 1 ! a $end\n", 2, "$enddefinitions"),
        ("$var wire 4000000000 ! a $end\n", 1, "4000000000"),
        ("$var wire 1 ! a $end\n#0 1!\n", 2, "$enddefinitions"),
        (&format!("{header}#0\n1%\n"), 5, "'%'"),
        (&format!("{header}#5\n1!\n#4\n"), 6, "#4"),
        (&format!("{header}#0\nb101 !\n"), 5, "3 bits"),
        (&format!("{header}#0\nb1"), 5, "middle"),
        (&format!("{header}#0\nq!\n"), 5, "character"),
        (&format!("{header}#0\n\n\n#zero\n"), 7, "digit"),
        (&format!("{header}#0\n$var wire 1 ? b $end\n"), 5, "declaration"),
    ] {
        let found = open("x.vcd", text).and_then(|capture| changes(&*capture)).unwrap_err();
        let shown = found.to_string();
        assert!(shown.contains(&format!("x.vcd, line {line}:")) && shown.contains(word), "{text:?}: {shown}");
    }
}

#[test]
fn faults_of_a_sigrok_file_are_told() {
    let good = sr("unitsize=1\nsamplerate=1 MHz\nprobe1=a\n", &[0, 1, 0].repeat(1000));
    assert_eq!(read("x.sr", good.clone()).len(), 2001);
    let metadata = "[device 1]\ncapturefile=logic-1\nunitsize=2\nsamplerate=1 MHz\nprobe1=a\n";
    let stored = |entries: &[(&str, &[u8])]| zip(entries, CompressionMethod::Stored);
    let mut flipped = stored(&[
        ("version", &b"2"[..]),
        ("metadata", metadata.replace("=2", "=1").as_bytes()),
        ("logic-1", &[0xaa; 64]),
    ]);
    let at = flipped.windows(64).position(|w| w == [0xaa; 64]).unwrap();
    flipped[at + 10] ^= 1;
    let version = ("version", &b"2"[..]);
    for (bytes, word) in [
        (good[..good.len() - 30].to_vec(), "cut short or damaged"),
        (good[..good.len() / 2].to_vec(), "cut short or damaged"),
        (flipped, "logic-1"),
        (vec![], "cut short or damaged"),
        (stored(&[("metadata", metadata.as_bytes()), ("logic-1", &[0, 0])]), "'version'"),
        (stored(&[("version", b"9"), ("metadata", metadata.as_bytes())]), "version is '9'"),
        (stored(&[version]), "'metadata'"),
        (stored(&[version, ("metadata", metadata.as_bytes())]), "no logic data"),
        (stored(&[version, ("metadata", metadata.as_bytes()), ("logic-1", &[])]), "no samples"),
        (stored(&[version, ("metadata", metadata.as_bytes()), ("logic-1", &[0, 0, 0])]), "logic-1"),
        (
            stored(&[
                version,
                ("metadata", metadata.as_bytes()),
                ("logic-1-1", &[0, 0]),
                ("logic-1-3", &[0, 0]),
            ]),
            "logic-1-2 is missing",
        ),
        (
            stored(&[version, ("metadata", metadata.as_bytes()), ("logic-1-2", &[0, 0])]),
            "logic-1-1 is missing",
        ),
    ] {
        let found = open("x.sr", bytes).and_then(|capture| changes(&*capture)).unwrap_err();
        let shown = found.to_string();
        assert!(shown.contains("x.sr") && shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn a_rate_is_given_only_to_a_file_that_has_none() {
    let with = sr("unitsize=1\nsamplerate=1 MHz\nprobe1=a\n", &[0]);
    let without = sr("unitsize=1\nprobe1=a\n", &[0]);
    let open = |bytes: &[u8], rate: Option<&str>| {
        capture::open(Source::memory("x.sr", bytes.to_vec()), rate.map(|rate| rate.parse().unwrap()))
    };
    assert_eq!(open(&without, Some("2 MHz")).unwrap().rate(), "2 MHz".parse().unwrap());
    assert_eq!(open(&with, Some("1000 kHz")).unwrap().rate(), "1 MHz".parse().unwrap());
    let error = open(&with, Some("2 MHz")).err().unwrap();
    assert!(matches!(error, CaptureError::RateKnown { .. }), "{error}");
    let error = open(&without, None).err().unwrap();
    assert!(error.to_string().contains("--samplerate"), "{error}");
}

/// Levels that change by fits and starts, the same for the same seed: (sample, levels of 20 channels).
fn random_changes(mut seed: u64, samples: u64) -> Vec<(u64, u64)> {
    let mut random = || {
        // Marsaglia's xorshift.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut changes = vec![(0, random() & 0xf_ffff)];
    loop {
        let (sample, levels) = changes[changes.len() - 1];
        let bits = random() % 12;
        let next = sample + 1 + random() % (1 << bits);
        if next >= samples {
            return changes;
        }
        changes.push((next, levels ^ 1 << (random() % 20) ^ (random() & random() & random() & 0xf_ffff)));
        if changes[changes.len() - 1].1 == levels {
            changes.pop();
        }
    }
}

/// The same signals as a VCD: six scalars, a vector of twelve, two scalars.
fn as_vcd(changes: &[(u64, u64)], last: u64) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = vcd::Writer::new(&mut out);
    writer.timescale(1, vcd::TimescaleUnit::US).unwrap();
    writer.add_module("top").unwrap();
    let low: Vec<_> = (0..6).map(|i| writer.add_wire(1, &format!("a{i}")).unwrap()).collect();
    let vector = writer.add_wire(12, "bus").unwrap();
    let high: Vec<_> = (0..2).map(|i| writer.add_wire(1, &format!("b{i}")).unwrap()).collect();
    writer.upscope().unwrap();
    writer.enddefinitions().unwrap();
    let mut before = !changes[0].1;
    for (time, levels) in changes {
        writer.timestamp(*time + 77).unwrap();
        let changed = |bit: usize| (before ^ levels) >> bit & 1 != 0;
        let level = |bit: usize| vcd::Value::from(levels >> bit & 1 != 0);
        let scalars = low.iter().zip(0..6).chain(high.iter().zip(18..20));
        for (id, bit) in scalars.filter(|(_, bit)| changed(*bit)) {
            writer.change_scalar(*id, level(bit)).unwrap();
        }
        if (6..18).any(changed) {
            writer.change_vector(vector, (6..18).rev().map(level)).unwrap();
        }
        before = *levels;
    }
    writer.timestamp(last + 77).unwrap();
    out
}

#[test]
fn the_same_signals_read_alike_from_sigrok_and_from_vcd() {
    for seed in [1, 0xdead_beef, 0x1234_5678_9abc] {
        let samples = 300_000;
        let expected = random_changes(seed, samples);
        assert!(expected.len() > 500, "{} changes", expected.len());
        let mut logic = Vec::new();
        let ends = expected[1..].iter().map(|(sample, _)| *sample).chain([samples]);
        for ((start, levels), end) in expected.iter().zip(ends) {
            (*start..end).for_each(|_| logic.extend(&levels.to_le_bytes()[..3]));
        }
        let probes: String = (1..=20).map(|n| format!("probe{n}=c{n}\n")).collect();
        let sigrok = open("x.sr", sr(&format!("unitsize=3\nsamplerate=1 MHz\n{probes}"), &logic)).unwrap();
        let vcd = open("x.vcd", as_vcd(&expected, samples - 1)).unwrap();
        assert_eq!(sigrok.rate(), vcd.rate());

        let mut with_end = expected.clone();
        let last = with_end[with_end.len() - 1];
        if last.0 != samples - 1 {
            with_end.push((samples - 1, last.1));
        }
        assert_eq!(changes(&*sigrok).unwrap(), with_end, "seed {seed}");
        // A VCD's scalars and vectors change one after the other within a time stamp: the last counts.
        let mut of_vcd: Vec<(u64, u64)> = Vec::new();
        for (sample, levels) in changes(&*vcd).unwrap() {
            match of_vcd.last_mut() {
                Some(last) if last.0 == sample => last.1 = levels,
                _ => of_vcd.push((sample, levels)),
            }
        }
        assert_eq!(of_vcd, with_end, "seed {seed}");
    }
}
