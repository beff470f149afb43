// The C ABI between src/model.rs and a Verilated board: a table of functions each.
//
// Promises and rules are those of common.h.
// Every struct here stands again, field for field, in src/model.rs.
#pragma once
#include "common.h"

struct PortolanInputs {
    uint64_t lines;
    uint32_t awaddr;
    uint32_t wdata;
    uint32_t araddr;
    uint8_t aresetn;
    uint8_t awvalid;
    uint8_t wstrb;
    uint8_t wvalid;
    uint8_t bready;
    uint8_t arvalid;
    uint8_t rready;
    // The memory's side of the AXI master; ignored without rings.
    uint8_t m_awready;
    uint8_t m_wready;
    uint8_t m_bresp;
    uint8_t m_bvalid;
    // What AXI3 has beyond AXI4-Lite; ignored on AXI4-Lite.
    uint8_t awlen;
    uint8_t awsize;
    uint8_t awburst;
    uint8_t awlock;
    uint8_t wlast;
    uint8_t arlen;
    uint8_t arsize;
    uint8_t arburst;
    uint8_t arlock;
    uint16_t awid;
    uint16_t wid;
    uint16_t arid;
};

struct PortolanOutputs {
    uint64_t post_credits;
    // The AXI master; zero without rings.
    uint64_t m_awaddr;
    uint64_t m_wdata;
    uint32_t rdata;
    uint8_t awready;
    uint8_t wready;
    uint8_t bresp;
    uint8_t bvalid;
    uint8_t arready;
    uint8_t rresp;
    uint8_t rvalid;
    uint8_t irq;
    uint8_t idle;
    uint8_t m_awlen;
    uint8_t m_awsize;
    uint8_t m_awburst;
    uint8_t m_awcache;
    uint8_t m_awprot;
    uint8_t m_awvalid;
    uint8_t m_wstrb;
    uint8_t m_wlast;
    uint8_t m_wvalid;
    uint8_t m_bready;
    // AXI3's; zero on AXI4-Lite.
    uint8_t rlast;
    uint8_t m_awid;
    uint8_t m_awlock;
    uint8_t m_wid;
    uint16_t bid;
    uint16_t rid;
};

// What ends a run early.
enum PortolanUntil : uint32_t { UNTIL_IRQ = 1, UNTIL_IDLE = 2 };

struct PortolanModelTable {
    PortolanCommon common;
    // Clock low with these inputs; outputs as the coming edge finds them.
    void (*low)(void*, const PortolanInputs*, PortolanOutputs*);
    // Clock high; outputs after the edge.
    void (*high)(void*, PortolanOutputs*);
    // At most `cycles` cycles with these inputs; ends after the cycle that sets an output named
    // in `until`, or, of a block with rings, a VALID of its master or a credit. Returns the cycles run.
    uint64_t (*run)(void*, const PortolanInputs*, uint64_t cycles, uint32_t until, PortolanOutputs*);
    // Starts an FST waveform; 1 when this table's model is a traced one and the file could be opened.
    int32_t (*trace)(void*, const char* path);
};
