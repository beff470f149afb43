//! A guard against calls that have become slow: fails beyond five times what they may cost. `cargo bench -p
//! portolan-capi` has the figures themselves.

#![allow(unsafe_code, reason = "C's pointers are made here")]

#[path = "../benches/calls/measure.rs"]
mod measure;

#[test]
fn calls_are_within_five_times_their_figures() {
    // What a moment of the machine spoils is measured again; what is slow is slow three times.
    let mut late = Vec::new();
    for _ in 0..3 {
        late = measure::measure(3, 20_000);
        late.retain(|figure| figure.measured > 5.0 * figure.goal);
        if late.is_empty() {
            return;
        }
    }
    let late: Vec<_> = late.iter().map(|figure| (figure.name, figure.measured, figure.goal)).collect();
    panic!("beyond five times what they may cost, in ns: {late:?}");
}
