//! Descriptors of ports in the hands of a careless program.

#![allow(unsafe_code, reason = "C's pointers are made here")]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use portolan::object::RawHandle;
use portolan::{Packet, Status};
use portolan_capi::polls::{portolan_poll_close, portolan_poll_take, portolan_port_poll};
use portolan_capi::ports::{create, zx_port_queue, zx_port_wait};
use portolan_capi::{In, Out};

/// Numbers of descriptors are the process's: one test at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn output<T: Copy>(value: &mut T) -> Out<'_, T> {
    // SAFETY: a reference is to one T, and nobody else's.
    unsafe { Out::from_raw(value) }
}

fn port() -> RawHandle {
    let mut port = 0;
    create(0, output(&mut port)).unwrap();
    port
}

fn descriptor(port: RawHandle) -> i32 {
    let mut descriptor = -1;
    assert_eq!(portolan_port_poll(port, output(&mut descriptor)), 0);
    descriptor
}

fn take(descriptor: i32) -> Result<u64, Status> {
    let mut packet = Packet::default();
    match portolan_poll_take(descriptor, output(&mut packet)) {
        0 => Ok(packet.key()),
        status => Err(Status::from_raw(status)),
    }
}

fn queue(port: RawHandle, key: u64) {
    let packet = Packet::user(key, 0, [0; 32]);
    // SAFETY: a reference is to one packet.
    assert_eq!(zx_port_queue(port, unsafe { In::from_raw(&packet) }), 0);
}

/// As a program that does not know better.
fn close(descriptor: i32) {
    // SAFETY: it is this program's, and nothing uses it any more.
    unsafe { rustix::io::close(descriptor) };
}

#[test]
fn a_descriptor_that_was_closed_with_close_waits_no_more_once_its_number_is_used_again() {
    let _alone = alone();
    let port = port();
    let first = descriptor(port);
    assert_eq!(take(first), Err(Status::TIMED_OUT), "it stands in line");
    close(first);
    let mut others = Vec::new();
    while others.last() != Some(&first) {
        others.push(descriptor(port));
    }
    let reader = thread::spawn(move || {
        let mut packet = Packet::default();
        assert_eq!(zx_port_wait(port, i64::MAX, output(&mut packet)), 0);
        packet.key()
    });
    queue(port, 7);
    assert_eq!(reader.join().unwrap(), 7);
    others.into_iter().for_each(|descriptor| assert_eq!(portolan_poll_close(descriptor), 0));
}

#[test]
fn a_descriptor_that_was_closed_with_close_writes_into_nothing_that_has_its_number_now() {
    let _alone = alone();
    let port = port();
    let first = descriptor(port);
    assert_eq!(take(first), Err(Status::TIMED_OUT));
    close(first);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let files: Vec<_> = (0..64).map(|_| std::fs::File::create(&path).unwrap()).collect();
    queue(port, 7);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    drop(files);
}
