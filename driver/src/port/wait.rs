//! Taking packets out of a port, and sleeping until there is one.

use std::sync::Arc;
use std::time::Duration;

use super::queue::Popped;
use super::{PortInner, Source, Taken, rouse};
use crate::board::{BoardInner, Lane, Until, Vector};
use crate::device::TimeBase;
use crate::event::Event;
use crate::object::{ThreadState, blocked};
use crate::sync::{Place, Token, Waiter};
use crate::{Deadline, Packet, Status, sys};

/// The clock by which a wait measures its deadline.
#[derive(Clone)]
pub(crate) enum Clock {
    /// CLOCK_MONOTONIC.
    Monotonic,
    /// A simulated board's.
    Simulated(Arc<BoardInner>),
}

impl Clock {
    pub(crate) fn now(&self) -> i64 {
        match self {
            Clock::Monotonic => sys::monotonic(),
            Clock::Simulated(board) => board.registers.device.now(),
        }
    }

    fn board(&self) -> Option<&Arc<BoardInner>> {
        match self {
            Clock::Monotonic => None,
            Clock::Simulated(board) => Some(board),
        }
    }

    fn has_passed(&self, deadline: Deadline) -> bool {
        match deadline {
            Deadline::INFINITE => false,
            Deadline::PAST => true,
            deadline => self.now() >= deadline.into_nanos(),
        }
    }
}

/// How long it is until a deadline on CLOCK_MONOTONIC.
fn left_until(deadline: Deadline) -> Duration {
    match deadline {
        Deadline::INFINITE => Duration::MAX,
        deadline => {
            let left = deadline.into_nanos().saturating_sub(sys::monotonic());
            Duration::from_nanos(left.max(0).cast_unsigned())
        }
    }
}

/// When a wait ends without a packet.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    /// By the clock that the wait begins with.
    Own(Deadline),
    /// On CLOCK_MONOTONIC. On simulated time the wait lasts as long as it is from now to then.
    Monotonic(Deadline),
}

impl Limit {
    /// As a deadline on the clock of a wait that begins now.
    fn on(self, clock: &Clock) -> Deadline {
        match (self, clock) {
            (Limit::Own(deadline), _)
            | (Limit::Monotonic(deadline @ (Deadline::INFINITE | Deadline::PAST)), _)
            | (Limit::Monotonic(deadline), Clock::Monotonic) => deadline,
            (Limit::Monotonic(deadline), Clock::Simulated(_)) => {
                let left = deadline.into_nanos().saturating_sub(sys::monotonic());
                Deadline::from_nanos(clock.now().saturating_add(left))
            }
        }
    }
}

/// What a look at a port's own lists gave.
enum Look {
    /// This, or nothing at all.
    Found(Option<Event>),
    /// The next interrupt's line must be settled first.
    Settle(Arc<Source>),
    /// No interrupts here; these hardware queues have to be asked.
    Fetch(Option<Arc<[Arc<Lane>]>>),
}

/// How often a waiter spins for a packet that another takes before him, until he stands in line.
const RACES: usize = 8;

impl PortInner {
    /// The clock for a wait that begins now.
    pub(crate) fn clock(&self) -> Clock {
        if !self.contents.wants_attention() {
            return Clock::Monotonic;
        }
        let lanes = self.locked(|queue| queue.lanes());
        let mut lanes = lanes.iter().flat_map(|lanes| lanes.iter());
        match lanes.next() {
            Some(first)
                if first.board.clock.base() == TimeBase::Simulated
                    && lanes.all(|lane| Arc::ptr_eq(&lane.board, &first.board)) =>
            {
                Clock::Simulated(first.board.clone())
            }
            _ => Clock::Monotonic,
        }
    }

    /// [`Port::wait`](super::Port::wait) when no packet was ready.
    #[cold]
    pub(crate) fn wait_packet(self: &Arc<Self>, limit: Limit) -> Result<Packet, Status> {
        for _ in 0..RACES {
            let place = {
                let mut queue = self.contents.lock();
                if let Some(packet) = queue.pop_ready() {
                    return Ok(packet);
                }
                if queue.attention() {
                    break;
                }
                queue.place()
            };
            if !self.spin(&place, limit) {
                break;
            }
        }
        self.wait_asleep(limit, |port| port.next_packet())
    }

    /// Waits until `take` has something, or the deadline has passed.
    pub(crate) fn wait<T>(
        self: &Arc<Self>,
        limit: Limit,
        mut take: impl FnMut(&Arc<Self>) -> Result<Option<T>, Status>,
    ) -> Result<T, Status> {
        for _ in 0..RACES {
            let place = {
                let queue = self.contents.lock();
                (!queue.attention()).then(|| queue.place())
            };
            let Some(place) = place else { break };
            if !place.is_ready() && !self.spin(&place, limit) {
                break;
            }
            if let Some(found) = take(self)? {
                return Ok(found);
            }
        }
        self.wait_asleep(limit, take)
    }

    /// The same, without spinning.
    fn wait_asleep<T>(
        self: &Arc<Self>,
        limit: Limit,
        mut take: impl FnMut(&Arc<Self>) -> Result<Option<T>, Status>,
    ) -> Result<T, Status> {
        let deaths = self.locked(|queue| queue.deaths());
        if let Some(found) = take(self)? {
            return Ok(found);
        }
        if let Limit::Own(Deadline::PAST) | Limit::Monotonic(Deadline::PAST) = limit {
            return Err(Status::TIMED_OUT);
        }
        let clock = self.clock();
        let deadline = limit.on(&clock);
        Waiter::with(|waiter| {
            loop {
                if clock.has_passed(deadline) {
                    // What came before it did counts (E4).
                    return take(self)?.ok_or(Status::TIMED_OUT);
                }
                if self.spin_on_rings(deadline)
                    && let Some(found) = take(self)?
                {
                    return Ok(found);
                }
                let tokens = self.sleep(waiter, deadline, &clock, deaths)?;
                let dead = tokens.has(Token::DEAD);
                // Released by a packet before the board died: nobody else was woken for that.
                if (!dead || tokens.has(Token::POSTED))
                    && let Some(found) = take(self)?
                {
                    return Ok(found);
                }
                if dead {
                    self.locked(|queue| queue.tell());
                    return Err(Status::IO);
                }
            }
        })
    }

    /// Spins, for as long as it has paid lately: true when something may have come. Not with lines of a
    /// board: those need a thread that sleeps in the device, and a simulated one's time moves only then.
    fn spin(&self, place: &Place<'_, Packet>, limit: Limit) -> bool {
        let left = match limit.on(&Clock::Monotonic) {
            Deadline::PAST => return false,
            deadline => left_until(deadline),
        };
        let Some(spin) = self.patience.spin(left, place.position()) else { return false };
        let spent = self.contents.spin(place, spin);
        self.patience.found(spin, spent, place.position());
        spent.is_some()
    }

    /// The same on the rings of boards, without a register access: true when something may have come. Not while a
    /// board's packets are pulled, nor on a simulated one, which is not faster for being looked at.
    fn spin_on_rings(&self, deadline: Deadline) -> bool {
        let (lanes, place) = {
            let queue = self.contents.lock();
            (queue.lanes(), queue.place())
        };
        let lanes = lanes.as_deref().unwrap_or_default();
        if lanes.is_empty() || !lanes.iter().all(|lane| lane.is_worth_spinning()) {
            return false;
        }
        let Some(spin) = self.patience.spin(left_until(deadline), place.position()) else { return false };
        (0..spin.pauses).any(|_| {
            let found = place.is_ready() || lanes.iter().any(|lane| lane.has_packet());
            if !found {
                lanes[0].board.registers.device.relax();
            }
            found
        })
    }

    /// The caller may have been woken for a packet that it does not take, or brought it from a board
    /// for itself: wakes the next in line, who looks for himself. It may still be on the board.
    pub(super) fn pass_on(&self) {
        rouse(self.locked(|queue| queue.post()));
    }

    /// Sleeps once; why it woke. Not at all when a board has died since there were so many `deaths`, or while nobody
    /// waited: who would sleep for what it sends must learn of it. NO_RESOURCES when it could not.
    fn sleep(
        self: &Arc<Self>,
        waiter: &Arc<Waiter>,
        deadline: Deadline,
        clock: &Clock,
        deaths: u64,
    ) -> Result<Token, Status> {
        let (lanes, dead) = self.locked(|queue| {
            let lanes = queue.enlist(waiter).then(|| queue.lanes());
            let dead = lanes.is_some() && queue.is_bereaved(deaths);
            if dead {
                queue.delist(waiter);
            }
            (lanes, dead)
        });
        if dead {
            return Ok(Token::DEAD);
        }
        let Some(lanes) = lanes else { return Ok(Token::NONE) };
        let lanes = lanes.as_deref().unwrap_or_default();
        // In the list from here on: a packet that comes now finds this waiter there.
        let _blocked = blocked(ThreadState::BlockedPort);
        if lanes.is_empty() && clock.board().is_none() {
            let begun = sys::monotonic();
            waiter.sleep(deadline.into_nanos());
            let found = self.locked(|queue| {
                queue.delist(waiter);
                queue.tail() - queue.head()
            });
            self.patience.learn(sys::monotonic() - begun, found);
            return Ok(waiter.take());
        }
        let mut slept = Ok(());
        let begun = sys::monotonic();
        if lanes.iter().try_for_each(|lane| lane.arm()).is_ok() {
            slept = self.stay(lanes, waiter, deadline.into_nanos(), clock);
        }
        self.locked(|queue| queue.delist(waiter));
        self.patience.learn(sys::monotonic() - begun, 1);
        let tokens = waiter.take().and(PortInner::bereaved(lanes));
        let timeless = deadline != Deadline::INFINITE && clock.board().is_some_and(|board| board.is_dead());
        let tokens = if timeless { tokens.and(Token::DEAD) } else { tokens };
        // Whose turn came nevertheless looks for his packet.
        if tokens.has(Token::POSTED.and(Token::DEAD)) { Ok(tokens) } else { slept.map(|()| tokens) }
    }

    /// DEAD if a board of these has died. Whoever led may have found that out; no locks are held.
    pub(super) fn bereaved(lanes: &[Arc<Lane>]) -> Token {
        lanes.iter().for_each(|lane| lane.board.attend_death());
        if lanes.iter().any(|lane| lane.board.is_dead()) { Token::DEAD } else { Token::NONE }
    }

    fn stay(
        &self,
        lanes: &[Arc<Lane>],
        waiter: &Arc<Waiter>,
        deadline: i64,
        clock: &Clock,
    ) -> Result<(), Status> {
        // Who has no deadline needs no clock.
        let simulated = clock.board().filter(|_| deadline != i64::MAX);
        let monotonic = if simulated.is_some() { i64::MAX } else { deadline };
        match (lanes, simulated) {
            ([], Some(board)) => board.vector(0).stay(waiter, Until { deadline, simulated: true }),
            ([lane], None) => lane.vector().stay(waiter, Until { deadline, simulated: false }),
            ([lane], Some(board)) if Arc::ptr_eq(&lane.board, board) => {
                lane.vector().stay(waiter, Until { deadline, simulated: true });
            }
            _ => {
                let own = simulated.filter(|board| !lanes.iter().any(|lane| Arc::ptr_eq(&lane.board, board)));
                let deadline_on = |board: &Arc<BoardInner>| match simulated {
                    Some(own) if Arc::ptr_eq(own, board) => deadline,
                    _ => i64::MAX,
                };
                let vectors = lanes.iter().map(|lane| (lane.vector(), deadline_on(&lane.board)));
                let vectors = vectors.chain(own.map(|board| (board.vector(0), deadline)));
                return Vector::stay_among(vectors, waiter, monotonic);
            }
        }
        Ok(())
    }

    /// The next packet; gaps are passed over.
    pub(super) fn next_packet(self: &Arc<Self>) -> Result<Option<Packet>, Status> {
        loop {
            match self.next_event()? {
                Some(event) => {
                    if let Some(packet) = event.packet() {
                        return Ok(Some(*packet));
                    }
                }
                None => return Ok(None),
            }
        }
    }

    /// The next thing that is there: interrupts that were accepted before, then those on the boards,
    /// then packets of programs, signals and other bus masters in the order of their acceptance.
    pub(super) fn next_event(self: &Arc<Self>) -> Result<Option<Event>, Status> {
        self.find().inspect_err(|_| {
            self.locked(|queue| queue.tell());
            self.pass_on();
        })
    }

    fn find(self: &Arc<Self>) -> Result<Option<Event>, Status> {
        // Packets of other ports on a shared lane are brought to them, but as many as fit there may still
        // come, so a port that is flooded holds up the others for one queue at most.
        let mut fetches = 0;
        loop {
            let first = self.locked(|queue| match queue.pop_interrupt() {
                Popped::Empty if queue.lanes().is_none() => {
                    Look::Found(queue.pop_regular().map(Event::Packet))
                }
                Popped::Empty => Look::Fetch(queue.lanes()),
                Popped::Event(event) => Look::Found(Some(event)),
                Popped::Settle(source) => Look::Settle(source),
            });
            match first {
                Look::Found(found) => return Ok(found),
                Look::Settle(source) => {
                    self.settle(&source)?;
                    continue;
                }
                Look::Fetch(lanes) => {
                    let lanes = lanes.as_deref().unwrap_or_default();
                    let most = lanes.iter().map(|lane| lane.board.most_queued()).max().unwrap_or(0);
                    let tired = fetches >= most;
                    if !tired && self.fetch(lanes)? {
                        fetches += 1;
                        continue;
                    }
                    match self.take_post(lanes, tired)? {
                        Taken::Packet(packet) => return Ok(Some(Event::Packet(packet))),
                        Taken::Overtaken => continue,
                        Taken::Nothing => {}
                    }
                }
            }
            let found = self.locked(|queue| match queue.pop_interrupt() {
                Popped::Event(event) => Some(Some(event)),
                Popped::Settle(_) => None,
                Popped::Empty => Some(queue.pop_regular().map(Event::Packet)),
            });
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// Brings one packet from each board to where it belongs. False when there was none.
    fn fetch(self: &Arc<Self>, lanes: &[Arc<Lane>]) -> Result<bool, Status> {
        let mut fetched = false;
        for lane in lanes {
            // The caller takes one packet; each further one must wake a reader of its own.
            let reader = (!fetched).then_some(self);
            fetched |= lane.board.outcome(lane.fetch(reader))?;
        }
        Ok(fetched)
    }

    /// Settles the line whose packet is next.
    fn settle(&self, source: &Source) -> Result<(), Status> {
        match source.line() {
            Some(line) => line.settled(),
            // Being destroyed, which takes the packet out.
            None => {
                source.settled();
                Ok(())
            }
        }
    }
}
