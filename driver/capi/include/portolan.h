/* What is Portolan's own: boards, and ports among the descriptors that a program polls.
 *
 * An opened board is a resource. zx_interrupt_create(resource, line, mode, &interrupt), or Magenta's
 * mx_interrupt_create(resource, line, 0), makes the interrupt of one of its lines, which is then used like any other;
 * the board stays open as long as there is a resource of it, or an interrupt. The simulated board, "sim", runs the
 * board's Verilog in this process. Its time is simulated: time stamps are in ns since it was powered up, a wait on a
 * port of its lines lasts as many ns of its time as there are from now to the deadline, and its time moves only in
 * calls and while a thread waits.
 */
#ifndef PORTOLAN_H_
#define PORTOLAN_H_

#include <stdint.h>
#include <zircon/compiler.h>
#include <zircon/syscalls/port.h>
#include <zircon/types.h>

__BEGIN_CDECLS

typedef struct portolan_board_info {
    /* Vectors of zx_interrupt_create are below this. */
    uint32_t lines;
    /* Hardware queues. */
    uint32_t ports;
    /* Ticks of the board's clock in a second. */
    uint32_t hertz;
    /* 1 when its time is simulated. */
    uint32_t simulated;
} portolan_board_info_t;

/* Edges of a line, by what became of them:
 * edges = delivered + coalesced + lost + discarded + undelivered. */
typedef struct portolan_line_counters {
    uint64_t edges;
    uint64_t delivered;
    uint64_t coalesced;
    uint64_t lost;
    uint64_t discarded;
    uint64_t undelivered;
} portolan_line_counters_t;

/* Opens a board by its name: a card that vfio-pci has, as "vfio:0000:01:00.0", or what UIO has as /dev/uio0, as "uio:0";
 * or a simulated one: "sim:axi", for short "sim", "sim:axi-rings" and "sim:pcie". ZX_ERR_NOT_FOUND for a name that is
 * none, or of a device that is not there; ZX_ERR_NOT_SUPPORTED for a simulated board in a library that was built without
 * it, and for a device that is not ready for this driver (the command `portolan info` says why); ZX_ERR_ACCESS_DENIED;
 * ZX_ERR_UNAVAILABLE if somebody has it open; ZX_ERR_IO. */
zx_status_t portolan_board_open(const char* name, zx_handle_t* resource);
/* What the board is. */
zx_status_t portolan_board_get_info(zx_handle_t resource, portolan_board_info_t* info);
/* Ns by the clock of the board's time stamps. */
zx_status_t portolan_board_get_time(zx_handle_t resource, zx_time_t* now);
/* Fires a test edge on a line. Without an interrupt that listens to it the line is masked, and nothing happens. Needs
 * ZX_RIGHT_WRITE. ZX_ERR_OUT_OF_RANGE, ZX_ERR_IO. */
zx_status_t portolan_board_fire(zx_handle_t resource, uint32_t line);
/* The edges of a line, by what became of them. ZX_ERR_OUT_OF_RANGE, ZX_ERR_IO. */
zx_status_t portolan_line_get_counters(zx_handle_t resource, uint32_t line, portolan_line_counters_t* counters);

/* Sets the levels on a simulated board's pins, line 0 in bit 0. ZX_ERR_NOT_SUPPORTED for any other board. */
zx_status_t portolan_sim_set_pins(zx_handle_t resource, uint64_t pins);
/* Lets so many ticks of a simulated board's time go by. */
zx_status_t portolan_sim_run(zx_handle_t resource, uint64_t ticks);

/* Makes a descriptor to wait for a port with poll(2) or epoll(7). It is readable while it is worth asking: ask it with
 * portolan_poll_take, not zx_port_wait, until that says ZX_ERR_TIMED_OUT. Each descriptor is one waiter among the port's
 * threads, and each packet wakes one of them: so make one for each thread that polls. Needs ZX_RIGHT_READ.
 * ZX_ERR_NO_RESOURCES when there is no descriptor left. The close of the port's last handle wakes nobody, as of threads.
 * Ends with portolan_poll_close; after a close(2) it would wait on,
 * and take packets' wake-ups from others. */
zx_status_t portolan_port_poll(zx_handle_t port, int* descriptor);
/* Takes the port's next packet. ZX_ERR_TIMED_OUT when there is none: then the descriptor is readable no more until it is
 * worth asking again. ZX_ERR_BAD_HANDLE for what is no such descriptor, ZX_ERR_IO once when a board of the port has died. */
zx_status_t portolan_poll_take(int descriptor, zx_port_packet_t* packet);
/* Closes the descriptor. ZX_ERR_BAD_HANDLE for what is no such descriptor. */
zx_status_t portolan_poll_close(int descriptor);

__END_CDECLS

#endif /* PORTOLAN_H_ */
