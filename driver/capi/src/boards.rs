//! portolan_*: what is Portolan's own. Boards are opened here; an opened board is a resource, for which
//! zx_interrupt_create makes the interrupts of lines.

use std::ffi::c_char;

use portolan::device::OpenOptions;
use portolan::object::{RawHandle, Resource, ResourceObject, Rights};
use portolan::{Board, Status};

use crate::memory::text;
use crate::table::{get, give};
use crate::{In, Out, own_calls};

/// portolan_board_info_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct BoardInfo {
    /// Lines; vectors of zx_interrupt_create are below this.
    pub lines: u32,
    /// Hardware queues.
    pub ports: u32,
    /// Ticks of the board's clock in a second.
    pub hertz: u32,
    /// 1 when time stamps and deadlines are of simulated time.
    pub simulated: u32,
}

/// portolan_line_counters_t: edges of a line, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "each is the field of the same name of portolan::Counters")]
pub struct LineCounters {
    pub edges: u64,
    pub delivered: u64,
    pub coalesced: u64,
    pub lost: u64,
    pub discarded: u64,
    pub undelivered: u64,
}

/// The simulated boards by their names; the first is short for the second.
const SIMULATED: [&str; 4] = ["sim", "sim:axi", "sim:axi-rings", "sim:pcie"];

/// Opens a board: a simulated one, or one that is there, by the names of [`portolan::device::open`]. NOT_FOUND for a
/// name that is none, or of a device that is not there; NOT_SUPPORTED for a simulated one in a library that was built
/// without the simulator, and for a device that this driver cannot use as it is; ACCESS_DENIED, UNAVAILABLE (somebody has
/// it open), IO.
pub fn open(name: &str) -> Result<Resource, Status> {
    if SIMULATED.contains(&name) {
        return simulated(name);
    }
    let device = portolan::device::open(name, OpenOptions::default()).map_err(|error| error.status())?;
    Ok(Resource::new(Board::open(device).map_err(|error| error.status())?))
}

#[cfg(feature = "sim")]
fn simulated(name: &str) -> Result<Resource, Status> {
    use portolan_sim::{Options, SimBoard};
    let top = name.parse().map_err(|_| Status::NOT_FOUND)?;
    let device = SimBoard::open(Options { top, ..Options::default() }).map_err(|_| Status::IO)?;
    let board = Board::open(device.clone()).map_err(|error| error.status())?;
    let resource = Resource::new(board);
    sim::remember(&resource, device);
    Ok(resource)
}

#[cfg(not(feature = "sim"))]
fn simulated(_: &str) -> Result<Resource, Status> {
    Err(Status::NOT_SUPPORTED)
}

/// Which simulator is behind a resource: the driver does not know that there is one.
#[cfg(feature = "sim")]
mod sim {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex, PoisonError, Weak};

    use portolan::object::{AsHandle, Koid, Resource};
    use portolan_sim::SimBoard;

    static DEVICES: Mutex<Option<HashMap<Koid, Weak<SimBoard>>>> = Mutex::new(None);

    pub(super) fn remember(resource: &Resource, device: Arc<SimBoard>) {
        let mut devices = DEVICES.lock().unwrap_or_else(PoisonError::into_inner);
        let devices = devices.get_or_insert_default();
        devices.retain(|_, device| device.strong_count() > 0);
        devices.insert(resource.basic_info().koid, Arc::downgrade(&device));
    }

    pub(super) fn find(koid: Koid) -> Option<Arc<SimBoard>> {
        let devices = DEVICES.lock().unwrap_or_else(PoisonError::into_inner);
        devices.as_ref()?.get(&koid)?.upgrade()
    }
}

fn board(resource: RawHandle) -> Result<Board, Status> {
    Ok(get::<ResourceObject>(resource, Rights::NONE)?.board().clone())
}

/// The simulator behind a resource. NOT_SUPPORTED for a board that is none.
#[cfg(feature = "sim")]
fn simulator(resource: RawHandle) -> Result<std::sync::Arc<portolan_sim::SimBoard>, Status> {
    use portolan::object::AsHandle;
    get::<ResourceObject>(resource, Rights::WRITE)?;
    let koid = crate::table::with(resource, |handle| Ok(handle.basic_info().koid))?;
    sim::find(koid).ok_or(Status::NOT_SUPPORTED)
}

/// Sets the levels on a simulated board's pins.
fn set_pins(resource: RawHandle, pins: u64) -> Result<(), Status> {
    #[cfg(feature = "sim")]
    return simulator(resource).map(|device| device.set_pins(pins));
    #[cfg(not(feature = "sim"))]
    return absent_simulator(resource, pins);
}

/// Lets a simulated board's time go by.
fn run(resource: RawHandle, ticks: u64) -> Result<(), Status> {
    #[cfg(feature = "sim")]
    return simulator(resource).and_then(|device| device.run(ticks).map_err(|_| Status::IO));
    #[cfg(not(feature = "sim"))]
    return absent_simulator(resource, ticks);
}

/// In a library without the simulator no board is one.
#[cfg(not(feature = "sim"))]
fn absent_simulator(resource: RawHandle, _: u64) -> Result<(), Status> {
    get::<ResourceObject>(resource, Rights::WRITE)?;
    Err(Status::NOT_SUPPORTED)
}

own_calls! {
    /// [`open`] for C.
    fn portolan_board_open(name: In<'_, c_char>, resource: Out<'_, RawHandle>) -> Status {
        text(name).and_then(open).and_then(|opened| give(opened, &resource))
    }

    /// Fires a test edge on a line, as if its pin had risen or fallen. WRITE on the resource; OUT_OF_RANGE, IO.
    fn portolan_board_fire(resource: RawHandle, line: u32) -> Status {
        get::<ResourceObject>(resource, Rights::WRITE)?.board().fire(line)
    }

    /// What the board is.
    fn portolan_board_get_info(resource: RawHandle, info: Out<'_, BoardInfo>) -> Status {
        let board = board(resource)?;
        let simulated = board.clock().base() == portolan::device::TimeBase::Simulated;
        let own = board.info();
        let (lines, ports, hertz) = (own.lines, own.ports, board.clock().hertz());
        info.put(BoardInfo { lines, ports, hertz, simulated: u32::from(simulated) })
    }

    /// Ns by the clock of the board's time stamps.
    fn portolan_board_get_time(resource: RawHandle, now: Out<'_, i64>) -> Status {
        now.put(board(resource)?.now())
    }

    /// The edges of a line, by what became of them. OUT_OF_RANGE, IO.
    fn portolan_line_get_counters(
        resource: RawHandle,
        line: u32,
        counters: Out<'_, LineCounters>,
    ) -> Status {
        let own = board(resource)?.counters(line)?;
        counters.put(LineCounters {
            edges: own.edges,
            delivered: own.delivered,
            coalesced: own.coalesced,
            lost: own.lost,
            discarded: own.discarded,
            undelivered: own.undelivered,
        })
    }

    /// Sets the levels on a simulated board's pins, line 0 in bit 0. NOT_SUPPORTED for a board that is none.
    fn portolan_sim_set_pins(resource: RawHandle, pins: u64) -> Status {
        set_pins(resource, pins)
    }

    /// Lets so many ticks of a simulated board's time go by. NOT_SUPPORTED for a board that is none.
    fn portolan_sim_run(resource: RawHandle, ticks: u64) -> Status {
        run(resource, ticks)
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;
    use portolan_sim::Top;

    #[test]
    fn every_simulated_board_is_opened_by_its_name_and_no_other_name_opens_one() {
        let tops = SIMULATED.map(|name| name.parse());
        assert_eq!(tops, [Ok(Top::Axi), Ok(Top::Axi), Ok(Top::AxiRings), Ok(Top::Pcie)]);
        assert_eq!(SIMULATED[1..], Top::ALL.map(|top| top.name()));
        for (name, top) in SIMULATED.into_iter().zip(tops) {
            let resource = open(name).unwrap_or_else(|status| panic!("{name}: {status}"));
            assert_eq!(resource.board().info().name, top.expect("a name").name());
        }
        for name in ["", "none", "sim:", "sim:usb", "simulated"] {
            assert_eq!(open(name).map(drop), Err(Status::NOT_FOUND), "{name}");
        }
    }
}
