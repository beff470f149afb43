//! MODERATION of every port: what the bus reads back, and how long packets have waited.
//!
//! One port a clock comes by, by the low bits of the tick, so each is visited once in a unit of
//! moderation time (sixteen ticks) and one comparison serves all. The count part of MODERATION is
//! compared in `notify`.

use portolan_regs::port_control::MODERATION;
use rust_hdl::prelude::*;

use crate::table::Table;

// Fields that `update` takes apart by number, and ports that come by in a unit.
const _: () = assert!(MODERATION::COUNT.low == 0 && MODERATION::COUNT.high == 7);
const _: () = assert!(MODERATION::TIME.low == 16 && MODERATION::TIME.high == 31);
const _: () = assert!(portolan_regs::MODERATION_TICKS == 16);

/// MODERATION of sixteen ports.
#[derive(LogicBlock, Default)]
pub struct Moderation {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Sets MODERATION of `clear_port` to zero.
    pub clear: Signal<In, Bit>,
    /// A port.
    pub clear_port: Signal<In, Bits<4>>,
    /// The port that the bus looks at.
    pub port: Signal<In, Bits<4>>,
    /// Writes its MODERATION.
    pub write: Signal<In, Bit>,
    /// Which bytes of it.
    pub strobe: Signal<In, Bits<4>>,
    /// What.
    pub data: Signal<In, Bits<32>>,
    /// Its MODERATION, one clock later.
    pub word: Signal<Out, Bits<32>>,

    /// Low bits of the tick: the port that comes by.
    pub visited: Signal<In, Bits<4>>,
    /// Ports with packets that nobody has been told of.
    pub waiting: Signal<In, Bits<16>>,
    /// Ports that were not visited since the first of those.
    pub fresh: Signal<In, Bits<16>>,
    /// The wait of `due_port` is over.
    pub due: Signal<Out, Bit>,
    /// A port.
    pub due_port: Signal<Out, Bits<4>>,

    counts: Table<Bits<8>, 4>,
    times_low: Table<Bits<8>, 4>,
    times_high: Table<Bits<8>, 4>,
    limits_low: Table<Bits<8>, 4>,
    limits_high: Table<Bits<8>, 4>,
    waits: Table<Bits<16>, 4>,
    shown: DFF<Bits<32>>,
    is_due: DFF<Bit>,
    is_due_port: DFF<Bits<4>>,

    write_port: Signal<Local, Bits<4>>,
    bytes: Signal<Local, Bits<32>>,
    write_count: Signal<Local, Bit>,
    write_low: Signal<Local, Bit>,
    write_high: Signal<Local, Bit>,
    limit: Signal<Local, Bits<16>>,
    earlier: Signal<Local, Bits<16>>,
    units: Signal<Local, Bits<16>>,
    waits_now: Signal<Local, Bit>,
}

impl Logic for Moderation {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, shown, is_due, is_due_port);
        clock!(self, clock, counts, times_low, times_high, limits_low, limits_high, waits);

        // The bus. TIME is kept twice: once to be read back, once to be compared.
        self.write_port.next = self.port.val();
        self.bytes.next = self.data.val();
        if self.clear.val() {
            self.write_port.next = self.clear_port.val();
            self.bytes.next = 0.into();
        }
        self.write_count.next = self.clear.val() | (self.write.val() & self.strobe.val().get_bit(0));
        self.write_low.next = self.clear.val() | (self.write.val() & self.strobe.val().get_bit(2));
        self.write_high.next = self.clear.val() | (self.write.val() & self.strobe.val().get_bit(3));
        self.counts.read_address.next = self.port.val();
        self.counts.write_address.next = self.write_port.val();
        self.counts.write_data.next = self.bytes.val().get_bits::<8>(0);
        self.counts.write_enable.next = self.write_count.val();
        self.times_low.read_address.next = self.port.val();
        self.times_low.write_address.next = self.write_port.val();
        self.times_low.write_data.next = self.bytes.val().get_bits::<8>(16);
        self.times_low.write_enable.next = self.write_low.val();
        self.times_high.read_address.next = self.port.val();
        self.times_high.write_address.next = self.write_port.val();
        self.times_high.write_data.next = self.bytes.val().get_bits::<8>(24);
        self.times_high.write_enable.next = self.write_high.val();
        self.limits_low.read_address.next = self.visited.val();
        self.limits_low.write_address.next = self.write_port.val();
        self.limits_low.write_data.next = self.bytes.val().get_bits::<8>(16);
        self.limits_low.write_enable.next = self.write_low.val();
        self.limits_high.read_address.next = self.visited.val();
        self.limits_high.write_address.next = self.write_port.val();
        self.limits_high.write_data.next = self.bytes.val().get_bits::<8>(24);
        self.limits_high.write_enable.next = self.write_high.val();
        self.shown.d.next = (bit_cast::<32, 8>(self.times_high.read_data.val()) << 24)
            | (bit_cast::<32, 8>(self.times_low.read_data.val()) << 16)
            | bit_cast::<32, 8>(self.counts.read_data.val());
        self.word.next = self.shown.q.val();

        // Time.
        self.waits.read_address.next = self.visited.val();
        self.earlier.next = self.waits.read_data.val();
        if self.fresh.val().get_bit(self.visited.val().index()) {
            self.earlier.next = 0.into();
        }
        self.units.next = self.earlier.val() + 1;
        self.waits_now.next = self.waiting.val().get_bit(self.visited.val().index());
        self.waits.write_enable.next = self.waits_now.val();
        self.waits.write_address.next = self.visited.val();
        self.waits.write_data.next = self.units.val();
        self.limit.next = (bit_cast::<16, 8>(self.limits_high.read_data.val()) << 8)
            | bit_cast::<16, 8>(self.limits_low.read_data.val());
        self.is_due.d.next = self.waits_now.val() & (self.units.val() == self.limit.val());
        self.is_due_port.d.next = self.visited.val();
        self.due.next = self.is_due.q.val();
        self.due_port.next = self.is_due_port.q.val();
    }
}
