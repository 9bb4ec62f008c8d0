"""`forecast_landing`: where a period lands, how likely its target is, and which deals decide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.landing.blending import Weights, blend_draws, weigh_views
from saleslab.forecasting.landing.effects import measure_effects
from saleslab.forecasting.landing.remainders import SeriesRemainder
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.deals import PipelineForecast
from saleslab.periods import Period
from saleslab.tables.presence import require_columns

_PERCENTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


@dataclass(frozen=True, slots=True)
class WithoutLargest:
    """The landing if the largest open deal is lost.

    Attributes
    ----------
    opportunity_id, amount
        The deal.
    p50
        Middle of the landing without it.
    chance_hit
        Of reaching the target without it; None without target.
    """

    opportunity_id: str
    amount: float
    p50: float
    chance_hit: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Landing:
    """Where a period lands.

    Attributes
    ----------
    period, as_of
        The period, and the last day that is known.
    won
        Money won in the period by then.
    p10, p50, p90, mean
        Of what the whole period comes to.
    target, chance_hit
        What is to be reached, and how likely that is; None without.
    gap
        Target less ``p50``: above 0 what is missing, below 0 what is over; None without target.
    pipeline_needed
        Further open deals, in money, that would close the gap at the rate at which today's are won; 0 where nothing is
        missing, None without target or without open deals.
    parts
        ``part`` (won, open_A, open_B, open_C, open_none, new), ``n_deals, amount`` (open now), ``mean, p10, p50, p90``.
    deals
        Those of the pipeline with ``effect_on_chance``, sorted by it (by ``amount_expected`` without target).
    without_largest
        What if the deal that is expected to bring most is lost; None without open deals.
    draws
        ``draw, won_amount, open_amount, new_amount, total_amount``.
    weights
        How much the pipeline and the series count.
    by
        Frames by ``team_id`` and ``product_family``: ``won, open, landing`` (means; new deals are in none of them).
    doubts
        What is missing, by code.
    """

    period: Period
    as_of: date
    won: float
    p10: float
    p50: float
    p90: float
    mean: float
    target: float | None
    chance_hit: float | None
    gap: float | None
    pipeline_needed: float | None
    parts: pd.DataFrame
    deals: pd.DataFrame
    without_largest: WithoutLargest | None
    draws: pd.DataFrame
    weights: Weights
    by: Mapping[str, pd.DataFrame]
    doubts: dict[str, int]


def forecast_landing(
    pipeline: PipelineForecast,
    *,
    won: float | pd.DataFrame,
    series_draws: SeriesRemainder | Any = None,
    target: float | None = None,
    past: pd.DataFrame | None = None,
    period: Period | None = None,
) -> Landing:
    """Return where a period lands: what is won, what open deals bring, and what is still to come.

    Parameters
    ----------
    pipeline
        From `forecast_pipeline`, until the last day of the period.
    won
        Money won in the period by then; or a frame with ``amount`` and as far as known ``team_id`` and
        ``product_family`` from ``read_won_so_far``.
    series_draws
        What the series of won money alone says: from `draw_remainder`, or an array of what the whole period comes to.
        None leaves the pipeline alone.
    target
        To be reached in the period.
    past
        Past forecasts as far from the end: ``pipeline, series, actual`` of the rest of the period. None takes the
        trials of pipeline and series.
    period
        None takes the stretch from ``as_of`` to the last day of the forecast.

    Raises
    ------
    BadArgument
        When the target, what was won or a draw is no amount, or the pipeline is not forecast for the period.
    TableError
        When a column of ``won`` or ``past`` is missing.
    """
    goal = None if target is None else _read_amount(target, "target", "give an amount of money.")
    whole = _find_period(pipeline, period)
    won_amount, won_frame = _read_won(won)
    remainder = _read_series(series_draws, won_amount)
    opened, new = (pipeline.draws[name].to_numpy(np.float64) for name in ("open_amount", "new_amount"))
    weights = Weights(1.0, 0.0, 0, 0.0, 0.0)
    factor = np.ones(len(opened))
    if remainder is not None:
        if past is not None:
            require_columns(past, "pipeline", "series", "actual", of="past")
        weights = weigh_views(_pair_trials(pipeline, series_draws) if past is None else past)
        factor = blend_draws(opened + new, remainder, weights)
    total = won_amount + factor * (opened + new)
    draws = pd.DataFrame(
        {
            "draw": pipeline.draws["draw"],
            "won_amount": won_amount,
            "open_amount": factor * opened,
            "new_amount": factor * new,
            "total_amount": total,
        }
    )
    p10, p50, p90 = (float(np.quantile(total, chance)) for chance in _PERCENTILES.values())
    deals = pipeline.deals
    if goal is not None:
        deals = deals.assign(effect_on_chance=measure_effects(deals, pipeline.largest, total, factor, goal))
        deals = deals.sort_values(
            ["effect_on_chance", "amount_expected", "opportunity_id"], ascending=[False, False, True], kind="stable"
        ).reset_index(drop=True)
    chance = None if goal is None else float((total >= goal).mean())
    gap = None if goal is None else goal - p50
    return Landing(
        whole, pipeline.as_of, won_amount, p10, p50, p90, float(total.mean()), goal, chance, gap,
        _find_needed(deals, gap), _list_parts(pipeline, won_amount, draws, factor), deals,
        _lose_largest(pipeline, total, factor, goal), draws, weights, _split(deals, won_frame, factor),
        _list_doubts(pipeline, is_blended=remainder is not None),
    )  # fmt: skip


def _list_doubts(pipeline: PipelineForecast, *, is_blended: bool) -> dict[str, int]:
    doubts: dict[str, int] = dict(pipeline.doubts)  # type: ignore[arg-type]
    return doubts if is_blended else doubts | {"not_blended": 1}


def _read_amount(value: Any, name: str, advice: str) -> float:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        amount = np.nan
    if not np.isfinite(amount):
        raise BadArgument(f"{name} is {value!r}.", advice)
    return amount


def _find_period(pipeline: PipelineForecast, period: Period | None) -> Period:
    whole = Period(pipeline.as_of, pipeline.until) if period is None else period
    if whole.end != pipeline.until or pipeline.as_of not in whole:
        raise BadArgument(
            f"The pipeline is forecast from {pipeline.as_of} until {pipeline.until}, "
            f"the period is {whole.start} to {whole.end}.",
            "forecast the pipeline on a day within the period, until its last day.",
        )
    return whole


def _read_won(won: float | pd.DataFrame) -> tuple[float, pd.DataFrame]:
    frame = won if isinstance(won, pd.DataFrame) else pd.DataFrame({"amount": pd.Series(dtype="float64")})
    require_columns(frame, "amount", of="won (forecasting.read_won_so_far)")
    total = frame["amount"].sum() if isinstance(won, pd.DataFrame) else won
    return _read_amount(total, "won", "give the money that was won, 0 where none was."), frame


def _read_series(series_draws: SeriesRemainder | Any, won: float) -> Floats | None:
    if series_draws is None:
        return None
    if isinstance(series_draws, SeriesRemainder):
        return series_draws.draws
    draws = np.asarray(series_draws, dtype=np.float64).ravel()
    if not len(draws) or not np.isfinite(draws).all():
        raise BadArgument(
            f"Of {len(draws)} series_draws, {int((~np.isfinite(draws)).sum())} are no amounts.",
            "give at least one amount that the whole period may come to.",
        )
    return np.maximum(draws - won, 0.0)


def _pair_trials(pipeline: PipelineForecast, series: SeriesRemainder | Any) -> pd.DataFrame | None:
    """Return what both views said on the same past days, of the rest of the period, and what came."""
    if not isinstance(series, SeriesRemainder):
        return None
    both = pipeline.trials.merge(series.trials, on="back")
    grown = np.exp(pipeline.bias)
    return pd.DataFrame(
        {
            "pipeline": (both["open_said"] + both["new_said"]) * grown,
            "series": both["said"],
            "actual": both["open_came"] + both["new_came"],
        }
    )


def _find_needed(deals: pd.DataFrame, gap: float | None) -> float | None:
    if gap is None or deals.empty:
        return None
    amount, expected = float(deals["amount"].sum()), float(deals["amount_expected"].sum())
    if gap <= 0:
        return 0.0
    return gap * amount / expected if expected > 0 else None


def _list_parts(pipeline: PipelineForecast, won: float, draws: pd.DataFrame, factor: Floats) -> pd.DataFrame:
    deals = pipeline.deals
    rows: list[dict[str, Any]] = [_describe("won", 0, won, np.full(len(draws), won))]
    expected = float(deals["amount_expected"].sum())
    for category in ("A", "B", "C", "none"):
        mine = deals[deals["category"] == category]
        if mine.empty:
            continue
        kept = [name for name in mine["opportunity_id"] if name in pipeline.largest.columns]
        own = pipeline.largest[kept].sum(axis=1).to_numpy(np.float64)
        others = mine.loc[~mine["opportunity_id"].isin(kept), "amount_expected"].sum()
        if others > 0 and expected > 0:
            own = own + others * pipeline.draws["open_amount"].to_numpy(np.float64) / expected
        rows.append(_describe(f"open_{category}", len(mine), float(mine["amount"].sum()), factor * own))
    rows.append(_describe("new", 0, 0.0, draws["new_amount"].to_numpy(np.float64)))
    return pd.DataFrame(rows)


def _describe(part: str, n_deals: int, amount: float, draws: Floats) -> dict[str, Any]:
    said = {name: float(np.quantile(draws, chance)) for name, chance in _PERCENTILES.items()}
    return {"part": part, "n_deals": n_deals, "amount": amount, "mean": float(draws.mean()), **said}


def _lose_largest(
    pipeline: PipelineForecast, total: Floats, factor: Floats, target: float | None
) -> WithoutLargest | None:
    if pipeline.deals.empty:
        return None
    deal = pipeline.deals.iloc[int(pipeline.deals["amount"].to_numpy(np.float64).argmax())]
    own = pipeline.largest.get(deal["opportunity_id"])
    brought = np.full(len(total), deal["amount_expected"]) if own is None else own.to_numpy(np.float64)
    rest = total - factor * brought
    chance = None if target is None else float((rest >= target).mean())
    return WithoutLargest(str(deal["opportunity_id"]), float(deal["amount"]), float(np.median(rest)), chance)


def _split(deals: pd.DataFrame, won: pd.DataFrame, factor: Floats) -> dict[str, pd.DataFrame]:
    found = {}
    for name in ("team_id", "product_family"):
        opened = deals.assign(**{name: deals[name].astype(object).fillna("")}).groupby(name)["amount_expected"].sum()
        done = (
            won.assign(**{name: won[name].astype(object).fillna("")}).groupby(name)["amount"].sum()
            if name in won.columns
            else pd.Series(dtype="float64")
        )
        both = pd.concat([done.rename("won"), (opened * factor.mean()).rename("open")], axis=1).fillna(0.0)
        found[name] = both.assign(landing=both.sum(axis=1)).rename_axis(name).sort_index().reset_index()
    return found
