"""docs/registers.md as a program that knows nothing else reads it, and the layout of an interrupt slot.

Addresses, copies, access and fields come from the page's own text; nothing is shared with the crates.
"""

import re
import struct
from functools import reduce
from pathlib import Path
from typing import NamedTuple


class Register(NamedTuple):
    address: int
    words: int
    access: str
    # name -> (highest bit, lowest bit); a register without fields has 32 bits of its own
    fields: dict

    def mask(self):
        """The bits that exist."""
        if not self.fields:
            return 0xFFFF_FFFF
        return reduce(int.__or__, ((1 << high + 1) - (1 << low) for high, low in self.fields.values()))

    def field(self, name, word):
        high, low = self.fields[name]
        return word >> low & (1 << high - low + 1) - 1

    def word(self, **values):
        """A word with these fields, the others zero."""
        word = 0
        for name, value in values.items():
            high, low = self.fields[name]
            assert 0 <= value < 1 << high - low + 1, f"{name}={value:#x}"
            word |= value << low
        return word


class Page:
    """The page. `page["AREA.NAME"]` is the register of the area's first copy."""

    def __init__(self, path):
        text = Path(path).read_text()
        title = re.search(r"# Register map (\d+)\.(\d+), layout hash (0x[0-9a-f]{8})", text)
        self.major, self.minor, self.hash = int(title[1]), int(title[2]), int(title[3], 16)
        self.registers, self.strides = {}, {}
        for part in text.split("\n## ")[1:]:
            area, base = re.match(r"(\w+) at (0x[0-9a-f]+)", part).groups()
            copies = re.search(r"Up to \d+ copies, (\d+) bytes apart", part)
            self.strides[area] = int(copies[1]) if copies else 0
            name = None
            for row in re.findall(r"^\| (.*) \|$", part, re.M)[1:]:
                offset, title, access, bits = [cell.strip() for cell in row.split("|")][:4]
                if offset:
                    first, _, last = offset.partition("–")
                    first, last = int(first, 16), int(last or first, 16)
                    name = f"{area}.{title}"
                    self.registers[name] = Register(int(base, 16) + first, (last - first) // 4 + 1, access, {})
                elif bits:
                    high, _, low = bits.partition(":")
                    self.registers[name].fields[title.split(".")[1]] = (int(high), int(low or high))
        assert len(self.registers) > 50, "the page was not understood"

    def __getitem__(self, name):
        return self.registers[name]

    def at(self, name, copy=0):
        """The address of a register in a copy of its area."""
        return self.registers[name].address + copy * self.strides[name.split(".")[0]]

    def addresses(self, lines, ports, rings):
        """Every address that exists, with its access and the bits of its word."""
        copies = {"line": lines, "port": ports, "port_control": ports}
        found = {}
        for name, register in self.registers.items():
            area, short = name.split(".")
            if not rings and "RING_" in short:
                continue
            for copy in range(copies.get(area, 1)):
                for word in range(register.words):
                    found[self.at(name, copy) + 4 * word] = (register.access, register.mask())
        return found


class Slot(NamedTuple):
    ticks: int
    before: int
    line: int
    kind: int
    flags: int
    generation: int
    check: int
    count: int
    sequence: int

    @classmethod
    def read(cls, data):
        """An interrupt slot of 32 bytes, little-endian; raises when its check is not the XOR of the other halves."""
        slot = cls(*struct.unpack("<QQHBBHHII", data))
        fold = reduce(int.__xor__, struct.unpack("<16H", data))
        assert fold == 0, f"the check of {slot} is off by {fold:#06x}"
        return slot
