//! This process and its threads, as objects: enough to see what a thread waits for (ports.md E12, I24).
//!
//! A thread becomes an object when it first asks for itself. From then on it says, whenever it is about to sleep
//! in one of the library's calls, in which; other threads read that through a handle.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use rustix::thread::{CpuSet, Pid, gettid, sched_getaffinity};

use super::base::Base;
use super::observe::Observable;
use super::{Dispatch, Handle, Signals, owned};
use crate::sync::Waiter;
use crate::{Deadline, sys};

/// What a thread does (ZX_THREAD_STATE_*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[allow(missing_docs, reason = "the names are Zircon's and say all")]
#[non_exhaustive]
pub enum ThreadState {
    Running = 0x0001,
    Dead = 0x0005,
    BlockedSleeping = 0x0203,
    BlockedPort = 0x0403,
    BlockedChannel = 0x0503,
    BlockedWaitOne = 0x0603,
    BlockedWaitMany = 0x0703,
    BlockedInterrupt = 0x0803,
}

use ThreadState::*;

impl ThreadState {
    fn from_raw(raw: u32) -> ThreadState {
        let all = [
            Dead,
            BlockedSleeping,
            BlockedPort,
            BlockedChannel,
            BlockedWaitOne,
            BlockedWaitMany,
            BlockedInterrupt,
        ];
        all.into_iter().find(|state| *state as u32 == raw).unwrap_or(Running)
    }
}

/// What a thread is, whatever handle it is reached by.
pub struct ThreadObject {
    base: Base,
    signals: Observable,
    state: AtomicU32,
    /// Linux's number of it.
    tid: Pid,
}

impl ThreadObject {
    /// The processors that it may run on, a bit each; none when it is dead.
    pub fn affinity(&self) -> [u64; 8] {
        let mut mask = [0; 8];
        if self.state() != Dead
            && let Ok(set) = sched_getaffinity(Some(self.tid))
        {
            let all = (0..CpuSet::MAX_CPU.min(512)).filter(|processor| set.is_set(*processor));
            all.for_each(|processor| mask[processor / 64] |= 1 << (processor % 64));
        }
        mask
    }

    /// What it does. SeqCst, so that who sees it blocked sees all that it did before.
    pub fn state(&self) -> ThreadState {
        ThreadState::from_raw(self.state.load(Ordering::SeqCst))
    }
}

impl Dispatch for ThreadObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }
}

owned! {
    /// A thread of this process.
    ///
    /// ```
    /// use portolan::object::{Thread, ThreadState};
    /// assert_eq!(Thread::current().state(), ThreadState::Running);
    /// ```
    Thread, ThreadObject
}

/// The calling thread's object, for as long as the thread lives.
struct Own(Arc<ThreadObject>);

impl Drop for Own {
    fn drop(&mut self) {
        self.0.state.store(Dead as u32, Ordering::SeqCst);
        self.0.signals.update(Signals::THREAD_RUNNING, Signals::SIGNALED);
    }
}

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
    /// Whether the thread asked for itself. Reading this, unlike `OWN`, never takes memory.
    static KNOWN: Cell<bool> = const { Cell::new(false) };
}

impl Thread {
    /// The calling thread.
    ///
    /// # Panics
    ///
    /// When the thread's local variables are gone already.
    pub fn current() -> Thread {
        KNOWN.set(true);
        let object = OWN.with_borrow_mut(|own| {
            own.get_or_insert_with(|| {
                Own(Arc::new(ThreadObject {
                    base: Base::new(),
                    signals: Observable::new(Signals::THREAD_RUNNING),
                    state: AtomicU32::new(Running as u32),
                    tid: gettid(),
                }))
            })
            .0
            .clone()
        });
        Thread(Handle::new(object))
    }

    /// Sleeps until the deadline, on CLOCK_MONOTONIC, with the slack of this process's job (E11).
    pub fn sleep_until(deadline: Deadline) {
        if deadline.into_nanos() <= sys::monotonic() {
            std::thread::yield_now();
            return;
        }
        Waiter::with(|waiter| super::wait::sleep(waiter, deadline, BlockedSleeping));
    }
}

/// The calling thread is about to sleep in such a call, until this is dropped.
pub(crate) fn blocked(state: ThreadState) -> Blocked {
    show(state);
    Blocked(())
}

/// See [`blocked`].
#[must_use]
pub(crate) struct Blocked(());

impl Drop for Blocked {
    fn drop(&mut self) {
        show(Running);
    }
}

fn show(state: ThreadState) {
    // Nobody looks at a thread that never asked for itself, or that is being torn down.
    if !KNOWN.get() {
        return;
    }
    let _ = OWN.try_with(|own| {
        if let Some(Own(thread)) = &*own.borrow() {
            thread.state.store(state as u32, Ordering::SeqCst);
        }
    });
}

/// What this process is, whatever handle it is reached by.
pub struct ProcessObject {
    base: Base,
    signals: Observable,
}

impl Dispatch for ProcessObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }
}

owned! {
    /// This process. It cannot be killed or listed; its handle is there for programs that pass it on.
    Process, ProcessObject
}

impl Process {
    /// This process.
    pub fn current() -> Process {
        static PROCESS: OnceLock<Arc<ProcessObject>> = OnceLock::new();
        let object = PROCESS
            .get_or_init(|| Arc::new(ProcessObject { base: Base::new(), signals: Observable::default() }));
        Process(Handle::new(object.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{AsHandle, Event, Rights};

    #[test]
    fn a_thread_shows_what_it_waits_for_and_when_it_is_dead() {
        let (event, other) = (Arc::new(Event::new()), Event::new());
        let duplicate = other.duplicate_handle(Rights::SAME_RIGHTS).unwrap();
        let (send, receive) = std::sync::mpsc::channel();
        let waiting = event.clone();
        let thread = std::thread::spawn(move || {
            send.send(Thread::current()).unwrap();
            let _ = waiting.wait_one(Signals::SIGNALED, Deadline::INFINITE);
            drop(duplicate);
        });
        let seen = receive.recv().unwrap();
        while seen.state() != BlockedWaitOne {
            std::thread::yield_now();
        }
        event.signal(Signals::NONE, Signals::SIGNALED).unwrap();
        thread.join().unwrap();
        assert!(seen.wait_one(Signals::SIGNALED, Deadline::INFINITE).is_ok());
        assert_eq!(seen.state(), Dead);
        assert_eq!(Thread::current().basic_info().koid, Thread::current().basic_info().koid);
    }
}
