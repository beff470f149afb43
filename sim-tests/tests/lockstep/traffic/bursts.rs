//! What an access looks like on AXI3: the first beat of a burst, of any kind, is the access that was planned; the
//! others write few bytes or none, and what they read is dropped. Where the course leads anywhere, some bursts are such as
//! no master may make; where it fills and empties queues, none gets lost, and the other beats write nothing.

use portolan_sim::Outputs;
use rand::Rng;

use super::{Step, Traffic};

/// The burst of each direction that is under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bursts {
    /// Beats of write data after the one that is due or shown.
    write_left: u8,
    /// No beat of the read has come yet.
    read_begins: bool,
}

/// Length, size and kind of a burst.
type Shape = (u8, u8, u8);

impl Traffic {
    fn is_careful(&self) -> bool {
        self.course.step != Step::Anything
    }

    fn shape(&mut self, address: u32) -> Shape {
        if self.is_careful() && !self.one_in(8) {
            return (0, 2, 1);
        }
        if !self.is_careful() && self.one_in(40) {
            return (self.below(16) as u8, self.below(8) as u8, self.below(4) as u8);
        }
        let size = if self.one_in(4) { self.below(3) as u8 } else { 2 };
        match self.below(8) {
            0 => (self.below(16) as u8, size, 0),
            1 if address.is_multiple_of(4) => ([1, 3, 7, 15][self.below(4) as usize], size, 2),
            // No longer than its page.
            2 | 3 if address % 4096 < 4096 - 64 => (self.below(16) as u8, size, 1),
            _ => (0, size, 1),
        }
    }

    /// The address channel of the write that begins, and its first beat.
    pub(super) fn shape_write(&mut self) {
        if self.axi3.is_none() {
            return;
        }
        let shape = self.shape(self.inputs.awaddr);
        (self.inputs.awlen, self.inputs.awsize, self.inputs.awburst) = shape;
        self.inputs.awlock = self.below(3) as u8;
        self.inputs.awid = self.random.random::<u16>() & 0xfff;
        self.seen.long_writes += u64::from(shape.0 > 0);
        self.axi3 = self.axi3.map(|bursts| Bursts { write_left: shape.0, ..bursts });
        self.shape_beat(shape.0);
    }

    /// ID and WLAST of the beat that is due, which a few times are wrong.
    fn shape_beat(&mut self, left: u8) {
        let [other, wrong] = [(); 2].map(|()| self.one_in(100) && !self.is_careful());
        self.inputs.wid = self.inputs.awid ^ u16::from(other);
        self.inputs.wlast = u8::from((left == 0) ^ wrong);
    }

    /// A beat of write data was taken.
    pub(super) fn next_beat(&mut self) {
        let Some(bursts) = &mut self.axi3 else { return };
        let Some(left) = bursts.write_left.checked_sub(1) else { return };
        bursts.write_left = left;
        self.data_due = true;
        self.inputs.wstrb = if self.one_in(4) && !self.is_careful() { self.below(15) as u8 } else { 0 };
        self.shape_beat(left);
    }

    /// The address channel of the read that begins.
    pub(super) fn shape_read(&mut self) {
        if self.axi3.is_none() {
            return;
        }
        let shape = self.shape(self.inputs.araddr);
        (self.inputs.arlen, self.inputs.arsize, self.inputs.arburst) = shape;
        self.inputs.arlock = self.below(3) as u8;
        self.inputs.arid = self.random.random::<u16>() & 0xfff;
        self.seen.long_reads += u64::from(shape.0 > 0);
        self.axi3 = self.axi3.map(|bursts| Bursts { read_begins: true, ..bursts });
    }

    /// A beat of read data was taken: whether it is what was planned, and whether it is the last one.
    pub(super) fn beat_came(&mut self, outputs: &Outputs) -> (bool, bool) {
        let Some(bursts) = &mut self.axi3 else { return (true, true) };
        // A burst that may not be made brings nothing.
        let first = std::mem::take(&mut bursts.read_begins) && outputs.rresp == 0;
        (first, outputs.rlast != 0)
    }
}
