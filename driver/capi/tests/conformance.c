/* The conformance suite through the shared library.
 *
 * The compiler checks every entry of this table against the headers; the linker finds the functions in libportolan. The
 * cases are in libportolan_conformance, which sees nothing but the table.
 *
 * Usage: conformance [CASE]
 */

#include <magenta/status.h>
#include <magenta/syscalls.h>
#include <portolan.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

struct table {
    zx_status_t (*port_create)(uint32_t, zx_handle_t*);
    zx_status_t (*port_queue)(zx_handle_t, const zx_port_packet_t*);
    zx_status_t (*port_wait)(zx_handle_t, zx_instant_mono_t, zx_port_packet_t*);
    zx_status_t (*port_cancel)(zx_handle_t, zx_handle_t, uint64_t);
    zx_status_t (*port_cancel_key)(zx_handle_t, uint32_t, uint64_t);
    zx_status_t (*interrupt_create)(zx_handle_t, uint32_t, uint32_t, zx_handle_t*);
    zx_status_t (*interrupt_bind)(zx_handle_t, zx_handle_t, uint64_t, uint32_t);
    zx_status_t (*interrupt_wait)(zx_handle_t, zx_time_t*);
    zx_status_t (*interrupt_ack)(zx_handle_t);
    zx_status_t (*interrupt_trigger)(zx_handle_t, uint32_t, zx_time_t);
    zx_status_t (*interrupt_destroy)(zx_handle_t);
    zx_status_t (*object_wait_one)(zx_handle_t, zx_signals_t, zx_instant_mono_t, zx_signals_t*);
    zx_status_t (*object_wait_many)(zx_wait_item_t*, size_t, zx_instant_mono_t);
    zx_status_t (*object_wait_async)(zx_handle_t, zx_handle_t, uint64_t, zx_signals_t, uint32_t);
    zx_status_t (*object_signal)(zx_handle_t, uint32_t, uint32_t);
    zx_status_t (*object_signal_peer)(zx_handle_t, uint32_t, uint32_t);
    zx_status_t (*object_get_info)(zx_handle_t, uint32_t, void*, size_t, size_t*, size_t*);
    zx_status_t (*handle_close)(zx_handle_t);
    zx_status_t (*handle_close_many)(const zx_handle_t*, size_t);
    zx_status_t (*handle_duplicate)(zx_handle_t, zx_rights_t, zx_handle_t*);
    zx_status_t (*handle_replace)(zx_handle_t, zx_rights_t, zx_handle_t*);
    zx_status_t (*handle_check_valid)(zx_handle_t);
    zx_status_t (*event_create)(uint32_t, zx_handle_t*);
    zx_status_t (*eventpair_create)(uint32_t, zx_handle_t*, zx_handle_t*);
    zx_status_t (*timer_create)(uint32_t, zx_clock_t, zx_handle_t*);
    zx_status_t (*timer_set)(zx_handle_t, zx_time_t, zx_duration_t);
    zx_status_t (*timer_cancel)(zx_handle_t);
    zx_status_t (*channel_create)(uint32_t, zx_handle_t*, zx_handle_t*);
    zx_status_t (*channel_read)(zx_handle_t, uint32_t, void*, zx_handle_t*, uint32_t, uint32_t, uint32_t*, uint32_t*);
    zx_status_t (*channel_write)(zx_handle_t, uint32_t, const void*, uint32_t, const zx_handle_t*, uint32_t);
    zx_status_t (*channel_call)(zx_handle_t, uint32_t, zx_instant_mono_t, const zx_channel_call_args_t*, uint32_t*,
                                uint32_t*);
    zx_status_t (*job_create)(zx_handle_t, uint32_t, zx_handle_t*);
    zx_status_t (*job_set_policy)(zx_handle_t, uint32_t, uint32_t, const void*, uint32_t);
    zx_handle_t (*job_default)(void);
    zx_handle_t (*process_self)(void);
    zx_handle_t (*thread_self)(void);
    zx_instant_mono_t (*clock_get_monotonic)(void);
    zx_instant_boot_t (*clock_get_boot)(void);
    zx_instant_mono_ticks_t (*ticks_get)(void);
    zx_ticks_t (*ticks_per_second)(void);
    zx_instant_mono_t (*deadline_after)(zx_duration_mono_t);
    zx_status_t (*nanosleep)(zx_instant_mono_t);
    const char* (*status_get_string)(zx_status_t);
    zx_status_t (*board_open)(const char*, zx_handle_t*);
    zx_status_t (*board_fire)(zx_handle_t, uint32_t);
    zx_status_t (*board_get_time)(zx_handle_t, zx_time_t*);
    zx_status_t (*line_get_counters)(zx_handle_t, uint32_t, portolan_line_counters_t*);
    zx_status_t (*sim_set_pins)(zx_handle_t, uint64_t);
    zx_status_t (*sim_run)(zx_handle_t, uint64_t);
    mx_status_t (*mx_port_create)(uint32_t, mx_handle_t*);
    mx_status_t (*mx_port_queue)(mx_handle_t, const void*, size_t);
    mx_status_t (*mx_port_wait)(mx_handle_t, mx_time_t, void*, size_t);
    mx_status_t (*mx_port_bind)(mx_handle_t, uint64_t, mx_handle_t, mx_signals_t);
    mx_status_t (*mx_port_cancel)(mx_handle_t, mx_handle_t, uint64_t);
    mx_status_t (*mx_object_wait_one)(mx_handle_t, mx_signals_t, mx_time_t, mx_signals_t*);
    mx_status_t (*mx_object_wait_many)(mx_wait_item_t*, uint32_t, mx_time_t);
    mx_status_t (*mx_object_wait_async)(mx_handle_t, mx_handle_t, uint64_t, mx_signals_t, uint32_t);
    mx_status_t (*mx_object_signal)(mx_handle_t, uint32_t, uint32_t);
    mx_status_t (*mx_object_signal_peer)(mx_handle_t, uint32_t, uint32_t);
    mx_status_t (*mx_object_get_info)(mx_handle_t, uint32_t, void*, size_t, size_t*, size_t*);
    mx_status_t (*mx_handle_close)(mx_handle_t);
    mx_status_t (*mx_handle_duplicate)(mx_handle_t, mx_rights_t, mx_handle_t*);
    mx_status_t (*mx_handle_replace)(mx_handle_t, mx_rights_t, mx_handle_t*);
    mx_status_t (*mx_event_create)(uint32_t, mx_handle_t*);
    mx_status_t (*mx_eventpair_create)(uint32_t, mx_handle_t*, mx_handle_t*);
    mx_status_t (*mx_channel_create)(uint32_t, mx_handle_t*, mx_handle_t*);
    mx_status_t (*mx_channel_read)(mx_handle_t, uint32_t, void*, mx_handle_t*, uint32_t, uint32_t, uint32_t*, uint32_t*);
    mx_status_t (*mx_channel_write)(mx_handle_t, uint32_t, const void*, uint32_t, const mx_handle_t*, uint32_t);
    mx_status_t (*mx_channel_call)(mx_handle_t, uint32_t, mx_time_t, const mx_channel_call_args_t*, uint32_t*,
                                   uint32_t*, mx_status_t*);
    mx_handle_t (*mx_interrupt_create)(mx_handle_t, uint32_t, uint32_t);
    mx_status_t (*mx_interrupt_complete)(mx_handle_t);
    mx_status_t (*mx_interrupt_wait)(mx_handle_t);
    mx_status_t (*mx_interrupt_signal)(mx_handle_t);
    mx_status_t (*mx_job_create)(mx_handle_t, uint32_t, mx_handle_t*);
    mx_status_t (*mx_job_set_policy)(mx_handle_t, uint32_t, uint32_t, const void*, uint32_t);
    mx_time_t (*mx_time_get)(uint32_t);
    mx_status_t (*mx_nanosleep)(mx_time_t);
    mx_time_t (*mx_deadline_after)(mx_duration_t);
    uint64_t (*mx_ticks_get)(void);
    uint64_t (*mx_ticks_per_second)(void);
    uint32_t (*mx_system_get_num_cpus)(void);
    mx_status_t (*mx_system_get_version)(char*, uint32_t);
    uint64_t (*mx_system_get_physmem)(void);
    const char* (*mx_status_get_string)(mx_status_t);
};

int portolan_conformance_run(const struct table* table, const char* name);

static const struct table calls = {
    .port_create = zx_port_create,
    .port_queue = zx_port_queue,
    .port_wait = zx_port_wait,
    .port_cancel = zx_port_cancel,
    .port_cancel_key = zx_port_cancel_key,
    .interrupt_create = zx_interrupt_create,
    .interrupt_bind = zx_interrupt_bind,
    .interrupt_wait = zx_interrupt_wait,
    .interrupt_ack = zx_interrupt_ack,
    .interrupt_trigger = zx_interrupt_trigger,
    .interrupt_destroy = zx_interrupt_destroy,
    .object_wait_one = zx_object_wait_one,
    .object_wait_many = zx_object_wait_many,
    .object_wait_async = zx_object_wait_async,
    .object_signal = zx_object_signal,
    .object_signal_peer = zx_object_signal_peer,
    .object_get_info = zx_object_get_info,
    .handle_close = zx_handle_close,
    .handle_close_many = zx_handle_close_many,
    .handle_duplicate = zx_handle_duplicate,
    .handle_replace = zx_handle_replace,
    .handle_check_valid = zx_handle_check_valid,
    .event_create = zx_event_create,
    .eventpair_create = zx_eventpair_create,
    .timer_create = zx_timer_create,
    .timer_set = zx_timer_set,
    .timer_cancel = zx_timer_cancel,
    .channel_create = zx_channel_create,
    .channel_read = zx_channel_read,
    .channel_write = zx_channel_write,
    .channel_call = zx_channel_call,
    .job_create = zx_job_create,
    .job_set_policy = zx_job_set_policy,
    .job_default = zx_job_default,
    .process_self = zx_process_self,
    .thread_self = zx_thread_self,
    .clock_get_monotonic = zx_clock_get_monotonic,
    .clock_get_boot = zx_clock_get_boot,
    .ticks_get = zx_ticks_get,
    .ticks_per_second = zx_ticks_per_second,
    .deadline_after = zx_deadline_after,
    .nanosleep = zx_nanosleep,
    .status_get_string = zx_status_get_string,
    .board_open = portolan_board_open,
    .board_fire = portolan_board_fire,
    .board_get_time = portolan_board_get_time,
    .line_get_counters = portolan_line_get_counters,
    .sim_set_pins = portolan_sim_set_pins,
    .sim_run = portolan_sim_run,
    .mx_port_create = mx_port_create,
    .mx_port_queue = mx_port_queue,
    .mx_port_wait = mx_port_wait,
    .mx_port_bind = mx_port_bind,
    .mx_port_cancel = mx_port_cancel,
    .mx_object_wait_one = mx_object_wait_one,
    .mx_object_wait_many = mx_object_wait_many,
    .mx_object_wait_async = mx_object_wait_async,
    .mx_object_signal = mx_object_signal,
    .mx_object_signal_peer = mx_object_signal_peer,
    .mx_object_get_info = mx_object_get_info,
    .mx_handle_close = mx_handle_close,
    .mx_handle_duplicate = mx_handle_duplicate,
    .mx_handle_replace = mx_handle_replace,
    .mx_event_create = mx_event_create,
    .mx_eventpair_create = mx_eventpair_create,
    .mx_channel_create = mx_channel_create,
    .mx_channel_read = mx_channel_read,
    .mx_channel_write = mx_channel_write,
    .mx_channel_call = mx_channel_call,
    .mx_interrupt_create = mx_interrupt_create,
    .mx_interrupt_complete = mx_interrupt_complete,
    .mx_interrupt_wait = mx_interrupt_wait,
    .mx_interrupt_signal = mx_interrupt_signal,
    .mx_job_create = mx_job_create,
    .mx_job_set_policy = mx_job_set_policy,
    .mx_time_get = mx_time_get,
    .mx_nanosleep = mx_nanosleep,
    .mx_deadline_after = mx_deadline_after,
    .mx_ticks_get = mx_ticks_get,
    .mx_ticks_per_second = mx_ticks_per_second,
    .mx_system_get_num_cpus = mx_system_get_num_cpus,
    .mx_system_get_version = mx_system_get_version,
    .mx_system_get_physmem = mx_system_get_physmem,
    .mx_status_get_string = mx_status_get_string,
};

int main(int argc, char** argv) { return portolan_conformance_run(&calls, argc > 1 ? argv[1] : NULL) != 0; }
