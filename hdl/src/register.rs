//! Flip-flops with enables, which RustHDL's DFF has not: synthesis uses the flip-flops' own enables,
//! and a simulator passes over what is not enabled.

use rust_hdl::prelude::*;

/// A register that keeps its value in a clock without `enable`; it starts as zero.
#[derive(LogicBlock, Default)]
pub struct Register<T: Synth> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Takes `d`.
    pub enable: Signal<In, Bit>,
    /// The next value.
    pub d: Signal<In, T>,
    /// The value.
    pub q: Signal<Out, T>,
    _value: T,
}

impl<T: Synth> Logic for Register<T> {
    fn update(&mut self) {
        if self.clock.pos_edge() && self.enable.val() {
            self._value = self.d.val();
        }
        self.q.next = self._value;
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!("initial q = {}'h0;\nalways @(posedge clock) if (enable) q <= d;\n", T::BITS))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "register".into(),
            clock: "clock".into(),
            inputs: ["enable", "d"].map(Into::into).into(),
            outputs: vec!["q".into()],
        }]
    }
}

/// `N` flip-flops with an enable each, that take the same bit; all start as zero.
#[derive(LogicBlock, Default)]
pub struct Flags<const N: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Clears all.
    pub reset: Signal<In, Bit>,
    /// Those that take `d`.
    pub enable: Signal<In, Bits<N>>,
    /// Their next value.
    pub d: Signal<In, Bit>,
    /// The values.
    pub q: Signal<Out, Bits<N>>,
    _values: Bits<N>,
}

impl<const N: usize> Logic for Flags<N> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._values = self._values & !self.enable.val();
            if self.d.val() {
                self._values = self._values | self.enable.val();
            }
            if self.reset.val() {
                self._values = 0.into();
            }
        }
        self.q.next = self._values;
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(format!(
            "\
integer flag;
initial q = {N}'h0;
always @(posedge clock) begin
   for (flag = 0; flag < {N}; flag = flag + 1) if (enable[flag]) q[flag] <= d;
   if (reset) q <= {N}'h0;
end
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "flags".into(),
            clock: "clock".into(),
            inputs: ["reset", "enable", "d"].map(Into::into).into(),
            outputs: vec!["q".into()],
        }]
    }
}
