//! Packets of ports on their way to the host: which port's, and how many more of each class.

use portolan_proto::{Board, Class, Event, Refusal};

use crate::block::Block;
use crate::machine::Machine;

/// As many ports as a block that has a soft core beside it may have.
pub(crate) const MOST_PORTS: usize = 16;

/// Room that is left for answers when packets are sent.
const KEPT_ROOM: usize = 4;

/// The credits of a port's two classes.
#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    interrupts: u16,
    users: u16,
}

/// Every port's stream, if it was created.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    ports: [Option<Stream>; MOST_PORTS],
    /// Where the next look begins, so that a busy port does not keep another from being heard.
    turn: usize,
    /// Packets sent since the start.
    pub(crate) sent: u64,
}

impl Streams {
    /// Ends every stream.
    pub(crate) fn clear(&mut self) {
        self.ports = Default::default();
    }

    /// Whether the port has one.
    pub(crate) fn has(&self, port: u8) -> bool {
        self.ports.get(usize::from(port)).is_some_and(Option::is_some)
    }

    /// Begins the port's stream anew.
    pub(crate) fn create(&mut self, port: u8) -> Result<(), Refusal> {
        *self.ports.get_mut(usize::from(port)).ok_or(Refusal::InvalidArgs)? = Some(Stream::default());
        Ok(())
    }

    fn credits(&mut self, port: u8, class: Class) -> Result<&mut u16, Refusal> {
        let stream = self.ports.get_mut(usize::from(port)).ok_or(Refusal::InvalidArgs)?;
        let stream = stream.as_mut().ok_or(Refusal::BadState)?;
        Ok(match class {
            Class::Interrupt => &mut stream.interrupts,
            Class::User => &mut stream.users,
        })
    }

    /// Adds credits.
    pub(crate) fn wait(&mut self, port: u8, class: Class, more: u16) -> Result<(), Refusal> {
        let credits = self.credits(port, class)?;
        *credits = credits.saturating_add(more);
        Ok(())
    }

    /// Takes all credits back: how many there were.
    pub(crate) fn cancel(&mut self, port: u8, class: Class) -> Result<u16, Refusal> {
        self.credits(port, class).map(core::mem::take)
    }

    /// Sends one packet, if there is one with a credit and the line has room: interrupts of all ports first. It leaves the block's
    /// queue when the line has it.
    pub(crate) fn send_one<M: Machine>(
        &mut self,
        machine: &mut M,
        block: &Block,
        board: &mut Board,
    ) -> Result<bool, Refusal> {
        if board.room() <= KEPT_ROOM {
            return Ok(false);
        }
        let ports = MOST_PORTS.min(block.extent.ports as usize);
        let mut user = None;
        for n in 0..ports {
            let port = (self.turn + n) % ports;
            let Some(stream) = &mut self.ports[port] else { continue };
            if stream.interrupts == 0 && stream.users == 0 {
                continue;
            }
            let number = port as u8;
            let (interrupts, users) = block.levels(machine, number)?;
            if interrupts > 0
                && stream.interrupts > 0
                && let Some(head) = block.interrupt(machine, number)?
                && board.send(&Event::Interrupt { port: number, packet: head.packet })
            {
                block.pop(machine, number, &head)?;
                stream.interrupts -= 1;
                self.sent += 1;
                self.turn = port + 1;
                return Ok(true);
            }
            if users > 0 && stream.users > 0 {
                user = user.or(Some(port));
            }
        }
        let Some(port) = user else { return Ok(false) };
        let number = port as u8;
        if let Some(stream) = &mut self.ports[port]
            && let Some(head) = block.user(machine, number)?
            && board.send(&Event::User { port: number, packet: head.packet })
        {
            block.pop(machine, number, &head)?;
            stream.users -= 1;
            self.sent += 1;
            self.turn = port + 1;
            return Ok(true);
        }
        Ok(false)
    }
}
