//! Banks: one register or counter per line (or port), driven by words with a bit for each.
//!
//! RustHDL's DFF has no enable, and a sub-block per line costs a simulator time even when nothing
//! happens. So these are leaves with a Verilog text of their own, beside the Rust that says the same;
//! lock-step compares them. The tests of whole words (`if (|enable)`) cost no logic where they are, since
//! each bit implies its test, but let a simulator pass over a bank where nothing is enabled.

use std::fmt::Write;

use rust_hdl::prelude::*;

/// A line of Verilog for each of `n`, with `#` replaced by its number. A word of one bit is a scalar,
/// and Verilog has no `[0]` of that.
fn each(n: usize, line: &str) -> String {
    let line = if n == 1 { line.replace("[#]", "") } else { line.to_string() };
    (0..n).fold(String::new(), |mut text, i| {
        let _ = writeln!(text, "{}", line.replace('#', &i.to_string()));
        text
    })
}

/// What the derived traits of a leaf need to know about its timing.
fn clocked(name: &str, inputs: &[&str], output: &str) -> Vec<TimingInfo> {
    vec![TimingInfo {
        name: name.into(),
        clock: "clock".into(),
        inputs: inputs.iter().map(|input| input.to_string()).collect(),
        outputs: vec![output.into()],
    }]
}

/// `N` flip-flops with an enable each; all start as zero.
#[derive(LogicBlock, Default)]
pub struct Flags<const N: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Those that take their bit of `d`.
    pub enable: Signal<In, Bits<N>>,
    /// The next values.
    pub d: Signal<In, Bits<N>>,
    /// The values.
    pub q: Signal<Out, Bits<N>>,
    _values: Bits<N>,
}

impl<const N: usize> Logic for Flags<N> {
    fn update(&mut self) {
        if self.clock.pos_edge() {
            self._values = (self._values & !self.enable.val()) | (self.d.val() & self.enable.val());
        }
        self.q.next = self._values;
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let take = each(N, "   if (enable[#]) q[#] <= d[#];");
        Verilog::Custom(format!(
            "initial q = {N}'h0;\nalways @(posedge clock) if (|enable) begin\n{take}end\n"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        clocked("flags", &["enable", "d"], "q")
    }
}

/// `N` registers of `W` bits with an enable each, which all take the same value, and a multiplexer. All
/// start as zero.
#[derive(LogicBlock)]
pub struct Bank<const N: usize, const W: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Those that take `d`.
    pub enable: Signal<In, Bits<N>>,
    /// The next value.
    pub d: Signal<In, Bits<W>>,
    /// Shows one.
    pub show: Signal<In, Bit>,
    /// Which, one-hot.
    pub select: Signal<In, Bits<N>>,
    /// Its value; zero if none is shown.
    pub q: Signal<Out, Bits<W>>,
    _values: Vec<Bits<W>>,
}

impl<const N: usize, const W: usize> Default for Bank<N, W> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            enable: Default::default(),
            d: Default::default(),
            show: Default::default(),
            select: Default::default(),
            q: Default::default(),
            _values: vec![0.into(); N],
        }
    }
}

impl<const N: usize, const W: usize> Logic for Bank<N, W> {
    fn update(&mut self) {
        let clocked = self.clock.pos_edge();
        self.q.next = 0.into();
        for (i, value) in self._values.iter_mut().enumerate() {
            if clocked && self.enable.val().get_bit(i) {
                *value = self.d.val();
            }
            if self.show.val() && self.select.val().get_bit(i) {
                self.q.next = self.q.val() | *value;
            }
        }
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    fn hdl(&self) -> Verilog {
        let values = each(N, &format!("reg [{}:0] value_#;\ninitial value_# = {W}'h0;", W - 1));
        let take = each(N, "   if (enable[#]) value_# <= d;");
        let show = each(N, "      if (select[#]) q = q | value_#;");
        Verilog::Custom(format!(
            "\
{values}always @(posedge clock) if (|enable) begin
{take}end
always @(*) begin
   q = {W}'h0;
   if (show) begin
{show}   end
end
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        clocked("bank", &["enable", "d"], "q")
    }
}

/// `N` counters of `W` bits, and a multiplexer. They wrap, and start as zero.
#[derive(LogicBlock)]
pub struct Counters<const N: usize, const W: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Those that count one.
    pub step: Signal<In, Bits<N>>,
    /// Those that start again at zero, whatever they would count now.
    pub clear: Signal<In, Bits<N>>,
    /// Shows one.
    pub show: Signal<In, Bit>,
    /// Which, one-hot.
    pub select: Signal<In, Bits<N>>,
    /// Its count; zero if none is shown.
    pub count: Signal<Out, Bits<W>>,
    _counts: Vec<Bits<W>>,
}

impl<const N: usize, const W: usize> Default for Counters<N, W> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            step: Default::default(),
            clear: Default::default(),
            show: Default::default(),
            select: Default::default(),
            count: Default::default(),
            _counts: vec![0.into(); N],
        }
    }
}

impl<const N: usize, const W: usize> Logic for Counters<N, W> {
    fn update(&mut self) {
        let clocked = self.clock.pos_edge();
        self.count.next = 0.into();
        for (i, count) in self._counts.iter_mut().enumerate() {
            if clocked && self.clear.val().get_bit(i) {
                *count = 0.into();
            } else if clocked && self.step.val().get_bit(i) {
                *count = *count + 1;
            }
            if self.show.val() && self.select.val().get_bit(i) {
                self.count.next = self.count.val() | *count;
            }
        }
    }

    fn connect(&mut self) {
        self.count.connect();
    }

    fn hdl(&self) -> Verilog {
        let counts = each(N, &format!("reg [{}:0] count_#;\ninitial count_# = {W}'h0;", W - 1));
        let step = each(N, &format!("      if (step[#]) count_# <= count_# + {W}'h1;"));
        let clear = each(N, &format!("   if (clear[#]) count_# <= {W}'h0;"));
        let show = each(N, "      if (select[#]) count = count | count_#;");
        Verilog::Custom(format!(
            "\
{counts}always @(posedge clock) begin
   if (|step) begin
{step}   end
{clear}end
always @(*) begin
   count = {W}'h0;
   if (show) begin
{show}   end
end
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        clocked("counters", &["step", "clear"], "count")
    }
}

/// `N` counters of `W` bits that are compared with a limit each. Counts and limits start as zero.
#[derive(LogicBlock)]
pub struct Limits<const N: usize, const W: usize> {
    /// Clock.
    pub clock: Signal<In, Clock>,
    /// Those that take a new limit.
    pub set: Signal<In, Bits<N>>,
    /// That limit.
    pub limit: Signal<In, Bits<W>>,
    /// Those that count one.
    pub step: Signal<In, Bits<N>>,
    /// Those that go on; the others start again, before they count.
    pub keep: Signal<In, Bits<N>>,
    /// Those that are compared.
    pub watch: Signal<In, Bits<N>>,
    /// Of these, those whose count equals their limit.
    pub met: Signal<Out, Bits<N>>,
    _counts: Vec<Bits<W>>,
    _limits: Vec<Bits<W>>,
}

impl<const N: usize, const W: usize> Default for Limits<N, W> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            set: Default::default(),
            limit: Default::default(),
            step: Default::default(),
            keep: Default::default(),
            watch: Default::default(),
            met: Default::default(),
            _counts: vec![0.into(); N],
            _limits: vec![0.into(); N],
        }
    }
}

impl<const N: usize, const W: usize> Logic for Limits<N, W> {
    fn update(&mut self) {
        let clocked = self.clock.pos_edge();
        self.met.next = 0.into();
        for (i, (count, limit)) in self._counts.iter_mut().zip(&mut self._limits).enumerate() {
            if clocked {
                if !self.keep.val().get_bit(i) {
                    *count = 0.into();
                }
                *count = *count + u64::from(self.step.val().get_bit(i));
                if self.set.val().get_bit(i) {
                    *limit = self.limit.val();
                }
            }
            let met = self.watch.val().get_bit(i) && *count == *limit;
            self.met.next = self.met.val().replace_bit(i, met);
        }
    }

    fn connect(&mut self) {
        self.met.connect();
    }

    fn hdl(&self) -> Verilog {
        let limits = each(N, &format!("reg [{}:0] limit_#;\ninitial limit_# = {W}'h0;", W - 1));
        let set = each(N, "   if (set[#]) limit_# <= limit;");
        let counts = each(N, &format!("reg [{}:0] count_#;\ninitial count_# = {W}'h0;", W - 1));
        let step = each(N, &format!("   if (step[#]) count_# <= count_# + {W}'h1;"));
        let clear = each(N, &format!("   if (!keep[#]) count_# <= {{{}'h0, step[#]}};", W - 1));
        let compare = each(N, "      met[#] = watch[#] & (count_# == limit_#);");
        Verilog::Custom(format!(
            "\
{limits}{counts}always @(posedge clock) if (|set) begin
{set}end
always @(posedge clock) begin
{step}{clear}end
always @(*) begin
   met = {N}'h0;
   if (|watch) begin
{compare}   end
end
"
        ))
    }

    fn timing(&self) -> Vec<TimingInfo> {
        clocked("limits", &["set", "limit", "step", "keep"], "met")
    }
}
