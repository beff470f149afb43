//! What a call may answer.
//!
//! A row says, argument by argument in the order in which the call must look at them (the rules' order of errors), what may
//! become of the call there. An argument that is surely wrong ends the list: nothing that comes later may be the
//! answer, and success may not. So a call that checks in another order is noticed, as is one that lets a wrong
//! handle, a missing right or NULL pass.

use portolan_conformance::abi::*;

use crate::pool::Known;

/// A set of statuses, of which all are between -63 and 0.
#[derive(Clone, Copy, Default)]
pub struct Statuses(u64);

impl Statuses {
    fn add(&mut self, status: i32) {
        self.0 |= 1 << -status;
    }

    pub fn has(self, status: i32) -> bool {
        (-63..=0).contains(&status) && self.0 & 1 << -status != 0
    }

    pub fn list(self) -> Vec<i32> {
        (-63..=0).rev().filter(|status| self.has(*status)).collect()
    }
}

pub struct Gate {
    allowed: Statuses,
    shut: bool,
    /// Nobody else closes handles: a live handle is no bad one.
    pub exact: bool,
}

impl Gate {
    pub fn new(exact: bool) -> Gate {
        Gate { allowed: Statuses::default(), shut: false, exact }
    }

    pub fn reset(&mut self) {
        (self.allowed, self.shut) = (Statuses::default(), false);
    }

    /// At this point it may answer one of these, or go on.
    pub fn may(&mut self, statuses: &[i32]) {
        if !self.shut {
            statuses.iter().for_each(|status| self.allowed.add(*status));
        }
    }

    /// At this point it answers this, at the latest.
    pub fn must(&mut self, status: i32) {
        self.may(&[status]);
        self.shut = true;
    }

    /// `must` if this is so.
    pub fn must_if(&mut self, wrong: bool, status: i32) {
        if wrong {
            self.must(status);
        }
    }

    /// It looks a handle up, whose object should be of this type, if one is named, with these rights (B1, B2).
    pub fn handle(&mut self, known: Known, kind: Option<u32>, rights: u32) {
        if known.stale {
            return self.must(BAD_HANDLE);
        }
        if known.is_guess() {
            self.may(&[BAD_HANDLE, ACCESS_DENIED]);
            return if kind.is_some() {
                self.may(&[WRONG_TYPE])
            };
        }
        if !self.exact {
            self.may(&[BAD_HANDLE]);
        }
        self.must_if(kind.is_some_and(|kind| kind != known.kind), WRONG_TYPE);
        self.must_if(known.rights & rights != rights, ACCESS_DENIED);
    }

    /// What it may answer at the end.
    pub fn verdict(&mut self) -> Statuses {
        self.may(&[OK]);
        self.allowed
    }
}
