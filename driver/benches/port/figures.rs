//! The figures that a port must meet, measured beside its peers, round by round in turn.

use crate::measure::{BareFutex, many_ports, median, same_thread, spinning, throughput, waking};
use crate::peers::{
    ArrayQueueFutex, CrossbeamChannel, EventfdEpoll, Flume, Kanal, MutexCondvar, Peer, Portolan, StdMpsc,
};

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Rounds; what counts is the median.
    pub rounds: usize,
    /// Packets per measurement.
    pub packets: u64,
    /// Round trips, and sleepers woken.
    pub turns: u32,
}

/// What is measured of every peer.
pub const COLUMNS: [&str; 5] = ["one thread, ns", "1 → 1, M/s", "2 → 1, M/s", "spinning, ns", "asleep, µs"];

/// A peer's medians, by column.
pub struct Row {
    pub name: &'static str,
    pub medians: [f64; COLUMNS.len()],
}

/// One of the figures to be met.
pub struct Figure {
    pub name: &'static str,
    /// The medians that are compared.
    pub measured: f64,
    pub against: f64,
    /// Median of the ratios of each round.
    pub ratio: f64,
    pub goal: Goal,
}

/// What the ratio must be.
#[derive(Clone, Copy)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    /// Whether the goal is met, or missed by this factor at most.
    pub fn is_within(&self, factor: f64) -> bool {
        match self.goal {
            Goal::AtMost(goal) => self.ratio <= goal * factor,
            Goal::AtLeast(goal) => self.ratio >= goal / factor,
        }
    }
}

/// Everything that was measured.
pub struct Results {
    pub rows: Vec<Row>,
    pub figures: Vec<Figure>,
}

/// A measurement: a name, and what it gives in one round.
type Measurement = (&'static str, usize, Box<dyn Fn() -> f64>);

fn of_peer<P: Peer>(effort: Effort, list: &mut Vec<Measurement>) {
    let Effort { packets, turns, .. } = effort;
    list.push((P::NAME, 0, Box::new(move || same_thread::<P>(packets, 0))));
    list.push((P::NAME, 1, Box::new(move || throughput::<P>(packets, 1))));
    list.push((P::NAME, 2, Box::new(move || throughput::<P>(packets, 2))));
    list.push((P::NAME, 3, Box::new(move || spinning::<P>(20 * u64::from(turns)))));
    list.push((P::NAME, 4, Box::new(move || waking(&P::new(), turns) / 1e3)));
}

/// Measures all of it. `progress` is told of every round.
pub fn measure(effort: Effort, mut progress: impl FnMut(usize)) -> Results {
    const BARE: &str = "a futex and nothing else";
    const STANDING: &str = "4095 packets queued before";
    const PORTS: &str = "1000 ports in turn";
    const ONE: &str = "one port";
    let Effort { rounds, packets, turns } = effort;
    let mut list = Vec::new();
    of_peer::<Portolan>(effort, &mut list);
    of_peer::<ArrayQueueFutex>(effort, &mut list);
    of_peer::<CrossbeamChannel>(effort, &mut list);
    of_peer::<StdMpsc>(effort, &mut list);
    of_peer::<Flume>(effort, &mut list);
    of_peer::<Kanal>(effort, &mut list);
    of_peer::<MutexCondvar>(effort, &mut list);
    of_peer::<EventfdEpoll>(effort, &mut list);
    list.push((BARE, 4, Box::new(move || waking(&BareFutex::default(), turns) / 1e3)));
    list.push((STANDING, 0, Box::new(move || same_thread::<Portolan>(packets, 4095))));
    list.push((PORTS, 0, Box::new(move || many_ports(packets, 1000))));
    list.push((ONE, 0, Box::new(move || many_ports(packets, 1))));
    // By column, so that what is compared runs close together.
    list.sort_by_key(|(_, column, _)| *column);
    let mut values = vec![Vec::new(); list.len()];
    for round in 0..rounds {
        progress(round);
        list.iter().zip(&mut values).for_each(|((_, _, run), values)| values.push(run()));
    }

    let of = |name: &str, column: usize| {
        let at = list.iter().position(|(other, c, _)| *other == name && *c == column);
        &values[at.expect("it was measured")]
    };
    let ours = Portolan::NAME;
    let figure = |name, (a, b): (&Vec<f64>, &Vec<f64>), goal| Figure {
        name,
        measured: median(a.clone()),
        against: median(b.clone()),
        ratio: median(a.iter().zip(b).map(|(a, b)| a / b).collect()),
        goal,
    };
    let crossbeam = CrossbeamChannel::NAME;
    let half_a_microsecond = vec![500.0; rounds];
    let figures = vec![
        figure(
            "queue + wait on one thread, to ArrayQueue + futex",
            (of(ours, 0), of(ArrayQueueFutex::NAME, 0)),
            Goal::AtMost(1.25),
        ),
        figure("1 → 1, to crossbeam-channel", (of(ours, 1), of(crossbeam, 1)), Goal::AtLeast(1.5)),
        figure("2 → 1, to crossbeam-channel", (of(ours, 2), of(crossbeam, 2)), Goal::AtLeast(1.0)),
        figure("waking a sleeper, to a bare futex", (of(ours, 4), of(BARE, 4)), Goal::AtMost(1.25)),
        figure("while it still spins, to 0.5 µs", (of(ours, 3), &half_a_microsecond), Goal::AtMost(1.0)),
        figure("4096 packets queued, to 1", (of(STANDING, 0), of(ours, 0)), Goal::AtMost(2.0)),
        figure("1000 ports, to 1", (of(PORTS, 0), of(ONE, 0)), Goal::AtMost(2.0)),
    ];
    let mut names: Vec<_> = list.iter().map(|(name, ..)| *name).collect();
    names.dedup();
    let rows = list.iter().filter(|(_, column, _)| *column == 1).map(|(name, ..)| Row {
        name,
        medians: std::array::from_fn(|column| median(of(name, column).clone())),
    });
    Results { rows: rows.collect(), figures }
}
