//! From the integrated block's receive stream to the core clock's FIFO.
//!
//! Runs on the PCIe clock. Beats go on as they come; before the first TLP, and whenever configuration
//! space has changed since, a word with the settings goes between two TLPs, so that each TLP is handled by
//! the settings of its time.
//!
//! Promises: `tready` is a flip-flop. A TLP that a restart cuts in two is dropped whole on the core's side
//! (the restart empties the FIFO) and to its last beat on this one.

use rust_hdl::prelude::*;

use super::word::{Received, SETTINGS_BITS, SETTINGS_PAYLOAD};

const _: () = assert!(SETTINGS_PAYLOAD == 16 && SETTINGS_BITS == 19);

/// The receive side.
#[derive(LogicBlock, Default)]
pub struct Receive {
    /// The PCIe clock.
    pub clock: Signal<In, Clock>,
    /// The link is down: no TLP is under way.
    pub reset: Signal<In, Bit>,
    /// A restart is under way.
    pub hold: Signal<In, Bit>,
    /// Two doublewords, the first one low.
    pub tdata: Signal<In, Bits<64>>,
    /// Which bytes are there.
    pub tkeep: Signal<In, Bits<8>>,
    /// Last beat of a TLP.
    pub tlast: Signal<In, Bit>,
    /// A beat is there.
    pub tvalid: Signal<In, Bit>,
    /// It is taken.
    pub tready: Signal<Out, Bit>,
    /// Bit 2: the TLP hits BAR 0.
    pub tuser: Signal<In, Bits<22>>,
    /// Bus number.
    pub bus_number: Signal<In, Bits<8>>,
    /// Device number.
    pub device_number: Signal<In, Bits<5>>,
    /// Function number.
    pub function_number: Signal<In, Bits<3>>,
    /// Device Control.
    pub device_control: Signal<In, Bits<16>>,
    /// The FIFO has room in the next clock.
    pub room_next: Signal<In, Bit>,
    /// Pushes `word` into it.
    pub push: Signal<Out, Bit>,
    /// The word.
    pub word: Signal<Out, Received>,

    ready: DFF<Bit>,
    room: DFF<Bit>,
    in_tlp: DFF<Bit>,
    dropping: DFF<Bit>,
    now: DFF<Bits<SETTINGS_BITS>>,
    told: DFF<Bits<SETTINGS_BITS>>,
    tells: DFF<Bit>,
    accept: Signal<Local, Bit>,
    in_tlp_next: Signal<Local, Bit>,
    news: Signal<Local, Bit>,
    settings: Signal<Local, Bit>,
    payload: Signal<Local, Bits<3>>,
}

impl Logic for Receive {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, ready, room, in_tlp, dropping, now, told, tells);
        self.payload.next = self.device_control.val().get_bits::<3>(5);
        self.now.d.next = (bit_cast::<SETTINGS_BITS, 8>(self.bus_number.val()) << 8)
            | (bit_cast::<SETTINGS_BITS, 5>(self.device_number.val()) << 3)
            | bit_cast::<SETTINGS_BITS, 3>(self.function_number.val())
            | (bit_cast::<SETTINGS_BITS, 3>(self.payload.val()) << 16);

        self.accept.next = self.tvalid.val() & self.ready.q.val();
        self.in_tlp_next.next = self.in_tlp.q.val();
        if self.accept.val() {
            self.in_tlp_next.next = !self.tlast.val();
        }
        if self.reset.val() {
            self.in_tlp_next.next = false;
        }
        self.in_tlp.d.next = self.in_tlp_next.val();
        // What comes of a TLP after a restart is dropped.
        self.dropping.d.next = self.in_tlp_next.val() & (self.dropping.q.val() | self.hold.val());

        self.news.next = (!self.tells.q.val()) | (self.now.q.val() != self.told.q.val());
        self.settings.next = self.news.val()
            & self.room.q.val()
            & (!self.ready.q.val())
            & (!self.in_tlp.q.val())
            & (!self.hold.val());
        if self.settings.val() {
            self.told.d.next = self.now.q.val();
            self.tells.d.next = true;
        }
        if self.hold.val() {
            self.tells.d.next = false;
        }
        self.room.d.next = self.room_next.val();
        self.ready.d.next = self.room_next.val() & (self.in_tlp_next.val() | !self.news.val());
        self.tready.next = self.ready.q.val();

        self.push.next = self.settings.val() | (self.accept.val() & !self.dropping.q.val());
        self.word.next.data = self.tdata.val();
        if self.settings.val() {
            self.word.next.data = bit_cast::<64, SETTINGS_BITS>(self.now.q.val());
        }
        self.word.next.both = self.tkeep.val().get_bit(4);
        self.word.next.last = self.tlast.val();
        self.word.next.hit = self.tuser.val().get_bit(2);
        self.word.next.settings = self.settings.val();
    }
}
