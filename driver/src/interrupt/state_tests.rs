//! Every state against every operation: the table at the end of ports.md section I, row by row.

use super::*;

type M = Machine<()>;

const T: Stamp<()> = Stamp { timestamp: 7, detail: () };
const NEW: Stamp<()> = Stamp { timestamp: 9, detail: () };
const NONE: Stamp<()> = Stamp { timestamp: 0, detail: () };

fn machine(state: State, bound: bool, pending: Stamp<()>) -> M {
    Machine { state, pending, bound, stream: false }
}

/// Runs one operation on a copy; result, state after, pending after.
fn after<R>(mut m: M, op: impl FnOnce(&mut M) -> R) -> (R, State, i64) {
    let result = op(&mut m);
    (result, m.state, m.pending.timestamp)
}

use State::*;

#[test]
fn a_trigger_follows_the_table() {
    let t = |m: M, queued| after(m, |m| m.trigger(NEW, queued));
    // Bound.
    assert_eq!(t(machine(Idle, true, NONE), false), (Ok(Fate::Send(NEW)), NeedAck, 0));
    assert_eq!(t(machine(Idle, true, NONE), true), (Ok(Fate::Lost), NeedAck, 0), "I20 a");
    for queued in [false, true] {
        assert_eq!(t(machine(NeedAck, true, NONE), queued), (Ok(Fate::Kept), NeedAck, 9));
        assert_eq!(t(machine(NeedAck, true, T), queued), (Ok(Fate::Lost), NeedAck, 7));
        let (result, state, _) = t(machine(Destroyed, true, NONE), queued);
        assert_eq!((result, state), (Err(Status::CANCELED), Destroyed));
    }
    // Unbound.
    assert_eq!(t(machine(Idle, false, NONE), false), (Ok(Fate::Kept), Triggered, 9));
    assert_eq!(t(machine(Waiting, false, NONE), false), (Ok(Fate::Wake), Triggered, 9));
    assert_eq!(t(machine(Triggered, false, T), false), (Ok(Fate::Lost), Triggered, 7));
    assert_eq!(t(machine(NeedAck, false, NONE), false), (Ok(Fate::Kept), NeedAck, 9), "I11");
    assert_eq!(t(machine(NeedAck, false, T), false), (Ok(Fate::Lost), NeedAck, 7));
    assert_eq!(t(machine(Destroyed, false, NONE), false).0, Err(Status::CANCELED));
}

#[test]
fn an_ack_follows_the_table() {
    let a = |m: M, queued| after(m, |m| m.ack(queued));
    for queued in [false, true] {
        assert_eq!(a(machine(Idle, true, NONE), queued), (Ok(Acked::Nothing), Idle, 0));
        assert_eq!(a(machine(NeedAck, true, NONE), queued), (Ok(Acked::Idle), Idle, 0));
        assert_eq!(a(machine(Destroyed, true, NONE), queued).0, Err(Status::CANCELED));
    }
    assert_eq!(a(machine(NeedAck, true, T), false), (Ok(Acked::Send(T)), NeedAck, 0));
    assert_eq!(a(machine(NeedAck, true, T), true), (Ok(Acked::Dropped), NeedAck, 0), "I20 b");
    for state in [Idle, Waiting, Triggered, NeedAck, Destroyed] {
        assert_eq!(a(machine(state, false, NONE), false), (Err(Status::BAD_STATE), state, 0), "I18");
    }
}

#[test]
fn a_wait_follows_the_table() {
    let w = |m: M| after(m, Machine::wait);
    assert_eq!(w(machine(Idle, false, NONE)), (Ok(Wait::Block), Waiting, 0));
    assert_eq!(w(machine(Waiting, false, NONE)), (Err(Status::BAD_STATE), Waiting, 0));
    assert_eq!(w(machine(Triggered, false, T)), (Ok(Wait::Ready(T)), NeedAck, 0));
    assert_eq!(w(machine(Triggered, false, NONE)), (Ok(Wait::Ready(NONE)), NeedAck, 0), "stamp 0");
    assert_eq!(w(machine(NeedAck, false, T)), (Ok(Wait::Ready(T)), NeedAck, 0), "I23");
    assert_eq!(w(machine(NeedAck, false, NONE)), (Ok(Wait::Block), Waiting, 0));
    assert_eq!(w(machine(Destroyed, false, NONE)), (Err(Status::CANCELED), Destroyed, 0));
    for state in [Idle, NeedAck, Destroyed] {
        assert_eq!(w(machine(state, true, NONE)), (Err(Status::BAD_STATE), state, 0), "I22");
    }
}

#[test]
fn a_woken_waiter_looks_anew_and_one_that_nobody_woke_sleeps_on() {
    let sleeps = |m: M| after(m, |m| m.resume(true));
    assert_eq!(sleeps(machine(Waiting, false, NONE)), (Ok(Wait::Block), Waiting, 0));
    let woken = |m: M| after(m, |m| m.resume(false));
    assert_eq!(woken(machine(Triggered, false, T)), (Ok(Wait::Ready(T)), NeedAck, 0));
    assert_eq!(woken(machine(Destroyed, false, NONE)), (Err(Status::CANCELED), Destroyed, 0));
    assert_eq!(
        woken(machine(NeedAck, false, NONE)),
        (Ok(Wait::Block), Waiting, 0),
        "another took the trigger"
    );
    assert_eq!(woken(machine(Waiting, false, NONE)), (Err(Status::BAD_STATE), Waiting, 0), "and waits again");
    assert_eq!(woken(machine(NeedAck, true, NONE)), (Err(Status::BAD_STATE), NeedAck, 0), "or bound it");
}

#[test]
fn a_bind_follows_the_table() {
    let b = |m: M| after(m, Machine::bind);
    assert_eq!(b(machine(Idle, false, NONE)), (Ok(None), Idle, 0));
    assert_eq!(b(machine(Waiting, false, NONE)), (Err(Status::BAD_STATE), Waiting, 0));
    assert_eq!(b(machine(Triggered, false, T)), (Ok(Some(T)), NeedAck, 0), "I8");
    assert_eq!(b(machine(NeedAck, false, NONE)), (Ok(None), NeedAck, 0));
    assert_eq!(b(machine(NeedAck, false, T)), (Ok(None), NeedAck, 7), "I11: not before the ack");
    assert_eq!(b(machine(Idle, true, NONE)), (Err(Status::ALREADY_BOUND), Idle, 0));
    assert_eq!(b(machine(NeedAck, true, T)), (Err(Status::ALREADY_BOUND), NeedAck, 7));
    for bound in [false, true] {
        assert_eq!(b(machine(Destroyed, bound, NONE)).0, Err(Status::CANCELED), "before ALREADY_BOUND");
    }
}

#[test]
fn an_unbind_follows_the_table() {
    let u = |m: M, removed| after(m, |m| m.unbind(removed));
    assert_eq!(u(machine(Idle, true, NONE), None), (Ok(false), Idle, 0));
    assert_eq!(u(machine(Idle, true, NONE), Some(T)), (Ok(false), Triggered, 7), "after an early ack");
    assert_eq!(u(machine(NeedAck, true, NONE), Some(T)), (Ok(false), Triggered, 7), "I10");
    assert_eq!(u(machine(NeedAck, true, NEW), Some(T)), (Ok(true), Triggered, 7), "I10: second lost");
    assert_eq!(u(machine(NeedAck, true, NONE), None), (Ok(false), NeedAck, 0), "I11");
    assert_eq!(u(machine(NeedAck, true, T), None), (Ok(false), NeedAck, 7));
    assert_eq!(u(machine(Destroyed, true, NONE), None).0, Err(Status::CANCELED));
    for state in [Idle, Waiting, Triggered, NeedAck, Destroyed] {
        assert_eq!(u(machine(state, false, NONE), None), (Err(Status::NOT_FOUND), state, 0), "I9");
    }
}

#[test]
fn a_destroy_follows_the_table() {
    let d = |m: M, removed| {
        let (result, state, _) = after(m, |m| m.destroy(removed));
        assert_eq!(state, Destroyed);
        result
    };
    assert_eq!(d(machine(Idle, true, NONE), false), Ok(()));
    assert_eq!(d(machine(Idle, true, NONE), true), Ok(()));
    assert_eq!(d(machine(NeedAck, true, NONE), true), Ok(()), "I26");
    assert_eq!(d(machine(NeedAck, true, NONE), false), Err(Status::NOT_FOUND), "I26");
    assert_eq!(d(machine(Destroyed, true, NONE), false), Ok(()), "a second destroy");
    for state in [Idle, Waiting, Triggered, NeedAck, Destroyed] {
        assert_eq!(d(machine(state, false, NONE), false), Ok(()));
    }
}

#[test]
fn a_trigger_with_stamp_zero_while_unacknowledged_is_lost_at_the_ack() {
    let mut m = M::new(false);
    m.bind().unwrap();
    assert_eq!(m.trigger(NONE, false), Ok(Fate::Send(NONE)), "I16: delivered while idle");
    assert_eq!(m.trigger(NONE, false), Ok(Fate::Kept));
    assert_eq!(m.ack(false), Ok(Acked::Idle), "I16: and nothing to send");
}

#[test]
fn a_stream_sends_every_edge_while_bound_and_keeps_the_first_while_not() {
    let mut m = M::new(true);
    assert_eq!(m.trigger(T, false), Ok(Fate::Kept));
    assert_eq!(m.trigger(NEW, false), Ok(Fate::Lost));
    assert_eq!(m.bind(), Ok(Some(T)));
    for queued in [false, true, true] {
        assert_eq!(m.trigger(NEW, queued), Ok(Fate::Send(NEW)));
        assert_eq!(m.ack(queued), Ok(Acked::Nothing));
    }
    assert_eq!(m.unbind(Some(T)), Ok(false));
    assert_eq!(m.wait(), Ok(Wait::Ready(T)));
    assert_eq!(m.trigger(NEW, false), Ok(Fate::Kept));
    assert_eq!(m.bind(), Ok(Some(NEW)), "a stream waits for no acknowledge");
    assert_eq!(m.destroy(false), Ok(()));
}

#[test]
fn release_and_take_follow_wait() {
    for state in [Idle, Triggered, NeedAck, Destroyed] {
        assert_eq!(after(machine(state, false, T), |m| m.release()), (false, state, 7));
    }
    assert_eq!(after(machine(Waiting, false, NONE), |m| m.release()), (true, Idle, 0));

    let take = |m: M| after(m, |m| m.take());
    assert_eq!(take(machine(Triggered, false, T)), (Ok(Some(T)), NeedAck, 0));
    assert_eq!(take(machine(NeedAck, false, T)), (Ok(Some(T)), NeedAck, 0));
    for state in [Idle, Waiting, NeedAck] {
        assert_eq!(take(machine(state, false, NONE)), (Ok(None), state, 0));
    }
    assert_eq!(take(machine(Destroyed, false, NONE)).0, Err(Status::CANCELED));
    assert_eq!(take(machine(NeedAck, true, T)), (Err(Status::BAD_STATE), NeedAck, 7));
}
