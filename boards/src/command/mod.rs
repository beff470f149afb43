//! What can be asked.

mod build;
mod fmax;
mod table;

pub use build::{Build, build};
pub use fmax::{Fmax, fmax};
pub use table::table;
