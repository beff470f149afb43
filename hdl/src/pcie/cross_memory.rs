//! A memory that one clock writes and another reads.
//!
//! Promises: `read_data` is the word at `read_address` when `read_enable` was last up; every word starts
//! as zero. Leaves to others that no word is read while it is written: `fifo` sees to that.

use rust_hdl::prelude::*;

/// `2^A` words in LUT RAM (attribute `ram_style`: Xilinx UG901, yosys).
#[derive(LogicBlock)]
pub struct CrossMemory<T: Synth, const A: usize> {
    /// Clock of the write port.
    pub write_clock: Signal<In, Clock>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// What to write there.
    pub write_data: Signal<In, T>,
    /// Writes in this clock.
    pub write_enable: Signal<In, Bit>,
    /// Clock of the read port.
    pub read_clock: Signal<In, Clock>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// Reads in this clock.
    pub read_enable: Signal<In, Bit>,
    /// The word read last, from the next clock on.
    pub read_data: Signal<Out, T>,
    _words: Vec<T>,
}

impl<T: Synth, const A: usize> Default for CrossMemory<T, A> {
    fn default() -> Self {
        Self {
            write_clock: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            write_enable: Default::default(),
            read_clock: Default::default(),
            read_address: Default::default(),
            read_enable: Default::default(),
            read_data: Default::default(),
            _words: vec![T::default(); 1 << A],
        }
    }
}

impl<T: Synth, const A: usize> Logic for CrossMemory<T, A> {
    fn update(&mut self) {
        if self.read_clock.pos_edge() && self.read_enable.val() {
            self.read_data.next = self._words[self.read_address.val().index()];
        }
        if self.write_clock.pos_edge() && self.write_enable.val() {
            self._words[self.write_address.val().index()] = self.write_data.val();
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let (width, high, last) = (T::BITS, T::BITS - 1, (1 << A) - 1);
        Verilog::Custom(format!(
            "\
(* ram_style = \"distributed\" *) reg [{high}:0] words [0:{last}];
integer word;
initial begin
   read_data = {width}'h0;
   for (word = 0; word <= {last}; word = word + 1) words[word] = {width}'h0;
end
always @(posedge write_clock) if (write_enable) words[write_address] <= write_data;
always @(posedge read_clock) if (read_enable) read_data <= words[read_address];
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![
            TimingInfo {
                name: "write".into(),
                clock: "write_clock".into(),
                inputs: ["write_address", "write_data", "write_enable"].map(Into::into).into(),
                outputs: vec![],
            },
            TimingInfo {
                name: "read".into(),
                clock: "read_clock".into(),
                inputs: ["read_address", "read_enable"].map(Into::into).into(),
                outputs: vec!["read_data".into()],
            },
        ]
    }
}
