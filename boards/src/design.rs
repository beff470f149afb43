//! What a board's bitstream is made from: every text that goes in, and a hash of all of it.

use std::path::{Path, PathBuf};

use portolan_board::{Board, Top};
use portolan_hdl::emit::{self, Size};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::chip::{self, Chip};
use crate::harness::Domain;
use portolan_packages::hex;

/// The modules' code decides about the frames as much as the tools do.
const OWN: [&str; 6] = [
    include_str!("flow.rs"),
    include_str!("bitstream.rs"),
    include_str!("../fasm/src/assemble.rs"),
    include_str!("../fasm/src/database.rs"),
    include_str!("../fasm/src/feature.rs"),
    include_str!("../fasm/src/frames.rs"),
];

/// How a design comes to stand on its chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// On a board, to a bitstream: with the board's constraints.
    Board {
        /// XDC.
        xdc: String,
    },
    /// In a timing harness, to a report.
    Harness {
        /// The top's clocks.
        clocks: Vec<Domain>,
    },
}

/// A design for a chip.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// What its files are called.
    pub name: String,
    /// The chip.
    pub chip: &'static Chip,
    /// Verilog files, by name.
    pub sources: Vec<(String, String)>,
    /// The top's module.
    pub top: String,
    /// Its parameters.
    pub parameters: Vec<(String, u32)>,
    /// Board or harness.
    pub way: Way,
    /// What its clocks are, in MHz.
    pub clock_mhz: f64,
    /// What place and route must reach, in MHz.
    pub least_mhz: f64,
    /// Of the placer.
    pub seed: u32,
}

impl Design {
    /// The design of a board, with the block that its description asks for.
    pub fn of(board: &Board) -> Result<Self, Error> {
        let chip = chip::find(&board.part).ok_or_else(|| Error::Board {
            board: board.id.into(),
            what: format!("no chip {}", board.part),
        })?;
        let size = Size::new(board.size.lines, board.size.ports)
            .map_err(|error| Error::Board { board: board.id.into(), what: error.to_string() })?;
        let rtl = |top: emit::Top| (format!("{}.v", top.name()), emit::verilog_at(top, size, board.clock_hz));
        let design = Design {
            name: board.id.into(),
            chip,
            sources: Vec::new(),
            top: String::new(),
            parameters: Vec::new(),
            way: Way::Board { xdc: board.xdc.into() },
            clock_mhz: f64::from(board.clock_hz) / 1e6,
            least_mhz: board.least_mhz(),
            seed: board.seed,
        };
        Ok(match board.top {
            Top::Zynq => Design {
                sources: [vec![rtl(emit::Top::Zynq)], wrapper("zynq", &["ps7.v", "zynq.v"])?].concat(),
                top: WRAPPER.into(),
                parameters: vec![("LINES".into(), board.size.lines), ("PORTS".into(), board.size.ports)],
                ..design
            },
            Top::Uart => Design {
                sources: [vec![rtl(emit::Top::Uart)], wrapper("uart", &["uart.v"])?].concat(),
                top: WRAPPER.into(),
                parameters: vec![("LINES".into(), board.size.lines)],
                ..design
            },
            Top::Pcie => Design {
                sources: vec![rtl(emit::Top::Pcie)],
                top: emit::Top::Pcie.name().into(),
                way: Way::Harness { clocks: clocks(emit::Top::Pcie) },
                ..design
            },
        })
    }

    /// A hash of everything that its bitstream depends on, the tools (`tools`, a name of their exact set) included.
    pub fn digest(&self, tools: &str) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text);
        };
        // Debug's text of all but the sources' own is short, and has every field.
        let Design { sources, .. } = self;
        part(&format!("{:?}", Design { sources: Vec::new(), ..self.clone() }));
        sources.iter().for_each(|(name, text)| {
            part(name);
            part(text);
        });
        part(tools);
        OWN.iter().for_each(|text| part(text));
        hex(hash.finalize())[..24].to_owned()
    }
}

/// The module that is around the block on a board.
const WRAPPER: &str = "portolan_board";

/// Files of a folder beside the boards': what is around the block on every board of one kind.
pub fn wrapper(folder: &str, files: &[&str]) -> Result<Vec<(String, String)>, Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let file = |name: &&str| {
        let path: PathBuf = folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(Error::io("cannot read", path))?;
        Ok(((*name).to_owned(), text))
    };
    files.iter().map(file).collect()
}

/// The clocks of a top, and the ports of each (hdl/src/pcie/top.rs; the AXI tops have one).
pub fn clocks(top: emit::Top) -> Vec<Domain> {
    let rest = |clock: &str| Domain { clock: clock.into(), ports: Vec::new() };
    match top {
        emit::Top::Axi | emit::Top::AxiRings | emit::Top::Zynq => vec![rest("s_axi_aclk")],
        emit::Top::Uart => vec![rest("clk")],
        emit::Top::Pcie => {
            let ports = ["core_reset", "lines", "idle", "post_credits"].map(String::from);
            vec![Domain { clock: "core_clk".into(), ports: ports.into() }, rest("user_clk")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_has_a_design_and_its_hash_moves_with_each_input() {
        for board in portolan_board::all() {
            let design = Design::of(board).unwrap();
            let same = design.digest("tools");
            assert_eq!(Design::of(board).unwrap().digest("tools"), same, "{}", board.id);
            let mut others = vec![design.digest("other tools")];
            let mut change = |change: fn(&mut Design)| {
                let mut changed = design.clone();
                change(&mut changed);
                others.push(changed.digest("tools"));
            };
            change(|design| design.sources[0].1.push(' '));
            change(|design| design.seed += 1);
            change(|design| design.least_mhz += 0.1);
            change(|design| design.way = Way::Board { xdc: "#".into() });
            assert!(!others.contains(&same), "{}", board.id);
        }
    }
}
