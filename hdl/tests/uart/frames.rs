//! Requests as bytes on the line, by libraries that know nothing of the bridge. The tests of the Verilog take this file by
//! its path.

use cobs::encode_vec;
use crc::{CRC_16_IBM_SDLC, Crc};
use portolan_regs::uart::{self, command};

/// The CRC of frames.
pub const HDLC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_SDLC);

/// A frame of this content, with its delimiter.
pub fn frame(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.extend(HDLC.checksum(content).to_le_bytes());
    let mut coded = encode_vec(&bytes);
    coded.push(uart::DELIMITER);
    coded
}

/// A request to read.
pub fn read(sequence: u8, address: u32) -> Vec<u8> {
    let [low, middle, high, _] = address.to_le_bytes();
    vec![sequence, command::READ, low, middle, high]
}

/// A request to write.
pub fn write(sequence: u8, address: u32, word: u32) -> Vec<u8> {
    let mut content = read(sequence, address);
    content[uart::COMMAND] = command::WRITE;
    content.extend(word.to_le_bytes());
    content
}

/// A request without address and word.
pub fn simple(sequence: u8, command: u8) -> Vec<u8> {
    vec![sequence, command, 0, 0, 0]
}
