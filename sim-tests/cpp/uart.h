// The C ABI between src/uart/model.rs and a Verilated UART top: a table of functions per size.
//
// Promises and rules are those of common.h.
// Every struct here stands again, field for field, in src/uart/model.rs.
#pragma once
#include "common.h"

struct PortolanUartInputs {
    uint64_t lines;
    uint8_t resetn;
    uint8_t rx;
};

struct PortolanUartOutputs {
    uint8_t tx;
    uint8_t irq;
    uint8_t idle;
};

struct PortolanUartTable {
    PortolanCommon common;
    // Clock low with these inputs; outputs as the coming edge finds them.
    void (*low)(void*, const PortolanUartInputs*, PortolanUartOutputs*);
    // Clock high; outputs after the edge.
    void (*high)(void*, PortolanUartOutputs*);
    // At most `cycles` cycles with these inputs; ends after the cycle that moves tx or, if asked for, sets idle. Returns the
    // cycles run.
    uint64_t (*run)(void*, const PortolanUartInputs*, uint64_t cycles, uint8_t until_idle, PortolanUartOutputs*);
};
