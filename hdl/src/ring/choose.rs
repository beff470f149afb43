//! Which ring writes next, how many slots at once, and where.
//!
//! A ring is looked at when something happened that may let it write: a packet was queued, the host
//! consumed, the ring was enabled. Interrupt classes go before user classes, ports in turn. A look takes
//! four clocks: read what is known of the ring; room; how many slots; hand over. Meanwhile the next ring of
//! interrupt packets is picked, so that bursts of one slot from several rings follow each other without a gap;
//! one of user packets is picked when there is no such ring and no look.
//!
//! A burst ends where the slot number is a multiple of 64: no ring wraps elsewhere, and no page of 4 KiB
//! ends elsewhere.

use rust_hdl::prelude::*;

use super::{BURST_BITS, SEQUENCE_BITS};
use crate::arbiter::Arbiter;
use crate::queue::POSITION_BITS;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum State {
    /// Waits for a ring that was picked.
    Wait,
    /// What is known of the ring is read.
    Look,
    /// How much room is there?
    Room,
    /// How many slots?
    Size,
    /// Hands over.
    Issue,
}

/// Chooses among two rings of each of `PORTS` ports. Signals of `PORTS` bits have one per port.
#[derive(LogicBlock, Default)]
pub struct Choose<const PORTS: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forgets everything.
    pub clear: Signal<In, Bit>,
    /// Nothing may be handed over, and what was read may be wrong: begins anew.
    pub hold: Signal<In, Bit>,
    /// Nothing may be handed over in this clock.
    pub pause: Signal<In, Bit>,
    /// Enabled rings of interrupt packets.
    pub enabled: Signal<In, Bits<PORTS>>,
    /// Enabled rings of user packets.
    pub user_enabled: Signal<In, Bits<PORTS>>,
    /// An interrupt packet was queued.
    pub added: Signal<In, Bits<PORTS>>,
    /// A user packet was queued.
    pub user_added: Signal<In, Bits<PORTS>>,
    /// The ring of interrupt packets was enabled, or the host consumed, one clock ago.
    pub happens: Signal<In, Bits<PORTS>>,
    /// The same for user packets.
    pub user_happens: Signal<In, Bits<PORTS>>,
    /// 64-bit beats of the longest burst, 8 to 64.
    pub limit: Signal<In, Bits<8>>,

    /// The port that is looked at.
    pub port: Signal<Out, Bits<4>>,
    /// Its ring of user packets.
    pub user: Signal<Out, Bit>,
    /// Packets that wait in the queue of that ring.
    pub level: Signal<In, Bits<8>>,
    /// Sequence number of its next slot.
    pub next_slot: Signal<In, Bits<SEQUENCE_BITS>>,
    /// How far the host has consumed.
    pub consumed: Signal<In, Bits<POSITION_BITS>>,
    /// Its slots, less one, without the six low bits.
    pub mask: Signal<In, Bits<10>>,
    /// Its address, without the twelve low bits.
    pub base: Signal<In, Bits<52>>,

    /// A burst is handed over, from the ring that is looked at.
    pub issue: Signal<Out, Bit>,
    /// Its slots.
    pub slots: Signal<Out, Bits<BURST_BITS>>,
    /// Sequence number of the first of them.
    pub first: Signal<Out, Bits<SEQUENCE_BITS>>,
    /// Where it goes.
    pub address: Signal<Out, Bits<64>>,
    /// Nothing to do.
    pub quiet: Signal<Out, Bit>,

    state: DFF<State>,
    looks: DFF<Bits<PORTS>>,
    user_looks: DFF<Bits<PORTS>>,
    arbiter: Arbiter<PORTS>,
    user_arbiter: Arbiter<PORTS>,
    // The ring that was picked, and the one that is looked at.
    picked: DFF<Bit>,
    picked_bit: DFF<Bits<PORTS>>,
    picked_number: DFF<Bits<4>>,
    picked_user: DFF<Bit>,
    port_bit: DFF<Bits<PORTS>>,
    port_number: DFF<Bits<4>>,
    is_user: DFF<Bit>,
    queued: DFF<Bits<8>>,
    next: DFF<Bits<SEQUENCE_BITS>>,
    used: DFF<Bits<POSITION_BITS>>,
    places: DFF<Bits<POSITION_BITS>>,
    start_page: DFF<Bits<52>>,
    room: DFF<Bits<POSITION_BITS>>,
    fits: DFF<Bit>,
    wanted: DFF<Bits<8>>,
    near: DFF<Bits<8>>,
    target: DFF<Bits<64>>,
    count: DFF<Bits<8>>,
    more: DFF<Bit>,

    live: Signal<Local, Bit>,
    issues: Signal<Local, Bit>,
    picks: Signal<Local, Bit>,
    begins: Signal<Local, Bit>,
    waits: Signal<Local, Bit>,
    again: Signal<Local, Bits<PORTS>>,
    user_again: Signal<Local, Bits<PORTS>>,
    unpicked: Signal<Local, Bits<PORTS>>,
    user_unpicked: Signal<Local, Bits<PORTS>>,
    requests: Signal<Local, Bits<PORTS>>,
    user_requests: Signal<Local, Bits<PORTS>>,
    grant: Signal<Local, Bits<PORTS>>,
    user_grant: Signal<Local, Bits<PORTS>>,
    chosen: Signal<Local, Bits<PORTS>>,
    marker: Signal<Local, Bits<PORTS>>,
    number: Signal<Local, Bits<4>>,
    number_chosen: Signal<Local, Bits<4>>,
    position: Signal<Local, Bits<POSITION_BITS>>,
    slot_mask: Signal<Local, Bits<16>>,
    most: Signal<Local, Bits<8>>,
    low: Signal<Local, Bits<8>>,
    to_end: Signal<Local, Bits<8>>,
    left_over: Signal<Local, Bits<POSITION_BITS>>,
    index: Signal<Local, Bits<16>>,
    offset: Signal<Local, Bits<64>>,
    start: Signal<Local, Bits<64>>,
    least: Signal<Local, Bits<POSITION_BITS>>,
    one: Signal<Local, Bits<POSITION_BITS>>,
    low_ones: Signal<Local, Bits<16>>,
}

impl<const PORTS: usize> Logic for Choose<PORTS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, looks, user_looks, port_bit, port_number, is_user, queued, next);
        dff_setup!(self, clock, used, places, start_page, room, fits, wanted, near, target, count, more);
        dff_setup!(self, clock, picked, picked_bit, picked_number, picked_user);
        clock!(self, clock, arbiter, user_arbiter);

        // Who is looked at next. What happens after a ring was picked lets it be looked at once more.
        self.live.next = (self.enabled.val() & self.port_bit.q.val()).any();
        if self.is_user.q.val() {
            self.live.next = (self.user_enabled.val() & self.port_bit.q.val()).any();
        }
        self.issues.next =
            (self.state.q.val() == State::Issue) & self.live.val() & !self.pause.val() & !self.hold.val();
        self.waits.next = self.state.q.val() == State::Wait;
        self.begins.next = self.picked.q.val() & (self.waits.val() | self.issues.val()) & !self.hold.val();
        self.picks.next = !self.picked.q.val() & !self.hold.val();
        self.again.next = 0.into();
        self.user_again.next = 0.into();
        if (self.issues.val() & self.more.q.val()) | (self.hold.val() & !self.waits.val()) {
            if self.is_user.q.val() {
                self.user_again.next = self.port_bit.q.val();
            } else {
                self.again.next = self.port_bit.q.val();
            }
        }
        self.unpicked.next = 0.into();
        self.user_unpicked.next = 0.into();
        if self.hold.val() & self.picked.q.val() {
            if self.picked_user.q.val() {
                self.user_unpicked.next = self.picked_bit.q.val();
            } else {
                self.unpicked.next = self.picked_bit.q.val();
            }
        }
        self.requests.next = (self.looks.q.val() | self.added.val()) & self.enabled.val();
        self.user_requests.next = (self.user_looks.q.val() | self.user_added.val()) & self.user_enabled.val();
        self.arbiter.request.next = self.requests.val();
        self.arbiter.taken.next = !self.picks.val();
        self.user_arbiter.request.next = self.user_requests.val();
        self.user_arbiter.taken.next = !self.picks.val() | !self.waits.val() | self.requests.val().any();
        self.grant.next = 0.into();
        self.user_grant.next = 0.into();
        if self.picks.val() {
            if self.requests.val().any() {
                self.grant.next = self.arbiter.grant.val();
            } else {
                if self.waits.val() {
                    self.user_grant.next = self.user_arbiter.grant.val();
                }
            }
        }
        self.looks.d.next = ((self.looks.q.val() | self.added.val()) & (!self.grant.val()))
            | self.again.val()
            | self.unpicked.val()
            | self.happens.val();
        self.user_looks.d.next = ((self.user_looks.q.val() | self.user_added.val())
            & (!self.user_grant.val()))
            | self.user_again.val()
            | self.user_unpicked.val()
            | self.user_happens.val();
        self.chosen.next = self.grant.val() | self.user_grant.val();
        self.number.next = 0.into();
        self.number_chosen.next = 0.into();
        self.marker.next = 1.into();
        for _port in 0..PORTS {
            if (self.chosen.val() & self.marker.val()).any() {
                self.number_chosen.next = self.number_chosen.val() | self.number.val();
            }
            self.marker.next = self.marker.val() << 1;
            self.number.next = self.number.val() + 1;
        }
        self.port.next = self.port_number.q.val();
        self.user.next = self.is_user.q.val();

        // Look.
        self.position.next = self.next_slot.val().get_bits::<POSITION_BITS>(0);
        self.one.next = 1.into();
        self.low_ones.next = 63.into();
        if self.state.q.val() == State::Look {
            self.queued.d.next = self.level.val();
            self.next.d.next = self.next_slot.val();
            self.used.d.next = self.position.val() - self.consumed.val();
            self.places.d.next = (bit_cast::<POSITION_BITS, 10>(self.mask.val()) << 6)
                | bit_cast::<POSITION_BITS, 16>(self.low_ones.val());
            self.start_page.d.next = self.base.val();
        }

        // Room. A position that makes no sense leaves none.
        self.most.next = self.limit.val() >> 2;
        if self.is_user.q.val() {
            self.most.next = self.limit.val() >> 3;
        }
        self.left_over.next = self.places.q.val() - self.used.q.val();
        self.left_over.next = self.left_over.val() + self.one.val();
        self.room.d.next = self.left_over.val();
        self.fits.d.next = self.used.q.val() <= self.places.q.val();
        self.wanted.d.next = self.queued.q.val();
        if self.queued.q.val() > self.most.val() {
            self.wanted.d.next = self.most.val();
        }
        self.low.next = bit_cast::<8, 6>(self.next.q.val().get_bits::<6>(0));
        self.to_end.next = 64.into();
        self.to_end.next = self.to_end.val() - self.low.val();
        self.near.d.next = self.to_end.val();
        self.slot_mask.next = self.places.q.val().get_bits::<16>(0);
        self.index.next = self.next.q.val().get_bits::<16>(0) & self.slot_mask.val();
        self.offset.next = bit_cast::<64, 16>(self.index.val()) << 5;
        if self.is_user.q.val() {
            self.offset.next = bit_cast::<64, 16>(self.index.val()) << 6;
        }
        self.start.next = bit_cast::<64, 52>(self.start_page.q.val()) << 12;
        if self.state.q.val() == State::Room {
            self.target.d.next = self.start.val() + self.offset.val();
        }

        // Size: the least of all.
        self.least.next = bit_cast::<POSITION_BITS, 8>(self.wanted.q.val());
        if self.near.q.val() < self.wanted.q.val() {
            self.least.next = bit_cast::<POSITION_BITS, 8>(self.near.q.val());
        }
        if self.room.q.val() < self.least.val() {
            self.least.next = self.room.q.val();
        }
        if !self.fits.q.val() {
            self.least.next = 0.into();
        }
        if self.state.q.val() == State::Size {
            self.count.d.next = self.least.val().get_bits::<8>(0);
            self.more.d.next = bit_cast::<POSITION_BITS, 8>(self.queued.q.val()) != self.least.val();
        }

        // Hand over.
        self.issue.next = self.issues.val();
        self.slots.next = self.count.q.val().get_bits::<BURST_BITS>(0);
        self.first.next = self.next.q.val();
        self.address.next = self.target.q.val();

        match self.state.q.val() {
            State::Wait => {
                self.state.d.next = State::Wait;
            }
            State::Look => {
                self.state.d.next = State::Room;
            }
            State::Room => {
                self.state.d.next = State::Size;
            }
            State::Size => {
                self.state.d.next = State::Issue;
                if !self.least.val().any() {
                    self.state.d.next = State::Wait;
                }
            }
            State::Issue => {
                if self.issues.val() | !self.live.val() {
                    self.state.d.next = State::Wait;
                }
            }
            _ => {
                self.state.d.next = State::Wait;
            }
        }
        if self.begins.val() {
            self.state.d.next = State::Look;
            self.picked.d.next = false;
            self.port_bit.d.next = self.picked_bit.q.val();
            self.port_number.d.next = self.picked_number.q.val();
            self.is_user.d.next = self.picked_user.q.val();
        }
        if self.picks.val() {
            self.picked.d.next =
                self.requests.val().any() | (self.waits.val() & self.user_requests.val().any());
            self.picked_bit.d.next = self.chosen.val();
            self.picked_number.d.next = self.number_chosen.val();
            self.picked_user.d.next = !self.requests.val().any();
        }
        if self.hold.val() {
            self.state.d.next = State::Wait;
            self.picked.d.next = false;
        }
        if self.clear.val() {
            self.state.d.next = State::Wait;
            self.picked.d.next = false;
            self.looks.d.next = 0.into();
            self.user_looks.d.next = 0.into();
        }
        self.quiet.next = self.waits.val()
            & !self.picked.q.val()
            & !self.requests.val().any()
            & !self.user_requests.val().any();
    }
}
