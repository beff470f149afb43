//! Transaction layer packets: fields, and the doublewords that go over a stream.
//!
//! Sections are those of the PCI Express Base Specification 3.0. [`Tlp::decode`] takes nothing on trust: a
//! reserved bit that is set, or a length that is not that of the payload, is an error. A doubleword is as the
//! 7-series integrated block shows it: byte 0 in bits 31 to 24 (docs/pcie.md). Payloads are words of memory,
//! little-endian.

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// MRd.
    Read,
    /// MRdLk.
    LockedRead,
    /// MWr.
    Write,
    /// IORd.
    IoRead,
    /// IOWr.
    IoWrite,
}

/// What goes from request to completion unchanged (2.2.6.3, 2.2.6.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Traffic class, 3 bits.
    pub class: u8,
    /// ID-based ordering, relaxed ordering, no snoop: bits 2, 1, 0.
    pub bits: u8,
}

/// A request (2.2.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it asks for.
    pub operation: Operation,
    /// Address of the first doubleword.
    pub address: u64,
    /// With a header of four doublewords.
    pub wide: bool,
    /// Doublewords, 1 to 1,024.
    pub words: u16,
    /// Byte enables of the first doubleword.
    pub first_enable: u8,
    /// Byte enables of the last one; zero when there is one.
    pub last_enable: u8,
    /// Requester ID.
    pub requester: u16,
    /// Tag.
    pub tag: u8,
    /// Traffic class and attributes.
    pub attributes: Attributes,
    /// EP.
    pub poisoned: bool,
    /// Payload of a write.
    pub data: Vec<u32>,
}

/// Completion status (2.2.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// SC.
    Successful,
    /// UR.
    Unsupported,
    /// CA.
    Abort,
}

/// A completion (2.2.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Completer ID.
    pub completer: u16,
    /// Status.
    pub status: Status,
    /// Bytes that are still to come, with those of this one; 1 to 4,096.
    pub byte_count: u16,
    /// Of the request.
    pub requester: u16,
    /// Of the request.
    pub tag: u8,
    /// Low seven bits of the address of its first byte.
    pub lower_address: u8,
    /// Of the request.
    pub attributes: Attributes,
    /// It answers a locked read.
    pub locked: bool,
    /// Payload.
    pub data: Vec<u32>,
}

/// Any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tlp {
    /// A request.
    Request(Request),
    /// A completion.
    Completion(Completion),
}

/// Why doublewords are no TLP that this model knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (PCI Express Base Specification 3.0, {section}): {words:08x?}")]
pub struct Malformed {
    /// What is wrong.
    pub what: &'static str,
    /// Where the rule is written.
    pub section: &'static str,
    /// The doublewords.
    pub words: Vec<u32>,
}

impl Request {
    /// Bytes from the first one enabled to the last one enabled; 1 when none is (2.2.9).
    pub fn bytes(&self) -> u16 {
        let ending = if self.words == 1 { self.first_enable } else { self.last_enable };
        if self.first_enable == 0 {
            return 1;
        }
        4 * self.words + 4 - u16::from(self.lead()) - (ending & 15).leading_zeros() as u16
    }

    /// Bytes of the first doubleword before the first one enabled.
    pub fn lead(&self) -> u8 {
        if self.first_enable == 0 { 0 } else { self.first_enable.trailing_zeros() as u8 }
    }

    /// Byte enables of doubleword `index`.
    pub fn enables(&self, index: u16) -> u8 {
        match index {
            0 => self.first_enable,
            last if last + 1 == self.words => self.last_enable,
            _ => 15,
        }
    }

    /// True when it gets no completion.
    pub fn is_posted(&self) -> bool {
        self.operation == Operation::Write
    }
}

fn length(words: usize) -> u32 {
    words as u32 & 0x3ff
}

fn attributes(first: u32) -> Attributes {
    Attributes { class: (first >> 20 & 7) as u8, bits: ((first >> 18 & 1) << 2 | (first >> 12 & 3)) as u8 }
}

fn put_attributes(attributes: Attributes) -> u32 {
    let (class, bits) = (u32::from(attributes.class), u32::from(attributes.bits));
    class << 20 | (bits >> 2) << 18 | (bits & 3) << 12
}

impl Tlp {
    /// The doublewords that go over a stream.
    pub fn encode(&self) -> Vec<u32> {
        match self {
            Tlp::Request(request) => {
                let kind = match request.operation {
                    Operation::Read => 0x00,
                    Operation::LockedRead => 0x01,
                    Operation::Write => 0x40,
                    Operation::IoRead => 0x02,
                    Operation::IoWrite => 0x42,
                };
                let wide = if request.wide { 0x20 } else { 0 };
                let mut words = vec![
                    (kind | wide) << 24
                        | put_attributes(request.attributes)
                        | u32::from(request.poisoned) << 14
                        | length(request.words.into()),
                    u32::from(request.requester) << 16
                        | u32::from(request.tag) << 8
                        | u32::from(request.last_enable) << 4
                        | u32::from(request.first_enable),
                ];
                if request.wide {
                    words.push((request.address >> 32) as u32);
                }
                words.push(request.address as u32 & !3);
                words.extend(request.data.iter().map(|word| word.swap_bytes()));
                words
            }
            Tlp::Completion(completion) => {
                let kind = match (completion.data.is_empty(), completion.locked) {
                    (true, false) => 0x0a,
                    (true, true) => 0x0b,
                    (false, false) => 0x4a,
                    (false, true) => 0x4b,
                };
                let status = match completion.status {
                    Status::Successful => 0,
                    Status::Unsupported => 1,
                    Status::Abort => 4,
                };
                let mut words = vec![
                    kind << 24 | put_attributes(completion.attributes) | length(completion.data.len()),
                    u32::from(completion.completer) << 16
                        | status << 13
                        | u32::from(completion.byte_count) & 0xfff,
                    u32::from(completion.requester) << 16
                        | u32::from(completion.tag) << 8
                        | u32::from(completion.lower_address),
                ];
                words.extend(completion.data.iter().map(|word| word.swap_bytes()));
                words
            }
        }
    }

    /// What doublewords say.
    pub fn decode(words: &[u32]) -> Result<Tlp, Malformed> {
        let rule = |kept: bool, what, section| {
            if kept { Ok(()) } else { Err(Malformed { what, section, words: words.into() }) }
        };
        rule(words.len() >= 3, "shorter than a header", "2.2.1")?;
        let first = words[0];
        let (format, kind) = (first >> 29, first >> 24 & 31);
        rule(format < 4, "a TLP prefix or a reserved format", "2.2.1")?;
        rule(first & 0x008b_8c00 == 0, "a reserved bit, TH, TD or AT is set", "2.2.1")?;
        let (wide, has_data) = (format & 1 != 0, format & 2 != 0);
        let header = if wide { 4 } else { 3 };
        rule(words.len() >= header, "shorter than its header", "2.2.1")?;
        let count = match first & 0x3ff {
            0 => 1024,
            count => count as usize,
        };
        let payload = if has_data { count } else { 0 };
        rule(words.len() == header + payload, "Length is not that of the payload", "2.2.2")?;
        let data: Vec<u32> = words[header..].iter().map(|word| word.swap_bytes()).collect();
        let poisoned = first >> 14 & 1 != 0;
        let second = words[1];
        if kind >> 1 == 5 {
            rule(!wide, "a completion has three doublewords of header", "2.2.9")?;
            rule(!poisoned, "a poisoned completion", "2.7.2")?;
            rule(has_data || first & 0x3ff == 0, "Length without data is reserved", "2.2.9")?;
            rule(second >> 12 & 1 == 0, "BCM is for PCI-X bridges", "2.2.9")?;
            rule(words[2] & 0x80 == 0, "a reserved bit is set", "2.2.9")?;
            let status = match second >> 13 & 7 {
                0 => Status::Successful,
                1 => Status::Unsupported,
                4 => Status::Abort,
                _ => {
                    return Err(Malformed {
                        what: "an unknown status",
                        section: "2.2.9",
                        words: words.into(),
                    });
                }
            };
            let byte_count = match second & 0xfff {
                0 => 4096,
                count => count as u16,
            };
            return Ok(Tlp::Completion(Completion {
                completer: (second >> 16) as u16,
                status,
                byte_count,
                requester: (words[2] >> 16) as u16,
                tag: (words[2] >> 8) as u8,
                lower_address: words[2] as u8,
                attributes: attributes(first),
                locked: kind == 11,
                data,
            }));
        }
        let operation = match (kind, has_data) {
            (0, false) => Operation::Read,
            (1, false) => Operation::LockedRead,
            (0, true) => Operation::Write,
            (2, false) if !wide => Operation::IoRead,
            (2, true) if !wide => Operation::IoWrite,
            _ => return Err(Malformed { what: "an unknown type", section: "2.2.1", words: words.into() }),
        };
        rule(words[header - 1] & 3 == 0, "a reserved bit of the address is set", "2.2.4.1")?;
        let low = u64::from(words[header - 1]);
        let address = if wide { u64::from(words[2]) << 32 | low } else { low };
        rule(!wide || words[2] != 0, "four doublewords of header below 4 GiB", "2.2.4.1")?;
        Ok(Tlp::Request(Request {
            operation,
            address,
            wide,
            words: count as u16,
            first_enable: (second & 15) as u8,
            last_enable: (second >> 4 & 15) as u8,
            requester: (second >> 16) as u16,
            tag: (second >> 8) as u8,
            attributes: attributes(first),
            poisoned,
            data,
        }))
    }
}
