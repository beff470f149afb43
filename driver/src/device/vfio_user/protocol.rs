//! vfio-user's messages, as both ends have them.
//!
//! Source: *vfio-user Protocol Specification*, version 0.1 (QEMU's documentation, `docs/interop/vfio-user.rst`); the
//! section is the command's name. Numbers of VFIO itself are [`vfio_bindings`]'s. All fields have the byte order of the
//! machine. A layout here is read from untrusted bytes: [`Fields`] gives `None` where there are too few.

use std::os::fd::OwnedFd;

/// Major version of the protocol.
pub const MAJOR: u16 = 0;
/// Minor version: the newest that is spoken here.
pub const MINOR: u16 = 1;

/// Bytes of a header.
pub const HEADER_BYTES: usize = 16;
/// Most bytes that one message reads or writes (`max_data_xfer_size`, its default).
pub const MAX_TRANSFER: usize = 1 << 20;
/// Most bytes of a message: a transfer, its header and its fixed part.
pub const MAX_MESSAGE: usize = MAX_TRANSFER + 4096;
/// Most file descriptors of a message (`max_msg_fds`). QEMU takes no server that says more than 16.
pub const MAX_FILES: usize = 16;

/// Commands.
pub mod command {
    /// Both ends say which version they speak.
    pub const VERSION: u16 = 1;
    /// Memory that the device may reach.
    pub const DMA_MAP: u16 = 2;
    /// It may not any more.
    pub const DMA_UNMAP: u16 = 3;
    /// What the device is.
    pub const GET_INFO: u16 = 4;
    /// What a region is.
    pub const GET_REGION_INFO: u16 = 5;
    /// Descriptors that stand for parts of a region.
    pub const GET_REGION_IO_FDS: u16 = 6;
    /// What an interrupt index is.
    pub const GET_IRQ_INFO: u16 = 7;
    /// Who is told of interrupts.
    pub const SET_IRQS: u16 = 8;
    /// Reads a region.
    pub const REGION_READ: u16 = 9;
    /// Writes a region.
    pub const REGION_WRITE: u16 = 10;
    /// Resets the device.
    pub const RESET: u16 = 13;
    /// Writes regions, several times.
    pub const REGION_WRITE_MULTI: u16 = 15;
}

/// Flags of a header.
pub mod flags {
    /// The type of a message.
    pub const TYPE: u32 = 0xf;
    /// That of a reply; a command's is 0.
    pub const REPLY: u32 = 1;
    /// Of a command: nobody waits for a reply.
    pub const NO_REPLY: u32 = 1 << 4;
    /// Of a reply: the command failed.
    pub const ERROR: u32 = 1 << 5;
}

/// Flags of DMA_MAP.
pub mod dma {
    /// The device may read there.
    pub const READABLE: u32 = 1;
    /// The device may write there.
    pub const WRITEABLE: u32 = 2;
}

/// What every message begins with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// A reply has that of its command.
    pub id: u16,
    /// One of [`command`].
    pub command: u16,
    /// Of the whole message, this header included.
    pub bytes: u32,
    /// [`flags`].
    pub flags: u32,
    /// Of a reply that failed: errno, or 0.
    pub error: u32,
}

impl Header {
    /// Of these bytes.
    pub fn decode(bytes: [u8; HEADER_BYTES]) -> Header {
        let half = |at: usize| u16::from_ne_bytes([bytes[at], bytes[at + 1]]);
        let word = |at: usize| u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Header { id: half(0), command: half(2), bytes: word(4), flags: word(8), error: word(12) }
    }

    /// As bytes.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..2].copy_from_slice(&self.id.to_ne_bytes());
        bytes[2..4].copy_from_slice(&self.command.to_ne_bytes());
        bytes[4..8].copy_from_slice(&self.bytes.to_ne_bytes());
        bytes[8..12].copy_from_slice(&self.flags.to_ne_bytes());
        bytes[12..16].copy_from_slice(&self.error.to_ne_bytes());
        bytes
    }

    /// Whether it is a reply.
    pub fn is_reply(&self) -> bool {
        self.flags & flags::TYPE == flags::REPLY
    }
}

/// A message, and the file descriptors that came with it.
#[derive(Debug)]
pub struct Message {
    /// Its header.
    pub header: Header,
    /// What follows the header.
    pub payload: Vec<u8>,
    /// In the order in which they were sent.
    pub files: Vec<OwnedFd>,
}

/// Fields of a payload, from the first on.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next two bytes.
    pub fn half(&mut self) -> Option<u16> {
        self.take().map(u16::from_ne_bytes)
    }

    /// The next four bytes.
    pub fn word(&mut self) -> Option<u32> {
        self.take().map(u32::from_ne_bytes)
    }

    /// The next eight bytes.
    pub fn wide(&mut self) -> Option<u64> {
        self.take().map(u64::from_ne_bytes)
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(first)
    }
}

/// A payload out of words, and wide fields behind them.
pub fn payload(words: &[u32], wides: &[u64]) -> Vec<u8> {
    let words = words.iter().flat_map(|word| word.to_ne_bytes());
    words.chain(wides.iter().flat_map(|wide| wide.to_ne_bytes())).collect()
}

/// DMA_MAP's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DmaMap {
    /// [`dma`].
    pub flags: u32,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Where the device has it.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

impl DmaMap {
    /// Bytes of the payload.
    pub const BYTES: u32 = 32;

    /// Of a payload.
    pub fn decode(payload: &[u8]) -> Option<DmaMap> {
        let mut fields = Fields(payload);
        fields.word()?;
        Some(DmaMap {
            flags: fields.word()?,
            offset: fields.wide()?,
            address: fields.wide()?,
            size: fields.wide()?,
        })
    }

    /// As a payload.
    pub fn encode(&self) -> Vec<u8> {
        payload(&[Self::BYTES, self.flags], &[self.offset, self.address, self.size])
    }
}

/// DMA_UNMAP's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DmaUnmap {
    /// Where the device had it.
    pub address: u64,
    /// Bytes.
    pub size: u64,
}

impl DmaUnmap {
    /// Bytes of the payload.
    pub const BYTES: u32 = 24;

    /// Of a payload.
    pub fn decode(payload: &[u8]) -> Option<DmaUnmap> {
        let mut fields = Fields(payload);
        fields.wide()?;
        Some(DmaUnmap { address: fields.wide()?, size: fields.wide()? })
    }

    /// As a payload.
    pub fn encode(&self) -> Vec<u8> {
        payload(&[Self::BYTES, 0], &[self.address, self.size])
    }
}

/// GET_INFO's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceInfo {
    /// VFIO_DEVICE_FLAGS.
    pub flags: u32,
    /// Regions.
    pub regions: u32,
    /// Interrupt indices.
    pub irqs: u32,
}

impl DeviceInfo {
    /// Bytes of the payload.
    pub const BYTES: u32 = 16;

    /// Of a payload.
    pub fn decode(payload: &[u8]) -> Option<DeviceInfo> {
        let mut fields = Fields(payload);
        fields.word()?;
        Some(DeviceInfo { flags: fields.word()?, regions: fields.word()?, irqs: fields.word()? })
    }

    /// As a payload.
    pub fn encode(&self) -> Vec<u8> {
        payload(&[Self::BYTES, self.flags, self.regions, self.irqs], &[])
    }
}

/// GET_REGION_INFO's request and reply, without capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegionInfo {
    /// VFIO_REGION_INFO_FLAG.
    pub flags: u32,
    /// Which region.
    pub index: u32,
    /// Bytes.
    pub size: u64,
    /// Where it begins in the file that came along, if one did.
    pub offset: u64,
}

impl RegionInfo {
    /// Bytes of the payload.
    pub const BYTES: u32 = 32;

    /// Of a payload.
    pub fn decode(payload: &[u8]) -> Option<RegionInfo> {
        let mut fields = Fields(payload);
        fields.word()?;
        let (flags, index) = (fields.word()?, fields.word()?);
        fields.word()?;
        Some(RegionInfo { flags, index, size: fields.wide()?, offset: fields.wide()? })
    }

    /// As a payload.
    pub fn encode(&self) -> Vec<u8> {
        payload(&[Self::BYTES, self.flags, self.index, 0], &[self.size, self.offset])
    }
}

/// GET_IRQ_INFO's request and reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IrqInfo {
    /// VFIO_IRQ_INFO.
    pub flags: u32,
    /// Which index.
    pub index: u32,
    /// Interrupts of that index.
    pub count: u32,
}

impl IrqInfo {
    /// Bytes of the payload.
    pub const BYTES: u32 = 16;

    /// Of a payload.
    pub fn decode(payload: &[u8]) -> Option<IrqInfo> {
        let mut fields = Fields(payload);
        fields.word()?;
        Some(IrqInfo { flags: fields.word()?, index: fields.word()?, count: fields.word()? })
    }

    /// As a payload.
    pub fn encode(&self) -> Vec<u8> {
        payload(&[Self::BYTES, self.flags, self.index, self.count], &[])
    }
}

/// SET_IRQS' payload, without its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IrqSet {
    /// VFIO_IRQ_SET: what the data are, and what is to be done.
    pub flags: u32,
    /// Which index.
    pub index: u32,
    /// The first interrupt.
    pub start: u32,
    /// How many.
    pub count: u32,
}

impl IrqSet {
    /// Bytes of the payload.
    pub const BYTES: u32 = 20;

    /// Of a payload, and the data behind it.
    pub fn decode(payload: &[u8]) -> Option<(IrqSet, &[u8])> {
        let mut fields = Fields(payload);
        fields.word()?;
        let set = IrqSet {
            flags: fields.word()?,
            index: fields.word()?,
            start: fields.word()?,
            count: fields.word()?,
        };
        Some((set, fields.0))
    }

    /// As a payload.
    pub fn encode(&self) -> Vec<u8> {
        payload(&[Self::BYTES, self.flags, self.index, self.start, self.count], &[])
    }
}

/// What REGION_READ, REGION_WRITE and their replies begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegionAccess {
    /// From the region's beginning, in bytes.
    pub offset: u64,
    /// Which region.
    pub region: u32,
    /// Bytes.
    pub count: u32,
}

impl RegionAccess {
    /// Bytes of this.
    pub const BYTES: usize = 16;

    /// Of a payload, and the data behind it.
    pub fn decode(payload: &[u8]) -> Option<(RegionAccess, &[u8])> {
        let mut fields = Fields(payload);
        let access = RegionAccess { offset: fields.wide()?, region: fields.word()?, count: fields.word()? };
        Some((access, fields.0))
    }

    /// As a payload, with data behind it.
    pub fn encode(&self, data: &[u8]) -> Vec<u8> {
        let mut bytes = payload(&[], &[self.offset]);
        bytes.extend(payload(&[self.region, self.count], &[]));
        bytes.extend(data);
        bytes
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_as_large_as_the_specification_says_and_come_back_as_they_went() {
        let header = Header { id: 7, command: 9, bytes: 32, flags: flags::REPLY, error: 5 };
        assert_eq!(Header::decode(header.encode()), header);
        let map = DmaMap { flags: 3, offset: 0x1000, address: 1 << 40, size: 0x2000 };
        assert_eq!((map.encode().len(), DmaMap::decode(&map.encode())), (32, Some(map)));
        let unmap = DmaUnmap { address: 1 << 40, size: 0x2000 };
        assert_eq!((unmap.encode().len(), DmaUnmap::decode(&unmap.encode())), (24, Some(unmap)));
        let info = DeviceInfo { flags: 3, regions: 9, irqs: 5 };
        assert_eq!((info.encode().len(), DeviceInfo::decode(&info.encode())), (16, Some(info)));
        let region = RegionInfo { flags: 3, index: 7, size: 4096, offset: 1 };
        assert_eq!((region.encode().len(), RegionInfo::decode(&region.encode())), (32, Some(region)));
        let irq = IrqInfo { flags: 1, index: 2, count: 9 };
        assert_eq!((irq.encode().len(), IrqInfo::decode(&irq.encode())), (16, Some(irq)));
        let set = IrqSet { flags: 0x24, index: 2, start: 1, count: 8 };
        assert_eq!((set.encode().len(), IrqSet::decode(&set.encode())), (20, Some((set, &[][..]))));
        let access = RegionAccess { offset: 1 << 33, region: 0, count: 2 };
        let bytes = access.encode(&[5, 6]);
        assert_eq!((bytes.len(), RegionAccess::decode(&bytes)), (18, Some((access, &[5, 6][..]))));
    }

    #[test]
    fn too_few_bytes_are_no_layout() {
        for bytes in 0..16 {
            let payload = vec![0; bytes];
            assert_eq!(RegionAccess::decode(&payload), None);
            assert_eq!(DeviceInfo::decode(&payload), None);
            assert_eq!(DmaMap::decode(&payload), None);
            assert_eq!(IrqSet::decode(&payload), None);
        }
    }
}
