//! Two flip-flops per line that bring an asynchronous pin into the clock's domain.
//!
//! Both carry ASYNC_REG, so that tools keep them together and do not retime them (Xilinx UG901,
//! "ASYNC_REG"; UG912). The first may go metastable, the second practically not.

use rust_hdl::prelude::*;

/// Clocks from the pin to `level`: a level sampled at tick T is seen at tick T + 2.
pub const LATENCY: u64 = 2;

/// The synchronisers of `LINES` pins.
#[derive(LogicBlock, Default)]
pub struct Synchroniser<const LINES: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The asynchronous pins.
    pub pins: Signal<In, Bits<LINES>>,
    /// Their levels, two clocks later.
    pub level: Signal<Out, Bits<LINES>>,
    /// A line's flip-flops hold different levels: a change is on its way.
    pub moving: Signal<Out, Bits<LINES>>,
    _first: Bits<LINES>,
    _second: Bits<LINES>,
}

impl<const LINES: usize> Logic for Synchroniser<LINES> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._second = self._first;
            self._first = self.pins.val();
        }
        self.level.next = self._second;
        self.moving.next = self._first ^ self._second;
    }

    fn connect(&mut self) {
        self.level.connect();
        self.moving.connect();
    }

    fn hdl(&self) -> Verilog {
        let high = LINES - 1;
        Verilog::Custom(format!(
            "\
(* ASYNC_REG = \"TRUE\" *) reg [{high}:0] first;
(* ASYNC_REG = \"TRUE\" *) reg [{high}:0] second;
initial begin
   first = {LINES}'h0;
   second = {LINES}'h0;
end
always @(posedge clock) begin
   first <= pins;
   second <= first;
end
always @(*) begin
   level = second;
   moving = first ^ second;
end
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "synchroniser".into(),
            clock: "clock".into(),
            inputs: vec!["pins".into()],
            outputs: vec!["level".into(), "moving".into()],
        }]
    }
}
