"""Random commands and edges at the AXI top, for whoever compares what two of it do. Nothing but that there was traffic is judged."""

import cocotb
from cocotb.triggers import ClockCycles

from dut import LINES, PAGE, PORTS, Dut

COMMANDS = 2500


def commands(random):
    """A register's name, its copy and a word that means something to it."""
    number = random.randrange
    line, port, generation = number(LINES), number(PORTS), number(1, 3)
    bind, config, moderation = PAGE["line.BIND"], PAGE["line.CONFIG"], PAGE["port_control.MODERATION"]
    return random.choice(
        [
            ("line.CONFIG", line, config.word(MODE=number(4), STREAM=number(2), UNMASK=1, FILTER=number(3))),
            ("line.BIND", line, bind.word(PORT=port, BIND=1, GENERATION=generation)),
            ("line.BIND", line, bind.word(PORT=port, BIND=number(8) > 0, GENERATION=generation)),
            ("line.ACK", line, PAGE["line.ACK"].word(GENERATION=generation)),
            ("bank.TRIGGER", 0, number(1 << LINES)),
            ("control.SNAPSHOT", 0, line),
            ("control.IRQ_ENABLE", 0, number(2)),
            ("control.RESET", 0, int.from_bytes(b"RSET", "little") if number(8) == 0 else number(1 << 32)),
            ("port_control.MODERATION", port, moderation.word(COUNT=number(4), TIME=number(4))),
            ("port.DOORBELL_INTERRUPT", port, number(1 << 32)),
            ("port.DOORBELL_USER", port, number(1 << 32)),
        ]
    )


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def random_traffic(dut):
    top = Dut(dut, "plain")
    await top.start(share=0.3)

    async def pins():
        while True:
            await top.toggle(top.random.randrange(1 << LINES))
            await ClockCycles(dut.clock, top.random.choice([1, 2, 5, 40]))

    cocotb.start_soon(pins())
    packets = 0
    known = sorted(PAGE.addresses(LINES, PORTS, rings=False))
    for _ in range(COMMANDS):
        action = top.random.randrange(4)
        if action == 0:
            await top.read_word(top.random.choice(known))
        elif action == 1:
            await top.write("port.LATCH", top.random.randrange(2))
            status = await top.read("port.HEAD_STATUS")
            if PAGE["port.HEAD_STATUS"].field("VALID", status):
                packets += 1
                await top.read("port.HEAD", word=top.random.randrange(8))
                await top.write("port.POP", PAGE["port.HEAD_STATUS"].field("TAG", status))
        elif action == 2:
            await top.write("port.POST", top.random.randrange(1 << 32), word=top.random.randrange(12))
        else:
            name, copy, word = commands(top.random)
            await top.write(name, word, copy)
    assert packets > COMMANDS // 20, f"{packets} packets came"
