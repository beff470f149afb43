/* A program in Magenta's style: a port of each generation, and a line of the simulated board.
 *
 *     cc -pthread magenta.c $(pkg-config --cflags --libs portolan) && ./a.out
 */

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>

#include <magenta/assert.h>
#include <magenta/status.h>
#include <magenta/syscalls.h>
#include <magenta/syscalls/port.h>
#include <portolan.h>

enum { KEY_CHANNEL = 1, KEY_PROGRAM = 2, KEY_EVENT = 3, LINE = 5 };

static void check(mx_status_t status, const char* what) {
    if (status != NO_ERROR) {
        MX_PANIC("%s: %s", what, mx_status_get_string(status));
    }
}

/* A packet of a program: what it likes, behind the header. */
struct note {
    mx_packet_header_t header;
    uint64_t number;
};

/* The first generation: a bound channel and a program take turns. */
static void first_generation(void) {
    mx_handle_t port, near, far;
    check(mx_port_create(MX_PORT_OPT_V1, &port), "mx_port_create");
    check(mx_channel_create(0, &near, &far), "mx_channel_create");
    check(mx_port_bind(port, KEY_CHANNEL, near, MX_CHANNEL_READABLE), "mx_port_bind");

    for (int i = 0; i < 2; ++i) {
        check(mx_channel_write(far, 0, "hello", 5, NULL, 0), "mx_channel_write");
    }
    const struct note note = {{KEY_PROGRAM, 0, 0}, 7};
    check(mx_port_queue(port, &note, sizeof note), "mx_port_queue");

    int messages = 0;
    for (int left = 3; left > 0; --left) {
        union {
            mx_packet_header_t header;
            mx_io_packet_t io;
            struct note note;
        } packet;
        check(mx_port_wait(port, MX_TIME_INFINITE, &packet, sizeof packet), "mx_port_wait");
        if (packet.header.type == MX_PORT_PKT_TYPE_IOSN) {
            MX_ASSERT(packet.io.signals == MX_CHANNEL_READABLE);
            char bytes[8];
            uint32_t size;
            check(mx_channel_read(near, 0, bytes, NULL, sizeof bytes, 0, &size, NULL), "mx_channel_read");
            MX_ASSERT(size == 5);
            printf("key %" PRIu64 ": message %d of 2\n", packet.header.key, ++messages);
        } else {
            MX_ASSERT(packet.note.number == 7);
            printf("key %" PRIu64 ": %zu bytes of a program\n", packet.header.key, sizeof packet.note);
        }
    }
    const mx_handle_t handles[] = {port, near, far};
    for (int i = 0; i < 3; ++i) {
        check(mx_handle_close(handles[i]), "mx_handle_close");
    }
}

/* The second generation: a registration that stays. */
static void second_generation(void) {
    mx_handle_t port, event;
    check(mx_port_create(MX_PORT_OPT_V2, &port), "mx_port_create");
    check(mx_event_create(0, &event), "mx_event_create");
    check(mx_object_wait_async(event, port, KEY_EVENT, MX_EVENT_SIGNALED, MX_WAIT_ASYNC_REPEATING),
          "mx_object_wait_async");
    mx_port_packet_t packet;
    for (int i = 0; i < 2; ++i) {
        check(mx_object_signal(event, MX_EVENT_SIGNALED, 0), "mx_object_signal");
        check(mx_object_signal(event, 0, MX_EVENT_SIGNALED), "mx_object_signal");
        check(mx_port_wait(port, mx_deadline_after(MX_SEC(1)), &packet, 0), "mx_port_wait");
        MX_ASSERT(packet.type == MX_PKT_TYPE_SIGNAL_REP);
    }
    printf("key %" PRIu64 ": the event changed, and changed again\n", packet.key);
    check(mx_port_cancel(port, event, KEY_EVENT), "mx_port_cancel");
    check(mx_handle_close(event), "mx_handle_close");
    check(mx_handle_close(port), "mx_handle_close");
}

static void* wait_for(void* line) {
    check(mx_interrupt_wait(*(const mx_handle_t*)line), "mx_interrupt_wait");
    return NULL;
}

/* Interrupts: an event that a line sets, or a program, and that stays set until it is completed. */
static void interrupts(void) {
    zx_handle_t opened;
    const mx_status_t status = portolan_board_open("sim", &opened);
    if (status == ERR_NOT_SUPPORTED) {
        printf("this library was built without the simulated board\n");
        return;
    }
    check(status, "portolan_board_open");
    const mx_handle_t board = (mx_handle_t)opened;
    mx_handle_t line = mx_interrupt_create(board, LINE, MX_FLAG_REMAP_IRQ);
    check(line < 0 ? line : NO_ERROR, "mx_interrupt_create");

    portolan_sim_set_pins(opened, UINT64_C(1) << LINE);
    check(mx_interrupt_wait(line), "mx_interrupt_wait");
    printf("line %d: an interrupt\n", LINE);
    check(mx_interrupt_complete(line), "mx_interrupt_complete");

    pthread_t thread;
    MX_ASSERT(pthread_create(&thread, NULL, wait_for, &line) == 0);
    check(mx_interrupt_signal(line), "mx_interrupt_signal");
    MX_ASSERT(pthread_join(thread, NULL) == 0);
    printf("line %d: signaled\n", LINE);

    check(mx_handle_close(line), "mx_handle_close");
    check(mx_handle_close(board), "mx_handle_close");
}

int main(void) {
    first_generation();
    second_generation();
    interrupts();
    return 0;
}
