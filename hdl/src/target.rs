//! Which register a write goes to, and which copy of it. Combinational.

use portolan_regs::map::{bank, control, line, port, port_control};
use rust_hdl::prelude::*;

use crate::decode::{ADDRESS_BITS, Decode};
use crate::macros::block;
use crate::queue::USER_WORDS;

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
    /// Any of them.
    pub any: Bit,
    /// One that keeps what is written, which may be done byte by byte.
    pub plain: Bit,
}

/// One word of an area, as a constant.
fn word<const N: usize>(offset: u32) -> Constant<Bits<N>> {
    Constant::new(u64::from(offset / 4).into())
}

block! {
    /// Finds a write's register in a block with so many lines and ports.
    pub struct Targets new(lines: usize, ports: usize) {
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
        self.port.next = self.decode.port_index.val();
        self.line.next = self.decode.line_index.val();
        self.word.next = self.post_offset.val().get_bits::<4>(0);
        if self.found.val().trigger {
            self.word.next = self.decode.vector_word.val().get_bits::<4>(0);
        }
        self.found.next.plain = self.found.val().scratch
            | self.found.val().irq_enable
            | self.found.val().moderation
            | self.found.val().settings;
        self.found.next.any = self.found.val().plain
            | self.found.val().reset
            | self.found.val().snapshot
            | self.found.val().trigger
            | self.found.val().bind
            | self.found.val().ack
            | self.found.val().doorbell
            | self.found.val().doorbell_user
            | self.found.val().latch
            | self.found.val().pop
            | self.found.val().post;
        self.target.next = self.found.val();
    }
}
