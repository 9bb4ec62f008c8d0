"""How fast the front doors open: `import saleslab`, `saleslab --help`; CPU seconds of processes less a bare Python."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys


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
    helped = cpu_seconds(sys.executable, "-m", "saleslab.cli", "--help")
    print(f"import saleslab: {opened - bare:.3f} CPU s above a bare Python ({bare:.3f}); wanted: 0.15 at most")
    print(f"saleslab --help: {helped:.3f} CPU s, the whole process; wanted: 0.5 at most")
