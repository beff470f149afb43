"""cocotbext-pcie's TLP class behind a pipe: one JSON object a line comes in, one goes out.

    {"unpack": [doubleword, ...]}  what they say, and the doublewords that come of packing that again
    {"make": seed}                 a random TLP: what it says, and its doublewords

An answer is {"fields": {...}, "words": [...], "check": "..."}, or {"refused": "..."}. `check` is what Tlp.check() says
against a TLP, empty when that is nothing. Doublewords are big-endian, as the specification draws them.
"""

import contextlib
import io
import json
import random
import struct
import sys

from cocotbext.pcie.core.tlp import CplStatus, Tlp, TlpAttr, TlpTc, TlpType
from cocotbext.pcie.core.utils import PcieId

COMPLETIONS = (TlpType.CPL, TlpType.CPL_DATA, TlpType.CPL_LOCKED, TlpType.CPL_LOCKED_DATA)
REQUESTS = (
    TlpType.MEM_READ,
    TlpType.MEM_READ_64,
    TlpType.MEM_READ_LOCKED,
    TlpType.MEM_READ_LOCKED_64,
    TlpType.MEM_WRITE,
    TlpType.MEM_WRITE_64,
    TlpType.IO_READ,
    TlpType.IO_WRITE,
)


def fields(tlp):
    said = dict(kind=tlp.fmt_type.name, tc=int(tlp.tc), attr=int(tlp.attr), length=tlp.length, tag=tlp.tag)
    said.update(requester=int(tlp.requester_id), poisoned=tlp.ep, data=bytes(tlp.data).hex())
    said["extra"] = [name for name in ("ln", "th", "td", "bcm", "at", "ph") if getattr(tlp, name)]
    if tlp.fmt_type in COMPLETIONS:
        said.update(completer=int(tlp.completer_id), status=int(tlp.status), byte_count=tlp.byte_count)
        said.update(lower_address=tlp.lower_address)
    else:
        said.update(first=tlp.first_be, last=tlp.last_be, address=tlp.address)
    return said


def answer(tlp):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        good = tlp.check()
    assert good == (not said.getvalue())
    packed = bytes(tlp.pack())
    words = struct.unpack(f">{len(packed) // 4}L", packed)
    return {"fields": fields(tlp), "words": words, "check": said.getvalue()}


def unpack(words):
    try:
        return answer(Tlp.unpack(struct.pack(f">{len(words)}L", *words)))
    except (ValueError, KeyError, struct.error) as error:
        return {"refused": f"{error}"}
    except Exception as error:
        # What the class itself raises has no type of its own.
        if str(error) != "Unknown TLP type":
            raise
        return {"refused": f"{error}"}


def make(seed):
    pick = random.Random(seed)
    tlp = Tlp()
    tlp.fmt_type = pick.choice(REQUESTS + COMPLETIONS)
    tlp.tc, tlp.attr = TlpTc(pick.randrange(8)), TlpAttr(pick.randrange(8))
    tlp.requester_id = PcieId.from_int(pick.randrange(1 << 16))
    tlp.tag = pick.randrange(256)
    longest = pick.choice([1, 2, 8, 64, 1024])
    if tlp.fmt_type in COMPLETIONS:
        tlp.completer_id = PcieId.from_int(pick.randrange(1 << 16))
        tlp.status = CplStatus.SC if tlp.has_data() else pick.choice([CplStatus.SC, CplStatus.UR, CplStatus.CA])
        tlp.lower_address = pick.randrange(128)
        if tlp.has_data():
            tlp.set_data(pick.randbytes(4 * pick.randrange(1, longest + 1)))
        least = max(1, 4 * tlp.length - 3 - tlp.lower_address % 4)
        tlp.byte_count = pick.randrange(least, 4097)
        return answer(tlp)
    tlp.ep = pick.random() < 0.1
    is_io = tlp.fmt_type in (TlpType.IO_READ, TlpType.IO_WRITE)
    page = pick.randrange(1 << 20)
    if tlp.get_header_size_dw() == 4:
        page |= pick.randrange(1, 1 << 32) << 20
    first = pick.randrange(4096)
    size = pick.randrange(1, 1 + min(4 * longest, 4096 - first, 4 - first % 4 if is_io else 4096))
    address = page << 12 | first
    if tlp.has_data():
        tlp.set_addr_be_data(address, pick.randbytes(size))
    else:
        tlp.set_addr_be(address, size)
    return answer(tlp)


for line in sys.stdin:
    ((name, argument),) = json.loads(line).items()
    print(json.dumps({"unpack": unpack, "make": make}[name](argument)), flush=True)
