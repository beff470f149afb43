//! Ports and interrupts as objects with handles.

use std::ops::Deref;

use super::base::Base;
use super::clockwork::Clockwork;
use super::observe::Observable;
use super::{Dispatch, Job};
use crate::port::Limit;
use crate::{Deadline, Interrupt, Packet, Port, Status};

/// A port that handles stand for.
pub struct PortObject {
    base: Base,
    port: Port,
}

impl Deref for PortObject {
    type Target = Port;
    fn deref(&self) -> &Port {
        &self.port
    }
}

impl PortObject {
    pub(crate) fn new(port: Port) -> PortObject {
        PortObject { base: Base::new(), port }
    }
}

impl PortObject {
    /// [`Port::wait`] with a deadline on CLOCK_MONOTONIC, whatever the port's clock, and with the slack of this process's
    /// job (E11). On a simulated board's time the wait lasts as long as it is from now to the deadline.
    pub fn wait_until(&self, deadline: Deadline) -> Result<Packet, Status> {
        // The rest is for who sleeps.
        match self.port.try_wait() {
            Err(Status::TIMED_OUT) if deadline > Deadline::from_nanos(0) => {}
            result => return result,
        }
        let (slack, mode) = Job::default_slack();
        let deadline = Clockwork::align(deadline.into_nanos(), mode, slack);
        self.port.inner.wait_packet(Limit::Monotonic(Deadline::from_nanos(deadline)))
    }
}

impl Dispatch for PortObject {
    fn base(&self) -> &Base {
        &self.base
    }

    /// A port cannot be waited for (C5).
    fn observable(&self) -> Option<&Observable> {
        None
    }

    fn end(&self) {
        self.port.close();
    }
}

/// An interrupt that handles stand for.
pub struct InterruptObject {
    base: Base,
    interrupt: Interrupt,
}

impl Deref for InterruptObject {
    type Target = Interrupt;
    fn deref(&self) -> &Interrupt {
        &self.interrupt
    }
}

impl InterruptObject {
    pub(crate) fn new(interrupt: Interrupt) -> InterruptObject {
        InterruptObject { base: Base::new(), interrupt }
    }
}

impl Dispatch for InterruptObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(self.interrupt.signals())
    }

    /// Closing the last handle destroys (I28): threads in a wait of it must not keep it alive.
    fn end(&self) {
        let _ = self.interrupt.destroy();
    }
}
