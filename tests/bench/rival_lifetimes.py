"""The same customers, fitted by lifetimes 0.11.3: run by `bench_customers.py` in an environment of its own.

``python rival_lifetimes.py MODEL FILE``: prints CPU seconds and the parameters; the file holds n_repeats, recency, age.
"""

from __future__ import annotations

import sys
import time
import warnings

import lifetimes
import numpy as np

MODELS = {"bgnbd": lifetimes.BetaGeoFitter, "pareto_nbd": lifetimes.ParetoNBDFitter}


def main(model: str, file: str) -> None:
    """Print seconds, then parameters."""
    histories = np.load(file)
    columns = [histories[name] for name in ("n_repeats", "recency", "age")]
    fitter = MODELS[model](penalizer_coef=0.0)
    began = time.process_time()
    fitter.fit(*columns)
    print(time.process_time() - began, *(round(float(value), 4) for value in fitter.params_))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
