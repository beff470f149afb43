//! The PCIe top behind its root complex, as the board that a driver opens: every register access is a TLP, and so is
//! an interrupt: the message of an MSI-X vector.
//!
//! A write is posted. Where a driver is promised that what it wrote has been done a flush follows, which is a read
//! without a byte enabled (PCI Express Base Specification 3.0, 2.2.5). What a root complex does with a read that
//! failed, this one does: the host gets all ones. A request that nobody answers is an error here, so that its cause is
//! told.

use portolan_regs::slot;

use super::root::{BAR, Link, Root, memory};
use super::tlp::{Operation, Request, Status};
use crate::NS_PER_TICK;
use crate::axi::Response;
use crate::door::{Door, Written};
use crate::error::SimError;
use crate::memory::HostMemory;
use crate::sim::IDLE_SETTLE;
use crate::size::Size;

/// Cycles until an access is given up: 1 ms, within the range of a completion timeout (PCI Express Base Specification
/// 3.0, 2.8).
const LIMIT: u64 = 100_000;

/// A link with a PCIe clock of 125 MHz, random idle cycles and back-pressure. Periods are in ns.
const RANDOM: Link = Link { core_period: NS_PER_TICK, user_period: 8, offer: 8, take: 8 };

/// A request that waits for its completion.
struct Access {
    offset: u32,
    tag: u8,
    /// The tick at which it is given up.
    end: u64,
}

/// A write that has begun.
enum Writing {
    /// Its flush waits for its completion.
    Flushed(Access),
    /// It is to leave the root: which offset, and the tick at which that is given up.
    Posted(u32, u64),
}

/// The endpoint and its root complex.
pub struct PcieDoor {
    root: Root,
    read: Option<Access>,
    write: Option<Writing>,
    /// Cycles since the pins changed, or anything moved that the idle output does not know of.
    settled: u64,
}

impl PcieDoor {
    /// Powers the board up, with these levels on its pins, and enumerates it. Its clocks are equal, so that an access
    /// always takes the same time, unless there is a seed: then they are not, and the link is ready at random.
    pub fn open(size: Size, pins: u64, seed: Option<u64>) -> Result<PcieDoor, SimError> {
        let link = if seed.is_some() { RANDOM } else { Link::default() };
        let mut root = Root::with_pins(size, link, seed.unwrap_or_default(), pins)?;
        root.enable_messages()?;
        root.reorders = seed.is_some();
        Ok(PcieDoor { root, read: None, write: None, settled: 0 })
    }

    /// Sends a request that gets a completion, for the sake of the register at this offset.
    fn send(&mut self, request: Request, offset: u32) -> Result<Access, SimError> {
        self.settled = 0;
        let tag = self.root.send(request, 1)?;
        Ok(Access { offset, tag, end: self.root.ticks().saturating_add(LIMIT) })
    }

    /// The data of a completion, which are all ones when the request failed, or the access that still waits. One that
    /// has waited too long is forgotten, so that another one can be tried.
    fn poll(&mut self, access: Access) -> Result<Result<u32, Access>, SimError> {
        match self.root.take(access.tag) {
            Some(answer) if answer.status == Status::Successful => Ok(Ok(answer.data[0])),
            Some(_) => Ok(Ok(u32::MAX)),
            None if self.root.ticks() < access.end => Ok(Err(access)),
            None => {
                self.root.forget_requests();
                Err(SimError::NoAnswer { offset: access.offset, cycles: LIMIT })
            }
        }
    }
}

fn at(operation: Operation, offset: u32, data: Vec<u32>) -> Request {
    memory(operation, BAR + u64::from(offset), 1, data)
}

impl Door for PcieDoor {
    fn pins(&self) -> u64 {
        self.root.inputs.lines
    }

    fn set_pins(&mut self, pins: u64) {
        self.root.inputs.lines = pins;
        self.settled = 0;
    }

    fn ticks(&self) -> u64 {
        self.root.ticks()
    }

    fn vectors(&self) -> u32 {
        self.root.vectors() as u32
    }

    /// With MSI-X off, INTx in place of vector 0.
    fn irq(&self) -> u64 {
        if self.root.inputs.msix_enable != 0 {
            self.root.vectors_with_messages()
        } else {
            self.root.asserted().into()
        }
    }

    fn take_irq(&mut self, vector: u32) {
        self.root.take_messages(vector as usize);
    }

    fn is_settled(&self) -> bool {
        self.settled >= IDLE_SETTLE
    }

    /// Ends with the core clock's edge.
    fn cycle(&mut self) -> Result<(), SimError> {
        let before = self.root.core_clocks();
        while self.root.core_clocks() == before {
            self.root.step()?;
        }
        // The idle output knows nothing of what is on its way from one clock to the other.
        let still = self.root.is_quiet() && self.root.outputs.idle != 0;
        self.settled = if still { self.settled + 1 } else { 0 };
        Ok(())
    }

    fn skip(&mut self, cycles: u64) {
        self.root.skip(cycles);
    }

    fn begin_read(&mut self, offset: u32) -> Result<(), SimError> {
        self.read = Some(self.send(at(Operation::Read, offset, Vec::new()), offset)?);
        Ok(())
    }

    fn take_read(&mut self) -> Result<Option<(Response, u32)>, SimError> {
        let Some(access) = self.read.take() else { return Ok(None) };
        let polled = self.poll(access)?;
        Ok(polled.map_err(|access| self.read = Some(access)).ok().map(|word| (Response::Okay, word)))
    }

    fn begin_write(&mut self, offset: u32, value: u32, strobes: u8) -> Result<(), SimError> {
        self.root.send(Request { first_enable: strobes, ..at(Operation::Write, offset, vec![value]) }, 1)?;
        let flush = Request { first_enable: 0, ..at(Operation::Read, offset, Vec::new()) };
        self.write = Some(Writing::Flushed(self.send(flush, offset)?));
        Ok(())
    }

    fn begin_post(&mut self, offset: u32, value: u32) -> Result<(), SimError> {
        self.settled = 0;
        self.root.send(at(Operation::Write, offset, vec![value]), 1)?;
        self.write = Some(Writing::Posted(offset, self.root.ticks().saturating_add(LIMIT)));
        Ok(())
    }

    fn take_written(&mut self) -> Result<Option<Response>, SimError> {
        let left = match self.write.take() {
            None => return Ok(None),
            Some(Writing::Posted(..)) if self.root.has_sent() => return Ok(Some(Response::Okay)),
            Some(Writing::Posted(offset, end)) if self.root.ticks() >= end => {
                return Err(SimError::NoAnswer { offset, cycles: LIMIT });
            }
            Some(Writing::Flushed(access)) => match self.poll(access)? {
                Ok(_) => return Ok(Some(Response::Okay)),
                Err(access) => Writing::Flushed(access),
            },
            Some(posted) => posted,
        };
        self.write = Some(left);
        Ok(None)
    }

    fn host_memory(&mut self) -> Option<&mut HostMemory> {
        Some(&mut self.root.memory)
    }

    /// A Function Level Reset.
    fn begin_reset(&mut self) {
        (self.read, self.write, self.settled) = (None, None, 0);
        self.root.forget_requests();
        self.root.inputs.function_reset = 1;
    }

    fn end_reset(&mut self) {
        self.root.inputs.function_reset = 0;
    }

    fn root(&mut self) -> Option<&mut Root> {
        Some(&mut self.root)
    }

    fn written(&mut self) -> Vec<Written> {
        self.root.records_writes = true;
        let writes = std::mem::take(&mut self.root.written);
        let packets = writes.into_iter().filter(|write| write.vector.is_none());
        packets
            .flat_map(|write| {
                let slots = write.words / slot::INTERRUPT_WORDS;
                let one = Written { stamp: write.start, shown: write.shown, stored: write.stored };
                std::iter::repeat_n(one, slots)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pace;
    use crate::pcie::root::RootError;
    use crate::runner::Shared;
    use crate::sim::Sim;
    use portolan_regs::{ID, control};
    use std::error::Error;
    use std::sync::Arc;
    use std::thread;

    fn open() -> Sim<PcieDoor> {
        let door = PcieDoor::open(Size::L4P1, 0, None).expect("the top comes up");
        Sim::behind(door, Size::L4P1, true).expect("it comes out of reset")
    }

    #[test]
    fn a_read_that_is_not_supported_gives_ones() {
        let mut sim = open();
        let locked =
            Request { operation: Operation::LockedRead, ..at(Operation::Read, control::ID, Vec::new()) };
        let access = sim.door().send(locked, control::ID).expect("it is sent");
        sim.door().read = Some(access);
        let answer = loop {
            sim.cycle().expect("no rule is broken");
            if let Some(answer) = sim.door().take_read().expect("it is answered") {
                break answer;
            }
        };
        assert_eq!(answer, (Response::Okay, u32::MAX));
        assert_eq!(sim.door().root.reports.non_posted, 1);
        assert_eq!(sim.read(control::ID).expect("the next one is"), (Response::Okay, ID));
    }

    #[test]
    fn an_access_without_a_completion_is_an_error_in_bounded_time_and_the_next_one_can_be_tried() {
        let mut sim = open();
        let begin = sim.tick();
        sim.door().root.link.take = 0;
        for result in [sim.read(control::ID).map(drop), sim.write(control::SCRATCH, 5, 15).map(drop)] {
            let error = result.expect_err("nothing comes back");
            assert!(matches!(error, SimError::NoAnswer { cycles: LIMIT, .. }), "{error}");
        }
        assert!(sim.tick() - begin <= 2 * (LIMIT + 1));
        // What comes too late is of no request any more.
        sim.door().root.link.take = 16;
        assert_eq!(sim.read(control::SCRATCH).expect("it works again"), (Response::Okay, 5));
    }

    /// A board that is about to break a rule: the completer of its second completion is not the one that was asked.
    fn about_to_fail() -> Sim<PcieDoor> {
        let mut sim = open();
        for _ in 0..2 {
            sim.door().begin_read(control::ID).expect("it is sent");
        }
        sim.door().root.inputs.bus += 1;
        sim
    }

    #[test]
    fn a_rule_that_is_broken_while_time_goes_by_stops_the_board_and_is_kept() {
        let mut sim = about_to_fail();
        sim.advance(u64::MAX - 1, 0, 1_000);
        let fault = sim.fault().expect("the checker has found it").clone();
        let error = fault.0.downcast_ref::<SimError>().expect("it is kept as it was");
        assert!(matches!(error, SimError::Link(RootError::Rule(_))), "{error}");
        let tick = sim.tick();
        assert_eq!(tick, sim.tick_register());
        sim.advance(u64::MAX - 1, 0, 1_000);
        assert_eq!(sim.tick(), tick, "its time is over");
    }

    #[test]
    fn who_waits_on_a_board_that_breaks_a_rule_is_told_of_it() {
        for pace in [Pace::Stepped, Pace::FreeRunning, Pace::RealTime] {
            let shared = Arc::new(Shared::new(Box::new(about_to_fail()), pace));
            let runner = (pace != Pace::Stepped).then(|| {
                let shared = shared.clone();
                thread::spawn(move || shared.run_free())
            });
            let error = shared.wait(0, i64::MAX).expect_err("there is no use in waiting");
            let rule = "not the function's own ID";
            let mut cause: Option<&dyn Error> = Some(&error);
            while let Some(error) = cause.filter(|cause| !cause.to_string().contains(rule)) {
                cause = error.source();
            }
            assert!(cause.is_some(), "{pace:?}: {error:?}");
            shared.stop();
            runner.into_iter().for_each(|runner| runner.join().expect("it did not panic"));
        }
    }

    #[test]
    fn a_write_that_cannot_be_posted_is_an_error_in_bounded_time() {
        let mut sim = open();
        sim.door().root.link.user_period = 0;
        let error = sim.post(control::SCRATCH, 5).expect_err("the clock stands still");
        assert!(matches!(error, SimError::NoAnswer { cycles: LIMIT, .. }), "{error}");
    }

    #[test]
    fn a_posted_write_asks_for_no_completion_and_comes_before_the_next_read() {
        let mut sim = open();
        assert_eq!(sim.post(control::SCRATCH, 7).expect("it is sent"), Response::Okay);
        assert_eq!(sim.door().root.outstanding(), 0);
        assert_eq!(sim.read(control::SCRATCH).expect("it is answered"), (Response::Okay, 7));
    }

    #[test]
    fn skipped_clocks_are_those_that_would_have_been() {
        for (core_period, user_period) in [(10, 10), (10, 8), (10, 16), (7, 3), (3, 7)] {
            let link = Link { core_period, user_period, ..Link::default() };
            let mut roots = [(); 2].map(|()| Root::open(Size::L4P1, link, 1).expect("the top comes up"));
            for cycles in [1, 2, 3, 50, 1_001] {
                let [skipped, run] = &mut roots;
                for root in [&mut *skipped, &mut *run] {
                    // Idle, and right after a core clock.
                    root.run(2_000).expect("nothing happens");
                    let before = root.core_clocks();
                    while root.core_clocks() == before {
                        root.step().expect("nothing happens");
                    }
                }
                skipped.skip(cycles);
                let end = run.core_clocks() + cycles;
                while run.core_clocks() < end {
                    run.step().expect("nothing happens");
                }
                let clocks = |root: &Root| (root.ticks(), root.core_clocks(), root.user_clocks());
                assert_eq!(clocks(skipped), clocks(run), "{core_period} to {user_period}, {cycles} cycles");
            }
        }
    }
}
