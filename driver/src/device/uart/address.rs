//! Where a board on a serial line is: `PATH[@BAUD]`, behind `uart:` or not.

use std::fmt;
use std::str::FromStr;

use portolan_regs::uart::BAUD;

use super::UartError;

/// A serial port and its rate.
///
/// ```
/// use portolan::device::UartAddress;
/// let address: UartAddress = "uart:/dev/ttyUSB1@115200".parse()?;
/// assert_eq!((address.path.as_str(), address.baud), ("/dev/ttyUSB1", 115_200));
/// let address: UartAddress = "uart:/dev/ttyUSB1".parse()?;
/// assert_eq!(address.baud, 921_600);
/// # Ok::<(), portolan::device::UartError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UartAddress {
    /// The device file.
    pub path: String,
    /// Bits per second.
    pub baud: u32,
}

impl fmt::Display for UartAddress {
    /// The name by which messages call the device.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uart:{}", self.path)?;
        if self.baud == BAUD { Ok(()) } else { write!(f, "@{}", self.baud) }
    }
}

impl FromStr for UartAddress {
    type Err = UartError;

    fn from_str(name: &str) -> Result<UartAddress, UartError> {
        let wrong = || UartError::Name { name: name.to_owned() };
        let place = name.strip_prefix("uart:").unwrap_or(name);
        // A path may hold an @; a rate is digits behind the last one.
        let (path, baud) = match place.rsplit_once('@') {
            Some((path, rate)) => (path, rate.parse().ok().filter(|baud| *baud > 0).ok_or_else(wrong)?),
            None => (place, BAUD),
        };
        if path.is_empty() { Err(wrong()) } else { Ok(UartAddress { path: path.to_owned(), baud }) }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_as_it_was_and_a_wrong_one_is_told_with_an_example() {
        for name in ["uart:/dev/ttyUSB1", "uart:/dev/pts/3@12500000", "uart:/dev/by-id/a@b@115200"] {
            assert_eq!(name.parse::<UartAddress>().expect(name).to_string(), name);
        }
        for name in
            ["", "uart:", "uart:@115200", "uart:/dev/ttyUSB0@", "uart:/dev/ttyUSB0@fast", "uart:/dev/ttyS0@0"]
        {
            let error = name.parse::<UartAddress>().expect_err(name).to_string();
            assert!(error.contains("/dev/ttyUSB1@921600"), "{error}");
        }
    }
}
