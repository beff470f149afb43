//! A line's registers: configuring, binding, acknowledging, and finding out what the board has seen.

use portolan_regs::{bank, line as regs};

use super::{LineInner, LineState};
use crate::board::{Dead, LaneState};
use crate::interrupt::LineConfig;
use crate::interrupt::state::State;

/// Looks at a packet on its way, without any packet between: on a bus of tens of ns a look these are some milliseconds,
/// which no memory takes that lives.
const BARREN: u32 = 100_000;

impl LineInner {
    fn register(&self, register: u32) -> u32 {
        portolan_regs::map::line(self.line) + register
    }

    /// Writes the line's configuration. It stays masked as long as its owner wants that.
    pub(super) fn configure(&self, state: &mut LineState, stream: bool, unmask: bool) -> Result<(), Dead> {
        let LineConfig { mode, filter, .. } = state.config;
        state.streams = stream && !mode.is_level();
        let word = regs::CONFIG::MODE.put(mode.bits())
            | regs::CONFIG::STREAM.put(u32::from(stream))
            | regs::CONFIG::UNMASK.put(u32::from(unmask && !state.masked))
            | regs::CONFIG::FILTER.put(u32::from(filter));
        self.board.registers.write(self.register(regs::CONFIG), word)
    }

    /// Binds the line on the board, under a new generation.
    pub(super) fn bind_board(&self, state: &mut LineState, lane: u32) -> Result<(), Dead> {
        state.generation = self.board.next_generation(self.line);
        state.lane = lane;
        let word = regs::BIND::PORT.put(lane)
            | regs::BIND::BIND.put(1)
            | regs::BIND::GENERATION.put(u32::from(state.generation));
        self.board.registers.write(self.register(regs::BIND), word)
    }

    /// Moves the line on the board to `to`, in ack delivery, and tells the machine all that had happened
    /// until then. The caller holds the locks of both lanes; `from` is the one that the line leaves.
    pub(super) fn move_board(&self, from: &mut LaneState, to: u32) -> Result<(), Dead> {
        let index = {
            let mut state = self.state.lock();
            if state.streams {
                self.configure(&mut state, false, true)?;
            }
            state.lane
        };
        self.sync(from)?;
        {
            let mut state = self.state.lock();
            state.former = Some(state.generation);
            self.bind_board(&mut state, to)?;
        }
        // What came between the syncing and the move is still there, under the former generation.
        self.drain(from, index)?;
        self.state.lock().former = None;
        Ok(())
    }

    /// Unbinds the line on the board and takes out what it had queued.
    pub(super) fn unbind_board(&self, lane: &mut LaneState) -> Result<(), Dead> {
        let (index, generation) = {
            let state = self.state.lock();
            (state.lane, state.generation)
        };
        let word = regs::BIND::GENERATION.put(u32::from(generation));
        self.board.registers.write(self.register(regs::BIND), word)?;
        self.drain(lane, index)
    }

    /// Lets the board send again, or send what it holds.
    pub(super) fn rearm(&self, state: &mut LineState) -> Result<(), Dead> {
        state.spent = false;
        let word = regs::ACK::GENERATION.put(u32::from(state.generation));
        self.board.registers.post(self.register(regs::ACK), word)
    }

    /// Takes packets out of the lane until none of this line is left there.
    pub(super) fn drain(&self, lane: &mut LaneState, index: u32) -> Result<(), Dead> {
        if lane.has_ring() { self.drain_ring(lane, index) } else { self.drain_queue(lane, index) }
    }

    /// What is on its way when this is called is in the ring when IN_FLIGHT is clear, or a whole ring came before it.
    fn drain_ring(&self, lane: &mut LaneState, index: u32) -> Result<(), Dead> {
        let (mut taken, mut barren) = (0, 0);
        loop {
            // First: the answer comes behind what the board has written to memory (PCIe Base Specification, 2.4.1), or after
            // memory has confirmed it (AXI).
            let coming = self.board.bit(bank::IN_FLIGHT, self.line)?;
            let ready = lane.levels(&self.board, index)?;
            for _ in 0..ready {
                let Some(slot) = lane.pull(&self.board, index)? else { break };
                self.board.route(&slot, None)?;
            }
            taken += ready;
            barren = if ready == 0 { barren + 1 } else { 0 };
            if !coming || taken > self.board.most_queued() {
                return Ok(());
            }
            if barren > BARREN {
                let line = self.line;
                return Err(self
                    .board
                    .registers
                    .die(format!("a packet of line {line} is in flight and never comes")));
            }
        }
    }

    fn drain_queue(&self, lane: &mut LaneState, index: u32) -> Result<(), Dead> {
        if !self.board.bit(bank::IN_FLIGHT, self.line)? {
            return Ok(());
        }
        // What comes in from now on is behind what the line has there.
        for _ in 0..lane.levels(&self.board, index)? {
            let Some(slot) = lane.pull(&self.board, index)? else { break };
            self.board.route(&slot, None)?;
            if u32::from(slot.line) == self.line && !self.board.bit(bank::IN_FLIGHT, self.line)? {
                break;
            }
        }
        Ok(())
    }

    /// Tells the machine all that has happened on the line. See the module's documentation.
    pub(super) fn sync(&self, lane: &mut LaneState) -> Result<(), Dead> {
        let index = self.lane();
        self.drain(lane, index)?;
        let mut state = self.state.lock();
        if state.spent && !state.config.mode.is_level() {
            self.rearm(&mut state)?;
            drop(state);
            self.drain(lane, index)?;
        }
        Ok(())
    }

    /// Lets the board send again if the machine is ready for it.
    pub(super) fn follow_up(&self, state: &mut LineState) -> Result<(), Dead> {
        let ready = matches!(state.machine.state(), State::Idle | State::Waiting);
        if ready && state.spent { self.rearm(state) } else { Ok(()) }
    }
}
