//! A device behind a UNIX socket, by the vfio-user protocol: the simulated card in another process, or anybody's device
//! model.
//!
//! [`protocol`] and [`wire`] are of both ends; `portolan-sim` has the other one.

pub mod protocol;
pub mod wire;
