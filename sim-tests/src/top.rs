//! What a simulated block hangs on: the tops of the RTL that a driver can open, and their names.

use std::fmt;
use std::str::FromStr;

/// A top of the RTL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Top {
    /// Registers on AXI4-Lite, a level interrupt.
    #[default]
    Axi,
    /// The same, and rings in the host's memory.
    AxiRings,
    /// Registers by TLPs, rings in the host's memory, MSI-X messages.
    Pcie,
}

/// A name that is none of a [`Top`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no simulated board '{name}'; there are sim:axi (for short: sim), sim:axi-rings and sim:pcie"
)]
pub struct UnknownTop {
    /// The name.
    pub name: String,
}

impl Top {
    /// Every top.
    pub const ALL: [Top; 3] = [Top::Axi, Top::AxiRings, Top::Pcie];

    /// By what messages and command lines call the board.
    pub const fn name(self) -> &'static str {
        match self {
            Top::Axi => "sim:axi",
            Top::AxiRings => "sim:axi-rings",
            Top::Pcie => "sim:pcie",
        }
    }

    /// Whether a board can write a waveform: a model that can is slower, and there is one of this top alone.
    pub const fn can_trace(self) -> bool {
        matches!(self, Top::Axi)
    }
}

impl fmt::Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Top {
    type Err = UnknownTop;

    /// From the name; `sim` is short for `sim:axi`.
    fn from_str(name: &str) -> Result<Top, UnknownTop> {
        let named =
            Top::ALL.into_iter().find(|top| top.name() == name || (*top == Top::Axi && name == "sim"));
        named.ok_or_else(|| UnknownTop { name: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_its_top_and_another_name_tells_which_there_are() {
        for top in Top::ALL {
            assert_eq!(top.to_string().parse(), Ok(top));
        }
        assert_eq!("sim".parse(), Ok(Top::Axi));
        for wrong in ["", "axi", "sim:", "sim:usb", "SIM", "none"] {
            let error = wrong.parse::<Top>().unwrap_err().to_string();
            assert!(Top::ALL.iter().all(|top| error.contains(top.name())), "{error}");
        }
    }
}
