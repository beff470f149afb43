//! What may be so of a line, as its host can tell.
//!
//! The edges are known to the cycle, but not to the clock in which the driver learns of one: an edge that comes about when
//! an operation is carried out is one before it or one after it. So the reference is the model of section I in every state
//! that is possible, each with how many edges it has seen. An operation's outcome leaves those that give the
//! same; when none does, the driver did what no rule allows. An edge that came long before an operation has been seen by
//! all. An acknowledge may be on its way to the board when it returns, so what it does can come behind edges of a little
//! later; an operation that asks the board nothing may be ahead of that.

use std::collections::VecDeque;

use portolan::Status;

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
    /// An acknowledge is on its way, and when it comes at the latest.
    acknowledging: Option<u64>,
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
        (from..=to).map(|seen| World { model: Model::new(), seen, sent: 0, acknowledging: None }).collect()
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
        for world in self.until(ticks, perhaps) {
            let late = world.acknowledging.is_some_and(|latest| latest <= begin || asks_board(op, outcome));
            if world.seen < surely || late {
                continue;
            }
            let Some(next) = world.after(op, begin, end, outcome) else { continue };
            let postponed = (op == Op::Ack && outcome == Outcome::Done)
                .then(|| World { acknowledging: Some(end + LATENCY), ..world });
            for next in postponed.into_iter().chain([next]) {
                if !possible.contains(&next) {
                    possible.push(next);
                }
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

    /// All that is possible by the time at which so many edges may have been seen.
    fn until(&self, ticks: &[u64], perhaps: usize) -> Vec<World> {
        let mut worlds = self.possible.clone();
        let mut at = 0;
        while let Some(world) = worlds.get(at).cloned() {
            at += 1;
            let acknowledged = world.acknowledging.map(|latest| world.acknowledged(latest));
            let edge = ticks[..perhaps].get(world.seen).map(|tick| *tick.max(&self.last));
            let seen = edge.filter(|tick| world.acknowledging.is_none_or(|latest| *tick < latest));
            for next in acknowledged.into_iter().chain(seen.map(|tick| world.saw(tick))) {
                if !worlds.contains(&next) {
                    worlds.push(next);
                }
            }
        }
        worlds
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

/// Whether an operation with that outcome reads registers, and so comes behind all that was written before.
fn asks_board(op: Op, outcome: Outcome) -> bool {
    let refused = [Status::ALREADY_BOUND, Status::NOT_FOUND].map(Outcome::Failed).contains(&outcome);
    !matches!(op, Op::Read(_)) && !refused
}

impl World {
    /// When it has seen its next edge, at this tick at the latest.
    fn saw(&self, tick: u64) -> World {
        let mut next = World { seen: self.seen + 1, ..self.clone() };
        next.model.apply(Op::Edge, next.seen as u64);
        next.sends_from(self, tick)
    }

    /// When the acknowledge that is on its way has come, at this tick at the latest.
    fn acknowledged(&self, tick: u64) -> World {
        let mut next = World { acknowledging: None, ..self.clone() };
        next.model.apply(Op::Ack, 0);
        next.sends_from(self, tick)
    }

    /// Itself, which has become of another one by this tick.
    fn sends_from(mut self, before: &World, tick: u64) -> World {
        if !before.model.is_unread() && self.model.is_unread() {
            self.sent = tick;
        }
        self
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
        Some(next.sends_from(self, end))
    }
}
