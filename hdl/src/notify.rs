//! When the host is told that a port has packets.
//!
//! Each class of a port has a doorbell: a write says how far the host has consumed and whether it
//! wants to be told of more. Packets completed beyond that position make an armed doorbell fire, at
//! once if they are already there, else by the port's moderation: after COUNT packets, or TIME
//! after the first. A doorbell fires once, until it is written again.
//!
//! Moderation is per port: packets of both armed classes count together. How long they have waited is
//! measured in `moderation`. Signals have one bit per port, but for those of the bus.

use rust_hdl::prelude::*;

use crate::banks::{Flags, Limits};

/// Both doorbells of `PORTS` ports.
#[derive(LogicBlock, Default)]
pub struct Notify<const PORTS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Disarms.
    pub reset: Signal<In, Bit>,
    /// The port that the bus looks at.
    pub here: Signal<In, Bits<PORTS>>,
    /// Writes its MODERATION.
    pub write: Signal<In, Bit>,
    /// Which bytes of it.
    pub strobe: Signal<In, Bits<4>>,
    /// What.
    pub data: Signal<In, Bits<32>>,
    /// Its interrupt doorbell is written.
    pub ring: Signal<In, Bit>,
    /// Its user doorbell is written.
    pub user_ring: Signal<In, Bit>,
    /// With the ARM flag.
    pub arm: Signal<In, Bit>,
    /// The position written is behind what was completed.
    pub behind: Signal<In, Bit>,
    /// An interrupt packet was completed one clock ago.
    pub added: Signal<In, Bits<PORTS>>,
    /// A user packet was completed one clock ago.
    pub user_added: Signal<In, Bits<PORTS>>,
    /// The port comes by where waiting times are measured.
    pub visited: Signal<In, Bits<PORTS>>,
    /// TIME has passed since the first packet.
    pub time_over: Signal<In, Bits<PORTS>>,

    /// A doorbell has fired.
    pub fired: Signal<Out, Bits<PORTS>>,
    /// A doorbell fired, or was written and fired at once, one clock ago: `fired` shows it now.
    pub fires_now: Signal<Out, Bits<PORTS>>,
    /// There are packets that nobody has been told of.
    pub waits: Signal<Out, Bits<PORTS>>,
    /// There were none yet when the port was last visited.
    pub fresh: Signal<Out, Bits<PORTS>>,
    /// No moderation time is running.
    pub quiet: Signal<Out, Bit>,

    /// COUNT, and packets that nobody has been told of.
    unannounced: Limits<PORTS, 8>,
    /// COUNT, and TIME's bytes: not zero.
    counted: Flags<PORTS>,
    time_low: Flags<PORTS>,
    time_high: Flags<PORTS>,
    armed: DFF<Bits<PORTS>>,
    user_armed: DFF<Bits<PORTS>>,
    waiting: DFF<Bits<PORTS>>,
    user_waiting: DFF<Bits<PORTS>>,
    has_fired: DFF<Bits<PORTS>>,
    user_has_fired: DFF<Bits<PORTS>>,
    /// What waits is announced, whatever MODERATION says.
    at_once: DFF<Bits<PORTS>>,
    is_fresh: DFF<Bits<PORTS>>,
    notices: DFF<Bits<PORTS>>,

    all_ports: Signal<Local, Bits<PORTS>>,
    set_count: Signal<Local, Bits<PORTS>>,
    set_low: Signal<Local, Bits<PORTS>>,
    set_high: Signal<Local, Bits<PORTS>>,
    word: Signal<Local, Bits<32>>,
    written: Signal<Local, Bits<PORTS>>,
    rings: Signal<Local, Bits<PORTS>>,
    user_rings: Signal<Local, Bits<PORTS>>,
    any_waiting: Signal<Local, Bits<PORTS>>,
    timed: Signal<Local, Bits<PORTS>>,
    more: Signal<Local, Bits<PORTS>>,
    user_more: Signal<Local, Bits<PORTS>>,
    due: Signal<Local, Bits<PORTS>>,
    wait_next: Signal<Local, Bits<PORTS>>,
    user_wait_next: Signal<Local, Bits<PORTS>>,
    fires: Signal<Local, Bits<PORTS>>,
    user_fires: Signal<Local, Bits<PORTS>>,
    /// What an interrupt or user doorbell becomes if it is written now.
    rung_fired: Signal<Local, Bits<PORTS>>,
    rung_armed: Signal<Local, Bits<PORTS>>,
    moving: Signal<Local, Bits<PORTS>>,
}

impl<const PORTS: usize> Logic for Notify<PORTS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, armed, user_armed, waiting, user_waiting, has_fired, user_has_fired);
        dff_setup!(self, clock, at_once, is_fresh, notices);
        clock!(self, clock, unannounced, counted, time_low, time_high);

        // Writes of the bus.
        self.all_ports.next = 0.into();
        self.all_ports.next = !self.all_ports.val();
        self.word.next = self.data.val();
        self.written.next = 0.into();
        self.set_count.next = 0.into();
        self.set_low.next = 0.into();
        self.set_high.next = 0.into();
        if self.write.val() {
            self.written.next = self.here.val();
            if self.strobe.val().get_bit(0) {
                self.set_count.next = self.here.val();
            }
            if self.strobe.val().get_bit(2) {
                self.set_low.next = self.here.val();
            }
            if self.strobe.val().get_bit(3) {
                self.set_high.next = self.here.val();
            }
        }
        self.rings.next = 0.into();
        if self.ring.val() {
            self.rings.next = self.here.val();
        }
        self.user_rings.next = 0.into();
        if self.user_ring.val() {
            self.user_rings.next = self.here.val();
        }
        if self.reset.val() {
            self.word.next = 0.into();
            self.set_count.next = self.all_ports.val();
            self.set_low.next = self.all_ports.val();
            self.set_high.next = self.all_ports.val();
        }
        self.counted.enable.next = self.set_count.val();
        self.counted.d.next = 0.into();
        if self.word.val().get_bits::<8>(0).any() {
            self.counted.d.next = self.all_ports.val();
        }
        self.time_low.enable.next = self.set_low.val();
        self.time_low.d.next = 0.into();
        if self.word.val().get_bits::<8>(16).any() {
            self.time_low.d.next = self.all_ports.val();
        }
        self.time_high.enable.next = self.set_high.val();
        self.time_high.d.next = 0.into();
        if self.word.val().get_bits::<8>(24).any() {
            self.time_high.d.next = self.all_ports.val();
        }
        self.timed.next = self.time_low.q.val() | self.time_high.q.val();

        // Packets that nobody has been told of. A doorbell's write speaks for its class alone. What
        // `added` tells of is completed, so the position compared with it knows; a packet of this very
        // clock is told of in the next.
        self.more.next = self.added.val() & self.armed.q.val() & (!self.rings.val());
        self.user_more.next = self.user_added.val() & self.user_armed.q.val() & (!self.user_rings.val());
        self.any_waiting.next = self.waiting.q.val() | self.user_waiting.q.val();
        self.unannounced.set.next = self.set_count.val();
        self.unannounced.limit.next = self.word.val().get_bits::<8>(0);
        self.unannounced.watch.next = self.any_waiting.val();

        // Counts go by ones, so they are met exactly. A new MODERATION fires what waits, and so do
        // packets of both classes in one clock, which would be counted as one.
        self.at_once.d.next = self.written.val() | (self.more.val() & self.user_more.val());
        self.due.next = self.any_waiting.val()
            & (self.unannounced.met.val()
                | (!self.counted.q.val())
                | (self.timed.val() & self.time_over.val() & (!self.is_fresh.q.val()))
                | self.at_once.q.val());
        self.is_fresh.d.next =
            (self.is_fresh.q.val() & (!self.visited.val())) | (!self.any_waiting.val()) | self.due.val();
        // A packet of the other class that came in this very clock starts afresh.
        self.wait_next.next = ((self.waiting.q.val() & (!self.due.val()))
            | (self.more.val() & (!self.waiting.q.val())))
            & (!self.rings.val());
        self.user_wait_next.next = ((self.user_waiting.q.val() & (!self.due.val()))
            | (self.user_more.val() & (!self.user_waiting.q.val())))
            & (!self.user_rings.val());
        self.unannounced.step.next = self.more.val() | self.user_more.val();
        self.unannounced.keep.next = (self.wait_next.val() | self.user_wait_next.val()) & (!self.due.val());
        self.waiting.d.next = self.wait_next.val();
        self.user_waiting.d.next = self.user_wait_next.val();
        self.fires.next = self.due.val() & self.waiting.q.val();
        self.user_fires.next = self.due.val() & self.user_waiting.q.val();
        self.rung_fired.next = 0.into();
        self.rung_armed.next = 0.into();
        if self.arm.val() {
            if self.behind.val() {
                self.rung_fired.next = self.here.val();
            } else {
                self.rung_armed.next = self.here.val();
            }
        }
        self.has_fired.d.next = ((self.has_fired.q.val() | self.fires.val()) & (!self.rings.val()))
            | (self.rings.val() & self.rung_fired.val());
        self.user_has_fired.d.next = ((self.user_has_fired.q.val() | self.user_fires.val())
            & (!self.user_rings.val()))
            | (self.user_rings.val() & self.rung_fired.val());
        self.armed.d.next = (self.armed.q.val() & (!self.fires.val()) & (!self.rings.val()))
            | (self.rings.val() & self.rung_armed.val());
        self.user_armed.d.next =
            (self.user_armed.q.val() & (!self.user_fires.val()) & (!self.user_rings.val()))
                | (self.user_rings.val() & self.rung_armed.val());
        self.notices.d.next = self.fires.val()
            | self.user_fires.val()
            | ((self.rings.val() | self.user_rings.val()) & self.rung_fired.val());
        if self.reset.val() {
            self.notices.d.next = 0.into();
            self.armed.d.next = 0.into();
            self.user_armed.d.next = 0.into();
            self.waiting.d.next = 0.into();
            self.user_waiting.d.next = 0.into();
            self.has_fired.d.next = 0.into();
            self.user_has_fired.d.next = 0.into();
        }
        self.fired.next = self.has_fired.q.val() | self.user_has_fired.q.val();
        self.fires_now.next = self.notices.q.val();
        self.waits.next = self.any_waiting.val();
        self.fresh.next = self.is_fresh.q.val();
        self.moving.next = (self.any_waiting.val() & (self.timed.val() | self.due.val()))
            | self.added.val()
            | self.user_added.val();
        self.quiet.next = !self.moving.val().any();
    }
}
