"""Trials as the tests of words and pictures need them, made fast."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from planned import make_plan

from saleslab.experiments import Metric, Trial


def make_trial(*, rates: dict[str, float], n: int = 400, n_looks: int = 6, seed: int = 5, **changes: Any) -> Trial:
    """Leads that came in over some weeks, each with a segment; planned as in `planned.make_plan`."""
    rng = np.random.default_rng(seed)
    parts = []
    for arm, rate in rates.items():
        parts.append(
            pd.DataFrame(
                {
                    "unit_id": [f"{arm}:{i}" for i in range(n)],
                    "arm": arm,
                    "succeeded": rng.random(n) < rate,
                    "look": np.sort(rng.integers(1, n_looks + 1, n)),
                    "group": rng.choice(["web", "fair", "call"], n),
                }
            )
        )
    rows = pd.concat(parts, ignore_index=True)
    plan = make_plan()
    values: dict[str, Any] = {
        "experiment_id": plan.experiment_id,
        "name": "Call script",
        "unit": "lead",
        "metric": Metric("appointment_rate", "rate"),
        "control": "old",
        "rows": rows,
        "assigned": rows[["unit_id", "arm"]],
        "plan": plan,
        "doubts": (),
        "as_of": date(2026, 10, 30),
        "starts_on": plan.starts_on,
        "ends_on": plan.ends_on,
        "horizon": plan.horizon,
    }
    return Trial(**(values | changes))
