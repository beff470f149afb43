//! The bridge: carries out the requests of a serial line on an AXI4-Lite bus, each once, and tells of the interrupt.
//!
//! Promises (docs/uart.md)
//! - Every request is answered. One with the sequence number of the request before it is that request, sent again because
//!   its answer was lost: it is not carried out, but answered by what was kept. HELLO alone is always carried out.
//! - A damaged frame is dropped, counted, and answered with a NAK.
//! - While the interrupt is up the host is told so: in each answer, and when no answer has told it yet, or not for a while,
//!   in a notice.
//! - An address beyond the block's answers DECERR and reaches no bus. A bus that does not answer delays the answer, and
//!   nothing else: what comes meanwhile is dropped.
//!
//! AXI4-Lite: VALID and what it covers stay until READY (ARM IHI 0022H, A3.2.1); one access at a time.

use portolan_regs::uart;
use rust_hdl::prelude::*;

use super::answers::Answers;
use super::receiver::Receiver;
use super::requests::Requests;
use super::transmitter::Transmitter;
use crate::decode::ADDRESS_BITS;
use crate::macros::block;

/// What the bridge is at.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Doing {
    /// Waits for a request.
    Listens,
    /// Reads a register.
    Reads,
    /// Writes a register.
    Writes,
    /// Has an answer to send.
    Answers,
}

// What `update` puts together by number.
const _: () = {
    assert!(uart::KIND.low == 0 && uart::KIND.high == 3 && uart::RESPONSE.low == 4 && uart::IRQ.low == 7);
    assert!(uart::DAMAGED.low == 0 && uart::DAMAGED.high == 15 && uart::REPEATED.low == 16);
};

/// A command or a kind as a constant of eight bits.
fn byte(value: u8) -> Constant<Bits<8>> {
    Constant::new(u64::from(value).into())
}

block! {
    /// A bridge of so many clocks per bit, that tells of the interrupt again after so many clocks.
    pub struct Bridge new(clocks: u32, renewal: u32) {
        /// Clock.
        pub clock: Signal<In, Clock>,
        /// Synchronous, active high.
        pub reset: Signal<In, Bit>,
        /// From the host, asynchronous.
        pub rx: Signal<In, Bit>,
        /// To the host.
        pub tx: Signal<Out, Bit>,
        /// The interrupt, a level.
        pub irq: Signal<In, Bit>,
        /// Nothing moves here.
        pub quiet: Signal<Out, Bit>,

        /// Write address, in bytes.
        pub awaddr: Signal<Out, Bits<ADDRESS_BITS>>,
        /// The write address is there.
        pub awvalid: Signal<Out, Bit>,
        /// The write address is taken.
        pub awready: Signal<In, Bit>,
        /// Write data: whole words.
        pub wdata: Signal<Out, Bits<32>>,
        /// The write data is there.
        pub wvalid: Signal<Out, Bit>,
        /// The write data is taken.
        pub wready: Signal<In, Bit>,
        /// The write's response.
        pub bresp: Signal<In, Bits<2>>,
        /// It is there.
        pub bvalid: Signal<In, Bit>,
        /// It is taken.
        pub bready: Signal<Out, Bit>,
        /// Read address, in bytes.
        pub araddr: Signal<Out, Bits<ADDRESS_BITS>>,
        /// The read address is there.
        pub arvalid: Signal<Out, Bit>,
        /// The read address is taken.
        pub arready: Signal<In, Bit>,
        /// Read data.
        pub rdata: Signal<In, Bits<32>>,
        /// The read's response.
        pub rresp: Signal<In, Bits<2>>,
        /// Both are there.
        pub rvalid: Signal<In, Bit>,
        /// They are taken.
        pub rready: Signal<Out, Bit>,

        receiver: Receiver = Receiver::new(clocks),
        requests: Requests = Requests::new(),
        answers: Answers = Answers::new(),
        transmitter: Transmitter = Transmitter::new(clocks),
        state: DFF<Doing>,
        /// The last request that was carried out, and its answer.
        has_last: DFF<Bit>,
        number: DFF<Bits<8>>,
        command: DFF<Bits<8>>,
        address: DFF<Bits<ADDRESS_BITS>>,
        word: DFF<Bits<32>>,
        has_word: DFF<Bit>,
        response: DFF<Bits<2>>,
        aw_valid: DFF<Bit>,
        w_valid: DFF<Bit>,
        ar_valid: DFF<Bit>,
        /// What there is to tell beside answers.
        owes_nak: DFF<Bit>,
        told: DFF<Bit>,
        since: DFF<Bits<32>>,
        damaged: DFF<Bits<16>>,
        repeated: DFF<Bits<16>>,
        is_hello: Signal<Local, Bit>,
        is_read: Signal<Local, Bit>,
        is_write: Signal<Local, Bit>,
        again: Signal<Local, Bit>,
        beyond: Signal<Local, Bit>,
        notice_due: Signal<Local, Bit>,
        begins: Signal<Local, Bit>,
        kind: Signal<Local, Bits<8>>,
        head: Signal<Local, Bits<8>>,
        hello: Constant<Bits<8>> = byte(uart::command::HELLO),
        read: Constant<Bits<8>> = byte(uart::command::READ),
        write: Constant<Bits<8>> = byte(uart::command::WRITE),
        nak: Constant<Bits<8>> = byte(uart::kind::NAK),
        notice: Constant<Bits<8>> = byte(uart::kind::NOTICE),
        decode_error: Constant<Bits<2>> = Constant::new(u64::from(uart::response::DECERR).into()),
        greeting: Constant<Bits<32>> = Constant::new(u64::from(uart::HELLO_WORD).into()),
        renewal: Constant<Bits<32>> = Constant::new(u64::from(renewal).into()),
    }
}

impl Logic for Bridge {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, has_last, number, command, address, word, has_word, response);
        dff_setup!(self, clock, aw_valid, w_valid, ar_valid, owes_nak, told, since, damaged, repeated);
        self.receiver.clock.next = self.clock.val();
        self.requests.clock.next = self.clock.val();
        self.answers.clock.next = self.clock.val();
        self.transmitter.clock.next = self.clock.val();
        self.receiver.reset.next = self.reset.val();
        self.requests.reset.next = self.reset.val();
        self.answers.reset.next = self.reset.val();
        self.transmitter.reset.next = self.reset.val();

        // The line.
        self.receiver.rx.next = self.rx.val();
        self.requests.data.next = self.receiver.data.val();
        self.requests.valid.next = self.receiver.valid.val();
        self.requests.broken.next = self.receiver.broken.val();
        self.transmitter.data.next = self.answers.data.val();
        self.transmitter.send.next = self.answers.send.val();
        self.answers.sent.next = self.transmitter.ready.val();
        self.tx.next = self.transmitter.tx.val();

        // The bus.
        self.awaddr.next = self.address.q.val();
        self.awvalid.next = self.aw_valid.q.val();
        self.wdata.next = self.word.q.val();
        self.wvalid.next = self.w_valid.q.val();
        self.bready.next = self.state.q.val() == Doing::Writes;
        self.araddr.next = self.address.q.val();
        self.arvalid.next = self.ar_valid.q.val();
        self.rready.next = self.state.q.val() == Doing::Reads;

        // What is asked for.
        self.is_hello.next = self.requests.command.val() == self.hello.val();
        self.is_read.next = self.requests.command.val() == self.read.val();
        self.is_write.next = self.requests.command.val() == self.write.val();
        self.again.next = self.has_last.q.val()
            & (self.requests.number.val() == self.number.q.val())
            & !self.is_hello.val();
        self.beyond.next = self.requests.address.val().get_bits::<6>(18).any();
        match self.state.q.val() {
            Doing::Listens => {
                if self.requests.request.val() {
                    self.state.d.next = Doing::Answers;
                    if self.again.val() {
                        if !self.repeated.q.val().all() {
                            self.repeated.d.next = self.repeated.q.val() + 1;
                        }
                    } else {
                        self.has_last.d.next = !self.is_hello.val();
                        self.number.d.next = self.requests.number.val();
                        self.command.d.next = self.requests.command.val();
                        self.address.d.next = self.requests.address.val().get_bits::<ADDRESS_BITS>(0);
                        self.response.d.next = 0.into();
                        self.has_word.d.next = !self.is_write.val();
                        self.word.d.next = bit_cast::<32, 16>(self.damaged.q.val())
                            | (bit_cast::<32, 16>(self.repeated.q.val()) << 16);
                        if self.is_hello.val() {
                            self.word.d.next = self.greeting.val();
                        }
                        if self.is_read.val() {
                            self.word.d.next = 0.into();
                        }
                        if self.is_write.val() {
                            self.word.d.next = self.requests.word.val();
                        }
                        if self.is_read.val() | self.is_write.val() {
                            if self.beyond.val() {
                                self.response.d.next = self.decode_error.val();
                            } else {
                                self.ar_valid.d.next = self.is_read.val();
                                self.aw_valid.d.next = self.is_write.val();
                                self.w_valid.d.next = self.is_write.val();
                                self.state.d.next = Doing::Reads;
                                if self.is_write.val() {
                                    self.state.d.next = Doing::Writes;
                                }
                            }
                        }
                    }
                }
            }
            Doing::Reads => {
                if self.arready.val() {
                    self.ar_valid.d.next = false;
                }
                if self.rvalid.val() {
                    self.word.d.next = self.rdata.val();
                    self.response.d.next = self.rresp.val();
                    self.state.d.next = Doing::Answers;
                }
            }
            Doing::Writes => {
                if self.awready.val() {
                    self.aw_valid.d.next = false;
                }
                if self.wready.val() {
                    self.w_valid.d.next = false;
                }
                if self.bvalid.val() {
                    self.response.d.next = self.bresp.val();
                    self.state.d.next = Doing::Answers;
                }
            }
            Doing::Answers => {
                if self.answers.ready.val() {
                    self.state.d.next = Doing::Listens;
                }
            }
        }

        // What is told: an answer first, then that a frame was damaged, then the interrupt.
        self.notice_due.next =
            self.irq.val() & ((!self.told.q.val()) | (self.since.q.val() == self.renewal.val()));
        self.kind.next = self.command.q.val();
        self.answers.has_word.next = self.has_word.q.val();
        self.begins.next = (self.state.q.val() == Doing::Answers) & self.answers.ready.val();
        if self.state.q.val() == Doing::Listens {
            self.answers.has_word.next = false;
            self.kind.next = self.notice.val();
            if self.owes_nak.q.val() {
                self.kind.next = self.nak.val();
            }
            self.begins.next = (self.owes_nak.q.val() | self.notice_due.val()) & self.answers.ready.val();
        }
        self.head.next = self.kind.val();
        if self.state.q.val() == Doing::Answers {
            self.head.next = self.kind.val() | (bit_cast::<8, 2>(self.response.q.val()) << 4);
        }
        self.answers.head.next = self.head.val();
        if self.irq.val() {
            self.answers.head.next = self.head.val() | 0x80;
        }
        self.answers.number.next = self.number.q.val();
        self.answers.word.next = self.word.q.val();
        self.answers.start.next = self.begins.val();
        if self.since.q.val() != self.renewal.val() {
            self.since.d.next = self.since.q.val() + 1;
        }
        if self.begins.val() | !self.irq.val() {
            self.since.d.next = 0.into();
        }
        if !self.irq.val() {
            self.told.d.next = false;
        }
        if self.begins.val() {
            self.told.d.next = self.irq.val();
            if self.state.q.val() == Doing::Listens {
                self.owes_nak.d.next = false;
            }
        }
        if self.requests.damaged.val() {
            self.owes_nak.d.next = true;
            if !self.damaged.q.val().all() {
                self.damaged.d.next = self.damaged.q.val() + 1;
            }
        }

        if self.reset.val() {
            self.state.d.next = Doing::Listens;
            self.has_last.d.next = false;
            self.aw_valid.d.next = false;
            self.w_valid.d.next = false;
            self.ar_valid.d.next = false;
            self.owes_nak.d.next = false;
            self.told.d.next = false;
            self.since.d.next = 0.into();
            self.damaged.d.next = 0.into();
            self.repeated.d.next = 0.into();
        }
        // An interrupt that is up is told again and again.
        self.quiet.next = self.receiver.quiet.val()
            & self.requests.quiet.val()
            & self.answers.ready.val()
            & self.transmitter.ready.val()
            & (self.state.q.val() == Doing::Listens)
            & (!self.owes_nak.q.val())
            & (!self.irq.val());
    }
}
