//! How long ago a line's edges were on the pin.
//!
//! Combinational. A line remembers the low bits of the tick at which an edge came out of synchroniser and
//! filter. Its age is the wait since then, and what it took to get there; a test edge took nothing.

use rust_hdl::prelude::*;

use crate::edges::{Edges, LATENCY, TICK_BITS};

/// Bits of an age: a wait of 2^`TICK_BITS`, the longest filter and the synchroniser.
pub const AGE_BITS: usize = 9;

// `update` below adds this many ticks to an edge that came through the synchroniser.
const _: () = assert!(LATENCY == 3);

/// Ages of a line's edges, in ticks.
#[derive(LogicBlock, Default)]
pub struct Ages {
    /// Ticks.
    pub now: Signal<In, Bits<64>>,
    /// What the line remembers.
    pub edges: Signal<In, Edges>,
    /// Its filter, in ticks.
    pub filter: Signal<In, Bits<8>>,
    /// Age of the first edge.
    pub first: Signal<Out, Bits<AGE_BITS>>,
    /// Age of the one after it.
    pub extra: Signal<Out, Bits<AGE_BITS>>,
    /// Age of the last one.
    pub extra_last: Signal<Out, Bits<AGE_BITS>>,

    now_low: Signal<Local, Bits<TICK_BITS>>,
    latency: Signal<Local, Bits<AGE_BITS>>,
    first_wait: Signal<Local, Bits<TICK_BITS>>,
    extra_wait: Signal<Local, Bits<TICK_BITS>>,
    last_wait: Signal<Local, Bits<TICK_BITS>>,
    first_latency: Signal<Local, Bits<AGE_BITS>>,
    extra_latency: Signal<Local, Bits<AGE_BITS>>,
    last_latency: Signal<Local, Bits<AGE_BITS>>,
    first_age: Signal<Local, Bits<AGE_BITS>>,
    extra_age: Signal<Local, Bits<AGE_BITS>>,
    last_age: Signal<Local, Bits<AGE_BITS>>,
}

impl Logic for Ages {
    #[hdl_gen]
    fn update(&mut self) {
        self.now_low.next = self.now.val().get_bits::<TICK_BITS>(0);
        self.latency.next = bit_cast::<AGE_BITS, 8>(self.filter.val());
        self.latency.next = self.latency.val() + 3;
        self.first_latency.next = self.latency.val();
        if self.edges.val().first_direct {
            self.first_latency.next = 0.into();
        }
        self.extra_latency.next = self.latency.val();
        if self.edges.val().extra_direct {
            self.extra_latency.next = 0.into();
        }
        self.last_latency.next = self.latency.val();
        if self.edges.val().extra_last_direct {
            self.last_latency.next = 0.into();
        }
        self.first_wait.next = self.now_low.val() - self.edges.val().first;
        self.extra_wait.next = self.now_low.val() - self.edges.val().extra_first;
        self.last_wait.next = self.now_low.val() - self.edges.val().extra_last;
        self.first_age.next = bit_cast::<AGE_BITS, TICK_BITS>(self.first_wait.val());
        self.first_age.next = self.first_age.val() + self.first_latency.val();
        self.extra_age.next = bit_cast::<AGE_BITS, TICK_BITS>(self.extra_wait.val());
        self.extra_age.next = self.extra_age.val() + self.extra_latency.val();
        self.last_age.next = bit_cast::<AGE_BITS, TICK_BITS>(self.last_wait.val());
        self.last_age.next = self.last_age.val() + self.last_latency.val();
        self.first.next = self.first_age.val();
        self.extra.next = self.extra_age.val();
        self.extra_last.next = self.last_age.val();
    }
}
