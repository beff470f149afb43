//! What threads meet at: a lock, the futex, and the waiter that sleeps on it.
//!
//! Everything that blocks or wakes in the driver goes through here, so that a model checker can put
//! its own primitives underneath.

mod futex;
#[allow(unsafe_code)]
mod latch;
#[allow(unsafe_code)]
mod primitive;
// The only unsafe code outside of sys, the C ABI and the shim: places of the ring.
#[allow(unsafe_code)]
mod ring;
mod waiter;

use std::sync::PoisonError;

use primitive::Mutex;
pub(crate) use primitive::{AtomicU32, Guard, spawn};
pub(crate) use ring::{Held, Place, Refused, Ring, Shape, Spin};
pub(crate) use waiter::{Bed, Token, Waiter};

/// A mutex that does not mind that a thread panicked: what it guards is consistent at every
/// statement that can panic.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, loom))]
mod models;
