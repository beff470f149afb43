//! Turns bursts to host memory into posted memory write requests.
//!
//! Runs on the core clock. A burst is some 64-bit beats from an address that is a multiple of 32; a TLP takes
//! as many of them as Max_Payload_Size allows, 512 bytes at most. Bursts do not cross 4 KiB, so no TLP does (PCI
//! Express Base Specification 3.0, 2.2.7). Below 4 GiB the header has three doublewords, above it four (2.2.4.1).
//!
//! Promises
//! - Beats leave in order, first burst first, and nothing but them and headers: 2 + n words for n beats, one
//!   in every clock in which `granted` is up and the next beat is offered, also from TLP to TLP and from
//!   burst to burst.
//! - `write_done` is up for a clock when a burst's last word has been pushed. `write_failed` is up in its
//!   place when bus mastering went off before: then the rest of the burst is taken and dropped. A TLP that
//!   has begun is always ended.
//! - A message of one doubleword goes between bursts, before the next one. It is taken when its header is pushed, and
//!   until then may be taken back; the next burst waits until it is done.
//! - Relaxed ordering, no snoop and ID-based ordering are never asked for.
//!
//! Leaves to others: who has the stream (`granted` stays until the last word of a TLP), and what the bytes
//! mean; a beat's byte 0 is its lowest.

use rust_hdl::prelude::*;

use super::swap::Swap;
use crate::macros::block;

/// What the requester does.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum Sending {
    /// Waits for a burst, or begins the next TLP of one: the header's first two doublewords.
    Header,
    /// The address, in three doublewords of header with the first half beat.
    Address,
    /// Payload behind four doublewords of header, as it comes.
    Whole,
    /// Payload behind three: half of the beat before, half of this one.
    Halves,
    /// The last half.
    Tail,
    /// Bus mastering is off.
    Drop,
    /// A message behind its header.
    Message,
    /// Its payload behind four doublewords of header.
    Payload,
}

block! {
    /// The requester.
    pub struct Requester new() {
        /// The core clock.
        pub clock: Signal<In, Clock>,
        /// Forgets everything; what is offered after it is a burst's first beat.
        pub hold: Signal<In, Bit>,
        /// Requester ID.
        pub identifier: Signal<In, Bits<16>>,
        /// Max_Payload_Size as Device Control codes it.
        pub payload_code: Signal<In, Bits<3>>,
        /// Bus Master Enable.
        pub enabled: Signal<In, Bit>,

        /// A beat is offered.
        pub write_valid: Signal<In, Bit>,
        /// It is taken in this clock.
        pub write_ready: Signal<Out, Bit>,
        /// It is the first of its burst.
        pub write_first: Signal<In, Bit>,
        /// It is the last of its burst.
        pub write_last: Signal<In, Bit>,
        /// Beside the first: where the burst goes, a multiple of 32 bytes; it ends in the same 4 KiB.
        pub write_address: Signal<In, Bits<64>>,
        /// Beside the first: beats of the burst, at least one.
        pub write_beats: Signal<In, Bits<8>>,
        /// Eight bytes.
        pub write_data: Signal<In, Bits<64>>,
        /// The burst was handed on.
        pub write_done: Signal<Out, Bit>,
        /// The burst, or the rest of it, was dropped.
        pub write_failed: Signal<Out, Bit>,

        /// A message is offered.
        pub message_valid: Signal<In, Bit>,
        /// Where it goes, a multiple of four; stands until it is done.
        pub message_address: Signal<In, Bits<64>>,
        /// What it writes; stands until it is done.
        pub message_data: Signal<In, Bits<32>>,
        /// It is taken in this clock.
        pub message_taken: Signal<Out, Bit>,
        /// Its last word is pushed.
        pub message_done: Signal<Out, Bit>,

        /// Wants the stream, or has it in the middle of a TLP.
        pub wants: Signal<Out, Bit>,
        /// Has it, and a word may be pushed in this clock.
        pub granted: Signal<In, Bit>,
        /// Pushes `word`.
        pub push: Signal<Out, Bit>,
        /// The word: two doublewords as they go over the stream, the first one low.
        pub word: Signal<Out, Bits<64>>,
        /// Its upper doubleword is there.
        pub both: Signal<Out, Bit>,
        /// It is the last of a TLP.
        pub last: Signal<Out, Bit>,

        low_swap: Swap,
        high_swap: Swap,
        message_swap: Swap,
        state: DFF<Sending>,
        /// Address of this TLP and of the next one, in beats.
        address: DFF<Bits<61>>,
        next_address: DFF<Bits<61>>,
        /// Beats of the longest TLP.
        limit: DFF<Bits<8>>,
        /// Beats of the burst that are in no TLP yet.
        left: DFF<Bits<8>>,
        /// Beats of this TLP that are still to come.
        remaining: DFF<Bits<8>>,
        /// The upper half of the beat before.
        carry: DFF<Bits<32>>,
        done: DFF<Bit>,
        failed: DFF<Bit>,

        low: Signal<Local, Bits<32>>,
        high: Signal<Local, Bits<32>>,
        offered: Signal<Local, Bits<61>>,
        here: Signal<Local, Bits<61>>,
        all: Signal<Local, Bits<8>>,
        begins: Signal<Local, Bit>,
        messages: Signal<Local, Bit>,
        message_low: Signal<Local, Bits<32>>,
        message_high: Signal<Local, Bits<32>>,
        message_wide: Signal<Local, Bit>,
        taken: Signal<Local, Bits<8>>,
        rest: Signal<Local, Bits<8>>,
        length: Signal<Local, Bits<10>>,
        here_wide: Signal<Local, Bit>,
        wide: Signal<Local, Bit>,
        first: Signal<Local, Bits<32>>,
        second: Signal<Local, Bits<32>>,
        bytes: Signal<Local, Bits<64>>,
        upper_address: Signal<Local, Bits<32>>,
        lower_address: Signal<Local, Bits<32>>,
        low_word: Signal<Local, Bits<32>>,
        high_word: Signal<Local, Bits<32>>,
        ends: Signal<Local, Bit>,
        takes: Signal<Local, Bit>,
        /// MWr with three and with four doublewords of header (2.2.1).
        narrow_write: Constant<Bits<32>> = Constant::new(0x4000_0000_u64.into()),
        wide_write: Constant<Bits<32>> = Constant::new(0x6000_0000_u64.into()),
        /// All bytes of the first and the last doubleword (2.2.5); the tag of a posted request is free (2.2.6.2).
        all_bytes: Constant<Bits<32>> = Constant::new(0xff_u64.into()),
        /// The same of one doubleword.
        all_of_one: Constant<Bits<32>> = Constant::new(0x0f_u64.into()),
        one_word: Constant<Bits<32>> = Constant::new(1_u64.into()),
    }
}

impl Logic for Requester {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, state, address, next_address, limit, left, remaining, carry, done, failed);
        self.low_swap.word.next = self.write_data.val().get_bits::<32>(0);
        self.high_swap.word.next = self.write_data.val().get_bits::<32>(32);
        self.low.next = self.low_swap.swapped.val();
        self.high.next = self.high_swap.swapped.val();

        // The next TLP: of this burst, or of the one offered.
        self.offered.next = self.write_address.val().get_bits::<61>(3);
        self.here.next = self.offered.val();
        self.all.next = self.write_beats.val();
        self.begins.next = self.write_valid.val() & self.write_first.val();
        if self.left.q.val().any() {
            self.here.next = self.next_address.q.val();
            self.all.next = self.left.q.val();
            self.begins.next = true;
        }

        // A message, between bursts.
        self.message_swap.word.next = self.message_data.val();
        self.message_low.next = self.message_address.val().get_bits::<32>(0);
        self.message_high.next = self.message_address.val().get_bits::<32>(32);
        self.message_wide.next = self.message_high.val().any();
        self.messages.next = self.message_valid.val() & (!self.left.q.val().any()) & self.enabled.val();
        self.message_taken.next = false;
        self.message_done.next = false;

        // How many beats it takes: up to Max_Payload_Size, and what is left for further ones.
        self.limit.d.next = 64.into();
        if self.payload_code.val() == 0 {
            self.limit.d.next = 16.into();
        }
        if self.payload_code.val() == 1 {
            self.limit.d.next = 32.into();
        }
        self.taken.next = self.all.val();
        self.rest.next = 0.into();
        if self.all.val() > self.limit.q.val() {
            self.taken.next = self.limit.q.val();
            self.rest.next = self.all.val() - self.limit.q.val();
        }

        // Its header (2.2.7).
        self.here_wide.next = self.here.val().get_bits::<32>(29).any();
        self.length.next = bit_cast::<10, 8>(self.taken.val()) << 1;
        self.first.next = self.narrow_write.val() | bit_cast::<32, 10>(self.length.val());
        if self.here_wide.val() {
            self.first.next = self.wide_write.val() | bit_cast::<32, 10>(self.length.val());
        }
        self.second.next = (bit_cast::<32, 16>(self.identifier.val()) << 16) | self.all_bytes.val();
        self.bytes.next = bit_cast::<64, 61>(self.address.q.val()) << 3;
        self.upper_address.next = self.bytes.val().get_bits::<32>(32);
        self.lower_address.next = self.bytes.val().get_bits::<32>(0);
        self.wide.next = self.upper_address.val().any();

        self.ends.next = self.remaining.q.val() == 1;
        self.takes.next = self.granted.val() & self.write_valid.val();
        self.write_ready.next = false;
        self.wants.next = true;
        self.push.next = false;
        self.low_word.next = self.first.val();
        self.high_word.next = self.second.val();
        self.both.next = true;
        self.last.next = false;
        self.done.d.next = false;
        self.failed.d.next = false;

        match self.state.q.val() {
            Sending::Header => {
                self.wants.next = (self.begins.val() & self.enabled.val()) | self.messages.val();
                if self.messages.val() {
                    self.low_word.next = self.narrow_write.val() | self.one_word.val();
                    if self.message_wide.val() {
                        self.low_word.next = self.wide_write.val() | self.one_word.val();
                    }
                    self.high_word.next =
                        (bit_cast::<32, 16>(self.identifier.val()) << 16) | self.all_of_one.val();
                    if self.granted.val() {
                        self.push.next = true;
                        self.message_taken.next = true;
                        self.state.d.next = Sending::Message;
                    }
                }
                if self.begins.val() & !self.messages.val() {
                    if self.enabled.val() {
                        if self.granted.val() {
                            self.push.next = true;
                            self.address.d.next = self.here.val();
                            self.left.d.next = self.rest.val();
                            self.remaining.d.next = self.taken.val();
                            self.state.d.next = Sending::Address;
                        }
                    } else {
                        self.left.d.next = 0.into();
                        self.state.d.next = Sending::Drop;
                    }
                }
            }
            Sending::Address => {
                self.next_address.d.next = self.address.q.val() + bit_cast::<61, 8>(self.remaining.q.val());
                if self.wide.val() {
                    self.low_word.next = self.upper_address.val();
                    self.high_word.next = self.lower_address.val();
                    if self.granted.val() {
                        self.push.next = true;
                        self.state.d.next = Sending::Whole;
                    }
                } else {
                    self.low_word.next = self.lower_address.val();
                    self.high_word.next = self.low.val();
                    if self.takes.val() {
                        self.push.next = true;
                        self.write_ready.next = true;
                        self.state.d.next = Sending::Halves;
                        if self.ends.val() {
                            self.state.d.next = Sending::Tail;
                        }
                    }
                }
            }
            Sending::Whole => {
                self.low_word.next = self.low.val();
                self.high_word.next = self.high.val();
                self.last.next = self.ends.val();
                if self.takes.val() {
                    self.push.next = true;
                    self.write_ready.next = true;
                    if self.ends.val() {
                        self.done.d.next = !self.left.q.val().any();
                        self.state.d.next = Sending::Header;
                    }
                }
            }
            Sending::Halves => {
                self.low_word.next = self.carry.q.val();
                self.high_word.next = self.low.val();
                if self.takes.val() {
                    self.push.next = true;
                    self.write_ready.next = true;
                    if self.ends.val() {
                        self.state.d.next = Sending::Tail;
                    }
                }
            }
            Sending::Tail => {
                self.low_word.next = self.carry.q.val();
                self.high_word.next = 0.into();
                self.both.next = false;
                self.last.next = true;
                if self.granted.val() {
                    self.push.next = true;
                    self.done.d.next = !self.left.q.val().any();
                    self.state.d.next = Sending::Header;
                }
            }
            Sending::Drop => {
                self.wants.next = false;
                self.write_ready.next = true;
                if self.write_valid.val() & self.write_last.val() {
                    self.failed.d.next = true;
                    self.state.d.next = Sending::Header;
                }
            }
            Sending::Message => {
                self.low_word.next = self.message_low.val();
                self.high_word.next = self.message_swap.swapped.val();
                self.last.next = true;
                if self.message_wide.val() {
                    self.low_word.next = self.message_high.val();
                    self.high_word.next = self.message_low.val();
                    self.last.next = false;
                }
                if self.granted.val() {
                    self.push.next = true;
                    self.message_done.next = !self.message_wide.val();
                    self.state.d.next = Sending::Header;
                    if self.message_wide.val() {
                        self.state.d.next = Sending::Payload;
                    }
                }
            }
            Sending::Payload => {
                self.low_word.next = self.message_swap.swapped.val();
                self.high_word.next = 0.into();
                self.both.next = false;
                self.last.next = true;
                if self.granted.val() {
                    self.push.next = true;
                    self.message_done.next = true;
                    self.state.d.next = Sending::Header;
                }
            }
            _ => {
                self.state.d.next = Sending::Header;
            }
        }
        if self.push.val() & self.write_ready.val() {
            self.remaining.d.next = self.remaining.q.val() - 1;
            self.carry.d.next = self.high.val();
        }
        if self.hold.val() {
            self.state.d.next = Sending::Header;
            self.left.d.next = 0.into();
            self.done.d.next = false;
            self.failed.d.next = false;
        }
        self.word.next =
            (bit_cast::<64, 32>(self.high_word.val()) << 32) | bit_cast::<64, 32>(self.low_word.val());
        self.write_done.next = self.done.q.val();
        self.write_failed.next = self.failed.q.val();
    }
}
