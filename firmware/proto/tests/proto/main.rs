//! The protocol's two ends against each other, and against nonsense.

mod bytes;
mod fuzz;
mod line;
mod noise;
mod packets;
mod sessions;
mod speed;
