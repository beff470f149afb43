//! The port accelerator behind one register bus: lines, server, queues, doorbells, registers.
//!
//! Contract
//! - The register bus is that of `axi::AxiSlave`: one write and one read at once.
//! - `irq` is a level: IRQ_ENABLE and some doorbell has fired. It falls when that is written.
//! - `fires` and `errs` are pulses for who tells the host by messages; `fired` and `error` say why, and stand until the
//!   host has seen to it.
//! - `idle` says that nothing but the tick counter moves, and nothing will until a pin changes or
//!   the bus is used. A pin's change takes two clocks to be noticed here.
//! - `reset` restarts everything but the tick counter and the counts (see `reset`).

use rust_hdl::prelude::*;

use crate::decode::ADDRESS_BITS;
use crate::edges::TICK_BITS;
use crate::latch::Latches;
use crate::lines::Lines;
use crate::macros::block;
use crate::moderation::Moderation;
use crate::notify::Notify;
use crate::queue::Queue;
use crate::read::ReadBus;
use crate::reset::ResetWalk;
use crate::ring::Rings;
use crate::server::Server;
use crate::settings::Settings;
use crate::timebase::Timebase;
use crate::write::WriteBus;

block! {
    /// The block with `LINES` lines, numbered by `LW` bits, and `PORTS` ports, whose queues hold
    /// `depth` interrupt packets and `user_depth` user packets (`IA`, `UA`: see `Queue`), clocked at
    /// `hertz`. `RINGS` is 1 for a block with rings, whose sink is at `ring_…` (see `ring`), else 0. CAP_FEATURES and
    /// CAP_VECTORS tell of so many MSI-X `vectors`, which whoever surrounds the block has.
    pub struct Block<
        const LINES: usize,
        const LW: usize,
        const PORTS: usize,
        const IA: usize,
        const UA: usize,
        const RINGS: usize
    >
    new(hertz: u32, depth: usize, user_depth: usize, vectors: usize) {
        /// The core clock.
        pub clock: Signal<In, Clock>,
        /// The bus's reset, synchronous, active high.
        pub reset: Signal<In, Bit>,
        /// The lines' pins, asynchronous.
        pub pins: Signal<In, Bits<LINES>>,
        /// A write starts.
        pub write_valid: Signal<In, Bit>,
        /// Its address.
        pub write_address: Signal<In, Bits<ADDRESS_BITS>>,
        /// Its data.
        pub write_data: Signal<In, Bits<32>>,
        /// Its strobes.
        pub write_strobe: Signal<In, Bits<4>>,
        /// It ends.
        pub write_done: Signal<Out, Bit>,
        /// Refused.
        pub write_error: Signal<Out, Bit>,
        /// A read starts.
        pub read_valid: Signal<In, Bit>,
        /// Its address.
        pub read_address: Signal<In, Bits<ADDRESS_BITS>>,
        /// It ends.
        pub read_done: Signal<Out, Bit>,
        /// The word read.
        pub read_data: Signal<Out, Bits<32>>,
        /// Refused.
        pub read_error: Signal<Out, Bit>,
        /// The interrupt, a level.
        pub irq: Signal<Out, Bit>,
        /// Nothing but the tick counter moves.
        pub idle: Signal<Out, Bit>,
        /// A doorbell of these ports has fired one clock ago.
        pub fires: Signal<Out, Bits<PORTS>>,
        /// A doorbell of these ports has fired and was not written since.
        pub fired: Signal<Out, Bits<PORTS>>,
        /// A ring has got an error one clock ago.
        pub errs: Signal<Out, Bit>,
        /// A ring has an error.
        pub error: Signal<Out, Bit>,
        /// IRQ_ENABLE.
        pub irq_enable: Signal<Out, Bit>,
        /// What is kept of each port is cleared.
        pub clear: Signal<Out, Bit>,
        /// One pulse per user packet that leaves a port's queue: a place for another.
        pub post_credits: Signal<Out, Bits<PORTS>>,

        /// Rings: beats of the longest burst, 8 to 64.
        pub ring_limit: Signal<In, Bits<8>>,
        /// A beat stands.
        pub ring_valid: Signal<Out, Bit>,
        /// It is taken.
        pub ring_ready: Signal<In, Bit>,
        /// The first of its burst.
        pub ring_first: Signal<Out, Bit>,
        /// The last of its burst.
        pub ring_last: Signal<Out, Bit>,
        /// Where the burst goes, beside the first beat.
        pub ring_address: Signal<Out, Bits<64>>,
        /// Its beats, beside the first.
        pub ring_beats: Signal<Out, Bits<8>>,
        /// The beat.
        pub ring_data: Signal<Out, Bits<64>>,
        /// The oldest burst is done.
        pub ring_done: Signal<In, Bit>,
        /// The oldest burst failed.
        pub ring_failed: Signal<In, Bit>,

        timebase: Timebase,
        lines: Lines<LINES, LW> = Lines::new(),
        settings: Settings<LW>,
        server: Server<LINES, LW>,
        queue: Queue<PORTS, IA, UA> = Queue::new(LINES, depth, user_depth),
        notify: Notify<PORTS>,
        latches: Latches,
        moderation: Moderation,
        walk: ResetWalk = ResetWalk::new(LINES),
        write: WriteBus<LINES, PORTS> = WriteBus::new(RINGS),
        read: ReadBus<LINES, PORTS> = ReadBus::new(hertz, depth, user_depth, RINGS, vectors),
        rings: [Rings<LINES, PORTS>; RINGS] = std::array::from_fn(|_| Rings::new()),
        irq_level: DFF<Bit>,
        is_idle: DFF<Bit>,
        /// The port that queues and latches show, and whether it is the write side's.
        port: DFF<Bits<4>>,
        port_taken: DFF<Bit>,
        /// The ring of it that rings show is that of user packets.
        user: DFF<Bit>,

        visited: Signal<Local, Bits<4>>,
        one: Signal<Local, Bits<16>>,
        added: Signal<Local, Bits<PORTS>>,
        user_added: Signal<Local, Bits<PORTS>>,
        rings_quiet: Signal<Local, Bit>,
        rings_error: Signal<Local, Bit>,
        rings_errs: Signal<Local, Bit>,
    }
}

impl<
    const LINES: usize,
    const LW: usize,
    const PORTS: usize,
    const IA: usize,
    const UA: usize,
    const RINGS: usize,
> Logic for Block<LINES, LW, PORTS, IA, UA, RINGS>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, irq_level, is_idle, port, port_taken, user);
        clock!(
            self, clock, timebase, lines, settings, server, queue, latches, moderation, notify, walk, write,
            read
        );

        // Lines and server.
        self.lines.pins.next = self.pins.val();
        self.lines.tick.next = self.timebase.now.val().get_bits::<TICK_BITS>(0);
        self.lines.reset.next = self.walk.clear.val();
        self.lines.write_mode.next = self.write.write_mode.val();
        self.lines.write_filter.next = self.write.write_filter.val();
        self.lines.settings.next = self.write_data.val().get_bits::<16>(0);
        self.lines.trigger.next = self.write.trigger.val();
        self.lines.serving.next = self.server.serving.val();
        self.lines.serve.next = self.server.serve.val();
        self.lines.arm.next = self.server.arm.val();
        self.settings.write_line.next = bit_cast::<LW, 10>(self.write.line.val());
        self.settings.write_mode.next = self.write.write_mode.val().any();
        self.settings.write_filter.next = self.write.write_filter.val().any();
        self.settings.write_data.next = self.write_data.val().get_bits::<16>(0);
        self.write.line_filter.next = self.settings.write_line_filter.val();
        self.settings.clear.next = self.server.cleared.val();
        self.settings.clear_line.next = self.server.cleared_line.val();
        self.settings.serve_line.next = self.lines.index.val();
        self.settings.read_line.next = bit_cast::<LW, 10>(self.read.line.val());
        self.server.mode.next = self.settings.serve_mode.val();
        self.server.filter.next = self.settings.serve_filter.val();
        self.server.now.next = self.timebase.now.val();
        self.server.hold.next = self.walk.active.val();
        self.server.request.next = self.lines.request.val();
        self.server.index.next = self.lines.index.val();
        self.server.edges.next = self.lines.edges.val();
        self.server.full.next = self.queue.full.val();
        self.server.last.next = self.queue.last.val();
        self.server.command_valid.next = self.write.command_valid.val();
        self.server.command_line.next = self.write.command_line.val();
        self.server.command.next = self.write.command.val();
        // Rings tell the server what was written, when nobody else has a command for it.
        for i in 0..RINGS {
            self.rings[i].server_wanted.next = self.server.wanted.val();
            self.rings[i].command_taken.next = false;
            if !self.walk.line_valid.val() & !self.write.command_valid.val() {
                self.rings[i].command_taken.next = self.server.command_taken.val();
                self.server.command_valid.next = self.rings[i].command_valid.val();
                self.server.command_line.next = self.rings[i].command_line.val();
                self.server.command.next.bind = false;
                self.server.command.next.unbind = false;
                self.server.command.next.ack = false;
                self.server.command.next.snapshot = false;
                self.server.command.next.pop_edge = !self.rings[i].command_gap.val();
                self.server.command.next.pop_gap = self.rings[i].command_gap.val();
                self.server.command.next.failed = self.rings[i].command_failed.val();
                self.server.command.next.unattended = true;
            }
        }
        if self.walk.line_valid.val() {
            self.server.command_valid.next = true;
            self.server.command.next.bind = false;
            self.server.command.next.unbind = false;
            self.server.command.next.ack = false;
            self.server.command.next.pop_edge = false;
            self.server.command.next.pop_gap = false;
            self.server.command.next.snapshot = false;
            self.server.command.next.reset = true;
        }
        self.write.command_taken.next = self.server.command_taken.val() & !self.walk.active.val();
        self.write.command_done.next = self.server.command_done.val() & !self.walk.active.val();
        self.write.server_stale.next = self.server.stale.val();

        // Queues.
        self.queue.clear.next = self.walk.clear_port_valid.val();
        self.queue.clear_port.next = self.walk.clear_port.val();
        self.queue.reset.next = self.walk.clear.val();
        self.queue.claim.next = self.server.claim.val();
        self.queue.claim_port.next = self.server.claim_port.val();
        self.queue.push.next = self.server.push.val();
        self.queue.push_port.next = self.server.push_port.val();
        self.queue.slot.next = self.server.slot.val();
        self.queue.post.next = self.write.post.val();
        self.queue.post_word.next = self.write.post_word.val();
        self.queue.post_data.next = self.write_data.val();
        self.queue.post_commit.next = self.write.post_commit.val();
        self.queue.pop.next = self.write.pop.val();
        self.queue.pop_shared.next = self.write.pop_shared.val();
        self.queue.pop_user.next = self.write.pop_user.val();
        self.port.d.next = self.read.port.val();
        if self.write.wants_port.val() {
            self.port.d.next = self.write.port.val();
        }
        self.user.d.next = self.read.ring_user.val();
        if self.write.wants_port.val() {
            self.user.d.next = self.write.ring_user.val();
        }
        self.port_taken.d.next = self.write.wants_port.val();
        self.queue.port.next = self.port.q.val();
        self.queue.head_word.next = self.read.head_word.val();
        self.latches.clear.next = self.walk.clear_port_valid.val();
        self.latches.clear_port.next = self.walk.clear_port.val();
        self.latches.port.next = self.port.q.val();
        self.latches.latch.next = self.write.latch.val();
        self.latches.user.next = self.write.latch_user.val();
        self.latches.found.next = self.write.latch_found.val();

        // Rings.
        self.queue.ring_port.next = 0.into();
        self.queue.take.next = false;
        self.queue.take_user.next = false;
        self.queue.take_count.next = 0.into();
        self.queue.free.next = false;
        self.queue.free_port.next = 0.into();
        self.queue.free_user.next = false;
        self.queue.free_user_port.next = 0.into();
        self.queue.ring_reads.next = false;
        self.queue.read_port.next = 0.into();
        self.queue.read_place.next = 0.into();
        self.queue.read_word.next = 0.into();
        self.added.next = bit_cast::<PORTS, 16>(self.queue.added.val());
        self.user_added.next = bit_cast::<PORTS, 16>(self.queue.user_added.val());
        self.walk.pause.next = false;
        self.write.ring_refused.next = false;
        self.write.completed.next = self.queue.completed.val();
        self.write.user_completed.next = self.queue.user_completed.val();
        self.write.level.next = self.queue.level.val();
        self.write.user_level.next = self.queue.user_level.val();
        self.read.ring_status.next = 0.into();
        self.latches.unlatch.next = self.write.unlatch.val();
        self.ring_valid.next = false;
        self.ring_first.next = false;
        self.ring_last.next = false;
        self.ring_address.next = 0.into();
        self.ring_beats.next = 0.into();
        self.ring_data.next = 0.into();
        self.rings_quiet.next = true;
        self.rings_error.next = false;
        self.rings_errs.next = false;
        for i in 0..RINGS {
            self.rings[i].clock.next = self.clock.val();
            self.rings[i].reset.next = self.reset.val();
            self.rings[i].clear.next = self.walk.clear.val();
            self.rings[i].hold.next = self.walk.active.val();
            self.walk.pause.next = self.rings[i].flushing.val();

            // The bus. A class with an enabled ring leaves by it alone.
            self.rings[i].port.next = self.port.q.val();
            self.rings[i].user.next = self.user.q.val();
            self.rings[i].data.next = self.write_data.val();
            self.rings[i].write_base_low.next = self.write.ring_base_low.val();
            self.rings[i].write_base_high.next = self.write.ring_base_high.val();
            self.rings[i].write_first_sequence.next = self.write.ring_first.val();
            self.rings[i].write_control.next = self.write.ring_control.val();
            self.rings[i].doorbell.next = self.write.ring.val() | self.write.user_ring.val();
            self.write.ring_refused.next = self.rings[i].refused.val();
            self.read.ring_status.next = self.rings[i].status.val();
            if self.rings[i].interrupt_enabled.val() {
                self.write.level.next = 0.into();
            }
            if self.rings[i].user_enabled.val() {
                self.write.user_level.next = 0.into();
            }
            if self.rings[i].enables.val() {
                self.latches.unlatch.next = true;
            }

            // Queues.
            self.rings[i].added.next = bit_cast::<PORTS, 16>(self.queue.added.val());
            self.rings[i].user_added.next = bit_cast::<PORTS, 16>(self.queue.user_added.val());
            self.queue.ring_port.next = self.rings[i].queue_port.val();
            self.rings[i].level.next = self.queue.ring_level.val();
            self.rings[i].place.next = self.queue.ring_place.val();
            self.rings[i].user_level.next = self.queue.ring_user_level.val();
            self.rings[i].user_place.next = self.queue.ring_user_place.val();
            self.rings[i].bus_acts.next = self.write.acting.val();
            self.rings[i].queue_busy.next = self.write.popping.val();
            self.rings[i].memory_busy.next = self.write.reads_memory.val() | self.read.reads_memory.val();
            self.rings[i].packet.next = self.queue.head.val();
            self.rings[i].words.next = self.queue.user_words.val();
            self.queue.take.next = self.rings[i].take.val();
            self.queue.take_user.next = self.rings[i].take_user.val();
            self.queue.take_count.next = self.rings[i].taken.val();
            self.queue.ring_reads.next = !self.write.reads_memory.val() & !self.read.reads_memory.val();
            self.queue.read_port.next = self.rings[i].read_port.val();
            self.queue.read_place.next = self.rings[i].read_place.val();
            self.queue.read_word.next = self.rings[i].read_word.val();
            self.queue.free_user.next = self.rings[i].free_user.val();
            self.queue.free_user_port.next = self.rings[i].free_user_port.val();
            self.queue.free.next = self.rings[i].free.val();
            self.queue.free_port.next = self.rings[i].free_port.val();

            // Doorbells.
            self.added.next =
                (self.added.val() & (!self.rings[i].enabled_ports.val())) | self.rings[i].delivered.val();
            self.user_added.next = (self.user_added.val() & (!self.rings[i].user_enabled_ports.val()))
                | self.rings[i].user_delivered.val();
            self.rings_quiet.next = self.rings[i].quiet.val();
            self.rings_error.next = self.rings[i].error.val();
            self.rings_errs.next = self.rings[i].errs.val();

            // The sink.
            self.rings[i].write_limit.next = self.ring_limit.val();
            self.rings[i].write_ready.next = self.ring_ready.val();
            self.rings[i].write_done.next = self.ring_done.val();
            self.rings[i].write_failed.next = self.ring_failed.val();
            self.ring_valid.next = self.rings[i].write_valid.val();
            self.ring_first.next = self.rings[i].write_first.val();
            self.ring_last.next = self.rings[i].write_last.val();
            self.ring_address.next = self.rings[i].write_address.val();
            self.ring_beats.next = self.rings[i].write_beats.val();
            self.ring_data.next = self.rings[i].write_data.val();
        }

        // Reset.
        self.walk.bus_reset.next = self.reset.val();
        self.walk.start.next = self.write.start_reset.val();
        self.walk.taken.next = self.server.command_taken.val() & self.walk.line_valid.val();

        // Doorbells.
        self.visited.next = self.timebase.now.val().get_bits::<4>(0);
        self.one.next = 1.into();
        self.notify.reset.next = self.walk.clear.val();
        self.notify.here.next = bit_cast::<PORTS, 16>(self.one.val() << self.port.q.val());
        self.notify.write.next = self.write.write_moderation.val();
        self.notify.strobe.next = self.write_strobe.val();
        self.notify.data.next = self.write_data.val();
        self.notify.ring.next = self.write.ring.val();
        self.notify.user_ring.next = self.write.user_ring.val();
        self.notify.arm.next = self.write_data.val().get_bit(31);
        self.notify.behind.next = self.write.behind.val();
        for i in 0..RINGS {
            if self.rings[i].is_enabled.val() {
                self.notify.behind.next = self.rings[i].behind.val();
            }
        }
        self.notify.added.next = self.added.val();
        self.notify.user_added.next = self.user_added.val();
        self.notify.visited.next = bit_cast::<PORTS, 16>(self.one.val() << self.visited.val());
        self.notify.time_over.next = 0.into();
        if self.moderation.due.val() {
            self.notify.time_over.next =
                bit_cast::<PORTS, 16>(self.one.val() << self.moderation.due_port.val());
        }
        self.moderation.clear.next = self.walk.clear_port_valid.val();
        self.moderation.clear_port.next = self.walk.clear_port.val();
        self.moderation.port.next = self.port.q.val();
        self.moderation.write.next = self.write.write_moderation.val();
        self.moderation.strobe.next = self.write_strobe.val();
        self.moderation.data.next = self.write_data.val();
        self.moderation.visited.next = self.visited.val();
        self.moderation.waiting.next = bit_cast::<16, PORTS>(self.notify.waits.val());
        self.moderation.fresh.next = bit_cast::<16, PORTS>(self.notify.fresh.val());
        self.irq_level.d.next =
            self.write.irq_enable.val() & (self.notify.fired.val().any() | self.rings_error.val());
        self.irq.next = self.irq_level.q.val();
        self.fires.next = self.notify.fires_now.val();
        self.fired.next = self.notify.fired.val();
        self.errs.next = self.rings_errs.val();
        self.error.next = self.rings_error.val();
        self.irq_enable.next = self.write.irq_enable.val();
        self.clear.next = self.walk.clear.val();
        self.post_credits.next = bit_cast::<PORTS, 16>(self.queue.user_removed.val());

        // Register bus.
        self.write.reset.next = self.reset.val();
        self.write.write_valid.next = self.write_valid.val();
        self.write.write_address.next = self.write_address.val();
        self.write.write_data.next = self.write_data.val();
        self.write.write_strobe.next = self.write_strobe.val();
        self.write.resetting.next = self.walk.active.val();
        self.write.reset_line.next = self.walk.line.val();
        self.write.clear.next = self.walk.clear.val();
        self.write.head.next = self.queue.head.val();
        self.write.latched.next = self.latches.latched.val();
        self.write.post_refused.next = self.queue.refuses.val();
        self.write.read_hole.next = self.read.hole.val();
        self.write_done.next = self.write.write_done.val();
        self.write_error.next = self.write.write_error.val();

        self.read.reset.next = self.reset.val();
        self.read.read_valid.next = self.read_valid.val();
        self.read.read_address.next = self.read_address.val();
        self.read.port_taken.next = self.port_taken.q.val();
        self.read.now.next = self.timebase.now.val();
        self.read.idle.next = self.is_idle.q.val();
        self.read.resetting.next = self.walk.active.val();
        self.read.irq.next = self.irq_level.q.val();
        self.read.error.next = self.rings_error.val();
        self.read.epoch.next = self.walk.epoch.val();
        self.read.scratch.next = self.write.scratch.val();
        self.read.irq_enable.next = self.write.irq_enable.val();
        self.read.stale.next = self.write.stale.val();
        self.read.bad_tags.next = self.write.bad_tags.val();
        self.read.partial_writes.next = self.write.partial_writes.val();
        self.read.holes.next = self.write.holes.val();
        self.read.post_drops.next = self.write.post_drops.val();
        self.read.snapshot.next = self.server.snapshot.val();
        self.read.level.next = self.lines.level.val();
        self.read.in_flight.next = self.server.in_flight.val();
        self.read.fired.next = bit_cast::<16, PORTS>(self.notify.fired.val());
        self.read.settings.next = self.settings.read_data.val();
        self.read.moderation.next = self.moderation.word.val();
        self.read.latched.next = self.latches.latched.val();
        self.read.head.next = self.queue.head.val();
        self.read.user_head.next = self.queue.user_head.val();
        self.read.queued.next = self.queue.level.val();
        self.read.user_queued.next = self.queue.user_level.val();
        self.read_done.next = self.read.read_done.val();
        self.read_data.next = self.read.read_data.val();
        self.read_error.next = self.read.read_error.val();

        // A read is not counted: who asks for STATUS is itself the access. What a write begins shows in
        // lines and queues a clock after it.
        self.is_idle.d.next = self.lines.quiet.val()
            & self.server.quiet.val()
            & self.notify.quiet.val()
            & self.write.quiet.val()
            & self.rings_quiet.val()
            & !self.walk.active.val();
        self.idle.next = self.is_idle.q.val() & self.write.quiet.val() & self.read.quiet.val();
    }
}
