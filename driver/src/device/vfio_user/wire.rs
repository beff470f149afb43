//! Messages over a UNIX socket, with their file descriptors.
//!
//! [`Inbox`] takes a message in as it comes, in whatever pieces; [`send`] puts one out, or gives up at a time. Neither
//! waits longer than it is told, whatever the other end does. Bytes are read up to the end of a message and never beyond:
//! so descriptors that arrive with them are that message's.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};

use super::protocol::{HEADER_BYTES, Header, MAX_FILES, MAX_MESSAGE, Message};

/// Why no message can be had from a socket any more.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The other end is gone.
    #[error("the other end of the socket is closed")]
    Closed,
    /// What came is no message, so nothing that follows can be one.
    #[error("a message of {0} bytes, which is none: at least 16, at most {MAX_MESSAGE}")]
    Size(u32),
    /// More came along than there is room for; some are lost.
    #[error("a message with more than {MAX_FILES} file descriptors")]
    Files,
    /// The other end takes nothing.
    #[error("the other end of the socket takes nothing")]
    Stuck,
    /// The system.
    #[error("the socket failed")]
    System(#[from] io::Error),
}

impl From<Errno> for WireError {
    fn from(errno: Errno) -> WireError {
        match errno {
            Errno::PIPE | Errno::CONNRESET => WireError::Closed,
            errno => WireError::System(errno.into()),
        }
    }
}

/// A message that is coming in.
#[derive(Debug, Default)]
pub struct Inbox {
    bytes: Vec<u8>,
    files: Vec<OwnedFd>,
}

impl Inbox {
    /// The next message, if all of it is there. Does not wait.
    pub fn receive(&mut self, socket: impl AsFd) -> Result<Option<Message>, WireError> {
        loop {
            let wanted = match self.header() {
                None => HEADER_BYTES,
                Some(header) => {
                    let bytes = header.bytes as usize;
                    if !(HEADER_BYTES..=MAX_MESSAGE).contains(&bytes) {
                        return Err(WireError::Size(header.bytes));
                    }
                    if self.bytes.len() == bytes {
                        let payload = self.bytes.split_off(HEADER_BYTES);
                        self.bytes.clear();
                        let files = std::mem::take(&mut self.files);
                        return Ok(Some(Message { header, payload, files }));
                    }
                    bytes
                }
            };
            match self.read(socket.as_fd(), wanted) {
                Ok(()) => {}
                Err(WireError::System(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn header(&self) -> Option<Header> {
        self.bytes.first_chunk().map(|bytes| Header::decode(*bytes))
    }

    /// Reads on, up to so many bytes in all.
    fn read(&mut self, socket: BorrowedFd<'_>, wanted: usize) -> Result<(), WireError> {
        let have = self.bytes.len();
        // Room only for what has a chance to come: a size that was claimed is not yet memory.
        self.bytes.resize(wanted.min(have + 65_536), 0);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut slices = [IoSliceMut::new(&mut self.bytes[have..])];
        let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
        let received = loop {
            match recvmsg(socket, &mut slices, &mut control, flags) {
                Err(Errno::INTR) => {}
                received => break received,
            }
        };
        let read = received.as_ref().map_or(0, |received| received.bytes);
        self.bytes.truncate(have + read);
        let received = received?;
        for message in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = message {
                self.files.extend(files);
            }
        }
        if received.flags.contains(rustix::net::ReturnFlags::CTRUNC) || self.files.len() > MAX_FILES {
            return Err(WireError::Files);
        }
        if read == 0 { Err(WireError::Closed) } else { Ok(()) }
    }
}

/// Sends a message, its size filled in, until `deadline` at the latest.
pub fn send(
    socket: impl AsFd,
    header: Header,
    payload: &[u8],
    files: &[BorrowedFd<'_>],
    deadline: Instant,
) -> Result<(), WireError> {
    let socket = socket.as_fd();
    let bytes = (HEADER_BYTES + payload.len()) as u32;
    let header = Header { bytes, ..header }.encode();
    let mut sent = 0;
    while sent < bytes as usize {
        let (head, tail) = (&header[sent.min(HEADER_BYTES)..], &payload[sent.saturating_sub(HEADER_BYTES)..]);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FILES))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if sent == 0 && !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
            return Err(WireError::Files);
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match sendmsg(socket, &[IoSlice::new(head), IoSlice::new(tail)], &mut control, flags) {
            Ok(count) => sent += count,
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || !wait(&mut [PollFd::new(&socket, PollFlags::OUT)], Some(left))? {
                    return Err(WireError::Stuck);
                }
            }
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Waits until one of these is ready, or so long. Whether one is.
pub fn wait(files: &mut [PollFd<'_>], time: Option<Duration>) -> io::Result<bool> {
    // What does not fit is for ever.
    let limit = time.map(|time| Timespec {
        tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    });
    match poll(files, limit.as_ref()) {
        Ok(ready) => Ok(ready > 0),
        // As if it were ready: the caller looks, and waits again.
        Err(Errno::INTR) => Ok(true),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::super::protocol::{command, flags};
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    fn header(id: u16) -> Header {
        Header { id, command: command::REGION_READ, ..Header::default() }
    }

    #[test]
    fn messages_come_in_pieces_and_keep_their_own_descriptors() {
        let (near, far) = UnixStream::pair().expect("sockets");
        let mut inbox = Inbox::default();
        assert!(inbox.receive(&near).expect("nothing is wrong").is_none());
        send(&far, header(1), &[], &[], soon()).expect("room");
        send(&far, header(2), b"two", &[near.as_fd(), far.as_fd()], soon()).expect("room");
        send(&far, Header { flags: flags::NO_REPLY, ..header(3) }, b"3", &[], soon()).expect("room");
        let mut next = || inbox.receive(&near).expect("messages").expect("it is there");
        let (first, second, third) = (next(), next(), next());
        assert_eq!((first.header.id, first.payload.len(), first.files.len()), (1, 0, 0));
        assert_eq!((second.header.id, &second.payload[..], second.files.len()), (2, &b"two"[..], 2));
        assert_eq!(
            (third.header.flags, &third.payload[..], third.files.len()),
            (flags::NO_REPLY, &b"3"[..], 0)
        );

        let whole = [&Header { bytes: 20, ..header(4) }.encode()[..], b"four"].concat();
        for byte in &whole[..19] {
            (&far).write_all(&[*byte]).expect("room");
            assert!(inbox.receive(&near).expect("nothing is wrong").is_none());
        }
        (&far).write_all(&whole[19..]).expect("room");
        assert_eq!(inbox.receive(&near).expect("a message").expect("it is there").payload, b"four");
    }

    #[test]
    fn sizes_that_are_none_are_told_and_a_closed_end_too() {
        for bytes in [0, 15, MAX_MESSAGE as u32 + 1, u32::MAX] {
            let (near, far) = UnixStream::pair().expect("sockets");
            (&far).write_all(&Header { bytes, ..header(1) }.encode()).expect("room");
            assert!(matches!(Inbox::default().receive(&near), Err(WireError::Size(size)) if size == bytes));
        }
        let (near, far) = UnixStream::pair().expect("sockets");
        drop(far);
        assert!(matches!(Inbox::default().receive(&near), Err(WireError::Closed)));
        assert!(matches!(send(&near, header(1), &[], &[], soon()), Err(WireError::Closed)));
    }

    #[test]
    fn who_takes_nothing_is_given_up_in_time() {
        let (near, mut far) = UnixStream::pair().expect("sockets");
        let begun = Instant::now();
        let error = loop {
            let sent = send(&near, header(1), &[0; 65_536], &[], Instant::now() + Duration::from_millis(20));
            if let Err(error) = sent {
                break error;
            }
        };
        assert!(matches!(error, WireError::Stuck), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert!(far.read(&mut [0; 16]).is_ok());
    }
}
