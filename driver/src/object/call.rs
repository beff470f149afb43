//! Channel calls: write a request, and sleep until its reply comes.
//!
//! Request and reply carry the same transaction id in their first four bytes. The library chooses it, with the top bit
//! set as Zircon does, so that it is none that a program is likely to use; a reply goes to the caller and never to
//! the channel's queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::ThreadState;
use super::channel::ChannelObject;
use super::message::{MAX_HANDLES, Message, WriteError};
use super::wait::sleep;
use crate::sync::{Lock, Token, Waiter};
use crate::{Deadline, Status};

/// A call that waits for its reply.
pub(super) struct Reply {
    txid: u32,
    waiter: Arc<Waiter>,
    outcome: Lock<Option<Result<Message, Status>>>,
}

impl Reply {
    fn finish(&self, outcome: Result<Message, Status>) {
        *self.outcome.lock() = Some(outcome);
        self.waiter.mark(Token::POSTED);
        self.waiter.rouse();
    }
}

/// The calls of one end of a channel, under the channel's lock.
#[derive(Default)]
pub(super) struct Callers(Vec<Arc<Reply>>);

impl Callers {
    pub(super) fn add(&mut self, reply: Arc<Reply>) {
        self.0.push(reply);
    }

    /// Gives a message to the call that waits for it; otherwise it comes back.
    pub(super) fn reply(&mut self, message: Message) -> Option<Message> {
        let txid = message.txid();
        match self.0.iter().position(|reply| Some(reply.txid) == txid) {
            Some(index) => {
                self.0.remove(index).finish(Ok(message));
                None
            }
            None => Some(message),
        }
    }

    pub(super) fn remove(&mut self, own: &Arc<Reply>) -> bool {
        let index = self.0.iter().position(|reply| Arc::ptr_eq(reply, own));
        index.map(|index| self.0.remove(index)).is_some()
    }

    /// The channel's end or its peer is closed.
    pub(super) fn end(&mut self, status: Status) {
        self.0.drain(..).for_each(|reply| reply.finish(Err(status)));
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The request was not written.
    #[error("the request was not written: {0}")]
    Unwritten(#[source] WriteError),
    /// It was, and there is no reply: TIMED_OUT, PEER_CLOSED, or CANCELED when this end's last handle is closed.
    #[error("there is no reply: {0}")]
    Unanswered(#[source] Status),
}

impl ChannelObject {
    /// Writes a request and sleeps until its reply comes. The first four bytes are the transaction id: whatever the
    /// request has there is replaced. INVALID_ARGS for a request of fewer bytes, TIMED_OUT, CANCELED when this
    /// end's last handle is closed, and the errors of [`write`](ChannelObject::write).
    pub fn call(&self, mut request: Message, deadline: Deadline) -> Result<Message, Status> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let txid = NEXT.fetch_add(1, Ordering::Relaxed) | 1 << 31;
        let place = request.bytes.first_chunk_mut().ok_or(Status::INVALID_ARGS)?;
        *place = txid.to_le_bytes();
        self.call_by(txid, request, MAX_HANDLES, deadline).map_err(|error| match error {
            CallError::Unwritten(error) => error.status,
            CallError::Unanswered(status) => status,
        })
    }

    /// As [`call`](Self::call), with a request that may have so many handles and with the transaction id that it has, for
    /// which the caller answers: of two calls with the same id, the first one gets the first reply.
    pub fn call_with_own_id(
        &self,
        request: Message,
        max_handles: usize,
        deadline: Deadline,
    ) -> Result<Message, CallError> {
        match request.txid() {
            Some(txid) => self.call_by(txid, request, max_handles, deadline),
            None => Err(CallError::Unwritten(WriteError { status: Status::INVALID_ARGS, message: request })),
        }
    }

    fn call_by(
        &self,
        txid: u32,
        request: Message,
        max_handles: usize,
        deadline: Deadline,
    ) -> Result<Message, CallError> {
        if let Err(status) = self.admits(&request, max_handles) {
            return Err(CallError::Unwritten(WriteError { status, message: request }));
        }
        Waiter::with(|waiter| {
            let reply = Arc::new(Reply { txid, waiter: waiter.clone(), outcome: Lock::default() });
            self.write_call(request, &reply).map_err(CallError::Unwritten)?;
            sleep(waiter, deadline, ThreadState::BlockedChannel);
            self.end_call(&reply);
            let outcome = reply.outcome.lock().take();
            let message = outcome.unwrap_or(Err(Status::TIMED_OUT)).map_err(CallError::Unanswered)?;
            message.received();
            Ok(message)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::{AsHandle, Channel, Signals};

    #[test]
    fn a_call_gets_its_reply_and_nobody_elses() {
        let (a, b) = Channel::create();
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                assert!(b.wait_one(Signals::READABLE, Deadline::INFINITE).is_ok());
                let request = b.read().unwrap();
                assert!(request.txid().unwrap() >= 1 << 31);
                b.write(Message { bytes: b"none".to_vec(), handles: vec![] }).unwrap();
                b.write(request).unwrap();
            }
        });
        for byte in 0..2 {
            let request = Message { bytes: vec![0, 0, 0, 0, byte], handles: vec![] };
            assert_eq!(a.call(request, Deadline::INFINITE).unwrap().bytes[4], byte);
            assert_eq!(a.read().unwrap().bytes, b"none");
        }
        server.join().unwrap();
    }

    #[test]
    fn a_late_reply_is_a_message_like_any_other() {
        let (a, b) = Channel::create();
        let request = || Message { bytes: vec![0; 4], handles: vec![] };
        assert_eq!(a.call(request(), Deadline::PAST).unwrap_err(), Status::TIMED_OUT);
        b.write(b.read().unwrap()).unwrap();
        assert!(a.read().is_ok());
        assert_eq!(a.call(Message::default(), Deadline::PAST).unwrap_err(), Status::INVALID_ARGS);
        drop(b);
        assert_eq!(a.call(request(), Deadline::INFINITE).unwrap_err(), Status::PEER_CLOSED);
    }

    #[test]
    fn closing_the_peer_ends_a_call() {
        let (a, b) = Channel::create();
        let caller = std::thread::spawn(move || {
            a.call(Message { bytes: vec![0; 4], handles: vec![] }, Deadline::INFINITE).unwrap_err()
        });
        assert!(b.wait_one(Signals::READABLE, Deadline::INFINITE).is_ok());
        drop(b);
        assert_eq!(caller.join().unwrap(), Status::PEER_CLOSED);
    }
}
