//! Which ports have lines or windows of a board, at which lane; and what they are told when the board dies.
//!
//! A port with lines has one lane to itself; when all are taken the others share lane 0. A window needs a lane of its
//! port's own.

use std::sync::{Arc, Weak};

use super::{BoardInner, Dead, Lane};
use crate::Status;
use crate::port::PortInner;

/// A port that has lines or windows of this board.
pub(super) struct Attachment {
    port: Weak<PortInner>,
    lane: u32,
    /// Its lines and windows.
    uses: usize,
}

/// A lane that a port has or, when it is new, would get.
struct AnyLane {
    index: u32,
    is_new: bool,
}

impl BoardInner {
    /// The lane that a port's lines of this board report to, for one more line.
    pub(crate) fn attach(self: &Arc<Self>, port: &Arc<PortInner>) -> Result<u32, Dead> {
        let any = self.attach_where(port, |_| Ok(()))?;
        // Lines put up with any.
        Ok(any.unwrap_or_default())
    }

    /// The port's own lane, for one more window. NO_RESOURCES when none is left, BAD_STATE when the port's lines share one.
    pub(crate) fn attach_window(
        self: &Arc<Self>,
        port: &Arc<PortInner>,
    ) -> Result<Result<u32, Status>, Dead> {
        self.attach_where(port, |lane| match lane {
            AnyLane { index: 0, is_new: true } => Err(Status::NO_RESOURCES),
            AnyLane { index: 0, is_new: false } => Err(Status::BAD_STATE),
            AnyLane { .. } => Ok(()),
        })
    }

    /// The lane that a port has, or would get, if it will do.
    fn attach_where(
        self: &Arc<Self>,
        port: &Arc<PortInner>,
        will_do: impl FnOnce(AnyLane) -> Result<(), Status>,
    ) -> Result<Result<u32, Status>, Dead> {
        let mut attachments = self.attachments.lock();
        // The obituary comes before the attachments are told, so each is told or refused.
        if self.is_dead() {
            return Err(Dead);
        }
        attachments.retain(|attachment| attachment.port.strong_count() > 0);
        let own = Arc::downgrade(port);
        if let Some(attachment) = attachments.iter_mut().find(|a| a.port.ptr_eq(&own)) {
            let index = attachment.lane;
            return Ok(will_do(AnyLane { index, is_new: false }).map(|()| {
                attachment.uses += 1;
                index
            }));
        }
        let taken = |lane| attachments.iter().any(|attachment| attachment.lane == lane);
        let lane = (1..self.info.ports).find(|lane| !taken(*lane)).unwrap_or(0);
        if let Err(status) = will_do(AnyLane { index: lane, is_new: true }) {
            return Ok(Err(status));
        }
        if lane != 0 {
            let mut state = self.lane(lane).lock();
            state.clear_posts(self, lane)?;
            state.owner = Some(own.clone());
        }
        attachments.push(Attachment { port: own, lane, uses: 1 });
        port.attach(Arc::new(Lane { board: self.clone(), index: lane }));
        Ok(Ok(lane))
    }

    /// One line or window of a port less. The lane holds nothing of that line any more.
    pub(crate) fn detach(self: &Arc<Self>, port: &Arc<PortInner>) -> Result<(), Dead> {
        let mut attachments = self.attachments.lock();
        let own = Arc::downgrade(port);
        let Some(index) = attachments.iter().position(|a| a.port.ptr_eq(&own)) else { return Ok(()) };
        attachments[index].uses -= 1;
        if attachments[index].uses > 0 {
            return Ok(());
        }
        let Attachment { lane, .. } = attachments.swap_remove(index);
        port.detach(self);
        if lane == 0 {
            return Ok(());
        }
        let mut state = self.lane(lane).lock();
        state.silence(&self.registers, lane)?;
        state.clear_posts(self, lane)
    }

    /// If the board is dead: tells everybody, once. Each waiter that is blocked on a port with a line of
    /// it gets IO, its interrupts are destroyed, its ports go on in software. No locks may be held.
    pub(crate) fn attend_death(&self) {
        if !self.is_dead() {
            return;
        }
        // Whoever comes second goes on when everybody has been told.
        let mut mourned = self.mourned.lock();
        if std::mem::replace(&mut *mourned, true) {
            return;
        }
        for line in &self.lines {
            let interrupt = line.interrupt.lock().take();
            if let Some(interrupt) = interrupt {
                interrupt.perish();
            }
        }
        let attachments = std::mem::take(&mut *self.attachments.lock());
        for port in attachments.iter().filter_map(|attachment| attachment.port.upgrade()) {
            port.bereave(self);
        }
    }
}
