"""What was promised about what customers said, is it done, and did they say it less often afterwards?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import pandas as pd

from saleslab.errors import TableError
from saleslab.stats.intervals import Interval, compare_rates
from saleslab.tables.presence import require_columns

State = Literal["open", "overdue", "waiting", "few", "fewer", "unclear", "more"]


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """One action on a theme.

    Attributes
    ----------
    theme, owner_id, due_on, closed_on
        What was promised, by whom, until when, and when it was done (None: not yet).
    state
        ``open`` or ``overdue``; once done ``waiting`` until a later wave is in, then ``fewer``, ``more`` or
        ``unclear``: whether the theme was mentioned less, more, or as often as luck allows; ``few`` where too few
        people spoke of it for the numbers to be shown.
    change
        Of the share of comments with the theme: first wave after the action against the last one before.
    """

    theme: str
    owner_id: str
    due_on: date
    closed_on: date | None
    state: State
    change: Interval | None


def close_loop(actions: pd.DataFrame, waves: pd.DataFrame, *, as_of: date, mass: float = 0.9) -> tuple[ClosedLoop, ...]:
    """Return what became of each action on a theme, those that need somebody first.

    A change after an action is no proof that it was the action: everything else that happened between two waves is in
    it too.

    Parameters
    ----------
    actions
        One row an action: ``theme, owner_id, due_on, closed_on`` (missing: not done).
    waves
        One row a wave and theme: ``wave_ends_on, theme, n_with, n_texts``; ``n_with`` is missing where it must not be
        shown.
    as_of
        Until when is looked.

    Raises
    ------
    TableError
        When a column is missing, or an action has no owner or no due date; all of them at once.

    Examples
    --------
    >>> actions = pd.DataFrame({"theme": ["price", "response"], "owner_id": ["u:1", "u:2"],
    ...     "due_on": [date(2026, 4, 1), date(2026, 5, 1)], "closed_on": [None, date(2026, 4, 20)]})
    >>> waves = pd.DataFrame({"wave_ends_on": [date(2026, 3, 31), date(2026, 6, 30)], "theme": ["response"] * 2,
    ...     "n_with": [60, 20], "n_texts": [200, 200]})
    >>> [(one.theme, one.state) for one in close_loop(actions, waves, as_of=date(2026, 7, 1))]
    [('price', 'overdue'), ('response', 'fewer')]
    """
    require_columns(actions, "theme", "owner_id", "due_on", "closed_on", of="actions")
    require_columns(waves, "wave_ends_on", "theme", "n_with", "n_texts", of="waves")
    nobody, never = int(actions["owner_id"].isna().sum()), int(actions["due_on"].isna().sum())
    if nobody or never:
        raise TableError(
            f"{nobody} actions have no owner_id, {never} no due_on.", "name one person and one day for each."
        )
    counted: dict[str, list[tuple[date, int | None, int]]] = {}
    for row in waves.to_dict("records"):
        day = _to_day(row["wave_ends_on"])
        if day is not None and day <= as_of:
            n_with = None if pd.isna(row["n_with"]) else int(row["n_with"])
            counted.setdefault(str(row["theme"]), []).append((day, n_with, int(row["n_texts"])))
    loops = [
        _judge(row, sorted(counted.get(str(row["theme"]), []), key=_day_of), as_of, mass)
        for row in actions.to_dict("records")
    ]
    urgency = ("overdue", "more", "open", "unclear", "few", "waiting", "fewer")
    return tuple(sorted(loops, key=lambda loop: (urgency.index(loop.state), loop.due_on, loop.theme)))


def _judge(row: Mapping[Any, Any], waves: list[tuple[date, int | None, int]], as_of: date, mass: float) -> ClosedLoop:
    due, closed = _to_day(row["due_on"]), _to_day(row["closed_on"])
    assert due is not None
    told = (str(row["theme"]), str(row["owner_id"]), due)
    if closed is None or closed > as_of:
        return ClosedLoop(*told, None, "overdue" if due < as_of else "open", None)
    before = [wave for wave in waves if wave[0] <= closed and wave[2]]
    after = [wave for wave in waves if wave[0] > closed and wave[2]]
    if not before or not after:
        return ClosedLoop(*told, closed, "waiting", None)
    (_, n_after, all_after), (_, n_before, all_before) = after[0], before[-1]
    if n_after is None or n_before is None:
        return ClosedLoop(*told, closed, "few", None)
    change = compare_rates((n_after, all_after), (n_before, all_before), mass=mass)
    state: State = "unclear" if 0 in change else "fewer" if change.high < 0 else "more"
    return ClosedLoop(*told, closed, state, change)


def _day_of(wave: tuple[date, int | None, int]) -> date:
    return wave[0]


def _to_day(value: Any) -> date | None:
    if value is None or pd.isna(value):
        return None
    return pd.Timestamp(value).date()
