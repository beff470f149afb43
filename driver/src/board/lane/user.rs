//! User packets of a hardware port: what other bus masters have put into its post window.
//!
//! They come as interrupt packets do, by a ring of their own or pulled through the port's page, with a doorbell of their
//! own, and stay there until a reader of the port that has the lane wants one. What comes while no port has the lane,
//! or a closed one, is discarded and counted, when the driver looks next: when the lane changes hands, when somebody
//! asks for the board's statistics, and whenever a leader looks whether the board lives.
//!
//! A slot of a ring was checked by [`Ring`](super::super::ring::Ring). What stands in it is the sender's, but for its
//! type: that is USER, as in a packet that a program queues (D2).

use std::sync::{Arc, Weak};

use portolan_regs::{control, packet, port};

use super::doorbell::Doorbell;
use super::{Lane, LaneState, pop};
use crate::Packet;
use crate::board::registers::Dead;
use crate::board::rings::UserRing;
use crate::board::{BoardInner, FRUITLESS};
use crate::port::{PortInner, Taken, Turn};

/// Words of a packet.
pub(crate) const WORDS: usize = packet::SIZE / size_of::<u32>();

/// How often a cancel looks whether the board has written what it took out of its queue.
const SETTLING_READS: u32 = 16;

/// What the driver knows of the user packets of a hardware port, under the lane's lock.
#[derive(Debug, Default)]
pub(super) struct UserQueue {
    doorbell: Doorbell<{ port::DOORBELL_USER }>,
    /// Without a ring: so many are queued.
    known: u32,
    ring: Option<UserRing>,
    /// Packets that no port could have.
    discarded: u64,
    /// Packets of a type that user space may not make.
    forged: u64,
}

impl UserQueue {
    /// Of packets that come by this ring.
    pub(super) fn by_ring(ring: UserRing) -> UserQueue {
        let doorbell = Doorbell::of_ring(ring.slots(), ring.next());
        UserQueue { doorbell, ring: Some(ring), ..UserQueue::default() }
    }

    pub(super) fn failed_checks(&self) -> u64 {
        self.ring.as_ref().map_or(0, |ring| ring.failed_checks())
    }

    /// The port's LEVELS were read, where packets are pulled.
    pub(super) fn learn(&mut self, board: &BoardInner, levels: u32) -> Result<(), Dead> {
        let (known, depth) = (port::LEVELS::USER.get(levels), board.info.user_depth);
        if known > depth {
            return Err(board.registers.die(format!("{known} user packets in a queue of {depth}")));
        }
        self.known = known;
        Ok(())
    }

    /// Whether its ring has a packet, or something that is none.
    pub(super) fn has_packet(&self) -> bool {
        self.ring.as_ref().is_some_and(|ring| ring.has_news())
    }

    /// How many packets wait; without a ring, as the port's LEVELS said last.
    fn waiting(&mut self, board: &BoardInner) -> Result<u32, Dead> {
        match &mut self.ring {
            Some(ring) => ring.count().map_err(|fault| board.registers.bury(&fault)),
            None => Ok(self.known),
        }
    }

    /// Takes the oldest, if there is one.
    fn take(
        &mut self,
        board: &BoardInner,
        lane: u32,
        owner: Option<&Weak<PortInner>>,
    ) -> Result<Option<Packet>, Dead> {
        let words = match &mut self.ring {
            Some(ring) => ring.take().map_err(|fault| board.registers.bury(&fault))?.map(cut),
            None if self.known == 0 => None,
            None => pop::<WORDS>(&board.registers, lane, 1, WORDS)?,
        };
        let Some(words) = words else {
            self.known = 0;
            return Ok(None);
        };
        self.known = self.known.saturating_sub(1);
        self.doorbell.consume(&board.registers, lane, owner)?;
        board.progressed();
        let packet = Packet::from_words(&words);
        self.forged += u64::from(packet.kind() != packet::kind::USER);
        Ok(Some(packet.as_user()))
    }

    /// Takes out all that is there, and counts it. Nobody waits for more.
    fn discard(&mut self, board: &BoardInner, lane: u32) -> Result<(), Dead> {
        for _ in 0..self.waiting(board)? {
            if self.take(board, lane, None)?.is_some() {
                self.discarded += 1;
            }
        }
        match self.doorbell.is_armed() || !self.doorbell.is_told() {
            true => self.doorbell.silence(&board.registers, lane),
            false => Ok(()),
        }
    }
}

/// The packet of a slot.
fn cut<const SLOT: usize>(slot: [u32; SLOT]) -> [u32; WORDS] {
    std::array::from_fn(|word| slot[word])
}

impl LaneState {
    /// User packets that were discarded, and those that came with a type of their own.
    pub(in crate::board) fn posts(&self) -> (u64, u64) {
        (self.user.discarded, self.user.forged)
    }

    /// The lane comes to nobody, or goes to its next port: what was posted before is for no one.
    pub(in crate::board) fn clear_posts(&mut self, board: &BoardInner, lane: u32) -> Result<(), Dead> {
        if !board.info.post {
            return Ok(());
        }
        if self.user.ring.is_none() {
            self.levels(board, lane)?;
        }
        self.user.discard(board, lane)
    }

    /// Discards what was posted to a lane that no open port has.
    pub(crate) fn sweep(&mut self, board: &BoardInner, lane: u32) -> Result<(), Dead> {
        if self.open_owner().is_some() { Ok(()) } else { self.clear_posts(board, lane) }
    }

    /// A port has dropped so many that it held.
    pub(crate) fn count_discarded(&mut self, packets: u64) {
        self.user.discarded += packets;
    }

    fn open_owner(&self) -> Option<Arc<PortInner>> {
        self.owner.as_ref()?.upgrade().filter(|port| !port.is_closed())
    }

    /// As [`arm`](Self::arm), for user packets.
    fn arm_posts(&mut self, board: &BoardInner, lane: u32) -> Result<(), Dead> {
        if lane == 0 || !board.info.post || self.user.doorbell.is_armed() || self.open_owner().is_none() {
            return Ok(());
        }
        self.user.doorbell.arm(&board.registers, lane, self.owner.as_ref())
    }

    /// Serves the doorbell of user packets if its ring has such that it fires for: whether it has.
    pub(in crate::board) fn serve_new_posts(&mut self, board: &BoardInner, lane: u32) -> Result<bool, Dead> {
        let queued = self.user.waiting(board)?;
        let doorbell = &self.user.doorbell;
        let news = doorbell.is_armed() && doorbell.unannounced(doorbell.position(queued)) != 0;
        if news {
            self.serve_posts(board, lane)?;
        }
        Ok(news)
    }

    /// One of the port's doorbells fired: if it can have been that of user packets, what has not been announced yet is.
    /// The caller has asked for the port's levels, where packets are pulled.
    pub(in crate::board) fn serve_posts(&mut self, board: &BoardInner, lane: u32) -> Result<(), Dead> {
        if !self.user.doorbell.is_armed() {
            return Ok(());
        }
        let Some(owner) = self.open_owner() else { return self.clear_posts(board, lane) };
        let queued = self.user.waiting(board)?;
        let completed = self.user.doorbell.position(queued);
        // As for interrupt packets: those too that were taken already.
        let new = self.user.doorbell.unannounced(completed);
        if new != 0 {
            board.progressed();
        } else if self.user.ring.is_none() {
            // The board counts what was popped as the driver does: it was the other one.
            return Ok(());
        }
        let arm = owner.wake(new as usize);
        self.user.doorbell.write(&board.registers, lane, completed, arm)
    }

    /// Moves user packets that wait into the port's own hands, as many as it may hold.
    fn hold_posts(&mut self, board: &BoardInner, lane: u32, port: &PortInner) -> Result<(), Dead> {
        let (mut moved, mut barren, mut settling) = (0, 0, SETTLING_READS);
        loop {
            let (ready, coming) = self.posts_ahead(board, lane)?;
            for _ in 0..ready {
                if !port.can_hold() {
                    return Ok(());
                }
                match self.user.take(board, lane, None)? {
                    Some(packet) => port.hold(packet),
                    None => break,
                }
            }
            moved += ready;
            if !self.user.doorbell.is_told() {
                self.user.doorbell.tell(&board.registers, lane)?;
            }
            if self.user.ring.is_none() || moved > board.most_posted() {
                return Ok(());
            }
            barren = if ready == 0 { barren + 1 } else { 0 };
            if coming && barren > FRUITLESS {
                return Err(board.registers.die("a user packet is queued and never comes".to_owned()));
            }
            if !coming {
                // What has left the queue is on its way to the ring.
                let idle = control::STATUS::IDLE.get(board.registers.live(control::STATUS)?) == 1;
                if ready == 0 && (idle || settling == 0) {
                    return Ok(());
                }
                settling = settling.saturating_sub(1);
            }
        }
    }

    /// How many user packets can be taken now, and whether others wait for room in the ring.
    fn posts_ahead(&mut self, board: &BoardInner, lane: u32) -> Result<(u32, bool), Dead> {
        if self.user.ring.is_none() {
            self.levels(board, lane)?;
            return Ok((self.user.known, false));
        }
        // First: a read is answered after all that was written before it (PCIe Base Specification, 2.4.1).
        let levels = board.registers.live_page(lane, port::LEVELS)?;
        Ok((self.user.waiting(board)?, port::LEVELS::USER.get(levels) > 0))
    }
}

impl Lane {
    /// The next packet of a port that has found no interrupt, if it is a user packet's turn, or of the software queue
    /// if that is before. `tired`: interrupt packets that came meanwhile do not matter any more.
    pub(crate) fn take_post(&self, port: &PortInner, tired: bool) -> Result<Taken, Dead> {
        if self.index == 0 {
            return Ok(Taken::Nothing);
        }
        let mut state = self.board.lane(self.index).lock();
        let waiting = state.user.waiting(&self.board)?;
        if waiting == 0 {
            return Ok(Taken::Nothing);
        }
        // Looked at after the user packet was seen: whatever was written before it goes first.
        if !tired && state.ring.as_ref().is_some_and(|ring| ring.has_news()) {
            return Ok(Taken::Overtaken);
        }
        match port.locked(|queue| queue.turn(waiting)) {
            Turn::Post => {
                let LaneState { user, owner, .. } = &mut *state;
                let packet = user.take(&self.board, self.index, owner.as_ref())?;
                Ok(packet.map_or(Taken::Nothing, Taken::Packet))
            }
            Turn::Packet(packet) => Ok(Taken::Packet(packet)),
            Turn::Interrupt => Ok(Taken::Overtaken),
            Turn::Closed => {
                state.clear_posts(&self.board, self.index)?;
                Ok(Taken::Nothing)
            }
        }
    }

    /// Takes user packets off the board and out of its ring into the port's own hands.
    pub(crate) fn hold_posts(&self, port: &PortInner) -> Result<(), Dead> {
        if self.index == 0 || !self.board.info.post {
            return Ok(());
        }
        self.board.lane(self.index).lock().hold_posts(&self.board, self.index, port)
    }

    /// The port was closed, which held so many: discards what is there.
    pub(crate) fn discard_posts(&self, held: u64) -> Result<(), Dead> {
        let mut state = self.board.lane(self.index).lock();
        state.count_discarded(held);
        if self.index == 0 { Ok(()) } else { state.sweep(&self.board, self.index) }
    }

    /// For a thread that stands in its port's list: see [`LaneState::arm`].
    pub(super) fn arm_both(&self) -> Result<(), Dead> {
        let mut state = self.board.lane(self.index).lock();
        state.arm(&self.board.registers, self.index)?;
        state.arm_posts(&self.board, self.index)
    }
}
