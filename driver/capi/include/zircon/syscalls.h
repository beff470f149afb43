/* Zircon's calls, on Linux.
 *
 * Each is declared under two names, zx_NAME and _zx_NAME. What a call does, and its errors in the order in which they are
 * looked for, is in docs/zircon.md.
 */
#ifndef ZIRCON_SYSCALLS_H_
#define ZIRCON_SYSCALLS_H_

#include <zircon/compiler.h>
#include <zircon/string_view.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/types.h>
#include <zircon/types.h>

__BEGIN_CDECLS

/* Ports. */
zx_status_t zx_port_create(uint32_t options, zx_handle_t* out);
zx_status_t _zx_port_create(uint32_t options, zx_handle_t* out);
zx_status_t zx_port_queue(zx_handle_t handle, const zx_port_packet_t* packet);
zx_status_t _zx_port_queue(zx_handle_t handle, const zx_port_packet_t* packet);
zx_status_t zx_port_wait(zx_handle_t handle, zx_instant_mono_t deadline, zx_port_packet_t* packet);
zx_status_t _zx_port_wait(zx_handle_t handle, zx_instant_mono_t deadline, zx_port_packet_t* packet);
zx_status_t zx_port_cancel(zx_handle_t handle, zx_handle_t source, uint64_t key);
zx_status_t _zx_port_cancel(zx_handle_t handle, zx_handle_t source, uint64_t key);
zx_status_t zx_port_cancel_key(zx_handle_t handle, uint32_t options, uint64_t key);
zx_status_t _zx_port_cancel_key(zx_handle_t handle, uint32_t options, uint64_t key);

/* Interrupts. */
zx_status_t zx_interrupt_create(zx_handle_t src_obj, uint32_t src_num, uint32_t options, zx_handle_t*
    out_handle);
zx_status_t _zx_interrupt_create(zx_handle_t src_obj, uint32_t src_num, uint32_t options, zx_handle_t*
    out_handle);
zx_status_t zx_interrupt_bind(zx_handle_t handle, zx_handle_t port_handle, uint64_t key, uint32_t options);
zx_status_t _zx_interrupt_bind(zx_handle_t handle, zx_handle_t port_handle, uint64_t key, uint32_t options);
zx_status_t zx_interrupt_wait(zx_handle_t handle, zx_time_t* out_timestamp);
zx_status_t _zx_interrupt_wait(zx_handle_t handle, zx_time_t* out_timestamp);
zx_status_t zx_interrupt_ack(zx_handle_t handle);
zx_status_t _zx_interrupt_ack(zx_handle_t handle);
zx_status_t zx_interrupt_trigger(zx_handle_t handle, uint32_t options, zx_time_t timestamp);
zx_status_t _zx_interrupt_trigger(zx_handle_t handle, uint32_t options, zx_time_t timestamp);
zx_status_t zx_interrupt_destroy(zx_handle_t handle);
zx_status_t _zx_interrupt_destroy(zx_handle_t handle);

/* Objects. */
zx_status_t zx_object_wait_one(zx_handle_t handle, zx_signals_t signals, zx_instant_mono_t deadline,
    zx_signals_t* observed);
zx_status_t _zx_object_wait_one(zx_handle_t handle, zx_signals_t signals, zx_instant_mono_t deadline,
    zx_signals_t* observed);
zx_status_t zx_object_wait_many(zx_wait_item_t* items, size_t num_items, zx_instant_mono_t deadline);
zx_status_t _zx_object_wait_many(zx_wait_item_t* items, size_t num_items, zx_instant_mono_t deadline);
zx_status_t zx_object_wait_async(zx_handle_t handle, zx_handle_t port, uint64_t key, zx_signals_t signals,
    uint32_t options);
zx_status_t _zx_object_wait_async(zx_handle_t handle, zx_handle_t port, uint64_t key, zx_signals_t signals,
    uint32_t options);
zx_status_t zx_object_signal(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
zx_status_t _zx_object_signal(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
zx_status_t zx_object_signal_peer(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
zx_status_t _zx_object_signal_peer(zx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
zx_status_t zx_object_get_info(zx_handle_t handle, uint32_t topic, void* buffer, size_t buffer_size, size_t*
    actual, size_t* avail);
zx_status_t _zx_object_get_info(zx_handle_t handle, uint32_t topic, void* buffer, size_t buffer_size, size_t*
    actual, size_t* avail);

/* Handles. */
zx_status_t zx_handle_close(zx_handle_t handle);
zx_status_t _zx_handle_close(zx_handle_t handle);
zx_status_t zx_handle_close_many(const zx_handle_t* handles, size_t num_handles);
zx_status_t _zx_handle_close_many(const zx_handle_t* handles, size_t num_handles);
zx_status_t zx_handle_duplicate(zx_handle_t handle, zx_rights_t rights, zx_handle_t* out);
zx_status_t _zx_handle_duplicate(zx_handle_t handle, zx_rights_t rights, zx_handle_t* out);
zx_status_t zx_handle_replace(zx_handle_t handle, zx_rights_t rights, zx_handle_t* out);
zx_status_t _zx_handle_replace(zx_handle_t handle, zx_rights_t rights, zx_handle_t* out);
zx_status_t zx_handle_check_valid(zx_handle_t handle);
zx_status_t _zx_handle_check_valid(zx_handle_t handle);

/* Events, event pairs, timers. */
zx_status_t zx_event_create(uint32_t options, zx_handle_t* out);
zx_status_t _zx_event_create(uint32_t options, zx_handle_t* out);
zx_status_t zx_eventpair_create(uint32_t options, zx_handle_t* out0, zx_handle_t* out1);
zx_status_t _zx_eventpair_create(uint32_t options, zx_handle_t* out0, zx_handle_t* out1);
zx_status_t zx_timer_create(uint32_t options, zx_clock_t clock_id, zx_handle_t* out);
zx_status_t _zx_timer_create(uint32_t options, zx_clock_t clock_id, zx_handle_t* out);
zx_status_t zx_timer_set(zx_handle_t handle, zx_time_t deadline, zx_duration_t slack);
zx_status_t _zx_timer_set(zx_handle_t handle, zx_time_t deadline, zx_duration_t slack);
zx_status_t zx_timer_cancel(zx_handle_t handle);
zx_status_t _zx_timer_cancel(zx_handle_t handle);

/* Channels. */
zx_status_t zx_channel_create(uint32_t options, zx_handle_t* out0, zx_handle_t* out1);
zx_status_t _zx_channel_create(uint32_t options, zx_handle_t* out0, zx_handle_t* out1);
zx_status_t zx_channel_read(zx_handle_t handle, uint32_t options, void* bytes, zx_handle_t* handles, uint32_t
    num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t _zx_channel_read(zx_handle_t handle, uint32_t options, void* bytes, zx_handle_t* handles, uint32_t
    num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t zx_channel_write(zx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
    const zx_handle_t* handles, uint32_t num_handles);
zx_status_t _zx_channel_write(zx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
    const zx_handle_t* handles, uint32_t num_handles);
zx_status_t zx_channel_call(zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline, const
    zx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t _zx_channel_call(zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline, const
    zx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles);

/* Jobs. */
zx_status_t zx_job_create(zx_handle_t parent_job, uint32_t options, zx_handle_t* out);
zx_status_t _zx_job_create(zx_handle_t parent_job, uint32_t options, zx_handle_t* out);
zx_status_t zx_job_set_policy(zx_handle_t handle, uint32_t options, uint32_t topic, const void* policy,
    uint32_t policy_size);
zx_status_t _zx_job_set_policy(zx_handle_t handle, uint32_t options, uint32_t topic, const void* policy,
    uint32_t policy_size);

/* Time. */
zx_instant_mono_t zx_clock_get_monotonic(void);
zx_instant_mono_t _zx_clock_get_monotonic(void);
zx_instant_boot_t zx_clock_get_boot(void);
zx_instant_boot_t _zx_clock_get_boot(void);
zx_instant_mono_ticks_t zx_ticks_get(void);
zx_instant_mono_ticks_t _zx_ticks_get(void);
zx_instant_boot_ticks_t zx_ticks_get_boot(void);
zx_instant_boot_ticks_t _zx_ticks_get_boot(void);
zx_ticks_t zx_ticks_per_second(void) __CONST;
zx_ticks_t _zx_ticks_per_second(void) __CONST;
zx_instant_mono_t zx_deadline_after(zx_duration_mono_t nanoseconds);
zx_instant_mono_t _zx_deadline_after(zx_duration_mono_t nanoseconds);
zx_status_t zx_nanosleep(zx_instant_mono_t deadline);
zx_status_t _zx_nanosleep(zx_instant_mono_t deadline);

/* The machine. */
uint32_t zx_system_get_num_cpus(void) __CONST;
uint32_t _zx_system_get_num_cpus(void) __CONST;
uint32_t zx_system_get_page_size(void) __CONST;
uint32_t _zx_system_get_page_size(void) __CONST;
uint64_t zx_system_get_physmem(void);
uint64_t _zx_system_get_physmem(void);
/* 0 where the processor does not tell programs: on others than x86-64 and Arm64. */
uint32_t zx_system_get_dcache_line_size(void) __CONST;
uint32_t _zx_system_get_dcache_line_size(void) __CONST;
/* Of this library, such as "portolan 1.2.3". */
zx_string_view_t zx_system_get_version_string(void) __CONST;
zx_string_view_t _zx_system_get_version_string(void) __CONST;

/* The end of the calling thread, by pthread_exit; and of the process, at once. Its parent is told the low eight bits of the
 * code, and 1 if they are 0 but the code is not. */
void zx_thread_exit(void) __NO_RETURN;
void _zx_thread_exit(void) __NO_RETURN;
void zx_process_exit(int64_t code) __NO_RETURN;
void _zx_process_exit(int64_t code) __NO_RETURN;

/* What is not there: ZX_ERR_NOT_SUPPORTED, whatever the arguments. */
zx_status_t zx_object_get_property(zx_handle_t handle, uint32_t property, void* value, size_t value_size);
zx_status_t _zx_object_get_property(zx_handle_t handle, uint32_t property, void* value, size_t value_size);
zx_status_t zx_object_set_property(zx_handle_t handle, uint32_t property, const void* value, size_t
    value_size);
zx_status_t _zx_object_set_property(zx_handle_t handle, uint32_t property, const void* value, size_t
    value_size);
zx_status_t zx_object_get_child(zx_handle_t handle, uint64_t koid, zx_rights_t rights, zx_handle_t* out);
zx_status_t _zx_object_get_child(zx_handle_t handle, uint64_t koid, zx_rights_t rights, zx_handle_t* out);
zx_status_t zx_object_set_profile(zx_handle_t handle, zx_handle_t profile, uint32_t options);
zx_status_t _zx_object_set_profile(zx_handle_t handle, zx_handle_t profile, uint32_t options);
zx_status_t zx_channel_read_etc(zx_handle_t handle, uint32_t options, void* bytes, zx_handle_info_t* handles,
    uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t _zx_channel_read_etc(zx_handle_t handle, uint32_t options, void* bytes, zx_handle_info_t* handles,
    uint32_t num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t zx_channel_write_etc(zx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
    zx_handle_disposition_t* handles, uint32_t num_handles);
zx_status_t _zx_channel_write_etc(zx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
    zx_handle_disposition_t* handles, uint32_t num_handles);
zx_status_t zx_channel_call_etc(zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline,
    zx_channel_call_etc_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t _zx_channel_call_etc(zx_handle_t handle, uint32_t options, zx_instant_mono_t deadline,
    zx_channel_call_etc_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles);
zx_status_t zx_job_set_critical(zx_handle_t job, uint32_t options, zx_handle_t process);
zx_status_t _zx_job_set_critical(zx_handle_t job, uint32_t options, zx_handle_t process);
zx_status_t zx_task_kill(zx_handle_t handle);
zx_status_t _zx_task_kill(zx_handle_t handle);
zx_status_t zx_task_suspend(zx_handle_t handle, zx_handle_t* token);
zx_status_t _zx_task_suspend(zx_handle_t handle, zx_handle_t* token);
zx_status_t zx_task_suspend_token(zx_handle_t handle, zx_handle_t* token);
zx_status_t _zx_task_suspend_token(zx_handle_t handle, zx_handle_t* token);
zx_status_t zx_task_create_exception_channel(zx_handle_t handle, uint32_t options, zx_handle_t* out);
zx_status_t _zx_task_create_exception_channel(zx_handle_t handle, uint32_t options, zx_handle_t* out);
zx_status_t zx_thread_create(zx_handle_t process, const char* name, size_t name_size, uint32_t options,
    zx_handle_t* out);
zx_status_t _zx_thread_create(zx_handle_t process, const char* name, size_t name_size, uint32_t options,
    zx_handle_t* out);
zx_status_t zx_thread_start(zx_handle_t handle, zx_vaddr_t thread_entry, zx_vaddr_t stack, uintptr_t arg1,
    uintptr_t arg2);
zx_status_t _zx_thread_start(zx_handle_t handle, zx_vaddr_t thread_entry, zx_vaddr_t stack, uintptr_t arg1,
    uintptr_t arg2);
zx_status_t zx_clock_create(uint64_t options, const void* args, zx_handle_t* out);
zx_status_t _zx_clock_create(uint64_t options, const void* args, zx_handle_t* out);
zx_status_t zx_clock_read(zx_handle_t handle, zx_time_t* now);
zx_status_t _zx_clock_read(zx_handle_t handle, zx_time_t* now);
zx_status_t zx_clock_update(zx_handle_t handle, uint64_t options, const void* args);
zx_status_t _zx_clock_update(zx_handle_t handle, uint64_t options, const void* args);
zx_status_t zx_clock_get_details(zx_handle_t handle, uint64_t options, void* details);
zx_status_t _zx_clock_get_details(zx_handle_t handle, uint64_t options, void* details);
zx_status_t zx_system_get_features(uint32_t kind, uint32_t* features);
zx_status_t _zx_system_get_features(uint32_t kind, uint32_t* features);
zx_status_t zx_system_get_event(zx_handle_t root_job, uint32_t kind, zx_handle_t* event);
zx_status_t _zx_system_get_event(zx_handle_t root_job, uint32_t kind, zx_handle_t* event);
zx_status_t zx_resource_create(zx_handle_t parent_rsrc, uint32_t options, uint64_t base, size_t size, const
    char* name, size_t name_size, zx_handle_t* resource_out);
zx_status_t _zx_resource_create(zx_handle_t parent_rsrc, uint32_t options, uint64_t base, size_t size, const
    char* name, size_t name_size, zx_handle_t* resource_out);
zx_status_t zx_msi_allocate(zx_handle_t handle, uint32_t count, zx_handle_t* out_allocation);
zx_status_t _zx_msi_allocate(zx_handle_t handle, uint32_t count, zx_handle_t* out_allocation);
zx_status_t zx_msi_create(zx_handle_t handle, uint32_t options, uint32_t msi_id, zx_handle_t vmo, size_t
    vmo_offset, zx_handle_t* out_interrupt);
zx_status_t _zx_msi_create(zx_handle_t handle, uint32_t options, uint32_t msi_id, zx_handle_t vmo, size_t
    vmo_offset, zx_handle_t* out_interrupt);
zx_status_t zx_guest_set_trap(zx_handle_t handle, uint32_t kind, zx_vaddr_t addr, size_t size, zx_handle_t
    port_handle, uint64_t key);
zx_status_t _zx_guest_set_trap(zx_handle_t handle, uint32_t kind, zx_vaddr_t addr, size_t size, zx_handle_t
    port_handle, uint64_t key);
zx_status_t zx_pager_create_vmo(zx_handle_t pager, uint32_t options, zx_handle_t port, uint64_t key, uint64_t
    size, zx_handle_t* out);
zx_status_t _zx_pager_create_vmo(zx_handle_t pager, uint32_t options, zx_handle_t port, uint64_t key, uint64_t
    size, zx_handle_t* out);

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_H_ */
