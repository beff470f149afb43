//! What the server answers, message by message.

use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use portolan::device::Memory;
use portolan_regs::{bank, control, line, map, mode, port, port_control, vector};
use portolan_sim::Top;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use crate::raw::{Raw, words};
use crate::{serve, until};

const EINVAL: u32 = 22;
const EEXIST: u32 = 17;
/// Flags of SET_IRQS: eventfds to trigger; nothing, to unmask.
const EVENTFD: u32 = 1 << 2 | 1 << 5;
const UNMASK: u32 = 1 | 1 << 4;
/// Indices of INTx and MSI-X.
const INTX: u32 = 0;
const MSIX: u32 = 2;

fn event() -> OwnedFd {
    eventfd(0, EventfdFlags::NONBLOCK).expect("an eventfd")
}

/// Waits for an eventfd; whether it was signaled.
fn signaled(event: &OwnedFd, time: Duration) -> bool {
    let limit = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
    let mut files = [PollFd::new(event, PollFlags::IN)];
    poll(&mut files, Some(&limit)).expect("poll") > 0 && rustix::io::read(event, &mut [0; 8]).is_ok()
}

const LONG: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(30);

/// Lets a line be heard: rising edges, each a packet, to port 0.
fn arm(raw: &mut Raw, number: u32) {
    let config =
        line::CONFIG::MODE.put(mode::RISING) | line::CONFIG::STREAM.put(1) | line::CONFIG::UNMASK.put(1);
    raw.set_register(map::line(number) + line::CONFIG, config);
    let bind = line::BIND::BIND.put(1) | line::BIND::GENERATION.put(1);
    raw.set_register(map::line(number) + line::BIND, bind);
    raw.set_register(control::IRQ_ENABLE, 1);
}

fn doorbell(raw: &mut Raw, position: u32) {
    let word = port::DOORBELL_INTERRUPT::POSITION.put(position) | port::DOORBELL_INTERRUPT::ARM.put(1);
    raw.set_register(map::port(0) + port::DOORBELL_INTERRUPT, word);
}

fn fire(raw: &mut Raw, number: u32) {
    raw.set_register(bank::AREA.base + bank::TRIGGER, 1 << number);
}

#[test]
fn the_device_its_regions_and_its_interrupts_are_those_of_a_pci_card() {
    let served = serve(Top::Pcie);
    let mut raw = Raw::connect(&served.path);
    let json =
        br#"{"capabilities":{"max_msg_fds":8,"write_multiple":true,"twin_socket":{"supported":true}}}"#;
    let version = raw.ask(1, &[&[0, 0, 9, 0], &json[..], &[0]].concat(), &[]).payload();
    assert_eq!(version[..4], [0, 0, 1, 0], "the newest minor version of both");
    let agreed = std::str::from_utf8(&version[4..version.len() - 1]).expect("UTF-8");
    let agreed: serde_json::Value = serde_json::from_str(agreed).expect("JSON");
    assert_eq!(agreed["capabilities"]["write_multiple"], true);
    assert_eq!(
        agreed["capabilities"].as_object().map(|own| own.len()),
        Some(2),
        "what was proposed: {agreed}"
    );

    let info = raw.ask(4, &words(&[16, 0, 0, 0]), &[]);
    assert_eq!([info.word(0), info.word(4), info.word(8), info.word(12)], [16, 3, 9, 5]);
    for (region, size, flags) in [(0, 0x4_0000, 3), (1, 0, 0), (5, 0, 0), (6, 0, 0), (7, 4096, 3), (8, 0, 0)]
    {
        let info = raw.ask(5, &words(&[32, 0, region, 0, 0, 0, 0, 0]), &[]);
        assert_eq!([info.word(0), info.word(4), info.word(8), info.word(16)], [32, flags, region, size]);
    }
    for (index, count, flags) in [(0, 1, 7), (1, 0, 1), (2, 9, 1), (3, 1, 1), (4, 1, 1)] {
        let info = raw.ask(7, &words(&[16, 0, index, 0]), &[]);
        assert_eq!([info.word(0), info.word(4), info.word(8), info.word(12)], [16, flags, index, count]);
    }
    for (command, payload) in [(5, words(&[32, 0, 9, 0, 0, 0, 0, 0])), (7, words(&[16, 0, 5, 0]))] {
        assert_eq!(raw.ask(command, &payload, &[]).error, EINVAL);
    }
    assert_eq!((raw.config(0), raw.config(2)), (0x10ee, 0x7024));
}

#[test]
fn every_access_to_the_registers_is_one_tlp() {
    let served = serve(Top::Pcie);
    let mut raw = Raw::open(&served.path);
    raw.enable();
    let before = served.server.counts();
    assert_eq!(raw.register(control::ID), portolan_regs::ID);
    raw.set_register(control::SCRATCH, 0x1234_5678);
    assert_eq!(raw.read(0, u64::from(control::SCRATCH), 2), [0x78, 0x56]);
    assert_eq!(raw.read(0, u64::from(control::SCRATCH) + 3, 1), [0x12]);
    assert_eq!(raw.write(0, u64::from(control::SCRATCH) + 1, &[0xff]).payload().len(), 16);
    assert_eq!(raw.register(control::SCRATCH), 0x1234_ff78);
    let ticks =
        |raw: &mut Raw| u64::from_le_bytes(raw.read(0, control::TICKS.into(), 8).try_into().expect("8"));
    let (first, second) = (ticks(&mut raw), ticks(&mut raw));
    assert!(second > first);
    // Two words that are not aligned to eight bytes.
    assert_eq!(raw.read(0, u64::from(control::SCRATCH) - 4, 8).len(), 8);
    let after = served.server.counts();
    assert_eq!(after.accesses - before.accesses, 10);
    assert_eq!(after.tlps - before.tlps, 10);
    // A write that asks for no reply, and several in one message.
    let write = [u64::from(control::SCRATCH).to_ne_bytes().to_vec(), words(&[0, 4, 5])].concat();
    raw.send(10, 1 << 4, &write, &[]);
    assert_eq!(raw.register(control::SCRATCH), 5);
    let one = |value: u32| [&write[..12], &words(&[4, value, 0])].concat();
    let several = [2u64.to_ne_bytes().to_vec(), one(6), one(7)].concat();
    assert_eq!(raw.ask(15, &several, &[]).payload(), 2u64.to_ne_bytes());
    assert_eq!(raw.register(control::SCRATCH), 7);
    let last = served.server.counts();
    assert_eq!((last.accesses - after.accesses, last.tlps - after.tlps), (5, 5));
}

#[test]
fn a_function_that_is_off_answers_ones_and_keeps_its_settings_in_d3hot() {
    let served = serve(Top::Pcie);
    let mut raw = Raw::open(&served.path);
    assert_eq!(raw.register(control::ID), u32::MAX, "memory space is off");
    raw.enable();
    raw.set_register(control::SCRATCH, 77);
    raw.set_config(0x44, 3);
    assert_eq!(raw.register(control::SCRATCH), u32::MAX);
    raw.set_register(control::SCRATCH, 78);
    assert_eq!(raw.config(0x6a) & 8, 8, "an unsupported request was detected");
    assert_eq!(raw.config(0x106) & 0x10, 0x10, "and is in the error status");
    assert_eq!(raw.config(0x44) & 3, 3, "configuration space answers all the same");
    raw.set_config(0x44, 0);
    assert_eq!(raw.register(control::SCRATCH), 77);
    let counts = served.server.counts();
    assert_eq!((counts.accesses, counts.tlps, counts.unsupported), (2, 2, 3));
}

#[test]
fn a_reset_by_either_way_clears_the_block_and_configuration_space_and_never_its_time() {
    for top in Top::ALL {
        let served = serve(top);
        let mut raw = Raw::open(&served.path);
        for by_message in [true, false] {
            raw.enable();
            raw.set_register(control::SCRATCH, 5);
            let (epoch, ticks) = (raw.register(control::EPOCH), raw.register(control::TICKS));
            if by_message {
                raw.ask(13, &[], &[]).done();
            } else {
                let control = raw.config(0x68);
                raw.set_config(0x68, control | 1 << 15);
            }
            assert_eq!(raw.config(4), 0, "command");
            assert_eq!(raw.config(0x68) >> 15, 0);
            raw.enable();
            assert_eq!((raw.register(control::SCRATCH), raw.register(control::EPOCH)), (0, epoch + 1));
            assert!(raw.register(control::TICKS).wrapping_sub(ticks) < 1 << 31);
        }
    }
}

#[test]
fn an_msix_message_becomes_its_vectors_eventfd_and_a_vector_that_is_dropped_loses_none() {
    let served = serve(Top::Pcie);
    let mut raw = Raw::open(&served.path);
    raw.enable();
    arm(&mut raw, 2);
    let (first, second) = (event(), event());
    raw.set_irqs([EVENTFD, MSIX, 0, 2], &[], &[first.as_fd(), second.as_fd()]).done();
    doorbell(&mut raw, 0);
    fire(&mut raw, 2);
    assert!(signaled(&first, LONG));
    // Dropped: the message waits in the RTL's pending bits, and goes when the vector is given back.
    raw.set_irqs([1 | 1 << 5, MSIX, 0, 0], &[], &[]).done();
    doorbell(&mut raw, 1);
    fire(&mut raw, 2);
    until(|| served.server.board().quiet());
    assert_eq!(raw.register(map::pending(0)) & 1, 1);
    let masked = raw.register(map::vector(0) + vector::CONTROL);
    assert_eq!(vector::CONTROL::MASK.get(masked), 1);
    assert!(!signaled(&first, SHORT));
    let again = event();
    raw.set_irqs([EVENTFD, MSIX, 0, 1], &[], &[again.as_fd()]).done();
    assert!(signaled(&again, LONG));
    assert_eq!(raw.register(map::pending(0)) & 1, 0);
    assert!(!signaled(&second, SHORT), "it is of another vector");
}

#[test]
fn intx_is_told_of_once_until_it_is_unmasked() {
    for top in [Top::Axi, Top::Pcie] {
        let served = serve(top);
        let mut raw = Raw::open(&served.path);
        raw.enable();
        arm(&mut raw, 1);
        let told = event();
        raw.set_irqs([EVENTFD, INTX, 0, 1], &[], &[told.as_fd()]).done();
        doorbell(&mut raw, 0);
        fire(&mut raw, 1);
        assert!(signaled(&told, LONG), "{top}");
        assert_eq!(raw.config(6) & 8, 8, "{top}: Interrupt Status");
        assert!(!signaled(&told, SHORT));
        raw.set_irqs([UNMASK, INTX, 0, 1], &[], &[]).done();
        assert!(signaled(&told, LONG), "{top}: it is still asserted");
        // The doorbell is written without being armed: the level falls.
        raw.set_register(map::port(0) + port::DOORBELL_INTERRUPT, 1);
        until(|| served.server.board().quiet());
        assert_eq!(raw.config(6) & 8, 0, "{top}");
        raw.set_irqs([UNMASK, INTX, 0, 1], &[], &[]).done();
        assert!(!signaled(&told, SHORT), "{top}");
    }
}

#[test]
fn slots_are_written_across_pages_that_were_mapped_one_by_one() {
    for top in [Top::Pcie, Top::AxiRings] {
        let served = serve(top);
        let mut raw = Raw::open(&served.path);
        raw.enable();
        let memory = Memory::in_file(4 * 4096).expect("memory");
        let file = memory.file().expect("a file");
        // Four pages of the file, in another order, so that a ring of two pages lies on three of them.
        for (page, offset) in [(0, 3), (1, 1), (2, 2), (3, 0)] {
            let mapped = raw.map(0x10_0000 + page * 4096, offset * 4096, 4096, Some(file.as_fd()));
            mapped.done();
        }
        assert_eq!(raw.map(0x10_1000, 0, 4096, Some(file.as_fd())).error, EEXIST);
        assert_eq!(raw.map(0x20_0000, 0x4000, 4096, Some(file.as_fd())).error, EINVAL, "beyond its end");
        assert_eq!(raw.map(0x20_0000, 0, 100, Some(file.as_fd())).error, EINVAL, "no whole page");
        assert_eq!(raw.map(u64::MAX - 4095, 0, 8192, Some(file.as_fd())).error, EINVAL);
        arm(&mut raw, 0);
        let ring = map::port_control(0);
        raw.set_register(ring + port_control::RING_BASE, 0x10_0000);
        raw.set_register(ring + port_control::RING_BASE + 4, 0);
        raw.set_register(ring + port_control::RING_FIRST, 100);
        // 256 slots of 32 bytes: two pages.
        let enable = port_control::RING_CONTROL::ENABLE.put(1) | port_control::RING_CONTROL::SIZE.put(8);
        raw.set_register(ring + port_control::RING_CONTROL, enable);
        doorbell(&mut raw, 100);
        fire(&mut raw, 0);
        let sequence = |slot: usize, page: usize| {
            let word = page * 1024 + (slot % 128) * 8 + 7;
            u32::from_le(memory.words()[word].load(std::sync::atomic::Ordering::Acquire))
        };
        // Slot 100 is on the ring's first page, which is the file's last.
        until(|| sequence(100, 3) == 100);
        for _ in 101..=130 {
            fire(&mut raw, 0);
        }
        until(|| sequence(130, 1) == 130);
        assert_eq!(served.server.counts().refused, 0);
        // Taken away while the ring is enabled: what is written there is refused, and nothing of it is seen.
        assert_eq!(raw.unmap(0x10_1000, 0x800).error, EINVAL, "a piece of what was mapped");
        assert_eq!(raw.unmap(0x10_1000, 4096).payload().len(), 24);
        fire(&mut raw, 0);
        until(|| served.server.board().quiet());
        assert_eq!(sequence(131, 1), 0, "{top}");
        match top {
            Top::Pcie => assert_eq!(served.server.counts().refused, 1),
            _ => {
                let status = raw.register(ring + port_control::RING_STATUS);
                assert_eq!(port_control::RING_STATUS::ERROR.get(status), 1);
            }
        }
    }
}

#[test]
fn clients_come_one_after_another_and_another_one_meanwhile_is_turned_away() {
    let served = serve(Top::Pcie);
    for round in 1..=3 {
        let mut raw = Raw::open(&served.path);
        raw.enable();
        assert_eq!(raw.register(control::SCRATCH), 0, "nothing is left of the last one");
        raw.set_register(control::SCRATCH, round);
        let memory = Memory::in_file(4096).expect("memory");
        raw.map(0x1000, 0, 4096, memory.file().map(AsFd::as_fd)).done();
        let other = portolan::device::VfioUserDevice::open(&served.path).map(drop).expect_err("it is taken");
        assert!(other.to_string().contains("connecting"), "{other}");
        assert_eq!(raw.register(control::SCRATCH), round);
    }
    until(|| served.server.counts().resets == 3);
    assert_eq!(served.server.clients(), 3);
}

#[test]
fn a_server_leaves_the_path_alone_that_another_one_has_taken_and_replaces_what_is_left_over() {
    let first = serve(Top::Axi);
    std::fs::remove_file(&first.path).expect("it is there");
    let taken = std::os::unix::net::UnixListener::bind(&first.path).expect("the path is free");
    let board = first.server.board().clone();
    drop(first.server);
    assert!(UnixStream::connect(&first.path).is_ok(), "it is somebody else's");
    let in_use = portolan_sim::vfio_user::Server::start(&first.path, board.clone(), None);
    assert!(matches!(in_use, Err(portolan_sim::vfio_user::ServeError::InUse { .. })));
    // Its listener is gone, the file is not.
    drop(taken);
    let server = portolan_sim::vfio_user::Server::start(&first.path, board, None).expect("it is replaced");
    Raw::open(&first.path);
    drop(server);
    assert!(!first.path.exists());
}
