/* Constants that Zircon keeps apart because they may still change. On a host, Zircon's own header must be asked for by
 * FUCHSIA_UNSUPPORTED_ALLOW_SYSCALLS_NEXT_ON_HOST; here it need not be, and the macro does no harm. */
#ifndef ZIRCON_SYSCALLS_NEXT_H_
#define ZIRCON_SYSCALLS_NEXT_H_

#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

/* Option of zx_interrupt_create. It is taken, and changes nothing that a port sees. */
#define ZX_INTERRUPT_WAKE_VECTOR ((uint32_t)0x20u)

/* The packet is zx_packet_processor_power_level_transition_request_t. Portolan queues none. */
#define ZX_PKT_TYPE_PROCESSOR_POWER_LEVEL_TRANSITION_REQUEST ((zx_packet_type_t)0x0au)

#define ZX_IOB_SHARED_REGION_UPDATED __ZX_OBJECT_SIGNALED

#endif /* ZIRCON_SYSCALLS_NEXT_H_ */
