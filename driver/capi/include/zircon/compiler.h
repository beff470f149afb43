/* Names for what compilers can be told. GCC and Clang only. */
#ifndef ZIRCON_COMPILER_H_
#define ZIRCON_COMPILER_H_

#if !defined(__GNUC__) && !defined(__clang__)
#error "These headers need GCC or Clang."
#endif

#ifdef __cplusplus
#define __BEGIN_CDECLS extern "C" {
#define __END_CDECLS }
#define __CONSTEXPR constexpr
#else
#define __BEGIN_CDECLS
#define __END_CDECLS
#define __CONSTEXPR
#endif

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#ifndef __has_cpp_attribute
#define __has_cpp_attribute(x) 0
#endif

/* Some of these are names that the C library may have, too. */
#undef __CONST
#undef __PURE

#define __EXPORT __attribute__((__visibility__("default")))
#define __LOCAL __attribute__((__visibility__("hidden")))
#define __NO_RETURN __attribute__((__noreturn__))
#define __CONST __attribute__((__const__))
#define __PURE __attribute__((__pure__))
#ifndef __MALLOC
#define __MALLOC __attribute__((__malloc__))
#endif
#define __LEAF_FN __attribute__((__leaf__))
#ifndef __cplusplus
#define __UNUSED __attribute__((__unused__))
#endif
#define __ALWAYS_EMIT __attribute__((__used__))
#define __PACKED __attribute__((__packed__))
#define __ALIGNED(x) __attribute__((__aligned__(x)))
#define __NO_INLINE __attribute__((__noinline__))
#define __ALWAYS_INLINE __attribute__((__always_inline__))
#define __WARN_UNUSED_RESULT __attribute__((__warn_unused_result__))
#define __DEPRECATE __attribute__((__deprecated__))
#define __PRINTFLIKE(__fmt, __varargs) __attribute__((__format__(__printf__, __fmt, __varargs)))
#define __SCANFLIKE(__fmt, __varargs) __attribute__((__format__(__scanf__, __fmt, __varargs)))
#define __NONNULL(x) __attribute__((__nonnull__ x))
#define __WEAK __attribute__((__weak__))
#define __WEAK_ALIAS(x) __attribute__((__weak__, __alias__(x)))
#define __ALIAS(x) __attribute__((__alias__(x)))
#define __SECTION(x) __attribute__((__section__(x)))
#define __THREAD __thread
#define __ALLOC_SIZE(...) __attribute__((__alloc_size__(__VA_ARGS__)))
#define __ISCONSTANT(x) __builtin_constant_p(x)
#define __UNREACHABLE __builtin_unreachable()
#define __offsetof(type, field) __builtin_offsetof(type, field)
#define __GET_CALLER(x) __builtin_return_address(0)
#define __GET_FRAME(x) __builtin_frame_address(0)

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#endif
#ifndef unlikely
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif
#define add_overflow(a, b, result) __builtin_add_overflow(a, b, result)
#define sub_overflow(a, b, result) __builtin_sub_overflow(a, b, result)
#define mul_overflow(a, b, result) __builtin_mul_overflow(a, b, result)

#if defined(__cplusplus) && __has_cpp_attribute(fallthrough)
#define __FALLTHROUGH [[fallthrough]]
#else
#define __FALLTHROUGH __attribute__((__fallthrough__))
#endif

/* What one of the two compilers has. */
#ifdef __clang__
#define __UNINITIALIZED __attribute__((__uninitialized__))
#define __NO_SAFESTACK __attribute__((__no_sanitize__("safe-stack")))
#define __OPTIMIZE(x)
#define __EXTERNALLY_VISIBLE
#define __THREAD_ANNOTATION(x) __attribute__((x))
#else
#define __UNINITIALIZED
#define __NO_SAFESTACK
#define __OPTIMIZE(x) __attribute__((__optimize__(x)))
#define __EXTERNALLY_VISIBLE __attribute__((__externally_visible__))
#define __THREAD_ANNOTATION(x)
#endif
#ifdef __clang_analyzer__
#define __ANALYZER_CREATE_SINK __attribute__((__analyzer_noreturn__))
#else
#define __ANALYZER_CREATE_SINK
#endif

/* What C++ has, and compilers of C++ in different words. */
#define __NO_UNIQUE_ADDRESS
#define __WARN_UNUSED_CONSTRUCTOR
#define __OWNER(x)
#define __POINTER(x)
#define __CONSTINIT
#ifdef __cplusplus
#if __has_cpp_attribute(no_unique_address)
#undef __NO_UNIQUE_ADDRESS
#define __NO_UNIQUE_ADDRESS [[no_unique_address]]
#endif
#if __has_cpp_attribute(nodiscard) >= 201907L
#undef __WARN_UNUSED_CONSTRUCTOR
#define __WARN_UNUSED_CONSTRUCTOR [[nodiscard]]
#endif
#if __has_cpp_attribute(gsl::Owner)
#undef __OWNER
#undef __POINTER
#define __OWNER(x) [[gsl::Owner(x)]]
#define __POINTER(x) [[gsl::Pointer(x)]]
#endif
#if __has_cpp_attribute(clang::require_constant_initialization)
#undef __CONSTINIT
#define __CONSTINIT [[clang::require_constant_initialization]]
#elif __GNUC__ >= 10
#undef __CONSTINIT
#define __CONSTINIT __constinit
#endif
#endif

#define __TA_CAPABILITY(x) __THREAD_ANNOTATION(__capability__(x))
#define __TA_GUARDED(x) __THREAD_ANNOTATION(__guarded_by__(x))
#define __TA_ACQUIRE(...) __THREAD_ANNOTATION(__acquire_capability__(__VA_ARGS__))
#define __TA_ACQUIRE_SHARED(...) __THREAD_ANNOTATION(__acquire_shared_capability__(__VA_ARGS__))
#define __TA_TRY_ACQUIRE(...) __THREAD_ANNOTATION(__try_acquire_capability__(__VA_ARGS__))
#define __TA_ACQUIRED_BEFORE(...) __THREAD_ANNOTATION(__acquired_before__(__VA_ARGS__))
#define __TA_ACQUIRED_AFTER(...) __THREAD_ANNOTATION(__acquired_after__(__VA_ARGS__))
#define __TA_RELEASE(...) __THREAD_ANNOTATION(__release_capability__(__VA_ARGS__))
#define __TA_RELEASE_SHARED(...) __THREAD_ANNOTATION(__release_shared_capability__(__VA_ARGS__))
#define __TA_REQUIRES(...) __THREAD_ANNOTATION(__requires_capability__(__VA_ARGS__))
#define __TA_REQUIRES_SHARED(...) __THREAD_ANNOTATION(__requires_shared_capability__(__VA_ARGS__))
#define __TA_EXCLUDES(...) __THREAD_ANNOTATION(__locks_excluded__(__VA_ARGS__))
#define __TA_ASSERT(...) __THREAD_ANNOTATION(__assert_capability__(__VA_ARGS__))
#define __TA_ASSERT_SHARED(...) __THREAD_ANNOTATION(__assert_shared_capability__(__VA_ARGS__))
#define __TA_RETURN_CAPABILITY(x) __THREAD_ANNOTATION(__lock_returned__(x))
#define __TA_SCOPED_CAPABILITY __THREAD_ANNOTATION(__scoped_lockable__)
#define __TA_NO_THREAD_SAFETY_ANALYSIS __THREAD_ANNOTATION(__no_thread_safety_analysis__)

#endif /* ZIRCON_COMPILER_H_ */
