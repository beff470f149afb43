//! The firmware on QEMU's riscv32 machine `virt`: a smoke test of start-up and the line. There is no block there, so requests that
//! need one are refused by the bus.
#![no_std]
#![no_main]

mod start;

use core::arch::{asm, global_asm};
use core::panic::PanicInfo;

use portolan_firmware::{BusError, Machine, Micros};
use start::Board;
use volatile_register::{RO, RW};

/// A 16550 with byte registers (QEMU, hw/riscv/virt.c: 0x10000000).
#[repr(C)]
struct Uart {
    data: RW<u8>,
    unused: [RW<u8>; 4],
    status: RO<u8>,
}

/// Of the line status register: a byte has come.
const READY: u8 = 1 << 0;
/// There is room for one.
const ROOM: u8 = 1 << 5;
/// Nothing is being sent.
const SENT: u8 = 1 << 6;
const UART: usize = 0x1000_0000;
/// The low half of the CLINT's `mtime`, which counts 10 MHz.
const TIME: usize = 0x0200_bff8;
const HERTZ: u32 = 10_000_000;

struct Virt {
    uart: &'static Uart,
    time: &'static RO<u32>,
    clock: Micros,
}

impl Board for Virt {
    fn new() -> Virt {
        // SAFETY: both are devices of this machine, and nothing else touches them.
        let (uart, time) = unsafe { (&*(UART as *const Uart), &*(TIME as *const RO<u32>)) };
        Virt { uart, time, clock: Micros::new(time.read(), HERTZ) }
    }

    fn was_bitten(&mut self) -> bool {
        false
    }

    fn is_sent(&mut self) -> bool {
        self.uart.status.read() & SENT != 0
    }
}

impl Machine for Virt {
    fn read(&mut self, _offset: u32) -> Result<u32, BusError> {
        Err(BusError)
    }

    fn write(&mut self, _offset: u32, _value: u32) -> Result<(), BusError> {
        Err(BusError)
    }

    fn receive(&mut self) -> Option<u8> {
        (self.uart.status.read() & READY != 0).then(|| self.uart.data.read())
    }

    fn transmit(&mut self, byte: u8) -> bool {
        let room = self.uart.status.read() & ROOM != 0;
        if room {
            // SAFETY: sends the byte, and nothing else.
            unsafe { self.uart.data.write(byte) };
        }
        room
    }

    fn now(&mut self) -> u64 {
        self.clock.at(self.time.read())
    }

    fn alive(&mut self) {}
}

global_asm!(".balign 4", "trapped:", "csrr a0, mcause", "csrr a1, mepc", "la sp, _stack", "j exception");

unsafe extern "C" {
    fn trapped();
}

/// What the processor cannot carry out.
#[unsafe(no_mangle)]
extern "C" fn exception(cause: usize, place: usize) -> ! {
    panic!("exception {cause} at {place:#x}")
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    // SAFETY: from now on a trap goes to `trapped`, which needs nothing.
    unsafe { asm!("csrw mtvec, {}", in(reg) trapped as *const () as usize) };
    start::run::<Virt>()
}

#[panic_handler]
fn panicked(info: &PanicInfo) -> ! {
    start::end::<Virt>(info)
}
