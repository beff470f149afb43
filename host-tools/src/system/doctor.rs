//! `portolan doctor`: what stands in the way of a board, or makes it slow: each thing fine, or the command that mends it.
//!
//! One function per check in `checks`; here is what they have in common.

mod checks;
mod latency;

use super::pci::Function;
use super::root::Root;
use super::uio::Uio;
use super::user::User;
use super::{SystemArgs, print, print_json};
use crate::failure::Failure;
use anstyle::{AnsiColor, Style};
use anyhow::anyhow;
use clap::Args;
use serde::Serialize;

/// Arguments of `portolan doctor`.
#[derive(Clone, Debug, Args)]
#[command(after_help = DOCTOR_HELP)]
pub struct DoctorArgs {
    /// What all commands about this machine are told.
    #[command(flatten)]
    pub system: SystemArgs,
}

const DOCTOR_HELP: &str = "\
Examples:
  portolan doctor
  portolan doctor --json | jq -r 'select(.state != \"ok\").mend'

It reads, and changes nothing. Exit codes: 0 nothing is missing, 1 something is. Advice is about speed alone.";

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Nothing to do.
    Ok,
    /// It works, and would be faster.
    Advice,
    /// Boards cannot be used.
    Missing,
}

/// What a check found.
#[derive(Debug, Serialize)]
struct Finding {
    v: u32,
    r#type: &'static str,
    check: &'static str,
    state: State,
    what: String,
    /// What to type or to do; null when nothing is to be done.
    mend: Option<String>,
}

impl Finding {
    fn new(check: &'static str, state: State, what: impl Into<String>, mend: Option<String>) -> Finding {
        Finding { v: 1, r#type: "finding", check, state, what: what.into(), mend }
    }

    fn ok(check: &'static str, what: impl Into<String>) -> Finding {
        Finding::new(check, State::Ok, what, None)
    }

    fn advice(check: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding::new(check, State::Advice, what, Some(mend.into()))
    }

    fn missing(check: &'static str, what: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding::new(check, State::Missing, what, Some(mend.into()))
    }
}

/// What checks look at.
struct Machine {
    root: Root,
    user: User,
    /// PCI boards.
    boards: Vec<Function>,
    /// Boards on AXI, by UIO.
    uios: Vec<Uio>,
}

/// Runs the command.
pub fn doctor(args: &DoctorArgs) -> Result<(), Failure> {
    let root = args.system.root();
    let machine = Machine {
        user: User::of(&root),
        boards: Function::boards(&root),
        uios: Uio::all(&root).into_iter().filter(|uio| uio.function.is_none() && uio.is_board()).collect(),
        root,
    };
    let findings: Vec<Finding> = checks::ALL.iter().flat_map(|check| check(&machine)).collect();
    match args.system.json {
        true => print_json(&findings)?,
        false => print(&table(&findings))?,
    }
    match findings.iter().filter(|finding| finding.state == State::Missing).count() {
        0 => Ok(()),
        count => {
            let things = if count == 1 { "thing is" } else { "things are" };
            Err(Failure::Run(anyhow!("{count} {things} missing; each is shown with what mends it")))
        }
    }
}

fn table(findings: &[Finding]) -> String {
    let bold = |colour: AnsiColor| colour.on_default().bold();
    let dim = Style::new().dimmed();
    let mut text = String::new();
    for Finding { check, state, what, mend, .. } in findings {
        let (style, word) = match state {
            State::Ok => (bold(AnsiColor::Green), "ok"),
            State::Advice => (bold(AnsiColor::Yellow), "advice"),
            State::Missing => (bold(AnsiColor::Red), "missing"),
        };
        text += &format!("{style}{word:<8}{style:#} {check:<12} {what}\n");
        if let Some(mend) = mend {
            text += &format!("{:22}{dim}→{dim:#} {mend}\n", "");
        }
    }
    text
}
