//! Registers, interrupts and errors over the line.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use portolan::device::{Device, DeviceError, TimeBase, UartAddress, UartDevice, UartError, Wake, probe_uart};
use portolan::{Board, Delivery, Event, Status};
use portolan_regs::{ID, bank, control, line as lines, map, mode, port as page};
use portolan_sim::Changes;
use portolan_sim::uart::Rate;

use super::{bound, open, plug_in, port, soon};

#[test]
fn registers_are_read_and_written_at_the_usual_rate_and_a_hole_is_refused() {
    let (simulated, device) = plug_in(Rate::Usual);
    assert_eq!(device.name(), format!("uart:{}", simulated.address().path));
    assert_eq!((device.vectors(), device.time_base()), (1, TimeBase::Monotonic));
    assert_eq!(device.read(control::ID).expect("it is there"), ID);
    for value in [0, u32::MAX, 0x0001_0200, 0xdead_beef] {
        device.write(control::SCRATCH, value).expect("it is there");
        assert_eq!(device.read(control::SCRATCH).expect("it is there"), value);
    }
    for offset in [0xffc, 0x3_fffc, 0x4_0000, 0xff_fffc, 0x100_0000, u32::MAX - 3] {
        let refused =
            |error: DeviceError| matches!(error, DeviceError::Refused { offset: at, .. } if at == offset);
        assert!(device.read(offset).is_err_and(refused), "{offset:#x}");
        assert!(device.write(offset, 1).is_err_and(refused), "{offset:#x}");
    }
    let counts = device.counts();
    assert_eq!((counts.damaged, counts.naks), (0, 0), "{counts:?}");
    assert_eq!(device.board_counts().expect("it answers").0, 0);
}

#[test]
fn the_driver_opens_it_and_edges_arrive_with_the_stamps_of_their_cycles() {
    let (simulated, _device, board) = open(Rate::Fast);
    let info = board.info();
    assert_eq!((info.lines, info.ports, info.rings, info.ring_slots, info.vectors), (16, 4, false, 0, 1));
    let port = port();
    let _line = bound(&board, 3, Delivery::Stream, &port);
    let start = simulated
        .start(Changes::from([(100, 0b1000), (257, 0), (100_000, 0b1000)]))
        .expect("they are in order");
    for (cycle, level) in [(100, true), (257, false), (100_000, true)] {
        let Event::Interrupt { packet, detail } = port.wait_event(soon(&port)).expect("it comes") else {
            panic!("the packet of a line")
        };
        assert_eq!((packet.key(), detail.ticks, detail.level), (3, start + cycle, level));
    }
    let counters = board.counters(3).expect("it lives");
    assert_eq!((counters.edges, counters.delivered, counters.lost), (3, 3, 0));
}

#[test]
fn an_acknowledged_line_gives_one_packet_until_the_acknowledge() {
    let (simulated, _device, board) = open(Rate::Fast);
    let port = port();
    let line = bound(&board, 0, Delivery::Ack, &port);
    simulated.start(Changes::from([(100, 1), (200, 0), (300, 1)])).expect("they are in order");
    assert_eq!(port.wait(soon(&port)).expect("the first edge").key(), 0);
    while board.counters(0).expect("it lives").edges < 3 {}
    assert_eq!(port.try_wait(), Err(Status::TIMED_OUT));
    line.ack().expect("it is bound");
    let Event::Interrupt { detail, .. } = port.wait_event(soon(&port)).expect("the pending edge") else {
        panic!("the packet of a line")
    };
    assert_eq!(detail.coalesced, 1);
}

#[test]
fn waiting_ends_by_a_notice_a_kick_or_the_deadline() {
    let (_simulated, device) = plug_in(Rate::Fast);
    let soon = device.now() + 20_000_000;
    assert_eq!(device.wait(0, soon).expect("it lives"), Wake::Deadline);
    assert!(device.now() >= soon);
    device.kick(0);
    assert_eq!(device.wait(0, i64::MAX).expect("it lives"), Wake::Kicked);
    // A test edge of a line that is bound to hardware port 0, whose doorbell is armed.
    device.write(control::IRQ_ENABLE, control::IRQ_ENABLE::ENABLE.put(1)).expect("it is there");
    let armed = page::DOORBELL_INTERRUPT::ARM.put(1);
    device.write(page::AREA.base + page::DOORBELL_INTERRUPT, armed).expect("it is there");
    let line = map::line(5);
    let config = lines::CONFIG::MODE.put(mode::RISING) | lines::CONFIG::UNMASK.put(1);
    device.write(line + lines::CONFIG, config).expect("it is there");
    let bind = lines::BIND::BIND.put(1) | lines::BIND::GENERATION.put(1);
    device.write(line + lines::BIND, bind).expect("it is there");
    thread::scope(|scope| {
        let waiter = scope.spawn(|| device.wait(0, device.now() + 30_000_000_000));
        device.write(bank::AREA.base + bank::TRIGGER, 1 << 5).expect("it is there");
        assert_eq!(waiter.join().expect("no panic").expect("it lives"), Wake::Interrupt);
    });
}

#[test]
fn an_unplugged_board_gives_errors_at_once_and_its_waiters_io() {
    let (simulated, device, board) = open(Rate::Fast);
    let port = port();
    let _line = bound(&board, 1, Delivery::Ack, &port);
    let waiter = thread::spawn({
        let port = port.clone();
        move || (port.wait(soon(&port)), Instant::now())
    });
    // It sleeps in the device, or will: both are told.
    thread::yield_now();
    let unplugged = Instant::now();
    drop(simulated);
    let (result, when) = waiter.join().expect("no panic");
    assert_eq!(result, Err(Status::IO));
    assert!(when - unplugged < Duration::from_secs(5), "{:?}", when - unplugged);
    let begin = Instant::now();
    let error = device.read(control::ID).expect_err("it is gone");
    assert!(begin.elapsed() < Duration::from_secs(2));
    let DeviceError::Gone { source: Some(source), .. } = &error else { panic!("{error}") };
    assert!(source.to_string().contains("unplugged"), "{source}");
    assert!(board.obituary().is_some());
}

#[test]
fn a_port_that_is_no_board_s_is_told_with_what_to_do() {
    let (simulated, device) = plug_in(Rate::Fast);
    let address = simulated.address();
    // Open already.
    let error = UartDevice::open(address.clone()).err().expect("it is in use");
    assert!(matches!(error, UartError::Busy { .. }), "{error}");
    assert!(matches!(probe_uart(address.clone()), Err(UartError::Busy { .. })));
    drop(device);
    probe_uart(address.clone()).expect("a Portolan answers");
    // Another rate than the board's: what it sends is rubbish here, and the other way round.
    let slow = UartAddress { baud: 9_600, ..address.clone() };
    let error = probe_uart(slow).expect_err("not at this rate");
    assert!(matches!(error, UartError::Silent { baud: 9_600, .. }), "{error}");
    assert!(error.to_string().contains(&address.path), "{error}");
    probe_uart(address).expect("it answers again");

    let missing = UartAddress { path: "/dev/no-such-port".into(), baud: 921_600 };
    assert!(matches!(probe_uart(missing), Err(UartError::NoPort { .. })));
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let no_port = UartAddress { path: file.path().to_str().expect("a path in UTF-8").into(), baud: 921_600 };
    let error = probe_uart(no_port).expect_err("a file is no port");
    assert!(matches!(error, UartError::Open { .. }), "{error}");
    fs::metadata(file.path()).expect("it is still there");
}

#[test]
fn whoever_comes_after_another_program_is_greeted_anew() {
    let (simulated, device, board) = open(Rate::Fast);
    device.write(control::SCRATCH, 7).expect("it is there");
    drop((board, device));
    let device = UartDevice::open(simulated.address()).expect("it answers");
    assert_eq!(device.read(control::SCRATCH).expect("it is there"), 7);
    Board::open(device).expect("the driver opens it again");
}
