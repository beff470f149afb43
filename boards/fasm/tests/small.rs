//! Cases made by hand: a chip of a few tiles, with each rule of the conversion by itself.

use std::collections::BTreeSet;
use std::fs;

use portolan_fasm::frames::Place;
use portolan_fasm::{Database, Error, assemble};
use tempfile::TempDir;

/// Two logic tiles, two whole I/O tiles and the single one at the end of their bank, and one I/O tile of another bank.
const GRID: &str = r#"{
  "CLB_X0Y0": {"type": "CLB", "sites": {"SLICE_X0Y0": "SLICEL"},
    "bits": {"CLB_IO_CLK": {"baseaddr": "0x00000100", "frames": 4, "offset": 0, "words": 2}}},
  "BRAM_X0Y0": {"type": "BRAM", "sites": {}, "bits": {
    "CLB_IO_CLK": {"baseaddr": "0x00000200", "frames": 2, "offset": 10, "words": 10},
    "BLOCK_RAM": {"baseaddr": "0x00C00000", "frames": 3, "offset": 10, "words": 10}}},
  "LIOB33_X0Y1": {"type": "LIOB33", "sites": {"IOB_X0Y1": "IOB33S", "IOB_X0Y2": "IOB33M"},
    "bits": {"CLB_IO_CLK": {"baseaddr": "0x00000000", "frames": 2, "offset": 2, "words": 4}}},
  "LIOB33_X0Y3": {"type": "LIOB33", "sites": {"IOB_X0Y3": "IOB33S", "IOB_X0Y4": "IOB33M"},
    "bits": {"CLB_IO_CLK": {"baseaddr": "0x00000000", "frames": 2, "offset": 6, "words": 4}}},
  "LIOB33_SING_X0Y0": {"type": "LIOB33_SING", "sites": {"IOB_X0Y0": "IOB33"},
    "bits": {"CLB_IO_CLK": {"baseaddr": "0x00000000", "frames": 2, "offset": 0, "words": 2,
      "alias": {"type": "LIOB33", "sites": {"IOB33_Y0": "IOB33_Y0"}, "start_offset": 2}}}},
  "LIOB33_X0Y51": {"type": "LIOB33", "sites": {"IOB_X0Y51": "IOB33S", "IOB_X0Y52": "IOB33M"},
    "bits": {"CLB_IO_CLK": {"baseaddr": "0x00000080", "frames": 2, "offset": 2, "words": 4}}}
}"#;

const PINS: &str = "pin,bank,site,tile,pin_function\n\
    A1,34,IOB_X0Y1,LIOB33_X0Y1,IO\nA2,34,IOB_X0Y2,LIOB33_X0Y1,IO\nA3,34,IOB_X0Y3,LIOB33_X0Y3,IO\n\
    A4,34,IOB_X0Y0,LIOB33_SING_X0Y0,IO\nB1,35,IOB_X0Y51,LIOB33_X0Y51,IO\n";

fn database(required: Option<&str>) -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    fs::create_dir(folder.path().join("fabric")).unwrap();
    fs::create_dir(folder.path().join("part")).unwrap();
    write("fabric/tilegrid.json", GRID);
    write("part/package_pins.csv", PINS);
    write(
        "segbits_clb.db",
        "CLB.A 00_00 01_33\nCLB.B !01_33 02_05\nCLB.LUT.INIT[00] 03_00\nCLB.LUT.INIT[11] 03_11\n",
    );
    write("ppips_clb.db", "CLB.WIRE.FREE always\n");
    write("segbits_bram.db", "BRAM.MODE 00_07\n");
    write("segbits_bram.block_ram.db", "BRAM.INIT[0] 00_00\nBRAM.INIT[1] 02_319\n");
    // In the last bit of the upper half, and in the first one of the lower.
    write(
        "segbits_liob33.db",
        "LIOB33.IOB_Y0.X.STEPDOWN 01_127\nLIOB33.IOB_Y1.X.STEPDOWN 01_00\nLIOB33.IOB_Y0.IN 00_64\nLIOB33.IOB_Y1.IN 00_01\n",
    );
    if let Some(text) = required {
        write("part/required_features.fasm", text);
    }
    let database = Database::open(folder.path(), "fabric", "part").unwrap();
    (folder, database)
}

fn ones(fasm: &str) -> BTreeSet<Place> {
    assemble(&database(None).1, fasm).unwrap().ones()
}

#[test]
fn every_frame_of_the_chip_is_there_and_zero() {
    let frames = assemble(&database(None).1, "").unwrap();
    let addresses: Vec<u32> = frames.iter().map(|(address, _)| address).collect();
    let expected =
        [0, 1, 0x80, 0x81, 0x100, 0x101, 0x102, 0x103, 0x200, 0x201, 0xc0_0000, 0xc0_0001, 0xc0_0002];
    assert_eq!(addresses, expected);
    assert!(frames.ones().is_empty());
}

#[test]
fn a_features_bits_are_counted_from_its_tiles_corner() {
    assert_eq!(ones("CLB_X0Y0.A"), BTreeSet::from([(0x100, 0, 0), (0x101, 1, 1)]));
    assert_eq!(ones("BRAM_X0Y0.MODE"), BTreeSet::from([(0x200, 10, 7)]));
    assert_eq!(
        ones("BRAM_X0Y0.INIT[1:0] = 2'b11"),
        BTreeSet::from([(0xc0_0000, 10, 0), (0xc0_0002, 19, 31)])
    );
}

#[test]
fn numbers_of_bits_are_numbers_whatever_their_zeros() {
    assert_eq!(ones("CLB_X0Y0.LUT.INIT[11:0] = 12'h801"), BTreeSet::from([(0x103, 0, 0), (0x103, 0, 11)]));
    assert_eq!(ones("CLB_X0Y0.LUT.INIT[0]"), BTreeSet::from([(0x103, 0, 0)]));
    // One bit of a feature with brackets in the database, without them in the FASM.
    assert_eq!(ones("CLB_X0Y0.LUT.INIT"), BTreeSet::from([(0x103, 0, 0)]));
}

#[test]
fn a_connection_without_bits_is_known() {
    assert!(ones("CLB_X0Y0.WIRE.FREE").is_empty());
}

#[test]
fn what_must_be_zero_is_held_against_what_must_be_one() {
    assert_eq!(ones("CLB_X0Y0.B"), BTreeSet::from([(0x102, 0, 5)]));
    match assemble(&database(None).1, "CLB_X0Y0.B\n\nCLB_X0Y0.A\n") {
        Err(error @ Error::Conflict { frame: 0x101, word: 1, bit: 1, set: true, .. }) => {
            let text = error.to_string();
            assert!(text.starts_with("FASM line 3: `CLB_X0Y0.A`") && text.contains("FASM line 1"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    // The same bit twice the same is no conflict.
    assert_eq!(ones("CLB_X0Y0.A\nCLB_X0Y0.A"), ones("CLB_X0Y0.A"));
}

#[test]
fn a_tile_that_is_a_part_of_another_type_has_that_types_bits() {
    // Of the type's four words the single tile is the upper two.
    assert_eq!(ones("LIOB33_SING_X0Y0.IOB_Y0.IN"), BTreeSet::from([(0, 0, 0)]));
    // The other half's bits would be before its first word.
    match assemble(&database(None).1, "LIOB33_SING_X0Y0.IOB_Y1.IN") {
        Err(Error::UnknownFeature { .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bank_steps_down_as_a_whole_and_no_other_does() {
    // Y1 of the first tile says so and Y0 is used without saying it; the other tiles of the bank are unused.
    let fasm = "LIOB33_X0Y1.IOB_Y1.X.STEPDOWN\nLIOB33_X0Y1.IOB_Y0.IN\n";
    let second_tile = [(1, 6, 0), (1, 9, 31)];
    let expected = [(1, 2, 0), (0, 4, 0), (1, 1, 31)].into_iter().chain(second_tile);
    assert_eq!(ones(fasm), expected.collect());
}

#[test]
fn what_a_part_requires_is_added() {
    let (_folder, with) = database(Some("# always\nCLB_X0Y0.A\n"));
    assert_eq!(assemble(&with, "").unwrap().ones(), ones("CLB_X0Y0.A"));
    let (_folder, wrong) = database(Some("\nCLB_X0Y0.Z\n"));
    let text = assemble(&wrong, "").unwrap_err().to_string();
    assert!(text.starts_with("required_features.fasm line 2:"), "{text}");
}

#[test]
fn what_the_chip_does_not_have_is_named_with_its_line() {
    let error = |fasm| assemble(&database(None).1, fasm).unwrap_err().to_string();
    assert_eq!(error("\nCLB_X9Y9.A"), "FASM line 2: the chip has no tile `CLB_X9Y9`");
    assert!(error("CLB_X0Y0.LUT.INIT[5]").contains("`LUT.INIT[5]` of tile `CLB_X0Y0`, which is a CLB"));
}

#[test]
fn a_broken_database_is_named() {
    let (folder, database) = database(None);
    fs::write(folder.path().join("segbits_clb.db"), "CLB.A 00_00\nCLB.B 0x\n").unwrap();
    let text = assemble(&database, "CLB_X0Y0.A").unwrap_err().to_string();
    assert!(text.contains("segbits_clb.db line 2"), "{text}");
    fs::write(folder.path().join("fabric/tilegrid.json"), "[]").unwrap();
    assert!(matches!(Database::open(folder.path(), "fabric", "part"), Err(Error::Json { .. })));
    assert!(matches!(Database::open(folder.path(), "none", "part"), Err(Error::Read { .. })));
}
