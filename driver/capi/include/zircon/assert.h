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

__attribute__((__unused__)) __NO_RETURN __PRINTFLIKE(5, 6) static inline void __zx_assert_failed(
    const char* kind, const char* file, int line, const char* condition, const char* format, ...) {
    va_list args;
    fprintf(stderr, "%s at (%s:%d): %s", kind, file, line, condition);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

__END_CDECLS

/* A format and its arguments. */
#define ZX_PANIC(...) __zx_panic(__VA_ARGS__)

#define __ZX_ASSERT_AT(kind, condition, ...) __zx_assert_failed(kind, __FILE__, __LINE__, condition, __VA_ARGS__)

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
            __ZX_ASSERT_AT("ASSERT FAILED", #x, "%s", "");                                    \
        }                                                                                     \
    } while (0)

/* After the condition a format and its arguments. */
#define ZX_ASSERT_MSG(x, ...)                                                                 \
    do {                                                                                      \
        __ZX_IF(x) {                                                                          \
        } else {                                                                              \
            __ZX_ASSERT_AT("ASSERT FAILED", #x, __VA_ARGS__);                                 \
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
                __ZX_ASSERT_AT("DEBUG ASSERT FAILED", #x, "%s", "");                          \
            }                                                                                 \
        }                                                                                     \
    } while (0)

#define ZX_DEBUG_ASSERT_MSG(x, ...)                                                           \
    do {                                                                                      \
        if (ZX_DEBUG_ASSERT_IMPLEMENTED) {                                                    \
            __ZX_IF(x) {                                                                      \
            } else {                                                                          \
                __ZX_ASSERT_AT("DEBUG ASSERT FAILED", #x, __VA_ARGS__);                       \
            }                                                                                 \
        }                                                                                     \
    } while (0)

/* Not even compiled when not implemented. */
#if ZX_DEBUG_ASSERT_IMPLEMENTED
#define ZX_DEBUG_ASSERT_COND(x) ZX_DEBUG_ASSERT(x)
#define ZX_DEBUG_ASSERT_MSG_COND(x, ...) ZX_DEBUG_ASSERT_MSG(x, __VA_ARGS__)
#else
#define ZX_DEBUG_ASSERT_COND(x) do { } while (0)
#define ZX_DEBUG_ASSERT_MSG_COND(x, ...) do { } while (0)
#endif

#endif /* ZIRCON_ASSERT_H_ */
