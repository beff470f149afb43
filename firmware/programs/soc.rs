//! The firmware of the soft core beside the block (`hdl/src/soc`).
#![no_std]
#![no_main]

mod start;

use core::panic::PanicInfo;

use portolan_firmware::{BusError, Machine, Micros};
use portolan_regs::control;
use portolan_regs::soc::{ALIVE_KEY, BLOCK, MEMORY, MEMORY_BYTES, OWN, own};
use start::Board;
use volatile_register::{RO, RW};

/// The core's own registers (`portolan_regs::soc::own`).
#[repr(C)]
struct Own {
    line: RO<u32>,
    take: RW<u32>,
    send: RW<u32>,
    line_errors: RO<u32>,
    alive: RW<u32>,
    watchdog: RO<u32>,
    bus_errors: RO<u32>,
}

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(Own, line) == own::LINE as usize && offset_of!(Own, take) == own::TAKE as usize);
    assert!(offset_of!(Own, send) == own::SEND as usize && offset_of!(Own, alive) == own::ALIVE as usize);
    assert!(offset_of!(Own, line_errors) == own::LINE_ERRORS as usize);
    assert!(offset_of!(Own, watchdog) == own::WATCHDOG as usize);
    assert!(offset_of!(Own, bus_errors) == own::BUS_ERRORS as usize);
    // link/soc.ld says the same.
    assert!(MEMORY == 0 && MEMORY_BYTES == 64 * 1024);
};

struct Soc {
    own: &'static Own,
    clock: Micros,
    /// BUS_ERRORS, when it was looked at last.
    errors: u32,
}

impl Soc {
    fn register(offset: u32) -> *const RW<u32> {
        (BLOCK as usize + offset as usize) as *const RW<u32>
    }

    /// Whether the access before this one was refused.
    fn checked(&mut self) -> Result<(), BusError> {
        let errors = self.own.bus_errors.read();
        if core::mem::replace(&mut self.errors, errors) == errors { Ok(()) } else { Err(BusError) }
    }
}

impl Board for Soc {
    fn new() -> Soc {
        // SAFETY: the core's own registers are there always, and nothing else touches them.
        let own = unsafe { &*(OWN as usize as *const Own) };
        let mut soc = Soc { own, clock: Micros::new(0, 1), errors: own.bus_errors.read() };
        let hertz = soc.read(control::CAP_CLOCK).unwrap_or(0);
        soc.clock = Micros::new(soc.read(control::TICKS).unwrap_or(0), hertz);
        soc
    }

    fn was_bitten(&mut self) -> bool {
        own::WATCHDOG::BITES.get(self.own.watchdog.read()) != 0
    }

    fn is_sent(&mut self) -> bool {
        own::LINE::IDLE.get(self.own.line.read()) != 0
    }
}

impl Machine for Soc {
    fn read(&mut self, offset: u32) -> Result<u32, BusError> {
        // SAFETY: every address of the block's window answers, and reads have no side effects (docs/registers.md).
        let word = unsafe { (*Soc::register(offset)).read() };
        self.checked().map(|()| word)
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), BusError> {
        // SAFETY: every address of the block's window answers, and the block touches no memory of this program.
        unsafe { (*Soc::register(offset)).write(value) };
        self.checked()
    }

    fn receive(&mut self) -> Option<u8> {
        let line = self.own.line.read();
        if own::LINE::VALID.get(line) == 0 {
            return None;
        }
        // SAFETY: takes that byte away, and nothing else.
        unsafe { self.own.take.write(0) };
        Some(own::LINE::BYTE.get(line) as u8)
    }

    fn transmit(&mut self, byte: u8) -> bool {
        let room = own::LINE::ROOM.get(self.own.line.read()) != 0;
        if room {
            // SAFETY: sends the byte, and nothing else.
            unsafe { self.own.send.write(byte.into()) };
        }
        room
    }

    fn now(&mut self) -> u64 {
        let ticks = self.read(control::TICKS).unwrap_or(0);
        self.clock.at(ticks)
    }

    fn alive(&mut self) {
        // SAFETY: the watchdog waits anew, and nothing else.
        unsafe { self.own.alive.write(ALIVE_KEY) };
    }
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    start::run::<Soc>()
}

#[panic_handler]
fn panicked(info: &PanicInfo) -> ! {
    start::end::<Soc>(info)
}
