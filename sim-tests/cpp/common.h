// What the table of every Verilated top begins with: the C ABI of src/instance.rs.
//
// Promises: no function throws or keeps a pointer; instances share nothing, so that several may run
// in several threads, each in one at a time. Leaves to Rust: the bus protocol, time, stimuli.
// The struct stands again, field for field, in src/instance.rs.
#pragma once
#include <cstdint>

struct PortolanCommon {
    uint32_t lines;
    uint32_t ports;
    void* (*create)();
    void (*destroy)(void*);
    uint64_t (*ticks)(void*);
    void (*set_ticks)(void*, uint64_t);
};
