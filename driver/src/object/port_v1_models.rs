//! loom models of a port of the first generation: packets, waits, and a channel that is bound, over every order of two or
//! three threads' steps. A thread that nobody wakes is a deadlock, which the model checker reports.

use loom::thread;

use super::*;
use crate::object::{Channel, Message};

fn check(preemptions: usize, body: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 20_000;
    builder.check(body);
}

fn port() -> Arc<PortV1Object> {
    Arc::new(PortV1Object::new())
}

/// Without a deadline, and without the slack of this process's job.
fn wait(port: &PortV1Object, room: usize) -> Result<Vec<u8>, Status> {
    port.wait_by(room, |waiter| {
        waiter.sleep(i64::MAX);
    })
}

/// How many bytes each packet that is there has.
fn rest(port: &PortV1Object) -> Vec<usize> {
    std::iter::from_fn(|| port.take(MAX_PACKET_V1)).map(|taken| taken.unwrap().len()).collect()
}

#[test]
fn a_v1_packet_wakes_whoever_begins_to_wait() {
    check(3, || {
        let port = port();
        let other = port.clone();
        let waiter = thread::spawn(move || wait(&other, MAX_PACKET_V1).unwrap().len());
        port.queue(&[0; 24]).unwrap();
        assert_eq!(waiter.join().unwrap(), 24);
        assert!(rest(&port).is_empty());
    });
}

#[test]
fn two_v1_packets_are_for_two_waiters() {
    check(2, || {
        let port = port();
        let waiters = [(); 2].map(|()| {
            let port = port.clone();
            thread::spawn(move || wait(&port, MAX_PACKET_V1).unwrap().len())
        });
        (0..2).for_each(|_| port.queue(&[0; 16]).unwrap());
        assert_eq!(waiters.map(|waiter| waiter.join().unwrap()), [16; 2]);
        assert!(rest(&port).is_empty());
    });
}

#[test]
fn a_v1_packet_that_is_too_large_for_one_waiter_wakes_another() {
    check(2, || {
        let port = port();
        let [small, large] = [16, 40].map(|room| {
            let port = port.clone();
            thread::spawn(move || wait(&port, room).map(|packet| packet.len()))
        });
        port.queue(&[0; 40]).unwrap();
        assert_eq!(large.join().unwrap(), Ok(40));
        // If the other one was not refused it sleeps.
        port.queue(&[0; 16]).unwrap();
        let left = match small.join().unwrap() {
            Ok(16) => vec![],
            refused => {
                assert_eq!(refused, Err(Status::INVALID_ARGS));
                vec![16]
            }
        };
        assert_eq!(rest(&port), left);
    });
}

#[test]
fn each_message_is_told_of_once_whenever_its_channel_is_bound() {
    check(3, || {
        let (port, (near, far)) = (port(), Channel::create());
        let writer = thread::spawn(move || {
            (0..2).for_each(|_| far.write(Message::default()).unwrap());
            far
        });
        near.bind_v1(&port, 1, Signals::READABLE | Signals::PEER_CLOSED).unwrap();
        let far = writer.join().unwrap();
        assert_eq!(rest(&port), [40; 2]);
        drop(far);
        assert_eq!(rest(&port), [40], "the close");
    });
}

#[test]
fn a_channel_that_is_bound_and_written_to_while_its_port_is_closed_goes_on() {
    check(2, || {
        let (port, (near, far)) = (port(), Channel::create());
        let (bound, written) = (port.clone(), port.clone());
        let binder = thread::spawn(move || {
            near.bind_v1(&bound, 1, Signals::READABLE).unwrap();
            near
        });
        let writer = thread::spawn(move || far.write(Message::default()).map(|()| written.queue(&[0; 16])));
        port.end();
        let near = binder.join().unwrap();
        let queued = writer.join().unwrap().unwrap();
        assert!([Ok(()), Err(Status::UNAVAILABLE)].contains(&queued));
        assert!(near.read().is_ok());
        assert!(rest(&port).is_empty(), "a port that is closed has nothing, and gets nothing");
    });
}
