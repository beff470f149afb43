/* Sizes of pages. */
#ifndef ZIRCON_LIMITS_H_
#define ZIRCON_LIMITS_H_

#define ZX_MIN_PAGE_SHIFT 12
#if defined(__aarch64__)
#define ZX_MAX_PAGE_SHIFT 16
#else
#define ZX_MAX_PAGE_SHIFT 21
#endif
#define ZX_MIN_PAGE_SIZE (1 << ZX_MIN_PAGE_SHIFT)
#define ZX_MAX_PAGE_SIZE (1 << ZX_MAX_PAGE_SHIFT)

#endif /* ZIRCON_LIMITS_H_ */
