//! The server: bytes in, bytes out, requests carried out, packets sent.

use portolan_proto::{Answer, Board, Boot, Counts, Event, Failure, LONGEST, Operation, Refusal};

use crate::block::Block;
use crate::machine::Machine;
use crate::mail::{Mailbox, Status};
use crate::streams::Streams;

/// Bytes that are taken from the line in one turn: so many come while a turn lasts, and some.
const BYTES: usize = 64;

/// The firmware, but for what it stands on.
#[derive(Debug)]
pub struct Server {
    board: Board,
    /// None on a board whose block is not there, or of other sources.
    block: Option<Block>,
    streams: Streams,
    mailbox: Mailbox,
    /// The frame that is being sent, its length, and how much of it was.
    frame: [u8; LONGEST],
    length: usize,
    sent: usize,
    /// Requests carried out since the start.
    requests: u64,
    /// Requests without an answer that failed since the session began.
    failed: u32,
}

impl Server {
    /// A server that has just started.
    pub fn new<M: Machine>(machine: &mut M, boot: Boot) -> Server {
        Server {
            board: Board::new(boot),
            block: Block::find(machine),
            streams: Streams::default(),
            mailbox: Mailbox::default(),
            frame: [0; LONGEST],
            length: 0,
            sent: 0,
            requests: 0,
            failed: 0,
        }
    }

    /// One turn: the firmware is this, for ever.
    pub fn turn<M: Machine>(&mut self, machine: &mut M) {
        machine.alive();
        let now = machine.now();
        for _ in 0..BYTES {
            let Some(byte) = machine.receive() else { break };
            self.board.receive(byte, now);
        }
        if self.board.has_begun() {
            self.streams.clear();
            self.failed = 0;
        }
        // A request needs room for its answer.
        if self.board.room() > 0
            && let Some(request) = self.board.request(now)
        {
            self.requests += 1;
            let result = self.carry_out(machine, request.operation);
            match result {
                Err(_) if request.tag == 0 => self.failed = self.failed.wrapping_add(1),
                _ if request.tag == 0 => {}
                // There is room.
                result => _ = self.board.send(&Event::Answer { tag: request.tag, result }),
            }
        }
        if let Some(block) = self.block {
            // An error of the bus here is one that every request meets, too.
            _ = self.streams.send_one(machine, &block, &mut self.board);
            if !self.streams.has(Mailbox::port(&block)) {
                let (requests, packets) = (self.requests, self.streams.sent);
                _ = self.mailbox.look(machine, &block, || Status { uptime: now, requests, packets });
            }
        }
        self.send_bytes(machine, now);
    }

    fn send_bytes<M: Machine>(&mut self, machine: &mut M, now: u64) {
        loop {
            while self.sent < self.length {
                if !machine.transmit(self.frame[self.sent]) {
                    return;
                }
                self.sent += 1;
            }
            (self.sent, self.length) = (0, self.board.transmit(now, &mut self.frame));
            if self.length == 0 {
                return;
            }
        }
    }

    fn carry_out<M: Machine>(&mut self, machine: &mut M, operation: Operation) -> Result<Answer, Refusal> {
        match operation {
            Operation::Counts => {
                return Ok(Answer::Counts(Counts { link: self.board.counts(), failed: self.failed }));
            }
            Operation::Fail(Failure::Panic) => panic!("the host has asked for it"),
            Operation::Fail(Failure::Hang) => loop {
                core::hint::spin_loop();
            },
            _ => {}
        }
        let block = self.block.ok_or(Refusal::Bus)?;
        let done = |()| Answer::Done;
        match operation {
            Operation::Create { port } => {
                block.port(port)?;
                self.streams.create(port)?;
                Ok(Answer::Created { interrupts: block.interrupts, users: block.users })
            }
            Operation::Queue { port, packet } => block.post(machine, port, &packet).map(done),
            Operation::Wait { port, class, credits } => self.streams.wait(port, class, credits).map(done),
            Operation::Cancel { port, class } => {
                self.streams.cancel(port, class).map(|credits| Answer::Cancelled { credits })
            }
            Operation::Bind { line, port, generation } => {
                block.bind(machine, line, port, generation).map(done)
            }
            Operation::Unbind { line, generation } => block.unbind(machine, line, generation).map(done),
            Operation::Ack { line, generation } => block.ack(machine, line, generation).map(done),
            Operation::Mode { line, mode, stream, unmask } => {
                block.set_mode(machine, line, (mode, stream, unmask)).map(done)
            }
            Operation::Filter { line, ticks } => block.set_filter(machine, line, ticks).map(done),
            Operation::Stats { line } => block.stats(machine, line).map(Answer::Stats),
            Operation::Read { offset } => block.read(machine, offset).map(Answer::Word),
            Operation::Write { offset, value } => block.write(machine, offset, value).map(done),
            // Carried out above, with or without a block.
            Operation::Counts | Operation::Fail(_) => Err(Refusal::InvalidArgs),
        }
    }
}
