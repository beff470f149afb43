//! Races of V1 ports: channels that are bound, written to, waited for and closed at once. The order of each two steps is
//! gone through by the models in `driver/src/object/port_v1_models.rs`.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::Zx;
use crate::abi::*;
use crate::mx::{Mx, v1_head, v1_packet};

const ROUNDS: usize = 300;
const MESSAGES: usize = 8;
/// Nobody waits longer: it would be for ever.
const LIMIT: u64 = 10_000_000_000;
/// Keys of what the channel tells of, and of programs' packets.
const OF_CHANNEL: u64 = 7;
const OF_PROGRAM: u64 = 9;

/// Runs four bodies at once: what each answers.
fn at_once<T: Send + 'static>(z: Zx, bodies: [Box<dyn FnOnce(Mx) -> T + Send>; 4]) -> [T; 4] {
    let barrier = Arc::new(Barrier::new(4));
    let threads = bodies.map(|body| {
        let barrier = barrier.clone();
        thread::spawn(move || {
            barrier.wait();
            body(z.mx())
        })
    });
    threads.map(|thread| thread.join().unwrap())
}

/// The key of a packet, and the signal that it tells of, if it is of a channel.
fn told(bytes: &[u8]) -> (u64, u32) {
    let (key, kind) = v1_head(bytes);
    (key, if kind == V1_SIGNAL { u32::from(bytes[32]) } else { 0 })
}

fn write_all(m: Mx, channel: u32) -> Vec<Result<(), i32>> {
    (0..MESSAGES).map(|_| m.write(channel, 0, b"x", &[])).collect()
}

/// L4, L5, E7. Each message is told of once, whether it was there when the channel was bound or came later, and nobody
/// sleeps while there is a packet.
pub fn binding_while_messages_come_tells_of_each_once(z: Zx) {
    let m = z.mx();
    for round in 0..ROUNDS {
        let (port, (near, far)) = (m.v1(), m.channel());
        let wait = move |m: Mx| {
            let one = |_| {
                let deadline = m.after(LIMIT);
                let taken = m.wait(port, deadline, 128).expect("a packet for each wait");
                // Who sleeps beside a packet finds it at his deadline.
                assert!(m.ticks() < deadline, "nobody woke who waits for {taken:?}");
                told(&taken)
            };
            (0..MESSAGES).map(one).collect::<Vec<_>>()
        };
        let taken = at_once(
            z,
            [
                Box::new(move |m| {
                    m.bind(port, OF_CHANNEL, near, READABLE | PEER).unwrap();
                    Vec::new()
                }),
                Box::new(move |m| {
                    assert_eq!(write_all(m, far), [Ok(()); MESSAGES]);
                    m.close(far).unwrap();
                    Vec::new()
                }),
                Box::new(move |m| {
                    (0..MESSAGES).for_each(|_| m.queue(port, &v1_packet(OF_PROGRAM, 16)).unwrap());
                    wait(m)
                }),
                Box::new(wait),
            ],
        );
        let rest = std::iter::from_fn(|| m.wait(port, 0, 128).ok().map(|bytes| told(&bytes)));
        let mut all: Vec<_> = taken.into_iter().flatten().chain(rest).collect();
        all.sort_unstable();
        // The close is told of if the channel was bound before it.
        let closes = all.iter().filter(|told| **told == (OF_CHANNEL, PEER)).count();
        let expected = [
            vec![(OF_CHANNEL, READABLE); MESSAGES],
            vec![(OF_CHANNEL, PEER); closes],
            vec![(OF_PROGRAM, 0); MESSAGES],
        ];
        assert!(closes <= 1 && all == expected.concat(), "round {round}: {all:?}");
        m.close_all(&[port, near]);
    }
}

/// B7, H1, L4. Whoever comes too late is told so, and who binds or writes just then leaves nothing behind.
pub fn a_close_that_races_with_bind_write_and_wait_is_before_or_after_each(z: Zx) {
    let m = z.mx();
    for round in 0..ROUNDS {
        let (port, (near, far)) = (m.v1(), m.channel());
        let first = if round % 2 == 0 { near } else { port };
        let [closed, bound, written, taken] = at_once(
            z,
            [
                Box::new(move |m: Mx| vec![m.close(first)]),
                Box::new(move |m| vec![m.bind(port, OF_CHANNEL, near, READABLE | PEER)]),
                Box::new(move |m| write_all(m, far)),
                Box::new(move |m| {
                    let deadline = m.after(100_000);
                    let wait = || {
                        m.wait(port, deadline, 128).map(|bytes| {
                            assert_eq!(v1_head(&bytes), (OF_CHANNEL, V1_SIGNAL));
                        })
                    };
                    std::iter::repeat_with(wait).take_while(|taken| taken.is_ok()).collect()
                }),
            ],
        );
        assert_eq!(closed, [Ok(())]);
        assert!([Ok(()), Err(BAD_HANDLE)].contains(&bound[0]), "{bound:?}");
        let sent = written.iter().take_while(|written| written.is_ok()).count();
        assert!(taken.len() <= sent, "{taken:?} of {written:?}");
        if first == near {
            assert!(written[sent..].iter().all(|refused| *refused == Err(PEER_CLOSED)), "{written:?}");
            let left = std::iter::from_fn(|| m.poll(port).ok()).count();
            assert!(taken.len() + left <= sent, "{left} packets besides {taken:?} of {written:?}");
            assert_eq!(m.bind(port, 1, near, READABLE), Err(BAD_HANDLE));
            // Nothing comes from it any more.
            m.close(far).unwrap();
            assert_eq!(m.poll(port), Err(TIMED_OUT));
            m.close(port).unwrap();
        } else {
            assert_eq!(sent, MESSAGES, "a channel goes on without the port");
            assert_eq!(m.poll(port), Err(BAD_HANDLE));
            let read = std::iter::from_fn(|| m.read(near, (16, 0)).ok()).count();
            assert_eq!(read, MESSAGES);
            // What is bound is bound for good, to a port that is gone.
            let (other, again) = (m.v1(), if bound[0].is_ok() { Err(BAD_STATE) } else { Ok(()) });
            assert_eq!(m.bind(other, 1, near, READABLE), again);
            m.close_all(&[other, near, far]);
        }
    }
}
