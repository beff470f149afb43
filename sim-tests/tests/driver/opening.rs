//! Opening boards, and refusing what is no board of this driver's.

use std::collections::HashMap;
use std::sync::Arc;

use portolan::device::{Device, DeviceError, TimeBase};
use portolan::{Board, BoardError, Interrupt, LineConfig, Status};
use portolan_regs::{LAYOUT_HASH, control};
use portolan_sim::{SimBoard, Size};

use super::meddled::{self, Meddled, Meddler};
use super::open;

/// Some registers lie.
struct Liar(HashMap<u32, u32>);

impl Meddler for Liar {
    fn read(&self, sim: &SimBoard, offset: u32) -> Result<u32, DeviceError> {
        let truth = sim.read(offset)?;
        Ok(self.0.get(&offset).copied().unwrap_or(truth))
    }
}

/// The error when these registers lie.
fn refusal(lies: &[(u32, u32)]) -> BoardError {
    let liar = Meddled::new(Size::L4P1, Liar(lies.iter().copied().collect()));
    Board::open(liar).expect_err("a liar is refused")
}

#[test]
fn a_board_says_what_it_is() {
    for size in Size::ALL {
        let (_, board) = open(size);
        let info = board.info();
        assert_eq!((info.lines, info.ports), (size.lines(), size.ports()));
        assert_eq!((info.hash, info.hertz), (LAYOUT_HASH, 100_000_000));
        assert_eq!(board.clock().base(), TimeBase::Simulated);
        assert_eq!(board.clock().at(125).ns, 1250);
    }
}

#[test]
fn what_is_no_board_of_this_driver_is_refused_with_both_values() {
    let message = refusal(&[(control::ID, 0x1234_5678)]).to_string();
    assert!(message.contains("0x12345678") && message.contains("0x4c545250"), "{message}");
    let message = refusal(&[(control::VERSION, 0x0002_0001)]).to_string();
    assert!(message.contains("2.1") && message.contains("speaks 1"), "{message}");
    let message = refusal(&[(control::HASH, 0xabad_cafe)]).to_string();
    assert!(message.contains("0xabadcafe") && message.contains(&format!("{LAYOUT_HASH:#010x}")), "{message}");
    assert!(matches!(refusal(&[(control::ID, u32::MAX)]), BoardError::Dead { .. }));
    assert!(matches!(refusal(&[(control::STATUS, u32::MAX)]), BoardError::Dead { .. }));
    assert!(matches!(refusal(&[(control::STATUS, 0b10)]), BoardError::Reset { .. }));
    assert!(matches!(refusal(&[(control::CAP_SIZE, 0)]), BoardError::Capability { .. }));
    assert!(matches!(refusal(&[(control::CAP_CLOCK, 0)]), BoardError::Capability { .. }));
    assert!(matches!(refusal(&[(control::CAP_FEATURES, 0)]), BoardError::Capability { .. }));
}

#[test]
fn another_minor_version_is_accepted() {
    let lies = HashMap::from([(control::VERSION, 0x0001_0007)]);
    let (_, board) = meddled::open(Size::L4P1, Liar(lies));
    assert_eq!(board.info().minor, 7);
}

#[test]
fn a_device_is_opened_once_at_a_time() {
    let sim: Arc<dyn Device> = super::power_up(Size::default());
    let board = Board::open(sim.clone()).unwrap();
    let line = Interrupt::line(&board, 0, LineConfig::default()).unwrap();
    assert!(matches!(Board::open(sim.clone()), Err(BoardError::InUse { .. })));
    drop(board);
    assert!(matches!(Board::open(sim.clone()), Err(BoardError::InUse { .. })), "its interrupt holds it open");
    drop(line);
    Board::open(sim).expect("it is closed now");
}

#[test]
fn lines_that_do_not_exist_or_are_taken_are_refused() {
    let (_, board) = open(Size::L4P1);
    let error = Interrupt::line(&board, 4, LineConfig::default()).unwrap_err();
    assert_eq!((error.status(), error.to_string().contains("0 to 3")), (Status::OUT_OF_RANGE, true));
    let first = Interrupt::line(&board, 3, LineConfig::default()).unwrap();
    assert_eq!(
        Interrupt::line(&board, 3, LineConfig::default()).unwrap_err().status(),
        Status::ALREADY_BOUND
    );
    assert_eq!(first.trigger(1), Err(Status::BAD_STATE), "I13: a line is not virtual");
    drop(first);
    Interrupt::line(&board, 3, LineConfig::default()).expect("free again");
    assert_eq!(board.fire(4), Err(Status::OUT_OF_RANGE));
    assert_eq!(board.counters(4), Err(Status::OUT_OF_RANGE));
}

#[test]
fn opening_and_normal_traffic_leave_no_stale_command_or_hole() {
    let (_, board) = open(Size::L16P4);
    let port = super::port();
    let line = super::bound(&board, 5, portolan::Delivery::Ack, &port);
    for _ in 0..3 {
        board.fire(5).unwrap();
        port.wait(portolan::Deadline::INFINITE).unwrap();
        line.ack().unwrap();
    }
    line.unbind(&port).unwrap();
    drop(line);
    let stats = board.stats().unwrap();
    assert_eq!((stats.stale, stats.holes, stats.bad_tags, stats.partial_writes), (0, 0, 0, 0));
    assert_eq!(stats.stale_packets, 0);
}
