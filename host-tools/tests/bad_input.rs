//! Bad input: one clear message that names the thing and the remedy, exit code 2, nothing half-written.

mod common;

use common::{sr, zip};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use zip::CompressionMethod;

const TWO_CHANNELS: &str = "unitsize=1\nsamplerate=1 MHz\nprobe1=Data\nprobe2=Clock\n";

/// Runs `portolan run` in a folder of its own, which has `files`, and wants it to fail on its input:
/// a message with all of `parts`, nothing on stdout, and no file that was not there.
fn refuses(files: &[(&str, &[u8])], args: &[&str], parts: &[&str]) {
    let folder = TempDir::new().unwrap();
    files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    for format in [&["--json"][..], &[]] {
        let output = portolan(folder.path(), &[&["run"], args, format].concat());
        let faults = faults(&output, folder.path(), files, parts);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// What is wrong with the way in which a run ended that should have refused its input.
fn faults(output: &Output, folder: &Path, files: &[(&str, &[u8])], parts: &[&str]) -> Vec<String> {
    let message = String::from_utf8_lossy(&output.stderr);
    let mut faults = Vec::new();
    let mut expect = |kept: bool, fault: &str| {
        if !kept {
            faults.push(format!("{fault}: {message}"));
        }
    };
    expect(output.status.code() == Some(2), "the exit code is not 2");
    expect(output.stdout.is_empty(), "something is on stdout");
    for (name, bytes) in files {
        expect(fs::read(folder.join(name)).is_ok_and(|now| now == *bytes), &format!("{name} has changed"));
    }
    for part in parts {
        expect(message.contains(part), &format!("'{part}' is not in the message"));
    }
    expect(message.matches("error:").count() == 1, "not one message");
    let left = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: BTreeSet<_> = left.collect();
    let names: BTreeSet<_> = files.iter().map(|(name, _)| name.to_string()).collect();
    expect(left == names, &format!("{left:?} is left of {names:?}"));
    faults
}

#[test]
fn input_that_is_not_refused_fails_in_every_way() {
    let folder = TempDir::new().unwrap();
    let bytes = good();
    fs::write(folder.path().join("good.sr"), &bytes).unwrap();
    fs::write(folder.path().join("half-written"), "").unwrap();
    let output = portolan(folder.path(), &["run", "--json", "--board", "none", "good.sr"]);
    let found = faults(&output, folder.path(), &[("good.sr", &bytes)], &["copy it again"]);
    let words = ["exit code", "stdout", "'copy it again'", "not one message", "half-written"];
    assert_eq!(found.len(), words.len(), "{found:#?}");
    for (fault, word) in found.iter().zip(words) {
        assert!(fault.contains(word), "{word}: {fault}");
    }
}

fn portolan(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn good() -> Vec<u8> {
    sr(TWO_CHANNELS, &[0, 1, 3, 2].repeat(500))
}

#[test]
fn a_truncated_zip() {
    let bytes = good();
    for length in [bytes.len() / 2, bytes.len() - 10, 10] {
        let files = [("cut.sr", &bytes[..length])];
        refuses(
            &files,
            &["cut.sr", "--trace", "wave.fst"],
            &["cut.sr", "cut short or damaged", "copy it again"],
        );
    }
}

#[test]
fn data_that_do_not_unpack() {
    // Flip bits of the packed data: found only by reading to the end.
    let mut bytes = good();
    let at = bytes.windows(7).position(|w| w == b"logic-1").unwrap() + 12;
    bytes[at] ^= 0x55;
    refuses(&[("hurt.sr", &bytes)], &["hurt.sr"], &["hurt.sr", "logic-1", "copy it again"]);
}

#[test]
fn no_sample_rate() {
    let bytes = sr("unitsize=1\nprobe1=a\n", &[0, 1]);
    refuses(
        &[("norate.sr", &bytes)],
        &["norate.sr"],
        &["norate.sr", "no sample rate", "--samplerate '24 MHz'"],
    );
    let vcd = b"$var wire 1 ! a $end $enddefinitions $end #0 0! #1 1!\n";
    refuses(&[("norate.vcd", vcd)], &["norate.vcd"], &["norate.vcd", "no sample rate", "--samplerate"]);
}

#[test]
fn a_sample_rate_that_is_none_and_one_that_contradicts_the_file() {
    refuses(&[("x.sr", &good())], &["x.sr", "--samplerate", "fast"], &["'fast'", "--samplerate", "24 MHz"]);
    refuses(
        &[("x.sr", &good())],
        &["x.sr", "--samplerate", "2M"],
        &["1 MHz", "2 MHz", "leave out --samplerate"],
    );
}

#[test]
fn more_channels_than_lines() {
    let mut vcd =
        String::from("$timescale 1 ns $end\n$var wire 40 ! bus [39:0] $end\n$enddefinitions $end\n");
    vcd += "#0 b0 !\n#5 b1 !\n";
    let parts = ["40 channels", "32 lines", "bus[32]", "--map", "--only-mapped"];
    refuses(&[("wide.vcd", vcd.as_bytes())], &["wide.vcd"], &parts);
}

#[test]
fn a_vcd_with_a_syntax_error() {
    let vcd =
        "$timescale 1 ns $end\n$var wire 1 ! a $end\n$enddefinitions $end\n#0\n0!\n#10\n1!\n#20\noops\n";
    refuses(&[("bad.vcd", vcd.as_bytes())], &["bad.vcd"], &["bad.vcd, line 9:", "mend"]);
}

#[test]
fn an_unknown_channel_in_map() {
    let parts = ["'Clk=3'", "no channel 'Clk'", "0 'Data', 1 'Clock'"];
    refuses(&[("x.sr", &good())], &["x.sr", "--map", "Clk=3"], &parts);
}

#[test]
fn a_map_that_is_none() {
    refuses(&[("x.sr", &good())], &["x.sr", "--map", "Clock"], &["--map", "CHANNEL=LINE"]);
    refuses(&[("x.sr", &good())], &["x.sr", "--map", "Clock=four"], &["--map", "four", "CHANNEL=LINE"]);
    refuses(&[("x.sr", &good())], &["x.sr", "--map", "Clock=32"], &["'Clock=32'", "lines 0 to 31"]);
}

#[test]
fn the_same_line_twice() {
    let maps = ["x.sr", "--map", "Data=4", "--map", "Clock=4"];
    refuses(&[("x.sr", &good())], &maps, &["line 4", "'Data'", "'Clock'", "another line"]);
    refuses(
        &[("x.sr", &good())],
        &["x.sr", "--map", "Data=1"],
        &["line 1", "'Data'", "'Clock'", "--only-mapped"],
    );
}

#[test]
fn an_unknown_board() {
    refuses(
        &[("x.sr", &good())],
        &["x.sr", "--board", "arty"],
        &["'arty'", "--board", "sim:axi", "sim:axi-rings", "sim:pcie", "none"],
    );
}

#[test]
fn a_missing_file() {
    refuses(&[], &["nowhere.sr"], &["nowhere.sr", "check the path", "No such file"]);
    refuses(&[], &["nowhere.vcd", "--trace", "wave.fst"], &["nowhere.vcd", "check the path"]);
}

#[test]
fn a_file_of_another_kind_or_a_folder() {
    refuses(&[("a.txt", b"hello")], &["a.txt"], &["a.txt", "neither", ".sr", "VCD"]);
    refuses(&[("a.txt", b"")], &["a.txt"], &["a.txt", "neither"]);
    refuses(&[], &["."], &["no regular file"]);
    // A pipe to which nobody writes.
    let elsewhere = TempDir::new().unwrap();
    let pipe = elsewhere.path().join("pipe.sr");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    refuses(&[], &[pipe.to_str().unwrap()], &["pipe.sr", "no regular file"]);
    let foreign = zip(&[("hello.txt", b"hello")], CompressionMethod::Stored);
    refuses(&[("a.zip", &foreign)], &["a.zip"], &["a.zip", "no sigrok capture", "'version'"]);
}

#[test]
fn a_capture_whose_end_is_beyond_all_time() {
    let vcd = |scale| {
        format!("$timescale {scale} $end $var wire 1 ! a $end $enddefinitions $end #0 0! #{} 1!\n", u64::MAX)
    };
    refuses(&[("long.vcd", vcd("1 ns").as_bytes())], &["long.vcd"], &["long.vcd", "292 years", "timescale"]);
    // Seven months are not.
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("long.vcd"), vcd("1 ps")).unwrap();
    let output = portolan(folder.path(), &["run", "--json", "--board", "none", "long.vcd"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("\"cycles\":1844674407370956,"), "{output:?}");
}

#[test]
fn a_waveform_that_cannot_be_written() {
    let refuses = |trace: &[&str], parts: &[&str]| {
        refuses(&[("x.sr", &good())], &[&["x.sr"], trace].concat(), parts);
    };
    if cfg!(feature = "sim") {
        refuses(&["--trace", "no/where.fst"], &["no/where.fst", "folder that exists"]);
        refuses(&["--trace", "."], &["is a folder"]);
        // Not even the capture itself.
        refuses(&["--trace", "x.sr"], &["x.sr", "no waveform", "another file"]);
    }
    for board in ["none", "sim:axi-rings", "sim:pcie"] {
        let cannot = format!("--board {board} cannot");
        refuses(&["--trace", "w.fst", "--board", board], &["--trace", &cannot, "take --board sim"]);
    }
}

#[test]
fn an_output_that_nobody_reads_ends_the_run_quietly() {
    let folder = TempDir::new().unwrap();
    for format in [&["--json"][..], &["--packets", "100000"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args([&["run", "--board", "none"], format].concat())
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.status.code(), Some(0));
    }
}
