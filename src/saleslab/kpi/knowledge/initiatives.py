"""Which project is to move which KPI, by how much, and what did it change?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi.linting.findings import Finding, tabulate_findings
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.wandering_levels import regress_on_wandering_level
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Verdict = Literal["as_expected", "more", "less", "opposite", "unclear"]
Doubt = Literal["no_controls", "few_before", "few_after", "absolute"]

FEWEST_BEFORE, FEWEST_AFTER = 12, 2
"""Periods before and since the start below which an effect is refused."""
TOGETHER_DAYS = 60
"""Days within which two projects for one KPI begin together: what each of them did cannot be told apart."""

_FREE = 1e-6
_CALM_BEFORE, _CALM_AFTER = 24, 4


def lint_initiatives(initiatives: pd.DataFrame, *, as_of: date, metrics: Collection[str] | None = None) -> pd.DataFrame:
    """Return what is missing from projects before anybody can say what they changed.

    Parameters
    ----------
    initiatives
        As the canonical table: ``initiative_id`` and, where known, ``kpi, start, end, expected_delta, owner_id``.
    as_of
        The day of the check.
    metrics
        The KPIs that exist, where that is to be checked.

    Returns
    -------
    pandas.DataFrame
        ``node`` (the initiative), ``code, severity, message_en, message_ja, next_en, next_ja``, errors first.

    Examples
    --------
    >>> told = pd.DataFrame({"initiative_id": ["i:1"], "kpi": [None], "start": [date(2026, 4, 1)], "owner_id": ["u:1"]})
    >>> lint_initiatives(told.assign(expected_delta=0.02), as_of=date(2026, 9, 30))["code"].tolist()
    ['initiative_no_kpi']
    """
    require_columns(initiatives, "initiative_id", of="initiatives")
    nothing = pd.Series([None] * len(initiatives), initiatives.index, dtype=object)
    kpi, start, end, owner = (initiatives.get(name, nothing) for name in ("kpi", "start", "end", "owner_id"))
    expected = pd.to_numeric(initiatives.get("expected_delta", nothing), errors="coerce")
    begins, ends = pd.to_datetime(start, errors="coerce"), pd.to_datetime(end, errors="coerce")
    is_open, is_ahead = expected.isna() | expected.eq(0), begins > pd.Timestamp(as_of)
    has_no_kpi = kpi.isna() | kpi.astype(str).str.strip().eq("")
    wrong: dict[str, pd.Series] = {
        "initiative_no_kpi": has_no_kpi,
        "initiative_unknown_kpi": ~has_no_kpi & ~kpi.isin(list(metrics)) if metrics is not None else nothing.notna(),
        "initiative_no_start": begins.isna(),
        "initiative_no_expectation": is_open & ~is_ahead,
        "initiative_no_expectation_yet": is_open & is_ahead,
        "initiative_no_owner": owner.isna(),
        "initiative_ends_before": ends < begins,
        "initiative_together": _find_together(kpi.where(~has_no_kpi), begins),
    }
    return tabulate_findings(
        Finding(str(initiatives["initiative_id"].iloc[row]), code)
        for row in range(len(initiatives))
        for code, is_wrong in wrong.items()
        if bool(is_wrong.iloc[row])
    )


def _find_together(kpi: pd.Series, begins: pd.Series) -> pd.Series:
    days = begins.to_numpy(dtype="datetime64[D]").astype("float64")
    days[begins.isna().to_numpy()] = np.nan
    near = np.abs(days[:, None] - days[None, :]) <= TOGETHER_DAYS
    names = kpi.to_numpy(dtype=object)
    same = (names[:, None] == names[None, :]) & kpi.notna().to_numpy()[:, None]
    np.fill_diagonal(near, val=False)
    return pd.Series((near & same).any(axis=1), kpi.index)


@dataclass(frozen=True, slots=True)
class StepEffect:
    """By how much a KPI stands higher since a project began.

    Attributes
    ----------
    share
        Of what it would be without; None for values that are not all above 0.
    amount
        A period, in the KPI's own unit.
    chance_more
        Chance that it is higher at all.
    n_before, n_after
        Periods before and since the start.
    doubts
        ``no_controls``, ``few_before``, ``few_after``, ``absolute``: worded under ``kpi_knowledge.doubt``.
    """

    share: Interval | None
    amount: Interval
    chance_more: float
    n_before: int
    n_after: int
    doubts: tuple[Doubt, ...]


def estimate_step(
    values: pd.Series,
    *,
    since: Any,
    controls: pd.DataFrame | None = None,
    season_length: int | None = None,
    mass: float = 0.95,
) -> StepEffect:
    """Return by how much a KPI stands higher since a project began, beside a level that wanders and untouched controls.

    A light companion of `saleslab.forecasting.estimate_effect`, for one KPI with few periods: it takes the effect for a
    step that stays. Where the project reached some people by lot, use `saleslab.experiments` instead.

    Parameters
    ----------
    values
        The KPI, one value a finished period, indexed by its start.
    since
        First period in which the project could act.
    controls
        Series over the same periods that it did not touch, one a column; their common movement is taken out.
    season_length
        Periods in a year, to take a yearly wave out where controls do not tell it.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        With fewer than twelve periods before the start, or two since.
    TableError
        When a period is missing or stands twice, or controls do not cover all periods.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> months = pd.date_range("2024-04-01", periods=30, freq="MS")
    >>> market = np.cumsum(rng.normal(0, 0.03, 30))
    >>> values = pd.Series(np.exp(5 + market + rng.normal(0, 0.03, 30)), months)
    >>> values.iloc[22:] *= 1.2
    >>> others = pd.DataFrame({"east": np.exp(4 + market + rng.normal(0, 0.03, 30))}, months)
    >>> found = estimate_step(values, since="2026-02-01", controls=others)
    >>> 0.2 in found.share, found.chance_more > 0.99
    (True, True)
    """
    from scipy.stats import t as student

    check_mass(mass)
    series, others = _align(values, controls)
    is_after = series.index >= pd.Timestamp(since)
    n_before, n_after = int((~is_after).sum()), int(is_after.sum())
    if n_before < FEWEST_BEFORE or n_after < FEWEST_AFTER:
        raise NotEnoughData(
            f"{n_before} periods lie before the start and {n_after} since then.",
            f"give at least {FEWEST_BEFORE} before it, and wait for {FEWEST_AFTER} since then.",
        )
    is_log = bool((series > 0).all() and (others > 0).all(axis=None))
    height = np.log(series.to_numpy()) if is_log else series.to_numpy()
    columns = [is_after.astype(np.float64)]
    if others.shape[1]:
        columns.append(_condense(np.log(others.to_numpy()) if is_log else others.to_numpy()))
    if season_length is not None:
        turn = 2 * np.pi * np.arange(len(series)) / season_length
        columns += [np.sin(turn), np.cos(turn)]
    scale = float(np.std(np.diff(height))) or 1.0
    laid, penalties = np.column_stack(columns)[None], np.full((1, len(columns)), _FREE)
    fitted = regress_on_wandering_level(height[None] / scale, laid, penalties=penalties)
    step, freedom = float(fitted.coefficients[0, 0]) * scale, float(fitted.freedom[0])
    if freedom < 1:
        raise NotEnoughData(f"{len(series)} periods leave no freedom to tell an effect.", "give a longer history.")
    error = float(np.sqrt(fitted.covariances[0, 0, 0])) * scale
    reach = float(student.ppf((1 + mass) / 2, freedom)) * error
    doubts: dict[Doubt, bool] = {
        "no_controls": not others.shape[1],
        "few_before": n_before < _CALM_BEFORE,
        "few_after": n_after < _CALM_AFTER,
        "absolute": not is_log,
    }
    share, amount = _read(step, reach, float(series[is_after].mean()), mass, is_log=is_log)
    told = tuple(code for code, holds in doubts.items() if holds)
    return StepEffect(share, amount, float(student.cdf(step / error, freedom)), n_before, n_after, told)


def _align(values: pd.Series, controls: pd.DataFrame | None) -> tuple[pd.Series, pd.DataFrame]:
    series = values.astype("float64").rename_axis(None)
    series.index = pd.to_datetime(series.index)
    series = series.sort_index()
    others = pd.DataFrame(index=series.index) if controls is None else controls.astype("float64")
    others = others.set_axis(pd.to_datetime(others.index)).reindex(series.index)
    n_missing, n_twice = int(series.isna().sum()), int(series.index.duplicated().sum())
    n_short = int(others.isna().any().sum())
    if n_missing or n_twice or n_short:
        raise TableError(
            f"{n_missing} periods have no value, {n_twice} stand twice, {n_short} controls do not cover them all.",
            "give one value a finished period, and controls of the same periods.",
        )
    return series, others


def _condense(others: Floats) -> Floats:
    """Return what controls have in common: the mean of their paths, each in units of its own spread."""
    spread = others.std(axis=0)
    common = ((others - others.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).mean(axis=1)
    return np.asarray(common / (common.std() or 1.0))


def _read(step: float, reach: float, after: float, mass: float, *, is_log: bool) -> tuple[Interval | None, Interval]:
    if not is_log:
        return None, Interval(step, step - reach, step + reach, mass)
    low, high = step - reach, step + reach
    share = Interval(float(np.expm1(step)), float(np.expm1(low)), float(np.expm1(high)), mass)
    gained = [-after * float(np.expm1(-end)) for end in (step, low, high)]
    return share, Interval(gained[0], gained[1], gained[2], mass)


def judge_initiatives(initiatives: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Return what each project was to bring beside what it brought.

    Parameters
    ----------
    initiatives
        ``initiative_id, kpi, expected_delta``, in the KPI's own unit.
    effects
        ``initiative_id, estimate, low, high`` in the same unit, from `estimate_step`, from forecasting or from an
        experiment; a project without a row is ``unclear``.

    Returns
    -------
    pandas.DataFrame
        ``initiative_id, kpi, expected_delta, estimate, low, high, verdict``: ``as_expected`` where the range holds what
        was expected but not 0, ``more`` or ``less`` where it lies beyond or short of it, ``opposite`` where it lies on
        the other side of 0, ``unclear`` where it holds 0 or nothing is known.

    Raises
    ------
    BadArgument
        When effects name a project twice or one that is not there.
    """
    require_columns(initiatives, "initiative_id", "kpi", "expected_delta", of="initiatives")
    require_columns(effects, "initiative_id", "estimate", "low", "high", of="effects")
    n_strange = int((~effects["initiative_id"].isin(initiatives["initiative_id"])).sum())
    if n_strange or effects["initiative_id"].duplicated().any():
        raise BadArgument(
            f"Of {len(effects)} effects {n_strange} belong to no initiative, or one stands twice.",
            "give one effect an initiative.",
        )
    told = initiatives[["initiative_id", "kpi", "expected_delta"]].merge(
        effects[["initiative_id", "estimate", "low", "high"]], on="initiative_id", how="left"
    )
    expected = pd.to_numeric(told["expected_delta"]).astype("float64")
    sign = np.sign(expected)
    near, far = (
        np.minimum(sign * told["low"], sign * told["high"]),
        np.maximum(sign * told["low"], sign * told["high"]),
    )
    size = expected.abs()
    verdict = np.select(
        [far < 0, near > size, (near > 0) & (far < size), near > 0],
        ["opposite", "more", "less", "as_expected"],
        "unclear",
    )
    return told.assign(verdict=np.where(size > 0, verdict, "unclear")).sort_values("initiative_id", ignore_index=True)
