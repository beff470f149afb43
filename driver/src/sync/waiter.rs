//! Somebody who waits: a word of tokens, and where to rouse him.
//!
//! Whoever wants to wake a waiter first *marks* it under the lock of the list that the waiter stood
//! in, and *rouses* it after that lock is released. So a token never reaches a waiter that has left
//! the list, and a waiter can be used again for the next wait: one per thread.
//!
//! A waiter sleeps on the futex, or, when it leads a vector, in the device. Rousing handles both: the
//! leader says so before it looks at its word for the last time, the other side marks the word
//! before it looks whether the waiter leads; a full fence in between on both sides, so one sees the other.
//! The word says whether its thread is in the futex, so that nobody calls the kernel for one that is not.
//!
//! A waiter that is no thread, such as a task, is [roused elsewhere](Waiter::elsewhere), and when the rousing thread
//! holds no lock any more.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use super::Lock;
use super::futex::Word;
use super::lock::after_locks;
use super::primitive::{AtomicBool, Ordering, full_fence};

/// In the word: its thread sleeps on the futex, or is about to.
const ASLEEP: u32 = 1 << 31;

/// Why a waiter was woken. Several may be there at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(u32);

impl Token {
    /// No reason.
    pub(crate) const NONE: Token = Token(0);
    /// A packet was queued for it (E7).
    pub(crate) const POSTED: Token = Token(1);
    /// It holds the lead of a vector now.
    pub(crate) const LEAD: Token = Token(2);
    /// A board of its port died.
    pub(crate) const DEAD: Token = Token(4);
    /// Its deadline on simulated time passed.
    pub(crate) const EXPIRED: Token = Token(8);
    /// Something it relied on changed; it looks again.
    pub(crate) const RETRY: Token = Token(16);

    /// Both.
    pub(crate) const fn and(self, other: Token) -> Token {
        Token(self.0 | other.0)
    }

    /// Whether they have one in common.
    pub(crate) const fn has(self, other: Token) -> bool {
        self.0 & other.0 != 0
    }
}

/// Where a waiter sleeps that is not in the futex.
pub(crate) trait Bed: Send + Sync {
    /// Ends the present sleep, or else the next one.
    fn kick(&self);
}

/// One who waits.
#[derive(Default)]
pub(crate) struct Waiter {
    word: Word,
    leading: AtomicBool,
    bed: Lock<Option<Arc<dyn Bed>>>,
    /// Of one that is no thread.
    elsewhere: Option<Arc<dyn Bed>>,
}

#[cfg(not(loom))]
thread_local! {
    static SPARE: RefCell<Option<Arc<Waiter>>> = const { RefCell::new(None) };
}

// loom's threads are not the system's.
#[cfg(loom)]
loom::thread_local! {
    static SPARE: RefCell<Option<Arc<Waiter>>> = RefCell::new(None);
}

impl Waiter {
    /// Lends this thread's waiter to `body`, with no tokens on it.
    pub(crate) fn with<R>(body: impl FnOnce(&Arc<Waiter>) -> R) -> R {
        // Gone when the thread is being torn down, which may still wait: then each wait makes a new one.
        let spare = SPARE.try_with(|spare| spare.borrow_mut().take());
        let waiter = spare.ok().flatten().unwrap_or_default();
        waiter.word.value().store(0, Ordering::SeqCst);
        let result = body(&waiter);
        let _ = SPARE.try_with(|spare| *spare.borrow_mut() = Some(waiter));
        result
    }

    /// One that is no thread: to rouse it is to kick `bed`.
    pub(crate) fn elsewhere(bed: Arc<dyn Bed>) -> Waiter {
        Waiter { elsewhere: Some(bed), ..Waiter::default() }
    }

    /// Puts a token on it. Only under the lock of a list that it stands in.
    pub(crate) fn mark(&self, token: Token) {
        self.word.value().fetch_or(token.0, Ordering::SeqCst);
    }

    /// Wakes it, after [`mark`](Self::mark).
    pub(crate) fn rouse(&self) {
        if let Some(bed) = &self.elsewhere {
            return after_locks(bed);
        }
        full_fence();
        if self.leading.load(Ordering::SeqCst)
            && let Some(bed) = self.bed.lock().as_ref()
        {
            bed.kick();
            return;
        }
        // It takes this off with its tokens. If it is not there now, the thread sees its token first.
        if self.word.value().load(Ordering::SeqCst) & ASLEEP != 0 {
            self.word.wake_one();
        }
    }

    /// The tokens on it.
    pub(crate) fn tokens(&self) -> Token {
        Token(self.word.value().load(Ordering::SeqCst) & !ASLEEP)
    }

    /// Takes the tokens off.
    pub(crate) fn take(&self) -> Token {
        Token(self.word.value().swap(0, Ordering::SeqCst) & !ASLEEP)
    }

    /// Takes one token off.
    pub(crate) fn clear(&self, token: Token) {
        self.word.value().fetch_and(!token.0, Ordering::SeqCst);
    }

    /// Sleeps on the futex until there is a token (true) or `deadline`, in ns on CLOCK_MONOTONIC,
    /// has passed.
    pub(crate) fn sleep(&self, deadline: i64) -> bool {
        let word = self.word.value();
        let mut before = word.fetch_or(ASLEEP, Ordering::SeqCst);
        while before & !ASLEEP == 0 && self.word.wait(ASLEEP, deadline) {
            before = word.load(Ordering::SeqCst);
        }
        word.fetch_and(!ASLEEP, Ordering::SeqCst) & !ASLEEP != 0
    }

    /// From now on it sleeps in `bed`. The caller looks at its tokens once more before it does.
    pub(crate) fn lead(&self, bed: Arc<dyn Bed>) {
        *self.bed.lock() = Some(bed);
        self.leading.store(true, Ordering::SeqCst);
        full_fence();
    }

    /// From now on it sleeps on the futex again.
    pub(crate) fn follow(&self) {
        self.leading.store(false, Ordering::SeqCst);
        *self.bed.lock() = None;
    }

    /// Whether it leads a vector.
    pub(crate) fn is_leading(&self) -> bool {
        self.leading.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Waiter({:?})", self.tokens())
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_marked_waiter_does_not_sleep() {
        let waiter = Waiter::default();
        waiter.mark(Token::POSTED);
        assert!(waiter.sleep(i64::MAX));
        assert_eq!(waiter.take(), Token::POSTED);
    }

    #[test]
    fn a_waiter_without_tokens_gives_up_at_its_deadline() {
        assert!(!Waiter::default().sleep(0));
    }

    #[test]
    fn rousing_wakes_a_sleeper() {
        let waiter = Arc::new(Waiter::default());
        let other = waiter.clone();
        let thread = std::thread::spawn(move || other.sleep(i64::MAX));
        waiter.mark(Token::RETRY);
        waiter.rouse();
        assert!(thread.join().unwrap());
    }

    #[test]
    fn rousing_a_leader_kicks_its_bed() {
        struct Kicked(AtomicBool);
        impl Bed for Kicked {
            fn kick(&self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let waiter = Waiter::default();
        let bed = Arc::new(Kicked(AtomicBool::new(false)));
        waiter.lead(bed.clone());
        waiter.mark(Token::POSTED);
        waiter.rouse();
        assert!(bed.0.load(Ordering::SeqCst));
    }
}
