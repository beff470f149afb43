//! D3hot, which the integrated block sees to: what the endpoint has to send waits, and nothing is lost.

use portolan_regs::control;
use portolan_sim::Size;
use portolan_sim::pcie::root::{BAR, memory};
use portolan_sim::pcie::tlp::{Operation, Status};
use portolan_sim::raw::Packet;

use crate::board::Board;
use crate::links;

#[test]
fn in_d3hot_requests_are_unsupported_and_packets_wait_for_d0_with_nothing_lost() {
    for link in links() {
        let mut board = Board::listening(Size::L4P1, link, 21);
        board.root.enable_messages().expect("its table is written");
        board.write(control::IRQ_ENABLE, 1);
        let mut ring = board.enable_all(6).remove(0);
        board.doorbell(&ring, true);
        board.write(control::SCRATCH, 0x1234_5678);
        let epoch = board.read(control::EPOCH);
        board.root.records_writes = true;
        // A write may be under way.
        board.toggle(0);
        board.run(3);
        board.root.power_down().expect("no rule is broken");
        board.write(control::SCRATCH, 9);
        let read = memory(Operation::Read, BAR + u64::from(control::ID), 1, Vec::new());
        let tag = board.root.send(read, 1).expect("a request");
        assert_eq!(board.root.wait(tag).expect("an answer").status, Status::Unsupported);
        // One that has begun is taken to its end.
        board.run(200);
        board.root.written.clear();
        let mut edges = Vec::new();
        for line in [1, 2, 3, 1, 2] {
            edges.push((board.root.ticks(), line));
            board.toggle(line);
            board.run(500);
        }
        assert_eq!(board.root.written, [], "{link:?}: in D3hot nothing is sent");

        board.root.power_up();
        board.until(40_000, "a message", |board| board.root.messages() > 0);
        let packets: Vec<_> = board
            .take_all(&mut ring)
            .iter()
            .map(|words| Packet::decode(words))
            .map(|p| (p.ticks, p.line))
            .collect();
        assert!(!packets.is_empty(), "{link:?}: the message comes behind a slot");
        board.run(4_000);
        let rest = board.take_all(&mut ring);
        let rest = rest.iter().map(|words| Packet::decode(words)).map(|packet| (packet.ticks, packet.line));
        let packets: Vec<_> = packets.into_iter().chain(rest).collect();
        assert_eq!(packets.len(), 6, "{link:?}: {packets:?}");
        let late =
            packets[1..].iter().zip(&edges).map(|((stamp, line), (edge, of))| (line == of, stamp - edge));
        // A tick more where the edge of the core clock comes before that of the other.
        assert!(late.clone().all(|(same, late)| same && late <= 1), "{link:?}: {packets:?} of {edges:?}");
        assert_eq!(board.read(control::SCRATCH), 0x1234_5678, "a write in D3hot does nothing");
        assert_eq!(board.read(control::EPOCH), epoch, "it is the function that it was");
        for line in 0..4 {
            let counters = board.counters(line);
            assert!(counters.balance() && counters.undelivered == 0, "{link:?}: {counters:?}");
        }
    }
}
