//! Two sides of one design, cycle by cycle.

use std::fmt;

/// A design that takes inputs and gives outputs.
pub trait Side<I, O> {
    /// The clock's low half, with these inputs; the outputs that the coming edge finds.
    fn low(&mut self, inputs: &I) -> O;
    /// The rising edge and the high half; the outputs after the edge.
    fn high(&mut self) -> O;
}

/// Where two sides differ.
#[derive(Debug)]
pub struct Difference<I, O> {
    /// The cycle, from 0.
    pub cycle: u64,
    /// In the clock's high half.
    pub high: bool,
    /// The inputs of that cycle and of up to seven before it, oldest first.
    pub inputs: Vec<I>,
    /// What the first side gives.
    pub first: O,
    /// What the second side gives.
    pub second: O,
}

impl<I: fmt::Debug, O: fmt::Debug> fmt::Display for Difference<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let half = if self.high { "high" } else { "low" };
        writeln!(f, "cycle {}, clock {half}", self.cycle)?;
        self.inputs.iter().try_for_each(|inputs| writeln!(f, "  {inputs:?}"))?;
        writeln!(f, "first:  {:?}\nsecond: {:?}", self.first, self.second)
    }
}

/// Runs both sides with the same inputs. `stimulus` sees the outputs before each cycle and says what
/// the cycle's inputs are; `None` ends it. Ends at the first difference, and after `cycles` in any case.
pub fn compare<I: Clone, O: PartialEq + Default>(
    cycles: u64,
    first: &mut impl Side<I, O>,
    second: &mut impl Side<I, O>,
    mut stimulus: impl FnMut(&O) -> Option<I>,
) -> Result<(), Box<Difference<I, O>>> {
    let mut history: Vec<I> = Vec::new();
    let mut outputs = O::default();
    for cycle in 0..cycles {
        let Some(inputs) = stimulus(&outputs) else { break };
        if history.len() == 8 {
            history.remove(0);
        }
        history.push(inputs.clone());
        for high in [false, true] {
            let (a, b) =
                if high { (first.high(), second.high()) } else { (first.low(&inputs), second.low(&inputs)) };
            if a != b {
                return Err(Box::new(Difference { cycle, high, inputs: history, first: a, second: b }));
            }
            outputs = a;
        }
    }
    Ok(())
}
