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
/* There are no address regions here: ZX_HANDLE_INVALID. */
zx_handle_t zx_vmar_root_self(void) ZX_HANDLE_ACQUIRE_UNOWNED;
zx_handle_t _zx_vmar_root_self(void) ZX_HANDLE_ACQUIRE_UNOWNED;
/* Nobody gives a Linux process handles when it starts: ZX_HANDLE_INVALID, as for one that was taken already. */
zx_handle_t zx_take_startup_handle(uint32_t hnd_info) ZX_HANDLE_ACQUIRE;

__END_CDECLS

#endif /* ZIRCON_PROCESS_H_ */
