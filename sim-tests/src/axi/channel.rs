//! One channel of one access: when it is valid or ready, and the rules that its other side must keep.

use super::{BusError, Response};

/// One request channel (AW, W or AR) of one access.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// Cycles until valid.
    idle: u32,
    pub(super) done: bool,
}

impl Request {
    pub(super) fn new(idle: u32) -> Request {
        Request { idle, done: false }
    }
    pub(super) fn valid(&self) -> bool {
        self.idle == 0 && !self.done
    }
    pub(super) fn step(&mut self, ready: u8) {
        if self.valid() {
            self.done = ready != 0;
        } else {
            self.idle = self.idle.saturating_sub(1);
        }
    }
}

/// One response channel (B or R) of one access: how long it waits, and what it showed while it waited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) hold: u32,
    seen: Option<(u8, u32)>,
}

impl Answer {
    pub(super) fn new(hold: u32) -> Answer {
        Answer { hold, seen: None }
    }

    /// One cycle of a response channel: the response when it is taken.
    pub(super) fn step(&mut self, valid: u8, code: u8, data: u32) -> Result<Option<Response>, BusError> {
        if valid == 0 {
            rule(self.seen.is_none(), "a response was taken back before READY", "A3.2.1")?;
            return Ok(None);
        }
        let stable = self.seen.is_none_or(|seen| seen == (code, data));
        rule(stable, "a response changed before READY", "A3.2.1")?;
        self.seen = Some((code, data));
        if self.hold > 0 {
            self.hold -= 1;
            return Ok(None);
        }
        match code {
            0 => Ok(Some(Response::Okay)),
            2 => Ok(Some(Response::SlaveError)),
            3 => Ok(Some(Response::DecodeError)),
            _ => Err(BusError::Violation { rule: "EXOKAY is not an answer of AXI4-Lite", section: "B1.1.1" }),
        }
    }
}

pub(super) fn rule(kept: bool, rule: &'static str, section: &'static str) -> Result<(), BusError> {
    if kept { Ok(()) } else { Err(BusError::Violation { rule, section }) }
}

pub(super) fn timeout(
    age: u32,
    limit: u32,
    access: impl Fn() -> String,
    waits_for: &'static str,
) -> Result<(), BusError> {
    if age <= limit { Ok(()) } else { Err(BusError::Timeout { access: access(), cycles: limit, waits_for }) }
}
