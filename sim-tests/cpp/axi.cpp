// The AXI tops behind the C ABI of axi.h. Compiled for each model; build/model.rs defines the names of
// instance.h, PORTOLAN_RINGS for a top with rings, and PORTOLAN_AXI3 for one on AXI3.
//
// A waveform has one low and one high half per cycle: a cycle that the tick register calls T begins
// at T * 10 ns, when the inputs change, and its rising edge is 5 ns later.
#include "axi.h"

#include "instance.h"
#ifdef PORTOLAN_TRACED
#include <verilated_fst_c.h>
#endif

// What eval() calls for a clock edge, once the inputs are settled. Not an interface of Verilator's: build/model.rs
// defines PORTOLAN_EVAL_NBA only when the generated code has this function and one trigger, the clock.
#ifdef PORTOLAN_EVAL_NBA
void PORTOLAN_EVAL_NBA(PORTOLAN_ROOT* root);
#endif

namespace {

constexpr uint64_t NS_PER_TICK = 10;

#ifdef PORTOLAN_TRACED
using Waveform = VerilatedFstC;
#else
// Stands in for the writer in code that never runs.
struct Waveform {
    void dump(uint64_t) {}
    void close() {}
};
#endif

struct Instance : Verilation {
    std::unique_ptr<Waveform> waveform;

    ~Instance() {
        if (waveform) waveform->close();
    }

    template <bool TRACED> void low() {
        model->s_axi_aclk = 0;
        model->eval();
        if (TRACED) waveform->dump(ticks() * NS_PER_TICK);
    }
    template <bool TRACED> void high() {
        const uint64_t tick = TRACED ? ticks() : 0;
        model->s_axi_aclk = 1;
        model->eval();
        if (TRACED) waveform->dump(tick * NS_PER_TICK + NS_PER_TICK / 2);
    }

    // A further edge with the inputs as they were. Inputs that do not change need not be evaluated again:
    // this spares a third of the time.
    void edge() {
#ifdef PORTOLAN_EVAL_NBA
        model->rootp->__VnbaTriggered[0] = 1;
        PORTOLAN_EVAL_NBA(model->rootp);
        model->rootp->__VnbaTriggered[0] = 0;
#else
        low<false>();
        high<false>();
#endif
    }

    // Whether the AXI master wants something of the memory, or a packet left a ring's queue.
    bool writes() const {
#ifdef PORTOLAN_RINGS
        return model->m_axi_awvalid || model->m_axi_wvalid || model->post_credits;
#else
        return false;
#endif
    }

    template <bool TRACED> uint64_t run(uint64_t cycles, bool until_irq, bool until_idle) {
        uint64_t done = 0;
        while (done < cycles) {
            if (TRACED || done == 0) {
                low<TRACED>();
                high<TRACED>();
            } else {
                edge();
            }
            ++done;
            if ((until_irq && model->irq) || (until_idle && model->idle) || writes()) break;
        }
        return done;
    }

    void inputs(const PortolanInputs& in) {
        assign(model->lines, in.lines);
        assign(model->s_axi_aresetn, in.aresetn);
        assign(model->s_axi_awaddr, in.awaddr);
        assign(model->s_axi_awvalid, in.awvalid);
        assign(model->s_axi_wdata, in.wdata);
        assign(model->s_axi_wstrb, in.wstrb);
        assign(model->s_axi_wvalid, in.wvalid);
        assign(model->s_axi_bready, in.bready);
        assign(model->s_axi_araddr, in.araddr);
        assign(model->s_axi_arvalid, in.arvalid);
        assign(model->s_axi_rready, in.rready);
#ifdef PORTOLAN_RINGS
        assign(model->m_axi_awready, in.m_awready);
        assign(model->m_axi_wready, in.m_wready);
        assign(model->m_axi_bresp, in.m_bresp);
        assign(model->m_axi_bvalid, in.m_bvalid);
#endif
#ifdef PORTOLAN_AXI3
        assign(model->s_axi_awid, in.awid);
        assign(model->s_axi_awlen, in.awlen);
        assign(model->s_axi_awsize, in.awsize);
        assign(model->s_axi_awburst, in.awburst);
        assign(model->s_axi_awlock, in.awlock);
        assign(model->s_axi_wid, in.wid);
        assign(model->s_axi_wlast, in.wlast);
        assign(model->s_axi_arid, in.arid);
        assign(model->s_axi_arlen, in.arlen);
        assign(model->s_axi_arsize, in.arsize);
        assign(model->s_axi_arburst, in.arburst);
        assign(model->s_axi_arlock, in.arlock);
#endif
    }
    void outputs(PortolanOutputs& out) const {
        out = {};
#ifdef PORTOLAN_RINGS
        out.m_awaddr = model->m_axi_awaddr;
        out.m_wdata = model->m_axi_wdata;
        out.m_awlen = model->m_axi_awlen;
        out.m_awsize = model->m_axi_awsize;
        out.m_awburst = model->m_axi_awburst;
        out.m_awcache = model->m_axi_awcache;
        out.m_awprot = model->m_axi_awprot;
        out.m_awvalid = model->m_axi_awvalid;
        out.m_wstrb = model->m_axi_wstrb;
        out.m_wlast = model->m_axi_wlast;
        out.m_wvalid = model->m_axi_wvalid;
        out.m_bready = model->m_axi_bready;
#endif
#ifdef PORTOLAN_AXI3
        out.rlast = model->s_axi_rlast;
        out.bid = model->s_axi_bid;
        out.rid = model->s_axi_rid;
        out.m_awid = model->m_axi_awid;
        out.m_awlock = model->m_axi_awlock;
        out.m_wid = model->m_axi_wid;
#endif
        out.post_credits = model->post_credits;
        out.rdata = model->s_axi_rdata;
        out.awready = model->s_axi_awready;
        out.wready = model->s_axi_wready;
        out.bresp = model->s_axi_bresp;
        out.bvalid = model->s_axi_bvalid;
        out.arready = model->s_axi_arready;
        out.rresp = model->s_axi_rresp;
        out.rvalid = model->s_axi_rvalid;
        out.irq = model->irq;
        out.idle = model->idle;
    }
};

Instance& of(void* handle) { return *static_cast<Instance*>(handle); }

void low(void* handle, const PortolanInputs* in, PortolanOutputs* out) {
    Instance& board = of(handle);
    board.inputs(*in);
    if (board.waveform) board.low<true>();
    else board.low<false>();
    board.outputs(*out);
}

void high(void* handle, PortolanOutputs* out) {
    Instance& board = of(handle);
    if (board.waveform) board.high<true>();
    else board.high<false>();
    board.outputs(*out);
}

uint64_t run(void* handle, const PortolanInputs* in, uint64_t cycles, uint32_t until, PortolanOutputs* out) {
    Instance& board = of(handle);
    board.inputs(*in);
    const bool irq = until & UNTIL_IRQ;
    const bool idle = until & UNTIL_IDLE;
    const uint64_t done = board.waveform ? board.run<true>(cycles, irq, idle) : board.run<false>(cycles, irq, idle);
    board.outputs(*out);
    return done;
}

#ifdef PORTOLAN_TRACED
int32_t trace(void* handle, const char* path) {
    Instance& board = of(handle);
    auto waveform = std::make_unique<Waveform>();
    waveform->set_time_unit("1ns");
    waveform->set_time_resolution("1ns");
    board.model->trace(waveform.get(), 99);
    waveform->open(path);
    if (!waveform->isOpen()) return 0;
    board.waveform = std::move(waveform);
    return 1;
}
#else
int32_t trace(void*, const char*) { return 0; }
#endif

} // namespace

extern "C" const PortolanModelTable PORTOLAN_TABLE;
const PortolanModelTable PORTOLAN_TABLE = {
    common<Instance>(), low, high, run, trace,
};
