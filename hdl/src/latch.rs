//! What LATCH found in the ports' queues, until POP.

use rust_hdl::prelude::*;

use crate::table::Table;

/// What a port has latched.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Latched {
    /// HEAD_STATUS.VALID.
    pub valid: Bit,
    /// HEAD_STATUS.CLASS.
    pub user: Bit,
    /// HEAD_STATUS.TAG.
    pub tag: Bits<16>,
}

/// The latches of all ports; the bus looks at one of them at a time.
#[derive(LogicBlock, Default)]
pub struct Latches {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forgets what `clear_port` has latched.
    pub clear: Signal<In, Bit>,
    /// A port.
    pub clear_port: Signal<In, Bits<4>>,
    /// The port looked at.
    pub port: Signal<In, Bits<4>>,
    /// Latches, under a tag that changes with every latch.
    pub latch: Signal<In, Bit>,
    /// The user class.
    pub user: Signal<In, Bit>,
    /// There is a packet.
    pub found: Signal<In, Bit>,
    /// The packet was popped.
    pub unlatch: Signal<In, Bit>,
    /// What `port` has latched; so it was one clock ago.
    pub latched: Signal<Out, Latched>,

    valids: Table<Bit, 4>,
    classes: Table<Bit, 4>,
    tags: Table<Bits<16>, 4>,
    shown: DFF<Latched>,
    next_tag: DFF<Bits<16>>,
}

impl Logic for Latches {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, shown, next_tag);
        clock!(self, clock, valids, classes, tags);
        self.valids.read_address.next = self.port.val();
        self.classes.read_address.next = self.port.val();
        self.tags.read_address.next = self.port.val();
        self.shown.d.next.valid = self.valids.read_data.val();
        self.shown.d.next.user = self.classes.read_data.val();
        self.shown.d.next.tag = self.tags.read_data.val();
        self.latched.next = self.shown.q.val();
        self.valids.write_enable.next = self.latch.val() | self.unlatch.val() | self.clear.val();
        self.valids.write_address.next = self.port.val();
        if self.clear.val() {
            self.valids.write_address.next = self.clear_port.val();
        }
        self.valids.write_data.next = self.latch.val() & self.found.val() & !self.clear.val();
        self.classes.write_enable.next = self.latch.val();
        self.classes.write_address.next = self.port.val();
        self.classes.write_data.next = self.user.val();
        self.tags.write_enable.next = self.latch.val();
        self.tags.write_address.next = self.port.val();
        self.tags.write_data.next = self.next_tag.q.val();
        if self.latch.val() {
            self.next_tag.d.next = self.next_tag.q.val() + 1;
        }
    }
}
