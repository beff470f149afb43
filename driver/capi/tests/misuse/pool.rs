//! The handles that a run's threads share: what is known of each, in one word, so that no lock keeps threads from meeting
//! in the library.
//!
//! A place is taken over by the next handle; one that was not closed is closed then. So there are never more live handles
//! than places, but for those in messages. A closed handle stays in its place for a while, to be used as a stale one.

use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use crate::dice::Dice;

pub const PLACES: usize = 192;

/// Types of objects (A4).
pub mod kind {
    /// Of what nothing is known: a guess.
    pub const UNKNOWN: u32 = 0;
    pub const PROCESS: u32 = 1;
    pub const THREAD: u32 = 2;
    pub const CHANNEL: u32 = 4;
    pub const EVENT: u32 = 5;
    pub const PORT: u32 = 6;
    pub const INTERRUPT: u32 = 9;
    pub const RESOURCE: u32 = 15;
    pub const EVENTPAIR: u32 = 16;
    pub const JOB: u32 = 17;
    pub const TIMER: u32 = 22;
    /// Magenta's first generation of ports; the call for information says PORT.
    pub const PORT_V1: u32 = 30;
    /// Magenta's interrupts; the call for information says INTERRUPT.
    pub const INTERRUPT_EVENT: u32 = 31;

    /// What the call for information says of an object of this type.
    pub fn told(of: u32) -> u32 {
        match of {
            PORT_V1 => PORT,
            INTERRUPT_EVENT => INTERRUPT,
            of => of,
        }
    }

    /// Whether there are no signals to wait for.
    pub fn has_no_signals(of: u32) -> bool {
        [PORT, RESOURCE, PORT_V1, INTERRUPT_EVENT].contains(&of)
    }
}

/// The rights of an object's first handle (A3).
pub fn first_rights(of: u32) -> u32 {
    match of {
        kind::PROCESS => 0x6_D3CF,
        kind::THREAD => 0x4_D2CF,
        kind::CHANNEL => 0xF00E,
        kind::EVENT => 0xD003,
        kind::PORT => 0x800F,
        kind::INTERRUPT => 0xD00F,
        kind::RESOURCE => 0x800B,
        kind::EVENTPAIR => 0xF003,
        kind::JOB => 0x7_DFCF,
        kind::TIMER => 0xD00B,
        other => panic!("Zircon's calls make no objects of type {other}"),
    }
}

/// The rights of a handle that one of Magenta's calls made (A3; abi.md 8.2).
pub fn magenta_rights(of: u32) -> u32 {
    match of {
        kind::PORT | kind::PORT_V1 | kind::EVENT | kind::EVENTPAIR => 0xF,
        kind::CHANNEL | kind::INTERRUPT_EVENT => 0xE,
        kind::JOB => 0xDCF,
        other => panic!("Magenta's calls make no objects of type {other}"),
    }
}

/// A handle, and what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub raw: u32,
    pub kind: u32,
    pub rights: u32,
    /// It was closed, or is a value that no handle has.
    pub stale: bool,
    /// A call may take it and give it back. Meanwhile it is a bad handle, which does not tell that it is gone.
    pub lent: bool,
}

const KIND_SHIFT: u32 = 32;
const RIGHTS_SHIFT: u32 = 37;
const RIGHTS_MASK: u32 = (1 << 25) - 1;
const STALE_SHIFT: u32 = 62;
const LENT_SHIFT: u32 = 63;

impl Known {
    pub fn live(raw: u32, kind: u32, rights: u32) -> Known {
        Known { raw, kind, rights, stale: false, lent: false }
    }

    /// A value that is no handle's: whatever it is, the answer is BAD_HANDLE.
    pub fn no_handle(raw: u32) -> Known {
        Known { raw, kind: kind::UNKNOWN, rights: 0, stale: true, lent: false }
    }

    /// A value that is most likely no handle's.
    pub fn guess(raw: u32) -> Known {
        Known { raw, kind: kind::UNKNOWN, rights: 0, stale: false, lent: false }
    }

    pub fn is_guess(&self) -> bool {
        self.kind == kind::UNKNOWN
    }

    fn word(self) -> u64 {
        assert_eq!(self.rights & !RIGHTS_MASK, 0);
        u64::from(self.raw)
            | u64::from(self.kind) << KIND_SHIFT
            | u64::from(self.rights) << RIGHTS_SHIFT
            | u64::from(self.stale) << STALE_SHIFT
            | u64::from(self.lent) << LENT_SHIFT
    }

    fn of(word: u64) -> Known {
        Known {
            raw: word as u32,
            kind: (word >> KIND_SHIFT) as u32 & 31,
            rights: (word >> RIGHTS_SHIFT) as u32 & RIGHTS_MASK,
            stale: word >> STALE_SHIFT & 1 == 1,
            lent: word >> LENT_SHIFT & 1 == 1,
        }
    }
}

pub struct Pool {
    places: Vec<AtomicU64>,
    descriptors: [AtomicI32; DESCRIPTORS],
    /// The koid of the channel's end that was last sent a request and is to reply, or 0.
    asked: AtomicU64,
}

/// Descriptors that are open at once.
const DESCRIPTORS: usize = 8;
const NO_DESCRIPTOR: i32 = -1;

impl Pool {
    pub fn new() -> Pool {
        Pool {
            places: (0..PLACES).map(|_| AtomicU64::new(Known::no_handle(0).word())).collect(),
            descriptors: [const { AtomicI32::new(NO_DESCRIPTOR) }; DESCRIPTORS],
            asked: AtomicU64::new(0),
        }
    }

    /// One of the handles, rather of this type than another.
    pub fn pick(&self, dice: &mut Dice, kind: Option<u32>) -> Known {
        let tries = if kind.is_some() { 32 } else { 1 };
        let mut known = self.at(dice);
        for _ in 1..tries {
            if kind == Some(known.kind) && !known.stale {
                break;
            }
            known = self.at(dice);
        }
        known
    }

    fn at(&self, dice: &mut Dice) -> Known {
        Known::of(self.places[dice.below(PLACES)].load(Ordering::SeqCst))
    }

    /// Adds a handle: the live one that it took the place of, which is to be closed.
    pub fn add(&self, dice: &mut Dice, known: Known) -> Option<Known> {
        let mut place = dice.below(PLACES);
        for _ in 0..4 {
            if Known::of(self.places[place].load(Ordering::SeqCst)).stale {
                break;
            }
            place = dice.below(PLACES);
        }
        let old = Known::of(self.places[place].swap(known.word(), Ordering::SeqCst));
        (!old.stale).then_some(old)
    }

    /// The handle was closed, or sent away.
    pub fn retire(&self, known: Known) {
        if !known.lent {
            self.change(known, Known { stale: true, ..known });
        }
    }

    /// A call is about to take the handle, and may give it back. From now on nobody but [`sent`](Self::sent) takes it for
    /// gone.
    pub fn lend(&self, known: Known) {
        self.change(known, Known { lent: true, ..known });
    }

    /// It was not given back.
    pub fn sent(&self, known: Known) {
        self.change(Known { lent: true, ..known }, Known { stale: true, lent: false, ..known });
    }

    fn change(&self, from: Known, to: Known) {
        if from.stale || from.is_guess() {
            return;
        }
        for place in &self.places {
            if place.compare_exchange(from.word(), to.word(), Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                return;
            }
        }
    }

    /// What one thread alone knows of a handle by now: it may have been closed.
    pub fn again(&self, known: Known) -> Known {
        let there = self.places.iter().any(|place| place.load(Ordering::SeqCst) == known.word());
        Known { stale: !there || known.stale, ..known }
    }

    /// A call is about to be made to the channel's end with this koid, or, with 0, is over.
    pub fn ask(&self, koid: u64) {
        self.asked.store(koid, Ordering::SeqCst);
    }

    /// The koid of an end that is to reply, and the channels there are.
    pub fn asked(&self) -> Option<(u64, impl Iterator<Item = Known>)> {
        let koid = self.asked.load(Ordering::SeqCst);
        let all = self.places.iter().map(|place| Known::of(place.load(Ordering::SeqCst)));
        (koid != 0).then(|| (koid, all.filter(|known| known.kind == kind::CHANNEL && !known.stale)))
    }

    /// One of the descriptors, which may be closed by now.
    pub fn descriptor(&self, dice: &mut Dice) -> i32 {
        self.descriptors[dice.below(DESCRIPTORS)].load(Ordering::SeqCst)
    }

    /// Puts a descriptor, or none, in the place of another, which is to be closed if it is one.
    pub fn swap_descriptor(&self, dice: &mut Dice, descriptor: Option<i32>) -> Option<i32> {
        let place = &self.descriptors[dice.below(DESCRIPTORS)];
        let old = place.swap(descriptor.unwrap_or(NO_DESCRIPTOR), Ordering::SeqCst);
        (old != NO_DESCRIPTOR).then_some(old)
    }

    /// Takes all descriptors out.
    pub fn drain_descriptors(&self) -> impl Iterator<Item = i32> {
        let all = self.descriptors.iter().map(|place| place.swap(NO_DESCRIPTOR, Ordering::SeqCst));
        all.filter(|descriptor| *descriptor != NO_DESCRIPTOR)
    }

    /// Takes all out that were not closed.
    pub fn drain(&self) -> impl Iterator<Item = Known> {
        let empty = Known::no_handle(0).word();
        self.places
            .iter()
            .map(move |place| Known::of(place.swap(empty, Ordering::SeqCst)))
            .filter(|known| !known.stale)
    }
}
