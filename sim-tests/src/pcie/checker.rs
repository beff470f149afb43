//! What an endpoint may send, judged TLP by TLP.
//!
//! Knows every request that is under way, what configuration space permits and the MSI-X table, and holds what the
//! endpoint sends against the PCI Express Base Specification 3.0, whose sections the violations name. Pure: it sees
//! TLPs and messages, no signals, so that hand-written traces test it.
//!
//! A setting reaches the endpoint after a while. So writes and messages may still go by the old ones until [`GRACE`]
//! beats have come since, or nothing has come for a while ([`Checker::quiet`]); and a vector's mask holds once a read
//! that was sent after the mask was written is completed.

use std::collections::{HashMap, HashSet};

use super::history::History;
use super::tlp::{Attributes, Completion, Malformed, Operation, Request, Status, Tlp};

/// Completions of an endpoint end on multiples of this, in bytes, but for the last (2.3.1.1: "all other
/// system elements"). The Read Completion Boundary in Link Control is the root's.
pub const BOUNDARY: u64 = 128;

/// Beats that may come after a change of settings and still go by the old ones: those in the endpoint's FIFO, and the
/// TLP that goes in while the change is on its way.
pub const GRACE: u64 = 112;
/// Bytes of which a write to a ring is a multiple: an interrupt slot.
const SLOT: u64 = 4 * portolan_regs::slot::INTERRUPT_WORDS as u64;

/// A rule that the endpoint broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Doublewords that are no TLP.
    #[error("the endpoint sent no TLP")]
    Malformed(#[from] Malformed),
    /// A TLP at the wrong moment or with the wrong content.
    #[error("{rule} ({}): {what}", cite(section))]
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

/// A bare number is a section of the Base Specification.
fn cite(section: &str) -> String {
    let base = if section.starts_with(|c: char| c.is_ascii_digit()) {
        "PCI Express Base Specification 3.0, "
    } else {
        ""
    };
    format!("{base}{section}")
}

/// What configuration space says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Bus, device and function.
    pub identifier: u16,
    /// Max_Payload_Size, in bytes.
    pub payload: usize,
    /// Bus Master Enable.
    pub bus_master: bool,
    /// MSI-X Enable, and not Function Mask.
    pub messages: bool,
}

/// An entry of the MSI-X table (PCI Local Bus Specification 3.0, 6.8.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vector {
    /// Where its message goes.
    pub address: u64,
    /// What that writes.
    pub data: u32,
    /// Mask Bit.
    pub masked: bool,
}

impl Default for Vector {
    fn default() -> Vector {
        Vector { address: 0, data: 0, masked: true }
    }
}

/// What has come from the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// The last completion of a request.
    Answer(Answer),
    /// Nothing yet.
    Nothing,
    /// A write to memory.
    Write {
        /// Where.
        address: u64,
        /// What.
        data: Vec<u32>,
    },
    /// The message of a vector.
    Message(usize),
}

#[derive(Clone, Debug)]
struct Pending {
    request: Request,
    /// How many requests had been sent.
    number: u64,
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
    settings: History<Settings>,
    vectors: Vec<History<Vector>>,
    /// Beats received.
    beats: u64,
    /// Requests sent.
    requests: u64,
}

impl Checker {
    /// What configuration space says from now on.
    pub fn configure(&mut self, settings: Settings) {
        self.settings.set(self.beats, settings);
    }

    /// Nothing has come for so long that the endpoint knows the settings.
    pub fn quiet(&mut self) {
        self.settings.known_until(u64::MAX);
    }

    /// An entry of the MSI-X table as the last request writes it.
    pub fn set_vector(&mut self, vector: usize, entry: Vector) {
        if self.vectors.len() <= vector {
            self.vectors.resize_with(vector + 1, History::default);
        }
        self.vectors[vector].set(self.requests, entry);
    }

    /// The entries that were set.
    pub fn vectors(&self) -> usize {
        self.vectors.len()
    }

    /// An entry as it was written last; masked when it never was.
    pub fn vector(&self, vector: usize) -> Vector {
        self.vectors.get(vector).map_or(Vector::default(), |entry| *entry.now())
    }

    /// A request leaves for the function `completer`, whose Max_Payload_Size is so many bytes.
    ///
    /// # Panics
    /// When the tag is in use.
    pub fn sent(&mut self, request: &Request, completer: u16, payload: usize) {
        self.requests += 1;
        if request.is_posted() {
            return;
        }
        let pending = Pending {
            request: request.clone(),
            number: self.requests,
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

    /// Doublewords come from the endpoint.
    pub fn received(&mut self, words: &[u32]) -> Result<Received, Violation> {
        self.beats += words.len().div_ceil(2) as u64;
        if let Some(before) = self.beats.checked_sub(GRACE) {
            self.settings.known_until(before);
        }
        match Tlp::decode(words)? {
            Tlp::Completion(completion) => {
                let answer = self.completion(completion)?;
                Ok(answer.map_or(Received::Nothing, Received::Answer))
            }
            Tlp::Request(request) => self.request_received(request),
        }
    }

    fn request_received(&mut self, request: Request) -> Result<Received, Violation> {
        let rule = |kept: bool, rule, section| {
            let what = || format!("{request:x?}");
            if kept { Ok(()) } else { Err(Violation::Rule { rule, section, what: what() }) }
        };
        rule(request.operation == Operation::Write, "a request other than a memory write", "2.2.7")?;
        let settings = |holds: &dyn Fn(&Settings) -> bool| self.settings.any(holds);
        let bytes = 4 * request.data.len() as u64;
        rule(settings(&|s| s.bus_master), "a request without Bus Master Enable", "7.5.1.1")?;
        rule(settings(&|s| s.identifier == request.requester), "not the function's own ID", "2.2.6.2")?;
        rule(settings(&|s| bytes <= s.payload as u64), "more than Max_Payload_Size", "2.2.2")?;
        rule(request.attributes == Attributes::default(), "a traffic class or an attribute", "2.2.6")?;
        rule(!request.poisoned, "a poisoned write", "2.7.2")?;
        rule(request.address % 4096 + bytes <= 4096, "across 4 KiB", "2.2.7")?;
        let last = if request.words == 1 { 0 } else { 15 };
        let whole = (request.first_enable, request.last_enable) == (15, last);
        rule(whole, "a byte that is not enabled", "2.2.5")?;

        // A message has an address of its own.
        let here = |entry: &Vector| entry.address == request.address && *entry != Vector::default();
        let Some(vector) = self.vectors.iter().position(|entry| entry.any(here)) else {
            let slots = request.address.is_multiple_of(SLOT) && bytes.is_multiple_of(SLOT);
            rule(slots, "neither whole slots nor a message", "docs/pcie.md")?;
            return Ok(Received::Write { address: request.address, data: request.data });
        };
        let entry = &self.vectors[vector];
        rule(request.words == 1, "a message of more than one doubleword", "6.1.4")?;
        let right = |entry: &Vector| here(entry) && entry.data == request.data[0];
        rule(entry.any(right), "not the vector's data", "PCI Local Bus Specification 3.0, 6.8.2")?;
        rule(
            entry.any(|e| right(e) && !e.masked),
            "a message of a masked vector",
            "PCI Local Bus Specification 3.0, 6.8.2",
        )?;
        rule(settings(&|s| s.messages), "a message without MSI-X Enable, or with Function Mask", "6.1.4")?;
        Ok(Received::Message(vector))
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
            self.learnt(pending.number);
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
        let Pending { request, data, completions, number, .. } =
            self.pending.remove(&key).expect("it was just there");
        self.learnt(number);
        Ok(Some(Answer { request, status: Status::Successful, data, completions }))
    }

    /// Everything sent before that request was carried out.
    fn learnt(&mut self, number: u64) {
        self.vectors.iter_mut().for_each(|entry| entry.known_until(number));
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
