"""How far is a success factor that nobody can count? People rate it on its written steps, from 0 to 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from saleslab.errors import FileProblem, TableError
from saleslab.kpi.metrics.intervals import MASS, bound_means
from saleslab.kpi.metrics.knowing import find_days
from saleslab.kpi.reviews.pseudonyms import is_pseudonym
from saleslab.kpi.trees.nodes import RATINGS, KpiTree
from saleslab.stats.intervals import Interval
from saleslab.tables.presence import require_columns

COLUMNS = ("node", "rated_at", "rater_id", "rating")
"""Of a table of ratings: the factor, when (UTC), who under a pseudonym, and the step."""

FEWEST_SHOWN = 3
"""Raters below which a page tells only how many there are: of two, each could work out what the other said."""

_TOP = RATINGS[-1]


@dataclass(frozen=True, slots=True)
class FactorRating:
    """What people think of one success factor.

    Attributes
    ----------
    node
        The factor.
    mean
        Of the ratings, 0 to 4, with the range that holds, with a chance of 90 %, what ever more raters like these
        would come to.
    lowest, highest
        Ratings that were given.
    step
        The step that the middle rater chose, the lower one of two.
    n
        Raters, each counted once, with the latest rating.
    rated_on
        Day of the latest rating.
    """

    node: str
    mean: Interval
    lowest: int
    highest: int
    step: int
    n: int
    rated_on: date

    @property
    def is_shown(self) -> bool:
        """Whether there are raters enough that nobody can be found out."""
        return self.n >= FEWEST_SHOWN


def read_ratings(path: Path | str) -> pd.DataFrame:
    """Return the ratings of a CSV file, such as ``ours.ratings.csv`` beside the tree ``ours.yaml``.

    Parameters
    ----------
    path
        UTF-8, with the columns ``node, rated_at, rater_id, rating``.

    Raises
    ------
    FileProblem
        If it cannot be read, lacks a column, or names raters otherwise than by `Pseudonyms`.
    """
    file = Path(path)
    try:
        rows = pd.read_csv(file, encoding="utf-8-sig", dtype={"node": str, "rater_id": str})
    except (OSError, UnicodeDecodeError, ValueError) as error:  # pandas: parser errors are ValueErrors
        raise FileProblem(f"{file.name} is no CSV file of ratings.", "check the path, and save it as UTF-8.") from error
    if missing := [name for name in COLUMNS if name not in rows]:
        raise FileProblem(f"{file.name} has no column {', '.join(missing)}.", f"give the columns {', '.join(COLUMNS)}.")
    n_open = int((~rows["rater_id"].fillna("").map(is_pseudonym)).sum())
    if n_open:
        raise FileProblem(
            f"{file.name}: in {n_open} of {len(rows)} rows 'rater_id' is no pseudonym.",
            "write `kpi.Pseudonyms(key).name_author(user_id, about=node)` there, and keep the key elsewhere.",
        )
    return rows[list(COLUMNS)].assign(rated_at=pd.to_datetime(rows["rated_at"], errors="coerce", utc=True))


def summarise_ratings(
    ratings: pd.DataFrame, tree: KpiTree, *, as_of: date, timezone: str = "UTC"
) -> tuple[FactorRating, ...]:
    """Return what people think of each success factor that they rated, in the order of the tree.

    Parameters
    ----------
    ratings
        One row a rating: ``node, rated_at`` (UTC), ``rater_id, rating`` (0 to 4). Of each rater the latest counts.
    tree
        Whose factors were rated, each with all five steps written.
    as_of
        The last day that is known; what was rated later is not seen.
    timezone
        Where the company is, whose day ``as_of`` is.

    Raises
    ------
    TableError
        Naming everything that is wrong: ratings that are no whole number from 0 to 4, times or raters that are missing,
        nodes that are no factor of the tree, or factors whose steps are not written.

    Notes
    -----
    The interval reads a mean of ratings as `measure` does: like a share of the scale, half a rating added at each end,
    so that few raters who agree are not taken for certainty (`tests/kpi/test_ratings.py` measures how often it holds).

    Examples
    --------
    >>> from saleslab.kpi import read_template
    >>> told = pd.DataFrame({"node": "able_people", "rater_id": ["a", "b", "c"], "rating": [2, 3, 4]})
    >>> told = told.assign(rated_at=pd.Timestamp("2026-09-30"))
    >>> found = summarise_ratings(told, read_template("inside_sales"), as_of=date(2026, 9, 30))[0]
    >>> found.mean.estimate, found.lowest, found.highest, found.n
    (3.0, 2, 4, 3)
    """
    require_columns(ratings, *COLUMNS, of="ratings")
    if wrong := list(_find_wrong(ratings, tree)):
        raise TableError(f"The ratings cannot be summarised: {'; '.join(wrong)}.", "correct the rows, or the tree.")
    days = find_days(ratings["rated_at"], timezone)
    known = ratings.assign(day=days).loc[days <= pd.Timestamp(as_of)].sort_values("rated_at", kind="stable")
    latest = known.drop_duplicates(["node", "rater_id"], keep="last")
    return tuple(_summarise(name, rows) for name in tree.nodes if len(rows := latest.loc[latest["node"] == name]))


def _summarise(name: str, rows: pd.DataFrame) -> FactorRating:
    steps = np.sort(rows["rating"].to_numpy(dtype=np.int64))
    shares = steps / _TOP
    low, high = bound_means(np.array([shares.sum()]), np.array([(shares**2).sum()]), np.array([float(len(steps))]))
    return FactorRating(
        node=name,
        mean=Interval(float(steps.mean()), _TOP * float(low[0]), _TOP * float(high[0]), MASS),
        lowest=int(steps[0]),
        highest=int(steps[-1]),
        step=int(steps[(len(steps) - 1) // 2]),
        n=len(steps),
        rated_on=rows["day"].max().date(),
    )


def _find_wrong(ratings: pd.DataFrame, tree: KpiTree) -> Iterator[str]:
    steps = pd.to_numeric(ratings["rating"], errors="coerce")
    if n := int((~steps.isin(RATINGS)).sum()):
        yield f"{n} of {len(ratings)} ratings are no whole number from 0 to {_TOP} (ratings.rating)"
    for name in ("rated_at", "rater_id"):
        if n := int(ratings[name].isna().sum()):
            yield f"{n} of {len(ratings)} rows have no ratings.{name}"
    for name in sorted(set(ratings["node"].astype(str))):
        node = tree.nodes.get(name)
        if node is None or node.kind != "csf":
            yield f"'{name}' is no success factor of the tree {tree.tree}"
        elif len(node.rubric) < len(RATINGS):
            yield f"the rubric of '{name}' has words for {len(node.rubric)} of {len(RATINGS)} steps"
