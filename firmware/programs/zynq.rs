//! The firmware on a Zynq-7000's Cortex-A9, with the block behind GP0 and the line at UART 1; addresses and bits are those of UG585.
//!
//! Pins, clocks and memory are set by what loads this, the first-stage loader. One processor runs it.
#![no_std]
#![no_main]

mod start;

use core::panic::PanicInfo;

use portolan_firmware::{BusError, Machine, Micros};
use portolan_regs::map::window;
use start::Board;
use volatile_register::{RO, RW};

/// The block, where the boards' overlays have it (boards/zynq).
const BLOCK: usize = 0x4000_0000;
/// They have eight ports.
const WINDOW: u32 = window(8);

/// UART 1 (appendix B.33).
#[repr(C)]
struct Uart {
    control: RW<u32>,
    mode: RW<u32>,
    unused: [RW<u32>; 4],
    baud: RW<u32>,
    unused_too: [RW<u32>; 4],
    status: RO<u32>,
    fifo: RW<u32>,
    divider: RW<u32>,
}

const UART: usize = 0xe000_1000;
/// Of `control`: both ways on; both of them reset.
const ON: u32 = 1 << 4 | 1 << 2;
/// Of `control`: both ways are reset.
const RESET: u32 = 1 << 1 | 1 << 0;
/// Of `mode`: eight bits, no parity, one stop bit.
const PLAIN: u32 = 4 << 3;
/// 100 MHz / (9 × (11 + 1)) is 921,600 baud but for half of a percent.
const BAUD: (u32, u32) = (9, 11);
/// Of `status`: nothing has come.
const EMPTY: u32 = 1 << 1;
/// Of `status`: no room.
const FULL: u32 = 1 << 4;
/// Of `status`: nothing waits to be sent.
const NOTHING_LEFT: u32 = 1 << 3;
/// Of `status`: a byte is being sent.
const SENDS: u32 = 1 << 11;

/// The global timer (ARM DDI 0407, 4.4).
#[repr(C)]
struct Timer {
    low: RO<u32>,
    high: RO<u32>,
    control: RW<u32>,
}

const TIMER: usize = 0xf8f0_0200;
/// Half of the processor's clock, which is 666.7 MHz on all the boards.
const HERTZ: u32 = 333_000_000;

/// The processor's own watchdog (ARM DDI 0407, 4.1).
#[repr(C)]
struct Watchdog {
    load: RW<u32>,
    counter: RW<u32>,
    control: RW<u32>,
}

const WATCHDOG: usize = 0xf8f0_0620;
/// As long as the soft core's, in ticks of the timer.
const PATIENCE: u32 = HERTZ / 6;
/// Of its control: watchdog, on.
const WATCHES: u32 = 1 << 3 | 1 << 0;

/// Says why the processor was reset (appendix B.28, REBOOT_STATUS): the watchdog of processor 0.
const REBOOT_STATUS: usize = 0xf800_0258;
const BITTEN: u32 = 1 << 17;

/// Whether the logic is configured (appendix B.16, INT_STS: PCFG_DONE); before that its bus does not answer.
const CONFIGURATION: usize = 0xf800_700c;
const CONFIGURED: u32 = 1 << 2;

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(Uart, baud) == 0x18 && offset_of!(Uart, status) == 0x2c);
    assert!(offset_of!(Uart, fifo) == 0x30 && offset_of!(Uart, divider) == 0x34);
};

struct Zynq {
    uart: &'static Uart,
    timer: &'static Timer,
    watchdog: &'static Watchdog,
    clock: Micros,
    /// Whether there is logic to ask.
    configured: bool,
}

fn register(address: usize) -> &'static RW<u32> {
    // SAFETY: only called with addresses of the processor's registers, and of the block's window when there is one.
    unsafe { &*(address as *const RW<u32>) }
}

impl Board for Zynq {
    fn new() -> Zynq {
        // SAFETY: devices of this processor, which nothing else touches.
        let (uart, timer, watchdog) =
            unsafe { (&*(UART as *const Uart), &*(TIMER as *const Timer), &*(WATCHDOG as *const Watchdog)) };
        // SAFETY: none of these devices reaches memory.
        unsafe {
            uart.control.write(RESET);
            uart.mode.write(PLAIN);
            uart.baud.write(BAUD.0);
            uart.divider.write(BAUD.1);
            uart.control.write(ON);
            timer.control.write(1);
            watchdog.load.write(PATIENCE);
            watchdog.control.write(WATCHES);
        }
        let clock = Micros::new(timer.low.read(), HERTZ);
        let configured = register(CONFIGURATION).read() & CONFIGURED != 0;
        Zynq { uart, timer, watchdog, clock, configured }
    }

    fn was_bitten(&mut self) -> bool {
        register(REBOOT_STATUS).read() & BITTEN != 0
    }

    fn is_sent(&mut self) -> bool {
        self.uart.status.read() & (NOTHING_LEFT | SENDS) == NOTHING_LEFT
    }
}

impl Machine for Zynq {
    fn read(&mut self, offset: u32) -> Result<u32, BusError> {
        if !self.configured || offset >= WINDOW {
            return Err(BusError);
        }
        Ok(register(BLOCK + offset as usize).read())
    }

    fn write(&mut self, offset: u32, value: u32) -> Result<(), BusError> {
        if !self.configured || offset >= WINDOW {
            return Err(BusError);
        }
        // SAFETY: a register of the block, which reaches memory by rings alone; a host that begins those has memory for them.
        unsafe { register(BLOCK + offset as usize).write(value) };
        Ok(())
    }

    fn receive(&mut self) -> Option<u8> {
        (self.uart.status.read() & EMPTY == 0).then(|| self.uart.fifo.read() as u8)
    }

    fn transmit(&mut self, byte: u8) -> bool {
        let room = self.uart.status.read() & FULL == 0;
        if room {
            // SAFETY: sends the byte, and nothing else.
            unsafe { self.uart.fifo.write(byte.into()) };
        }
        room
    }

    fn now(&mut self) -> u64 {
        self.clock.at(self.timer.low.read())
    }

    fn alive(&mut self) {
        // SAFETY: the watchdog waits anew, and nothing else.
        unsafe { self.watchdog.load.write(PATIENCE) };
    }
}

#[unsafe(no_mangle)]
extern "C" fn main() -> ! {
    start::run::<Zynq>()
}

#[panic_handler]
fn panicked(info: &PanicInfo) -> ! {
    start::end::<Zynq>(info)
}
