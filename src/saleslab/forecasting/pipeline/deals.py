"""`forecast_pipeline`: what open deals, and those still to come, bring by a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.arrivals import expect_arrivals, number_cohorts
from saleslab.forecasting.pipeline.drawing import Drawn, draw_new, draw_open
from saleslab.forecasting.pipeline.history import DealHistory, Doubt
from saleslab.forecasting.pipeline.reading import read_deals
from saleslab.forecasting.pipeline.sizes import Sizes, learn_sizes
from saleslab.forecasting.pipeline.standing import Levels, StandingModel, fit_standing, number_stood
from saleslab.forecasting.pipeline.stands import number_deals
from saleslab.forecasting.pipeline.stays import STAY_DAYS
from saleslab.forecasting.pipeline.trials import Trials, try_past
from saleslab.stats.threads import on_one_thread

_FEWEST_CLOSED = 30
_STALE_CHANCE = 0.8
_FEW_TRIALS = 4


@dataclass(frozen=True, slots=True, eq=False)
class PipelineForecast:
    """What open deals and new ones bring by a day.

    Attributes
    ----------
    as_of, until
        The day of the forecast, and its last day.
    deals
        One row an open deal: ``opportunity_id, owner_id, team_id, product_family, kind, stage, stage_label, category``
        (A, B, C or none), ``amount, is_amount_guessed, expected_close_date, chance_won`` (by ``until``), ``chance_lost,
        chance_slips, amount_expected`` (chance times the amount at close), ``n_days_open, n_days_in_stage, n_pushes,
        is_stale``, sorted by ``amount_expected``, the largest first.
    new
        One row a kind of deals that are not there yet: ``kind, n_created, n_won, amount_mean, amount_expected``.
    draws
        ``draw, open_amount, new_amount``: what may come, each draw with a shock of its own that all deals share.
    largest
        What each of the largest deals brings in each draw, one column an ``opportunity_id``; for what-ifs.
    trials
        Past days forecast again: ``back, open_said, open_came, new_said, new_came, chance_sd``.
    shock_sd, bias
        Spread of the shared shock, and by how much past sums were off on one side; logarithms.
    doubts
        What data are missing or were left out, by code, with a count.
    """

    as_of: date
    until: date
    deals: pd.DataFrame
    new: pd.DataFrame
    draws: pd.DataFrame
    largest: pd.DataFrame
    trials: pd.DataFrame
    shock_sd: float
    bias: float
    doubts: dict[Doubt, int]


def forecast_pipeline(
    deals: pd.DataFrame,
    *,
    as_of: date,
    until: date,
    history: DealHistory | None = None,
    seed: int = 0,
    n_draws: int = 2_000,
) -> PipelineForecast:
    """Return what open deals and those still to come bring by a day, with what may come instead.

    Use it for the money that the pipeline yields until the end of a month, quarter or half. For the landing of the
    period, with what was won already and its target, give the answer to `forecast_landing`.

    Parameters
    ----------
    deals
        Open deals, from ``read_open_deals(lab, as_of=as_of)``. An amount beyond all measure counts as unknown, and is
        counted in ``doubts``.
    as_of, until
        The last day that is known, and the last day of the forecast.
    history
        What became of past deals, from ``read_deal_history(lab, as_of=as_of, until=until)``.
    seed
        Of the draws.
    n_draws
        How many futures to draw.

    Raises
    ------
    NotEnoughData
        Without a history, or with fewer than 30 closed deals.
    TableError
        When a column is missing, a deal stands twice or was created after ``as_of``, an amount is negative or no
        number, or amounts are of several currencies.
    BadArgument
        When ``until`` does not lie after ``as_of``, or the history is of other days.
    """
    past = _check(as_of=as_of, until=until, history=history, n_draws=n_draws)
    read, n_beyond = read_deals(deals, past)
    with on_one_thread():
        return _forecast(read, past, n_beyond, n_draws=n_draws, seed=seed)


def _forecast(deals: pd.DataFrame, past: DealHistory, n_beyond: int, *, n_draws: int, seed: int) -> PipelineForecast:
    levels = Levels.of(past.stood)
    stood, cohorts = number_stood(past.stood, levels), number_cohorts(past.cohorts)
    sizes = learn_sizes(past.sizes, past.stood, levels.stages)
    model = fit_standing(stood, history=past, n_stages=len(levels.stages), n_teams=len(levels.teams))
    trials = try_past(stood, cohorts, sizes, past, model=model, n_teams=len(levels.teams), seed=seed)
    told = _tell_deals(deals, past, levels, model, sizes)
    new = _tell_new(past, cohorts, sizes, seed)
    drawn = _draw(told, new, sizes, trials, n_draws=n_draws, seed=seed)
    return PipelineForecast(
        past.as_of, past.until, told.drop(columns=["growth", "growth_sd"]), new, drawn.totals, drawn.largest,
        trials.frame, trials.shock_sd, trials.bias, _doubt(deals, told, past, trials, n_beyond),
    )  # fmt: skip


def _check(*, as_of: date, until: date, history: DealHistory | None, n_draws: int) -> DealHistory:
    if until <= as_of:
        raise BadArgument(
            f"until ({until}) does not lie after as_of ({as_of}).", "forecast a day that is still to come."
        )
    if n_draws < 1:
        raise BadArgument(f"n_draws is {n_draws}.", "draw at least one future; 2,000 is usual.")
    if history is None:
        raise NotEnoughData(
            "Open deals alone do not say what becomes of deals.",
            "give history=read_deal_history(lab, as_of=as_of, until=until).",
        )
    if (history.as_of, history.until) != (as_of, until):
        raise BadArgument(
            f"The history is of {history.as_of} until {history.until}, the forecast of {as_of} until {until}.",
            "read the history for the same days.",
        )
    n_closed = int(history.cohorts.loc[history.cohorts["outcome"] != "open", "n"].sum())
    if n_closed < _FEWEST_CLOSED:
        raise NotEnoughData(
            f"{n_closed} deals were closed by {as_of}; {_FEWEST_CLOSED} are needed.",
            "import older closed deals, or wait until more are closed.",
        )
    if history.stood.empty:
        raise NotEnoughData(
            f"Closings are on record for less than a month before {as_of}.",
            "import older closed deals, or wait until a month is over.",
        )
    return history


def _tell_deals(
    deals: pd.DataFrame, past: DealHistory, levels: Levels, model: StandingModel, sizes: Sizes
) -> pd.DataFrame:
    """Return the deals with their chances and what they are expected to bring."""
    rows = deals.sort_values("opportunity_id", kind="stable").reset_index(drop=True)
    amount = rows["amount"].to_numpy(np.float64)
    guessed = ~(amount > 0)
    group = number_deals(rows, past, levels)
    months = past.slots.n_ahead
    season = np.full(len(rows), past.slots.season[past.slots.now])
    won, lost = model.predict(group, months=months, seasons=season)
    kinds = rows["kind"] if "kind" in rows.columns else pd.Series("all", index=rows.index)
    filled = np.where(guessed, [sizes.mean_of(str(kind)) for kind in kinds], amount)
    growth = np.where(guessed, 1.0, np.append(sizes.growth, 1.0)[group.stage])
    as_of = pd.Timestamp(past.as_of)
    since = rows["stage_since"] if "stage_since" in rows.columns else rows["created_on"]
    columns: dict[str, Any] = {
        name: rows[name] if name in rows.columns else None
        for name in ("opportunity_id", "owner_id", "team_id", "product_family", "kind", "stage", "stage_label")
    }
    told = pd.DataFrame(columns).assign(
        category=rows["category"] if "category" in rows.columns else "none",
        amount=filled,
        is_amount_guessed=guessed,
        expected_close_date=rows["expected_close_date"],
        chance_won=won.sum(axis=1),
        chance_lost=lost.sum(axis=1),
        chance_slips=np.maximum(1 - won.sum(axis=1) - lost.sum(axis=1), 0.0),
        amount_expected=won.sum(axis=1) * filled * growth,
        n_days_open=(as_of - rows["created_on"]).dt.days,
        n_days_in_stage=(as_of - since).dt.days,
        n_pushes=group.pushes,
        is_stale=_find_stale(rows, past, (as_of - since).dt.days.to_numpy(np.float64)),
        growth=growth,
        growth_sd=np.where(guessed, 0.0, np.append(sizes.growth_sd, 0.15)[group.stage]),
    )
    if "n_pushes" in rows.columns:
        told["n_pushes"] = rows["n_pushes"]
    return told.sort_values(["amount_expected", "opportunity_id"], ascending=[False, True], kind="stable").reset_index(
        drop=True
    )


def _find_stale(rows: pd.DataFrame, past: DealHistory, days: Floats) -> np.ndarray:
    """Say which deals have stayed in their stage longer than four in five did that stood there on past days."""
    edges = np.append(np.asarray(STAY_DAYS, dtype=np.float64), np.inf)
    limits = {}
    for stage, group in past.stood.groupby("stage"):
        counts = np.bincount(group["stay"].to_numpy(np.int64), group["n"].to_numpy(np.float64), len(edges))
        share = np.cumsum(counts) / counts.sum()
        limits[stage] = edges[min(int(np.searchsorted(share, _STALE_CHANCE)), len(STAY_DAYS) - 1)]
    limit = rows["stage"].map(limits).fillna(STAY_DAYS[-1]).to_numpy(np.float64)
    return np.asarray(days > limit)


def _tell_new(past: DealHistory, cohorts: dict[str, Any], sizes: Sizes, seed: int) -> pd.DataFrame:
    slots = past.slots
    rows = []
    for kind, cohort in cohorts.items():
        expected = expect_arrivals(cohort, slots, entry=past.entry, now=slots.now, until=len(slots) - 1, seed=seed)
        mean = sizes.mean_of(kind)
        rows.append((kind, expected.n_created, expected.n_won, mean, expected.n_won * mean))
    return pd.DataFrame(rows, columns=["kind", "n_created", "n_won", "amount_mean", "amount_expected"])


def _draw(told: pd.DataFrame, new: pd.DataFrame, sizes: Sizes, trials: Trials, *, n_draws: int, seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    shock = trials.bias + trials.shock_sd * rng.standard_normal(n_draws)
    opened, largest = draw_open(told, shock, rng)
    coming = draw_new(new, sizes, shock, rng)
    totals = pd.DataFrame({"draw": np.arange(n_draws), "open_amount": opened, "new_amount": coming})
    return Drawn(totals, largest)


def _doubt(
    deals: pd.DataFrame, told: pd.DataFrame, past: DealHistory, trials: Trials, n_beyond: int
) -> dict[Doubt, int]:
    found: dict[Doubt, int] = {}
    if not past.has_stages:
        found["no_stage_history"] = len(deals)
    n_undated = int(deals["expected_close_date"].isna().sum())
    if n_undated:
        found["no_expected_close"] = n_undated
    if n_beyond:
        found["amounts_beyond_measure"] = n_beyond
    n_guessed = int(told["is_amount_guessed"].sum()) - n_beyond
    if n_guessed:
        found["no_amounts"] = n_guessed
    if len(trials.frame) < _FEW_TRIALS:
        found["few_trials"] = len(trials.frame)
    return {**found, **past.left_out}
