/* Types and constants that most calls share. */
#ifndef MAGENTA_TYPES_H_
#define MAGENTA_TYPES_H_

#include <stddef.h>
#include <stdint.h>
#include <magenta/compiler.h>
#include <magenta/errors.h>

__BEGIN_CDECLS

/* A live handle is positive. */
typedef int32_t mx_handle_t;
typedef int32_t mx_status_t;
/* Ns, without a sign. */
typedef uint64_t mx_time_t;
typedef uint64_t mx_duration_t;
typedef uint32_t mx_signals_t;
typedef uint32_t mx_rights_t;
typedef uint64_t mx_koid_t;
typedef uint64_t mx_off_t;
typedef int64_t mx_rel_off_t;
typedef uintptr_t mx_vaddr_t;
typedef uintptr_t mx_paddr_t;

#define MX_HANDLE_INVALID ((mx_handle_t)0)
#define MX_KOID_INVALID ((uint64_t)0)
#define MX_KOID_KERNEL ((uint64_t)1)

#define MX_TIME_INFINITE UINT64_MAX
#define MX_USEC(n) ((mx_duration_t)(1000ULL * (n)))
#define MX_MSEC(n) ((mx_duration_t)(1000000ULL * (n)))
#define MX_SEC(n) ((mx_duration_t)(1000000000ULL * (n)))

#define MX_CLOCK_MONOTONIC (0u)
#define MX_CLOCK_UTC (1u)
#define MX_CLOCK_THREAD (2u)

#define MX_MAX_NAME_LEN (32)
#define MX_FLAG_REMAP_IRQ (0x1)
#define MX_CHANNEL_READ_MAY_DISCARD (1u)

/* Rights. There are none for waiting and signaling: READ and WRITE are those. */
#define MX_RIGHT_NONE ((mx_rights_t)0u)
#define MX_RIGHT_DUPLICATE ((mx_rights_t)1u << 0)
#define MX_RIGHT_TRANSFER ((mx_rights_t)1u << 1)
#define MX_RIGHT_READ ((mx_rights_t)1u << 2)
#define MX_RIGHT_WRITE ((mx_rights_t)1u << 3)
#define MX_RIGHT_EXECUTE ((mx_rights_t)1u << 4)
#define MX_RIGHT_MAP ((mx_rights_t)1u << 5)
#define MX_RIGHT_GET_PROPERTY ((mx_rights_t)1u << 6)
#define MX_RIGHT_SET_PROPERTY ((mx_rights_t)1u << 7)
#define MX_RIGHT_ENUMERATE ((mx_rights_t)1u << 8)
#define MX_RIGHT_DESTROY ((mx_rights_t)1u << 9)
#define MX_RIGHT_SET_POLICY ((mx_rights_t)1u << 10)
#define MX_RIGHT_GET_POLICY ((mx_rights_t)1u << 11)
#define MX_RIGHT_SAME_RIGHTS ((mx_rights_t)1u << 31)

/* Signals. */
#define MX_SIGNAL_NONE ((mx_signals_t)0u)
#define MX_USER_SIGNAL_ALL ((mx_signals_t)0xff000000u)
#define MX_USER_SIGNAL_0 ((mx_signals_t)1u << 24)
#define MX_USER_SIGNAL_1 ((mx_signals_t)1u << 25)
#define MX_USER_SIGNAL_2 ((mx_signals_t)1u << 26)
#define MX_USER_SIGNAL_3 ((mx_signals_t)1u << 27)
#define MX_USER_SIGNAL_4 ((mx_signals_t)1u << 28)
#define MX_USER_SIGNAL_5 ((mx_signals_t)1u << 29)
#define MX_USER_SIGNAL_6 ((mx_signals_t)1u << 30)
#define MX_USER_SIGNAL_7 ((mx_signals_t)1u << 31)
#define __MX_OBJECT_SIGNAL_ALL ((mx_signals_t)0x00ffffffu)
#define __MX_OBJECT_READABLE ((mx_signals_t)1u << 0)
#define __MX_OBJECT_WRITABLE ((mx_signals_t)1u << 1)
#define __MX_OBJECT_PEER_CLOSED ((mx_signals_t)1u << 2)
#define __MX_OBJECT_SIGNALED ((mx_signals_t)1u << 3)
#define __MX_OBJECT_SIGNAL_4 ((mx_signals_t)1u << 4)
#define __MX_OBJECT_SIGNAL_5 ((mx_signals_t)1u << 5)
#define __MX_OBJECT_SIGNAL_6 ((mx_signals_t)1u << 6)
#define __MX_OBJECT_SIGNAL_7 ((mx_signals_t)1u << 7)
#define __MX_OBJECT_SIGNAL_8 ((mx_signals_t)1u << 8)
#define __MX_OBJECT_SIGNAL_9 ((mx_signals_t)1u << 9)
#define __MX_OBJECT_SIGNAL_10 ((mx_signals_t)1u << 10)
#define __MX_OBJECT_SIGNAL_11 ((mx_signals_t)1u << 11)
#define __MX_OBJECT_SIGNAL_12 ((mx_signals_t)1u << 12)
#define __MX_OBJECT_SIGNAL_13 ((mx_signals_t)1u << 13)
#define __MX_OBJECT_SIGNAL_14 ((mx_signals_t)1u << 14)
#define __MX_OBJECT_SIGNAL_15 ((mx_signals_t)1u << 15)
#define __MX_OBJECT_SIGNAL_16 ((mx_signals_t)1u << 16)
#define __MX_OBJECT_SIGNAL_17 ((mx_signals_t)1u << 17)
#define __MX_OBJECT_SIGNAL_18 ((mx_signals_t)1u << 18)
#define __MX_OBJECT_SIGNAL_19 ((mx_signals_t)1u << 19)
#define __MX_OBJECT_SIGNAL_20 ((mx_signals_t)1u << 20)
#define __MX_OBJECT_SIGNAL_21 ((mx_signals_t)1u << 21)
#define __MX_OBJECT_SIGNAL_22 ((mx_signals_t)1u << 22)
#define __MX_OBJECT_HANDLE_CLOSED ((mx_signals_t)1u << 23)

/* In what a canceled wait saw. */
#define MX_SIGNAL_HANDLE_CLOSED __MX_OBJECT_HANDLE_CLOSED

#define MX_EVENT_SIGNALED __MX_OBJECT_SIGNALED
#define MX_EVENT_SIGNAL_MASK (MX_USER_SIGNAL_ALL | __MX_OBJECT_SIGNALED)
#define MX_EPAIR_SIGNALED __MX_OBJECT_SIGNALED
#define MX_EPAIR_PEER_CLOSED __MX_OBJECT_PEER_CLOSED
#define MX_EPAIR_SIGNAL_MASK (MX_USER_SIGNAL_ALL | __MX_OBJECT_SIGNALED | __MX_OBJECT_PEER_CLOSED)
#define MX_CHANNEL_READABLE __MX_OBJECT_READABLE
#define MX_CHANNEL_WRITABLE __MX_OBJECT_WRITABLE
#define MX_CHANNEL_PEER_CLOSED __MX_OBJECT_PEER_CLOSED
#define MX_PORT_READABLE __MX_OBJECT_READABLE
#define MX_RESOURCE_DESTROYED __MX_OBJECT_SIGNALED
#define MX_RESOURCE_READABLE __MX_OBJECT_READABLE
#define MX_RESOURCE_WRITABLE __MX_OBJECT_WRITABLE
#define MX_RESOURCE_CHILD_ADDED __MX_OBJECT_SIGNAL_4
#define MX_WAITSET_READABLE __MX_OBJECT_READABLE
#define MX_WAITSET_PEER_CLOSED __MX_OBJECT_PEER_CLOSED
#define MX_TASK_TERMINATED __MX_OBJECT_SIGNALED
/* Other bits than Zircon's, which are what Portolan's jobs show; see docs/magenta.md. */
#define MX_JOB_NO_PROCESSES __MX_OBJECT_SIGNALED
#define MX_JOB_NO_JOBS __MX_OBJECT_SIGNAL_4
#define MX_PROCESS_TERMINATED __MX_OBJECT_SIGNALED
#define MX_PROCESS_SIGNALED MX_PROCESS_TERMINATED
#define MX_THREAD_TERMINATED __MX_OBJECT_SIGNALED
#define MX_THREAD_SIGNALED MX_THREAD_TERMINATED

/* An object of mx_object_wait_many. */
typedef struct {
    mx_handle_t handle;
    mx_signals_t waitfor;
    mx_signals_t pending;
} mx_wait_item_t;

typedef struct {
    void* wr_bytes;
    mx_handle_t* wr_handles;
    void* rd_bytes;
    mx_handle_t* rd_handles;
    uint32_t wr_num_bytes;
    uint32_t wr_num_handles;
    uint32_t rd_num_bytes;
    uint32_t rd_num_handles;
} mx_channel_call_args_t;

typedef struct {
    uint64_t cookie;
    mx_status_t status;
    uint32_t observed;
} mx_waitset_result_t;

__END_CDECLS

#endif /* MAGENTA_TYPES_H_ */
