"""cocotbext-axi's AXI4-Lite master against both tops: what docs/registers.md says, with random pauses."""

import cocotb
from cocotb.triggers import ClockCycles
from cocotbext.axi import AxiResp

from dut import LINES, PAGE, PORTS, Dut
from registers import Slot

ACCESSES = 1200


async def identity(dut, rings):
    read = dut.read
    assert await read("control.ID") == int.from_bytes(b"PRTL", "little")
    assert await dut.field("control.VERSION", "MAJOR") == PAGE.major
    assert await dut.field("control.VERSION", "MINOR") == PAGE.minor
    assert await read("control.HASH") == PAGE.hash
    assert await dut.field("control.CAP_SIZE", "LINES") == LINES
    assert await dut.field("control.CAP_SIZE", "PORTS") == PORTS
    assert await dut.field("control.CAP_FEATURES", "RINGS") == rings
    assert 1 << await dut.field("control.CAP_FEATURES", "STRIDE") == PAGE.strides["port"]


async def accesses(dut, rings):
    """Random reads and writes of any part of a word, several at once, against a model of the page."""
    known = PAGE.addresses(LINES, PORTS, rings)
    plain = sorted(address for address, (access, _) in known.items() if access == "plain")
    commands = sorted(address for address, (access, _) in known.items() if access == "command")
    fixed = sorted(address for address, (access, _) in known.items() if access == "read-only")
    words = dict.fromkeys(plain, 0)
    holes = partial = 0
    choose, number = dut.random.choice, dut.random.randrange

    async def write(address, first, count, expected):
        data = number(1 << 8 * count).to_bytes(count, "little")
        response = await dut.write_bytes(address + first, data)
        assert response == expected, f"a write of {count} bytes to {address + first:#x} answers {response!r}"
        return data

    for _ in range(ACCESSES):
        kind = choose(["plain", "plain", "read", "hole", "command", "fixed", "both"])
        first = number(4)
        count = number(1, 5 - first)
        if kind in ("plain", "both"):
            address, other = choose(plain), choose(plain)
            if kind == "both" and other != address:
                reading = cocotb.start_soon(dut.read_word(other))
            data = await write(address, first, count, AxiResp.OKAY)
            old = words[address].to_bytes(4, "little")
            new = old[:first] + data + old[first + count :]
            words[address] = int.from_bytes(new, "little") & known[address][1]
            if kind == "both" and other != address:
                assert await reading == (AxiResp.OKAY, words[other])
            assert await dut.read_word(address) == (AxiResp.OKAY, words[address]), f"{address:#x}"
        elif kind == "read":
            address = choose(fixed + commands)
            response, value = await dut.read_word(address)
            assert response == AxiResp.OKAY, f"{address:#x}"
            assert value & ~known[address][1] == 0, f"{address:#x} reads {value:#x}"
            assert known[address][0] == "read-only" or value == 0, f"a command reads {value:#x}"
        elif kind == "hole":
            address = 4 * number(1 << 16)
            if address in known:
                continue
            holes += 1
            if choose([False, True]):
                response, _ = await dut.read_word(address)
                assert response == AxiResp.SLVERR, f"a read of {address:#x} answers {response!r}"
            else:
                await write(address, first, count, AxiResp.SLVERR)
        elif kind == "fixed":
            holes += 1
            await write(choose(fixed), first, count, AxiResp.SLVERR)
        elif count < 4:
            partial += 1
            await write(choose(commands), first, count, AxiResp.SLVERR)
    assert holes > 20 and partial > 10, "the traffic gets everywhere"
    assert await dut.field("control.HOLES", "COUNT") == holes
    assert await dut.field("control.PARTIAL_WRITES", "COUNT") == partial
    assert await dut.field("control.STALE", "COUNT") == 0
    for address, word in words.items():
        assert await dut.read_word(address) == (AxiResp.OKAY, word), f"{address:#x} at the end"
        await dut.write_bytes(address, bytes(4))


async def pull(dut):
    """The packet at the head of port 0's interrupt queue, or none."""
    await dut.write("port.LATCH", 0)
    status = await dut.read("port.HEAD_STATUS")
    if not PAGE["port.HEAD_STATUS"].field("VALID", status):
        return None
    words = [await dut.read("port.HEAD", word=word) for word in range(8)]
    await dut.write("port.POP", PAGE["port.HEAD_STATUS"].field("TAG", status))
    assert words[5] >> 16 == 0 and words[7] == 0, "check and sequence number read zero"
    # A queue knows no check; with the right one the words are a slot.
    fold = 0
    for word in words:
        fold ^= word ^ word >> 16
    words[5] |= (fold & 0xFFFF) << 16
    return Slot.read(b"".join(word.to_bytes(4, "little") for word in words))


async def edges(dut):
    """Edges on the pins come out of the queue with their distances in clocks."""
    for line in range(LINES):
        await dut.listen(line, 0x100 + line)
    made = []
    for _ in range(20):
        line = dut.random.randrange(LINES)
        made.append((await dut.toggle(1 << line), line, dut.pins >> line & 1))
        await ClockCycles(dut.dut.clock, dut.random.randrange(8, 30))
    found = []
    while (slot := await pull(dut)) is not None:
        assert (slot.kind, slot.count, slot.before) == (0, 0, 0), f"nothing was lost: {slot}"
        assert slot.generation == 0x100 + slot.line
        found.append((slot.ticks, slot.line, slot.flags & 1))
    shift = found[0][0] - made[0][0]
    assert found == [(clock + shift, line, level) for clock, line, level in made]


async def run(dut, rings):
    await dut.start(share=0.4)
    await identity(dut, rings)
    await accesses(dut, rings)
    await edges(dut)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def registers_of_the_plain_top(dut):
    await run(Dut(dut, "plain"), rings=0)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def registers_of_the_top_with_rings(dut):
    await run(Dut(dut, "rings"), rings=1)
