"""What pictures and tables of a target study show: rows with their words, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from saleslab.kpi.metrics.values import value_level, word_level
from saleslab.kpi.targets.factors import tell_rating, write_rating
from saleslab.kpi.targets.flows import FLOWING
from saleslab.kpi.trees.outline import outline_tree
from saleslab.wording import (
    Money,
    PictureWords,
    Points,
    Share,
    TableWords,
    Text,
    say,
    section,
)

if TYPE_CHECKING:
    from saleslab.kpi.targets.review import TargetReview
    from saleslab.kpi.targets.study import TargetStudy
    from saleslab.wording.values import Value

Colour = Literal["green", "amber", "red", "withheld", "none"]

_N_BARS = 36
_LONGEST_TAIL = 0.995


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One node of the picture, in the order of the outline.

    Attributes
    ----------
    name, kind
        Id, and ``kgi``, ``csf`` or ``kpi``.
    label
        What it is called.
    depth, parent
        0 for the goal; position of the row above which it belongs to, None for the goal.
    is_exact
        Whether arithmetic ties it to its parent; drawn dashed where it does not.
    figure, middle
        Where it is to land, or how people rate it, in words, with its range and without; None where nothing is known.
    aim
        What it must reach, in words; None without a target.
    chance
        Of reaching it, 0 to 1; None where it has no target, or the chance is withheld.
    status
        From the chance; ``withheld`` where a reason forbids one, ``none`` without a target.
    """

    name: str
    kind: str
    label: Text
    depth: int
    parent: int | None
    is_exact: bool
    figure: Text | None
    middle: Text | None
    aim: Text | None
    chance: float | None
    status: Colour


def label_node(study: TargetStudy, name: str) -> Text:
    """Return what a node is called."""
    label = study.facts[name].label
    return Text(label.read("en"), label.read("ja"))


def value_of(study: TargetStudy, name: str, level: float) -> Value:
    """Return a level as a value of `saleslab.wording`, in the unit of its node."""
    fact = study.facts[name]
    return value_level(level, fact.unit, family=fact.family, currency=study.tree.currency)


def write_level(study: TargetStudy, name: str, level: float) -> Text:
    """Return a level in words."""
    fact = study.facts[name]
    return word_level(level, fact.unit, family=fact.family, currency=study.tree.currency)


def write_pace(study: TargetStudy, name: str, level: float) -> Text:
    """Return a level of a month in words; what adds up over months is told as so much a month."""
    written = write_level(study, name, level)
    return say("kpi_targets.a_month", level=written) if study.facts[name].family in FLOWING else written


def picture_tree(review: TargetReview) -> tuple[TreeRow, ...]:
    """Return the tree as rows of a picture, with what each node's period comes to, its target and its chance."""
    study = review.study
    outline = outline_tree(study.tree)
    places = {row.name: at for at, row in enumerate(outline)}
    judged = {row["node"]: row for row in study.nodes.to_dict("records")}
    rated = {one.node: one for one in review.ratings}
    rows = []
    for row in outline:
        node, rating = judged.get(row.name), rated.get(row.name)
        rows.append(
            TreeRow(
                name=row.name,
                kind=study.tree.nodes[row.name].kind,
                label=label_node(study, row.name),
                depth=row.depth,
                parent=None if row.parent is None else places[row.parent],
                is_exact=row.edge in (None, "formula"),
                figure=tell_rating(rating) if rating else _tell_foreseen(study, row.name, node),
                middle=write_rating(rating) if rating else _tell_middle(study, row.name, node),
                aim=_tell_aim(study, row.name, node),
                chance=None if node is None else node["chance"],
                status="none" if node is None or node["status"] is None else node["status"],
            )
        )
    return tuple(rows)


def bin_landing(study: TargetStudy) -> pd.DataFrame:
    """Return the landing in bars: ``start, end, share, reached`` (whether a bar lies beyond the target).

    Shares are of all draws; the largest half per cent of the draws, which would squeeze the others, has no bar.
    """
    draws = study.draw_goal()
    top = float(np.quantile(draws, _LONGEST_TAIL))
    low, high = min(float(draws.min()), study.aim.level), max(top, study.aim.level)
    if high <= low:
        high = low + 1.0
    below = max(1, round(_N_BARS * (study.aim.level - low) / (high - low)))
    above = max(1, _N_BARS - below)
    edges = np.unique([*np.linspace(low, study.aim.level, below + 1), *np.linspace(study.aim.level, high, above + 1)])
    counts, _ = np.histogram(draws, edges)
    is_above = edges[:-1] >= study.aim.level
    return pd.DataFrame(
        {
            "start": edges[:-1],
            "end": edges[1:],
            "share": counts / len(draws),
            "reached": is_above if study.aim.direction == "up" else ~is_above,
        }
    )


def tabulate_tree(review: TargetReview) -> pd.DataFrame:
    """Return the table under the picture of the tree: ``node, foreseen, aim, chance``."""
    rows = [
        (row.label, row.figure or Text.same("–"), row.aim or Text.same("–"), None if row.chance is None else
        Share(row.chance, 0)) for row in picture_tree(review)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["node", "foreseen", "aim", "chance"], dtype=object)


def tabulate_landing_places(review: TargetReview) -> pd.DataFrame:
    """Return where the landing lies: ``place, amount``."""
    study = review.study
    rows = [
        (Share(row["place"], 0), value_of(study, study.goal, row["value"])) for row in study.landing.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["place", "amount"], dtype=object)


def tabulate_lever_gains(review: TargetReview) -> pd.DataFrame:
    """Return the four lenses: ``node, now, headroom, gain, tenth, cost, doubt``; no cost where none is stated."""
    study = review.study
    rows = []
    for row in study.levers.to_dict("records"):
        name = row["node"]
        cost = None if row["cost"] is None else Money(Decimal(repr(round(row["cost"]))), study.tree.currency)
        rows.append(
            (
                label_node(study, name), value_of(study, name, row["now"]), value_of(study, name, row["headroom"]),
                Points(row["gain_headroom"]), Points(row["gain_elasticity"]), cost, Share(row["share_of_doubt"], 0),
            )
        )  # fmt: skip
    columns = ["node", "now", "headroom", "gain", "tenth", "cost", "doubt"]
    return pd.DataFrame(rows, columns=columns, dtype=object).dropna(axis="columns", how="all")


def tabulate_required(review: TargetReview) -> pd.DataFrame:
    """Return what each measure alone would have to be: ``node, now, required``; ``best`` where one is out of reach."""
    study = review.study
    rows: list[tuple[Text, Value, Value | Text, Value | None]] = []
    for row in study.required.to_dict("records"):
        name = row["node"]
        place = (label_node(study, name), value_of(study, name, row["now"]))
        if row["is_feasible"]:
            rows.append((*place, value_of(study, name, row["required"]), None))
        else:
            rows.append((*place, say("kpi_targets.page.out_of_reach"), Share(row["chance"], 0)))
    frame = pd.DataFrame(rows, columns=["node", "now", "required", "best"], dtype=object)
    return frame.dropna(axis="columns", how="all")


def tabulate_suggested(review: TargetReview) -> pd.DataFrame:
    """Return targets as hard as they are meant to be: ``node, threshold, target, stretch``."""
    study = review.study
    rows = [
        (label_node(study, row["node"]), *(value_of(study, row["node"], row[name]) for name in ("threshold", "target",
        "stretch"))) for row in study.suggested.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["node", "threshold", "target", "stretch"], dtype=object)


def tabulate_past(review: TargetReview) -> pd.DataFrame:
    """Return studies of past periods beside what came: ``period, low, high, came``, and where known ``aim, chance``."""
    study = review.study
    rows = []
    for past in review.past:
        ends = (value_of(study, study.goal, one) for one in (past.low, past.high, past.actual))
        aim = None if past.target is None else value_of(study, study.goal, past.target)
        rows.append((past.period, *ends, aim, None if past.chance is None else Share(past.chance, 0)))
    frame = pd.DataFrame(rows, columns=["period", "low", "high", "came", "aim", "chance"], dtype=object)
    return frame.dropna(axis="columns", how="all")


def describe_picture(name: str, review: TargetReview) -> PictureWords:
    """Return title, caption and alternative text of a picture: ``tree``, ``landing`` or ``levers``."""
    study = review.study
    values = {
        "goal": label_node(study, study.goal),
        "chance": Share(study.chance, 0),
        "middle": write_level(study, study.goal, study.land(0.5)),
        "target": write_level(study, study.goal, study.aim.level),
        "n": len(study.levers),
    }
    parts = {part: say(f"kpi_targets.picture.{name}.{part}", **values) for part in ("title", "caption", "alt")}
    return {"title": parts["title"], "caption": parts["caption"], "alt": parts["alt"]}


def word_target_table(name: str, review: TargetReview) -> TableWords:
    """Return title and caption of a table: ``required``, ``suggested``, ``past``, ``ratings`` or ``risks``."""
    values = {
        "chance": Share(review.study.wanted, 0),
        "n": sum(past.held for past in review.past),
        "of": len(review.past),
        "n_crossed": sum(one.state == "crossed" for one in review.risks),
        "n_risks": len(review.risks),
    }
    title, caption = (say(f"kpi_targets.table.{name}.{part}", **values) for part in ("title", "caption"))
    return {"title": title, "caption": caption}


def name_target_columns(*names: str) -> dict[str, Text]:
    """Return the headings of columns."""
    words = section("kpi_targets.column")
    return {name: words[name] for name in names}


def _tell_foreseen(study: TargetStudy, name: str, node: Mapping[Any, Any] | None) -> Text | None:
    if node is None or node["p50"] is None:
        return None
    low, middle, high = (write_level(study, name, node[place]) for place in ("p10", "p50", "p90"))
    return say("kpi_targets.foreseen", middle=middle, low=low, high=high)


def _tell_middle(study: TargetStudy, name: str, node: Mapping[Any, Any] | None) -> Text | None:
    return None if node is None or node["p50"] is None else write_level(study, name, node["p50"])


def _tell_aim(study: TargetStudy, name: str, node: Mapping[Any, Any] | None) -> Text | None:
    return None if node is None or node["target"] is None else write_level(study, name, node["target"])
