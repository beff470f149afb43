//! `portolan sim serve` as a process.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server that serves.
pub struct Serving {
    pub child: Child,
    out: BufReader<ChildStdout>,
    /// What it said first.
    pub told: Value,
}

/// Starts one at this path, with more arguments.
pub fn serve(socket: &Path, more: &[&str]) -> Serving {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    command.args(["sim", "serve", "--json", "--socket"]).arg(socket).args(more).stdout(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("it says that it serves");
    Serving { child, out, told: serde_json::from_str(&line).expect("JSON") }
}

impl Serving {
    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.expect("there is kill").success());
    }

    /// Ctrl-C; the summary.
    pub fn end(mut self) -> Value {
        self.signal("INT");
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("UTF-8");
        assert!(self.child.wait().expect("it ends").success());
        serde_json::from_str(&rest).expect("one line of JSON")
    }
}
