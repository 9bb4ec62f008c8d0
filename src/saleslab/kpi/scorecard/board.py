"""The board of the scorecard: one row a measure, with where it stands, what it must reach and its course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.kpi.scorecard.tables import name_line, tell_now, tell_reason, tell_standing, write_line_level
from saleslab.kpi.targets.pages import write_chance
from saleslab.periods import Month
from saleslab.wording import Count, PictureWords, Text, join_texts, say

if TYPE_CHECKING:
    from saleslab.kpi.scorecard.card import Scorecard
    from saleslab.kpi.scorecard.lines import ScoreLine

_ROOM, _RECENT = "kpi_scorecard", 62


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row of the board.

    Attributes
    ----------
    label, under
        The measure, and in smaller words where it stands and what it must reach.
    words
        All of it in a sentence, for readers who cannot see the picture.
    depth
        How far below the goal.
    points
        The course: ``at`` (ISO day), ``value``, ``is_complete``.
    chance, standing
        As in the line.
    is_factor
        Whether it is a factor, or says whose measures follow: it has words alone.
    """

    label: Text
    under: Text | None
    words: Text
    depth: int
    points: tuple[Mapping[str, Any], ...]
    chance: float | None
    standing: str
    is_factor: bool


def lay_board(card: Scorecard, *, of_company: bool = True) -> tuple[BoardRow, ...]:
    """Return the rows of `charts.kpi_scorecard.draw_board`: the company's, or the team's and the person's own."""
    rows: list[BoardRow] = []
    whose = "company"
    for line in card.lines:
        if (line.scope_type == "company") is not of_company:
            continue
        if line.scope_type != whose:
            whose = line.scope_type
            rows.append(_lay_heading(_name_whose(card, line)))
        rows.append(_lay_row(card, line))
    return tuple(rows)


def tabulate_board(card: Scorecard, *, of_company: bool = True) -> pd.DataFrame:
    """Return the course of each measure in words, month by month: ``measure, month, value``; the last six."""
    rows = []
    for line in card.measures:
        if (line.scope_type == "company") is not of_company:
            continue
        for point in line.course.tail(6).to_dict("records"):
            value = write_line_level(card, line, float(point["value"]))
            rows.append((name_line(card, line), Month(point["at"].date()), value))
    return pd.DataFrame(rows, columns=["measure", "month", "value"], dtype=object)


def describe_board(card: Scorecard, *, of_company: bool = True) -> PictureWords:
    """Return the words of ``charts.kpi_scorecard.draw_board``, with the vision that the goal is for."""
    counted = {name: Count(n) for name, n in card.counts.items()}
    vision = card.tree.vision if of_company else None
    told = None if vision is None else say(f"{_ROOM}.board.vision", vision=Text(vision.read("en"), vision.read("ja")))
    whose = "title" if of_company else "title_own"
    return {
        "title": say(f"{_ROOM}.board.{whose}"),
        "caption": join_texts(told, say(f"{_ROOM}.board.caption", as_of=card.as_of)),
        "alt": say(f"{_ROOM}.board.alt", as_of=card.as_of, **counted),
    }


def _lay_heading(label: Text, depth: int = 0) -> BoardRow:
    return BoardRow(label, None, label, depth, (), None, "none", is_factor=True)


def _name_whose(card: Scorecard, line: ScoreLine) -> Text:
    """Return whose own measures follow: the team's name, or that they are the reader's."""
    team = card.readers.team
    if line.scope_type == "team":
        return Text.same(team.name if team else line.scope_id)
    return say(f"{_ROOM}.board.yours")


def _lay_row(card: Scorecard, line: ScoreLine) -> BoardRow:
    label = Text(line.fact.label.read("en"), line.fact.label.read("ja"))
    points = tuple(
        {"at": f"{row['at']:%Y-%m-%d}", "value": float(row["value"]), "is_complete": bool(row["is_complete"])}
        for row in line.course.to_dict("records")
    )
    if line.kind == "csf":
        return _lay_heading(label, line.depth)
    under = _tell_under(card, line)
    words = say(f"{_ROOM}.board.words", measure=name_line(card, line), under=under, standing=tell_standing(line))
    if line.chance is not None:
        words = join_texts(words, say(f"{_ROOM}.board.chance", chance=write_chance(line.chance)))
    return BoardRow(label, under, words, line.depth, points, line.chance, line.standing, is_factor=False)


def _tell_under(card: Scorecard, line: ScoreLine) -> Text:
    """Return where a measure stands and what its period comes to; the month where it is not the last one."""
    now = tell_now(card, line)
    if line.target is None or line.latest is None or line.latest_at is None:
        return now
    if line.reason is not None:
        return say(f"{_ROOM}.board.withheld", now=now, reason=tell_reason(line))
    if (card.as_of - line.latest_at).days < _RECENT:
        now = write_line_level(card, line, line.latest)
    middle, aim = (write_line_level(card, line, one) for one in (line.middle, line.target))
    return say(f"{_ROOM}.board.under", now=now, middle=middle, aim=aim)
