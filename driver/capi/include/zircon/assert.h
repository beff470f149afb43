/* Assertions that say where they failed and end the process. */
#ifndef ZIRCON_ASSERT_H_
#define ZIRCON_ASSERT_H_

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

__attribute__((__unused__)) __NO_RETURN __PRINTFLIKE(1, 2) static inline void __zx_panic(const char* format, ...) {
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

__END_CDECLS

#define ZX_PANIC(fmt, ...) __zx_panic((fmt), ##__VA_ARGS__)

#define __ZX_ASSERT_AT(prefix, text, ...)                                                     \
    __zx_panic(prefix " at (%s:%d): %s" text, __FILE__, __LINE__, ##__VA_ARGS__)

/* In C++ the condition may begin with a declaration, as that of an `if` may. */
#ifdef __cplusplus
#define __ZX_IF(...) if (__VA_ARGS__)
#else
#define __ZX_IF(...) if (likely((__VA_ARGS__)))
#endif

#define ZX_ASSERT(x)                                                                          \
    do {                                                                                      \
        __ZX_IF(x) {                                                                          \
        } else {                                                                              \
            __ZX_ASSERT_AT("ASSERT FAILED", "", #x);                                          \
        }                                                                                     \
    } while (0)

#define ZX_ASSERT_MSG(x, msg, ...)                                                            \
    do {                                                                                      \
        __ZX_IF(x) {                                                                          \
        } else {                                                                              \
            __ZX_ASSERT_AT("ASSERT FAILED", msg, #x, ##__VA_ARGS__);                          \
        }                                                                                     \
    } while (0)

#ifdef ZX_ASSERT_LEVEL
#define ZX_DEBUG_ASSERT_IMPLEMENTED (ZX_ASSERT_LEVEL > 1)
#else
#define ZX_DEBUG_ASSERT_IMPLEMENTED 0
#endif

/* Compiled in any case, run only when implemented. */
#define ZX_DEBUG_ASSERT(x)                                                                    \
    do {                                                                                      \
        if (ZX_DEBUG_ASSERT_IMPLEMENTED) {                                                    \
            __ZX_IF(x) {                                                                      \
            } else {                                                                          \
                __ZX_ASSERT_AT("DEBUG ASSERT FAILED", "", #x);                                \
            }                                                                                 \
        }                                                                                     \
    } while (0)

#define ZX_DEBUG_ASSERT_MSG(x, msg, ...)                                                      \
    do {                                                                                      \
        if (ZX_DEBUG_ASSERT_IMPLEMENTED) {                                                    \
            __ZX_IF(x) {                                                                      \
            } else {                                                                          \
                __ZX_ASSERT_AT("DEBUG ASSERT FAILED", msg, #x, ##__VA_ARGS__);                \
            }                                                                                 \
        }                                                                                     \
    } while (0)

/* Not even compiled when not implemented. */
#if ZX_DEBUG_ASSERT_IMPLEMENTED
#define ZX_DEBUG_ASSERT_COND(x) ZX_DEBUG_ASSERT(x)
#define ZX_DEBUG_ASSERT_MSG_COND(x, msg, ...) ZX_DEBUG_ASSERT_MSG(x, msg, ##__VA_ARGS__)
#else
#define ZX_DEBUG_ASSERT_COND(x) do { } while (0)
#define ZX_DEBUG_ASSERT_MSG_COND(x, msg, ...) do { } while (0)
#endif

#endif /* ZIRCON_ASSERT_H_ */
