//! A ring from the host's side, without the driver: what tests of the RTL use.

use portolan_regs::{map, port, port_control, slot};

use crate::memory::HostMemory;
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

    /// The writes, offset and word, that tell base and first sequence number, and enable.
    pub fn enabling(&self) -> [(u32, u32); 4] {
        [
            (self.register(port_control::RING_BASE), self.base as u32),
            (self.register(port_control::RING_BASE) + 4, (self.base >> 32) as u32),
            (self.register(port_control::RING_FIRST), self.next),
            self.controlling(true),
        ]
    }

    /// The write of RING_CONTROL: offset and word.
    pub fn controlling(&self, enable: bool) -> (u32, u32) {
        let word = port_control::RING_CONTROL::ENABLE.put(enable.into())
            | port_control::RING_CONTROL::SIZE.put(self.size);
        (self.register(port_control::RING_CONTROL), word)
    }

    /// Where RING_STATUS is.
    pub fn status_offset(&self) -> u32 {
        self.register(port_control::RING_STATUS)
    }

    /// The write of the doorbell: offset and word. Everything taken is consumed.
    pub fn ringing(&self, arm: bool) -> (u32, u32) {
        let register = if self.user { port::DOORBELL_USER } else { port::DOORBELL_INTERRUPT };
        let word =
            port::DOORBELL_INTERRUPT::POSITION.put(self.next) | port::DOORBELL_INTERRUPT::ARM.put(arm.into());
        (map::port(self.port) + register, word)
    }

    /// Tells base and first sequence number, and enables.
    pub fn enable(&self, raw: &mut Raw) {
        for (offset, word) in self.enabling() {
            raw.write(offset, word);
        }
    }

    /// Writes RING_CONTROL.
    pub fn control(&self, raw: &mut Raw, enable: bool) {
        let (offset, word) = self.controlling(enable);
        raw.write(offset, word);
    }

    /// Reads RING_STATUS.
    pub fn status(&self, raw: &mut Raw) -> u32 {
        raw.read(self.status_offset())
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
        self.look_in(raw.sim.memory().host())
    }

    /// The same in any memory.
    ///
    /// # Panics
    /// When the slot is neither old nor good.
    pub fn look_in(&self, memory: &HostMemory) -> Found {
        let words = memory.read(self.address(self.next), self.words());
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
        self.take_in(raw.sim.memory().host())
    }

    /// The same in any memory.
    pub fn take_in(&mut self, memory: &HostMemory) -> Option<Vec<u32>> {
        match self.look_in(memory) {
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
        let (offset, word) = self.ringing(arm);
        raw.write(offset, word);
    }
}
