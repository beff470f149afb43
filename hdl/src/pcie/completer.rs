//! Turns received requests into accesses of the register bus, and these into completions.
//!
//! Runs on the core clock, one TLP after the other, so that a read never overtakes a write (PCI Express
//! Base Specification 3.0, 2.4.1). Promises
//! - A memory write of any length and alignment writes each doubleword of which a byte is enabled, in
//!   order, with its byte enables as strobes.
//! - A memory read of any length and alignment is answered by as many completions as Max_Payload_Size
//!   asks for; all but the last end on a boundary of 128 bytes, which is the Read Completion Boundary of an
//!   endpoint (2.3.1.1). A doubleword is read whole, because reads have no side effects. A read without a
//!   byte enabled reads nothing and is answered by one doubleword (2.2.5).
//! - Holes read zero, successfully.
//! - A poisoned write does nothing (2.7.2.2). A malformed TLP does nothing and is reported, but for a write
//!   whose payload ends early, which the integrated block lets through to nobody.
//! - Any other request that wants an answer is reported as unsupported, so that the integrated block answers
//!   it; a posted one is reported as posted. A completion is unexpected: this endpoint never reads.
//! - A completion is sent whole, once all its doublewords are there: others may send meanwhile (`granted` stays
//!   until the last word of a TLP).
//!
//! Leaves to others: address decoding within the window, Memory Space Enable (the integrated block).

use rust_hdl::prelude::*;

use super::request::{Kind, Request};
use super::swap::Swap;
use super::word::{Received, SETTINGS_BITS, SETTINGS_PAYLOAD, Sent};
use crate::decode::ADDRESS_BITS;
use crate::macros::block;
use crate::table::Table;

/// Doublewords of the largest completion: 512 bytes.
const MOST_WORDS: usize = 128;
/// Address bits of half of them.
const HALF: usize = 6;
/// Bits of a doubleword's address in the window.
const WORD_BITS: usize = ADDRESS_BITS - 2;

/// What the completer does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum State {
    /// Waits for a TLP.
    Idle,
    /// For the rest of its header.
    Header,
    /// The header is being read.
    Measure,
    /// What to do is being decided.
    Decide,
    /// The next doubleword of a write.
    Payload,
    /// It is being written.
    Writing,
    /// How much goes into the next completion.
    Chunk,
    /// The next doubleword of a read.
    Fetch,
    /// It is being read.
    Reading,
    /// The completion's first beat.
    First,
    /// Its other beats.
    Beats,
    /// The rest of a TLP is dropped.
    Drain,
    /// Something is to be reported, or nothing.
    Finish,
}

const _: () = assert!(2 << HALF == MOST_WORDS && SETTINGS_PAYLOAD == 16 && SETTINGS_BITS == 19);

block! {
    /// The completer.
    pub struct Completer new() {
        /// The core clock.
        pub clock: Signal<In, Clock>,
        /// Forgets everything.
        pub hold: Signal<In, Bit>,
        /// A word was received.
        pub valid: Signal<In, Bit>,
        /// The word.
        pub head: Signal<In, Received>,
        /// Removes it.
        pub take: Signal<Out, Bit>,
        /// Wants the stream, or has it in the middle of a TLP.
        pub wants: Signal<Out, Bit>,
        /// Has it, and a word may be pushed in this clock.
        pub granted: Signal<In, Bit>,
        /// Pushes `word`.
        pub push: Signal<Out, Bit>,
        /// The word.
        pub word: Signal<Out, Sent>,

        /// One clock: a write starts.
        pub write_valid: Signal<Out, Bit>,
        /// Its address, until done.
        pub write_address: Signal<Out, Bits<ADDRESS_BITS>>,
        /// Its data, until done.
        pub write_data: Signal<Out, Bits<32>>,
        /// Its strobes, until done.
        pub write_strobe: Signal<Out, Bits<4>>,
        /// It was carried out or refused.
        pub write_done: Signal<In, Bit>,
        /// One clock: a read starts.
        pub read_valid: Signal<Out, Bit>,
        /// Its address, until done.
        pub read_address: Signal<Out, Bits<ADDRESS_BITS>>,
        /// Its word is there.
        pub read_done: Signal<In, Bit>,
        /// The word; zero at a hole.
        pub read_data: Signal<In, Bits<32>>,
        /// No TLP is under way.
        pub quiet: Signal<Out, Bit>,
        /// The function's ID, by the last settings that came.
        pub identifier: Signal<Out, Bits<16>>,
        /// Its Max_Payload_Size, as Device Control codes it.
        pub payload_code: Signal<Out, Bits<3>>,

        request: Request = Request::new(),
        write_swap: Swap,
        read_swap: Swap,
        even: Table<Bits<32>, HALF>,
        odd: Table<Bits<32>, HALF>,
        state: DFF<State>,
        settings: DFF<Bits<SETTINGS_BITS>>,
        /// First two doublewords of the header, and whether BAR 0 is hit.
        first: DFF<Bits<32>>,
        second: DFF<Bits<32>>,
        hit: DFF<Bit>,
        /// The last beat of the TLP was taken.
        ended: DFF<Bit>,
        /// All that the TLP asks for was done.
        finished: DFF<Bit>,
        kind: DFF<Kind>,
        /// Doubleword of the window that comes next.
        address: DFF<Bits<WORD_BITS>>,
        /// Doublewords that are still to be written or read.
        left: DFF<Bits<11>>,
        /// Bytes that are still to be completed.
        bytes: DFF<Bits<13>>,
        lead: DFF<Bits<2>>,
        is_first: DFF<Bit>,
        /// Payload at hand.
        payload: DFF<Bits<64>>,
        has_low: DFF<Bit>,
        has_high: DFF<Bit>,
        write_pulse: DFF<Bit>,
        data: DFF<Bits<32>>,
        strobe: DFF<Bits<4>>,
        read_pulse: DFF<Bit>,
        /// Doublewords of this completion: all, and those that are there.
        chunk: DFF<Bits<8>>,
        filled: DFF<Bits<8>>,
        /// Lower Address and Byte Count of this completion.
        lower: DFF<Bits<7>>,
        counted: DFF<Bits<13>>,
        /// Beats sent after the first.
        beat: DFF<Bits<7>>,
        unsupported: DFF<Bit>,
        posted: DFF<Bit>,
        unexpected: DFF<Bit>,
        malformed: DFF<Bit>,

        header_word: Signal<Local, Bits<32>>,
        low_word: Signal<Local, Bits<32>>,
        high_word: Signal<Local, Bits<32>>,
        data_word: Signal<Local, Bits<64>>,
        enables: Signal<Local, Bits<4>>,
        last_enables: Signal<Local, Bits<4>>,
        one_left: Signal<Local, Bit>,
        next_word: Signal<Local, Bit>,
        code: Signal<Local, Bits<3>>,
        limit: Signal<Local, Bits<11>>,
        offset: Signal<Local, Bits<5>>,
        fits: Signal<Local, Bits<11>>,
        taken: Signal<Local, Bits<11>>,
        chunk_bytes: Signal<Local, Bits<13>>,
        stored: Signal<Local, Bits<32>>,
        store: Signal<Local, Bit>,
        even_index: Signal<Local, Bits<HALF>>,
        beat_before: Signal<Local, Bits<7>>,
        tag: Signal<Local, Bits<8>>,
        requester: Signal<Local, Bits<16>>,
        traffic_class: Signal<Local, Bits<3>>,
        attributes: Signal<Local, Bits<2>>,
        own_id: Signal<Local, Bits<16>>,
        byte_count: Signal<Local, Bits<12>>,
        reply_first: Signal<Local, Bits<32>>,
        reply_second: Signal<Local, Bits<32>>,
        reply_third: Signal<Local, Bits<32>>,
        upper: Signal<Local, Bits<32>>,
        lower_half: Signal<Local, Bits<32>>,
        last_beat: Signal<Local, Bit>,
        lower_address: Signal<Local, Bits<7>>,
        report_bytes: Signal<Local, Bits<12>>,
        reports: Signal<Local, Bit>,
        report: Signal<Local, Bits<64>>,
        is_memory_read: Signal<Local, Bit>,
        /// CplD: format and type (2.2.1).
        completion: Constant<Bits<32>> = Constant::new(0x4a00_0000_u64.into()),
        /// Traffic class, attributes and ID-based ordering go back as they came.
        kept: Constant<Bits<32>> = Constant::new(0x0074_3000_u64.into()),
    }
}

impl Logic for Completer {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, settings, first, second, hit, ended, finished, kind, address);
        dff_setup!(self, clock, left, bytes, lead, is_first, payload, has_low, has_high, write_pulse, data);
        dff_setup!(self, clock, strobe, read_pulse, chunk, filled, lower, counted, beat);
        dff_setup!(self, clock, unsupported, posted, unexpected, malformed);
        clock!(self, clock, even, odd);

        self.data_word.next = self.head.val().data;
        self.low_word.next = self.data_word.val().get_bits::<32>(0);
        self.high_word.next = self.data_word.val().get_bits::<32>(32);
        self.take.next = false;
        self.push.next = false;
        self.write_pulse.d.next = false;
        self.read_pulse.d.next = false;

        // The header's third doubleword, or its fourth, is the lower address.
        self.header_word.next = self.low_word.val();
        if self.first.q.val().get_bit(29) {
            self.header_word.next = self.high_word.val();
        }
        self.request.first.next = self.first.q.val();
        self.request.second.next = self.second.q.val();
        self.request.page_word.next = self.address.q.val().get_bits::<10>(0);

        // The doubleword that a write writes next.
        self.write_swap.word.next = self.payload.q.val().get_bits::<32>(32);
        if self.has_low.q.val() {
            self.write_swap.word.next = self.payload.q.val().get_bits::<32>(0);
        }
        self.one_left.next = self.left.q.val() == 1;
        self.last_enables.next = self.second.q.val().get_bits::<4>(4);
        self.enables.next = 15.into();
        if self.one_left.val() {
            self.enables.next = self.last_enables.val();
        }
        if self.is_first.q.val() {
            self.enables.next = self.second.q.val().get_bits::<4>(0);
        }
        self.next_word.next = false;

        // How many doublewords the next completion holds. Up to the boundary of 128 bytes that is at most
        // Max_Payload_Size away, the first one being shorter by where it begins.
        self.code.next = self.settings.q.val().get_bits::<3>(16);
        self.limit.next = 128.into();
        if self.code.val() == 0 {
            self.limit.next = 32.into();
        }
        if self.code.val() == 1 {
            self.limit.next = 64.into();
        }
        self.offset.next = self.address.q.val().get_bits::<5>(0);
        self.fits.next = self.limit.val() - bit_cast::<11, 5>(self.offset.val());
        self.taken.next = self.left.q.val();
        if self.left.q.val() > self.fits.val() {
            self.taken.next = self.fits.val();
        }
        self.chunk_bytes.next =
            (bit_cast::<13, 11>(self.taken.val()) << 2) - bit_cast::<13, 2>(self.lead.q.val());

        // Where a doubleword that was read is kept.
        self.read_swap.word.next = self.read_data.val();
        self.stored.next = self.read_swap.swapped.val();
        self.store.next = false;
        self.even_index.next = bit_cast::<HALF, 8>(self.filled.q.val() >> 1);

        // A completion's header (2.2.9).
        self.traffic_class.next = self.first.q.val().get_bits::<3>(20);
        self.attributes.next = self.first.q.val().get_bits::<2>(12);
        self.requester.next = self.second.q.val().get_bits::<16>(16);
        self.tag.next = self.second.q.val().get_bits::<8>(8);
        self.own_id.next = self.settings.q.val().get_bits::<16>(0);
        self.byte_count.next = bit_cast::<12, 13>(self.counted.q.val());
        self.reply_first.next = self.completion.val()
            | (self.first.q.val() & self.kept.val())
            | bit_cast::<32, 8>(self.chunk.q.val());
        self.reply_second.next =
            (bit_cast::<32, 16>(self.own_id.val()) << 16) | bit_cast::<32, 12>(self.byte_count.val());
        self.reply_third.next = (bit_cast::<32, 16>(self.requester.val()) << 16)
            | (bit_cast::<32, 8>(self.tag.val()) << 8)
            | bit_cast::<32, 7>(self.lower.q.val());

        // A beat: behind the header, doublewords 2n - 1 and 2n.
        self.beat_before.next = self.beat.q.val() - 1;
        self.even.read_address.next = bit_cast::<HALF, 7>(self.beat.q.val());
        self.odd.read_address.next = bit_cast::<HALF, 7>(self.beat_before.val());
        self.upper.next = self.even.read_data.val();
        self.lower_half.next = self.odd.read_data.val();
        if !self.beat.q.val().any() {
            self.lower_half.next = self.reply_third.val();
        }
        self.last_beat.next = bit_cast::<8, 7>(self.beat.q.val()) == (self.chunk.q.val() >> 1);

        // A report, with what the completion of an unsupported request copies (UG477, error reporting).
        self.is_memory_read.next = self.kind.q.val().read | self.kind.q.val().locked;
        self.lower_address.next = 0.into();
        self.report_bytes.next = 4.into();
        if self.is_memory_read.val() {
            self.lower_address.next =
                (bit_cast::<7, 5>(self.offset.val()) << 2) | bit_cast::<7, 2>(self.lead.q.val());
            self.report_bytes.next = bit_cast::<12, 13>(self.bytes.q.val());
        }
        self.report.next = bit_cast::<64, 8>(self.tag.val())
            | (bit_cast::<64, 16>(self.requester.val()) << 8)
            | (bit_cast::<64, 2>(self.attributes.val()) << 24)
            | (bit_cast::<64, 3>(self.traffic_class.val()) << 26)
            | (bit_cast::<64, 12>(self.report_bytes.val()) << 29)
            | (bit_cast::<64, 7>(self.lower_address.val()) << 41);
        self.reports.next = self.unsupported.q.val() | self.unexpected.q.val() | self.malformed.q.val();
        self.word.next.data = self.report.val();
        self.word.next.both = true;
        self.word.next.last = true;
        self.word.next.report = true;
        self.word.next.unsupported = self.unsupported.q.val();
        self.word.next.posted = self.posted.q.val();
        self.word.next.locked = self.kind.q.val().locked;
        self.word.next.unexpected = self.unexpected.q.val();
        self.word.next.malformed = self.malformed.q.val();

        match self.state.q.val() {
            State::Idle => {
                self.finished.d.next = false;
                self.is_first.d.next = true;
                self.has_low.d.next = false;
                self.has_high.d.next = false;
                self.unsupported.d.next = false;
                self.posted.d.next = false;
                self.unexpected.d.next = false;
                self.malformed.d.next = false;
                if self.valid.val() {
                    self.take.next = true;
                    if self.head.val().settings {
                        self.settings.d.next = bit_cast::<SETTINGS_BITS, 64>(self.data_word.val());
                    } else {
                        self.first.d.next = self.low_word.val();
                        self.second.d.next = self.high_word.val();
                        self.hit.d.next = self.head.val().hit;
                        self.ended.d.next = self.head.val().last;
                        self.state.d.next = State::Header;
                        if self.head.val().last {
                            self.malformed.d.next = true;
                            self.finished.d.next = true;
                            self.state.d.next = State::Finish;
                        }
                    }
                }
            }
            State::Header => {
                if self.valid.val() {
                    self.take.next = true;
                    self.address.d.next = self.header_word.val().get_bits::<WORD_BITS>(2);
                    self.payload.d.next = self.data_word.val();
                    self.has_high.d.next = self.head.val().both & !self.first.q.val().get_bit(29);
                    self.ended.d.next = self.head.val().last;
                    self.state.d.next = State::Measure;
                }
            }
            State::Measure => {
                self.kind.d.next = self.request.kind.val();
                self.left.d.next = self.request.words.val();
                self.bytes.d.next = self.request.bytes.val();
                self.lead.d.next = self.request.lead.val();
                self.state.d.next = State::Decide;
            }
            State::Decide => {
                self.finished.d.next = true;
                self.state.d.next = State::Finish;
                if self.kind.q.val().write | self.kind.q.val().read {
                    if !self.kind.q.val().legal {
                        self.malformed.d.next = true;
                    } else {
                        if !self.hit.q.val() {
                            self.unsupported.d.next = true;
                            self.posted.d.next = self.kind.q.val().write;
                        } else {
                            if self.kind.q.val().read {
                                self.state.d.next = State::Chunk;
                            } else {
                                // Poisoned: EP (2.7.2.2).
                                if !self.first.q.val().get_bit(14) {
                                    self.state.d.next = State::Payload;
                                }
                            }
                        }
                    }
                } else {
                    self.unexpected.d.next = self.kind.q.val().completion;
                    self.unsupported.d.next = !(self.kind.q.val().completion | self.kind.q.val().message);
                }
                // A request without an end in sight is answered when it has ended.
                if !(self.ended.q.val() | self.kind.q.val().write) {
                    self.finished.d.next = false;
                    self.unsupported.d.next = false;
                    self.posted.d.next = false;
                    self.unexpected.d.next = false;
                    self.malformed.d.next = false;
                    self.state.d.next = State::Drain;
                }
            }
            State::Payload => {
                if !self.left.q.val().any() {
                    self.state.d.next = State::Finish;
                } else {
                    if self.has_low.q.val() | self.has_high.q.val() {
                        self.data.d.next = self.write_swap.swapped.val();
                        self.strobe.d.next = self.enables.val();
                        if self.enables.val().any() {
                            self.write_pulse.d.next = true;
                            self.state.d.next = State::Writing;
                        } else {
                            self.next_word.next = true;
                        }
                    } else {
                        if self.ended.q.val() {
                            self.malformed.d.next = true;
                            self.state.d.next = State::Finish;
                        } else {
                            if self.valid.val() {
                                self.take.next = true;
                                self.payload.d.next = self.data_word.val();
                                self.has_low.d.next = true;
                                self.has_high.d.next = self.head.val().both;
                                self.ended.d.next = self.head.val().last;
                            }
                        }
                    }
                }
            }
            State::Writing => {
                if self.write_done.val() {
                    self.next_word.next = true;
                    self.state.d.next = State::Payload;
                }
            }
            State::Chunk => {
                self.chunk.d.next = bit_cast::<8, 11>(self.taken.val());
                self.left.d.next = self.left.q.val() - self.taken.val();
                self.counted.d.next = self.bytes.q.val();
                self.bytes.d.next = self.bytes.q.val() - self.chunk_bytes.val();
                self.lower.d.next =
                    (bit_cast::<7, 5>(self.offset.val()) << 2) | bit_cast::<7, 2>(self.lead.q.val());
                self.lead.d.next = 0.into();
                self.filled.d.next = 0.into();
                self.beat.d.next = 0.into();
                self.state.d.next = State::Fetch;
            }
            State::Fetch => {
                if self.filled.q.val() == self.chunk.q.val() {
                    self.state.d.next = State::First;
                } else {
                    if self.kind.q.val().nothing {
                        self.stored.next = 0.into();
                        self.store.next = true;
                    } else {
                        self.read_pulse.d.next = true;
                        self.state.d.next = State::Reading;
                    }
                }
            }
            State::Reading => {
                if self.read_done.val() {
                    self.store.next = true;
                    self.state.d.next = State::Fetch;
                }
            }
            State::First => {
                self.word.next.data = (bit_cast::<64, 32>(self.reply_second.val()) << 32)
                    | bit_cast::<64, 32>(self.reply_first.val());
                self.word.next.last = false;
                self.word.next.report = false;
                if self.granted.val() {
                    self.push.next = true;
                    self.state.d.next = State::Beats;
                }
            }
            State::Beats => {
                self.word.next.data =
                    (bit_cast::<64, 32>(self.upper.val()) << 32) | bit_cast::<64, 32>(self.lower_half.val());
                self.word.next.last = self.last_beat.val();
                self.word.next.both = (!self.last_beat.val()) | self.chunk.q.val().get_bit(0);
                self.word.next.report = false;
                if self.granted.val() {
                    self.push.next = true;
                    self.beat.d.next = self.beat.q.val() + 1;
                    if self.last_beat.val() {
                        self.state.d.next = State::Finish;
                        if self.left.q.val().any() {
                            self.state.d.next = State::Chunk;
                        }
                    }
                }
            }
            State::Drain => {
                if self.valid.val() {
                    self.take.next = true;
                    if self.head.val().last {
                        self.ended.d.next = true;
                        self.state.d.next = State::Decide;
                        if self.finished.q.val() {
                            self.state.d.next = State::Finish;
                        }
                    }
                }
            }
            State::Finish => {
                if !self.ended.q.val() {
                    self.state.d.next = State::Drain;
                } else {
                    if self.reports.val() {
                        if self.granted.val() {
                            self.push.next = true;
                            self.state.d.next = State::Idle;
                        }
                    } else {
                        self.state.d.next = State::Idle;
                    }
                }
            }
            _ => {
                self.state.d.next = State::Idle;
            }
        }

        // A doubleword is done with.
        if self.next_word.val() {
            self.left.d.next = self.left.q.val() - 1;
            self.address.d.next = self.address.q.val() + 1;
            self.is_first.d.next = false;
            self.has_low.d.next = false;
            if !self.has_low.q.val() {
                self.has_high.d.next = false;
            }
        }
        self.even.write_address.next = self.even_index.val();
        self.odd.write_address.next = self.even_index.val();
        self.even.write_data.next = self.stored.val();
        self.odd.write_data.next = self.stored.val();
        self.even.write_enable.next = self.store.val() & !self.filled.q.val().get_bit(0);
        self.odd.write_enable.next = self.store.val() & self.filled.q.val().get_bit(0);
        if self.store.val() {
            self.filled.d.next = self.filled.q.val() + 1;
            self.address.d.next = self.address.q.val() + 1;
        }
        if self.hold.val() {
            self.state.d.next = State::Idle;
            self.write_pulse.d.next = false;
            self.read_pulse.d.next = false;
        }

        self.wants.next = (self.state.q.val() == State::First)
            | (self.state.q.val() == State::Beats)
            | ((self.state.q.val() == State::Finish) & self.ended.q.val() & self.reports.val());
        self.identifier.next = self.own_id.val();
        self.payload_code.next = self.code.val();
        self.write_valid.next = self.write_pulse.q.val();
        self.write_address.next = bit_cast::<ADDRESS_BITS, WORD_BITS>(self.address.q.val()) << 2;
        self.write_data.next = self.data.q.val();
        self.write_strobe.next = self.strobe.q.val();
        self.read_valid.next = self.read_pulse.q.val();
        self.read_address.next = bit_cast::<ADDRESS_BITS, WORD_BITS>(self.address.q.val()) << 2;
        self.quiet.next = (self.state.q.val() == State::Idle) & !self.valid.val();
    }
}
