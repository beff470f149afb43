//! Calls to the operating system, other than the futex.

#![cfg_attr(loom, allow(dead_code))]

#[allow(unsafe_code)]
mod memory;
#[allow(unsafe_code)]
mod physical;
#[allow(unsafe_code)]
mod registers;
#[allow(unsafe_code)]
pub(crate) mod vfio;

use std::hash::{BuildHasher, RandomState};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::thread::{MembarrierCommand, membarrier, sched_getaffinity};
use rustix::time::{ClockId, clock_gettime};

pub(crate) use memory::Arena;
pub use memory::Memory;
pub(crate) use physical::physical_address;
pub(crate) use registers::Mapped;

/// Ns on CLOCK_MONOTONIC.
pub(crate) fn monotonic() -> i64 {
    nanoseconds(ClockId::Monotonic)
}

/// Ns on CLOCK_BOOTTIME: as CLOCK_MONOTONIC, but it goes on while the system is suspended.
pub(crate) fn boot() -> i64 {
    nanoseconds(ClockId::Boottime)
}

/// Ns that the calling thread has run.
pub(crate) fn thread_time() -> i64 {
    nanoseconds(ClockId::ThreadCPUTime)
}

/// Ns since 1970.
pub(crate) fn utc() -> i64 {
    nanoseconds(ClockId::Realtime)
}

/// Bytes of memory of this machine.
pub(crate) fn physical_memory() -> u64 {
    let info = rustix::system::sysinfo();
    #[allow(clippy::unnecessary_cast, reason = "it has 32 bits on a machine of 32 bits")]
    let units = info.totalram as u64;
    units * u64::from(info.mem_unit)
}

/// Bytes of a page.
pub(crate) fn page_size() -> usize {
    rustix::param::page_size()
}

/// Bytes of a line that CLFLUSH flushes (Intel SDM, volume 2, CPUID leaf 1: EBX bits 15 to 8, in units of 8).
#[cfg(target_arch = "x86_64")]
pub(crate) fn cache_line_size() -> u32 {
    (std::arch::x86_64::__cpuid(1).ebx >> 8 & 0xff) * 8
}

/// Bytes of the smallest line of a data cache (Arm ARM, CTR_EL0: DminLine, bits 19 to 16, log2 of words of 4).
#[cfg(target_arch = "aarch64")]
#[allow(unsafe_code)]
pub(crate) fn cache_line_size() -> u32 {
    let ctr: u64;
    // SAFETY: Linux lets programs read this register; reading it changes nothing.
    unsafe { std::arch::asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack, preserves_flags)) };
    4 << (ctr >> 16 & 0xf)
}

/// Not told to programs.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn cache_line_size() -> u32 {
    0
}

fn nanoseconds(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// A number that nobody can foresee.
pub(crate) fn random() -> u32 {
    RandomState::new().hash_one(0) as u32
}

/// Ends this process at once, as a policy of KILL does.
pub(crate) fn kill_self() -> ! {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal is on its way; nothing of this process runs on when it is delivered.
    std::process::abort()
}

/// How many processors this process may use: those of its first thread or of this one, whichever has more,
/// because a thread may have bound itself to one while others run elsewhere.
pub(crate) fn processors() -> u32 {
    let of = |thread| sched_getaffinity(thread).map_or(1, |set| set.count());
    of(None).max(of(Some(rustix::process::getpid())))
}

static HAS_BARRIER: AtomicBool = AtomicBool::new(false);

/// Asks the kernel for [`process_barrier`]: membarrier(2), Linux 4.14. To be called before anything is made
/// that relies on the answer.
pub(crate) fn prepare_process_barrier() {
    static ASKED: Once = Once::new();
    ASKED.call_once(|| {
        let has = membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok();
        HAS_BARRIER.store(has, Ordering::Relaxed);
    });
}

/// Whether there is a [`process_barrier`].
#[inline]
pub(crate) fn has_process_barrier() -> bool {
    HAS_BARRIER.load(Ordering::Relaxed)
}

/// A full memory barrier on every processor that runs a thread of this process now. False when the kernel
/// refused, which it does only to one that was not prepared.
pub(crate) fn process_barrier() -> bool {
    membarrier(MembarrierCommand::PrivateExpedited).is_ok()
}
