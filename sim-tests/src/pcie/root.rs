//! A root complex, the 7-series integrated block and two clocks around the Verilated PCIe top.
//!
//! What the integrated block does for the endpoint is done here as UG477 says (docs/pcie.md): streams with
//! random idle cycles and back-pressure, INTx messages, completions of unsupported requests, configuration
//! signals. The clocks have periods of their own and may stand still; inputs change a moment before the
//! edge that sees them. Everything that comes back goes through [`Checker`], and no output may follow an
//! input without an edge between. Writes of the endpoint go to [`HostMemory`]; those to the address of an MSI-X
//! vector are messages, and counted.
//!
//! On request TLPs pass each other where they may (Base 2.4.1): posted requests pass reads on the way down, and on
//! the way up completions are held back while writes go by. Nothing passes a posted request.

mod block;
mod messages;

use std::collections::{HashMap, VecDeque};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::checker::{Answer, Checker, Received, Settings, Violation};
use super::model::{Inputs, Model, Outputs};
use super::stream::{Sink, Source, StreamError};
use super::tlp::{Attributes, Operation, Request, Tlp};
use crate::memory::{HostMemory, Refused};
use crate::size::Size;

/// Requester ID of the root.
pub const REQUESTER: u16 = 0x0008;
/// Where BAR 0 lies unless a test moves it.
pub const BAR: u64 = 0xf000_0000;
/// User clocks after which a request without an answer is an error.
const LIMIT: u64 = 200_000;
/// User clocks without a beat after which everything that was under way has come.
const QUIET: u64 = 256;
/// Most user clocks that an answer is held back.
const DELAY: u64 = 300;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// A rule of PCI Express.
    #[error("the endpoint broke a rule of PCI Express")]
    Rule(#[from] Violation),
    /// A rule of the streams.
    #[error("the endpoint broke a rule of its streams")]
    Stream(#[from] StreamError),
    /// A rule of the integrated block's other signals.
    #[error("the endpoint broke a rule of the integrated block: {rule} (UG477, {section})")]
    Block {
        /// The rule.
        rule: &'static str,
        /// Where it is written.
        section: &'static str,
    },
    /// An output follows an input.
    #[error("an output follows an input without a clock edge between: {before:?}, then {after:?}")]
    Combinational {
        /// After the last edge.
        before: Box<Outputs>,
        /// Before the next.
        after: Box<Outputs>,
    },
    /// A write that goes nowhere, unless [`Root::records_faults`].
    #[error("the endpoint writes where it must not")]
    Memory(#[from] Refused),
    /// No answer.
    #[error("no answer to {request:x?} after {LIMIT} clocks")]
    Timeout {
        /// The request.
        request: Box<Request>,
    },
}

/// How the link behaves.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Period of the core clock, in any unit; 0: it stands still.
    pub core_period: u64,
    /// Period of the PCIe clock in the same unit; 0: it stands still.
    pub user_period: u64,
    /// Chance in 16 that a beat is offered in a clock.
    pub offer: u32,
    /// Chance in 16 that a beat is taken in a clock.
    pub take: u32,
}

impl Default for Link {
    /// Equal clocks, no idle cycle, no back-pressure.
    fn default() -> Link {
        Link { core_period: 10, user_period: 10, offer: 16, take: 16 }
    }
}

/// What the endpoint reported to the integrated block, beside unsupported requests that get a completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reports {
    /// Unsupported posted requests.
    pub posted: u64,
    /// Unsupported non-posted requests.
    pub non_posted: u64,
    /// Unexpected completions.
    pub unexpected: u64,
    /// Malformed TLPs.
    pub malformed: u64,
}

/// A memory write of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its address.
    pub address: u64,
    /// Its payload, in doublewords.
    pub words: usize,
    /// Its first eight bytes: of an interrupt slot the stamp.
    pub start: u64,
    /// Tick at which its first beat stood.
    pub shown: u64,
    /// Tick at which its last beat had been taken, and memory held it.
    pub stored: u64,
    /// User clock in which its last beat was taken.
    pub taken: u64,
    /// The vector whose message it was.
    pub vector: Option<usize>,
}

/// A TLP on its way to the endpoint.
struct Outgoing {
    words: Vec<u32>,
    /// The base address registers that it hits, a bit each.
    bars: u8,
    /// What it is, unless it was queued as it is, and by which ID and Max_Payload_Size it is answered.
    request: Option<(Request, u16, usize)>,
}

/// The root complex, with everything under it.
pub struct Root {
    model: Model,
    /// Configuration signals, pins and resets may be changed between steps.
    pub inputs: Inputs,
    /// The outputs after the last edge.
    pub outputs: Outputs,
    /// How the link behaves.
    pub link: Link,
    /// What was reported.
    pub reports: Reports,
    /// Host memory.
    pub memory: HostMemory,
    /// Writes that memory refuses are kept in `faults`, instead of being an error.
    pub records_faults: bool,
    /// Those writes.
    pub faults: Vec<Refused>,
    /// Every write is kept in `written`.
    pub records_writes: bool,
    /// Those writes.
    pub written: Vec<Written>,
    /// TLPs pass each other where they may.
    pub reorders: bool,
    /// TLPs that went onto the receive stream.
    sent: u64,
    /// Tick at which the first beat of the TLP that is being sent stood.
    shown: Option<u64>,
    /// The tick register before the edge.
    tick: u64,
    messages: Vec<u64>,
    /// How many the endpoint has.
    vectors: usize,
    /// TLPs that wait for the receive stream.
    outbox: VecDeque<Outgoing>,
    /// Answers that are held back.
    held: VecDeque<(u64, Answer)>,
    quiet: u64,
    source: Source,
    sink: Sink,
    checker: Checker,
    random: ChaCha8Rng,
    next_core: u64,
    next_user: u64,
    user_clocks: u64,
    core_clocks: u64,
    answers: HashMap<u8, Answer>,
    /// Completions that the integrated block makes, with the clock in which they arrive.
    made: VecDeque<(u64, Vec<u32>)>,
    report_pause: u32,
    /// Clocks until the INTx message asked for is taken; none while none is asked for.
    interrupt_delay: Option<u32>,
    /// The INTx message asked for was allowed when it was asked for.
    asked_before: bool,
    next_tag: u8,
    tags: Vec<bool>,
}

impl Root {
    /// Powers the top up, resets both sides and enumerates it: bus 5, device 3, function 0.
    pub fn open(size: Size, link: Link, seed: u64) -> Result<Root, RootError> {
        Root::with_pins(size, link, seed, 0)
    }

    /// The same, with these levels on the pins from the beginning.
    pub fn with_pins(size: Size, link: Link, seed: u64, pins: u64) -> Result<Root, RootError> {
        let inputs = Inputs {
            lines: pins,
            user_reset: 1,
            core_reset: 1,
            bus: 5,
            device: 3,
            command: 6,
            report_ready: 1,
            ..Inputs::default()
        };
        let mut model = Model::new(size);
        let outputs = model.eval(&inputs, false, false);
        let mut root = Root {
            model,
            inputs,
            outputs,
            link,
            reports: Reports::default(),
            memory: HostMemory::default(),
            records_faults: false,
            faults: Vec::new(),
            records_writes: false,
            written: Vec::new(),
            reorders: false,
            sent: 0,
            shown: None,
            tick: 0,
            messages: Vec::new(),
            vectors: size.ports() as usize + 1,
            outbox: VecDeque::new(),
            held: VecDeque::new(),
            quiet: 0,
            source: Source::default(),
            sink: Sink::default(),
            checker: Checker::default(),
            random: ChaCha8Rng::seed_from_u64(seed),
            next_core: 0,
            next_user: 3,
            user_clocks: 0,
            core_clocks: 0,
            answers: HashMap::new(),
            made: VecDeque::new(),
            report_pause: 0,
            interrupt_delay: None,
            asked_before: false,
            next_tag: 0,
            tags: vec![false; 256],
        };
        root.run(8)?;
        root.inputs.user_reset = 0;
        root.inputs.core_reset = 0;
        root.run(8)?;
        Ok(root)
    }

    /// Bus, device and function of the endpoint.
    pub fn identifier(&self) -> u16 {
        u16::from(self.inputs.bus) << 8 | u16::from(self.inputs.device) << 3 | u16::from(self.inputs.function)
    }

    /// Max_Payload_Size, in bytes.
    pub fn payload(&self) -> usize {
        128 << (self.inputs.device_control >> 5 & 7)
    }

    /// Sets Max_Payload_Size: 128, 256 or 512 bytes.
    pub fn set_payload(&mut self, bytes: usize) {
        let code = (bytes / 128).ilog2() as u16;
        self.inputs.device_control = self.inputs.device_control & !0xe0 | code << 5;
    }

    /// Clocks of the PCIe side so far.
    pub fn user_clocks(&self) -> u64 {
        self.user_clocks
    }

    /// Clocks of the core side so far.
    pub fn core_clocks(&self) -> u64 {
        self.core_clocks
    }

    /// Beats that the endpoint has sent.
    pub fn beats(&self) -> u64 {
        self.sink.beats
    }

    /// TLPs that the endpoint has discontinued.
    pub fn discontinued(&self) -> u64 {
        self.sink.discontinued
    }

    /// True while INTA is asserted.
    pub fn asserted(&self) -> bool {
        self.checker.asserted()
    }

    /// Requests that wait for completions.
    pub fn outstanding(&self) -> usize {
        let waits = |tlp: &&Outgoing| tlp.request.as_ref().is_some_and(|(request, ..)| !request.is_posted());
        self.checker.outstanding() + self.outbox.iter().filter(waits).count()
    }

    /// Takes the link down for some clocks of each side and forgets what was under way.
    pub fn reset_link(&mut self, clocks: u64) -> Result<(), RootError> {
        self.inputs.user_reset = 1;
        self.source.clear();
        self.outbox.clear();
        self.sink.clear();
        self.forget();
        self.checker.clear();
        self.run(clocks)?;
        self.sink.clear();
        self.inputs.user_reset = 0;
        Ok(())
    }

    /// Initiates a Function Level Reset; what was under way gets no answer.
    pub fn reset_function(&mut self) -> Result<(), RootError> {
        self.inputs.function_reset = 1;
        self.forget_requests();
        self.run(1)?;
        self.inputs.function_reset = 0;
        Ok(())
    }

    /// Forgets the requests under way, because something is about to be reset.
    pub fn forget_requests(&mut self) {
        self.forget();
        self.checker.forget_requests();
    }

    /// The tick register: the number of the core clock's coming edge.
    pub fn ticks(&self) -> u64 {
        self.model.ticks()
    }

    /// True when nothing is under way between root and endpoint, as far as the streams and the integrated block's
    /// signals tell. While that is so, no chance is drawn.
    pub fn is_quiet(&self) -> bool {
        let asks = self.outputs.tx_valid | self.outputs.interrupt | self.outputs.unsupported;
        asks == 0
            && self.outbox.is_empty()
            && self.source.is_empty()
            && self.checker.outstanding() == 0
            && self.made.is_empty()
            && self.held.is_empty()
            && self.report_pause == 0
    }

    /// Lets so many core clocks go by, and the PCIe clocks between, without running them. Only right after a core
    /// clock, while nothing moves but the tick register, and nothing would.
    ///
    /// # Panics
    /// When the core clock stands still.
    pub fn skip(&mut self, core_clocks: u64) {
        let Link { core_period, user_period, .. } = self.link;
        assert!(core_period != 0, "the core clock runs");
        self.model.set_ticks(self.model.ticks() + core_clocks);
        self.core_clocks += core_clocks;
        if user_period == 0 {
            return;
        }
        // From the last core clock on. Centuries are more than 64 bits of it, so it is time that stands still.
        let first = u128::from(self.next_user - (self.next_core - core_period));
        let (time, period) = (u128::from(core_clocks) * u128::from(core_period), u128::from(user_period));
        let user_clocks = time.checked_sub(first).map_or(0, |after| after / period + 1);
        self.user_clocks = self.user_clocks.wrapping_add(user_clocks as u64);
        self.quiet = self.quiet.saturating_add(user_clocks as u64);
        let phase = (first + user_clocks * period - time) as u64;
        self.next_user = self.next_core - core_period + phase;
    }

    fn forget(&mut self) {
        // What was sent will come, before the reset or after it.
        while let Some(tlp) = self.outbox.pop_front() {
            self.put(tlp);
        }
        self.made.clear();
        self.held.clear();
        self.answers.clear();
        self.tags.fill(false);
    }

    /// So many clocks of the PCIe side, or of the core side while that stands still.
    pub fn run(&mut self, clocks: u64) -> Result<(), RootError> {
        let of = |root: &Root| if root.link.user_period == 0 { root.core_clocks } else { root.user_clocks };
        let end = of(self) + clocks;
        while of(self) < end {
            self.step()?;
        }
        Ok(())
    }

    /// One edge, or one of both clocks at once.
    pub fn step(&mut self) -> Result<(), RootError> {
        let Link { core_period, user_period, offer, take } = self.link;
        assert!(core_period != 0 || user_period != 0, "a clock must run");
        let user = user_period != 0 && (core_period == 0 || self.next_user <= self.next_core);
        let core = core_period != 0 && (user_period == 0 || self.next_core <= self.next_user);
        // A clock that stood still goes on from now.
        let now = if user { self.next_user } else { self.next_core };
        if self.inputs.user_reset | self.inputs.function_reset | self.inputs.core_reset != 0 {
            self.mask_vectors();
        }
        if user {
            self.checker.configure(self.settings());
            let quiet = self.is_quiet();
            self.fill();
            let offers = !quiet && self.chance(offer);
            self.source.drive(&mut self.inputs, offers);
            if !quiet {
                self.inputs.tx_ready = self.chance(take).into();
            }
            self.drive_interrupt();
            self.inputs.report_ready = (self.report_pause == 0).into();
        }
        let found = self.model.eval(&self.inputs, false, false);
        if found != self.outputs {
            return Err(RootError::Combinational { before: Box::new(self.outputs), after: Box::new(found) });
        }
        self.tick = self.model.ticks();
        self.outputs = self.model.eval(&self.inputs, core, user);
        if user {
            self.next_user = now + user_period;
            self.user_clocks += 1;
            self.user_edge(&found)?;
        } else {
            self.next_user = self.next_user.max(now);
        }
        if core {
            self.next_core = now + core_period;
            self.core_clocks += 1;
        } else {
            self.next_core = self.next_core.max(now);
        }
        Ok(())
    }

    fn chance(&mut self, of_16: u32) -> bool {
        of_16 >= 16 || self.random.random_range(0..16) < of_16
    }

    fn user_edge(&mut self, found: &Outputs) -> Result<(), RootError> {
        if self.inputs.user_reset != 0 {
            return Ok(());
        }
        if found.tx_valid != 0 && self.sink.is_between() {
            self.shown.get_or_insert(self.tick);
        }
        self.quiet = if found.tx_valid == 0 { self.quiet + 1 } else { 0 };
        if self.quiet >= QUIET {
            self.checker.quiet();
        }
        self.source.edge(found);
        if let Some(words) = self.sink.edge(found, self.inputs.tx_ready != 0)? {
            self.received(&words)?;
            self.shown = None;
        }
        self.block_edge(found)?;
        while self.held.front().is_some_and(|(at, _)| *at <= self.user_clocks) {
            let (_, answer) = self.held.pop_front().expect("there is one");
            self.answers.insert(answer.request.tag, answer);
        }
        while self.made.front().is_some_and(|(at, _)| *at <= self.user_clocks) {
            let (_, words) = self.made.pop_front().expect("there is one");
            self.received(&words)?;
        }
        Ok(())
    }

    fn settings(&self) -> Settings {
        Settings {
            identifier: self.identifier(),
            payload: self.payload(),
            bus_master: self.inputs.command >> 2 & 1 != 0,
            messages: self.inputs.msix_enable != 0 && self.inputs.msix_mask == 0,
        }
    }

    fn received(&mut self, words: &[u32]) -> Result<(), RootError> {
        let (address, words, start, vector) = match self.checker.received(words)? {
            Received::Nothing => return Ok(()),
            Received::Answer(answer) => {
                // What waits in front holds back what comes behind it: requests are answered in order.
                let waits = self.held.back().map_or(0, |(at, _)| *at);
                let delay = if self.reorders { self.random.random_range(0..DELAY) } else { 0 };
                if waits.max(delay) == 0 {
                    self.answers.insert(answer.request.tag, answer);
                } else {
                    self.held.push_back((waits.max(self.user_clocks + delay), answer));
                }
                return Ok(());
            }
            Received::Write { address, data } => {
                match self.memory.write(address, &data) {
                    Err(fault) if self.records_faults => self.faults.push(fault),
                    result => result?,
                }
                let word = |at: usize| u64::from(data.get(at).copied().unwrap_or_default());
                (address, data.len(), word(1) << 32 | word(0), None)
            }
            Received::Message(vector) => {
                self.note_message(vector);
                let entry = self.checker.vector(vector);
                (entry.address, 1, entry.data.into(), Some(vector))
            }
        };
        if self.records_writes {
            let stored = self.tick;
            let shown = self.shown.unwrap_or(stored);
            let taken = self.user_clocks;
            self.written.push(Written { address, words, start, shown, stored, taken, vector });
        }
        Ok(())
    }

    /// The next request goes on the stream.
    fn fill(&mut self) {
        if !self.source.is_empty() || self.outbox.is_empty() {
            return;
        }
        // Nothing passes a TLP that is not known.
        let is_posted = |tlp: &Outgoing| tlp.request.as_ref().is_none_or(|(request, ..)| request.is_posted());
        let posted = self.outbox.iter().position(is_posted);
        let passes = self.reorders && self.chance(8);
        let next = posted.filter(|_| passes).unwrap_or(0);
        let tlp = self.outbox.remove(next).expect("it was just found");
        self.put(tlp);
    }

    fn put(&mut self, tlp: Outgoing) {
        if let Some((request, identifier, payload)) = &tlp.request {
            self.checker.sent(request, *identifier, *payload);
            if tlp.bars & 1 != 0 && request.operation == Operation::Write && !request.poisoned {
                self.note_vectors(request);
            }
        }
        self.sent += 1;
        self.source.queue(&tlp.words, tlp.bars);
    }

    /// TLPs that went onto the receive stream so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// Queues a request with a tag of its own, which it returns. `bars` says which base address registers it
    /// hits; the integrated block would tell. It is answered by the settings of now, so they are changed only
    /// while nothing is under way.
    pub fn send(&mut self, mut request: Request, bars: u8) -> Result<u8, RootError> {
        if !request.is_posted() {
            while self.tags[usize::from(self.next_tag)] {
                self.next_tag = self.next_tag.wrapping_add(1);
            }
            request.tag = self.next_tag;
            self.tags[usize::from(request.tag)] = true;
            self.next_tag = self.next_tag.wrapping_add(1);
        }
        let tag = request.tag;
        let words = Tlp::Request(request.clone()).encode();
        let request = Some((request, self.identifier(), self.payload()));
        self.outbox.push_back(Outgoing { words, bars, request });
        Ok(tag)
    }

    /// Queues doublewords as they are.
    pub fn send_raw(&mut self, words: &[u32], bars: u8) {
        self.outbox.push_back(Outgoing { words: words.to_vec(), bars, request: None });
    }

    /// All that was queued has gone over the receive stream.
    pub fn has_sent(&self) -> bool {
        self.outbox.is_empty() && self.source.is_empty()
    }

    /// The answer to a request, once, when it has come.
    pub fn take(&mut self, tag: u8) -> Option<Answer> {
        let answer = self.answers.remove(&tag)?;
        self.tags[usize::from(tag)] = false;
        Some(answer)
    }

    /// Waits for the answer to a request.
    pub fn wait(&mut self, tag: u8) -> Result<Answer, RootError> {
        let end = self.user_clocks + LIMIT;
        loop {
            if let Some(answer) = self.take(tag) {
                return Ok(answer);
            }
            if self.user_clocks >= end {
                let unsent = || {
                    let requests = self.outbox.iter().filter_map(|tlp| tlp.request.as_ref());
                    requests.map(|(request, ..)| request).find(|request| request.tag == tag).cloned()
                };
                let request = self.checker.request(REQUESTER, tag).or_else(unsent);
                let request = request.expect("somebody waits for it");
                return Err(RootError::Timeout { request: Box::new(request) });
            }
            self.step()?;
        }
    }

    /// A read of `words` doublewords at an offset of BAR 0.
    pub fn read(&mut self, offset: u32, words: u16) -> Result<Vec<u32>, RootError> {
        let tag = self.send(memory(Operation::Read, BAR + u64::from(offset), words, Vec::new()), 1)?;
        Ok(self.wait(tag)?.data)
    }

    /// A read of one register.
    pub fn read_register(&mut self, offset: u32) -> Result<u32, RootError> {
        Ok(self.read(offset, 1)?[0])
    }

    /// A write of doublewords at an offset of BAR 0. It is posted: it has not happened yet.
    pub fn write(&mut self, offset: u32, data: &[u32]) -> Result<(), RootError> {
        let words = data.len() as u16;
        self.send(memory(Operation::Write, BAR + u64::from(offset), words, data.to_vec()), 1)?;
        Ok(())
    }
}

/// A memory request with all bytes enabled, and a header of the form that the address asks for.
pub fn memory(operation: Operation, address: u64, words: u16, data: Vec<u32>) -> Request {
    Request {
        operation,
        address,
        wide: address >> 32 != 0,
        words,
        first_enable: 15,
        last_enable: if words == 1 { 0 } else { 15 },
        requester: REQUESTER,
        tag: 0,
        attributes: Attributes::default(),
        poisoned: false,
        data,
    }
}
