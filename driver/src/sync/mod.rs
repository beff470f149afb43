//! What threads meet at: a lock, the futex, and the waiter that sleeps on it.
//!
//! Everything that blocks or wakes in the driver goes through here, so that a model checker can put
//! its own primitives underneath.

mod futex;
mod waiter;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use futex::{Futex, LinuxFutex};
pub(crate) use waiter::{Bed, Token, Waiter};

/// A mutex that does not mind that a thread panicked: what it guards is consistent at every
/// statement that can panic.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
