/* Points in time and durations, in nanoseconds, with arithmetic that saturates. */
#ifndef ZIRCON_TIME_H_
#define ZIRCON_TIME_H_

#include <stdint.h>
#include <zircon/compiler.h>

__BEGIN_CDECLS

typedef int64_t zx_time_t;
typedef int64_t zx_duration_t;
typedef int64_t zx_ticks_t;
typedef int64_t zx_instant_mono_t;
typedef int64_t zx_instant_boot_t;
typedef int64_t zx_duration_mono_t;
typedef int64_t zx_duration_boot_t;
typedef int64_t zx_instant_mono_ticks_t;
typedef int64_t zx_instant_boot_ticks_t;
typedef int64_t zx_duration_mono_ticks_t;
typedef int64_t zx_duration_boot_ticks_t;

#define ZX_TIME_INFINITE INT64_MAX
#define ZX_TIME_INFINITE_PAST INT64_MIN

/* For use in this file: INT64_MIN or INT64_MAX on overflow, by the side on which the true result lies. */
__CONSTEXPR static inline int64_t __zx_saturating_add(int64_t a, int64_t b) {
    int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

__CONSTEXPR static inline int64_t __zx_saturating_sub(int64_t a, int64_t b) {
    int64_t difference = 0;
    return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? INT64_MAX : INT64_MIN) : difference;
}

__CONSTEXPR static inline int64_t __zx_saturating_mul(int64_t a, int64_t b) {
    int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? ((a < 0) != (b < 0) ? INT64_MIN : INT64_MAX)
                                                  : product;
}

__CONSTEXPR static inline zx_time_t zx_time_add_duration(zx_time_t time, zx_duration_t duration) {
    return __zx_saturating_add(time, duration);
}

__CONSTEXPR static inline zx_time_t zx_time_sub_duration(zx_time_t time, zx_duration_t duration) {
    return __zx_saturating_sub(time, duration);
}

__CONSTEXPR static inline zx_duration_t zx_time_sub_time(zx_time_t time1, zx_time_t time2) {
    return __zx_saturating_sub(time1, time2);
}

__CONSTEXPR static inline zx_duration_t zx_duration_add_duration(zx_duration_t dur1, zx_duration_t dur2) {
    return __zx_saturating_add(dur1, dur2);
}

__CONSTEXPR static inline zx_duration_t zx_duration_sub_duration(zx_duration_t dur1, zx_duration_t dur2) {
    return __zx_saturating_sub(dur1, dur2);
}

__CONSTEXPR static inline zx_duration_t zx_duration_mul_int64(zx_duration_t duration, int64_t factor) {
    return __zx_saturating_mul(duration, factor);
}

__CONSTEXPR static inline zx_ticks_t zx_ticks_add_ticks(zx_ticks_t ticks1, zx_ticks_t ticks2) {
    return __zx_saturating_add(ticks1, ticks2);
}

__CONSTEXPR static inline zx_ticks_t zx_ticks_sub_ticks(zx_ticks_t ticks1, zx_ticks_t ticks2) {
    return __zx_saturating_sub(ticks1, ticks2);
}

__CONSTEXPR static inline zx_ticks_t zx_ticks_mul_int64(zx_ticks_t ticks, int64_t factor) {
    return __zx_saturating_mul(ticks, factor);
}

__CONSTEXPR static inline int64_t zx_nsec_from_duration(zx_duration_t n) { return n; }
__CONSTEXPR static inline zx_duration_t zx_duration_from_nsec(int64_t n) { return n; }
__CONSTEXPR static inline zx_duration_t zx_duration_from_usec(int64_t n) {
    return __zx_saturating_mul(n, 1000);
}
__CONSTEXPR static inline zx_duration_t zx_duration_from_msec(int64_t n) {
    return __zx_saturating_mul(n, 1000000);
}
__CONSTEXPR static inline zx_duration_t zx_duration_from_sec(int64_t n) {
    return __zx_saturating_mul(n, 1000000000);
}
__CONSTEXPR static inline zx_duration_t zx_duration_from_min(int64_t n) {
    return __zx_saturating_mul(n, 60000000000);
}
__CONSTEXPR static inline zx_duration_t zx_duration_from_hour(int64_t n) {
    return __zx_saturating_mul(n, 3600000000000);
}

/* A constant is multiplied plainly, so that the result can stand where a constant must. */
#define ZX_NSEC(n) (__ISCONSTANT(n) ? ((zx_duration_t)(1LL * (n))) : (zx_duration_from_nsec(n)))
#define ZX_USEC(n) (__ISCONSTANT(n) ? ((zx_duration_t)(1000LL * (n))) : (zx_duration_from_usec(n)))
#define ZX_MSEC(n) (__ISCONSTANT(n) ? ((zx_duration_t)(1000000LL * (n))) : (zx_duration_from_msec(n)))
#define ZX_SEC(n) (__ISCONSTANT(n) ? ((zx_duration_t)(1000000000LL * (n))) : (zx_duration_from_sec(n)))
#define ZX_MIN(n) (__ISCONSTANT(n) ? ((zx_duration_t)(60000000000LL * (n))) : (zx_duration_from_min(n)))
#define ZX_HOUR(n) (__ISCONSTANT(n) ? ((zx_duration_t)(3600000000000LL * (n))) : (zx_duration_from_hour(n)))

#if __has_include(<time.h>)
#include <time.h>

__CONSTEXPR static inline zx_duration_t zx_duration_from_timespec(struct timespec ts) {
    return zx_duration_add_duration(zx_duration_from_sec(ts.tv_sec), zx_duration_from_nsec(ts.tv_nsec));
}

__CONSTEXPR static inline struct timespec zx_timespec_from_duration(zx_duration_t duration) {
    const struct timespec ts = {duration / 1000000000, duration % 1000000000};
    return ts;
}

__CONSTEXPR static inline zx_time_t zx_time_from_timespec(struct timespec ts) {
    return zx_duration_from_timespec(ts);
}

__CONSTEXPR static inline struct timespec zx_timespec_from_time(zx_time_t time) {
    return zx_timespec_from_duration(time);
}
#endif

__END_CDECLS

#endif /* ZIRCON_TIME_H_ */
