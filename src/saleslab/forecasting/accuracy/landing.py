"""Where will a running period land, by the series alone: what is sold so far, and futures of the months that are left?

It needs no pipeline: it is what a company that only has orders can be told, and a yardstick for what deals add.
Company, teams and people are forecast in one batch, so that their intervals learn from each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.engine import run_engine
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.paths import draw_paths
from saleslab.forecasting.records.nodes import COMPANY, name_node
from saleslab.periods import FiscalCalendar, Period

_FEWEST_MONTHS = 6
_SILENT_MONTHS = 12
_SEASON = 12
_QUANTILES = {
    "median": 0.5, "lower_80": 0.1, "upper_80": 0.9, "lower_95": 0.025, "upper_95": 0.975,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class SoldMonths:
    """What was sold by each node: in months that are over, in the period so far, and which months are left.

    Attributes
    ----------
    nodes
        Shape (nodes,).
    months
        Shape (nodes, months that are over); NaN before the first sale.
    so_far
        What each node sold in the period by then.
    shares_left
        Of each month until the end of the period, the share that is still to come; 0 for months before the period.
    """

    nodes: pd.Index
    months: Floats
    so_far: Floats
    shares_left: tuple[float, ...]


def land_series(
    sales: pd.DataFrame,
    *,
    as_of: date,
    period: Period,
    calendar: FiscalCalendar,
    team_of: Mapping[str, str],
    targets: pd.DataFrame | None = None,
    days: pd.DataFrame | None = None,
    n_paths: int = 300,
    seed: int = 0,
) -> pd.DataFrame:
    """Return where a period will land, for the company, each team and each person.

    Use it where there are no deals to go by, or to see what deals add to the series. The months that are left are
    drawn from `run_engine`; of the running month, the share that is left as a rule.

    Parameters
    ----------
    sales
        ``owner_id, start, end, amount``: sums of stretches that lie within months, known by ``as_of``.
    as_of
        The last day that is known, within the period or before it.
    period
        The period that is to land.
    calendar
        Of the company.
    team_of
        Team of each owner.
    targets
        ``series_id`` and ``target`` of this period.
    days
        ``day, amount`` of the whole company, known by ``as_of``: they tell how much of a month comes in its last days.
        Without them, or in the first months, business days are counted.
    n_paths, seed
        Of the draws.

    Returns
    -------
    frame
        ``series_id`` (a node, see `name_node`), ``period``, ``period_end``, ``so_far``, ``mean``, ``median``, bounds
        of 80 and 95 %, ``target``, ``chance_hit`` (missing where there is no target). Whoever has sold for less than
        six months, or not in the last twelve, is left out.

    Raises
    ------
    BadArgument
        When the period is over.
    NotEnoughData
        When less than six months of sales are known.

    Examples
    --------
    >>> months = pd.date_range("2024-04-01", periods=23, freq="MS")
    >>> sales = pd.DataFrame({"owner_id": "u", "start": months, "end": months + pd.offsets.MonthEnd(), "amount": 10.0})
    >>> quarter = FiscalCalendar().quarter_of(date(2026, 3, 1))
    >>> told = {"as_of": date(2026, 2, 28), "period": quarter, "calendar": FiscalCalendar(), "team_of": {"u": "t"}}
    >>> land_series(sales, **told)[["series_id", "so_far", "median"]].to_numpy().tolist()
    [['company', 20.0, 30.0], ['team:t', 20.0, 30.0], ['user:u', 20.0, 30.0]]
    """
    if as_of >= period.end:
        raise BadArgument(f"The period ends on {period.end}, and {as_of} is known already.", "give an earlier day.")
    sold = lay_out_sales(sum_by_node(sales, team_of), as_of=as_of, period=period, calendar=calendar, days=days)
    run = run_engine(sold.months, horizon=len(sold.shares_left), season_length=_SEASON, seed=seed)
    paths = draw_paths(run, n_paths=n_paths, seed=seed)
    left = leave_rest(paths, run.find_quantile(0.5), sold.shares_left)
    total = sold.so_far[:, None] + left.sum(axis=2)
    return _tell(sold, total, period, targets)


def leave_rest(paths: Floats, middle: Floats, shares_left: Sequence[float]) -> Floats:
    """Return what is left of months that have begun: a share of them, as uncertain as so many independent days.

    Parameters
    ----------
    paths
        Possible whole months, shape (nodes, paths, months).
    middle
        Their medians, shape (nodes, months).
    shares_left
        Which share of each month is still to come, 0 to 1.

    Examples
    --------
    >>> leave_rest(np.array([[[8.0], [12.0]]]), np.array([[10.0]]), (0.25,)).ravel().tolist()
    [1.5, 3.5]
    """
    share, centre = np.array(shares_left), middle[:, None, :]
    return np.asarray(np.maximum(centre * share + (paths - centre) * np.sqrt(share), np.minimum(paths, 0.0)))


def sum_by_node(sales: pd.DataFrame, team_of: Mapping[str, str]) -> pd.DataFrame:
    """Return sales by node: each belongs to the company, and to its owner and that owner's team where they are known.

    Columns: ``series_id, start, end, amount``.

    Examples
    --------
    >>> sales = pd.DataFrame({"owner_id": ["u", ""], "start": "2026-04-01", "end": "2026-04-30", "amount": [2.0, 1.0]})
    >>> sum_by_node(sales, {"u": "t"})[["series_id", "amount"]].to_numpy().tolist()
    [['company', 3.0], ['team:t', 2.0], ['user:u', 2.0]]
    """
    owner = sales["owner_id"].astype(str)
    team = pd.Series([team_of.get(one, "") for one in owner], index=owner.index, dtype="str")
    parts = [
        sales.assign(series_id=COMPANY),
        sales.assign(series_id="team:" + team)[team.ne("")],
        sales.assign(series_id="user:" + owner)[owner.ne("")],
    ]
    return pd.concat(parts, ignore_index=True).groupby(["series_id", "start", "end"])["amount"].sum().reset_index()


def lay_out_sales(
    sales: pd.DataFrame,
    *,
    as_of: date,
    period: Period,
    calendar: FiscalCalendar,
    days: pd.DataFrame | None = None,
    fewest: int = _FEWEST_MONTHS,
) -> SoldMonths:
    """Return sales by node laid out in months of the company, and what is still to come of those that have begun.

    Parameters
    ----------
    sales
        ``series_id, start, end, amount``, known by ``as_of``; see `sum_by_node`.
    as_of, period, calendar, days
        As in `land_series`.
    fewest
        Months with sales before them that a node must have; who sold nothing in the last twelve is left out.

    Raises
    ------
    NotEnoughData
        When no node has so many.
    """
    if sales.empty:
        raise NotEnoughData(f"Nothing was sold by {as_of}.", "choose a later day.")
    months = calendar.months_of(Period(sales["start"].min().date(), period.end))
    starts = pd.DatetimeIndex([month.start for month in months])
    sales = sales.assign(month=starts.searchsorted(sales["start"], side="right") - 1)
    n_over = sum(month.end <= as_of for month in months)
    table = sales.pivot_table(index="series_id", columns="month", values="amount", aggfunc="sum", fill_value=0.0)
    values = table.reindex(columns=range(len(months)), fill_value=0.0).to_numpy(dtype=np.float64)
    has_sold = np.logical_or.accumulate(values != 0, axis=1)[:, :n_over]
    recent = (values[:, max(n_over - _SILENT_MONTHS, 0) : n_over] != 0).any(axis=1)
    keep = (has_sold.sum(axis=1) >= fewest) & recent
    if not keep.any():
        raise NotEnoughData(
            f"{n_over} months were over by {as_of}, fewer than {fewest} of them with sales before and after.",
            "choose a later day, or import more history.",
        )
    in_period = np.array([month.start >= period.start for month in months])
    rhythm = _find_late_share(days, months[:n_over], (months[n_over].end - as_of).days)
    left = [(month, _share_left(month, as_of, calendar, rhythm)) for month in months[n_over:]]
    so_far = values[:, in_period].sum(axis=1)
    shares = tuple(share if month.start >= period.start else 0.0 for month, share in left)
    history = np.where(has_sold, values[:, :n_over], np.nan)
    return SoldMonths(table.index[keep], history[keep], so_far[keep], shares)


def _share_left(month: Period, as_of: date, calendar: FiscalCalendar, rhythm: float | None) -> float:
    """Return which share of a month is still to come."""
    if as_of < month.start:
        return 1.0
    if rhythm is not None:
        return rhythm
    rest = Period(as_of + timedelta(days=1), month.end)
    return calendar.business_days(rest) / max(calendar.business_days(month), 1)


def _find_late_share(days: pd.DataFrame | None, over: list[Period], n_days: int) -> float | None:
    """Return which share of the last twelve months came in their last days; None where too few months are known."""
    recent = over[-_SEASON:]
    if days is None or len(recent) < _FEWEST_MONTHS:
        return None
    ends = pd.DatetimeIndex([month.end for month in recent])
    sold = days[(days["day"] >= pd.Timestamp(recent[0].start)) & (days["day"] <= ends[-1])]
    total = float(sold["amount"].sum())
    if total <= 0:
        return None
    end = ends[ends.searchsorted(sold["day"])]
    late = (end - pd.DatetimeIndex(sold["day"])).days < n_days
    return float(np.clip(sold["amount"][late].sum() / total, 0.0, 1.0))


def _tell(sold: SoldMonths, total: Floats, period: Period, targets: pd.DataFrame | None) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "series_id": sold.nodes,
        "period": pd.Timestamp(period.start),
        "period_end": pd.Timestamp(period.end),
        "so_far": sold.so_far,
        "mean": total.mean(axis=1),
    }
    columns |= {name: np.quantile(total, chance, axis=1) for name, chance in _QUANTILES.items()}
    known = {} if targets is None else dict(zip(targets["series_id"], targets["target"], strict=True))
    target = np.array([float(known.get(node, np.nan)) for node in sold.nodes])
    n_hits = (total >= target[:, None]).sum(axis=1)
    chance = np.where(np.isnan(target), np.nan, (n_hits + 0.5) / (total.shape[1] + 1))
    return pd.DataFrame(columns | {"target": target, "chance_hit": chance})


def name_targets(targets: pd.DataFrame) -> pd.DataFrame:
    """Return targets with the node that each is of, as ``series_id``.

    Examples
    --------
    >>> rows = pd.DataFrame({"scope_type": ["company", "user"], "scope_id": ["", "u"], "target": [9.0, 1.0]})
    >>> name_targets(rows)["series_id"].tolist()
    ['company', 'user:u']
    """
    nodes = [
        COMPANY if kind == "company" else name_node(kind, name)
        for kind, name in zip(targets["scope_type"], targets["scope_id"], strict=True)
    ]
    return targets.assign(series_id=pd.Series(nodes, index=targets.index, dtype="str"))
