//! A Verilated model of any top: its life, and its tick register.
//!
//! Leaves to others: pins. The tops' own tables of functions begin with [`Common`].

use crate::size::Size;
use std::ffi::c_void;
use std::ptr::NonNull;

/// `PortolanCommon` of cpp/common.h.
#[repr(C)]
pub(crate) struct Common {
    lines: u32,
    ports: u32,
    create: extern "C" fn() -> *mut c_void,
    destroy: unsafe extern "C" fn(*mut c_void),
    ticks: unsafe extern "C" fn(*mut c_void) -> u64,
    set_ticks: unsafe extern "C" fn(*mut c_void, u64),
}

/// One Verilated model. Instances share nothing.
pub(crate) struct Instance {
    common: &'static Common,
    pointer: NonNull<c_void>,
}

// SAFETY: an instance, with its VerilatedContext, is used by one thread at a time (what changes it takes
// `&mut self`, here and in those who call with its pointer; `ticks` only reads); it is bound to no thread.
unsafe impl Send for Instance {}

impl Instance {
    /// A model at power-up, which must be of that size.
    pub(crate) fn new(common: &'static Common, size: Size) -> Instance {
        assert_eq!((common.lines, common.ports), (size.lines(), size.ports()), "the linked model's size");
        let pointer = NonNull::new((common.create)()).expect("operator new returns an object");
        Instance { common, pointer }
    }

    /// What the functions of this model's table take first. Lives as long as the instance.
    pub(crate) fn pointer(&mut self) -> *mut c_void {
        self.pointer.as_ptr()
    }

    /// The tick register: the number by which the block's coming edge is called.
    pub(crate) fn ticks(&self) -> u64 {
        // SAFETY: the instance lives until drop; this reads one word of it.
        unsafe { (self.common.ticks)(self.pointer.as_ptr()) }
    }

    /// Moves the tick register.
    pub(crate) fn set_ticks(&mut self, ticks: u64) {
        // SAFETY: the instance lives until drop; this writes one word of it.
        unsafe { (self.common.set_ticks)(self.pointer.as_ptr(), ticks) }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: created by this table's `create`, and not used again.
        unsafe { (self.common.destroy)(self.pointer.as_ptr()) }
    }
}
