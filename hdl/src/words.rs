//! The readable registers, packed in the order of their addresses, sixteen words to a group.

use portolan_regs::map::Area;
use portolan_regs::{control, port, port_control, slot};
use rust_hdl::prelude::*;

/// The control page's words 0 to 15.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Identity {
    /// ID.
    pub id: Bits<32>,
    /// VERSION.
    pub version: Bits<32>,
    /// HASH.
    pub hash: Bits<32>,
    /// STATUS.IDLE.
    pub idle: Bit,
    /// STATUS.RESETTING.
    pub resetting: Bit,
    /// STATUS.IRQ.
    pub irq: Bit,
    /// STATUS.ERROR.
    pub error: Bit,
    pub status_spare: Bits<28>,
    /// ALIVE.
    pub alive: Bits<31>,
    pub alive_spare: Bit,
    /// EPOCH.
    pub epoch: Bits<16>,
    pub epoch_spare: Bits<16>,
    /// CAP_SIZE.
    pub size: Bits<32>,
    /// CAP_DEPTH.
    pub depth: Bits<32>,
    /// CAP_CLOCK.
    pub hertz: Bits<32>,
    /// CAP_FEATURES.
    pub features: Bits<32>,
    /// CAP_VECTORS.
    pub vectors: Bits<32>,
    pub vectors_spare: Bits<32>,
    /// TICKS.
    pub ticks: Bits<64>,
    /// SCRATCH.
    pub scratch: Bits<32>,
    pub scratch_spare: Bits<32>,
}

/// The control page's words 16 to 31.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Counts {
    pub reset: Bits<32>,
    /// IRQ_ENABLE.
    pub irq_enable: Bit,
    pub irq_spare: Bits<31>,
    pub snapshot: Bits<64>,
    /// STALE.
    pub stale: Bits<32>,
    /// BAD_TAGS.
    pub bad_tags: Bits<32>,
    /// PARTIAL_WRITES.
    pub partial_writes: Bits<32>,
    /// HOLES.
    pub holes: Bits<32>,
    /// POST_DROPS.
    pub post_drops: Bits<32>,
    pub spare: Bits<224>,
}

/// A port page's words 0 to 15.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct PortWords {
    pub commands: Bits<128>,
    /// HEAD_STATUS.TAG.
    pub tag: Bits<16>,
    /// HEAD_STATUS.VALID.
    pub valid: Bit,
    /// HEAD_STATUS.CLASS.
    pub user: Bit,
    pub status_spare: Bits<14>,
    /// LEVELS.INTERRUPT.
    pub level: Bits<16>,
    /// LEVELS.USER.
    pub user_level: Bits<16>,
    /// POST_CREDITS.
    pub credits: Bits<32>,
    pub spare: Bits<288>,
}

/// A port page's HEAD with an interrupt packet in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct HeadWords {
    /// Words TICKS and up.
    pub ticks: Bits<64>,
    /// Words COUNTED_BEFORE and up.
    pub before: Bits<64>,
    /// Line.
    pub line: Bits<16>,
    /// Kind: gap or edge.
    pub gap: Bit,
    pub kind_spare: Bits<7>,
    /// Flag: level.
    pub level: Bit,
    /// Flag: saturated.
    pub saturated: Bit,
    pub flags_spare: Bits<6>,
    /// Generation.
    pub generation: Bits<16>,
    pub check: Bits<16>,
    /// Word COUNT.
    pub count: Bits<32>,
    pub sequence: Bits<32>,
    pub spare: Bits<256>,
}

const _: () = {
    use control::*;
    assert!(<Identity as Synth>::BITS == 512 && <Counts as Synth>::BITS == 512);
    assert!(<PortWords as Synth>::BITS == 512 && <HeadWords as Synth>::BITS == 512);
    assert!(
        ID == 0 && VERSION == 4 && self::control::HASH == 8 && STATUS == 12 && ALIVE == 16 && EPOCH == 20
    );
    assert!(CAP_SIZE == 24 && CAP_DEPTH == 28 && CAP_CLOCK == 32 && CAP_FEATURES == 36 && CAP_VECTORS == 40);
    assert!(TICKS == 48 && SCRATCH == 56 && RESET == 64 && IRQ_ENABLE == 68 && SNAPSHOT == 72);
    assert!(STALE == 80 && BAD_TAGS == 84 && PARTIAL_WRITES == 88 && HOLES == 92 && POST_DROPS == 96);
    assert!(STATUS::IDLE.low == 0 && STATUS::RESETTING.low == 1 && STATUS::IRQ.low == 2);
    assert!(STATUS::ERROR.low == 3);
    assert!(port::HEAD_STATUS == 16 && port::LEVELS == 20 && port::POST_CREDITS == 24 && port::HEAD == 64);
    assert!(port::HEAD_STATUS::VALID.low == 16 && port::HEAD_STATUS::CLASS.low == 17);
    assert!(slot::TICKS == 0 && slot::COUNTED_BEFORE == 2 && slot::HEADER == 4 && slot::BINDING == 5);
    assert!(slot::COUNT == 6 && slot::KIND.low == 16 && slot::FLAGS.low == 24 && slot::kind::GAP == 1);
    assert!(slot::flag::LEVEL == 1 && slot::flag::SATURATED == 2 && slot::GENERATION.low == 0);
};

/// Which of an area's first 64 words exist, one bit each.
pub fn exist(area: &Area) -> Bits<64> {
    let mut mask = 0u64;
    for register in area.registers {
        for word in register.offset / 4..register.offset / 4 + register.words {
            assert!(word < 64, "{}.{} lies beyond the words that are decoded", area.name, register.name);
            mask |= 1 << word;
        }
    }
    mask.into()
}

/// Which words of the control page exist here; what is of MSI-X alone does not (see `pcie`).
pub fn exist_in_control() -> Bits<64> {
    without(exist(&control::AREA), control::ERROR_VECTOR)
}

/// The same of a port's control registers: those of rings only with rings.
pub fn exist_in_port_control(rings: usize) -> Bits<64> {
    let words = without(exist(&port_control::AREA), port_control::VECTOR);
    if rings == 0 { words & ((1 << (port_control::RING_BASE / 4)) - 1) } else { words }
}

fn without(words: Bits<64>, offset: u32) -> Bits<64> {
    words & !Bits::<64>::from(1_u64 << (offset / 4))
}
