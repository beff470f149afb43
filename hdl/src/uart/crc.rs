//! A byte into the CRC of a frame: CRC-16 of polynomial x^16 + x^12 + x^5 + 1, low bits first (RFC 1662, C.2).

use rust_hdl::prelude::*;

/// One step; combinational. The register is kept inverted, so that zeros are where a frame begins.
#[derive(LogicBlock, Default)]
pub struct Crc {
    /// The inverted register before the byte.
    pub prior: Signal<In, Bits<16>>,
    /// The byte.
    pub data: Signal<In, Bits<8>>,
    /// The inverted register after it: behind the last byte, what is sent as the CRC.
    pub after: Signal<Out, Bits<16>>,

    register: Signal<Local, Bits<16>>,
    mixed: Signal<Local, Bits<8>>,
    shifted: Signal<Local, Bits<8>>,
    folded: Signal<Local, Bits<8>>,
    wide: Signal<Local, Bits<16>>,
    upper: Signal<Local, Bits<16>>,
    sum: Signal<Local, Bits<16>>,
}

impl Logic for Crc {
    #[hdl_gen]
    fn update(&mut self) {
        // Eight steps of the shift register at once: with t = byte ^ low half, and u = t ^ t << 4 in eight bits, it is
        // high half ^ u << 8 ^ u << 3 ^ u >> 4.
        self.register.next = !self.prior.val();
        self.mixed.next = self.data.val() ^ self.register.val().get_bits::<8>(0);
        self.shifted.next = self.mixed.val() << 4;
        self.folded.next = self.mixed.val() ^ self.shifted.val();
        self.wide.next = bit_cast::<16, 8>(self.folded.val());
        self.upper.next = self.wide.val() << 8;
        self.sum.next =
            (self.register.val() >> 8) ^ self.upper.val() ^ (self.wide.val() << 3) ^ (self.wide.val() >> 4);
        self.after.next = !self.sum.val();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portolan_regs::uart::CRC_RESIDUE;

    fn over(bytes: &[u8]) -> u16 {
        let mut block = Crc::default();
        block.connect_all();
        bytes.iter().fold(0, |prior, byte| {
            block.prior.next = u64::from(prior).into();
            block.data.next = u64::from(*byte).into();
            assert!(simulate(&mut block, 10));
            block.after.val().to_u64() as u16
        })
    }

    #[test]
    fn it_is_the_crc_of_hdlc() {
        // The check value of catalogues of CRCs (CRC-16/IBM-SDLC).
        assert_eq!(over(b"123456789"), 0x906e);
        assert_eq!(!over(b"123456789\x6e\x90"), CRC_RESIDUE);
    }
}
