// The PCIe top behind the C ABI of pcie.h. Compiled for each size; build/model.rs defines the names of instance.h.
#include "pcie.h"

#include "instance.h"

namespace {

struct Instance : Verilation {
    void inputs(const PortolanPcieInputs& in) {
        assign(model->lines, in.lines);
        assign(model->m_axis_rx_tdata, in.rx_data);
        assign(model->m_axis_rx_tkeep, in.rx_keep);
        assign(model->m_axis_rx_tlast, in.rx_last);
        assign(model->m_axis_rx_tvalid, in.rx_valid);
        assign(model->m_axis_rx_tuser, in.rx_user);
        assign(model->s_axis_tx_tready, in.tx_ready);
        assign(model->core_reset, in.core_reset);
        assign(model->user_reset, in.user_reset);
        assign(model->cfg_bus_number, in.bus);
        assign(model->cfg_device_number, in.device);
        assign(model->cfg_function_number, in.function);
        assign(model->cfg_command, in.command);
        assign(model->cfg_dcommand, in.device_control);
        assign(model->cfg_received_func_lvl_rst, in.function_reset);
        assign(model->cfg_err_cpl_rdy, in.report_ready);
        assign(model->cfg_interrupt_rdy, in.interrupt_ready);
        assign(model->cfg_interrupt_msixenable, in.msix_enable);
        assign(model->cfg_interrupt_msixfm, in.msix_mask);
    }
    void outputs(PortolanPcieOutputs& out) const {
        out.post_credits = model->post_credits;
        out.tx_data = model->s_axis_tx_tdata;
        out.report_header = model->cfg_err_tlp_cpl_header;
        out.rx_ready = model->m_axis_rx_tready;
        out.tx_keep = model->s_axis_tx_tkeep;
        out.tx_last = model->s_axis_tx_tlast;
        out.tx_valid = model->s_axis_tx_tvalid;
        out.tx_user = model->s_axis_tx_tuser;
        out.unsupported = model->cfg_err_ur;
        out.posted = model->cfg_err_posted;
        out.locked = model->cfg_err_locked;
        out.unexpected = model->cfg_err_cpl_unexpect;
        out.malformed = model->cfg_err_malformed;
        out.interrupt = model->cfg_interrupt;
        out.interrupt_assert = model->cfg_interrupt_assert;
        out.interrupt_pin = model->cfg_interrupt_di;
        out.interrupt_status = model->cfg_interrupt_stat;
        out.idle = model->idle;
    }
};

Instance& of(void* handle) { return *static_cast<Instance*>(handle); }

void eval(void* handle, const PortolanPcieInputs* in, uint8_t core_clock, uint8_t user_clock,
          PortolanPcieOutputs* out) {
    Instance& board = of(handle);
    board.inputs(*in);
    board.model->core_clk = core_clock;
    board.model->user_clk = user_clock;
    board.model->eval();
    board.outputs(*out);
}

} // namespace

extern "C" const PortolanPcieTable PORTOLAN_TABLE;
const PortolanPcieTable PORTOLAN_TABLE = {
    common<Instance>(), eval,
};
