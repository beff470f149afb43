//! The socket: one client after the other, on a thread of its own, until it is stopped.
//!
//! While a client is connected another one is turned away at once, rather than left waiting for an answer. Nobody can keep
//! the server busy: a message that stops half-way waits without holding up the end, and a client that takes no replies is
//! given up after [`PATIENCE`]. The path is removed at the end only if it is still this server's.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use portolan::device::vfio_user::wire::{Inbox, WireError, send, wait};
use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd};

use super::card::{Card, Counts};
use super::session::Session;
use crate::board::SimBoard;
use crate::error::SimError;
use crate::stimulus::Stimulus;

/// How long a reply may wait for a client to take it.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The socket could not be made.
    #[error("no socket can be made at {}", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody has it.
    #[error("{} is there already, and another server answers or it is no socket; take another path", path.display())]
    InUse {
        /// The path.
        path: PathBuf,
    },
    /// The simulated board.
    #[error("the simulated board cannot be served")]
    Board(#[from] SimError),
    /// The system has no thread or descriptor left.
    #[error("the server could not be started")]
    System(#[from] io::Error),
}

/// What its thread and those who ask share.
struct Serving {
    card: Mutex<Card>,
    /// Clients that came so far.
    clients: Mutex<u64>,
}

/// A server. It ends when it is dropped.
pub struct Server {
    serving: Arc<Serving>,
    board: Arc<SimBoard>,
    path: PathBuf,
    /// Device and inode of the socket.
    identity: (u64, u64),
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves a board, whose time must go by itself, at a path. A socket that is left there from a server that is no more
    /// is replaced. `stimulus` is what happens on the pins from the moment at which the first line is armed.
    pub fn start(
        path: &Path,
        board: Arc<SimBoard>,
        stimulus: Option<Box<dyn Stimulus>>,
    ) -> Result<Server, ServeError> {
        let failed = |source| ServeError::Socket { path: path.to_owned(), source };
        if let Ok(metadata) = fs::symlink_metadata(path) {
            if !metadata.file_type().is_socket() || UnixStream::connect(path).is_ok() {
                return Err(ServeError::InUse { path: path.to_owned() });
            }
            fs::remove_file(path).map_err(failed)?;
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        listener.set_nonblocking(true)?;
        let identity = identity(path).map_err(failed)?;
        let card = Mutex::new(Card::new(board.clone(), stimulus)?);
        let serving = Arc::new(Serving { card, clients: Mutex::new(0) });
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).map_err(io::Error::from)?);
        let thread = thread::Builder::new().name("portolan-serve".into()).spawn({
            let (serving, stop) = (serving.clone(), stop.clone());
            move || serving.run(&listener, &stop)
        })?;
        Ok(Server { serving, board, path: path.to_owned(), identity, stop, thread: Some(thread) })
    }

    /// The board.
    pub fn board(&self) -> &Arc<SimBoard> {
        &self.board
    }

    /// What was done so far.
    pub fn counts(&self) -> Counts {
        self.serving.card.lock().counts()
    }

    /// Clients that came so far.
    pub fn clients(&self) -> u64 {
        *self.serving.clients.lock()
    }

    /// What the block did wrong, with its causes; nothing while it works.
    pub fn failure(&self) -> Option<String> {
        let card = self.serving.card.lock();
        let mut error: &dyn std::error::Error = card.failure()?;
        let mut text = error.to_string();
        while let Some(source) = error.source() {
            text = format!("{text}: {source}");
            error = source;
        }
        Some(text)
    }

    /// Takes the client's memory away, as an IOMMU does that drops its mappings.
    pub fn unmap_all(&self) {
        self.serving.card.lock().unmap_all();
    }

    /// Resets the function, as whoever else can reach it would.
    pub fn reset(&self) {
        // A block that has failed cannot be reset.
        let _ = self.serving.card.lock().reset();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.card.lock().request();
        // The only error is a counter that is full.
        let _ = rustix::io::write(&self.stop, &1u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was printed already.
            let _ = thread.join();
        }
        if identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            // What cannot be removed stays, and the next server replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// A client that is connected.
struct Client {
    socket: UnixStream,
    inbox: Inbox,
    session: Session,
}

impl Serving {
    /// Until `stop` is signaled.
    fn run(&self, listener: &UnixListener, stop: &OwnedFd) {
        let mut client: Option<Client> = None;
        loop {
            let readable = |file| PollFd::from_borrowed_fd(file, PollFlags::IN);
            let mut files = vec![readable(stop.as_fd()), readable(listener.as_fd())];
            files.extend(client.as_ref().map(|client| readable(client.socket.as_fd())));
            if wait(&mut files, None).is_err() {
                return;
            }
            let ready: Vec<bool> = files.iter().map(|file| !file.revents().is_empty()).collect();
            if ready[0] {
                return;
            }
            // Whoever is connected comes first: his end may be why another one comes.
            if let Some(connected) = client.as_mut().filter(|_| ready.get(2) == Some(&true)) {
                if self.serve(connected).is_err() {
                    client = None;
                    self.card.lock().forget();
                }
            } else if ready[1]
                && let Ok((socket, _)) = listener.accept()
                && client.is_none()
            {
                *self.clients.lock() += 1;
                client = Some(Client { socket, inbox: Inbox::default(), session: Session::default() });
            }
        }
    }

    /// Serves all messages that are there.
    fn serve(&self, client: &mut Client) -> Result<(), WireError> {
        while let Some(message) = client.inbox.receive(&client.socket)? {
            let reply = client.session.handle(&mut self.card.lock(), message);
            if let Some(reply) = reply {
                send(&client.socket, reply.header, &reply.payload, &[], Instant::now() + PATIENCE)?;
            }
        }
        Ok(())
    }
}
