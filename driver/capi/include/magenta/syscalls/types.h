/* Declared for other headers. */
#ifndef MAGENTA_SYSCALLS_TYPES_H_
#define MAGENTA_SYSCALLS_TYPES_H_

#include <magenta/types.h>

#endif /* MAGENTA_SYSCALLS_TYPES_H_ */
