//! The driver on a card behind a socket: every edge is accounted for, every access a TLP.

use std::time::Duration;

use portolan::{Contents, Delivery, Event, Packet, PortOptions};
use portolan_sim::{NS_PER_TICK, Top};

use crate::{LINES, PERIOD, Steady, after, listen, serve, serve_with, until};

/// Holds what arrives against the stimulus: how many edges of each line were accounted for so far.
#[derive(Default)]
struct Account {
    /// The tick of the first change.
    start: Option<u64>,
    edges: [u64; LINES as usize],
    lost: u64,
}

impl Account {
    fn add(&mut self, event: &Event) {
        let (line, count, first, last) = match event {
            Event::Interrupt { detail, .. } => (detail.line, 1, detail.ticks, detail.ticks),
            Event::Gap(gap) => (gap.line, gap.count, gap.first_ticks, gap.last_ticks),
            other => panic!("{other:?}"),
        };
        let edges = &mut self.edges[usize::from(line)];
        let offset = |edge: u64| (edge * u64::from(LINES) + u64::from(line)) * PERIOD;
        let start = *self.start.get_or_insert(first - offset(*edges));
        assert_eq!((first, last), (start + offset(*edges), start + offset(*edges + count - 1)), "{event:?}");
        *edges += count;
        if matches!(event, Event::Gap(_)) {
            self.lost += count;
        }
    }
}

#[test]
fn every_edge_of_a_stimulus_is_accounted_for_with_its_own_stamp_and_every_access_is_a_tlp() {
    const EDGES: u64 = 4_000;
    for top in Top::ALL {
        let served = serve_with(top, Steady::of(EDGES));
        let board = served.board();
        let (port, interrupts) = listen(&board, LINES, Delivery::Stream);
        let (mut account, mut events) = (Account::default(), Vec::new());
        while account.edges.iter().sum::<u64>() < EDGES {
            let came = port.wait_events(&mut events, 256, after(Duration::from_secs(20)));
            assert_eq!(came.map(drop), Ok(()), "{top}: {:?} of {EDGES} came", account.edges);
            events.drain(..).for_each(|event| account.add(&event));
        }
        println!("{top}: {} of {EDGES} lost for want of room", account.lost);
        for line in 0..LINES {
            let counters = board.counters(line).expect("the board answers");
            assert_eq!(counters.edges, EDGES / u64::from(LINES));
            assert_eq!(counters.edges, counters.delivered + counters.lost);
            assert!(counters.hold());
        }
        let counts = served.server.counts();
        println!("{top}: {counts:?}");
        assert_eq!(counts.accesses, if top == Top::Pcie { counts.tlps } else { counts.accesses });
        assert_eq!((counts.unsupported, counts.refused), (0, 0));
        assert!(counts.interrupts > 0);
        drop((port, interrupts, board));
        until(|| served.server.counts().resets == 1);
        assert_eq!(served.server.failure(), None);
    }
}

#[test]
fn a_boards_time_is_real_time_and_a_packets_stamp_lies_within_its_bound() {
    let served = serve(Top::Pcie);
    let board = served.board();
    let (port, interrupts) = listen(&board, 1, Delivery::Ack);
    let (begun, before) = (board.now(), board.ticks().expect("the board answers"));
    for _ in 0..20 {
        let fired = board.now();
        board.fire(0).expect("the board answers");
        let event = port.wait_event(after(Duration::from_secs(10))).expect("it comes");
        let Event::Interrupt { packet, detail } = event else { panic!("{event:?}") };
        let Contents::Interrupt { timestamp } = packet.contents() else { panic!("{packet:?}") };
        let bound = i64::try_from(detail.error_bound_ns).expect("it is not for ever");
        assert!(timestamp >= fired - bound, "{timestamp}, fired after {fired}, bound {bound}");
        assert!(timestamp <= board.now() + bound);
        interrupts[0].ack().expect("the board answers");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (end, ticks) = (board.now(), board.ticks().expect("the board answers"));
    let (host, board) = ((end - begun) as u64, (ticks - before) * NS_PER_TICK);
    assert!(host.abs_diff(board) < host / 10, "{host} ns on the host, {board} on the board");
}

#[test]
fn posted_packets_and_the_drivers_own_come_out_of_one_port() {
    let served = serve(Top::Pcie);
    let board = served.board();
    let port = portolan::Port::new(PortOptions::default());
    let window = board.attach(&port).expect("a hardware port is free");
    let packet = Packet::user(7, -1, *b"thirty-two bytes, as an engine's");
    // What another bus master does.
    let engine = served.server.board();
    for (offset, word) in (window.offset()..).step_by(4).zip(packet.to_bytes().chunks(4)) {
        let word = u32::from_le_bytes(word.try_into().expect("four bytes"));
        portolan::device::Device::write(&**engine, offset, word).expect("the block answers");
    }
    assert_eq!(port.wait(after(Duration::from_secs(10))), Ok(packet));
    port.queue(&Packet::user(8, 0, [0; 32])).expect("room");
    assert_eq!(port.wait(after(Duration::from_secs(10))).map(|packet| packet.key()), Ok(8));
}
