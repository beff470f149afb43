//! Far more edges than anybody can take: the equation holds at every moment, and gaps are exact in first, last, count and
//! place.

use std::time::Instant;

use portolan::device::{Device, DeviceError, Wake};
use portolan_regs::slot::{COUNT, HEADER, KIND, kind};
use portolan_sim::raw::seed;

use crate::boards::{Kind, PCIE, PULL, RINGS};
use crate::consumer::{Course, consume};
use crate::meddled::{Honest, Meddler, Wires, fit};
use crate::scaled;

/// An edge every three cycles. The consumer is slow for as long as it takes a ring to be full.
fn flood(edges: u64) -> Course {
    Course { pace: 3, often: 4, edges, slow: 2_000 }
}

fn overload(kind: Kind, default_seed: u64) {
    let seed = seed(default_seed);
    let begin = Instant::now();
    // The wake-up is not the point here: what waits is behind a thousand others.
    let patient = Kind { bound: 100_000, ..kind };
    let summary = consume(patient, flood(scaled(400_000 / kind.share)), seed, Honest);
    let summary = summary.unwrap_or_else(|error| panic!("{error}"));
    println!("{}: {summary:?} in {:.1?}", kind.name(), begin.elapsed());
    assert!(summary.lost > summary.edges / 10 && summary.delivered > summary.edges / 100, "{summary:?}");
}

#[test]
fn at_overload_rings_tell_of_each_edge_by_a_packet_or_an_exact_gap() {
    overload(RINGS, 0x0f10);
}

#[test]
fn at_overload_pulling_tells_of_each_edge_by_a_packet_or_an_exact_gap() {
    overload(PULL, 0x0f11);
}

#[test]
fn at_overload_the_board_on_pcie_tells_of_each_edge_by_a_packet_or_an_exact_gap() {
    overload(PCIE, 0x0f12);
}

/// Writes a gap with an edge too many.
struct Exaggerates;

impl Meddler for Exaggerates {
    fn wait(&self, wires: &Wires, vector: u32, deadline: i64) -> Result<Wake, DeviceError> {
        let wake = wires.sim.wait(vector, deadline)?;
        let (_, ring) = wires.ring(1);
        let newest = ring.newest();
        for sequence in (0..1024).map(|back| newest.wrapping_sub(back)) {
            let mut words = ring.read(sequence);
            if KIND.get(words[HEADER]) == kind::GAP && words[COUNT] == 2 {
                words[COUNT] = 3;
                ring.write(sequence, fit(words));
            }
        }
        Ok(wake)
    }
}

#[test]
fn a_gap_in_a_ring_with_an_edge_too_many_is_found() {
    let patient = Kind { bound: 100_000, ..RINGS };
    let error = consume(patient, flood(100_000), 12, Exaggerates).expect_err("it is found");
    assert!(error.contains("of a gap"), "{error}");
}
