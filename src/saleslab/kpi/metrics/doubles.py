"""Is one name used for two things? All trees share one set of metrics, and teams pull in one direction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from saleslab.kpi.metrics.declaring import Metric
from saleslab.wording import Text, say

Code = Literal["duplicate_definition", "direction_conflict"]

_COUNTED = ("kind", "unit", "numerator", "denominator", "cohort", "factor")


@dataclass(frozen=True, slots=True)
class DoubleDefinition:
    """One metric id that two places define differently.

    Attributes
    ----------
    metric_id
        The id.
    code
        ``duplicate_definition``: it is counted differently. ``direction_conflict``: one wants more, the other less.
    places
        Who declares it, such as trees or teams; the first one and the one that differs.
    differs_in
        The parts that differ, such as ``numerator``.
    """

    metric_id: str
    code: Code
    places: tuple[str, str]
    differs_in: tuple[str, ...]

    @property
    def words(self) -> Text:
        """What a reader is told, and what to do."""
        first, second = self.places
        return say(
            f"kpi_metrics.double.{self.code}",
            metric=self.metric_id, first=first, second=second, parts=", ".join(self.differs_in),
        )  # fmt: skip


def find_double_definitions(declared: Iterable[tuple[str, Metric]]) -> tuple[DoubleDefinition, ...]:
    """Return the ids that are defined differently in two places, sorted.

    Parameters
    ----------
    declared
        Each metric with the place that declares it: a tree, a team, or the library.

    Examples
    --------
    >>> from saleslab.kpi import library
    >>> ours = library()["n_calls"]
    >>> theirs = ours.model_copy(update={"direction": "down"})
    >>> [double.code for double in find_double_definitions([("East", ours), ("West", theirs)])]
    ['direction_conflict']
    """
    first: dict[str, tuple[str, Metric]] = {}
    found: dict[tuple[str, str, str, str], DoubleDefinition] = {}
    for place, metric in declared:
        origin, known = first.setdefault(metric.metric_id, (place, metric))
        parts = tuple(name for name in _COUNTED if getattr(known, name) != getattr(metric, name))
        clashes: list[tuple[Code, tuple[str, ...]]] = []
        if parts:
            clashes.append(("duplicate_definition", parts))
        if known.direction != metric.direction:
            clashes.append(("direction_conflict", ("direction",)))
        for code, differs_in in clashes:
            double = DoubleDefinition(metric.metric_id, code, (origin, place), differs_in)
            found[metric.metric_id, code, origin, place] = double
    return tuple(found[key] for key in sorted(found))


def tabulate_doubles(doubles: Iterable[DoubleDefinition]) -> pd.DataFrame:
    """Return findings as a frame: ``metric_id, code, first, second, differs_in``."""
    columns = ["metric_id", "code", "first", "second", "differs_in"]
    rows = [(one.metric_id, one.code, *one.places, ", ".join(one.differs_in)) for one in doubles]
    return pd.DataFrame(rows, columns=columns)
