//! Says what is going on while it goes on: a spinner for people, a line now and then for logs. Everything to stderr.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A log gets a line this often.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// One stage of the work. Dropped without [`Stage::done`] it leaves its last state behind, for the error that follows.
pub struct Stage {
    name: &'static str,
    spinner: Option<ProgressBar>,
    begun: Instant,
    last_line: Instant,
}

impl Stage {
    /// Begins a stage, such as "place and route".
    pub fn begin(name: &'static str) -> Self {
        let spinner = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix} {elapsed} {wide_msg}")
                .expect("the template is constant and valid");
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style);
            bar.set_prefix(name);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if spinner.is_none() {
            eprintln!("{name} ...");
        }
        let now = Instant::now();
        Stage { name, spinner, begun: now, last_line: now }
    }

    /// What the stage is doing just now.
    pub fn detail(&mut self, text: &str) {
        match &self.spinner {
            Some(bar) => bar.set_message(text.to_owned()),
            None if self.last_line.elapsed() >= HEARTBEAT => {
                self.last_line = Instant::now();
                eprintln!("{} ... {} s: {text}", self.name, self.begun.elapsed().as_secs());
            }
            None => {}
        }
    }

    /// The stage is over; says how long it took, and returns that.
    pub fn done(self, result: &str) -> Duration {
        if let Some(bar) = &self.spinner {
            bar.finish_and_clear();
        }
        let took = self.begun.elapsed();
        eprintln!(
            "{}: {:.1} s{}{result}",
            self.name,
            took.as_secs_f64(),
            if result.is_empty() { "" } else { ", " }
        );
        took
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(bar) = self.spinner.take().filter(|bar| !bar.is_finished()) {
            bar.abandon();
        }
    }
}
