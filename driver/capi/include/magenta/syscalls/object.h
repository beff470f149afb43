/* What mx_object_get_info tells. Portolan answers HANDLE_VALID, HANDLE_BASIC and THREAD; the other topics are
 * ERR_NOT_SUPPORTED, and their records are not declared. */
#ifndef MAGENTA_SYSCALLS_OBJECT_H_
#define MAGENTA_SYSCALLS_OBJECT_H_

#include <magenta/types.h>

__BEGIN_CDECLS

typedef enum {
    MX_INFO_NONE = 0,
    MX_INFO_HANDLE_VALID = 1,
    MX_INFO_HANDLE_BASIC = 2,
    MX_INFO_PROCESS = 3,
    MX_INFO_PROCESS_THREADS = 4,
    MX_INFO_RESOURCE_CHILDREN = 5,
    MX_INFO_RESOURCE_RECORDS = 6,
    MX_INFO_VMAR = 7,
    MX_INFO_JOB_CHILDREN = 8,
    MX_INFO_JOB_PROCESSES = 9,
    MX_INFO_THREAD = 10,
    MX_INFO_THREAD_EXCEPTION_REPORT = 11,
    MX_INFO_TASK_STATS = 12,
    MX_INFO_PROCESS_MAPS = 13,
} mx_object_info_topic_t;

/* Those that Portolan has. */
typedef enum {
    MX_OBJ_TYPE_NONE = 0,
    MX_OBJ_TYPE_PROCESS = 1,
    MX_OBJ_TYPE_THREAD = 2,
    MX_OBJ_TYPE_CHANNEL = 4,
    MX_OBJ_TYPE_EVENT = 5,
    MX_OBJ_TYPE_PORT = 6,
    MX_OBJ_TYPE_INTERRUPT = 9,
    MX_OBJ_TYPE_RESOURCE = 15,
    MX_OBJ_TYPE_EVENT_PAIR = 16,
    MX_OBJ_TYPE_JOB = 17,
} mx_obj_type_t;

typedef enum {
    MX_OBJ_PROP_NONE = 0,
    MX_OBJ_PROP_WAITABLE = 1,
} mx_obj_props_t;

typedef struct mx_info_handle_basic {
    mx_koid_t koid;
    mx_rights_t rights;
    /* mx_obj_type_t */
    uint32_t type;
    /* Of the other end, or of a job's parent; or 0. */
    mx_koid_t related_koid;
    /* mx_obj_props_t */
    uint32_t props;
} mx_info_handle_basic_t;

typedef struct mx_info_thread {
    uint32_t state;
    uint32_t wait_exception_port_type;
} mx_info_thread_t;

#define MX_THREAD_STATE_NEW (0u)
#define MX_THREAD_STATE_RUNNING (1u)
#define MX_THREAD_STATE_SUSPENDED (2u)
#define MX_THREAD_STATE_BLOCKED (3u)
#define MX_THREAD_STATE_DYING (4u)
#define MX_THREAD_STATE_DEAD (5u)

#define MX_PROP_NUM_STATE_KINDS (2u)
#define MX_PROP_NAME (3u)
#if defined(__x86_64__)
#define MX_PROP_REGISTER_FS (4u)
#endif
#define MX_PROP_PROCESS_DEBUG_ADDR (5u)
#define MX_PROP_PROCESS_VDSO_BASE_ADDRESS (6u)

__END_CDECLS

#endif /* MAGENTA_SYSCALLS_OBJECT_H_ */
