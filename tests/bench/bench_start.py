"""How fast the front doors open: CPU seconds of `import saleslab` less a bare Python, CPU and wall of `--help`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time


def wall_seconds(*command: str, repeats: int = 7) -> float:
    """Return the median wall time of a command."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def cpu_seconds(*command: str, repeats: int = 7) -> float:
    """Return the median CPU time of a command."""
    times = []
    for _ in range(repeats):
        before = os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return statistics.median(times)


if __name__ == "__main__":
    bare = cpu_seconds(sys.executable, "-c", "pass")
    opened = cpu_seconds(sys.executable, "-c", "import saleslab")
    help_words = (sys.executable, "-m", "saleslab.cli", "--help")
    helped, waited = cpu_seconds(*help_words), wall_seconds(*help_words)
    print(f"import saleslab: {opened - bare:.3f} CPU s above a bare Python ({bare:.3f}); wanted: 0.15 at most")
    print(f"saleslab --help: {waited:.3f} s wall, {helped:.3f} s CPU, the whole process; wanted: 0.5 s at most")
