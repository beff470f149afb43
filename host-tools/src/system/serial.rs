//! Boards on serial lines, which only an answer tells from other things.

use portolan::device::{UartAddress, UartError, probe_uart, uart_ports};
use portolan_regs::uart::BAUD;

/// A serial line on which a board is, or was said to be.
pub(super) struct Line {
    /// Which.
    pub(super) address: UartAddress,
    /// Why the board there cannot be opened.
    pub(super) missing: Option<UartError>,
}

/// Asks at these lines, and with `usb` at every serial port on USB: of those, the ones that answer. Ports there at which nobody
/// could be asked are told on stderr.
pub(super) fn ask(named: &[UartAddress], usb: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = named
        .iter()
        .map(|address| Line { address: address.clone(), missing: probe_uart(address.clone()).err() })
        .collect();
    let ports = if usb { uart_ports() } else { Vec::new() };
    for path in ports.into_iter().filter(|path| named.iter().all(|address| address.path != *path)) {
        let address = UartAddress { path, baud: BAUD };
        match probe_uart(address.clone()) {
            Err(UartError::Silent { .. }) => {}
            Ok(()) => lines.push(Line { address, missing: None }),
            Err(error @ UartError::Version { .. }) => lines.push(Line { address, missing: Some(error) }),
            Err(error) => anstream::eprintln!("{error}"),
        }
    }
    lines
}
