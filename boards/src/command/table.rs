//! `portolan-boards table`: the README's table of boards, from the reports of the last builds.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use portolan_boards::outcome::{Outcome, table as rows};

/// What the table is made from: the outcome of every board that was built, committed beside the boards.
const FIGURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/figures.json");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
const BUILDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bitstreams");
/// Around the table in the README.
const MARKS: [&str; 2] = ["<!-- boards -->\n", "<!-- /boards -->\n"];

/// Takes the reports of all boards that were built over into figures.json, and from there into the README.
pub fn table() -> Result<()> {
    let mut figures = figures()?;
    for board in portolan_board::all() {
        let path = Path::new(BUILDS).join(board.id).join("report.json");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let outcome: Outcome =
            serde_json::from_str(&text).with_context(|| format!("{} is no report", path.display()))?;
        figures.retain(|old| old.board != outcome.board);
        figures.push(outcome);
    }
    let place = |outcome: &Outcome| portolan_board::all().iter().position(|board| board.id == outcome.board);
    figures.retain(|outcome| place(outcome).is_some());
    figures.sort_by_key(place);
    // The slowest path and the times differ from build to build and from machine to machine.
    figures.iter_mut().for_each(|outcome| {
        outcome.routed.slowest.clear();
        outcome.seconds.clear();
    });
    write(FIGURES, &(serde_json::to_string_pretty(&figures)? + "\n"))?;
    let readme = fs::read_to_string(README).context("cannot read README.md")?;
    write(README, &with_table(&readme, &rows(&figures))?)?;
    print!("{}", rows(&figures));
    Ok(())
}

fn figures() -> Result<Vec<Outcome>> {
    match fs::read_to_string(FIGURES) {
        Ok(text) => Ok(serde_json::from_str(&text).context("boards/figures.json")?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error).context("cannot read boards/figures.json"),
    }
}

fn write(path: &str, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {path}"))
}

/// The README with this table between its marks.
fn with_table(readme: &str, table: &str) -> Result<String> {
    let [begin, end] = MARKS;
    let (before, rest) = readme.split_once(begin).context("README.md has no mark where the table begins")?;
    let (_, after) = rest.split_once(end).context("README.md has no mark where the table ends")?;
    Ok(format!("{before}{begin}{table}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_table_of_figures_json() {
        let readme = fs::read_to_string(README).unwrap();
        let expected = with_table(&readme, &rows(&figures().unwrap())).unwrap();
        assert!(readme == expected, "type: cargo run -p portolan-boards -- table");
    }

    #[test]
    fn a_table_replaces_what_was_between_the_marks() {
        let [begin, end] = MARKS;
        let readme = format!("a\n{begin}old\n{end}b\n");
        assert_eq!(with_table(&readme, "new\n").unwrap(), format!("a\n{begin}new\n{end}b\n"));
        assert!(with_table("a", "b").is_err());
    }
}
