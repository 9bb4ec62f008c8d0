"""The landing of a period from whatever the company has: deals and past sales, or past sales alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.accuracy.inputs import Measure
from saleslab.forecasting.landing.blending import Weights
from saleslab.forecasting.landing.landing import Landing, forecast_landing
from saleslab.forecasting.landing.remainders import draw_remainder
from saleslab.forecasting.outlook.course import foresee_course
from saleslab.forecasting.pipeline.deals import PipelineForecast, forecast_pipeline
from saleslab.forecasting.pipeline.inputs import read_deal_history, read_open_deals, read_won_so_far
from saleslab.periods import Period
from saleslab.warehouse import Warehouse
from saleslab.wording import Text

_PERCENTILES = (0.1, 0.5, 0.9)
_NO_DEALS = ("opportunity_id", "owner_id", "category", "amount", "amount_expected", "chance_won", "is_stale")


@dataclass(frozen=True, slots=True, eq=False)
class Landed:
    """A landing, and what it was made from.

    Attributes
    ----------
    landing
        Where the period lands.
    pipeline
        What open deals bring; None where no deals are on record, so that the course of past sales speaks alone.
    why_course
        Why deals that are on record could not be looked at; None where they were, and where there are none.
    trials
        Past days as far from the end of their period: ``back`` (months), ``said, came`` of the rest of the period.
    """

    landing: Landing
    pipeline: PipelineForecast | None
    why_course: Text | None
    trials: pd.DataFrame


def land_period(
    lab: Warehouse,
    days: pd.DataFrame,
    *,
    as_of: date,
    period: Period,
    measure: Measure,
    target: float | None,
    n_draws: int = 2_000,
    seed: int = 1,
) -> Landed:
    """Return the landing of a period, from deals where there are any.

    Parameters
    ----------
    lab
        The warehouse.
    days
        ``day, amount``: what was sold each day until ``as_of``.
    as_of
        The last day that is known: within the period, or the day before it.
    period
        Which.
    measure
        Where orders are forecast, no deals are looked at.
    target
        What the period is to bring; None for none.
    n_draws, seed
        Of what may come.

    Raises
    ------
    BadArgument
        When the period is over, or does not begin by the following day.
    NotEnoughData
        When too little is known.
    """
    if not period.start - timedelta(days=1) <= as_of < period.end:
        raise BadArgument(
            f"The period is {period.start} to {period.end}, and {as_of} is the last day that is known.",
            "choose the period that holds the following day.",
        )
    why: Text | None = None
    if measure == "won_amount":
        try:
            return _land_deals(lab, as_of=as_of, period=period, target=target, n_draws=n_draws, seed=seed)
        except NotEnoughData as refusal:  # too few closed deals to learn from: their money may still have a course
            why = Text.same(f"{refusal.what} Next: {refusal.next_step}")
    return _land_course(days, as_of=as_of, period=period, target=target, why=why, n_draws=n_draws, seed=seed)


def _land_deals(lab: Warehouse, *, as_of: date, period: Period, target: float | None, **told: int) -> Landed:
    deals = read_open_deals(lab, as_of=as_of)
    history = read_deal_history(lab, as_of=as_of, until=period.end)
    pipeline = forecast_pipeline(deals, as_of=as_of, until=period.end, history=history, **told)
    remainder = draw_remainder(history, **told)
    has_begun = as_of >= period.start
    won: Any = read_won_so_far(lab, start=period.start, as_of=as_of) if has_begun else 0.0
    landing = forecast_landing(
        pipeline, won=won, series_draws=remainder, target=target, period=period if has_begun else None
    )
    return Landed(
        landing,
        pipeline,
        None,
        _pair_trials(pipeline, landing.weights, None if remainder is None else remainder.trials),
    )


def _pair_trials(pipeline: PipelineForecast, weights: Weights, series: pd.DataFrame | None) -> pd.DataFrame:
    """Return what this landing would have said on past days of the rest of their periods, and what came."""
    tried = pipeline.trials
    said = (tried["open_said"] + tried["new_said"]) * np.exp(pipeline.bias)
    came = tried["open_came"] + tried["new_came"]
    frame = pd.DataFrame({"back": tried["back"], "said": said, "came": came})
    if series is None or series.empty:
        return frame
    both = frame.merge(series[["back", "said"]], on="back", suffixes=("", "_series"))
    blend = weights.pipeline * both["said"] + weights.series * both["said_series"]
    return both.assign(said=blend)[["back", "said", "came"]]


def _land_course(
    days: pd.DataFrame, *, as_of: date, period: Period, target: float | None, why: Text | None, n_draws: int, seed: int
) -> Landed:
    course = foresee_course(days, period=period, as_of=as_of, n_draws=n_draws, seed=seed)
    rest = course.draws - course.booked
    parts = pd.DataFrame([_tell("won", np.full(n_draws, course.booked)), _tell("course", rest)])
    p10, p50, p90 = (float(np.quantile(course.draws, chance)) for chance in _PERCENTILES)
    draws = pd.DataFrame(
        {
            "draw": np.arange(n_draws),
            "won_amount": course.booked,
            "open_amount": 0.0,
            "new_amount": rest,
            "total_amount": course.draws,
        }
    )
    landing = Landing(
        period=period, as_of=as_of, won=course.booked, p10=p10, p50=p50, p90=p90, mean=float(course.draws.mean()),
        target=target, chance_hit=None if target is None else float((course.draws >= target).mean()),
        gap=None if target is None else target - p50, pipeline_needed=None, parts=parts,
        deals=pd.DataFrame(columns=list(_NO_DEALS)), without_largest=None, draws=draws,
        weights=Weights(0.0, 1.0, 0, 0.0, 0.0), by={}, doubts={},
    )  # fmt: skip
    return Landed(landing, None, why, pd.DataFrame(columns=["back", "said", "came"]))


def _tell(part: str, draws: Any) -> dict[str, Any]:
    p10, p50, p90 = np.quantile(draws, _PERCENTILES)
    return {"part": part, "n_deals": 0, "amount": 0.0, "mean": draws.mean(), "p10": p10, "p50": p50, "p90": p90}
