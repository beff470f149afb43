//! What the control page keeps: SCRATCH, IRQ_ENABLE, and counts of what was refused.

use rust_hdl::prelude::*;

/// These registers.
#[derive(LogicBlock, Default)]
pub struct Control {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// What a write writes.
    pub data: Signal<In, Bits<32>>,
    /// Which of its bytes.
    pub strobe: Signal<In, Bits<4>>,
    /// To SCRATCH.
    pub write_scratch: Signal<In, Bit>,
    /// To IRQ_ENABLE.
    pub write_irq_enable: Signal<In, Bit>,
    /// A command was stale.
    pub count_stale: Signal<In, Bit>,
    /// A POP had a wrong tag.
    pub count_bad_tag: Signal<In, Bit>,
    /// A write of a command was partial.
    pub count_partial: Signal<In, Bit>,
    /// A user packet was refused.
    pub count_drop: Signal<In, Bit>,
    /// A write met a hole.
    pub write_hole: Signal<In, Bit>,
    /// A read met one.
    pub read_hole: Signal<In, Bit>,
    /// Forgets all but the counts.
    pub clear: Signal<In, Bit>,

    /// SCRATCH.
    pub scratch: Signal<Out, Bits<32>>,
    /// IRQ_ENABLE.
    pub irq_enable: Signal<Out, Bit>,
    /// STALE.
    pub stale: Signal<Out, Bits<16>>,
    /// BAD_TAGS.
    pub bad_tags: Signal<Out, Bits<16>>,
    /// PARTIAL_WRITES.
    pub partial_writes: Signal<Out, Bits<16>>,
    /// HOLES.
    pub holes: Signal<Out, Bits<16>>,
    /// POST_DROPS.
    pub post_drops: Signal<Out, Bits<16>>,

    scratch_kept: DFF<Bits<32>>,
    irq_enabled: DFF<Bit>,
    stale_count: DFF<Bits<16>>,
    bad_tag_count: DFF<Bits<16>>,
    partial_count: DFF<Bits<16>>,
    hole_count: DFF<Bits<16>>,
    drop_count: DFF<Bits<16>>,
    bytes: Signal<Local, Bits<32>>,
    holes_now: Signal<Local, Bits<16>>,
}

impl Logic for Control {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, scratch_kept, irq_enabled);
        dff_setup!(self, clock, stale_count, bad_tag_count, partial_count, hole_count, drop_count);

        // Byte by byte.
        self.bytes.next = self.scratch_kept.q.val();
        if self.strobe.val().get_bit(0) {
            self.bytes.next = (self.bytes.val() & 0xffff_ff00_u64) | (self.data.val() & 0x0000_00ff_u64);
        }
        if self.strobe.val().get_bit(1) {
            self.bytes.next = (self.bytes.val() & 0xffff_00ff_u64) | (self.data.val() & 0x0000_ff00_u64);
        }
        if self.strobe.val().get_bit(2) {
            self.bytes.next = (self.bytes.val() & 0xff00_ffff_u64) | (self.data.val() & 0x00ff_0000_u64);
        }
        if self.strobe.val().get_bit(3) {
            self.bytes.next = (self.bytes.val() & 0x00ff_ffff_u64) | (self.data.val() & 0xff00_0000_u64);
        }
        if self.write_scratch.val() {
            self.scratch_kept.d.next = self.bytes.val();
        }
        if self.write_irq_enable.val() & self.strobe.val().get_bit(0) {
            self.irq_enabled.d.next = self.data.val().get_bit(0);
        }

        if self.count_stale.val() {
            self.stale_count.d.next = self.stale_count.q.val() + 1;
        }
        if self.count_bad_tag.val() {
            self.bad_tag_count.d.next = self.bad_tag_count.q.val() + 1;
        }
        if self.count_partial.val() {
            self.partial_count.d.next = self.partial_count.q.val() + 1;
        }
        if self.count_drop.val() {
            self.drop_count.d.next = self.drop_count.q.val() + 1;
        }
        // Both sides may meet a hole in one clock.
        self.holes_now.next = 0.into();
        if self.read_hole.val() | self.write_hole.val() {
            self.holes_now.next = 1.into();
        }
        if self.read_hole.val() & self.write_hole.val() {
            self.holes_now.next = 2.into();
        }
        self.hole_count.d.next = self.hole_count.q.val() + self.holes_now.val();
        if self.clear.val() {
            self.scratch_kept.d.next = 0.into();
            self.irq_enabled.d.next = false;
        }
        self.scratch.next = self.scratch_kept.q.val();
        self.irq_enable.next = self.irq_enabled.q.val();
        self.stale.next = self.stale_count.q.val();
        self.bad_tags.next = self.bad_tag_count.q.val();
        self.partial_writes.next = self.partial_count.q.val();
        self.holes.next = self.hole_count.q.val();
        self.post_drops.next = self.drop_count.q.val();
    }
}
