"""What did an initiative change, beside what the untouched series did?"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NoControl, NotEnoughData
from saleslab.forecasting.drivers.known_ahead import read_key
from saleslab.forecasting.drivers.placebos import Asking, Placebo, measure_apart, run_placebos, widen_by
from saleslab.forecasting.laying import Floats, Laid, Repeats
from saleslab.forecasting.panel import check_options, read_panel
from saleslab.forecasting.repairs import Gaps
from saleslab.stats.intervals import Interval, check_mass
from saleslab.stats.threads import on_one_thread

Outcome = Literal["more", "less", "unclear"]
Doubt = Literal["placebos_failed", "few_placebos", "one_control", "left_out", "widened"]

_FEWEST_BEFORE = 12
_FEWEST_PLACEBOS = 5
_N_DRAWS = 4_000
_TOO_SELDOM = 0.01
_WIDENED = 1.05


@dataclass(frozen=True, slots=True, eq=False)
class InitiativeEffect:
    """What an initiative changed.

    Attributes
    ----------
    share
        Of what would have been without it, over all periods since its start.
    amount
        The same in the unit of the series.
    chance_more
        Chance that it added anything.
    path
        ``period, actual, expected, lower, upper, effect, effect_until`` (added up since the start).
    placebos
        The same question asked where nothing was done: ``kind`` (``time`` or ``series``), ``what``, ``share``,
        ``is_outside`` (an effect was seen, before the interval was widened).
    widened_by
        What these made of the interval: 1 where they were no further off than it promised.
    n_before, n_after
        Periods before and since the start.
    control_ids, left_out
        Untouched series that were followed, and those that do not cover all periods.
    doubts
        What to hold against the answer: codes, worded under ``forecast_drivers.initiative``.
    """

    share: Interval
    amount: Interval
    chance_more: float
    path: pd.DataFrame
    placebos: pd.DataFrame
    widened_by: float
    n_before: int
    n_after: int
    control_ids: tuple[Hashable, ...]
    left_out: tuple[Hashable, ...]
    doubts: tuple[Doubt, ...]

    @property
    def outcome(self) -> Outcome:
        """``more`` or ``less`` where the whole interval says so and the placebos do not forbid it, else ``unclear``."""
        if "placebos_failed" in self.doubts or self.share.low <= 0 <= self.share.high:
            return "unclear"
        return "more" if self.share.low > 0 else "less"


def estimate_effect(
    panel: pd.DataFrame,
    *,
    treated: Hashable | Collection[Hashable],
    since: Any,
    controls: Collection[Hashable] | None = None,
    season_length: int | None = None,
    mass: float = 0.95,
    seed: int = 0,
    gaps: Gaps = "auto",
    repeats: Repeats = "refuse",
) -> InitiativeEffect:
    """Return what an initiative changed in the series it touched.

    Use it where nobody was drawn by lot; where accounts or teams were, use `saleslab.experiments`. What would have been
    is told by a level that wanders, a season, and series that were not touched; so these must not have been touched by
    side effects either, such as customers who moved over.

    Parameters
    ----------
    panel
        Columns ``series_id, period, value``, repaired as `check_panel` says.
    treated
        The series, or several that are added up.
    since
        First period in which the initiative could act.
    controls
        Series that it did not touch; all others unless told.
    season_length
        Periods in a season; None takes what the grain has as a rule.
    mass
        Of the intervals.
    seed
        Of the draws.
    gaps, repeats
        As for `check_panel`.

    Returns
    -------
    InitiativeEffect
        The method is asked the same of earlier starts and of untouched series, where the answer is nothing; where it
        was further off there than promised, the interval is widened, and where it saw effects too often it is
        ``unclear``.

    Raises
    ------
    NoControl
        When no untouched series covers the periods of the treated ones.
    NotEnoughData
        When fewer than twelve periods lie before the start, or none since.
    BadArgument
        When a series is unknown, or both treated and a control.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> weeks = pd.date_range("2026-01-05", periods=40, freq="W-MON")
    >>> market = 100 * np.exp(np.cumsum(rng.normal(0, 0.03, 40)))
    >>> values = market * np.exp(rng.normal(0, 0.02, (3, 40)))
    >>> values[0, 32:] *= 1.2
    >>> names = np.repeat(["tokyo", "osaka", "nagoya"], 40)
    >>> panel = pd.DataFrame({"series_id": names, "period": np.tile(weeks, 3), "value": values.ravel()})
    >>> found = estimate_effect(panel, treated="tokyo", since=weeks[32], season_length=1)
    >>> found.outcome, round(found.share.estimate, 1)
    ('more', 0.2)
    """
    check_mass(mass)
    check_options(season_length, gaps, repeats)
    laid, _ = read_panel(panel, season_length=season_length, gaps=gaps, repeats=repeats)
    touched, untouched = _find_rows(laid, treated, controls)
    first, last = _find_span(laid, touched)
    columns, left_out = _cut(laid, untouched, first, last)
    if not columns.shape[1]:
        raise NoControl(
            f"None of {len(untouched)} untouched series covers all periods of the treated ones.",
            "name series that the initiative did not touch and that are as long, or compare accounts by lot.",
        )
    total, _ = _cut(laid, touched, first, last)
    start = _find_start(laid, since, first, last)
    whole = total.sum(axis=1)
    asking = Asking(laid.season_length, bool((whole > 0).all() and (columns > 0).all()), mass)
    with on_one_thread():
        placebos = run_placebos(whole, columns, start, asking)
        widened = widen_by(placebos)
        expected = _foresee(whole[:start], columns, asking, widened=widened, seed=seed)
    stamps = laid.grid.restore(np.arange(first + start, last + 1))
    kept = tuple(laid.ids.take([row for row in untouched if row not in set(left_out)]))
    gone = tuple(laid.ids.take(np.array(left_out, dtype=np.int64)))
    doubts = _doubt(placebos, widened, len(kept), len(gone), mass)
    share, amount, chance = _sum_up(whole[start:], expected, mass)
    return InitiativeEffect(
        share=share,
        amount=amount,
        chance_more=chance,
        path=_write_path(stamps, whole[start:], expected, mass),
        placebos=_write_placebos(placebos, laid, kept, first),
        widened_by=widened,
        n_before=start,
        n_after=len(whole) - start,
        control_ids=kept,
        left_out=gone,
        doubts=doubts,
    )


def _find_rows(
    laid: Laid, treated: Hashable | Collection[Hashable], controls: Collection[Hashable] | None
) -> tuple[list[int], list[int]]:
    wanted = list(treated) if isinstance(treated, list | tuple | set | frozenset | np.ndarray | pd.Index) else [treated]
    others = [label for label in laid.ids if label not in set(wanted)] if controls is None else list(controls)
    known = set(laid.ids)
    n_unknown = sum(label not in known for label in (*wanted, *others))
    n_both = len(set(wanted) & set(others))
    if n_unknown or n_both or not wanted:
        raise BadArgument(
            f"Of {len(wanted)} treated series and {len(others)} controls, panel lacks {n_unknown}; {n_both} are both.",
            "name treated series of the panel, and controls that the initiative did not touch.",
        )
    rows, beside = (
        np.sort(laid.ids.get_indexer(pd.Index(labels))).tolist() if labels else [] for labels in (wanted, others)
    )
    return rows, beside


def _find_span(laid: Laid, rows: list[int]) -> tuple[int, int]:
    """Return the first and last period that all treated series have."""
    starts = laid.ends - laid.lengths + 1
    first, last = int(starts[rows].max()), int(laid.ends[rows].min())
    if last <= first:
        raise NotEnoughData("The treated series have no periods in common.", "estimate their effects one by one.")
    return first, last


def _cut(laid: Laid, rows: list[int], first: int, last: int) -> tuple[Floats, list[int]]:
    """Return series over some periods, shape (periods, series), and those that do not cover them all."""
    width = laid.history.shape[1]
    starts = laid.ends - laid.lengths + 1
    covers = [row for row in rows if starts[row] <= first and laid.ends[row] >= last]
    columns = [laid.history[row, width - 1 - (laid.ends[row] - np.arange(first, last + 1))] for row in covers]
    values = np.stack(columns, axis=1) if columns else np.zeros((last - first + 1, 0))
    return values, [row for row in rows if row not in covers]


def _find_start(laid: Laid, since: Any, first: int, last: int) -> int:
    """Return how many periods lie before the start."""
    keys = read_key(laid.grid.restore(np.arange(first, last + 1)))
    at = int(keys.searchsorted(read_key([since], of="since")[0]))
    if at < _FEWEST_BEFORE or at >= len(keys):
        raise NotEnoughData(
            f"{at} periods lie before {since} and {len(keys) - at} since then.",
            f"give at least {_FEWEST_BEFORE} before the start and one since it.",
        )
    return at


def _foresee(before: Floats, columns: Floats, asking: Asking, *, widened: float, seed: int) -> Floats:
    """Return possible courses without the initiative, shape (draws, periods)."""
    said = asking.foresee(asking.read(before), asking.read(columns))
    draws = said.draw(_N_DRAWS, np.random.default_rng(seed))
    middle = np.median(draws, axis=0)
    draws = middle + widened * (draws - middle)
    return np.exp(draws) if asking.is_log else draws


def _sum_up(actual: Floats, expected: Floats, mass: float) -> tuple[Interval, Interval, float]:
    without = expected.sum(axis=1)
    if (without <= 0).mean() > (1 - mass) / 2:
        raise NotEnoughData(
            "Without the initiative the treated series may have come to nothing: no share of it can be told.",
            "choose series with larger values, or more of them added up.",
        )
    effect = actual.sum() - without
    tails = ((1 - mass) / 2, 0.5, (1 + mass) / 2)
    low, middle, high = (float(end) for end in np.quantile(effect, tails))
    share = [float(end) for end in np.quantile(effect / np.where(without > 0, without, np.inf), tails)]
    chance = float((effect > 0).mean())
    return Interval(share[1], share[0], share[2], mass), Interval(middle, low, high, mass), chance


def _write_path(stamps: Any, actual: Floats, expected: Floats, mass: float) -> pd.DataFrame:
    low, middle, high = np.quantile(expected, ((1 - mass) / 2, 0.5, (1 + mass) / 2), axis=0)
    return pd.DataFrame(
        {
            "period": stamps,
            "actual": actual,
            "expected": middle,
            "lower": low,
            "upper": high,
            "effect": actual - middle,
            "effect_until": np.median(actual.cumsum() - expected.cumsum(axis=1), axis=0),
        }
    )


def _write_placebos(placebos: list[Placebo], laid: Laid, control_ids: tuple[Hashable, ...], first: int) -> pd.DataFrame:
    what = [
        control_ids[one.at] if one.kind == "series" else laid.grid.restore(np.array([first + one.at]))[0]
        for one in placebos
    ]
    return pd.DataFrame(
        {
            "kind": [one.kind for one in placebos],
            "what": pd.Series(what, dtype=object),
            "share": [one.share for one in placebos],
            "is_outside": [one.is_outside for one in placebos],
        }
    )


def _doubt(placebos: list[Placebo], widened: float, n_controls: int, n_left_out: int, mass: float) -> tuple[Doubt, ...]:
    from scipy.special import bdtrc

    n, n_outside = len(placebos), sum(one.is_outside for one in placebos)
    n_apart = measure_apart(placebos)
    failed = n_outside > 1 and bdtrc(n_outside * n_apart / n - 1, max(round(n_apart), 1), 1 - mass) < _TOO_SELDOM
    found: dict[Doubt, bool] = {
        "placebos_failed": bool(failed),
        "few_placebos": n < _FEWEST_PLACEBOS,
        "one_control": n_controls == 1,
        "left_out": n_left_out > 0,
        "widened": widened > _WIDENED,
    }
    return tuple(code for code, holds in found.items() if holds)
