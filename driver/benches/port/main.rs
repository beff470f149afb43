//! How fast a port is, beside its peers: `cargo bench -p portolan`. Tables in Markdown; with `-- --json` one
//! line of JSON instead.

mod figures;
mod measure;
mod peers;

use figures::{COLUMNS, Effort, Goal, Results};
use serde_json::json;

/// The machine, in one line.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    format!(
        "{}, {} processors, Linux {}, load {} at the end",
        model.unwrap_or("unknown processor"),
        std::thread::available_parallelism().map_or(1, usize::from),
        kernel.trim(),
        load.split(' ').next().unwrap_or_default(),
    )
}

fn print_tables(results: &Results) {
    println!("| queue | {} |", COLUMNS.join(" | "));
    println!("|---|{}", "---:|".repeat(COLUMNS.len()));
    for row in &results.rows {
        let values: Vec<_> = row.medians.iter().map(|value| format!("{value:.1}")).collect();
        println!("| {} | {} |", row.name, values.join(" | "));
    }
    println!();
    println!("| figure | measured | against | ratio, median of rounds | goal | |");
    println!("|---|---:|---:|---:|---:|---|");
    for figure in &results.figures {
        let goal = match figure.goal {
            Goal::AtMost(goal) => format!("≤ {goal}"),
            Goal::AtLeast(goal) => format!("≥ {goal}"),
        };
        let met = if figure.is_within(1.0) { "met" } else { "not met" };
        let (measured, against, ratio) = (figure.measured, figure.against, figure.ratio);
        println!("| {} | {measured:.1} | {against:.1} | {ratio:.2} | {goal} | {met} |", figure.name);
    }
}

fn print_json(results: &Results) {
    let rows: Vec<_> =
        results.rows.iter().map(|row| json!({ "queue": row.name, "medians": row.medians })).collect();
    let figures: Vec<_> = results
        .figures
        .iter()
        .map(|figure| {
            json!({
                "figure": figure.name,
                "measured": figure.measured,
                "against": figure.against,
                "ratio": figure.ratio,
                "met": figure.is_within(1.0),
            })
        })
        .collect();
    println!("{}", json!({ "machine": machine(), "columns": COLUMNS, "queues": rows, "figures": figures }));
}

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    let effort = Effort { rounds: 5, packets: 1_000_000, turns: 500 };
    let results = figures::measure(effort, |round| eprintln!("round {} of {}", round + 1, effort.rounds));
    if json {
        print_json(&results);
    } else {
        print_tables(&results);
        println!("\n48-byte packets, medians of {} rounds in turn. {}.", effort.rounds, machine());
    }
}
