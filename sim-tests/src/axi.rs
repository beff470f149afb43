//! An AXI4-Lite master that checks the slave while it drives it.
//!
//! Pure logic, one step per cycle: [`Master::drive`] before the clock's low half sets the inputs,
//! [`Master::observe`] after it takes the outputs that the edge finds. One read and one write may be under
//! way at once. With [`Timing`] the master idles before it asserts valid and holds back ready, at random
//! from a seed or by fixed numbers, so that address and data of a write come in any order.
//!
//! The rules are those of ARM IHI 0022 (AXI4, sections A3.2 and A3.3, B1.1 for AXI4-Lite); a slave that
//! breaks one gets a [`BusError`], and every later step returns it again.

use crate::model::{Inputs, Outputs};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What the slave did wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// An access did not end in time.
    #[error("{access} has not ended after {cycles} cycles: {waits_for}")]
    Timeout {
        /// Which access, with its address.
        access: String,
        /// How many cycles it was given.
        cycles: u32,
        /// What the master waits for.
        waits_for: &'static str,
    },
    /// A rule of the protocol was broken.
    #[error("the slave broke a rule of AXI4-Lite: {rule} (ARM IHI 0022, {section})")]
    Violation {
        /// The rule.
        rule: &'static str,
        /// Where it is written.
        section: &'static str,
    },
}

/// A slave's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// OKAY.
    Okay,
    /// SLVERR: the slave refuses the access.
    SlaveError,
    /// DECERR: nobody lives at the address.
    DecodeError,
}

/// When the master is ready and valid. Counted in cycles.
#[derive(Clone, Debug)]
pub enum Timing {
    /// Never idle, always ready: every access takes the slave's own time.
    Fast,
    /// Fixed idle cycles before valid on each channel, and cycles that the master lets a response wait.
    Fixed {
        /// Idle before the write address.
        aw: u32,
        /// Idle before the write data.
        w: u32,
        /// Idle before the read address.
        ar: u32,
        /// How long a write response waits.
        b: u32,
        /// How long read data wait.
        r: u32,
    },
    /// 0 to `longest` cycles at random, anew for each channel of each access.
    Random {
        /// The seed.
        seed: u64,
        /// The longest idle time.
        longest: u32,
    },
}

/// One request channel (AW, W or AR) of one access.
#[derive(Clone, Copy, Debug)]
struct Request {
    /// Cycles until valid.
    idle: u32,
    done: bool,
}

impl Request {
    fn new(idle: u32) -> Request {
        Request { idle, done: false }
    }
    fn valid(&self) -> bool {
        self.idle == 0 && !self.done
    }
    fn step(&mut self, ready: u8) {
        if self.valid() {
            self.done = ready != 0;
        } else {
            self.idle = self.idle.saturating_sub(1);
        }
    }
}

/// One response channel (B or R) of one access: how long it waits, and what it showed while it waited.
#[derive(Clone, Copy, Debug)]
struct Answer {
    hold: u32,
    seen: Option<(u8, u32)>,
}

#[derive(Clone, Copy, Debug)]
struct Write {
    address: u32,
    data: u32,
    strobes: u8,
    aw: Request,
    w: Request,
    b: Answer,
    age: u32,
}

#[derive(Clone, Copy, Debug)]
struct Read {
    address: u32,
    ar: Request,
    r: Answer,
    age: u32,
}

/// The master. See the module's text.
#[derive(Debug)]
pub struct Master {
    timing: Timing,
    random: ChaCha8Rng,
    limit: u32,
    write: Option<Write>,
    read: Option<Read>,
    written: Option<Response>,
    fetched: Option<(Response, u32)>,
    fault: Option<BusError>,
}

/// Cycles that an access may take before it is a [`BusError::Timeout`].
pub const DEFAULT_LIMIT: u32 = 10_000;

impl Master {
    /// A master with that timing.
    pub fn new(timing: Timing) -> Master {
        let seed = if let Timing::Random { seed, .. } = timing { seed } else { 0 };
        Master {
            timing,
            random: ChaCha8Rng::seed_from_u64(seed),
            limit: DEFAULT_LIMIT,
            write: None,
            read: None,
            written: None,
            fetched: None,
            fault: None,
        }
    }

    /// Changes how many cycles an access may take.
    pub fn set_limit(&mut self, cycles: u32) {
        self.limit = cycles;
    }

    /// Changes the timing of the accesses that begin from now on.
    pub fn set_timing(&mut self, timing: Timing) {
        if let Timing::Random { seed, .. } = timing {
            self.random = ChaCha8Rng::seed_from_u64(seed);
        }
        self.timing = timing;
    }

    fn pick(&mut self, fixed: fn(&Timing) -> u32) -> u32 {
        match &self.timing {
            Timing::Random { longest, .. } => self.random.random_range(0..=*longest),
            timing => fixed(timing),
        }
    }

    /// Begins a write of the bytes that `strobes` names.
    ///
    /// # Panics
    /// When a write is under way.
    pub fn begin_write(&mut self, address: u32, data: u32, strobes: u8) {
        assert!(self.write.is_none(), "one write at a time");
        let fixed = |t: &Timing| if let Timing::Fixed { aw, .. } = t { *aw } else { 0 };
        let aw = Request::new(self.pick(fixed));
        let fixed = |t: &Timing| if let Timing::Fixed { w, .. } = t { *w } else { 0 };
        let w = Request::new(self.pick(fixed));
        let fixed = |t: &Timing| if let Timing::Fixed { b, .. } = t { *b } else { 0 };
        let b = Answer { hold: self.pick(fixed), seen: None };
        self.written = None;
        self.write = Some(Write { address, data, strobes, aw, w, b, age: 0 });
    }

    /// Begins a read.
    ///
    /// # Panics
    /// When a read is under way.
    pub fn begin_read(&mut self, address: u32) {
        assert!(self.read.is_none(), "one read at a time");
        let fixed = |t: &Timing| if let Timing::Fixed { ar, .. } = t { *ar } else { 0 };
        let ar = Request::new(self.pick(fixed));
        let fixed = |t: &Timing| if let Timing::Fixed { r, .. } = t { *r } else { 0 };
        let r = Answer { hold: self.pick(fixed), seen: None };
        self.fetched = None;
        self.read = Some(Read { address, ar, r, age: 0 });
    }

    /// True while a read or a write is under way.
    pub fn busy(&self) -> bool {
        self.write.is_some() || self.read.is_some()
    }

    /// Forgets what is under way, as a master does in reset.
    pub fn abort(&mut self) {
        self.write = None;
        self.read = None;
    }

    /// The answer to the last write, once.
    pub fn take_written(&mut self) -> Option<Response> {
        self.written.take()
    }

    /// The answer to the last read, once.
    pub fn take_fetched(&mut self) -> Option<(Response, u32)> {
        self.fetched.take()
    }

    /// Sets the bus inputs of the coming cycle. Payload is zero where valid is not set.
    pub fn drive(&self, inputs: &mut Inputs) {
        let bus = Inputs { lines: inputs.lines, aresetn: inputs.aresetn, ..Inputs::default() };
        *inputs = bus;
        if let Some(write) = &self.write {
            if write.aw.valid() {
                inputs.awvalid = 1;
                inputs.awaddr = write.address;
            }
            if write.w.valid() {
                inputs.wvalid = 1;
                inputs.wdata = write.data;
                inputs.wstrb = write.strobes;
            }
            inputs.bready = (write.b.hold == 0).into();
        }
        if let Some(read) = &self.read {
            if read.ar.valid() {
                inputs.arvalid = 1;
                inputs.araddr = read.address;
            }
            inputs.rready = (read.r.hold == 0).into();
        }
    }

    /// Takes one cycle: `after_edge` are the outputs after the last edge, `outputs` those that the coming
    /// edge finds with the inputs that [`Master::drive`] set.
    pub fn observe(&mut self, after_edge: &Outputs, outputs: &Outputs) -> Result<(), BusError> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let result = combinational(after_edge, outputs)
            .and_then(|()| self.observe_write(outputs))
            .and_then(|()| self.observe_read(outputs));
        self.fault = result.clone().err();
        result
    }

    fn observe_write(&mut self, outputs: &Outputs) -> Result<(), BusError> {
        let Some(write) = &mut self.write else {
            return rule(outputs.bvalid == 0, "BVALID without a write", "A3.3.1");
        };
        let requested = write.aw.done && write.w.done;
        rule(outputs.bvalid == 0 || requested, "BVALID before the write's address and data", "A3.3.1")?;
        if let Some(response) = write.b.step(outputs.bvalid, outputs.bresp, 0)? {
            self.written = Some(response);
            self.write = None;
            return Ok(());
        }
        write.aw.step(outputs.awready);
        write.w.step(outputs.wready);
        write.age += 1;
        let waits_for = match (write.aw.done, write.w.done) {
            (false, false) => "AWREADY and WREADY",
            (false, true) => "AWREADY",
            (true, false) => "WREADY",
            (true, true) => "BVALID",
        };
        let access = || format!("a write to {:#x}", write.address);
        timeout(write.age, self.limit, access, waits_for)
    }

    fn observe_read(&mut self, outputs: &Outputs) -> Result<(), BusError> {
        let Some(read) = &mut self.read else {
            return rule(outputs.rvalid == 0, "RVALID without a read", "A3.3.1");
        };
        rule(outputs.rvalid == 0 || read.ar.done, "RVALID before the read's address", "A3.3.1")?;
        if let Some(response) = read.r.step(outputs.rvalid, outputs.rresp, outputs.rdata)? {
            self.fetched = Some((response, outputs.rdata));
            self.read = None;
            return Ok(());
        }
        read.ar.step(outputs.arready);
        read.age += 1;
        let access = || format!("a read of {:#x}", read.address);
        timeout(read.age, self.limit, access, if read.ar.done { "RVALID" } else { "ARREADY" })
    }
}

impl Answer {
    /// One cycle of a response channel: the response when it is taken.
    fn step(&mut self, valid: u8, code: u8, data: u32) -> Result<Option<Response>, BusError> {
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

fn rule(kept: bool, rule: &'static str, section: &'static str) -> Result<(), BusError> {
    if kept { Ok(()) } else { Err(BusError::Violation { rule, section }) }
}

fn timeout(
    age: u32,
    limit: u32,
    access: impl Fn() -> String,
    waits_for: &'static str,
) -> Result<(), BusError> {
    if age <= limit { Ok(()) } else { Err(BusError::Timeout { access: access(), cycles: limit, waits_for }) }
}

/// No output may follow an input between two edges.
fn combinational(after_edge: &Outputs, before_next: &Outputs) -> Result<(), BusError> {
    rule(after_edge == before_next, "an output follows an input without a clock edge between", "A3.2.1")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A slave in a few lines, so that each rule can be broken on purpose.
    #[derive(Default)]
    struct Slave {
        out: Outputs,
        aw: bool,
        w: bool,
        ar: bool,
        order: Vec<&'static str>,
    }

    impl Slave {
        fn edge(&mut self, inputs: &Inputs, shown: &Outputs) {
            if inputs.bready == 1 && self.out.bvalid == 1 {
                self.out.bvalid = 0;
            }
            if inputs.rready == 1 && self.out.rvalid == 1 {
                self.out.rvalid = 0;
            }
            if inputs.awvalid & shown.awready == 1 {
                self.aw = true;
                self.order.push("aw");
            }
            if inputs.wvalid & shown.wready == 1 {
                self.w = true;
                self.order.push("w");
            }
            if inputs.arvalid & shown.arready == 1 {
                self.ar = true;
            }
            if self.aw && self.w {
                (self.aw, self.w, self.out.bvalid) = (false, false, 1);
            }
            if self.ar {
                (self.ar, self.out.rvalid, self.out.rdata) = (false, 1, 0x1234);
            }
            (self.out.awready, self.out.wready, self.out.arready) = (1, 1, 1);
        }
    }

    /// Runs until the master is done; `fault` may change what the slave shows after each edge.
    fn run(
        master: &mut Master,
        slave: &mut Slave,
        fault: impl Fn(u32, &Inputs, &mut Outputs),
    ) -> Result<u32, BusError> {
        let mut inputs = Inputs { aresetn: 1, ..Inputs::default() };
        let mut cycle = 0;
        while master.busy() {
            master.drive(&mut inputs);
            let mut shown = slave.out;
            fault(cycle, &inputs, &mut shown);
            master.observe(&shown.clone(), &shown)?;
            slave.edge(&inputs, &shown);
            cycle += 1;
        }
        Ok(cycle)
    }

    fn violation(fault: impl Fn(u32, &Inputs, &mut Outputs)) -> String {
        let mut master = Master::new(Timing::Fixed { aw: 0, w: 2, ar: 0, b: 3, r: 3 });
        master.begin_write(0x38, 1, 15);
        master.begin_read(0x30);
        run(&mut master, &mut Slave::default(), fault).expect_err("the slave breaks a rule").to_string()
    }

    #[test]
    fn a_read_and_a_write_at_once_both_end() {
        let mut master = Master::new(Timing::Fast);
        master.begin_write(0x38, 1, 15);
        master.begin_read(0x30);
        run(&mut master, &mut Slave::default(), |_, _, _| ()).unwrap();
        assert_eq!(master.take_written(), Some(Response::Okay));
        assert_eq!(master.take_fetched(), Some((Response::Okay, 0x1234)));
        assert_eq!(master.take_fetched(), None);
    }

    #[test]
    fn address_and_data_come_in_any_order() {
        let mut orders = std::collections::BTreeSet::new();
        let mut master = Master::new(Timing::Random { seed: 1, longest: 5 });
        for _ in 0..50 {
            let mut slave = Slave::default();
            master.begin_write(0, 0, 15);
            run(&mut master, &mut slave, |_, _, _| ()).unwrap();
            orders.insert(slave.order.concat());
        }
        assert_eq!(orders.into_iter().collect::<Vec<_>>(), ["aww", "waw"]);
    }

    #[test]
    fn every_broken_rule_is_an_error() {
        let told = |fault: fn(u32, &Inputs, &mut Outputs), words: &str| {
            let message = violation(fault);
            assert!(message.contains(words), "{message:?} should say {words:?}");
        };
        told(|cycle, _, out| out.bvalid |= u8::from(cycle == 1), "before the write's address and data");
        told(|cycle, _, out| out.rvalid |= u8::from(cycle == 0), "before the read's address");
        told(|cycle, _, out| out.rvalid &= u8::from(cycle != 4), "taken back");
        told(|cycle, _, out| out.rdata += u32::from(cycle == 4), "changed");
        told(|_, _, out| out.bresp = 1, "EXOKAY");
    }

    #[test]
    fn an_output_that_follows_an_input_is_an_error() {
        let mut master = Master::new(Timing::Fast);
        let changed = Outputs { awready: 1, ..Outputs::default() };
        let error = master.observe(&Outputs::default(), &changed).unwrap_err();
        assert!(error.to_string().contains("without a clock edge"), "{error}");
        let again = master.observe(&changed, &changed);
        assert_eq!(again, Err(error), "a slave that broke a rule is not trusted again");
    }

    #[test]
    fn an_answer_nobody_asked_for_is_an_error() {
        let mut master = Master::new(Timing::Fast);
        let unasked = Outputs { bvalid: 1, ..Outputs::default() };
        assert!(master.observe(&unasked, &unasked).is_err());
    }

    #[test]
    fn an_access_that_never_ends_is_a_timeout() {
        let mut master = Master::new(Timing::Fast);
        master.set_limit(20);
        master.begin_write(0x38, 1, 15);
        let error = run(&mut master, &mut Slave::default(), |_, _, out| out.wready = 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a write to 0x38 has not ended after 20 cycles: WREADY",
            "wready is what the slave withholds"
        );
    }
}
