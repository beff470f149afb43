//! From bytes to requests: takes COBS and the CRC away, and tells a good frame from a damaged one.
//!
//! Promises
//! - `request` is up for one clock for each frame whose CRC, length and command are right; its fields stand until the next
//!   byte comes. `damaged` is up for one clock for each other frame that is not empty.
//! - Whatever came before, the frame behind a delimiter is read rightly.

use portolan_regs::uart;
use rust_hdl::prelude::*;

use super::crc::Crc;
use crate::macros::block;

block! {
    /// The reader of requests.
    pub struct Requests new() {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Synchronous, active high.
        pub reset: Signal<In, Bit>,
        /// A byte.
        pub data: Signal<In, Bits<8>>,
        /// One clock: it came.
        pub valid: Signal<In, Bit>,
        /// One clock: something came that is no byte.
        pub broken: Signal<In, Bit>,
        /// One clock: a request has come.
        pub request: Signal<Out, Bit>,
        /// One clock: a damaged frame was dropped.
        pub damaged: Signal<Out, Bit>,
        /// Its sequence number.
        pub number: Signal<Out, Bits<8>>,
        /// Its command.
        pub command: Signal<Out, Bits<8>>,
        /// Its address.
        pub address: Signal<Out, Bits<24>>,
        /// Its word, if it has one.
        pub word: Signal<Out, Bits<32>>,
        /// It tells nothing in this clock.
        pub quiet: Signal<Out, Bit>,

        crc: Crc,
        started: DFF<Bit>,
        bad: DFF<Bit>,
        /// Bytes of the group that are to come.
        left: DFF<Bits<8>>,
        /// Bytes of the frame so far; stops at its largest value.
        length: DFF<Bits<4>>,
        check: DFF<Bits<16>>,
        the_number: DFF<Bits<8>>,
        the_command: DFF<Bits<8>>,
        the_address: DFF<Bits<24>>,
        the_word: DFF<Bits<32>>,
        is_request: DFF<Bit>,
        is_damaged: DFF<Bit>,
        content: Signal<Local, Bits<8>>,
        comes: Signal<Local, Bit>,
        expected: Signal<Local, Bits<4>>,
        good: Signal<Local, Bit>,
        residue: Constant<Bits<16>> = Constant::new(u64::from(!uart::CRC_RESIDUE).into()),
        number_place: Constant<Bits<4>> = Constant::new((uart::SEQUENCE as u64).into()),
        command_place: Constant<Bits<4>> = Constant::new((uart::COMMAND as u64).into()),
        word_place: Constant<Bits<4>> = Constant::new((uart::REQUEST_WORD as u64).into()),
        crc_place: Constant<Bits<4>> = Constant::new((uart::WRITE_REQUEST as u64).into()),
        usual_length: Constant<Bits<4>> = Constant::new(((uart::REQUEST + uart::CRC) as u64).into()),
        write_length: Constant<Bits<4>> = Constant::new(((uart::WRITE_REQUEST + uart::CRC) as u64).into()),
        write: Constant<Bits<8>> = Constant::new(u64::from(uart::command::WRITE).into()),
        commands: Constant<Bits<8>> = Constant::new(u64::from(uart::command::COUNTS + 1).into()),
    }
}

const _: () = assert!(uart::DELIMITER == 0 && uart::WRITE_REQUEST + uart::CRC < 15);

impl Logic for Requests {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, started, bad, left, length, check, is_request, is_damaged);
        dff_setup!(self, clock, the_number, the_command, the_address, the_word);

        self.expected.next = self.usual_length.val();
        if self.the_command.q.val() == self.write.val() {
            self.expected.next = self.write_length.val();
        }
        self.good.next = (!self.bad.q.val())
            & (!self.left.q.val().any())
            & (self.length.q.val() == self.expected.val())
            & (self.the_command.q.val() < self.commands.val())
            & (self.check.q.val() == self.residue.val());

        // COBS: a byte says where the next zero is; a zero is the end of the frame.
        self.comes.next = false;
        self.content.next = self.data.val();
        self.is_request.d.next = false;
        self.is_damaged.d.next = false;
        if self.valid.val() & self.data.val().any() {
            self.started.d.next = true;
            if self.left.q.val().any() {
                self.left.d.next = self.left.q.val() - 1;
                self.comes.next = true;
            } else {
                self.left.d.next = self.data.val() - 1;
                self.content.next = 0.into();
                self.comes.next = self.started.q.val();
            }
        }
        if self.broken.val() {
            self.started.d.next = true;
            self.bad.d.next = true;
        }

        // The content.
        self.crc.prior.next = self.check.q.val();
        self.crc.data.next = self.content.val();
        if self.comes.val() {
            self.check.d.next = self.crc.after.val();
            if !self.length.q.val().all() {
                self.length.d.next = self.length.q.val() + 1;
            }
            if self.length.q.val() == self.number_place.val() {
                self.the_number.d.next = self.content.val();
            }
            if self.length.q.val() == self.command_place.val() {
                self.the_command.d.next = self.content.val();
            }
            if (self.length.q.val() > self.command_place.val())
                & (self.length.q.val() < self.word_place.val())
            {
                self.the_address.d.next =
                    (self.the_address.q.val() >> 8) | (bit_cast::<24, 8>(self.content.val()) << 16);
            }
            if (self.length.q.val() >= self.word_place.val()) & (self.length.q.val() < self.crc_place.val()) {
                self.the_word.d.next =
                    (self.the_word.q.val() >> 8) | (bit_cast::<32, 8>(self.content.val()) << 24);
            }
        }

        // The end of a frame.
        if self.valid.val() & !self.data.val().any() {
            self.is_request.d.next = self.started.q.val() & self.good.val();
            self.is_damaged.d.next = self.started.q.val() & !self.good.val();
            self.started.d.next = false;
            self.bad.d.next = false;
            self.left.d.next = 0.into();
            self.length.d.next = 0.into();
            self.check.d.next = 0.into();
        }
        if self.reset.val() {
            self.started.d.next = false;
            self.bad.d.next = false;
            self.left.d.next = 0.into();
            self.length.d.next = 0.into();
            self.check.d.next = 0.into();
            self.is_request.d.next = false;
            self.is_damaged.d.next = false;
        }

        self.request.next = self.is_request.q.val();
        self.damaged.next = self.is_damaged.q.val();
        self.number.next = self.the_number.q.val();
        self.command.next = self.the_command.q.val();
        self.address.next = self.the_address.q.val();
        self.word.next = self.the_word.q.val();
        self.quiet.next = (!self.is_request.q.val()) & (!self.is_damaged.q.val());
    }
}
