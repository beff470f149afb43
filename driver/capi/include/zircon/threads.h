/* Handles of C11 threads, and their status codes. */
#ifndef ZIRCON_THREADS_H_
#define ZIRCON_THREADS_H_

#include <threads.h>
#include <zircon/compiler.h>
#include <zircon/types.h>

#ifdef __cplusplus
#include <thread>
#endif

__BEGIN_CDECLS

/* The thread's own handle, as zx_thread_self gives it; the caller borrows it, and it is closed when the thread ends.
 * ZX_HANDLE_INVALID for a thread, other than the calling one, that has not asked for its own handle by this function or
 * zx_thread_self. */
zx_handle_t thrd_get_zx_handle(thrd_t t);

/* Remembers the process in which threads are to be made, and says which it was; at first zx_process_self(). There are
 * handles of this process only, so that it makes no difference to threads. */
zx_handle_t thrd_set_zx_process(zx_handle_t process);

__attribute__((__unused__)) static inline zx_status_t thrd_status_to_zx_status(int thrd_status) {
    switch (thrd_status) {
        case thrd_success:
            return ZX_OK;
        case thrd_nomem:
            return ZX_ERR_NO_MEMORY;
        case thrd_timedout:
            return ZX_ERR_TIMED_OUT;
        case thrd_busy:
            return ZX_ERR_SHOULD_WAIT;
        default:
            return ZX_ERR_INTERNAL;
    }
}

__END_CDECLS

#ifdef __cplusplus
/* The same for a thread of C++: glibc and musl have one type for both. */
static inline zx_handle_t native_thread_get_zx_handle(std::thread::native_handle_type thread) {
    return thrd_get_zx_handle((thrd_t)thread);
}
#endif

#endif /* ZIRCON_THREADS_H_ */
