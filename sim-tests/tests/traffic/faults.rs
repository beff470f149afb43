//! A board with rings that fails in mid-traffic, in one given way (promise 6). Whatever it does: each waiter gets IO once,
//! within a second of the board's time; user packets that software has queued survive; another board and ports without
//! lines go on; and the board opened again works.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portolan::device::{Device, DeviceError, Wake};
use portolan::{Board, Deadline, Delivery, Interrupt, Packet, Port, Status};
use portolan_regs::slot::{BINDING, CHECK, HEADER, KIND, LINE, SEQUENCE};
use portolan_regs::{LAYOUT_HASH, RESET_KEY, control, map, port as page};
use portolan_sim::pcie::root::{Root, RootError};
use portolan_sim::{Change, Changes, NS_PER_TICK, Size};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::boards::{Kind, PCIE, RINGS};
use crate::meddled::{self, Honest, Meddled, Meddler, Wires, Words, fit};
use crate::{bound, interrupt, port};

const SIZE: Size = Size::L16P4;
/// A second, in ns.
const SECOND: i64 = 1_000_000_000;
/// A leader sleeps no longer at once on a board that has struck, in ns.
const SLICE: i64 = 1_000_000;
/// Bus Master Enable in the Command register.
const BUS_MASTER: u16 = 4;
/// The hardware port of the first port that gets a line.
const QUIET: usize = 1;

/// What is done to a slot before the driver looks at what it was woken for.
type Strike = Box<dyn Fn(&mut Words) + Send>;

/// The real board, until it fails.
#[derive(Default)]
pub struct Faulty {
    /// Reads give ones and nothing interrupts, as on PCIe when the card is gone.
    gone: AtomicBool,
    /// What is done to each new slot of the quiet port's ring, and the number of the last one before.
    strike: Mutex<Option<(u32, Strike)>>,
    /// When it failed, in ns of its own time; 0 before.
    failed: AtomicI64,
    /// How often somebody looked whether it lives.
    looks: AtomicU64,
}

impl Meddler for Faulty {
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        self.looks.fetch_add(u64::from(offset == control::ALIVE), Ordering::SeqCst);
        if self.gone.load(Ordering::SeqCst) { Ok(u32::MAX) } else { wires.sim.read(offset) }
    }

    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let deadline = match self.has_struck() {
            // A leader could sleep for seconds of simulated time before a reader whom it has roused gets a processor.
            true => {
                thread::yield_now();
                deadline.min(wires.sim.now() + SLICE)
            }
            false => deadline,
        };
        let wake = wires.sim.wait(vector, deadline)?;
        if wake == Wake::Interrupt && self.gone.load(Ordering::SeqCst) {
            return Ok(wires.sleep_on(deadline));
        }
        let mut strike = self.strike.lock().unwrap();
        if let Some((before, strike)) = &mut *strike {
            let (_, ring) = wires.ring(QUIET);
            let newest = ring.newest();
            if std::mem::replace(before, newest) != newest {
                self.fails_now(wires);
                let mut words = ring.read(newest);
                strike(&mut words);
                ring.write(newest, words);
            }
        }
        Ok(wake)
    }
}

impl Faulty {
    fn has_struck(&self) -> bool {
        self.failed.load(Ordering::SeqCst) > 0 && self.strike.lock().unwrap().is_some()
    }

    /// Called behind what the driver can find, so that no time goes by between the two which is not the driver's.
    fn fails_now(&self, wires: &Wires) {
        self.failed.store(wires.sim.now(), Ordering::SeqCst);
    }
}

/// A board that is to fail, in traffic, with threads that wait; and what is to go on.
struct Scene {
    device: Arc<Meddled<Faulty>>,
    board: Board,
    lines: Vec<Interrupt>,
    /// Nothing comes but what a test brings; two threads wait here.
    quiet: Port,
    /// Edges come all the time; one thread waits here.
    busy: Port,
    /// User packets lie here, and nobody waits.
    stock: Port,
    /// Another board, with a thread that waits for it.
    other: (Arc<Meddled<Honest>>, Board, Interrupt),
    other_port: Port,
}

/// A thread's last wait: when it failed, in ns of the board, and how.
type End = (i64, Status);

impl Scene {
    fn new(kind: Kind) -> Scene {
        let (device, board) = meddled::open(kind, SIZE, Some(9), Faulty::default());
        let [quiet, busy, stock, other_port] = [(); 4].map(|()| port(true));
        let lines = vec![
            bound(&board, 0, Delivery::Stream, &quiet),
            bound(&board, 1, Delivery::Stream, &busy),
            bound(&board, 2, Delivery::Ack, &stock),
        ];
        (1..=3).for_each(|key| stock.queue(&Packet::user(key, 0, [0; 32])).unwrap());
        let (device_2, board_2) = meddled::open(RINGS, SIZE, None, Honest);
        let line_2 = bound(&board_2, 0, Delivery::Ack, &other_port);
        Scene { device, board, lines, quiet, busy, stock, other: (device_2, board_2, line_2), other_port }
    }

    /// A thread that reads a port until that fails.
    fn reader(&self, port: &Port) -> JoinHandle<End> {
        let (device, port) = (self.device.clone(), port.clone());
        thread::spawn(move || {
            loop {
                if let Err(status) = port.wait(Deadline::INFINITE) {
                    return (device.now(), status);
                }
            }
        })
    }

    /// The other board's edge reaches its waiter.
    fn other_goes_on(&self) {
        let (_, board, line) = &self.other;
        let theirs = self.other_port.clone();
        let waiter = thread::spawn(move || theirs.wait(Deadline::INFINITE).map(|packet| packet.key()));
        until(|| self.other_port.waiters() == 1);
        board.fire(0).unwrap();
        assert_eq!(ended(waiter), Ok(0));
        line.ack().unwrap();
        let software = port(true);
        let one = Interrupt::virtual_interrupt();
        one.bind(&software, 9).unwrap();
        software.queue(&Packet::user(1, 0, [0; 32])).unwrap();
        one.trigger(5).unwrap();
        assert_eq!([(); 2].map(|()| software.try_wait().unwrap().key()), [9, 1]);
    }

    /// Traffic, then the fault, then what must hold: what the board died of. The error when somebody is not told.
    fn fails(
        mut self,
        fault: impl FnOnce(&Scene),
        expired: impl Fn(&Faulty) -> bool,
    ) -> Result<String, String> {
        let readers = [&self.quiet, &self.quiet, &self.busy].map(|port| self.reader(port));
        let line = Arc::new(interrupt(&self.board, 3, Delivery::Ack));
        let waiter = thread::spawn({
            let line = line.clone();
            move || line.wait()
        });
        until(|| self.quiet.waiters() == 2 && line.is_waited_for());
        let changes = (1..2_000).map(|n| Change { cycle: 150 * n, pins: (n & 1) << 1 });
        self.device.wires.sim.start(Changes::from(changes.collect::<Vec<_>>())).unwrap();
        until(|| self.board.counters(1).unwrap().delivered > 10);
        self.other_goes_on();
        fault(&self);
        until(|| readers.iter().all(JoinHandle::is_finished) || expired(&self.device));
        if !readers.iter().all(JoinHandle::is_finished) {
            // Nobody is left behind.
            self.device.gone.store(true, Ordering::SeqCst);
            let ends = readers.map(ended);
            assert!(ends.iter().all(|(_, status)| *status == Status::IO));
            return Err("a sleeper was not told".into());
        }
        let failed = self.device.failed.load(Ordering::SeqCst);
        for (when, status) in readers.map(ended) {
            assert_eq!(status, Status::IO);
            assert!(when - failed <= SECOND, "told {} ns after it failed", when - failed);
        }
        assert_eq!(ended(waiter), Err(Status::CANCELED));
        self.check_aftermath();
        let obituary = self.board.obituary().expect("it is dead").to_owned();
        self.lines.clear();
        drop((line, self.board));
        opens_again(&self.device);
        Ok(obituary)
    }

    fn check_aftermath(&self) {
        self.other_goes_on();
        // Once is enough: the next wait is one of software alone.
        for port in [&self.quiet, &self.busy] {
            assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
            port.queue(&Packet::user(4, 0, [0; 32])).unwrap();
            assert_eq!(port.wait(Deadline::INFINITE).map(|packet| packet.key()), Ok(4));
        }
        assert_eq!([(); 3].map(|()| self.stock.try_wait().map(|packet| packet.key())), [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(self.stock.try_wait(), Err(Status::TIMED_OUT));
        assert!(self.lines.iter().all(|line| line.ack() == Err(Status::CANCELED)), "as if destroyed");
        assert_eq!(self.board.counters(0), Err(Status::IO));
    }
}

fn opens_again(device: &Arc<Meddled<Faulty>>) {
    device.gone.store(false, Ordering::SeqCst);
    *device.strike.lock().unwrap() = None;
    // What a kernel does when somebody opens the device.
    let enabled = device.wires.sim.link(|root| {
        root.link.user_period = root.link.core_period;
        root.inputs.command |= BUS_MASTER;
        root.memory.make_good();
        root.enable_messages()
    });
    enabled.transpose().expect("no rule is broken");
    let board = Board::open(device.clone()).expect("it opens again");
    let port = port(true);
    let line = bound(&board, 0, Delivery::Ack, &port);
    for _ in 0..3 {
        board.fire(0).unwrap();
        let soon = port.deadline_after(Duration::from_millis(10));
        assert_eq!(port.wait(soon).map(|packet| packet.key()), Ok(0));
        line.ack().unwrap();
    }
    let counters = board.counters(0).unwrap();
    assert!(counters.hold() && counters.undelivered == 0, "{counters:?}");
}

/// Waits for a condition, with a limit.
pub fn until(condition: impl Fn() -> bool) {
    let limit = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < limit, "the condition never came true");
        thread::yield_now();
    }
}

/// The thread's result, within the limit.
pub fn ended<T>(thread: JoinHandle<T>) -> T {
    until(|| thread.is_finished());
    thread.join().expect("it did not panic")
}

/// A board on AXI that fails in this way dies of this.
fn dies_of(obituary: &str, fault: impl FnOnce(&Scene)) {
    dies(RINGS, obituary, fault);
}

/// The same behind PCIe, of what is done to its link.
fn dies_of_link(obituary: &str, fault: impl FnOnce(&mut Root) -> Result<(), RootError>) {
    dies(PCIE, obituary, |scene| {
        // In one moment: the board's time may go on by seconds before this thread gets a processor again.
        let (done, when) = scene
            .device
            .wires
            .sim
            .link(|root| {
                let when = root.ticks() * NS_PER_TICK;
                (fault(root), when)
            })
            .expect("it is behind PCIe");
        done.expect("no rule is broken");
        scene.device.failed.store(when.cast_signed(), Ordering::SeqCst);
        // It may be dead already.
        let _ = scene.board.fire(0);
    });
}

fn dies(kind: Kind, obituary: &str, fault: impl FnOnce(&Scene)) {
    let limit = Instant::now() + Duration::from_secs(60);
    let found = Scene::new(kind).fails(fault, |_| Instant::now() > limit).unwrap();
    assert!(found.contains(obituary), "{found}");
}

/// A board whose next slots for the quiet port are like this dies of that.
fn dies_of_slot(obituary: &str, change: impl Fn(&mut Words) + Send + 'static) {
    dies_of(obituary, |scene| {
        let newest = scene.device.wires.ring(QUIET).1.newest();
        *scene.device.strike.lock().unwrap() = Some((newest, Box::new(change)));
        // One that came while the driver was looking already is no fault.
        until(|| scene.board.fire(0).is_err());
    });
}

#[test]
fn a_board_with_rings_that_was_taken_out_is_dead() {
    dies_of("reads as ones", |scene| {
        scene.device.gone.store(true, Ordering::SeqCst);
        scene.device.fails_now(&scene.device.wires);
    });
}

#[test]
fn a_board_with_rings_that_is_reset_in_mid_traffic_is_dead() {
    dies_of("somebody else has reset it", |scene| {
        scene.device.wires.sim.write(control::RESET, RESET_KEY).unwrap();
        scene.device.fails_now(&scene.device.wires);
    });
}

#[test]
fn a_slot_of_a_line_that_is_not_there_is_a_dead_board() {
    dies_of_slot("a packet of line 1000, which it does not have", |words| {
        words[HEADER] = words[HEADER] & !LINE.put(LINE.max()) | LINE.put(1000);
        *words = fit(*words);
    });
}

#[test]
fn a_slot_of_a_kind_that_is_not_there_is_a_dead_board() {
    dies_of_slot("a packet of kind 7, which there is not", |words| {
        words[HEADER] |= KIND.put(7);
        *words = fit(*words);
    });
}

#[test]
fn a_slot_with_a_wrong_sequence_number_is_a_dead_board() {
    dies_of_slot("sequence number", |words| {
        words[SEQUENCE] = words[SEQUENCE].wrapping_add(5);
        *words = fit(*words);
    });
}

#[test]
fn a_slot_whose_check_does_not_fit_is_a_dead_board() {
    dies_of_slot("check", |words| words[BINDING] ^= CHECK.put(0x100));
}

#[test]
fn a_ring_that_was_scribbled_over_is_a_dead_board() {
    dies_of("sequence number", |scene| {
        let mut random = ChaCha8Rng::seed_from_u64(4);
        scene.device.wires.ring(QUIET).1.scribble(|| random.random());
        // It may be dead already.
        let _ = scene.board.fire(0);
        scene.device.fails_now(&scene.device.wires);
    });
}

#[test]
fn a_write_to_a_page_that_is_not_there_is_a_dead_board() {
    dies_of("a write to the ring of port 1 failed", |scene| {
        let (address, _) = scene.device.wires.ring(QUIET);
        scene.device.wires.sim.unshare(address);
        scene.board.fire(0).unwrap();
        scene.device.fails_now(&scene.device.wires);
    });
}

/// Another bus master posts a packet to the quiet port.
fn post(scene: &Scene) {
    for word in 0..12 {
        // The board may be dead already, but its registers are not.
        scene.device.wires.sim.write(map::port(QUIET as u32) + page::POST + 4 * word, word).unwrap();
    }
}

#[test]
fn a_ring_of_user_packets_that_was_scribbled_over_is_a_dead_board() {
    dies_of("sequence number", |scene| {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        scene.device.wires.user_ring(QUIET).1.scribble(|| random.random());
        post(scene);
        scene.device.fails_now(&scene.device.wires);
    });
}

#[test]
fn a_user_packet_that_is_written_to_a_page_that_is_not_there_is_a_dead_board() {
    dies_of("a write to the ring of port 1 failed", |scene| {
        let (address, _) = scene.device.wires.user_ring(QUIET);
        scene.device.wires.sim.unshare(address);
        post(scene);
        scene.device.fails_now(&scene.device.wires);
    });
}

#[test]
fn a_function_level_reset_in_mid_traffic_is_a_dead_board() {
    dies_of_link("somebody else has reset it", |root| {
        root.reset_function()?;
        // A request that comes before the reset has ended has no completion, which is another way to die.
        root.run(64)
    });
}

#[test]
fn a_reset_of_the_core_in_mid_traffic_is_a_dead_board() {
    dies_of_link("somebody else has reset it", |root| {
        root.inputs.core_reset = 1;
        root.forget_requests();
        root.run(8)?;
        root.inputs.core_reset = 0;
        Ok(())
    });
}

#[test]
fn a_link_whose_clock_stands_still_is_a_dead_board() {
    dies_of_link("no completion", |root| {
        root.link.user_period = 0;
        Ok(())
    });
}

/// Nothing tells an endpoint that a posted write went nowhere.
#[test]
fn a_board_whose_writes_go_nowhere_behind_pcie_is_dead() {
    dies_of_link("times in a row and has no packet", |root| {
        root.records_faults = true;
        root.memory.make_bad(0..u64::MAX);
        Ok(())
    });
}

#[test]
fn a_board_that_may_not_write_to_memory_any_more_is_dead() {
    dies_of_link("a write to the ring", |root| {
        root.inputs.command &= !BUS_MASTER;
        Ok(())
    });
}

#[test]
fn a_message_that_was_masked_wakes_its_reader_when_it_may_be_sent() {
    let (device, board) = meddled::open(PCIE, Size::L4P1, None, Honest);
    let port = port(true);
    let line = bound(&board, 0, Delivery::Ack, &port);
    let mask = |masked| {
        let written = device.wires.sim.link(|root| root.mask_vector(0, masked));
        written.transpose().expect("no rule is broken");
        device.wires.sim.run(1_000).expect("there is no stimulus");
    };
    for round in 0..3 {
        let reader = port.clone();
        let reader = thread::spawn(move || reader.wait(Deadline::INFINITE).map(|packet| packet.key()));
        until(|| port.waiters() == 1);
        mask(true);
        board.fire(0).unwrap();
        device.wires.sim.run(10_000).expect("there is no stimulus");
        assert!(!reader.is_finished() && port.waiters() == 1, "round {round}: it is masked");
        mask(false);
        assert_eq!(ended(reader), Ok(0), "round {round}");
        line.ack().unwrap();
    }
}

/// One register lies.
struct Liar(u32, u32);

impl Meddler for Liar {
    fn read(&self, wires: &Wires, offset: u32) -> Result<u32, DeviceError> {
        if offset == self.0 { Ok(self.1) } else { wires.sim.read(offset) }
    }
}

#[test]
fn a_board_with_rings_of_another_major_version_or_layout_is_refused_with_both_values() {
    let refusal = |register, word| {
        let liar = Meddled::new(RINGS, Size::L4P1, None, Liar(register, word));
        Board::open(liar).expect_err("a liar is refused").to_string()
    };
    let message = refusal(control::VERSION, 0x0002_0001);
    assert!(message.contains("2.1") && message.contains("speaks 1"), "{message}");
    let message = refusal(control::HASH, 0xabad_cafe);
    assert!(message.contains("0xabadcafe") && message.contains(&format!("{LAYOUT_HASH:#010x}")), "{message}");
}

/// Three looks of somebody who was not waiting when a board of his port died, and who would sleep now.
fn after_a_death(look: impl FnMut(&Port) -> Result<Packet, Status>) {
    let mut look = look;
    let (device, board) = meddled::open(RINGS, SIZE, None, Faulty::default());
    let port = port(true);
    let line = bound(&board, 0, Delivery::Stream, &port);
    port.queue(&Packet::user(4, 0, [0; 32])).unwrap();
    device.gone.store(true, Ordering::SeqCst);
    assert_eq!(board.counters(0), Err(Status::IO));
    let found = [(); 3].map(|()| look(&port).map(|packet| packet.key()));
    assert_eq!(found, [Ok(4), Err(Status::IO), Err(Status::TIMED_OUT)], "what is there, and IO once");
    drop(line);
}

#[test]
fn a_reader_who_was_busy_when_its_board_died_is_told_when_it_would_sleep() {
    // So long that a thread which gets no processor meanwhile is not too late to sleep; the last look lasts so long.
    after_a_death(|port| port.wait(port.deadline_after(Duration::from_secs(1))));
    let mut pollable = None;
    after_a_death(|port| pollable.get_or_insert_with(|| port.pollable().expect("a descriptor")).try_wait());
}

#[test]
fn a_failure_that_nobody_is_told_of_is_found() {
    // It lives, so nobody learns of a death however often the driver looks.
    let looked = |device: &Faulty| device.looks.load(Ordering::SeqCst) >= 5;
    assert_eq!(Scene::new(RINGS).fails(|_| (), looked), Err("a sleeper was not told".into()));
}
