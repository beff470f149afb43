//! The PCIe top: the block behind the 7-series integrated block for PCI Express.
//!
//! Two clocks: `user_clk` of the integrated block, with all its signals, and `core_clk`, free-running, with
//! lines, time base and queues. docs/pcie.md lists the signals and what the endpoint promises.
//!
//! - `user_reset` (link down, hot reset) and a Function Level Reset restart both sides and reset the block:
//!   all but the tick counter and the counts. `core_reset` does the same from the other side.
//! - While `user_clk` stands still the block goes on; what it has to send waits.
//! - A ring's burst is done when its last word is in the FIFO towards the integrated block: whatever comes later comes
//!   behind it, as posted requests stay in order (PCI Express Base Specification 3.0, 2.4.1).
//!
//! Every output is a flip-flop, or a constant.

use rust_hdl::prelude::*;

use super::completer::Completer;
use super::fifo::CrossFifo;
use super::interrupt::Interrupt;
use super::msix::Msix;
use super::receive::Receive;
use super::requester::Requester;
use super::restart::Restart;
use super::send::Send;
use super::turns::Turns;
use super::word::{Received, Sent};
use crate::block::Block;
use crate::macros::block;
use crate::synchroniser::Synchroniser;

block! {
    /// The block behind the integrated block. Parameters as those of `Block`; ports are called as in UG477.
    pub struct PcieTop<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize>
    new(hertz: u32, depth: usize, user_depth: usize) {
        /// The core clock, free-running.
        pub core_clk: Signal<In, Clock>,
        /// Resets the block; synchronous to `core_clk`, active high.
        pub core_reset: Signal<In, Bit>,
        /// The integrated block's clock.
        pub user_clk: Signal<In, Clock>,
        /// Its reset, active high.
        pub user_reset: Signal<In, Bit>,
        /// Received: two doublewords, the first one low.
        pub m_axis_rx_tdata: Signal<In, Bits<64>>,
        /// Received: which bytes are there.
        pub m_axis_rx_tkeep: Signal<In, Bits<8>>,
        /// Received: last beat of a TLP.
        pub m_axis_rx_tlast: Signal<In, Bit>,
        /// Received: a beat is there.
        pub m_axis_rx_tvalid: Signal<In, Bit>,
        /// Received: it is taken.
        pub m_axis_rx_tready: Signal<Out, Bit>,
        /// Received: bit 2, BAR 0 is hit.
        pub m_axis_rx_tuser: Signal<In, Bits<22>>,
        /// To send: two doublewords, the first one low.
        pub s_axis_tx_tdata: Signal<Out, Bits<64>>,
        /// To send: which bytes are there.
        pub s_axis_tx_tkeep: Signal<Out, Bits<8>>,
        /// To send: last beat of a TLP.
        pub s_axis_tx_tlast: Signal<Out, Bit>,
        /// To send: a beat is there.
        pub s_axis_tx_tvalid: Signal<Out, Bit>,
        /// To send: it is taken.
        pub s_axis_tx_tready: Signal<In, Bit>,
        /// To send: bit 3, discontinue.
        pub s_axis_tx_tuser: Signal<Out, Bits<4>>,
        /// Bus number.
        pub cfg_bus_number: Signal<In, Bits<8>>,
        /// Device number.
        pub cfg_device_number: Signal<In, Bits<5>>,
        /// Function number.
        pub cfg_function_number: Signal<In, Bits<3>>,
        /// The Command register.
        pub cfg_command: Signal<In, Bits<16>>,
        /// The Device Control register.
        pub cfg_dcommand: Signal<In, Bits<16>>,
        /// A Function Level Reset was asked for.
        pub cfg_received_func_lvl_rst: Signal<In, Bit>,
        /// An unsupported request was received.
        pub cfg_err_ur: Signal<Out, Bit>,
        /// It was posted.
        pub cfg_err_posted: Signal<Out, Bit>,
        /// It was locked.
        pub cfg_err_locked: Signal<Out, Bit>,
        /// An unexpected completion was received.
        pub cfg_err_cpl_unexpect: Signal<Out, Bit>,
        /// A malformed TLP was received.
        pub cfg_err_malformed: Signal<Out, Bit>,
        /// What the completion of an unsupported request copies from it.
        pub cfg_err_tlp_cpl_header: Signal<Out, Bits<48>>,
        /// The integrated block takes reports that ask for a completion.
        pub cfg_err_cpl_rdy: Signal<In, Bit>,
        /// Asks for an INTx message.
        pub cfg_interrupt: Signal<Out, Bit>,
        /// It is to be Assert_INTA, else Deassert_INTA.
        pub cfg_interrupt_assert: Signal<Out, Bit>,
        /// Which of INTA to INTD: INTA.
        pub cfg_interrupt_di: Signal<Out, Bits<8>>,
        /// Interrupt Status of the Status register.
        pub cfg_interrupt_stat: Signal<Out, Bit>,
        /// The message was taken.
        pub cfg_interrupt_rdy: Signal<In, Bit>,
        /// MSI-X is on.
        pub cfg_interrupt_msixenable: Signal<In, Bit>,
        /// All its vectors are masked.
        pub cfg_interrupt_msixfm: Signal<In, Bit>,
        /// The lines' pins, asynchronous.
        pub lines: Signal<In, Bits<LINES>>,
        /// Nothing but the tick counter moves, on the core clock.
        pub idle: Signal<Out, Bit>,
        /// One pulse of the core clock per user packet that leaves a port's queue.
        pub post_credits: Signal<Out, Bits<PORTS>>,

        user_side: Restart,
        core_side: Restart,
        receive: Receive,
        received: CrossFifo<Received, 5, 6>,
        completer: Completer = Completer::new(),
        requester: Requester = Requester::new(),
        turns: Turns,
        msix: Msix = Msix::new(PORTS),
        core: Block<LINES, LW, PORTS, IA, UA, 1> = Block::new(hertz, depth, user_depth, PORTS + 1),
        sent: CrossFifo<Sent, 5, 6>,
        send: Send,
        interrupt: Interrupt,
        restarts: DFF<Bit>,
        irq: DFF<Bit>,
        quiet: DFF<Bit>,
        link_reset: DFF<Bit>,
        function_reset: DFF<Bit>,
        /// What configuration space says: Bus Master Enable, MSI-X Enable, Function Mask. Each for itself, so they need
        /// not cross together.
        permits: DFF<Bits<3>>,
        permitted: Synchroniser<3>,
        permit: Signal<Local, Bits<3>>,
        sources: Signal<Local, Bits<32>>,
        reasons: Signal<Local, Bits<32>>,
        bus_master: Signal<Local, Bit>,
        error_source: Constant<Bits<32>> = Constant::new((1_u64 << PORTS).into()),
        word: Signal<Local, Sent>,
        limit: Signal<Local, Bits<8>>,
        code: Signal<Local, Bits<3>>,
        user_hold: Signal<Local, Bit>,
        core_hold: Signal<Local, Bit>,
    }
}

impl<const LINES: usize, const LW: usize, const PORTS: usize, const IA: usize, const UA: usize> Logic
    for PcieTop<LINES, LW, PORTS, IA, UA>
{
    #[hdl_gen]
    fn update(&mut self) {
        self.restarts.clock.next = self.core_clk.val();
        self.irq.clock.next = self.core_clk.val();
        self.quiet.clock.next = self.core_clk.val();
        self.link_reset.clock.next = self.user_clk.val();
        self.function_reset.clock.next = self.user_clk.val();
        self.core_side.clock.next = self.core_clk.val();
        self.completer.clock.next = self.core_clk.val();
        self.core.clock.next = self.core_clk.val();
        self.user_side.clock.next = self.user_clk.val();
        self.receive.clock.next = self.user_clk.val();
        self.send.clock.next = self.user_clk.val();
        self.interrupt.clock.next = self.user_clk.val();
        self.received.write_clock.next = self.user_clk.val();
        self.received.read_clock.next = self.core_clk.val();
        self.sent.write_clock.next = self.core_clk.val();
        self.sent.read_clock.next = self.user_clk.val();

        // Restarts.
        self.link_reset.d.next = self.user_reset.val();
        self.function_reset.d.next = self.user_reset.val() | self.cfg_received_func_lvl_rst.val();
        self.user_side.reset.next = self.function_reset.q.val();
        self.user_side.other_request.next = self.core_side.request.val();
        self.user_side.other_acknowledge.next = self.core_side.acknowledge.val();
        self.core_side.reset.next = self.core_reset.val();
        self.core_side.other_request.next = self.user_side.request.val();
        self.core_side.other_acknowledge.next = self.user_side.acknowledge.val();
        self.user_hold.next = self.user_side.hold.val();
        self.core_hold.next = self.core_side.hold.val();
        self.received.write_clear.next = self.user_side.clear.val();
        self.received.read_clear.next = self.core_side.clear.val();
        self.sent.write_clear.next = self.core_side.clear.val();
        self.sent.read_clear.next = self.user_side.clear.val();
        self.restarts.d.next = self.core_hold.val();

        // Received.
        self.receive.reset.next = self.link_reset.q.val();
        self.receive.hold.next = self.user_hold.val();
        self.receive.tdata.next = self.m_axis_rx_tdata.val();
        self.receive.tkeep.next = self.m_axis_rx_tkeep.val();
        self.receive.tlast.next = self.m_axis_rx_tlast.val();
        self.receive.tvalid.next = self.m_axis_rx_tvalid.val();
        self.receive.tuser.next = self.m_axis_rx_tuser.val();
        self.m_axis_rx_tready.next = self.receive.tready.val();
        self.receive.bus_number.next = self.cfg_bus_number.val();
        self.receive.device_number.next = self.cfg_device_number.val();
        self.receive.function_number.next = self.cfg_function_number.val();
        self.receive.device_control.next = self.cfg_dcommand.val();
        self.receive.room_next.next = self.received.room_next.val();
        self.received.push.next = self.receive.push.val();
        self.received.word.next = self.receive.word.val();
        self.received.write_hold.next = self.user_hold.val();
        self.received.read_hold.next = self.core_hold.val();
        self.received.take.next = self.completer.take.val();

        // The completer and the block.
        self.completer.hold.next = self.core_hold.val() | self.restarts.q.val();
        self.completer.valid.next = self.received.valid.val();
        self.completer.head.next = self.received.head.val();
        self.core.reset.next = self.restarts.q.val();
        self.core.write_valid.next = self.completer.write_valid.val() & !self.msix.writes_here.val();
        self.core.write_address.next = self.completer.write_address.val();
        self.core.write_data.next = self.completer.write_data.val();
        self.core.write_strobe.next = self.completer.write_strobe.val();
        self.completer.write_done.next = self.core.write_done.val() | self.msix.done.val();
        self.core.read_valid.next = self.completer.read_valid.val() & !self.msix.reads_here.val();
        self.core.read_address.next = self.completer.read_address.val();
        self.completer.read_done.next = self.core.read_done.val() | self.msix.done.val();
        self.completer.read_data.next = self.core.read_data.val();
        if self.msix.done.val() {
            self.completer.read_data.next = self.msix.read_data.val();
        }
        self.core.pins.next = self.lines.val();
        self.post_credits.next = self.core.post_credits.val();

        // Rings. A burst fills one TLP.
        self.permits.clock.next = self.user_clk.val();
        self.permitted.clock.next = self.core_clk.val();
        self.permit.next = 0.into();
        self.permit.next = self.permit.val().replace_bit(0, self.cfg_command.val().get_bit(2));
        self.permit.next = self.permit.val().replace_bit(1, self.cfg_interrupt_msixenable.val());
        self.permit.next = self.permit.val().replace_bit(2, self.cfg_interrupt_msixfm.val());
        self.permits.d.next = self.permit.val();
        self.permitted.pins.next = self.permits.q.val();
        self.bus_master.next = self.permitted.level.val().get_bit(0);
        self.code.next = self.completer.payload_code.val();
        self.limit.next = 64.into();
        if self.code.val() == 0 {
            self.limit.next = 16.into();
        }
        if self.code.val() == 1 {
            self.limit.next = 32.into();
        }
        self.core.ring_limit.next = self.limit.val();
        self.requester.clock.next = self.core_clk.val();
        self.requester.hold.next = self.core_hold.val() | self.restarts.q.val();
        self.requester.identifier.next = self.completer.identifier.val();
        self.requester.payload_code.next = self.code.val();
        self.requester.enabled.next = self.bus_master.val();
        self.requester.write_valid.next = self.core.ring_valid.val();
        self.core.ring_ready.next = self.requester.write_ready.val();
        self.requester.write_first.next = self.core.ring_first.val();
        self.requester.write_last.next = self.core.ring_last.val();
        self.requester.write_address.next = self.core.ring_address.val();
        self.requester.write_beats.next = self.core.ring_beats.val();
        self.requester.write_data.next = self.core.ring_data.val();
        self.core.ring_done.next = self.requester.write_done.val();
        self.core.ring_failed.next = self.requester.write_failed.val();

        // Messages. They go behind what they tell of: a doorbell fires when that is in the FIFO.
        self.msix.clock.next = self.core_clk.val();
        self.msix.hold.next = self.core_hold.val() | self.restarts.q.val();
        self.msix.clear.next = self.core.clear.val();
        self.msix.address.next = self.completer.read_address.val();
        self.msix.write_valid.next = self.completer.write_valid.val();
        self.msix.write_data.next = self.completer.write_data.val();
        self.msix.write_strobe.next = self.completer.write_strobe.val();
        self.msix.read_valid.next = self.completer.read_valid.val();
        self.sources.next = bit_cast::<32, PORTS>(self.core.fires.val());
        if self.core.errs.val() {
            self.sources.next = self.sources.val() | self.error_source.val();
        }
        self.reasons.next = bit_cast::<32, PORTS>(self.core.fired.val());
        if self.core.error.val() {
            self.reasons.next = self.reasons.val() | self.error_source.val();
        }
        self.msix.fires.next = self.sources.val();
        self.msix.stands.next = self.reasons.val();
        self.msix.enabled.next = self.bus_master.val()
            & self.permitted.level.val().get_bit(1)
            & (!self.permitted.level.val().get_bit(2))
            & self.core.irq_enable.val();
        self.requester.message_valid.next = self.msix.message_valid.val();
        self.requester.message_address.next = self.msix.message_address.val();
        self.requester.message_data.next = self.msix.message_data.val();
        self.msix.message_taken.next = self.requester.message_taken.val();
        self.msix.message_done.next = self.requester.message_done.val();

        // Sent.
        self.turns.clock.next = self.core_clk.val();
        self.turns.hold.next = self.core_hold.val() | self.restarts.q.val();
        self.turns.room_next.next = self.sent.room_next.val();
        self.turns.completer_wants.next = self.completer.wants.val();
        self.turns.completer_pushes.next = self.completer.push.val();
        self.turns.completer_ends.next = self.completer.word.val().last;
        self.completer.granted.next = self.turns.completer_granted.val();
        self.turns.requester_wants.next = self.requester.wants.val();
        self.turns.requester_pushes.next = self.requester.push.val();
        self.turns.requester_ends.next = self.requester.last.val();
        self.requester.granted.next = self.turns.requester_granted.val();
        self.word.next = self.completer.word.val();
        if self.turns.by_requester.val() {
            self.word.next.data = self.requester.word.val();
            self.word.next.both = self.requester.both.val();
            self.word.next.last = self.requester.last.val();
            self.word.next.report = false;
        }
        self.sent.push.next = self.completer.push.val() | self.requester.push.val();
        self.sent.word.next = self.word.val();
        self.sent.write_hold.next = self.core_hold.val();
        self.sent.read_hold.next = self.user_hold.val();
        self.sent.take.next = self.send.take.val();
        self.send.reset.next = self.link_reset.q.val();
        self.send.hold.next = self.user_hold.val();
        self.send.valid.next = self.sent.valid.val();
        self.send.head.next = self.sent.head.val();
        self.s_axis_tx_tdata.next = self.send.tdata.val();
        self.s_axis_tx_tkeep.next = self.send.tkeep.val();
        self.s_axis_tx_tlast.next = self.send.tlast.val();
        self.s_axis_tx_tvalid.next = self.send.tvalid.val();
        self.send.tready.next = self.s_axis_tx_tready.val();
        self.s_axis_tx_tuser.next = self.send.tuser.val();
        self.cfg_err_ur.next = self.send.unsupported.val();
        self.cfg_err_posted.next = self.send.posted.val();
        self.cfg_err_locked.next = self.send.locked.val();
        self.cfg_err_cpl_unexpect.next = self.send.unexpected.val();
        self.cfg_err_malformed.next = self.send.malformed.val();
        self.cfg_err_tlp_cpl_header.next = self.send.header.val();
        self.send.report_ready.next = self.cfg_err_cpl_rdy.val();

        // INTx.
        self.irq.d.next = self.core.irq.val();
        self.interrupt.reset.next = self.link_reset.q.val();
        self.interrupt.level.next = self.irq.q.val();
        self.interrupt.disabled.next = self.cfg_command.val().get_bit(10);
        self.interrupt.msix.next = self.cfg_interrupt_msixenable.val();
        self.interrupt.ready.next = self.cfg_interrupt_rdy.val();
        self.cfg_interrupt.next = self.interrupt.request.val();
        self.cfg_interrupt_assert.next = self.interrupt.assert_intx.val();
        self.cfg_interrupt_di.next = 0.into();
        self.cfg_interrupt_stat.next = self.interrupt.status.val();

        self.quiet.d.next = self.core.idle.val()
            & self.completer.quiet.val()
            & self.msix.quiet.val()
            & self.sent.drained.val()
            & (!self.core_hold.val())
            & (self.irq.q.val() == self.core.irq.val());
        self.idle.next = self.quiet.q.val();
    }
}
