"""The CDNOW purchases: published numbers found again, and forecasts from 1997-09-30 beside what came until 1998-06-30.

Read from ``../shared/data/cdnow``. Each function returns a small frame.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.customers import CustomerValue, count_purchases, fit_renewals, fit_spend, value_customers

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "cdnow"
THEN, LATER, WEEKS = "1997-09-30", "1998-06-30", 39
DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}
MODELS = ("bgnbd", "mbgnbd", "pareto_nbd")

PUBLISHED = {
    "bgnbd": ((0.24259, 4.41360, 0.79292, 2.42591), -9582.429),
    "pareto_nbd": ((0.55328, 10.578, 0.60623, 11.668), -9594.976),
    "mbgnbd": ((0.52484, 6.18308, 0.89136, 1.61401), -9582.136),
}
"""Issue 5: parameters and log-likelihood of the 1/10 sample."""

SPEND = ((6.2496, 3.7442, 15.4435), -4055.918)
COHORTS = {
    "regular": ([1000, 631, 468, 382, 326, 289, 262, 241], (0.704, 1.182), -1680.3),
    "high end": ([1000, 869, 743, 653, 593, 551, 517, 491], (0.668, 3.806), -1611.2),
}
"""Fader & Hardie (2007): who was still there in each year, and the shifted beta-geometric parameters."""


@cache
def read_orders(*, master: bool = False) -> pd.DataFrame:
    """Return orders of the 1/10 sample, or of all customers."""
    names = ["customer_id", "day", "n", "amount"] if master else ["of", "customer_id", "day", "n", "amount"]
    path = FOLDER / ("CDNOW_master.txt.gz" if master else "CDNOW_sample.txt")
    words = {"customer_id": str, "day": str}
    rows = pd.read_csv(path, sep=r"\s+", header=0 if master else None, names=names, dtype=words)
    return rows[["customer_id", "amount"]].assign(ordered_at=pd.to_datetime(rows["day"]))


@cache
def count(as_of: str = THEN, *, unit: str = "W", master: bool = False) -> pd.DataFrame:
    """Return the summary of CDNOW's customers."""
    return count_purchases(read_orders(master=master), as_of=as_of, unit=unit)


def compare_published() -> pd.DataFrame:
    """Return the farthest parameter of each model from its published value, and the log-likelihood from its own."""
    found = []
    for name, (values, likelihood) in PUBLISHED.items():
        value = CustomerValue(name).fit(count())
        found.append((name, list(value.params_.values()), values, value.log_likelihood_, likelihood))
    spend = fit_spend(count())
    found.append(("gamma_gamma", list(spend.params.values()), SPEND[0], spend.log_likelihood, SPEND[1]))
    for name, (running, values, likelihood) in COHORTS.items():
        renewals = fit_renewals(running)
        told = list(renewals.params.values())
        found.append((f"beta-geometric, {name}", told, values, renewals.log_likelihood, likelihood))
    return pd.DataFrame(
        [
            (
                name,
                " ".join(f"{one:.5g}" for one in told),
                np.abs(np.subtract(told, values)).max(),
                abs(at - likelihood),
            )
            for name, told, values, at, likelihood in found
        ],
        columns=["model", "found", "parameters_off", "likelihood_off"],
    )


def cover_customers() -> pd.DataFrame:
    """Return how many customers' purchases, and amounts, lie in their intervals."""
    before, after = count(), count(LATER)
    came = (after["n_repeats"] - before["n_repeats"]).to_numpy()
    amount = after["spend_mean"] * after["n_repeats"] - before["spend_mean"] * before["n_repeats"]
    rows = []
    for name in MODELS:
        value = CustomerValue(name).fit(before)
        row: dict[str, object] = {"model": name}
        for mass in (0.8, 0.9, 0.95):
            told = value.predict(before, horizon=WEEKS, mass=mass)
            row[f"in_{mass:.0%}"] = ((told["lower"] <= came) & (came <= told["upper"])).mean()
        worth = value_customers(before, horizon=float(WEEKS), model=name).frame
        row["amounts_in_90%"] = (
            (worth["value_lower"] <= amount + 1e-6) & (amount <= worth["value_upper"] + 1e-6)
        ).mean()
        rows.append(row)
    return pd.DataFrame(rows)


def cover_totals() -> pd.DataFrame:
    """Return the total of all 23,570 customers from 1997-09-30 on, with both of its intervals, and what came."""
    before, after = count(master=True), count(LATER, master=True)
    came = float(after["n_repeats"].sum() - before["n_repeats"].sum())
    rows = []
    for name in (*MODELS, "auto"):
        told = CustomerValue(name).fit(before).predict_total(before, horizon=WEEKS)
        plain, wide = told.if_model_holds, told.total
        rows.append((name, plain.estimate, plain.low, plain.high, wide.low, wide.high, came, float(came in wide)))
    columns = ["model", "forecast", "if_model_holds_low", "if_model_holds_high", "low", "high", "came", "held"]
    return pd.DataFrame(rows, columns=columns)


def compare_forms() -> pd.DataFrame:
    """Return the largest relative difference of forecasts in other units, and whether order or ids change a bit."""
    rows = []
    for name in MODELS:
        told = [
            CustomerValue(name).fit(count(unit=unit)).predict(count(unit=unit), horizon=WEEKS * 7 / days)["mean"]
            for unit, days in DAYS.items()
        ]
        apart = max(float(np.abs(other / told[0] - 1).max()) for other in told[1:])
        mixed = read_orders().sample(frac=1, random_state=1)
        mixed = mixed.assign(customer_id=mixed["customer_id"].str[::-1])
        one, other = (
            CustomerValue(name).fit(count_purchases(rows_of, as_of=THEN)) for rows_of in (read_orders(), mixed)
        )
        rows.append((name, apart, float(one.params_ == other.params_)))
    return pd.DataFrame(rows, columns=["model", "units_apart", "same_bits"])
