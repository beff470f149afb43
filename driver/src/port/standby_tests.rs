//! Tasks and descriptors among a port's waiters.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::task::{Context, Poll, Wake};
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::*;
use crate::object::{AsHandle, AsyncOptions, Event, Handle, Rights, Signals};
use crate::port::tests::{packet, port, until_asleep};
use crate::port::{Next, Pollable, Port};
use crate::{Deadline, Interrupt, Packet};

fn is_readable(pollable: &Pollable) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(pollable, PollFlags::IN)], Some(&now)).unwrap() == 1
}

/// One that stands in line.
fn armed(port: &Port) -> Pollable {
    let mut pollable = port.pollable().unwrap();
    assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT));
    pollable
}

fn reader(port: &Port) -> thread::JoinHandle<u64> {
    let port = port.clone();
    thread::spawn(move || port.wait(Deadline::INFINITE).unwrap().key())
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A task that is polled by hand: how often it was woken.
fn poll_once(next: Pin<&mut Next<'_, Packet>>, wakes: &Arc<Wakes>) -> Poll<Result<Packet, Status>> {
    next.poll(&mut Context::from_waker(&wakes.clone().into()))
}

#[test]
fn a_descriptor_is_readable_while_it_is_worth_asking_and_not_after_that() {
    let port = port();
    let mut pollable = port.pollable().unwrap();
    assert!(is_readable(&pollable), "nobody has looked yet");
    assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT));
    assert!(!is_readable(&pollable));
    port.queue(&packet(1)).unwrap();
    port.queue(&packet(2)).unwrap();
    assert!(is_readable(&pollable));
    assert_eq!(pollable.try_wait().map(|packet| packet.key()), Ok(1));
    assert!(is_readable(&pollable), "who takes one packet at a time is called again");
    assert_eq!(pollable.try_wait().map(|packet| packet.key()), Ok(2));
    assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT));
    assert!(!is_readable(&pollable));
}

#[test]
fn a_descriptor_tells_of_packets_that_were_there_before_it() {
    let port = port();
    port.queue(&packet(1)).unwrap();
    let mut pollable = port.pollable().unwrap();
    assert!(is_readable(&pollable));
    assert_eq!(pollable.try_wait().map(|packet| packet.key()), Ok(1));
}

#[test]
fn each_packet_is_for_one_waiter_be_it_a_thread_or_not() {
    let port = port();
    let mut first = armed(&port);
    let thread = reader(&port);
    until_asleep(&port, 2);
    let mut last = armed(&port);
    port.queue(&packet(1)).unwrap();
    assert!(is_readable(&first) && !is_readable(&last) && port.waiters() == 2);
    assert_eq!(first.try_wait().map(|packet| packet.key()), Ok(1));
    port.queue(&packet(2)).unwrap();
    assert_eq!(thread.join().unwrap(), 2);
    assert!(!is_readable(&last));
    port.queue(&packet(3)).unwrap();
    assert!(is_readable(&last));
    assert_eq!(last.try_wait().map(|packet| packet.key()), Ok(3));
}

#[test]
fn whose_turn_it_was_passes_it_on_when_he_goes_away() {
    let port = port();
    let pollable = armed(&port);
    let wakes = Arc::default();
    let mut next = Box::pin(port.next());
    assert!(poll_once(next.as_mut(), &wakes).is_pending());
    let thread = reader(&port);
    until_asleep(&port, 3);
    port.queue(&packet(1)).unwrap();
    drop(pollable);
    assert_eq!(wakes.0.load(Ordering::SeqCst), 1);
    drop(next);
    assert_eq!(thread.join().unwrap(), 1);
    assert_eq!(port.waiters(), 0);
}

#[test]
fn who_goes_away_before_his_turn_leaves_the_line() {
    let port = port();
    drop(armed(&port));
    let mut next = Box::pin(port.next());
    assert!(poll_once(next.as_mut(), &Arc::default()).is_pending());
    assert_eq!(port.waiters(), 1);
    drop(next);
    assert_eq!(port.waiters(), 0);
    port.queue(&packet(1)).unwrap();
    assert_eq!(port.try_wait().map(|packet| packet.key()), Ok(1));
}

#[test]
fn a_task_is_woken_once_by_its_last_waker() {
    let port = port();
    let (stale, wakes) = (Arc::default(), Arc::default());
    let mut next = pin!(port.next());
    assert!(poll_once(next.as_mut(), &stale).is_pending());
    assert!(poll_once(next.as_mut(), &wakes).is_pending());
    assert_eq!(port.waiters(), 1, "polled twice, it stands in line once");
    port.queue(&packet(1)).unwrap();
    port.queue(&packet(2)).unwrap();
    assert_eq!((stale.0.load(Ordering::SeqCst), wakes.0.load(Ordering::SeqCst)), (0, 1));
    assert_eq!(poll_once(next, &wakes), Poll::Ready(Ok(packet(1))));
}

#[test]
fn a_packet_that_is_there_is_the_next_at_once() {
    let port = port();
    port.queue(&packet(1)).unwrap();
    let wakes = Arc::default();
    assert_eq!(poll_once(pin!(port.next()), &wakes), Poll::Ready(Ok(packet(1))));
    assert_eq!(Arc::strong_count(&wakes), 1, "nobody kept the waker");
}

#[test]
fn canceled_packets_let_nobody_sleep_for_ever() {
    let port = port();
    let mut pollable = armed(&port);
    port.queue(&packet(1)).unwrap();
    port.cancel_key(1).unwrap();
    assert!(is_readable(&pollable));
    assert_eq!(pollable.try_wait(), Err(Status::TIMED_OUT), "E8: it was for nothing");
    assert!(!is_readable(&pollable) && port.waiters() == 1);
    port.queue(&packet(2)).unwrap();
    assert!(is_readable(&pollable));
}

/// Runs `body`, which must come to an end.
fn ends(body: impl FnOnce() + Send + 'static) {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        body();
        ended.send(()).unwrap();
    });
    end.recv_timeout(Duration::from_secs(20)).expect("it waits for a lock of its own");
}

#[test]
fn a_task_that_ends_as_it_is_woken_may_close_what_woke_it() {
    struct Owner {
        _event: Handle,
    }
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }
    ends(|| {
        let (port, event) = (port(), Event::new());
        event.wait_async(&port, 1, Signals::SIGNALED, AsyncOptions::default()).unwrap();
        let owner = Arc::new(Owner { _event: event.duplicate_handle(Rights::SAME_RIGHTS).unwrap() });
        let mut next = Box::pin(port.next());
        assert!(next.as_mut().poll(&mut Context::from_waker(&owner.into())).is_pending());
        // The waker is the last that has the duplicate.
        event.signal(Signals::NONE, Signals::SIGNALED).unwrap();
        assert_eq!(event.handle_count(), Ok(1));
    });
}

#[test]
fn a_task_that_runs_as_it_is_woken_may_use_what_woke_it() {
    type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
    struct Inline(Mutex<Option<Task>>);
    impl Wake for Inline {
        fn wake(self: Arc<Self>) {
            let task = self.0.lock().unwrap().take();
            if let Some(mut task) = task
                && task.as_mut().poll(&mut Context::from_waker(&self.clone().into())).is_pending()
            {
                *self.0.lock().unwrap() = Some(task);
            }
        }
    }
    ends(|| {
        let (port, interrupt) = (port(), Arc::new(Interrupt::virtual_interrupt()));
        interrupt.bind(&port, 1).unwrap();
        let task: Task = Box::pin({
            let interrupt = interrupt.clone();
            async move {
                for _ in 0..4 {
                    port.next().await.unwrap();
                    interrupt.ack().unwrap();
                }
            }
        });
        Arc::new(Inline(Mutex::new(Some(task)))).wake();
        for stamp in 1..=4 {
            interrupt.trigger(stamp).unwrap();
        }
        assert_eq!(Arc::strong_count(&interrupt), 1, "the task has come to its end");
    });
}

#[test]
fn threads_tasks_and_descriptors_share_packets_without_losing_or_doubling_one() {
    const PACKETS: u64 = 20_000;
    let port = port();
    let taken = Arc::new(AtomicUsize::new(0));
    // Key 0 ends who takes it.
    let count = |key: u64, taken: &AtomicUsize| {
        taken.fetch_add(usize::from(key != 0), Ordering::SeqCst);
        key == 0
    };
    let mut readers = Vec::new();
    for _ in 0..2 {
        let (own, counted) = (port.clone(), taken.clone());
        readers.push(thread::spawn(
            move || {
                while !count(own.wait(Deadline::INFINITE).unwrap().key(), &counted) {}
            },
        ));
        let (own, counted) = (port.clone(), taken.clone());
        readers.push(thread::spawn(move || {
            let mut pollable = own.pollable().unwrap();
            loop {
                match pollable.try_wait() {
                    Ok(packet) if count(packet.key(), &counted) => return,
                    Ok(_) => {}
                    Err(_) => drop(poll(&mut [PollFd::new(&pollable, PollFlags::IN)], None).unwrap()),
                }
            }
        }));
        let (own, counted) = (port.clone(), taken.clone());
        readers.push(thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(async {
                // Waits are given up all the time: that loses nothing.
                loop {
                    let next = tokio::time::timeout(Duration::from_micros(50), own.next()).await;
                    if next.is_ok_and(|packet| count(packet.unwrap().key(), &counted)) {
                        return;
                    }
                }
            });
        }));
    }
    let queue = |key| {
        while port.queue(&packet(key)).is_err() {
            thread::yield_now();
        }
    };
    (1..=PACKETS).for_each(queue);
    readers.iter().for_each(|_| queue(0));
    readers.into_iter().for_each(|reader| reader.join().unwrap());
    assert_eq!(taken.load(Ordering::SeqCst) as u64, PACKETS);
    assert_eq!((port.waiters(), port.try_wait()), (0, Err(Status::TIMED_OUT)));
}
