//! The boards that Portolan is built for. Each is a folder of `boards/`, whose `board.toml` is read here, and whose
//! `board.xdc` places its ports.
//!
//! ```
//! let board = portolan_board::find("pynq-z2")?;
//! assert_eq!(board.lines.len(), 32);
//! # Ok::<(), portolan_board::Unknown>(())
//! ```
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use serde::Deserialize;

/// What surrounds the block on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Top {
    /// PS7 of a Zynq-7000: registers on M_AXI_GP0, rings on S_AXI_HP0.
    Zynq,
    /// Registers behind a UART.
    Uart,
    /// The logic beside a 7-series integrated block for PCI Express. What open tools cannot place, the transceiver and
    /// the block itself, is left out: there is a report, and no bitstream.
    Pcie,
}

/// How many lines and hardware ports a block has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Size {
    /// Lines.
    pub lines: u32,
    /// Hardware ports.
    pub ports: u32,
}

/// One board: `board.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Its folder, by which the tools call it.
    #[serde(skip)]
    pub id: &'static str,
    /// `board.xdc`.
    #[serde(skip)]
    pub xdc: &'static str,
    /// As its maker calls it.
    pub name: String,
    /// The part, as nextpnr calls it.
    pub part: String,
    /// What surrounds the block.
    pub top: Top,
    /// Of the block.
    pub size: Size,
    /// What the block's clock must be, in Hz; CAP_CLOCK tells the driver so.
    pub clock_hz: u32,
    /// By how much every clock must be faster, in per cent, for a build to succeed.
    pub spare_percent: f64,
    /// Of the placer.
    pub seed: u32,
    /// openFPGALoader's name of the board, if it has one.
    pub loader: Option<String>,
    /// Where each line's pin is, from line 0 on; lines behind these have none.
    pub lines: Vec<String>,
    /// Where the square wave for the self-test comes out.
    pub selftest: Option<String>,
}

impl Board {
    /// What every clock must reach, in MHz.
    pub fn least_mhz(&self) -> f64 {
        f64::from(self.clock_hz) / 1e6 * (1.0 + self.spare_percent / 100.0)
    }

    /// Whether open tools make a bitstream of it.
    pub fn has_bitstream(&self) -> bool {
        self.top != Top::Pcie
    }

    /// The package pin that `board.xdc` gives to a port of the top, such as `lines[3]`.
    pub fn pin(&self, port: &str) -> Option<&'static str> {
        self.xdc.lines().find_map(|line| {
            let (pin, of) = line.strip_prefix("set_property PACKAGE_PIN ")?.split_once(" [get_ports ")?;
            let named = of.trim_end().strip_suffix(']')?;
            (named.trim_matches(['{', '}']) == port).then_some(pin)
        })
    }

    /// The table of lines and pins for the board's README, in Markdown.
    pub fn pin_table(&self) -> String {
        let mut text = String::from("| line | where | package pin |\n|---:|---|---|\n");
        let named = |name: &str| self.pin(name).unwrap_or("?");
        for (line, place) in self.lines.iter().enumerate() {
            text += &format!("| {line} | {place} | {} |\n", named(&format!("lines[{line}]")));
        }
        if let Some(place) = &self.selftest {
            text += &format!("| self-test, out | {place} | {} |\n", named("selftest"));
        }
        text
    }
}

macro_rules! boards {
    ($($id:literal)+) => {
        /// Folder, `board.toml` and `board.xdc` of each.
        const FILES: &[(&str, &str, &str)] = &[$((
            $id,
            include_str!(concat!("../../", $id, "/board.toml")),
            include_str!(concat!("../../", $id, "/board.xdc")),
        )),+];
    };
}

boards! { "arty-a7-35t" "pynq-z2" "zybo-z7-10" "zybo-z7-20" "ebaz4205" "acorn-cle-215" }

static ALL: LazyLock<Vec<Board>> = LazyLock::new(|| {
    let board = |(id, text, xdc): &(&'static str, &str, &'static str)| {
        let mut board: Board =
            toml::from_str(text).unwrap_or_else(|error| panic!("boards/{id}/board.toml: {error}"));
        (board.id, board.xdc) = (id, xdc);
        board
    };
    FILES.iter().map(board).collect()
});

/// Every board.
pub fn all() -> &'static [Board] {
    &ALL
}

/// There is no board of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no board is called `{name}`; there are {}", names())]
pub struct Unknown {
    name: String,
}

fn names() -> String {
    all().iter().map(|board| board.id).collect::<Vec<_>>().join(", ")
}

/// The board of this folder.
pub fn find(id: &str) -> Result<&'static Board, Unknown> {
    all().iter().find(|board| board.id == id).ok_or_else(|| Unknown { name: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_has_a_pin_of_its_own() {
        for board in all().iter().filter(|board| board.has_bitstream()) {
            assert_eq!(board.lines.len(), board.size.lines as usize, "{}", board.id);
            let mut ports: Vec<String> =
                (0..board.lines.len()).map(|line| format!("lines[{line}]")).collect();
            ports.push("selftest".into());
            if board.top == Top::Uart {
                ports.extend(["clk", "resetn", "rx", "tx"].map(String::from));
            }
            let pins: BTreeSet<&str> = ports
                .iter()
                .map(|port| board.pin(port).unwrap_or_else(|| panic!("{}: {port}", board.id)))
                .collect();
            assert_eq!(pins.len(), ports.len(), "{}", board.id);
            assert_eq!(board.xdc.matches("PACKAGE_PIN").count(), pins.len(), "{}", board.id);
            assert_eq!(board.xdc.matches("PULLTYPE PULLDOWN").count(), board.lines.len(), "{}", board.id);
            assert_eq!(board.pin(&format!("lines[{}]", board.lines.len())), None);
        }
    }

    /// The name beside a pin in board.xdc is that of board.toml.
    #[test]
    fn the_constraints_say_where_each_pin_is_and_say_the_same() {
        for board in all() {
            for (line, place) in board.lines.iter().enumerate() {
                let start = format!(
                    "# {place}\nset_property PACKAGE_PIN {} [",
                    board.pin(&format!("lines[{line}]")).unwrap()
                );
                assert!(board.xdc.contains(&start), "{start}");
            }
        }
    }

    #[test]
    fn each_boards_readme_has_its_pins() {
        for board in all() {
            let path = format!("{}/../{}/README.md", env!("CARGO_MANIFEST_DIR"), board.id);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
            let table = board.pin_table();
            assert!(text.contains(&table), "{path} lacks this table:\n{table}");
            assert!(text.contains("has not run on hardware"), "{path}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_answered_with_those_that_are() {
        let text = find("pynq").unwrap_err().to_string();
        assert!(text.contains("`pynq`") && text.contains("pynq-z2, zybo-z7-10"), "{text}");
    }
}
