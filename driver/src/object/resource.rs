//! Resources: a board that is open, as the right to make interrupts of its lines (ports.md I1, I3).

use std::sync::Arc;

use super::base::Base;
use super::observe::Observable;
use super::{Dispatch, Handle, owned};
use crate::Board;

/// What a resource is, whatever handle it is reached by.
pub struct ResourceObject {
    base: Base,
    board: Board,
}

impl ResourceObject {
    /// The board.
    pub fn board(&self) -> &Board {
        &self.board
    }
}

impl Dispatch for ResourceObject {
    fn base(&self) -> &Base {
        &self.base
    }

    /// A resource cannot be waited for.
    fn observable(&self) -> Option<&Observable> {
        None
    }
}

owned! {
    /// The right to make interrupts of a board's lines. The board stays open as long as there is a resource of it, or an
    /// interrupt.
    Resource, ResourceObject
}

impl Resource {
    /// That of this board.
    pub fn new(board: Board) -> Resource {
        Resource(Handle::new(Arc::new(ResourceObject { base: Base::new(), board })))
    }
}
