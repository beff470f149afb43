//! An opened board: its lines, its lanes, its clock, and what happens when it dies.
//!
//! Locks, in the order in which they are taken: an interrupt's operation, the attachments, lanes by
//! their numbers, a line's slot for its interrupt, an interrupt's state, a port's queue, a vector, a
//! waiter's bed. Under the snapshot registers' lock nothing is locked. Whoever mourns holds nothing else.

mod attachment;
mod counters;
mod helper;
mod lane;
mod lead;
mod open;
mod registers;
mod ring;
mod rings;
mod vector;
mod window;

use std::fmt;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use portolan_regs::{bank, control};

use attachment::Attachment;
pub use counters::Counters;
pub(crate) use counters::Tally;
pub(crate) use lane::{Lane, LaneState, Slot};
pub(crate) use lead::Until;
pub use open::BoardInfo;
pub(crate) use registers::{Dead, Registers};
use rings::Rings;
pub(crate) use vector::Vector;
pub use window::PostWindow;

use crate::clock::{Anchor, BoardClock, Time};
use crate::device::{Device, TimeBase};
use crate::error::BoardError;
use crate::interrupt::line::LineInner;
use crate::port::PortInner;
use crate::sync::Lock;
use crate::{Deadline, Status};

/// A few packets of an earlier binding are nothing, nor is an interrupt without a packet, when a reader was
/// faster than the leader. So many in a row are a fault of the board.
pub(crate) const FRUITLESS: u32 = 1000;

/// The upper half of the tick counter changes once in 2^32 ticks, so the second look settles it. A board on which
/// it changes at each of so many looks is not believed.
const LOOKS: u32 = 8;

/// An opened board. Clones are the same board; it closes when the last one and all its interrupts
/// are gone.
#[derive(Clone)]
pub struct Board {
    pub(crate) inner: Arc<BoardInner>,
}

/// What a board and its driver count. What the board counts for itself as a whole is modulo 2^16.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// What became of each line's edges.
    pub lines: Vec<Counters>,
    /// Resets since power-up, the one at opening included.
    pub epoch: u32,
    /// Commands that the board ignored as stale.
    pub stale: u32,
    /// POPs that it ignored.
    pub bad_tags: u32,
    /// Writes that it ignored because they were not of a whole word.
    pub partial_writes: u32,
    /// Accesses to registers that do not exist.
    pub holes: u32,
    /// User packets that other bus masters posted and full queues refused.
    pub post_drops: u32,
    /// User packets that were posted to a hardware port while no open port had it, or that their port had not read when
    /// it was closed or gave the hardware port back.
    pub post_discards: u64,
    /// User packets that were posted with another type than USER, which they became.
    pub post_forgeries: u64,
    /// Packets of an earlier binding, or of a line without interrupt, that the driver dropped.
    pub stale_packets: u64,
    /// Looks at a slot of a ring whose check did not fit. It is looked at again; if it never fits, the board dies of it.
    pub failed_checks: u64,
}

pub(crate) struct BoardInner {
    pub(crate) info: BoardInfo,
    pub(crate) registers: Registers,
    pub(crate) clock: BoardClock,
    lanes: Vec<Lock<LaneState>>,
    lines: Vec<Line>,
    rings: Rings,
    vectors: Vec<Arc<Vector>>,
    attachments: Lock<Vec<Attachment>>,
    snapshot: Lock<()>,
    stale_packets: AtomicU64,
    /// Packets of present bindings that were taken off the board, and announcements.
    progress: AtomicU64,
    /// Other packets since the last such.
    stale_in_a_row: AtomicU32,
    epoch: u32,
    mourned: Lock<bool>,
    /// Last, so that the device can be opened again only when all else is gone.
    opened: open::Opened,
}

/// A line of the board, with or without an interrupt.
#[derive(Default)]
struct Line {
    interrupt: Lock<Option<Arc<LineInner>>>,
    tally: Arc<Tally>,
    generation: AtomicU16,
}

impl Board {
    /// Opens a board: checks that it is a Portolan block of this driver's version, and resets it.
    pub fn open(device: Arc<dyn Device>) -> Result<Board, BoardError> {
        let opened = open::Opened::new(&device)?;
        let mut info = open::identify(&*device)?;
        open::reset(&*device)?;
        let registers = Registers::new(device.clone(), info.stride.trailing_zeros());
        if info.msix {
            open::assign_vectors(&registers, &info).map_err(|Dead| info.gone(&registers))?;
        }
        let (rings, opened_rings) = match info.rings {
            true => {
                Rings::open(&registers, &info, &opened).map_err(|failed| info.failed(failed, &registers))?
            }
            false => Default::default(),
        };
        if !opened_rings.is_empty() {
            info.ring_slots = rings::SLOTS;
        } else if info.rings {
            info.no_rings = Some(device.no_rings().unwrap_or("its device reaches no memory").to_owned());
        }
        let epoch = registers.live(control::EPOCH);
        let lanes = opened_rings.into_iter().map(|rings| Lock::new(LaneState::by_rings(rings)));
        let lanes = lanes.chain(std::iter::repeat_with(Lock::default)).take(info.ports as usize).collect();
        let inner = Arc::new_cyclic(|board: &Weak<BoardInner>| BoardInner {
            clock: BoardClock::new(info.hertz, device.time_base()),
            lanes,
            lines: (0..info.lines).map(|_| Line::default()).collect(),
            rings,
            vectors: (0..info.vectors)
                .map(|index| vector::Hardware::new(device.clone(), index, board.clone()))
                .map(|hardware| Arc::new(Vector::new(hardware)))
                .collect(),
            attachments: Lock::default(),
            snapshot: Lock::default(),
            stale_packets: AtomicU64::new(0),
            progress: AtomicU64::new(0),
            stale_in_a_row: AtomicU32::new(0),
            epoch: epoch.unwrap_or_default(),
            mourned: Lock::new(false),
            opened,
            info,
            registers,
        });
        let board = Board { inner };
        board.inner.prepare().map_err(|Dead| board.inner.gone())?;
        Ok(board)
    }

    /// Identity and capabilities.
    pub fn info(&self) -> &BoardInfo {
        &self.inner.info
    }

    /// Ticks to ns, and whose ns they are.
    pub fn clock(&self) -> &BoardClock {
        &self.inner.clock
    }

    /// The device's time in ns: CLOCK_MONOTONIC, or simulated time.
    pub fn now(&self) -> i64 {
        self.inner.registers.device.now()
    }

    /// The deadline so long from now, on the device's time.
    pub fn deadline_after(&self, time: Duration) -> Deadline {
        Deadline::from_nanos(self.now()).plus(time)
    }

    /// Ticks since power-up, now. IO when the board is gone.
    pub fn ticks(&self) -> Result<u64, Status> {
        self.inner.outcome(self.inner.anchor().map(|anchor| anchor.ticks))
    }

    /// Fires a line's test edge, if the line is unmasked: it goes the way of a real edge. OUT_OF_RANGE
    /// for a line that is not there, IO when the board is gone.
    pub fn fire(&self, line: u32) -> Result<(), Status> {
        if line >= self.inner.info.lines {
            return Err(Status::OUT_OF_RANGE);
        }
        let word = bank::AREA.base + bank::TRIGGER + 4 * (line / 32);
        self.inner.outcome(self.inner.registers.write(word, 1 << (line % 32)))
    }

    /// A line's level after synchroniser and filter. OUT_OF_RANGE, IO as [`fire`](Self::fire).
    pub fn level(&self, line: u32) -> Result<bool, Status> {
        if line >= self.inner.info.lines {
            return Err(Status::OUT_OF_RANGE);
        }
        self.inner.outcome(self.inner.bit(bank::LEVEL, line))
    }

    /// A line's counters. OUT_OF_RANGE, IO as [`fire`](Self::fire).
    pub fn counters(&self, line: u32) -> Result<Counters, Status> {
        if line >= self.inner.info.lines {
            return Err(Status::OUT_OF_RANGE);
        }
        self.inner.outcome(self.inner.count(line))
    }

    /// All that is counted; each line's counters are of one moment. IO when the board is gone.
    pub fn stats(&self) -> Result<Stats, Status> {
        let read = |offset| self.inner.registers.live(offset);
        let stats = || {
            self.inner.sweep()?;
            let posts = self.inner.lanes.iter().map(|lane| lane.lock().posts());
            let (post_discards, post_forgeries) =
                posts.fold((0, 0), |sum, posts| (sum.0 + posts.0, sum.1 + posts.1));
            Ok(Stats {
                lines: (0..self.inner.info.lines)
                    .map(|line| self.inner.count(line))
                    .collect::<Result<_, _>>()?,
                epoch: read(control::EPOCH)?,
                stale: read(control::STALE)?,
                bad_tags: read(control::BAD_TAGS)?,
                partial_writes: read(control::PARTIAL_WRITES)?,
                holes: read(control::HOLES)?,
                post_drops: read(control::POST_DROPS)?,
                post_discards,
                post_forgeries,
                stale_packets: self.inner.stale_packets.load(Ordering::SeqCst),
                failed_checks: self.inner.lanes.iter().map(|lane| lane.lock().failed_checks()).sum(),
            })
        };
        self.inner.outcome(stats())
    }

    /// What the board died of; `None` while it lives.
    pub fn obituary(&self) -> Option<&str> {
        self.inner.registers.obituary()
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("info", &self.inner.info).finish_non_exhaustive()
    }
}

impl BoardInner {
    /// The first look at clock and counters.
    fn prepare(&self) -> Result<(), Dead> {
        if self.clock.base() == TimeBase::Monotonic {
            // The shortest of a few brackets.
            let mut best = self.anchor()?;
            for _ in 0..4 {
                let next = self.anchor()?;
                best = if next.half() < best.half() { next } else { best };
            }
            self.clock.anchor(best);
        }
        for line in 0..self.info.lines {
            let snapshot = counters::Snapshot::take(&self.registers, line)?;
            self.lines[line as usize].tally.before.store(snapshot.delivered, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Whether it is known to be dead.
    pub(crate) fn is_dead(&self) -> bool {
        self.registers.obituary().is_some()
    }

    /// The error of a board that is dead.
    pub(crate) fn gone(&self) -> BoardError {
        self.info.gone(&self.registers)
    }

    /// The result of an operation that took no locks with it; mourns the board if it died of it.
    pub(crate) fn outcome<T>(&self, result: Result<T, Dead>) -> Result<T, Status> {
        result.map_err(|Dead| {
            self.attend_death();
            Status::IO
        })
    }

    /// Time and ticks, bracketed.
    fn anchor(&self) -> Result<Anchor, Dead> {
        let device = &self.registers.device;
        let (low, high) = (control::TICKS, control::TICKS + 4);
        let mut first = self.registers.read(high)?;
        for _ in 0..LOOKS {
            let before = device.now();
            let ticks = self.registers.read(low)?;
            let after = device.now();
            let second = self.registers.read(high)?;
            if first == second {
                return Ok(Anchor { ticks: u64::from(first) << 32 | u64::from(ticks), before, after });
            }
            first = second;
        }
        Err(self.registers.die(format!("the upper half of its tick counter changed {LOOKS} times in a row")))
    }

    /// When a tick was; anchors the clock again when that is due.
    pub(crate) fn time(&self, ticks: u64) -> Result<Time, Dead> {
        if self.clock.is_old(self.registers.device.now()) {
            self.clock.anchor(self.anchor()?);
        }
        Ok(self.clock.at(ticks))
    }

    /// The most packets that a lane can hold, on the board and in its ring.
    pub(crate) fn most_queued(&self) -> u32 {
        self.info.interrupt_depth + self.info.ring_slots
    }

    /// The most user packets that a lane can hold, on the board and in its ring.
    pub(crate) fn most_posted(&self) -> u32 {
        self.info.user_depth + if self.info.ring_slots > 0 { rings::USER_SLOTS } else { 0 }
    }

    /// Discards what other bus masters have posted to nobody.
    fn sweep(&self) -> Result<(), Dead> {
        (0..self.info.ports).try_for_each(|lane| self.lane(lane).lock().sweep(self, lane))
    }

    pub(crate) fn lane(&self, index: u32) -> &Lock<LaneState> {
        &self.lanes[index as usize]
    }

    /// The vector of a lane.
    pub(crate) fn vector(&self, lane: u32) -> &Arc<Vector> {
        &self.vectors[self.info.vector_of(lane) as usize]
    }

    /// A line's bit in a vector of [`bank`].
    pub(crate) fn bit(&self, vector: u32, line: u32) -> Result<bool, Dead> {
        let word = self.registers.read(bank::AREA.base + vector + 4 * (line / 32))?;
        Ok(word >> (line % 32) & 1 != 0)
    }

    fn count(&self, line: u32) -> Result<Counters, Dead> {
        loop {
            let interrupt = self.lines[line as usize].interrupt.lock().clone();
            if let Some(counters) = self.count_with(line, interrupt.as_ref())? {
                return Ok(counters);
            }
        }
    }

    /// `None` when `interrupt` is not the line's any more.
    fn count_with(&self, line: u32, interrupt: Option<&Arc<LineInner>>) -> Result<Option<Counters>, Dead> {
        let entry = &self.lines[line as usize];
        // No packet may be between the board's count and the driver's.
        let _operation = interrupt.map(|interrupt| interrupt.operation.lock());
        let lane = self.lane(interrupt.map_or(0, |interrupt| interrupt.lane())).lock();
        if entry.interrupt.lock().as_ref().map(Arc::as_ptr) != interrupt.map(Arc::as_ptr) {
            return Ok(None);
        }
        let snapshot = {
            let _snapshot = self.snapshot.lock();
            counters::Snapshot::take(&self.registers, line)?
        };
        // In the ring are those that the board has delivered, and perhaps some that it delivers just now.
        let (most, early) = entry.tally.apart(snapshot.delivered);
        let waiting = lane.waiting(line, most);
        let count = |held| snapshot.with(line, &entry.tally, held + waiting, early);
        Ok(Some(match interrupt {
            Some(interrupt) => interrupt.counted(count),
            None => count(0),
        }))
    }

    pub(crate) fn tally(&self, line: u32) -> &Arc<Tally> {
        &self.lines[line as usize].tally
    }

    /// A generation that the line's last 65,535 bindings did not have.
    pub(crate) fn next_generation(&self, line: u32) -> u16 {
        self.lines[line as usize].generation.fetch_add(1, Ordering::SeqCst).wrapping_add(1)
    }

    /// Gives a line its interrupt; false when it has one.
    pub(crate) fn take_line(&self, line: u32, interrupt: &Arc<LineInner>) -> bool {
        let mut entry = self.lines[line as usize].interrupt.lock();
        let free = entry.is_none();
        if free {
            *entry = Some(interrupt.clone());
        }
        free
    }

    /// Takes a line's interrupt away.
    pub(crate) fn release_line(&self, line: u32) {
        *self.lines[line as usize].interrupt.lock() = None;
    }

    /// Brings a packet that came off the board to its line. `reader`: the port for whose reader it
    /// was pulled, which needs no waking. The caller holds the lane's lock.
    pub(crate) fn route(&self, slot: &Slot, reader: Option<&Arc<PortInner>>) -> Result<(), Dead> {
        let Some(line) = self.lines.get(usize::from(slot.line)) else {
            return Err(self
                .registers
                .die(format!("a packet of line {}, which it does not have", slot.line)));
        };
        if !slot.gap {
            line.tally.taken.fetch_add(1, Ordering::SeqCst);
        }
        let interrupt = line.interrupt.lock().clone();
        let accepted = match interrupt {
            Some(interrupt) => interrupt.accept(slot, reader)?,
            None => false,
        };
        if accepted {
            self.stale_in_a_row.store(0, Ordering::Relaxed);
            self.progressed();
            return Ok(());
        }
        self.stale_packets.fetch_add(1, Ordering::SeqCst);
        if !slot.gap {
            line.tally.discarded.fetch_add(1, Ordering::SeqCst);
        }
        if self.stale_in_a_row.fetch_add(1, Ordering::Relaxed) < FRUITLESS {
            return Ok(());
        }
        Err(self.registers.die(format!("{FRUITLESS} packets in a row of bindings that are over")))
    }

    /// A packet of a present binding was taken off the board, or packets were announced.
    pub(crate) fn progressed(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// How often it progressed.
    pub(crate) fn progress(&self) -> u64 {
        self.progress.load(Ordering::Relaxed)
    }

    /// The vector's interrupt was asserted: serves each of its lanes whose doorbell fired.
    pub(crate) fn service(&self, vector: u32) -> Result<(), Dead> {
        if self.info.ring_slots == 0 { self.service_fired(vector) } else { self.service_rings(vector) }
    }

    /// What fired a doorbell is in its ring before.
    fn service_rings(&self, vector: u32) -> Result<(), Dead> {
        let mut served = false;
        for index in self.info.ports_of(vector) {
            let mut lane = self.lane(index).lock();
            served |= lane.serve_new_posts(self, index)?;
            if lane.has_news(self, index)? {
                lane.serve(self, index)?;
                served = true;
            }
        }
        if served {
            return Ok(());
        }
        // A write may have failed. Or a level has overtaken the slots that it is for, as INTx does on PCIe: a doorbell that is
        // armed again fires again when they are there.
        self.look_for_failed_rings()?;
        self.service_fired(vector)
    }

    /// A board whose write to a ring failed is dead: what was lost is not known.
    fn look_for_failed_rings(&self) -> Result<(), Dead> {
        if control::STATUS::ERROR.get(self.registers.live(control::STATUS)?) == 1 {
            let lane = rings::failed(&self.registers, &self.info)?;
            let whose = lane.map_or(String::new(), |lane| format!(" of port {lane}"));
            return Err(self.registers.die(format!("a write to the ring{whose} failed")));
        }
        Ok(())
    }

    fn service_fired(&self, vector: u32) -> Result<(), Dead> {
        for word in 0..self.info.ports.div_ceil(32) {
            let offset = bank::AREA.base + bank::FIRED + 4 * word;
            let mut fired = match self.info.ports < 32 {
                true => self.registers.live(offset)?,
                false => self.registers.read(offset)?,
            };
            while fired != 0 {
                let lane = 32 * word + fired.trailing_zeros();
                fired &= fired - 1;
                if lane < self.info.ports && self.info.vector_of(lane) == vector {
                    let mut state = self.lane(lane).lock();
                    state.serve(self, lane)?;
                    state.serve_posts(self, lane)?;
                }
            }
        }
        Ok(())
    }

    /// Looks whether the board lives: ALIVE moves and nobody has reset it. `before`: what ALIVE read
    /// last, and when, in ns of the device's time.
    pub(crate) fn look(&self, before: Option<(u32, i64)>, now: i64) -> Result<u32, Dead> {
        let alive = self.registers.live(control::ALIVE)?;
        if before.is_some_and(|(last, when)| last == alive && now > when) {
            return Err(self.registers.die("its tick counter stands still".to_owned()));
        }
        if self.registers.live(control::EPOCH)? != self.epoch {
            return Err(self.registers.die("somebody else has reset it".to_owned()));
        }
        // A board that may not write to memory may not send the message of that, either.
        if self.info.ring_slots > 0 {
            self.look_for_failed_rings()?;
        }
        self.sweep()?;
        Ok(alive)
    }
}

impl Drop for BoardInner {
    fn drop(&mut self) {
        // Nobody listens any more. A board that is gone need not be told.
        let _ = self.registers.write(control::IRQ_ENABLE, 0);
        self.rings.close(&self.registers, &self.opened);
    }
}
