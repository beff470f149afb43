//! A board that is put into D3hot under its driver: to the driver it is dead, like one that was taken out. Back in D0 it is
//! opened again. (An operating system does this to a device in suspend, or to one that nobody has open.)

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use portolan::device::Device;
use portolan::{Board, Deadline, Delivery, Status};
use portolan_sim::Size;

use crate::boards::PCIE;
use crate::faults::{ended, until};
use crate::meddled::{self, Honest};
use crate::{bound, interrupt, port};

const SIZE: Size = Size::L16P4;
/// A second, in ns.
const SECOND: i64 = 1_000_000_000;

#[test]
fn a_board_that_is_put_into_d3hot_is_dead_and_works_again_when_it_is_opened_in_d0() {
    let (device, mut board) = meddled::open(PCIE, SIZE, Some(3), Honest);
    let sim = device.wires.sim.clone();
    for round in 0..3 {
        let port = port(true);
        let lines = [0, 1].map(|line| bound(&board, line, Delivery::Stream, &port));
        let single = Arc::new(interrupt(&board, 3, Delivery::Ack));
        board.fire(0).unwrap();
        assert_eq!(
            port.wait(port.deadline_after(Duration::from_millis(1))).map(|packet| packet.key()),
            Ok(0)
        );
        let readers = [(); 2].map(|()| {
            let (device, port) = (device.clone(), port.clone());
            thread::spawn(move || (port.wait(Deadline::INFINITE).map(|packet| packet.key()), device.now()))
        });
        let waiter = thread::spawn({
            let single = single.clone();
            move || single.wait()
        });
        until(|| port.waiters() == 2 && single.is_waited_for());
        let failed = sim.link(|root| root.power_down().map(|()| 10 * root.ticks())).expect("behind PCIe");
        let failed = failed.expect("no rule is broken").cast_signed();
        for (status, when) in readers.map(ended) {
            assert_eq!(status, Err(Status::IO), "round {round}");
            assert!(when - failed <= SECOND, "round {round}: told {} ns after it failed", when - failed);
        }
        assert_eq!(ended(waiter), Err(Status::CANCELED), "round {round}");
        let obituary = board.obituary().expect("it is dead").to_owned();
        assert!(obituary.contains("reads as ones"), "{obituary}");
        // It goes on, and has something to say as soon as it may.
        for edge in 1..20 {
            sim.set_pins(edge & 1);
            sim.run(200).expect("there is no stimulus");
        }
        drop((lines, single));
        drop(board);
        let refusal = Board::open(device.clone()).expect_err("it is asleep").to_string();
        assert!(refusal.contains("ones"), "{refusal}");

        sim.link(|root| root.power_up()).expect("behind PCIe");
        board = Board::open(device.clone()).expect("it opens again");
    }
}
