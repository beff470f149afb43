//! Who sends next: the completer or the requester.
//!
//! Runs on the core clock. Promises
//! - The stream changes hands only between TLPs: who has pushed a word that is not the last of its TLP is the
//!   only one granted until it has pushed the last.
//! - When both want it they take turns, TLP by TLP, so neither waits for more than one TLP of the other. Who wants
//!   it alone has it in that clock.
//! - A grant is room for a word in this clock; nothing is lost when it is not used.
//!
//! A report counts as a TLP of one word.

use rust_hdl::prelude::*;

/// Two senders and one stream.
#[derive(LogicBlock, Default)]
pub struct Turns {
    /// The core clock.
    pub clock: Signal<In, Clock>,
    /// Forgets who has it.
    pub hold: Signal<In, Bit>,
    /// A word may be pushed in the next clock.
    pub room_next: Signal<In, Bit>,

    /// The completer wants it, or is in the middle of a TLP.
    pub completer_wants: Signal<In, Bit>,
    /// It pushes a word.
    pub completer_pushes: Signal<In, Bit>,
    /// The last of a TLP.
    pub completer_ends: Signal<In, Bit>,
    /// It may.
    pub completer_granted: Signal<Out, Bit>,

    /// The requester wants it, or is in the middle of a TLP.
    pub requester_wants: Signal<In, Bit>,
    /// It pushes a word.
    pub requester_pushes: Signal<In, Bit>,
    /// The last of a TLP.
    pub requester_ends: Signal<In, Bit>,
    /// It may.
    pub requester_granted: Signal<Out, Bit>,
    /// The word pushed is the requester's.
    pub by_requester: Signal<Out, Bit>,

    room: DFF<Bit>,
    /// In the middle of a TLP.
    open: DFF<Bit>,
    /// Whose TLP it is, or was.
    requester_last: DFF<Bit>,
    chosen: Signal<Local, Bit>,
    pushes: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
}

impl Logic for Turns {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, room, open, requester_last);
        self.room.d.next = self.room_next.val();
        self.chosen.next = self.requester_last.q.val();
        if !self.open.q.val() {
            self.chosen.next =
                self.requester_wants.val() & ((!self.completer_wants.val()) | (!self.requester_last.q.val()));
        }
        self.completer_granted.next = self.room.q.val() & (!self.chosen.val());
        self.requester_granted.next = self.room.q.val() & self.chosen.val();
        self.by_requester.next = self.chosen.val();

        self.pushes.next = self.completer_pushes.val();
        self.ends.next = self.completer_ends.val();
        if self.chosen.val() {
            self.pushes.next = self.requester_pushes.val();
            self.ends.next = self.requester_ends.val();
        }
        if self.pushes.val() {
            self.open.d.next = !self.ends.val();
            self.requester_last.d.next = self.chosen.val();
        }
        if self.hold.val() {
            self.open.d.next = false;
        }
    }
}
