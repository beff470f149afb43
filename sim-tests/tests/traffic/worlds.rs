//! What may be so of a line, as its host can tell.
//!
//! The edges are known to the cycle, but not to the clock in which the driver learns of one: an edge that comes about when
//! an operation is carried out is one before it or one after it. So the reference is the model of section I in every state
//! that is possible, each with how many edges it has seen. An operation's outcome leaves those that give the
//! same; when none does, the driver did what no rule allows. An edge that came long before an operation has been seen by
//! all.

use std::collections::VecDeque;

use crate::model::{Model, Op, Outcome, Subject};

/// Cycles after which an edge, or a packet that an operation has sent, is where a reader finds it.
pub const LATENCY: u64 = 500;
/// Operations that are told of when something is wrong.
const HISTORY: usize = 16;

/// One possibility.
#[derive(Clone, Debug, PartialEq, Eq)]
struct World {
    model: Model,
    /// Edges that it has seen, or that nobody sees any more.
    seen: usize,
    /// When its unread packet was sent, at the latest.
    sent: u64,
}

/// A line in ack delivery, as it may be.
pub struct Worlds {
    possible: Vec<World>,
    history: VecDeque<(Op, Outcome, u64, u64)>,
    last: u64,
    /// The most that ever were possible at once.
    pub most: usize,
}

impl Worlds {
    /// A fresh interrupt, made from the one tick to the other. `ticks`: of all edges of the line.
    pub fn new(ticks: &[u64], made: u64, end: u64) -> Worlds {
        let possible = Worlds::fresh(ticks, made, end);
        Worlds { possible, history: VecDeque::new(), last: end, most: 0 }
    }

    /// No edge of before is seen; of those meanwhile the first ones may have been masked.
    fn fresh(ticks: &[u64], made: u64, end: u64) -> Vec<World> {
        let from = ticks.partition_point(|tick| *tick < made);
        let to = ticks.partition_point(|tick| *tick < end);
        (from..=to).map(|seen| World { model: Model::new(), seen, sent: 0 }).collect()
    }

    /// An operation from the one tick to the other, and what came of it. The error says what nobody could explain.
    pub fn apply(
        &mut self,
        ticks: &[u64],
        op: Op,
        (begin, end): (u64, u64),
        outcome: Outcome,
    ) -> Result<(), String> {
        let surely = ticks.partition_point(|tick| tick + LATENCY <= begin);
        let perhaps = ticks.partition_point(|tick| *tick < end);
        let mut possible = Vec::new();
        for world in &self.possible {
            let mut world = world.clone();
            loop {
                let next = (world.seen >= surely).then(|| world.after(op, begin, end, outcome)).flatten();
                if let Some(next) = next.filter(|next| !possible.contains(next)) {
                    possible.push(next);
                }
                if world.seen >= perhaps {
                    break;
                }
                world.see(ticks[world.seen].max(self.last));
            }
        }
        self.history.push_back((op, outcome, begin, end));
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
        if possible.is_empty() {
            let recent = &ticks[surely.saturating_sub(4)..perhaps];
            return Err(format!(
                "{outcome:?} of {op:?} from {begin} to {end}, with edges at {recent:?}, from any of {:#?} after {:#?}",
                self.possible, self.history
            ));
        }
        self.most = self.most.max(possible.len());
        (self.possible, self.last) = (possible, end);
        Ok(())
    }

    /// It was destroyed, with that outcome, from the one tick to the next, and made anew until the third.
    pub fn renew(
        &mut self,
        ticks: &[u64],
        [begin, destroyed, end]: [u64; 3],
        outcome: Outcome,
    ) -> Result<(), String> {
        self.apply(ticks, Op::Renew, (begin, destroyed), outcome)?;
        self.possible = Worlds::fresh(ticks, destroyed, end);
        self.last = end;
        Ok(())
    }
}

impl World {
    /// It sees its next edge, at this tick at the latest.
    fn see(&mut self, tick: u64) {
        let unread = self.model.is_unread();
        self.seen += 1;
        self.model.apply(Op::Edge, self.seen as u64);
        if !unread && self.model.is_unread() {
            self.sent = tick;
        }
    }

    /// What it becomes by an operation with that outcome; nothing when it gives another one.
    fn after(&self, op: Op, begin: u64, end: u64, outcome: Outcome) -> Option<World> {
        // Its packet may still be on its way to the port.
        if let (Op::Read(_), Outcome::Nothing) = (op, outcome)
            && self.model.is_unread()
            && self.sent + LATENCY > begin
        {
            return Some(self.clone());
        }
        let mut next = self.clone();
        if next.model.apply(op, 0) != outcome {
            return None;
        }
        if !self.model.is_unread() && next.model.is_unread() {
            next.sent = end;
        }
        Some(next)
    }
}
