//! Section I: what only a line has: levels, and the board's clock.

use crate::Zx;
use crate::abi::*;

/// A line of these cases alone.
const LINE: u32 = 29;
const SETTLED: u64 = 64;

/// I3, I21: a level is masked from its packet to its acknowledge, and fires again while it stays.
pub fn a_level_fires_again_when_it_is_acknowledged_while_it_stays(z: Zx, resource: u32) {
    for (mode, active, idle) in [(8, 1 << LINE, 0), (6, 0, 1 << LINE)] {
        z.sim_set_pins(resource, idle).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        let (port, interrupt) = (z.port(), z.interrupt_create(resource, LINE, mode).unwrap());
        z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        z.assert_empty(port);
        z.sim_set_pins(resource, active).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        let first = z.poll(port).expect("it fires").interrupt_time();
        z.sim_run(resource, SETTLED).unwrap();
        z.assert_empty(port);
        z.interrupt_ack(interrupt).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        let second = z.poll(port).expect("it fires again at once").interrupt_time();
        assert!(second > first);
        z.sim_set_pins(resource, idle).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        z.interrupt_ack(interrupt).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        z.assert_empty(port);
        z.close_many(&[port, interrupt]).unwrap();
    }
    z.sim_set_pins(resource, 0).unwrap();
}

/// I3: the modes are edges of the pin.
pub fn an_edge_mode_counts_its_edges_only(z: Zx, resource: u32) {
    for (mode, rising) in [(0, true), (4, true), (2, false)] {
        z.sim_set_pins(resource, 0).unwrap();
        z.sim_run(resource, SETTLED).unwrap();
        let (port, interrupt) = (z.port(), z.interrupt_create(resource, LINE, mode).unwrap());
        z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
        for (pins, edge) in [(1 << LINE, true), (0, false)] {
            z.sim_set_pins(resource, pins).unwrap();
            z.sim_run(resource, SETTLED).unwrap();
            assert_eq!(z.poll(port).is_ok(), edge == rising, "mode {mode}, rising {edge}");
        }
        z.close_many(&[port, interrupt]).unwrap();
    }
}

/// I29: a line's time stamp is that of the edge, on the clock of its board, not of the read.
pub fn a_lines_time_stamp_is_that_of_its_edge(z: Zx, resource: u32) {
    let (port, interrupt) = (z.port(), z.interrupt_create(resource, LINE, 0x40).unwrap());
    z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
    let before = z.board_time(resource);
    z.board_fire(resource, LINE).unwrap();
    z.settle(resource, SETTLED);
    let after = z.board_time(resource);
    z.settle(resource, 10_000);
    let time = z.poll(port).unwrap().interrupt_time();
    let slack = z.clock_slack(resource);
    assert!(before - slack <= time && time <= after + slack, "{before} <= {time} <= {after}");
    z.close_many(&[port, interrupt]).unwrap();
}

/// E4, E11 on a line's port: a deadline is reached on the board's time.
pub fn a_wait_on_a_lines_port_ends_at_its_deadline(z: Zx, resource: u32) {
    let (port, interrupt) = (z.port(), z.interrupt_create(resource, LINE, 0).unwrap());
    z.interrupt_bind(interrupt, port, 1, BIND).unwrap();
    let before = z.board_time(resource);
    // Long on the board's time and soon over on ours, of which only a little may go by before the wait begins.
    assert_eq!(z.port_wait(port, z.after(60_000_000_000)), Err(TIMED_OUT));
    assert!(z.board_time(resource) - before > 30_000_000_000);
    assert_eq!(z.port_wait(port, z.now() - 1), Err(TIMED_OUT));
    z.close_many(&[port, interrupt]).unwrap();
}
