//! A guard against a port that has become slow: fails beyond five times the figures that it must meet, so that
//! neither a loaded machine nor an unoptimised build does. `cargo bench -p portolan` has the figures themselves.

#[path = "../benches/port/figures.rs"]
mod figures;
#[path = "../benches/port/measure.rs"]
mod measure;
#[path = "../benches/port/peers.rs"]
mod peers;

use figures::{Effort, Figure, Results};

/// How far beyond a figure is too far.
const FACTOR: f64 = 5.0;

#[test]
fn a_port_is_within_five_times_its_figures() {
    let effort = Effort { rounds: 3, packets: 20_000, turns: 20 };
    let tell = |figure: &Figure| {
        let Figure { name, measured, against, ratio, .. } = figure;
        format!("{name}: {measured:.1} against {against:.1}, a ratio of {ratio:.2}")
    };
    // What a moment of the machine spoils is measured again; what is slow is slow three times.
    let mut late = Vec::new();
    for _ in 0..3 {
        let Results { rows, figures } = figures::measure(effort, |_| ());
        for row in rows {
            assert!(row.medians.iter().all(|median| *median > 0.0), "{}: {:?}", row.name, row.medians);
        }
        late = figures.iter().filter(|figure| !figure.is_within(FACTOR)).map(tell).collect();
        if late.is_empty() {
            return;
        }
    }
    panic!("beyond {FACTOR} times what it must be: {late:#?}");
}

#[test]
fn a_figure_knows_when_it_is_missed() {
    let figure = |ratio, goal| Figure { name: "", measured: 1.0, against: 1.0, ratio, goal };
    assert!(figure(1.2, figures::Goal::AtMost(1.25)).is_within(1.0));
    assert!(!figure(1.3, figures::Goal::AtMost(1.25)).is_within(1.0));
    assert!(figure(6.2, figures::Goal::AtMost(1.25)).is_within(FACTOR));
    assert!(!figure(6.3, figures::Goal::AtMost(1.25)).is_within(FACTOR));
    assert!(!figure(1.4, figures::Goal::AtLeast(1.5)).is_within(1.0));
    assert!(figure(0.31, figures::Goal::AtLeast(1.5)).is_within(FACTOR));
    assert!(!figure(0.29, figures::Goal::AtLeast(1.5)).is_within(FACTOR));
}
