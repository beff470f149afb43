//! ARMv7-A: the first instructions, and exceptions, each of which is a panic.
//!
//! The MMU stays off: all memory is strongly ordered, which the target's strict alignment allows for.

use core::arch::global_asm;

global_asm!(
    ".section .init, \"ax\"",
    ".arm",
    ".globl _start",
    "_start:",
    // Supervisor mode, interrupts off.
    "cpsid if, #19",
    // MMU, data cache, instruction cache and branch prediction off (ARM DDI 0406C, B4.1.130).
    "mrc p15, 0, r0, c1, c0, 0",
    "bic r0, r0, #0x5",
    "bic r0, r0, #0x1800",
    "mcr p15, 0, r0, c1, c0, 0",
    "ldr r0, =_vectors",
    "mcr p15, 0, r0, c12, c0, 0",
    "ldr sp, =_stack",
    "ldr r0, =_bss",
    "ldr r1, =_bss_end",
    "mov r2, #0",
    "1: cmp r0, r1",
    "strlo r2, [r0], #4",
    "blo 1b",
    "bl main",
    ".ltorg",
    ".balign 32",
    "_vectors:",
    "b _start",
    "b 4f",
    "b 5f",
    "b 6f",
    "b 7f",
    "b 8f",
    "b 8f",
    "b 8f",
    "4: mov r0, #0",
    "b 9f",
    "5: mov r0, #1",
    "b 9f",
    "6: mov r0, #2",
    "b 9f",
    "7: mov r0, #3",
    "b 9f",
    "8: mov r0, #4",
    // Each mode has a stack of its own; only supervisor mode has one here.
    "9: cpsid if, #19",
    "ldr sp, =_stack",
    "b exception",
    ".ltorg",
);

/// What the processor cannot carry out.
#[unsafe(no_mangle)]
extern "C" fn exception(number: usize) -> ! {
    const NAMES: [&str; 5] =
        ["undefined instruction", "supervisor call", "prefetch abort", "data abort", "interrupt"];
    panic!("{}", NAMES.get(number).unwrap_or(&"exception"))
}

unsafe extern "C" {
    fn _start() -> !;
}

/// To the first instruction.
pub fn start_again() -> ! {
    // SAFETY: `_start` takes nothing for granted: it sets the stack and all memory but .kept anew, and nothing of this program is
    // used any more.
    unsafe { _start() }
}
