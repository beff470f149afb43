//! One end of a vfio-user connection: commands go out, their replies come back, each in bounded time.
//!
//! One command is under way at a time; who calls meanwhile waits for it. A server that does not answer within [`PATIENCE`],
//! once somebody waits for the board, or answers something else, has ended the connection: everything after that fails at
//! once, so that nobody waits twice. Nothing that a server sends is taken on trust: not sizes, not identifiers, not counts.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use super::protocol::{Fields, Header, MAJOR, MINOR, Message, RegionAccess, command, flags};
use super::wire::{Inbox, WireError, send, wait};
use crate::sync::Lock;

/// How long a command may take. A board is looked at twice a second, and whoever waits is told within a second.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// How long it may take before somebody waits for the board, and how long a reset may.
pub const OPENING_PATIENCE: Duration = Duration::from_secs(5);

/// What is proposed: nothing that is not the protocol's default.
const CAPABILITIES: &[u8] = b"{\"capabilities\":{\"max_msg_fds\":1}}\0";

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no server.
    #[error("no server answers there")]
    Connect(#[source] io::Error),
    /// The socket.
    #[error("the connection failed")]
    Wire(#[from] WireError),
    /// No reply in time.
    #[error("no reply to {command} within {} ms", patience.as_millis())]
    Silent {
        /// The command.
        command: &'static str,
        /// How long was waited.
        patience: Duration,
    },
    /// What came is no reply to the command.
    #[error("the reply to {command} makes no sense: {what}")]
    Nonsense {
        /// The command.
        command: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The server refused.
    #[error("{command} was refused")]
    Refused {
        /// The command.
        command: &'static str,
        /// By this errno.
        #[source]
        source: io::Error,
    },
    /// An earlier command ended the connection.
    #[error("the connection has ended: {0}")]
    Ended(String),
}

impl ClientError {
    /// Whether the server is still to be talked to.
    fn is_harmless(&self) -> bool {
        matches!(self, ClientError::Refused { .. })
    }
}

/// A connection.
#[derive(Debug)]
pub struct Client {
    socket: OwnedFd,
    exchange: Lock<Exchange>,
    /// Somebody waits for the board.
    hurried: AtomicBool,
}

/// What one command at a time has.
#[derive(Debug, Default)]
struct Exchange {
    inbox: Inbox,
    next: u16,
    /// Why the connection has ended.
    ended: Option<String>,
}

impl Client {
    /// Connects to a server, and agrees with it upon a version.
    pub fn connect(path: &Path) -> Result<Client, ClientError> {
        let failed = |errno: Errno| ClientError::Connect(errno.into());
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).map_err(failed)?;
        let address = SocketAddrUnix::new(path).map_err(failed)?;
        connect(&socket, &address).map_err(failed)?;
        Client::agree(socket)
    }

    fn agree(socket: OwnedFd) -> Result<Client, ClientError> {
        let client = Client { socket, exchange: Lock::default(), hurried: AtomicBool::new(false) };
        let proposal = [MAJOR.to_ne_bytes().as_slice(), &MINOR.to_ne_bytes(), CAPABILITIES].concat();
        let reply = client.call(command::VERSION, &proposal, &[])?;
        let mut fields = Fields(&reply);
        match (fields.half(), fields.half()) {
            (Some(MAJOR), Some(minor)) if minor <= MINOR => Ok(client),
            (Some(_), Some(_)) => Err(nonsense(command::VERSION, "another version than was proposed")),
            _ => Err(nonsense(command::VERSION, "it is too short")),
        }
    }

    /// Whether the other end is closed, to be polled for with no other events.
    pub fn hang_up(&self) -> PollFd<'_> {
        PollFd::new(&self.socket, PollFlags::RDHUP)
    }

    /// From now on somebody waits for the board: no command may take longer than [`PATIENCE`].
    pub fn hurry(&self) {
        self.hurried.store(true, Ordering::Relaxed);
    }

    fn patience(&self) -> Duration {
        if self.hurried.load(Ordering::Relaxed) { PATIENCE } else { OPENING_PATIENCE }
    }

    /// Sends a command and waits for its reply's payload.
    pub fn call(
        &self,
        command: u16,
        payload: &[u8],
        files: &[BorrowedFd<'_>],
    ) -> Result<Vec<u8>, ClientError> {
        let patience = if command == command::RESET { OPENING_PATIENCE } else { self.patience() };
        self.exchange(patience, |exchange, socket, deadline| {
            let id = exchange.send(socket, command, 0, payload, files, deadline)?;
            exchange.reply(socket, id, command, deadline)
        })
    }

    /// Reads bytes of a region.
    pub fn read<const N: usize>(&self, region: u32, offset: u64) -> Result<[u8; N], ClientError> {
        let access = RegionAccess { offset, region, count: N as u32 };
        self.exchange(self.patience(), |exchange, socket, deadline| {
            let command = command::REGION_READ;
            let id = exchange.send(socket, command, 0, &access.encode(&[]), &[], deadline)?;
            match RegionAccess::decode(&exchange.reply(socket, id, command, deadline)?) {
                Some((told, data)) if told == access => {
                    data.try_into().map_err(|_| nonsense(command, "more or less than was asked for"))
                }
                _ => Err(nonsense(command, "it is of another access")),
            }
        })
    }

    /// Writes bytes of a region, and waits until the server has them.
    pub fn write(&self, region: u32, offset: u64, data: &[u8]) -> Result<(), ClientError> {
        let access = RegionAccess { offset, region, count: data.len() as u32 };
        self.call(command::REGION_WRITE, &access.encode(data), &[]).map(drop)
    }

    /// Writes bytes of a region, and waits for nothing: whatever is sent next comes behind it.
    pub fn post(&self, region: u32, offset: u64, data: &[u8]) -> Result<(), ClientError> {
        let access = RegionAccess { offset, region, count: data.len() as u32 };
        self.exchange(self.patience(), |exchange, socket, deadline| {
            let payload = access.encode(data);
            exchange.send(socket, command::REGION_WRITE, flags::NO_REPLY, &payload, &[], deadline).map(drop)
        })
    }

    fn exchange<R>(
        &self,
        patience: Duration,
        what: impl FnOnce(&mut Exchange, BorrowedFd<'_>, Instant) -> Result<R, ClientError>,
    ) -> Result<R, ClientError> {
        let mut exchange = self.exchange.lock();
        if let Some(why) = &exchange.ended {
            return Err(ClientError::Ended(why.clone()));
        }
        // From here on: whoever waited for the lock has not begun to wait for the server.
        let result = what(&mut exchange, self.socket.as_fd(), Instant::now() + patience);
        if let Err(error) = &result
            && !error.is_harmless()
        {
            exchange.ended = Some(error.to_string());
        }
        result
    }
}

impl Exchange {
    fn send(
        &mut self,
        socket: BorrowedFd<'_>,
        command: u16,
        flags: u32,
        payload: &[u8],
        files: &[BorrowedFd<'_>],
        deadline: Instant,
    ) -> Result<u16, ClientError> {
        let id = self.next;
        self.next = id.wrapping_add(1);
        send(socket, Header { id, command, flags, ..Header::default() }, payload, files, deadline)?;
        Ok(id)
    }

    /// The payload of the reply to a command. What a server asks of its client meanwhile is refused.
    fn reply(
        &mut self,
        socket: BorrowedFd<'_>,
        id: u16,
        command: u16,
        deadline: Instant,
    ) -> Result<Vec<u8>, ClientError> {
        loop {
            let Message { header, payload, .. } = self.receive(socket, command, deadline)?;
            if header.flags & flags::TYPE == 0 {
                if header.flags & flags::NO_REPLY == 0 {
                    let (flags, error) = (flags::REPLY | flags::ERROR, Errno::NOTSUP.raw_os_error() as u32);
                    let refusal = Header { flags, error, ..header };
                    send(socket, refusal, &[], &[], deadline)?;
                }
                continue;
            }
            return match header {
                header if !header.is_reply() => Err(nonsense(command, "it is neither a reply nor a command")),
                header if header.id != id => Err(nonsense(command, "it has another identifier")),
                header if header.command != command => Err(nonsense(command, "it is of another command")),
                header if header.flags & flags::ERROR != 0 => {
                    let errno = i32::try_from(header.error).unwrap_or(0);
                    let source = match errno {
                        0 => io::Error::other("for a reason that it does not tell"),
                        errno => io::Error::from_raw_os_error(errno),
                    };
                    Err(ClientError::Refused { command: name(command), source })
                }
                _ => Ok(payload),
            };
        }
    }

    fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        command: u16,
        deadline: Instant,
    ) -> Result<Message, ClientError> {
        let begun = Instant::now();
        loop {
            if let Some(message) = self.inbox.receive(socket)? {
                return Ok(message);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let mut readable = [PollFd::from_borrowed_fd(socket, PollFlags::IN)];
            if left.is_zero() || !wait(&mut readable, Some(left)).map_err(WireError::from)? {
                let patience = deadline.saturating_duration_since(begun);
                return Err(ClientError::Silent { command: name(command), patience });
            }
        }
    }
}

fn nonsense(command: u16, what: &'static str) -> ClientError {
    ClientError::Nonsense { command: name(command), what }
}

/// The specification's name of a command.
fn name(command: u16) -> &'static str {
    match command {
        command::VERSION => "VERSION",
        command::DMA_MAP => "DMA_MAP",
        command::DMA_UNMAP => "DMA_UNMAP",
        command::GET_INFO => "DEVICE_GET_INFO",
        command::GET_REGION_INFO => "DEVICE_GET_REGION_INFO",
        command::GET_IRQ_INFO => "DEVICE_GET_IRQ_INFO",
        command::SET_IRQS => "DEVICE_SET_IRQS",
        command::REGION_READ => "REGION_READ",
        command::REGION_WRITE => "REGION_WRITE",
        command::RESET => "DEVICE_RESET",
        _ => "a command",
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::thread;

    use super::*;

    /// A server that answers a version, and the next command by whatever `answer` makes of its header.
    fn answered(answer: impl FnOnce(&UnixStream, Header) + Send + 'static) -> Result<[u8; 4], ClientError> {
        let (near, far) = UnixStream::pair().expect("sockets");
        let server = thread::spawn(move || {
            let mut inbox = Inbox::default();
            let mut next = || loop {
                if let Some(message) = inbox.receive(&far).expect("a command") {
                    return message;
                }
                wait(&mut [PollFd::new(&far, PollFlags::IN)], None).expect("a socket");
            };
            let version = next();
            let agreed = Header { flags: flags::REPLY, ..version.header };
            send(&far, agreed, &version.payload, &[], Instant::now() + PATIENCE).expect("room");
            answer(&far, next().header);
            // It stays open until the client has gone.
            let _ = wait(&mut [PollFd::new(&far, PollFlags::RDHUP)], Some(PATIENCE * 4));
        });
        let client = Client::agree(near.into()).expect("a version");
        client.hurry();
        let begun = Instant::now();
        let result = client.read(0, 16);
        assert!(begun.elapsed() < Duration::from_secs(1));
        match &result {
            Ok(_) | Err(ClientError::Refused { .. }) => assert!(client.exchange.lock().ended.is_none()),
            Err(_) => {
                let begun = Instant::now();
                assert!(matches!(client.read::<4>(0, 0), Err(ClientError::Ended(_))));
                assert!(begun.elapsed() < PATIENCE / 2, "nobody waits twice");
            }
        }
        drop(client);
        server.join().expect("it does not panic");
        result
    }

    fn reply(far: &UnixStream, header: Header, payload: &[u8]) {
        send(far, header, payload, &[], Instant::now() + PATIENCE).expect("room");
    }

    fn of(header: Header) -> Header {
        Header { flags: flags::REPLY, ..header }
    }

    fn word(offset: u64, count: u32, data: &[u8]) -> Vec<u8> {
        RegionAccess { offset, region: 0, count }.encode(data)
    }

    #[test]
    fn a_reply_is_taken_and_what_the_server_asks_meanwhile_is_refused() {
        let result = answered(|far, header| {
            let asks = Header { id: 99, command: 12, ..Header::default() };
            reply(far, asks, &[0; 24]);
            reply(far, Header { flags: flags::NO_REPLY, ..asks }, &[0; 24]);
            reply(far, of(header), &word(16, 4, &[1, 2, 3, 4]));
        });
        assert_eq!(result.expect("a word"), [1, 2, 3, 4]);
    }

    #[test]
    fn an_errno_is_told_and_the_connection_goes_on() {
        for (errno, text) in [(22, "Invalid argument"), (0, "does not tell"), (u32::MAX, "does not tell")] {
            let result = answered(move |far, header| {
                let flags = flags::REPLY | flags::ERROR;
                reply(far, Header { flags, error: errno, ..header }, &[]);
            });
            let Err(ClientError::Refused { command: "REGION_READ", source }) = result else {
                panic!("{result:?}")
            };
            assert!(source.to_string().contains(text), "{source}");
        }
    }

    #[test]
    fn replies_that_are_none_end_the_connection() {
        type Answer = fn(&UnixStream, Header);
        let answers: [Answer; 8] = [
            |far, header| reply(far, Header { id: header.id + 1, ..of(header) }, &word(16, 4, &[0; 4])),
            |far, header| reply(far, Header { command: 10, ..of(header) }, &word(16, 4, &[0; 4])),
            |far, header| reply(far, Header { flags: 2, ..header }, &word(16, 4, &[0; 4])),
            |far, header| reply(far, of(header), &word(16, 4, &[0; 3])),
            |far, header| reply(far, of(header), &word(16, 4, &[0; 5])),
            |far, header| reply(far, of(header), &word(20, 4, &[0; 4])),
            |far, header| reply(far, of(header), &[]),
            |far, header| {
                use std::io::Write;
                let huge = Header { bytes: u32::MAX, ..of(header) };
                (&*far).write_all(&huge.encode()).expect("room");
            },
        ];
        for (case, answer) in answers.into_iter().enumerate() {
            let result = answered(answer);
            let expected = matches!(
                result,
                Err(ClientError::Nonsense { .. } | ClientError::Wire(WireError::Size(u32::MAX)))
            );
            assert!(expected, "case {case}: {result:?}");
        }
    }

    #[test]
    fn a_reply_that_never_comes_is_given_up_in_time_and_half_of_one_too() {
        use std::io::Write;
        let silent = answered(|_, _| {});
        assert!(matches!(silent, Err(ClientError::Silent { command: "REGION_READ", .. })), "{silent:?}");
        let half = answered(|mut far, header| {
            far.write_all(&Header { bytes: 36, ..of(header) }.encode()).expect("room");
        });
        assert!(matches!(half, Err(ClientError::Silent { .. })), "{half:?}");
    }

    #[test]
    fn a_server_that_goes_away_is_told_at_once() {
        let (near, far) = UnixStream::pair().expect("sockets");
        drop(far);
        let error = Client::agree(near.into()).map(drop).expect_err("nobody is there");
        assert!(matches!(error, ClientError::Wire(WireError::Closed)), "{error}");
        let missing = Client::connect(Path::new("/nonexistent/socket")).map(drop).expect_err("no socket");
        assert!(matches!(missing, ClientError::Connect(_)), "{missing}");
    }
}
