//! Every line's CONFIG, for those who look at one line at a time: the server and the register bus.
//!
//! The lines keep what they need in every clock themselves; this is the same, in memory. Bytes are
//! written one by one. A reset clears line by line, as the server walks.

use rust_hdl::prelude::*;

use crate::memory::LutRam;

/// CONFIG of `2^LW` lines.
#[derive(LogicBlock, Default)]
pub struct Settings<const LW: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Line to write.
    pub write_line: Signal<In, Bits<LW>>,
    /// Writes the mode byte.
    pub write_mode: Signal<In, Bit>,
    /// Writes the filter byte.
    pub write_filter: Signal<In, Bit>,
    /// What.
    pub write_data: Signal<In, Bits<16>>,
    /// FILTER of `write_line`; so it was one clock ago.
    pub write_line_filter: Signal<Out, Bits<8>>,
    /// Clears `clear_line` instead.
    pub clear: Signal<In, Bit>,
    /// Line to clear.
    pub clear_line: Signal<In, Bits<LW>>,
    /// Line that the server visits.
    pub serve_line: Signal<In, Bits<LW>>,
    /// Its mode byte, one clock later.
    pub serve_mode: Signal<Out, Bits<8>>,
    /// Its filter byte, one clock later.
    pub serve_filter: Signal<Out, Bits<8>>,
    /// Line that the bus reads.
    pub read_line: Signal<In, Bits<LW>>,
    /// Its two bytes, one clock later.
    pub read_data: Signal<Out, Bits<16>>,

    modes: LutRam<Bits<8>, LW>,
    filters: LutRam<Bits<8>, LW>,
    written_filters: LutRam<Bits<8>, LW>,
    read_modes: LutRam<Bits<8>, LW>,
    read_filters: LutRam<Bits<8>, LW>,
    line: Signal<Local, Bits<LW>>,
    mode: Signal<Local, Bits<8>>,
    filter: Signal<Local, Bits<8>>,
    high: Signal<Local, Bits<16>>,
}

impl<const LW: usize> Logic for Settings<LW> {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, modes, filters, written_filters, read_modes, read_filters);
        // Only the five bits that CONFIG's low byte has.
        self.line.next = self.write_line.val();
        self.mode.next = self.write_data.val().get_bits::<8>(0) & 0x1f;
        self.filter.next = self.write_data.val().get_bits::<8>(8);
        if self.clear.val() {
            self.line.next = self.clear_line.val();
            self.mode.next = 0.into();
            self.filter.next = 0.into();
        }
        self.modes.write_address.next = self.line.val();
        self.modes.write_data.next = self.mode.val();
        self.modes.write_enable.next = self.write_mode.val() | self.clear.val();
        self.modes.read_address.next = self.serve_line.val();
        self.serve_mode.next = self.modes.read_data.val();
        self.filters.write_address.next = self.line.val();
        self.filters.write_data.next = self.filter.val();
        self.filters.write_enable.next = self.write_filter.val() | self.clear.val();
        self.filters.read_address.next = self.serve_line.val();
        self.serve_filter.next = self.filters.read_data.val();
        self.written_filters.write_address.next = self.line.val();
        self.written_filters.write_data.next = self.filter.val();
        self.written_filters.write_enable.next = self.write_filter.val() | self.clear.val();
        self.written_filters.read_address.next = self.write_line.val();
        self.write_line_filter.next = self.written_filters.read_data.val();
        self.read_modes.write_address.next = self.line.val();
        self.read_modes.write_data.next = self.mode.val();
        self.read_modes.write_enable.next = self.write_mode.val() | self.clear.val();
        self.read_modes.read_address.next = self.read_line.val();
        self.read_filters.write_address.next = self.line.val();
        self.read_filters.write_data.next = self.filter.val();
        self.read_filters.write_enable.next = self.write_filter.val() | self.clear.val();
        self.read_filters.read_address.next = self.read_line.val();
        self.high.next = bit_cast::<16, 8>(self.read_filters.read_data.val());
        self.high.next = self.high.val() << 8;
        self.read_data.next = self.high.val() | bit_cast::<16, 8>(self.read_modes.read_data.val());
    }
}
