/* A string with its length. */
#ifndef ZIRCON_STRING_VIEW_H_
#define ZIRCON_STRING_VIEW_H_

#include <stddef.h>

#ifdef __cplusplus
#include <string_view>
#endif

typedef struct zx_string_view {
    const char* c_str;
    size_t length;

#ifdef __cplusplus
    constexpr const char* data() const { return c_str; }
    constexpr size_t size() const { return length; }
    constexpr operator std::string_view() const { return {c_str, length}; }
#endif
} zx_string_view_t;

#endif /* ZIRCON_STRING_VIEW_H_ */
