//! Handles: an object, what may be done with it, and an identity.
//!
//! A [`Handle`] is owned; dropping it closes it. When an object's last handle is closed the object ends:
//! a channel's or event pair's peer learns of it, an interrupt is destroyed (I28), a port closed (H1), a timer
//! canceled. Waits remember the handle that they were made through, and end with it (B7).
//!
//! What can be done with every handle is in [`AsHandle`]; an owned object such as an
//! [`Event`](super::Event) is a handle of a known type.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::observe::{HandleId, Observable, Timestamp};
use super::{Koid, Object, ObjectType, Rights, Signals, WaitResult};
use crate::port::{Port, Registration};
use crate::{Deadline, Interrupt, Status};

/// An owned handle.
pub struct Handle {
    object: Object,
    rights: Rights,
    id: HandleId,
}

/// What every handle tells (ZX_INFO_HANDLE_BASIC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicInfo {
    /// The object's koid.
    pub koid: Koid,
    /// The handle's rights.
    pub rights: Rights,
    /// The object's type.
    pub kind: ObjectType,
    /// The koid of the peer, or of a job's parent; 0 when there is none.
    pub related_koid: Koid,
}

/// How [`AsHandle::wait_async`] registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsyncOptions {
    /// Whether the packet tells when the match was, and on what clock.
    pub timestamp: Timestamp,
    /// Fire only when a signal rises from now on (F4).
    pub edge: bool,
    /// Stay registered, and queue a packet of type SIGNAL_REP at each change while a signal is active, unless one is still
    /// queued (L9). Magenta's; no zx_ call has it.
    pub repeating: bool,
}

impl Handle {
    /// A new handle of `object`, with its type's rights.
    pub(crate) fn new(object: impl Into<Object>) -> Handle {
        let object = object.into();
        let rights = Rights::default_of(object.kind());
        Handle::with_rights(object, rights)
    }

    pub(super) fn with_rights(object: Object, rights: Rights) -> Handle {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        object.base().acquire();
        Handle { object, rights, id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    pub(crate) fn id(&self) -> HandleId {
        self.id
    }

    /// Whether it has all of these rights; ACCESS_DENIED otherwise.
    pub fn require(&self, rights: Rights) -> Result<(), Status> {
        if self.rights.contains(rights) { Ok(()) } else { Err(Status::ACCESS_DENIED) }
    }

    /// The rights that a handle made from this one may have: INVALID_ARGS when they are not a subset (B5).
    fn subset(&self, rights: Rights) -> Result<Rights, Status> {
        match rights {
            Rights::SAME_RIGHTS => Ok(self.rights),
            rights if self.rights.contains(rights) => Ok(rights),
            _ => Err(Status::INVALID_ARGS),
        }
    }

    /// The same object under a new handle with these rights, or [`Rights::SAME_RIGHTS`]; this one is gone
    /// either way (B6). INVALID_ARGS when it has not all of them.
    pub fn replace(self, rights: Rights) -> Result<Handle, Status> {
        Ok(Handle::with_rights(self.object.clone(), self.subset(rights)?))
    }

    /// The object's signals, for who has this right: ACCESS_DENIED without it, NOT_SUPPORTED when the object has none
    /// (B2).
    pub(crate) fn signals(&self, right: Rights) -> Result<&Observable, Status> {
        self.require(right)?;
        self.object.observable().ok_or(Status::NOT_SUPPORTED)
    }

    /// Whether its object has signals.
    pub fn has_signals(&self) -> bool {
        self.object.observable().is_some()
    }

    /// As [`AsHandle::signal`], with this right in place of SIGNAL: Magenta asks for WRITE.
    pub fn signal_by(&self, right: Rights, clear: Signals, set: Signals) -> Result<(), Status> {
        let observable = self.signals(right)?;
        if !self.object.user_signals().contains(clear | set) {
            return Err(Status::INVALID_ARGS);
        }
        observable.update(clear, set);
        Ok(())
    }

    /// As [`AsHandle::signal_peer`], with this right in place of SIGNAL_PEER: Magenta asks for none.
    pub fn signal_peer_by(&self, right: Rights, clear: Signals, set: Signals) -> Result<(), Status> {
        self.require(right)?;
        self.object.signal_peer(clear, set)
    }

    /// As [`AsHandle::wait_async`], with this right in place of WAIT: Magenta asks for READ.
    pub fn wait_async_by(
        &self,
        right: Rights,
        port: &Port,
        key: u64,
        signals: Signals,
        options: AsyncOptions,
    ) -> Result<(), Status> {
        let observable = self.signals(right)?;
        let observer = port.inner.observe(Registration {
            handle: self.id,
            key,
            trigger: signals.bits(),
            repeating: options.repeating,
            source: self.object.source().ok_or(Status::NOT_SUPPORTED)?,
        })?;
        observable.register(observer, options.edge, options.timestamp);
        Ok(())
    }

    /// Removes the registrations made through this handle with this key, with whatever port; packets that are queued stay
    /// (G7). ACCESS_DENIED without WRITE, NOT_SUPPORTED for an object without signals.
    pub fn withdraw(&self, key: u64) -> Result<(), Status> {
        self.signals(Rights::WRITE)?.withdraw(self.id, key);
        Ok(())
    }

    /// The handle was read from a channel: waits made through it are over (B8).
    pub(crate) fn cancel_waits(&self) {
        if let Some(observable) = self.object.observable() {
            observable.cancel(self.id);
        }
    }

    /// The object, if it is of this type and the handle has these rights: WRONG_TYPE, then ACCESS_DENIED (B1).
    pub fn get<T: Typed>(&self, rights: Rights) -> Result<&Arc<T>, Status> {
        let object = T::of(self).ok_or(Status::WRONG_TYPE)?;
        self.require(rights)?;
        Ok(object)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.cancel_waits();
        if self.object.base().release() {
            self.object.end();
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {:?}", self.object.kind(), self.object.base().koid(), self.rights)
    }
}

impl From<Port> for Handle {
    /// When the last handle is closed the port is closed for all its clones (H1).
    fn from(port: Port) -> Handle {
        Handle::new(Arc::new(super::PortObject::new(port)))
    }
}

impl From<Interrupt> for Handle {
    fn from(interrupt: Interrupt) -> Handle {
        Handle::new(Arc::new(super::InterruptObject::new(interrupt)))
    }
}

/// A type of object.
pub trait Typed: Sized {
    /// The object, if the handle's is of this type.
    fn of(handle: &Handle) -> Option<&Arc<Self>>;
}

/// What can be done with every handle.
pub trait AsHandle {
    /// The handle.
    fn as_handle(&self) -> &Handle;

    /// Koid, rights and type.
    fn basic_info(&self) -> BasicInfo {
        let Handle { object, rights, .. } = self.as_handle();
        let (koid, kind) = (object.base().koid(), object.kind());
        BasicInfo { koid, rights: *rights, kind, related_koid: object.related_koid() }
    }

    /// How many handles of the object are open. ACCESS_DENIED without INSPECT.
    fn handle_count(&self) -> Result<u32, Status> {
        self.as_handle().require(Rights::INSPECT)?;
        Ok(self.as_handle().object.base().handles())
    }

    /// Another handle of the object, with these rights or [`Rights::SAME_RIGHTS`]. ACCESS_DENIED without
    /// DUPLICATE, INVALID_ARGS for a right that this one has not (B5).
    fn duplicate_handle(&self, rights: Rights) -> Result<Handle, Status> {
        let handle = self.as_handle();
        handle.require(Rights::DUPLICATE)?;
        Ok(Handle::with_rights(handle.object.clone(), handle.subset(rights)?))
    }

    /// Clears signals, then sets some, in one step (J4). ACCESS_DENIED without SIGNAL, NOT_SUPPORTED for an
    /// object without signals, INVALID_ARGS for signals that are not the user's to change.
    fn signal(&self, clear: Signals, set: Signals) -> Result<(), Status> {
        self.as_handle().signal_by(Rights::SIGNAL, clear, set)
    }

    /// As [`signal`](Self::signal), on the peer. ACCESS_DENIED without SIGNAL_PEER, NOT_SUPPORTED for an object
    /// without a peer, PEER_CLOSED.
    fn signal_peer(&self, clear: Signals, set: Signals) -> Result<(), Status> {
        self.as_handle().signal_peer_by(Rights::SIGNAL_PEER, clear, set)
    }

    /// Waits until one of these signals is active. Signals that are there win over a deadline that has passed (J1).
    fn wait_one(&self, signals: Signals, deadline: Deadline) -> WaitResult {
        self.as_handle().wait_for(signals, deadline)
    }

    /// Registers with `port`: when one of these signals is active, or rises, a signal packet with this key is
    /// queued there, once (section F). ACCESS_DENIED without WAIT, NOT_SUPPORTED for an object without signals,
    /// BAD_HANDLE for a port that was closed.
    fn wait_async(
        &self,
        port: &Port,
        key: u64,
        signals: Signals,
        options: AsyncOptions,
    ) -> Result<(), Status> {
        self.as_handle().wait_async_by(Rights::WAIT, port, key, signals, options)
    }

    /// Removes registrations made through this handle with this key, and their packets that are still queued (G2).
    /// NOT_FOUND when there are none; the errors of [`wait_async`](Self::wait_async).
    fn cancel_async(&self, port: &Port, key: u64) -> Result<(), Status> {
        let handle = self.as_handle();
        handle.signals(Rights::WAIT)?;
        port.inner.cancel(handle.id, key)
    }
}

impl AsHandle for Handle {
    fn as_handle(&self) -> &Handle {
        self
    }
}

/// An owned object of a known type: a handle and nothing else.
macro_rules! owned {
    ($(#[$doc:meta])* $name:ident, $object:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(crate::object::Handle);

        impl std::ops::Deref for $name {
            type Target = $object;
            fn deref(&self) -> &$object {
                match <$object as crate::object::Typed>::of(&self.0) {
                    Some(object) => object,
                    None => unreachable!("the handle's type is checked where it is made"),
                }
            }
        }

        impl crate::object::AsHandle for $name {
            fn as_handle(&self) -> &crate::object::Handle {
                &self.0
            }
        }

        impl From<$name> for crate::object::Handle {
            fn from(object: $name) -> crate::object::Handle {
                object.0
            }
        }

        impl TryFrom<crate::object::Handle> for $name {
            type Error = crate::Status;
            /// WRONG_TYPE for a handle of another type, which is closed.
            fn try_from(handle: crate::object::Handle) -> Result<$name, crate::Status> {
                match <$object as crate::object::Typed>::of(&handle) {
                    Some(_) => Ok($name(handle)),
                    None => Err(crate::Status::WRONG_TYPE),
                }
            }
        }
    };
}
pub(crate) use owned;
