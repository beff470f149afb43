//! A descriptor for poll(2) and epoll(7): for programs whose threads wait for more than a port.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};

use super::standby::Standby;
use super::{Port, PortInner};
use crate::event::Event;
use crate::sync::Bed;
use crate::{Packet, Status};

/// A way to wait for a [`Port`] with poll(2) or epoll(7), made by [`Port::pollable`].
///
/// Its descriptor is readable while it is worth asking; who asks until TIMED_OUT finds it readable again when it
/// is his turn. He is one waiter among the port's threads: each packet wakes one of them (E7). So programs that poll
/// one port from several threads make one for each, and who has no time to ask drops it, or his turn waits for him.
///
/// On a port with lines of boards a thread of this library sleeps in the device for it.
///
/// ```
/// use portolan::{Packet, Port, PortOptions, Status};
/// use rustix::event::{PollFd, PollFlags, poll};
///
/// let port = Port::new(PortOptions::default());
/// let mut pollable = port.pollable()?;
/// assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT));
/// port.queue(&Packet::user(7, 0, [0; 32]))?;
/// poll(&mut [PollFd::new(&pollable, PollFlags::IN)], None)?;
/// assert_eq!(pollable.try_wait()?.key(), 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Pollable {
    standby: Standby,
    bell: Arc<Bell>,
    /// The descriptor is of use while somebody can queue.
    port: Port,
}

/// An eventfd(2), readable when it was kicked.
struct Bell(OwnedFd);

impl Bed for Bell {
    fn kick(&self) {
        // The only error is that of a counter which is full, and readable then.
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }
}

impl Bell {
    fn silence(&self) {
        // It fails when there is nothing to be silenced.
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl Port {
    /// A descriptor to wait for this port with poll(2) or epoll(7). It is readable at first: ask, and then poll. Fails
    /// when this process or the system has no descriptor left.
    pub fn pollable(&self) -> io::Result<Pollable> {
        // Readable from the start.
        let bell = Arc::new(Bell(eventfd(1, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?));
        let standby = Standby::new(self.inner.clone(), bell.clone());
        Ok(Pollable { standby, bell, port: self.clone() })
    }
}

impl Pollable {
    /// Takes the next packet. TIMED_OUT when there is none; then the descriptor is readable no more, until it is worth
    /// asking again. IO, once, when a board of the port has died; NO_RESOURCES when it has lines of a board and the thread
    /// that leads for descriptors cannot be started.
    pub fn try_wait(&mut self) -> Result<Packet, Status> {
        self.ask(|port| port.next_packet())
    }

    /// As [`try_wait`](Self::try_wait), with what Portolan knows beyond the packet.
    pub fn try_wait_event(&mut self) -> Result<Event, Status> {
        self.ask(|port| port.next_event())
    }

    /// Its port.
    pub fn port(&self) -> &Port {
        &self.port
    }

    fn ask<T>(
        &mut self,
        take: impl FnMut(&Arc<PortInner>) -> Result<Option<T>, Status>,
    ) -> Result<T, Status> {
        self.standby.ask_and_silence(|| self.bell.silence(), take)?.ok_or(Status::TIMED_OUT)
    }
}

impl AsFd for Pollable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.bell.0.as_fd()
    }
}

impl AsRawFd for Pollable {
    fn as_raw_fd(&self) -> RawFd {
        self.bell.0.as_raw_fd()
    }
}

impl fmt::Debug for Pollable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pollable(descriptor {} of {:?})", self.bell.0.as_raw_fd(), self.port)
    }
}
