"""Tables and pictures of the scorecard: typed cells, headings and captions in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.kpi.beliefs.chances import FEWEST_MONTHS
from saleslab.kpi.beliefs.statuses import judge_status
from saleslab.kpi.changes.words import name_metric, write_level
from saleslab.kpi.meetings.phrases import list_texts
from saleslab.kpi.metrics.values import word_level
from saleslab.kpi.targets.pages import write_chance
from saleslab.periods import Month
from saleslab.wording import Count, Number, PictureWords, Share, TableWords, Text, join_texts, say

if TYPE_CHECKING:
    from saleslab.kpi.scorecard.card import Scorecard
    from saleslab.kpi.scorecard.lines import ScoreLine
    from saleslab.kpi.scorecard.quotas import QuotaReview
    from saleslab.kpi.trees.nodes import KpiTree

SIGNS = {"green": "●", "amber": "▲", "red": "■", "withheld": "?", "none": "–"}
"""The sign of each standing: it says the same as the colour."""

_ROOM, _NONE = "kpi_scorecard", Text.same("–")


def name_line(card: Scorecard, line: ScoreLine) -> Text:
    """Return what a line is called; that of a team or a person says whose it is."""
    label = Text(line.fact.label.read("en"), line.fact.label.read("ja"))
    match line.scope_type:
        case "team":
            team = card.readers.team
            return say(f"{_ROOM}.line.team", measure=label, team=Text.same(team.name if team else line.scope_id))
        case "user":
            return say(f"{_ROOM}.line.own", measure=label)
    return label


def write_line_level(card: Scorecard, line: ScoreLine, level: float | None) -> Text:
    """Return a level in the unit of its line; a dash where there is none."""
    if level is None:
        return _NONE
    return word_level(level, line.fact.unit, family=line.fact.family, currency=card.currency)


def tell_standing(line: ScoreLine) -> Text:
    """Return the status with its sign: from the chance, or why there is none.

    A measure that nobody set a target for is neither good nor bad.
    """
    sign = Text.same(SIGNS[line.standing])
    if line.standing == "none":
        return say(f"{_ROOM}.standing.none", sign=sign)
    if line.reason is not None:
        return say(f"{_ROOM}.standing.said", sign=sign, status=tell_reason(line))
    return say(f"{_ROOM}.standing.said", sign=sign, status=judge_status(line.chance).words)


def tell_reason(line: ScoreLine) -> Text:
    """Return why there is no chance, in a few words."""
    return say(f"{_ROOM}.reason.{line.reason}", n=FEWEST_MONTHS)


def tell_verdict(line: ScoreLine) -> Text:
    """Return whether what changed is real, with the chance that it is."""
    if line.move is None:
        return _NONE
    return say(f"{_ROOM}.move.{line.move.verdict}", chance=write_chance(line.move.chance))


def tell_move(card: Scorecard, line: ScoreLine) -> Text:
    """Return how the last three months stand to earlier ones, and whether that is real."""
    if line.move is None:
        return _NONE
    after = write_line_level(card, line, line.move.after)
    return say(f"{_ROOM}.move.told", after=after, before=_tell_earlier(card, line), verdict=tell_verdict(line))


def tabulate_measures(card: Scorecard) -> pd.DataFrame:
    """Return one row a measure: ``measure, standing, chance, now, foreseen, range, aim``."""
    rows = []
    for line in card.measures:
        low, middle, high = (write_line_level(card, line, one) for one in (line.low, line.middle, line.high))
        rows.append(
            {
                "measure": name_line(card, line),
                "standing": tell_standing(line),
                "chance": _NONE if line.chance is None else write_chance(line.chance),
                "now": tell_now(card, line),
                "foreseen": middle,
                "range": _NONE if line.middle is None else say(f"{_ROOM}.line.range", low=low, high=high),
                "aim": _tell_aim(card, line),
            }
        )
    return pd.DataFrame(rows, dtype=object)


def tabulate_moves(card: Scorecard) -> pd.DataFrame:
    """Return how the last three months stand to earlier ones: ``measure, lately, earlier, real``."""
    rows = [
        {
            "measure": name_line(card, line),
            "lately": write_line_level(card, line, line.move.after),
            "earlier": _tell_earlier(card, line),
            "real": tell_verdict(line),
        }
        for line in card.measures
        if line.move is not None
    ]
    return pd.DataFrame(rows, columns=["measure", "lately", "earlier", "real"], dtype=object)


def tabulate_duties(card: Scorecard) -> pd.DataFrame:
    """Return who answers for the company's measures and when each is reviewed next: ``measure, owner, review``."""
    rows = [
        (name_line(card, line), card.readers.name_owner(line.owner, line.role), _tell_review(line))
        for line in card.measures
        if line.scope_type == "company" and (line.owner is not None or line.next_on is not None)
    ]
    return pd.DataFrame(rows, columns=["measure", "owner", "review"], dtype=object)


def tabulate_versions(card: Scorecard, trees: Sequence[KpiTree] = ()) -> pd.DataFrame:
    """Return the versions of the tree, the latest first: ``version, since, reason, steps``."""
    labels = _label_nodes([*trees, card.tree])
    rows = []
    for row in card.versions.to_dict("records"):
        steps = [
            say(f"{_ROOM}.version.{kind}", names=list_texts([labels.get(name, Text.same(name)) for name in row[kind]]))
            for kind in ("added", "removed", "redefined", "changed")
            if row[kind]
        ]
        reason = _NONE if row["reason"] is None else Text(row["reason"].read("en"), row["reason"].read("ja"))
        told = join_texts(*steps) if steps else say(f"{_ROOM}.version.first")
        rows.append((Count(int(row["version"])), row["effective_from"], reason, told))
    return pd.DataFrame(rows, columns=["version", "since", "reason", "steps"], dtype=object)


def tabulate_retargeted(card: Scorecard) -> pd.DataFrame:
    """Return targets that were set anew: ``measure, from_day, to_day, before, after``."""
    rows = [
        (
            _name_scoped(card, row),
            pd.Timestamp(row["period_start"]).date(),
            pd.Timestamp(row["period_end"]).date(),
            *(
                write_level(str(row["metric_id"]), float(row[one]), currency=card.currency)
                for one in ("before", "after")
            ),
        )
        for row in card.retargeted.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["measure", "from_day", "to_day", "before", "after"], dtype=object)


def tabulate_revised(card: Scorecard) -> pd.DataFrame:
    """Return numbers that are others than they were told: ``measure, month, told_at, before, after``."""
    rows = [
        (
            _name_scoped(card, row),
            Month(pd.Timestamp(row["period_start"]).date()),
            pd.Timestamp(row["told_at"]).date(),
            *(
                write_level(str(row["metric_id"]), float(row[one]), currency=card.currency)
                for one in ("before", "after")
            ),
        )
        for row in card.revised.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["measure", "month", "told_at", "before", "after"], dtype=object)


def tabulate_quotas(review: QuotaReview) -> pd.DataFrame:
    """Return bands of chances with how often they came true: ``band, n, said, came, range``."""
    rows = []
    for row in review.bands.to_dict("records"):
        is_told = not pd.isna(row["rate"])
        ends = {"low": Share(row["rate_low"], 0), "high": Share(row["rate_high"], 0)} if is_told else {}
        rows.append(
            (
                say(f"{_ROOM}.quota.band", low=Share(row["low"], 0), high=Share(row["high"], 0)),
                Count(int(row["n"])),
                write_chance(row["chance"]) if is_told else _NONE,
                Share(row["rate"], 0) if is_told else say(f"{_ROOM}.quota.few"),
                say(f"{_ROOM}.quota.range", **ends) if is_told else _NONE,
            )
        )
    return pd.DataFrame(rows, columns=["band", "n", "said", "came", "range"], dtype=object)


def tabulate_own_quotas(card: Scorecard, review: QuotaReview | None) -> pd.DataFrame:
    """Return the quotas of the one person who reads the page, the last first: ``until, quota, said, came, met``.

    A running quota has its chance from what is known today. Nobody else's quotas are ever in it.
    """
    columns = ["until", "quota", "said", "came", "met"]
    person = card.readers.person
    if review is None or person is None:
        return pd.DataFrame(columns=columns, dtype=object)

    def level(value: float) -> Any:
        return write_level(review.metric_id, value, currency=card.currency)

    rows: list[tuple[Any, ...]] = []
    for frame in (review.running, review.rows):
        mine = frame[frame["scope_id"] == person].sort_values("period_end", ascending=False, kind="stable")
        for row in mine.to_dict("records"):
            said = _NONE if pd.isna(row["chance"]) else write_chance(row["chance"])
            came = level(row["value"]) if "value" in row else _NONE
            met = say(f"{_ROOM}.quota.{'met' if row['is_met'] else 'missed'}") if "value" in row else _NONE
            rows.append((row["period_end"].date(), level(row["target"]), said, came, met))
    return pd.DataFrame(rows, columns=columns, dtype=object)


def word_score_table(name: str, card: Scorecard) -> TableWords:
    """Return title and caption of a table, by the name of its block."""
    values = {"as_of": card.as_of, "n": Count(len(card.revised))}
    return {"title": say(f"{_ROOM}.table.{name}.title"), "caption": say(f"{_ROOM}.table.{name}.caption", **values)}


def describe_quotas(review: QuotaReview) -> PictureWords:
    """Return the words of ``charts.kpi_scorecard.draw_quotas``: how often which chances came true, in figures."""
    told = [row for row in review.bands.to_dict("records") if not pd.isna(row["rate"])]
    bands = [
        say(
            f"{_ROOM}.quota.came_true",
            low=Share(row["low"], 0),
            high=Share(row["high"], 0),
            rate=Share(row["rate"], 0),
            n=Count(int(row["n"])),
        )
        for row in told
    ]  # fmt: skip
    values = {
        "as_of": review.as_of, "n_targets": Count(review.n_targets), "n_joined": Count(len(review.rows)),
        "median": Share(review.median_attainment), "n_met": Count(review.n_met), "n_judged": Count(review.n_judged),
    }  # fmt: skip
    return {
        "title": say(f"{_ROOM}.quota.title"),
        "caption": join_texts(say(f"{_ROOM}.quota.caption", **values), say(f"{_ROOM}.quota.made")),
        "alt": join_texts(say(f"{_ROOM}.quota.alt", n=Count(len(told))), *bands),
    }


def name_score_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of columns.

    Examples
    --------
    >>> name_score_columns("owner")["owner"].ja
    '担当'
    """
    return {name: say(f"{_ROOM}.column.{name}") for name in names}


def write_plain(value: float) -> Number:
    """Return a Brier score as a reader sees it."""
    return Number(value, 3)


def tell_now(card: Scorecard, line: ScoreLine) -> Text:
    """Return the last complete month of a measure and its level."""
    if line.latest is None or line.latest_at is None:
        return say(f"{_ROOM}.line.nothing")
    return say(f"{_ROOM}.line.now", level=write_line_level(card, line, line.latest), month=Month(line.latest_at))


def _tell_earlier(card: Scorecard, line: ScoreLine) -> Text:
    assert line.move is not None
    key = "year" if line.move.is_year else "just"
    return say(f"{_ROOM}.move.{key}", level=write_line_level(card, line, line.move.before))


def _tell_aim(card: Scorecard, line: ScoreLine) -> Text:
    if line.target is None or line.period is None:
        return _NONE
    return say(f"{_ROOM}.line.aim", level=write_line_level(card, line, line.target), until=line.period.end)


def _tell_review(line: ScoreLine) -> Text:
    if line.next_on is None or line.days_late is None:
        return _NONE
    late = line.days_late > 0
    return say(f"{_ROOM}.line.{'late' if late else 'due'}", day=line.next_on, n=max(line.days_late, 0))


def _name_scoped(card: Scorecard, row: Mapping[Any, Any]) -> Text:
    name = name_metric(str(row["metric_id"]))
    match row["scope_type"]:
        case "team":
            team = card.readers.team
            return say(f"{_ROOM}.line.team", measure=name, team=Text.same(team.name if team else str(row["scope_id"])))
        case "user":
            return say(f"{_ROOM}.line.own", measure=name)
    return name


def _label_nodes(trees: Sequence[KpiTree]) -> Mapping[str, Text]:
    found: dict[str, Text] = {}
    for tree in trees:
        for name, node in tree.nodes.items():
            told = None if node.label is None else Text(node.label.read("en"), node.label.read("ja"))
            found[name] = told or name_metric(node.metric or name)
    return found
