"""Companies whose truth is known: months that vary more than luck alone, and what comes next.

Rates 5 to 60 %, 20 to 400 trials a month (log-uniform, Poisson around it), month-to-month logit sd as asked; targets
lie around the true rate (logit sd .3), so that chances spread from 0 to 1.
"""

from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit, logit

FIRST = date(2025, 1, 1)


def simulate_rates(rng, sd, *, n_past=12, n_next=3, trials=(20, 400)):
    """Return successes and trials of past and next months, and a target."""
    mean = rng.uniform(0.05, 0.6)
    size = np.exp(rng.uniform(*np.log(trials)))
    n = np.maximum(rng.poisson(size, n_past + n_next), 1)
    k = rng.binomial(n, expit(logit(mean) + sd * rng.standard_normal(n_past + n_next)))
    return k, n, float(expit(logit(mean) + rng.normal(0, 0.3)))


def lay_history(metric_id, value, *, n=None, numerator=None, denominator=None, start=FIRST, **columns):
    """Return rows in the shape of kpi_values, one a month."""
    value = np.asarray(value, dtype=np.float64)
    starts = pd.date_range(start, periods=len(value), freq="MS")
    frame = pd.DataFrame(
        {"metric_id": metric_id, "scope_type": "company", "scope_id": "company", "period_start": starts}
    )
    frame["period_end"] = starts + pd.offsets.MonthEnd()
    frame["value"] = value
    frame["n"] = value if n is None else n
    frame["numerator"] = value if numerator is None else numerator
    frame["denominator"] = np.nan if denominator is None else denominator
    return frame.assign(**columns)


def lay_rates(metric_id, k, n, **columns):
    """Return months of a share."""
    k, n = np.asarray(k, dtype=np.float64), np.asarray(n, dtype=np.float64)
    return lay_history(metric_id, k / n, n=n, numerator=k, denominator=n, **columns)


def end_of(n_months, start=FIRST):
    """Return the last day of the last month."""
    return (pd.Timestamp(start) + pd.offsets.MonthEnd(n_months)).date()
