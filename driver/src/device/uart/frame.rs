//! Frames as bytes: requests to the board, and what it sends (docs/uart.md).

use crc::{CRC_16_IBM_SDLC, Crc};
use portolan_regs::uart::{
    self, ANSWER, ANSWER_WORD, CRC, DELIMITER, HEAD, IRQ, KIND, RESPONSE, SEQUENCE, WORD_ANSWER, command,
};

const HDLC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_SDLC);

/// Bytes of the longest frame that a board sends, COBS's own included.
const LONGEST: usize = WORD_ANSWER + CRC + 1;

/// What the host asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Begin anew.
    Hello,
    /// Read the register at this offset.
    Read(u32),
    /// Write it.
    Write(u32, u32),
    /// What the bridge has counted.
    Counts,
}

impl Request {
    /// Its command, which is the kind of its answer.
    pub(super) fn command(self) -> u8 {
        match self {
            Request::Hello => command::HELLO,
            Request::Read(_) => command::READ,
            Request::Write(..) => command::WRITE,
            Request::Counts => command::COUNTS,
        }
    }

    /// Its frame, between two delimiters: the first one ends whatever noise came before.
    pub(super) fn frame(self, sequence: u8) -> Vec<u8> {
        let (address, word) = match self {
            Request::Hello | Request::Counts => (0, None),
            Request::Read(offset) => (offset, None),
            Request::Write(offset, word) => (offset, Some(word)),
        };
        let [low, middle, high, _] = address.to_le_bytes();
        let mut content = vec![sequence, self.command(), low, middle, high];
        content.extend(word.map(u32::to_le_bytes).into_iter().flatten());
        let check = HDLC.checksum(&content);
        content.extend(check.to_le_bytes());
        let mut frame = vec![DELIMITER];
        frame.extend(cobs::encode_vec(&content));
        frame.push(DELIMITER);
        frame
    }
}

/// What a board sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) sequence: u8,
    /// The command that is answered, or one of [`uart::kind`].
    pub(super) kind: u8,
    /// One of [`uart::response`].
    pub(super) response: u8,
    /// The interrupt's level.
    pub(super) irq: bool,
    /// The word; 0 when there is none.
    pub(super) word: u32,
}

/// Something that came is no frame of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

impl Answer {
    fn parse(frame: &[u8]) -> Result<Answer, Damaged> {
        let content = cobs::decode_vec(frame).map_err(|_| Damaged)?;
        let (content, check) = content.split_last_chunk::<CRC>().ok_or(Damaged)?;
        if HDLC.checksum(content).to_le_bytes() != *check {
            return Err(Damaged);
        }
        let word = match content.len() {
            ANSWER => 0,
            WORD_ANSWER => {
                content[ANSWER_WORD..].iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
            }
            _ => return Err(Damaged),
        };
        let head = u32::from(content[HEAD]);
        Ok(Answer {
            sequence: content[SEQUENCE],
            kind: KIND.get(head) as u8,
            response: RESPONSE.get(head) as u8,
            irq: IRQ.get(head) != 0,
            word,
        })
    }
}

/// Takes frames out of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// The frame that is coming; longer than any when what comes is none.
    frame: Vec<u8>,
}

impl Frames {
    /// The frame that ends with this byte.
    pub(super) fn push(&mut self, byte: u8) -> Option<Result<Answer, Damaged>> {
        if byte != DELIMITER {
            if self.frame.len() <= LONGEST {
                self.frame.push(byte);
            }
            return None;
        }
        let frame = std::mem::take(&mut self.frame);
        if frame.is_empty() {
            return None;
        }
        Some(if frame.len() > LONGEST { Err(Damaged) } else { Answer::parse(&frame) })
    }
}

const _: () = assert!(uart::REQUEST == 5 && SEQUENCE == 0 && uart::COMMAND == 1 && uart::ADDRESS == 2);

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn answer(content: &[u8]) -> Vec<u8> {
        let mut content = content.to_vec();
        content.extend(HDLC.checksum(&content).to_le_bytes());
        let mut frame = cobs::encode_vec(&content);
        frame.push(DELIMITER);
        frame
    }

    fn take(frames: &mut Frames, bytes: &[u8]) -> Vec<Result<Answer, Damaged>> {
        bytes.iter().filter_map(|byte| frames.push(*byte)).collect()
    }

    #[test]
    fn a_request_is_a_frame_between_delimiters_with_no_zero_inside() {
        let frame = Request::Write(0x3_0000, 0).frame(0);
        assert_eq!((frame[0], frame[frame.len() - 1]), (0, 0));
        let inside = &frame[1..frame.len() - 1];
        assert!(!inside.contains(&0));
        let content = cobs::decode_vec(inside).expect("it is COBS");
        assert_eq!(content[..uart::WRITE_REQUEST], [0, command::WRITE, 0, 0, 3, 0, 0, 0, 0]);
    }

    #[test]
    fn answers_come_out_whatever_was_in_front_of_them() {
        let mut frames = Frames::default();
        let good = answer(&[7, command::READ | 0x80, 1, 2, 3, 4]);
        let expected = Answer { sequence: 7, kind: command::READ, response: 0, irq: true, word: 0x0403_0201 };
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..2_000 {
            let mut noise: Vec<u8> = (0..random.random_range(0..40)).map(|_| random.random()).collect();
            noise.push(DELIMITER);
            take(&mut frames, &noise);
            assert_eq!(take(&mut frames, &good), [Ok(expected)]);
        }
    }

    #[test]
    fn no_flipped_bit_is_believed() {
        let good = answer(&[9, uart::kind::NOTICE | 0x80]);
        for bit in 0..8 * (good.len() - 1) {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let taken = take(&mut Frames::default(), &bytes);
            assert!(taken.iter().all(|frame| *frame == Err(Damaged)), "bit {bit}: {taken:?}");
        }
    }

    #[test]
    fn frames_of_other_lengths_and_endless_noise_are_damaged_and_take_no_memory() {
        let mut frames = Frames::default();
        assert_eq!(take(&mut frames, &answer(&[1, 2, 3])), [Err(Damaged)]);
        assert_eq!(take(&mut frames, &[3, 0]), [Err(Damaged)]);
        assert_eq!(take(&mut frames, &vec![0xff; 100_000]), []);
        assert!(frames.frame.capacity() < 64);
        assert_eq!(take(&mut frames, &[0]), [Err(Damaged)]);
    }
}
