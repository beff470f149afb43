//! The PCI function at the other end: awake, its memory space and bus mastering on, its MSI-X found.

use portolan_regs::pci::{capability, command, config, msix, power};
use vfio_bindings::bindings::vfio as v;

use super::client::{Client, ClientError};

/// Where a function's MSI-X is, and how many vectors it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Msix {
    control: u64,
    pub(super) vectors: u32,
}

/// A capability is at least four bytes long, and lies behind the header: so many there are at most (PCI 6.7).
const MOST_CAPABILITIES: usize = (256 - 64) / 4;

fn half(client: &Client, at: u64) -> Result<u16, ClientError> {
    client.read(v::VFIO_PCI_CONFIG_REGION_INDEX, at).map(u16::from_le_bytes)
}

fn put(client: &Client, at: u64, value: u16) -> Result<(), ClientError> {
    client.write(v::VFIO_PCI_CONFIG_REGION_INDEX, at, &value.to_le_bytes())
}

/// Where a capability is.
fn find(client: &Client, wanted: u8) -> Result<Option<u64>, ClientError> {
    let mut at = half(client, config::CAPABILITIES)? as u8 & !3;
    for _ in 0..MOST_CAPABILITIES {
        if at == 0 {
            break;
        }
        let [id, next] = half(client, at.into())?.to_le_bytes();
        if id == wanted {
            return Ok(Some(at.into()));
        }
        at = next & !3;
    }
    Ok(None)
}

/// Wakes the function up, and lets it answer and write.
pub(super) fn enable(client: &Client) -> Result<Option<Msix>, ClientError> {
    if let Some(at) = find(client, capability::POWER)? {
        let control = half(client, at + power::CONTROL)?;
        if control & power::STATE != 0 {
            put(client, at + power::CONTROL, control & !power::STATE)?;
        }
    }
    let on = command::MEMORY | command::BUS_MASTER;
    put(client, config::COMMAND, half(client, config::COMMAND)? | on)?;
    let Some(at) = find(client, capability::MSIX)? else { return Ok(None) };
    let control = at + msix::CONTROL;
    let vectors = u32::from(half(client, control)? & msix::SIZE) + 1;
    Ok(Some(Msix { control, vectors }))
}

impl Msix {
    /// Switches MSI-X on.
    pub(super) fn enable(self, client: &Client) -> Result<(), ClientError> {
        put(client, self.control, half(client, self.control)? & !msix::MASK | msix::ENABLE)
    }
}
