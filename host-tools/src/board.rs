//! `--board`: which board a command works on, and the one place where its name is read and the board opened.
//!
//! A kind of board is a variant of [`BoardSpec`], a row of [`FORMS`], and an arm each in its `FromStr`, its `Display`
//! and `open`.

use crate::failure::Failure;
use crate::simulator;
use clap::builder::{PossibleValue, TypedValueParser};
use portolan::device::{self, Device, OpenOptions};
use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A board, as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoardSpec {
    /// No board: ports and interrupts in software.
    None,
    /// The RTL's own Verilog, in this process.
    Simulated(Simulated),
    /// One outside this process, by the driver's name for it ([`device::open`]).
    Outside(String),
}

/// What a simulated board hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulated {
    /// AXI4-Lite; packets are pulled.
    Axi,
    /// AXI, with rings in memory.
    AxiRings,
    /// A PCIe root complex: registers, rings and interrupts by TLPs.
    Pcie,
}

/// The forms that a name may have, and what each means.
pub const FORMS: [(&str, &str); 8] = [
    ("sim:axi", "the simulated board on AXI4-Lite: the RTL's own Verilog, in this process; for short: sim"),
    ("sim:axi-rings", "the simulated board on AXI whose packets come by rings in memory"),
    ("sim:pcie", "the simulated board behind a PCIe root complex: registers, rings and interrupts by TLPs"),
    ("vfio:0000:01:00.0", "a PCIe card that vfio-pci has, by its address"),
    ("uio:0", "what UIO has as /dev/uio0; with rings in a u-dma-buf: uio:0,udmabuf0"),
    ("vfio-user:PATH", "a board behind a socket, as `portolan sim serve` has one"),
    (
        "uart:PATH",
        "a board on a serial line, as `portolan sim uart` puts one there; at another rate: uart:PATH@BAUD",
    ),
    ("none", "no board: ports and interrupts in software"),
];

/// Why a text names no board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardSpecError {
    /// No kind of board begins so.
    #[error("there is no board '{name}'; there are {}", forms())]
    Unknown {
        /// The text.
        name: String,
    },
}

/// The command line's `--board`, the same for every command.
#[derive(Clone, Debug, clap::Args)]
pub struct BoardArgs {
    /// Which board
    #[arg(long, value_name = "BOARD", default_value_t = BoardSpec::Simulated(Simulated::Axi), value_parser = BoardSpecParser)]
    pub board: BoardSpec,

    /// Use a card that VFIO has in no-IOMMU mode, in which it can write to any memory of this machine
    #[arg(long)]
    pub allow_noiommu: bool,
}

impl BoardArgs {
    /// Opens the device; `None` where there is no board. A simulated one has its pins low, and time that goes by only
    /// while somebody waits.
    pub fn open(&self) -> Result<Option<Arc<dyn Device>>, Failure> {
        self.board.open(OpenOptions { allow_noiommu: self.allow_noiommu })
    }
}

impl Simulated {
    /// Every one.
    pub const ALL: [Simulated; 3] = [Simulated::Axi, Simulated::AxiRings, Simulated::Pcie];

    /// What stands behind `sim:`.
    fn suffix(self) -> &'static str {
        match self {
            Simulated::Axi => "axi",
            Simulated::AxiRings => "axi-rings",
            Simulated::Pcie => "pcie",
        }
    }

    /// Whether it can write a waveform.
    pub fn can_trace(self) -> bool {
        self == Simulated::Axi
    }
}

impl BoardSpec {
    fn open(&self, options: OpenOptions) -> Result<Option<Arc<dyn Device>>, Failure> {
        match self {
            BoardSpec::None => Ok(None),
            BoardSpec::Simulated(top) => simulator::device(*top).map(Some),
            BoardSpec::Outside(name) => match device::open(name, options) {
                Ok(device) => Ok(Some(device)),
                Err(error) => Err(Failure::Run(error.into())),
            },
        }
    }

    /// Whether it can write a waveform.
    pub fn can_trace(&self) -> bool {
        matches!(self, BoardSpec::Simulated(top) if top.can_trace())
    }
}

impl FromStr for BoardSpec {
    type Err = BoardSpecError;

    fn from_str(name: &str) -> Result<BoardSpec, BoardSpecError> {
        let (kind, which) = match name.split_once(':') {
            Some((kind, which)) => (kind, Some(which)),
            None => (name, None),
        };
        let unknown = || BoardSpecError::Unknown { name: name.into() };
        match (kind, which) {
            ("none", None) => Ok(BoardSpec::None),
            ("sim", None) => Ok(BoardSpec::Simulated(Simulated::Axi)),
            ("sim", Some(which)) => {
                let top = Simulated::ALL.into_iter().find(|top| top.suffix() == which);
                top.map(BoardSpec::Simulated).ok_or_else(unknown)
            }
            ("vfio" | "vfio-user" | "uio" | "uart", Some(which)) if !which.is_empty() => {
                Ok(BoardSpec::Outside(name.into()))
            }
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for BoardSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BoardSpec::None => f.pad("none"),
            BoardSpec::Simulated(top) => f.pad(&format!("sim:{}", top.suffix())),
            BoardSpec::Outside(name) => f.pad(name),
        }
    }
}

/// The forms as a message lists them.
fn forms() -> String {
    FORMS.map(|(form, _)| form).join(", ")
}

/// Reads a [`BoardSpec`], and tells shells and `--help` which forms there are. What follows a colon may be anything, so
/// the forms are no closed list.
#[derive(Clone, Debug)]
struct BoardSpecParser;

impl TypedValueParser for BoardSpecParser {
    type Value = BoardSpec;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<BoardSpec, clap::Error> {
        // Clap makes a parser of any function, and its errors name the argument.
        (|name: &str| BoardSpec::from_str(name)).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |(form, help)| PossibleValue::new(form).help(help);
        Some(Box::new(FORMS.into_iter().map(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_its_board_and_another_name_tells_which_there_are() {
        for (form, _) in FORMS {
            assert_eq!(form.parse::<BoardSpec>().map(|board| board.to_string()), Ok(form.to_string()));
        }
        assert_eq!("sim".parse(), Ok(BoardSpec::Simulated(Simulated::Axi)));
        for wrong in [
            "",
            "axi",
            "sim:",
            "sim:usb",
            "SIM",
            "none:",
            "none:1",
            "vfio",
            "uio:",
            "vfio-user",
            "vfio-user:",
        ] {
            let error = wrong.parse::<BoardSpec>().unwrap_err().to_string();
            assert!(error.contains(&format!("'{wrong}'")), "{error}");
            assert!(FORMS.iter().all(|(form, _)| error.contains(form)), "{error}");
        }
    }

    #[test]
    fn without_a_board_there_is_nothing_to_open() {
        assert!(BoardSpec::None.open(OpenOptions::default()).is_ok_and(|device| device.is_none()));
    }
}
