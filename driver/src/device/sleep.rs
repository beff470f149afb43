//! Sleeping on file descriptors, as devices of the kernel do: one for an interrupt, one for a kick.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::{Errno, read, write};

use crate::sys;

/// A new eventfd, that nobody has signaled.
pub(super) fn new_event() -> io::Result<OwnedFd> {
    Ok(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)
}

/// Signals an eventfd.
pub(super) fn signal(event: BorrowedFd<'_>) {
    // The only error is a counter that is full, and then it is signaled.
    let _ = write(event, &1u64.to_ne_bytes());
}

/// Takes what an eventfd was signaled; whether it was.
pub(super) fn take(event: BorrowedFd<'_>) -> bool {
    read(event, &mut [0; 8]).is_ok()
}

/// Sleeps until one of these can be read, or fails, or until `deadline` (ns on CLOCK_MONOTONIC): which is the first of
/// them, `None` at the deadline.
pub(super) fn until_one(of: &[BorrowedFd<'_>], deadline: i64) -> io::Result<Option<usize>> {
    let mut polled: Vec<PollFd<'_>> =
        of.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
    loop {
        let timeout = (deadline != i64::MAX).then(|| {
            let left = deadline.saturating_sub(sys::monotonic()).max(0);
            Timespec { tv_sec: left / 1_000_000_000, tv_nsec: left % 1_000_000_000 }
        });
        match poll(&mut polled, timeout.as_ref()) {
            Ok(0) if timeout.is_some_and(|left| (left.tv_sec, left.tv_nsec) == (0, 0)) => return Ok(None),
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(polled.iter().position(|fd| !fd.revents().is_empty())),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn the_first_that_was_signaled_ends_a_sleep_and_the_deadline_does_otherwise() {
        let events = [new_event().unwrap(), new_event().unwrap()];
        let fds = [events[0].as_fd(), events[1].as_fd()];
        let begun = sys::monotonic();
        assert_eq!(until_one(&fds, begun + 2_000_000).unwrap(), None);
        assert!(sys::monotonic() >= begun + 2_000_000);
        signal(fds[1]);
        assert_eq!(until_one(&fds, i64::MAX).unwrap(), Some(1));
        signal(fds[0]);
        assert_eq!(until_one(&fds, 0).unwrap(), Some(0));
        assert!(take(fds[0]) && take(fds[1]));
        assert!(!take(fds[0]), "it was taken");
        assert_eq!(until_one(&fds, 0).unwrap(), None);
    }
}
