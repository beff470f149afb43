//! What the rest of `sync` is built of: atomics, fences, a cell, a mutex and a word to sleep on, those of
//! the machine or, with `--cfg loom`, those of the model checker.
//!
//! loom knows sequential consistency of fences, not of accesses, so every handshake of the kind "store,
//! then load what the other side stores" goes by [`full_fence`] or [`fence_after_exchange`].

#[cfg(not(loom))]
mod real {
    use std::cell::UnsafeCell;
    use std::mem::MaybeUninit;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
    pub(crate) use std::sync::{Mutex, MutexGuard as Guard};
    use std::time::Duration;

    /// Starts a thread that nobody waits for.
    pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        std::thread::Builder::new().name(name.to_owned()).spawn(body).map(drop)
    }

    /// A place that one thread at a time touches.
    pub(crate) struct Cell<T>(UnsafeCell<MaybeUninit<T>>);

    impl<T> Cell<T> {
        /// With nothing in it.
        pub(crate) fn empty() -> Self {
            Cell(UnsafeCell::new(MaybeUninit::uninit()))
        }

        /// To be read: nobody writes meanwhile, which is the caller's to know.
        #[inline]
        pub(crate) fn with<R>(&self, body: impl FnOnce(*const T) -> R) -> R {
            body(self.0.get().cast::<T>())
        }

        /// To be written: nobody else touches it meanwhile, which is the caller's to know.
        #[inline]
        pub(crate) fn with_mut<R>(&self, body: impl FnOnce(*mut T) -> R) -> R {
            body(self.0.get().cast::<T>())
        }
    }

    /// A fence after a sequentially consistent read-modify-write, which on x86-64 is one itself: loads and
    /// stores are not reordered with locked instructions (Intel SDM volume 3, 8.2.3.9; AMD APM volume 2,
    /// 7.4.2).
    #[inline]
    pub(crate) fn fence_after_exchange() {
        if cfg!(target_arch = "x86_64") {
            std::sync::atomic::compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }

    /// To be called before [`light_fence`] and [`heavy_fence`] are used for something new.
    pub(crate) fn prepare_fences() {
        crate::sys::prepare_process_barrier();
    }

    /// Half of a pair of fences, on the side that comes often. It orders what is before and after it against
    /// a [`heavy_fence`] of another thread.
    #[inline]
    pub(crate) fn light_fence() {
        if crate::sys::has_process_barrier() {
            std::sync::atomic::compiler_fence(Ordering::SeqCst);
        } else {
            fence(Ordering::SeqCst);
        }
    }

    /// The other half of [`light_fence`]. False when it could not be had: then the caller must look again
    /// after a while.
    pub(crate) fn heavy_fence() -> bool {
        fence(Ordering::SeqCst);
        !crate::sys::has_process_barrier() || crate::sys::process_barrier()
    }

    /// Tells the processor that this is a spin.
    #[inline]
    pub(crate) fn pause() {
        std::hint::spin_loop();
    }

    /// Lets others run.
    pub(crate) fn yield_now() {
        std::thread::yield_now();
    }

    /// Sleeps a little, so that threads of any priority run.
    pub(crate) fn nap() {
        std::thread::sleep(Duration::from_micros(50));
    }
}

#[cfg(loom)]
mod real {
    use std::mem::MaybeUninit;

    use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
    pub(crate) use loom::sync::{Mutex, MutexGuard as Guard};
    pub(crate) use loom::thread::yield_now;

    pub(crate) fn spawn(_name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
        drop(loom::thread::spawn(body));
        Ok(())
    }

    /// As the real one; loom checks that the accesses do not overlap.
    pub(crate) struct Cell<T>(UnsafeCell<MaybeUninit<T>>);

    impl<T> Cell<T> {
        pub(crate) fn empty() -> Self {
            Cell(UnsafeCell::new(MaybeUninit::uninit()))
        }

        pub(crate) fn with<R>(&self, body: impl FnOnce(*const T) -> R) -> R {
            self.0.with(|place| body(place.cast::<T>()))
        }

        pub(crate) fn with_mut<R>(&self, body: impl FnOnce(*mut T) -> R) -> R {
            self.0.with_mut(|place| body(place.cast::<T>()))
        }
    }

    pub(crate) fn fence_after_exchange() {
        fence(Ordering::SeqCst);
    }

    pub(crate) fn light_fence() {
        fence(Ordering::SeqCst);
    }

    pub(crate) fn prepare_fences() {}

    pub(crate) fn heavy_fence() -> bool {
        fence(Ordering::SeqCst);
        true
    }

    pub(crate) fn pause() {
        yield_now();
    }

    pub(crate) fn nap() {
        yield_now();
    }
}

pub(crate) use real::*;

/// What is stored before it and what is loaded after it cannot both be missed by a thread that does the
/// same the other way round.
#[inline]
pub(crate) fn full_fence() {
    fence(Ordering::SeqCst);
}
