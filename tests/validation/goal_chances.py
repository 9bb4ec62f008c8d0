"""Whose chance of a goal is the better one: of the measures' past, of the forecast of deals, or of both joined?

``python tests/validation/goal_chances.py [N]``: N invented companies (12) of seeds 0 to N - 1, two quarters of each,
asked on the eve, and 38 and 73 days after it. The targets of the chances are those of a manager who knows the past
alone: 0.8 to 1.4 times the mean of the last four quarters.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from saleslab import forecasting, kpi
from saleslab.periods import Period
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect

EVES = (date(2026, 3, 31), date(2026, 6, 30))
AFTER = (0, 38, 73)
KNOWN = date(2026, 9, 30)
STRETCHES = (0.8, 0.9, 1.0, 1.1, 1.2, 1.4)
PARTS = ("n_won", "n_decided", "deal_size", "win_rate")

Draws = Mapping[str, np.ndarray]


def ask(lab: Warehouse, day: date, period: Period, seed: int) -> Iterator[dict[str, object]]:
    """Yield how each of the three did on a day: of the goal and of what it is made of."""
    came = _measure(lab, period)
    past = [_measure(lab, one)["won_amount"] for one in _list_past(lab, period, 4)]
    usual = float(np.mean(past))
    landed = forecasting.follow_landing(lab, as_of=day, n_weeks=1, seed=1)
    review, _ = kpi.try_target(
        lab, as_of=day, target=usual, n_past=0, seed=1, draws=landed.draws, drawn_for=landed.period,
        money=landed.measure,
    )  # fmt: skip
    study = review.study
    fit = study.forecast
    forecast = landed.draws[["won_amount", "open_amount", "new_amount"]].sum(axis=1).to_numpy()
    alone = replace(study.model, rows=None, tilts={}).draw().totals
    views = {"study": _part(alone), "forecast": {"won_amount": forecast}, "joined": _part(study.model.draw().totals)}
    place = {"seed": seed, "day": day, "after": (day - period.start).days + 1, "n_effective": fit.n_effective}
    for view, draws in views.items():
        for name in draws:
            targets = [level * usual for level in STRETCHES] if name == "won_amount" else []
            yield {**place, "overlap": fit.has_overlap, "view": view, "of": name, **_judge(draws[name], came[name])} | {
                "scores": [(float(np.mean(draws[name] >= one)), came[name] >= one) for one in targets]
            }


def _part(totals: Draws) -> Draws:
    won, decided, amount = (np.asarray(totals[name]) for name in ("n_won", "n_decided", "won_amount"))
    return {
        "won_amount": amount,
        "n_won": won,
        "n_decided": decided,
        "deal_size": amount / won,
        "win_rate": won / decided,
    }


def _measure(lab: Warehouse, period: Period) -> dict[str, float]:
    names = ("won_amount", *PARTS)
    values = kpi.measure(lab, [kpi.library()[name] for name in names], as_of=KNOWN, periods=[period])
    return dict(zip(values["metric_id"], values["value"].astype(float), strict=True))


def _list_past(lab: Warehouse, period: Period, n: int) -> list[Period]:
    found = [period]
    for _ in range(n):
        found.append(lab.settings.fiscal_calendar.previous(found[-1]))
    return found[1:]


def _judge(draws: np.ndarray, came: float) -> dict[str, float | bool]:
    low, middle, high = np.quantile(draws, [0.1, 0.5, 0.9])
    ordered = np.sort(draws)
    n = len(draws)
    spread = 2 * float(np.sum(ordered * (2 * np.arange(1, n + 1) - n - 1))) / n**2
    crps = float(np.abs(draws - came).mean()) - spread / 2
    return {"off": (middle - came) / came, "held": low <= came <= high, "crps": crps / came}


def tell(rows: pd.DataFrame) -> None:
    """Print how far off the middles are, how often the 80 % ranges hold, and how good the chances of targets are."""
    for (name, view), some in rows.groupby(["of", "view"], sort=False):
        words = (
            f"{name:10} {view:8} n={len(some)}: off by {some['off'].abs().mean():.1%} (bias {some['off'].mean():+.1%})"
        )
        words += f", 80 % range holds {some['held'].mean():.0%}, CRPS {some['crps'].mean():.4f}"
        pairs = np.array([pair for scores in some["scores"] for pair in scores], dtype=float)
        if len(pairs):
            chance, came = pairs.T
            sure = np.clip(chance, 1 / 4002, 1 - 1 / 4002)
            log = -np.mean(came * np.log(sure) + (1 - came) * np.log(1 - sure))
            words += f", Brier {np.mean((chance - came) ** 2):.3f}, log score {log:.3f}"
            words += f", mean chance {chance.mean():.2f}, came true {came.mean():.2f}"
        sys.stdout.write(words + "\n")


def main() -> None:
    """Print the scores on the eve, inside the quarter, and of all days."""
    told: list[dict[str, object]] = []
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 12):
        with connect("duckdb://") as lab:
            load_company(simulate(Scenario(seed=seed)), lab, loaded_at=datetime(2026, 11, 24))
            for eve in EVES:
                quarter = lab.settings.fiscal_calendar.quarter_of(eve + timedelta(days=1))
                for days in AFTER:
                    told += ask(lab, eve + timedelta(days=days), quarter, seed)
    rows = pd.DataFrame(told)
    for after in AFTER:
        some = rows[rows["after"] == after]
        worth = some.drop_duplicates(["seed", "day"])
        sys.stdout.write(
            f"== {after} days into the quarter: {int(worth['overlap'].sum())} of {len(worth)} overlap, worth "
            f"{worth['n_effective'].min():.0f} to {worth['n_effective'].max():.0f} draws\n"
        )
        tell(some)
    sys.stdout.write("== all days\n")
    tell(rows)


if __name__ == "__main__":
    main()
