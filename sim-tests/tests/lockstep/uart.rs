//! The UART top: RustHDL's model and the Verilated Verilog, with a host's bits on the line.
//!
//! A script of requests goes everywhere in the bridge and brings the interrupt up; what is in them, noise and levels of the
//! lines are random. The bridge by itself is tested at length beside its source.

#[path = "../../../hdl/tests/uart/frames.rs"]
mod frames;

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use portolan_hdl::axi::settle;
use portolan_hdl::emit::{self, Rates};
use portolan_hdl::uart::UartModel;
use portolan_regs::uart::{HEAD, KIND, command, kind};
use portolan_regs::{bank, control, line, map, mode, port};
use portolan_sim::raw;
use portolan_sim::uart::{Cable, Inputs, Model, Outputs, Rate};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::compare::{Side, compare};
use frames::{frame, read, simple, write};

const RATE: Rate = Rate::Fast;
/// The line that is bound.
const BOUND: u64 = 1 << 5;
/// Cycles in which the line is at rest between a request that was answered and the next one.
const REST: u64 = 150;
/// Requests that come behind that of the doorbell.
const BEHIND_DOORBELL: usize = 5;

struct RustSide(Box<dyn UartModel>);

impl RustSide {
    fn new() -> RustSide {
        let size = RATE.size();
        let size = emit::Size::new(size.lines(), size.ports()).expect("both crates know the same sizes");
        let mut side = RustSide(size.uart_top(Rates { hertz: emit::HERTZ, baud: RATE.baud() }));
        side.low(&Inputs::default());
        side
    }

    fn outputs(&mut self) -> Outputs {
        assert!(settle(&mut *self.0, 100), "RustHDL's model does not settle: a loop");
        let get = |name: &str| self.0.get(name) as u8;
        Outputs { tx: get("tx"), irq: get("irq"), idle: get("idle") }
    }
}

impl Side<Inputs, Outputs> for RustSide {
    fn low(&mut self, inputs: &Inputs) -> Outputs {
        let Inputs { lines, resetn, rx } = *inputs;
        for (name, value) in [("clk", 0), ("resetn", resetn.into()), ("rx", rx.into()), ("lines", lines)] {
            self.0.set(name, value);
        }
        self.outputs()
    }

    fn high(&mut self) -> Outputs {
        self.0.set("clk", 1);
        self.outputs()
    }
}

struct VerilogSide(Model);

impl Side<Inputs, Outputs> for VerilogSide {
    fn low(&mut self, inputs: &Inputs) -> Outputs {
        self.0.low(inputs)
    }
    fn high(&mut self) -> Outputs {
        self.0.high()
    }
}

/// A host with a script.
struct Traffic {
    random: ChaCha8Rng,
    script: VecDeque<Vec<u8>>,
    cable: Cable,
    cycle: u64,
    lines: u64,
    /// The kinds of the answers that came.
    kinds: BTreeSet<u8>,
    coming: Vec<u8>,
    /// Cycles in which the line has been at rest.
    rest: u64,
}

impl Traffic {
    fn new(seed: u64) -> Traffic {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let config = line::CONFIG::MODE.put(mode::RISING) | line::CONFIG::UNMASK.put(1);
        let bind = line::BIND::BIND.put(1) | line::BIND::GENERATION.put(random.random());
        let doorbell = port::DOORBELL_INTERRUPT::ARM.put(1);
        let word = random.random();
        let mut cut = frame(&write(8, control::SCRATCH, word));
        let at = random.random_range(1..cut.len() - 1);
        cut[at] ^= 1 << random.random_range(0..8);
        let script = [
            frame(&simple(0, command::HELLO)),
            frame(&write(1, control::SCRATCH, word)),
            frame(&write(1, control::SCRATCH, word)),
            frame(&read(2, control::SCRATCH)),
            frame(&write(3, map::line(5) + line::CONFIG, config)),
            frame(&write(4, map::line(5) + line::BIND, bind)),
            frame(&write(5, control::IRQ_ENABLE, control::IRQ_ENABLE::ENABLE.put(1))),
            frame(&write(6, port::AREA.base + port::DOORBELL_INTERRUPT, doorbell)),
            frame(&write(7, bank::AREA.base + bank::TRIGGER, 1 << 5)),
            cut,
            frame(&read(9, 0xffc)),
            frame(&simple(10, command::COUNTS)),
            (0..4).map(|_| random.random()).chain([0]).collect(),
        ];
        let cable = Cable::new(emit::HERTZ, RATE.baud());
        let (kinds, coming) = (BTreeSet::new(), Vec::new());
        Traffic { random, script: script.into(), cable, cycle: 0, lines: 0, kinds, coming, rest: 0 }
    }

    /// `None` when the script is over and everything answered.
    fn step(&mut self, outputs: &Outputs) -> Option<Inputs> {
        self.cable.look(self.cycle, outputs.tx != 0 || self.cycle == 0);
        for byte in self.cable.take() {
            self.coming.push(byte);
            if byte == 0 {
                self.coming.pop();
                let content = cobs::decode_vec(&self.coming).expect("both send good frames");
                self.kinds.insert(KIND.get(content[HEAD].into()) as u8);
                self.coming.clear();
            }
        }
        self.rest = if self.cable.is_quiet() { self.rest + 1 } else { 0 };
        if self.rest > REST {
            self.cable.send(&self.script.pop_front()?);
            self.rest = 0;
        }
        if self.random.random_bool(0.005) {
            self.lines = u64::from(self.random.random::<u16>()) & !BOUND | self.lines & BOUND;
        }
        // The bound line's edge comes while nothing is on the serial line, so no answer can tell of the interrupt.
        if self.script.len() == BEHIND_DOORBELL && self.rest == REST - 10 {
            self.lines |= BOUND;
        }
        let rx = u8::from(self.cable.drive(self.cycle));
        self.cycle += 1;
        // The first cycles are a reset; without one, flip-flops would have their values from the bitstream.
        Some(Inputs { lines: self.lines, resetn: u8::from(self.cycle > 3), rx })
    }
}

#[test]
fn the_uart_top_does_the_same_in_rust_and_in_verilog() {
    let rounds = if std::env::var_os("PORTOLAN_SOAK").is_some() { 20 } else { 1 };
    let seed = raw::seed(10);
    for seed in seed..seed + rounds {
        let begin = Instant::now();
        let mut traffic = Traffic::new(seed);
        let (mut rust, mut verilog) = (RustSide::new(), VerilogSide(Model::new(RATE)));
        let result = compare(1_000_000, &mut rust, &mut verilog, |outputs| traffic.step(outputs));
        println!("{} cycles in {:.1} s", traffic.cycle, begin.elapsed().as_secs_f64());
        if let Err(difference) = result {
            panic!("RustHDL (first) and Verilog (second) differ, PORTOLAN_SEED={seed}: {difference}");
        }
        let all = [command::HELLO, command::READ, command::WRITE, command::COUNTS, kind::NAK, kind::NOTICE];
        let reached = &traffic.kinds;
        assert!(
            reached.iter().copied().eq(all),
            "PORTOLAN_SEED={seed}: the traffic did not get everywhere: {reached:?}"
        );
    }
}
