/* Magenta's calls of May 2017, on Linux.
 *
 * Each is declared under two names, mx_NAME and _mx_NAME. What a call does, and its errors, is in docs/magenta.md.
 */
#ifndef MAGENTA_SYSCALLS_H_
#define MAGENTA_SYSCALLS_H_

#include <magenta/compiler.h>
#include <magenta/syscalls/types.h>
#include <magenta/types.h>

__BEGIN_CDECLS

/* Ports of both generations. */
mx_status_t mx_port_create(uint32_t options, mx_handle_t* out);
mx_status_t _mx_port_create(uint32_t options, mx_handle_t* out);
mx_status_t mx_port_queue(mx_handle_t handle, const void* packet, size_t size);
mx_status_t _mx_port_queue(mx_handle_t handle, const void* packet, size_t size);
mx_status_t mx_port_wait(mx_handle_t handle, mx_time_t deadline, void* packet, size_t size);
mx_status_t _mx_port_wait(mx_handle_t handle, mx_time_t deadline, void* packet, size_t size);
mx_status_t mx_port_bind(mx_handle_t handle, uint64_t key, mx_handle_t source, mx_signals_t signals);
mx_status_t _mx_port_bind(mx_handle_t handle, uint64_t key, mx_handle_t source, mx_signals_t signals);
mx_status_t mx_port_cancel(mx_handle_t handle, mx_handle_t source, uint64_t key);
mx_status_t _mx_port_cancel(mx_handle_t handle, mx_handle_t source, uint64_t key);

/* Objects. */
mx_status_t mx_object_wait_one(mx_handle_t handle, mx_signals_t waitfor, mx_time_t deadline, mx_signals_t*
    observed);
mx_status_t _mx_object_wait_one(mx_handle_t handle, mx_signals_t waitfor, mx_time_t deadline, mx_signals_t*
    observed);
mx_status_t mx_object_wait_many(mx_wait_item_t* items, uint32_t count, mx_time_t deadline);
mx_status_t _mx_object_wait_many(mx_wait_item_t* items, uint32_t count, mx_time_t deadline);
mx_status_t mx_object_wait_async(mx_handle_t handle, mx_handle_t port, uint64_t key, mx_signals_t signals,
    uint32_t options);
mx_status_t _mx_object_wait_async(mx_handle_t handle, mx_handle_t port, uint64_t key, mx_signals_t signals,
    uint32_t options);
mx_status_t mx_object_signal(mx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
mx_status_t _mx_object_signal(mx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
mx_status_t mx_object_signal_peer(mx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
mx_status_t _mx_object_signal_peer(mx_handle_t handle, uint32_t clear_mask, uint32_t set_mask);
mx_status_t mx_object_get_info(mx_handle_t handle, uint32_t topic, void* buffer, size_t size, size_t* actual,
    size_t* avail);
mx_status_t _mx_object_get_info(mx_handle_t handle, uint32_t topic, void* buffer, size_t size, size_t* actual,
    size_t* avail);

/* Handles. */
mx_status_t mx_handle_close(mx_handle_t handle);
mx_status_t _mx_handle_close(mx_handle_t handle);
mx_status_t mx_handle_duplicate(mx_handle_t handle, mx_rights_t rights, mx_handle_t* out);
mx_status_t _mx_handle_duplicate(mx_handle_t handle, mx_rights_t rights, mx_handle_t* out);
mx_status_t mx_handle_replace(mx_handle_t handle, mx_rights_t rights, mx_handle_t* out);
mx_status_t _mx_handle_replace(mx_handle_t handle, mx_rights_t rights, mx_handle_t* out);

/* Events, event pairs. */
mx_status_t mx_event_create(uint32_t options, mx_handle_t* out);
mx_status_t _mx_event_create(uint32_t options, mx_handle_t* out);
mx_status_t mx_eventpair_create(uint32_t options, mx_handle_t* out0, mx_handle_t* out1);
mx_status_t _mx_eventpair_create(uint32_t options, mx_handle_t* out0, mx_handle_t* out1);

/* Channels. */
mx_status_t mx_channel_create(uint32_t options, mx_handle_t* out0, mx_handle_t* out1);
mx_status_t _mx_channel_create(uint32_t options, mx_handle_t* out0, mx_handle_t* out1);
mx_status_t mx_channel_read(mx_handle_t handle, uint32_t options, void* bytes, mx_handle_t* handles, uint32_t
    num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles);
mx_status_t _mx_channel_read(mx_handle_t handle, uint32_t options, void* bytes, mx_handle_t* handles, uint32_t
    num_bytes, uint32_t num_handles, uint32_t* actual_bytes, uint32_t* actual_handles);
mx_status_t mx_channel_write(mx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
    const mx_handle_t* handles, uint32_t num_handles);
mx_status_t _mx_channel_write(mx_handle_t handle, uint32_t options, const void* bytes, uint32_t num_bytes,
    const mx_handle_t* handles, uint32_t num_handles);
mx_status_t mx_channel_call(mx_handle_t handle, uint32_t options, mx_time_t deadline, const
    mx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles, mx_status_t* read_status);
mx_status_t _mx_channel_call(mx_handle_t handle, uint32_t options, mx_time_t deadline, const
    mx_channel_call_args_t* args, uint32_t* actual_bytes, uint32_t* actual_handles, mx_status_t* read_status);

/* Interrupts: create gives a handle, which is positive, or a status, which is negative. */
mx_handle_t mx_interrupt_create(mx_handle_t handle, uint32_t vector, uint32_t options);
mx_handle_t _mx_interrupt_create(mx_handle_t handle, uint32_t vector, uint32_t options);
mx_status_t mx_interrupt_complete(mx_handle_t handle);
mx_status_t _mx_interrupt_complete(mx_handle_t handle);
mx_status_t mx_interrupt_wait(mx_handle_t handle);
mx_status_t _mx_interrupt_wait(mx_handle_t handle);
mx_status_t mx_interrupt_signal(mx_handle_t handle);
mx_status_t _mx_interrupt_signal(mx_handle_t handle);

/* Jobs. */
mx_status_t mx_job_create(mx_handle_t parent_job, uint32_t options, mx_handle_t* out);
mx_status_t _mx_job_create(mx_handle_t parent_job, uint32_t options, mx_handle_t* out);
mx_status_t mx_job_set_policy(mx_handle_t job, uint32_t options, uint32_t topic, const void* policy, uint32_t
    count);
mx_status_t _mx_job_set_policy(mx_handle_t job, uint32_t options, uint32_t topic, const void* policy, uint32_t
    count);

/* Time. */
mx_time_t mx_time_get(uint32_t clock_id);
mx_time_t _mx_time_get(uint32_t clock_id);
mx_status_t mx_nanosleep(mx_time_t deadline);
mx_status_t _mx_nanosleep(mx_time_t deadline);
mx_time_t mx_deadline_after(mx_duration_t nanoseconds);
mx_time_t _mx_deadline_after(mx_duration_t nanoseconds);
uint64_t mx_ticks_get(void);
uint64_t _mx_ticks_get(void);
uint64_t mx_ticks_per_second(void);
uint64_t _mx_ticks_per_second(void);

/* The machine. */
uint32_t mx_system_get_num_cpus(void);
uint32_t _mx_system_get_num_cpus(void);
mx_status_t mx_system_get_version(char* version, uint32_t version_len);
mx_status_t _mx_system_get_version(char* version, uint32_t version_len);
uint64_t mx_system_get_physmem(void);
uint64_t _mx_system_get_physmem(void);

/* What is not there: ERR_NOT_SUPPORTED, whatever the arguments. */
mx_status_t mx_object_get_property(mx_handle_t handle, uint32_t property, void* value, size_t size);
mx_status_t _mx_object_get_property(mx_handle_t handle, uint32_t property, void* value, size_t size);
mx_status_t mx_object_set_property(mx_handle_t handle, uint32_t property, const void* value, size_t size);
mx_status_t _mx_object_set_property(mx_handle_t handle, uint32_t property, const void* value, size_t size);
mx_status_t mx_object_get_child(mx_handle_t handle, uint64_t koid, mx_rights_t rights, mx_handle_t* out);
mx_status_t _mx_object_get_child(mx_handle_t handle, uint64_t koid, mx_rights_t rights, mx_handle_t* out);
mx_status_t mx_object_set_cookie(mx_handle_t handle, mx_handle_t scope, uint64_t cookie);
mx_status_t _mx_object_set_cookie(mx_handle_t handle, mx_handle_t scope, uint64_t cookie);
mx_status_t mx_object_get_cookie(mx_handle_t handle, mx_handle_t scope, uint64_t* cookie);
mx_status_t _mx_object_get_cookie(mx_handle_t handle, mx_handle_t scope, uint64_t* cookie);
mx_status_t mx_task_bind_exception_port(mx_handle_t object, mx_handle_t eport, uint64_t key, uint32_t
    options);
mx_status_t _mx_task_bind_exception_port(mx_handle_t object, mx_handle_t eport, uint64_t key, uint32_t
    options);
mx_status_t mx_task_kill(mx_handle_t task);
mx_status_t _mx_task_kill(mx_handle_t task);
mx_status_t mx_task_suspend(mx_handle_t task);
mx_status_t _mx_task_suspend(mx_handle_t task);
mx_status_t mx_task_resume(mx_handle_t task, uint32_t options);
mx_status_t _mx_task_resume(mx_handle_t task, uint32_t options);
mx_status_t mx_waitset_create(uint32_t options, mx_handle_t* out);
mx_status_t _mx_waitset_create(uint32_t options, mx_handle_t* out);
mx_status_t mx_waitset_add(mx_handle_t waitset, uint64_t cookie, mx_handle_t handle, mx_signals_t signals);
mx_status_t _mx_waitset_add(mx_handle_t waitset, uint64_t cookie, mx_handle_t handle, mx_signals_t signals);
mx_status_t mx_waitset_remove(mx_handle_t waitset, uint64_t cookie);
mx_status_t _mx_waitset_remove(mx_handle_t waitset, uint64_t cookie);
mx_status_t mx_waitset_wait(mx_handle_t waitset, mx_time_t deadline, mx_waitset_result_t* results, uint32_t*
    count);
mx_status_t _mx_waitset_wait(mx_handle_t waitset, mx_time_t deadline, mx_waitset_result_t* results, uint32_t*
    count);

/* Older names. */
#define mx_num_cpus mx_system_get_num_cpus
#define mx_version_get mx_system_get_version

__END_CDECLS

#endif /* MAGENTA_SYSCALLS_H_ */
