//! Two flip-flops that bring an asynchronous pin into the clock's domain.
//!
//! Both carry ASYNC_REG, so that tools keep them together and do not retime them (Xilinx UG901,
//! "ASYNC_REG"; UG912). The first may go metastable, the second practically not.

use rust_hdl::prelude::*;

/// Clocks from the pin to `level`: a level sampled at tick T is seen at tick T + 2.
pub const LATENCY: u64 = 2;

/// One pin's synchroniser.
#[derive(LogicBlock, Default)]
pub struct Synchroniser {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// The asynchronous pin.
    pub pin: Signal<In, Bit>,
    /// Its level, two clocks later.
    pub level: Signal<Out, Bit>,
    /// The flip-flops hold different levels: a change is on its way.
    pub moving: Signal<Out, Bit>,
    _first: bool,
    _second: bool,
}

impl Logic for Synchroniser {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._second = self._first;
            self._first = self.pin.val();
        }
        self.level.next = self._second;
        self.moving.next = self._first != self._second;
    }

    fn connect(&mut self) {
        self.level.connect();
        self.moving.connect();
    }

    fn hdl(&self) -> Verilog {
        Verilog::Custom(
            "\
(* ASYNC_REG = \"TRUE\" *) reg first;
(* ASYNC_REG = \"TRUE\" *) reg second;
initial begin
   first = 1'b0;
   second = 1'b0;
end
always @(posedge clock) begin
   first <= pin;
   second <= first;
end
always @(*) begin
   level = second;
   moving = first != second;
end
"
            .into(),
        )
    }

    fn timing(&self) -> Vec<TimingInfo> {
        vec![TimingInfo {
            name: "synchroniser".into(),
            clock: "clock".into(),
            inputs: vec!["pin".into()],
            outputs: vec!["level".into(), "moving".into()],
        }]
    }
}
