"""Can a bundle that nobody vouches for be read at all? Tried in a process that may die of it.

LightGBM's parser is C++ that trusts its input. A bundle without a signature is therefore parsed, rebuilt and used on a
few made-up leads in a child process with bounds on its time and memory; only what came through is read here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from saleslab.errors import FileProblem, SaleslabError

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring.model.scorer import LeadScorer

CPU_SECONDS = 60
"""Bound on the child's work; LightGBM and scikit-learn alone take 2 to 4 s to load."""

MEMORY = 2**31
"""Bytes that the child may take beyond what its libraries take."""

_WALL_FACTOR = 5
_REFUSED = 3
_AGAIN = "take the bundle again from where it was saved, sign it with a key, or train the model again."


def build_scorer(state: Any, texts: Mapping[str, str], columns: Mapping[str, str]) -> LeadScorer:
    """Return the scorer that a state and its tree texts describe.

    Raises
    ------
    FileProblem
        When they describe none, or one for other columns than the manifest names.
    """
    import lightgbm

    from saleslab.scoring.model.scorer import LeadScorer

    try:
        scorer = LeadScorer.from_state(state, dict(texts))
        names, is_whole = list_columns(scorer), len(scorer.classes_) == 2 and scorer.get_state() == (state, dict(texts))
    except (
        SaleslabError, ArithmeticError, AttributeError, LookupError, MemoryError, TypeError, ValueError,
        RecursionError,
        lightgbm.basic.LightGBMError,
    ):  # fmt: skip
        names, is_whole = [], False
    if not is_whole:
        raise FileProblem("The state of the bundle does not describe a scorer.", _AGAIN)
    if names != list(columns):
        raise FileProblem("The bundle's scorer has other columns than its manifest names.", _AGAIN)
    return scorer


def list_columns(scorer: LeadScorer) -> list[str]:
    """Return the names of a scorer's input columns; ``x0``, ``x1`` and so on where it learned from bare arrays."""
    names = getattr(scorer, "feature_names_in_", None)
    return [f"x{at}" for at in range(scorer.n_features_in_)] if names is None else [str(name) for name in names]


def try_in_child(
    state: bytes, texts: Mapping[str, str], columns: Mapping[str, str], *, cpu_seconds: int = CPU_SECONDS
) -> None:
    """Parse, rebuild and use a bundle in a child process, and return when that went well.

    Parameters
    ----------
    state
        JSON of the scorer's state.
    texts
        Tree texts by name.
    columns
        Input columns and their kinds (``number``, ``name``, ``unused``).
    cpu_seconds
        Bound on the child's work.

    Raises
    ------
    FileProblem
        When the child refused the bundle, died of it, or did not come to an end.
    """
    asked = json.dumps({"state": state.decode("utf-8"), "texts": dict(texts), "columns": dict(columns)})
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(  # noqa: S603  # our own reader; the bundle comes in as data
            [sys.executable, "-P", "-m", "saleslab.scoring.bundles.reading", str(cpu_seconds)],
            input=asked.encode("utf-8"),
            capture_output=True,
            timeout=_WALL_FACTOR * cpu_seconds,
            check=False,
            env={**os.environ, **single},
        )
    except subprocess.TimeoutExpired:
        raise FileProblem("A reader of the unsigned bundle did not come to an end and was stopped.", _AGAIN) from None
    if done.returncode == _REFUSED:
        raise FileProblem("The unsigned bundle is not what a trained scorer saves: a reader refused it.", _AGAIN)
    if done.returncode:
        raise FileProblem("The unsigned bundle killed the process that tried to read it.", _AGAIN)


def make_probes(columns: Mapping[str, str]) -> pd.DataFrame:
    """Return made-up leads that reach both sides of every split: small, large, missing and unknown values."""
    import numpy as np
    import pandas as pd

    numbers = np.array([0.0, 1.0, -1.0, 1e-40, -1e15, 1e15, np.nan, 3.5])
    words = pd.array(["", "0", "a value nobody has", "日本", None, "1", "x" * 1000, "nan"], dtype="str")
    return pd.DataFrame({name: numbers if kind == "number" else words for name, kind in columns.items()})


def _bound(cpu_seconds: int) -> None:
    """Bound time, memory and files of this process, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    taken = _address_space()
    if taken:
        resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))


def _address_space() -> int:
    """Return how many bytes this process has mapped; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as facts:  # noqa: PTH123  # not a file of ours
            return int(facts.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _try(asked: Mapping[str, Any]) -> bool:
    """Say whether a bundle can be parsed, gives the same texts back, and scores leads with chances."""
    import lightgbm
    import numpy as np

    for text in asked["texts"].values():
        if lightgbm.Booster(model_str=text).model_to_string() != text:
            return False
    scorer = build_scorer(json.loads(asked["state"]), asked["texts"], asked["columns"])
    probes = make_probes(asked["columns"])
    chances = scorer.predict_proba(probes if hasattr(scorer, "feature_names_in_") else probes.to_numpy())
    return bool(chances.shape[1:] == (2,) and np.isfinite(chances).all() and (chances >= 0).all())


def main() -> int:
    """Try the bundle that comes in, and answer by the exit code alone."""
    import lightgbm  # loaded before the bound on memory
    import sklearn.base  # noqa: F401

    _bound(int(sys.argv[1]))
    asked = json.loads(sys.stdin.buffer.read())
    try:
        return 0 if _try(asked) else _REFUSED
    except (
        SaleslabError,
        ArithmeticError,
        LookupError,
        MemoryError,
        TypeError,
        ValueError,
        lightgbm.basic.LightGBMError,
    ):
        return _REFUSED


if __name__ == "__main__":
    sys.exit(main())
