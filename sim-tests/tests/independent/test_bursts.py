"""cocotbext-axi's AXI master against the Zynq top: bursts of every kind that a model of AXI4 can send to AXI3.

What the model cannot say is AXI3's own: write data with another ID, locked accesses, data of several writes under way.
"""

import cocotb
from cocotbext.axi import AxiBurstType, AxiLockType, AxiResp

import test_registers
from dut import LINES, PAGE, PORTS, Gp0

BURSTS = 900


def places(address, count, size, kind):
    """The first byte of each beat (ARM IHI 0022, A3.4.1)."""
    step = 1 << size
    if kind == AxiBurstType.FIXED:
        return [address] * count
    if kind == AxiBurstType.WRAP:
        base = address - address % (count * step)
        return [base + (address - base + beat * step) % (count * step) for beat in range(count)]
    aligned = address - address % step
    return [address] + [aligned + beat * step for beat in range(1, count)]


class Registers:
    """What a beat does, by the page alone."""

    def __init__(self):
        self.known = PAGE.addresses(LINES, PORTS, 1)
        self.words = {address: 0 for address, (access, _) in self.known.items() if access == "plain"}
        self.holes = self.partial = 0

    def write(self, place, data):
        """Bytes within a word. None when the beat would be a command."""
        word, first = place & ~3, place & 3
        access, mask = self.known.get(word, ("hole", 0))
        if access == "plain":
            old = self.words[word].to_bytes(4, "little")
            new = old[:first] + data + old[first + len(data) :]
            self.words[word] = int.from_bytes(new, "little") & mask
            return AxiResp.OKAY
        if access == "command":
            self.partial += 1
        else:
            self.holes += 1
        return AxiResp.SLVERR

    def read(self, place, count):
        """The answer and the bytes within a word, or none where they change."""
        word, first = place & ~3, place & 3
        access, _ = self.known.get(word, ("hole", 0))
        if access == "hole":
            self.holes += 1
            return AxiResp.SLVERR, bytes(count)
        if access == "read-only":
            return AxiResp.OKAY, None
        return AxiResp.OKAY, self.words.get(word, 0).to_bytes(4, "little")[first : first + count]


def shape(random, registers):
    """A burst that does no command: where it begins, its beats, size and kind."""
    while True:
        kind = random.choice(list(AxiBurstType))
        # The model finds the lanes of narrow beats in bursts that go on.
        size = random.randrange(3) if kind == AxiBurstType.INCR else 2
        count = random.choice([2, 4, 8, 16]) if kind == AxiBurstType.WRAP else random.randrange(1, 17)
        near = random.choice(list(registers.known)) if random.randrange(8) else random.randrange(1 << 18)
        address = (near + random.randrange(-8, 8)) % (1 << 18)
        if kind != AxiBurstType.INCR:
            address &= ~3
        first = address - address % (1 << size)
        # The model would make two bursts of it.
        if first >> 12 != first + (count << size) - 1 >> 12:
            continue
        return address, count, size, kind


def is_command(registers, place, size):
    whole = size == 2 and place % 4 == 0
    return whole and registers.known.get(place & ~3, ("hole", 0))[0] == "command"


async def bursts(dut):
    registers, random = Registers(), dut.random
    seen = {kind: 0 for kind in AxiBurstType}
    refused = 0
    # No reset clears counters, so those of an earlier test are in them.
    before = [await dut.field(f"control.{name}", "COUNT") for name in ("HOLES", "PARTIAL_WRITES")]
    for _ in range(BURSTS):
        address, count, size, kind = shape(random, registers)
        beats = places(address, count, size, kind)
        # How many bytes of each beat's word, from its place on.
        widths = [(1 << size) - place % (1 << size) for place in beats]
        lock = random.choice(list(AxiLockType))
        if random.randrange(2) and not any(is_command(registers, place, size) for place in beats):
            parts = [random.randbytes(width) for width in widths]
            expected = max(registers.write(place, part) for place, part in zip(beats, parts, strict=True))
            response = await dut.write_bytes(address, b"".join(parts), size=size, burst=kind, lock=lock)
            assert response == expected, f"a write of {count} beats to {address:#x} ({kind!r}) answers {response!r}"
        else:
            answers = [registers.read(place, width) for place, width in zip(beats, widths, strict=True)]
            expected = max(answer for answer, _ in answers)
            response, data = await dut.read_bytes(address, sum(widths), size=size, burst=kind, lock=lock)
            assert response == expected, f"a read of {count} beats of {address:#x} ({kind!r}) answers {response!r}"
            at = 0
            for (_, part), width, place in zip(answers, widths, beats, strict=True):
                assert part is None or data[at : at + width] == part, f"{place:#x} in a burst ({kind!r}) of {address:#x}"
                at += width
        seen[kind] += count > 1
        refused += expected != AxiResp.OKAY
    assert min(seen.values()) > 100 and refused > 200, f"the traffic gets everywhere: {seen}, {refused}"
    after = [await dut.field(f"control.{name}", "COUNT") for name in ("HOLES", "PARTIAL_WRITES")]
    counted = [(new - old) % 2**16 for new, old in zip(after, before, strict=True)]
    assert counted == [registers.holes, registers.partial], "each beat is counted once"
    for address, word in registers.words.items():
        assert await dut.read_word(address) == (AxiResp.OKAY, word), f"{address:#x} at the end"


async def user_packets(dut):
    """Twelve words into the post window in one burst, sixteen out of the head in one."""
    for _ in range(20):
        packet = dut.random.randbytes(48)
        assert await dut.write_bytes(PAGE.at("port.POST"), packet) == AxiResp.OKAY
        await dut.write("port.LATCH", 1)
        response, data = await dut.read_bytes(PAGE.at("port.HEAD"), 64)
        assert response == AxiResp.OKAY and data[:48] == packet
        status = await dut.read("port.HEAD_STATUS")
        await dut.write("port.POP", PAGE["port.HEAD_STATUS"].field("TAG", status))


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def registers_of_the_zynq_top(dut):
    await test_registers.run(Gp0(dut), rings=1)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def bursts_of_the_zynq_top(dut):
    dut = Gp0(dut, seed=1)
    await dut.start(share=0.4)
    await bursts(dut)
    await user_packets(dut)
