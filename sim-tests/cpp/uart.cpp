// The UART top behind the C ABI of uart.h. Compiled for each size; build/model.rs defines the names of instance.h.
#include "uart.h"

#include "instance.h"

// As in axi.cpp.
#ifdef PORTOLAN_EVAL_NBA
void PORTOLAN_EVAL_NBA(PORTOLAN_ROOT* root);
#endif

namespace {

struct Instance : Verilation {
    void inputs(const PortolanUartInputs& in) {
        assign(model->lines, in.lines);
        assign(model->resetn, in.resetn);
        assign(model->rx, in.rx);
    }
    void outputs(PortolanUartOutputs& out) const {
        out.tx = model->tx;
        out.irq = model->irq;
        out.idle = model->idle;
    }
    void low() {
        model->clk = 0;
        model->eval();
    }
    void high() {
        model->clk = 1;
        model->eval();
    }
    // A further edge with the inputs as they were; as in axi.cpp.
    void edge() {
#ifdef PORTOLAN_EVAL_NBA
        model->rootp->__VnbaTriggered[0] = 1;
        PORTOLAN_EVAL_NBA(model->rootp);
        model->rootp->__VnbaTriggered[0] = 0;
#else
        low();
        high();
#endif
    }
    uint64_t run(uint64_t cycles, bool until_idle) {
        const auto before = model->tx;
        uint64_t done = 0;
        while (done < cycles) {
            if (done == 0) {
                low();
                high();
            } else {
                edge();
            }
            ++done;
            if (model->tx != before || (until_idle && model->idle)) break;
        }
        return done;
    }
};

Instance& of(void* handle) { return *static_cast<Instance*>(handle); }

void low(void* handle, const PortolanUartInputs* in, PortolanUartOutputs* out) {
    Instance& board = of(handle);
    board.inputs(*in);
    board.low();
    board.outputs(*out);
}

void high(void* handle, PortolanUartOutputs* out) {
    Instance& board = of(handle);
    board.high();
    board.outputs(*out);
}

uint64_t run(void* handle, const PortolanUartInputs* in, uint64_t cycles, uint8_t until_idle, PortolanUartOutputs* out) {
    Instance& board = of(handle);
    board.inputs(*in);
    const uint64_t done = board.run(cycles, until_idle);
    board.outputs(*out);
    return done;
}

} // namespace

extern "C" const PortolanUartTable PORTOLAN_TABLE;
const PortolanUartTable PORTOLAN_TABLE = {
    common<Instance>(), low, high, run,
};
