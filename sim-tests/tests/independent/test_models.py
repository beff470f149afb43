"""cocotbext-axi's models at the wires of ours; models.rs drives those clock by clock, through pipes."""

import json
import os
import random
import sys

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteRam, AxiMasterWrite, AxiProt, AxiWriteBus

from dut import SEED, pauses

WRITES = 200


async def start(dut):
    cocotb.start_soon(Clock(dut.clock, 10, "ns").start())
    dut.resetn.value = 0
    await ClockCycles(dut.clock, 16)
    dut.resetn.value = 1
    await ClockCycles(dut.clock, 4)


def pause(*channels):
    for number, channel in enumerate(channels):
        channel.set_pause_generator(pauses(random.Random(f"{SEED} {number}"), 0.4))


async def lockstep(dut, inputs, outputs, more=lambda: []):
    """A line of inputs for each clock comes in; the outputs that its edge finds go out, marked by `@`."""
    for line in sys.stdin:
        # After an edge, as a register would.
        for wire, word in zip(inputs, line.split(), strict=True):
            wire.value = int(word)
        await FallingEdge(dut.clock)
        words = [int(wire.value) for wire in outputs] + more()
        os.write(1, f"@{' '.join(map(str, words))}\n".encode())
        await RisingEdge(dut.clock)


def wires(dut, prefix, names):
    return [getattr(dut, f"{prefix}_{name}") for name in names.split()]


@cocotb.test()
async def a_memory_for_our_master(dut):
    inputs = wires(dut, "ram", "awaddr awvalid wdata wstrb wvalid bready araddr arvalid rready")
    for wire in inputs:
        wire.value = 0
    ram = AxiLiteRam(AxiLiteBus.from_prefix(dut, "ram"), dut.clock, dut.resetn, reset_active_level=False, size=1 << 18)
    await start(dut)
    write, read = ram.write_if, ram.read_if
    pause(write.aw_channel, write.w_channel, write.b_channel, read.ar_channel, read.r_channel)
    await lockstep(dut, inputs, wires(dut, "ram", "awready wready bresp bvalid arready rdata rresp rvalid"))


@cocotb.test()
async def a_master_for_our_memory(dut):
    inputs = wires(dut, "burst", "awready wready bresp bvalid")
    for wire in [*inputs, dut.burst_bid]:
        wire.value = 0
    bus = AxiWriteBus.from_prefix(dut, "burst")
    master = AxiMasterWrite(bus, dut.clock, dut.resetn, reset_active_level=False, max_burst_len=16)
    await start(dut)
    # Our memory is one for our writer, whose response is always taken and whose address is never late.
    pause(master.w_channel)
    written = []

    async def write():
        pick = random.Random(f"{SEED} write")
        for _ in range(WRITES):
            beats = pick.randrange(1, 17)
            # In four pages, of which our memory has two; never across the end of one.
            address = pick.randrange(4) << 12 | 8 * pick.randrange(512 - beats + 1)
            data = pick.randbytes(8 * beats)
            # ID 0 and these attributes, as our writer has them.
            answer = await master.write(address, data, awid=0, cache=2, prot=AxiProt(0))
            written.append([address, data.hex(), int(answer.resp)])

    writing = cocotb.start_soon(write())
    names = "awvalid awaddr awlen awsize awburst awcache awprot wvalid wdata wstrb wlast bready"
    await lockstep(dut, inputs, wires(dut, "burst", names), lambda: [int(writing.done())])
    assert writing.done()
    with open("written.json", "w") as file:
        json.dump(written, file)
