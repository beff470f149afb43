//! The master: at most one write and one read, driven and observed cycle by cycle.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::channel::{Answer, Request, rule, timeout};
use super::{BusError, Response, Timing};
use crate::model::{Inputs, Outputs};

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
        let b = Answer::new(self.pick(fixed));
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
        let r = Answer::new(self.pick(fixed));
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

/// No output may follow an input between two edges.
fn combinational(after_edge: &Outputs, before_next: &Outputs) -> Result<(), BusError> {
    rule(after_edge == before_next, "an output follows an input without a clock edge between", "A3.2.1")
}
