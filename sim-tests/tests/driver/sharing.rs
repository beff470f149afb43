//! Ports that share hardware port 0: a flood of one neither holds up the others nor hides a board's faults.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use portolan::device::{Device, DeviceError};
use portolan::{Deadline, Delivery, Packet, Status};
use portolan_regs::{map, port as page, slot};
use portolan_sim::{Change, Changes, SimBoard, Size};

use super::meddled::{self, Meddler};
use super::{bound, open, port, until};

#[test]
fn a_poll_ends_though_another_port_of_its_lane_is_flooded() {
    let (sim, board) = open(Size::L4P1);
    let (flooded, quiet) = (port(), port());
    let _lines = [bound(&board, 0, Delivery::Stream, &flooded), bound(&board, 1, Delivery::Stream, &quiet)];
    quiet.queue(&Packet::user(5, 0, [0; 32])).unwrap();
    let flood: Vec<_> = (1..=150_000).map(|n| Change { cycle: n * 20, pins: n & 1 }).collect();
    sim.start(Changes::from(flood)).unwrap();
    sim.run(2000).unwrap();
    let before = sim.cycles();
    assert_eq!(quiet.try_wait().map(|packet| packet.key()), Ok(5), "E4");
    let took = sim.cycles() - before;
    // A queue of 64 packets, each some 120 cycles.
    assert!(took < 20_000, "{took} cycles");
    assert_eq!(quiet.try_wait(), Err(Status::TIMED_OUT));
    let took = sim.cycles() - before;
    assert!(took < 40_000, "{took} cycles");
}

/// A board that has packets without end, of a line without an interrupt.
struct Endless(AtomicBool);

impl Meddler for Endless {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        let word = sim.read(offset)?;
        if !self.0.load(Ordering::SeqCst) || offset < map::port(0) {
            return Ok(word);
        }
        Ok(match (offset - map::port(0)) % page::AREA.stride {
            page::LEVELS => page::LEVELS::INTERRUPT.put(1),
            page::HEAD_STATUS => page::HEAD_STATUS::VALID.put(1),
            at if at == page::HEAD + 4 * slot::HEADER as u32 => slot::LINE.put(9),
            _ => word,
        })
    }
}

#[test]
fn a_board_that_sends_stale_packets_without_end_is_dead() {
    let (device, board) = meddled::open(Size::L16P4, Endless(AtomicBool::new(false)));
    let port = port();
    let _line = bound(&board, 0, Delivery::Ack, &port);
    device.0.store(true, Ordering::SeqCst);
    let reader = thread::spawn(move || {
        let polls =
            (0..1000).map(|_| port.wait(Deadline::PAST)).take_while(|end| *end == Err(Status::TIMED_OUT));
        polls.count()
    });
    until(|| reader.is_finished());
    assert!(reader.join().unwrap() < 1000, "a poll ends, and one of them with IO");
    assert!(board.obituary().is_some_and(|why| why.contains("in a row")), "{:?}", board.obituary());
}

/// A board whose queue says that it holds more than fits.
struct Boasts(AtomicBool);

impl Meddler for Boasts {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        let word = sim.read(offset)?;
        let boasts = self.0.load(Ordering::SeqCst) && offset == map::port(1) + page::LEVELS;
        Ok(if boasts { page::LEVELS::INTERRUPT.put(65) } else { word })
    }
}

#[test]
fn a_queue_that_holds_more_than_fits_is_a_dead_board() {
    let (device, board) = meddled::open(Size::L16P4, Boasts(AtomicBool::new(false)));
    let port = port();
    let _line = bound(&board, 0, Delivery::Ack, &port);
    device.0.store(true, Ordering::SeqCst);
    assert_eq!(port.try_wait(), Err(Status::IO));
    assert!(board.obituary().is_some_and(|why| why.contains("65 packets in a queue of 64")));
}
