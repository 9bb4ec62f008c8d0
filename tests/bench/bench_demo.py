"""How long `saleslab demo` takes for the default company: wall and CPU seconds of everything that it starts.

Run it alone: ``.venv/bin/python tests/bench/bench_demo.py``. It invents the company, runs every report, publishes the
site in a folder that is thrown away, and runs the same once more, when everything is there already.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WANTED = 90


def seconds_of_demo(folder: Path) -> tuple[float, float]:
    """Return the wall and CPU seconds of one demo, its kernels included."""
    words = [sys.executable, "-m", "saleslab.cli", "demo", "--out", str(folder / "reports")]
    before, began = os.times(), time.perf_counter()
    subprocess.run([*words, "--db", str(folder / "demo.duckdb")], check=True, stdout=subprocess.DEVNULL)
    after, ended = os.times(), time.perf_counter()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return ended - began, cpu


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        wall, cpu = seconds_of_demo(Path(place))
        again, _ = seconds_of_demo(Path(place))
    print(f"saleslab demo: {wall:.1f} s wall, {cpu:.1f} s CPU on {os.cpu_count()} cores; wanted: {WANTED} s at most")
    print(f"saleslab demo once more, nothing changed: {again:.1f} s wall")
