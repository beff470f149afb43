/* Codes of exceptions. Portolan raises none. */
#ifndef ZIRCON_SYSCALLS_EXCEPTION_H_
#define ZIRCON_SYSCALLS_EXCEPTION_H_

#include <zircon/compiler.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef uint32_t zx_excp_type_t;

#define ZX_EXCP_SYNTH ((uint32_t)0x8000u)
#define ZX_EXCP_GENERAL ((uint32_t)0x008u)
#define ZX_EXCP_FATAL_PAGE_FAULT ((uint32_t)0x108u)
#define ZX_EXCP_UNDEFINED_INSTRUCTION ((uint32_t)0x208u)
#define ZX_EXCP_SW_BREAKPOINT ((uint32_t)0x308u)
#define ZX_EXCP_HW_BREAKPOINT ((uint32_t)0x408u)
#define ZX_EXCP_UNALIGNED_ACCESS ((uint32_t)0x508u)
#define ZX_EXCP_THREAD_STARTING ((uint32_t)0x008u | ZX_EXCP_SYNTH)
#define ZX_EXCP_THREAD_EXITING ((uint32_t)0x108u | ZX_EXCP_SYNTH)
#define ZX_EXCP_POLICY_ERROR ((uint32_t)0x208u | ZX_EXCP_SYNTH)
#define ZX_EXCP_PROCESS_STARTING ((uint32_t)0x308u | ZX_EXCP_SYNTH)
#define ZX_EXCP_USER ((uint32_t)0x309u | ZX_EXCP_SYNTH)

/* Codes of policy errors that concern ports. */
#define ZX_EXCP_POLICY_CODE_BAD_HANDLE ((uint32_t)0u)
#define ZX_EXCP_POLICY_CODE_NEW_PORT ((uint32_t)8u)
#define ZX_EXCP_POLICY_CODE_CHANNEL_FULL_WRITE ((uint32_t)16u)
#define ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_PACKETS ((uint32_t)17u)
#define ZX_EXCP_POLICY_CODE_BAD_SYSCALL ((uint32_t)18u)
#define ZX_EXCP_POLICY_CODE_PORT_TOO_MANY_OBSERVERS ((uint32_t)19u)
#define ZX_EXCP_POLICY_CODE_HANDLE_LEAK ((uint32_t)20u)
#define ZX_EXCP_POLICY_CODE_NEW_IOB ((uint32_t)21u)
#define ZX_EXCP_POLICY_CODE_NEW_SAMPLER ((uint32_t)22u)

__END_CDECLS

#endif /* ZIRCON_SYSCALLS_EXCEPTION_H_ */
