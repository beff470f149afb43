//! Somebody on the socket between client and server, who holds replies back.

use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portolan::device::vfio_user::wire::{Inbox, WireError, send, wait};
use rustix::event::{PollFd, PollFlags};

/// What he does.
#[derive(Default)]
pub struct Orders {
    /// No reply goes to the client.
    pub withhold: AtomicBool,
    /// Each reply waits so long, in ms.
    pub delay: AtomicU64,
    ended: AtomicBool,
}

/// He, and where clients find him.
pub struct Between {
    pub path: PathBuf,
    pub orders: Arc<Orders>,
    thread: Option<JoinHandle<()>>,
}

impl Between {
    /// For one client of the server at this path.
    pub fn start(server: &Path) -> Between {
        let path = server.with_extension("between");
        let listener = UnixListener::bind(&path).expect("a socket");
        let orders = Arc::new(Orders::default());
        let (server, own) = (server.to_owned(), orders.clone());
        let thread = thread::spawn(move || {
            let (client, _) = listener.accept().expect("a client");
            let server = UnixStream::connect(server).expect("a server");
            // Either end is closed in the end.
            let _ = carry(&client, &server, &own);
        });
        Between { path, orders, thread: Some(thread) }
    }
}

fn carry(client: &UnixStream, server: &UnixStream, orders: &Orders) -> Result<(), WireError> {
    let (mut up, mut down) = (Inbox::default(), Inbox::default());
    let soon = || Instant::now() + Duration::from_secs(5);
    while !orders.ended.load(SeqCst) {
        let mut files = [PollFd::new(client, PollFlags::IN), PollFd::new(server, PollFlags::IN)];
        wait(&mut files, Some(Duration::from_millis(20)))?;
        while let Some(message) = up.receive(client)? {
            let files: Vec<_> = message.files.iter().map(AsFd::as_fd).collect();
            send(server, message.header, &message.payload, &files, soon())?;
        }
        while let Some(message) = down.receive(server)? {
            thread::sleep(Duration::from_millis(orders.delay.load(SeqCst)));
            if !orders.withhold.load(SeqCst) {
                send(client, message.header, &message.payload, &[], soon())?;
            }
        }
    }
    Ok(())
}

impl Drop for Between {
    fn drop(&mut self) {
        self.orders.ended.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
