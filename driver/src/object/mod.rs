//! Zircon's kernel objects: handles, rights, signals, and the objects besides ports and interrupts.
//!
//! Every object is held by owned handles of a known type, such as [`Event`] or [`Channel`], or of any type:
//! [`Handle`]. [`AsHandle`] has what can be done with each of them: duplicate, signal, wait, register with a
//! [`Port`](crate::Port). A port and an interrupt become handles by `Handle::from`.
//!
//! ```
//! use portolan::object::{AsHandle, AsyncOptions, Event, Signals};
//! use portolan::{Contents, Port, PortOptions, Status};
//!
//! let port = Port::new(PortOptions::default());
//! let event = Event::new();
//! event.wait_async(&port, 7, Signals::SIGNALED, AsyncOptions::default())?;
//! event.signal(Signals::NONE, Signals::SIGNALED)?;
//! let packet = port.try_wait()?;
//! assert_eq!(packet.key(), 7);
//! assert!(matches!(packet.contents(), Contents::Signal { observed: 8, count: 1, .. }));
//! # Ok::<(), Status>(())
//! ```
//!
//! The C library keeps its handles in a [`HandleTable`]; nothing here knows their numbers. Policy of the
//! [job](Job) is asked by the C library's calls, not by constructors of this crate.
//!
//! | file | |
//! |---|---|
//! | `base`, `rights`, `signals` | koids and handle counts; sets of bits |
//! | `observe`, `wait` | signals and their watchers; threads that wait |
//! | `handle`, `table`, `cache` | owned handles; their 32-bit values; ports that a thread used lately |
//! | `event`, `timer`, `clockwork`, `channel`, `message`, `call`, `job`, `policy`, `task`, `resource` | the objects |
//! | `machine` | what programs ask of the machine |
//! | `magenta`, `port_v1`, `interrupt_event` | those that only Magenta had, and all as its calls make them |

mod base;
mod bridge;
mod cache;
mod call;
mod channel;
mod clockwork;
mod event;
mod handle;
mod interrupt_event;
mod job;
pub mod machine;
pub mod magenta;
mod message;
mod observe;
mod policy;
mod port_v1;
mod resource;
mod rights;
mod signals;
mod table;
mod task;
mod timer;
mod wait;

use std::sync::{Arc, Weak};

use crate::Status;
use crate::port::{Observer, SignalSource};
use base::Base;
pub(crate) use observe::Observable;

pub use base::Koid;
pub use bridge::{InterruptObject, PortObject};
pub use call::CallError;
pub use channel::{Channel, ChannelObject};
pub use clockwork::Slack;
pub use event::{Event, EventObject, EventPair, PairObject};
pub use handle::{AsHandle, AsyncOptions, BasicInfo, Handle, Typed};
pub use interrupt_event::InterruptEventObject;
pub use job::{Job, JobObject};
pub use message::{MAX_BYTES, MAX_HANDLES, Message, ReadError, WriteError};
pub use observe::Timestamp;
pub use policy::{Action, BasicPolicy, Condition, Mode};
pub use port_v1::{HEADER_V1, MAX_PACKET_V1, PortV1Object};
pub use resource::{Resource, ResourceObject};
pub use rights::Rights;
pub use signals::Signals;
pub use table::{HandleTable, RawHandle, RawWaitItem};
pub(crate) use task::blocked;
pub use task::{Process, ProcessObject, Thread, ThreadObject, ThreadState};
pub use timer::{Timer, TimerClock, TimerInfo, TimerObject};
pub use wait::{WaitItem, WaitResult, wait_many};

pub(crate) use handle::owned;

/// The types of objects, with Zircon's numbers (A4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum ObjectType {
    /// This process.
    Process = 1,
    /// A thread of this process.
    Thread = 2,
    /// An end of a channel.
    Channel = 4,
    /// An event.
    Event = 5,
    /// A port.
    Port = 6,
    /// An interrupt, virtual or a line's.
    Interrupt = 9,
    /// An opened board.
    Resource = 15,
    /// An end of an event pair.
    EventPair = 16,
    /// A job.
    Job = 17,
    /// A timer.
    Timer = 22,
}

/// Any object. Magenta had two kinds of ports, and interrupts of its own kind, under the same types.
macro_rules! objects {
    ($($variant:ident($object:ty) is $kind:ident),* $(,)?) => {
        #[derive(Clone)]
        pub(crate) enum Object {
            $($variant(Arc<$object>)),*
        }

        $(impl From<Arc<$object>> for Object {
            fn from(object: Arc<$object>) -> Object {
                Object::$variant(object)
            }
        })*

        impl Object {
            pub(crate) fn kind(&self) -> ObjectType {
                match self {
                    $(Object::$variant(_) => ObjectType::$kind),*
                }
            }

            pub(crate) fn base(&self) -> &Base {
                match self {
                    $(Object::$variant(object) => object.base()),*
                }
            }

            /// Its signals; `None` for one that cannot be waited for.
            pub(crate) fn observable(&self) -> Option<&Observable> {
                match self {
                    $(Object::$variant(object) => object.observable()),*
                }
            }

            /// Itself, as what a registration observes.
            fn source(&self) -> Option<Weak<dyn SignalSource>> {
                self.observable()?;
                Some(match self {
                    $(Object::$variant(object) => {
                        let source: Arc<dyn SignalSource> = object.clone();
                        Arc::downgrade(&source)
                    }),*
                })
            }

            /// The last handle was closed.
            fn end(&self) {
                match self {
                    $(Object::$variant(object) => object.end()),*
                }
            }

            /// Koid of the peer or parent; 0 when there is none.
            fn related_koid(&self) -> Koid {
                match self {
                    $(Object::$variant(object) => object.related_koid()),*
                }
            }

            fn peer(&self) -> Option<Result<Object, Status>> {
                match self {
                    $(Object::$variant(object) => object.peer()),*
                }
            }
        }

        $(impl Typed for $object {
            fn of(handle: &Handle) -> Option<&Arc<Self>> {
                match handle.object() {
                    Object::$variant(object) => Some(object),
                    _ => None,
                }
            }
        }

        impl SignalSource for $object {
            fn forget(&self, observer: &Arc<Observer>) {
                if let Some(observable) = self.observable() {
                    observable.forget(observer);
                }
            }
        })*
    };
}

objects! {
    Process(task::ProcessObject) is Process,
    Thread(task::ThreadObject) is Thread,
    Channel(channel::ChannelObject) is Channel,
    Event(event::EventObject) is Event,
    Port(PortObject) is Port,
    PortV1(PortV1Object) is Port,
    Interrupt(InterruptObject) is Interrupt,
    InterruptEvent(InterruptEventObject) is Interrupt,
    Resource(resource::ResourceObject) is Resource,
    EventPair(event::PairObject) is EventPair,
    Job(job::JobObject) is Job,
    Timer(timer::TimerObject) is Timer,
}

/// What an object must say of itself.
trait Dispatch {
    fn base(&self) -> &Base;
    fn observable(&self) -> Option<&Observable>;
    /// The last handle was closed.
    fn end(&self) {}
    fn related_koid(&self) -> Koid {
        0
    }
    /// The other end: `None` for an object that has none, PEER_CLOSED when it is gone.
    fn peer(&self) -> Option<Result<Object, Status>> {
        None
    }
}

impl Object {
    /// Signals that programs may change: the user signals, and SIGNALED of an event (J4).
    fn user_signals(&self) -> Signals {
        match self {
            Object::Event(_) | Object::EventPair(_) => Signals::USER_ALL | Signals::SIGNALED,
            _ => Signals::USER_ALL,
        }
    }

    fn signal_peer(&self, clear: Signals, set: Signals) -> Result<(), Status> {
        let peer = self.peer().ok_or(Status::NOT_SUPPORTED)?;
        if !self.user_signals().contains(clear | set) {
            return Err(Status::INVALID_ARGS);
        }
        let peer = peer?;
        peer.observable().ok_or(Status::NOT_SUPPORTED)?.update(clear, set);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
