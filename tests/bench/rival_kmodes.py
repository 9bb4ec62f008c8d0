"""The same customers, segmented by kmodes: ``python rival_kmodes.py FOLDER``, in an environment of its own.

Reads what `bench_segmentation.py` has written there; prints CPU seconds and cost of ten starts, its default, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from kmodes.kprototypes import KPrototypes


def main(folder: Path) -> None:
    """Print one line of JSON."""
    with np.load(folder / "customers.npz") as stored:
        numbers, words, k = stored["numbers"], stored["words"], int(stored["k"])
    rows = np.hstack([numbers.astype(object), words.astype(object)])
    places = list(range(numbers.shape[1], rows.shape[1]))
    started = time.process_time()
    model = KPrototypes(k, gamma=0.5, n_init=10, random_state=1).fit(rows, categorical=places)
    sys.stdout.write(json.dumps({"seconds": time.process_time() - started, "cost": float(model.cost_)}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
