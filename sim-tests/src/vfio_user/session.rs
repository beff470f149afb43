//! One client's messages, one after the other: a command comes in, a reply goes out.
//!
//! The state is whether a version was agreed upon; everything else is the [card's](Card). A command that makes no sense
//! gets a reply with an errno, and the next one is served.

use std::os::fd::OwnedFd;

use portolan::device::vfio_user::protocol::{
    DeviceInfo, DmaMap, DmaUnmap, Fields, Header, IrqInfo, IrqSet, MAJOR, MAX_FILES, MAX_TRANSFER, MINOR,
    Message, RegionAccess, RegionInfo, command, flags,
};
use rustix::io::Errno;
use serde_json::{Map, Value, json};
use vfio_bindings::bindings::vfio as v;

use super::card::Card;

/// What a session has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No version yet.
    #[default]
    New,
    /// Commands are served.
    Open,
}

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its header, but for the size.
    pub header: Header,
    /// What follows.
    pub payload: Vec<u8>,
}

/// A client's session.
#[derive(Debug, Default)]
pub struct Session {
    state: State,
}

impl Session {
    /// Does what a message asks for. Nothing is sent for what wants no reply, nor for what is no command.
    pub fn handle(&mut self, card: &mut Card, message: Message) -> Option<Reply> {
        let Message { header, payload, files } = message;
        if header.flags & flags::TYPE != 0 {
            return None;
        }
        let done = match (self.state, header.command) {
            (State::New, command::VERSION) => self.agree(&payload),
            (State::New, _) | (State::Open, command::VERSION) => Err(Errno::INVAL),
            (State::Open, command) => serve(card, command, &payload, files),
        };
        if header.flags & flags::NO_REPLY != 0 {
            return None;
        }
        let Header { id, command, .. } = header;
        Some(match done {
            Ok(payload) => {
                Reply { header: Header { id, command, flags: flags::REPLY, ..Header::default() }, payload }
            }
            Err(errno) => {
                let (flags, error) = (flags::REPLY | flags::ERROR, errno.raw_os_error() as u32);
                Reply {
                    header: Header { id, command, flags, error, ..Header::default() },
                    payload: Vec::new(),
                }
            }
        })
    }

    /// VERSION. The reply has those of the proposed capabilities that are known here.
    fn agree(&mut self, payload: &[u8]) -> Result<Vec<u8>, Errno> {
        let mut fields = Fields(payload);
        let (major, minor) = fields.half().zip(fields.half()).ok_or(Errno::INVAL)?;
        if major != MAJOR {
            return Err(Errno::NOTSUP);
        }
        let proposed = match fields.0 {
            [] => Value::Null,
            [data @ .., 0] => serde_json::from_slice(data).map_err(|_| Errno::INVAL)?,
            _ => return Err(Errno::INVAL),
        };
        let own = json!({
            "max_msg_fds": MAX_FILES,
            "max_data_xfer_size": MAX_TRANSFER,
            "pgsizes": 4096,
            "write_multiple": true,
        });
        let Value::Object(own) = own else { return Err(Errno::INVAL) };
        let agreed: Map<_, _> =
            own.into_iter().filter(|(name, _)| proposed["capabilities"].get(name).is_some()).collect();
        self.state = State::Open;
        let data = json!({ "capabilities": agreed }).to_string();
        let version = [MAJOR.to_ne_bytes(), minor.min(MINOR).to_ne_bytes()];
        Ok([version.as_flattened(), data.as_bytes(), &[0]].concat())
    }
}

/// A command's reply.
fn serve(card: &mut Card, command: u16, payload: &[u8], files: Vec<OwnedFd>) -> Result<Vec<u8>, Errno> {
    let invalid = Errno::INVAL;
    match command {
        command::GET_INFO => {
            let flags = v::VFIO_DEVICE_FLAGS_RESET | v::VFIO_DEVICE_FLAGS_PCI;
            let (regions, irqs) = (v::VFIO_PCI_NUM_REGIONS, v::VFIO_PCI_NUM_IRQS);
            Ok(DeviceInfo { flags, regions, irqs }.encode())
        }
        command::GET_REGION_INFO => {
            let asked = RegionInfo::decode(payload).ok_or(invalid)?;
            Ok(card.region(asked.index)?.encode())
        }
        command::GET_IRQ_INFO => {
            let asked = IrqInfo::decode(payload).ok_or(invalid)?;
            Ok(card.irq(asked.index)?.encode())
        }
        command::SET_IRQS => {
            let (set, data) = IrqSet::decode(payload).ok_or(invalid)?;
            card.set_irqs(set, data, files).map(|()| Vec::new())
        }
        command::DMA_MAP => {
            let map = DmaMap::decode(payload).ok_or(invalid)?;
            card.map(map, files.into_iter().next()).map(|()| Vec::new())
        }
        command::DMA_UNMAP => {
            let unmap = DmaUnmap::decode(payload).ok_or(invalid)?;
            card.unmap(unmap).map(|()| payload.to_vec())
        }
        command::REGION_READ => {
            let (access, _) = RegionAccess::decode(payload).ok_or(invalid)?;
            let mut data = vec![0; transfer(access.count)?];
            card.read(access.region, access.offset, &mut data)?;
            Ok(access.encode(&data))
        }
        command::REGION_WRITE => {
            let (access, data) = RegionAccess::decode(payload).ok_or(invalid)?;
            if data.len() != transfer(access.count)? {
                return Err(invalid);
            }
            card.write(access.region, access.offset, data)?;
            Ok(access.encode(&[]))
        }
        command::REGION_WRITE_MULTI => write_multiple(card, payload).ok_or(invalid)?,
        command::RESET => card.reset().map(|()| Vec::new()),
        _ => Err(Errno::NOTSUP),
    }
}

/// How many bytes are to be transferred, if they are not too many.
fn transfer(count: u32) -> Result<usize, Errno> {
    let count = count as usize;
    if count <= MAX_TRANSFER { Ok(count) } else { Err(Errno::INVAL) }
}

/// REGION_WRITE_MULTI: so many writes of at most eight bytes, each in room for eight. `None` for a payload that is none.
fn write_multiple(card: &mut Card, payload: &[u8]) -> Option<Result<Vec<u8>, Errno>> {
    let mut fields = Fields(payload);
    let count = fields.wide()?;
    for _ in 0..count {
        let (offset, region, bytes) = (fields.wide()?, fields.word()?, fields.word()?);
        let data = fields.bytes(8)?.get(..bytes as usize)?;
        if let Err(errno) = card.write(region, offset, data) {
            return Some(Err(errno));
        }
    }
    Some(Ok(count.to_ne_bytes().to_vec()))
}
