//! What threads meet at: a lock, the futex, and the waiter that sleeps on it.
//!
//! Everything that blocks or wakes in the driver goes through here, so that a model checker can put
//! its own primitives underneath.

mod futex;
#[allow(unsafe_code)]
mod latch;
mod lock;
#[allow(unsafe_code)]
mod primitive;
// The only unsafe code outside of sys, the C ABI and the shim: places of the ring.
#[allow(unsafe_code)]
mod ring;
mod waiter;

pub(crate) use lock::{Guard, Lock};
pub(crate) use primitive::{AtomicU32, spawn};
pub(crate) use ring::{Held, Place, Refused, Ring, Shape, Spin};
pub(crate) use waiter::{Bed, Token, Waiter};

#[cfg(all(test, loom))]
mod models;
