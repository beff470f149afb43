//! The write side of the register bus.
//!
//! A write is decoded, acts, and is answered when all its effects can be read. Writes to a hole and
//! partial writes to a command register do nothing, are counted, and are answered with an error.
//! Commands to the server and resets take as long as they take.

use portolan_regs::map::{control, line, port};
use rust_hdl::prelude::*;

use crate::command::Command;
use crate::control::Control;
use crate::decode::ADDRESS_BITS;
use crate::latch::Latched;
use crate::macros::block;
use crate::queue::{POSITION_BITS, USER_WORDS};
use crate::slot::Slot;
use crate::target::{Target, Targets};

/// Where a write is.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum State {
    /// Nothing to do.
    Idle,
    /// A write came; a reset walk may have to end first.
    Decode,
    /// The line addressed is selected; the queues show the port addressed.
    Select,
    /// It acts.
    Act,
    /// A line's configuration is written.
    Configure,
    /// The head of an interrupt queue is being read, and the tag is known to be the right one or not.
    Fetch,
    /// The head is there.
    Pop,
    /// The server has a command to take.
    Order,
    /// The server carries it out.
    Serve,
    /// A reset walk goes on.
    Reset,
    /// Answer.
    Finish,
}

block! {
    /// The write side for `LINES` lines and `PORTS` ports, with or without rings.
    pub struct WriteBus<const LINES: usize, const PORTS: usize> new(rings: usize) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Forgets the write under way.
        pub reset: Signal<In, Bit>,
        /// One clock: a write starts.
        pub write_valid: Signal<In, Bit>,
        /// Its address, until done.
        pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
        /// Its data, until done.
        pub write_data: Signal<In, Bits<32>>,
        /// Its strobes, until done.
        pub write_strobe: Signal<In, Bits<4>>,
        /// One clock: the write was carried out or refused.
        pub write_done: Signal<Out, Bit>,
        /// Beside it: refused.
        pub write_error: Signal<Out, Bit>,

        /// A reset walk is under way.
        pub resetting: Signal<In, Bit>,
        /// The line that it selects.
        pub reset_line: Signal<In, Bits<6>>,
        /// Clears what a reset clears here.
        pub clear: Signal<In, Bit>,
        /// Starts a reset walk.
        pub start_reset: Signal<Out, Bit>,

        /// Line addressed.
        pub line: Signal<Out, Bits<10>>,
        /// Line of a configuration write, one-hot.
        pub write_mode: Signal<Out, Bits<LINES>>,
        /// Line of a filter write, one-hot.
        pub write_filter: Signal<Out, Bits<LINES>>,
        /// FILTER of the line addressed.
        pub line_filter: Signal<In, Bits<8>>,
        /// Fires test edges.
        pub trigger: Signal<Out, Bits<LINES>>,
        /// Writes MODERATION of the port addressed.
        pub write_moderation: Signal<Out, Bit>,
        /// Writes its interrupt doorbell.
        pub ring: Signal<Out, Bit>,
        /// Writes its user doorbell.
        pub user_ring: Signal<Out, Bit>,
        /// The doorbell's position is not what the queue has completed: behind it, or it makes no sense.
        pub behind: Signal<Out, Bit>,
        /// Interrupt packets completed, of the queue of the port addressed.
        pub completed: Signal<In, Bits<POSITION_BITS>>,
        /// User packets completed.
        pub user_completed: Signal<In, Bits<POSITION_BITS>>,
        /// Port addressed.
        pub port: Signal<Out, Bits<4>>,
        /// Its ring addressed is that of user packets.
        pub ring_user: Signal<Out, Bit>,
        /// Writes the lower word of that ring's BASE.
        pub ring_base_low: Signal<Out, Bit>,
        /// Its upper word.
        pub ring_base_high: Signal<Out, Bit>,
        /// Writes that ring's FIRST.
        pub ring_first: Signal<Out, Bit>,
        /// Writes that ring's CONTROL.
        pub ring_control: Signal<Out, Bit>,
        /// One of these was ignored.
        pub ring_refused: Signal<In, Bit>,
        /// A write acts: what it writes may change in this clock, and not in another.
        pub acting: Signal<Out, Bit>,
        /// The head of a queue may be removed in this clock.
        pub popping: Signal<Out, Bit>,
        /// The queues' memories are read for this side.
        pub reads_memory: Signal<Out, Bit>,

        /// From the next clock on, the queues shall show the port addressed.
        pub wants_port: Signal<Out, Bit>,
        /// Head of the interrupt class of the port addressed.
        pub head: Signal<In, Slot>,
        /// Packets in the interrupt class of the port addressed.
        pub level: Signal<In, Bits<8>>,
        /// Packets in its user class.
        pub user_level: Signal<In, Bits<8>>,
        /// Latches the head of the port addressed.
        pub latch: Signal<Out, Bit>,
        /// Of the user class.
        pub latch_user: Signal<Out, Bit>,
        /// There is one.
        pub latch_found: Signal<Out, Bit>,
        /// What the port addressed has latched.
        pub latched: Signal<In, Latched>,
        /// The port addressed has nothing latched any more.
        pub unlatch: Signal<Out, Bit>,
        /// Removes the head of the interrupt class.
        pub pop: Signal<Out, Bit>,
        /// It took a shared place.
        pub pop_shared: Signal<Out, Bit>,
        /// Removes the head of the user class.
        pub pop_user: Signal<Out, Bit>,
        /// Writes a word of a user packet.
        pub post: Signal<Out, Bit>,
        /// Which.
        pub post_word: Signal<Out, Bits<4>>,
        /// And queues the packet.
        pub post_commit: Signal<Out, Bit>,
        /// It is refused.
        pub post_refused: Signal<In, Bit>,

        /// A command for the server stands.
        pub command_valid: Signal<Out, Bit>,
        /// Its line, or the reset walk's, one-hot.
        pub command_line: Signal<Out, Bits<LINES>>,
        /// The command.
        pub command: Signal<Out, Command>,
        /// The server took it.
        pub command_taken: Signal<In, Bit>,
        /// The server has carried it out.
        pub command_done: Signal<In, Bit>,
        /// The server ignored a command.
        pub server_stale: Signal<In, Bit>,

        /// A read met a hole.
        pub read_hole: Signal<In, Bit>,
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
        /// No write is under way.
        pub quiet: Signal<Out, Bit>,

        targets: Targets = Targets::new(LINES, PORTS, rings),
        state: DFF<State>,
        target: DFF<Target>,
        port_number: DFF<Bits<4>>,
        line_number: DFF<Bits<10>>,
        word_number: DFF<Bits<4>>,
        line_selected: DFF<Bits<LINES>>,
        /// There is a register.
        exists: DFF<Bit>,
        /// And these strobes may write it.
        allowed: DFF<Bit>,
        error: DFF<Bit>,
        /// FILTER written is another one than the line's; the tag written is that of the port's latch. So it was
        /// one clock ago.
        other_filter: DFF<Bit>,
        good_tag: DFF<Bit>,
        popped_line: DFF<Bits<10>>,
        popped_gap: DFF<Bit>,
        popped_shared: DFF<Bit>,

        line_bits: Signal<Local, Bits<LINES>>,
        trigger_bits: Signal<Local, Bits<64>>,
        number: Signal<Local, Bits<6>>,
        addressed: Signal<Local, Bits<6>>,
        whole: Signal<Local, Bit>,
        /// Such a register keeps what is written, which may be done byte by byte.
        plain: Signal<Local, Bit>,
        known: Signal<Local, Bit>,
        acts: Signal<Local, Bit>,
        stale_now: Signal<Local, Bit>,
        bind_port: Signal<Local, Bits<8>>,
        new_filter: Signal<Local, Bits<8>>,
        position: Signal<Local, Bits<POSITION_BITS>>,
        wanted: Signal<Local, Bits<16>>,
        write_hole: Signal<Local, Bit>,
        bad_tag: Signal<Local, Bit>,
        partial: Signal<Local, Bit>,
        drop: Signal<Local, Bit>,
        control: Control,

        last_post: Constant<Bits<4>> = Constant::new((USER_WORDS as u64 - 1).into()),
        reset_key: Constant<Bits<32>> = Constant::new(u64::from(portolan_regs::RESET_KEY).into()),
        ports: Constant<Bits<8>> = Constant::new((PORTS as u64).into()),
        lines: Constant<Bits<16>> = Constant::new((LINES as u64).into()),
    }
}

// Fields that `update` takes apart by number.
const _: () = {
    assert!(line::BIND::PORT.low == 0 && line::BIND::PORT.high == 7 && line::BIND::BIND.low == 8);
    assert!(line::BIND::GENERATION.low == 16 && line::ACK::GENERATION.low == 16);
    assert!(port::DOORBELL_INTERRUPT::ARM.low == 31 && port::DOORBELL_USER::ARM.low == 31);
    assert!(port::LATCH::CLASS.low == 0 && port::POP::TAG.high == 15 && control::SNAPSHOT::LINE.high == 15);
};

impl<const LINES: usize, const PORTS: usize> Logic for WriteBus<LINES, PORTS> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, target, port_number, line_number, word_number, line_selected, exists);
        dff_setup!(self, clock, allowed, error, other_filter, good_tag);
        dff_setup!(self, clock, popped_line, popped_gap, popped_shared);
        clock!(self, clock, control);

        // Decode.
        self.targets.address.next = self.write_address.val();
        self.target.d.next = self.targets.target.val();
        self.port_number.d.next = self.targets.port.val();
        self.line_number.d.next = self.targets.line.val();
        self.word_number.d.next = self.targets.word.val();

        // Who is addressed, one-hot, a clock later.
        self.addressed.next = self.line_number.q.val().get_bits::<6>(0);
        if self.target.q.val().snapshot {
            self.addressed.next = self.write_data.val().get_bits::<6>(0);
        }
        if self.target.q.val().pop {
            self.addressed.next = self.popped_line.q.val().get_bits::<6>(0);
        }
        if self.resetting.val() {
            self.addressed.next = self.reset_line.val();
        }
        self.line.next = self.line_number.q.val();
        self.number.next = 0.into();
        self.line_bits.next = 0.into();
        for i in 0..LINES {
            self.line_bits.next =
                self.line_bits.val().replace_bit(i, self.addressed.val() == self.number.val());
            self.number.next = self.number.val() + 1;
        }
        self.line_selected.d.next = self.line_bits.val();
        self.trigger_bits.next = bit_cast::<64, 32>(self.write_data.val());
        if self.word_number.q.val().get_bit(0) {
            self.trigger_bits.next = self.trigger_bits.val() << 32;
        }

        // What is allowed.
        self.whole.next = self.write_strobe.val().all();
        self.plain.next = self.target.q.val().scratch
            | self.target.q.val().irq_enable
            | self.target.q.val().moderation
            | self.target.q.val().settings;
        self.known.next = self.plain.val()
            | self.target.q.val().reset
            | self.target.q.val().snapshot
            | self.target.q.val().ring_base_low
            | self.target.q.val().ring_base_high
            | self.target.q.val().ring_first
            | self.target.q.val().ring_control
            | self.target.q.val().trigger
            | self.target.q.val().bind
            | self.target.q.val().ack
            | self.target.q.val().doorbell
            | self.target.q.val().doorbell_user
            | self.target.q.val().latch
            | self.target.q.val().pop
            | self.target.q.val().post;
        self.exists.d.next = self.known.val();
        self.allowed.d.next = self.known.val() & (self.whole.val() | self.plain.val());
        self.acts.next = false;

        // The command that the server would get.
        self.command.next.bind = self.target.q.val().bind & self.write_data.val().get_bit(8);
        self.command.next.unbind = self.target.q.val().bind & !self.write_data.val().get_bit(8);
        self.command.next.ack = self.target.q.val().ack;
        self.command.next.pop_edge = self.target.q.val().pop & !self.popped_gap.q.val();
        self.command.next.pop_gap = self.target.q.val().pop & self.popped_gap.q.val();
        self.command.next.snapshot = self.target.q.val().snapshot;
        self.command.next.failed = false;
        self.command.next.unattended = false;
        self.command.next.reset = false;
        self.command.next.generation = self.write_data.val().get_bits::<16>(16);
        self.command.next.port = self.write_data.val().get_bits::<4>(0);
        self.command_line.next = self.line_selected.q.val();
        self.command_valid.next = false;

        self.post_word.next = self.word_number.q.val();
        self.post_commit.next = self.target.q.val().post & (self.word_number.q.val() == self.last_post.val());
        self.start_reset.next = false;
        self.wants_port.next = false;
        self.pop.next = false;
        self.pop_shared.next = self.popped_shared.q.val();
        self.pop_user.next = false;
        self.unlatch.next = false;
        self.write_done.next = false;
        self.write_error.next = self.error.q.val();
        self.stale_now.next = self.server_stale.val() | self.ring_refused.val();
        self.bad_tag.next = false;
        self.partial.next = false;
        self.drop.next = false;
        self.bind_port.next = self.write_data.val().get_bits::<8>(0);
        self.wanted.next = self.write_data.val().get_bits::<16>(0);
        self.good_tag.d.next = self.latched.val().valid & (self.wanted.val() == self.latched.val().tag);
        self.new_filter.next = self.write_data.val().get_bits::<8>(8);
        self.other_filter.d.next = self.new_filter.val() != self.line_filter.val();

        match self.state.q.val() {
            State::Idle => {
                self.error.d.next = false;
                if self.write_valid.val() {
                    self.state.d.next = State::Decode;
                }
            }
            State::Decode => {
                if !self.resetting.val() {
                    self.wants_port.next = true;
                    self.state.d.next = State::Select;
                }
            }
            State::Select => {
                self.wants_port.next = true;
                self.state.d.next = State::Act;
            }
            State::Act => {
                self.wants_port.next = true;
                self.state.d.next = State::Finish;
                self.acts.next = self.allowed.q.val();
                self.error.d.next = !self.allowed.q.val();
                if self.exists.q.val() & !self.allowed.q.val() {
                    self.partial.next = true;
                }
                if self.acts.val() {
                    if self.target.q.val().reset {
                        if self.write_data.val() == self.reset_key.val() {
                            self.start_reset.next = true;
                            self.state.d.next = State::Reset;
                        } else {
                            self.stale_now.next = true;
                        }
                    }
                    if self.target.q.val().ack | self.target.q.val().bind | self.target.q.val().snapshot {
                        self.state.d.next = State::Order;
                        if (self.target.q.val().bind
                            & self.write_data.val().get_bit(8)
                            & (self.bind_port.val() >= self.ports.val()))
                            | (self.target.q.val().snapshot & (self.wanted.val() >= self.lines.val()))
                        {
                            self.stale_now.next = true;
                            self.state.d.next = State::Finish;
                        }
                    }
                    if self.target.q.val().pop {
                        self.state.d.next = State::Fetch;
                    }
                    if self.target.q.val().settings {
                        self.state.d.next = State::Configure;
                    }
                    if self.post_commit.val() & self.post_refused.val() {
                        self.drop.next = true;
                        self.error.d.next = true;
                    }
                }
            }
            State::Configure => {
                self.state.d.next = State::Finish;
            }
            State::Fetch => {
                // The memory was addressed in the last clock and answers now. In the next one rings may have it.
                self.wants_port.next = true;
                self.popped_line.d.next = self.head.val().line;
                self.popped_gap.d.next = self.head.val().gap;
                self.popped_shared.d.next = self.head.val().shared;
                self.state.d.next = State::Finish;
                if self.good_tag.q.val() {
                    self.unlatch.next = true;
                    if self.latched.val().user {
                        self.pop_user.next = true;
                    } else {
                        self.state.d.next = State::Pop;
                    }
                } else {
                    self.bad_tag.next = true;
                }
            }
            State::Pop => {
                self.pop.next = true;
                self.state.d.next = State::Order;
            }
            State::Order => {
                self.command_valid.next = true;
                if self.command_taken.val() {
                    self.state.d.next = State::Serve;
                }
            }
            State::Serve => {
                if self.command_done.val() {
                    self.state.d.next = State::Finish;
                }
            }
            State::Reset => {
                if !self.resetting.val() {
                    self.state.d.next = State::Finish;
                }
            }
            State::Finish => {
                self.write_done.next = true;
                self.state.d.next = State::Idle;
            }
            _ => {
                self.state.d.next = State::Idle;
            }
        }

        // Effects of the clock in which it acts.
        self.write_mode.next = 0.into();
        self.write_filter.next = 0.into();
        if self.state.q.val() == State::Configure {
            if self.write_strobe.val().get_bit(0) {
                self.write_mode.next = self.line_selected.q.val();
            }
            if self.write_strobe.val().get_bit(1) & self.other_filter.q.val() {
                self.write_filter.next = self.line_selected.q.val();
            }
        }
        self.trigger.next = 0.into();
        self.write_moderation.next = false;
        self.ring.next = false;
        self.user_ring.next = false;
        self.latch.next = false;
        self.ring_user.next = self.target.q.val().ring_user;
        self.ring_base_low.next = self.acts.val() & self.target.q.val().ring_base_low;
        self.ring_base_high.next = self.acts.val() & self.target.q.val().ring_base_high;
        self.ring_first.next = self.acts.val() & self.target.q.val().ring_first;
        self.ring_control.next = self.acts.val() & self.target.q.val().ring_control;
        self.acting.next = self.state.q.val() == State::Act;
        self.popping.next = (self.state.q.val() == State::Fetch) | (self.state.q.val() == State::Pop);
        self.reads_memory.next = (self.state.q.val() == State::Act) & self.target.q.val().pop;
        self.post.next = self.acts.val() & self.target.q.val().post;
        self.latch_user.next = self.write_data.val().get_bit(0);
        self.latch_found.next = self.level.val().any();
        if self.latch_user.val() {
            self.latch_found.next = self.user_level.val().any();
        }
        self.position.next = self.write_data.val().get_bits::<POSITION_BITS>(0);
        self.behind.next = self.position.val() != self.completed.val();
        if self.target.q.val().doorbell_user {
            self.behind.next = self.position.val() != self.user_completed.val();
        }
        if self.acts.val() {
            if self.target.q.val().trigger {
                self.trigger.next = bit_cast::<LINES, 64>(self.trigger_bits.val());
            }
            if self.target.q.val().moderation {
                self.write_moderation.next = true;
            }
            if self.target.q.val().doorbell {
                self.ring.next = true;
            }
            if self.target.q.val().doorbell_user {
                self.user_ring.next = true;
            }
            if self.target.q.val().latch {
                self.latch.next = true;
            }
        }
        self.port.next = self.port_number.q.val();

        // What the control page keeps.
        self.write_hole.next = (self.state.q.val() == State::Act) & !self.exists.q.val();
        self.control.data.next = self.write_data.val();
        self.control.strobe.next = self.write_strobe.val();
        self.control.write_scratch.next = self.acts.val() & self.target.q.val().scratch;
        self.control.write_irq_enable.next = self.acts.val() & self.target.q.val().irq_enable;
        self.control.count_stale.next = self.stale_now.val();
        self.control.count_bad_tag.next = self.bad_tag.val();
        self.control.count_partial.next = self.partial.val();
        self.control.count_drop.next = self.drop.val();
        self.control.write_hole.next = self.write_hole.val();
        self.control.read_hole.next = self.read_hole.val();
        self.control.clear.next = self.clear.val();
        if self.reset.val() {
            self.state.d.next = State::Idle;
        }
        self.scratch.next = self.control.scratch.val();
        self.irq_enable.next = self.control.irq_enable.val();
        self.stale.next = self.control.stale.val();
        self.bad_tags.next = self.control.bad_tags.val();
        self.partial_writes.next = self.control.partial_writes.val();
        self.holes.next = self.control.holes.val();
        self.post_drops.next = self.control.post_drops.val();
        self.quiet.next = self.state.q.val() == State::Idle;
    }
}
