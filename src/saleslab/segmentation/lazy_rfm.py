"""Scores of recency, frequency and spend where the customers are: those of `score_rfm`, as an Ibis expression.

Ranks stay whole numbers until they are cut, as in pandas, so that no engine rounds two equal customers apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from saleslab.errors import BadArgument
from saleslab.segmentation.rfm import DIRECT, MEASURES, SCORES, check_cuts
from saleslab.tables.presence import require_columns


def score_rfm_lazily(table: Any, *, n_scores: int = 5, cuts: Mapping[str, Sequence[float]] | None = None) -> Any:
    """Return an Ibis table with `score_rfm`'s four columns beside its own, computed where the rows are.

    A score is missing where its measure is missing or infinite.

    Parameters
    ----------
    table
        One row a customer: ``days_since``, ``n_orders`` and ``spend``, or the columns of `count_purchases`.
    n_scores, cuts
        As in `score_rfm`.

    Raises
    ------
    BadArgument
        When a column of the table has the name of a score, or cut points do not rise or name no measure.
    """
    cuts = dict(cuts or {})
    check_cuts(cuts, n_scores)
    taken = [name for name in SCORES if name in table.columns]
    if taken:
        raise BadArgument(
            f"The customers already have columns called {', '.join(taken)}.",
            "rename them, or drop them if they are scores of another day.",
        )
    measured = table.mutate(**{f"measure_of_{name}": value for name, value in _measure(table).items()})
    scores = {}
    for name in MEASURES:
        value, bounds = measured[f"measure_of_{name}"], cuts.get(name)
        is_known = value.notnull() & ~value.isnan() & ~value.isinf()
        known = is_known.ifelse(value, value.nullif(value))
        score = _rank(name, known, n_scores) if bounds is None else _cut(name, known, bounds)
        scores[f"{name}_score"] = is_known.ifelse(score, score.nullif(score)).cast("int64")
    scored = measured.mutate(**scores).drop(*[f"measure_of_{name}" for name in MEASURES])
    recency, frequency, spend = (scored[f"{name}_score"].cast("string") for name in MEASURES)
    return scored.mutate(rfm=recency + "-" + frequency + "-" + spend)


def _measure(table: Any) -> dict[str, Any]:
    if set(DIRECT.values()) <= set(table.columns):
        return {name: table[column].cast("float64") for name, column in DIRECT.items()}
    require_columns(table, "n_repeats", "recency", "age", "spend_mean", of="summary (customers.count_purchases)")
    n_repeats = table["n_repeats"].cast("float64")
    again = table["spend_mean"].cast("float64") * n_repeats
    spend = table["spend_first"].cast("float64") + again if "spend_first" in table.columns else again
    since = table["age"].cast("float64") - table["recency"].cast("float64")
    return {"recency": since, "frequency": n_repeats, "spend": spend}


def _rank(measure: str, value: Any, n_scores: int) -> Any:
    """Return the score by mid-rank: twice the first rank plus how many are equal is twice the mid-rank."""
    ordered = -value if measure == "recency" else value
    first, equal, n = ordered.rank(), value.count().over(group_by=ordered), value.count().over()
    return ((2 * first + equal) * n_scores // (2 * n)).clip(upper=n_scores - 1) + 1


def _cut(measure: str, value: Any, cuts: Sequence[float]) -> Any:
    beyond = value.count() * 0 if not len(cuts) else sum((value >= float(cut)).ifelse(1, 0) for cut in cuts)
    return len(cuts) + 1 - beyond if measure == "recency" else beyond + 1
