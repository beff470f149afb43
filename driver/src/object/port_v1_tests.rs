use super::*;
use crate::object::{Channel, Message};

fn port() -> Arc<PortV1Object> {
    Arc::new(PortV1Object::new())
}

fn packet(key: u64, size: usize) -> Vec<u8> {
    let mut bytes = vec![0xAB; size];
    bytes[..8].copy_from_slice(&key.to_le_bytes());
    bytes
}

fn key(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().unwrap())
}

fn poll(port: &PortV1Object) -> Result<u64, Status> {
    port.wait(MAX_PACKET_V1, Deadline::PAST).map(|bytes| key(&bytes))
}

#[test]
fn packets_of_every_size_keep_all_but_their_type() {
    let port = port();
    for size in HEADER_V1..=MAX_PACKET_V1 {
        let mut sent = packet(7, size);
        port.queue(&sent).unwrap();
        sent[8..12].copy_from_slice(&[2, 0, 0, 0]);
        assert_eq!(port.wait(size, Deadline::PAST), Ok(sent));
    }
    assert_eq!(port.queue(&packet(1, 15)), Err(Status::INVALID_ARGS));
    assert_eq!(port.queue(&packet(1, 129)), Err(Status::BUFFER_TOO_SMALL));
    assert_eq!(poll(&port), Err(Status::TIMED_OUT));
}

#[test]
fn channels_take_turns_and_a_flood_is_a_count() {
    let port = port();
    let (a, far_a) = Channel::create();
    let (b, far_b) = Channel::create();
    a.bind_v1(&port, 1, Signals::READABLE).unwrap();
    b.bind_v1(&port, 2, Signals::READABLE | Signals::PEER_CLOSED).unwrap();
    assert_eq!(a.bind_v1(&port, 1, Signals::READABLE), Err(Status::BAD_STATE));
    (0..3).for_each(|_| far_a.write(Message::default()).unwrap());
    (0..2).for_each(|_| far_b.write(Message::default()).unwrap());
    assert_eq!(port.state.lock().entries.len(), 2, "a node for each");
    drop(far_b);
    let keys: Vec<_> = std::iter::from_fn(|| poll(&port).ok()).collect();
    assert_eq!(keys, [1, 2, 2, 1, 2, 1], "the third 2 is of PEER_CLOSED, a node of its own");
}

#[test]
fn a_packet_that_is_too_large_for_one_waiter_goes_to_the_next() {
    let port = port();
    let small = {
        let port = port.clone();
        std::thread::spawn(move || port.wait(16, Deadline::INFINITE))
    };
    while port.state.lock().waiters.is_empty() {
        std::thread::yield_now();
    }
    let large = {
        let port = port.clone();
        std::thread::spawn(move || port.wait(64, Deadline::INFINITE))
    };
    while port.state.lock().waiters.len() < 2 {
        std::thread::yield_now();
    }
    port.queue(&packet(1, 64)).unwrap();
    assert_eq!(small.join().unwrap(), Err(Status::INVALID_ARGS));
    assert_eq!(key(&large.join().unwrap().unwrap()), 1);
}

#[test]
fn threads_exchange_every_packet_once() {
    const EACH: u64 = 2000;
    let port = port();
    let takers: Vec<_> = (0..3)
        .map(|_| {
            let port = port.clone();
            std::thread::spawn(move || {
                let wait = || port.wait(MAX_PACKET_V1, Deadline::INFINITE).map(|bytes| key(&bytes)).unwrap();
                std::iter::from_fn(|| Some(wait()).filter(|key| *key != u64::MAX)).collect::<Vec<_>>()
            })
        })
        .collect();
    std::thread::scope(|scope| {
        for maker in 0..3 {
            let port = &port;
            scope.spawn(move || {
                for number in maker * EACH..(maker + 1) * EACH {
                    port.queue(&packet(number, 16 + (number % 113) as usize)).unwrap();
                }
            });
        }
    });
    takers.iter().for_each(|_| port.queue(&packet(u64::MAX, 16)).unwrap());
    let mut keys: Vec<_> = takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..3 * EACH).collect::<Vec<_>>());
}

#[test]
fn a_closed_port_takes_nothing_and_its_channels_stay_bound() {
    let port = port();
    let (near, far) = Channel::create();
    near.bind_v1(&port, 1, Signals::READABLE).unwrap();
    far.write(Message::default()).unwrap();
    port.queue(&packet(2, 16)).unwrap();
    port.end();
    assert_eq!(poll(&port), Err(Status::TIMED_OUT));
    assert_eq!(port.queue(&packet(2, 16)), Err(Status::UNAVAILABLE), "H4");
    far.write(Message::default()).unwrap();
    assert_eq!(poll(&port), Err(Status::TIMED_OUT));
    assert_eq!(near.bind_v1(&port, 1, Signals::READABLE), Err(Status::BAD_STATE));
}
