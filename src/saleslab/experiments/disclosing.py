"""Which groups of people may a readout tell of? Where leads were drawn by lot, people of other companies are meant.

Accounts, sales people and their weeks are not people outside the company. Of a file nobody knows what a unit is, so
each is taken for a person.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from saleslab.errors import NotEnoughData
from saleslab.experiments.readout import OTHERS, Readout
from saleslab.intake.disclosure import FLOOR, Disclosure
from saleslab.intake.people_tables import disclose_people, list_shown

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.experiments.groups import GroupComparison

_NO_PEOPLE = {"account", "rep", "rep_week"}


def disclose_readout(readout: Readout | None) -> tuple[Readout | None, Disclosure | None]:
    """Return a readout without the segments and looks that would give a few people away, and what may be told.

    Nothing may be told of people, and nothing is taken out, where no people were drawn.

    Raises
    ------
    NotEnoughData
        When an arm has fewer people than may be shown.
    """
    import pandas as pd

    if readout is None or readout.trial.unit in _NO_PEOPLE:
        return readout, None
    rows = readout.trial.rows.reset_index(drop=True)
    person = rows["unit_id"] if "unit_id" in rows.columns else pd.Series(rows.index)
    tables = {"arms": pd.get_dummies(rows["arm"].astype("str"), dtype=bool)}
    if readout.path:
        tables["path"] = pd.DataFrame({_name_look(sight.look): rows["look"] <= sight.look for sight in readout.path})
    if readout.groups is not None:
        tables["groups"] = _lay_groups(readout.groups, rows, (readout.trial.control, readout.best.treatment))
    disclosure = disclose_people(person, tables=tables)
    if disclosure.n_hidden["arms"]:
        raise NotEnoughData(
            f"An arm has fewer than {FLOOR} people, so that nothing is told of it.",
            f"wait until every arm has {FLOOR} people at least.",
        )
    shown = {name: set(list_shown(disclosure, name)) for name in ("path", "groups")}
    path = tuple(sight for sight in readout.path if _name_look(sight.look) in shown["path"])
    return replace(readout, path=path, groups=_keep_groups(readout, shown["groups"])), disclosure


def _lay_groups(found: GroupComparison, rows: pd.DataFrame, arms: tuple[str, str]) -> pd.DataFrame:
    """Return which units are in each segment and arm; those of small segments are one segment."""
    import pandas as pd

    large = {one.group for one in found.groups}
    named, arm = rows["group"].where(rows["group"].isin(large), OTHERS), rows["arm"].astype("str")
    cells = {_name_cell(name, one): (named == name) & (arm == one) for name in sorted(large) for one in arms}
    return pd.DataFrame(cells, dtype=bool)


def _keep_groups(readout: Readout, shown: set[str]) -> GroupComparison | None:
    """Return the segments of which both arms may be told; None where there is none."""
    if readout.groups is None:
        return None
    arms = (readout.trial.control, readout.best.treatment)
    kept = tuple(one for one in readout.groups.groups if {_name_cell(one.group, arm) for arm in arms} <= shown)
    return replace(readout.groups, groups=kept) if kept else None


def _name_look(number: int) -> str:
    return f"until {number}"


def _name_cell(group: str, arm: str) -> str:
    return f"{group} · {arm}"
