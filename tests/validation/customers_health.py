"""Invented companies whose customers leave by a planted chance: health, and who slips away, over several seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.customers import (
    rate_health,
    read_health_accounts,
    read_health_groups,
    read_purchase_counts,
    value_customers,
)
from saleslab.simulation import Company, Scenario, load_company, simulate
from saleslab.stats import measure_auc, measure_calibration
from saleslab.warehouse import connect

DAY, HORIZON, SINCE = date(2026, 9, 30), 180, 182
FALLEN = (0.05, 0.1, 0.15, 0.2, 0.3)


@contextmanager
def open_company(seed: int, n_deals: int) -> Iterator[tuple[Company, Any]]:
    """Give a company and the warehouse that holds its tables."""
    company = simulate(Scenario(seed=seed, n_deals=n_deals))
    with connect("duckdb://") as lab:
        load_company(company, lab, loaded_at=pd.Timestamp("2026-10-01"))
        yield company, lab


def rate_companies(seeds: Sequence[int], n_deals: int = 20_000) -> pd.DataFrame:
    """Return, by seed and kind, how the model did on later customers, and how its chances sort by the planted ones.

    ``of_truth``: AUC for a planted chance above the median (contracts) or for having left by the day (buyers).
    """
    rows = []
    for seed in seeds:
        with open_company(seed, n_deals) as (company, lab):
            groups, accounts = (
                ask(lab, as_of=DAY, horizon=HORIZON) for ask in (read_health_groups, read_health_accounts)
            )
        health = rate_health(groups, accounts, as_of=DAY, horizon=HORIZON)
        truth = company.truth.customers.set_index("account_id")
        for kind, judged in health.kinds.items():
            rated = health.frame[health.frame["kind"] == kind].set_index("account_id")
            told = truth.loc[rated.index]
            planted = told["chance_leave"] > told["chance_leave"].median() if kind == "contract" else _has_left(told)
            row = {"seed": seed, "kind": kind, "verdict": judged.withheld or "usable", "rated": len(rated)}
            row["of_truth"] = measure_auc(planted, rated["chance_lost"]).estimate
            if judged.test is not None:
                row |= {"auc": judged.test.auc.estimate, "recency_alone": judged.test.recency_auc.estimate}
                row |= {"off": judged.test.calibration.mean_chance - judged.test.calibration.rate.estimate}
            if kind == "contract":
                curve = measure_calibration(_draw(told["chance_leave"], seed), rated["chance_lost"].to_numpy())
                row["off_truth"] = curve.mean_chance - float(told["chance_leave"].mean())
            rows.append(row)
    return pd.DataFrame(rows).sort_values(["kind", "seed"], ignore_index=True)


def find_slipping(seeds: Sequence[int], n_deals: int = 6_000) -> pd.DataFrame:
    """Return, for each fall of the chance to be there over half a year, who is listed and who of them has left.

    ``gone_of_listed``: of those listed, left by the planted day; ``gone_of_others``: of the others whose chance was at
    least a half; ``gone_found``: of these and those listed that have left, the share that is listed.
    """
    rows = []
    for seed in seeds:
        with open_company(seed, n_deals) as (company, lab):
            now, then = (read_purchase_counts(lab, as_of=day) for day in (DAY, DAY - timedelta(days=SINCE)))
        worth = value_customers(now, horizon=HORIZON / 7, model="auto", seed=1)
        before = worth.alive_model.predict(then, horizon=0.0)["chance_alive"].set_axis(then["account_id"])
        chance = worth.frame["chance_alive"].set_axis(now["account_id"])
        before = before.reindex(chance.index)
        gone = _has_left(company.truth.customers.set_index("account_id").reindex(chance.index))
        fall, others = (before - chance).fillna(0.0), (before >= 0.5).to_numpy()
        for least in FALLEN:
            listed = (fall >= least).to_numpy()
            row = {"seed": seed, "fallen": least, "model": worth.alive_model.model_, "listed": int(listed.sum())}
            row |= {"gone_of_listed": gone[listed].mean() if listed.any() else np.nan}
            row |= {"gone_of_others": gone[others & ~listed].mean()}
            rows.append(row | {"gone_found": (listed & gone).sum() / max((gone & (others | listed)).sum(), 1)})
    return pd.DataFrame(rows)


def _has_left(told: pd.DataFrame) -> np.ndarray:
    return (told["left_on"].notna() & (told["left_on"] <= pd.Timestamp(DAY))).to_numpy()


def _draw(chance: pd.Series, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(len(chance)) < chance.to_numpy()
