//! A checker of an AXI master's writes: every rule that the memory behind the rings relies on.
//!
//! Pure logic, one step per cycle, of what stands before each rising edge. The rules are those of ARM IHI 0022H
//! (AXI3 and AXI4), and what the writer promises beyond them (`hdl/src/axi/writer.rs`).

use std::collections::VecDeque;
use std::ops::Deref;

use super::channel::rule;
use super::{BusError, Response};
use crate::model::{Inputs, Outputs};

/// One cycle of the write channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// The reset has been up for two edges at least.
    pub reset: bool,
    /// Address channel: VALID, READY, and what they cover.
    pub awvalid: bool,
    /// AWREADY.
    pub awready: bool,
    /// AWADDR.
    pub awaddr: u64,
    /// AWLEN.
    pub awlen: u8,
    /// AWSIZE.
    pub awsize: u8,
    /// AWBURST.
    pub awburst: u8,
    /// AWCACHE.
    pub awcache: u8,
    /// AWPROT.
    pub awprot: u8,
    /// Data channel.
    pub wvalid: bool,
    /// WREADY.
    pub wready: bool,
    /// WDATA.
    pub wdata: u64,
    /// WSTRB.
    pub wstrb: u8,
    /// WLAST.
    pub wlast: bool,
    /// Response channel.
    pub bvalid: bool,
    /// BREADY.
    pub bready: bool,
}

impl Signals {
    /// What stands before an edge: what was put in, and what came out.
    pub fn of(inputs: &Inputs, outputs: &Outputs, reset: bool) -> Signals {
        Signals {
            reset,
            awvalid: outputs.m_awvalid != 0,
            awready: inputs.m_awready != 0,
            awaddr: outputs.m_awaddr,
            awlen: outputs.m_awlen,
            awsize: outputs.m_awsize,
            awburst: outputs.m_awburst,
            awcache: outputs.m_awcache,
            awprot: outputs.m_awprot,
            wvalid: outputs.m_wvalid != 0,
            wready: inputs.m_wready != 0,
            wdata: outputs.m_wdata,
            wstrb: outputs.m_wstrb,
            wlast: outputs.m_wlast != 0,
            bvalid: inputs.m_bvalid != 0,
            bready: outputs.m_bready != 0,
        }
    }

    fn address(&self) -> (u64, u8, u8, u8, u8, u8) {
        (self.awaddr, self.awlen, self.awsize, self.awburst, self.awcache, self.awprot)
    }
    fn data(&self) -> (u64, u8, bool) {
        (self.wdata, self.wstrb, self.wlast)
    }
}

/// Most beats of a burst (AXI3, A3.4.1).
const MOST_BEATS: usize = 16;

/// The beats of a burst, as far as they have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beats {
    words: [u64; MOST_BEATS],
    count: usize,
}

impl Beats {
    fn push(&mut self, word: u64) {
        self.words[self.count] = word;
        self.count += 1;
    }
}

impl Deref for Beats {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.words[..self.count]
    }
}

/// A burst whose address and data were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// Its address.
    pub address: u64,
    /// Its beats.
    pub data: Beats,
}

/// The checker; keeps what is under way.
#[derive(Debug, Default)]
pub struct Checker {
    /// What waited for READY in the last cycle.
    address_waits: Option<(u64, u8, u8, u8, u8, u8)>,
    data_waits: Option<(u64, u8, bool)>,
    /// Addresses shown, beats due, not all data taken.
    open: VecDeque<(u64, u8)>,
    /// Of these, addresses taken.
    taken: usize,
    beats: Beats,
    /// Data taken, address not.
    early: VecDeque<Burst>,
    /// Bursts without a response yet.
    unanswered: usize,
}

impl Checker {
    /// Takes one cycle; returns a burst when the last of its address and data was taken.
    pub fn step(&mut self, now: &Signals) -> Result<Option<Burst>, BusError> {
        if now.reset {
            *self = Checker::default();
            rule(!now.awvalid && !now.wvalid, "a VALID is up in reset", "A3.1.2")?;
            return Ok(None);
        }
        rule(now.bready, "BREADY is low", "the writer's promise")?;
        let kept = self.address_waits.is_none_or(|waits| now.awvalid && waits == now.address());
        rule(kept, "an address was taken back or changed before AWREADY", "A3.2.1")?;
        let kept = self.data_waits.is_none_or(|waits| now.wvalid && waits == now.data());
        rule(kept, "data was taken back or changed before WREADY", "A3.2.1")?;
        if now.awvalid && self.address_waits.is_none() {
            self.begin(now)?;
        }
        self.address_waits = (now.awvalid && !now.awready).then(|| now.address());
        self.data_waits = (now.wvalid && !now.wready).then(|| now.data());
        if now.awvalid && now.awready {
            self.taken += 1;
        }
        if now.wvalid {
            self.beat(now)?;
        }
        if now.bvalid && now.bready {
            rule(self.unanswered > 0, "a response without a burst", "A3.3.1")?;
            self.unanswered -= 1;
        }
        let whole = if self.taken > 0 { self.early.pop_front() } else { None };
        if whole.is_some() {
            self.taken -= 1;
            self.unanswered += 1;
        }
        Ok(whole)
    }

    /// An address is shown for the first time.
    fn begin(&mut self, now: &Signals) -> Result<(), BusError> {
        rule(now.awsize == 3, "AWSIZE is not that of 64-bit beats", "A3.4.1")?;
        rule(now.awburst == 1, "AWBURST is not INCR", "A3.4.1")?;
        rule(usize::from(now.awlen) < MOST_BEATS, "a burst has more than 16 beats", "A3.4.1 (AXI3)")?;
        rule(now.awaddr.is_multiple_of(8), "an address is no multiple of the beat", "the writer's promise")?;
        let bytes = 8 * (u64::from(now.awlen) + 1);
        rule(now.awaddr % 4096 + bytes <= 4096, "a burst crosses 4 KiB", "A3.4.1")?;
        rule(now.awcache == 2, "AWCACHE is not Normal Non-cacheable Non-bufferable", "A4.4")?;
        rule(now.awprot == 0, "AWPROT is not zero", "A4.7")?;
        self.open.push_back((now.awaddr, now.awlen));
        Ok(())
    }

    /// A beat stands.
    fn beat(&mut self, now: &Signals) -> Result<(), BusError> {
        let Some(&(address, length)) = self.open.front() else {
            return rule(false, "data before its address", "the writer's promise");
        };
        let last = self.beats.len() == usize::from(length);
        rule(now.wlast == last, "WLAST is not at the last beat", "A3.4.1")?;
        rule(now.wstrb == 255, "a beat is not whole", "the writer's promise")?;
        if !now.wready {
            return Ok(());
        }
        self.beats.push(now.wdata);
        if last {
            self.open.pop_front();
            self.early.push_back(Burst { address, data: std::mem::take(&mut self.beats) });
        }
        Ok(())
    }

    /// No burst is under way.
    pub fn is_quiet(&self) -> bool {
        self.open.is_empty() && self.early.is_empty() && self.unanswered == 0
    }
}

/// The code of a response on the bus.
pub(super) fn code(response: Response) -> u8 {
    match response {
        Response::Okay => 0,
        Response::SlaveError => 2,
        Response::DecodeError => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUIET: Signals = Signals {
        reset: false,
        awvalid: false,
        awready: true,
        awaddr: 0x1000,
        awlen: 1,
        awsize: 3,
        awburst: 1,
        awcache: 2,
        awprot: 0,
        wvalid: false,
        wready: true,
        wdata: 0,
        wstrb: 255,
        wlast: false,
        bvalid: false,
        bready: true,
    };
    /// Address and first beat; the second one; the response.
    const FIRST: Signals = Signals { awvalid: true, wvalid: true, wdata: 7, ..QUIET };
    const SECOND: Signals = Signals { wvalid: true, wdata: 8, wlast: true, ..QUIET };
    const ANSWER: Signals = Signals { bvalid: true, ..QUIET };

    fn run(trace: &[Signals]) -> Result<Vec<Burst>, String> {
        let mut checker = Checker::default();
        let mut bursts = Vec::new();
        for signals in trace {
            bursts.extend(checker.step(signals).map_err(|error| error.to_string())?);
        }
        Ok(bursts)
    }

    fn burst() -> Burst {
        let mut data = Beats::default();
        data.push(7);
        data.push(8);
        Burst { address: 0x1000, data }
    }

    #[test]
    fn good_traces_pass_and_give_their_bursts() {
        assert_eq!(run(&[QUIET, FIRST, SECOND, QUIET, ANSWER]), Ok(vec![burst()]));
        // Everything waits once.
        let slow_first = Signals { awready: false, wready: false, ..FIRST };
        let slow_second = Signals { wready: false, ..SECOND };
        assert_eq!(run(&[slow_first, FIRST, slow_second, SECOND, ANSWER]), Ok(vec![burst()]));
        // The slave takes all data before the address.
        let late = Signals { awready: false, ..FIRST };
        let later = Signals { awvalid: true, awready: false, ..SECOND };
        let address = Signals { awvalid: true, ..QUIET };
        assert_eq!(run(&[late, later, address, ANSWER]), Ok(vec![burst()]));
        // Back to back, the second address before the first one's response.
        assert_eq!(run(&[FIRST, SECOND, FIRST, SECOND, ANSWER, ANSWER]), Ok(vec![burst(), burst()]));
        // A burst ends at the end of a page.
        let at_end = |signals| Signals { awaddr: 0x1ff0, ..signals };
        assert!(run(&[at_end(FIRST), SECOND]).is_ok());
        // A reset ends what is under way.
        let reset = Signals { reset: true, bready: false, ..QUIET };
        assert_eq!(run(&[FIRST, reset, FIRST, SECOND, ANSWER]), Ok(vec![burst()]));
    }

    #[test]
    fn every_broken_rule_is_told() {
        let slow = Signals { awready: false, wready: false, ..FIRST };
        for (trace, told) in [
            (vec![slow, QUIET], "address was taken back"),
            (vec![slow, Signals { awaddr: 0x2000, ..FIRST }], "address was taken back or changed"),
            (vec![slow, Signals { awlen: 2, ..FIRST }], "address was taken back or changed"),
            (vec![slow, Signals { wvalid: false, ..FIRST }], "data was taken back"),
            (vec![slow, Signals { wdata: 9, ..FIRST }], "data was taken back or changed"),
            (vec![FIRST, Signals { wready: false, ..SECOND }, QUIET], "data was taken back"),
            (vec![SECOND], "data before its address"),
            (vec![FIRST, SECOND, SECOND], "data before its address"),
            (vec![Signals { wlast: true, ..FIRST }], "WLAST"),
            (vec![FIRST, Signals { wlast: false, ..SECOND }], "WLAST"),
            (vec![Signals { wstrb: 127, ..FIRST }], "not whole"),
            (vec![Signals { awsize: 2, ..FIRST }], "AWSIZE"),
            (vec![Signals { awburst: 2, ..FIRST }], "AWBURST"),
            (vec![Signals { awlen: 16, ..FIRST }], "16 beats"),
            (vec![Signals { awaddr: 0x1004, ..FIRST }], "multiple"),
            (vec![Signals { awaddr: 0x1ff8, ..FIRST }], "4 KiB"),
            (vec![Signals { awcache: 3, ..FIRST }], "AWCACHE"),
            (vec![Signals { awprot: 1, ..FIRST }], "AWPROT"),
            (vec![Signals { bready: false, ..QUIET }], "BREADY"),
            (vec![FIRST, ANSWER], "without a burst"),
            (vec![FIRST, SECOND, ANSWER, ANSWER], "without a burst"),
            (vec![Signals { reset: true, ..FIRST }], "reset"),
        ] {
            let said = run(&trace).expect_err(told);
            assert!(said.contains(told), "{said:?} should say {told:?}");
        }
    }
}
