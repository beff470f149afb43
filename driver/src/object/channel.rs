//! Channels: two ends, messages of bytes and handles between them.
//!
//! What a message is, and what becomes of its handles, is in `message`. Both ends stand under one lock, so that an
//! end's signals change together with its queue.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use super::base::Base;
use super::call::{Callers, Reply};
use super::message::{MAX_HANDLES, Message, ReadError, WriteError, bury};
use super::observe::Observable;
use super::port_v1::{Binding, PortV1Object};
use super::{Dispatch, Handle, Koid, Object, Rights, Signals, owned};
use crate::Status;
use crate::sync::Lock;

/// What both ends share.
#[derive(Default)]
struct Shared {
    ends: [End; 2],
}

#[derive(Default)]
struct End {
    closed: bool,
    /// Written by the peer, not yet read.
    messages: VecDeque<Message>,
    callers: Callers,
    /// Of Magenta's: a port that hears of every message and of the close of the peer.
    binding: Option<Box<Binding>>,
}

/// What an end of a channel does, whatever handle it is reached by.
pub struct ChannelObject {
    base: Base,
    signals: Observable,
    side: usize,
    peer_koid: Koid,
    peer: Weak<ChannelObject>,
    shared: Arc<Lock<Shared>>,
}

owned! {
    /// An end of a channel.
    ///
    /// ```
    /// use portolan::object::{Channel, Event, Message};
    ///
    /// let (a, b) = Channel::create();
    /// a.write(Message { bytes: b"hello".to_vec(), handles: vec![Event::new().into()] })?;
    /// let message = b.read()?;
    /// assert_eq!(message.bytes, b"hello");
    /// let event = Event::try_from(message.handles.into_iter().next().unwrap())?;
    /// # drop(event);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Channel, ChannelObject
}

impl Channel {
    /// Both ends of a new channel.
    pub fn create() -> (Channel, Channel) {
        let [a, b] = Base::pair();
        let (a_koid, b_koid) = (a.koid(), b.koid());
        let shared = Arc::new(Lock::new(Shared::default()));
        let end = |base, side, peer_koid, peer| ChannelObject {
            base,
            signals: Observable::new(Signals::WRITABLE),
            side,
            peer_koid,
            peer,
            shared: shared.clone(),
        };
        let mut second = None;
        let first = Arc::new_cyclic(|first| {
            let other = Arc::new(end(b, 1, a_koid, first.clone()));
            let peer = Arc::downgrade(&other);
            second = Some(other);
            end(a, 0, b_koid, peer)
        });
        let second = second.expect("the closure has run");
        (Channel(Handle::new(first)), Channel(Handle::new(second)))
    }
}

impl ChannelObject {
    /// Writes a message, which the peer reads.
    pub fn write(&self, message: Message) -> Result<(), WriteError> {
        self.write_within(message, MAX_HANDLES)
    }

    /// Writes a message that may have so many handles, which the peer reads.
    pub fn write_within(&self, message: Message, max_handles: usize) -> Result<(), WriteError> {
        match self.admits(&message, max_handles).and_then(|()| self.peer.upgrade().ok_or(Status::PEER_CLOSED))
        {
            Ok(peer) => self.deliver(&peer, message),
            Err(status) => Err(WriteError { status, message }),
        }
    }

    pub(super) fn admits(&self, message: &Message, max_handles: usize) -> Result<(), Status> {
        if message.is_too_large(max_handles) {
            return Err(Status::OUT_OF_RANGE);
        }
        message.handles.iter().try_for_each(|handle| self.admits_handle(handle))
    }

    /// Whether a message may have this handle: NOT_SUPPORTED for one of the channel's own end, ACCESS_DENIED without
    /// TRANSFER.
    pub fn admits_handle(&self, handle: &Handle) -> Result<(), Status> {
        // An end that is queued to its own peer's reader could never be closed.
        if handle.object().base().koid() == self.base.koid() {
            return Err(Status::NOT_SUPPORTED);
        }
        handle.require(Rights::TRANSFER)
    }

    /// Binds this end to a port of Magenta's first generation, for as long as it lives: the port has a packet with this key
    /// for every message, those that are queued already among them, and one when the peer is closed from now on (L4).
    /// BAD_STATE when it is bound already, INVALID_ARGS for other signals than READABLE and PEER_CLOSED.
    pub fn bind_v1(&self, port: &Arc<PortV1Object>, key: u64, signals: Signals) -> Result<(), Status> {
        let mut shared = self.shared.lock();
        let end = &mut shared.ends[self.side];
        if end.binding.is_some() {
            return Err(Status::BAD_STATE);
        }
        let binding = Binding::new(port, key, signals)?;
        end.messages.iter().for_each(|_| binding.signal(Signals::READABLE));
        end.binding = Some(Box::new(binding));
        Ok(())
    }

    fn deliver(&self, peer: &ChannelObject, message: Message) -> Result<(), WriteError> {
        let mut shared = self.shared.lock();
        let end = &mut shared.ends[peer.side];
        if end.closed {
            drop(shared);
            return Err(WriteError { status: Status::PEER_CLOSED, message });
        }
        let Some(message) = end.callers.reply(message) else { return Ok(()) };
        end.messages.push_back(message);
        peer.signals.update(Signals::NONE, Signals::READABLE);
        if let Some(binding) = &end.binding {
            binding.signal(Signals::READABLE);
        }
        Ok(())
    }

    /// Reads the oldest message.
    pub fn read(&self) -> Result<Message, ReadError> {
        self.read_within(usize::MAX, usize::MAX, false)
    }

    /// Reads the oldest message if it has no more bytes and handles than these. Otherwise it stays, or is dropped if it
    /// `may_discard`.
    pub fn read_within(
        &self,
        max_bytes: usize,
        max_handles: usize,
        may_discard: bool,
    ) -> Result<Message, ReadError> {
        let mut shared = self.shared.lock();
        let closed = shared.ends[1 - self.side].closed;
        let messages = &mut shared.ends[self.side].messages;
        let Some(next) = messages.front() else {
            return Err(ReadError::Empty(if closed { Status::PEER_CLOSED } else { Status::SHOULD_WAIT }));
        };
        let (bytes, handles) = (next.bytes.len(), next.handles.len());
        let fits = bytes <= max_bytes && handles <= max_handles;
        if !fits && !may_discard {
            return Err(ReadError::TooSmall { bytes, handles });
        }
        let message = messages.pop_front();
        if messages.is_empty() {
            self.signals.update(Signals::READABLE, Signals::NONE);
        }
        drop(shared);
        match message {
            Some(message) if fits => {
                message.received();
                Ok(message)
            }
            message => {
                bury(message);
                Err(ReadError::TooSmall { bytes, handles })
            }
        }
    }

    /// Writes a message and enlists for its reply, in one step.
    pub(super) fn write_call(&self, message: Message, reply: &Arc<Reply>) -> Result<(), WriteError> {
        let Some(peer) = self.peer.upgrade() else {
            return Err(WriteError { status: Status::PEER_CLOSED, message });
        };
        let mut shared = self.shared.lock();
        if shared.ends[peer.side].closed {
            drop(shared);
            return Err(WriteError { status: Status::PEER_CLOSED, message });
        }
        shared.ends[self.side].callers.add(reply.clone());
        drop(shared);
        // The reply is awaited before the request is seen.
        self.deliver(&peer, message).inspect_err(|_| {
            self.end_call(reply);
        })
    }

    /// Ends a call; whether it was still waiting.
    pub(super) fn end_call(&self, reply: &Arc<Reply>) -> bool {
        self.shared.lock().ends[self.side].callers.remove(reply)
    }
}

impl Dispatch for ChannelObject {
    fn base(&self) -> &Base {
        &self.base
    }

    fn observable(&self) -> Option<&Observable> {
        Some(&self.signals)
    }

    fn end(&self) {
        let (unread, peer) = {
            let mut shared = self.shared.lock();
            let end = &mut shared.ends[self.side];
            end.closed = true;
            let unread = std::mem::take(&mut end.messages);
            end.binding = None;
            end.callers.end(Status::CANCELED);
            let other = &mut shared.ends[1 - self.side];
            other.callers.end(Status::PEER_CLOSED);
            let peer = self.peer.upgrade();
            if let Some(peer) = &peer {
                peer.signals.update(Signals::WRITABLE, Signals::PEER_CLOSED);
            }
            if let Some(binding) = &other.binding {
                binding.signal(Signals::PEER_CLOSED);
            }
            (unread, peer)
        };
        drop(peer);
        bury(unread);
    }

    fn related_koid(&self) -> Koid {
        self.peer_koid
    }

    fn peer(&self) -> Option<Result<Object, Status>> {
        let open = |peer: &Arc<ChannelObject>| peer.base.handles() > 0;
        Some(self.peer.upgrade().filter(open).map(Object::Channel).ok_or(Status::PEER_CLOSED))
    }
}

impl Drop for ChannelObject {
    fn drop(&mut self) {
        // A message that was written after the last handle was closed.
        bury(std::mem::take(&mut self.shared.lock().ends[self.side].messages));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{AsHandle, Event};

    fn message(bytes: &[u8]) -> Message {
        Message { bytes: bytes.to_vec(), handles: Vec::new() }
    }

    #[test]
    fn a_message_that_does_not_fit_stays_unless_it_may_be_discarded() {
        let (a, b) = Channel::create();
        a.write(message(b"four")).unwrap();
        let too_small = ReadError::TooSmall { bytes: 4, handles: 0 };
        assert_eq!(b.read_within(3, 0, false).unwrap_err(), too_small);
        assert_eq!(b.read_within(3, 0, true).unwrap_err(), too_small);
        assert_eq!(b.read().unwrap_err(), ReadError::Empty(Status::SHOULD_WAIT));
        drop(a);
        assert_eq!(b.read().unwrap_err(), ReadError::Empty(Status::PEER_CLOSED));
        assert_eq!(b.write(message(b"x")).unwrap_err().status, Status::PEER_CLOSED);
    }

    #[test]
    fn what_was_written_before_the_close_can_still_be_read() {
        let (a, b) = Channel::create();
        a.write(message(b"last")).unwrap();
        drop(a);
        assert_eq!(b.read().unwrap().bytes, b"last");
    }

    #[test]
    fn a_refused_message_comes_back_with_its_handles() {
        let (a, _b) = Channel::create();
        let poor = Handle::from(Event::new()).replace(Rights::NONE).unwrap();
        let error = a.write(Message { bytes: vec![], handles: vec![poor] }).unwrap_err();
        assert_eq!((error.status, error.message.handles.len()), (Status::ACCESS_DENIED, 1));
        let own = a.duplicate_handle(Rights::SAME_RIGHTS);
        assert_eq!(own.unwrap_err(), Status::ACCESS_DENIED, "A3: channels cannot be duplicated");
    }

    #[test]
    fn a_long_chain_of_channels_in_messages_is_dropped_without_deep_recursion() {
        let (mut outer, mut inner) = Channel::create();
        for _ in 0..100_000 {
            let (a, b) = Channel::create();
            a.write(Message { bytes: vec![], handles: vec![outer.into(), inner.into()] }).unwrap();
            (outer, inner) = (a, b);
        }
        drop((outer, inner));
    }
}
