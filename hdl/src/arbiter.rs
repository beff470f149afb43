//! Which line the server visits next: round robin, one line per clock.
//!
//! Promises: a line that keeps requesting is granted within LINES + 1 clocks; when nothing was
//! waiting, lines that ask in the same clock are granted in the order of their numbers.

use rust_hdl::prelude::*;

/// Picks one of `LINES` requests.
#[derive(LogicBlock, Default)]
pub struct Arbiter<const LINES: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Lines that may be granted now.
    pub request: Signal<In, Bits<LINES>>,
    /// The line granted one clock ago, one-hot, or none.
    pub granted: Signal<In, Bits<LINES>>,
    /// The pick, one-hot, or none.
    pub grant: Signal<Out, Bits<LINES>>,

    /// Lines above the last one granted: they go first.
    above: DFF<Bits<LINES>>,
    below_granted: Signal<Local, Bits<LINES>>,
    preferred: Signal<Local, Bits<LINES>>,
    candidates: Signal<Local, Bits<LINES>>,
    inverted: Signal<Local, Bits<LINES>>,
    negated: Signal<Local, Bits<LINES>>,
}

impl<const LINES: usize> Logic for Arbiter<LINES> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, above);
        // `granted` is a clock old; the caller keeps that line out of `request`, so order holds.
        self.below_granted.next = self.granted.val() - 1;
        if self.granted.val().any() {
            self.above.d.next = !(self.granted.val() | self.below_granted.val());
        } else {
            if !self.request.val().any() {
                self.above.d.next = !self.granted.val();
            }
        }
        self.preferred.next = self.request.val() & self.above.q.val();
        self.candidates.next = self.request.val();
        if self.preferred.val().any() {
            self.candidates.next = self.preferred.val();
        }
        // The lowest one: x & -x.
        self.inverted.next = !self.candidates.val();
        self.negated.next = self.inverted.val() + 1;
        self.grant.next = self.candidates.val() & self.negated.val();
    }
}
