//! Puts the bits of every feature into frames.

use std::collections::{BTreeSet, HashMap};

use crate::database::{Area, Bit};
use crate::error::Origin;
use crate::feature::{self, Feature};
use crate::frames::Place;
use crate::{Database, Error, Frames};

/// The frames of the whole chip with everything that `fasm` switches on, and what its part requires.
///
/// Frames that nothing is switched on in are there, too, all zeros, so that loading them clears the chip.
pub fn assemble(database: &Database, fasm: &str) -> Result<Frames, Error> {
    let mut assembly = Assembly { database, bits: HashMap::new(), pads: BTreeSet::new(), steps: Vec::new() };
    for (index, line) in fasm.lines().enumerate() {
        if let Some(feature) = feature::parse(index + 1, line)? {
            assembly.add(Origin::Line(index + 1), &feature)?;
        }
    }
    for (index, line) in database.required.lines().enumerate() {
        if let Some(feature) = feature::parse(index + 1, line)? {
            assembly.add(Origin::Required(index + 1), &feature)?;
        }
    }
    assembly.step_banks_down()?;

    let mut frames = Frames::default();
    for area in database.tiles.values().flat_map(|tile| tile.bits.values()) {
        (0..area.frames).for_each(|frame| {
            frames.add(area.base + frame);
        });
    }
    for ((frame, word, bit), (set, _)) in assembly.bits {
        frames.add(frame)[word] |= u32::from(set) << bit;
    }
    Ok(frames)
}

struct Assembly<'a> {
    database: &'a Database,
    /// What is wanted of each bit, and who wanted it first. Bits that must be zero are there to be held against.
    bits: HashMap<Place, (bool, Origin)>,
    /// I/O sites that are used: tile and site.
    pads: BTreeSet<(String, String)>,
    /// I/O tiles with a site that steps down, and the feature behind the site that says so.
    steps: Vec<(String, String)>,
}

impl Assembly<'_> {
    fn add(&mut self, origin: Origin, feature: &Feature) -> Result<(), Error> {
        let Feature { tile, name, bits } = feature;
        if tile.contains("IOB33")
            && let Some((site, tag)) = name.split_once('.')
        {
            self.pads.insert(((*tile).to_owned(), site.to_owned()));
            if tag.contains("STEPDOWN") {
                self.steps.push(((*tile).to_owned(), tag.to_owned()));
            }
        }
        bits.iter().try_for_each(|number| self.set(origin, tile, name, *number))
    }

    fn set(&mut self, origin: Origin, tile: &str, name: &str, number: Option<u32>) -> Result<(), Error> {
        let database = self.database;
        let Some(found) = database.tiles.get(tile) else {
            return Err(Error::UnknownTile { origin, tile: tile.to_owned() });
        };
        let unknown = || Error::UnknownFeature {
            origin,
            tile: tile.to_owned(),
            kind: found.kind.clone(),
            feature: number.map_or_else(|| name.to_owned(), |number| format!("{name}[{number}]")),
        };
        // What has no bits in its own type has none, whatever the type is that it is a part of.
        if let Some(None) = database.kind(&found.kind)?.bits(name, number) {
            return Ok(());
        }
        let alias = found.bits.values().find_map(|area| area.alias.as_ref());
        let (kind, name) = match alias {
            None => (database.kind(&found.kind)?, name.to_owned()),
            Some(alias) => {
                let (site, rest) = name.split_once('.').unwrap_or((name, ""));
                let site = alias.sites.get(site).map_or(site, String::as_str);
                let name = if rest.is_empty() { site.to_owned() } else { format!("{site}.{rest}") };
                (database.kind(&alias.kind)?, name)
            }
        };
        match kind.bits(&name, number) {
            None => Err(unknown()),
            Some(None) => Ok(()),
            Some(Some((block, bits))) => {
                let area = found.bits.get(block).ok_or_else(unknown)?;
                bits.iter().try_for_each(|bit| self.bit(origin, tile, &name, area, *bit))
            }
        }
    }

    fn bit(&mut self, origin: Origin, tile: &str, name: &str, area: &Area, bit: Bit) -> Result<(), Error> {
        // An alias may begin before its own words.
        let first = area.offset - area.alias.as_ref().map_or(0, |alias| alias.start_offset);
        let position = first * 32 + bit.bit;
        let (frame, word, index) =
            (area.base + bit.frame, usize::try_from(position / 32).unwrap_or(usize::MAX), position % 32);
        if position < 0 || word >= crate::frames::WORDS {
            let feature = name.to_owned();
            return Err(Error::UnknownFeature {
                origin,
                tile: tile.to_owned(),
                kind: "part of a tile".into(),
                feature,
            });
        }
        let place = (frame, word, index as u32);
        let (set, other) = *self.bits.entry(place).or_insert((bit.set, origin));
        if set == bit.set {
            return Ok(());
        }
        Err(Error::Conflict {
            origin,
            feature: format!("{tile}.{name}"),
            other,
            frame,
            word,
            bit: place.2,
            set: bit.set,
        })
    }

    /// Where one pad of an I/O bank steps its voltage down, all of them do, the unused ones as well.
    fn step_banks_down(&mut self) -> Result<(), Error> {
        let database = self.database;
        let bank = |tile: &String| database.banks.get(tile);
        let banks: BTreeSet<&String> = self.steps.iter().filter_map(|(tile, _)| bank(tile)).collect();
        let tags: BTreeSet<String> = self.steps.iter().map(|(_, tag)| tag.clone()).collect();
        for tile in database.banks.iter().filter(|(_, bank)| banks.contains(bank)).map(|(tile, _)| tile) {
            let Some(found) = database.tiles.get(tile) else { continue };
            // Sites are numbered through the whole chip, and called by their parity within a tile.
            let parities =
                found.sites.keys().filter_map(|site| site.chars().last()?.to_digit(10)).map(|n| n % 2);
            for site in parities.map(|parity| format!("IOB_Y{parity}")) {
                if self.pads.contains(&(tile.clone(), site.clone())) {
                    continue;
                }
                for tag in &tags {
                    self.set(Origin::Bank, tile, &format!("{site}.{tag}"), None)?;
                }
            }
        }
        Ok(())
    }
}
