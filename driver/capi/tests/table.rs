//! Keeps docs/conformance.md, docs/zircon.md and docs/magenta.md true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use portolan_conformance::CASES;

/// Sections, and how many rules each has.
const SECTIONS: [(char, u32); 12] = [
    ('A', 17),
    ('B', 8),
    ('C', 6),
    ('D', 7),
    ('E', 12),
    ('F', 12),
    ('G', 7),
    ('H', 5),
    ('I', 32),
    ('J', 5),
    ('K', 4),
    ('L', 12),
];
const OUT_OF_SCOPE: [&str; 6] = ["A17", "E10", "I31", "I32", "L6", "L12"];

/// Where the rules end.
const PAGES: &str = "## Errors of the published pages";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn document(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).expect("the document is there")
}

/// The names between backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Every `#[test]` of the driver, by name.
fn tests() -> Vec<String> {
    fn visit(folder: &Path, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                visit(&path, names);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                for after in text.split("#[test]").skip(1) {
                    let name = after.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                    names.extend(name.map(|(name, _)| name.to_owned()));
                }
            }
        }
    }
    let mut names = Vec::new();
    visit(&root().join("driver"), &mut names);
    names
}

#[test]
fn every_rule_in_scope_names_tests_that_exist() {
    let text = document("conformance.md");
    let (rules, _) = text.split_once(PAGES).expect("the section");
    let mut rows = BTreeMap::new();
    for line in rules.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{line}");
        assert!(rows.insert(cells[1], cells[3]).is_none(), "{} has two rows", cells[1]);
    }
    let rules =
        SECTIONS.iter().flat_map(|(section, count)| (1..=*count).map(move |n| format!("{section}{n}")));
    let rules: Vec<_> = rules.collect();
    assert_eq!(rows.len(), rules.len(), "there are other rows than those of the rules");
    let (tests, mut problems) = (tests(), Vec::new());
    assert!(tests.len() > 100, "the tests are found");
    for rule in &rules {
        let Some(shown_by) = rows.get(rule.as_str()) else {
            problems.push(format!("{rule} has no row"));
            continue;
        };
        if OUT_OF_SCOPE.contains(&rule.as_str()) {
            if *shown_by != "out of scope" {
                problems.push(format!("{rule} should say: out of scope"));
            }
            continue;
        }
        let names = quoted(shown_by);
        if names.is_empty() {
            problems.push(format!("{rule} names no test"));
        }
        for name in names {
            let exists = CASES.iter().any(|case| case.name == name) || tests.iter().any(|test| test == name);
            if !exists {
                problems.push(format!("{rule}: there is no test {name}"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_error_of_the_pages_names_a_case_that_is_there() {
    let text = document("conformance.md");
    let (_, pages) = text.split_once(PAGES).expect("the section");
    let rows: Vec<_> = pages.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), 20, "the pages list so many");
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 5, "{row}");
        let names = quoted(cells[3]);
        assert!(!names.is_empty(), "{row}");
        assert!(names.iter().all(|name| CASES.iter().any(|case| case.name == *name)), "{row}");
    }
}

#[test]
fn every_case_is_named_by_a_rule_or_here() {
    // About calls that no rule is of.
    const OTHERS: [&str; 6] = [
        "a_channel_call_gets_the_reply_with_its_number",
        "info_says_how_many_records_there_are",
        "magentas_info_tells_of_handles_and_threads",
        "magentas_handles_come_back_when_a_write_fails",
        "magentas_channel_call_keeps_its_number_and_says_where_it_failed",
        "magentas_times_have_no_sign",
    ];
    let text = document("conformance.md");
    let named = quoted(&text);
    for case in CASES {
        assert!(named.contains(&case.name) || OTHERS.contains(&case.name), "{}", case.name);
    }
}

#[test]
fn the_documents_list_every_call_that_is_not_there() {
    let families =
        [("zircon.md", portolan_capi::absent::NAMES), ("magenta.md", portolan_capi::magenta::absent::NAMES)];
    for (name, absent) in families {
        let text = document(name);
        let (_, list) = text.split_once("## Calls that are not there").expect("the section");
        let list = list.split("\n## ").next().unwrap_or_default();
        let lines = list.lines().filter(|line| line.starts_with("- `"));
        let mut listed: Vec<_> = lines.flat_map(quoted).collect();
        let mut absent = absent.to_vec();
        listed.sort_unstable();
        absent.sort_unstable();
        assert_eq!(listed, absent, "{name}");
    }
}

/// Names of functions that Zircon's headers declare, second names apart.
fn declared() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for header in ["syscalls.h", "process.h", "status.h", "threads.h"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/zircon").join(header);
        let text = std::fs::read_to_string(path).expect("a header");
        for line in text.lines().filter(|line| !line.starts_with([' ', '/', '#', '}'])) {
            let line = line.trim_start_matches("__attribute__((__unused__)) ");
            let head = line.split_once('(').map_or("", |(head, _)| head);
            let name = head.rsplit([' ', '*']).next().unwrap_or_default();
            if ["zx_", "thrd_", "native_"].iter().any(|family| name.starts_with(family)) {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// What a row of names means: `_queue` after `zx_port_create` is `zx_port_queue`. Every name that each may mean.
fn meant(row: &str) -> Vec<Vec<String>> {
    let mut whole: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for name in quoted(row) {
        if name.starts_with('_') {
            let ends = whole.last().into_iter().flat_map(|last| {
                let cuts = last.match_indices('_').map(|(at, _)| at).chain([last.len()]);
                cuts.map(|at| format!("{}{name}", &last[..at]))
            });
            all.push(ends.collect());
        } else {
            whole.push(name);
            all.push(vec![name.to_owned()]);
        }
    }
    all
}

#[test]
fn the_documents_list_every_call_of_zircon_that_is_there() {
    let text = document("zircon.md");
    let (_, table) = text.split_once("## Calls that are there").expect("the section");
    let table = table.split("\n## ").next().unwrap_or_default();
    let there: BTreeSet<_> = declared()
        .into_iter()
        .filter(|name| !portolan_capi::absent::NAMES.contains(&name.as_str()))
        .collect();
    assert!(there.len() > 50, "{there:?}");
    let mut listed = BTreeSet::new();
    for names in table.lines().filter(|line| line.starts_with("| ")).flat_map(meant) {
        let of: Vec<_> = names.iter().filter(|name| there.contains(*name)).cloned().collect();
        assert_eq!(of.len(), 1, "{names:?}: one of them is meant, and there");
        assert!(listed.insert(of[0].clone()), "{} is listed twice", of[0]);
    }
    let missing: Vec<_> = there.difference(&listed).collect();
    assert!(missing.is_empty(), "declared and there, and not listed: {missing:?}");
}
