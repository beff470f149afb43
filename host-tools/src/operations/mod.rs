//! `portolan do`, `portolan port` and `portolan irq`: operations of ports and interrupts on a board, from the shell.
//!
//! A board is reset when it is opened and its lines fall silent when the program ends, so that an operation alone says
//! little. `do` carries out several in one process; `port` and `irq` are short scripts, each an operation and what shows
//! its effect, and every one says in its `--help` which script it is.

mod answer;
mod args;
mod script;
mod session;

pub use args::{DoArgs, IrqCommand, PortCommand};
pub use script::FORMS;

use crate::board::BoardArgs;
use crate::failure::Failure;
use crate::stop;
use answer::Answers;
use anyhow::Context;
use portolan::Status;
use script::Statement;
use session::Session;
use std::io::{self, BufRead};

/// Carries out a script; the first operation that is refused ends it, unless `on`.
fn run(board: &BoardArgs, json: bool, statements: &[Statement], on: bool) -> Result<(), Failure> {
    let mut session = Session::open(board)?;
    stop::listen()?;
    let mut answers = Answers::new(json);
    let mut first = None;
    for statement in statements {
        step(&mut session, statement, &mut answers, on, &mut first)?;
    }
    first.map_or(Ok(()), Err)
}

/// One statement; `first`: the failure that the command ends with.
fn step(
    session: &mut Session,
    statement: &Statement,
    answers: &mut Answers,
    on: bool,
    first: &mut Option<Failure>,
) -> Result<(), Failure> {
    let failure = match session.carry_out(statement, answers) {
        Ok(Status::OK) => return Ok(()),
        Ok(status) => session.failure(statement, status),
        Err(failure @ (Failure::Interrupted | Failure::Closed)) => return Err(failure),
        Err(failure) => failure,
    };
    if !on {
        return Err(failure);
    }
    if let Failure::Input(error) | Failure::Run(error) = &failure {
        anstream::eprintln!("{}: {error}", statement.text);
    }
    first.get_or_insert(failure);
    Ok(())
}

/// Runs `portolan do`.
pub fn carry_out(args: &DoArgs) -> Result<(), Failure> {
    let input = |error: script::ScriptError| Failure::Input(error.into());
    if let Some(text) = args.script.as_deref().filter(|text| *text != "-") {
        let statements = script::parse(text).map_err(input)?;
        return run(&args.board, args.json, &statements, args.keep_going);
    }
    // Each line as it comes: whoever writes them may look at the answers.
    let mut session = Session::open(&args.board)?;
    stop::listen()?;
    let mut answers = Answers::new(args.json);
    let mut first = None;
    for line in io::stdin().lock().lines() {
        let line = line.context("cannot read the script from standard input").map_err(Failure::Input)?;
        for statement in script::parse(&line).map_err(input)? {
            step(&mut session, &statement, &mut answers, args.keep_going, &mut first)?;
        }
    }
    first.map_or(Ok(()), Err)
}

/// Runs `portolan port`.
pub fn port(command: &PortCommand) -> Result<(), Failure> {
    let (common, statements) = command.script()?;
    run(&common.board, common.json, &statements, false)
}

/// Runs `portolan irq`.
pub fn irq(command: &IrqCommand) -> Result<(), Failure> {
    let (common, statements) = command.script();
    run(&common.board, common.json, &statements, false)
}
