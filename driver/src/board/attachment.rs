//! Which ports have lines of a board, at which lane; and what they are told when the board dies.
//!
//! A port with lines has one lane to itself; when all are taken the others share lane 0.

use std::sync::{Arc, Weak};

use super::{BoardInner, Dead, Lane};
use crate::port::PortInner;

/// A port that has lines of this board.
pub(super) struct Attachment {
    port: Weak<PortInner>,
    lane: u32,
    lines: usize,
}

impl BoardInner {
    /// The lane that a port's lines of this board report to, for one more line.
    pub(crate) fn attach(self: &Arc<Self>, port: &Arc<PortInner>) -> Result<u32, Dead> {
        let mut attachments = self.attachments.lock();
        // The obituary comes before the attachments are told, so each is told or refused.
        if self.is_dead() {
            return Err(Dead);
        }
        attachments.retain(|attachment| attachment.port.strong_count() > 0);
        let own = Arc::downgrade(port);
        if let Some(attachment) = attachments.iter_mut().find(|a| a.port.ptr_eq(&own)) {
            attachment.lines += 1;
            return Ok(attachment.lane);
        }
        let taken = |lane| attachments.iter().any(|attachment| attachment.lane == lane);
        let lane = (1..self.info.ports).find(|lane| !taken(*lane)).unwrap_or(0);
        attachments.push(Attachment { port: own.clone(), lane, lines: 1 });
        if lane != 0 {
            self.lane(lane).lock().owner = Some(own);
        }
        port.attach(Arc::new(Lane { board: self.clone(), index: lane }));
        Ok(lane)
    }

    /// One line of a port less. The lane holds nothing of that line any more.
    pub(crate) fn detach(self: &Arc<Self>, port: &Arc<PortInner>) -> Result<(), Dead> {
        let mut attachments = self.attachments.lock();
        let own = Arc::downgrade(port);
        let Some(index) = attachments.iter().position(|a| a.port.ptr_eq(&own)) else { return Ok(()) };
        attachments[index].lines -= 1;
        if attachments[index].lines > 0 {
            return Ok(());
        }
        let Attachment { lane, .. } = attachments.swap_remove(index);
        port.detach(self);
        if lane == 0 { Ok(()) } else { self.lane(lane).lock().silence(&self.registers, lane) }
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
