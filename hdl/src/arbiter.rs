//! Which line the server visits next: round robin, one line per clock.
//!
//! Promises: a line that keeps requesting is granted within LINES + 1 clocks, not counting those in
//! which the pick is not used; when nothing was waiting, lines that ask in the same clock are granted
//! in the order of their numbers.

use rust_hdl::prelude::*;

/// Picks one of `LINES` requests; `LW` bits number them.
#[derive(LogicBlock, Default)]
pub struct Arbiter<const LINES: usize, const LW: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Lines that may be granted now.
    pub request: Signal<In, Bits<LINES>>,
    /// The pick of one clock ago was used, or there was none.
    pub used: Signal<In, Bit>,
    /// That pick, one-hot, or none. It is not requesting now.
    pub granted: Signal<In, Bits<LINES>>,
    /// Its number, or zero.
    pub index: Signal<In, Bits<LW>>,
    /// The pick, one-hot, or none.
    pub grant: Signal<Out, Bits<LINES>>,

    /// Lines above the last pick, all if there was none: they go first.
    above: DFF<Bits<LINES>>,
    preferred: Signal<Local, Bits<LINES>>,
    candidates: Signal<Local, Bits<LINES>>,
    all_lines: Signal<Local, Bits<LINES>>,
    inverted: Signal<Local, Bits<LINES>>,
    negated: Signal<Local, Bits<LINES>>,
}

impl<const LINES: usize, const LW: usize> Logic for Arbiter<LINES, LW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, above);
        self.preferred.next = self.request.val() & self.above.q.val();
        self.candidates.next = self.request.val();
        if self.preferred.val().any() {
            self.candidates.next = self.preferred.val();
        }
        // The lowest one: x & -x.
        self.inverted.next = !self.candidates.val();
        self.negated.next = self.inverted.val() + 1;
        self.grant.next = self.candidates.val() & self.negated.val();
        self.all_lines.next = 0.into();
        self.all_lines.next = !self.all_lines.val();
        if self.used.val() {
            self.above.d.next = (self.all_lines.val() << self.index.val()) & !self.granted.val();
        }
    }
}
