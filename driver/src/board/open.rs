//! Who is this board, and can this driver talk to it?

use std::sync::{Arc, LazyLock, Weak};

use portolan_regs::{self as regs, control, map, port_control};

use super::registers::{Dead, Registers};
use super::rings::Failed;
use crate::device::{Device, DeviceError};
use crate::error::BoardError;
use crate::sync::Lock;

/// STATUS is read so often at most until the reset at opening is over.
const RESET_READS: u32 = 100_000;

/// What a board says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardInfo {
    /// The device's name.
    pub name: String,
    /// Major version of the register map.
    pub major: u32,
    /// Minor version.
    pub minor: u32,
    /// Hash of the register layout.
    pub hash: u32,
    /// Lines.
    pub lines: u32,
    /// Hardware ports, port 0 included, which belongs to the driver.
    pub ports: u32,
    /// Interrupt packets that a hardware port holds.
    pub interrupt_depth: u32,
    /// User packets that a hardware port holds.
    pub user_depth: u32,
    /// Ticks per second.
    pub hertz: u32,
    /// Packets can be pulled through the port pages.
    pub pull: bool,
    /// The port pages have a post window.
    pub post: bool,
    /// Packets can be written to rings in host memory.
    pub rings: bool,
    /// Interrupts are MSI-X messages.
    pub msix: bool,
    /// Bytes from one port page to the next.
    pub stride: u32,
    /// Bits of a host address that rings may use; 0 without rings.
    pub address_bits: u32,
    /// Slots of the ring in host memory by which each hardware port's packets come; 0 when they are pulled.
    pub ring_slots: u32,
    /// Why packets are pulled though the board has rings; `None` when they are not, or the board has none.
    pub no_rings: Option<String>,
    /// Interrupt vectors that the hardware ports are spread over.
    pub vectors: u32,
}

impl BoardInfo {
    /// The vector of a hardware port.
    pub(super) fn vector_of(&self, port: u32) -> u32 {
        port % self.vectors
    }

    /// The hardware ports of a vector.
    pub(super) fn ports_of(&self, vector: u32) -> impl Iterator<Item = u32> {
        (vector..self.ports).step_by(self.vectors as usize)
    }

    /// The error of a board that is dead.
    pub(super) fn gone(&self, registers: &Registers) -> BoardError {
        let why = registers.obituary().unwrap_or_default().to_owned();
        BoardError::Gone { board: self.name.clone(), why }
    }

    /// The error of a board whose rings could not be opened.
    pub(super) fn failed(&self, failed: Failed, registers: &Registers) -> BoardError {
        match failed {
            Failed::Memory(source) => BoardError::Memory { board: self.name.clone(), source },
            Failed::Dead => self.gone(registers),
        }
    }
}

/// Reads identity and capabilities, and refuses what this driver cannot drive.
pub(super) fn identify(device: &dyn Device) -> Result<BoardInfo, BoardError> {
    let board = || device.name().to_owned();
    let failed = |doing| {
        move |source: DeviceError| BoardError::Device { board: device.name().to_owned(), doing, source }
    };
    let read = |offset| device.read(offset).map_err(failed("reading the identity"));

    let id = read(control::ID)?;
    if id == u32::MAX {
        return Err(BoardError::Dead { board: board() });
    }
    if id != regs::ID {
        return Err(BoardError::NotPortolan { board: board(), found: id, expected: regs::ID });
    }
    let version = read(control::VERSION)?;
    let (major, minor) = (control::VERSION::MAJOR.get(version), control::VERSION::MINOR.get(version));
    if major != regs::VERSION_MAJOR {
        return Err(BoardError::Version { board: board(), major, minor, expected: regs::VERSION_MAJOR });
    }
    let hash = read(control::HASH)?;
    if hash != regs::LAYOUT_HASH {
        return Err(BoardError::Hash { board: board(), found: hash, expected: regs::LAYOUT_HASH });
    }

    let capability = |register, value, why| BoardError::Capability { board: board(), register, value, why };
    let size = read(control::CAP_SIZE)?;
    let (lines, ports) = (control::CAP_SIZE::LINES.get(size), control::CAP_SIZE::PORTS.get(size));
    if !(1..=regs::MAX_LINES).contains(&lines) || !(1..=regs::MAX_PORTS).contains(&ports) {
        return Err(capability("CAP_SIZE", size, "which is no possible number of lines and ports"));
    }
    let depth = read(control::CAP_DEPTH)?;
    let interrupt_depth = control::CAP_DEPTH::INTERRUPT.get(depth);
    if interrupt_depth < lines {
        return Err(capability("CAP_DEPTH", depth, "which leaves no place for each line"));
    }
    let hertz = read(control::CAP_CLOCK)?;
    if hertz == 0 {
        return Err(capability("CAP_CLOCK", hertz, "so ticks cannot be converted to time"));
    }
    let features = read(control::CAP_FEATURES)?;
    let stride = control::CAP_FEATURES::STRIDE.get(features);
    if !(12..=16).contains(&stride) {
        return Err(capability("CAP_FEATURES", features, "whose port pages lie oddly far apart"));
    }
    if control::CAP_FEATURES::PULL.get(features) == 0 {
        return Err(capability("CAP_FEATURES", features, "without pull mode, which this driver needs"));
    }
    let msix = control::CAP_FEATURES::MSIX.get(features) != 0;
    let vectors = match msix {
        true => device.vectors().min(control::CAP_VECTORS::VECTORS.get(read(control::CAP_VECTORS)?)),
        false => 1,
    };
    Ok(BoardInfo {
        name: board(),
        major,
        minor,
        hash,
        lines,
        ports,
        interrupt_depth,
        user_depth: control::CAP_DEPTH::USER.get(depth),
        hertz,
        pull: true,
        post: control::CAP_FEATURES::POST.get(features) != 0,
        rings: control::CAP_FEATURES::RINGS.get(features) != 0,
        msix,
        stride: 1 << stride,
        address_bits: control::CAP_FEATURES::ADDRESS.get(features),
        ring_slots: 0,
        no_rings: None,
        vectors: vectors.clamp(1, ports),
    })
}

/// Tells the board which vector each port has, and that errors have the first one, where the shared port is.
pub(super) fn assign_vectors(registers: &Registers, info: &BoardInfo) -> Result<(), Dead> {
    registers.write(control::ERROR_VECTOR, control::ERROR_VECTOR::VECTOR.put(0))?;
    for port in 0..info.ports {
        let vector = port_control::VECTOR::VECTOR.put(info.vector_of(port));
        registers.write(map::port_control(port) + port_control::VECTOR, vector)?;
    }
    Ok(())
}

/// Resets the block, so that bindings of an earlier owner are gone, and lets its interrupt out.
pub(super) fn reset(device: &dyn Device) -> Result<(), BoardError> {
    let failed = |source| BoardError::Device { board: device.name().to_owned(), doing: "resetting", source };
    device.write(control::RESET, regs::RESET_KEY).map_err(failed)?;
    for _ in 0..RESET_READS {
        let status = device.read(control::STATUS).map_err(failed)?;
        if status == u32::MAX {
            return Err(BoardError::Dead { board: device.name().to_owned() });
        }
        if control::STATUS::RESETTING.get(status) == 0 {
            return device.write(control::IRQ_ENABLE, control::IRQ_ENABLE::ENABLE.put(1)).map_err(failed);
        }
    }
    Err(BoardError::Reset { board: device.name().to_owned(), reads: RESET_READS })
}

/// A device that was opened in this process.
struct Known {
    device: Weak<dyn Device>,
    is_open: bool,
    /// What a board that died had to write to and perhaps still writes to: addresses of its own.
    left: Vec<u64>,
}

static KNOWN: LazyLock<Lock<Vec<Known>>> = LazyLock::new(Lock::default);

/// Holds a device open; nobody else in this process can open it meanwhile.
#[derive(Debug)]
pub(super) struct Opened(Weak<dyn Device>);

impl Known {
    /// Whether it is this one. While it is known, its address is nobody else's.
    fn is(&self, device: &Weak<dyn Device>) -> bool {
        std::ptr::addr_eq(self.device.as_ptr(), device.as_ptr())
    }
}

impl Opened {
    pub(super) fn new(device: &Arc<dyn Device>) -> Result<Self, BoardError> {
        let weak = Arc::downgrade(device);
        let mut known = KNOWN.lock();
        known.retain(|known| known.is_open || known.device.strong_count() > 0);
        match known.iter_mut().find(|known| known.is(&weak)) {
            Some(known) if known.is_open => {
                return Err(BoardError::InUse { board: device.name().to_owned() });
            }
            Some(known) => known.is_open = true,
            None => known.push(Known { device: weak.clone(), is_open: true, left: Vec::new() }),
        }
        Ok(Opened(weak))
    }

    fn with<R>(&self, what: impl FnOnce(&mut Known) -> R) -> R {
        let mut known = KNOWN.lock();
        what(known.iter_mut().find(|known| known.is(&self.0)).expect("it is open"))
    }

    /// The board may still write to this memory of the device.
    pub(super) fn leave(&self, addresses: impl IntoIterator<Item = u64>) {
        self.with(|known| known.left.extend(addresses));
    }

    /// What was left of the device when it was open before.
    pub(super) fn take_left(&self) -> Vec<u64> {
        self.with(|known| std::mem::take(&mut known.left))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.with(|known| known.is_open = false);
    }
}
