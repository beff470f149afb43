//! From the first instruction to [`run`], and from a panic back to the first instruction.
//!
//! A start is the same after power-up, a reset and a panic: the stack, .bss to zero, then the program's `main`.
//! What is in .kept survives all but power-up.

#[cfg_attr(target_arch = "riscv32", path = "riscv.rs")]
#[cfg_attr(target_arch = "arm", path = "arm.rs")]
mod processor;

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU32, Ordering};

use portolan_firmware::{Machine, Server};
use portolan_proto::{Boot, Cause, LONGEST, PANIC_MESSAGE, Panic, last_words};

/// Says that [`KEPT`] is ours: the bytes `KEPT`.
const MAGIC: u32 = u32::from_le_bytes(*b"KEPT");

/// [`MAGIC`], starts, and why the next start will be.
#[unsafe(link_section = ".kept")]
static KEPT: [AtomicU32; 3] = [const { AtomicU32::new(0) }; 3];

/// A board's machine: it is made anew at every start, and once more to report a panic.
pub trait Board: Machine + Sized {
    /// Takes the board's devices.
    fn new() -> Self;
    /// Whether the watchdog was the reason of this start.
    fn was_bitten(&mut self) -> bool;
    /// Whether all that was sent is on the line.
    fn is_sent(&mut self) -> bool;
}

/// Serves, for ever.
pub fn run<B: Board>() -> ! {
    let mut machine = B::new();
    let boot = boot(machine.was_bitten());
    let mut server = Server::new(&mut machine, boot);
    loop {
        server.turn(&mut machine);
    }
}

fn boot(bitten: bool) -> Boot {
    let [magic, starts, panicked] = &KEPT;
    let known = magic.swap_plainly(MAGIC) == MAGIC;
    let before = if known { starts.load(Ordering::Relaxed) as u16 } else { 0 };
    let panicked = panicked.swap_plainly(0) != 0 && known;
    starts.store(before.wrapping_add(1).into(), Ordering::Relaxed);
    let cause = match () {
        () if panicked => Cause::Panic,
        () if bitten => Cause::Watchdog,
        () => Cause::Power,
    };
    Boot { starts: before.wrapping_add(1), cause }
}

/// Load and store: the soft core has no instruction that does both at once, and nobody to come in between.
trait Plainly {
    fn swap_plainly(&self, value: u32) -> u32;
}

impl Plainly for AtomicU32 {
    fn swap_plainly(&self, value: u32) -> u32 {
        let before = self.load(Ordering::Relaxed);
        self.store(value, Ordering::Relaxed);
        before
    }
}

/// A message, as much of it as is sent.
struct Message {
    bytes: [u8; PANIC_MESSAGE],
    length: usize,
}

impl Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.len() - self.length;
        let fits = text.floor_char_boundary(room);
        self.bytes[self.length..self.length + fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.length += fits;
        if fits == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Reports the panic on the line, and starts again.
pub fn end<B: Board>(info: &PanicInfo) -> ! {
    let mut message = Message { bytes: [0; PANIC_MESSAGE], length: 0 };
    // What does not fit is cut.
    _ = write!(message, "{}", info.message());
    let text = core::str::from_utf8(&message.bytes[..message.length]).unwrap_or_default();
    let (file, line) = info.location().map_or(("", 0), |place| (place.file(), place.line()));
    let mut frame = [0; LONGEST];
    let length = last_words(&Panic::new(text, file, line), &mut frame);
    let mut machine = B::new();
    machine.alive();
    // A line that takes nothing is the watchdog's.
    for byte in &frame[..length] {
        while !machine.transmit(*byte) {}
    }
    // The start may begin with an empty transmitter.
    while !machine.is_sent() {}
    KEPT[2].store(1, Ordering::Relaxed);
    processor::start_again()
}
