//! The database of Project X-Ray, as far as frames need it: tiles, where they are in the frames, and which bits each
//! feature of a tile's type sets and clears.
//!
//! Files, below the family's folder: `FABRIC/tilegrid.json`; `segbits_TYPE.db`, `segbits_TYPE.block_ram.db` and `ppips_TYPE.db` in
//! small letters, read when a tile of the type is first met; `PART/package_pins.csv`; `PART/required_features.fasm` where a part
//! has one. Their format is described in Project X-Ray's documentation, "Database".

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::Deserialize;

use crate::Error;

/// Which part of the frames a tile's bits are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Block {
    /// Logic, routing, I/O and clocks.
    ClbIoClk,
    /// The contents of block RAMs.
    BlockRam,
}

/// One tile of the chip.
#[derive(Debug, Deserialize)]
pub(crate) struct Tile {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) bits: BTreeMap<Block, Area>,
    pub(crate) sites: BTreeMap<String, String>,
}

/// Where a tile's bits are.
#[derive(Debug, Deserialize)]
pub(crate) struct Area {
    #[serde(rename = "baseaddr", deserialize_with = "hexadecimal")]
    pub(crate) base: u32,
    pub(crate) frames: u32,
    /// The first word.
    pub(crate) offset: i64,
    /// The tile is a part of one of another type.
    pub(crate) alias: Option<Alias>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Alias {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sites: BTreeMap<String, String>,
    pub(crate) start_offset: i64,
}

fn hexadecimal<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.strip_prefix("0x").unwrap_or(&text);
    u32::from_str_radix(digits, 16).map_err(serde::de::Error::custom)
}

/// One bit of a feature, counted from the tile's own corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bit {
    pub(crate) frame: u32,
    /// From the tile's first word on.
    pub(crate) bit: i64,
    pub(crate) set: bool,
}

/// What is known of a type of tile.
#[derive(Debug, Default)]
pub(crate) struct Kind {
    /// By name, and by the bit's number for features that have several.
    features: HashMap<(String, Option<u32>), (Block, Vec<Bit>)>,
    /// Connections that are there without any bit.
    free: HashSet<String>,
}

impl Kind {
    /// The bits of a feature without its tile; none are set where it is free. `None`: no such feature.
    pub(crate) fn bits(&self, name: &str, number: Option<u32>) -> Option<Option<&(Block, Vec<Bit>)>> {
        if self.free.contains(name) {
            return Some(None);
        }
        // Features of one bit are written with [0] or without it, on either side.
        let plain = || self.features.get(&(name.to_owned(), None));
        let numbered = |number| self.features.get(&(name.to_owned(), Some(number)));
        match number {
            None | Some(0) => plain().or_else(|| numbered(0)),
            Some(number) => numbered(number),
        }
        .map(Some)
    }
}

/// The database of one part.
#[derive(Debug)]
pub struct Database {
    family: PathBuf,
    pub(crate) tiles: HashMap<String, Tile>,
    kinds: RefCell<HashMap<String, Rc<Kind>>>,
    /// The I/O bank of each tile with a pin.
    pub(crate) banks: BTreeMap<String, String>,
    pub(crate) required: String,
}

impl Database {
    /// The database of `part`, such as `xc7z020clg400-1`, whose chip is `fabric`, such as `xc7z020`, below the folder
    /// of its family, such as `database/zynq7`.
    pub fn open(family: &Path, fabric: &str, part: &str) -> Result<Self, Error> {
        let path = family.join(fabric).join("tilegrid.json");
        let text = read(&path)?;
        let tiles = serde_json::from_str(&text).map_err(|source| Error::Json { path, source })?;
        let required = optional(&family.join(part).join("required_features.fasm"))?.unwrap_or_default();
        let banks = banks(&family.join(part).join("package_pins.csv"))?;
        Ok(Database { family: family.to_owned(), tiles, kinds: RefCell::default(), banks, required })
    }

    /// What is known of a type of tile; empty for a type without any feature.
    pub(crate) fn kind(&self, name: &str) -> Result<Rc<Kind>, Error> {
        if let Some(kind) = self.kinds.borrow().get(name) {
            return Ok(kind.clone());
        }
        let mut kind = Kind::default();
        let small = name.to_lowercase();
        let prefix = format!("{name}.");
        for (block, ending) in [(Block::ClbIoClk, ""), (Block::BlockRam, ".block_ram")] {
            let path = self.family.join(format!("segbits_{small}{ending}.db"));
            for_lines(&path, |line| {
                let mut words = line.split_whitespace();
                let (name, number) = numbered(words.next()?.strip_prefix(&prefix)?)?;
                let bits = words.map(bit).collect::<Option<Vec<_>>>()?;
                // The first file wins, as in the reference converter.
                kind.features.entry((name, number)).or_insert((block, bits));
                Some(())
            })?;
        }
        for_lines(&self.family.join(format!("ppips_{small}.db")), |line| {
            let (name, _why) = line.split_once(' ')?;
            kind.free.insert(name.strip_prefix(&prefix)?.to_owned());
            Some(())
        })?;
        let kind = Rc::new(kind);
        self.kinds.borrow_mut().insert(name.to_owned(), kind.clone());
        Ok(kind)
    }
}

/// `NAME[07]` as its name and 7.
fn numbered(feature: &str) -> Option<(String, Option<u32>)> {
    match feature.split_once('[') {
        None => Some((feature.to_owned(), None)),
        Some((name, number)) => Some((name.to_owned(), Some(number.strip_suffix(']')?.parse().ok()?))),
    }
}

/// `!28_05`: in the frame 28 of the tile the bit 5, cleared.
fn bit(text: &str) -> Option<Bit> {
    let (text, set) = text.strip_prefix('!').map_or((text, true), |rest| (rest, false));
    let (frame, bit) = text.split_once('_')?;
    Some(Bit { frame: frame.parse().ok()?, bit: bit.parse().ok()?, set })
}

/// Gives every line of a file to `each`, which says whether it could be understood. A missing file has no lines.
fn for_lines(path: &Path, mut each: impl FnMut(&str) -> Option<()>) -> Result<(), Error> {
    for (number, line) in optional(path)?.unwrap_or_default().lines().enumerate() {
        if !line.trim().is_empty() && each(line.trim()).is_none() {
            let line = line.to_owned();
            return Err(Error::Database { path: path.to_owned(), line: number + 1, text: line });
        }
    }
    Ok(())
}

/// The columns `bank` and `tile` of package_pins.csv.
fn banks(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let text = read(path)?;
    let bad = |number: usize, text: &str| Error::Database {
        path: path.to_owned(),
        line: number,
        text: text.to_owned(),
    };
    let mut lines = text.lines().enumerate();
    let (_, head) = lines.next().ok_or_else(|| bad(1, ""))?;
    let column = |name: &str| head.split(',').position(|c| c.trim() == name).ok_or_else(|| bad(1, head));
    let (bank, tile) = (column("bank")?, column("tile")?);
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            let cells: Vec<&str> = line.split(',').collect();
            match (cells.get(tile), cells.get(bank)) {
                (Some(tile), Some(bank)) => Ok((tile.to_string(), bank.to_string())),
                _ => Err(bad(number + 1, line)),
            }
        })
        .collect()
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}

fn optional(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}
