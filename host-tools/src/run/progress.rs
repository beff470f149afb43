//! How far the run is: simulated time, and its speed against real time, on stderr if that is a terminal.

use crate::pins::Clock;
use crate::report::units;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// Time between two looks at the clock on the wall.
const PERIOD: Duration = Duration::from_millis(100);

/// The progress of a run.
pub struct Progress {
    bar: ProgressBar,
    clock: Clock,
    last_cycle: u64,
    start: Instant,
    drawn: Instant,
}

impl Progress {
    /// For a run of `last_cycle` cycles; `visible` only where nothing else writes on the terminal.
    pub fn new(clock: Clock, last_cycle: u64, visible: bool) -> Progress {
        let target = if visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(last_cycle.max(1)), target);
        if let Ok(style) = ProgressStyle::with_template("  {bar:32.cyan/dim} {percent:>3} %  {msg}") {
            bar.set_style(style.progress_chars("━╸─"));
        }
        let now = Instant::now();
        Progress { bar, clock, last_cycle, start: now, drawn: now }
    }

    /// The run has come to a cycle.
    pub fn at(&mut self, cycle: u64) {
        if self.bar.is_hidden() || self.drawn.elapsed() < PERIOD {
            return;
        }
        self.drawn = Instant::now();
        let ns = self.clock.nanoseconds(cycle.min(self.last_cycle));
        let speed = ns as f64 / 1e9 / self.start.elapsed().as_secs_f64();
        let (now, all) = (units::duration(ns), units::duration(self.clock.nanoseconds(self.last_cycle)));
        self.bar.set_position(cycle);
        self.bar.set_message(format!("{now} of {all}, {speed:.1} × real time"));
    }

    /// Writes something else while the bar is out of the way.
    pub fn aside<R>(&self, write: impl FnOnce() -> R) -> R {
        self.bar.suspend(write)
    }

    /// The run is over.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}
