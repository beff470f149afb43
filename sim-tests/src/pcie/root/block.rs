//! What the integrated block does beside the streams: INTx messages, and completions of unsupported requests.

use rand::Rng;

use super::{Root, RootError};
use crate::pcie::model::Outputs;
use crate::pcie::tlp::{Attributes, Completion, Status, Tlp};

impl Root {
    /// The integrated block takes an INTx message some clocks after it was asked.
    pub(super) fn drive_interrupt(&mut self) {
        self.inputs.interrupt_ready = 0;
        if self.outputs.interrupt == 0 || self.is_stalled() {
            self.interrupt_delay = None;
            return;
        }
        let delay = self.interrupt_delay.take().unwrap_or_else(|| self.random.random_range(0..6));
        match delay.checked_sub(1) {
            None => self.inputs.interrupt_ready = 1,
            left => self.interrupt_delay = left,
        }
    }

    /// Its signals at an edge of the PCIe clock: INTx, then reports.
    pub(super) fn block_edge(&mut self, found: &Outputs) -> Result<(), RootError> {
        let block = |kept: bool, rule, section| {
            if kept { Ok(()) } else { Err(RootError::Block { rule, section }) }
        };
        // INTx.
        let allowed = self.inputs.command >> 10 & 1 == 0 && self.inputs.msix_enable == 0;
        if found.interrupt == 0 {
            self.asked_before = allowed;
        } else {
            block(found.interrupt_pin == 0, "INTA alone is used", "legacy interrupt mode")?;
            if self.inputs.interrupt_ready != 0 {
                // A request that stood before the registers changed may still be for an assertion.
                self.checker.message(found.interrupt_assert != 0, allowed || self.asked_before)?;
            } else {
                let stays =
                    self.outputs.interrupt != 0 && self.outputs.interrupt_assert == found.interrupt_assert;
                block(stays, "a request for an INTx message was taken back", "legacy interrupt mode")?;
            }
        }
        // Reports.
        if self.report_pause > 0 {
            self.report_pause -= 1;
        }
        self.reports.unexpected += u64::from(found.unexpected);
        self.reports.malformed += u64::from(found.malformed);
        if found.unsupported != 0 {
            if found.posted != 0 {
                self.reports.posted += 1;
            } else {
                block(
                    self.inputs.report_ready != 0,
                    "a report while cfg_err_cpl_rdy was low",
                    "error reporting",
                )?;
                self.reports.non_posted += 1;
                let delay = self.random.random_range(1..40);
                let words = self.completion(found.report_header, found.locked != 0);
                self.made.push_back((self.user_clocks + delay, words));
                self.report_pause = self.random.random_range(0..30);
            }
        } else {
            block(found.posted == 0, "cfg_err_posted alone", "error reporting")?;
        }
        Ok(())
    }

    /// The completion that the integrated block makes of a report (UG477, error reporting).
    pub(super) fn completion(&self, header: u64, locked: bool) -> Vec<u32> {
        let byte_count = match (header >> 29 & 0xfff) as u16 {
            0 => 4096,
            count => count,
        };
        Tlp::Completion(Completion {
            completer: self.identifier(),
            status: Status::Unsupported,
            byte_count,
            requester: (header >> 8) as u16,
            tag: header as u8,
            lower_address: (header >> 41 & 0x7f) as u8,
            attributes: Attributes { class: (header >> 26 & 7) as u8, bits: (header >> 24 & 3) as u8 },
            locked,
            data: Vec::new(),
        })
        .encode()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pcie::root::Link;
    use crate::size::Size;

    /// What is said to a trace of signals, each with cfg_interrupt_rdy and cfg_err_cpl_rdy as they were at its edge.
    fn judge(trace: &[(Outputs, [u8; 2])]) -> Result<(), RootError> {
        let mut root = Root::open(Size::L4P1, Link::default(), 1)?;
        for (at, (found, [interrupt_ready, report_ready])) in trace.iter().enumerate() {
            (root.inputs.interrupt_ready, root.inputs.report_ready) = (*interrupt_ready, *report_ready);
            // What stands after the edge, the next one finds.
            root.outputs = trace.get(at + 1).map_or(*found, |(next, _)| *next);
            root.block_edge(found)?;
        }
        Ok(())
    }

    fn none() -> Outputs {
        Outputs::default()
    }

    fn asserts() -> Outputs {
        Outputs { interrupt: 1, interrupt_assert: 1, ..none() }
    }

    fn report() -> Outputs {
        Outputs { unsupported: 1, ..none() }
    }

    #[test]
    fn good_traces_pass() {
        let message = [(none(), [0, 1]), (asserts(), [0, 1]), (asserts(), [1, 1]), (none(), [0, 1])];
        judge(&message).expect("it stays until it is taken");
        judge(&[(report(), [0, 1]), (Outputs { posted: 1, ..report() }, [0, 0])])
            .expect("posted ones wait for nothing");
    }

    #[test]
    fn each_rule_that_is_broken_is_told() {
        let traces = [
            ("INTA alone", vec![(Outputs { interrupt_pin: 1, ..asserts() }, [0, 1])]),
            ("taken back", vec![(asserts(), [0, 1]), (none(), [0, 1])]),
            ("taken back", vec![(asserts(), [0, 1]), (Outputs { interrupt_assert: 0, ..asserts() }, [0, 1])]),
            ("cfg_err_cpl_rdy was low", vec![(report(), [0, 0])]),
            ("cfg_err_posted alone", vec![(Outputs { posted: 1, ..none() }, [0, 1])]),
        ];
        for (words, trace) in traces {
            let error = judge(&trace).expect_err(words).to_string();
            assert!(error.contains(words), "{words:?}: {error}");
        }
    }

    #[test]
    fn an_output_that_follows_an_input_without_a_clock_is_told() {
        let mut root = Root::open(Size::L4P1, Link::default(), 1).expect("the top comes up");
        root.step().expect("it does not");
        // As if it had been another one after the last edge.
        root.outputs.rx_ready ^= 1;
        assert!(matches!(root.step(), Err(RootError::Combinational { .. })));
    }
}
