/* A driver in Zircon's style: one port, a virtual interrupt, and a line of the simulated board.
 *
 *     cc interrupt.c $(pkg-config --cflags --libs portolan) && ./a.out
 */

#include <inttypes.h>
#include <stdio.h>

#include <portolan.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

enum { KEY_SOFTWARE = 1, KEY_LINE = 2, LINE = 3 };

static int fail(const char* what, zx_status_t status) {
    fprintf(stderr, "%s: %s\n", what, zx_status_get_string(status));
    return 1;
}

/* Takes the next packet, tells of it, and acknowledges its interrupt. */
static zx_status_t serve(zx_handle_t port, zx_handle_t software, zx_handle_t line) {
    zx_port_packet_t packet;
    zx_status_t status = zx_port_wait(port, zx_deadline_after(ZX_SEC(1)), &packet);
    if (status != ZX_OK) {
        return status;
    }
    printf("key %" PRIu64 ": interrupt at %" PRId64 " ns\n", packet.key, packet.interrupt.timestamp);
    return zx_interrupt_ack(packet.key == KEY_LINE ? line : software);
}

int main(void) {
    zx_handle_t port, software, board = ZX_HANDLE_INVALID, line = ZX_HANDLE_INVALID;
    zx_status_t status = zx_port_create(ZX_PORT_BIND_TO_INTERRUPT, &port);
    if (status != ZX_OK) {
        return fail("zx_port_create", status);
    }

    status = zx_interrupt_create(ZX_HANDLE_INVALID, 0, ZX_INTERRUPT_VIRTUAL, &software);
    if (status != ZX_OK) {
        return fail("zx_interrupt_create", status);
    }
    status = zx_interrupt_bind(software, port, KEY_SOFTWARE, ZX_INTERRUPT_BIND);
    if (status != ZX_OK) {
        return fail("zx_interrupt_bind", status);
    }
    zx_interrupt_trigger(software, 0, 1000);
    status = serve(port, software, line);
    if (status != ZX_OK) {
        return fail("virtual interrupt", status);
    }

    status = portolan_board_open("sim", &board);
    if (status == ZX_ERR_NOT_SUPPORTED) {
        printf("this library was built without the simulated board\n");
    } else if (status != ZX_OK) {
        return fail("portolan_board_open", status);
    } else {
        status = zx_interrupt_create(board, LINE, ZX_INTERRUPT_MODE_EDGE_HIGH, &line);
        if (status != ZX_OK) {
            return fail("zx_interrupt_create", status);
        }
        status = zx_interrupt_bind(line, port, KEY_LINE, ZX_INTERRUPT_BIND);
        if (status != ZX_OK) {
            return fail("zx_interrupt_bind", status);
        }
        portolan_sim_set_pins(board, UINT64_C(1) << LINE);
        status = serve(port, software, line);
        if (status != ZX_OK) {
            return fail("line", status);
        }
        portolan_line_counters_t counters;
        portolan_line_get_counters(board, LINE, &counters);
        printf("line %d: %" PRIu64 " edge, %" PRIu64 " delivered\n", LINE, counters.edges, counters.delivered);
    }

    const zx_handle_t handles[] = {line, board, software, port};
    return zx_handle_close_many(handles, sizeof handles / sizeof *handles) == ZX_OK ? 0 : 1;
}
