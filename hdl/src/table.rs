//! A small memory that is read without a clock: a few values per port, in LUT RAM.
//!
//! Promises: `read_data` is the word at `read_address` now, so a word can be read, changed and written
//! back in one clock; every word starts as zero. For more than a handful of words, or many bits, use
//! `memory`, which synthesis can put into block RAM.

use rust_hdl::prelude::*;

/// `2^A` words in LUT RAM (attribute `ram_style`: Xilinx UG901, yosys).
#[derive(LogicBlock)]
pub struct Table<T: Synth, const A: usize> {
    /// Clock of the write port.
    pub clock: Signal<In, Clock>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// That word.
    pub read_data: Signal<Out, T>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// What to write there.
    pub write_data: Signal<In, T>,
    /// Writes in this clock.
    pub write_enable: Signal<In, Bit>,
    _words: Vec<T>,
}

impl<T: Synth, const A: usize> Default for Table<T, A> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            read_address: Default::default(),
            read_data: Default::default(),
            write_address: Default::default(),
            write_data: Default::default(),
            write_enable: Default::default(),
            _words: vec![T::default(); 1 << A],
        }
    }
}

impl<T: Synth, const A: usize> Logic for Table<T, A> {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.write_enable.val() {
            self._words[self.write_address.val().index()] = self.write_data.val();
        }
        self.read_data.next = self._words[self.read_address.val().index()];
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
initial for (word = 0; word <= {last}; word = word + 1) words[word] = {width}'h0;
always @(*) read_data = words[read_address];
always @(posedge clock) if (write_enable) words[write_address] <= write_data;
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "table".into(),
            clock: "clock".into(),
            inputs: ["write_address", "write_data", "write_enable"].map(Into::into).into(),
            outputs: vec![],
        }]
    }
}
