//! The Zynq top on AXI3: bursts of all kinds against a model of the register file, resets in mid-burst, and the
//! driver on it.

#[path = "common/registers.rs"]
mod registers;

use std::collections::BTreeMap;
use std::time::Duration;

use portolan::{Board, Delivery, Event, Interrupt, LineConfig, LineMode, Port, PortOptions};
use portolan_regs::{Access, control, line, map, port, port_control};
use portolan_sim::axi::bursts::{Address, Beat, BurstMaster};
use portolan_sim::axi::memory::{Memory, Speed};
use portolan_sim::axi::{BusError, Response, Timing};
use portolan_sim::raw::{Config, Raw, seed};
use portolan_sim::ring::Ring;
use portolan_sim::{Changes, Inputs, Model, NS_PER_TICK, Outputs, Pace, Sim, SimBoard, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use registers::registers;

const SIZE: Size = Size::L32P8;

/// What is planted between the block and the master that judges it.
type Fault = fn(&mut Outputs);

/// The block and a master that sends bursts.
struct Bus {
    model: Model,
    inputs: Inputs,
    outputs: Outputs,
    master: BurstMaster,
    fault: Fault,
}

impl Bus {
    fn open(seed: u64, pace: u32) -> Bus {
        let inputs = Inputs { m_awready: 1, m_wready: 1, ..Inputs::default() };
        let (model, master) = (Model::zynq(), BurstMaster::new(seed, pace));
        let mut bus = Bus { model, inputs, outputs: Outputs::default(), master, fault: |_| () };
        bus.reset(8);
        bus
    }

    /// Whatever is under way, as the reset of a board does; then waits until the block has walked through it.
    fn reset(&mut self, cycles: u32) {
        self.master.abort();
        self.master.drive(&mut self.inputs);
        self.inputs.aresetn = 0;
        for cycle in 0..cycles.max(2) {
            self.model.low(&self.inputs);
            self.outputs = self.model.high();
            // The reset goes through a register.
            let valids =
                self.outputs.bvalid | self.outputs.rvalid | self.outputs.m_awvalid | self.outputs.m_wvalid;
            assert!(cycle == 0 || valids == 0, "VALID in reset (ARM IHI 0022, A3.1.2)");
        }
        self.inputs.aresetn = 1;
        self.model.low(&self.inputs);
        self.outputs = self.model.high();
        while control::STATUS::RESETTING.get(self.read_word(control::STATUS)) != 0 {}
    }

    fn cycle(&mut self) -> Result<(), BusError> {
        self.master.drive(&mut self.inputs);
        let mut found = self.model.low(&self.inputs);
        (self.fault)(&mut found);
        self.master.observe(&self.outputs, &found)?;
        self.outputs = self.model.high();
        (self.fault)(&mut self.outputs);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), BusError> {
        while !self.master.is_quiet() {
            self.cycle()?;
        }
        Ok(())
    }

    fn read(&mut self, address: Address) -> Vec<(Response, u32)> {
        self.master.read(address);
        self.finish().expect("the bus works");
        self.master.take_fetched().expect("a read was answered").1
    }

    fn read_word(&mut self, address: u32) -> u32 {
        let beats = self.read(Address::words(1, address, 1));
        assert_eq!(beats[0].0, Response::Okay, "{address:#x}");
        beats[0].1
    }

    fn write(&mut self, address: Address, beats: &[Beat]) -> Response {
        self.master.write(address, beats);
        self.finish().expect("the bus works");
        self.master.take_written().expect("a write was answered").1
    }
}

/// What a burst must do, worked out from ARM IHI 0022, A3.4.1: the address of each beat; none when no master may
/// make it.
fn beats(address: &Address) -> Option<Vec<u32>> {
    let (bytes, count) = (1 << address.size.min(3), u32::from(address.length) + 1);
    let (start, whole) = (address.address, bytes * count);
    let aligned = start / bytes * bytes;
    let end = aligned + whole - bytes;
    let legal = match address.burst {
        0 => true,
        1 => aligned / 4096 == end / 4096,
        2 => aligned == start && [2, 4, 8, 16].contains(&count),
        _ => false,
    };
    let place = |n: u32| match address.burst {
        1 if n > 0 => aligned + n * bytes,
        2 => start / whole * whole + (start + n * bytes) % whole,
        _ => start,
    };
    (legal && address.size <= 2).then(|| (0..count).map(place).collect())
}

/// A model of the registers that bursts may meet.
struct Registers {
    /// What lies where.
    all: BTreeMap<u32, Access>,
    /// Of plain registers that the test writes: the bits that exist, and what they are.
    plain: BTreeMap<u32, (u32, u32)>,
    holes: u32,
    partial: u32,
}

impl Registers {
    fn new() -> Registers {
        let mut plain = BTreeMap::from([(control::SCRATCH, u32::MAX), (control::IRQ_ENABLE, 1)]);
        plain.extend((0..SIZE.lines()).map(|l| (map::line(l) + line::CONFIG, 0xff1f)));
        plain.extend(
            (0..SIZE.ports()).map(|p| (map::port_control(p) + port_control::MODERATION, 0xffff_00ff)),
        );
        let plain = plain.into_iter().map(|(offset, bits)| (offset, (bits, 0))).collect();
        Registers { all: registers(SIZE, true, false), plain, holes: 0, partial: 0 }
    }

    /// Strobes with which a beat does nothing that this model does not know.
    fn harmless(&self, address: u32, strobes: u8) -> u8 {
        match self.all.get(&(address & !3)) {
            Some(Access::Command) if strobes == 15 => 7,
            Some(Access::Plain) if !self.plain.contains_key(&(address & !3)) => 0,
            _ => strobes,
        }
    }

    fn write(&mut self, address: u32, (word, strobes): Beat) -> Response {
        let offset = address & !3;
        match self.all.get(&offset) {
            None | Some(Access::ReadOnly) => self.holes += 1,
            Some(Access::Command) => self.partial += 1,
            Some(Access::Plain) => {
                let mask = (0..4).filter(|i| strobes >> i & 1 != 0).fold(0, |m, i| m | 0xffu32 << (8 * i));
                if let Some((bits, value)) = self.plain.get_mut(&offset) {
                    *value = (*value & !mask | word & mask) & *bits;
                }
                return Response::Okay;
            }
        }
        Response::SlaveError
    }

    /// The answer to a read, and the word where it is known.
    fn read(&mut self, address: u32) -> (Response, Option<u32>) {
        let offset = address & !3;
        match self.all.get(&offset) {
            None => {
                self.holes += 1;
                (Response::SlaveError, Some(0))
            }
            Some(Access::Command) => (Response::Okay, Some(0)),
            Some(_) => (Response::Okay, self.plain.get(&offset).map(|(_, value)| *value)),
        }
    }
}

/// Somewhere near a register, or anywhere.
fn place(random: &mut ChaCha8Rng, registers: &Registers) -> u32 {
    let base = match random.random_range(0..8) {
        0 => random.random_range(0..1 << 18),
        1 => *registers.all.keys().nth(random.random_range(0..registers.all.len())).expect("a register"),
        _ => *registers.plain.keys().nth(random.random_range(0..registers.plain.len())).expect("a register"),
    };
    let place = base.wrapping_add_signed(random.random_range(-6..7)) & 0x3_ffff;
    if random.random() { base } else { place }
}

fn random_address(random: &mut ChaCha8Rng, registers: &Registers) -> Address {
    let mut address = Address {
        id: random.random_range(0..1 << 12),
        address: place(random, registers),
        length: random.random_range(0..16),
        size: random.random_range(0..3),
        burst: random.random_range(0..3),
        lock: random.random_range(0..3),
    };
    match random.random_range(0..16) {
        0 => (address.size, address.burst) = (random.random_range(0..8), random.random_range(0..4)),
        _ if address.burst == 2 => {
            address.length = [1, 3, 7, 15][random.random_range(0..4)];
            address.address &= !3;
        }
        _ => {}
    }
    address
}

/// What came of a run.
#[derive(Debug, Default)]
struct Seen {
    kinds: [u32; 3],
    narrow: u32,
    refused: u32,
    illegal: u32,
    data_first: u64,
}

/// Rounds of outstanding bursts, each answer judged, and all registers at the end.
fn traffic(bus: &mut Bus, random: &mut ChaCha8Rng, rounds: u32) -> Result<Seen, BusError> {
    let (mut registers, mut seen) = (Registers::new(), Seen::default());
    for round in 0..rounds {
        bus.master.set_pace([64, 60, 32, 6][random.random_range(0..4)]);
        // Reads beside writes go where writes change nothing.
        let writes = random.random_range(0..6);
        let reads = random.random_range(0..6);
        let mut answers = Vec::new();
        for _ in 0..writes {
            let address = random_address(random, &registers);
            let places = beats(&address);
            let data: Vec<Beat> = (0..address.beats())
                .map(|n| {
                    let strobes = if random.random() { 15 } else { random.random_range(0..16) };
                    let at = places.as_ref().map(|places| places[n]);
                    (random.random(), at.map_or(strobes, |at| registers.harmless(at, strobes)))
                })
                .collect();
            bus.master.write(address, &data);
            seen.narrow += u32::from(address.size < 2);
            let answer = match &places {
                None => {
                    seen.illegal += 1;
                    Response::SlaveError
                }
                Some(places) => {
                    seen.kinds[usize::from(address.burst)] += 1;
                    let each: Vec<Response> =
                        places.iter().zip(&data).map(|(at, beat)| registers.write(*at, *beat)).collect();
                    if each.contains(&Response::SlaveError) { Response::SlaveError } else { Response::Okay }
                }
            };
            seen.refused += u32::from(answer != Response::Okay);
            answers.push((address, answer));
        }
        let mut words = Vec::new();
        for _ in 0..reads {
            let address = random_address(random, &registers);
            let places = beats(&address);
            let touches = |at: &u32| registers.all.get(&(at & !3)) == Some(&Access::Plain);
            if writes > 0 && places.iter().flatten().any(touches) {
                continue;
            }
            bus.master.read(address);
            let none = || vec![(Response::SlaveError, Some(0)); address.beats()];
            let each =
                places.map_or_else(none, |places| places.iter().map(|at| registers.read(*at)).collect());
            words.push((address, each));
        }
        bus.finish()?;
        for (address, answer) in answers {
            assert_eq!(bus.master.take_written(), Some((address, answer)), "round {round}");
        }
        for (address, each) in words {
            let (answered, beats) = bus.master.take_fetched().expect("a read was answered");
            assert_eq!(answered, address);
            for (n, ((response, word), (expected, value))) in beats.into_iter().zip(each).enumerate() {
                let value = value.unwrap_or(word);
                assert_eq!((response, word), (expected, value), "round {round}, beat {n} of {address:x?}");
            }
        }
    }
    seen.data_first = bus.master.data_first;
    for (offset, (_, value)) in &registers.plain {
        assert_eq!(bus.read_word(*offset), *value, "{offset:#x} at the end");
    }
    assert_eq!(bus.read_word(control::HOLES), registers.holes & 0xffff, "holes are counted, each beat once");
    assert_eq!(bus.read_word(control::PARTIAL_WRITES), registers.partial & 0xffff, "partial writes are");
    assert_eq!(bus.read_word(control::EPOCH), 1, "nothing but power-up has reset the block");
    Ok(seen)
}

#[test]
fn bursts_of_all_kinds_do_what_the_registers_say() {
    let seed = seed(1);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let rounds = if std::env::var_os("PORTOLAN_SOAK").is_some() { 100_000 } else { 2_000 };
    let seen = traffic(&mut Bus::open(seed, 64), &mut random, rounds).expect("no rule of AXI is broken");
    println!("{seen:?}");
    assert!(seen.kinds.iter().all(|count| *count > 500), "{seen:?}");
    assert!(
        seen.refused > 300 && seen.illegal > 50 && seen.narrow > 1000 && seen.data_first > 300,
        "{seen:?}"
    );
}

#[test]
fn each_fault_between_the_block_and_its_master_is_found() {
    let faults: [(&str, Fault); 7] = [
        ("BID is not", |o| o.bid ^= 1),
        ("RID is not", |o| o.rid ^= 0x800),
        ("RLAST is not", |o| o.rlast ^= 1),
        ("EXOKAY", |o| o.bresp += u8::from(o.bresp == 0)),
        ("EXOKAY", |o| o.rresp += u8::from(o.rresp == 0)),
        ("BVALID", |o| o.bvalid = 1),
        ("RVALID", |o| o.rvalid = 1),
    ];
    for (rule, fault) in faults {
        let mut bus = Bus::open(3, 40);
        bus.fault = fault;
        bus.outputs = bus.model.low(&bus.inputs);
        (bus.fault)(&mut bus.outputs);
        let error = traffic(&mut bus, &mut ChaCha8Rng::seed_from_u64(3), 20).expect_err(rule).to_string();
        assert!(error.contains(rule), "{rule}: {error}");
    }
}

#[test]
fn a_user_packet_is_one_burst_into_the_post_window_and_one_out_of_the_head() {
    let mut bus = Bus::open(2, 64);
    let packet: [u32; 12] = std::array::from_fn(|i| 0x0101_0101 * i as u32);
    let data: Vec<Beat> = packet.iter().map(|word| (*word, 15)).collect();
    for id in [0, 0xfff, 0x5a5] {
        let page = map::port(3);
        assert_eq!(bus.write(Address::words(id, page + port::POST, 12), &data), Response::Okay);
        assert_eq!(bus.write(Address::words(id, page + port::LATCH, 1), &[(1, 15)]), Response::Okay);
        let head = bus.read(Address::words(id, page + port::HEAD, 16));
        let words: Vec<u32> = head.iter().map(|(_, word)| *word).collect();
        assert_eq!(words[..12], packet);
        let tag = port::HEAD_STATUS::TAG.get(bus.read_word(page + port::HEAD_STATUS));
        let pop = (port::POP::TAG.put(tag), 15);
        assert_eq!(bus.write(Address::words(id, page + port::POP, 1), &[pop]), Response::Okay);
        assert_eq!(port::LEVELS::USER.get(bus.read_word(page + port::LEVELS)), 0);
    }
}

#[test]
fn a_fixed_burst_writes_one_register_again_and_again() {
    let mut bus = Bus::open(4, 64);
    let scratch = Address { burst: 0, ..Address::words(7, control::SCRATCH, 4) };
    let bytes: Vec<Beat> = (0..4).map(|i| (0x1111_1111 * (i + 1), 1 << i)).collect();
    assert_eq!(bus.write(scratch, &bytes), Response::Okay);
    assert_eq!(bus.read_word(control::SCRATCH), 0x4433_2211);
    assert_eq!(bus.read(scratch), vec![(Response::Okay, 0x4433_2211); 4]);
}

#[test]
fn a_reset_in_mid_burst_leaves_the_bus_usable() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(2));
    let mut bus = Bus::open(5, 48);
    for round in 0..300 {
        let scratch = Address { burst: 0, ..Address::words(round & 0xfff, control::SCRATCH, 16) };
        bus.master.write(scratch, &[(round.into(), 15); 16]);
        bus.master.read(Address { burst: 0, ..Address::words(9, control::TICKS, 16) });
        for _ in 0..random.random_range(0..90) {
            bus.cycle().expect("no rule of AXI is broken");
        }
        bus.reset(random.random_range(2..6));
        assert_eq!(bus.read_word(control::SCRATCH), 0, "reset clears configuration");
        assert_eq!(bus.write(scratch, &[(round.into(), 15); 16]), Response::Okay);
        assert_eq!(bus.read_word(control::SCRATCH), u32::from(round));
    }
    assert_eq!(bus.read_word(control::EPOCH), 301);
}

#[test]
fn rings_are_written_on_axi3_too() {
    let mut raw = Raw::zynq(Speed { ready: 40, latency: (1, 20), seed: 6 });
    let mut ring = Ring { port: 2, user: false, base: 0x3000_0000, size: 6, next: u32::MAX - 5 };
    raw.sim.memory().map(ring.base, ring.bytes());
    raw.configure(4, Config::stream(portolan_regs::mode::BOTH));
    raw.bind(4, 2, 7);
    ring.enable(&mut raw);
    let mut stamps = Vec::new();
    for _ in 0..40 {
        stamps.push(raw.sim.tick());
        raw.toggle(4);
        raw.run(100);
    }
    for stamp in stamps {
        let packet = ring.take_packet(&mut raw).expect("a slot for each edge");
        assert_eq!((packet.ticks, packet.line, packet.generation), (stamp, 4, 7));
    }
}

#[test]
fn the_driver_opens_the_board_and_an_edge_arrives_with_its_time() {
    let sim = Sim::zynq(0, true, Timing::Random { seed: 8, longest: 5 }, Memory::new(Speed::FAST));
    let board = SimBoard::behind("sim:zynq", sim.expect("the block comes out of reset"), Pace::Stepped);
    let driver = Board::open(board.clone()).expect("the driver opens it");
    let port = Port::new(PortOptions { bind_to_interrupt: true, gaps: false });
    let config = LineConfig { mode: LineMode::Both, delivery: Delivery::Stream, filter: 0 };
    let interrupt = Interrupt::line(&driver, 5, config).expect("the line is free");
    interrupt.bind(&port, 0x77).expect("it can be bound");
    assert!(driver.info().ring_slots > 0, "by rings");
    for (cycle, pins) in [(100, 1 << 5), (300, 0)] {
        let start = board.start(Changes::from([(cycle, pins)])).expect("a stimulus");
        let event = port.wait_event(port.deadline_after(Duration::from_secs(10))).expect("a packet");
        let Event::Interrupt { packet, detail } = event else { panic!("the packet of a line") };
        assert_eq!((packet.key(), packet.timestamp()), (0x77, Some(((start + cycle) * NS_PER_TICK) as i64)));
        assert_eq!((detail.line, detail.ticks, detail.level), (5, start + cycle, pins != 0));
    }
}
