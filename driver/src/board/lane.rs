//! A hardware port as the driver uses it: taking packets, ringing its doorbell.
//!
//! Packets come by a [ring](InterruptRing) in host memory, or are pulled through the port's page where there are no rings.
//!
//! Lanes 1 and up belong to one [`Port`](crate::Port) each, as long as it has lines bound there or a window.
//! Lane 0 is shared: unbound lines and ports for which no lane was left report to it, and whoever
//! pulls from it routes what he finds. Packets stay on the board, or in its ring, until a reader wants one;
//! they are taken out ahead of that only from lane 0, and where a line must be settled.
//!
//! A waiter first stands in its port's list and then arms the [doorbell](Doorbell) at the position up to which packets
//! had their chance to wake somebody. So a packet either finds the waiter in the list or fires the doorbell that he armed.
//!
//! Packets that other bus masters post take a way of their own: [`user`].

mod doorbell;
mod user;

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Weak};

use portolan_regs::port;
use portolan_regs::slot::{self, flag};

use super::registers::{Dead, Registers};
use super::rings::{InterruptRing, LaneRings};
use super::{BoardInner, Vector};
use crate::device::TimeBase;
use crate::port::PortInner;
use crate::sync::Guard;
use doorbell::Doorbell;
use user::UserQueue;

/// What the driver knows of a hardware port, under its lock.
#[derive(Debug, Default)]
pub(crate) struct LaneState {
    doorbell: Doorbell<{ port::DOORBELL_INTERRUPT }>,
    /// At least so many packets are queued.
    known: u32,
    /// The port that has the lane to itself.
    pub(crate) owner: Option<Weak<PortInner>>,
    ring: Option<InterruptRing>,
    /// What other bus masters have posted.
    user: UserQueue,
}

/// A port's way to a hardware port.
pub(crate) struct Lane {
    pub(crate) board: Arc<BoardInner>,
    pub(crate) index: u32,
}

/// An interrupt packet as the board sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) ticks: u64,
    pub(crate) counted_before: u64,
    pub(crate) line: u16,
    pub(crate) gap: bool,
    pub(crate) level: bool,
    pub(crate) generation: u16,
    pub(crate) count: u32,
    pub(crate) saturated: bool,
}

impl Slot {
    /// The kind, when there is no such.
    fn from_words(words: &[u32; slot::INTERRUPT_WORDS]) -> Result<Slot, u32> {
        let wide = |at: usize| u64::from(words[at]) | u64::from(words[at + 1]) << 32;
        let header = words[slot::HEADER];
        let gap = match slot::KIND.get(header) {
            slot::kind::EDGE => false,
            slot::kind::GAP => true,
            kind => return Err(kind),
        };
        Ok(Slot {
            ticks: wide(slot::TICKS),
            counted_before: wide(slot::COUNTED_BEFORE),
            line: slot::LINE.get(header) as u16,
            gap,
            level: slot::FLAGS.get(header) & flag::LEVEL != 0,
            generation: slot::GENERATION.get(words[slot::BINDING]) as u16,
            count: words[slot::COUNT],
            saturated: slot::FLAGS.get(header) & flag::SATURATED != 0,
        })
    }
}

impl LaneState {
    /// Of a lane whose packets come by these rings, which the board writes to.
    pub(super) fn by_rings(rings: LaneRings) -> LaneState {
        LaneState {
            doorbell: Doorbell::of_ring(rings.interrupts.slots(), rings.interrupts.next()),
            ring: Some(rings.interrupts),
            user: rings.users.map_or_else(UserQueue::default, UserQueue::by_ring),
            ..LaneState::default()
        }
    }

    /// Whether packets come by a ring.
    pub(crate) fn has_ring(&self) -> bool {
        self.ring.is_some()
    }

    /// How often the check of a slot of its rings did not fit.
    pub(super) fn failed_checks(&self) -> u64 {
        self.ring.as_ref().map_or(0, |ring| ring.failed_checks()) + self.user.failed_checks()
    }

    /// Takes the oldest interrupt packet, if there is one.
    pub(crate) fn pull(&mut self, board: &BoardInner, lane: u32) -> Result<Option<Slot>, Dead> {
        if self.known == 0 && self.levels(board, lane)? == 0 {
            if self.ring.is_some() && !self.user.has_packet() {
                board.registers.device.relax();
            }
            return Ok(None);
        }
        let words = match &mut self.ring {
            Some(ring) => ring.take().map_err(|fault| board.registers.bury(&fault))?,
            None => pop(&board.registers, lane, 0, slot::SEQUENCE)?,
        };
        let Some(words) = words else {
            self.known = 0;
            return Ok(None);
        };
        self.known = self.known.saturating_sub(1);
        self.doorbell.consume(&board.registers, lane, self.owner.as_ref())?;
        let slot = Slot::from_words(&words);
        let unknown = |kind| board.registers.die(format!("a packet of kind {kind}, which there is not"));
        slot.map(Some).map_err(unknown)
    }

    /// How many interrupt packets are queued; with a ring, those that are in it.
    pub(crate) fn levels(&mut self, board: &BoardInner, lane: u32) -> Result<u32, Dead> {
        self.known = match &mut self.ring {
            Some(ring) => ring.count().map_err(|fault| board.registers.bury(&fault))?,
            None => {
                let levels = board.registers.live_page(lane, port::LEVELS)?;
                self.user.learn(board, levels)?;
                let known = port::LEVELS::INTERRUPT.get(levels);
                let depth = board.info.interrupt_depth;
                if known > depth {
                    return Err(board.registers.die(format!("{known} packets in a queue of {depth}")));
                }
                known
            }
        };
        Ok(self.known)
    }

    /// How many edges of the line are in the ring, of the oldest `most`.
    pub(super) fn waiting(&self, line: u32, most: u64) -> u64 {
        let Some(ring) = &self.ring else { return 0 };
        let edges = ring.waiting().filter_map(|words| Slot::from_words(&words).ok());
        edges.filter(|slot| u32::from(slot.line) == line && !slot.gap).take(most as usize).count() as u64
    }

    /// Makes sure that the next packet beyond the announced ones fires. The caller has found the
    /// lane empty, or stands in a list of waiters and comes after it.
    pub(crate) fn arm(&mut self, registers: &Registers, lane: u32) -> Result<(), Dead> {
        match self.doorbell.is_armed() {
            true => Ok(()),
            false => self.doorbell.arm(registers, lane, self.owner.as_ref()),
        }
    }

    /// Whether the ring has packets that the armed doorbell fires for.
    pub(super) fn has_news(&mut self, board: &BoardInner, lane: u32) -> Result<bool, Dead> {
        let queued = self.levels(board, lane)?;
        Ok(self.doorbell.is_armed() && self.doorbell.unannounced(self.doorbell.position(queued)) != 0)
    }

    /// The doorbell fired: what has not been announced yet is, and wakes its readers.
    pub(crate) fn serve(&mut self, board: &BoardInner, lane: u32) -> Result<(), Dead> {
        self.doorbell.fired();
        if lane == 0 {
            return self.serve_shared(board);
        }
        // The port may have left since the fired doorbells were read.
        let Some(owner) = self.owner.clone() else { return self.silence(&board.registers, lane) };
        let queued = self.levels(board, lane)?;
        let completed = self.doorbell.position(queued);
        // Those too that were taken already: who took one may have been woken for another packet, which is still there.
        let new = self.doorbell.unannounced(completed);
        if new != 0 {
            board.progressed();
        }
        // Whoever was woken is likely to wait again, and finds the doorbell armed: one write for each time he does. A
        // port whose readers only look is not announced to nobody again and again.
        let arm = owner.upgrade().is_some_and(|port| port.wake(new as usize));
        self.doorbell.write(&board.registers, lane, completed, arm)
    }

    /// The same for lane 0: everything goes to where it belongs.
    fn serve_shared(&mut self, board: &BoardInner) -> Result<(), Dead> {
        for _ in 0..self.levels(board, 0)? {
            let Some(slot) = self.pull(board, 0)? else { break };
            board.route(&slot, None)?;
        }
        self.doorbell.arm(&board.registers, 0, None)
    }

    /// Nobody has the lane any more.
    pub(crate) fn silence(&mut self, registers: &Registers, lane: u32) -> Result<(), Dead> {
        self.owner = None;
        self.doorbell.silence(registers, lane)
    }
}

/// Pulls the oldest packet of a class through the port's page: `count` words of it, and zeros.
fn pop<const WORDS: usize>(
    registers: &Registers,
    lane: u32,
    class: u32,
    count: usize,
) -> Result<Option<[u32; WORDS]>, Dead> {
    registers.post_page(lane, port::LATCH, port::LATCH::CLASS.put(class))?;
    let status = registers.live_page(lane, port::HEAD_STATUS)?;
    if port::HEAD_STATUS::VALID.get(status) == 0 {
        return Ok(None);
    }
    let mut words = [0; WORDS];
    for (i, word) in words.iter_mut().enumerate().take(count) {
        *word = registers.read(registers.page(lane, port::HEAD + 4 * i as u32))?;
    }
    let tag = port::HEAD_STATUS::TAG.get(status);
    registers.post_page(lane, port::POP, port::POP::TAG.put(tag))?;
    Ok(Some(words))
}

/// The locked lanes of a line that moves.
pub(crate) struct Lanes<'a> {
    /// The one that it leaves.
    pub(crate) from: Guard<'a, LaneState>,
    /// The one that it comes to, unless that is the same.
    _to: Option<Guard<'a, LaneState>>,
}

impl BoardInner {
    /// Locks the lane that a line leaves and the one that it comes to, which may be the same.
    pub(crate) fn lock_lanes(&self, from: u32, to: u32) -> Lanes<'_> {
        match from.cmp(&to) {
            Ordering::Less => {
                let from = self.lane(from).lock();
                Lanes { from, _to: Some(self.lane(to).lock()) }
            }
            Ordering::Equal => Lanes { from: self.lane(from).lock(), _to: None },
            Ordering::Greater => {
                let to = self.lane(to).lock();
                Lanes { from: self.lane(from).lock(), _to: Some(to) }
            }
        }
    }
}

impl Lane {
    /// Brings one packet from the board to where it belongs. `reader`: the port of a reader who will
    /// take the packet if it is that port's. False when there was none.
    pub(crate) fn fetch(&self, reader: Option<&Arc<PortInner>>) -> Result<bool, Dead> {
        let mut state = self.board.lane(self.index).lock();
        let Some(slot) = state.pull(&self.board, self.index)? else { return Ok(false) };
        self.board.route(&slot, reader)?;
        Ok(true)
    }

    /// Whether packets are seen as soon as they are there, without asking the board, and time does not wait for that.
    pub(crate) fn is_worth_spinning(&self) -> bool {
        self.board.info.ring_slots > 0 && self.board.clock.base() == TimeBase::Monotonic
    }

    /// Whether one of its rings has a packet, or something that is none.
    pub(crate) fn has_packet(&self) -> bool {
        let state = self.board.lane(self.index).lock();
        state.ring.as_ref().is_some_and(|ring| ring.has_news()) || state.user.has_packet()
    }

    /// The vector whose interrupt tells of its packets.
    pub(crate) fn vector(&self) -> &Arc<Vector> {
        self.board.vector(self.index)
    }

    /// For a thread that stands in its port's list: see the module's documentation.
    pub(crate) fn arm(&self) -> Result<(), Dead> {
        self.arm_both()
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane({} of {})", self.index, self.board.info.name)
    }
}
