//! A client whose messages are made by hand, byte by byte, from the specification: it shares nothing with the driver's.

use std::io::{IoSlice, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

/// A connection.
pub struct Raw {
    pub socket: UnixStream,
    next: u16,
}

/// A reply: its flags, its error, and what follows the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub flags: u32,
    pub error: u32,
    pub payload: Vec<u8>,
}

impl Reply {
    /// The payload of a reply that is no error.
    pub fn payload(self) -> Vec<u8> {
        assert_eq!((self.flags, self.error), (1, 0), "it is a reply, and no error");
        self.payload
    }

    /// It is no error, and says nothing more.
    pub fn done(self) {
        assert_eq!(self.payload().len(), 0);
    }

    /// A word of it.
    pub fn word(&self, at: usize) -> u32 {
        u32::from_ne_bytes(self.payload[at..at + 4].try_into().expect("four bytes"))
    }
}

/// Four bytes each.
pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_ne_bytes()).collect()
}

impl Raw {
    /// Connects, and proposes version 0.1 without a word of JSON.
    pub fn open(path: &Path) -> Raw {
        let mut raw = Raw::connect(path);
        assert_eq!(raw.ask(1, &[0, 0, 1, 0], &[]).payload()[..4], [0, 0, 1, 0]);
        raw
    }

    /// Connects, and says nothing.
    pub fn connect(path: &Path) -> Raw {
        let socket = UnixStream::connect(path).expect("a server");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a time");
        Raw { socket, next: 0x1234 }
    }

    /// A command's header.
    pub fn header(id: u16, command: u16, bytes: u32, flags: u32) -> Vec<u8> {
        let mut header = [id.to_ne_bytes(), command.to_ne_bytes()].concat();
        header.extend(words(&[bytes, flags, 0]));
        header
    }

    /// Sends a command with these flags.
    pub fn send(&mut self, command: u16, flags: u32, payload: &[u8], files: &[BorrowedFd<'_>]) -> u16 {
        let id = self.next;
        self.next = id.wrapping_add(0x101);
        let bytes = [Raw::header(id, command, 16 + payload.len() as u32, flags), payload.to_vec()].concat();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(64))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() {
            assert!(control.push(SendAncillaryMessage::ScmRights(files)));
        }
        let sent = sendmsg(&self.socket, &[IoSlice::new(&bytes)], &mut control, SendFlags::empty());
        let sent = sent.expect("room");
        self.socket.write_all(&bytes[sent..]).expect("room");
        id
    }

    /// Takes the reply to a command.
    pub fn take(&mut self, id: u16, command: u16) -> Reply {
        let mut header = [0; 16];
        self.socket.read_exact(&mut header).expect("a reply");
        let half = |at: usize| u16::from_ne_bytes([header[at], header[at + 1]]);
        let word = |at: usize| u32::from_ne_bytes(header[at..at + 4].try_into().expect("four bytes"));
        assert_eq!((half(0), half(2)), (id, command), "the reply is to this command");
        let mut payload = vec![0; word(4) as usize - 16];
        self.socket.read_exact(&mut payload).expect("the rest of it");
        Reply { flags: word(8), error: word(12), payload }
    }

    /// Sends a command and takes its reply.
    pub fn ask(&mut self, command: u16, payload: &[u8], files: &[BorrowedFd<'_>]) -> Reply {
        let id = self.send(command, 0, payload, files);
        self.take(id, command)
    }

    fn place(region: u32, offset: u64, count: u32) -> Vec<u8> {
        [offset.to_ne_bytes().to_vec(), words(&[region, count])].concat()
    }

    /// REGION_READ.
    pub fn read(&mut self, region: u32, offset: u64, count: u32) -> Vec<u8> {
        let payload = self.ask(9, &Raw::place(region, offset, count), &[]).payload();
        assert_eq!(payload[..16], Raw::place(region, offset, count)[..]);
        payload[16..].to_vec()
    }

    /// A word of BAR 0.
    pub fn register(&mut self, offset: u32) -> u32 {
        u32::from_le_bytes(self.read(0, offset.into(), 4).try_into().expect("four bytes"))
    }

    /// REGION_WRITE.
    pub fn write(&mut self, region: u32, offset: u64, data: &[u8]) -> Reply {
        let payload = [Raw::place(region, offset, data.len() as u32), data.to_vec()].concat();
        self.ask(10, &payload, &[])
    }

    /// A word into BAR 0.
    pub fn set_register(&mut self, offset: u32, value: u32) {
        assert_eq!(self.write(0, offset.into(), &value.to_le_bytes()).payload().len(), 16);
    }

    /// A half word of configuration space.
    pub fn config(&mut self, offset: u64) -> u16 {
        u16::from_le_bytes(self.read(7, offset, 2).try_into().expect("two bytes"))
    }

    /// A half word into configuration space.
    pub fn set_config(&mut self, offset: u64, value: u16) {
        self.write(7, offset, &value.to_le_bytes()).payload();
    }

    /// Memory space and bus mastering on.
    pub fn enable(&mut self) {
        self.set_config(4, 6);
    }

    /// DMA_MAP.
    pub fn map(&mut self, address: u64, offset: u64, size: u64, file: Option<BorrowedFd<'_>>) -> Reply {
        let wides = [offset, address, size].iter().flat_map(|wide| wide.to_ne_bytes()).collect();
        self.ask(2, &[words(&[32, 3]), wides].concat(), file.as_slice())
    }

    /// DMA_UNMAP.
    pub fn unmap(&mut self, address: u64, size: u64) -> Reply {
        let wides = [address, size].iter().flat_map(|wide| wide.to_ne_bytes()).collect();
        self.ask(3, &[words(&[24, 0]), wides].concat(), &[])
    }

    /// SET_IRQS.
    pub fn set_irqs(&mut self, set: [u32; 4], data: &[u8], files: &[BorrowedFd<'_>]) -> Reply {
        let [flags, index, start, count] = set;
        let payload = [words(&[20 + data.len() as u32, flags, index, start, count]), data.to_vec()].concat();
        self.ask(8, &payload, files)
    }
}
