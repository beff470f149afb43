//! The state machine of an interrupt (ports.md section I, newest generation), and nothing else.
//!
//! Pure: no locks, no devices, no ports. Virtual interrupts and lines of boards run this same
//! machine; the caller holds its lock, tells whether the interrupt's packet is still unread in the
//! port, and carries out what comes back. A time stamp of 0 means "none pending" (I16).
//!
//! *Stream* delivery is Portolan's own: while bound, every trigger sends a packet and nothing waits
//! for an acknowledge. An unbound interrupt is the same in both deliveries.

use crate::Status;

/// The states of section I.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing has happened.
    Idle,
    /// A thread is in `wait`.
    Waiting,
    /// Triggered while unbound; nobody has seen it yet.
    Triggered,
    /// Its packet was queued, or `wait` has returned; not acknowledged.
    NeedAck,
    /// Destroyed.
    Destroyed,
}

/// A time stamp and what else is known of the edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp<D> {
    /// Ns; 0: none.
    pub(crate) timestamp: i64,
    /// The rest.
    pub(crate) detail: D,
}

/// What became of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate<D> {
    /// Queue this packet.
    Send(Stamp<D>),
    /// Kept as pending.
    Kept,
    /// Kept, and the waiting thread must be woken.
    Wake,
    /// Dropped by the rules.
    Lost,
}

/// What an acknowledge did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acked<D> {
    /// Queue this packet: it was pending.
    Send(Stamp<D>),
    /// The interrupt is idle now.
    Idle,
    /// Nothing to acknowledge.
    Nothing,
    /// The pending stamp could not be queued, because the last packet is unread, and is dropped
    /// (I20): the call fails with BAD_STATE.
    Dropped,
}

/// What `wait` is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait<D> {
    /// Return this.
    Ready(Stamp<D>),
    /// Sleep, then [`resume`](Machine::resume).
    Block,
}

/// One interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Machine<D> {
    state: State,
    pending: Stamp<D>,
    bound: bool,
    stream: bool,
}

impl<D: Copy + Default> Machine<D> {
    /// A fresh interrupt.
    pub(crate) fn new(stream: bool) -> Self {
        Machine { state: State::Idle, pending: Stamp::default(), bound: false, stream }
    }

    /// The state.
    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// Whether it is, or was when it was destroyed, bound to a port.
    pub(crate) fn is_bound(&self) -> bool {
        self.bound
    }

    /// Whether a stamp is pending.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.timestamp != 0
    }

    /// Whether it is bound and delivers every edge.
    pub(crate) fn is_streaming(&self) -> bool {
        self.stream && self.bound
    }

    fn take_pending(&mut self) -> Stamp<D> {
        std::mem::take(&mut self.pending)
    }

    /// The state after a packet was sent.
    fn sent(&mut self) {
        self.state = if self.is_streaming() { State::Idle } else { State::NeedAck };
    }

    /// An edge, or `trigger` (I13–I17). `queued`: the last packet is unread in the port.
    pub(crate) fn trigger(&mut self, stamp: Stamp<D>, queued: bool) -> Result<Fate<D>, Status> {
        let recorded = !self.is_pending();
        if recorded {
            self.pending = stamp;
        }
        let kept = if recorded { Fate::Kept } else { Fate::Lost };
        match self.state {
            State::Destroyed => Err(Status::CANCELED),
            State::NeedAck => Ok(kept),
            _ if self.bound => {
                self.pending = Stamp::default();
                self.sent();
                let full = queued && !self.stream;
                Ok(if full { Fate::Lost } else { Fate::Send(stamp) })
            }
            State::Waiting => {
                self.state = State::Triggered;
                Ok(Fate::Wake)
            }
            State::Idle | State::Triggered => {
                self.state = State::Triggered;
                Ok(kept)
            }
        }
    }

    /// `ack` (I18–I20). `queued` as above.
    pub(crate) fn ack(&mut self, queued: bool) -> Result<Acked<D>, Status> {
        match self.state {
            _ if !self.bound => Err(Status::BAD_STATE),
            State::Destroyed => Err(Status::CANCELED),
            State::NeedAck if self.is_pending() => {
                let stamp = self.take_pending();
                Ok(if queued { Acked::Dropped } else { Acked::Send(stamp) })
            }
            State::NeedAck => {
                self.state = State::Idle;
                Ok(Acked::Idle)
            }
            _ => Ok(Acked::Nothing),
        }
    }

    /// `wait` begins (I22, I23).
    pub(crate) fn wait(&mut self) -> Result<Wait<D>, Status> {
        match self.state {
            _ if self.bound => Err(Status::BAD_STATE),
            State::Destroyed => Err(Status::CANCELED),
            State::Waiting => Err(Status::BAD_STATE),
            State::Triggered => Ok(Wait::Ready(self.saw())),
            State::NeedAck if self.is_pending() => Ok(Wait::Ready(self.take_pending())),
            State::NeedAck | State::Idle => {
                self.state = State::Waiting;
                Ok(Wait::Block)
            }
        }
    }

    /// The waiting thread woke up. It looks anew, as in the kernel: since it was woken another may have taken the trigger,
    /// wait itself, or have bound the interrupt. `enlisted`: nobody woke it.
    pub(crate) fn resume(&mut self, enlisted: bool) -> Result<Wait<D>, Status> {
        if enlisted { Ok(Wait::Block) } else { self.wait() }
    }

    /// The sleeping thread is sent away: false when there is none.
    pub(crate) fn release(&mut self) -> bool {
        let waits = self.state == State::Waiting;
        if waits {
            self.state = State::Idle;
        }
        waits
    }

    /// What `wait` would return at once, if anything.
    pub(crate) fn take(&mut self) -> Result<Option<Stamp<D>>, Status> {
        match self.state {
            _ if self.bound => Err(Status::BAD_STATE),
            State::Destroyed => Err(Status::CANCELED),
            State::Triggered => Ok(Some(self.saw())),
            State::NeedAck if self.is_pending() => Ok(Some(self.take_pending())),
            State::Waiting | State::NeedAck | State::Idle => Ok(None),
        }
    }

    fn saw(&mut self) -> Stamp<D> {
        self.state = State::NeedAck;
        self.take_pending()
    }

    /// Whether `bind` would succeed (I7).
    pub(crate) fn can_bind(&self) -> Result<(), Status> {
        match self.state {
            State::Destroyed => Err(Status::CANCELED),
            State::Waiting => Err(Status::BAD_STATE),
            _ if self.bound => Err(Status::ALREADY_BOUND),
            _ => Ok(()),
        }
    }

    /// `bind` (I7, I8): the packet to queue, if there is one.
    pub(crate) fn bind(&mut self) -> Result<Option<Stamp<D>>, Status> {
        self.can_bind()?;
        self.bound = true;
        let sends = self.state == State::Triggered || (self.stream && self.is_pending());
        if sends {
            let stamp = self.take_pending();
            self.sent();
            return Ok(Some(stamp));
        }
        if self.stream {
            self.state = State::Idle;
        }
        Ok(None)
    }

    /// Whether `unbind` from the port that it is bound to would succeed (I9). That there is such a
    /// port is the caller's to check: it knows the port.
    pub(crate) fn can_unbind(&self) -> Result<(), Status> {
        match self.state {
            _ if !self.bound => Err(Status::NOT_FOUND),
            State::Destroyed => Err(Status::CANCELED),
            _ => Ok(()),
        }
    }

    /// `unbind` (I9–I11). `removed`: the unread packet that was taken out of the port. True when a
    /// pending stamp was overwritten by it, and so is lost.
    pub(crate) fn unbind(&mut self, removed: Option<Stamp<D>>) -> Result<bool, Status> {
        self.can_unbind()?;
        self.bound = false;
        let Some(stamp) = removed else { return Ok(false) };
        let lost = self.is_pending();
        self.state = State::Triggered;
        self.pending = stamp;
        Ok(lost)
    }

    /// `destroy` (I25–I28). `removed`: an unread packet was taken out of the port. NOT_FOUND also
    /// destroys.
    pub(crate) fn destroy(&mut self, removed: bool) -> Result<(), Status> {
        let unacknowledged = self.bound && self.state == State::NeedAck && !removed;
        self.state = State::Destroyed;
        self.pending = Stamp::default();
        if unacknowledged { Err(Status::NOT_FOUND) } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
