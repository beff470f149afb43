//! Registers of a board that are mapped into this process.
//!
//! A read is a load and a write a store of the whole word, in the order of the program and in one order with memory that
//! the board shares, as [`Device`](crate::device::Device) promises:
//!
//! - a barrier before every access lets earlier loads and stores of memory, and earlier writes, complete; on Arm it is a
//!   DSB, which also waits for the answer of a write to a mapping without early acknowledgement (Device-nGnRnE, which UIO
//!   and VFIO map on Arm), so that an AXI slave never has a read beside a write;
//! - a barrier after every load keeps later loads of memory behind it;
//! - [`write`](Mapped::write) reads ALIVE behind the store: PCI Express lets no read overtake a posted write (Base
//!   Specification 3.0, 2.4.1), so its answer says that the write has arrived.

use std::io;
use std::mem::offset_of;

use memmap2::MmapRaw;
use portolan_regs::{ID, control, port};
use volatile_register::{RO, RW};

/// The beginning of the control page, as this module reads it.
#[repr(C)]
struct Control {
    id: RO<u32>,
    _version: RO<u32>,
    _hash: RO<u32>,
    _status: RO<u32>,
    alive: RO<u32>,
    _epoch: RO<u32>,
    cap_size: RO<u32>,
    _cap_depth: RO<u32>,
    _cap_clock: RO<u32>,
    cap_features: RO<u32>,
}

const _: () = {
    assert!(control::AREA.base == 0 && size_of::<RO<u32>>() == 4 && size_of::<RW<u32>>() == 4);
    assert!(offset_of!(Control, id) == control::ID as usize);
    assert!(offset_of!(Control, _version) == control::VERSION as usize);
    assert!(offset_of!(Control, _hash) == control::HASH as usize);
    assert!(offset_of!(Control, _status) == control::STATUS as usize);
    assert!(offset_of!(Control, alive) == control::ALIVE as usize);
    assert!(offset_of!(Control, _epoch) == control::EPOCH as usize);
    assert!(offset_of!(Control, cap_size) == control::CAP_SIZE as usize);
    assert!(offset_of!(Control, _cap_depth) == control::CAP_DEPTH as usize);
    assert!(offset_of!(Control, _cap_clock) == control::CAP_CLOCK as usize);
    assert!(offset_of!(Control, cap_features) == control::CAP_FEATURES as usize);
};

/// Mapped registers, from offset 0 on.
#[derive(Debug)]
pub(crate) struct Mapped(MmapRaw);

impl Mapped {
    /// The registers in these pages. Refuses less than a control page.
    pub(crate) fn new(pages: MmapRaw) -> io::Result<Mapped> {
        if pages.len() < size_of::<Control>() {
            let why = format!("{} bytes are no room for registers", pages.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        Ok(Mapped(pages))
    }

    /// Bytes that are mapped.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes that the block behind them has, by its own word; `None` of one that is no Portolan block.
    pub(crate) fn extent(&self) -> Option<usize> {
        let control = self.control();
        if control.id.read() != ID {
            return None;
        }
        let ports = control::CAP_SIZE::PORTS.get(control.cap_size.read());
        let stride = control::CAP_FEATURES::STRIDE.get(control.cap_features.read());
        Some(port::AREA.base as usize + ((ports as usize) << stride.min(16)))
    }

    /// Reads the register at `offset` bytes; `None` where nothing is mapped.
    #[inline]
    pub(crate) fn read(&self, offset: u32) -> Option<u32> {
        let register = self.register(offset)?;
        before_access();
        let word = register.read();
        after_load();
        Some(u32::from_le(word))
    }

    /// Writes it, and need not wait; `None` where nothing is mapped.
    #[inline]
    pub(crate) fn post(&self, offset: u32, value: u32) -> Option<()> {
        let register = self.register(offset)?;
        before_access();
        // SAFETY: a write of a board's register has effects on the board alone. Those that let it write to memory of
        // this process are given addresses of shared memory only.
        unsafe { register.write(value.to_le()) };
        Some(())
    }

    /// Writes it; the write has arrived on return.
    #[inline]
    pub(crate) fn write(&self, offset: u32, value: u32) -> Option<()> {
        self.post(offset, value)?;
        self.read(control::ALIVE).map(drop)
    }

    fn register(&self, offset: u32) -> Option<&RW<u32>> {
        let offset = offset as usize;
        if !offset.is_multiple_of(4) || offset + 4 > self.0.len() {
            return None;
        }
        // SAFETY: mapped as long as `self`, aligned, inside; reached by volatile accesses alone.
        Some(unsafe { &*self.0.as_ptr().add(offset).cast::<RW<u32>>() })
    }

    fn control(&self) -> &Control {
        // SAFETY: `new` has seen to the length; as for `register`. Both types are words that are accessed volatilely.
        unsafe { &*self.0.as_ptr().cast::<Control>() }
    }
}

/// Everything before is done before the access that follows.
#[inline]
fn before_access() {
    #[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
    // SAFETY: a barrier changes nothing.
    unsafe {
        std::arch::asm!("dsb sy", options(nostack, preserves_flags))
    };
    // Stores and loads of uncached memory are in the order of the program on x86 (Intel SDM, volume 3, 9.2 and 12.3);
    // elsewhere, a fence.
    #[cfg(target_arch = "x86_64")]
    std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
    #[cfg(not(any(target_arch = "aarch64", target_arch = "arm", target_arch = "x86_64")))]
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

/// The load before is done before what follows.
#[inline]
fn after_load() {
    before_access();
}

#[cfg(all(test, not(loom)))]
mod tests {
    use memmap2::MmapMut;
    use portolan_regs::map;

    use super::*;

    fn mapped(bytes: usize) -> Mapped {
        Mapped::new(MmapMut::map_anon(bytes).unwrap().into()).unwrap()
    }

    #[test]
    fn what_is_written_is_at_its_offset_and_nothing_is_reached_beyond_the_mapping() {
        let registers = mapped(8192);
        assert_eq!(registers.write(control::SCRATCH, 0x1234_5678), Some(()));
        assert_eq!(registers.read(control::SCRATCH), Some(0x1234_5678));
        assert_eq!(registers.post(8188, 1), Some(()));
        for offset in [8192, 8190, 1, u32::MAX - 3] {
            assert_eq!((registers.read(offset), registers.post(offset, 1)), (None, None), "{offset:#x}");
        }
    }

    #[test]
    fn a_block_says_how_far_it_reaches_and_anything_else_does_not() {
        let registers = mapped(8192);
        assert_eq!(registers.extent(), None);
        registers.post(control::ID, ID).unwrap();
        registers.post(control::CAP_SIZE, control::CAP_SIZE::PORTS.put(8)).unwrap();
        registers.post(control::CAP_FEATURES, control::CAP_FEATURES::STRIDE.put(12)).unwrap();
        assert_eq!(registers.extent(), Some(map::port(8) as usize));
    }

    #[test]
    fn less_than_a_control_page_is_refused() {
        assert!(Mapped::new(MmapMut::map_anon(16).unwrap().into()).is_err());
    }
}
