//! A FIFO between two clocks that know nothing of each other.
//!
//! Each side counts in binary and shows the other its pointer in Gray code, of which one bit changes at a
//! time, so that a synchroniser sees the old or the new pointer and nothing else (C. E. Cummings:
//! Simulation and Synthesis Techniques for Asynchronous FIFO Design, SNUG 2002).
//!
//! Contract
//! - `push` only in a clock for which `room_next` was up in the clock before. What was pushed in the clock
//!   between is in it.
//! - `head` is the oldest word while `valid` is up; `take` removes it in that clock, and the next one is
//!   there in the next clock if it had arrived.
//! - While a side's hold is up it does nothing; while its clear is up, too, its pointer becomes zero. Holds
//!   and clears follow `restart`; after it the FIFO is empty.
//! - A clock may stand still for ever.

use rust_hdl::prelude::*;

use super::cross_memory::CrossMemory;
use crate::synchroniser::Synchroniser;

/// `2^A` words and one more at the head; `P` is `A + 1`.
#[derive(LogicBlock)]
pub struct CrossFifo<T: Synth, const A: usize, const P: usize> {
    /// Clock of the side that pushes.
    pub write_clock: Signal<In, Clock>,
    /// Its hold.
    pub write_hold: Signal<In, Bit>,
    /// Its clear.
    pub write_clear: Signal<In, Bit>,
    /// Pushes `word`.
    pub push: Signal<In, Bit>,
    /// The word.
    pub word: Signal<In, T>,
    /// A word may be pushed in the next clock.
    pub room_next: Signal<Out, Bit>,
    /// Every word has left the memory, as far as this side knows; one may still be at the head.
    pub drained: Signal<Out, Bit>,
    /// Clock of the side that takes.
    pub read_clock: Signal<In, Clock>,
    /// Its hold.
    pub read_hold: Signal<In, Bit>,
    /// Its clear.
    pub read_clear: Signal<In, Bit>,
    /// Removes the head.
    pub take: Signal<In, Bit>,
    /// There is a head.
    pub valid: Signal<Out, Bit>,
    /// The head.
    pub head: Signal<Out, T>,

    memory: CrossMemory<T, A>,
    to_write_side: Synchroniser<P>,
    to_read_side: Synchroniser<P>,
    write_pointer: DFF<Bits<P>>,
    write_gray: DFF<Bits<P>>,
    read_pointer: DFF<Bits<P>>,
    read_gray: DFF<Bits<P>>,
    has_head: DFF<Bit>,
    write_next: Signal<Local, Bits<P>>,
    write_next_gray: Signal<Local, Bits<P>>,
    full: Signal<Local, Bits<P>>,
    read_next: Signal<Local, Bits<P>>,
    read_next_gray: Signal<Local, Bits<P>>,
    fetch: Signal<Local, Bit>,
    /// Gray codes of pointers `2^A` apart differ in the upper two bits.
    apart: Constant<Bits<P>>,
}

impl<T: Synth, const A: usize, const P: usize> Default for CrossFifo<T, A, P> {
    fn default() -> Self {
        assert_eq!(P, A + 1, "a pointer has one bit more than an address");
        Self {
            write_clock: Default::default(),
            write_hold: Default::default(),
            write_clear: Default::default(),
            push: Default::default(),
            word: Default::default(),
            room_next: Default::default(),
            drained: Default::default(),
            read_clock: Default::default(),
            read_hold: Default::default(),
            read_clear: Default::default(),
            take: Default::default(),
            valid: Default::default(),
            head: Default::default(),
            memory: Default::default(),
            to_write_side: Default::default(),
            to_read_side: Default::default(),
            write_pointer: Default::default(),
            write_gray: Default::default(),
            read_pointer: Default::default(),
            read_gray: Default::default(),
            has_head: Default::default(),
            write_next: Default::default(),
            write_next_gray: Default::default(),
            full: Default::default(),
            read_next: Default::default(),
            read_next_gray: Default::default(),
            fetch: Default::default(),
            apart: Constant::new((3_u64 << (P - 2)).into()),
        }
    }
}

impl<T: Synth, const A: usize, const P: usize> Logic for CrossFifo<T, A, P> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, write_clock, write_pointer, write_gray);
        dff_setup!(self, read_clock, read_pointer, read_gray, has_head);
        self.memory.write_clock.next = self.write_clock.val();
        self.memory.read_clock.next = self.read_clock.val();
        self.to_write_side.clock.next = self.write_clock.val();
        self.to_read_side.clock.next = self.read_clock.val();
        self.to_write_side.pins.next = self.read_gray.q.val();
        self.to_read_side.pins.next = self.write_gray.q.val();

        // The side that pushes.
        self.write_next.next = self.write_pointer.q.val();
        if self.push.val() & !self.write_hold.val() {
            self.write_next.next = self.write_pointer.q.val() + 1;
        }
        if self.write_clear.val() {
            self.write_next.next = 0.into();
        }
        self.write_next_gray.next = self.write_next.val() ^ (self.write_next.val() >> 1);
        self.write_pointer.d.next = self.write_next.val();
        self.write_gray.d.next = self.write_next_gray.val();
        self.full.next = self.to_write_side.level.val() ^ self.apart.val();
        self.room_next.next = (self.write_next_gray.val() != self.full.val()) & !self.write_hold.val();
        self.drained.next = self.write_gray.q.val() == self.to_write_side.level.val();
        self.memory.write_address.next = bit_cast::<A, P>(self.write_pointer.q.val());
        self.memory.write_data.next = self.word.val();
        self.memory.write_enable.next = self.push.val() & !self.write_hold.val();

        // The side that takes.
        self.fetch.next = (self.read_gray.q.val() != self.to_read_side.level.val())
            & ((!self.has_head.q.val()) | self.take.val())
            & !self.read_hold.val();
        self.read_next.next = self.read_pointer.q.val();
        if self.fetch.val() {
            self.read_next.next = self.read_pointer.q.val() + 1;
        }
        if self.read_clear.val() {
            self.read_next.next = 0.into();
        }
        self.read_next_gray.next = self.read_next.val() ^ (self.read_next.val() >> 1);
        self.read_pointer.d.next = self.read_next.val();
        self.read_gray.d.next = self.read_next_gray.val();
        self.memory.read_address.next = bit_cast::<A, P>(self.read_pointer.q.val());
        self.memory.read_enable.next = self.fetch.val();
        self.has_head.d.next =
            self.fetch.val() | (self.has_head.q.val() & (!self.take.val()) & (!self.read_hold.val()));
        self.valid.next = self.has_head.q.val();
        self.head.next = self.memory.read_data.val();
    }
}
