//! The frames of two designs that nextpnr placed, beside those that the reference converter, prjxray's fasm2frames, made of them.
//!
//! The database comes with the FPGA tools (`cargo run -p portolan-boards -- tools`); where they are not, this says SKIPPED.

use std::io::Read;
use std::path::{Path, PathBuf};

use portolan_fasm::{Database, Error, assemble};

/// The folder with the families, or `None` after saying why there is none.
fn database() -> Option<PathBuf> {
    let cache = std::env::var_os("PORTOLAN_CACHE")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache/portolan")));
    let newest = cache.into_iter().flat_map(|cache| std::fs::read_dir(cache).into_iter().flatten().flatten());
    let found = newest
        .map(|entry| entry.path().join("usr/share/prjxray/database"))
        .find(|path| path.is_dir() && !path.to_string_lossy().contains("tmp-"));
    if found.is_none() {
        let why = "no prjxray-database; type: cargo run -p portolan-boards -- tools";
        assert!(std::env::var_os("PORTOLAN_NO_SKIP").is_none_or(|v| v != "1"), "{why}");
        println!("SKIPPED: {why}");
    }
    found
}

fn unzip(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text
}

fn compare(name: &str, family: &str, fabric: &str, part: &str) {
    let Some(root) = database() else { return };
    let database = Database::open(&root.join(family), fabric, part).unwrap();
    let (fasm, golden) = (unzip(&format!("{name}.fasm.gz")), unzip(&format!("{name}.frames.gz")));
    let frames = assemble(&database, &fasm).unwrap().to_string();
    let differing = frames.lines().zip(golden.lines()).find(|(ours, theirs)| ours != theirs);
    assert!(
        frames == golden,
        "{} and {} lines; the first that differs: {differing:?}",
        frames.lines().count(),
        golden.lines().count()
    );

    // The same without one of its features is not the same.
    let line = fasm.lines().find(|line| line.contains(".OLOGIC_Y") || line.contains("INIT[")).unwrap();
    assert_ne!(assemble(&database, &fasm.replacen(line, "", 1)).unwrap().to_string(), golden, "{line}");
    // And one too many is found.
    let unknown = format!("{fasm}\n{}.NO_SUCH.FEATURE\n", line.split('.').next().unwrap());
    let at = unknown.lines().count();
    match assemble(&database, &unknown) {
        Err(Error::UnknownFeature { origin, .. }) => {
            assert_eq!(origin.to_string(), format!("FASM line {at}"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn frames_of_an_artix_design_are_the_reference_converters() {
    compare("arty", "artix7", "xc7a50t", "xc7a35tcsg324-1");
}

#[test]
fn frames_of_a_zynq_design_are_the_reference_converters() {
    compare("pynq", "zynq7", "xc7z020", "xc7z020clg400-1");
}
