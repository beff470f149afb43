//! Puts what a board sends into the order of stamps, and edges of one cycle into that of lines.
//!
//! The block visits a line whose packet is just being popped a few clocks later than the others, so
//! packets of nearly the same time may come out of the port in another order than their edges.
//! Nothing can be passed by more than the server's longest round, so an arrival is held back only
//! until one that is clearly later has come, or nothing more has for a while. What comes late because
//! it waited for room in the queue is let through where it comes: that is how it arrived.

use super::Arrival;
use std::collections::BTreeMap;

/// Cycles that one arrival may pass another by: LINES + 8 (the server's promise), and some.
const WINDOW: u64 = 128;
/// For files in which time must not go back, after edges that waited for room.
const PATIENT_WINDOW: u64 = 1 << 20;

/// Arrivals that may still be passed by others.
#[derive(Debug)]
pub struct Order {
    window: u64,
    /// By stamp and line, and among the same ones as they came: a test edge may have the stamp of a real one.
    held: BTreeMap<(u64, u32, u64), Arrival>,
    latest: u64,
    arrivals: u64,
}

impl Default for Order {
    fn default() -> Order {
        Order { window: WINDOW, held: BTreeMap::new(), latest: 0, arrivals: 0 }
    }
}

impl Order {
    /// An order that also waits for edges that waited for room.
    pub fn patient() -> Order {
        Order { window: PATIENT_WINDOW, ..Order::default() }
    }

    /// Takes an arrival.
    pub fn add(&mut self, arrival: Arrival) {
        let (stamp, line) = match arrival {
            Arrival::Interrupt { line, cycle, .. } => (cycle, line),
            // Its line's packet before it has an earlier stamp, the one after it a later.
            Arrival::Gap { line, first, .. } => (first, line),
        };
        self.latest = self.latest.max(stamp);
        self.held.insert((stamp, line, self.arrivals), arrival);
        self.arrivals += 1;
    }

    /// Stamp of the latest arrival so far.
    pub fn latest(&self) -> u64 {
        self.latest
    }

    /// The earliest edge of a line that is held: its stamp, and the level after it.
    pub fn first_edge(&self, wanted: u32) -> Option<(u64, bool)> {
        self.held.values().find_map(|arrival| match *arrival {
            Arrival::Interrupt { line, cycle, level, .. } if line == wanted => Some((cycle, level)),
            _ => None,
        })
    }

    /// The first arrival, if nothing can pass it any more.
    pub fn pop(&mut self) -> Option<Arrival> {
        let entry = self.held.first_entry()?;
        (entry.key().0 + self.window < self.latest).then(|| entry.remove())
    }

    /// The first arrival, when nothing else is under way.
    pub fn rest(&mut self) -> Option<Arrival> {
        self.held.pop_first().map(|(_, arrival)| arrival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(cycle: u64, line: u32) -> Arrival {
        Arrival::Interrupt { line, cycle, level: true, coalesced: 0 }
    }

    #[test]
    fn edges_of_one_cycle_come_in_line_order_and_times_rise() {
        let mut order = Order::default();
        for arrival in [edge(100, 3), edge(101, 5), edge(100, 0), edge(99, 7)] {
            order.add(arrival);
        }
        assert_eq!(order.pop(), None, "another edge of cycle 99 may come");
        order.add(edge(100 + WINDOW, 1));
        assert_eq!(order.pop(), Some(edge(99, 7)));
        assert_eq!(order.pop(), None);
        order.add(edge(101 + WINDOW, 1));
        assert_eq!(order.pop(), Some(edge(100, 0)));
        assert_eq!(order.pop(), Some(edge(100, 3)));
        assert_eq!(order.pop(), None);
        let rest: Vec<Arrival> = std::iter::from_fn(|| order.rest()).collect();
        assert_eq!(rest, [edge(101, 5), edge(100 + WINDOW, 1), edge(101 + WINDOW, 1)]);
    }

    #[test]
    fn the_first_edge_of_a_line_is_the_earliest_whatever_came_first() {
        let mut order = Order::default();
        for arrival in [edge(40, 1), edge(10, 0), Arrival::Gap { line: 2, count: 1, first: 5, last: 5 }] {
            order.add(arrival);
        }
        order.add(Arrival::Interrupt { line: 1, cycle: 30, level: false, coalesced: 0 });
        assert_eq!([0, 1, 2].map(|line| order.first_edge(line)), [Some((10, true)), Some((30, false)), None]);
        assert_eq!(order.latest(), 40);
    }

    #[test]
    fn a_gap_stays_between_the_packets_of_its_line() {
        let mut order = Order::default();
        let gap = Arrival::Gap { line: 1, count: 3, first: 11, last: 40 };
        for arrival in [edge(10, 1), gap, edge(20, 0), edge(41, 1), edge(5_000, 1)] {
            order.add(arrival);
        }
        let ready: Vec<Arrival> = std::iter::from_fn(|| order.pop()).collect();
        assert_eq!(ready, [edge(10, 1), gap, edge(20, 0), edge(41, 1)]);
    }

    #[test]
    fn a_test_edge_of_the_same_line_and_stamp_takes_no_other_edges_place() {
        let mut order = Order::default();
        let fired = Arrival::Interrupt { line: 1, cycle: 10, level: false, coalesced: 0 };
        order.add(edge(10, 1));
        order.add(fired);
        assert_eq!([order.rest(), order.rest(), order.rest()], [Some(edge(10, 1)), Some(fired), None]);
    }

    #[test]
    fn what_waited_for_room_is_not_held_back_further() {
        let mut order = Order::default();
        order.add(edge(10_000, 1));
        order.add(edge(50, 2));
        assert_eq!(order.pop(), Some(edge(50, 2)));
    }
}
