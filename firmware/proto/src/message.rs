//! What is said in a session: requests of the host, events of the board.
//!
//! A port is named by its number in hardware, a line by its own. Keys and nanoseconds stay in the host, whose state machine is
//! the authority, so interrupts go by line and generation and stamps by ticks, as in the slots of a ring.

use serde::{Deserialize, Serialize};

/// One request. Requests are carried out in the order in which they were sent, and answered in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The answer has the same. Of 0 there is none; that it failed is counted ([`Counts::failed`]).
    pub tag: u8,
    /// What is to be done.
    pub operation: Operation,
}

/// What a board does for a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Begins the port's stream anew: nothing of it is sent until there are credits. Answer: [`Answer::Created`].
    Create {
        /// The port.
        port: u8,
    },
    /// Queues a user packet on the port, by its post window. SHOULD_WAIT when its queue is full.
    Queue {
        /// The port.
        port: u8,
        /// The packet.
        packet: UserPacket,
    },
    /// The host waits for so many more packets of the class: credits of the stream. They add up, to 65,535 at most.
    Wait {
        /// The port.
        port: u8,
        /// The class.
        class: Class,
        /// How many.
        credits: u16,
    },
    /// Takes all credits of the class back. After the answer, [`Answer::Cancelled`], no packet of it comes.
    Cancel {
        /// The port.
        port: u8,
        /// The class.
        class: Class,
    },
    /// Binds the line to the port, or moves it there, under a new generation.
    Bind {
        /// The line.
        line: u16,
        /// The port.
        port: u8,
        /// The binding's number.
        generation: u16,
    },
    /// Unbinds the line. Of another generation than the line's it is ignored, and counted by the board.
    Unbind {
        /// The line.
        line: u16,
        /// Of which binding.
        generation: u16,
    },
    /// Acknowledges the line's last packet. Of another generation than the line's it is ignored, and counted by the board.
    Ack {
        /// The line.
        line: u16,
        /// Of which binding.
        generation: u16,
    },
    /// Sets how the line listens; its filter stays.
    Mode {
        /// The line.
        line: u16,
        /// One of [`portolan_regs::mode`].
        mode: u8,
        /// Whether every edge is a packet; else one until it is acknowledged.
        stream: bool,
        /// Whether edges count.
        unmask: bool,
    },
    /// Sets the line's glitch filter; its mode stays. Only while the line is not bound, else BAD_STATE.
    Filter {
        /// The line.
        line: u16,
        /// Shortest pulse that is not rejected, less one, in ticks of the block's clock.
        ticks: u8,
    },
    /// The line's counters, all of one moment. Answer: [`Answer::Stats`].
    Stats {
        /// The line.
        line: u16,
    },
    /// Reads a register of the block. Answer: [`Answer::Word`].
    Read {
        /// Its offset in bytes.
        offset: u32,
    },
    /// Writes a register of the block.
    Write {
        /// Its offset in bytes.
        offset: u32,
        /// The word.
        value: u32,
    },
    /// What the firmware has counted. Answer: [`Answer::Counts`].
    Counts,
    /// The firmware fails, so that a test sees what becomes of it. No answer.
    Fail(Failure),
}

/// How a firmware can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// It panics, reports it and starts again.
    Panic,
    /// It hangs, until the watchdog starts it again.
    Hang,
}

/// A port's class of packets, which has a queue and a stream of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// Interrupts.
    Interrupt,
    /// What programs and bus masters have queued.
    User,
}

/// A user packet (ports.md, A14); its type is USER by what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPacket {
    /// The key.
    #[serde(with = "postcard::fixint::le")]
    pub key: u64,
    /// The status.
    pub status: i32,
    /// The payload.
    pub payload: [u8; portolan_regs::packet::PAYLOAD_SIZE],
}

/// An interrupt packet, as an interrupt slot of a ring ([`portolan_regs::slot`]) without check and sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterruptPacket {
    /// The edge's stamp in ticks of the block's clock; of a gap, the first one's.
    pub ticks: u64,
    /// Edges of this line coalesced or lost before this one; of a gap, the last one's stamp.
    pub counted_before: u64,
    /// The line.
    pub line: u16,
    /// One of [`portolan_regs::slot::kind`].
    pub kind: u8,
    /// Of [`portolan_regs::slot::flag`].
    pub flags: u8,
    /// The binding's number.
    pub generation: u16,
    /// Edges coalesced into this one; of a gap, how many were lost.
    pub count: u32,
}

/// What a board tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
// The largest is one that is sent all the time, and an array of these is nowhere.
#[allow(clippy::large_enum_variant)]
pub enum Event {
    /// Answers the request with this tag.
    Answer {
        /// The request's.
        tag: u8,
        /// How it went.
        result: Result<Answer, Refusal>,
    },
    /// An interrupt packet of a port that waits for it; one credit less.
    Interrupt {
        /// The port.
        port: u8,
        /// The packet.
        packet: InterruptPacket,
    },
    /// A user packet of a port that waits for it; one credit less.
    User {
        /// The port.
        port: u8,
        /// The packet.
        packet: UserPacket,
    },
}

/// What an operation answers when it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Done.
    Done,
    /// Of [`Operation::Create`].
    Created {
        /// Room for so many interrupt packets in the port's queue.
        interrupts: u16,
        /// Room for so many user packets in the port's queue.
        users: u16,
    },
    /// Of [`Operation::Cancel`].
    Cancelled {
        /// Credits that were left.
        credits: u16,
    },
    /// Of [`Operation::Read`]: the register's word.
    Word(u32),
    /// Of [`Operation::Stats`].
    Stats(LineStats),
    /// Of [`Operation::Counts`].
    Counts(Counts),
}

/// A line's state and counters, all of one moment (registers SNAPSHOT_STATE to REJECTED).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineStats {
    /// The word of SNAPSHOT_STATE.
    pub state: u32,
    /// The word of SNAPSHOT_BINDING.
    pub binding: u32,
    /// Edges after synchroniser and filter, while unmasked.
    pub edges: u64,
    /// Edges whose packet left the port's queue.
    pub delivered: u64,
    /// Edges merged into a pending one.
    pub coalesced: u64,
    /// Edges lost.
    pub lost: u64,
    /// Edges dropped by unbind or reset, or that came while unbound.
    pub discarded: u64,
    /// The word of UNDELIVERED.
    pub undelivered: u32,
    /// Pulses shorter than the filter, modulo 2^32.
    pub rejected: u32,
}

/// What the firmware has counted since the session began, of its end of the line and of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The line.
    pub link: crate::LinkCounts,
    /// Requests that failed without an answer.
    pub failed: u32,
}

/// Why a board does not do what was asked, as statuses of Zircon (ports.md, A1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// No such line, port, mode or register offset.
    InvalidArgs,
    /// Not now: a bound line's filter, a port without a stream.
    BadState,
    /// The port's user queue is full.
    ShouldWait,
    /// The block has answered the access with an error: a hole, or a write to what can only be read.
    Bus,
}
