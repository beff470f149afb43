//! What crosses between the PCIe clock and the core clock.

use rust_hdl::prelude::*;

/// Towards the core: a beat of a received TLP, or what configuration space says now.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Received {
    /// Two doublewords, the first one low; or the settings.
    pub data: Bits<64>,
    /// The upper doubleword is there.
    pub both: Bit,
    /// Last beat of its TLP.
    pub last: Bit,
    /// The TLP hits BAR 0.
    pub hit: Bit,
    /// `data` holds settings (`SETTINGS_PAYLOAD`); no beat.
    pub settings: Bit,
}

/// Towards PCIe: a beat of a TLP to send, or a report to the integrated block.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct Sent {
    /// Two doublewords, the first one low; or, of a report, what the completion that it asks for copies from
    /// the request, as `cfg_err_tlp_cpl_header`.
    pub data: Bits<64>,
    /// The upper doubleword is there.
    pub both: Bit,
    /// Last beat of its TLP.
    pub last: Bit,
    /// A report; no beat.
    pub report: Bit,
    /// Report: an unsupported request.
    pub unsupported: Bit,
    /// Report: it was posted, so it gets no completion.
    pub posted: Bit,
    /// Report: it was locked.
    pub locked: Bit,
    /// Report: a completion that nobody asked for.
    pub unexpected: Bit,
    /// Report: a malformed TLP.
    pub malformed: Bit,
}

/// Settings: the lowest of the bits that are Max_Payload_Size as Device Control codes it, above the sixteen
/// of the ID.
pub const SETTINGS_PAYLOAD: usize = 16;
/// Settings: how many bits there are.
pub const SETTINGS_BITS: usize = 19;
