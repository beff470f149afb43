//! A simple dual-port memory: one synchronous write port, one synchronous read port.
//!
//! Promises: `read_data` is the word at `read_address` one clock earlier, as it was before a write
//! of that clock; every word starts as zero. RustHDL's own RAM gives neither an initial value nor a
//! word on which kind of memory it becomes; this one does both, and a test checks what synthesis
//! made of it.

use rust_hdl::prelude::*;

/// `2^A` words; in block RAM if `BLOCK`, else in LUT RAM (attribute `ram_style`: Xilinx UG901, yosys).
#[derive(LogicBlock)]
pub struct Memory<T: Synth, const A: usize, const BLOCK: bool> {
    /// Clock of both ports.
    pub clock: Signal<In, Clock>,
    /// Word to read.
    pub read_address: Signal<In, Bits<A>>,
    /// That word, one clock later.
    pub read_data: Signal<Out, T>,
    /// Word to write.
    pub write_address: Signal<In, Bits<A>>,
    /// What to write there.
    pub write_data: Signal<In, T>,
    /// Writes in this clock.
    pub write_enable: Signal<In, Bit>,
    _words: Vec<T>,
}

/// A memory in block RAM.
pub type BlockRam<T, const A: usize> = Memory<T, A, true>;
/// A memory in LUT RAM.
pub type LutRam<T, const A: usize> = Memory<T, A, false>;

impl<T: Synth, const A: usize, const BLOCK: bool> Default for Memory<T, A, BLOCK> {
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

impl<T: Synth, const A: usize, const BLOCK: bool> Logic for Memory<T, A, BLOCK> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self.read_data.next = self._words[self.read_address.val().index()];
            if self.write_enable.val() {
                self._words[self.write_address.val().index()] = self.write_data.val();
            }
        }
    }

    fn connect(&mut self) {
        self.read_data.connect();
    }

    fn hdl(&self) -> Verilog {
        let style = if BLOCK { "block" } else { "distributed" };
        let (width, high, last) = (T::BITS, T::BITS - 1, (1 << A) - 1);
        Verilog::Custom(format!(
            "\
(* ram_style = \"{style}\" *) reg [{high}:0] words [0:{last}];
integer word;
initial begin
   read_data = {width}'h0;
   for (word = 0; word <= {last}; word = word + 1) words[word] = {width}'h0;
end
always @(posedge clock) begin
   read_data <= words[read_address];
   if (write_enable) words[write_address] <= write_data;
end
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "memory".into(),
            clock: "clock".into(),
            inputs: ["read_address", "write_address", "write_data", "write_enable"].map(Into::into).into(),
            outputs: vec!["read_data".into()],
        }]
    }
}
