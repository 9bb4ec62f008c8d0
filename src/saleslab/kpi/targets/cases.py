"""All that a target study knows before it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from saleslab.kpi.metrics.declaring import Direction
from saleslab.kpi.targets.building import Beliefs
from saleslab.kpi.targets.spans import Span
from saleslab.kpi.trees.nodes import KpiTree
from saleslab.kpi.trees.resolving import NodeFacts
from saleslab.periods import FiscalCalendar


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A tree, the past of its measures, and the period that is asked about.

    Attributes
    ----------
    tree, goal
        The tree, and the id of its goal.
    facts
        Of every node.
    history
        What was known on the day.
    beliefs
        Of the measures.
    span
        The period of the goal's target.
    as_of, n_draws, seed
        The day, and how it is drawn.
    """

    tree: KpiTree
    goal: str
    facts: Mapping[str, NodeFacts]
    history: pd.DataFrame
    beliefs: Beliefs
    span: Span
    as_of: date
    n_draws: int
    seed: int

    @property
    def calendar(self) -> FiscalCalendar:
        """The company's year."""
        return FiscalCalendar(start_month=self.tree.fiscal.year_start_month)

    def direction_of(self, name: str) -> Direction:
        """Return whether more or less of a node is better; more, where nobody says."""
        return self.facts[name].direction or "up"
