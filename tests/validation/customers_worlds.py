"""Invented customers whose truth is known: do ranges of counts, amounts, totals and retention hold what they say?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from saleslab.customers import (
    CustomerValue,
    count_purchases,
    fit_log_spend,
    fit_spend,
    measure_retention,
    value_customers,
)
from saleslab.customers.contracts.retention import count_retained

THEN, NOW, DAYS = date(2025, 9, 30), date(2026, 9, 30), 180


def draw_orders(n: int, seed: int, *, busier: float = 1.0) -> pd.DataFrame:
    """Return orders of 720 days of customers who may leave after any purchase, the first too.

    ``busier``: what the pace of all is multiplied by from day 540 on; other than 1 no model knows of it.
    """
    rng = np.random.default_rng(seed)
    pace, leaving = rng.gamma(0.8, 1 / 40, n), rng.beta(0.9, 3.0, n)
    now, active, rows = rng.uniform(0, 200, n), np.arange(n), []
    while len(active):
        rows.append(pd.DataFrame({"customer_id": active, "day": now[active]}))
        active = active[rng.random(len(active)) >= leaving[active]]
        wait = rng.exponential(1 / pace[active])
        rest = np.maximum(540 - now[active], 0)
        now[active] += np.where(wait > rest, rest + (wait - rest) / busier, wait)
        active = active[now[active] < 720]
    frame = pd.concat(rows, ignore_index=True)
    frame["ordered_at"] = pd.Timestamp("2024-10-01") + pd.to_timedelta(frame.pop("day").astype(int), unit="D")
    return frame.assign(customer_id=frame["customer_id"].astype(str), amount=10.0)


def cover_totals(runs: int) -> pd.DataFrame:
    """Return how often the total of 1,500 customers lies in its 90 % interval, with and without a change."""
    rows, then = [], pd.Timestamp("2024-10-01") + pd.Timedelta(days=540)
    for name, busier in (("nothing changes", 1.0), ("all buy a fifth more", 1.2), ("all buy a fifth less", 0.8)):
        held = []
        for seed in range(runs):
            orders = draw_orders(1_500, seed, busier=busier)
            before = count_purchases(orders, as_of=then.date(), unit="D")
            after = count_purchases(orders, as_of=(then + pd.Timedelta(days=DAYS - 1)).date(), unit="D")
            known = after[after["customer_id"].isin(before["customer_id"])]
            came = float(known["n_repeats"].sum() - before["n_repeats"].sum())
            value = CustomerValue("mbgnbd").fit(before)
            told = value.predict_total(before, horizon=DAYS - 1)
            held.append((came in told.total, came in told.if_model_holds, came / told.total.estimate))
        parts = np.array(held, dtype=float)
        rows.append((name, *parts[:, :2].mean(axis=0), parts[:, 2].mean()))
    return pd.DataFrame(rows, columns=["what", "in_interval", "in_if_model_holds", "came_of_forecast"])


def draw_spenders(n: int, seed: int, *, pull: float, horizon: float = 26.0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a summary of customers who never leave, with Gamma-Gamma amounts, and what each brings afterwards."""
    rng = np.random.default_rng(seed)
    rate, age = rng.gamma(0.9, 1 / 8, n), rng.integers(20, 60, n) * 1.0
    x = rng.poisson(rate * age) * 1.0
    last = np.where(x > 0, np.minimum(np.ceil(age * rng.random(n) ** (1 / np.maximum(x, 1))), age), 0.0)
    scale = 15 / rng.gamma(4.0, size=n) * np.maximum(x, 1) ** pull
    spend = np.where(x > 0, rng.gamma(6.0 * np.maximum(x, 1)) * scale / np.maximum(x, 1), 0.0)
    bought = rng.poisson(rate * horizon)
    amount = np.where(bought > 0, rng.gamma(6.0 * np.maximum(bought, 1)) * scale, 0.0)
    summary = pd.DataFrame({"n_repeats": x, "recency": last, "age": age, "spend_mean": spend, "spend_first": 50.0})
    return summary, amount


def cover_amounts(runs: int) -> pd.DataFrame:
    """Return how many amounts of customers lie in their 90 % ranges, and beyond each end."""
    rows = []
    for name, pull in (("amounts do not depend on how often", 0.0), ("they do", 0.4)):
        parts, ways = [], set()
        for seed in range(runs):
            summary, amount = draw_spenders(2_000, seed, pull=pull)
            worth = value_customers(summary, horizon=26.0, model="nbd", seed=seed)
            low, high = worth.frame["value_lower"].to_numpy(), worth.frame["value_upper"].to_numpy()
            parts.append(((low <= amount) & (amount <= high)).mean())
            ways.add(worth.spend_way)
        rows.append((name, " ".join(sorted(ways)), np.mean(parts), min(parts)))
    return pd.DataFrame(rows, columns=["what", "model", "in_range", "worst_run"])


def cover_sums(runs: int) -> pd.DataFrame:
    """Return how often the sum of 1 to 4 new purchases of log-normal customers lies below and above its 90 % range."""
    rows = []
    for luck in (0.3, 0.6, 1.0, 1.5):
        places, plain = [], []
        for seed in range(runs):
            rng = np.random.default_rng(seed)
            x = rng.geometric(0.3, 4_000)
            true = np.exp(3 + 0.5 * np.log(x) + 0.5 * rng.standard_normal(4_000))
            mean = true * rng.gamma(x / luck**2) * luck**2 / x
            summary = pd.DataFrame({"n_repeats": x, "spend_mean": mean})
            n = rng.integers(1, 5, 4_000).astype(float)
            came = true * rng.gamma(n / luck**2) * luck**2
            for found, spend in ((places, fit_log_spend(summary)), (plain, fit_spend(summary))):
                known, scales = spend.scales(summary)
                found.append(spend.total_of(n, known).place(came / scales))
        told = np.concatenate(places)
        held = [((one >= 0.05) & (one <= 0.95)).mean() for one in (told, np.concatenate(plain))]
        rows.append((luck, held[0], (told < 0.05).mean(), (told > 0.95).mean(), held[1]))
    return pd.DataFrame(rows, columns=["luck", "in_range", "below", "above", "in_range_of_gamma_gamma"])


def cover_retention(sizes: Sequence[int], runs: int) -> pd.DataFrame:
    """Return how often NRR and GRR of the truth lie in their 90 % intervals, by the number of customers."""
    rng = np.random.default_rng(11)
    many = _draw_contracts(rng, 1_000_000)
    start = many[:, 0].sum()
    truths = {"net": many[:, 1].sum() / start, "gross": many.min(axis=1).sum() / start}
    rows = []
    for size in sizes:
        hits = {"net": 0.0, "gross": 0.0}
        for _ in range(runs):
            row = pd.DataFrame([count_retained(_draw_contracts(rng, size).tolist())])
            found = measure_retention(row, since=THEN, as_of=NOW)
            for part, truth in truths.items():
                hits[part] += truth in getattr(found, f"{part}_interval")
        rows.append((size, hits["net"] / runs, hits["gross"] / runs))
    return pd.DataFrame(rows, columns=["customers", "nrr_held", "grr_held"])


def _draw_contracts(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return what n customers bring at two days; 88 of 100 stay, most of them change a little."""
    then = np.exp(rng.normal(0.0, 0.8, n)) * 500_000
    return np.column_stack([then, np.where(rng.random(n) < 0.88, then * np.exp(rng.normal(0.02, 0.15, n)), 0.0)])
