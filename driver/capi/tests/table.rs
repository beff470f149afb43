//! Keeps docs/conformance.md and docs/zircon.md true.

use std::collections::BTreeMap;
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
/// Magenta.
const NOT_YET: [&str; 11] = ["G7", "L1", "L2", "L3", "L4", "L5", "L7", "L8", "L9", "L10", "L11"];

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
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule")) {
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
        let excused = match (OUT_OF_SCOPE.contains(&rule.as_str()), NOT_YET.contains(&rule.as_str())) {
            (true, _) => Some("out of scope"),
            (_, true) => Some("not yet"),
            _ => None,
        };
        match excused {
            Some(excuse) if *shown_by == excuse => continue,
            Some(excuse) => problems.push(format!("{rule} should say: {excuse}")),
            None => {}
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
fn every_case_is_named_by_a_rule_or_here() {
    // About calls that no rule is of.
    const OTHERS: [&str; 2] =
        ["a_channel_call_gets_the_reply_with_its_number", "info_says_how_many_records_there_are"];
    let text = document("conformance.md");
    let named = quoted(&text);
    for case in CASES {
        assert!(named.contains(&case.name) || OTHERS.contains(&case.name), "{}", case.name);
    }
}

#[test]
fn the_document_lists_every_call_that_is_not_there() {
    let text = document("zircon.md");
    let (_, list) = text.split_once("## Calls that are not there").expect("the section");
    let list = list.split("\n## ").next().unwrap_or_default();
    let mut listed: Vec<_> = quoted(list).into_iter().filter(|name| name.starts_with("zx_")).collect();
    let mut absent = portolan_capi::absent::NAMES.to_vec();
    listed.sort_unstable();
    absent.sort_unstable();
    assert_eq!(listed, absent);
}
