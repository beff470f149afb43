/* Handles of this process and its job, which the caller borrows and does not close. */
#ifndef MAGENTA_PROCESS_H_
#define MAGENTA_PROCESS_H_

#include <stdint.h>
#include <magenta/compiler.h>
#include <magenta/types.h>
#include <zircon/process.h>

__BEGIN_CDECLS

__attribute__((__unused__)) static inline mx_handle_t mx_process_self(void) {
    return (mx_handle_t)zx_process_self();
}
#define mx_process_self mx_process_self

__attribute__((__unused__)) static inline mx_handle_t mx_job_default(void) {
    return (mx_handle_t)zx_job_default();
}
#define mx_job_default mx_job_default

/* There are no address regions here: MX_HANDLE_INVALID. */
__attribute__((__unused__)) static inline mx_handle_t mx_vmar_root_self(void) {
    return MX_HANDLE_INVALID;
}
#define mx_vmar_root_self mx_vmar_root_self

/* Nobody gives a Linux process handles when it starts: MX_HANDLE_INVALID. */
__attribute__((__unused__)) static inline mx_handle_t mx_get_startup_handle(uint32_t hnd_info) {
    (void)hnd_info;
    return MX_HANDLE_INVALID;
}
#define mx_get_startup_handle mx_get_startup_handle

__END_CDECLS

#endif /* MAGENTA_PROCESS_H_ */
