/* The numbers and layouts of Zircon's and Magenta's ABI, against the headers: written from the ABI's tables. Included by a C11 and a
 * C++17 file, so that both languages are checked. */

#include <magenta/assert.h>
#include <magenta/process.h>
#include <magenta/status.h>
#include <magenta/syscalls.h>
#include <magenta/syscalls/exception.h>
#include <magenta/syscalls/object.h>
#include <magenta/syscalls/policy.h>
#include <magenta/syscalls/port.h>
#include <portolan.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zircon/analyzer.h>
#include <zircon/assert.h>
#include <zircon/process.h>
#include <zircon/status.h>
#include <zircon/syscalls-next.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/exception.h>
#include <zircon/syscalls/object.h>
#include <zircon/syscalls/policy.h>
#include <zircon/syscalls/port.h>
#include <zircon/syscalls/resource.h>
#include <zircon/threads.h>

#ifdef __cplusplus
#define CHECK(x) static_assert(x, #x)
#else
#define CHECK(x) _Static_assert(x, #x)
#endif
#define AT(type, field, offset) CHECK(offsetof(type, field) == (offset))
#define SIZE(type, size, align) CHECK(sizeof(type) == (size) && _Alignof(type) == (align))
#ifdef __cplusplus
#define _Alignof alignof
#endif

/* A1 */
CHECK(ZX_OK == 0 && ZX_ERR_INTERNAL == -1 && ZX_ERR_NOT_SUPPORTED == -2 && ZX_ERR_NO_RESOURCES == -3);
CHECK(ZX_ERR_NO_MEMORY == -4 && ZX_ERR_INTERNAL_INTR_RETRY == -6 && ZX_ERR_INTERNAL_INTR_KILLED == -502);
CHECK(ZX_ERR_INVALID_ARGS == -10 && ZX_ERR_BAD_HANDLE == -11 && ZX_ERR_WRONG_TYPE == -12);
CHECK(ZX_ERR_BAD_SYSCALL == -13 && ZX_ERR_OUT_OF_RANGE == -14 && ZX_ERR_BUFFER_TOO_SMALL == -15);
CHECK(ZX_ERR_BAD_STATE == -20 && ZX_ERR_TIMED_OUT == -21 && ZX_ERR_SHOULD_WAIT == -22);
CHECK(ZX_ERR_CANCELED == -23 && ZX_ERR_PEER_CLOSED == -24 && ZX_ERR_NOT_FOUND == -25);
CHECK(ZX_ERR_ALREADY_EXISTS == -26 && ZX_ERR_ALREADY_BOUND == -27 && ZX_ERR_UNAVAILABLE == -28);
CHECK(ZX_ERR_ACCESS_DENIED == -30 && ZX_ERR_IO == -40 && ZX_ERR_IO_REFUSED == -41);
CHECK(ZX_ERR_IO_DATA_INTEGRITY == -42 && ZX_ERR_IO_DATA_LOSS == -43 && ZX_ERR_IO_NOT_PRESENT == -44);
CHECK(ZX_ERR_IO_OVERRUN == -45 && ZX_ERR_IO_MISSED_DEADLINE == -46 && ZX_ERR_IO_INVALID == -47);
CHECK(ZX_ERR_BAD_PATH == -50 && ZX_ERR_NOT_DIR == -51 && ZX_ERR_NOT_FILE == -52 && ZX_ERR_FILE_BIG == -53);
CHECK(ZX_ERR_NO_SPACE == -54 && ZX_ERR_NOT_EMPTY == -55 && ZX_ERR_STOP == -60 && ZX_ERR_NEXT == -61);
CHECK(ZX_ERR_ASYNC == -62 && ZX_ERR_PROTOCOL_NOT_SUPPORTED == -70 && ZX_ERR_ADDRESS_UNREACHABLE == -71);
CHECK(ZX_ERR_ADDRESS_IN_USE == -72 && ZX_ERR_NOT_CONNECTED == -73 && ZX_ERR_CONNECTION_REFUSED == -74);
CHECK(ZX_ERR_CONNECTION_RESET == -75 && ZX_ERR_CONNECTION_ABORTED == -76);

/* A2, A3 */
CHECK(ZX_RIGHT_DUPLICATE == 1 && ZX_RIGHT_TRANSFER == 2 && ZX_RIGHT_READ == 4 && ZX_RIGHT_WRITE == 8);
CHECK(ZX_RIGHT_GET_PROPERTY == 1 << 6 && ZX_RIGHT_DESTROY == 1 << 9 && ZX_RIGHT_SET_POLICY == 1 << 10);
CHECK(ZX_RIGHT_SIGNAL == 1 << 12 && ZX_RIGHT_SIGNAL_PEER == 1 << 13 && ZX_RIGHT_WAIT == 1 << 14);
CHECK(ZX_RIGHT_INSPECT == 1 << 15 && ZX_RIGHT_MANAGE_JOB == 1 << 16 && ZX_RIGHT_MANAGE_THREAD == 1 << 18);
CHECK(ZX_RIGHT_APPLY_PROFILE == 1 << 19 && ZX_RIGHT_MANAGE_VMO == 1 << 24);
CHECK(ZX_RIGHT_SAME_RIGHTS == 0x80000000u && ZX_RIGHTS_BASIC == 0xC003 && ZX_RIGHTS_IO == 0xC);
CHECK(ZX_DEFAULT_PORT_RIGHTS == 0x800F && ZX_DEFAULT_INTERRUPT_RIGHTS == 0xD00F);
CHECK(ZX_DEFAULT_EVENT_RIGHTS == 0xD003 && ZX_DEFAULT_EVENTPAIR_RIGHTS == 0xF003);
CHECK(ZX_DEFAULT_TIMER_RIGHTS == 0xD00B && ZX_DEFAULT_CHANNEL_RIGHTS == 0xF00E);
CHECK(ZX_DEFAULT_MSI_RIGHTS == 0xC003 && ZX_DEFAULT_RESOURCE_RIGHTS == 0x800B);
CHECK(ZX_DEFAULT_JOB_RIGHTS == 0x7DFCF && ZX_DEFAULT_PROCESS_RIGHTS == 0x6D3CF);
CHECK(ZX_DEFAULT_THREAD_RIGHTS == 0x4D2CF);
CHECK(ZX_DEFAULT_CLOCK_RIGHTS == 0xD0CF && ZX_DEFAULT_COUNTER_RIGHTS == 0xD00F);
CHECK(ZX_DEFAULT_FIFO_RIGHTS == 0xF00F && ZX_DEFAULT_LOG_RIGHTS == 0xD00B);
CHECK(ZX_DEFAULT_PAGER_RIGHTS == 0x1808002 && ZX_DEFAULT_PCI_DEVICE_RIGHTS == 0xC00F);
CHECK(ZX_DEFAULT_SOCKET_RIGHTS == 0x10F0CF && ZX_DEFAULT_VMAR_RIGHTS == 0x208003);
CHECK(ZX_DEFAULT_VMO_RIGHTS == 0xD0EF);
CHECK(ZX_RIGHTS_PROPERTY == 0xC0 && ZX_RIGHTS_POLICY == 0xC00);

/* A4 */
CHECK(ZX_OBJ_TYPE_PROCESS == 1 && ZX_OBJ_TYPE_THREAD == 2 && ZX_OBJ_TYPE_CHANNEL == 4);
CHECK(ZX_OBJ_TYPE_EVENT == 5 && ZX_OBJ_TYPE_PORT == 6 && ZX_OBJ_TYPE_INTERRUPT == 9);
CHECK(ZX_OBJ_TYPE_RESOURCE == 15 && ZX_OBJ_TYPE_EVENTPAIR == 16 && ZX_OBJ_TYPE_JOB == 17);
CHECK(ZX_OBJ_TYPE_TIMER == 22 && ZX_OBJ_TYPE_MSI == 32 && ZX_OBJ_TYPE_UPPER_BOUND == 64);

/* A5 */
CHECK(ZX_CHANNEL_READABLE == 1 && ZX_CHANNEL_WRITABLE == 2 && ZX_CHANNEL_PEER_CLOSED == 4);
CHECK(ZX_EVENT_SIGNALED == 8 && ZX_EVENTPAIR_SIGNALED == 8 && ZX_EVENTPAIR_PEER_CLOSED == 4);
CHECK(ZX_EVENT_SIGNAL_MASK == 0xff000008u && ZX_EVENTPAIR_SIGNAL_MASK == 0xff00000cu);
CHECK(ZX_TIMER_SIGNALED == 8 && ZX_TASK_TERMINATED == 8 && ZX_VIRTUAL_INTERRUPT_UNTRIGGERED == 16);
CHECK(ZX_SIGNAL_HANDLE_CLOSED == 1 << 23 && ZX_USER_SIGNAL_0 == 1 << 24 && ZX_USER_SIGNAL_7 == 1u << 31);
CHECK(ZX_USER_SIGNAL_ALL == 0xff000000u && __ZX_OBJECT_SIGNAL_22 == 1 << 22);
CHECK(ZX_JOB_NO_JOBS == 16 && ZX_JOB_NO_PROCESSES == 32 && ZX_THREAD_RUNNING == 16);
CHECK(ZX_JOB_TERMINATED == 8 && ZX_PROCESS_TERMINATED == 8 && ZX_THREAD_TERMINATED == 8);
CHECK(ZX_THREAD_SUSPENDED == 32);
CHECK(ZX_SOCKET_READABLE == 1 && ZX_SOCKET_WRITABLE == 2 && ZX_SOCKET_PEER_CLOSED == 4);
CHECK(ZX_SOCKET_PEER_WRITE_DISABLED == 16 && ZX_SOCKET_WRITE_DISABLED == 32);
CHECK(ZX_SOCKET_READ_THRESHOLD == 1 << 10 && ZX_SOCKET_WRITE_THRESHOLD == 1 << 11);
CHECK(ZX_FIFO_READABLE == 1 && ZX_FIFO_WRITABLE == 2 && ZX_FIFO_PEER_CLOSED == 4);
CHECK(ZX_LOG_READABLE == 1 && ZX_LOG_WRITABLE == 2 && ZX_VMO_ZERO_CHILDREN == 8);
CHECK(ZX_CLOCK_STARTED == 16 && ZX_CLOCK_UPDATED == 32);
CHECK(ZX_IOB_PEER_CLOSED == 4 && ZX_IOB_SHARED_REGION_UPDATED == 8);
CHECK(ZX_COUNTER_SIGNALED == 8 && ZX_COUNTER_POSITIVE == 16 && ZX_COUNTER_NON_POSITIVE == 32);

/* A6 */
CHECK(sizeof(zx_handle_t) == 4 && ZX_HANDLE_INVALID == 0 && ZX_HANDLE_FIXED_BITS_MASK == 3);
CHECK((zx_handle_t)-1 > 0 && (zx_status_t)-1 < 0 && sizeof(zx_status_t) == 4 && sizeof(zx_koid_t) == 8);

/* A7 to A11 */
CHECK(ZX_PORT_BIND_TO_INTERRUPT == 1);
CHECK(ZX_WAIT_ASYNC_ONCE == 0 && ZX_WAIT_ASYNC_TIMESTAMP == 1 && ZX_WAIT_ASYNC_EDGE == 2);
CHECK(ZX_WAIT_ASYNC_BOOT_TIMESTAMP == 4);
CHECK(ZX_INTERRUPT_REMAP_IRQ == 1 && ZX_INTERRUPT_MODE_MASK == 0xE && ZX_INTERRUPT_MODE_DEFAULT == 0);
CHECK(ZX_INTERRUPT_MODE_EDGE_LOW == 2 && ZX_INTERRUPT_MODE_EDGE_HIGH == 4);
CHECK(ZX_INTERRUPT_MODE_LEVEL_LOW == 6 && ZX_INTERRUPT_MODE_LEVEL_HIGH == 8);
CHECK(ZX_INTERRUPT_MODE_EDGE_BOTH == 10 && ZX_INTERRUPT_VIRTUAL == 0x10);
CHECK(ZX_INTERRUPT_TIMESTAMP_MONO == 0x40 && ZX_INTERRUPT_SLOT_USER == 62 && ZX_INTERRUPT_MAX_SLOTS == 62);
CHECK(ZX_INTERRUPT_BIND == 0 && ZX_INTERRUPT_UNBIND == 1 && ZX_INTERRUPT_WAKE_VECTOR == 0x20);
CHECK(ZX_PCI_INTERRUPT_SLOT == 0 && ZX_MSI_MODE_MSI_X == 1);
CHECK(ZX_TIMER_SLACK_CENTER == 0 && ZX_TIMER_SLACK_EARLY == 1 && ZX_TIMER_SLACK_LATE == 2);
CHECK(ZX_WAIT_MANY_MAX_ITEMS == 64 && ZX_CLOCK_MONOTONIC == 0 && ZX_CLOCK_BOOT == 1);

/* A12 */
CHECK(ZX_POL_BAD_HANDLE == 0 && ZX_POL_WRONG_OBJECT == 1 && ZX_POL_VMAR_WX == 2 && ZX_POL_NEW_ANY == 3);
CHECK(ZX_POL_NEW_VMO == 4 && ZX_POL_NEW_CHANNEL == 5 && ZX_POL_NEW_EVENT == 6 && ZX_POL_NEW_EVENTPAIR == 7);
CHECK(ZX_POL_NEW_PORT == 8 && ZX_POL_NEW_SOCKET == 9 && ZX_POL_NEW_FIFO == 10 && ZX_POL_NEW_TIMER == 11);
CHECK(ZX_POL_NEW_PROCESS == 12 && ZX_POL_NEW_PROFILE == 13 && ZX_POL_NEW_PAGER == 14);
CHECK(ZX_POL_AMBIENT_MARK_VMO_EXEC == 15 && ZX_POL_NEW_IOB == 16 && ZX_POL_NEW_SAMPLER == 17);
CHECK(ZX_POL_ACTION_ALLOW == 0 && ZX_POL_ACTION_DENY == 1 && ZX_POL_ACTION_ALLOW_EXCEPTION == 2);
CHECK(ZX_POL_ACTION_DENY_EXCEPTION == 3 && ZX_POL_ACTION_KILL == 4);
CHECK(ZX_POL_OVERRIDE_ALLOW == 0 && ZX_POL_OVERRIDE_DENY == 1);
CHECK(ZX_JOB_POL_RELATIVE == 0 && ZX_JOB_POL_ABSOLUTE == 1 && ZX_JOB_POL_BASIC == 0);
CHECK(ZX_JOB_POL_BASIC_V1 == 0 && ZX_JOB_POL_BASIC_V2 == 0x01000000 && ZX_JOB_POL_TIMER_SLACK == 1);
SIZE(zx_policy_basic_v1_t, 8, 4);
SIZE(zx_policy_basic_v2_t, 12, 4);
SIZE(zx_policy_timer_slack_t, 16, 8);

/* A13 */
CHECK(ZX_EXCP_POLICY_CODE_NEW_PORT == 8 && ZX_EXCP_POLICY_CODE_CHANNEL_FULL_WRITE == 16);
CHECK(ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS == 17 && ZX_EXCP_POLICY_CODE_BAD_SYSCALL == 18);
CHECK(ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_OBSERVERS == 19 && ZX_EXCP_POLICY_ERROR == 0x8208);

/* A14 */
SIZE(zx_port_packet_t, 48, 8);
AT(zx_port_packet_t, key, 0);
AT(zx_port_packet_t, type, 8);
AT(zx_port_packet_t, status, 12);
AT(zx_port_packet_t, user, 16);
AT(zx_port_packet_t, signal, 16);
AT(zx_port_packet_t, interrupt, 16);

/* A15 */
CHECK(ZX_PKT_TYPE_USER == 0 && ZX_PKT_TYPE_SIGNAL_ONE == 1 && ZX_PKT_TYPE_GUEST_BELL == 3);
CHECK(ZX_PKT_TYPE_GUEST_MEM == 4 && ZX_PKT_TYPE_GUEST_IO == 5 && ZX_PKT_TYPE_GUEST_VCPU == 6);
CHECK(ZX_PKT_TYPE_INTERRUPT == 7 && ZX_PKT_TYPE_PAGE_REQUEST == 9);
CHECK(ZX_PKT_TYPE_PROCESSOR_POWER_LEVEL_TRANSITION_REQUEST == 10);
CHECK(ZX_PKT_IS_INTERRUPT(7) && !ZX_PKT_IS_USER(7) && ZX_PKT_IS_SIGNAL_ONE(1) && ZX_PKT_IS_GUEST_MEM(4));

/* A16, A17 */
SIZE(zx_packet_user_t, 32, 8);
SIZE(zx_packet_signal_t, 32, 8);
AT(zx_packet_signal_t, trigger, 0);
AT(zx_packet_signal_t, observed, 4);
AT(zx_packet_signal_t, count, 8);
AT(zx_packet_signal_t, timestamp, 16);
AT(zx_packet_signal_t, reserved1, 24);
SIZE(zx_packet_interrupt_t, 32, 8);
AT(zx_packet_interrupt_t, timestamp, 0);
SIZE(zx_packet_page_request_t, 32, 8);
AT(zx_packet_page_request_t, flags, 2);
AT(zx_packet_page_request_t, offset, 8);
AT(zx_packet_page_request_t, length, 16);
AT(zx_packet_page_request_t, reserved1, 24);
CHECK(ZX_PAGER_VMO_READ == 0 && ZX_PAGER_VMO_COMPLETE == 1 && ZX_PAGER_VMO_DIRTY == 2);
SIZE(zx_packet_guest_bell_t, 32, 8);
SIZE(zx_packet_guest_io_t, 32, 8);
AT(zx_packet_guest_io_t, access_size, 2);
AT(zx_packet_guest_io_t, input, 3);
AT(zx_packet_guest_io_t, u32, 4);
AT(zx_packet_guest_io_t, reserved0, 8);
SIZE(zx_packet_guest_mem_t, 32, 8);
#if defined(__x86_64__)
AT(zx_packet_guest_mem_t, cr3, 8);
AT(zx_packet_guest_mem_t, rip, 16);
AT(zx_packet_guest_mem_t, instruction_size, 24);
AT(zx_packet_guest_mem_t, default_operand_size, 25);
#elif defined(__aarch64__)
AT(zx_packet_guest_mem_t, read, 11);
AT(zx_packet_guest_mem_t, data, 16);
#endif
SIZE(zx_packet_guest_vcpu_t, 32, 8);
AT(zx_packet_guest_vcpu_t, interrupt, 8);
AT(zx_packet_guest_vcpu_t, reserved, 24);
SIZE(zx_packet_processor_power_level_transition_request_t, 32, 8);
AT(zx_packet_processor_power_level_transition_request_t, control_interface, 8);

/* Structures of calls. */
SIZE(zx_wait_item_t, 12, 4);
AT(zx_wait_item_t, waitfor, 4);
AT(zx_wait_item_t, pending, 8);
SIZE(zx_handle_info_t, 16, 4);
SIZE(zx_handle_disposition_t, 20, 4);
SIZE(zx_channel_call_args_t, 48, 8);
AT(zx_channel_call_args_t, rd_bytes, 16);
AT(zx_channel_call_args_t, wr_num_bytes, 32);
AT(zx_channel_call_args_t, rd_num_handles, 44);
SIZE(zx_channel_call_etc_args_t, 48, 8);
SIZE(zx_channel_iovec_t, 16, 8);
SIZE(zx_iovec_t, 16, 8);
SIZE(zx_cpu_set_t, 64, 8);
SIZE(zx_string_view_t, 16, 8);
SIZE(zx_info_handle_basic_t, 32, 8);
AT(zx_info_handle_basic_t, rights, 8);
AT(zx_info_handle_basic_t, type, 12);
AT(zx_info_handle_basic_t, related_koid, 16);
SIZE(zx_info_handle_count_t, 4, 4);
SIZE(zx_info_thread_t, 72, 8);
AT(zx_info_thread_t, cpu_affinity_mask, 8);
SIZE(zx_info_timer_t, 24, 8);
AT(zx_info_timer_t, clock_id, 4);
AT(zx_info_timer_t, deadline, 8);
AT(zx_info_timer_t, slack, 16);
SIZE(zx_info_handle_extended_t, 40, 8);
AT(zx_info_handle_extended_t, type, 0);
AT(zx_info_handle_extended_t, handle_value, 4);
AT(zx_info_handle_extended_t, rights, 8);
AT(zx_info_handle_extended_t, reserved, 12);
AT(zx_info_handle_extended_t, koid, 16);
AT(zx_info_handle_extended_t, related_koid, 24);
AT(zx_info_handle_extended_t, peer_owner_koid, 32);
SIZE(zx_info_process_handle_stats_t, 256, 4);
AT(zx_info_process_handle_stats_t, handle_count[63], 252);
SIZE(zx_info_process_t, 24, 8);
AT(zx_info_process_t, return_code, 0);
AT(zx_info_process_t, start_time, 8);
AT(zx_info_process_t, flags, 16);
AT(zx_info_process_t, padding1, 20);
CHECK(ZX_INFO_PROCESS_FLAG_STARTED == 1 && ZX_INFO_PROCESS_FLAG_EXITED == 2);
CHECK(ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED == 4);
SIZE(zx_info_job_t, 16, 8);
AT(zx_info_job_t, return_code, 0);
AT(zx_info_job_t, exited, 8);
AT(zx_info_job_t, kill_on_oom, 9);
AT(zx_info_job_t, debugger_attached, 10);
AT(zx_info_job_t, padding1, 11);
SIZE(zx_info_vmar_t, 16, 8);
AT(zx_info_vmar_t, base, 0);
AT(zx_info_vmar_t, len, 8);
SIZE(zx_info_resource_t, 56, 8);
AT(zx_info_resource_t, kind, 0);
AT(zx_info_resource_t, flags, 4);
AT(zx_info_resource_t, base, 8);
AT(zx_info_resource_t, size, 16);
AT(zx_info_resource_t, name, 24);
SIZE(zx_info_msi_t, 24, 8);
AT(zx_info_msi_t, target_addr, 0);
AT(zx_info_msi_t, target_data, 8);
AT(zx_info_msi_t, base_irq_id, 12);
AT(zx_info_msi_t, num_irq, 16);
AT(zx_info_msi_t, interrupt_count, 20);
SIZE(zx_info_interrupt_t, 4, 4);
AT(zx_info_interrupt_t, options, 0);
SIZE(zx_info_thread_stats_t, 16, 8);
AT(zx_info_thread_stats_t, total_runtime, 0);
AT(zx_info_thread_stats_t, last_scheduled_cpu, 8);
AT(zx_info_thread_stats_t, padding1, 12);
CHECK(ZX_INFO_INVALID_CPU == 0xffffffffu);
CHECK(ZX_INFO_HANDLE_VALID == 1 && ZX_INFO_HANDLE_BASIC == 2 && ZX_INFO_THREAD == 10);
CHECK(ZX_INFO_HANDLE_COUNT == 19 && ZX_INFO_TIMER == 25 && ZX_INFO_PROCESS == 0x10000003);
CHECK(ZX_INFO_PROCESS_MAPS == 0x2000000d && ZX_INFO_VMO == 0x30000017 && ZX_INFO_INTERRUPT == 39);
CHECK(ZX_INFO_PROCESS_MAPS_V1 == 13 && ZX_INFO_PROCESS_MAPS_V2 == 0x1000000d);
CHECK(ZX_INFO_PROCESS_VMOS_V1 == 14 && ZX_INFO_PROCESS_VMOS_V2 == 0x1000000e);
CHECK(ZX_INFO_PROCESS_VMOS_V3 == 0x2000000e && ZX_INFO_PROCESS_VMOS == 0x3000000e);
CHECK(ZX_INFO_VMO_V1 == 23 && ZX_INFO_VMO_V2 == 0x10000017 && ZX_INFO_VMO_V3 == 0x20000017);
CHECK(ZX_INFO_THREAD_EXCEPTION_REPORT == 0x1000000b && ZX_INFO_THREAD_EXCEPTION_REPORT_V1 == 11);
CHECK(ZX_INFO_TASK_STATS == 0x1000000c && ZX_INFO_TASK_STATS_V1 == 12);
CHECK(ZX_INFO_KMEM_STATS == 0x10000011 && ZX_INFO_KMEM_STATS_V1 == 17);
CHECK(ZX_INFO_TASK_RUNTIME == 0x1000001e && ZX_INFO_TASK_RUNTIME_V1 == 30);
CHECK(ZX_INFO_THREAD_STATS == 15 && ZX_INFO_RESOURCE == 18 && ZX_INFO_PROCESS_HANDLE_STATS == 21);
CHECK(ZX_INFO_JOB == 24 && ZX_INFO_HANDLE_TABLE == 27 && ZX_INFO_MSI == 28 && ZX_INFO_VMAR == 7);
#if defined(__x86_64__)
CHECK(ZX_PROP_REGISTER_GS == 2 && ZX_PROP_REGISTER_FS == 4);
#endif
CHECK(ZX_PROP_NAME == 3 && ZX_PROP_PROCESS_DEBUG_ADDR == 5 && ZX_PROP_PROCESS_VDSO_BASE_ADDRESS == 6);
CHECK(ZX_PROP_PROCESS_BREAK_ON_LOAD == 7 && ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID == 8);
CHECK(ZX_PROP_SOCKET_RX_THRESHOLD == 12 && ZX_PROP_SOCKET_TX_THRESHOLD == 13);
CHECK(ZX_PROP_JOB_KILL_ON_OOM == 15 && ZX_PROP_EXCEPTION_STATE == 16 && ZX_PROP_VMO_CONTENT_SIZE == 17);
CHECK(ZX_PROP_EXCEPTION_STRATEGY == 18 && ZX_PROP_STREAM_MODE_APPEND == 19);
CHECK(ZX_THREAD_STATE_BLOCKED_PORT == 0x403 && ZX_THREAD_STATE_BLOCKED_WAIT_ONE == 0x603);
CHECK(ZX_THREAD_STATE_BLOCKED_WAIT_MANY == 0x703 && ZX_THREAD_STATE_BLOCKED_INTERRUPT == 0x803);
CHECK(ZX_THREAD_STATE_BLOCKED_SLEEPING == 0x203 && ZX_THREAD_STATE_BLOCKED_CHANNEL == 0x503);
CHECK(ZX_THREAD_STATE_BASIC(0x403) == 3 && ZX_TASK_RETCODE_POLICY_KILL == -1026);
CHECK(ZX_RSRC_KIND_IRQ == 1 && ZX_RSRC_KIND_COUNT == 6 && ZX_RSRC_EXTRACT_KIND(0x10001) == 1);
CHECK(ZX_CHANNEL_MAX_MSG_BYTES == 65536 && ZX_CHANNEL_MAX_MSG_HANDLES == 64);

/* Time. */
CHECK(ZX_TIME_INFINITE == INT64_MAX && ZX_TIME_INFINITE_PAST == INT64_MIN);
CHECK(ZX_NSEC(3) == 3 && ZX_USEC(3) == 3000 && ZX_MSEC(3) == 3000000 && ZX_SEC(3) == 3000000000);
CHECK(ZX_MIN(2) == 120000000000 && ZX_HOUR(1) == 3600000000000);

/* Magenta, of May 2017: abi section 8. */
CHECK(NO_ERROR == 0 && ERR_INTERNAL == -1 && ERR_NOT_SUPPORTED == -2 && ERR_NO_RESOURCES == -3);
CHECK(ERR_NO_MEMORY == -4 && ERR_CALL_FAILED == -5 && ERR_INTERRUPTED_RETRY == -6 && ERR_INVALID_ARGS == -10);
CHECK(ERR_BAD_HANDLE == -11 && ERR_WRONG_TYPE == -12 && ERR_BAD_SYSCALL == -13 && ERR_OUT_OF_RANGE == -14);
CHECK(ERR_BUFFER_TOO_SMALL == -15 && ERR_BAD_STATE == -20 && ERR_TIMED_OUT == -21 && ERR_SHOULD_WAIT == -22);
CHECK(ERR_CANCELED == -23 && ERR_HANDLE_CLOSED == -23 && ERR_PEER_CLOSED == -24 && ERR_NOT_FOUND == -25);
CHECK(ERR_ALREADY_EXISTS == -26 && ERR_ALREADY_BOUND == -27 && ERR_UNAVAILABLE == -28);
CHECK(ERR_ACCESS_DENIED == -30 && ERR_IO == -40 && ERR_IO_REFUSED == -41 && ERR_IO_DATA_INTEGRITY == -42);
CHECK(ERR_IO_DATA_LOSS == -43 && ERR_BAD_PATH == -50 && ERR_NOT_DIR == -51 && ERR_NOT_FILE == -52);
CHECK(ERR_FILE_BIG == -53 && ERR_NO_SPACE == -54 && ERR_STOP == -60 && ERR_NEXT == -61);
CHECK(MX_OK == 0 && MX_ERR_TIMED_OUT == -21 && MX_ERR_NEXT == -61);

CHECK((mx_handle_t)-1 < 0 && sizeof(mx_handle_t) == 4 && (mx_status_t)-1 < 0 && sizeof(mx_status_t) == 4);
CHECK((mx_time_t)-1 > 0 && sizeof(mx_time_t) == 8 && (mx_duration_t)-1 > 0 && sizeof(mx_koid_t) == 8);
CHECK((mx_rel_off_t)-1 < 0 && (mx_off_t)-1 > 0 && sizeof(mx_signals_t) == 4 && sizeof(mx_rights_t) == 4);
CHECK(MX_HANDLE_INVALID == 0 && MX_KOID_INVALID == 0 && MX_KOID_KERNEL == 1 && MX_TIME_INFINITE == UINT64_MAX);
CHECK(MX_USEC(2) == 2000 && MX_MSEC(2) == 2000000 && MX_SEC(2) == 2000000000);
CHECK(MX_CLOCK_MONOTONIC == 0 && MX_CLOCK_UTC == 1 && MX_CLOCK_THREAD == 2 && MX_MAX_NAME_LEN == 32);
CHECK(MX_FLAG_REMAP_IRQ == 1 && MX_CHANNEL_READ_MAY_DISCARD == 1);
CHECK(MX_RIGHT_DUPLICATE == 1 && MX_RIGHT_TRANSFER == 2 && MX_RIGHT_READ == 4 && MX_RIGHT_WRITE == 8);
CHECK(MX_RIGHT_ENUMERATE == 1 << 8 && MX_RIGHT_DESTROY == 1 << 9 && MX_RIGHT_SET_POLICY == 1 << 10);
CHECK(MX_RIGHT_GET_POLICY == 1 << 11 && MX_RIGHT_SAME_RIGHTS == 0x80000000u);
CHECK(MX_CHANNEL_READABLE == 1 && MX_CHANNEL_WRITABLE == 2 && MX_CHANNEL_PEER_CLOSED == 4);
CHECK(MX_EVENT_SIGNALED == 8 && MX_EVENT_SIGNAL_MASK == 0xff000008u && MX_EPAIR_SIGNALED == 8);
CHECK(MX_EPAIR_PEER_CLOSED == 4 && MX_EPAIR_SIGNAL_MASK == 0xff00000cu && MX_PORT_READABLE == 1);
CHECK(MX_JOB_NO_PROCESSES == 8 && MX_JOB_NO_JOBS == 16 && MX_TASK_TERMINATED == 8);
CHECK(MX_RESOURCE_DESTROYED == 8 && MX_RESOURCE_CHILD_ADDED == 16 && MX_WAITSET_PEER_CLOSED == 4);
CHECK(MX_SIGNAL_HANDLE_CLOSED == 1 << 23 && MX_USER_SIGNAL_0 == 1 << 24 && MX_USER_SIGNAL_7 == 1u << 31);
SIZE(mx_wait_item_t, 12, 4);
AT(mx_wait_item_t, waitfor, 4);
AT(mx_wait_item_t, pending, 8);
SIZE(mx_channel_call_args_t, 48, 8);
AT(mx_channel_call_args_t, rd_bytes, 16);
AT(mx_channel_call_args_t, wr_num_bytes, 32);
AT(mx_channel_call_args_t, rd_num_handles, 44);
SIZE(mx_waitset_result_t, 16, 8);
AT(mx_waitset_result_t, observed, 12);

CHECK(MX_PORT_OPT_V1 == 0 && MX_PORT_OPT_V2 == 1 && MX_PORT_MAX_PKT_SIZE == 128);
CHECK(MX_PORT_PKT_TYPE_KERN == 0 && MX_PORT_PKT_TYPE_IOSN == 1 && MX_PORT_PKT_TYPE_USER == 2);
CHECK(MX_PORT_PKT_TYPE_EXCEPTION == 3 && MX_WAIT_ASYNC_ONCE == 0 && MX_WAIT_ASYNC_REPEATING == 1);
CHECK(MX_PKT_TYPE_USER == 0 && MX_PKT_TYPE_SIGNAL_ONE == 1 && MX_PKT_TYPE_SIGNAL_REP == 2);
SIZE(mx_packet_header_t, 16, 8);
AT(mx_packet_header_t, type, 8);
AT(mx_packet_header_t, extra, 12);
SIZE(mx_io_packet_t, 40, 8);
AT(mx_io_packet_t, timestamp, 16);
AT(mx_io_packet_t, bytes, 24);
AT(mx_io_packet_t, signals, 32);
AT(mx_io_packet_t, reserved, 36);
SIZE(mx_exception_packet_t, 80, 8);
AT(mx_exception_packet_t, report, 16);
SIZE(mx_packet_user_t, 32, 8);
SIZE(mx_packet_signal_t, 16, 8);
AT(mx_packet_signal_t, observed, 4);
AT(mx_packet_signal_t, count, 8);
SIZE(mx_port_packet_t, 48, 8);
AT(mx_port_packet_t, type, 8);
AT(mx_port_packet_t, status, 12);
AT(mx_port_packet_t, user, 16);
AT(mx_port_packet_t, signal, 16);

CHECK(MX_INFO_HANDLE_VALID == 1 && MX_INFO_HANDLE_BASIC == 2 && MX_INFO_VMAR == 7 && MX_INFO_THREAD == 10);
CHECK(MX_INFO_PROCESS_MAPS == 13 && MX_OBJ_TYPE_PORT == 6 && MX_OBJ_TYPE_INTERRUPT == 9);
CHECK(MX_OBJ_TYPE_EVENT == 5 && MX_OBJ_TYPE_EVENT_PAIR == 16 && MX_OBJ_TYPE_JOB == 17);
CHECK(MX_THREAD_STATE_RUNNING == 1 && MX_THREAD_STATE_BLOCKED == 3 && MX_THREAD_STATE_DEAD == 5);
CHECK(MX_PROP_NUM_STATE_KINDS == 2 && MX_PROP_NAME == 3 && MX_PROP_PROCESS_VDSO_BASE_ADDRESS == 6);
SIZE(mx_info_handle_basic_t, 32, 8);
AT(mx_info_handle_basic_t, type, 12);
AT(mx_info_handle_basic_t, related_koid, 16);
AT(mx_info_handle_basic_t, props, 24);
SIZE(mx_info_thread_t, 8, 4);

CHECK(MX_JOB_POL_RELATIVE == 0 && MX_JOB_POL_ABSOLUTE == 1 && MX_JOB_POL_BASIC == 0);
CHECK(MX_POL_BAD_HANDLE == 0 && MX_POL_NEW_ANY == 3 && MX_POL_NEW_EVPAIR == 7 && MX_POL_NEW_PORT == 8);
CHECK(MX_POL_NEW_FIFO == 10 && MX_POL_MAX == 11 && MX_POL_ACTION_ALLOW == 0 && MX_POL_ACTION_DENY == 1);
CHECK(MX_POL_ACTION_ALARM == 2 && MX_POL_ACTION_KILL == 5);
SIZE(mx_policy_basic_t, 8, 4);

/* Words for compilers: it is enough that they can be written where they belong. */
struct nothing {
    int unused;
};
#ifdef __cplusplus
struct __OWNER(int) owner {
    __WARN_UNUSED_CONSTRUCTOR owner() : unused() {}
    __NO_UNIQUE_ADDRESS nothing unused;
};
struct __POINTER(int) pointer {
    owner* to;
};
__CONSTINIT static int constant = 1;
#else
__CONSTINIT static int constant = 1;
#endif
__EXTERNALLY_VISIBLE __OPTIMIZE("O1") __NO_SAFESTACK void* take(size_t size) __ALLOC_SIZE(1);
void never(void) __ANALYZER_CREATE_SINK;

/* What stands in the headers themselves. */
static int check_process(void) {
    MX_ASSERT(mx_process_self() > 0 && mx_job_default() > 0);
    MX_ASSERT(mx_vmar_root_self() == MX_HANDLE_INVALID && mx_get_startup_handle(0) == MX_HANDLE_INVALID);
    MX_ASSERT(mx_num_cpus() == mx_system_get_num_cpus());
    MX_DEBUG_ASSERT(mx_handle_close(MX_HANDLE_INVALID) == NO_ERROR);
    return 0;
}

static int check_time(void) {
    volatile int64_t many = INT64_MAX / 2;
    ZX_ASSERT(zx_time_add_duration(ZX_TIME_INFINITE, 1) == ZX_TIME_INFINITE);
    ZX_ASSERT(zx_time_sub_duration(ZX_TIME_INFINITE_PAST, 1) == ZX_TIME_INFINITE_PAST);
    ZX_ASSERT(zx_time_sub_time(ZX_TIME_INFINITE, -1) == ZX_TIME_INFINITE);
    ZX_ASSERT(zx_duration_mul_int64(many, -3) == ZX_TIME_INFINITE_PAST);
    ZX_ASSERT(ZX_SEC(many) == ZX_TIME_INFINITE && ZX_NSEC(many) == many);
    ZX_ASSERT_MSG(zx_timespec_from_duration(ZX_MSEC(1500)).tv_nsec == 500000000, "%s", "half a second");
    return 0;
}

static int check_system(void) {
    ZX_ASSERT(zx_system_get_num_cpus() > 0 && zx_system_get_num_cpus() <= sysconf(_SC_NPROCESSORS_CONF));
    ZX_ASSERT(zx_system_get_num_cpus() == mx_system_get_num_cpus());
    ZX_ASSERT(zx_system_get_page_size() == sysconf(_SC_PAGESIZE));
    ZX_ASSERT(zx_system_get_physmem() / sysconf(_SC_PAGESIZE) == (uint64_t)sysconf(_SC_PHYS_PAGES));
    ZX_ASSERT(zx_system_get_physmem() == mx_system_get_physmem());
#ifdef _SC_LEVEL1_DCACHE_LINESIZE
    const long line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);
    ZX_ASSERT(line <= 0 || zx_system_get_dcache_line_size() == line);
#endif
    const zx_string_view_t version = zx_system_get_version_string();
    char same[64];
    ZX_ASSERT(mx_system_get_version(same, sizeof(same)) == NO_ERROR && strcmp(same, version.c_str) == 0);
    ZX_ASSERT(strlen(version.c_str) == version.length && strncmp(version.c_str, "portolan ", 9) == 0);
    return 0;
}

/* What a thread tells another, and how long it lives. */
struct meeting {
    zx_handle_t thread, told, may_end;
};

static int stay_and_exit(void* argument) {
    struct meeting* at = (struct meeting*)argument;
    at->thread = thrd_get_zx_handle(thrd_current());
    ZX_ASSERT(at->thread != ZX_HANDLE_INVALID && at->thread == zx_thread_self());
    ZX_ASSERT(zx_object_signal(at->told, 0, ZX_EVENT_SIGNALED) == ZX_OK);
    ZX_ASSERT(zx_object_wait_one(at->may_end, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL) == ZX_OK);
    zx_thread_exit();
}

static int check_threads(void) {
    struct meeting at = {ZX_HANDLE_INVALID, ZX_HANDLE_INVALID, ZX_HANDLE_INVALID};
    zx_handle_t watched = ZX_HANDLE_INVALID;
    thrd_t thread;
    ZX_ASSERT(zx_event_create(0, &at.told) == ZX_OK && zx_event_create(0, &at.may_end) == ZX_OK);
    int status = thrd_create(&thread, stay_and_exit, &at);
    ZX_ASSERT(thrd_status_to_zx_status(status) == ZX_OK);
    ZX_ASSERT(zx_object_wait_one(at.told, ZX_EVENT_SIGNALED, ZX_TIME_INFINITE, NULL) == ZX_OK);
    ZX_ASSERT(thrd_get_zx_handle(thread) == at.thread && at.thread != zx_thread_self());
#ifdef __cplusplus
    ZX_ASSERT(native_thread_get_zx_handle(thread) == at.thread);
#endif
    ZX_ASSERT(zx_handle_duplicate(at.thread, ZX_RIGHT_SAME_RIGHTS, &watched) == ZX_OK);
    ZX_ASSERT(zx_object_wait_one(watched, ZX_THREAD_TERMINATED, 0, NULL) == ZX_ERR_TIMED_OUT);
    ZX_ASSERT(zx_object_signal(at.may_end, 0, ZX_EVENT_SIGNALED) == ZX_OK);
    ZX_ASSERT(zx_object_wait_one(watched, ZX_THREAD_TERMINATED, ZX_TIME_INFINITE, NULL) == ZX_OK);
    ZX_ASSERT(thrd_join(thread, NULL) == thrd_success);
    ZX_ASSERT(thrd_get_zx_handle(thread) == ZX_HANDLE_INVALID);
    ZX_ASSERT(thrd_get_zx_handle(thrd_current()) == zx_thread_self());
    ZX_ASSERT(thrd_status_to_zx_status(thrd_nomem) == ZX_ERR_NO_MEMORY);
    ZX_ASSERT(thrd_status_to_zx_status(thrd_timedout) == ZX_ERR_TIMED_OUT);
    ZX_ASSERT(thrd_status_to_zx_status(thrd_busy) == ZX_ERR_SHOULD_WAIT);
    ZX_ASSERT(thrd_status_to_zx_status(thrd_error) == ZX_ERR_INTERNAL);
    ZX_ASSERT(thrd_status_to_zx_status(-1) == ZX_ERR_INTERNAL);
    ZX_ASSERT(thrd_set_zx_process(watched) == zx_process_self());
    ZX_ASSERT(thrd_set_zx_process(zx_process_self()) == watched);
    ZX_ASSERT(zx_vmar_root_self() == ZX_HANDLE_INVALID && zx_take_startup_handle(0xf0) == ZX_HANDLE_INVALID);
    const zx_handle_t all[] = {at.told, at.may_end, watched};
    ZX_ASSERT(zx_handle_close_many(all, 3) == ZX_OK);
    return 0;
}

static void never_called(void) { abort(); }

static int check_exit(void) {
    const struct {
        int64_t code;
        int status;
    } told[] = {{0, 0}, {7, 7}, {-1, 255}, {256, 1}, {ZX_TASK_RETCODE_SYSCALL_KILL, 1}};
    for (size_t at = 0; at < sizeof(told) / sizeof(told[0]); ++at) {
        const pid_t child = fork();
        ZX_ASSERT(child >= 0);
        if (child == 0) {
            atexit(never_called);
            zx_process_exit(told[at].code);
        }
        int status = 0;
        ZX_ASSERT(waitpid(child, &status, 0) == child && WIFEXITED(status));
        ZX_ASSERT_MSG(WEXITSTATUS(status) == told[at].status, "of %d", (int)told[at].code);
    }
    return 0;
}

static int check_assertions(void) {
    ZX_ASSERT(constant == 1);
    int runs = 0;
    ZX_DEBUG_ASSERT(++runs > 0);
    ZX_DEBUG_ASSERT_MSG(++runs > 0, "%d", runs);
    ZX_ASSERT(runs == (ZX_DEBUG_ASSERT_IMPLEMENTED ? 2 : 0));
#ifdef __cplusplus
    ZX_ASSERT_MSG(int twice = 2 * constant; twice == 2, "%s", "a condition with a declaration");
#endif
    return 0;
}

int main(void) {
    return check_assertions() + check_time() + check_process() + check_system() + check_threads() + check_exit();
}
