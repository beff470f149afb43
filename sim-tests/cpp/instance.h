// One Verilated model with its context, and the part of a table of functions that every top has.
//
// Included once, by a top's shim; build/model.rs defines what the model is called.
//   PORTOLAN_MODEL    the generated class           PORTOLAN_MODEL_H, PORTOLAN_ROOT_H  its headers
//   PORTOLAN_TICKS    the root's tick register      PORTOLAN_TABLE  the table's symbol
//   PORTOLAN_ROOT     the generated root class
//   PORTOLAN_LINES    how many lines, and PORTOLAN_PORTS, how many ports
//   PORTOLAN_TRACED   this one writes waveforms
#pragma once
#include "common.h"

#include PORTOLAN_MODEL_H
#include PORTOLAN_ROOT_H
#include <memory>
#include <verilated.h>

namespace {

template <typename T, typename V> void assign(T& port, V value) { port = static_cast<T>(value); }

struct Verilation {
    // Declared before the model, which it must outlive. One per instance: contexts hold time and scopes.
    VerilatedContext context;
    std::unique_ptr<PORTOLAN_MODEL> model;

    Verilation() {
#ifdef PORTOLAN_TRACED
        context.traceEverOn(true);
#endif
        context.threads(1);
        model = std::make_unique<PORTOLAN_MODEL>(&context, "portolan");
    }
    ~Verilation() { model->final(); }

    uint64_t& ticks() { return model->rootp->PORTOLAN_TICKS; }
};

// What every table begins with, for a top whose instances are of the type `Board`, which is a Verilation.
template <typename Board> constexpr PortolanCommon common() {
    return {
        PORTOLAN_LINES,
        PORTOLAN_PORTS,
        []() -> void* { return new Board; },
        [](void* handle) {
            Board* board = static_cast<Board*>(handle);
            // Verilator keeps a context per thread beside those of the models, and a model's destructor uses
            // it: it must be the model's own, not that of another instance, which may be gone.
            Verilated::threadContextp(&board->context);
            delete board;
            Verilated::threadContextp(Verilated::defaultContextp());
        },
        [](void* handle) { return static_cast<Board*>(handle)->ticks(); },
        [](void* handle, uint64_t value) { static_cast<Board*>(handle)->ticks() = value; },
    };
}

} // namespace
