/* Names for what compilers can be told: those of Zircon, and two that only Magenta had. */
#ifndef MAGENTA_COMPILER_H_
#define MAGENTA_COMPILER_H_

#include <zircon/compiler.h>

/* Of GCC's own, in C++. */
#undef __DEPRECATED
#define __DEPRECATED __attribute__((__deprecated__))
/* Keeps what is before it before what is behind it, for the compiler. */
#define CF __asm__ volatile("" ::: "memory")

#endif /* MAGENTA_COMPILER_H_ */
