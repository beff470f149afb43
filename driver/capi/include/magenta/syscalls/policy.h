/* Job policy. ALARM is declared and answers ERR_NOT_SUPPORTED. */
#ifndef MAGENTA_SYSCALLS_POLICY_H_
#define MAGENTA_SYSCALLS_POLICY_H_

#include <magenta/types.h>

__BEGIN_CDECLS

/* Options. */
#define MX_JOB_POL_RELATIVE (0u)
#define MX_JOB_POL_ABSOLUTE (1u)

/* Topics. */
#define MX_JOB_POL_BASIC (0u)

typedef struct mx_policy_basic {
    uint32_t condition;
    uint32_t policy;
} mx_policy_basic_t;

/* Conditions. */
#define MX_POL_BAD_HANDLE (0u)
#define MX_POL_WRONG_OBJECT (1u)
#define MX_POL_VMAR_WX (2u)
#define MX_POL_NEW_ANY (3u)
#define MX_POL_NEW_VMO (4u)
#define MX_POL_NEW_CHANNEL (5u)
#define MX_POL_NEW_EVENT (6u)
#define MX_POL_NEW_EVPAIR (7u)
#define MX_POL_NEW_PORT (8u)
#define MX_POL_NEW_SOCKET (9u)
#define MX_POL_NEW_FIFO (10u)
#define MX_POL_MAX (11u)

/* Actions. */
#define MX_POL_ACTION_ALLOW (0u)
#define MX_POL_ACTION_DENY (1u)
#define MX_POL_ACTION_ALARM (2u)
#define MX_POL_ACTION_KILL (5u)

__END_CDECLS

#endif /* MAGENTA_SYSCALLS_POLICY_H_ */
