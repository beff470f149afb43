//! docs/promises.md names tests that exist, and a planted fault for every promise that can be broken today.

use std::fs;
use std::path::Path;

/// The tests that a cell names, as path and function.
fn tests(cell: &str) -> Vec<(&str, &str)> {
    cell.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::")).collect()
}

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/promises.md")).expect("the page")
}

/// Promise, checks, planted faults.
fn rows(page: &str) -> Vec<[&str; 3]> {
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("three cells: {cells:?}"))
    })
    .collect()
}

#[test]
fn every_test_that_the_page_of_promises_names_exists() {
    let page = page();
    let mut seen = 0;
    for (path, name) in rows(&page).into_iter().flatten().flat_map(tests) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
        let text: Vec<_> = text.lines().map(str::trim).collect();
        let found = text.join("\n").contains(&format!("#[test]\nfn {name}("));
        assert!(found, "{path} has no test {name}");
        seen += 1;
    }
    assert!(seen > 20, "{seen} tests are named");
}

#[test]
fn every_promise_has_a_check_and_a_planted_fault() {
    let page = page();
    let rows = rows(&page);
    for promise in 1..=8 {
        let row = rows.iter().find(|[name, ..]| name.starts_with(&format!("{promise}. ")));
        let [_, checks, faults] = row.unwrap_or_else(|| panic!("promise {promise} is missing"));
        assert!(!tests(checks).is_empty() && !tests(faults).is_empty(), "promise {promise}");
    }
}
