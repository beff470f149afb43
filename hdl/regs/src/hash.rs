//! The layout hash: FNV-1a over the canonical text of what a major version fixes.

use crate::map::{AREAS, Area, Field, Register};
use crate::{
    MAX_LINES, MAX_PORTS, MAX_RING_SIZE, MAX_VECTORS, MIN_RING_SIZE, MODERATION_TICKS, POSITION_BITS, packet,
    slot,
};

/// FNV-1a, 32 bits, over a text fed piece by piece.
#[derive(Clone, Copy)]
struct Fnv(u32);

impl Fnv {
    const fn text(mut self, text: &str) -> Fnv {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.0 = (self.0 ^ bytes[i] as u32).wrapping_mul(0x0100_0193);
            i += 1;
        }
        self
    }

    /// A space and eight hexadecimal digits.
    const fn number(mut self, number: u32) -> Fnv {
        self = self.text(" ");
        let mut shift = 32;
        while shift > 0 {
            shift -= 4;
            let digit = b"0123456789abcdef"[((number >> shift) & 15) as usize];
            self.0 = (self.0 ^ digit as u32).wrapping_mul(0x0100_0193);
        }
        self
    }

    const fn field(self, field: &Field) -> Fnv {
        self.text(" ").text(field.name).number(field.high).number(field.low)
    }

    const fn register(mut self, register: &Register) -> Fnv {
        self = self.text("\n").text(register.name).number(register.offset).number(register.words);
        self = self.text(" ").text(register.access.name());
        let mut i = 0;
        while i < register.fields.len() {
            self = self.field(&register.fields[i]);
            i += 1;
        }
        self
    }

    const fn area(mut self, area: &Area) -> Fnv {
        self = self.text("\n").text(area.name).number(area.base).number(area.stride);
        let mut i = 0;
        while i < area.registers.len() {
            self = self.register(&area.registers[i]);
            i += 1;
        }
        self
    }
}

/// FNV-1a (32 bits) of the map's canonical text: areas, registers, fields, slots and packets.
pub const LAYOUT_HASH: u32 = {
    let mut fnv = Fnv(0x811c_9dc5).text("portolan").number(crate::VERSION_MAJOR);
    let mut i = 0;
    while i < AREAS.len() {
        fnv = fnv.area(&AREAS[i]);
        i += 1;
    }
    fnv = fnv.text("\nlimits").number(MAX_LINES).number(MAX_PORTS).number(POSITION_BITS);
    fnv = fnv.number(MODERATION_TICKS).number(crate::ID).number(crate::RESET_KEY);
    fnv = fnv.text("\nmsix").number(MAX_VECTORS);
    fnv = fnv.text("\nring").number(MIN_RING_SIZE).number(MAX_RING_SIZE);
    fnv = fnv.text("\nslot").number(slot::INTERRUPT_WORDS as u32).number(slot::USER_WORDS as u32);
    fnv = fnv.number(slot::TICKS as u32).number(slot::COUNTED_BEFORE as u32);
    fnv = fnv.number(slot::HEADER as u32).number(slot::BINDING as u32).number(slot::COUNT as u32);
    fnv = fnv.number(slot::SEQUENCE as u32);
    fnv = fnv.field(&slot::LINE).field(&slot::KIND).field(&slot::FLAGS);
    fnv = fnv.field(&slot::GENERATION).field(&slot::CHECK);
    fnv = fnv.text("\npacket").number(packet::SIZE as u32).number(packet::KEY as u32);
    fnv = fnv.number(packet::TYPE as u32).number(packet::STATUS as u32);
    fnv.number(packet::PAYLOAD as u32).0
};

const _: () = {
    // Test vectors of the FNV authors (draft-eastlake-fnv, appendix C).
    assert!(Fnv(0x811c_9dc5).text("a").0 == 0xe40c_292c);
    assert!(Fnv(0x811c_9dc5).text("foobar").0 == 0xbf9c_f968);
};
