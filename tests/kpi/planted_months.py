"""Companies whose months are drawn from levels that we know, in the shape of ``kpi_values``."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.templates import override_tree, read_template

AS_OF = date(2026, 9, 30)
GOAL = "won_amount"


def make_goal(target: float, **nodes: Mapping[str, object]) -> KpiTree:
    """Return the tree ``won_amount = n_decided x win_rate x deal_size`` with a target for the third quarter."""
    goal = {"target": {"period": "2026Q3", "target": target}}
    return override_tree(read_template("inside_sales"), {GOAL: goal, **nodes})


def draw_months(
    seed: int, *, n: int = 24, start: str = "2024-10-01", decided: float = 60.0, rate: float = 0.3, size: float = 2.0,
    rate_sd: float = 0.0, count_sd: float = 0.0,
) -> pd.DataFrame:  # fmt: skip
    """Return months of a company: deals decided, those won, and their amounts, each month around levels of its own."""
    rng = np.random.default_rng(seed)
    starts = pd.date_range(start, periods=n, freq="MS")
    n_decided = rng.poisson(decided * np.exp(rng.normal(-(count_sd**2) / 2, count_sd, n)))
    logit = np.log(rate / (1 - rate)) + rng.normal(0, rate_sd, n)
    n_won = rng.binomial(n_decided, 1 / (1 + np.exp(-logit)))
    amount = np.array([rng.gamma(2.0, size / 2.0, k).sum() for k in n_won])
    return lay_months(starts, n_decided, n_won, amount)


def lay_months(starts, n_decided, n_won, amount) -> pd.DataFrame:
    """Return the rows of four measures."""
    months = {"scope_type": "company", "scope_id": "company", "period_start": starts}
    months |= {"period_end": starts + pd.offsets.MonthEnd(1)}
    n_decided, n_won, amount = (np.asarray(one, dtype=float) for one in (n_decided, n_won, amount))
    nothing = np.full(len(n_won), np.nan)
    share = np.divide(n_won, n_decided, out=nothing.copy(), where=n_decided > 0)
    mean = np.divide(amount, n_won, out=nothing.copy(), where=n_won > 0)
    measures = {
        "n_decided": (n_decided, n_decided, n_decided, nothing),
        "win_rate": (share, n_decided, n_won, n_decided),
        "deal_size": (mean, n_won, amount, n_won),
        "won_amount": (amount, n_won, amount, nothing),
    }
    frames = [
        pd.DataFrame(months | dict(zip(("value", "n", "numerator", "denominator"), columns, strict=True)))
        .assign(metric_id=name)
        .dropna(subset="value")
        for name, columns in measures.items()
    ]
    return pd.concat(frames, ignore_index=True)
