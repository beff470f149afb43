//! Ports and interrupts as objects with handles.

use std::ops::Deref;

use super::Dispatch;
use super::base::Base;
use super::observe::Observable;
use crate::{Interrupt, Port};

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
