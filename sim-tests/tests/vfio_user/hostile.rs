//! Clients that send anything: the server stays, and the next client finds it well.

use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use portolan::device::Memory;
use portolan_regs::control;
use portolan_sim::Top;
use portolan_sim::raw::seed;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::raw::{Raw, words};
use crate::{Served, serve};

/// The server serves, and its block works.
fn is_well(served: &Served) {
    let mut raw = Raw::open(&served.path);
    raw.enable();
    assert_eq!(raw.register(control::ID), portolan_regs::ID);
    assert_eq!(served.server.failure(), None);
}

/// Waits until the server has closed the connection.
fn is_closed(raw: &mut Raw) {
    use std::io::Read;
    let mut rest = Vec::new();
    let end = raw.socket.read_to_end(&mut rest);
    assert!(end.is_ok() || end.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
}

#[test]
fn what_is_no_message_ends_the_connection_and_half_of_one_holds_nobody_up() {
    let served = serve(Top::Pcie);
    for bytes in [0, 15, 0x20_0000, u32::MAX] {
        let mut raw = Raw::connect(&served.path);
        raw.socket.write_all(&Raw::header(1, 1, bytes, 0)).expect("room");
        is_closed(&mut raw);
    }
    let begun = Instant::now();
    let mut raw = Raw::open(&served.path);
    raw.socket.write_all(&Raw::header(1, 9, 32, 0)[..7]).expect("room");
    drop(raw);
    is_well(&served);
    // A client that is in the middle of a message when the server is to end.
    let mut raw = Raw::open(&served.path);
    raw.socket.write_all(&Raw::header(1, 9, 32, 0)).expect("room");
    drop(served);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn commands_that_make_no_sense_are_refused_one_by_one() {
    let served = serve(Top::Pcie);
    let mut raw = Raw::connect(&served.path);
    assert_eq!(raw.ask(4, &words(&[16, 0, 0, 0]), &[]).flags, 1 | 1 << 5, "no version yet");
    for (version, why) in [
        (&[][..], "nothing"),
        (&[0, 0], "half of it"),
        (&[1, 0, 0, 0], "another major version"),
        (b"\0\0\0\0{}", "no NUL"),
        (b"\0\0\0\0{\0", "no JSON"),
        (b"\0\0\0\0\xff\xfe\0", "no UTF-8"),
    ] {
        assert_ne!(raw.ask(1, version, &[]).error, 0, "{why}");
    }
    assert_eq!(raw.ask(1, b"\0\0\0\0[\"capabilities\"]\0", &[]).error, 0, "nothing is proposed");
    raw.enable();
    for command in [0, 1, 6, 11, 12, 14, 16, 17, 18, 99, u16::MAX] {
        for payload in [0, 4, 40, 5_000] {
            let reply = raw.ask(command, &vec![0; payload], &[]);
            assert_eq!((reply.flags, reply.payload.len()), (1 | 1 << 5, 0), "command {command}");
            assert_ne!(reply.error, 0);
        }
    }
    for command in [2, 3, 5, 7, 8, 9, 10, 15] {
        for bytes in 0..8 {
            assert_ne!(raw.ask(command, &vec![0; bytes], &[]).error, 0, "command {command}, {bytes} bytes");
        }
    }
    let place = |offset: u64, region: u32, count: u32| {
        [offset.to_ne_bytes().to_vec(), words(&[region, count])].concat()
    };
    for (offset, region, count) in [
        (0x4_0000, 0, 4),
        (0x3_fffd, 0, 4),
        (u64::MAX, 0, 4),
        (0, 1, 4),
        (0, 6, 1),
        (0, 9, 4),
        (0, u32::MAX, 4),
        (4096, 7, 1),
        (0, 0, u32::MAX),
        (0, 7, 4097),
    ] {
        assert_ne!(raw.ask(9, &place(offset, region, count), &[]).error, 0, "{offset:#x} of {region}");
        assert_ne!(raw.ask(10, &[place(offset, region, count), vec![0; 4]].concat(), &[]).error, 0);
    }
    // Replies, and types that there are not, are nothing that is answered.
    raw.send(9, 1, &place(0, 0, 4), &[]);
    raw.send(9, 7, &place(0, 0, 4), &[]);
    assert_eq!(raw.register(control::ID), portolan_regs::ID);
    drop(raw);
    is_well(&served);
}

#[test]
fn a_client_that_takes_no_replies_is_given_up() {
    let served = serve(Top::Pcie);
    let mut raw = Raw::open(&served.path);
    raw.socket.set_nonblocking(true).expect("a socket");
    let read = [0u64.to_ne_bytes().to_vec(), words(&[7, 4096])].concat();
    let message = [Raw::header(1, 9, 32, 0), read].concat();
    let begun = Instant::now();
    loop {
        match raw.socket.write(&message) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(_) => break,
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "it is not given up");
    }
    is_well(&served);
}

#[test]
fn random_messages_with_random_descriptors_leave_the_server_well() {
    let mut random = ChaCha8Rng::seed_from_u64(seed(5));
    let served = serve(Top::Pcie);
    let memory = Memory::in_file(16 * 4096).expect("memory");
    let files: Vec<OwnedFd> = vec![
        memory.file().expect("a file").try_clone().expect("a descriptor").into(),
        rustix::event::eventfd(0, rustix::event::EventfdFlags::NONBLOCK).expect("an eventfd"),
        std::io::pipe().expect("a pipe").1.into(),
        std::fs::File::open("/dev/null").expect("it is there").into(),
    ];
    for _ in 0..12 {
        let mut raw = Raw::open(&served.path);
        raw.enable();
        for _ in 0..150 {
            let command = *[2, 2, 3, 4, 5, 7, 8, 8, 9, 10, 10, 15, random.random()]
                .choose(&mut random)
                .expect("there are some");
            let fields = random.random_range(0..12);
            // Numbers that are likely to mean something.
            let mut word = || match random.random_range(0..6) {
                0 => 0,
                1 => random.random_range(0..10),
                2 => 4096 * random.random_range(0..16),
                3 => 1 << random.random_range(0..32),
                4 => random.random_range(0..0x4_0000),
                _ => random.random(),
            };
            let payload: Vec<u32> = (0..fields).map(|_| word()).collect();
            let mut payload = words(&payload);
            if random.random_range(0..8) == 0 {
                payload.push(random.random());
            }
            let sent: Vec<BorrowedFd<'_>> = (0..random.random_range(0..6) / 3)
                .map(|_| files.choose(&mut random).expect("there are some").as_fd())
                .collect();
            let flags = if random.random_range(0..4) == 0 { 1 << 4 } else { 0 };
            let id = raw.send(command, flags, &payload, &sent);
            if flags == 0 {
                let reply = raw.take(id, command);
                assert!(reply.error == 0 || reply.payload.is_empty());
            }
        }
        drop(raw);
        is_well(&served);
    }
}
