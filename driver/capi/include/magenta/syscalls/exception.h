/* Exception reports, which Portolan never makes: declared for the size of a packet that has one. */
#ifndef MAGENTA_SYSCALLS_EXCEPTION_H_
#define MAGENTA_SYSCALLS_EXCEPTION_H_

#include <magenta/types.h>

__BEGIN_CDECLS

typedef struct mx_exception_header {
    uint32_t size;
    uint32_t type;
} mx_exception_header_t;

typedef struct mx_exception_report {
    mx_exception_header_t header;
    /* What the machine knew of it. */
    uint64_t context[7];
} mx_exception_report_t;

__END_CDECLS

#endif /* MAGENTA_SYSCALLS_EXCEPTION_H_ */
