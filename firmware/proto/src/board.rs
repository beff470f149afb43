//! The board's end.

use core::fmt;

use crate::frame::{Damage, Frame, Frames, LONGEST, NO_SESSION};
use crate::link::{Link, LinkCounts};
use crate::message::{Event, Request};
use crate::session::{Boot, Hello, Panic, Welcome};

/// How often a board without a session says that it started, in µs: so a host whose board was reset finds out.
pub const BEACON: u64 = 250_000;

/// The board's end of the line, through all sessions since it started. It never gives a host up: another greeting ends a session.
///
/// Bytes that come go into [`receive`](Board::receive), frames to be sent come out of [`transmit`](Board::transmit); in between
/// [`request`](Board::request) and [`send`](Board::send). `now` is in µs of any clock that does not go backwards.
pub struct Board {
    frames: Frames,
    session: Session,
}

/// All but the buffer in which a frame lies.
struct Session {
    boot: Boot,
    /// The session's number, of which there is none before the first.
    number: u32,
    link: Link,
    /// Whether it has begun and nobody was told.
    begun: bool,
    /// What a greeting is answered with.
    reply: Option<Frame<'static>>,
    /// When to tell of the start next.
    beacon: u64,
}

impl Board {
    /// A board that has just started.
    pub const fn new(boot: Boot) -> Board {
        let session =
            Session { boot, number: NO_SESSION, link: Link::new(), begun: false, reply: None, beacon: 0 };
        Board { frames: Frames::new(), session }
    }

    /// Whether a session has begun since this was asked last: whatever was done for the one before is over.
    pub fn has_begun(&mut self) -> bool {
        core::mem::take(&mut self.session.begun)
    }

    /// Whether there is a session.
    pub fn is_open(&self) -> bool {
        self.session.number != NO_SESSION
    }

    /// What was counted since the session began.
    pub fn counts(&self) -> LinkCounts {
        self.session.link.counts()
    }

    /// For how many events there is room now.
    pub fn room(&self) -> usize {
        self.session.link.room()
    }

    /// Whether the host has taken all events.
    pub fn is_settled(&self) -> bool {
        self.session.link.is_settled()
    }

    /// The next request.
    pub fn request(&mut self, now: u64) -> Option<Request> {
        self.session.link.take(now)
    }

    /// Sends an event. False when there is no room: then something must come first.
    #[must_use]
    pub fn send(&mut self, event: &Event) -> bool {
        self.session.link.send(event)
    }

    /// A byte came.
    pub fn receive(&mut self, byte: u8, now: u64) {
        let Some(content) = self.frames.push(byte) else { return };
        match content.and_then(|content| Frame::read(content, self.session.number)) {
            Ok(frame) => self.session.hear(frame, now),
            Err(damage) => self.session.link.count(damage),
        }
    }

    /// The frame to be sent now, if there is one: how many bytes of `line` are to be written.
    pub fn transmit(&mut self, now: u64, line: &mut [u8; LONGEST]) -> usize {
        let session = &mut self.session;
        if let Some(reply) = session.reply.take() {
            return reply.write(NO_SESSION, line);
        }
        if session.number != NO_SESSION {
            return session.link.frame(now).map_or(0, |frame| frame.write(session.number, line));
        }
        if now < session.beacon {
            return 0;
        }
        session.beacon = now.saturating_add(BEACON);
        Frame::Boot(session.boot).write(NO_SESSION, line)
    }

    /// The time at which [`transmit`](Board::transmit) should be called even if nothing comes.
    pub fn alarm(&self) -> Option<u64> {
        let session = &self.session;
        if session.reply.is_some() {
            return Some(0);
        }
        if session.number == NO_SESSION { Some(session.beacon) } else { session.link.alarm() }
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut board = f.debug_struct("Board");
        board.field("session", &self.session.number).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl Session {
    fn hear(&mut self, frame: Frame, now: u64) {
        let open = self.number != NO_SESSION;
        match frame {
            Frame::Hello(theirs) if theirs.session == NO_SESSION => self.link.count(Damage::Strange),
            Frame::Hello(theirs) => {
                let ours = Hello::ours(theirs.session);
                if !ours.agrees(&theirs) {
                    self.reply = Some(Frame::Refused(ours));
                    return;
                }
                // The same greeting again: the welcome was lost.
                if theirs.session != self.number {
                    (self.number, self.begun, self.link) = (theirs.session, true, Link::new());
                }
                self.reply = Some(Frame::Welcome(Welcome { hello: ours, boot: self.boot }));
            }
            Frame::Data { received, sequence, message } if open => {
                self.link.received(received, now);
                self.link.arrive(sequence, message, now);
            }
            Frame::Received(received) if open => self.link.received(received, now),
            // A host speaks to the firmware before this one.
            Frame::Data { .. } | Frame::Received(_) => {}
            // Only a board says that.
            Frame::Welcome(_) | Frame::Refused(_) | Frame::Boot(_) | Frame::Panic(_) => {
                self.link.count(Damage::Strange);
            }
        }
    }
}

/// The frame of a panic: how many bytes of `line` are to be written, by whatever still works. Nobody acknowledges it.
pub fn last_words(panic: &Panic, line: &mut [u8; LONGEST]) -> usize {
    Frame::Panic(*panic).write(NO_SESSION, line)
}
