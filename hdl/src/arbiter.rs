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
    preferred_inverted: Signal<Local, Bits<LINES>>,
    preferred_negated: Signal<Local, Bits<LINES>>,
    all: Signal<Local, Bits<LINES>>,
    all_inverted: Signal<Local, Bits<LINES>>,
    all_negated: Signal<Local, Bits<LINES>>,
    candidates: Signal<Local, Bits<LINES>>,
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
        self.preferred_inverted.next = !self.preferred.val();
        self.preferred_negated.next = self.preferred_inverted.val() + 1;
        // Negated and picked from beside them, so that no carry waits to know whether there are preferred ones.
        self.all.next = self.request.val();
        self.all_inverted.next = !self.all.val();
        self.all_negated.next = self.all_inverted.val() + 1;
        self.candidates.next = self.all.val();
        self.negated.next = self.all_negated.val();
        if self.preferred.val().any() {
            self.candidates.next = self.preferred.val();
            self.negated.next = self.preferred_negated.val();
        }
        self.grant.next = self.all.val() & self.all_negated.val();
        if self.preferred.val().any() {
            self.grant.next = self.preferred.val() & self.preferred_negated.val();
        }
        if !self.taken.val() {
            self.last.d.next = self.candidates.val();
            self.last_negated.d.next = self.negated.val();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axi::settle;

    /// Runs the arbiter as the server does: a line that was granted asks again three clocks later at the
    /// earliest. Returns the longest wait of a line that `wants` a visit in every clock.
    fn longest_wait<const LINES: usize>(clocks: usize, wants: impl Fn(usize, usize) -> bool) -> usize {
        let mut arbiter = Arbiter::<LINES>::default();
        arbiter.connect_all();
        let mut granted = [0u64; 2];
        let mut waits = [0; LINES];
        let mut longest = 0;
        for clock in 0..clocks {
            let busy = granted[0] | granted[1];
            let asks = |line: &usize| wants(clock, *line) && busy >> line & 1 == 0;
            let request = (0..LINES).filter(asks).fold(0u64, |all, line| all | 1 << line);
            arbiter.clock.next = Clock { clk: false };
            arbiter.request.next = request.into();
            assert!(settle(&mut arbiter, 10));
            let grant = arbiter.grant.val().to_u64();
            arbiter.clock.next = Clock { clk: true };
            assert!(settle(&mut arbiter, 10));
            assert!(grant & !request == 0 && grant.count_ones() == u32::from(request != 0));
            for (line, wait) in waits.iter_mut().enumerate() {
                *wait = if request & !grant & 1 << line != 0 { *wait + 1 } else { 0 };
                longest = longest.max(*wait);
            }
            granted = [grant, granted[0]];
        }
        longest
    }

    #[test]
    fn no_line_waits_for_more_than_all_others() {
        assert!(longest_wait::<4>(100, |_, _| true) < 4);
        assert!(longest_wait::<32>(500, |_, _| true) < 32);
        // Two lines ask in neighbouring clocks, then all do.
        assert!(longest_wait::<32>(500, |clock, line| clock > 1 || line == 1 - clock) < 32);
        assert!(longest_wait::<64>(500, |clock, line| clock > 1 || line == 1 - clock) < 64);
    }

    #[test]
    fn lines_that_ask_together_after_a_pause_go_in_their_order() {
        let mut arbiter = Arbiter::<16>::default();
        arbiter.connect_all();
        let mut order = Vec::new();
        let mut waiting = 0u64;
        for clock in 0..40 {
            waiting |= [(0, 1 << 9), (20, 0xffff)].iter().find(|(at, _)| *at == clock).map_or(0, |at| at.1);
            arbiter.clock.next = Clock { clk: false };
            arbiter.request.next = waiting.into();
            assert!(settle(&mut arbiter, 10));
            let grant = arbiter.grant.val().to_u64();
            arbiter.clock.next = Clock { clk: true };
            assert!(settle(&mut arbiter, 10));
            if grant != 0 {
                order.push(grant.trailing_zeros());
            }
            waiting &= !grant;
        }
        assert_eq!(order, [9].into_iter().chain(0..16).collect::<Vec<u32>>());
    }
}
