//! The host's end.

use core::fmt;

use crate::frame::{Damage, Frame, Frames, LONGEST, NO_SESSION};
use crate::link::{Link, LinkCounts};
use crate::message::{Event, Request};
use crate::session::{Boot, Hello, PANIC_FILE, PANIC_MESSAGE, Panic, Welcome};

/// How often a host greets until it is welcomed, in µs.
pub const GREETING: u64 = 25_000;
/// A board from which nothing came for so long, in µs, while something was sent to it, is gone.
pub const SILENCE: u64 = 1_000_000;

/// How a session is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The board has not answered yet.
    Greeting,
    /// Messages go both ways.
    Open(Welcome),
    /// It has ended.
    Ended(End),
}

/// How a session has ended. A new one needs a new [`Host`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The board is built from other sources: these.
    Refused(Hello),
    /// The board started again, and knows nothing of the session.
    Restarted(Boot),
    /// Nothing came for [`SILENCE`].
    Silent,
}

/// The last words of a board's firmware, kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastWords {
    message: ([u8; PANIC_MESSAGE], u8),
    file: ([u8; PANIC_FILE], u8),
    line: u32,
}

impl LastWords {
    fn keep(panic: &Panic) -> Option<LastWords> {
        fn text<const N: usize>(text: &str) -> Option<([u8; N], u8)> {
            let mut bytes = [0; N];
            bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
            Some((bytes, text.len() as u8))
        }
        Some(LastWords { message: text(panic.message)?, file: text(panic.file)?, line: panic.line })
    }

    /// What it says.
    pub fn panic(&self) -> Panic<'_> {
        let text = |bytes| core::str::from_utf8(bytes).unwrap_or_default();
        let (message, file) = (&self.message, &self.file);
        Panic {
            message: text(&message.0[..message.1.into()]),
            file: text(&file.0[..file.1.into()]),
            line: self.line,
        }
    }
}

/// The host's end of one session.
///
/// Bytes that come go into [`receive`](Host::receive), frames to be sent come out of [`transmit`](Host::transmit); in between
/// [`request`](Host::request) and [`event`](Host::event). `now` is in µs of any clock that does not go backwards.
pub struct Host {
    frames: Frames,
    session: Session,
}

/// All but the buffer in which a frame lies.
struct Session {
    hello: Hello,
    phase: Phase,
    link: Link,
    /// When to greet next.
    greeting: Option<u64>,
    /// Since when the board owes a sign of life: nothing has come since then, and something was sent.
    owing: Option<u64>,
    last_words: Option<LastWords>,
}

impl Host {
    /// Begins the session of this number, which should be random: frames of others are not believed.
    pub const fn new(session: u32) -> Host {
        // No session is number 0.
        let session = if session == NO_SESSION { 1 } else { session };
        let session = Session {
            hello: Hello::ours(session),
            phase: Phase::Greeting,
            link: Link::new(),
            greeting: None,
            owing: None,
            last_words: None,
        };
        Host { frames: Frames::new(), session }
    }

    /// How the session is going.
    pub fn phase(&self) -> Phase {
        self.session.phase
    }

    /// What was counted.
    pub fn counts(&self) -> LinkCounts {
        self.session.link.counts()
    }

    /// What the firmware said when it panicked, if it did.
    pub fn last_words(&self) -> Option<Panic<'_>> {
        self.session.last_words.as_ref().map(LastWords::panic)
    }

    /// Whether the board has taken all requests.
    pub fn is_settled(&self) -> bool {
        self.session.link.is_settled()
    }

    /// For how many requests there is room now.
    pub fn room(&self) -> usize {
        self.session.link.room()
    }

    /// Sends a request, once the session is open. False when there is no room: then something must come first.
    #[must_use]
    pub fn request(&mut self, request: &Request) -> bool {
        self.session.link.send(request)
    }

    /// The next event.
    pub fn event(&mut self, now: u64) -> Option<Event> {
        let open = matches!(self.session.phase, Phase::Open(_));
        if open { self.session.link.take(now) } else { None }
    }

    /// A byte came.
    pub fn receive(&mut self, byte: u8, now: u64) {
        let Some(content) = self.frames.push(byte) else { return };
        match content.and_then(|content| Frame::read(content, self.session.hello.session)) {
            Ok(frame) => self.session.hear(frame, now),
            Err(damage) => self.session.link.count(damage),
        }
    }

    /// The frame to be sent now, if there is one: how many bytes of `line` are to be written.
    pub fn transmit(&mut self, now: u64, line: &mut [u8; LONGEST]) -> usize {
        self.session.transmit(now, line)
    }

    /// The time at which [`transmit`](Host::transmit) should be called even if nothing comes.
    pub fn alarm(&self) -> Option<u64> {
        let session = &self.session;
        let frame = match session.phase {
            Phase::Greeting => Some(session.greeting.unwrap_or(0)),
            Phase::Open(_) => session.link.alarm(),
            Phase::Ended(_) => return None,
        };
        [frame, session.silent_from()].into_iter().flatten().min()
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("phase", &self.phase())
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

impl Session {
    /// When the board's silence has been too long.
    fn silent_from(&self) -> Option<u64> {
        self.owing.map(|since| since.saturating_add(SILENCE))
    }

    fn transmit(&mut self, now: u64, line: &mut [u8; LONGEST]) -> usize {
        if matches!(self.phase, Phase::Ended(_)) {
            return 0;
        }
        if self.silent_from().is_some_and(|when| now >= when) {
            self.phase = Phase::Ended(End::Silent);
            return 0;
        }
        let greet = self.phase == Phase::Greeting;
        if greet && self.greeting.is_some_and(|when| now < when) {
            return 0;
        }
        let frame = if greet {
            self.greeting = Some(now.saturating_add(GREETING));
            Frame::Hello(self.hello)
        } else {
            let Some(frame) = self.link.frame(now) else { return 0 };
            frame
        };
        // What only tells what was received is not answered.
        if !matches!(frame, Frame::Received(_)) {
            self.owing.get_or_insert(now);
        }
        frame.write(self.hello.session, line)
    }

    fn hear(&mut self, frame: Frame, now: u64) {
        let (greeting, open) = (self.phase == Phase::Greeting, matches!(self.phase, Phase::Open(_)));
        let ours = self.hello;
        match frame {
            Frame::Welcome(welcome) if greeting && welcome.hello.session == ours.session => {
                let agreed = welcome.hello.agrees(&ours);
                let refused = Phase::Ended(End::Refused(welcome.hello));
                self.phase = if agreed { Phase::Open(welcome) } else { refused };
            }
            Frame::Refused(theirs) if greeting && theirs.session == ours.session => {
                self.phase = Phase::Ended(End::Refused(theirs));
            }
            // Before the welcome it was said before the greeting was heard.
            Frame::Boot(boot) if open => self.phase = Phase::Ended(End::Restarted(boot)),
            Frame::Panic(panic) => match LastWords::keep(&panic) {
                Some(kept) => self.last_words = Some(kept),
                None => self.link.count(Damage::Strange),
            },
            Frame::Data { received, sequence, message } if open => {
                self.link.received(received, now);
                self.link.arrive(sequence, message, now);
            }
            Frame::Received(received) if open => self.link.received(received, now),
            // Said once more, or of no use any more.
            Frame::Welcome(_) | Frame::Refused(_) | Frame::Boot(_) => {}
            Frame::Data { .. } | Frame::Received(_) => {}
            // Only a host says that.
            Frame::Hello(_) => return self.link.count(Damage::Strange),
        }
        self.owing = None;
    }
}
