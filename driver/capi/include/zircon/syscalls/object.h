/* What zx_object_get_info tells. Portolan answers HANDLE_VALID, HANDLE_BASIC, THREAD, HANDLE_COUNT and TIMER; the other
 * topics are ZX_ERR_NOT_SUPPORTED. Records are declared of objects that ports have to do with, answered or not; those of
 * memory, statistics, guests and power are not. */
#ifndef ZIRCON_SYSCALLS_OBJECT_H_
#define ZIRCON_SYSCALLS_OBJECT_H_

#include <zircon/types.h>

__BEGIN_CDECLS

typedef uint32_t zx_object_info_topic_t;

#define __ZX_INFO_TOPIC(t, v) ((zx_object_info_topic_t)((t) | ((zx_object_info_topic_t)(v) << 28)))

#define ZX_INFO_NONE __ZX_INFO_TOPIC(0u, 0)
#define ZX_INFO_HANDLE_VALID __ZX_INFO_TOPIC(1u, 0)
#define ZX_INFO_HANDLE_BASIC __ZX_INFO_TOPIC(2u, 0)
#define ZX_INFO_PROCESS __ZX_INFO_TOPIC(3u, 1)
#define ZX_INFO_PROCESS_THREADS __ZX_INFO_TOPIC(4u, 0)
#define ZX_INFO_VMAR __ZX_INFO_TOPIC(7u, 0)
#define ZX_INFO_JOB_CHILDREN __ZX_INFO_TOPIC(8u, 0)
#define ZX_INFO_JOB_PROCESSES __ZX_INFO_TOPIC(9u, 0)
#define ZX_INFO_THREAD __ZX_INFO_TOPIC(10u, 0)
#define ZX_INFO_THREAD_EXCEPTION_REPORT __ZX_INFO_TOPIC(11u, 1)
#define ZX_INFO_THREAD_EXCEPTION_REPORT_V1 __ZX_INFO_TOPIC(11u, 0)
#define ZX_INFO_TASK_STATS __ZX_INFO_TOPIC(12u, 1)
#define ZX_INFO_TASK_STATS_V1 __ZX_INFO_TOPIC(12u, 0)
#define ZX_INFO_PROCESS_MAPS __ZX_INFO_TOPIC(13u, 2)
#define ZX_INFO_PROCESS_MAPS_V1 __ZX_INFO_TOPIC(13u, 0)
#define ZX_INFO_PROCESS_MAPS_V2 __ZX_INFO_TOPIC(13u, 1)
#define ZX_INFO_PROCESS_VMOS __ZX_INFO_TOPIC(14u, 3)
#define ZX_INFO_PROCESS_VMOS_V1 __ZX_INFO_TOPIC(14u, 0)
#define ZX_INFO_PROCESS_VMOS_V2 __ZX_INFO_TOPIC(14u, 1)
#define ZX_INFO_PROCESS_VMOS_V3 __ZX_INFO_TOPIC(14u, 2)
#define ZX_INFO_THREAD_STATS __ZX_INFO_TOPIC(15u, 0)
#define ZX_INFO_CPU_STATS __ZX_INFO_TOPIC(16u, 0)
#define ZX_INFO_KMEM_STATS __ZX_INFO_TOPIC(17u, 1)
#define ZX_INFO_KMEM_STATS_V1 __ZX_INFO_TOPIC(17u, 0)
#define ZX_INFO_RESOURCE __ZX_INFO_TOPIC(18u, 0)
#define ZX_INFO_HANDLE_COUNT __ZX_INFO_TOPIC(19u, 0)
#define ZX_INFO_BTI __ZX_INFO_TOPIC(20u, 0)
#define ZX_INFO_PROCESS_HANDLE_STATS __ZX_INFO_TOPIC(21u, 0)
#define ZX_INFO_SOCKET __ZX_INFO_TOPIC(22u, 0)
#define ZX_INFO_VMO __ZX_INFO_TOPIC(23u, 3)
#define ZX_INFO_VMO_V1 __ZX_INFO_TOPIC(23u, 0)
#define ZX_INFO_VMO_V2 __ZX_INFO_TOPIC(23u, 1)
#define ZX_INFO_VMO_V3 __ZX_INFO_TOPIC(23u, 2)
#define ZX_INFO_JOB __ZX_INFO_TOPIC(24u, 0)
#define ZX_INFO_TIMER __ZX_INFO_TOPIC(25u, 0)
#define ZX_INFO_STREAM __ZX_INFO_TOPIC(26u, 0)
#define ZX_INFO_HANDLE_TABLE __ZX_INFO_TOPIC(27u, 0)
#define ZX_INFO_MSI __ZX_INFO_TOPIC(28u, 0)
#define ZX_INFO_GUEST_STATS __ZX_INFO_TOPIC(29u, 0)
#define ZX_INFO_TASK_RUNTIME __ZX_INFO_TOPIC(30u, 1)
#define ZX_INFO_TASK_RUNTIME_V1 __ZX_INFO_TOPIC(30u, 0)
#define ZX_INFO_KMEM_STATS_EXTENDED __ZX_INFO_TOPIC(31u, 0)
#define ZX_INFO_VCPU __ZX_INFO_TOPIC(32u, 0)
#define ZX_INFO_KMEM_STATS_COMPRESSION __ZX_INFO_TOPIC(33u, 0)
#define ZX_INFO_IOB __ZX_INFO_TOPIC(34u, 0)
#define ZX_INFO_IOB_REGIONS __ZX_INFO_TOPIC(35u, 0)
#define ZX_INFO_VMAR_MAPS __ZX_INFO_TOPIC(36u, 0)
#define ZX_INFO_POWER_DOMAINS __ZX_INFO_TOPIC(37u, 0)
#define ZX_INFO_MEMORY_STALL __ZX_INFO_TOPIC(38u, 0)
#define ZX_INFO_INTERRUPT __ZX_INFO_TOPIC(39u, 0)
#define ZX_INFO_CLOCK_MAPPED_SIZE __ZX_INFO_TOPIC(40u, 0)

typedef struct zx_info_handle_basic {
    zx_koid_t koid;
    zx_rights_t rights;
    zx_obj_type_t type;
    zx_koid_t related_koid;
    uint32_t reserved;
    uint8_t padding1[4];
} zx_info_handle_basic_t;

typedef struct zx_info_handle_extended {
    zx_obj_type_t type;
    zx_handle_t handle_value;
    zx_rights_t rights;
    uint32_t reserved;
    zx_koid_t koid;
    zx_koid_t related_koid;
    zx_koid_t peer_owner_koid;
} zx_info_handle_extended_t;

typedef struct zx_info_handle_count {
    uint32_t handle_count;
} zx_info_handle_count_t;

/* How many handles the process has, by type of object. */
typedef struct zx_info_process_handle_stats {
    uint32_t handle_count[ZX_OBJ_TYPE_UPPER_BOUND];
} zx_info_process_handle_stats_t;

#define ZX_INFO_PROCESS_FLAG_STARTED ((uint32_t)1u << 0)
#define ZX_INFO_PROCESS_FLAG_EXITED ((uint32_t)1u << 1)
#define ZX_INFO_PROCESS_FLAG_DEBUGGER_ATTACHED ((uint32_t)1u << 2)

typedef struct zx_info_process {
    int64_t return_code;
    zx_instant_mono_t start_time;
    uint32_t flags;
    uint8_t padding1[4];
} zx_info_process_t;

typedef struct zx_info_job {
    int64_t return_code;
    bool exited;
    bool kill_on_oom;
    bool debugger_attached;
    uint8_t padding1[5];
} zx_info_job_t;

typedef struct zx_info_vmar {
    uintptr_t base;
    size_t len;
} zx_info_vmar_t;

/* Kinds and flags are in zircon/syscalls/resource.h. */
typedef struct zx_info_resource {
    uint32_t kind;
    uint32_t flags;
    uint64_t base;
    size_t size;
    char name[ZX_MAX_NAME_LEN];
} zx_info_resource_t;

typedef struct zx_info_msi {
    uint64_t target_addr;
    uint32_t target_data;
    uint32_t base_irq_id;
    uint32_t num_irq;
    uint32_t interrupt_count;
} zx_info_msi_t;

typedef struct zx_info_interrupt {
    uint32_t options;
} zx_info_interrupt_t;

typedef uint32_t zx_thread_state_t;

#define ZX_THREAD_STATE_NEW ((zx_thread_state_t)0x0000u)
#define ZX_THREAD_STATE_RUNNING ((zx_thread_state_t)0x0001u)
#define ZX_THREAD_STATE_SUSPENDED ((zx_thread_state_t)0x0002u)
#define ZX_THREAD_STATE_BLOCKED ((zx_thread_state_t)0x0003u)
#define ZX_THREAD_STATE_DYING ((zx_thread_state_t)0x0004u)
#define ZX_THREAD_STATE_DEAD ((zx_thread_state_t)0x0005u)
#define ZX_THREAD_STATE_BLOCKED_EXCEPTION ((zx_thread_state_t)0x0103u)
#define ZX_THREAD_STATE_BLOCKED_SLEEPING ((zx_thread_state_t)0x0203u)
#define ZX_THREAD_STATE_BLOCKED_FUTEX ((zx_thread_state_t)0x0303u)
#define ZX_THREAD_STATE_BLOCKED_PORT ((zx_thread_state_t)0x0403u)
#define ZX_THREAD_STATE_BLOCKED_CHANNEL ((zx_thread_state_t)0x0503u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_ONE ((zx_thread_state_t)0x0603u)
#define ZX_THREAD_STATE_BLOCKED_WAIT_MANY ((zx_thread_state_t)0x0703u)
#define ZX_THREAD_STATE_BLOCKED_INTERRUPT ((zx_thread_state_t)0x0803u)
#define ZX_THREAD_STATE_BLOCKED_PAGER ((zx_thread_state_t)0x0903u)
#define ZX_THREAD_STATE_BASIC(n) ((n) & 0xff)

typedef struct zx_info_thread {
    zx_thread_state_t state;
    uint32_t wait_exception_channel_type;
    zx_cpu_set_t cpu_affinity_mask;
} zx_info_thread_t;

#define ZX_INFO_INVALID_CPU ((uint32_t)0xffffffffu)

typedef struct zx_info_thread_stats {
    zx_duration_mono_t total_runtime;
    uint32_t last_scheduled_cpu;
    uint8_t padding1[4];
} zx_info_thread_stats_t;

typedef struct zx_info_timer {
    uint32_t options;
    zx_clock_t clock_id;
    zx_time_t deadline;
    zx_duration_t slack;
} zx_info_timer_t;

#define ZX_TASK_RETCODE_SYSCALL_KILL ((int64_t)-1024)
#define ZX_TASK_RETCODE_OOM_KILL ((int64_t)-1025)
#define ZX_TASK_RETCODE_POLICY_KILL ((int64_t)-1026)
#define ZX_TASK_RETCODE_VDSO_KILL ((int64_t)-1027)
#define ZX_TASK_RETCODE_EXCEPTION_KILL ((int64_t)-1028)
#define ZX_TASK_RETCODE_CRITICAL_PROCESS_KILL ((int64_t)-1029)

/* Properties. zx_object_get_property and zx_object_set_property are ZX_ERR_NOT_SUPPORTED. */
#if defined(__x86_64__)
#define ZX_PROP_REGISTER_GS ((uint32_t)2u)
#define ZX_PROP_REGISTER_FS ((uint32_t)4u)
#endif
#define ZX_PROP_NAME ((uint32_t)3u)
#define ZX_PROP_PROCESS_DEBUG_ADDR ((uint32_t)5u)
#define ZX_PROP_PROCESS_VDSO_BASE_ADDRESS ((uint32_t)6u)
#define ZX_PROP_PROCESS_BREAK_ON_LOAD ((uint32_t)7u)
#define ZX_PROP_PROCESS_HW_TRACE_CONTEXT_ID ((uint32_t)8u)
#define ZX_PROP_SOCKET_RX_THRESHOLD ((uint32_t)12u)
#define ZX_PROP_SOCKET_TX_THRESHOLD ((uint32_t)13u)
#define ZX_PROP_JOB_KILL_ON_OOM ((uint32_t)15u)
#define ZX_PROP_EXCEPTION_STATE ((uint32_t)16u)
#define ZX_PROP_VMO_CONTENT_SIZE ((uint32_t)17u)
#define ZX_PROP_EXCEPTION_STRATEGY ((uint32_t)18u)
#define ZX_PROP_STREAM_MODE_APPEND ((uint32_t)19u)

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_OBJECT_H_ */
