use super::*;

fn event() -> Arc<InterruptEventObject> {
    Arc::new(InterruptEventObject::of(Interrupt::virtual_interrupt()))
}

/// An edge of the line.
fn edge(event: &InterruptEventObject) {
    event.interrupt.trigger(1).unwrap();
}

/// So many threads in a wait.
fn waiting(
    event: &Arc<InterruptEventObject>,
    count: usize,
) -> Vec<std::thread::JoinHandle<Result<(), Status>>> {
    let threads = (0..count)
        .map(|_| {
            let event = event.clone();
            std::thread::spawn(move || event.wait())
        })
        .collect();
    while event.state.lock().followers.len() + 1 < count || !event.interrupt.is_waited_for() {
        std::thread::yield_now();
    }
    threads
}

fn join(threads: Vec<std::thread::JoinHandle<Result<(), Status>>>) -> Vec<Result<(), Status>> {
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn the_event_stays_set_until_it_is_completed() {
    let event = event();
    edge(&event);
    assert_eq!([event.wait(), event.wait()], [Ok(()); 2]);
    edge(&event);
    edge(&event);
    event.complete();
    assert_eq!(event.wait(), Ok(()), "edges that came meanwhile set it again, once");
    event.complete();
    let threads = waiting(&event, 1);
    edge(&event);
    assert_eq!(join(threads), [Ok(())]);
}

#[test]
fn an_edge_that_nobody_waited_for_is_completed_with_the_event() {
    let event = event();
    edge(&event);
    event.complete();
    let threads = waiting(&event, 1);
    event.signal();
    assert_eq!(join(threads), [Ok(())], "by the signal, not by the edge");
    // The line is masked: what comes now is kept.
    edge(&event);
    event.complete();
    assert_eq!(event.wait(), Ok(()));
    event.complete();
    edge(&event);
    event.signal();
    event.complete();
    drop(waiting(&event, 1));
    event.end();
}

#[test]
fn an_edge_and_a_signal_release_every_waiter() {
    let event = event();
    for turn in 0..200 {
        let threads = waiting(&event, 3);
        if turn % 2 == 0 {
            edge(&event)
        } else {
            event.signal()
        }
        assert_eq!(join(threads), [Ok(()); 3]);
        event.complete();
    }
}

#[test]
fn closing_the_last_handle_ends_every_wait() {
    let event = event();
    let threads = waiting(&event, 3);
    event.end();
    assert_eq!(join(threads), [Err(Status::CANCELED); 3]);
    assert_eq!(event.wait(), Err(Status::CANCELED));
}

#[test]
fn when_the_interrupt_is_gone_as_on_a_board_that_died_every_wait_ends() {
    let event = event();
    let threads = waiting(&event, 3);
    event.interrupt.destroy().unwrap();
    assert_eq!(join(threads), [Err(Status::CANCELED); 3]);
    assert_eq!(event.wait(), Err(Status::CANCELED));
    event.complete();
    event.signal();
    assert_eq!(event.wait(), Ok(()), "a signal needs no line");
}

#[test]
fn signals_and_completions_in_a_hurry_leave_nobody_asleep() {
    let event = event();
    let done = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                (0..2000).for_each(|_| event.wait().unwrap());
                done.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            });
        }
        scope.spawn(|| {
            while done.load(std::sync::atomic::Ordering::SeqCst) < 2 {
                event.signal();
                event.complete();
            }
        });
    });
}
