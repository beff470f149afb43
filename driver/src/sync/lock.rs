//! The driver's mutex, and what must wait until a thread holds none.
//!
//! Waking a task calls a program's code, which may poll the task there and then, or drop it: it comes back into this
//! library and takes locks. But a packet is queued, and its waiter roused, under whatever locks led there: an
//! object's signals, an interrupt's state, a board's lane. So such a call is [put off](after_locks) until the
//! thread's last [`Guard`] is gone.

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, PoisonError};

use smallvec::SmallVec;

use super::Bed;
use super::primitive::{self, Mutex};

/// A mutex that does not mind that a thread panicked: what it guards is consistent at every
/// statement that can panic.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

/// A lock, held.
pub(crate) struct Guard<'a, T> {
    // In this order they are dropped.
    held: primitive::Guard<'a, T>,
    _counted: Counted,
}

/// One of a thread's guards.
struct Counted;

/// Of a thread.
#[derive(Default)]
struct Thread {
    /// Guards that it has.
    guards: Cell<usize>,
    /// Whom it kicks when it has none. Seldom more than there is room for without taking memory.
    late: RefCell<SmallVec<[Arc<dyn Bed>; 4]>>,
}

#[cfg(not(loom))]
thread_local! {
    static THREAD: Thread =
        const { Thread { guards: Cell::new(0), late: RefCell::new(SmallVec::new_const()) } };
}

// loom's threads are not the system's.
#[cfg(loom)]
loom::thread_local! {
    static THREAD: Thread = Thread::default();
}

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let counted = Counted::new();
        Guard { held: self.0.lock().unwrap_or_else(PoisonError::into_inner), _counted: counted }
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.held
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.held
    }
}

impl Counted {
    #[inline]
    fn new() -> Counted {
        // Gone when the thread is being torn down: then nothing is put off.
        let _ = THREAD.try_with(|thread| thread.guards.set(thread.guards.get() + 1));
        Counted
    }
}

impl Drop for Counted {
    #[inline]
    fn drop(&mut self) {
        let _ = THREAD.try_with(|thread| {
            // Whoever was torn down in between has lost count.
            let left = thread.guards.get().saturating_sub(1);
            thread.guards.set(left);
            if left == 0 {
                kick_late(thread);
            }
        });
    }
}

#[inline]
fn kick_late(thread: &Thread) {
    // The call may put off more, and come back here.
    while let Some(bed) = next_late(thread) {
        bed.kick();
    }
}

#[inline]
fn next_late(thread: &Thread) -> Option<Arc<dyn Bed>> {
    let mut late = thread.late.borrow_mut();
    let next = late.pop();
    if next.is_none() && late.spilled() {
        late.shrink_to_fit();
    }
    next
}

/// Kicks this bed when the thread has no guard any more.
pub(super) fn after_locks(bed: &Arc<dyn Bed>) {
    let put_off = THREAD.try_with(|thread| {
        let locked = thread.guards.get() > 0;
        if locked {
            thread.late.borrow_mut().push(bed.clone());
        }
        locked
    });
    if !put_off.unwrap_or(false) {
        bed.kick();
    }
}
