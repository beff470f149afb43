//! Whatever happens to bytes and frames, all packets come, once and in order, and what happened was counted.

use crate::line::{Accident, Damage, Line, Quality};
use crate::packets::{exchange, exchange_numbered};

#[test]
fn of_a_hundred_thousand_packets_none_is_lost_or_doubled_while_one_byte_in_a_hundred_is_damaged() {
    let mut line = Line::open(1, &Quality::noisy(10_000, &Damage::ALL));
    exchange(&mut line, 100_000);
    for counts in [line.host.counts(), line.board.counts()] {
        assert!(counts.cut > 10_000 && counts.garbled > 10_000 && counts.lost > 10_000, "{counts:?}");
        assert!(counts.resent > 10_000, "{counts:?}");
        assert_eq!(counts.strange, 0, "{counts:?}");
    }
    println!(
        "host {:?}, board {:?}, {} s of the line's time",
        line.host.counts(),
        line.board.counts(),
        line.now() / 1_000_000
    );
}

#[test]
fn each_kind_of_damage_is_survived_by_itself() {
    for (seed, damage) in Damage::ALL.into_iter().enumerate() {
        let mut line = Line::open(10 + seed as u64, &Quality::noisy(10_000, &[damage]));
        exchange(&mut line, 2_000);
        let counts = line.host.counts();
        assert!(counts.cut + counts.garbled > 100 && counts.strange == 0, "{damage:?}: {counts:?}");
    }
}

#[test]
fn frames_that_are_lost_doubled_or_cut_are_counted_as_such() {
    for accident in [Accident::Lost, Accident::Doubled, Accident::Cut] {
        let quality = Quality { accidents: 100_000, accident: Some(accident), ..Quality::default() };
        let mut line = Line::open(20, &quality);
        exchange(&mut line, 3_000);
        let counts = line.host.counts();
        let counted = match accident {
            Accident::Lost => counts.lost,
            Accident::Doubled => counts.doubled,
            // Cut before its second byte it is no frame at all, cut in its CRC it may look garbled.
            Accident::Cut => counts.cut,
        };
        assert!(counted > 200, "{accident:?}: {counts:?}");
        assert_eq!(counts.strange, 0, "{accident:?}: {counts:?}");
        if accident != Accident::Cut {
            assert_eq!(counts.cut + counts.garbled, 0, "{accident:?}: {counts:?}");
        }
    }
}

#[test]
fn a_line_that_is_quiet_and_good_has_nothing_to_count() {
    let mut line = Line::open(3, &Quality::default());
    exchange(&mut line, 3_000);
    assert_eq!(line.host.counts(), Default::default());
    assert_eq!(line.board.counts(), Default::default());
}

#[test]
fn a_line_that_is_dead_for_a_while_goes_on_where_it_stopped() {
    let mut line = Line::open(4, &Quality::default());
    exchange(&mut line, 500);
    line.set_quality(&Quality::noisy(1_000_000, &[Damage::Removed]));
    line.pass(700_000);
    line.set_quality(&Quality::default());
    exchange(&mut line, 500);
}

#[test]
fn a_packet_that_is_lost_doubled_or_out_of_turn_is_found() {
    let faults: [fn(u64) -> u64; 3] = [
        |n| if n < 70 { n } else { n + 1 },
        |n| if n < 70 { n } else { n - 1 },
        |n| match n {
            70 => 71,
            71 => 70,
            n => n,
        },
    ];
    for number in faults {
        let found = std::panic::catch_unwind(|| {
            exchange_numbered(&mut Line::open(6, &Quality::default()), 200, number);
        });
        assert!(found.is_err());
    }
}
