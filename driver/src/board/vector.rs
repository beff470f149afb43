//! A board's interrupt vector: sleeping in the device and looking whether the board lives.

use std::sync::{Arc, Weak};

use super::registers::Dead;
use super::{BoardInner, FRUITLESS, lead};
use crate::device::{Device, TimeBase, Wake};
use crate::sync::Lock;

/// A leader sleeps at most so long, in ns of the device's time, then looks whether the board lives. What stands still takes
/// two looks to see, and its waiters are told within a second.
const CHECK_AFTER: i64 = 400_000_000;

/// So many interrupts that bring nothing, over the same time, are a fault: a card whose writes do not arrive tells of them again
/// and again.
const BARREN: u32 = 16;

/// A vector of a board.
pub(crate) type Vector = lead::Vector<Hardware>;

/// The device behind it.
pub(crate) struct Hardware {
    device: Arc<dyn Device>,
    index: u32,
    board: Weak<BoardInner>,
    /// The last look at the board: (its ALIVE register, when).
    seen: Lock<Option<(u32, i64)>>,
    barren: Lock<Barren>,
}

/// Interrupts that brought nothing.
#[derive(Default)]
struct Barren {
    /// The board's progress at the last one.
    progress: u64,
    /// How many there have been since it changed, and when the first one was.
    count: u32,
    since: i64,
}

impl Hardware {
    pub(crate) fn new(device: Arc<dyn Device>, index: u32, board: Weak<BoardInner>) -> Self {
        Hardware { device, index, board, seen: Lock::default(), barren: Lock::default() }
    }

    /// Holds interrupts that bring nothing against the board, when there is no end of them.
    fn judge(&self, board: &BoardInner) -> Result<(), Dead> {
        let (progress, now) = (board.progress(), self.device.now());
        let mut barren = self.barren.lock();
        if progress != barren.progress || barren.count == 0 {
            *barren = Barren { progress, count: 1, since: now };
            return Ok(());
        }
        barren.count += 1;
        let Barren { count, since, .. } = *barren;
        let long = count > BARREN && now - since > CHECK_AFTER;
        if count <= FRUITLESS && !long {
            return Ok(());
        }
        Err(board.registers.die(format!("it interrupts {count} times in a row and has no packet")))
    }

    /// Looks whether the board lives, once in a while.
    fn check(&self, board: &BoardInner) -> Result<(), Dead> {
        let now = self.device.now();
        let before = *self.seen.lock();
        if before.is_some_and(|(_, when)| now - when < CHECK_AFTER) {
            return Ok(());
        }
        let alive = board.look(before, now)?;
        *self.seen.lock() = Some((alive, now));
        Ok(())
    }
}

impl lead::Hardware for Hardware {
    fn sleep(&self, deadline: i64) -> Result<(), Dead> {
        let board = self.board.upgrade().ok_or(Dead)?;
        let wake = self.device.wait(self.index, deadline).map_err(|error| board.registers.bury(&error))?;
        if wake == Wake::Interrupt {
            board.service(self.index)?;
            self.judge(&board)?;
        }
        // Whatever woke it: a vector that is stuck lets no deadline pass.
        self.check(&board)
    }

    fn limit(&self, now: i64) -> i64 {
        // Whatever ends sleeps before that, the next look is no later.
        let last = self.seen.lock().map_or(now, |(_, when)| when);
        last.saturating_add(CHECK_AFTER).max(now)
    }

    fn kick(&self) {
        self.device.kick(self.index);
    }

    fn now(&self) -> i64 {
        self.device.now()
    }

    fn is_simulated(&self) -> bool {
        self.device.time_base() == TimeBase::Simulated
    }

    fn is_dead(&self) -> bool {
        self.board.upgrade().is_none_or(|board| board.is_dead())
    }

    fn mourn(&self) {
        if let Some(board) = self.board.upgrade() {
            board.attend_death();
        }
    }
}
