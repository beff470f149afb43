//! When the host is told that a port has packets.
//!
//! Each class of a port has a doorbell: a write says how far the host has consumed and whether it
//! wants to be told of more. Packets completed beyond that position make an armed doorbell fire, at
//! once if they are already there, else by the port's moderation: after COUNT packets, or TIME
//! after the first. A doorbell fires once, until it is written again.
//!
//! Moderation is per port: packets of both armed classes count together.

use portolan_regs::port_control::MODERATION;
use rust_hdl::prelude::*;

// Fields that `update` takes apart by number.
const _: () = assert!(MODERATION::COUNT.low == 0 && MODERATION::COUNT.high == 7);
const _: () = assert!(MODERATION::TIME.low == 16 && MODERATION::TIME.high == 31);

/// Both doorbells of one port.
#[derive(LogicBlock, Default)]
pub struct Notify {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Disarms.
    pub reset: Signal<In, Bit>,
    /// One pulse per unit of moderation time.
    pub unit: Signal<In, Bit>,
    /// Writes MODERATION.
    pub write: Signal<In, Bit>,
    /// Which bytes of it.
    pub strobe: Signal<In, Bits<4>>,
    /// What.
    pub data: Signal<In, Bits<32>>,
    /// MODERATION.
    pub moderation: Signal<Out, Bits<32>>,
    /// An interrupt packet was completed.
    pub added: Signal<In, Bit>,
    /// A user packet was completed.
    pub user_added: Signal<In, Bit>,
    /// The interrupt doorbell is written.
    pub ring: Signal<In, Bit>,
    /// The user doorbell is written.
    pub user_ring: Signal<In, Bit>,
    /// With the ARM flag.
    pub arm: Signal<In, Bit>,
    /// The position written is behind what was completed.
    pub behind: Signal<In, Bit>,
    /// A doorbell has fired.
    pub fired: Signal<Out, Bit>,
    /// No moderation time is running.
    pub quiet: Signal<Out, Bit>,

    count: DFF<Bits<8>>,
    time_low: DFF<Bits<8>>,
    time_high: DFF<Bits<8>>,
    armed: DFF<Bit>,
    user_armed: DFF<Bit>,
    waiting: DFF<Bit>,
    user_waiting: DFF<Bit>,
    has_fired: DFF<Bit>,
    user_has_fired: DFF<Bit>,
    unannounced: DFF<Bits<8>>,
    units: DFF<Bits<16>>,
    rewritten: DFF<Bit>,
    limit: Signal<Local, Bits<16>>,
    word: Signal<Local, Bits<32>>,
    due: Signal<Local, Bit>,
    wait_next: Signal<Local, Bit>,
    user_wait_next: Signal<Local, Bit>,
    ring_fires: Signal<Local, Bit>,
    user_ring_fires: Signal<Local, Bit>,
    more: Signal<Local, Bit>,
    user_more: Signal<Local, Bit>,
}

impl Logic for Notify {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, armed, user_armed, waiting, user_waiting, has_fired, user_has_fired);
        dff_setup!(self, clock, rewritten, unannounced, units, count, time_low, time_high);
        if self.write.val() {
            if self.strobe.val().get_bit(0) {
                self.count.d.next = self.data.val().get_bits::<8>(0);
            }
            if self.strobe.val().get_bit(2) {
                self.time_low.d.next = self.data.val().get_bits::<8>(16);
            }
            if self.strobe.val().get_bit(3) {
                self.time_high.d.next = self.data.val().get_bits::<8>(24);
            }
        }
        self.limit.next = bit_cast::<16, 8>(self.time_high.q.val()) << 8;
        self.limit.next = self.limit.val() | bit_cast::<16, 8>(self.time_low.q.val());
        self.word.next = bit_cast::<32, 16>(self.limit.val()) << 16;
        self.moderation.next = self.word.val() | bit_cast::<32, 8>(self.count.q.val());

        // Packets that nobody has been told of.
        self.more.next = self.added.val() & self.armed.q.val();
        self.user_more.next = self.user_added.val() & self.user_armed.q.val();
        self.wait_next.next = self.waiting.q.val() | self.more.val();
        self.user_wait_next.next = self.user_waiting.q.val() | self.user_more.val();
        if self.more.val() | self.user_more.val() {
            self.unannounced.d.next = self.unannounced.q.val() + 1;
        }
        if (self.waiting.q.val() | self.user_waiting.q.val()) & self.unit.val() {
            self.units.d.next = self.units.q.val() + 1;
        }

        // Fire.
        // Counts and times go by ones, so they are met exactly; a new MODERATION fires what waits.
        self.due.next = (self.waiting.q.val() | self.user_waiting.q.val())
            & ((self.unannounced.q.val() == self.count.q.val())
                | !self.count.q.val().any()
                | (self.limit.val().any() & (self.units.q.val() == self.limit.val()))
                | self.rewritten.q.val());
        self.rewritten.d.next = self.write.val();
        if self.due.val() {
            if self.waiting.q.val() {
                self.has_fired.d.next = true;
                self.armed.d.next = false;
            }
            if self.user_waiting.q.val() {
                self.user_has_fired.d.next = true;
                self.user_armed.d.next = false;
            }
            self.wait_next.next = self.more.val() & !self.waiting.q.val();
            self.user_wait_next.next = self.user_more.val() & !self.user_waiting.q.val();
            // A packet of the other class that came in this very clock starts afresh.
            self.unannounced.d.next = 1.into();
            self.units.d.next = 0.into();
        }

        // A doorbell's write speaks for its class alone.
        self.ring_fires.next = self.arm.val() & (self.behind.val() | self.added.val());
        self.user_ring_fires.next = self.arm.val() & (self.behind.val() | self.user_added.val());
        if self.ring.val() {
            self.wait_next.next = false;
            self.has_fired.d.next = self.ring_fires.val();
            self.armed.d.next = self.arm.val() & !self.ring_fires.val();
        }
        if self.user_ring.val() {
            self.user_wait_next.next = false;
            self.user_has_fired.d.next = self.user_ring_fires.val();
            self.user_armed.d.next = self.arm.val() & !self.user_ring_fires.val();
        }
        self.waiting.d.next = self.wait_next.val();
        self.user_waiting.d.next = self.user_wait_next.val();
        if !self.wait_next.val() & !self.user_wait_next.val() {
            self.unannounced.d.next = 0.into();
            self.units.d.next = 0.into();
        }
        if self.reset.val() {
            self.count.d.next = 0.into();
            self.time_low.d.next = 0.into();
            self.time_high.d.next = 0.into();
            self.armed.d.next = false;
            self.user_armed.d.next = false;
            self.waiting.d.next = false;
            self.user_waiting.d.next = false;
            self.has_fired.d.next = false;
            self.user_has_fired.d.next = false;
        }
        self.fired.next = self.has_fired.q.val() | self.user_has_fired.q.val();
        self.quiet.next =
            !((self.waiting.q.val() | self.user_waiting.q.val()) & (self.limit.val().any() | self.due.val()));
    }
}
