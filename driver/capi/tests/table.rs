//! Keeps docs/conformance.md, docs/zircon.md and docs/magenta.md true.

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
