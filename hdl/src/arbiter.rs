//! Which line the server visits next: round robin, one line per clock.
//!
//! Promises: a line that keeps requesting is granted within LINES clocks, not counting those that are
//! taken by others; when nothing was waiting, lines that ask in the same clock are granted in the
//! order of their numbers.

use rust_hdl::prelude::*;

/// Picks one of `LINES` requests.
#[derive(LogicBlock, Default)]
pub struct Arbiter<const LINES: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Lines that may be granted now.
    pub request: Signal<In, Bits<LINES>>,
    /// The clock is taken by another: the pick is not used.
    pub taken: Signal<In, Bit>,
    /// The pick, one-hot, or none.
    pub grant: Signal<Out, Bits<LINES>>,

    /// What the last pick was made from, and its negative.
    last: DFF<Bits<LINES>>,
    last_negated: DFF<Bits<LINES>>,
    preferred: Signal<Local, Bits<LINES>>,
    candidates: Signal<Local, Bits<LINES>>,
    inverted: Signal<Local, Bits<LINES>>,
    negated: Signal<Local, Bits<LINES>>,
}

impl<const LINES: usize> Logic for Arbiter<LINES> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, last, last_negated);
        // Of a word x, x & -x is the lowest one, and x ^ -x all bits above it: the lines that go first.
        // The latter is made behind the flip-flops, or it would use carry outputs beside sums, which
        // 7-series carry chains cannot give.
        self.preferred.next = self.request.val() & (self.last.q.val() ^ self.last_negated.q.val());
        self.candidates.next = self.request.val();
        if self.preferred.val().any() {
            self.candidates.next = self.preferred.val();
        }
        self.inverted.next = !self.candidates.val();
        self.negated.next = self.inverted.val() + 1;
        self.grant.next = self.candidates.val() & self.negated.val();
        if !self.taken.val() {
            self.last.d.next = self.candidates.val();
            self.last_negated.d.next = self.negated.val();
        }
    }
}
