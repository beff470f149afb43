//! When the host is told that a port has packets.
//!
//! Each class of a port has a doorbell: a write says how far the host has consumed and whether it
//! wants to be told of more. Packets completed beyond that position make an armed doorbell fire, at
//! once if they are already there, else by the port's moderation: after COUNT packets, or TIME
//! after the first. A doorbell fires once, until it is written again.
//!
//! Moderation is per port: packets of both armed classes count together. How long they have waited is
//! measured in `moderation`.

use rust_hdl::prelude::*;

/// Both doorbells of one port.
#[derive(LogicBlock, Default)]
pub struct Notify {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Disarms.
    pub reset: Signal<In, Bit>,
    /// The port comes by where waiting times are measured.
    pub visited: Signal<In, Bit>,
    /// TIME has passed since the first packet.
    pub time_over: Signal<In, Bit>,
    /// Writes MODERATION.
    pub write: Signal<In, Bit>,
    /// Which bytes of it.
    pub strobe: Signal<In, Bits<4>>,
    /// What.
    pub data: Signal<In, Bits<32>>,
    /// An interrupt packet was completed one clock ago.
    pub added: Signal<In, Bit>,
    /// A user packet was completed one clock ago.
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
    /// There are packets that nobody has been told of.
    pub waits: Signal<Out, Bit>,
    /// There were none yet when the port was last visited.
    pub fresh: Signal<Out, Bit>,
    /// No moderation time is running.
    pub quiet: Signal<Out, Bit>,

    count: DFF<Bits<8>>,
    /// TIME's bytes: not zero.
    time_low: DFF<Bit>,
    time_high: DFF<Bit>,
    armed: DFF<Bit>,
    user_armed: DFF<Bit>,
    waiting: DFF<Bit>,
    user_waiting: DFF<Bit>,
    has_fired: DFF<Bit>,
    user_has_fired: DFF<Bit>,
    unannounced: DFF<Bits<8>>,
    is_fresh: DFF<Bit>,
    rewritten: DFF<Bit>,
    any_waiting: Signal<Local, Bit>,
    timed: Signal<Local, Bit>,
    due: Signal<Local, Bit>,
    wait_next: Signal<Local, Bit>,
    user_wait_next: Signal<Local, Bit>,
    ring_fires: Signal<Local, Bit>,
    more: Signal<Local, Bit>,
    user_more: Signal<Local, Bit>,
}

impl Logic for Notify {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, armed, user_armed, waiting, user_waiting, has_fired, user_has_fired);
        dff_setup!(self, clock, rewritten, unannounced, is_fresh, count, time_low, time_high);
        if self.write.val() {
            if self.strobe.val().get_bit(0) {
                self.count.d.next = self.data.val().get_bits::<8>(0);
            }
            if self.strobe.val().get_bit(2) {
                self.time_low.d.next = self.data.val().get_bits::<8>(16).any();
            }
            if self.strobe.val().get_bit(3) {
                self.time_high.d.next = self.data.val().get_bits::<8>(24).any();
            }
        }
        self.timed.next = self.time_low.q.val() | self.time_high.q.val();
        self.any_waiting.next = self.waiting.q.val() | self.user_waiting.q.val();

        // Packets that nobody has been told of.
        self.more.next = self.added.val() & self.armed.q.val();
        self.user_more.next = self.user_added.val() & self.user_armed.q.val();
        self.wait_next.next = self.waiting.q.val() | self.more.val();
        self.user_wait_next.next = self.user_waiting.q.val() | self.user_more.val();
        if self.more.val() | self.user_more.val() {
            self.unannounced.d.next = self.unannounced.q.val() + 1;
        }

        // Fire.
        // Counts go by ones, so they are met exactly; a new MODERATION fires what waits.
        self.due.next = self.any_waiting.val()
            & ((self.unannounced.q.val() == self.count.q.val())
                | !self.count.q.val().any()
                | (self.timed.val() & self.time_over.val() & !self.is_fresh.q.val())
                | self.rewritten.q.val());
        if !self.any_waiting.val() | self.due.val() {
            self.is_fresh.d.next = true;
        } else {
            if self.visited.val() {
                self.is_fresh.d.next = false;
            }
        }
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
        }

        // A doorbell's write speaks for its class alone. What `added` tells of is completed, so the
        // position compared with it knows; a packet of this very clock is told of in the next.
        self.ring_fires.next = self.arm.val() & self.behind.val();
        if self.ring.val() {
            self.wait_next.next = false;
            self.has_fired.d.next = self.ring_fires.val();
            self.armed.d.next = self.arm.val() & !self.ring_fires.val();
        }
        if self.user_ring.val() {
            self.user_wait_next.next = false;
            self.user_has_fired.d.next = self.ring_fires.val();
            self.user_armed.d.next = self.arm.val() & !self.ring_fires.val();
        }
        self.waiting.d.next = self.wait_next.val();
        self.user_waiting.d.next = self.user_wait_next.val();
        if !self.wait_next.val() & !self.user_wait_next.val() {
            self.unannounced.d.next = 0.into();
        }
        if self.reset.val() {
            self.count.d.next = 0.into();
            self.time_low.d.next = false;
            self.time_high.d.next = false;
            self.armed.d.next = false;
            self.user_armed.d.next = false;
            self.waiting.d.next = false;
            self.user_waiting.d.next = false;
            self.has_fired.d.next = false;
            self.user_has_fired.d.next = false;
        }
        self.fired.next = self.has_fired.q.val() | self.user_has_fired.q.val();
        self.waits.next = self.any_waiting.val();
        self.fresh.next = self.is_fresh.q.val();
        self.quiet.next = !(self.any_waiting.val() & (self.timed.val() | self.due.val()))
            & !self.added.val()
            & !self.user_added.val();
    }
}
