//! Messages of channels: bytes and handles, which a message owns, and why one could not be written or read.
//!
//! Waits made through a handle stay until its message is read; a message that dies unread closes its handles (B8),
//! however many messages their objects hold in turn. Order and signals are the channel's.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use super::Handle;
use crate::Status;

/// The most bytes of a message (ZX_CHANNEL_MAX_MSG_BYTES).
pub const MAX_BYTES: usize = 65536;
/// The most handles of a message (ZX_CHANNEL_MAX_MSG_HANDLES).
pub const MAX_HANDLES: usize = 64;

/// A message.
#[derive(Debug, Default)]
pub struct Message {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its handles.
    pub handles: Vec<Handle>,
}

impl Message {
    /// The first four bytes, by which a reply is known.
    pub(super) fn txid(&self) -> Option<u32> {
        self.bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
    }

    pub(super) fn is_too_large(&self, max_handles: usize) -> bool {
        self.bytes.len() > MAX_BYTES || self.handles.len() > max_handles
    }

    /// It was read: waits through its handles are over (B8).
    pub(super) fn received(&self) {
        self.handles.iter().for_each(Handle::cancel_waits);
    }
}

/// A message could not be written; its handles are closed with it unless it is taken back.
#[derive(Debug, thiserror::Error)]
#[error("the message was not written: {status}")]
pub struct WriteError {
    /// OUT_OF_RANGE when it is too large, ACCESS_DENIED for a handle without TRANSFER, NOT_SUPPORTED for a handle of
    /// the channel's own end, PEER_CLOSED.
    #[source]
    pub status: Status,
    /// It.
    pub message: Message,
}

/// A message could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is none: SHOULD_WAIT, or PEER_CLOSED when there will never be one.
    #[error("there is no message: {0}")]
    Empty(#[source] Status),
    /// It does not fit.
    #[error("the message has {bytes} bytes and {handles} handles, which do not fit")]
    TooSmall {
        /// Its bytes.
        bytes: usize,
        /// Its handles.
        handles: usize,
    },
}

impl ReadError {
    /// The status that Zircon's call returns.
    pub fn status(&self) -> Status {
        match self {
            ReadError::Empty(status) => *status,
            ReadError::TooSmall { .. } => Status::BUFFER_TOO_SMALL,
        }
    }
}

thread_local! {
    /// `None` but while messages are dropped. Not dropped with its thread, so that it is there as long as that can make
    /// calls: a thread's other objects may close handles when they are destroyed.
    static GRAVES: RefCell<ManuallyDrop<Option<Vec<Message>>>> = const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Drops messages that nobody reads. A handle in one may be the last of a channel that holds further messages; they
/// are dropped one after the other, not one inside the other, however long the chain is.
pub(super) fn bury(messages: impl IntoIterator<Item = Message>) {
    let first = GRAVES.with_borrow_mut(|graves| {
        let first = graves.is_none();
        graves.get_or_insert_default().extend(messages);
        first
    });
    if !first {
        return;
    }
    while let Some(message) = GRAVES.with_borrow_mut(|graves| graves.as_mut().and_then(Vec::pop)) {
        drop(message);
    }
    drop(GRAVES.with_borrow_mut(|graves| graves.take()));
}
