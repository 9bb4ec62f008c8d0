"""What would be sold if prices, campaigns or headcount were planned otherwise?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.drivers.effects import DriverEffect, DriverEffects, refuse_unlearnt
from saleslab.forecasting.drivers.known_ahead import Drivers, change_ahead, lay_drivers
from saleslab.forecasting.engine import EngineRun, run_engine
from saleslab.forecasting.laying import Floats, Laid, Repeats
from saleslab.forecasting.panel import check_options, read_panel
from saleslab.forecasting.repairs import Gaps
from saleslab.forecasting.series import check_horizon, check_seed
from saleslab.stats.intervals import Interval, check_mass

PLAN = "plan"

_MOST_DRAWS, _FEWEST_DRAWS, _CELLS = 2_000, 200, 20_000_000

Outcome = Literal["more", "less", "unclear"]


@dataclass(frozen=True, slots=True)
class ScenarioTotal:
    """What one scenario comes to, over all series and periods ahead.

    Attributes
    ----------
    name
        Of the scenario.
    total
        Mean of the sum.
    difference
        From the plan, by what the drivers are known to do: the luck of the period is the same in both.
    share
        The difference as a share of the plan; None where the plan comes to nothing.
    beyond
        Drivers that leave the range of their past: what they do there is a guess, and followed for one more range only.
    """

    name: str
    total: float
    difference: Interval
    share: float | None
    beyond: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """``more`` or ``less`` than the plan where the whole interval says so, else ``unclear``."""
        if self.difference.low > 0:
            return "more"
        return "less" if self.difference.high < 0 else "unclear"


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioComparison:
    """Scenarios beside the plan.

    Attributes
    ----------
    plan
        Mean of the sum as planned.
    scenarios
        One each, in the order given.
    drivers
        What each driver was found to do.
    forecasts
        ``scenario, series_id, period, mean, difference``; the plan is the scenario ``plan``.
    """

    plan: float
    scenarios: tuple[ScenarioTotal, ...]
    drivers: tuple[DriverEffect, ...]
    forecasts: pd.DataFrame


def compare_scenarios(
    panel: pd.DataFrame,
    *,
    drivers: pd.DataFrame,
    scenarios: Mapping[str, pd.DataFrame | Mapping[str, float]],
    horizon: int,
    season_length: int | None = None,
    mass: float = 0.8,
    seed: int = 0,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
) -> ScenarioComparison:
    """Return what other plans for the drivers would come to, beside the plan.

    Use it to weigh a price, a campaign or people to be hired before they are decided. It tells what went along with the
    drivers in the past: a price that was cut because sales were weak is no experiment. To measure what was done, use
    `estimate_effect`.

    Parameters
    ----------
    panel, horizon, season_length, seed, gaps, repeats
        As for `forecast_series`.
    drivers
        As for `forecast_series`; its periods ahead are the plan.
    scenarios
        What is otherwise: numbers that a driver has in all periods ahead, or a frame with ``period``, ``series_id``
        where series differ, and the drivers that change in those rows.
    mass
        Of the intervals.

    Raises
    ------
    TableError, NotEnoughData, BadArgument
        As `forecast_series`; and when a scenario changes the past, or what is no driver.

    Examples
    --------
    >>> months = pd.date_range("2022-01-01", periods=54, freq="MS")
    >>> campaign = (np.arange(54) % 5 == 0).astype(float)
    >>> value = 100 * (1 + 0.2 * campaign) + np.random.default_rng(0).normal(0, 2, 54)
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": value}).head(48)
    >>> table = pd.DataFrame({"period": months, "campaign": campaign})
    >>> said = compare_scenarios(panel, drivers=table, scenarios={"always": {"campaign": 1}}, horizon=6)
    >>> said.scenarios[0].outcome, round(said.scenarios[0].share, 1)
    ('more', 0.2)
    """
    check_mass(mass)
    check_horizon(horizon)
    check_seed(seed)
    check_options(season_length, gaps, repeats)
    if not scenarios or PLAN in scenarios:
        raise BadArgument(
            f"scenarios are {sorted(map(str, scenarios))}.", f"give at least one, and none of the name '{PLAN}'."
        )
    laid, _ = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    planned = lay_drivers(drivers, laid, horizon)
    changed = {name: _change(planned, laid, horizon, name, change) for name, change in scenarios.items()}
    run = run_engine(laid.history, horizon=horizon, season_length=laid.season_length, seed=seed, drivers=planned)
    effects = run.effects
    assert effects is not None
    refuse_unlearnt(effects)
    rng = np.random.default_rng(seed)
    means = run.find_mean()[run.order]
    plan = float(means.sum())
    totals, frames = [], [_write(laid, PLAN, means, np.zeros_like(means), run)]
    for name, other in changed.items():
        total, difference = _weigh(name, run, effects, planned=planned, other=other, mass=mass, rng=rng)
        totals.append(total)
        frames.append(_write(laid, name, means + difference, difference, run))
    return ScenarioComparison(plan, tuple(totals), effects.facts, pd.concat(frames, ignore_index=True))


def _change(
    planned: Drivers, laid: Laid, horizon: int, name: str, change: pd.DataFrame | Mapping[str, float]
) -> Drivers:
    """Return the drivers of a scenario: the plan's, with what it changes ahead."""
    columns = [str(column) for column in change if column not in {"series_id", "period"}]
    strange = sorted(set(columns) - set(planned.names))
    if strange or not columns:
        raise BadArgument(
            f"Scenario '{name}' changes {', '.join(map(repr, strange)) or 'nothing'}.",
            f"name what it changes of the drivers: {', '.join(planned.names)}.",
        )
    if isinstance(change, pd.DataFrame):
        return change_ahead(planned, change, laid, horizon, of=f"scenario '{name}'")
    values = planned.numbers.copy()
    for column in columns:
        values[:, -horizon:, planned.names.index(column)] = _read_number(change[column], name)
    return replace(planned, numbers=values)


def _read_number(value: Any, name: str) -> float:
    if isinstance(value, bool | int | float | np.number) and np.isfinite(float(value)):
        return float(value)
    raise BadArgument(f"Scenario '{name}' gives {value!r}.", "give a finite number for each driver, or a frame.")


def _weigh(
    name: str,
    run: EngineRun,
    effects: DriverEffects,
    *,
    planned: Drivers,
    other: Drivers,
    mass: float,
    rng: np.random.Generator,
) -> tuple[ScenarioTotal, Floats]:
    """Return what a scenario comes to, and the difference from the plan in every series and period."""
    means = run.find_mean()[run.order]
    horizon, width = means.shape[1], effects.apart.shape[1]
    there = other.take(run.order, width)
    moved = (effects.yardstick.measure(there) - effects.apart)[:, -horizon:]
    is_beyond = effects.yardstick.is_beyond(there.numbers[:, -horizon:])
    changes = there.numbers[:, -horizon:] != planned.take(run.order, width).numbers[:, -horizon:]
    beyond = tuple(driver for at, driver in enumerate(planned.names) if bool((is_beyond & changes)[..., at].any()))
    share = run.drivers_share if not effects.does_nothing else 1.0
    difference = _differ(run, effects, means, share * np.einsum("nhp,np->nh", moved, effects.pooled.by_series))
    draws = _draw_totals(run, effects, means, share * moved, rng)
    estimate = float(difference.sum())
    low, high = (float(end) for end in np.quantile(draws, ((1 - mass) / 2, (1 + mass) / 2)))
    interval = Interval(estimate, min(low, estimate), max(high, estimate), mass)
    plan = float(means.sum())
    return ScenarioTotal(name, plan + estimate, interval, estimate / plan if plan else None, beyond), difference


def _differ(run: EngineRun, effects: DriverEffects, means: Floats, lifts: Floats) -> Floats:
    """Return the difference that lifts make to forecasts; none to intermittent series."""
    positive = run.history.is_positive[:, None]
    lifts = np.where(run.history.is_intermittent[:, None], 0.0, lifts)
    return np.asarray(np.where(positive, means * np.expm1(lifts), lifts * effects.unit[:, None]))


def _draw_totals(
    run: EngineRun, effects: DriverEffects, means: Floats, moved: Floats, rng: np.random.Generator
) -> Floats:
    """Return draws of the whole difference: what all series share is in doubt, and what is each one's own."""
    pooled = effects.pooled
    n_draws = int(np.clip(_CELLS // max(moved.size, 1), _FEWEST_DRAWS, _MOST_DRAWS))
    size, turn = np.linalg.eigh(pooled.covariance)
    root = turn * np.sqrt(np.maximum(size, 0.0))
    own = pooled.by_series - pooled.kept
    totals = np.empty(n_draws)
    for at in range(n_draws):
        heavy = np.sqrt(rng.chisquare(pooled.freedom) / pooled.freedom)
        shared = pooled.mean + root @ rng.normal(size=len(pooled.mean)) / heavy
        of_series = shared + own + np.sqrt(pooled.own_variance) * rng.normal(size=own.shape)
        totals[at] = _differ(run, effects, means, np.einsum("nhp,np->nh", moved, of_series)).sum()
    return totals


def _write(laid: Laid, name: str, means: Floats, difference: Floats, run: EngineRun) -> pd.DataFrame:
    """Return forecasts of one scenario, series and periods in the sequence of the panel."""
    horizon = means.shape[1]
    back = np.argsort(run.order)
    row = np.repeat(np.arange(len(laid.ids)), horizon)
    numbers = (laid.ends[:, None] + np.arange(1, horizon + 1)).ravel()
    return pd.DataFrame(
        {
            "scenario": name,
            "series_id": laid.ids.take(row),
            "period": laid.grid.restore(numbers, row),
            "mean": means[back].ravel(),
            "difference": difference[back].ravel(),
        }
    )
