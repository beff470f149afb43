//! Power states, as the integrated block has them: the logic behind it is not told.
//!
//! In D3hot memory requests are unsupported, and nothing but a PME may be sent (Base 5.3.1.4.1). The block answers and
//! drops requests by itself, and takes no TLP from the logic, nor an INTx message, until the function is in D0 again; one
//! that has begun it takes to its end (docs/pcie.md). With No_Soft_Reset nothing is lost on the way back (Base 5.3.1.4.1).

use super::{LIMIT, Root, RootError};
use crate::pcie::tlp::{Operation, Request};

/// The function's PowerState.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Power {
    /// It works.
    #[default]
    D0,
    /// It answers configuration requests alone.
    D3hot,
}

impl Root {
    /// Puts the function into D3hot. What was asked before is waited for, as system software must.
    pub fn power_down(&mut self) -> Result<(), RootError> {
        let end = self.user_clocks + LIMIT;
        while (self.outstanding() > 0 || !self.has_sent()) && self.user_clocks < end {
            self.step()?;
        }
        self.power = Power::D3hot;
        Ok(())
    }

    /// Puts it back into D0.
    pub fn power_up(&mut self) {
        self.power = Power::D0;
    }

    /// The block takes nothing from the logic now.
    pub(super) fn is_stalled(&self) -> bool {
        self.power == Power::D3hot && !self.sink.has_begun()
    }

    /// The block does not support this request, which the checker knows of.
    pub(super) fn refuse(&mut self, request: &Request) {
        if request.is_posted() {
            return;
        }
        let is_memory = matches!(request.operation, Operation::Read | Operation::LockedRead);
        let bytes = if is_memory { request.bytes().into() } else { 4 };
        let lower = request.address + u64::from(request.lead());
        let header = (lower & 0x7f) << 41
            | (bytes & 0xfff) << 29
            | u64::from(request.attributes.class) << 26
            | u64::from(request.attributes.bits) << 24
            | u64::from(request.requester) << 8
            | u64::from(request.tag);
        let words = self.completion(header, request.operation == Operation::LockedRead);
        self.made.push_back((self.user_clocks + 1, words));
    }
}
