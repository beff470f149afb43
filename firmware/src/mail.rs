//! The firmware as a program at a port: user packets of the last port are to it, and it answers by user packets to others.

use portolan_proto::{Refusal, UserPacket, mail};

use crate::block::Block;
use crate::machine::Machine;

/// What the firmware can tell of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Status {
    /// µs since the start.
    pub(crate) uptime: u64,
    /// Requests carried out since then.
    pub(crate) requests: u64,
    /// Packets sent since then.
    pub(crate) packets: u64,
}

/// An answer that waits for room at its port.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: Option<(u8, UserPacket)>,
}

impl Mailbox {
    /// The firmware's port of this block.
    pub(crate) fn port(block: &Block) -> u8 {
        (block.extent.ports - 1) as u8
    }

    /// Takes one packet and answers it, or goes on trying to.
    pub(crate) fn look<M: Machine>(
        &mut self,
        machine: &mut M,
        block: &Block,
        status: impl FnOnce() -> Status,
    ) -> Result<(), Refusal> {
        if self.waiting.is_none() {
            let own = Mailbox::port(block);
            if block.levels(machine, own)?.1 == 0 {
                return Ok(());
            }
            let Some(head) = block.user(machine, own)? else { return Ok(()) };
            block.pop(machine, own, &head)?;
            let port = head.packet.payload[mail::ANSWER_PORT];
            // To a port that is not there nobody can be answered.
            if block.port(port).is_err() {
                return Ok(());
            }
            self.waiting = Some((port, answer(&head.packet, status)));
        }
        let Some((port, packet)) = &self.waiting else { return Ok(()) };
        match block.post(machine, *port, packet) {
            Ok(()) => self.waiting = None,
            Err(Refusal::ShouldWait) => {}
            Err(refusal) => return Err(refusal),
        }
        Ok(())
    }
}

fn answer(packet: &UserPacket, status: impl FnOnce() -> Status) -> UserPacket {
    let mut payload = packet.payload;
    let known = match payload[mail::VERB] {
        mail::verb::ECHO => true,
        mail::verb::STATUS => {
            let Status { uptime, requests, packets } = status();
            payload[mail::ANSWER_PORT + 1..].fill(0);
            let numbers = [(mail::UPTIME, uptime), (mail::REQUESTS, requests), (mail::PACKETS, packets)];
            for (place, number) in numbers {
                payload[place..place + 8].copy_from_slice(&number.to_le_bytes());
            }
            true
        }
        _ => false,
    };
    UserPacket { key: packet.key, status: if known { 0 } else { mail::NOT_SUPPORTED }, payload }
}
