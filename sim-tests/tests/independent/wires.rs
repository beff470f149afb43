//! A model of cocotbext-axi in its simulation, a clock at a time.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::environment::{Kind, tests};

/// A test of test_models.py that runs.
pub struct Wires {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    /// What it said besides.
    said: String,
    folder: PathBuf,
}

impl Wires {
    /// Starts it; none when the test is skipped.
    pub fn start(test: &str, seed: u64) -> Option<Wires> {
        let (mut python, folder) = tests(Kind::Verilog, test, "test_models", test, seed)?;
        let spawned = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.expect("Python starts");
        let to = child.stdin.take().expect("it is a pipe");
        let from = BufReader::new(child.stdout.take().expect("it is a pipe"));
        Some(Wires { child, to, from, said: String::new(), folder })
    }

    /// Puts these words on our wires for a clock; what stands on the others before its edge.
    ///
    /// # Panics
    /// When the other side has ended, or has not as many wires.
    pub fn clock<const N: usize>(&mut self, words: &[u64]) -> [u64; N] {
        let line: Vec<String> = words.iter().map(u64::to_string).collect();
        // Why it cannot be written, the other end says before it closes.
        let _ = writeln!(self.to, "{}", line.join(" "));
        loop {
            let mut line = String::new();
            let read = self.from.read_line(&mut line).expect("text");
            assert!(read > 0, "the simulation has ended:\n{}", self.said);
            if let Some(words) = line.strip_prefix('@') {
                let words: Vec<u64> =
                    words.split_whitespace().map(|word| word.parse().expect("a word")).collect();
                return words.try_into().unwrap_or_else(|words| panic!("{N} words: {words:?}"));
            }
            self.said += &line;
        }
    }

    /// No more clocks. Where the files of the other side are, whose test must have passed.
    pub fn end(self) -> PathBuf {
        let Wires { mut child, to, mut from, mut said, folder } = self;
        drop(to);
        while from.read_line(&mut said).expect("text") > 0 {}
        assert!(child.wait().expect("it was started").success(), "{said}");
        folder
    }
}
