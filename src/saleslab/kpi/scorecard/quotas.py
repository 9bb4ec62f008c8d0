"""Do chances of quotas come true? Each past quota judged from the eve of its period, beside what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi.beliefs.belief import Family
from saleslab.kpi.metrics.declaring import Direction, Metric
from saleslab.kpi.metrics.knowing import find_measured_days
from saleslab.kpi.metrics.measuring import measure
from saleslab.kpi.metrics.records.attaining import compare_targets
from saleslab.kpi.metrics.records.inputs import read_targets
from saleslab.kpi.metrics.shelf import library
from saleslab.kpi.scorecard.outlooks import foresee_period
from saleslab.kpi.targets.required import Aim
from saleslab.periods import FiscalCalendar, Period
from saleslab.stats import Calibration, Interval, estimate_rate, measure_calibration
from saleslab.stats.calibration import find_base_rates
from saleslab.stats.clustered_means import average_clusters
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Ends of the bands of chances."""

FEWEST_IN_BAND, FEWEST_PEOPLE = 5, 3
"""Quotas and people below which a band's share is not told: it would speak of single people."""

_FEWEST_JUDGED, _MONTHS = 20, 36
_FAMILIES: dict[str, Family] = {"sum": "sum", "count": "count"}
_ROWS = (
    "target_id", "scope_type", "scope_id", "period_start", "period_end", "target", "value", "attainment", "is_met",
    "chance", "plain",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class QuotaReview:
    """What was said of quotas on the eve of their periods, and what came.

    Attributes
    ----------
    metric_id, scope_type
        Of what the quotas are, and whose.
    as_of
        The last day that is known.
    n_targets
        Quotas on record of periods that are over.
    rows
        One row a quota of which a value was measured: ``target_id, scope_type, scope_id, period_start, period_end,
        target, value, attainment, is_met``; ``chance`` (None where fewer than six months were known) and ``plain`` (the
        share of all quotas met in periods that were over by then; None before the first). By person: not for all.
    bands
        From `band_chances`.
    calibration
        Of the chances; None below 20.
    brier, plain_brier, edge, n_compared
        Mean squared distance of chance and outcome; that of ``plain`` on the same quotas; by how much the chances are
        closer, with an interval in which each period counts as one, since its quotas share its luck; and how many have
        both. None below 20 of them, the edge also within a single period.
    running
        Quotas whose period runs: ``target_id, scope_id, period_start, period_end, target, chance``; from what is known.
    """

    metric_id: str
    scope_type: str
    as_of: date
    n_targets: int
    rows: pd.DataFrame
    bands: pd.DataFrame
    calibration: Calibration | None
    brier: float | None
    plain_brier: float | None
    n_compared: int
    running: pd.DataFrame
    edge: Interval | None = None

    @property
    def n_met(self) -> int:
        """How many of the joined quotas were met."""
        return int(self.rows["is_met"].sum())

    @property
    def n_judged(self) -> int:
        """How many of them had a chance."""
        return int(self.rows["chance"].notna().sum())

    @property
    def median_attainment(self) -> float:
        """The middle of value over quota."""
        return float(self.rows["attainment"].median())

    @property
    def is_off(self) -> bool | None:
        """Whether chances and outcomes lie further apart than luck explains in some group; None where nobody knows."""
        return None if self.calibration is None else self.calibration.n_outside > 0

    @property
    def knows_more(self) -> bool | None:
        """Whether the chances are closer than the plain share by more than luck explains; None where nobody knows."""
        return None if self.edge is None else self.edge.low > 0


def review_quotas(
    lab: Warehouse, *, as_of: date, seed: int, metric_id: str | None = None, scope_type: str = "user"
) -> QuotaReview:
    """Return how good chances of quotas were, each made from what was measured on the eve of its period.

    Parameters
    ----------
    lab
        The warehouse; of targets in several versions the last one counts.
    as_of
        The last day that is known.
    seed
        Of the draws.
    metric_id
        Quotas of what; if None the measure with most quotas, of those that can be judged.
    scope_type
        Whose: ``user`` or ``team``.

    Raises
    ------
    NotEnoughData
        When there is no such quota of a period that is over, or nothing was measured for any.
    BadArgument
        When the measure is no sum and no count.
    """
    targets = _choose(read_targets(lab), metric_id, scope_type)
    metric = library().get(str(targets["metric_id"].iloc[0]))
    if metric is None or metric.kind not in _FAMILIES:
        raise BadArgument(
            f"Quotas of '{targets['metric_id'].iloc[0]}' cannot be judged: it is no sum and no count of the library.",
            "pass metric_id of quotas that add up over months.",
        )
    begun = targets[pd.to_datetime(targets["period_start"]) <= pd.Timestamp(as_of) + pd.Timedelta(days=1)]
    periods = _list_periods(begun)
    values = measure(lab, metric, as_of=as_of, periods=periods, scopes=(scope_type,))
    eves = sorted({one.start - timedelta(days=1) for one in periods} | {as_of})
    history = _measure_eves(lab, metric, eves, scope_type)
    return judge_quotas(
        history, values, begun, family=_FAMILIES[metric.kind], direction=metric.direction,
        calendar=lab.settings.fiscal_calendar, as_of=as_of, seed=seed,
    )  # fmt: skip


def judge_quotas(
    history: pd.DataFrame,
    values: pd.DataFrame,
    targets: pd.DataFrame,
    *,
    family: Family,
    calendar: FiscalCalendar,
    as_of: date,
    seed: int,
    direction: Direction = "up",
) -> QuotaReview:
    """Return what chances were given to quotas from the past alone, and how often such chances came true.

    Parameters
    ----------
    history
        Months of each scope in the shape of ``kpi_values``; with ``measured_at`` only what was measured by the eve of a
        quota's period counts for its chance.
    values
        What came: the same measure for the quotas' periods, from `measure`.
    targets
        Quotas of one measure and one kind of scope, from `read_targets`.
    family
        ``sum`` or ``count``.
    calendar
        The company's months.
    as_of
        The last day that is known.
    seed
        Of the draws.
    direction
        ``down`` where a quota is met by what stays at or below it.

    Raises
    ------
    NotEnoughData
        When no quota of a period that is over meets a value.
    """
    require_columns(targets, "target_id", "metric_id", "scope_type", "scope_id", "target", of="targets")
    is_over = pd.to_datetime(targets["period_end"]) <= pd.Timestamp(as_of)
    attained = compare_targets(values, targets[is_over])
    asker = _Asker(
        history,
        metric_id=str(targets["metric_id"].iloc[0]),
        family=family,
        direction=direction,
        calendar=calendar,
        seed=seed,
    )
    chances = [asker.ask(row, eve_of(row)) for row in attained.to_dict("records")]
    is_met = attained["value"] >= attained["target"] if direction == "up" else attained["value"] <= attained["target"]
    rows = attained.assign(is_met=is_met, chance=pd.Series(chances, dtype="float64"))
    begins, ends = (pd.to_datetime(rows[name]) for name in ("period_start", "period_end"))
    rows = rows.assign(plain=find_base_rates(begins, ends, is_met))[list(_ROWS)]
    running = targets[~is_over].reset_index(drop=True)
    said = [asker.ask(row, as_of) for row in running.to_dict("records")]
    judged = rows[rows["chance"].notna()]
    both = judged[judged["plain"].notna()]
    is_enough = len(both) >= _FEWEST_JUDGED
    own, plain = (((both[name] - both["is_met"]) ** 2).to_numpy(dtype=float) for name in ("chance", "plain"))
    starts = both["period_start"].astype("str")
    return QuotaReview(
        metric_id=str(targets["metric_id"].iloc[0]),
        scope_type=str(targets["scope_type"].iloc[0]),
        as_of=as_of,
        n_targets=int(is_over.sum()),
        rows=rows,
        bands=band_chances(judged),
        calibration=measure_calibration(judged["is_met"], judged["chance"], n_bins=len(EDGES) - 1)
        if len(judged) >= _FEWEST_JUDGED
        else None,
        brier=float(own.mean()) if is_enough else None,
        plain_brier=float(plain.mean()) if is_enough else None,
        edge=average_clusters(plain - own, starts) if is_enough and len(set(starts)) > 1 else None,
        n_compared=len(both),
        running=running[["target_id", "scope_id", "period_start", "period_end", "target"]].assign(
            chance=pd.Series(said, dtype="float64")
        ),
    )


def band_chances(judged: pd.DataFrame, *, mass: float = 0.9) -> pd.DataFrame:
    """Return bands of chances with how often they came true.

    Parameters
    ----------
    judged
        ``chance`` and ``is_met``, one row a quota, and ``scope_id``; without it each is taken for another person's.
    mass
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a band: ``low, high, n, n_met, chance`` (their mean), ``rate, rate_low, rate_high`` (share met with its
        Jeffreys interval; None below five quotas or three people).

    Examples
    --------
    >>> judged = pd.DataFrame({"chance": [0.7] * 10, "is_met": [True] * 7 + [False] * 3})
    >>> band_chances(judged)[["low", "n", "n_met", "rate"]].to_dict("records")
    [{'low': 0.6, 'n': 10, 'n_met': 7, 'rate': 0.7}]
    """
    places = np.clip(np.digitize(judged["chance"].to_numpy(dtype=float), EDGES) - 1, 0, len(EDGES) - 2)
    rows = []
    for place in sorted(set(places.tolist())):
        mine = judged[places == place]
        n, n_met = len(mine), int(mine["is_met"].sum())
        n_people = mine["scope_id"].nunique() if "scope_id" in mine else n
        is_told = n >= FEWEST_IN_BAND and n_people >= FEWEST_PEOPLE
        told = estimate_rate(n_met, n, mass=mass) if is_told else None
        ends = (None, None, None) if told is None else (told.estimate, told.low, told.high)
        rows.append((EDGES[place], EDGES[place + 1], n, n_met, float(mine["chance"].mean()), *ends))
    columns = ["low", "high", "n", "n_met", "chance", "rate", "rate_low", "rate_high"]
    return pd.DataFrame(rows, columns=columns)


def eve_of(row: Mapping[Any, Any]) -> date:
    """Return the day before a quota's period."""
    return _day(row["period_start"]) - timedelta(days=1)


class _Asker:
    """Asks for chances; two quotas of one person and period are asked of the same draws."""

    def __init__(
        self,
        history: pd.DataFrame,
        *,
        metric_id: str,
        family: Family,
        direction: Direction,
        calendar: FiscalCalendar,
        seed: int,
    ) -> None:
        self.by_scope = dict(iter(history.groupby(["scope_type", "scope_id"]))) if len(history) else {}
        self.how = {"metric_id": metric_id, "family": family, "calendar": calendar, "seed": seed}
        self.direction: Direction = direction
        self.drawn: dict[tuple[object, ...], np.ndarray | None] = {}

    def ask(self, row: Mapping[Any, Any], as_of: date) -> float | None:
        scope = (str(row["scope_type"]), str(row["scope_id"]))
        period = Period(_day(row["period_start"]), _day(row["period_end"]))
        key = (*scope, period.start, period.end, as_of)
        if key not in self.drawn:
            self.drawn[key] = self._draw(scope, period, as_of)
        draws = self.drawn[key]
        return None if draws is None else Aim(float(row["target"]), self.direction).chance(draws)

    def _draw(self, scope: tuple[str, str], period: Period, as_of: date) -> np.ndarray | None:
        if scope not in self.by_scope:
            return None
        known = self.by_scope[scope]
        if "measured_at" in known:  # `keep_known` would take what was measured later where nothing was by then
            known = known[~(find_measured_days(known["measured_at"]) > pd.Timestamp(as_of))]
        try:
            return foresee_period(known, scope=scope, period=period, as_of=as_of, **self.how)  # type: ignore[arg-type]
        except (NotEnoughData, BadArgument):  # fewer than six months, or only zeros
            return None


def _choose(targets: pd.DataFrame, metric_id: str | None, scope_type: str) -> pd.DataFrame:
    mine = targets[targets["scope_type"] == scope_type]
    if metric_id is not None:
        mine = mine[mine["metric_id"] == metric_id]
    if mine.empty:
        raise NotEnoughData(
            f"No quota of a {scope_type} is on record{f' for {metric_id}' if metric_id else ''}.",
            "import targets with scope_type and scope_id.",
        )
    fit = mine[mine["metric_id"].map(lambda name: (one := library().get(name)) is not None and one.kind in _FAMILIES)]
    mine = mine if fit.empty else fit
    mine = mine[mine["metric_id"] == mine["metric_id"].value_counts().sort_index(kind="stable").idxmax()]
    version = mine["version"].fillna(0)
    keys = [mine[name] for name in ("scope_id", "period_start", "period_end")]
    return mine[version == version.groupby(keys).transform("max")].reset_index(drop=True)


def _list_periods(targets: pd.DataFrame) -> list[Period]:
    pairs = targets[["period_start", "period_end"]].drop_duplicates().sort_values("period_start")
    if pairs.empty:
        raise NotEnoughData("No quota's period has begun.", "ask for a later day.")
    return [Period(_day(start), _day(end)) for start, end in pairs.itertuples(index=False)]


def _measure_eves(lab: Warehouse, metric: Metric, eves: Sequence[date], scope_type: str) -> pd.DataFrame:
    """Return months as they stood on the eve of every period: what came in later was not known."""
    found = []
    for eve in eves:
        try:
            found.append(measure(lab, metric, as_of=eve, months=_MONTHS, scopes=(scope_type,)))
        except NotEnoughData:
            continue
    told = [one for one in found if len(one)]
    return pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=["scope_type", "scope_id"])


def _day(moment: object) -> date:
    return pd.Timestamp(str(moment)).date()


def try_quotas(
    lab: Warehouse, *, as_of: date, seed: int
) -> tuple[QuotaReview | None, NotEnoughData | BadArgument | None]:
    """Return how chances of people's quotas did, or why nothing can be said of it."""
    try:
        return review_quotas(lab, as_of=as_of, seed=seed), None
    except (NotEnoughData, BadArgument) as gap:  # no quotas of the past, or only of shares and durations
        return None, gap
