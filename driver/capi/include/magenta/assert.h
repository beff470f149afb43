/* Assertions that say where they failed and end the process: Zircon's, without messages. */
#ifndef MAGENTA_ASSERT_H_
#define MAGENTA_ASSERT_H_

#include <zircon/assert.h>

#define MX_PANIC(fmt, ...) ZX_PANIC(fmt, ##__VA_ARGS__)
#define MX_ASSERT(x) ZX_ASSERT(x)

#ifdef MX_DEBUGLEVEL
#define MX_DEBUG_ASSERT_IMPLEMENTED (MX_DEBUGLEVEL > 1)
#else
#define MX_DEBUG_ASSERT_IMPLEMENTED 0
#endif

/* Compiled in any case, run only when implemented. */
#define MX_DEBUG_ASSERT(x)                                                                    \
    do {                                                                                      \
        if (MX_DEBUG_ASSERT_IMPLEMENTED && unlikely(!(x))) {                                  \
            __ZX_ASSERT_AT("DEBUG ASSERT FAILED", "", #x);                                    \
        }                                                                                     \
    } while (0)

/* Not even compiled when not implemented. */
#if MX_DEBUG_ASSERT_IMPLEMENTED
#define MX_DEBUG_ASSERT_COND(x) MX_DEBUG_ASSERT(x)
#else
#define MX_DEBUG_ASSERT_COND(x) do { } while (0)
#endif

#endif /* MAGENTA_ASSERT_H_ */
