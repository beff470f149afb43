//! RISC-V: the first instructions.

use core::arch::global_asm;

global_asm!(
    ".section .init, \"ax\"",
    ".globl _start",
    "_start:",
    "la sp, _stack",
    "la t0, _bss",
    "la t1, _bss_end",
    "1: bgeu t0, t1, 2f",
    "sw zero, 0(t0)",
    "addi t0, t0, 4",
    "j 1b",
    "2: call main",
);

unsafe extern "C" {
    fn _start() -> !;
}

/// To the first instruction.
pub fn start_again() -> ! {
    // SAFETY: `_start` takes nothing for granted: it sets the stack and all memory but .kept anew, and nothing of this program is
    // used any more.
    unsafe { _start() }
}
