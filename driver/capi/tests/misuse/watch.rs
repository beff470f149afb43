//! Watches a run's threads: says which calls hang, and ends waits that have no deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use portolan_conformance::abi::{NOT_FOUND, OK};

use crate::calls::c;
use crate::rows::{LINES, ROWS};

/// No call lasts longer; its deadline is at most a millisecond away.
const LIMIT: Duration = Duration::from_secs(60);
/// How long a wait without a deadline is left alone.
const HELP_AFTER: Duration = Duration::from_micros(200);
/// How often a watch looks when nobody needs help.
const ROUND: Duration = Duration::from_millis(50);

const IDLE: u32 = u32::MAX;

/// What a thread is doing.
pub struct Station {
    born: Instant,
    /// The index of the row, or `IDLE`.
    row: AtomicU32,
    /// Since when, in ns from `born`.
    since: AtomicU64,
    /// A handle of the interrupt that the thread waits for, or 0.
    helper: AtomicU32,
    watch: thread::Thread,
}

impl Station {
    pub fn begin(&self, row: usize) {
        self.since.store(self.now(), Ordering::SeqCst);
        self.row.store(row as u32, Ordering::SeqCst);
    }

    pub fn end(&self) {
        self.row.store(IDLE, Ordering::SeqCst);
    }

    /// The thread is about to wait for this interrupt.
    pub fn ask_for_help(&self, handle: u32) {
        self.helper.store(handle, Ordering::SeqCst);
        self.watch.unpark();
    }

    pub fn was_helped(&self) {
        self.helper.store(0, Ordering::SeqCst);
    }

    fn now(&self) -> u64 {
        self.born.elapsed().as_nanos() as u64
    }

    /// The call that the thread is in, and since when.
    fn call(&self) -> Option<(&'static str, Duration)> {
        let row = self.row.load(Ordering::SeqCst);
        let since = Duration::from_nanos(self.now().saturating_sub(self.since.load(Ordering::SeqCst)));
        (row != IDLE).then(|| (ROWS[row as usize].name, since))
    }
}

/// The thread that watches; ends when this is dropped.
pub struct Watch {
    thread: Option<thread::JoinHandle<()>>,
    over: Arc<AtomicBool>,
    pub stations: Vec<Arc<Station>>,
}

impl Watch {
    /// Watches so many threads. Calls that hang end the process, after `who` was said. Of the board, if it is not 0, lines
    /// rise for those who wait for them.
    pub fn new(threads: usize, board: u32, who: String) -> Watch {
        let over = Arc::new(AtomicBool::new(false));
        let (send, receive) = std::sync::mpsc::channel::<Vec<Arc<Station>>>();
        let seen = over.clone();
        let thread = thread::spawn(move || {
            let stations = receive.recv().unwrap_or_default();
            while !seen.load(Ordering::SeqCst) {
                look(&stations, board, &who);
            }
        });
        let station = |_| {
            Arc::new(Station {
                born: Instant::now(),
                row: AtomicU32::new(IDLE),
                since: AtomicU64::new(0),
                helper: AtomicU32::new(0),
                watch: thread.thread().clone(),
            })
        };
        let stations: Vec<_> = (0..threads).map(station).collect();
        send.send(stations.clone()).expect("the watch has begun");
        Watch { thread: Some(thread), over, stations }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

/// Ends a wait for an interrupt.
fn help(interrupt: u32, board: u32) {
    if interrupt & 4 != 0 && c!(zx_interrupt_trigger(interrupt, 0, 1)) == OK {
        return;
    }
    // Destroyed already is as good. Magenta's are of another type, and their only handle may be away.
    let status = c!(zx_interrupt_destroy(interrupt));
    if ![OK, NOT_FOUND].contains(&status) && c!(mx_interrupt_signal(interrupt)) != OK && board != 0 {
        (0..LINES).for_each(|line| assert_eq!(c!(portolan_board_fire(board, line)), OK));
    }
}

fn look(stations: &[Arc<Station>], board: u32, who: &str) {
    let wanted: Vec<_> = stations.iter().map(|station| station.helper.load(Ordering::SeqCst)).collect();
    let needed = wanted.iter().any(|helper| *helper != 0);
    thread::park_timeout(if needed { HELP_AFTER } else { ROUND });
    for (station, wanted) in stations.iter().zip(wanted) {
        // The same one as before: it has waited long enough.
        if wanted != 0 && station.helper.load(Ordering::SeqCst) == wanted {
            help(wanted, board);
        }
    }
    let calls: Vec<_> = stations.iter().map(|station| station.call()).collect();
    if calls.iter().flatten().any(|(_, since)| *since > LIMIT) {
        crate::say(&format!("{who}: a call hangs; the threads are in {calls:?}"));
        std::process::abort();
    }
}
