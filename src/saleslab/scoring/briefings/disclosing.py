"""Which groups of leads may the pages about a model tell of? Behind each lead is a person of another company.

A lead counts as one person; leads that nobody has merged count apart. Lists of leads for those who work them are no
breakdowns of people and do not pass here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from saleslab.intake.disclosure import Disclosure, disclose_tables
from saleslab.intake.people_tables import disclose_people, list_shown
from saleslab.scoring.watching.outcomes import ALL
from saleslab.stats.calibration import N_BINS, group_by_chance

if TYPE_CHECKING:
    from saleslab.scoring.briefings.card import CardPage
    from saleslab.scoring.learning.training import TrainedModel
    from saleslab.scoring.watching.page import WatchPage


def disclose_watch(page: WatchPage | None) -> tuple[WatchPage | None, Disclosure | None]:
    """Return the page without the grades that too few leads have, and what may be told; None where nothing is."""
    if page is None or page.watch is None or page.watch.grades.empty:
        return page, None
    grades = page.watch.grades
    each = grades[grades["grade"] != ALL] if len(grades) > 1 else grades
    disclosure = disclose_tables(each, tables={"known": [], "grades": ["grade"]}, count="n_leads")
    named, whole = (disclosure.tables[name] for name in ("grades", "known"))
    hidden = set(named.loc[named["is_suppressed"], "grade"]) | ({ALL} if whole["is_suppressed"].all() else set())
    reasons = tuple(why for why in page.watch.reasons if dict(why.values).get("grade") not in hidden)
    watch = replace(page.watch, grades=grades[~grades["grade"].isin(hidden)], reasons=reasons)
    return replace(page, watch=watch), disclosure


def disclose_card(page: CardPage | None) -> tuple[CardPage | None, Disclosure | None]:
    """Return the page without groups that would give a few leads away, and what may be told; None without a test."""
    trained = None if page is None else page.trained
    if page is None or trained is None or trained.evaluation is None:
        return page, None
    groups = page.card.groups if page.card else None
    tables = {} if groups is None else {"groups": _lay_groups(trained, groups)}
    curve = trained.evaluation.measures.calibration
    tables["calibration"] = _lay_points(trained)
    disclosure = disclose_people(trained.tested["lead_id"], tables=tables)
    points = set(list_shown(disclosure, "calibration"))
    kept = replace(curve, points=tuple(point for at, point in enumerate(curve.points) if _name_point(at) in points))
    measures = replace(trained.evaluation.measures, calibration=kept)
    trained = replace(trained, evaluation=replace(trained.evaluation, measures=measures))
    if page.card is None or groups is None:
        return replace(page, trained=trained), disclosure
    is_shown = [_name_group(*pair) in list_shown(disclosure, "groups") for pair in _pairs(groups)]
    return replace(page, trained=trained, card=replace(page.card, groups=groups[is_shown])), disclosure


def _lay_groups(trained: TrainedModel, groups: pd.DataFrame) -> pd.DataFrame:
    """Return which tested leads are in each group of each column; those of small groups are one."""
    values = trained.group_tested(*dict.fromkeys(groups["by"])).astype("str")
    named = {str(by): set(rows["group"]) for by, rows in groups.groupby("by")}
    told = {by: values[by].where(values[by].isin(named[str(by)]), "") for by in values}
    return pd.DataFrame({_name_group(by, group): told[by] == group for by, group in _pairs(groups)})


def _lay_points(trained: TrainedModel) -> pd.DataFrame:
    point = group_by_chance(trained.tested["chance_won"].to_numpy(dtype=np.float64), N_BINS)
    return pd.DataFrame({_name_point(at): point == at for at in range(int(point.max()) + 1)})


def _pairs(groups: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(groups["by"].astype("str"), groups["group"].astype("str"), strict=True))


def _name_group(by: str, group: str) -> str:
    return f"{by} {group or '…'}"


def _name_point(at: int) -> str:
    return f"{at + 1}"
