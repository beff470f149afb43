// The C ABI between src/pcie/model.rs and a Verilated PCIe top: a table of functions per size.
//
// Promises and rules are those of common.h. Two clocks: each call sets both levels, so that edges come in any
// order. Every struct here stands again, field for field, in src/pcie/model.rs.
#pragma once
#include "common.h"

struct PortolanPcieInputs {
    uint64_t lines;
    uint64_t rx_data;
    uint32_t rx_user;
    uint16_t command;
    uint16_t device_control;
    uint8_t core_reset;
    uint8_t user_reset;
    uint8_t rx_keep;
    uint8_t rx_last;
    uint8_t rx_valid;
    uint8_t tx_ready;
    uint8_t bus;
    uint8_t device;
    uint8_t function;
    uint8_t function_reset;
    uint8_t report_ready;
    uint8_t interrupt_ready;
    uint8_t msix_enable;
    uint8_t msix_mask;
};

struct PortolanPcieOutputs {
    uint64_t post_credits;
    uint64_t tx_data;
    uint64_t report_header;
    uint8_t rx_ready;
    uint8_t tx_keep;
    uint8_t tx_last;
    uint8_t tx_valid;
    uint8_t tx_user;
    uint8_t unsupported;
    uint8_t posted;
    uint8_t locked;
    uint8_t unexpected;
    uint8_t malformed;
    uint8_t interrupt;
    uint8_t interrupt_assert;
    uint8_t interrupt_pin;
    uint8_t interrupt_status;
    uint8_t idle;
};

struct PortolanPcieTable {
    PortolanCommon common;
    // Settles with these inputs and levels of the clocks; outputs after that.
    void (*eval)(void*, const PortolanPcieInputs*, uint8_t core_clock, uint8_t user_clock, PortolanPcieOutputs*);
};
