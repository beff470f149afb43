//! The port and what else carries 48-byte packets between threads, behind one trait.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering, fence};
use std::sync::{Condvar, Mutex, mpsc};

use crossbeam_queue::ArrayQueue;
use portolan::{Deadline, Packet, Port, PortOptions, Status};
use rustix::event::{EventfdFlags, epoll, eventfd};
use rustix::thread::futex;

/// Packets that a bounded peer holds: as many as a port, nearly.
const CAPACITY: usize = 4096;

/// A queue with blocking ends.
pub trait Peer: Send + Sync + 'static {
    const NAME: &'static str;
    fn new() -> Self;
    /// Waits for room.
    fn send(&self, packet: Packet);
    /// Waits for a packet.
    fn receive(&self) -> Packet;
}

/// How a sender waits for room: spins, twice as long each time, then lets others run. The blocking peers do
/// the same before they park.
pub struct Backoff(u32);

impl Backoff {
    pub fn new() -> Self {
        Backoff(0)
    }

    pub fn snooze(&mut self) {
        match self.0 {
            0..7 => (0..1 << self.0).for_each(|_| std::hint::spin_loop()),
            _ => std::thread::yield_now(),
        }
        self.0 += 1;
    }
}

pub struct Portolan(pub Port);

impl Peer for Portolan {
    const NAME: &'static str = "portolan";

    fn new() -> Self {
        Portolan(Port::new(PortOptions::default()))
    }

    fn send(&self, packet: Packet) {
        let mut backoff = Backoff::new();
        while let Err(status) = self.0.queue(&packet) {
            assert_eq!(status, Status::SHOULD_WAIT);
            backoff.snooze();
        }
    }

    fn receive(&self) -> Packet {
        self.0.wait(Deadline::INFINITE).expect("a packet comes")
    }
}

/// A word to sleep on.
#[derive(Default)]
pub struct Futex(pub AtomicU32);

impl Futex {
    pub fn sleep(&self, expected: u32) {
        let _ = futex::wait_bitset(&self.0, futex::Flags::PRIVATE, expected, None, NonZeroU32::MAX);
    }

    pub fn wake(&self) {
        let _ = futex::wake(&self.0, futex::Flags::PRIVATE, 1);
    }
}

/// The usual lock-free queue with the usual way to sleep: the yardstick.
pub struct ArrayQueueFutex {
    queue: ArrayQueue<Packet>,
    sleepers: AtomicU32,
    posts: Futex,
}

impl Peer for ArrayQueueFutex {
    const NAME: &'static str = "ArrayQueue + futex";

    fn new() -> Self {
        let queue = ArrayQueue::new(CAPACITY);
        ArrayQueueFutex { queue, sleepers: AtomicU32::new(0), posts: Futex::default() }
    }

    fn send(&self, mut packet: Packet) {
        let mut backoff = Backoff::new();
        while let Err(back) = self.queue.push(packet) {
            packet = back;
            backoff.snooze();
        }
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) != 0 {
            self.posts.0.fetch_add(1, Ordering::SeqCst);
            self.posts.wake();
        }
    }

    fn receive(&self) -> Packet {
        loop {
            for _ in 0..256 {
                if let Some(packet) = self.queue.pop() {
                    return packet;
                }
                std::hint::spin_loop();
            }
            let posts = self.posts.0.load(Ordering::SeqCst);
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            let found = self.queue.pop();
            if found.is_none() {
                self.posts.sleep(posts);
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
            if let Some(packet) = found {
                return packet;
            }
        }
    }
}

pub struct CrossbeamChannel(crossbeam_channel::Sender<Packet>, crossbeam_channel::Receiver<Packet>);

impl Peer for CrossbeamChannel {
    const NAME: &'static str = "crossbeam-channel bounded";

    fn new() -> Self {
        let (sender, receiver) = crossbeam_channel::bounded(CAPACITY);
        CrossbeamChannel(sender, receiver)
    }

    fn send(&self, packet: Packet) {
        self.0.send(packet).expect("the receiver lives");
    }

    fn receive(&self) -> Packet {
        self.1.recv().expect("the sender lives")
    }
}

/// The receiving end is for one thread, which holds the lock all the time.
pub struct StdMpsc(mpsc::SyncSender<Packet>, Mutex<mpsc::Receiver<Packet>>);

impl Peer for StdMpsc {
    const NAME: &'static str = "std sync_channel";

    fn new() -> Self {
        let (sender, receiver) = mpsc::sync_channel(CAPACITY);
        StdMpsc(sender, Mutex::new(receiver))
    }

    fn send(&self, packet: Packet) {
        self.0.send(packet).expect("the receiver lives");
    }

    fn receive(&self) -> Packet {
        self.1.lock().expect("nobody panicked").recv().expect("the sender lives")
    }
}

pub struct Flume(flume::Sender<Packet>, flume::Receiver<Packet>);

impl Peer for Flume {
    const NAME: &'static str = "flume bounded";

    fn new() -> Self {
        let (sender, receiver) = flume::bounded(CAPACITY);
        Flume(sender, receiver)
    }

    fn send(&self, packet: Packet) {
        self.0.send(packet).expect("the receiver lives");
    }

    fn receive(&self) -> Packet {
        self.1.recv().expect("the sender lives")
    }
}

pub struct Kanal(kanal::Sender<Packet>, kanal::Receiver<Packet>);

impl Peer for Kanal {
    const NAME: &'static str = "kanal bounded";

    fn new() -> Self {
        let (sender, receiver) = kanal::bounded(CAPACITY);
        Kanal(sender, receiver)
    }

    fn send(&self, packet: Packet) {
        self.0.send(packet).expect("the receiver lives");
    }

    fn receive(&self) -> Packet {
        self.1.recv().expect("the sender lives")
    }
}

#[derive(Default)]
pub struct MutexCondvar {
    queue: Mutex<VecDeque<Packet>>,
    came: Condvar,
    left: Condvar,
}

impl Peer for MutexCondvar {
    const NAME: &'static str = "Mutex + Condvar";

    fn new() -> Self {
        Self::default()
    }

    fn send(&self, packet: Packet) {
        let mut queue = self.queue.lock().expect("nobody panicked");
        while queue.len() >= CAPACITY {
            queue = self.left.wait(queue).expect("nobody panicked");
        }
        queue.push_back(packet);
        drop(queue);
        self.came.notify_one();
    }

    fn receive(&self) -> Packet {
        let mut queue = self.queue.lock().expect("nobody panicked");
        loop {
            if let Some(packet) = queue.pop_front() {
                drop(queue);
                self.left.notify_one();
                return packet;
            }
            queue = self.came.wait(queue).expect("nobody panicked");
        }
    }
}

/// What a program does today that must wait for descriptors: a queue, and a count that epoll waits for.
pub struct EventfdEpoll {
    queue: ArrayQueue<Packet>,
    bell: OwnedFd,
    epoll: OwnedFd,
}

impl Peer for EventfdEpoll {
    const NAME: &'static str = "eventfd + epoll";

    fn new() -> Self {
        let bell = eventfd(0, EventfdFlags::SEMAPHORE | EventfdFlags::NONBLOCK).expect("a descriptor");
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("a descriptor");
        epoll::add(&epoll, &bell, epoll::EventData::new_u64(0), epoll::EventFlags::IN).expect("added");
        EventfdEpoll { queue: ArrayQueue::new(CAPACITY), bell, epoll }
    }

    fn send(&self, mut packet: Packet) {
        let mut backoff = Backoff::new();
        while let Err(back) = self.queue.push(packet) {
            packet = back;
            backoff.snooze();
        }
        rustix::io::write(&self.bell, &1u64.to_ne_bytes()).expect("the count has room");
    }

    fn receive(&self) -> Packet {
        loop {
            let mut events =
                [epoll::Event { flags: epoll::EventFlags::IN, data: epoll::EventData::new_u64(0) }];
            let _ = epoll::wait(&self.epoll, &mut events[..], None);
            let mut count = [0; 8];
            if rustix::io::read(&self.bell, &mut count[..]).is_ok() {
                return self.queue.pop().expect("counted after it was queued");
            }
        }
    }
}
