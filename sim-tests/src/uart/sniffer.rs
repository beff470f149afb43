//! Hears what a host says on a serial line: whether it binds a line, which is when something may begin on the pins.

use portolan_regs::line;
use portolan_regs::uart::{ADDRESS, COMMAND, CRC, DELIMITER, REQUEST_WORD, WRITE_REQUEST, command};

/// Bytes of the longest request in COBS.
const LONGEST: usize = WRITE_REQUEST + CRC + 1;

/// Looks into frames as they go by. A damaged one is taken for what it seems: the host sends it again.
#[derive(Debug, Default)]
pub struct Sniffer {
    frame: Vec<u8>,
}

impl Sniffer {
    /// Whether these bytes end a request that binds a line.
    pub fn hears_bind(&mut self, bytes: &[u8]) -> bool {
        let mut heard = false;
        for byte in bytes {
            if *byte != DELIMITER {
                if self.frame.len() <= LONGEST {
                    self.frame.push(*byte);
                }
                continue;
            }
            heard |= cobs::decode_vec(&self.frame).is_ok_and(|content| binds(&content));
            self.frame.clear();
        }
        heard
    }
}

fn binds(content: &[u8]) -> bool {
    if content.len() != WRITE_REQUEST + CRC || content[COMMAND] != command::WRITE {
        return false;
    }
    let little = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    let address = little(&content[ADDRESS..REQUEST_WORD]);
    let word = little(&content[REQUEST_WORD..WRITE_REQUEST]);
    let lines = line::AREA.base..line::AREA.base + line::AREA.stride * line::AREA.copies;
    lines.contains(&address) && address % line::AREA.stride == line::BIND && line::BIND::BIND.get(word) == 1
}
