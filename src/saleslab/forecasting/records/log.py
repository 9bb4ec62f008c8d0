"""`ForecastLog`: every forecast that was made, what came, and how good each method has been, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting.backtests.measuring import measure_forecasts
from saleslab.forecasting.records.nodes import split_node
from saleslab.forecasting.records.rows import Row, digest_rows, tell_came, tell_rows, widen
from saleslab.warehouse import AppendLog, Entry, Note

_FORECAST, _CAME = "forecast", "came"
_PROMPT = timedelta(days=7)

FORECAST_COLUMNS = (
    "as_of", "period", "period_end", "node", "model", "quantile", "value", "written_at", "revision", "is_live",
)  # fmt: skip
"""Columns of `ForecastLog.forecasts`."""

CAME_COLUMNS = ("node", "period", "period_end", "value", "written_at", "revision")
"""Columns of `ForecastLog.came`."""

_CELL = ["node", "period", "period_end"]


@dataclass(frozen=True, slots=True)
class Written:
    """What a run added to the log.

    Attributes
    ----------
    n_forecasts
        Rows of forecasts, or of what came.
    is_new
        False where the same had been written before, and nothing was added.
    revision
        How many other versions of the day's forecast were written before; the first is the one that is judged.
    """

    n_forecasts: int
    is_new: bool
    revision: int


class ForecastLog:
    """Forecasts as they were made, in a log that only grows.

    The first forecast of a model about a node and period on a day is the one that is judged; later versions are kept
    and counted. A period is its first and its last day: a month and a quarter that begin together are two. A forecast
    that was written more than a week after its day, or after its period, is kept as well, but is no promise: it is
    not live, and is judged apart.

    Until November 2026 what came was written without the last day of its period. Which period such a line means
    cannot be told, so that it is passed over; the next `score` writes it anew. Forecasts always had theirs.

    Parameters
    ----------
    log
        Where it is kept: an `AppendLog`, or the path of its file.
    about
        What is forecast, such as ``won_amount`` or ``ordered_amount``. One file holds several; each is read apart.

    Examples
    --------
    >>> import tempfile
    >>> log = ForecastLog(f"{tempfile.mkdtemp()}/forecasts.jsonl")
    >>> said = pd.DataFrame({"series_id": ["company"], "period": ["2026-04-01"], "period_end": ["2026-06-30"]})
    >>> said = said.assign(median=[100.0], lower_80=[90.0], upper_80=[115.0])
    >>> day, hours = date(2026, 4, 30), (datetime(2026, 4, 30, 8), datetime(2026, 4, 30, 9))
    >>> [log.write(said, model="landing", as_of=day, at=hour).is_new for hour in hours]
    [True, False]
    >>> came = pd.DataFrame({"series_id": ["company"], "period": ["2026-04-01"], "value": [110.0]})
    >>> came = came.assign(period_end="2026-06-30")
    >>> log.score(came, at=datetime(2026, 7, 1)).n_forecasts
    1
    >>> log.measure().set_index("measure")["value"].round(3).to_dict()["wape"]
    0.091
    """

    def __init__(self, log: AppendLog | Path | str, *, about: str = "won_amount") -> None:
        self.log = log if isinstance(log, AppendLog) else AppendLog(log)
        self.about = about

    # -- writing

    def write(self, forecast: pd.DataFrame, *, model: str, as_of: date, at: datetime, data_hash: str = "") -> Written:
        """Write down what a model says; the same again adds nothing.

        Parameters
        ----------
        forecast
            ``series_id`` (or ``node``: the company, a team, a person; see `name_node`), ``period``, ``median`` or
            ``mean``, and as far as known ``lower_80, upper_80`` (any mass), ``chance_hit, target, period_end``.
        model
            Which method says so.
        as_of
            The last day that it knew.
        at
            When it is written down, naive UTC.
        data_hash
            Fingerprint of the data that it rests on.

        Raises
        ------
        TableError
            When a row cannot be judged later; see `backtest`.
        BadArgument
            When it claims to know a day that is not over at ``at``.
        """
        if as_of > at.date() + timedelta(days=1):  # zones: it may be tomorrow already where the company is
            raise BadArgument(
                f"The forecast claims to know {as_of}, and it is {at:%Y-%m-%d}.", "give the last day of its data."
            )
        rows = tell_rows(forecast, as_of=as_of, model=model)
        content: dict[str, Any] = {"about": self.about, "as_of": as_of.isoformat(), "sha256": digest_rows(rows)}
        content |= {"data_hash": data_hash, "rows": rows}
        same_day = [e for e in self._entries(_FORECAST, model) if e.content["as_of"] == content["as_of"]]
        cells = _list_cells(rows)
        about = [entry for entry in same_day if cells & _list_cells(entry.content["rows"])]
        for number, entry in enumerate(about):
            if entry.content["sha256"] == content["sha256"]:
                return Written(len(rows), is_new=False, revision=number)

        def refuse_second(entries: tuple[Entry, ...]) -> None:
            mine = [e for e in entries if e.kind == _FORECAST and e.subject == model and self._is_mine(e)]
            if sum(e.content["as_of"] == content["as_of"] for e in mine) != len(same_day):
                raise BadArgument(
                    f"Another run wrote '{model}' of {as_of} at the same time.", "run it again; nothing was written."
                )

        self.log.append([Note(_FORECAST, model, content)], at=at, check=refuse_second)
        return Written(len(rows), is_new=True, revision=len(about))

    def score(self, actual: pd.DataFrame, *, at: datetime) -> Written:
        """Write down what came of everything that was forecast and is over; what is on record already adds nothing.

        Parameters
        ----------
        actual
            ``series_id`` (or ``node``), ``period, period_end, value``: first and last day of the period, and what it
            brought. A value that was restated is written again; the latest counts.
        at
            When, naive UTC. Periods that end later are passed over.

        Raises
        ------
        TableError
            When a column is missing, or a period of a node stands twice.
        """
        over = self.list_over(at.date() - timedelta(days=1))
        found = over.merge(_read_came(actual), on=_CELL)
        known = self.came().set_index(_CELL)["value"]
        before = known.reindex(pd.MultiIndex.from_frame(found[_CELL])).to_numpy()
        fresh = found[found["value"].to_numpy() != before].sort_values(_CELL)
        if fresh.empty:
            return Written(0, is_new=False, revision=0)
        self.log.append([Note(_CAME, "actual", {"about": self.about, "rows": tell_came(fresh)})], at=at)
        return Written(len(fresh), is_new=True, revision=0)

    # -- reading

    def forecasts(self, *, latest_revision: bool = False) -> pd.DataFrame:
        """Return everything that was said, one row a quantile (`FORECAST_COLUMNS`); revision 0 is the first.

        Parameters
        ----------
        latest_revision
            Keep only the last version of each.
        """
        rows: list[Row] = []
        for row in self._told():
            shared = {name: row[name] for name in FORECAST_COLUMNS if name in row}
            rows += [shared | {"quantile": float(q), "value": value} for q, value in row["quantiles"].items()]
        frame = _date(pd.DataFrame(rows, columns=list(FORECAST_COLUMNS)), "as_of", "period", "period_end", "written_at")
        if latest_revision:
            frame = frame.sort_values("revision", kind="stable")
            frame = frame.drop_duplicates(["as_of", *_CELL, "model", "quantile"], keep="last").sort_index()
        return frame.astype({"quantile": "float64", "value": "float64", "revision": "int64", "is_live": "bool"})

    def list_over(self, day: date) -> pd.DataFrame:
        """Return what was forecast of periods that were over at the end of a day: ``node, period, period_end``."""
        said = self.forecasts()[_CELL].drop_duplicates()
        return said[said["period_end"] <= pd.Timestamp(day)].reset_index(drop=True)

    def came(self) -> pd.DataFrame:
        """Return what came, the latest on record of each node and period (`CAME_COLUMNS`)."""
        rows = [
            row | {"written_at": entry.at}
            for entry in self._entries(_CAME)
            for row in entry.content["rows"]
            if "period_end" in row
        ]
        frame = _date(pd.DataFrame(rows, columns=[*CAME_COLUMNS[:-1]]), "period", "period_end", "written_at")
        frame["revision"] = frame.groupby(_CELL).cumcount()
        return frame.drop_duplicates(_CELL, keep="last").astype({"value": "float64"}).reset_index(drop=True)

    def scores(self, *, live_only: bool = True) -> pd.DataFrame:
        """Return each first forecast beside what came, as `measure_forecasts` takes them.

        Besides its columns: ``scope_type, scope_id`` of the node (which is the ``series_id``), ``days_left`` at the
        day, ``is_live``.
        """
        told = [row for row in self._told() if not row["revision"] and (row["is_live"] or not live_only)]
        if not told:
            return pd.DataFrame(columns=_SCORED)
        frame = _date(widen(told), "as_of", "period", "period_end")
        came = self.came()[[*_CELL, "value"]].rename(columns={"value": "actual"})
        frame = frame.merge(came, on=_CELL)
        scope = [split_node(node) for node in frame["node"]]
        return frame.rename(columns={"node": "series_id", "model": "method"}).assign(
            scope_type=[kind for kind, _ in scope],
            scope_id=[name for _, name in scope],
            days_left=(frame["period_end"] - frame["as_of"]).dt.days,
        )

    def measure(self, by: Sequence[str] = (), *, live_only: bool = True) -> pd.DataFrame:
        """Return how good each method has been: by ``scope_type``, ``series_id``, ``period``, ``days_left``...

        Parameters
        ----------
        by
            Columns of `scores`; where periods of several lengths are on record, ``period`` goes with ``period_end``.
        live_only
            Whether only forecasts that were written on time count.

        Raises
        ------
        NotEnoughData
            When no forecast of a period that is over is on record.
        """
        scored = self.scores(live_only=live_only)
        if scored.empty:
            raise NotEnoughData(
                f"No {'live ' if live_only else ''}forecast of the log has been scored.",
                "write forecasts down each week, and score them when a period is over (`saleslab forecast log`).",
            )
        return measure_forecasts(scored, by=by)

    def _entries(self, kind: str, subject: str | None = None) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.log.read(kind=kind, subject=subject) if self._is_mine(entry))

    def _is_mine(self, entry: Entry) -> bool:
        return bool(entry.content.get("about") == self.about)

    def _told(self) -> list[Row]:
        """Return every row that was said, with its model, days, revision and whether it was live."""
        seen: dict[tuple[Any, ...], int] = {}
        told = []
        for entry in self._entries(_FORECAST):
            as_of, model = entry.content["as_of"], entry.subject
            _refuse_endless(entry)
            for row in entry.content["rows"]:
                key = (as_of, model, *(row[name] for name in _CELL))
                revision = seen[key] = seen.get(key, -1) + 1
                last = min(date.fromisoformat(as_of) + _PROMPT, date.fromisoformat(row["period_end"]))
                shared = {"as_of": as_of, "model": model, "written_at": entry.at, "revision": revision}
                told.append(row | shared | {"is_live": entry.at.date() <= last})
        return told


_SCORED = [
    "as_of", "series_id", "period", "period_end", "method", "mean", "median", "actual", "scope_type", "scope_id",
    "days_left", "is_live",
]  # fmt: skip


def _refuse_endless(entry: Entry) -> None:
    n_endless = sum("period_end" not in row for row in entry.content["rows"])
    if n_endless:
        raise TableError(
            f"The forecast log, line {entry.position}: {n_endless} forecast{'s' * (n_endless > 1)} without the end "
            "of the period (period_end): which period is meant cannot be told.",
            "begin a new log in another file, and keep this one as it is.",
        )


def _list_cells(rows: Sequence[Row]) -> set[tuple[str, ...]]:
    """Return of which nodes and periods some rows speak."""
    return {tuple(str(row.get(name)) for name in _CELL) for row in rows}


def _read_came(actual: pd.DataFrame) -> pd.DataFrame:
    """Return what came, one row a node and period, or say what is wrong with it."""
    named = actual.rename(columns={"series_id": "node"})
    missing = [name for name in (*_CELL, "value") if name not in named.columns]
    if missing:
        raise TableError(
            f"actual has no column {', '.join(map(repr, missing))}; it has {', '.join(actual.columns)}.",
            "give series_id, period, period_end (its last day) and value.",
        )
    came = _date(named, "period", "period_end")[[*_CELL, "value"]].astype({"node": "str", "value": "float64"})
    n_twice = int(came.duplicated(_CELL).sum())
    if n_twice:
        raise TableError(f"actual holds {n_twice} periods that stand twice.", "give one value a node and period.")
    return came


def _date(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.assign(**{name: pd.to_datetime(frame[name]) for name in columns})
