//! A ring from the host's side, without the driver: what tests of the RTL use.

use portolan_regs::{map, port, port_control, slot};

use crate::raw::{Packet, Raw};

/// A ring that a test has enabled.
#[derive(Clone, Copy, Debug)]
pub struct Ring {
    /// Its port.
    pub port: u32,
    /// For user packets.
    pub user: bool,
    /// Its address.
    pub base: u64,
    /// log2 of its slots.
    pub size: u32,
    /// Sequence number of the next slot to read.
    pub next: u32,
}

/// What a slot says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Not yet written.
    Nothing,
    /// A good slot's words.
    Slot(Vec<u32>),
}

impl Ring {
    fn register(&self, interrupt: u32) -> u32 {
        let user = if self.user { port_control::USER_RING_BASE - port_control::RING_BASE } else { 0 };
        map::port_control(self.port) + interrupt + user
    }

    /// Words of a slot.
    pub fn words(&self) -> usize {
        if self.user { slot::USER_WORDS } else { slot::INTERRUPT_WORDS }
    }

    /// Bytes of the ring.
    pub fn bytes(&self) -> u64 {
        (4 * self.words() as u64) << self.size
    }

    /// Where the slot of that sequence number is.
    pub fn address(&self, sequence: u32) -> u64 {
        let index = sequence & ((1 << self.size) - 1);
        self.base + 4 * self.words() as u64 * u64::from(index)
    }

    /// Tells base and first sequence number, and enables.
    pub fn enable(&self, raw: &mut Raw) {
        raw.write(self.register(port_control::RING_BASE), self.base as u32);
        raw.write(self.register(port_control::RING_BASE) + 4, (self.base >> 32) as u32);
        raw.write(self.register(port_control::RING_FIRST), self.next);
        self.control(raw, true);
    }

    /// Writes RING_CONTROL.
    pub fn control(&self, raw: &mut Raw, enable: bool) {
        let word = port_control::RING_CONTROL::ENABLE.put(enable.into())
            | port_control::RING_CONTROL::SIZE.put(self.size);
        raw.write(self.register(port_control::RING_CONTROL), word);
    }

    /// Reads RING_STATUS.
    pub fn status(&self, raw: &mut Raw) -> u32 {
        raw.read(self.register(port_control::RING_STATUS))
    }

    /// RING_STATUS.IDLE.
    pub fn is_idle(&self, raw: &mut Raw) -> bool {
        port_control::RING_STATUS::IDLE.get(self.status(raw)) != 0
    }

    /// Looks at the next slot as a driver does.
    ///
    /// # Panics
    /// When the slot is neither old nor good.
    pub fn look(&self, raw: &mut Raw) -> Found {
        let words = raw.sim.memory().read(self.address(self.next), self.words());
        let sequence = words[words.len() - 1];
        if sequence != self.next {
            let old = self.next.wrapping_sub(1 << self.size);
            let untouched = sequence == 0x5a5a_5a5a;
            assert!(sequence == old || untouched, "slot {:#x} holds {sequence:#x}", self.next);
            return Found::Nothing;
        }
        let told = slot::CHECK.get(words[words.len() - 3]);
        assert_eq!(told, u32::from(slot::check(&words)), "check of slot {:#x}: {words:x?}", self.next);
        Found::Slot(words)
    }

    /// Takes the next slot's words.
    pub fn take(&mut self, raw: &mut Raw) -> Option<Vec<u32>> {
        match self.look(raw) {
            Found::Nothing => None,
            Found::Slot(words) => {
                self.next = self.next.wrapping_add(1);
                Some(words)
            }
        }
    }

    /// Takes the next interrupt packet.
    pub fn take_packet(&mut self, raw: &mut Raw) -> Option<Packet> {
        self.take(raw).map(|words| Packet::decode(&words))
    }

    /// Takes all that is there.
    pub fn take_all(&mut self, raw: &mut Raw) -> Vec<Vec<u32>> {
        std::iter::from_fn(|| self.take(raw)).collect()
    }

    /// Writes the doorbell: everything taken is consumed.
    pub fn doorbell(&self, raw: &mut Raw, arm: bool) {
        let position = self.next & port::DOORBELL_INTERRUPT::POSITION.max();
        if self.user {
            raw.doorbell_user(self.port, position, arm);
        } else {
            raw.doorbell(self.port, position, arm);
        }
    }
}
