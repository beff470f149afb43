//! Many threads on many ports of one board: nothing is lost, nothing comes twice, nobody sleeps on.
//!
//! Two threads read each of five ports. The board has three hardware ports to give (port 0 is the
//! driver's), so the last two share port 0. Two more threads fire test edges and post packets.
//! `PORTOLAN_STRESS=20` does twenty times as much.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portolan::{Board, Contents, Counters, Deadline, Delivery, Interrupt, Packet, Port, Status};
use portolan_sim::Size;

use super::{bound, checks, open, port};

const PORTS: usize = 5;
const THREADS: usize = 2;
/// Lines of each port.
const LINES: usize = 3;
/// The payload's first byte in the packet that ends a thread.
const END: u8 = 0xee;

/// How the readers wait.
#[derive(Clone, Copy)]
enum Patience {
    /// Until something comes.
    Endless,
    /// So many microseconds of simulated time, again and again.
    Micros(u64),
    /// Not at all, again and again.
    None,
}

/// What all threads share.
struct Stage {
    board: Board,
    ports: Vec<Port>,
    /// By line; line `n` belongs to port `n % PORTS`.
    lines: Vec<Interrupt>,
    /// Interrupt packets, by line.
    interrupts: Vec<AtomicU64>,
    /// How often each post was read; post `n` goes to port `n % PORTS`.
    posts: Vec<AtomicU64>,
    /// Moves whenever anybody gets anywhere.
    progress: AtomicU64,
}

impl Stage {
    fn new(posts: usize) -> Arc<Stage> {
        let (_, board) = open(Size::L16P4);
        let ports: Vec<_> = (0..PORTS).map(|_| port()).collect();
        let lines = (0..PORTS * LINES)
            .map(|line| bound(&board, line as u32, Delivery::Ack, &ports[line % PORTS]))
            .collect();
        let zeros = |count| (0..count).map(|_| AtomicU64::new(0)).collect();
        let (interrupts, posts) = (zeros(PORTS * LINES), zeros(posts));
        Arc::new(Stage { board, ports, lines, interrupts, posts, progress: AtomicU64::new(0) })
    }

    fn spawn(self: &Arc<Stage>, body: impl FnOnce(&Stage) + Send + 'static) -> JoinHandle<()> {
        let stage = self.clone();
        thread::spawn(move || body(&stage))
    }

    fn step(&self) {
        self.progress.fetch_add(1, Ordering::SeqCst);
    }

    /// Reads a port until the end comes.
    fn read(&self, index: usize, patience: Patience) {
        let port = &self.ports[index];
        loop {
            let deadline = match patience {
                Patience::Endless => Deadline::INFINITE,
                Patience::Micros(micros) => port.deadline_after(Duration::from_micros(micros)),
                Patience::None => Deadline::PAST,
            };
            let packet = match port.wait(deadline) {
                Err(Status::TIMED_OUT) if deadline != Deadline::INFINITE => continue,
                packet => packet.expect("a packet"),
            };
            let key = packet.key() as usize;
            match packet.contents() {
                Contents::User(payload) if payload[0] == END => return,
                Contents::User(_) => {
                    assert_eq!(key % PORTS, index, "post {key} was read from port {index}");
                    self.posts[key].fetch_add(1, Ordering::SeqCst);
                }
                _ => {
                    assert_eq!(key % PORTS, index, "line {key} was read from port {index}");
                    self.interrupts[key].fetch_add(1, Ordering::SeqCst);
                    self.lines[key].ack().expect("it was read");
                }
            }
            self.step();
        }
    }

    /// Fires the lines in turn. With `paced`, each edge is read before the next is fired.
    fn fire(&self, fires: usize, paced: bool) {
        for n in 0..fires {
            let line = n % self.lines.len();
            let before = self.interrupts[line].load(Ordering::SeqCst);
            self.board.fire(line as u32).expect("the line is there");
            self.step();
            if paced {
                self.until("an edge was read", || self.interrupts[line].load(Ordering::SeqCst) > before);
            }
        }
    }

    /// Posts to the ports in turn. With `paced`, each packet is read before the next is posted.
    fn post(&self, paced: bool) {
        for (n, post) in self.posts.iter().enumerate() {
            let packet = Packet::user(n as u64, 0, [0; 32]);
            self.until("there was room", || self.ports[n % PORTS].queue(&packet).is_ok());
            self.step();
            if paced {
                self.until("a post was read", || post.load(Ordering::SeqCst) > 0);
            }
        }
    }

    /// Everything was read: every post, and no edge waits anywhere.
    fn is_over(&self) -> bool {
        let undelivered = |line| self.board.counters(line as u32).expect("it lives").undelivered;
        self.posts.iter().all(|post| post.load(Ordering::SeqCst) > 0)
            && (0..self.lines.len()).all(|line| undelivered(line) == 0)
    }

    /// Waits for a condition as long as anything moves.
    fn until(&self, what: &str, condition: impl Fn() -> bool) {
        let (mut seen, mut when) = (self.progress.load(Ordering::SeqCst), Instant::now());
        while !condition() {
            let now = self.progress.load(Ordering::SeqCst);
            if now != seen {
                (seen, when) = (now, Instant::now());
            }
            assert!(when.elapsed() < Duration::from_secs(60), "stuck before {what}: {}", self.picture());
            thread::yield_now();
        }
    }

    fn picture(&self) -> String {
        let ports: Vec<_> = self.ports.iter().map(Port::waiters).collect();
        let unread = self.posts.iter().filter(|post| post.load(Ordering::SeqCst) == 0).count();
        let counters: Vec<_> = (0..self.lines.len()).map(|line| self.board.counters(line as u32)).collect();
        format!("sleepers by port {ports:?}, {unread} posts unread, {counters:#?}")
    }

    /// Joins threads that are to end by themselves.
    fn join(&self, what: &str, threads: Vec<JoinHandle<()>>) {
        self.until(what, || threads.iter().all(JoinHandle::is_finished));
        threads.into_iter().for_each(|thread| thread.join().expect("it did not panic"));
    }
}

/// With `paced`, each edge and each post is read before the next: each has to wake somebody.
fn run(count: usize, paced: bool, patience: Patience) {
    let more = std::env::var("PORTOLAN_STRESS").map_or(1, |times| times.parse().expect("a number"));
    let count = count * more;
    // The threads are not scoped: a scope would wait for those that are stuck.
    let stage = Stage::new(count);
    let readers =
        (0..PORTS * THREADS).map(|n| stage.spawn(move |stage| stage.read(n % PORTS, patience))).collect();
    let fire = stage.spawn(move |stage| stage.fire(count, paced));
    let post = stage.spawn(move |stage| stage.post(paced));
    stage.join("all was fired and posted", vec![fire, post]);
    stage.until("all was read", || stage.is_over());
    for port in &stage.ports {
        (0..THREADS).for_each(|_| port.queue(&Packet::user(0, 0, [END; 32])).expect("there is room"));
    }
    stage.join("the readers ended", readers);

    assert!(stage.posts.iter().all(|post| post.load(Ordering::SeqCst) == 1), "every post once");
    let mut edges = 0;
    for (line, read) in stage.interrupts.iter().enumerate() {
        let counters = checks::account(&stage.board, line as u32, read.load(Ordering::SeqCst)).unwrap();
        let Counters { delivered, coalesced, lost, discarded, undelivered, .. } = counters;
        assert_eq!((lost, discarded, undelivered), (0, 0, 0), "{counters:?}");
        assert!(delivered > 0 && (coalesced == 0 || !paced), "{counters:?}");
        edges += delivered + coalesced;
    }
    assert_eq!(edges, count as u64, "every edge was delivered or coalesced");
    assert!(stage.ports.iter().all(|port| port.waiters() == 0 && port.try_wait() == Err(Status::TIMED_OUT)));
}

#[test]
fn two_threads_on_each_of_five_ports_get_everything_once() {
    run(2_000, false, Patience::Endless);
}

#[test]
fn two_threads_on_each_of_five_ports_get_each_before_the_next() {
    run(2_000, true, Patience::Endless);
}

#[test]
fn threads_that_give_up_and_come_back_get_everything_once() {
    run(1_000, false, Patience::Micros(2));
    run(200, true, Patience::Micros(20));
}

#[test]
fn threads_that_only_look_get_everything_once() {
    run(1_000, false, Patience::None);
    run(50, true, Patience::None);
}
