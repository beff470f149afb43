//! From an answer to bytes: adds the CRC, and makes it a frame in COBS with a delimiter behind it.
//!
//! Promises: takes an answer while `ready` is up; what follows on `data` and `send` is one whole frame. Before its first
//! byte go eight clocks in which the CRC is made, because COBS tells in front where the zeros are.

use portolan_regs::uart;
use rust_hdl::prelude::*;

use super::crc::Crc;
use crate::macros::block;

/// What the writer is at.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Writing {
    /// Nothing to send.
    Ready,
    /// Adds the CRC, and looks for zeros.
    Gathers,
    /// Sends how far the next zero is.
    Counts,
    /// Sends bytes up to there.
    Sends,
    /// Sends the delimiter.
    Ends,
}

/// Bytes of the longest content.
const LONGEST: usize = uart::WORD_ANSWER + uart::CRC;

const _: () = assert!(LONGEST == 8 && uart::SEQUENCE == 0 && uart::HEAD == 1 && uart::ANSWER_WORD == 2);

block! {
    /// The writer of answers.
    pub struct Answers new() {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Synchronous, active high: ends a frame in the middle.
        pub reset: Signal<In, Bit>,
        /// The sequence number.
        pub number: Signal<In, Bits<8>>,
        /// Kind, response, interrupt.
        pub head: Signal<In, Bits<8>>,
        /// The word.
        pub word: Signal<In, Bits<32>>,
        /// There is a word.
        pub has_word: Signal<In, Bit>,
        /// Sends the answer, while `ready` is up.
        pub start: Signal<In, Bit>,
        /// An answer is taken.
        pub ready: Signal<Out, Bit>,
        /// A byte to send.
        pub data: Signal<Out, Bits<8>>,
        /// It is to be sent.
        pub send: Signal<Out, Bit>,
        /// It is taken.
        pub sent: Signal<In, Bit>,

        crc: Crc,
        state: DFF<Writing>,
        /// Content, the next byte low.
        bytes: DFF<Bits<64>>,
        /// For each byte of it, and what is behind: whether it is zero, or the end.
        zeros: DFF<Bits<8>>,
        check: DFF<Bits<16>>,
        step: DFF<Bits<4>>,
        /// Bytes of the content before the CRC, then bytes that are to be sent.
        left: DFF<Bits<4>>,
        /// Bytes before the next zero.
        run: DFF<Bits<4>>,
        words: Signal<Local, Bits<64>>,
        item: Signal<Local, Bits<8>>,
        crc_step: Signal<Local, Bits<4>>,
        mark: Signal<Local, Bits<8>>,
        distance: Signal<Local, Bits<4>>,
        code: Signal<Local, Bits<4>>,
        short: Constant<Bits<4>> = Constant::new((uart::ANSWER as u64).into()),
        long: Constant<Bits<4>> = Constant::new((uart::WORD_ANSWER as u64).into()),
        crc_bytes: Constant<Bits<4>> = Constant::new((uart::CRC as u64).into()),
        last: Constant<Bits<4>> = Constant::new((LONGEST as u64 - 1).into()),
    }
}

impl Logic for Answers {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, bytes, zeros, check, step, left, run);

        self.ready.next = false;
        self.send.next = false;
        self.data.next = self.bytes.q.val().get_bits::<8>(0);

        // The item that goes behind the content: what is in front, then the CRC, then nothing.
        self.crc.prior.next = self.check.q.val();
        self.crc.data.next = self.bytes.q.val().get_bits::<8>(0);
        self.crc_step.next = self.step.q.val() - self.left.q.val();
        self.item.next = 0.into();
        self.mark.next = 0.into();
        if self.step.q.val() < self.left.q.val() {
            self.item.next = self.bytes.q.val().get_bits::<8>(0);
        } else {
            if !self.crc_step.val().any() {
                self.item.next = self.check.q.val().get_bits::<8>(0);
            }
            if self.crc_step.val() == 1 {
                self.item.next = self.check.q.val().get_bits::<8>(8);
            }
        }
        if !self.item.val().any() {
            self.mark.next = 0x80.into();
        }

        // The first zero, or the end.
        self.distance.next = 8.into();
        if self.zeros.q.val().get_bit(7) {
            self.distance.next = 7.into();
        }
        if self.zeros.q.val().get_bit(6) {
            self.distance.next = 6.into();
        }
        if self.zeros.q.val().get_bit(5) {
            self.distance.next = 5.into();
        }
        if self.zeros.q.val().get_bit(4) {
            self.distance.next = 4.into();
        }
        if self.zeros.q.val().get_bit(3) {
            self.distance.next = 3.into();
        }
        if self.zeros.q.val().get_bit(2) {
            self.distance.next = 2.into();
        }
        if self.zeros.q.val().get_bit(1) {
            self.distance.next = 1.into();
        }
        if self.zeros.q.val().get_bit(0) {
            self.distance.next = 0.into();
        }
        self.code.next = self.distance.val() + 1;

        self.words.next = (bit_cast::<64, 32>(self.word.val()) << 16)
            | (bit_cast::<64, 8>(self.head.val()) << 8)
            | bit_cast::<64, 8>(self.number.val());
        match self.state.q.val() {
            Writing::Ready => {
                self.ready.next = true;
                self.bytes.d.next = self.words.val();
                self.check.d.next = 0.into();
                self.step.d.next = 0.into();
                self.left.d.next = self.short.val();
                if self.has_word.val() {
                    self.left.d.next = self.long.val();
                }
                if self.start.val() {
                    self.state.d.next = Writing::Gathers;
                }
            }
            Writing::Gathers => {
                self.bytes.d.next = (self.bytes.q.val() >> 8) | (bit_cast::<64, 8>(self.item.val()) << 56);
                self.zeros.d.next = (self.zeros.q.val() >> 1) | self.mark.val();
                self.step.d.next = self.step.q.val() + 1;
                if self.step.q.val() < self.left.q.val() {
                    self.check.d.next = self.crc.after.val();
                }
                if self.step.q.val() == self.last.val() {
                    self.left.d.next = self.left.q.val() + self.crc_bytes.val();
                    self.state.d.next = Writing::Counts;
                }
            }
            Writing::Counts => {
                self.send.next = true;
                self.data.next = bit_cast::<8, 4>(self.code.val());
                self.run.d.next = self.distance.val();
                if self.sent.val() {
                    self.state.d.next = Writing::Sends;
                }
            }
            Writing::Sends => {
                if self.run.q.val().any() {
                    self.send.next = true;
                    if self.sent.val() {
                        self.run.d.next = self.run.q.val() - 1;
                    }
                } else {
                    // A zero is not sent; the next count stands for it.
                    self.state.d.next = Writing::Counts;
                    if !self.left.q.val().any() {
                        self.state.d.next = Writing::Ends;
                    }
                }
                if (self.sent.val() & self.run.q.val().any())
                    | ((!self.run.q.val().any()) & self.left.q.val().any())
                {
                    self.left.d.next = self.left.q.val() - 1;
                    self.bytes.d.next = self.bytes.q.val() >> 8;
                    self.zeros.d.next = (self.zeros.q.val() >> 1) | 0x80;
                }
            }
            Writing::Ends => {
                self.send.next = true;
                self.data.next = 0.into();
                if self.sent.val() {
                    self.state.d.next = Writing::Ready;
                }
            }
        }
        if self.reset.val() {
            self.state.d.next = Writing::Ready;
        }
    }
}
