"""`believe`: from the months of a measure to what its next ones may bring."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.beliefs.belief import Belief, Family
from saleslab.kpi.beliefs.histories import Months, number_months, read_months, require_months
from saleslab.kpi.beliefs.models import CountModel, MeanModel, Model, ShareModel, SumModel
from saleslab.kpi.metrics.knowing import find_days
from saleslab.stats import (
    PieceSizes,
    VaryingCounts,
    fit_censored_levels,
    lay_sizes,
    weigh_sizes,
    weigh_varying_counts,
    weigh_varying_means,
    weigh_varying_rates,
)

Floats = npt.NDArray[np.float64]

_LATELY = 6
_FEWEST_AMOUNTS = 20
_HALF_A_DAY = 0.5
_UNEVEN = 1.0
"""Standard deviation of amounts over their mean, where single ones are not known: that of exponential ones."""

_RATING = (0.3, 0.5)
_MEDIAN_TELLS, _P90_TELLS = 2 / np.pi, 0.342
"""How many pieces a median and a ninth decile are worth, against the mean of as many logarithms (normal ones)."""


def believe(
    history: pd.DataFrame,
    *,
    metric_id: str,
    family: Family,
    as_of: date,
    scope: tuple[str, str] | None = None,
    amounts: pd.DataFrame | None = None,
    quantile: float = 0.5,
    timezone: str = "UTC",
) -> Belief:
    """Return what the next months of a measure may bring.

    Months that are not over, and cohorts that have not shown what they will come to, are left out, never filled in.

    Parameters
    ----------
    history
        In the shape of ``kpi_values``, one row a measure, scope and month.
    metric_id
        The measure.
    family
        How its months vary. ``rate``: so many of so many, a logit-normal rate each month. ``count``, ``sum``: negative
        binomial around season, level and perhaps trend. ``value``, ``rating``: log-normal means of so many pieces.
        ``duration``: log-normal medians or ninth deciles.
    as_of
        The last day that is known.
    scope
        ``scope_type`` and ``scope_id``, where the history holds several.
    amounts
        Single pieces of a ``value`` or ``sum`` (``metric_id, at, value``): they say how unequal pieces are; the largest
        tenth is resampled. Single ``duration`` values with ``is_ended``, ``at`` being the start and ``value`` the days
        so far: the unfinished count as longer than seen, so that months of starts need not be over.
    quantile
        Of a ``duration``: 0.5 or 0.9.
    timezone
        Where the company is: ``at`` is UTC, and its days, which ``as_of`` names, are those of this zone.

    Raises
    ------
    NotEnoughData
        When there are fewer than 6 months to learn from.
    BadArgument
        When numbers do not fit the family.

    Examples
    --------
    >>> starts = pd.date_range("2026-01-01", periods=9, freq="MS")
    >>> history = pd.DataFrame({"metric_id": "win_rate", "scope_type": "company", "scope_id": "all"}, index=range(9))
    >>> history = history.assign(period_start=starts, period_end=starts + pd.offsets.MonthEnd(), n=40, denominator=40)
    >>> history = history.assign(numerator=[9, 14, 11, 8, 15, 12, 10, 13, 11]).assign(value=lambda f: f.numerator / 40)
    >>> belief = believe(history, metric_id="win_rate", family="rate", as_of=date(2026, 9, 30))
    >>> round(belief.level, 2), round(belief.chance(0.25, months=1, seed=7), 2)
    (0.29, 0.71)
    """
    months = read_months(history, metric_id=metric_id, as_of=as_of, scope=scope)
    if amounts is None:
        return believe_months(require_months(months, metric_id), metric_id=metric_id, family=family, quantile=quantile)
    is_known = find_days(amounts["at"], timezone) <= pd.Timestamp(as_of)
    mine = amounts[(amounts["metric_id"] == metric_id) & is_known]
    if family == "duration" and "is_ended" in mine.columns:
        known = _known_on(mine, as_of, timezone)
        return believe_durations(known, months, metric_id=metric_id, quantile=quantile, timezone=timezone)
    pieces = mine["value"].to_numpy(dtype=np.float64)
    return believe_months(
        require_months(months, metric_id), metric_id=metric_id, family=family, amounts=pieces, quantile=quantile
    )


def believe_months(
    months: Months, *, metric_id: str, family: Family, amounts: Floats | None = None, quantile: float = 0.5
) -> Belief:
    """Return what the next months may bring, from months that have been chosen already; see `believe`."""
    match family:
        case "rate":
            model, sizes = _believe_rate(months, metric_id)
        case "count":
            months = _unbroken(months, metric_id)
            model, sizes = CountModel(_weigh_counts(months, months.value)), months.value
        case "sum":
            months = _unbroken(months, metric_id)
            model, sizes = _believe_sum(months, amounts), months.n
        case "value" | "rating" | "duration":
            months = _with_pieces(months, metric_id)
            model, sizes = _believe_mean(months, metric_id, family, amounts, quantile), months.n
        case _:
            raise BadArgument(
                f"The family of '{metric_id}' is {family!r}.",
                "choose one of count, rate, value, sum, duration and rating.",
            )
    return Belief(metric_id, family, months, model, max(1.0, float(np.rint(np.median(sizes[-_LATELY:])))))


def believe_durations(
    spells: pd.DataFrame, months: Months, *, metric_id: str, quantile: float = 0.5, timezone: str = "UTC"
) -> Belief:
    """Return what durations that start in the next months may be like, from single ones of which some have not ended.

    Parameters
    ----------
    spells
        ``at`` (start), ``value`` (days so far) and ``is_ended``.
    months
        From `read_months`; they say which months lie ahead and how many pieces a month has.
    metric_id
        The measure.
    quantile
        0.5 or 0.9.
    timezone
        Where the company is: a spell belongs to the month in which it started there.
    """
    from scipy.special import ndtri

    starts = number_months(list(find_days(spells["at"], timezone).dt.date))
    days = np.maximum(spells["value"].to_numpy(dtype=np.float64), _HALF_A_DAY)
    fit = fit_censored_levels(days, spells["is_ended"].to_numpy(dtype=bool), starts)
    if len(fit.groups) < _LATELY:
        raise NotEnoughData(
            f"In {len(fit.groups)} months of '{metric_id}' something ended that started there; {_LATELY} are needed.",
            "wait for more months.",
        )
    typical = np.exp(fit.middles + fit.spread * ndtri(quantile))
    means = weigh_varying_means(typical, fit.told, within=fit.spread)
    told = _MEDIAN_TELLS if quantile == 0.5 else _P90_TELLS
    pieces = max(1.0, float(np.median(np.bincount(starts - starts.min())[-_LATELY:])))
    return Belief(metric_id, "duration", months, MeanModel(means, lay_sizes(fit.spread), told), pieces)


def _known_on(spells: pd.DataFrame, as_of: date, timezone: str) -> pd.DataFrame:
    """Return spells as they stood at the end of a day: what ended later had not ended then."""
    last = pd.Timestamp(as_of)
    ends = pd.to_datetime(spells["at"], utc=True) + pd.to_timedelta(spells["value"], unit="D")
    is_later = find_days(ends, timezone) > last
    so_far = (last - find_days(spells["at"], timezone)).dt.days
    return spells.assign(
        value=spells["value"].where(~is_later, so_far), is_ended=spells["is_ended"].astype(bool) & ~is_later
    )


def _believe_rate(months: Months, metric_id: str) -> tuple[Model, Floats]:
    top, whole = months.numerator, months.denominator
    if not (np.isfinite(top) & np.isfinite(whole)).all():
        raise BadArgument(
            f"'{metric_id}' is a rate, and has months without numerator or denominator.",
            "give both counts; a quotient of amounts is of the family 'value'.",
        )
    if int((whole > 0).sum()) < _LATELY:
        raise NotEnoughData(f"'{metric_id}' has {int((whole > 0).sum())} months with trials.", "wait for more months.")
    return ShareModel(weigh_varying_rates(top, whole)), whole[whole > 0]


def _weigh_counts(months: Months, counts: Floats) -> VaryingCounts:
    return weigh_varying_counts(counts, seasons=months.number % 12)


def _believe_sum(months: Months, amounts: Floats | None) -> Model:
    """Count money in units in which its luck is that of a Poisson count: squared amounts over amounts."""
    n, total = float(np.nansum(months.n)), float(months.value.sum())
    if total <= 0 or n <= 0:
        raise NotEnoughData("All months come to 0.", "wait for the first one that brings something.")
    sizes = _see_sizes(amounts) or lay_sizes(_UNEVEN)
    piece = total / n
    unit = piece * (1 + sizes.spread**2)
    return SumModel(_weigh_counts(months, months.value / unit), unit, piece, sizes)


def _believe_mean(months: Months, metric_id: str, family: Family, amounts: Floats | None, quantile: float) -> Model:
    if (months.value <= 0).any():
        raise BadArgument(
            f"{int((months.value <= 0).sum())} months of '{metric_id}' are 0 or less, and have no logarithm.",
            "measure it by a share or a count; a score from -100 to 100 is two shares.",
        )
    if family == "duration":
        told = _MEDIAN_TELLS if quantile == 0.5 else _P90_TELLS
        means = weigh_varying_means(months.value, months.n * told)
        return MeanModel(means, lay_sizes(means.within), told)
    if family == "rating":
        means = weigh_varying_means(months.value, months.n, prior_within=_RATING)
        return MeanModel(means, lay_sizes(means.within))
    seen = _see_sizes(amounts)
    means = weigh_varying_means(months.value, months.n, within=None if seen is None else seen.spread)
    return MeanModel(means, lay_sizes(means.within) if seen is None else seen)


def _see_sizes(amounts: Floats | None) -> PieceSizes | None:
    some = amounts[amounts > 0] if amounts is not None else np.zeros(0)
    return weigh_sizes(some) if len(some) >= _FEWEST_AMOUNTS else None


def _with_pieces(months: Months, metric_id: str) -> Months:
    return require_months(months.take(np.flatnonzero(months.n > 0)), metric_id)


def _unbroken(months: Months, metric_id: str) -> Months:
    """Return the months since the last gap: a season and a trend need to know which months follow which."""
    gaps = np.nonzero(np.diff(months.number) != 1)[0]
    first = int(gaps[-1]) + 1 if len(gaps) else 0
    return require_months(months.take(slice(first, None)), metric_id)
