//! The port packet of Zircon: 48 bytes (ports.md A14–A16).

use std::mem::offset_of;

use portolan_regs::packet as layout;

/// A packet, laid out as `zx_port_packet_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(8))]
pub struct Packet {
    key: u64,
    kind: u32,
    status: i32,
    payload: [u8; layout::PAYLOAD_SIZE],
}

const _: () = {
    assert!(size_of::<Packet>() == layout::SIZE && align_of::<Packet>() == 8);
    assert!(offset_of!(Packet, key) == layout::KEY);
    assert!(offset_of!(Packet, kind) == layout::TYPE);
    assert!(offset_of!(Packet, status) == layout::STATUS);
    assert!(offset_of!(Packet, payload) == layout::PAYLOAD);
};

/// What a signal packet tells; as in [`Contents::Signal`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    pub(crate) trigger: u32,
    pub(crate) observed: u32,
    pub(crate) count: u64,
    pub(crate) timestamp: i64,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Posted by a program or another bus master; the bytes are the sender's.
    User([u8; layout::PAYLOAD_SIZE]),
    /// An interrupt fired.
    Interrupt {
        /// Ns on CLOCK_MONOTONIC; for a simulated board ns of simulated time; for a virtual
        /// interrupt whatever [`trigger`](crate::Interrupt::trigger) was given.
        timestamp: i64,
    },
    /// Signals that were waited for became active (F6).
    Signal {
        /// The signals that were waited for.
        trigger: u32,
        /// All signals that were active at the match.
        observed: u32,
        /// How many matches this packet stands for.
        count: u64,
        /// When the match was, in ns; 0 unless the registration asked for it.
        timestamp: i64,
    },
    /// Some other packet type of Zircon.
    Other {
        /// The type's number.
        kind: u32,
        /// The union's bytes.
        payload: [u8; layout::PAYLOAD_SIZE],
    },
}

impl Packet {
    /// A user packet. Any status is allowed (D2).
    pub const fn user(key: u64, status: i32, payload: [u8; layout::PAYLOAD_SIZE]) -> Packet {
        Packet { key, kind: layout::kind::USER, status, payload }
    }

    /// An interrupt packet: everything but key, type and time stamp is zero (E6).
    pub(crate) fn interrupt(key: u64, timestamp: i64) -> Packet {
        let mut payload = [0; layout::PAYLOAD_SIZE];
        payload[..8].copy_from_slice(&timestamp.to_le_bytes());
        Packet { key, kind: layout::kind::INTERRUPT, status: 0, payload }
    }

    /// A signal packet (F6): of type SIGNAL_ONE, or SIGNAL_REP for a repeating registration (L9).
    pub(crate) fn signal(key: u64, kind: u32, signals: Signals) -> Packet {
        let mut payload = [0; layout::PAYLOAD_SIZE];
        payload[..4].copy_from_slice(&signals.trigger.to_le_bytes());
        payload[4..8].copy_from_slice(&signals.observed.to_le_bytes());
        payload[8..16].copy_from_slice(&signals.count.to_le_bytes());
        payload[16..24].copy_from_slice(&signals.timestamp.to_le_bytes());
        Packet { key, kind, status: 0, payload }
    }

    /// The key under which it was queued, its interrupt bound or its signals waited for.
    pub const fn key(&self) -> u64 {
        self.key
    }

    /// The packet type's number (A15).
    pub const fn kind(&self) -> u32 {
        self.kind
    }

    /// The status field.
    pub const fn status(&self) -> i32 {
        self.status
    }

    /// The 32 bytes of the union.
    pub const fn payload(&self) -> &[u8; layout::PAYLOAD_SIZE] {
        &self.payload
    }

    /// The typed view of the union.
    pub fn contents(&self) -> Contents {
        match self.kind {
            layout::kind::USER => Contents::User(self.payload),
            layout::kind::INTERRUPT => Contents::Interrupt { timestamp: self.stamp() },
            layout::kind::SIGNAL_ONE | layout::kind::SIGNAL_REP => Contents::Signal {
                trigger: u32::from_le_bytes(self.field(0)),
                observed: u32::from_le_bytes(self.field(4)),
                count: u64::from_le_bytes(self.field(8)),
                timestamp: i64::from_le_bytes(self.field(16)),
            },
            kind => Contents::Other { kind, payload: self.payload },
        }
    }

    /// The time stamp of an interrupt packet, in ns; `None` for any other packet.
    pub fn timestamp(&self) -> Option<i64> {
        (self.kind == layout::kind::INTERRUPT).then(|| self.stamp())
    }

    fn stamp(&self) -> i64 {
        i64::from_le_bytes(self.field(0))
    }

    /// The bytes of the union from `at` on.
    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        std::array::from_fn(|i| self.payload[at + i])
    }

    /// The packet's bytes, little-endian.
    pub fn to_bytes(&self) -> [u8; layout::SIZE] {
        let mut bytes = [0; layout::SIZE];
        bytes[layout::KEY..layout::TYPE].copy_from_slice(&self.key.to_le_bytes());
        bytes[layout::TYPE..layout::STATUS].copy_from_slice(&self.kind.to_le_bytes());
        bytes[layout::STATUS..layout::PAYLOAD].copy_from_slice(&self.status.to_le_bytes());
        bytes[layout::PAYLOAD..].copy_from_slice(&self.payload);
        bytes
    }

    /// From a packet's words, low first.
    pub(crate) fn from_words(words: &[u32; layout::SIZE / 4]) -> Packet {
        let byte = |at: usize| words[at / 4].to_le_bytes()[at % 4];
        Packet {
            key: u64::from(words[layout::KEY / 4]) | u64::from(words[layout::KEY / 4 + 1]) << 32,
            kind: words[layout::TYPE / 4],
            status: words[layout::STATUS / 4].cast_signed(),
            payload: std::array::from_fn(|at| byte(layout::PAYLOAD + at)),
        }
    }

    /// The same packet as a user packet (D2: the sender's type is ignored).
    #[inline]
    pub(crate) const fn as_user(&self) -> Packet {
        Packet { kind: layout::kind::USER, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_packet_keeps_every_byte() {
        let payload = std::array::from_fn(|i| i as u8);
        let packet = Packet::user(0x0102_0304_0506_0708, 7, payload);
        let bytes = packet.to_bytes();
        assert_eq!(bytes[..8], [8, 7, 6, 5, 4, 3, 2, 1]);
        assert_eq!(bytes[8..16], [0, 0, 0, 0, 7, 0, 0, 0]);
        assert_eq!(bytes[16..], payload);
        assert_eq!(packet.contents(), Contents::User(payload));
        assert_eq!(packet.timestamp(), None);
    }

    #[test]
    fn a_packet_of_words_has_the_bytes_of_the_words() {
        let words = std::array::from_fn(|i| 0x0403_0201 * (i as u32 + 1));
        let bytes: Vec<u8> = words.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        assert_eq!(Packet::from_words(&words).to_bytes()[..], bytes);
    }

    #[test]
    fn a_signal_packet_has_its_fields_where_zircon_has_them() {
        let signals = Signals { trigger: 0x0403_0201, observed: 0x0807_0605, count: 9, timestamp: -1 };
        let packet = Packet::signal(3, layout::kind::SIGNAL_ONE, signals);
        let bytes = packet.to_bytes();
        assert_eq!(bytes[..16], [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[16..32], [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 0, 0], "A16");
        assert_eq!((&bytes[32..40], &bytes[40..]), (&[0xff; 8][..], &[0; 8][..]));
        let Signals { trigger, observed, count, timestamp } = signals;
        assert_eq!(packet.contents(), Contents::Signal { trigger, observed, count, timestamp });
    }

    #[test]
    fn an_interrupt_packet_is_zero_but_for_key_type_and_time() {
        let bytes = Packet::interrupt(3, -2).to_bytes();
        assert_eq!(bytes[..16], [3, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[16..24], (-2i64).to_le_bytes());
        assert_eq!(bytes[24..], [0; 24]);
        assert_eq!(Packet::interrupt(3, -2).contents(), Contents::Interrupt { timestamp: -2 });
    }
}
