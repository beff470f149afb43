//! The two 64-bit AXI-streams between the integrated block and the endpoint, in the block's place.
//!
//! [`Source`] feeds the receive stream with TLPs, with random idle cycles; [`Sink`] takes the transmit stream
//! with random back-pressure, puts TLPs together and checks the stream's rules (ARM IHI 0051, 2.2; UG477).
//! One step per edge of the PCIe clock.

use std::collections::VecDeque;

use super::model::{Inputs, Outputs};

/// What the endpoint did wrong on its stream.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint broke a rule of its stream: {rule} ({section})")]
pub struct StreamError {
    /// The rule.
    pub rule: &'static str,
    /// Where it is written.
    pub section: &'static str,
}

/// One beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Beat {
    data: u64,
    keep: u8,
    last: bool,
    user: u32,
}

/// The receive stream.
#[derive(Debug, Default)]
pub struct Source {
    beats: VecDeque<Beat>,
    shown: bool,
}

impl Source {
    /// Queues a TLP; `bars` says which base address registers it hits, one bit each.
    pub fn queue(&mut self, words: &[u32], bars: u8) {
        let count = words.len().div_ceil(2);
        for (i, pair) in words.chunks(2).enumerate() {
            let high = pair.get(1).copied();
            self.beats.push_back(Beat {
                // What is not there is noise.
                data: u64::from(pair[0]) | u64::from(high.unwrap_or(0xdead_beef)) << 32,
                keep: if high.is_some() { 0xff } else { 0x0f },
                last: i + 1 == count,
                user: u32::from(bars) << 2,
            });
        }
    }

    /// True when everything was taken.
    pub fn is_empty(&self) -> bool {
        self.beats.is_empty()
    }

    /// Forgets everything: the link went down.
    pub fn clear(&mut self) {
        *self = Source::default();
    }

    /// Sets the inputs of the coming edge; `offer` says whether a beat may be offered that is not yet.
    pub fn drive(&mut self, inputs: &mut Inputs, offer: bool) {
        let beat = self.beats.front().filter(|_| offer || self.shown);
        self.shown = beat.is_some();
        inputs.rx_valid = self.shown.into();
        let Some(beat) = beat else {
            (inputs.rx_data, inputs.rx_keep, inputs.rx_last, inputs.rx_user) = (!0, 0xff, 1, 0);
            return;
        };
        (inputs.rx_data, inputs.rx_keep) = (beat.data, beat.keep);
        (inputs.rx_last, inputs.rx_user) = (beat.last.into(), beat.user);
    }

    /// Takes the edge that found these outputs.
    pub fn edge(&mut self, found: &Outputs) {
        if self.shown && found.rx_ready != 0 {
            self.beats.pop_front();
            self.shown = false;
        }
    }
}

/// The transmit stream.
#[derive(Debug, Default)]
pub struct Sink {
    words: Vec<u32>,
    waiting: Option<Beat>,
    /// Beats taken.
    pub beats: u64,
    /// TLPs that the endpoint discontinued.
    pub discontinued: u64,
}

impl Sink {
    /// A beat of a TLP was taken, and not its last one.
    pub fn has_begun(&self) -> bool {
        !self.words.is_empty()
    }

    /// No TLP has begun.
    pub fn is_between(&self) -> bool {
        self.words.is_empty() && self.waiting.is_none()
    }

    /// Forgets everything: the link went down.
    pub fn clear(&mut self) {
        (self.words, self.waiting) = (Vec::new(), None);
    }

    /// Takes the edge that found these outputs, with TREADY as it was; the TLP that ended, if one did.
    pub fn edge(&mut self, found: &Outputs, ready: bool) -> Result<Option<Vec<u32>>, StreamError> {
        let rule = |kept: bool, rule, section| if kept { Ok(()) } else { Err(StreamError { rule, section }) };
        if found.tx_valid == 0 {
            rule(self.waiting.is_none(), "TVALID fell before TREADY", "IHI 0051A, 2.2.1")?;
            return Ok(None);
        }
        let beat = Beat {
            data: found.tx_data,
            keep: found.tx_keep,
            last: found.tx_last != 0,
            user: found.tx_user.into(),
        };
        let same = self.waiting.is_none_or(|waiting| waiting == beat);
        rule(same, "a beat changed before TREADY", "IHI 0051A, 2.2.1")?;
        rule(
            beat.user & 7 == 0,
            "ECRC, forwarded error or streaming was asked for",
            "UG477, transmit interface",
        )?;
        let whole = beat.keep == 0xff;
        rule(
            whole || (beat.last && beat.keep == 0x0f),
            "bytes missing within a TLP",
            "UG477, transmit interface",
        )?;
        if !ready {
            self.waiting = Some(beat);
            return Ok(None);
        }
        self.waiting = None;
        self.beats += 1;
        self.words.push(beat.data as u32);
        if whole {
            self.words.push((beat.data >> 32) as u32);
        }
        if !beat.last {
            return Ok(None);
        }
        let words = std::mem::take(&mut self.words);
        if beat.user & 8 != 0 {
            self.discontinued += 1;
            return Ok(None);
        }
        Ok(Some(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two doublewords, not the last ones.
    fn beat() -> Outputs {
        Outputs { tx_valid: 1, tx_data: 0x2222_2222_1111_1111, tx_keep: 0xff, ..Outputs::default() }
    }

    /// One doubleword, the last one.
    fn last() -> Outputs {
        Outputs { tx_last: 1, tx_data: 0x3333_3333, tx_keep: 0x0f, ..beat() }
    }

    /// The TLPs of a trace of beats, each with TREADY.
    fn judge(trace: &[(Outputs, bool)]) -> Result<Vec<Vec<u32>>, StreamError> {
        let mut sink = Sink::default();
        let tlps: Result<Vec<_>, _> = trace.iter().map(|(found, ready)| sink.edge(found, *ready)).collect();
        tlps.map(|tlps| tlps.into_iter().flatten().collect())
    }

    #[test]
    fn a_tlp_is_put_together_whatever_pauses_there_are() {
        let tlp = vec![0x1111_1111, 0x2222_2222, 0x3333_3333];
        assert_eq!(judge(&[(beat(), true), (last(), true)]), Ok(vec![tlp.clone()]));
        let paused = [
            (Outputs::default(), true),
            (beat(), false),
            (beat(), true),
            (Outputs::default(), false),
            (last(), false),
            (last(), true),
        ];
        assert_eq!(judge(&paused), Ok(vec![tlp]));
    }

    #[test]
    fn a_tlp_that_was_discontinued_is_none() {
        assert_eq!(judge(&[(beat(), true), (Outputs { tx_user: 8, ..last() }, true)]), Ok(vec![]));
    }

    #[test]
    fn each_rule_that_is_broken_is_told() {
        let traces = [
            ("TVALID fell", vec![(beat(), false), (Outputs::default(), true)]),
            ("a beat changed", vec![(beat(), false), (Outputs { tx_data: 1, ..beat() }, true)]),
            ("a beat changed", vec![(beat(), false), (Outputs { tx_last: 1, ..beat() }, true)]),
            ("a beat changed", vec![(beat(), false), (Outputs { tx_user: 8, ..beat() }, true)]),
            ("ECRC", vec![(Outputs { tx_user: 1, ..beat() }, true)]),
            ("ECRC", vec![(Outputs { tx_user: 4, ..beat() }, false)]),
            ("bytes missing", vec![(Outputs { tx_keep: 0x0f, ..beat() }, true)]),
            ("bytes missing", vec![(beat(), true), (Outputs { tx_keep: 0x7f, ..last() }, true)]),
        ];
        for (words, trace) in traces {
            let error = judge(&trace).expect_err(words);
            assert!(error.rule.contains(words), "{words:?}: {error}");
        }
    }
}
