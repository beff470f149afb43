//! What calls of the C ABI cost: `cargo bench -p portolan-capi`. A table in Markdown; with `-- --json` one line of
//! JSON instead.

#![allow(unsafe_code, reason = "C's pointers are made here")]

mod measure;

use serde_json::json;

fn main() {
    let figures = measure::measure(5, 1_000_000);
    if std::env::args().any(|argument| argument == "--json") {
        let figures: Vec<_> = figures
            .iter()
            .map(|figure| json!({ "figure": figure.name, "ns": figure.measured, "goal": figure.goal }))
            .collect();
        println!("{}", json!({ "figures": figures }));
        return;
    }
    println!("| figure | ns | goal | |\n|---|---:|---:|---|");
    for figure in &figures {
        let met = if figure.measured <= figure.goal { "met" } else { "not met" };
        println!("| {} | {:.1} | ≤ {} | {met} |", figure.name, figure.measured, figure.goal);
    }
}
