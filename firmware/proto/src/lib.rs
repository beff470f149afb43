//! The protocol between a host and the firmware of a board on a serial line: docs/protocol.md.
//!
//! Both ends are here, so that both are tested against each other, byte by byte, over lines of every quality. No end allocates,
//! knows a clock or a port: bytes go in, frames come out, and `now` is told.
//!
//! Promises
//! - Every message arrives once, and in order, whatever happens to bytes on the line, as long as some frames come through.
//! - What is lost, doubled, cut or garbled is counted.
//! - No bytes make either end panic, and an end whose peer restarts finds out.
//!
//! What an operation does to the block is the firmware's, what a program asks for is the driver's.
//!
//! ```
//! use portolan_proto::{Board, Boot, Event, Answer, Host, LONGEST, Operation, Phase, Request};
//! let (mut host, mut board) = (Host::new(0x1234_5678), Board::new(Boot::default()));
//! let mut line = [0; LONGEST];
//! let mut both_ways = |host: &mut Host, board: &mut Board, now| {
//!     let length = host.transmit(now, &mut line);
//!     line[..length].iter().for_each(|byte| board.receive(*byte, now));
//!     let length = board.transmit(now, &mut line);
//!     line[..length].iter().for_each(|byte| host.receive(*byte, now));
//! };
//! both_ways(&mut host, &mut board, 0);
//! assert!(matches!(host.phase(), Phase::Open(_)));
//! assert!(host.request(&Request { tag: 7, operation: Operation::Read { offset: 0 } }));
//! both_ways(&mut host, &mut board, 10);
//! let request = board.request(20).expect("it has come");
//! assert!(board.send(&Event::Answer { tag: request.tag, result: Ok(Answer::Word(42)) }));
//! both_ways(&mut host, &mut board, 30);
//! assert_eq!(host.event(40), Some(Event::Answer { tag: 7, result: Ok(Answer::Word(42)) }));
//! ```
#![no_std]
#![forbid(unsafe_code)]

mod board;
mod frame;
mod host;
mod incoming;
mod link;
pub mod mail;
mod message;
mod outgoing;
mod pace;
mod session;

pub use board::{BEACON, Board, last_words};
pub use frame::{DELIMITER, LONGEST};
pub use host::{End, GREETING, Host, Phase, SILENCE};
pub use link::LinkCounts;
pub use message::{
    Answer, Class, Counts, Event, Failure, InterruptPacket, LineStats, Operation, Refusal, Request,
    UserPacket,
};
pub use session::{Boot, Cause, Hello, PANIC_FILE, PANIC_MESSAGE, Panic, Welcome};

/// Version of this protocol. Ends of different versions refuse each other.
pub const VERSION: u8 = 1;
/// Most messages of an end that are under way: a line of 921,600 baud carries so many in 20 ms, and adapters keep bytes for 16.
pub const WINDOW: usize = 32;
/// Most bytes of a message.
pub const MESSAGE: usize = 80;
