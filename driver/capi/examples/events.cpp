// Many objects, one thread: events, a timer and a channel, all waited for through one port.
//
//     c++ -std=c++17 events.cpp $(pkg-config --cflags --libs portolan) && ./a.out

#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

#include <zircon/assert.h>
#include <zircon/status.h>
#include <zircon/syscalls.h>
#include <zircon/syscalls/port.h>

namespace {

// A handle that is closed with its owner.
class Handle {
  public:
    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() { zx_handle_close(value_); }

    zx_handle_t get() const { return value_; }
    zx_handle_t* out() { return &value_; }

  private:
    zx_handle_t value_ = ZX_HANDLE_INVALID;
};

void check(zx_status_t status, const char* what) {
    ZX_ASSERT_MSG(status == ZX_OK, ": %s: %s", what, zx_status_get_string(status));
}

enum Key : uint64_t { kEvent = 1, kTimer, kChannel };

} // namespace

int main() {
    Handle port, event, timer, near, far;
    check(zx_port_create(0, port.out()), "port");
    check(zx_event_create(0, event.out()), "event");
    check(zx_timer_create(ZX_TIMER_SLACK_LATE, ZX_CLOCK_MONOTONIC, timer.out()), "timer");
    check(zx_channel_create(0, near.out(), far.out()), "channel");

    check(zx_object_wait_async(event.get(), port.get(), kEvent, ZX_EVENT_SIGNALED, 0), "wait for the event");
    check(zx_object_wait_async(timer.get(), port.get(), kTimer, ZX_TIMER_SIGNALED, 0), "wait for the timer");
    check(zx_object_wait_async(near.get(), port.get(), kChannel, ZX_CHANNEL_READABLE, 0), "wait for the channel");

    check(zx_timer_set(timer.get(), zx_deadline_after(ZX_MSEC(5)), ZX_MSEC(1)), "set the timer");
    std::thread other([&] {
        const std::string hello = "hello";
        check(zx_channel_write(far.get(), 0, hello.data(), hello.size(), nullptr, 0), "write");
        check(zx_object_signal(event.get(), 0, ZX_EVENT_SIGNALED), "signal");
    });

    for (int left = 3; left > 0; --left) {
        zx_port_packet_t packet;
        check(zx_port_wait(port.get(), ZX_TIME_INFINITE, &packet), "wait");
        ZX_ASSERT(ZX_PKT_IS_SIGNAL_ONE(packet.type));
        switch (packet.key) {
        case kEvent:
            std::puts("the event is set");
            break;
        case kTimer:
            std::puts("the timer expired");
            break;
        case kChannel: {
            char bytes[16];
            uint32_t size = 0;
            check(zx_channel_read(near.get(), 0, bytes, nullptr, sizeof bytes, 0, &size, nullptr), "read");
            std::printf("a message: %.*s\n", static_cast<int>(size), bytes);
            break;
        }
        default:
            ZX_PANIC("no such key");
        }
    }
    other.join();
    return 0;
}
