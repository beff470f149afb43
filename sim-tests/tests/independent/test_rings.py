"""cocotbext-axi's AXI memory behind the top with rings: every edge becomes a good slot, whatever the memory's pauses."""

import json
import random

import cocotb
from cocotb.triggers import ClockCycles, ValueChange
from cocotbext.axi import AddressSpace, AxiSlaveWrite, AxiWriteBus, MemoryRegion

from dut import LINES, PAGE, Dut, ends, pauses
from registers import Slot

BYTES = 32
SIZE = 6
SLOTS = 1 << SIZE
# Above 4 GiB. The memory is that of the ring and no byte more.
BASE = 0x12_3456_7000
# The numbers of the slots wrap within the run.
FIRST = 2**32 - 40
ROUNDS = 150
UNTOUCHED = b"\xa5" * BYTES


class Ring:
    """The ring of port 0's interrupts as a host sees it."""

    def __init__(self, dut):
        self.dut = dut
        self.memory = MemoryRegion(SLOTS * BYTES)
        self.memory.mem[:] = UNTOUCHED * SLOTS
        space = AddressSpace()
        space.register_region(self.memory, BASE)
        bus = AxiWriteBus.from_prefix(dut.dut, "memory")
        self.slave = AxiSlaveWrite(bus, dut.dut.clock, dut.dut.resetn, target=space, reset_active_level=False)
        self.next = FIRST
        self.slots = []

    def pause(self, share):
        for channel in (self.slave.aw_channel, self.slave.w_channel, self.slave.b_channel):
            # A generator of its own: edges must not depend on how long the memory's channels live.
            channel.set_pause_generator(pauses(random.Random(self.dut.random.random()), share))

    async def enable(self, base):
        dut = self.dut
        await dut.write("port_control.RING_BASE", base & 0xFFFF_FFFF)
        await dut.write("port_control.RING_BASE", base >> 32, word=1)
        await dut.write("port_control.RING_FIRST", self.next)
        await dut.write("port_control.RING_CONTROL", PAGE["port_control.RING_CONTROL"].word(ENABLE=1, SIZE=SIZE))
        assert await self.status("ENABLED") == 1

    async def status(self, field):
        return await self.dut.field("port_control.RING_STATUS", field)

    async def end(self):
        """Ends the ring and waits until its memory may be freed."""
        await self.dut.write("port_control.RING_CONTROL", 0)
        for _ in range(100):
            if await self.status("IDLE"):
                return
        raise AssertionError("the ring never becomes idle")

    def look(self):
        """Takes the next slot, if it is there."""
        at = self.next % SLOTS * BYTES
        data = bytes(self.memory.mem[at : at + BYTES])
        # The last word says whether the slot is new; the others may already be.
        sequence = int.from_bytes(data[-4:], "little")
        if sequence != self.next:
            untouched = data[-4:] == UNTOUCHED[-4:]
            assert untouched or sequence == (self.next - SLOTS) % 2**32, f"{sequence:#x} where {self.next:#x} belongs"
            return False
        self.slots.append(Slot.read(data))
        self.next = (self.next + 1) % 2**32
        return True

    async def doorbell(self, arm):
        word = PAGE["port.DOORBELL_INTERRUPT"].word(POSITION=self.next % 2**20, BEHIND=0, ARM=arm)
        await self.dut.write("port.DOORBELL_INTERRUPT", word)

    async def drain(self, count):
        """Takes that many slots as a driver does: looks, arms, sleeps until the interrupt."""
        irq = self.dut.dut.rings_irq
        while True:
            while self.look():
                pass
            if len(self.slots) >= count:
                return
            await self.doorbell(arm=1)
            slept = not irq.value
            while not irq.value:
                await ends(ValueChange(irq), "the wait for an interrupt")
            # The write has had its response before the notice.
            assert self.look() or not slept, "an interrupt, and nothing in memory"


async def counters(dut, line):
    await dut.write("control.SNAPSHOT", line)
    names = ("EDGES", "DELIVERED", "COALESCED", "LOST", "DISCARDED")
    return {name: await dut.read64(f"control.{name}") for name in names}


async def make_edges(dut, plan):
    """Changes pins as planned; clock, line and level of each edge."""
    made = []
    for pins, pause in plan:
        clock = await dut.toggle(pins)
        made += [(clock, line, dut.pins >> line & 1) for line in range(LINES) if pins >> line & 1]
        await ClockCycles(dut.dut.clock, pause)
    return made


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def edges_become_slots(dut):
    dut = Dut(dut, "rings")
    ring = Ring(dut)
    await dut.start(share=0.2)
    ring.pause(0.4)
    await dut.write("control.IRQ_ENABLE", 1)
    for line in range(LINES):
        await dut.listen(line, 0x100 + line)
    await ring.enable(BASE)
    # Edges on one to four pins at once.
    plan = [(dut.random.randrange(1, 1 << LINES), dut.random.randrange(8, 160)) for _ in range(ROUNDS)]
    making = cocotb.start_soon(make_edges(dut, plan))
    await ring.drain(sum(pins.bit_count() for pins, _ in plan))
    made = await making
    await ClockCycles(dut.dut.clock, 500)
    assert not ring.look(), "a slot more than edges"

    for slot in ring.slots:
        assert (slot.kind, slot.count, slot.before) == (0, 0, 0), f"nothing was lost: {slot}"
        assert slot.generation == 0x100 + slot.line and slot.flags & ~1 == 0, slot
    ticks = [slot.ticks for slot in ring.slots]
    assert ticks == sorted(ticks), "the oldest first"
    shift = ticks[0] - made[0][0]
    found = sorted((slot.ticks, slot.line, slot.flags & 1) for slot in ring.slots)
    assert found == [(clock + shift, line, level) for clock, line, level in made]
    for line in range(LINES):
        edges = sum(1 for edge in made if edge[1] == line)
        assert await counters(dut, line) == dict(EDGES=edges, DELIVERED=edges, COALESCED=0, LOST=0, DISCARDED=0)
    assert await ring.status("ERROR") == 0 and await ring.status("FAILED") == 0
    await ring.end()
    with open("slots.json", "w") as file:
        json.dump([list(slot) for slot in ring.slots], file)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def a_write_that_the_memory_refuses_ends_the_ring(dut):
    dut = Dut(dut, "rings", seed=1)
    ring = Ring(dut)
    await dut.start()
    ring.pause(0.4)
    await dut.listen(2, 7)
    before = await counters(dut, 2)
    # The page behind the memory.
    await ring.enable(BASE + 4096)
    await dut.toggle(1 << 2)
    for _ in range(100):
        if await dut.field("control.STATUS", "ERROR"):
            break
    assert await ring.status("ERROR") == 1 and await ring.status("FAILED") == 1
    # No reset clears counters, so those of an earlier test are in them.
    after = await counters(dut, 2)
    moved = {name: count - before[name] for name, count in after.items() if count != before[name]}
    assert moved == dict(EDGES=1, DISCARDED=1)
    assert bytes(ring.memory.mem[:]) == UNTOUCHED * SLOTS
