//! What stands between two zero bytes of the line: content in postcard, four bytes of CRC, both in COBS.
//!
//! Promises
//! - Whatever bytes came before, the frame behind a zero byte is read rightly.
//! - A frame of another session is not believed: the session's number goes into the CRC without being sent.
//! - No frame is longer than [`LONGEST`], and what is longer takes no memory.
//!
//! A CRC of 16 bits would let one of 65,536 damaged frames pass, which a bad line makes in a minute; hence 32.

use cobs::{DecodeResult, DecoderState};
use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Deserialize, Serialize};

use crate::session::{Boot, Hello, Panic, Welcome};
use crate::{MESSAGE, WINDOW};

/// CRC-32 of HDLC and Ethernet (ISO/IEC 13239; IEEE 802.3, 3.2.9).
const HDLC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
/// Bytes of the CRC.
const CHECK: usize = 4;
/// Most bytes of a frame's content: a data frame's head and the longest message, or a panic's texts.
pub(crate) const CONTENT: usize = 112;
/// Most bytes of a frame on the line, both delimiters among them. Below 254 bytes COBS adds one.
pub const LONGEST: usize = CONTENT + CHECK + 3;
/// The byte between frames, which is nowhere in them.
pub const DELIMITER: u8 = 0;

/// The sessionless frames' place in the CRC: no session has this number.
pub(crate) const NO_SESSION: u32 = 0;

/// What one end has of the other's messages; in every frame of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Received {
    /// Sequence number of the first message that was not taken yet: all before it were.
    pub(crate) next: u8,
    /// Of the messages from there on, those that have arrived: bit n is that of `next + n`.
    pub(crate) arrived: u32,
}

/// A frame's content. The order of the first four never changes, nor what they hold: by them two versions refuse each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Frame<'a> {
    /// The host begins a session. Sessionless.
    Hello(Hello),
    /// The board is in it. Sessionless.
    Welcome(Welcome),
    /// The board is of another version. Sessionless.
    Refused(Hello),
    /// The board has no session since it started. Sessionless, and said again and again.
    Boot(Boot),
    /// The firmware ends by a panic and starts again. Sessionless, not acknowledged.
    #[serde(borrow)]
    Panic(Panic<'a>),
    /// A message.
    Data {
        /// What its sender has received.
        received: Received,
        /// The message's number.
        sequence: u8,
        /// The message, in postcard.
        #[serde(borrow)]
        message: &'a [u8],
    },
    /// What was received, when there is no message to send along with it.
    Received(Received),
}

/// Whether something that came is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// It ended before its end.
    Cut,
    /// It is longer than any frame, its CRC is another, or it is of another session.
    Garbled,
    /// It came whole, and says nothing that this version knows.
    Strange,
}

fn check(session: u32, content: &[u8]) -> [u8; CHECK] {
    let mut digest = HDLC.digest();
    digest.update(&session.to_le_bytes());
    digest.update(content);
    digest.finalize().to_le_bytes()
}

impl Frame<'_> {
    /// Whether it belongs to a session.
    fn of_session(&self) -> bool {
        matches!(self, Frame::Data { .. } | Frame::Received(_))
    }

    /// The frame as it goes on the line, between two delimiters: the first one ends whatever noise came before. How many bytes.
    pub(crate) fn write(&self, session: u32, line: &mut [u8; LONGEST]) -> usize {
        let mut content = [0; CONTENT + CHECK];
        // What does not fit is no frame of ours: texts and messages are cut to their size before.
        let Ok(used) = postcard::to_slice(self, &mut content[..CONTENT]) else { return 0 };
        let length = used.len();
        let session = if self.of_session() { session } else { NO_SESSION };
        let check = check(session, &content[..length]);
        content[length..length + CHECK].copy_from_slice(&check);
        line[0] = DELIMITER;
        let coded = cobs::encode(&content[..length + CHECK], &mut line[1..]);
        line[1 + coded] = DELIMITER;
        coded + 2
    }

    /// The frame in this content, which the session's peer has sent.
    pub(crate) fn read(content: &[u8], session: u32) -> Result<Frame<'_>, Damage> {
        let (content, sent) = content.split_last_chunk::<CHECK>().ok_or(Damage::Cut)?;
        // Which of the two it is stands in the content, so both are tried; content that does not parse is judged by the CRC.
        if *sent != check(session, content) && *sent != check(NO_SESSION, content) {
            return Err(Damage::Garbled);
        }
        let (frame, rest) = postcard::take_from_bytes::<Frame>(content).map_err(|_| Damage::Strange)?;
        let session = if frame.of_session() { session } else { NO_SESSION };
        if *sent != check(session, content) {
            return Err(Damage::Garbled);
        }
        if rest.is_empty() { Ok(frame) } else { Err(Damage::Strange) }
    }
}

/// Takes frames out of a stream of bytes.
pub(crate) struct Frames {
    state: DecoderState,
    content: [u8; CONTENT + CHECK],
    length: usize,
    /// Bytes since the last delimiter, as far as that matters: none, or some.
    begun: bool,
    /// The frame that is coming is longer than any.
    overlong: bool,
}

impl Frames {
    pub(crate) const fn new() -> Frames {
        Frames {
            state: DecoderState::Idle,
            content: [0; CONTENT + CHECK],
            length: 0,
            begun: false,
            overlong: false,
        }
    }

    /// The content, CRC included, of the frame that ends with this byte.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Result<&[u8], Damage>> {
        let fed = self.state.feed(byte);
        if byte != DELIMITER {
            self.begun = true;
            if let Ok(DecodeResult::DataContinue(byte)) = fed {
                match self.content.get_mut(self.length) {
                    Some(place) => {
                        *place = byte;
                        self.length += 1;
                    }
                    None => self.overlong = true,
                }
            }
            return None;
        }
        let (begun, overlong) = (core::mem::take(&mut self.begun), core::mem::take(&mut self.overlong));
        let length = core::mem::take(&mut self.length);
        if !begun {
            return None;
        }
        Some(match fed {
            _ if overlong => Err(Damage::Garbled),
            Ok(DecodeResult::DataComplete) => Ok(&self.content[..length]),
            _ => Err(Damage::Cut),
        })
    }
}

const _: () = {
    // COBS adds one byte to what is shorter than a group of the longest kind.
    assert!(CONTENT + CHECK < 254);
    // A data frame: kind, `next`, `arrived` in at most five bytes, number, length, message.
    assert!(1 + 1 + 5 + 1 + 1 + MESSAGE <= CONTENT);
    // One bit of `arrived` for each message of the window.
    assert!(WINDOW == u32::BITS as usize);
};
