//! The PCIe top: RustHDL's model and the Verilated Verilog, with edges of both clocks in any order.

use std::collections::VecDeque;
use std::time::Instant;

use portolan_hdl::axi::settle;
use portolan_hdl::emit;
use portolan_hdl::pcie::PcieModel;
use portolan_regs::{control, line, map, mode, port, port_control};
use portolan_sim::Size;
use portolan_sim::pcie::model::{Inputs, Model, Outputs};
use portolan_sim::pcie::root::{BAR, memory};
use portolan_sim::pcie::stream::Source;
use portolan_sim::pcie::tlp::{Operation, Tlp};
use portolan_sim::raw;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::compare::{Side, compare};

/// One step: inputs, and which clocks rise.
#[derive(Clone, Debug)]
struct Step {
    inputs: Inputs,
    core: bool,
    user: bool,
}

struct RustSide {
    model: Box<dyn PcieModel>,
    rises: (bool, bool),
}

impl RustSide {
    fn new(size: Size) -> RustSide {
        let size = emit::Size::new(size.lines(), size.ports()).expect("both crates know the same sizes");
        let mut side = RustSide { model: size.pcie_top(emit::HERTZ), rises: (false, false) };
        side.outputs();
        side
    }

    fn outputs(&mut self) -> Outputs {
        assert!(settle(&mut *self.model, 100), "RustHDL's model does not settle: a loop");
        let get = |name: &str| self.model.get(name);
        Outputs {
            post_credits: get("post_credits"),
            tx_data: get("s_axis_tx_tdata"),
            report_header: get("cfg_err_tlp_cpl_header"),
            rx_ready: get("m_axis_rx_tready") as u8,
            tx_keep: get("s_axis_tx_tkeep") as u8,
            tx_last: get("s_axis_tx_tlast") as u8,
            tx_valid: get("s_axis_tx_tvalid") as u8,
            tx_user: get("s_axis_tx_tuser") as u8,
            unsupported: get("cfg_err_ur") as u8,
            posted: get("cfg_err_posted") as u8,
            locked: get("cfg_err_locked") as u8,
            unexpected: get("cfg_err_cpl_unexpect") as u8,
            malformed: get("cfg_err_malformed") as u8,
            interrupt: get("cfg_interrupt") as u8,
            interrupt_assert: get("cfg_interrupt_assert") as u8,
            interrupt_pin: get("cfg_interrupt_di") as u8,
            interrupt_status: get("cfg_interrupt_stat") as u8,
            idle: get("idle") as u8,
        }
    }
}

impl Side<Step, Outputs> for RustSide {
    fn low(&mut self, step: &Step) -> Outputs {
        let i = &step.inputs;
        for (name, value) in [
            ("core_clk", 0),
            ("user_clk", 0),
            ("lines", i.lines),
            ("m_axis_rx_tdata", i.rx_data),
            ("m_axis_rx_tuser", i.rx_user.into()),
            ("m_axis_rx_tkeep", i.rx_keep.into()),
            ("m_axis_rx_tlast", i.rx_last.into()),
            ("m_axis_rx_tvalid", i.rx_valid.into()),
            ("s_axis_tx_tready", i.tx_ready.into()),
            ("cfg_command", i.command.into()),
            ("cfg_dcommand", i.device_control.into()),
            ("core_reset", i.core_reset.into()),
            ("user_reset", i.user_reset.into()),
            ("cfg_bus_number", i.bus.into()),
            ("cfg_device_number", i.device.into()),
            ("cfg_function_number", i.function.into()),
            ("cfg_received_func_lvl_rst", i.function_reset.into()),
            ("cfg_err_cpl_rdy", i.report_ready.into()),
            ("cfg_interrupt_rdy", i.interrupt_ready.into()),
            ("cfg_interrupt_msixenable", i.msix_enable.into()),
            ("cfg_interrupt_msixfm", i.msix_mask.into()),
        ] {
            self.model.set(name, value);
        }
        self.rises = (step.core, step.user);
        self.outputs()
    }

    fn high(&mut self) -> Outputs {
        self.model.set("core_clk", self.rises.0.into());
        self.model.set("user_clk", self.rises.1.into());
        self.outputs()
    }
}

struct VerilogSide {
    model: Model,
    step: Step,
}

impl Side<Step, Outputs> for VerilogSide {
    fn low(&mut self, step: &Step) -> Outputs {
        self.step = step.clone();
        self.model.eval(&step.inputs, false, false)
    }
    fn high(&mut self) -> Outputs {
        self.model.eval(&self.step.inputs, self.step.core, self.step.user)
    }
}

/// What the traffic has reached.
#[derive(Debug, Default)]
struct Seen {
    beats: u64,
    reports: u64,
    malformed: u64,
    unexpected: u64,
    interrupts: u64,
    discontinued: u64,
    held_back: u64,
    resets: u64,
    credits: u64,
    /// Writes to memory, and among them messages.
    writes: u64,
    messages: u64,
}

impl Seen {
    fn everything(&self) -> bool {
        let Seen {
            beats,
            reports,
            malformed,
            unexpected,
            interrupts,
            discontinued,
            held_back,
            resets,
            credits,
            writes,
            messages,
        } = self;
        let once = [
            reports,
            malformed,
            unexpected,
            interrupts,
            discontinued,
            held_back,
            resets,
            credits,
            writes,
            messages,
        ];
        once.iter().all(|n| **n > 0) && *beats > 100 && *writes > 9 && *messages > 1
    }
}

/// Random TLPs, right and wrong, resets, settings and lines.
struct Traffic {
    size: Size,
    random: ChaCha8Rng,
    inputs: Inputs,
    source: Source,
    /// Accesses of one errand, which brings an interrupt or a user packet out.
    script: VecDeque<(u32, Vec<u32>)>,
    reset: u32,
    user_rose: bool,
    /// The last beat taken was not the last of its TLP.
    open: bool,
    seen: Seen,
}

impl Traffic {
    fn new(size: Size, seed: u64) -> Traffic {
        Traffic {
            size,
            random: ChaCha8Rng::seed_from_u64(seed),
            inputs: Inputs { user_reset: 1, command: 6, report_ready: 1, ..Inputs::default() },
            source: Source::default(),
            script: VecDeque::new(),
            reset: 8,
            user_rose: false,
            open: false,
            seen: Seen::default(),
        }
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.random.random_range(0..n) == 0
    }

    fn errand(&mut self) {
        let line_number = self.random.random_range(0..self.size.lines());
        let config =
            line::CONFIG::MODE.put(mode::BOTH) | line::CONFIG::STREAM.put(1) | line::CONFIG::UNMASK.put(1);
        let arm = port::DOORBELL_USER::ARM.put(1);
        let page = map::port(0);
        if self.one_in(2) {
            let entry = [self.random.random(), self.random.random_range(0..2), self.random.random(), 0];
            let vector =
                if self.random.random() { 0 } else { self.random.random_range(0..=self.size.ports()) };
            self.script.push_back((map::vector(vector), entry.to_vec()));
            self.inputs.msix_enable = 1;
            self.inputs.msix_mask = self.one_in(4).into();
        } else {
            self.inputs.msix_enable = 0;
        }
        if !self.one_in(4) {
            // Base, first sequence number and control lie one behind the other.
            let control = port_control::RING_CONTROL::ENABLE.put(1) | port_control::RING_CONTROL::SIZE.put(6);
            let high = self.random.random_range(0..2);
            let user = self.random.random();
            let ring = if user { port_control::USER_RING_BASE } else { port_control::RING_BASE };
            let words = vec![self.random.random(), high, self.random.random(), control];
            self.script.push_back((map::port_control(0) + ring, words));
        }
        self.script.extend([
            (map::line(line_number) + line::CONFIG, vec![config]),
            (map::line(line_number) + line::BIND, vec![line::BIND::BIND.put(1)]),
            (control::IRQ_ENABLE, vec![1]),
            (page + port::POST, (0..12).collect()),
            (page + port::DOORBELL_USER, vec![arm]),
            (page + port::LATCH, vec![1]),
        ]);
        // Tags count from one after a reset.
        self.script.extend((0..4).map(|tag| (page + port::POP, vec![tag])));
        self.script.push_back((page + port::DOORBELL_USER, vec![0]));
    }

    fn queue(&mut self) {
        if self.script.is_empty() && self.one_in(5) {
            self.errand();
        }
        if let Some((offset, data)) = self.script.pop_front() {
            let words = data.len() as u16;
            let write = memory(Operation::Write, BAR + u64::from(offset), words, data);
            self.source.queue(&Tlp::Request(write).encode(), 1);
            return;
        }
        let words = [1, 1, 1, 1, 2, 2, 3, 3, 5, 20][self.random.random_range(0..10)];
        let offset = self.random.random_range(0..0x40_u64) * 4 + [0, 0x8000, 0x3_0000][words as usize % 3];
        let base = if self.random.random() { BAR } else { 0x12_0000_0000 };
        let operation = match self.random.random_range(0..12) {
            0 => Operation::LockedRead,
            1 => Operation::IoRead,
            2 | 3 => Operation::Write,
            _ => Operation::Read,
        };
        let data =
            if operation == Operation::Write { vec![self.random.random(); words.into()] } else { Vec::new() };
        let mut trace = Tlp::Request(memory(operation, base + offset, words, data)).encode();
        match self.random.random_range(0..12) {
            // A completion, a message, any TLP at all.
            0 => trace[0] = 0x4a00_0000 | trace[0] & 0x3ff,
            1 => trace[0] = 0x3400_0000,
            2 => trace[0] = self.random.random::<u32>() & !0x3e0,
            3 => trace[1] = self.random.random(),
            _ => {}
        }
        let bars = if self.one_in(10) { 2 } else { 1 };
        self.source.queue(&trace, bars);
    }

    fn step(&mut self, outputs: &Outputs, found: &Outputs) -> Step {
        if self.user_rose {
            self.source.edge(found);
            let taken = found.tx_valid != 0 && self.inputs.tx_ready != 0;
            self.seen.beats += u64::from(taken);
            if taken {
                let write = !self.open && found.tx_data >> 24 & 0xdf == 0x40;
                self.seen.writes += u64::from(write);
                self.seen.messages += u64::from(write && found.tx_data & 0x3ff == 1);
                self.open = found.tx_last == 0;
            }
            self.seen.discontinued += u64::from(taken && found.tx_user != 0);
            self.seen.held_back += u64::from(found.tx_valid != 0 && self.inputs.tx_ready == 0);
            self.seen.reports += u64::from(found.unsupported);
            self.seen.malformed += u64::from(found.malformed);
            self.seen.unexpected += u64::from(found.unexpected);
            self.seen.interrupts += u64::from(found.interrupt);
        }
        self.seen.credits += u64::from(outputs.post_credits != 0);
        let (core, user) = [(true, true), (true, false), (false, true)][self.random.random_range(0..3)];
        self.user_rose = user;
        if self.source.is_empty() {
            self.queue();
        }
        let offer = !self.one_in(4);
        if user {
            self.source.drive(&mut self.inputs, offer);
            self.inputs.tx_ready = (!self.one_in(3)).into();
            self.inputs.interrupt_ready = (outputs.interrupt != 0 && self.one_in(4)).into();
            self.inputs.report_ready = (!self.one_in(4)).into();
        }
        self.reset = self.reset.saturating_sub(1);
        if self.reset == 0 {
            if self.inputs.user_reset | self.inputs.core_reset | self.inputs.function_reset != 0 {
                self.seen.resets += 1;
                if self.inputs.user_reset != 0 {
                    self.open = false;
                    self.source.clear();
                }
            }
            (self.inputs.user_reset, self.inputs.core_reset, self.inputs.function_reset) = (0, 0, 0);
            // Rather in the middle of a TLP than at any time.
            let sending = outputs.tx_valid != 0 && outputs.tx_last == 0;
            if self.one_in(if sending { 60 } else { 1500 }) {
                self.reset = self.random.random_range(1..20);
                match self.random.random_range(0..4) {
                    0 => self.inputs.user_reset = 1,
                    1 => self.inputs.core_reset = 1,
                    _ => self.inputs.function_reset = 1,
                }
            }
        }
        if self.one_in(100) {
            self.inputs.device_control = self.random.random_range(0..8) << 5;
            self.inputs.bus = self.random.random();
            self.inputs.command = 6 | self.random.random_range(0..2) << 10;
            if self.one_in(4) {
                self.inputs.command &= !4;
            }
        }
        if self.one_in(12) {
            self.inputs.lines = self.random.random::<u64>() & self.size.mask();
        }
        Step { inputs: self.inputs, core, user }
    }
}

fn lockstep(size: Size, steps: u64, default_seed: u64) {
    let steps = if std::env::var_os("PORTOLAN_SOAK").is_some() { 50 * steps } else { steps };
    let seed = raw::seed(default_seed);
    let begin = Instant::now();
    let mut traffic = Traffic::new(size, seed);
    let mut rust = RustSide::new(size);
    let first = Step { inputs: Inputs::default(), core: false, user: false };
    let mut verilog = VerilogSide { model: Model::new(size), step: first };
    let mut step = 0;
    // No output follows an input, so an edge found what stood after the edge before it.
    let mut found = Outputs::default();
    let result = compare(steps.max(80_000), &mut rust, &mut verilog, |outputs| {
        step += 1;
        let found = std::mem::replace(&mut found, *outputs);
        (step <= steps || !traffic.seen.everything()).then(|| traffic.step(outputs, &found))
    });
    let seconds = begin.elapsed().as_secs_f64();
    println!("{size:?}: {} steps in {seconds:.1} s; {:?}", step - 1, traffic.seen);
    if let Err(difference) = result {
        panic!("RustHDL (first) and Verilog (second) differ, PORTOLAN_SEED={seed}: {difference}");
    }
    assert!(traffic.seen.everything(), "PORTOLAN_SEED={seed}: the traffic did not get everywhere");
}

#[test]
fn the_smallest_pcie_top_does_the_same_in_rust_and_in_verilog() {
    lockstep(Size::L4P1, 20_000, 1);
}

#[test]
fn the_pcie_top_of_16_lines_does_the_same_in_rust_and_in_verilog() {
    lockstep(Size::L16P4, 8_000, 2);
}

#[test]
fn the_pcie_top_of_64_lines_does_the_same_in_rust_and_in_verilog() {
    lockstep(Size::L64P4, 8_000, 3);
}

#[test]
fn the_default_pcie_top_does_the_same_in_rust_and_in_verilog() {
    lockstep(Size::L32P8, 8_000, 4);
}
