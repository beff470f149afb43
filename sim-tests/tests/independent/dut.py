"""What the tests of both tops share: clock, reset, random pauses, register accesses by the page's names."""

import itertools
import os
import random

import cocotb
from cocotb.clock import Clock
from cocotb.simtime import get_sim_time
from cocotb.triggers import ClockCycles, RisingEdge, SimTimeoutError, with_timeout
from cocotbext.axi import AxiBus, AxiLiteBus, AxiLiteMaster, AxiMaster, AxiResp

from registers import Page

PAGE = Page(os.environ["PORTOLAN_REGISTERS"])
LINES, PORTS = 4, 1
SEED = int(os.environ["PORTOLAN_SEED"])
# Bits of `fault`, as in harness.v.
FAULT = int(os.environ.get("PORTOLAN_FAULT", "0"))
# A clock is 10 ns; what takes longer than this hangs.
LIMIT = 20_000


async def ends(action, name):
    try:
        return await with_timeout(action, LIMIT, "ns")
    except SimTimeoutError:
        raise AssertionError(f"{name} never ends") from None


def pauses(generator, share):
    """Whether to pause in each clock: in `share` of them, in runs of random length."""
    while True:
        length = generator.randrange(1, 6)
        yield from itertools.repeat(generator.random() < share, length)


class Dut:
    def __init__(self, dut, top, seed=0):
        self.dut = dut
        self.random = random.Random(f"{SEED} {top} {seed}")
        self.master = self.connect(top)
        self.pins = 0

    def connect(self, top):
        bus = AxiLiteBus.from_prefix(self.dut, top)
        return AxiLiteMaster(bus, self.dut.clock, self.dut.resetn, reset_active_level=False)

    async def start(self, share=0.0):
        """Clock and reset; then each channel pauses in a share of all clocks."""
        cocotb.start_soon(Clock(self.dut.clock, 10, "ns").start())
        self.dut.fault.value = FAULT
        self.dut.lines.value = 0
        self.dut.resetn.value = 0
        await ClockCycles(self.dut.clock, 16)
        self.dut.resetn.value = 1
        await ClockCycles(self.dut.clock, 40)
        self.pause(share)

    def pause(self, share):
        write, read = self.master.write_if, self.master.read_if
        for channel in (write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel):
            channel.set_pause_generator(pauses(self.random, share) if share else itertools.repeat(False, 1))

    async def toggle(self, pins):
        """Changes these pins after the next rising edge; the clock in which that is."""
        await RisingEdge(self.dut.clock)
        self.pins ^= pins
        self.dut.lines.value = self.pins
        return get_sim_time("ns") // 10

    async def write_bytes(self, address, data):
        return (await ends(self.master.write(address, data), f"a write to {address:#x}")).resp

    async def read_word(self, address):
        answer = await ends(self.master.read(address, 4), f"a read of {address:#x}")
        return answer.resp, int.from_bytes(answer.data, "little")

    async def read(self, name, copy=0, word=0):
        """A register's word, which must be there."""
        response, value = await self.read_word(PAGE.at(name, copy) + 4 * word)
        assert response == AxiResp.OKAY, f"{name} answers {response!r}"
        return value

    async def read64(self, name, copy=0):
        """Two words that do not change meanwhile."""
        return await self.read(name, copy) | await self.read(name, copy, 1) << 32

    async def field(self, name, field, copy=0):
        return PAGE[name].field(field, await self.read(name, copy))

    async def write(self, name, value, copy=0, word=0):
        """A register's word, which must be taken."""
        response = await self.write_bytes(PAGE.at(name, copy) + 4 * word, value.to_bytes(4, "little"))
        assert response == AxiResp.OKAY, f"{name} answers {response!r}"

    async def listen(self, line, generation):
        """Every edge of a line a packet on port 0."""
        config = PAGE["line.CONFIG"].word(MODE=3, STREAM=1, UNMASK=1)
        await self.write("line.CONFIG", config, line)
        await self.write("line.BIND", PAGE["line.BIND"].word(PORT=0, BIND=1, GENERATION=generation), line)


class Gp0(Dut):
    """The Zynq top, on AXI3. The model is one of AXI4, which has no WID: one write at a time, whose ID stands there."""

    def __init__(self, dut, seed=0):
        super().__init__(dut, "gp0", seed)

    def connect(self, top):
        bus = AxiBus.from_prefix(self.dut, top)
        return AxiMaster(bus, self.dut.clock, self.dut.resetn, reset_active_level=False, max_burst_len=16)

    def number(self):
        return self.random.randrange(1 << 12)

    async def write_bytes(self, address, data, **shape):
        number = self.number()
        self.dut.gp0_wid.value = number
        action = self.master.write(address, data, awid=number, **shape)
        return (await ends(action, f"a write to {address:#x}")).resp

    async def read_bytes(self, address, count, **shape):
        action = self.master.read(address, count, arid=self.number(), **shape)
        answer = await ends(action, f"a read of {address:#x}")
        return answer.resp, answer.data

    async def read_word(self, address):
        response, data = await self.read_bytes(address, 4)
        return response, int.from_bytes(data, "little")
