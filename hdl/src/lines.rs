//! All lines side by side, and the multiplexer through which the server reads one of them.

use rust_hdl::prelude::*;

use crate::line::{EDGES_BITS, Line, TICK_BITS};
use crate::macros::block;

block! {
/// `LINES` lines; `LW` bits number them.
pub struct Lines<const LINES: usize, const LW: usize> new() {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The asynchronous pins.
    pub pins: Signal<In, Bits<LINES>>,
    /// Low bits of the tick.
    pub tick: Signal<In, Bits<TICK_BITS>>,
    /// Clears every line's configuration.
    pub reset: Signal<In, Bit>,
    /// Writes a line's mode byte, one-hot.
    pub write_mode: Signal<In, Bits<LINES>>,
    /// Writes a line's filter byte, one-hot.
    pub write_filter: Signal<In, Bits<LINES>>,
    /// What is written.
    pub settings: Signal<In, Bits<16>>,
    /// Fires test edges.
    pub trigger: Signal<In, Bits<LINES>>,
    /// The line that is visited, one-hot.
    pub serve: Signal<In, Bits<LINES>>,
    /// Arms level modes.
    pub arm: Signal<In, Bits<LINES>>,

    /// Lines that want a visit.
    pub request: Signal<Out, Bits<LINES>>,
    /// Levels after the filters.
    pub level: Signal<Out, Bits<LINES>>,
    /// Nothing moves in any line.
    pub quiet: Signal<Out, Bit>,
    /// Number of the line that is visited.
    pub index: Signal<Out, Bits<LW>>,
    /// What it remembers.
    pub edges: Signal<Out, Bits<EDGES_BITS>>,

    line: [Line; LINES] = std::array::from_fn(|_| Line::default()),
    number: Signal<Local, Bits<LW>>,
    number_next: Signal<Local, Bits<LW>>,
}
}

impl<const LINES: usize, const LW: usize> Logic for Lines<LINES, LW> {
    #[hdl_gen]
    fn update(&mut self) {
        self.request.next = 0.into();
        self.level.next = 0.into();
        self.quiet.next = true;
        self.index.next = 0.into();
        self.number.next = 0.into();
        self.edges.next = 0.into();
        for i in 0..LINES {
            self.line[i].clock.next = self.clock.val();
            self.line[i].pin.next = self.pins.val().get_bit(i);
            self.line[i].tick.next = self.tick.val();
            self.line[i].reset.next = self.reset.val();
            self.line[i].write_mode.next = self.write_mode.val().get_bit(i);
            self.line[i].write_filter.next = self.write_filter.val().get_bit(i);
            self.line[i].settings.next = self.settings.val();
            self.line[i].trigger.next = self.trigger.val().get_bit(i);
            self.line[i].serve.next = self.serve.val().get_bit(i);
            self.line[i].arm.next = self.arm.val().get_bit(i);
            self.request.next = self.request.val().replace_bit(i, self.line[i].request.val());
            self.level.next = self.level.val().replace_bit(i, self.line[i].level.val());
            self.quiet.next = self.quiet.val() & self.line[i].quiet.val();
            // An AND-OR multiplexer: `serve` is one-hot.
            if self.serve.val().get_bit(i) {
                self.index.next = self.index.val() | self.number.val();
                self.edges.next = self.edges.val() | self.line[i].edges.val();
            }
            self.number_next.next = self.number.val() + 1;
            self.number.next = self.number_next.val();
        }
    }
}
