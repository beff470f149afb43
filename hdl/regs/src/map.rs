//! The register map: areas, registers, fields.
//!
//! All registers are 32 bits, little-endian, aligned. A 64-bit value is two registers, low
//! first, and reading both is not atomic: read high, low, high. Reads have no side effects.
//! Each area is a module; in it `NAME` is a register's offset inside the area and `NAME::FIELD`
//! a field of it. [`AREAS`] is the same as a table.

/// What an access to a register does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads only; a write is a hole's.
    ReadOnly,
    /// Plain configuration: reads back what was written; partial strobes work.
    Plain,
    /// A write does something. Reads zero. Only whole words: a partial strobe does nothing,
    /// is counted in [`control::PARTIAL_WRITES`](const@control::PARTIAL_WRITES), and answers SLVERR on AXI.
    Command,
}

impl Access {
    /// As it is spelled in documents and in the layout hash.
    pub const fn name(self) -> &'static str {
        match self {
            Access::ReadOnly => "read-only",
            Access::Plain => "plain",
            Access::Command => "command",
        }
    }
}

/// Bits `high..=low` of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// Its highest bit.
    pub high: u32,
    /// Its lowest bit.
    pub low: u32,
    /// What it means, with its unit.
    pub text: &'static str,
}

impl Field {
    /// The field's largest value.
    pub const fn max(&self) -> u32 {
        u32::MAX >> (31 - (self.high - self.low))
    }
    /// The field's value in a register's word.
    pub const fn get(&self, word: u32) -> u32 {
        (word >> self.low) & self.max()
    }
    /// The field's value put in its place, ready to be or-ed into a word; what does not fit is cut.
    pub const fn put(&self, value: u32) -> u32 {
        (value & self.max()) << self.low
    }
}

/// One register of an area.
#[derive(Clone, Copy, Debug)]
pub struct Register {
    /// The register's name.
    pub name: &'static str,
    /// Its offset in its area, in bytes.
    pub offset: u32,
    /// How many consecutive words go by this name.
    pub words: u32,
    /// What accesses do.
    pub access: Access,
    /// Its fields; empty when it is one number.
    pub fields: &'static [Field],
    /// What it is for.
    pub text: &'static str,
}

/// A group of registers, and where its copies lie.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// The area's name.
    pub name: &'static str,
    /// Where the first copy lies, in bytes from the start of the block.
    pub base: u32,
    /// Bytes from one copy to the next; 0 when there is one copy.
    pub stride: u32,
    /// Most copies that the map has room for.
    pub copies: u32,
    /// Its registers, by offset.
    pub registers: &'static [Register],
    /// What it is for.
    pub text: &'static str,
}

macro_rules! area {
    (
        $(#[doc = $area_text:literal])+
        $area:ident at $base:expr, stride $stride:expr, copies $copies:expr;
        $(
            $(#[doc = $text:literal])+
            $name:ident @ $offset:literal $(x $words:literal)? : $access:ident
            { $( $field:ident [$high:literal : $low:literal] $field_text:literal ),* $(,)? }
        )*
    ) => {
        $(#[doc = $area_text])+
        pub mod $area {
            use super::{Access, Area, Field, Register};
            $(
                $(#[doc = $text])+
                pub const $name: u32 = $offset;
                #[doc = concat!("Fields of [`", stringify!($name), "`](const@", stringify!($name), ").")]
                #[allow(non_snake_case)]
                pub mod $name {
                    #[allow(unused_imports)]
                    use super::Field;
                    $(
                        #[doc = $field_text]
                        pub const $field: Field = Field {
                            name: stringify!($field), high: $high, low: $low, text: $field_text,
                        };
                    )*
                    pub(super) const FIELDS: &[Field] = &[$($field),*];
                }
            )*
            /// The area as a table.
            pub const AREA: Area = Area {
                name: stringify!($area),
                base: $base,
                stride: $stride,
                copies: $copies,
                text: concat!($($area_text),+),
                registers: &[$(Register {
                    name: stringify!($name),
                    offset: $offset,
                    words: 1 $(- 1 + $words)?,
                    access: Access::$access,
                    fields: $name::FIELDS,
                    text: concat!($($text),+),
                }),*],
            };
        }
    };
}

pub(crate) use area;

area! {
    /// Identity, capabilities, time, reset, global counts. One page, for whoever owns the board.
    control at 0x0, stride 0, copies 1;

    /// Reads `PRTL` (0x4c545250).
    ID @ 0x000: ReadOnly {}
    /// Version of the register map.
    VERSION @ 0x004: ReadOnly { MAJOR [31:16] "must equal the driver's", MINOR [15:0] "may be any" }
    /// FNV-1a hash of the map's canonical text; differs whenever any number of this page differs.
    HASH @ 0x008: ReadOnly {}
    /// What the block is doing.
    STATUS @ 0x00c: ReadOnly {
        IDLE [0:0] "1: nothing but the tick counter moves",
        RESETTING [1:1] "1: a reset is walking through the lines",
        IRQ [2:2] "1: the interrupt output is asserted",
        ERROR [3:3] "1: a write of a ring failed; its RING_STATUS says whose",
    }
    /// The low 31 bits of the tick counter: moves as long as the core clock runs.
    ALIVE @ 0x010: ReadOnly { TICKS [30:0] "ticks, modulo 2^31" }
    /// Resets since power-up: soft ones and the bus's reset input. A pulse of the input while
    /// a reset is under way is part of that one.
    EPOCH @ 0x014: ReadOnly { COUNT [15:0] "resets, modulo 2^16" }
    /// How many lines and ports this block has.
    CAP_SIZE @ 0x018: ReadOnly { LINES [15:0] "lines", PORTS [31:16] "ports" }
    /// Queue depths per port.
    CAP_DEPTH @ 0x01c: ReadOnly {
        INTERRUPT [15:0] "interrupt packets, one of them reserved for each line",
        USER [31:16] "user packets",
    }
    /// The core clock.
    CAP_CLOCK @ 0x020: ReadOnly { HERTZ [31:0] "ticks per second" }
    /// What this block can do, and the geometry of its map.
    CAP_FEATURES @ 0x024: ReadOnly {
        PULL [0:0] "1: packets can be pulled through the port pages",
        POST [1:1] "1: the port pages have a post window",
        RINGS [2:2] "1: packets can be written to rings in host memory",
        MSIX [3:3] "1: interrupts are MSI-X messages",
        STRIDE [15:8] "log2 of the bytes from one port page to the next",
        ADDRESS [23:16] "bits of a host address that rings may use; 0 without rings",
    }
    /// How large the MSI-X table is.
    CAP_VECTORS @ 0x028: ReadOnly { VECTORS [7:0] "vectors; 0 without MSI-X" }
    /// Ticks since power-up. No reset touches it.
    TICKS @ 0x030 x 2: ReadOnly {}
    /// Keeps what is written; for testing the way to the board.
    SCRATCH @ 0x038: Plain {}
    /// Resets the block when `RSET` (0x54455352) is written: queues, bindings, line configuration,
    /// doorbells; never the tick counter or the counters. Any other word is counted as stale.
    RESET @ 0x040: Command {}
    /// Interrupt output.
    IRQ_ENABLE @ 0x044: Plain {
        ENABLE [0:0] "1: doorbells that fired, and STATUS.ERROR, assert the interrupt output; with MSI-X on, their messages are sent",
    }
    /// Copies the counters of one line, all of one moment, to the SNAPSHOT registers below.
    SNAPSHOT @ 0x048: Command { LINE [15:0] "line; beyond the last one: counted as stale" }
    /// Which MSI-X vector tells that a write of a ring failed; after a reset the one behind those of all ports. A hole
    /// without MSI-X.
    ERROR_VECTOR @ 0x04c: Plain { VECTOR [7:0] "vector; of one that there is not, no message is sent" }
    /// Commands ignored: a generation that is not the line's, a port or line that does not exist, a
    /// wrong reset word, a ring's setting that is not allowed now.
    STALE @ 0x050: ReadOnly { COUNT [15:0] "commands, modulo 2^16" }
    /// POPs ignored because the tag was not that of the latched packet.
    BAD_TAGS @ 0x054: ReadOnly { COUNT [15:0] "writes, modulo 2^16" }
    /// Writes to command registers ignored because some byte strobe was clear.
    PARTIAL_WRITES @ 0x058: ReadOnly { COUNT [15:0] "writes, modulo 2^16" }
    /// Reads and writes where there is no such register.
    HOLES @ 0x05c: ReadOnly { COUNT [15:0] "accesses, modulo 2^16" }
    /// User packets refused because the port's user queue was full when one of their words came.
    POST_DROPS @ 0x060: ReadOnly { COUNT [15:0] "packets, modulo 2^16" }
    /// Snapshot: which line, and its state.
    SNAPSHOT_STATE @ 0x080: ReadOnly {
        LINE [15:0] "line of the snapshot",
        BOUND [16:16] "1: bound to a port",
        ARMED [17:17] "1: the next edge is sent at once",
        PENDING [18:18] "1: an edge waits in the line",
        GAP [19:19] "1: a gap record waits in the line",
    }
    /// Snapshot: binding.
    SNAPSHOT_BINDING @ 0x084: ReadOnly { PORT [7:0] "port", GENERATION [31:16] "generation" }
    /// Snapshot: edges after synchroniser and filter while unmasked, and test triggers.
    EDGES @ 0x088 x 2: ReadOnly {}
    /// Snapshot: edges whose packet left the port queue (popped, or written to a ring).
    DELIVERED @ 0x090 x 2: ReadOnly {}
    /// Snapshot: edges merged into a pending one in ack mode.
    COALESCED @ 0x098 x 2: ReadOnly {}
    /// Snapshot: edges lost in stream mode. Gap records tell of the same edges, but for one that waits when the
    /// line is unbound or reset.
    LOST @ 0x0a0 x 2: ReadOnly {}
    /// Snapshot: edges dropped by unbind or reset, or that came while unbound, or whose write to a ring failed.
    DISCARDED @ 0x0a8 x 2: ReadOnly {}
    /// Snapshot: edges in the port queue, on their way to a ring, or waiting in the line.
    UNDELIVERED @ 0x0b0: ReadOnly { EDGES [15:0] "edges", GAPS [31:16] "gap records in the port queue" }
    /// Snapshot: pulses shorter than the glitch filter.
    REJECTED @ 0x0b4: ReadOnly { COUNT [31:0] "pulses, modulo 2^32" }
}

area! {
    /// Bit vectors over the lines, 32 to a word.
    bank at 0x1000, stride 4, copies 32;

    /// Level of each line after synchroniser and filter.
    LEVEL @ 0x000: ReadOnly {}
    /// A one fires that line's test edge, if it is unmasked: stamped in the cycle in which it is
    /// injected, the same for all lines of the word.
    TRIGGER @ 0x080: Command {}
    /// Lines that have packets in a port queue or on their way to a ring, or an edge that waits for room there.
    IN_FLIGHT @ 0x100: ReadOnly {}
    /// Ports (not lines) one of whose doorbells has fired.
    FIRED @ 0x180: ReadOnly {}
}

area! {
    /// Per port, for whoever owns the board. Rings are there when CAP_FEATURES.RINGS says so, else holes.
    port_control at 0x4000, stride 64, copies crate::MAX_PORTS;

    /// When an armed doorbell fires. Both zero: at the first packet.
    MODERATION @ 0x00: Plain {
        COUNT [7:0] "fire when this many packets are unannounced (0 counts as 1)",
        TIME [31:16] "or this long after the first unannounced one, less up to one unit, in units of 16 ticks; 0: no limit",
    }
    /// Which MSI-X vector tells that one of the port's doorbells fired: several ports may share one. After a reset the
    /// port's own number. A hole without MSI-X.
    VECTOR @ 0x04: Plain { VECTOR [7:0] "vector; of one that there is not, no message is sent" }
    /// Where the ring of interrupt packets begins in host memory: a multiple of 4 KiB (the bits below are ignored).
    /// This, FIRST and an ENABLE are ignored and counted as stale unless the ring is idle.
    RING_BASE @ 0x10 x 2: Command {}
    /// Sequence number of the next slot: random at each enable, so that old slots are not taken for new ones. The
    /// ring is empty then: everything before it counts as consumed.
    RING_FIRST @ 0x18: Command {}
    /// Commits what was written above, or ends the ring. While it is enabled, the class's packets leave by the ring
    /// alone: LATCH finds none. Packets that still wait in the queue when it ends stay there.
    RING_CONTROL @ 0x1c: Command {
        ENABLE [0:0] "1: begin; 0: begin no further write",
        SIZE [12:8] "log2 of the slots, 6 to 16; another one is stale",
    }
    /// What the ring does. A write that failed ends the ring and sets ERROR, until RING_CONTROL is written while the
    /// ring is idle. Packets of that write, and of writes that were under way behind it, are FAILED; the edges of
    /// interrupt packets among them count as discarded.
    RING_STATUS @ 0x20: ReadOnly {
        IDLE [0:0] "1: not enabled, and no write is under way: its memory may be freed",
        ENABLED [1:1] "1: enabled",
        ERROR [2:2] "1: a write failed",
        FAILED [31:16] "packets that failed since the ring was enabled, modulo 2^16",
    }
    /// The same as RING_BASE, for the ring of user packets.
    USER_RING_BASE @ 0x28 x 2: Command {}
    /// The same as RING_FIRST, for the ring of user packets.
    USER_RING_FIRST @ 0x30: Command {}
    /// The same as RING_CONTROL, for the ring of user packets.
    USER_RING_CONTROL @ 0x34: Command {
        ENABLE [0:0] "1: begin; 0: begin no further write",
        SIZE [12:8] "log2 of the slots, 6 to 16; another one is stale",
    }
    /// The same as RING_STATUS, for the ring of user packets.
    USER_RING_STATUS @ 0x38: ReadOnly {
        IDLE [0:0] "1: not enabled, and no write is under way: its memory may be freed",
        ENABLED [1:1] "1: enabled",
        ERROR [2:2] "1: a write failed",
        FAILED [31:16] "packets that failed since the ring was enabled, modulo 2^16",
    }
}

area! {
    /// Per line.
    line at 0x8000, stride 32, copies crate::MAX_LINES;

    /// How the line listens. Takes effect at once, also on edges that the server has not visited yet;
    /// a change of it is no edge. FILTER is what is taken off the stamps, so it is changed only while
    /// the line is not bound; the others at any time.
    CONFIG @ 0x00: Plain {
        MODE [2:0] "1 rising, 2 falling, 3 both, 5 high level, 6 low level (bit 0 up, bit 1 down, bit 2 level)",
        STREAM [3:3] "1: every edge a packet; 0, and always for levels: one packet until acknowledged",
        UNMASK [4:4] "1: edges count",
        FILTER [15:8] "shortest pulse that is not rejected, less one, in ticks",
    }
    /// Binds the line to a port or unbinds it. Binding an unbound line arms it; what came before is
    /// discarded. Binding a bound line moves it to the port and generation from one visit to the next:
    /// what it holds goes along, what it has queued stays, and it is armed as it was.
    BIND @ 0x04: Command {
        PORT [7:0] "port (bind only)",
        BIND [8:8] "1 bind, 0 unbind",
        GENERATION [31:16] "bind: the binding's new generation; unbind: must be the current one",
    }
    /// Acknowledges the line's last packet.
    ACK @ 0x08: Command { GENERATION [31:16] "must be the current one" }
}

area! {
    /// The MSI-X table (PCI Local Bus Specification 3.0, 6.8.2); holes when CAP_FEATURES.MSIX is 0. Lies, with `pending`,
    /// in a page of its own: whoever may write here directs messages. Only a reset of the function touches it.
    vector at 0x10000, stride 16, copies crate::MAX_VECTORS;

    /// Where the message goes.
    ADDRESS @ 0x0 x 2: Plain {}
    /// What it writes.
    DATA @ 0x8: Plain {}
    /// Vector Control.
    CONTROL @ 0xc: Plain { MASK [0:0] "1, as after a reset: messages wait" }
}

area! {
    /// The MSI-X pending bits, 32 to a word.
    pending at 0x10800, stride 4, copies crate::MAX_VECTORS / 32;

    /// A one for each vector whose message waits.
    PENDING @ 0x0: ReadOnly {}
}

area! {
    /// Per port, for whoever uses it: nothing here reaches another port or host memory.
    port at 0x30000, stride 0x1000, copies crate::MAX_PORTS;

    /// Says how far interrupt packets were consumed; fires again beyond that. Slots of an enabled ring may be written
    /// again up to BEHIND before the position. Slots are in memory before they count as completed: a position ahead of
    /// that, by less than 2^19, waits for the first slot beyond it. One ahead of a queue is a mistake, and fires at once.
    DOORBELL_INTERRUPT @ 0x00: Command {
        POSITION [19:0] "packets consumed since reset, of an enabled ring the sequence number of the next slot, modulo 2^20",
        BEHIND [30:20] "slots before that which are not consumed yet, in units of 64, rounded up",
        ARM [31:31] "1: fire when more packets are completed than that, at once if there are",
    }
    /// The same for user packets.
    DOORBELL_USER @ 0x04: Command {
        POSITION [19:0] "packets consumed since reset, of an enabled ring the sequence number of the next slot, modulo 2^20",
        BEHIND [30:20] "slots before that which are not consumed yet, in units of 64, rounded up",
        ARM [31:31] "1: fire when more packets are completed than that, at once if there are",
    }
    /// Freezes the head of a queue in HEAD, under a new tag.
    LATCH @ 0x08: Command { CLASS [0:0] "0 interrupt packets, 1 user packets" }
    /// Removes the latched packet if the tag is its own.
    POP @ 0x0c: Command { TAG [15:0] "from HEAD_STATUS" }
    /// What LATCH found.
    HEAD_STATUS @ 0x10: ReadOnly {
        TAG [15:0] "for POP",
        VALID [16:16] "1: HEAD holds a packet",
        CLASS [17:17] "the class that was latched",
    }
    /// Packets queued now.
    LEVELS @ 0x14: ReadOnly { INTERRUPT [15:0] "interrupt packets", USER [31:16] "user packets" }
    /// Free places in the user queue.
    POST_CREDITS @ 0x18: ReadOnly { COUNT [15:0] "packets" }
    /// The latched packet, as a ring slot without check and sequence number (both read zero).
    HEAD @ 0x40 x 16: ReadOnly {}
    /// Post window: twelve words of a port packet, in any order, the last word last; it commits, with whatever
    /// the other words were last. It has one writer at a time: who shares it takes turns by packets.
    POST @ 0x80 x 12: Command {}
}

/// Values of [`line::CONFIG::MODE`]: bit 0 for up, bit 1 for down, bit 2 for level instead of edge.
pub mod mode {
    /// Rising edges.
    pub const RISING: u32 = 1;
    /// Falling edges.
    pub const FALLING: u32 = 2;
    /// Both edges.
    pub const BOTH: u32 = 3;
    /// High level.
    pub const HIGH: u32 = 5;
    /// Low level.
    pub const LOW: u32 = 6;
}

/// Every area, by base address.
pub const AREAS: &[Area] =
    &[control::AREA, bank::AREA, port_control::AREA, line::AREA, vector::AREA, pending::AREA, port::AREA];

/// Bytes of the page that holds MSI-X table and pending bits.
pub const MSIX_BYTES: u32 = 0x1000;

/// Start of a line's registers, in bytes from the start of the block.
pub const fn line(line: u32) -> u32 {
    line::AREA.base + line * line::AREA.stride
}
/// Start of a vector's entry.
pub const fn vector(vector: u32) -> u32 {
    vector::AREA.base + vector * vector::AREA.stride
}
/// The word that holds a vector's pending bit.
pub const fn pending(vector: u32) -> u32 {
    pending::AREA.base + pending::AREA.stride * (vector / 32)
}
/// Start of a port's page.
pub const fn port(port: u32) -> u32 {
    port::AREA.base + port * port::AREA.stride
}
/// Start of a port's control registers.
pub const fn port_control(port: u32) -> u32 {
    port_control::AREA.base + port * port_control::AREA.stride
}
/// A bit vector's word that holds `index`.
pub const fn bank(vector: u32, index: u32) -> u32 {
    bank::AREA.base + vector + 4 * (index / 32)
}
/// Bytes of address space that a block with so many ports answers in, rounded up to a power of two.
pub const fn window(ports: u32) -> u32 {
    port(ports).next_power_of_two()
}

const _: () = {
    assert!(line(crate::MAX_LINES) <= vector(0), "line blocks end before the MSI-X area");
    assert!(vector(0).is_multiple_of(MSIX_BYTES) && vector(crate::MAX_VECTORS) <= pending(0));
    assert!(pending(crate::MAX_VECTORS) <= vector(0) + MSIX_BYTES && vector(0) + MSIX_BYTES <= port(0));
    assert!(pending::AREA.base.is_multiple_of(8), "pending bits come by quadwords");
    assert!(port_control(crate::MAX_PORTS) <= line(0), "port control ends before the line blocks");
    assert!(bank(bank::FIRED, 0) + 128 <= port_control(0), "bit vectors end before port control");
    assert!(port::DOORBELL_INTERRUPT::POSITION.high + 1 == crate::POSITION_BITS);
    assert!(port::POST + 4 * 12 <= port::AREA.stride);
    assert!(window(8) == 0x4_0000);
    let mut a = 0;
    while a < AREAS.len() {
        let registers = AREAS[a].registers;
        let mut end = 0;
        let mut r = 0;
        while r < registers.len() {
            assert!(registers[r].offset.is_multiple_of(4), "registers are aligned");
            assert!(registers[r].offset >= end, "registers are in order and do not overlap");
            end = registers[r].offset + 4 * registers[r].words;
            let mut f = 0;
            while f < registers[r].fields.len() {
                let field = registers[r].fields[f];
                assert!(field.high < 32 && field.low <= field.high, "fields lie in the word");
                f += 1;
            }
            r += 1;
        }
        a += 1;
    }
};
