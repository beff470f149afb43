//! What LATCH found in one port's queues, until POP.

use rust_hdl::prelude::*;

/// One port's latch.
#[derive(LogicBlock, Default)]
pub struct Latch {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Forgets what was latched.
    pub reset: Signal<In, Bit>,
    /// Latches.
    pub latch: Signal<In, Bit>,
    /// The user class.
    pub user: Signal<In, Bit>,
    /// The tag to latch under; it changes with every latch.
    pub next_tag: Signal<In, Bits<16>>,
    /// There is a packet.
    pub found: Signal<In, Bit>,
    /// The packet was popped.
    pub unlatch: Signal<In, Bit>,
    /// HEAD_STATUS.VALID.
    pub valid: Signal<Out, Bit>,
    /// HEAD_STATUS.CLASS.
    pub user_class: Signal<Out, Bit>,
    /// HEAD_STATUS.TAG.
    pub tag: Signal<Out, Bits<16>>,

    is_valid: DFF<Bit>,
    is_user: DFF<Bit>,
    tags: DFF<Bits<16>>,
}

impl Logic for Latch {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, is_valid, is_user, tags);
        if self.latch.val() {
            self.is_valid.d.next = self.found.val();
            self.is_user.d.next = self.user.val();
            self.tags.d.next = self.next_tag.val();
        }
        if self.unlatch.val() | self.reset.val() {
            self.is_valid.d.next = false;
        }
        self.valid.next = self.is_valid.q.val();
        self.user_class.next = self.is_user.q.val();
        self.tag.next = self.tags.q.val();
    }
}
