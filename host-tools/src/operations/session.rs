//! The board, the port and the interrupts that operations work on, for as long as a command lasts.

use super::answer::{Answers, LineStats};
use super::script::{Operation, Statement};
use crate::board::BoardArgs;
use crate::failure::Failure;
use crate::tap::failed;
use anyhow::anyhow;
use portolan::device::Device;
use portolan::{
    Board, Deadline, Event, Interrupt, LineConfig, Packet, Port, PortOptions, PostWindow, Status,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Lines of software, where there is no board.
const SOFTWARE_LINES: u32 = crate::simulator::LINES;
/// Time that is given to what is under way when all is to be taken, on the board's clock.
const ARRIVAL: Duration = Duration::from_micros(100);

/// One port, and what hangs on it.
pub struct Session {
    /// `None`: all is in software.
    hardware: Option<(Board, Arc<dyn Device>)>,
    port: Port,
    lines: BTreeMap<u32, Line>,
    window: Option<PostWindow>,
}

/// A line's interrupt.
struct Line {
    interrupt: Interrupt,
    key: u64,
    bound: bool,
    masked: bool,
}

/// What an operation came to.
pub enum Outcome {
    /// Done, or refused with Zircon's status.
    Answered(Status),
    /// It makes no sense here.
    Refused(Failure),
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Outcome {
        Outcome::Refused(failure)
    }
}

impl Session {
    /// Opens the board. `gaps`: lost edges are told of.
    pub fn open(args: &BoardArgs) -> Result<Session, Failure> {
        let hardware = match args.open()? {
            None => None,
            Some(device) => {
                let board = Board::open(device.clone()).map_err(|error| Failure::Run(error.into()))?;
                Some((board, device))
            }
        };
        let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: true });
        Ok(Session { hardware, port, lines: BTreeMap::new(), window: None })
    }

    /// Carries one out, and tells what came of it.
    pub fn carry_out(&mut self, statement: &Statement, answers: &mut Answers) -> Result<Status, Failure> {
        let outcome = match self.operate(&statement.operation, answers) {
            Ok(()) => Outcome::Answered(Status::OK),
            Err(outcome) => outcome,
        };
        match outcome {
            Outcome::Answered(status) => {
                let why = self.hardware.as_ref().and_then(|(board, _)| board.obituary());
                answers.answer(&statement.text, status, why.filter(|_| status == Status::IO))?;
                Ok(status)
            }
            Outcome::Refused(failure) => Err(failure),
        }
    }

    fn operate(&mut self, operation: &Operation, answers: &mut Answers) -> Result<(), Outcome> {
        let status = match *operation {
            Operation::Bind { line, key, config } => return self.bind(line, key, config),
            Operation::Unbind(line) => {
                let port = self.port.clone();
                let line = self.line(line)?;
                let done = line.interrupt.unbind(&port);
                line.bound &= done.is_err();
                done
            }
            Operation::Trigger(line) => self.trigger(line)?,
            Operation::Ack(line) => self.line(line)?.interrupt.ack(),
            Operation::Mask(line, masked) => {
                let line = self.hardware_line(line)?;
                let done = line.interrupt.set_masked(masked);
                if done.is_ok() {
                    line.masked = masked;
                }
                done
            }
            Operation::Mode(line, mode) => self.hardware_line(line)?.interrupt.set_mode(mode),
            Operation::Filter(line, ticks) => self.hardware_line(line)?.interrupt.set_filter(ticks),
            Operation::Queue { key, status, payload, window } => {
                let packet = Packet::user(key, status, payload);
                if window { self.post(&packet)? } else { self.port.queue(&packet) }
            }
            Operation::Wait { count, timeout } => return self.wait(count, timeout, answers),
            Operation::Drain => return self.drain(answers),
            Operation::Cancel(key) => self.port.cancel_key(key),
            Operation::Stats(line) => return self.stats(line, answers),
        };
        status.map_err(Outcome::Answered)
    }

    fn bind(&mut self, number: u32, key: u64, config: LineConfig) -> Result<(), Outcome> {
        let input = |what: anyhow::Error| Outcome::Refused(Failure::Input(what));
        if let Some(line) = self.lines.get_mut(&number) {
            // The interrupt is there: it was unbound, or the port refuses.
            line.interrupt.bind(&self.port, key).map_err(Outcome::Answered)?;
            (line.bound, line.key) = (true, key);
            return Ok(());
        }
        let interrupt = match &self.hardware {
            Some((board, _)) => {
                Interrupt::line(board, number, config).map_err(|error| match board.obituary() {
                    Some(_) => Outcome::Refused(Failure::Run(error.into())),
                    None => input(error.into()),
                })?
            }
            None if number < SOFTWARE_LINES => Interrupt::virtual_interrupt(),
            None => {
                let last = SOFTWARE_LINES - 1;
                return Err(input(anyhow!(
                    "there is no line {number}; in software there are lines 0 to {last}"
                )));
            }
        };
        interrupt.bind(&self.port, key).map_err(Outcome::Answered)?;
        self.lines.insert(number, Line { interrupt, key, bound: true, masked: false });
        Ok(())
    }

    fn line(&mut self, number: u32) -> Result<&mut Line, Outcome> {
        self.lines.get_mut(&number).ok_or_else(|| {
            Outcome::Refused(Failure::Input(anyhow!(
                "line {number} has no interrupt here; give it one first: bind {number}"
            )))
        })
    }

    /// A line that is one of a board.
    fn hardware_line(&mut self, number: u32) -> Result<&mut Line, Outcome> {
        if self.hardware.is_none() {
            return Err(Outcome::Refused(Failure::Input(anyhow!(
                "without a board line {number} is an interrupt in software, which has no mask, mode or filter; name a \
                 board with --board"
            ))));
        }
        self.line(number)
    }

    fn trigger(&mut self, number: u32) -> Result<Result<(), Status>, Outcome> {
        let now = self.now();
        let line = self.line(number)?;
        let virtual_one = line.interrupt.config().is_none();
        Ok(match &self.hardware {
            Some((board, _)) if !virtual_one => board.fire(number),
            _ => self.line(number)?.interrupt.trigger(now),
        })
    }

    /// On the clock of the packets' stamps, in ns.
    fn now(&self) -> i64 {
        match &self.hardware {
            Some((board, _)) => board.now(),
            None => Deadline::after(Duration::ZERO).into_nanos(),
        }
    }

    /// Posts a packet as another bus master does: twelve words, the last one last.
    fn post(&mut self, packet: &Packet) -> Result<Result<(), Status>, Outcome> {
        let Some((board, device)) = &self.hardware else {
            return Err(Outcome::Refused(Failure::Input(anyhow!(
                "without a board there is no post window; name one with --board, or queue the packet"
            ))));
        };
        if self.window.is_none() {
            match board.attach(&self.port) {
                Ok(window) => self.window = Some(window),
                Err(status) => return Ok(Err(status)),
            }
        }
        let Some(window) = &self.window else { return Ok(Err(Status::INTERNAL)) };
        match window.credits() {
            Ok(0) => return Ok(Err(Status::SHOULD_WAIT)),
            Ok(_) => {}
            Err(status) => return Ok(Err(status)),
        }
        for (offset, word) in (window.offset()..).step_by(4).zip(packet.to_bytes().chunks_exact(4)) {
            let word = word.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
            device.write(offset, word).map_err(|error| Failure::Run(error.into()))?;
        }
        Ok(Ok(()))
    }

    fn wait(&mut self, count: Option<u64>, timeout: Duration, answers: &mut Answers) -> Result<(), Outcome> {
        let deadline = self.port.deadline_after(timeout);
        let mut left = count.unwrap_or(1);
        while left > 0 {
            if crate::stop::requested() {
                return Err(Failure::Interrupted.into());
            }
            match self.port.wait_event(deadline) {
                Ok(event) => {
                    left -= u64::from(!matches!(event, Event::Gap(_)));
                    answers.event(&event)?;
                }
                Err(Status::TIMED_OUT) if count.is_none() => {
                    answers.nothing()?;
                    return Ok(());
                }
                Err(status) => return Err(Outcome::Answered(status)),
            }
        }
        Ok(())
    }

    fn drain(&mut self, answers: &mut Answers) -> Result<(), Outcome> {
        let mut some = false;
        loop {
            match self.port.wait_event(self.port.deadline_after(ARRIVAL)) {
                Ok(event) => answers.event(&event)?,
                Err(Status::TIMED_OUT) if some => return Ok(()),
                Err(Status::TIMED_OUT) => return Ok(answers.nothing()?),
                Err(status) => return Err(Outcome::Answered(status)),
            }
            some = true;
        }
    }

    fn stats(&mut self, line: Option<u32>, answers: &mut Answers) -> Result<(), Outcome> {
        let Some((board, _)) = &self.hardware else {
            return Err(Outcome::Refused(Failure::Input(anyhow!(
                "without a board nothing is counted; name one with --board"
            ))));
        };
        let lines = board.info().lines;
        if let Some(line) = line.filter(|line| *line >= lines) {
            let (board, last) = (&board.info().name, lines - 1);
            return Err(Outcome::Refused(Failure::Input(anyhow!(
                "{board} has no line {line}; it has 0 to {last}"
            ))));
        }
        let chosen = line.map_or(0..lines, |line| line..line + 1);
        for number in chosen {
            let counters = board.counters(number).map_err(Outcome::Answered)?;
            let level = board.level(number).map_err(Outcome::Answered)?;
            let own = self.lines.get(&number);
            answers.line(
                LineStats {
                    counters,
                    level,
                    key: own.filter(|line| line.bound).map(|line| line.key),
                    masked: own.is_none_or(|line| line.masked),
                    config: own.and_then(|line| line.interrupt.config()),
                },
                line.is_some(),
            )?;
            if !counters.hold() {
                return Err(Outcome::Refused(Failure::Run(anyhow!(
                    "the account of line {number} does not balance: {counters:?}; this is a fault of Portolan, please \
                     report it"
                ))));
            }
        }
        if line.is_none() {
            let stats = board.stats().map_err(Outcome::Answered)?;
            answers.board(&board.info().name, &stats)?;
        }
        Ok(())
    }

    /// The failure of an operation that was refused with a status.
    pub fn failure(&self, statement: &Statement, status: Status) -> Failure {
        let doing = format!("'{}'", statement.text);
        match &self.hardware {
            Some((board, _)) => failed(board, &doing, status),
            None => Failure::Run(anyhow::Error::new(status).context(format!("{doing} failed"))),
        }
    }
}
