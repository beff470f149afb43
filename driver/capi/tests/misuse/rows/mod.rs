//! The calls, Magenta's in modules of their own. A new one is a row here and a declaration in `calls`; a test fails when an exported call has none.

mod boards;
mod channels;
mod handles;
mod interrupts;
mod jobs;
mod magenta_channels;
mod magenta_interrupts;
mod magenta_jobs;
mod magenta_objects;
mod magenta_ports;
mod magenta_time;
mod magenta_waits;
mod objects;
mod polls;
mod ports;
mod system;
mod threads;
mod time;
mod waits;

use crate::fuzzer::Row;

/// Lines of the simulated board.
pub const LINES: u32 = 32;

/// Lists calls: their names are those of their functions; how often each is picked.
macro_rules! rows {
    ($($module:ident { $($name:ident * $weight:literal $(if $board:ident)?),* $(,)? })*) => {
        /// Every call.
        pub const ROWS: &[Row] = &[$($(
            Row { name: stringify!($name), weight: $weight, needs_board: rows!(@board $($board)?), run: $module::$name },
        )*)*];
    };
    (@board) => { false };
    (@board board) => { true };
}

rows! {
    ports {
        zx_port_create * 6, zx_port_queue * 10, zx_port_wait * 10, zx_port_cancel * 6, zx_port_cancel_key * 4,
    }
    polls { portolan_port_poll * 4, portolan_poll_take * 6, portolan_poll_close * 2 }
    interrupts {
        zx_interrupt_create * 6, zx_interrupt_bind * 10, zx_interrupt_wait * 2, zx_interrupt_ack * 8,
        zx_interrupt_trigger * 10, zx_interrupt_destroy * 2,
    }
    waits { zx_object_wait_one * 6, zx_object_wait_many * 6, zx_object_wait_async * 12 }
    objects {
        zx_object_signal * 8, zx_object_signal_peer * 6, zx_object_get_info * 6, zx_event_create * 4,
        zx_eventpair_create * 4, zx_timer_create * 4, zx_timer_set * 6, zx_timer_cancel * 2,
    }
    handles {
        zx_handle_close * 8, zx_handle_close_many * 3, zx_handle_duplicate * 8, zx_handle_replace * 4,
        zx_handle_check_valid * 2,
    }
    channels { zx_channel_create * 6, zx_channel_read * 12, zx_channel_write * 10, zx_channel_call * 6 }
    jobs {
        zx_job_create * 2, zx_job_set_policy * 4, zx_job_default * 1, zx_process_self * 1, zx_thread_self * 1,
        zx_vmar_root_self * 1, zx_take_startup_handle * 1,
    }
    threads {
        thrd_get_zx_handle * 1, thrd_set_zx_process * 1, zx_thread_exit * 1, zx_process_exit * 1,
    }
    system {
        zx_system_get_num_cpus * 1, zx_system_get_page_size * 1, zx_system_get_physmem * 1,
        zx_system_get_dcache_line_size * 1, zx_system_get_version_string * 1,
    }
    time {
        zx_clock_get_monotonic * 1, zx_clock_get_boot * 1, zx_ticks_get * 1, zx_ticks_get_boot * 1,
        zx_ticks_per_second * 1, zx_deadline_after * 1, zx_nanosleep * 1, zx_status_get_string * 1,
    }
    boards {
        portolan_board_open * 1, portolan_board_fire * 4 if board, portolan_board_get_info * 1 if board,
        portolan_board_get_time * 1 if board, portolan_line_get_counters * 1 if board,
        portolan_sim_set_pins * 2 if board, portolan_sim_run * 1 if board,
    }
    magenta_ports {
        mx_port_create * 8, mx_port_queue * 16, mx_port_wait * 16, mx_port_bind * 8, mx_port_cancel * 4,
    }
    magenta_waits { mx_object_wait_one * 4, mx_object_wait_many * 4, mx_object_wait_async * 10 }
    magenta_objects {
        mx_event_create * 4, mx_eventpair_create * 4, mx_object_signal * 6, mx_object_signal_peer * 4,
        mx_object_get_info * 4, mx_handle_close * 4, mx_handle_duplicate * 4, mx_handle_replace * 4,
    }
    magenta_channels {
        mx_channel_create * 6, mx_channel_read * 8, mx_channel_write * 10, mx_channel_call * 6,
    }
    magenta_interrupts {
        mx_interrupt_create * 8 if board, mx_interrupt_complete * 4 if board, mx_interrupt_wait * 2 if board,
        mx_interrupt_signal * 4 if board,
    }
    magenta_jobs { mx_job_create * 2, mx_job_set_policy * 3 }
    magenta_time {
        mx_time_get * 1, mx_ticks_get * 1, mx_ticks_per_second * 1, mx_deadline_after * 1, mx_nanosleep * 1,
        mx_system_get_num_cpus * 1, mx_system_get_physmem * 1, mx_system_get_version * 1,
        mx_status_get_string * 1,
    }
}
