//! What an endpoint may send, judged TLP by TLP.
//!
//! Knows every request that is under way and holds what comes back against the PCI Express Base
//! Specification 3.0, whose sections the violations name. Pure: it sees TLPs and messages, no signals, so
//! that hand-written traces test it.

use std::collections::{HashMap, HashSet};

use super::tlp::{Completion, Malformed, Operation, Request, Status, Tlp};

/// Completions of an endpoint end on multiples of this, in bytes, but for the last (2.3.1.1: "all other
/// system elements"). The Read Completion Boundary in Link Control is the root's.
pub const BOUNDARY: u64 = 128;

/// A rule that the endpoint broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Doublewords that are no TLP.
    #[error("the endpoint sent no TLP")]
    Malformed(#[from] Malformed),
    /// A TLP at the wrong moment or with the wrong content.
    #[error("{rule} (PCI Express Base Specification 3.0, {section}): {what}")]
    Rule {
        /// The rule.
        rule: &'static str,
        /// Where it is written.
        section: &'static str,
        /// What was sent.
        what: String,
    },
}

/// A request that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The request.
    pub request: Request,
    /// How it went.
    pub status: Status,
    /// The doublewords, of a read.
    pub data: Vec<u32>,
    /// How many completions it took.
    pub completions: usize,
}

#[derive(Clone, Debug)]
struct Pending {
    request: Request,
    data: Vec<u32>,
    bytes_left: u64,
    /// Address of the next byte.
    address: u64,
    completions: usize,
    /// Max_Payload_Size and ID of the function when it was sent.
    payload: usize,
    completer: u16,
}

/// The checker.
#[derive(Debug, Default)]
pub struct Checker {
    pending: HashMap<(u16, u8), Pending>,
    /// Requests of before a reset, whose completions may have been on their way.
    stale: HashSet<(u16, u8)>,
    asserted: bool,
}

impl Checker {
    /// A request leaves for the function `completer`, whose Max_Payload_Size is so many bytes.
    ///
    /// # Panics
    /// When the tag is in use.
    pub fn sent(&mut self, request: &Request, completer: u16, payload: usize) {
        if request.is_posted() {
            return;
        }
        let pending = Pending {
            request: request.clone(),
            data: Vec::new(),
            bytes_left: request.bytes().into(),
            address: request.address + u64::from(request.lead()),
            completions: 0,
            payload,
            completer,
        };
        self.stale.remove(&(request.requester, request.tag));
        let old = self.pending.insert((request.requester, request.tag), pending);
        assert!(old.is_none(), "tag {:#x} is in use", request.tag);
    }

    /// A request that waits for completions.
    pub fn request(&self, requester: u16, tag: u8) -> Option<Request> {
        self.pending.get(&(requester, tag)).map(|pending| pending.request.clone())
    }

    /// Requests that wait for completions.
    pub fn outstanding(&self) -> usize {
        self.pending.len()
    }

    /// Forgets everything: the link went down, or the function was reset.
    pub fn clear(&mut self) {
        self.pending.clear();
        self.stale.clear();
        self.asserted = false;
    }

    /// The same for requests alone: after a Function Level Reset an asserted INTx is taken back by a message,
    /// and completions may still come of which software takes no notice (6.6.2). A tag is used again when
    /// nothing is under way any more.
    pub fn forget_requests(&mut self) {
        self.stale.extend(self.pending.drain().map(|(key, _)| key));
    }

    /// True while INTA is asserted.
    pub fn asserted(&self) -> bool {
        self.asserted
    }

    /// Doublewords come from the endpoint. An answer, when they are the last of a request.
    pub fn received(&mut self, words: &[u32]) -> Result<Option<Answer>, Violation> {
        match Tlp::decode(words)? {
            Tlp::Completion(completion) => self.completion(completion),
            Tlp::Request(request) => Err(Violation::Rule {
                rule: "a request that nobody asked for",
                section: "2.2.7",
                what: format!("{request:?}"),
            }),
        }
    }

    fn completion(&mut self, completion: Completion) -> Result<Option<Answer>, Violation> {
        let what = format!("{completion:x?}");
        let rule = |kept: bool, rule, section| {
            if kept { Ok(()) } else { Err(Violation::Rule { rule, section, what: what.clone() }) }
        };
        let key = (completion.requester, completion.tag);
        let Some(pending) = self.pending.get_mut(&key) else {
            if self.stale.contains(&key) {
                return Ok(None);
            }
            rule(false, "a completion that nobody waits for", "2.3.2")?;
            return Ok(None);
        };
        let request = &pending.request;
        let is_memory = matches!(request.operation, Operation::Read | Operation::LockedRead);
        rule(completion.completer == pending.completer, "not the function's own ID", "2.2.9")?;
        rule(completion.attributes == request.attributes, "other attributes than the request's", "2.2.9")?;
        rule(
            completion.locked == (request.operation == Operation::LockedRead),
            "a locked request has a locked completion, and no other has",
            "2.2.9",
        )?;
        if completion.status != Status::Successful {
            rule(completion.data.is_empty(), "data without success", "2.2.9")?;
            let count = if is_memory { pending.bytes_left } else { 4 };
            rule(u64::from(completion.byte_count) == count, "not the bytes that are left", "2.2.9")?;
            let pending = self.pending.remove(&key).expect("it was just there");
            let completions = pending.completions + 1;
            let (request, status) = (pending.request, completion.status);
            return Ok(Some(Answer { request, status, data: Vec::new(), completions }));
        }
        rule(request.operation == Operation::Read, "success of what an endpoint does not support", "2.3.1")?;
        rule(!completion.data.is_empty(), "a read's completion has data", "2.3.1.1")?;
        rule(u64::from(completion.byte_count) == pending.bytes_left, "not the bytes that are left", "2.2.9")?;
        let lower = (pending.address & 0x7f) as u8;
        rule(completion.lower_address == lower, "not the address of its first byte", "2.2.9")?;
        rule(4 * completion.data.len() <= pending.payload, "more than Max_Payload_Size", "2.2.2")?;
        let lead = pending.address & 3;
        let carried = 4 * completion.data.len() as u64 - lead;
        if carried >= pending.bytes_left {
            rule(carried - pending.bytes_left < 4, "doublewords that nobody asked for", "2.3.1.1")?;
        } else {
            let end = pending.address + carried;
            rule(end.is_multiple_of(BOUNDARY), "does not end on the read completion boundary", "2.3.1.1")?;
        }
        pending.data.extend(&completion.data);
        pending.completions += 1;
        if carried < pending.bytes_left {
            pending.bytes_left -= carried;
            pending.address += carried;
            return Ok(None);
        }
        let Pending { request, data, completions, .. } =
            self.pending.remove(&key).expect("it was just there");
        Ok(Some(Answer { request, status: Status::Successful, data, completions }))
    }

    /// An INTx message; `allowed` says that Interrupt Disable is clear and MSI-X is off.
    pub fn message(&mut self, assert: bool, allowed: bool) -> Result<(), Violation> {
        let rule = |kept: bool, rule, section| {
            if kept {
                Ok(())
            } else {
                Err(Violation::Rule { rule, section, what: format!("assert: {assert}") })
            }
        };
        rule(assert != self.asserted, "the same INTx message twice", "2.2.8.1")?;
        rule(!assert || allowed, "INTx is disabled, or MSI-X is on", "7.5.1.1")?;
        self.asserted = assert;
        Ok(())
    }
}
