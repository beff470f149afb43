/* A port among other descriptors of an epoll loop: here, a pipe.
 *
 *     cc poll.c $(pkg-config --cflags --libs portolan) && ./a.out
 */

#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <portolan.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>

static int fail(const char* what) {
    fprintf(stderr, "%s failed\n", what);
    return 1;
}

/* Takes what the port has; when there is no more, its descriptor becomes silent. */
static zx_status_t drain(int descriptor, int* taken) {
    zx_port_packet_t packet;
    zx_status_t status;
    while ((status = portolan_poll_take(descriptor, &packet)) == ZX_OK) {
        printf("the port: packet %" PRIu64 "\n", packet.key);
        ++*taken;
    }
    return status == ZX_ERR_TIMED_OUT ? ZX_OK : status;
}

int main(void) {
    zx_handle_t port;
    int ends[2], descriptor, loop = epoll_create1(EPOLL_CLOEXEC);
    if (loop < 0 || pipe(ends) != 0) {
        return fail("epoll_create1 or pipe");
    }
    if (zx_port_create(0, &port) != ZX_OK || portolan_port_poll(port, &descriptor) != ZX_OK) {
        return fail("zx_port_create or portolan_port_poll");
    }
    struct epoll_event of_pipe = {.events = EPOLLIN, .data.fd = ends[0]};
    struct epoll_event of_port = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, ends[0], &of_pipe) != 0 ||
        epoll_ctl(loop, EPOLL_CTL_ADD, descriptor, &of_port) != 0 || write(ends[1], "x", 1) != 1) {
        return fail("epoll_ctl or write");
    }

    /* The packet is queued when the pipe was read. */
    for (int taken = 0; taken < 1;) {
        struct epoll_event ready;
        if (epoll_wait(loop, &ready, 1, 10000) != 1) {
            return fail("epoll_wait");
        }
        if (ready.data.fd == ends[0]) {
            char byte;
            zx_port_packet_t packet = {.key = 7};
            if (read(ends[0], &byte, 1) != 1 || zx_port_queue(port, &packet) != ZX_OK) {
                return fail("read or zx_port_queue");
            }
            printf("the pipe: %c\n", byte);
        } else if (drain(descriptor, &taken) != ZX_OK) {
            return fail("portolan_poll_take");
        }
    }

    close(ends[0]);
    close(ends[1]);
    close(loop);
    if (portolan_poll_close(descriptor) != ZX_OK || portolan_poll_close(descriptor) != ZX_ERR_BAD_HANDLE) {
        return fail("portolan_poll_close");
    }
    zx_handle_close(port);
    return 0;
}
