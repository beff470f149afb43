//! Which register a write goes to, and which copy of it. Combinational.

use portolan_regs::map::{bank, control, line, port, port_control};
use rust_hdl::prelude::*;

use crate::decode::{ADDRESS_BITS, Decode};
use crate::macros::block;
use crate::queue::USER_WORDS;

const _: () = {
    use port_control::*;
    assert!(USER_RING_FIRST - RING_FIRST == USER_RING_BASE - RING_BASE);
    assert!(USER_RING_CONTROL - RING_CONTROL == USER_RING_BASE - RING_BASE);
    assert!(USER_RING_STATUS - RING_STATUS == USER_RING_BASE - RING_BASE && RING_STATUS < USER_RING_BASE);
};

/// The register that a write goes to; none set is a hole.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Target {
    /// SCRATCH.
    pub scratch: Bit,
    /// RESET.
    pub reset: Bit,
    /// IRQ_ENABLE.
    pub irq_enable: Bit,
    /// SNAPSHOT.
    pub snapshot: Bit,
    /// TRIGGER.
    pub trigger: Bit,
    /// MODERATION.
    pub moderation: Bit,
    /// CONFIG.
    pub settings: Bit,
    /// BIND.
    pub bind: Bit,
    /// ACK.
    pub ack: Bit,
    /// DOORBELL_INTERRUPT.
    pub doorbell: Bit,
    /// DOORBELL_USER.
    pub doorbell_user: Bit,
    /// LATCH.
    pub latch: Bit,
    /// POP.
    pub pop: Bit,
    /// POST.
    pub post: Bit,
    /// RING_BASE's lower word.
    pub ring_base_low: Bit,
    /// RING_BASE's upper word.
    pub ring_base_high: Bit,
    /// RING_FIRST.
    pub ring_first: Bit,
    /// RING_CONTROL.
    pub ring_control: Bit,
    /// It is about the ring of user packets.
    pub ring_user: Bit,
}

/// One word of an area, as a constant.
fn word<const N: usize>(offset: u32) -> Constant<Bits<N>> {
    Constant::new(u64::from(offset / 4).into())
}

block! {
    /// Finds a write's register in a block with so many lines and ports, with or without rings.
    pub struct Targets new(lines: usize, ports: usize, rings: usize) {
        /// Address in bytes; the low two bits are ignored.
        pub address: Signal<In, Bits<ADDRESS_BITS>>,
        /// The register.
        pub target: Signal<Out, Target>,
        /// Its port, if it has one.
        pub port: Signal<Out, Bits<4>>,
        /// Its line, if it has one.
        pub line: Signal<Out, Bits<10>>,
        /// Its word of the post window, or of the bit vector.
        pub word: Signal<Out, Bits<4>>,

        decode: Decode = Decode::new(lines, ports),
        found: Signal<Local, Target>,
        nothing: Constant<Target> = Constant::new(Target::default()),
        post_offset: Signal<Local, Bits<10>>,
        at_scratch: Constant<Bits<10>> = word(control::SCRATCH),
        at_reset: Constant<Bits<10>> = word(control::RESET),
        at_irq_enable: Constant<Bits<10>> = word(control::IRQ_ENABLE),
        at_snapshot: Constant<Bits<10>> = word(control::SNAPSHOT),
        trigger_vector: Constant<Bits<5>> = Constant::new(u64::from(bank::TRIGGER >> 7).into()),
        at_moderation: Constant<Bits<10>> = word(port_control::MODERATION),
        has_rings: Constant<Bit> = Constant::new(rings != 0),
        in_rings: Signal<Local, Bit>,
        at_base: Constant<Bits<10>> = word(port_control::RING_BASE),
        at_base_high: Constant<Bits<10>> = word(port_control::RING_BASE + 4),
        at_first: Constant<Bits<10>> = word(port_control::RING_FIRST),
        at_control: Constant<Bits<10>> = word(port_control::RING_CONTROL),
        at_user_base: Constant<Bits<10>> = word(port_control::USER_RING_BASE),
        at_user_base_high: Constant<Bits<10>> = word(port_control::USER_RING_BASE + 4),
        at_user_first: Constant<Bits<10>> = word(port_control::USER_RING_FIRST),
        at_user_control: Constant<Bits<10>> = word(port_control::USER_RING_CONTROL),
        at_settings: Constant<Bits<10>> = word(line::CONFIG),
        at_bind: Constant<Bits<10>> = word(line::BIND),
        at_ack: Constant<Bits<10>> = word(line::ACK),
        at_doorbell: Constant<Bits<10>> = word(port::DOORBELL_INTERRUPT),
        at_doorbell_user: Constant<Bits<10>> = word(port::DOORBELL_USER),
        at_latch: Constant<Bits<10>> = word(port::LATCH),
        at_pop: Constant<Bits<10>> = word(port::POP),
        at_post: Constant<Bits<10>> = word(port::POST),
        after_post: Constant<Bits<10>> = word(port::POST + 4 * USER_WORDS as u32),
    }
}

impl Logic for Targets {
    #[hdl_gen]
    fn update(&mut self) {
        self.decode.address.next = self.address.val();
        self.post_offset.next = self.decode.word.val() - self.at_post.val();
        self.found.next = self.nothing.val();
        self.found.next.scratch =
            self.decode.control.val() & (self.decode.word.val() == self.at_scratch.val());
        self.found.next.reset = self.decode.control.val() & (self.decode.word.val() == self.at_reset.val());
        self.found.next.irq_enable =
            self.decode.control.val() & (self.decode.word.val() == self.at_irq_enable.val());
        self.found.next.snapshot =
            self.decode.control.val() & (self.decode.word.val() == self.at_snapshot.val());
        self.found.next.trigger =
            self.decode.bank.val() & (self.decode.vector.val() == self.trigger_vector.val());
        self.found.next.moderation =
            self.decode.port_control.val() & (self.decode.word.val() == self.at_moderation.val());
        self.in_rings.next = self.decode.port_control.val() & self.has_rings.val();
        self.found.next.ring_base_low = self.in_rings.val()
            & ((self.decode.word.val() == self.at_base.val())
                | (self.decode.word.val() == self.at_user_base.val()));
        self.found.next.ring_base_high = self.in_rings.val()
            & ((self.decode.word.val() == self.at_base_high.val())
                | (self.decode.word.val() == self.at_user_base_high.val()));
        self.found.next.ring_first = self.in_rings.val()
            & ((self.decode.word.val() == self.at_first.val())
                | (self.decode.word.val() == self.at_user_first.val()));
        self.found.next.ring_control = self.in_rings.val()
            & ((self.decode.word.val() == self.at_control.val())
                | (self.decode.word.val() == self.at_user_control.val()));
        self.found.next.settings =
            self.decode.line.val() & (self.decode.word.val() == self.at_settings.val());
        self.found.next.bind = self.decode.line.val() & (self.decode.word.val() == self.at_bind.val());
        self.found.next.ack = self.decode.line.val() & (self.decode.word.val() == self.at_ack.val());
        self.found.next.doorbell =
            self.decode.port.val() & (self.decode.word.val() == self.at_doorbell.val());
        self.found.next.doorbell_user =
            self.decode.port.val() & (self.decode.word.val() == self.at_doorbell_user.val());
        self.found.next.latch = self.decode.port.val() & (self.decode.word.val() == self.at_latch.val());
        self.found.next.pop = self.decode.port.val() & (self.decode.word.val() == self.at_pop.val());
        self.found.next.post = self.decode.port.val()
            & (self.decode.word.val() >= self.at_post.val())
            & (self.decode.word.val() < self.after_post.val());
        self.found.next.ring_user = self.found.val().doorbell_user
            | (self.in_rings.val() & (self.decode.word.val() >= self.at_user_base.val()));
        self.port.next = self.decode.port_index.val();
        self.line.next = self.decode.line_index.val();
        self.word.next = self.post_offset.val().get_bits::<4>(0);
        if self.found.val().trigger {
            self.word.next = self.decode.vector_word.val().get_bits::<4>(0);
        }
        self.target.next = self.found.val();
    }
}
