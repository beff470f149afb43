//! One count per port, in LUT RAM: a port at a time is looked at and counted, by each of two users.

use rust_hdl::prelude::*;

use crate::table::Table;

/// A count of `N` bits for each of sixteen ports; it wraps.
#[derive(LogicBlock, Default)]
pub struct Tally<const N: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Sets the count of `clear_port` to zero instead of counting.
    pub clear: Signal<In, Bit>,
    /// A port.
    pub clear_port: Signal<In, Bits<4>>,
    /// The port looked at.
    pub port: Signal<In, Bits<4>>,
    /// Counts one for it.
    pub step: Signal<In, Bit>,
    /// Its count.
    pub count: Signal<Out, Bits<N>>,
    /// Another port that is looked at.
    pub other_port: Signal<In, Bits<4>>,
    /// Its count.
    pub other_count: Signal<Out, Bits<N>>,
    /// Counts `more` for it; never beside `step`.
    pub other_step: Signal<In, Bit>,
    /// How many.
    pub more: Signal<In, Bits<N>>,
    /// A count is written in this clock, for those who keep a copy.
    pub writes: Signal<Out, Bit>,
    /// Whose.
    pub write_port: Signal<Out, Bits<4>>,
    /// The new count.
    pub write_count: Signal<Out, Bits<N>>,

    counts: Table<Bits<N>, 4>,
    other_counts: Table<Bits<N>, 4>,
}

impl<const N: usize> Logic for Tally<N> {
    #[hdl_gen]
    fn update(&mut self) {
        self.counts.clock.next = self.clock.val();
        self.other_counts.clock.next = self.clock.val();
        self.counts.read_address.next = self.port.val();
        self.count.next = self.counts.read_data.val();
        self.other_counts.read_address.next = self.other_port.val();
        self.other_count.next = self.other_counts.read_data.val();
        self.writes.next = self.step.val() | self.other_step.val() | self.clear.val();
        self.write_port.next = self.port.val();
        self.write_count.next = self.counts.read_data.val() + 1;
        if self.other_step.val() {
            self.write_port.next = self.other_port.val();
            self.write_count.next = self.other_counts.read_data.val() + self.more.val();
        }
        if self.clear.val() {
            self.write_port.next = self.clear_port.val();
            self.write_count.next = 0.into();
        }
        self.counts.write_enable.next = self.writes.val();
        self.counts.write_address.next = self.write_port.val();
        self.counts.write_data.next = self.write_count.val();
        self.other_counts.write_enable.next = self.writes.val();
        self.other_counts.write_address.next = self.write_port.val();
        self.other_counts.write_data.next = self.write_count.val();
    }
}
