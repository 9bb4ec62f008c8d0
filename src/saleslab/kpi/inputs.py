"""From the warehouse to counted numbers: one pass over a table and its time column, whatever the number of metrics.

Rows are counted where they are by month, person, segment and channel at once; scopes are added up from these cells,
still in the warehouse. What reaches Python is a row a scope and period. Medians, distinct things and concentrations do
not add up: each of them is a query of its own over the rows that it needs.
"""

# ruff: noqa: PD003, PD004 - these are columns of Ibis, which has no isna

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from saleslab.kpi.metrics.declaring import Count, Metric
from saleslab.kpi.metrics.grids import Grid
from saleslab.kpi.metrics.inputs import Known, build, moment_of, name_of
from saleslab.kpi.metrics.sources import Source, find_source
from saleslab.kpi.metrics.teams import list_members
from saleslab.warehouse.as_of import attach
from saleslab.warehouse.local_time import start_of_day, to_local_date

_ADDITIVE = {"count", "sum", "mean", "square"}
_LEARN_DAYS = 3 * 365
_NAMED = ("team", "user", "segment", "channel")
_MOMENTS = ("starts", "ends", "local_starts", "local_ends")
_COLUMNS = ("count", "scope_type", "scope_id", "period", "total", "n", "squares")


def read_counts(known: Known, counts: Sequence[Count], grid: Grid) -> pd.DataFrame:
    """Return what was counted, one row a count, scope and period in which its table had rows.

    Parameters
    ----------
    known
        The warehouse at the end of a day.
    counts
        What to count, each once.
    grid
        For which scopes and periods.

    Returns
    -------
    frame
        ``count`` (its place in ``counts``), ``scope_type, scope_id``, ``period`` (its place in the grid), ``total``,
        ``n`` (pieces that it is made of) and ``squares`` (of the pieces of a mean).
    """
    frames = [_lengthen(known.lab.read(query), asked) for query, asked in express_counts(known, counts, grid)]
    found = [frame for frame in frames if len(frame)]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(_COLUMNS))


def express_counts(known: Known, counts: Sequence[Count], grid: Grid) -> Iterator[tuple[Any, Mapping[int, Count]]]:
    """Yield one query a pass, with the counts that it answers by their places: columns ``a, n, q`` and the place."""
    passes: dict[tuple[object, ...], list[int]] = {}
    for place, count in enumerate(counts):
        own = () if count.agg in _ADDITIVE else (place,)
        key = (count.table, count.at, count.until, count.within_days, count.throughout, *own)
        passes.setdefault(key, []).append(place)
    desk = _Desk.open(known, grid)
    for places in passes.values():
        asked = {place: counts[place] for place in places}
        yield _express_pass(desk, asked), asked


def read_endings(known: Known, metric: Metric) -> pd.DataFrame:
    """Return how the rows of a share ended, as a histogram by whole days: ``days, n_succeeded, n_ended, n_running``.

    Rows of the last three years; those that ended before they began are left out.
    """
    rows = _judge(known, metric, set())
    since = start_of_day(known.as_of - timedelta(days=_LEARN_DAYS), known.zone)
    rows = rows.filter((rows.since >= ibis.timestamp(since)) & (rows.age >= 0))
    by_days = rows.group_by(days="age").aggregate(
        n_succeeded=rows.count(where=rows.has_succeeded),
        n_ended=rows.count(where=rows.has_ended),
        n_running=rows.count(where=~rows.has_succeeded & ~rows.has_ended),
    )
    return known.lab.read(by_days.order_by("days"))


def read_expected(known: Known, metric: Metric, chances: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    """Return how many of the rows still open are to succeed, by scope and period: as `read_counts` does.

    Parameters
    ----------
    known, metric, grid
        As in `read_counts`.
    chances
        ``age`` in whole days, and the ``chance`` of a row that is still open then.
    """
    count, source = metric.numerator, find_source(metric.numerator.table)
    rows = _judge(known, metric, scope_paths(source, grid))
    rows = fall_in_cells(known, name_scopes(rows, source, grid), source, count, grid)
    rows = rows.filter(~rows.has_succeeded & ~rows.has_ended)
    by_age = ibis.memtable(pa.table({"age": chances["age"].to_numpy(), "chance": chances["chance"].to_numpy()}))
    rows = attach(rows, by_age, key="age")
    cells = rows.group_by(*_dims(rows), "cell").aggregate(a0=rows.chance.sum())
    query = _add_up_scopes(_Desk.open(known, grid), cells, source, count, {"a0": lambda cells: cells.a0.sum()})
    return _lengthen(known.lab.read(query), {0: count})


def _judge(known: Known, metric: Metric, paths: set[str]) -> Any:
    """Return rows of a share with ``since``, ``has_succeeded, has_ended`` and ``age``: to that day, or to ``as_of``."""
    count, source = metric.numerator, find_source(metric.numerator.table)
    whole = metric.denominator
    assert whole is not None
    assert metric.cohort.succeeded_at is not None
    counts = (count, whole)
    wanted = {path for one in counts for part in one.expressions.values() for path in part.paths} | paths
    ends = [path for path in (metric.cohort.succeeded_at, metric.cohort.ended_at) if path is not None]
    rows = known.rows(source, sorted(wanted | set(ends)))
    if whole.where is not None:
        rows = rows.filter(express(rows, source, whole).where)
    since, _ = moment_of(count.at, rows, source)
    moments = [moment_of(path, rows, source)[0] for path in ends]
    where = express(rows, source, count).where
    fulfils = ibis.literal(value=True) if where is None else where.coalesce(ibis.literal(value=False))
    succeeded = fulfils & moments[0].notnull()
    ended = ~fulfils & moments[1].notnull() if len(moments) > 1 else ibis.literal(value=False)
    days = [to_local_date(moment, known.zone) for moment in moments]
    until = ibis.ifelse(succeeded, days[0], ibis.ifelse(ended, days[-1], ibis.date(known.as_of)))
    age = until.delta(to_local_date(since, known.zone), unit="day").cast("int64")
    rows = rows.mutate(since=since, has_succeeded=succeeded, has_ended=ended, age=age)
    return rows.filter(rows.since < ibis.timestamp(known.over))


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every pass needs: the warehouse, the scopes and periods, and who belongs to which team."""

    known: Known
    grid: Grid
    members: pa.Table

    @classmethod
    def open(cls, known: Known, grid: Grid) -> _Desk:
        pairs = list_members(known.lab) if "team" in grid.scopes else []
        names = {
            "kind": ["team"] * len(pairs),
            "member": [one for one, _ in pairs],
            "team_of": [team for _, team in pairs],
        }
        return cls(known, grid, pa.table({name: pa.array(values, pa.string()) for name, values in names.items()}))


def _express_pass(desk: _Desk, counts: Mapping[int, Count]) -> Any:
    """Return the query of one pass over a table and its time."""
    known, grid = desk.known, desk.grid
    one = next(iter(counts.values()))
    source = find_source(one.table)
    paths = {path for count in counts.values() for part in count.expressions.values() for path in part.paths}
    rows = name_scopes(known.rows(source, sorted(paths | scope_paths(source, grid))), source, grid)
    if source.is_scoped:
        rows = match_periods(rows, grid)
    elif one.is_stock:
        rows = meet_moments(known, rows, source, one, grid)
    else:
        rows = fall_in_cells(known, rows, source, one, grid)
    if one.agg in _ADDITIVE:
        sums = _add_up(rows, source, counts)
        cells = rows.group_by(*_dims(rows), "cell").aggregate(**sums)
        parts = {name: (lambda cells, name=name: cells[name].sum()) for name in sums}
    else:
        [place] = counts
        cells, parts = _narrow(rows, source, place, one)
    return _add_up_scopes(desk, cells, source, one, parts)


def _add_up_scopes(desk: _Desk, cells: Any, source: Source, count: Count, parts: Mapping[str, Any]) -> Any:
    """Return the sums of all scopes and periods, from cells."""
    cells = _spread_over_scopes(desk, _find_periods(cells, source, count, desk.grid), source)
    keys = ["scope_type", "scope_id", "period"]
    if "group_of" in cells.columns:
        by_group = cells.filter(cells.group_of.notnull()).group_by(*keys, "group_of")
        cells = by_group.aggregate(v=cells.v.sum().cast("float64"))
    return cells.group_by(*keys).aggregate(**{name: part(cells).cast("float64") for name, part in parts.items()})


# -- for whom


def scope_paths(source: Source, grid: Grid) -> set[str]:
    """Return the paths that tell for which scopes a row counts."""
    if source.is_scoped:
        return {"scope_type", "scope_id", "period_start", "period_end"}
    wanted: set[str] = set()
    if source.user and {"user", "team"} & set(grid.scopes):
        wanted.add(source.user)
    if source.channel and "channel" in grid.scopes:
        wanted.add(source.channel)
    return wanted | set(_segment_paths(source, grid))


def _segment_paths(source: Source, grid: Grid) -> list[str]:
    if "segment" not in grid.scopes:
        return []
    paths = [f"{customer}.{grid.segment_by}" if customer else grid.segment_by for customer in source.customers]
    return [path for path in paths if source.has_path(path)]


def name_scopes(rows: Any, source: Source, grid: Grid) -> Any:
    """Add ``user_of``, ``segment_of`` and ``channel_of``, as far as scopes ask for them."""
    named = {}
    if source.user and {"user", "team"} & set(grid.scopes):
        named["user_of"] = rows[name_of(source.user)]
    if source.channel and "channel" in grid.scopes:
        named["channel_of"] = rows[name_of(source.channel)]
    segments = [rows[name_of(path)].cast("string") for path in _segment_paths(source, grid)]
    if segments:
        named["segment_of"] = ibis.coalesce(*segments)
    return rows.mutate(**named) if named else rows


def _dims(rows: Any) -> list[str]:
    named = ("user_of", "segment_of", "channel_of")
    return [name for name in ("scope_type", "scope_id", *named) if name in rows.columns]


def _spread_over_scopes(desk: _Desk, cells: Any, source: Source) -> Any:
    """Return cells once for each scope that they count for, with ``scope_type`` and ``scope_id``."""
    grid = desk.grid
    if source.is_scoped:
        cells = cells.filter(cells.scope_type.isin(grid.scopes))
        company = cells.scope_type == "company"
        return cells.mutate(scope_id=ibis.ifelse(company, ibis.literal("company"), cells.scope_id))
    if grid.scopes == ("company",):
        return cells.mutate(scope_type=ibis.literal("company"), scope_id=ibis.literal("company"))
    cells = cells.cross_join(ibis.memtable(pa.table({"scope_type": list(grid.scopes)})))
    if "user_of" in cells.columns and "team" in grid.scopes:
        members = ibis.memtable(desk.members)
        is_mine = [cells.scope_type == members.kind, cells.user_of == members.member]
        cells = cells.left_join(members, is_mine).drop("kind", "member")
    named = [(cells.scope_type == "company", ibis.literal("company"))]
    named += [(cells.scope_type == one, cells[f"{one}_of"]) for one in _NAMED if f"{one}_of" in cells.columns]
    cells = cells.mutate(scope_id=ibis.cases(*named, else_=ibis.null("string")))
    return cells.filter(cells.scope_id.notnull())


# -- when


def fall_in_cells(known: Known, rows: Any, source: Source, count: Count, grid: Grid) -> Any:
    """Add the ``cell`` (day or month) into which each row falls, and leave out what lies outside the grid."""
    moment, is_date = moment_of(count.at, rows, source)
    first, over = grid.span(None if is_date else known.zone)
    rows = rows.filter((moment >= ibis.timestamp(first)) & (moment < ibis.timestamp(over)))
    moment, _ = moment_of(count.at, rows, source)
    day = moment.date() if is_date else to_local_date(moment, known.zone)
    return rows.mutate(cell=day.truncate("M") if grid.is_monthly else day)


def meet_moments(known: Known, rows: Any, source: Source, count: Count, grid: Grid) -> Any:
    """Return each row once for each moment of the grid at which it is there; ``cell`` is the place of the period."""
    laid = grid.moments(known.as_of, known.zone)
    if len(grid.periods) == 1:
        rows = rows.mutate(cell=0, **{name: ibis.timestamp(laid[name][0]) for name in _MOMENTS})
        return rows.filter(_is_there(rows, rows, source, count))
    moments = ibis.memtable(pa.table(laid))
    return rows.inner_join(moments, _is_there(rows, moments, source, count))


def _is_there(rows: Any, moments: Any, source: Source, count: Count) -> list[Any]:
    """Return when a row is there at a moment."""
    since, is_date = moment_of(count.at, rows, source)
    local = "local_" if is_date else ""
    ends, starts = moments[f"{local}ends"], moments[f"{local}starts"]
    meets = [since < ends]
    if count.within_days is not None:
        meets.append(since >= ends - ibis.interval(days=count.within_days))
    if count.until is not None:
        until, _ = moment_of(count.until, rows, source)
        meets.append(until.isnull() | (until >= (starts if count.throughout else ends)))
    return meets


def match_periods(rows: Any, grid: Grid) -> Any:
    """Return what was set for exactly the periods of the grid; ``cell`` is the place of the period."""
    if len(grid.periods) == 1:
        [only] = grid.periods
        rows = rows.filter((rows.period_start == ibis.date(only.start)) & (rows.period_end == ibis.date(only.end)))
        return rows.mutate(cell=0)
    periods = ibis.memtable(pa.table(grid.ends()))
    return rows.inner_join(periods, [rows.period_start == periods.first_on, rows.period_end == periods.last_on])


def _find_periods(cells: Any, source: Source, count: Count, grid: Grid) -> Any:
    if source.is_scoped or count.is_stock:
        return cells.rename(period="cell")
    return cells.inner_join(ibis.memtable(pa.table(grid.cells())), "cell")


# -- what


@dataclass(frozen=True, slots=True)
class Parts:
    """A count over rows: which of them, and the value that is added up (None where rows are counted)."""

    where: Any
    value: Any


def express(rows: Any, source: Source, count: Count) -> Parts:
    """Return what a count takes of rows that have its columns, and the moments of a stock."""
    moment = {"moment": rows["ends"], "local_moment": rows["local_ends"]} if count.is_stock else {}
    parts = count.expressions
    where = build(parts["where"], rows, source, **moment) if "where" in parts else None
    value = build(parts["column"], rows, source, **moment) if "column" in parts else None
    return Parts(where, value)


def _add_up(rows: Any, source: Source, counts: Mapping[int, Count]) -> dict[str, Any]:
    """Return the aggregates of one cell: ``a`` total, ``n`` pieces and ``q`` squares of each count."""
    sums: dict[str, Any] = {}
    for place, count in counts.items():
        one = express(rows, source, count)
        if one.value is None:
            sums[f"a{place}"] = rows.count(where=one.where)
            continue
        sums[f"a{place}"] = one.value.sum(where=one.where)
        sums[f"n{place}"] = one.value.count(where=one.where)
        if count.agg == "mean":
            number = one.value.cast("float64")
            sums[f"q{place}"] = (number * number).sum(where=one.where)
    return sums


def _narrow(rows: Any, source: Source, place: int, count: Count) -> tuple[Any, dict[str, Any]]:
    """Return the rows that a count needs which does not add up, and what is taken of them for a scope."""
    one = express(rows, source, count)
    kept = rows.mutate(v=one.value, is_counted=True if one.where is None else one.where)
    kept, dims = kept.filter(kept.is_counted & kept.v.notnull()), _dims(rows)
    if count.of is not None:
        group = build(count.expressions["of"], kept, source)
        cells = kept.mutate(group_of=group).group_by(*dims, "cell", "group_of").aggregate(v=kept.v.sum())
    elif count.agg == "n_distinct":
        cells = kept.select(*dims, "cell", "v").distinct()
    else:
        cells = kept.select(*dims, "cell", "v")
    return cells, {f"a{place}": _TAKE[count.agg], f"n{place}": _N_PIECES[count.agg]}


_TAKE: Mapping[str, Any] = {
    "n_distinct": lambda cells: cells.v.nunique(),
    "median": lambda cells: cells.v.cast("float64").median(),
    "p90": lambda cells: cells.v.cast("float64").quantile(0.9),
    "largest": lambda cells: cells.v.max(),
    "squares": lambda cells: (cells.v * cells.v).sum(),
}
_N_PIECES: Mapping[str, Any] = {**dict.fromkeys(_TAKE, lambda cells: cells.count()), "n_distinct": _TAKE["n_distinct"]}


def _lengthen(wide: pd.DataFrame, counts: Mapping[int, Count]) -> pd.DataFrame:
    """Return one row for each count, from one column each."""
    parts = []
    for place, count in counts.items():
        total = wide[f"a{place}"].fillna(0.0) if count.agg in _ADDITIVE else wide[f"a{place}"]
        n = wide[f"n{place}"].fillna(0.0) if f"n{place}" in wide else total
        squares = wide[f"q{place}"].fillna(0.0) if f"q{place}" in wide else 0.0
        total = total**2 if count.agg == "square" else total
        part = wide[["scope_type", "scope_id", "period"]].assign(count=place, total=total, n=n, squares=squares)
        parts.append(part[list(_COLUMNS)])
    return pd.concat(parts, ignore_index=True)
