"""From the open pipeline of one day to that of another: new, pulled in, up, down, won, lost, slipped out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.periods import Period
from saleslab.tables.presence import require_columns

Move = Literal["new", "pulled_in", "up", "down", "won", "lost", "slipped_out"]

MOVES: tuple[Move, ...] = ("new", "pulled_in", "up", "down", "won", "lost", "slipped_out")
"""In the sequence in which they are drawn: what comes in, what changes, what leaves."""

_COLUMNS = ("opportunity_id", "created_on", "state", "amount", "due")


@dataclass(frozen=True, slots=True)
class MovePart:
    """One part of the way from the earlier pipeline to the later one.

    Attributes
    ----------
    move
        ``new`` (created since), ``pulled_in`` (was due after the period), ``up`` and ``down`` (amounts), ``won``,
        ``lost``, ``slipped_out`` (due after the period now).
    n_deals, amount
        How many deals, and by how much they move the pipeline: what leaves it is negative.
    """

    move: Move
    n_deals: int
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class PipelineMovement:
    """How the open pipeline of a period changed between two days.

    Attributes
    ----------
    since, as_of, period
        The two days, and the period whose deals are followed: those due by its end, also where they are overdue.
    n_before, before, n_after, after
        Open deals of the period and their money at the end of either day.
    parts
        The seven parts in the sequence of `MOVES`; they add up from ``before`` to ``after``, in money and in deals.
    deals
        ``opportunity_id, move, amount``: every part of every deal, the largest first.
    n_without_amount
        Deals of the later pipeline whose amount is unknown: they are counted, and add no money.
    has_dates
        Whether any deal has an expected close. Without, all open deals are followed, and none is pulled in or slips.
    """

    since: date
    as_of: date
    period: Period
    n_before: int
    before: float
    n_after: int
    after: float
    parts: tuple[MovePart, ...]
    deals: pd.DataFrame
    n_without_amount: int
    has_dates: bool

    @property
    def is_in_money(self) -> bool:
        """Whether money tells the way: most deals of the later pipeline have an amount."""
        return 2 * self.n_without_amount <= self.n_after

    def part(self, move: Move) -> MovePart:
        """Return one part."""
        return self.parts[MOVES.index(move)]


def compare_pipelines(
    before: pd.DataFrame, after: pd.DataFrame, *, since: date, as_of: date, period: Period
) -> PipelineMovement:
    """Return what changed in the pipeline of a period from one day to another.

    Use it each week, to see whether the forecast moved because deals were won, lost, put off or newly found. The money
    of ``won`` is all that was won in between, whether or not it was due.

    Parameters
    ----------
    before
        The deals that were open at the end of ``since``, from ``read_pipeline_at(lab, as_of=since)``.
    after
        Those at the end of ``as_of``, and those that closed in between, from ``read_pipeline_at(lab, as_of=as_of,
        since=since)``.
    since, as_of
        The two days.
    period
        Deals due by its end are followed.

    Raises
    ------
    NotEnoughData
        When no deal was open at either day, and none was won in between.
    TableError
        When a column is missing.

    Examples
    --------
    >>> def deals(*rows):
    ...     frame = pd.DataFrame(rows, columns=["opportunity_id", "created_on", "state", "amount", "due"])
    ...     return frame.assign(created_on=pd.to_datetime(frame["created_on"]), due=pd.to_datetime(frame["due"]))
    >>> monday = deals(("a", "2026-07-01", "open", 5.0, "2026-09-10"), ("b", "2026-07-01", "open", 8.0, "2026-09-20"))
    >>> today = deals(("a", "2026-07-01", "won", 6.0, "2026-09-10"), ("b", "2026-07-01", "open", 8.0, "2026-10-20"))
    >>> quarter = Period(date(2026, 7, 1), date(2026, 9, 30))
    >>> moved = compare_pipelines(monday, today, since=date(2026, 8, 31), as_of=date(2026, 9, 7), period=quarter)
    >>> [(part.move, part.amount) for part in moved.parts if part.n_deals]
    [('up', 1.0), ('won', -6.0), ('slipped_out', -8.0)]
    >>> moved.before, moved.after
    (13.0, 0.0)
    """
    for name, frame in (("before", before), ("after", after)):
        require_columns(frame, *_COLUMNS, of=f"{name} (forecasting.read_pipeline_at)")
    if since >= as_of:
        raise BadArgument(f"since is {since}, as_of {as_of}.", "compare with an earlier day.")
    pairs, has_dates = _pair(before, after, period)
    followed = pairs[pairs["was_in"] | pairs["is_in"] | (pairs["state"] == "won")]
    if followed.empty:
        raise NotEnoughData(
            f"No deal due by {period.end} was open on {since} or {as_of}, and none was won in between.",
            "choose another period, or import open deals.",
        )
    moves = pd.DataFrame(list(_list_moves(followed, since)), columns=["opportunity_id", "move", "amount"])
    was_in, is_in = followed[followed["was_in"]], followed[followed["is_in"]]
    return PipelineMovement(
        since, as_of, period, len(was_in), float(was_in["before"].sum()), len(is_in), float(is_in["after"].sum()),
        tuple(_sum_up(moves, move) for move in MOVES),
        moves.sort_values(["amount", "opportunity_id"], key=_by_size, kind="stable").reset_index(drop=True),
        int(is_in["is_unknown"].sum()), has_dates,
    )  # fmt: skip


def _pair(before: pd.DataFrame, after: pd.DataFrame, period: Period) -> tuple[pd.DataFrame, bool]:
    """Return one row a deal: its amount and whether it was followed at either day; unknown amounts count nothing."""
    opened = before[before["state"] == "open"]
    has_dates = bool(opened["due"].notna().any() or after.loc[after["state"] == "open", "due"].notna().any())
    pairs = opened.set_index("opportunity_id")[["amount", "due"]].add_suffix("_then")
    pairs = pairs.join(after.set_index("opportunity_id"), how="outer")
    last = pd.Timestamp(period.end)
    then_due, now_due = (pairs[name].le(last) | (not has_dates) for name in ("due_then", "due"))
    was_open = pairs.index.isin(opened["opportunity_id"])
    pairs = pairs.assign(
        was_open=was_open,
        was_in=was_open & then_due,
        is_in=(pairs["state"] == "open") & now_due,
        is_unknown=pairs["amount"].isna(),
        before=pairs["amount_then"].fillna(0.0),
        after=pairs["amount"].fillna(0.0),
    )
    return pairs.rename_axis("opportunity_id").sort_index().reset_index(), has_dates


def _list_moves(followed: pd.DataFrame, since: date) -> Iterator[tuple[str, str, float]]:
    """Give the parts of each deal: how it came in, by how much its amount changed, how it left."""
    for deal in followed.to_dict("records"):
        name, before, after = deal["opportunity_id"], deal["before"], deal["after"]
        if not deal["was_in"]:
            is_new = not deal["was_open"] and (pd.isna(deal["created_on"]) or deal["created_on"] > pd.Timestamp(since))
            yield name, "new" if is_new else "pulled_in", after
        elif deal["state"] != "lost" and after != before:
            yield name, "up" if after > before else "down", after - before
        if not deal["is_in"]:
            left = deal["state"] if deal["state"] in {"won", "lost"} else "slipped_out"
            yield name, left, -(before if left == "lost" and deal["was_in"] else after)


def _sum_up(moves: pd.DataFrame, move: Move) -> MovePart:
    rows = moves[moves["move"] == move]
    return MovePart(move, len(rows), float(rows["amount"].sum()))


def _by_size(column: pd.Series) -> pd.Series:
    return -column.abs() if column.name == "amount" else column
