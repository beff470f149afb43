//! Ports that a thread used lately, by the values of their handles.
//!
//! Queueing and waiting take some ten nanoseconds; to lock a place of the table and count a reference up and down takes
//! several times that. So each thread remembers a few ports. What it remembers holds only as long as the place
//! still has that handle, which is one load; a handle that was closed is not found, on any thread, once the
//! close has returned. What stays behind of a closed port until the thread uses others is its memory.

use std::cell::RefCell;
use std::sync::Arc;

use super::table::Place;
use super::{AsHandle, HandleTable, PortObject, RawHandle, Rights};
use crate::Status;

/// Ports that a thread remembers.
const PORTS: usize = 4;

struct Known {
    raw: RawHandle,
    place: &'static Place,
    rights: Rights,
    port: Arc<PortObject>,
}

thread_local! {
    static KNOWN: RefCell<[Option<Known>; PORTS]> = const { RefCell::new([const { None }; PORTS]) };
}

impl HandleTable {
    /// Runs `body` with the port of a handle: BAD_HANDLE, WRONG_TYPE, ACCESS_DENIED, in this order (B1). The handle may be
    /// closed meanwhile.
    #[inline]
    pub fn with_port<R>(
        &'static self,
        raw: RawHandle,
        rights: Rights,
        body: impl FnOnce(&PortObject) -> R,
    ) -> Result<R, Status> {
        let index = (raw >> 2) as usize % PORTS;
        let mut body = Some(body);
        // `None` while a thread is torn down.
        let found = KNOWN.try_with(|known| {
            let known = known.try_borrow().ok()?;
            let port = known[index].as_ref().filter(|port| port.raw == raw && port.place.holds(raw))?;
            if !port.rights.contains(rights) {
                return Some(Err(Status::ACCESS_DENIED));
            }
            body.take().map(|body| Ok(body(&port.port)))
        });
        if let Ok(Some(result)) = found {
            return result;
        }
        let port = self.look_up(raw, rights, index)?;
        body.take().map(|body| body(&port)).ok_or(Status::INTERNAL)
    }

    #[cold]
    fn look_up(
        &'static self,
        raw: RawHandle,
        rights: Rights,
        index: usize,
    ) -> Result<Arc<PortObject>, Status> {
        let (port, own) = self.with(raw, |handle| {
            let port = handle.get::<PortObject>(rights)?.clone();
            Ok::<_, Status>((port, handle.basic_info().rights))
        })??;
        let (_, _, place) = self.place(raw).ok_or(Status::BAD_HANDLE)?;
        let _ = KNOWN.try_with(|known| {
            // Borrowed when a call is made inside another, as by a signal handler; then it is not remembered.
            if let Ok(mut known) = known.try_borrow_mut() {
                known[index] = Some(Known { raw, place, rights: own, port: port.clone() });
            }
        });
        Ok(port)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::object::{Event, Handle};
    use crate::{Packet, Port, PortOptions};

    /// One for both tests: what a thread remembers refers to a table that stays.
    static TABLE: LazyLock<HandleTable> = LazyLock::new(HandleTable::new);

    fn queue(table: &'static HandleTable, raw: RawHandle) -> Result<(), Status> {
        table.with_port(raw, Rights::WRITE, |port| port.queue(&Packet::user(1, 0, [0; 32])))?
    }

    #[test]
    fn a_port_that_is_remembered_is_forgotten_by_every_thread_when_its_handle_is_closed() {
        let table = &*TABLE;
        let port = Port::new(PortOptions::default());
        let raw = table.insert(port.clone()).unwrap();
        let (go, gone) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                assert_eq!([queue(table, raw), queue(table, raw)], [Ok(()); 2]);
                go.wait();
                gone.wait();
                queue(table, raw)
            });
            go.wait();
            assert_eq!(queue(table, raw), Ok(()));
            drop(table.remove(raw));
            gone.wait();
            assert_eq!(other.join().unwrap(), Err(Status::BAD_HANDLE));
        });
        assert_eq!(queue(table, raw), Err(Status::BAD_HANDLE));
        assert_eq!(port.try_wait(), Err(Status::TIMED_OUT), "H1");
    }

    #[test]
    fn rights_are_those_of_the_handle_also_when_it_is_remembered() {
        let table = &*TABLE;
        let port = Handle::from(Port::new(PortOptions::default()));
        let reader = table.insert(port.duplicate_handle(Rights::READ).unwrap()).unwrap();
        let both = table.insert(port).unwrap();
        let event = table.insert(Event::new()).unwrap();
        for _ in 0..2 {
            assert_eq!(queue(table, reader), Err(Status::ACCESS_DENIED));
            assert_eq!(table.with_port(reader, Rights::READ, |port| port.try_wait().is_ok()), Ok(false));
            assert_eq!(queue(table, both), Ok(()));
            assert_eq!(table.with_port(both, Rights::READ, |port| port.try_wait().is_ok()), Ok(true));
            assert_eq!(queue(table, event), Err(Status::WRONG_TYPE));
            assert_eq!(queue(table, 0), Err(Status::BAD_HANDLE));
        }
    }
}
