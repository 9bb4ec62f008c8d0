"""Do customers who speak of a theme leave more often, or buy more often, than those who speak of others?

Differences of many themes are looked at together and shrunk: the largest of ten is too large on average. They tell what
goes together, before the outcome was known; not that the theme made customers leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.intake.disclosure import FLOOR
from saleslab.stats.group_effects import pool_group_effects
from saleslab.stats.intervals import Interval
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class ThemeLink:
    """One theme and an outcome.

    Attributes
    ----------
    theme
        Its key.
    n_with, n_without
        Customers who spoke of it, and who spoke of other things.
    rate_with, rate_without
        Share of each with the outcome, as counted.
    difference
        Of the two, shrunk towards the other themes.
    chance_higher
        That customers who speak of it have the outcome more often.
    """

    theme: str
    n_with: int
    n_without: int
    rate_with: float
    rate_without: float
    difference: Interval
    chance_higher: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return 0 not in self.difference


@dataclass(frozen=True, slots=True)
class ThemeLinks:
    """All themes and one outcome: by the size of the difference, the largest first; small groups are left out."""

    outcome: str
    links: tuple[ThemeLink, ...]
    n_small: int


def link_themes(counts: pd.DataFrame, *, outcome: str, floor: int = FLOOR, mass: float = 0.9) -> ThemeLinks:
    """Return by how much an outcome differs between customers who speak of a theme and those who do not.

    Parameters
    ----------
    counts
        One row a theme: ``theme, n_with, k_with, n_without, k_without``: customers, and those with the outcome.
    outcome
        What it is, such as ``churn`` or ``win``.
    floor
        Themes with fewer customers on either side are left out.

    Raises
    ------
    NotEnoughData
        When fewer than two themes are large enough.

    Examples
    --------
    >>> counts = pd.DataFrame({"theme": ["price", "ease", "people"], "n_with": [100, 90, 80], "k_with": [40, 18, 17],
    ...     "n_without": [400, 410, 420], "k_without": [80, 82, 84]})
    >>> found = link_themes(counts, outcome="churn")
    >>> found.links[0].theme, found.links[0].is_clear, 0.1 < found.links[0].difference.estimate < 0.2
    ('price', True, True)
    """
    require_columns(counts, "theme", "n_with", "k_with", "n_without", "k_without", of="counts")
    large = counts[(counts["n_with"] >= floor) & (counts["n_without"] >= floor)].sort_values("theme")
    if len(large) < 2:
        raise NotEnoughData(
            f"{len(large)} of {len(counts)} themes have {floor} customers on either side.",
            "wait for more comments, or join themes in the dictionary.",
        )
    columns = {name: large[name].to_numpy() for name in ("n_with", "k_with", "n_without", "k_without")}
    pooled = pool_group_effects(
        (columns["k_without"], columns["n_without"]), (columns["k_with"], columns["n_with"]), mass=mass
    )
    links = [
        ThemeLink(theme, int(n), int(m), float(k / n), float(x / m), difference, chance)
        for theme, n, k, m, x, difference, chance in zip(
            large["theme"], *columns.values(), pooled.differences, pooled.chances, strict=True
        )
    ]
    links.sort(key=lambda link: (-abs(link.difference.estimate), link.theme))
    return ThemeLinks(outcome, tuple(links), len(counts) - len(large))
