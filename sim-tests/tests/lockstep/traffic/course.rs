//! Where the traffic goes: it makes a port's queues full and empty again, then does anything, and begins
//! anew, until it has seen everything that a comparison should have met.

use portolan_regs::control;

/// What the traffic saw, so that a test can tell that it went where it should.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub writes: u64,
    pub reads: u64,
    pub refused: u64,
    pub both_at_once: u64,
    pub resets: u64,
    pub pops: u64,
    pub gaps: u64,
    pub irq_rises: u64,
    pub credits: u64,
    pub idle: u64,
    /// The block has rings; bursts of theirs that were answered, and how many of these failed.
    pub rings: bool,
    pub bursts: u64,
    pub failures: u64,
    /// The block is on AXI3; bursts of several beats.
    pub axi3: bool,
    pub long_writes: u64,
    pub long_reads: u64,
    /// A port's queue of interrupts, and of user packets, was full.
    pub filled: [bool; 2],
    /// And then empty.
    pub emptied: [bool; 2],
}

impl Seen {
    /// Nothing is missing: a comparison of two blocks that do nothing proves nothing.
    pub fn everything(&self) -> bool {
        self.filled == [true; 2]
            && self.emptied == [true; 2]
            && self.resets >= 2
            && self.pops >= 120
            && (self.gaps >= 1 || self.rings)
            && self.credits >= 60
            && self.irq_rises >= 5
            && self.refused >= 20
            && self.both_at_once >= 100
            && self.idle >= 100
            && (!self.rings || self.bursts >= 12 && self.failures >= 1)
            && (!self.axi3 || self.long_writes >= 50 && self.long_reads >= 50)
    }
}

/// What the traffic is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Binds every line to the port, while the pins rest.
    Bind,
    /// All pins toggle until no interrupt packet finds room, whatever is lost.
    FillInterrupts,
    /// They go on, and user packets are posted until there is no room either.
    FillUsers,
    /// The pins rest, and interrupt packets are taken.
    EmptyInterrupts,
    /// User packets are taken.
    EmptyUsers,
    /// Any access, any pace, any pins, resets.
    Anything,
}

/// Cycles of [`Step::Anything`], and how many it may take to see everything.
const ANYTHING: [u64; 2] = [2048, 6144];

/// The step, and the port that it is about.
#[derive(Debug)]
pub struct Course {
    pub step: Step,
    pub port: u32,
    /// The next line to bind.
    pub line: u32,
    /// Packets that the queues of a port hold; unknown at first.
    depths: Option<[u32; 2]>,
    /// Cycles since the step began.
    since: u64,
}

impl Course {
    pub fn new() -> Course {
        Course { step: Step::Bind, port: 0, line: 0, depths: None, since: 0 }
    }

    /// CAP_DEPTH was read.
    pub fn depths(&mut self, word: u32) {
        self.depths = Some([control::CAP_DEPTH::INTERRUPT.get(word), control::CAP_DEPTH::USER.get(word)]);
    }

    /// Whether the depths are to be read still.
    pub fn is_blind(&self) -> bool {
        self.depths.is_none()
    }

    fn begin(&mut self, step: Step) {
        (self.step, self.since) = (step, 0);
    }

    /// The last line was bound.
    pub fn bound(&mut self) {
        self.line = 0;
        self.begin(Step::FillInterrupts);
    }

    /// The port's levels were read.
    pub fn levels(&mut self, levels: [u32; 2], seen: &mut Seen) {
        let Some(depths) = self.depths else { return };
        let next = match self.step {
            Step::FillInterrupts if levels[0] == depths[0] => {
                seen.filled[0] = true;
                Step::FillUsers
            }
            Step::FillUsers if levels[1] == depths[1] => {
                seen.filled[1] = true;
                Step::EmptyInterrupts
            }
            Step::EmptyInterrupts if levels[0] == 0 => {
                seen.emptied[0] = true;
                Step::EmptyUsers
            }
            Step::EmptyUsers if levels[1] == 0 => {
                seen.emptied[1] = true;
                Step::Anything
            }
            _ => return,
        };
        self.begin(next);
    }

    /// A cycle goes by. True when another port is to be chosen, for a new round.
    pub fn cycle(&mut self, seen: &Seen) -> bool {
        self.since += 1;
        let over = self.step == Step::Anything
            && (self.since >= ANYTHING[1] || self.since >= ANYTHING[0] && seen.everything());
        if over {
            self.begin(Step::Bind);
        }
        over
    }
}
