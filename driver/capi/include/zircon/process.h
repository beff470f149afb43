/* Handles of this process, its threads and its job. The caller borrows them and does not close them. */
#ifndef ZIRCON_PROCESS_H_
#define ZIRCON_PROCESS_H_

#include <stdint.h>
#include <zircon/analyzer.h>
#include <zircon/types.h>

__BEGIN_CDECLS

zx_handle_t zx_process_self(void) ZX_HANDLE_ACQUIRE_UNOWNED;
zx_handle_t _zx_process_self(void) ZX_HANDLE_ACQUIRE_UNOWNED;
/* Of the calling thread; closed when the thread ends. */
zx_handle_t zx_thread_self(void) ZX_HANDLE_ACQUIRE_UNOWNED;
zx_handle_t _zx_thread_self(void) ZX_HANDLE_ACQUIRE_UNOWNED;
zx_handle_t zx_job_default(void) ZX_HANDLE_ACQUIRE_UNOWNED;
zx_handle_t _zx_job_default(void) ZX_HANDLE_ACQUIRE_UNOWNED;

__END_CDECLS

#endif /* ZIRCON_PROCESS_H_ */
