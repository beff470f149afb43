//! What an interrupt and its ports do, written down a second time: straight from ports.md I14–I28, with
//! none of the driver's code. It also knows whether a wait would block.

use portolan::Status;

/// One operation on an interrupt, or on one of the ports that it can be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// An edge, or a trigger.
    Edge,
    /// Acknowledge.
    Ack,
    /// Take the next packet of a port, if there is one.
    Read(usize),
    /// Wait on the interrupt; it does not block.
    Wait,
    /// Wait on the interrupt in another thread, which blocks; then an edge.
    WaitForEdge,
    /// Bind to a port under a key.
    Bind(usize, u64),
    /// Unbind from a port.
    Unbind(usize),
    /// Destroy it and make a new one.
    Renew,
}

/// What came of it. Edges are numbered from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Success.
    Done,
    /// That error.
    Failed(Status),
    /// No packet.
    Nothing,
    /// A packet: key, edge.
    Packet(u64, u64),
    /// A wait returned that edge's stamp.
    Waited(u64),
}

impl From<Result<(), Status>> for Outcome {
    fn from(result: Result<(), Status>) -> Self {
        match result {
            Ok(()) => Outcome::Done,
            Err(status) => Outcome::Failed(status),
        }
    }
}

/// Applies operations one by one.
pub trait Subject {
    /// Applies one; `edge` is the number of the edge, if it brings one.
    fn apply(&mut self, op: Op, edge: u64) -> Outcome;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Triggered,
    NeedAck,
}

/// The model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    state: State,
    /// The pending stamp; 0 none.
    stamp: u64,
    bound: Option<(usize, u64)>,
    /// The one packet, while it is unread: port, key, edge.
    packet: Option<(usize, u64, u64)>,
}

impl Model {
    /// A fresh interrupt.
    pub fn new() -> Model {
        Model { state: State::Idle, stamp: 0, bound: None, packet: None }
    }

    /// Whether a wait would sleep now.
    pub fn would_block(&self) -> bool {
        self.bound.is_none() && self.stamp == 0
    }

    /// Whether a packet is unread.
    pub fn is_unread(&self) -> bool {
        self.packet.is_some()
    }

    /// Whether a level would be masked: from its delivery until the acknowledge (I3).
    pub fn is_masked(&self) -> bool {
        self.state != State::Idle
    }

    /// SendPacketLocked and QueueInterruptPacket.
    fn send(&mut self, stamp: u64) -> bool {
        self.stamp = 0;
        let Some((port, key)) = self.bound else { return false };
        let free = self.packet.is_none();
        if free {
            self.packet = Some((port, key, stamp));
        }
        free
    }

    fn edge(&mut self, edge: u64) {
        if self.stamp == 0 {
            self.stamp = edge;
        }
        match (self.state, self.bound.is_some()) {
            (State::NeedAck, _) => {}
            (_, true) => {
                self.send(edge);
                self.state = State::NeedAck;
            }
            (_, false) => self.state = State::Triggered,
        }
    }

    fn ack(&mut self) -> Result<(), Status> {
        if self.bound.is_none() {
            return Err(Status::BAD_STATE);
        }
        if self.state == State::NeedAck {
            if self.stamp == 0 {
                self.state = State::Idle;
            } else if !self.send(self.stamp) {
                return Err(Status::BAD_STATE);
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Outcome {
        if self.bound.is_some() {
            return Outcome::Failed(Status::BAD_STATE);
        }
        self.state = State::NeedAck;
        Outcome::Waited(std::mem::take(&mut self.stamp))
    }

    fn bind(&mut self, port: usize, key: u64) -> Result<(), Status> {
        if self.bound.is_some() {
            return Err(Status::ALREADY_BOUND);
        }
        self.bound = Some((port, key));
        if self.state == State::Triggered {
            self.send(self.stamp);
            self.state = State::NeedAck;
        }
        Ok(())
    }

    fn unbind(&mut self, port: usize) -> Result<(), Status> {
        if self.bound.is_none_or(|(bound, _)| bound != port) {
            return Err(Status::NOT_FOUND);
        }
        if let Some((_, _, edge)) = self.packet.take() {
            self.state = State::Triggered;
            self.stamp = edge;
        }
        self.bound = None;
        Ok(())
    }

    fn renew(&mut self) -> Result<(), Status> {
        let read = self.bound.is_some() && self.state == State::NeedAck && self.packet.is_none();
        *self = Model::new();
        if read { Err(Status::NOT_FOUND) } else { Ok(()) }
    }
}

impl Subject for Model {
    fn apply(&mut self, op: Op, edge: u64) -> Outcome {
        match op {
            Op::Edge => {
                self.edge(edge);
                Outcome::Done
            }
            Op::Ack => self.ack().into(),
            Op::Read(port) => match self.packet {
                Some((at, key, edge)) if at == port => {
                    self.packet = None;
                    Outcome::Packet(key, edge)
                }
                _ => Outcome::Nothing,
            },
            Op::Wait => self.wait(),
            Op::WaitForEdge => {
                self.edge(edge);
                self.wait()
            }
            Op::Bind(port, key) => self.bind(port, key).into(),
            Op::Unbind(port) => self.unbind(port).into(),
            Op::Renew => self.renew().into(),
        }
    }
}
