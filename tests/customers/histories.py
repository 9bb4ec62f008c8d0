"""Invented customers whose truth is known, and the published CDNOW purchases."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saleslab.customers import count_purchases

CDNOW = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdnow"


def needs_cdnow(test):
    """Mark a test that reads the public CDNOW purchases; it skips where they are absent."""
    absent = pytest.mark.skipif(not CDNOW.is_dir(), reason="the public CDNOW purchases are not beside the project")
    return pytest.mark.real_data(absent(test))


@cache
def read_cdnow(*, master: bool = False) -> pd.DataFrame:
    """Return orders of the 1/10 sample, or of all customers."""
    if master:
        names, path, header = ["customer_id", "day", "n", "amount"], CDNOW / "CDNOW_master.txt.gz", 0
    else:
        names, path, header = ["of", "customer_id", "day", "n", "amount"], CDNOW / "CDNOW_sample.txt", None
    rows = pd.read_csv(path, sep=r"\s+", header=header, names=names, dtype={"customer_id": str, "day": str})
    return pd.DataFrame(
        {"customer_id": rows["customer_id"], "ordered_at": pd.to_datetime(rows["day"]), "amount": rows["amount"]}
    )


@cache
def count_cdnow(as_of: str = "1997-09-30", *, unit: str = "W", master: bool = False) -> pd.DataFrame:
    """Return the summary of CDNOW's customers."""
    return count_purchases(read_cdnow(master=master), as_of=as_of, unit=unit)


def invent_orders(
    n: int,
    *,
    seed: int,
    rate: tuple[float, float] = (0.8, 40.0),
    leaves: tuple[float, float] = (0.9, 3.0),
    k: int = 1,
    days: int = 400,
) -> pd.DataFrame:
    """Return orders of customers who may leave after any purchase, the first one too, and take k steps to each.

    ``rate`` is shape and rate (in days) of the Gamma distribution of steps; ``leaves`` the Beta distribution to leave.
    """
    rng = np.random.default_rng(seed)
    steps, leaving = rng.gamma(rate[0], 1 / rate[1], n), rng.beta(*leaves, n)
    rows = []
    for at in range(n):
        day = float(rng.integers(0, 90))
        while day <= days:
            rows.append((f"c{at:05d}", int(day), round(float(rng.gamma(4, 10)), 2)))
            if rng.random() < leaving[at]:
                break
            day += max(rng.gamma(k) / steps[at], 1.0)
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    return frame.assign(ordered_at=pd.Timestamp("2025-01-01") + pd.to_timedelta(frame.pop("day"), unit="D"))


def invent_counts(
    n: int, *, seed: int, params: tuple[float, float, float, float], at_once: bool = False
) -> pd.DataFrame:
    """Return a summary of customers as BG/NBD (or, with ``at_once``, MBG/NBD) has them, in continuous time."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = params
    age, rate, leaving = rng.integers(20, 60, n) * 1.0, rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    x, last, now = np.zeros(n), np.zeros(n), np.zeros(n)
    active = np.flatnonzero(rng.random(n) >= leaving) if at_once else np.arange(n)
    while len(active):
        now[active] += rng.exponential(1 / rate[active])
        active = active[now[active] <= age[active]]
        x[active] += 1
        last[active] = now[active]
        active = active[rng.random(len(active)) >= leaving[active]]
    return pd.DataFrame({"n_repeats": x, "recency": last, "age": age})
