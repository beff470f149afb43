//! Threads of cases: begun, and seen to be blocked, before the case goes on.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use crate::Zx;
use crate::abi::right;

impl Zx {
    /// Runs `body` on another thread and returns when that is blocked in this state.
    pub fn blocked<T: Send + 'static>(
        self,
        state: u32,
        body: impl FnOnce(Zx) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        let (thread, seen) = self.start(state, body);
        assert!(seen, "the thread ended before it was blocked in {state:#x}");
        thread
    }

    /// The same for a body that may end before it was seen.
    pub fn blocked_or_over<T: Send + 'static>(
        self,
        state: u32,
        body: impl FnOnce(Zx) -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.start(state, body).0
    }

    /// Runs `body` on another thread and returns when that is blocked in this state, which is true, or has ended.
    fn start<T: Send + 'static>(
        self,
        state: u32,
        body: impl FnOnce(Zx) -> T + Send + 'static,
    ) -> (JoinHandle<T>, bool) {
        let (send, receive) = mpsc::channel();
        let thread = thread::spawn(move || {
            let own = self.duplicate(self.thread_self(), right::SAME).expect("a thread can be duplicated");
            send.send(own).expect("the other side waits");
            body(self)
        });
        let handle = receive.recv().expect("the thread says who it is");
        let mut seen = self.thread_state(handle);
        while seen != state && !thread.is_finished() {
            thread::yield_now();
            seen = self.thread_state(handle);
        }
        self.close(handle).expect("a live handle");
        (thread, seen == state)
    }

    /// The same for a body with a deadline, which it is given: long enough that the thread was seen.
    pub fn blocked_until<T: Send + 'static>(
        self,
        state: u32,
        body: impl FnOnce(Zx, i64) -> T + Clone + Send + 'static,
    ) -> (JoinHandle<T>, i64) {
        let mut time = 20_000_000;
        loop {
            let (deadline, body) = (self.after(time), body.clone());
            let (thread, seen) = self.start(state, move |z| body(z, deadline));
            if seen {
                return (thread, deadline);
            }
            assert!(time < 60_000_000_000, "the thread is never blocked in {state:#x}");
            time *= 4;
        }
    }
}
