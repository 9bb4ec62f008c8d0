"""How often the range of a company's total holds where all its parts suffer the same shocks, and where none do.

``python tests/validation/forecasting_shocks.py [N]``: N invented companies a kind of shock (54).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from shocked_companies import SHOCKS, hold_totals

if __name__ == "__main__":
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 54
    for kind in SHOCKS:
        inside = np.array(hold_totals(kind, n_companies=n))
        error = inside.std(ddof=1) / np.sqrt(n)
        sys.stdout.write(f"{kind}: 80 % ranges held {inside.mean():.3f} (standard error {error:.3f}), {n} companies\n")
        sys.stdout.flush()
