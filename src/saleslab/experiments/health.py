"""Can this experiment be believed? Asked before anybody looks at what came out.

Arms that are not of the size that was drawn, units or people in two arms, outcomes that are missing on one side: each
breaks the comparison in a way that no statistics of the outcome can mend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments.answers import Reason
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

ALPHA = 0.001
"""Chance of calling a sound split, or sound gaps, unsound: checked often, so it is small."""

FEW_CLUSTERS = 6
"""Clusters an arm below which their differences do not even out."""

TAIL_SHARE = 0.25
"""Share of an arm's money in one order from which on the order decides."""

_SHOWN = 20
FINDING_COLUMNS = ("reason", "arm", "n_rows", "ids")
"""Columns of `Health.findings`."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was found in the assignments of an experiment.

    Attributes
    ----------
    counts
        Units of each arm that was expected or seen.
    expected
        Planned share of each of them.
    mismatch_p
        Chance of a split at least as unlikely as this one, if the lot was sound; of clusters where these were drawn.
    mismatch_e
        Evidence against a sound split over all looks, which may be watched; None without looks.
    missing_p
        Chance of such a difference between the arms' missing outcomes, if they go missing alike; None without outcomes.
    reasons
        What must be kept in mind.
    findings
        ``reason, arm, n_rows, ids``: for each finding how many rows, and the ids of the first 20.
    """

    counts: tuple[tuple[str, int], ...]
    expected: tuple[tuple[str, float], ...]
    mismatch_p: float
    mismatch_e: float | None
    missing_p: float | None
    reasons: tuple[Reason, ...]
    findings: pd.DataFrame

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.reasons


def check_health(
    assignments: pd.DataFrame,
    *,
    arm: str = "arm",
    expected: Mapping[str, float] | None = None,
    unit: str | None = None,
    cluster: str | None = None,
    worked_by: str | None = None,
    outcome: str | None = None,
    amount: str | None = None,
    look: str | None = None,
    dated: Sequence[str] = (),
    period: tuple[date, date] | None = None,
) -> Health:
    """Return whether an experiment was carried out as it was planned.

    Parameters
    ----------
    assignments
        One row a unit, with its arm; the more of the other columns it has, the more is checked.
    arm
        Column of the arm.
    expected
        Planned share (or weight) of each arm; equal shares of the arms seen when None.
    unit
        Column of the unit's id; ``unit_id`` where there is one. A unit may stand on several rows of one arm and is then
        counted once.
    cluster
        Column of what was drawn as a whole: it must lie in one arm, and there must be enough of them.
    worked_by
        Column of the person who worked the unit, where units were drawn one by one: who works several arms may carry
        the new way into the old arm.
    outcome
        Column that is missing where the outcome is not known.
    amount
        Column of money: does one order decide?
    look
        Column that numbers the look (week) at which the unit came in.
    dated
        Columns of times that must lie within the test.
    period
        First and last day of the test, both included.

    Raises
    ------
    TableError
        When a column is missing, or rows have no arm.
    NotEnoughData
        When there is no row.
    BadArgument
        When expected shares are negative or all 0, or times are to be checked without a period.

    Examples
    --------
    >>> import pandas as pd
    >>> gates = pd.DataFrame({"arm": ["gate_30"] * 44_700 + ["gate_40"] * 45_489})
    >>> round(check_health(gates).mismatch_p, 6)
    0.008608
    """
    if unit is None and "unit_id" in assignments.columns:
        unit = "unit_id"
    needed = [name for name in (arm, unit, cluster, worked_by, outcome, amount, look, *dated) if name is not None]
    require_columns(assignments, *needed, of="assignments")
    _check_input(assignments, arm, dated, period)
    by_unit = assignments.drop_duplicates([unit, arm]) if unit else assignments
    drawn = assignments.drop_duplicates([cluster, arm]) if cluster else by_unit
    counts, n_drawn = ({str(name): int(n) for name, n in rows[arm].value_counts().items()} for rows in (by_unit, drawn))
    shares = _settle_shares(counts, expected)
    mismatch_p, mismatch_e = _weigh_split(drawn, arm, look, shares)
    missing_p = None if outcome is None else _weigh_missing(assignments, arm, outcome)
    found = [
        *_find_mismatch(n_drawn, shares, mismatch_p, mismatch_e),
        *_find_in_two_arms(assignments, arm, unit, Reason.UNIT_IN_TWO_ARMS),
        *_find_in_two_arms(assignments, arm, cluster, Reason.CLUSTER_IN_TWO_ARMS),
        *_find_in_two_arms(assignments, arm, worked_by if cluster is None else None, Reason.CONTAMINATED),
        *_find_missing(assignments, arm, unit, outcome, missing_p),
        *_find_few_clusters(assignments, arm, cluster),
        *_find_tails(assignments, arm, unit, amount),
        *_find_outside(assignments, arm, unit, dated, period),
    ]
    import pandas as pd

    seen = {reason for reason, *_ in found}
    return Health(
        tuple((name, counts.get(name, 0)) for name in shares),
        tuple(shares.items()),
        mismatch_p,
        mismatch_e,
        missing_p,
        tuple(reason for reason in Reason if reason in seen),
        pd.DataFrame(found, columns=list(FINDING_COLUMNS)),
    )


Finding = tuple[Reason, str, int, tuple[str, ...]]


def _check_input(rows: pd.DataFrame, arm: str, dated: Sequence[str], period: tuple[date, date] | None) -> None:
    if rows.empty:
        raise NotEnoughData("No unit was assigned.", "check the dates of the experiment, or assign units first.")
    n_missing = int(rows[arm].isna().sum())
    if n_missing:
        raise TableError(
            f"{n_missing} of {len(rows)} assignments have no '{arm}'.", "find out which arm they were in; do not guess."
        )
    if dated and period is None:
        raise BadArgument(f"{', '.join(dated)} cannot be checked without a period.", "give its first and last day.")


def _settle_shares(counts: Mapping[str, int], expected: Mapping[str, float] | None) -> dict[str, float]:
    """Return the planned share of every arm that was expected or seen; an arm that was not planned has 0."""
    if expected is None:
        return {name: 1 / len(counts) for name in sorted(counts)}
    total = float(sum(expected.values()))
    if any(not share >= 0 for share in expected.values()) or not total > 0:
        raise BadArgument(
            f"Expected shares of {', '.join(expected)} are negative or all 0.", "give the shares of the plan."
        )
    unplanned = sorted(set(counts) - set(expected))
    return {name: share / total for name, share in expected.items()} | dict.fromkeys(unplanned, 0.0)


def _weigh_split(
    rows: pd.DataFrame, arm: str, look: str | None, shares: Mapping[str, float]
) -> tuple[float, float | None]:
    from saleslab.stats.sample_ratios import measure_split_e, measure_split_p

    counts = rows[arm].value_counts()
    p = measure_split_p([int(counts.get(name, 0)) for name in shares], list(shares.values()))
    if look is None:
        return p, None
    looks = [seen[arm].value_counts() for _, seen in rows.groupby(look, sort=True)]
    by_look = [[int(seen.get(name, 0)) for name in shares] for seen in looks]
    path = measure_split_e(by_look, list(shares.values()))
    return p, float(path.max())


def _weigh_missing(rows: pd.DataFrame, arm: str, outcome: str) -> float:
    """Return how likely gaps as uneven as these are, if outcomes go missing alike in all arms."""
    from saleslab.stats.sample_ratios import measure_split_p

    missing = rows[outcome].isna()
    if not missing.any() or missing.all() or rows[arm].nunique() < 2:
        return 1.0
    table = rows.groupby(arm)[outcome].agg(n="size", known="count")
    n_missing = (table["n"] - table["known"]).astype(int)
    rarer = n_missing if n_missing.sum() <= table["known"].sum() else table["known"].astype(int)
    if len(table) == 2:
        return _fisher(n_missing.tolist(), table["known"].astype(int).tolist())
    return measure_split_p(rarer.tolist(), table["n"].tolist())


def _fisher(missing: list[int], known: list[int]) -> float:
    from scipy.stats import fisher_exact

    return float(fisher_exact([missing, known]).pvalue)


def _find_mismatch(counts: Mapping[str, int], shares: Mapping[str, float], p: float, e: float | None) -> list[Finding]:
    found: list[Finding] = [
        (Reason.EMPTY_ARM, name, 0, ()) for name, share in shares.items() if share > 0 and not counts.get(name)
    ]
    if p < ALPHA or (e is not None and e >= 1 / ALPHA):
        total = sum(counts.values())
        for name, share in shares.items():
            excess = counts.get(name, 0) - total * share
            found.append((Reason.SAMPLE_RATIO_MISMATCH, name, round(abs(excess)), ()))
    return found


def _find_in_two_arms(rows: pd.DataFrame, arm: str, key: str | None, reason: Reason) -> list[Finding]:
    if key is None:
        return []
    arms = rows.groupby(key)[arm].nunique()
    ids = arms.index[arms > 1]
    if not len(ids):
        return []
    touched = rows[rows[key].isin(ids)]
    return [
        (reason, str(name), len(inside), _first_ids(inside[key])) for name, inside in touched.groupby(arm, sort=True)
    ]


def _find_missing(
    rows: pd.DataFrame, arm: str, unit: str | None, outcome: str | None, p: float | None
) -> list[Finding]:
    if outcome is None or p is None or p >= ALPHA:
        return []
    gaps = rows[rows[outcome].isna()]
    return [
        (Reason.MISSING_OUTCOMES, str(name), len(inside), _first_ids(_ids_of(inside, unit)))
        for name, inside in gaps.groupby(arm, sort=True)
    ]


def _find_few_clusters(rows: pd.DataFrame, arm: str, cluster: str | None) -> list[Finding]:
    if cluster is None:
        return []
    n = rows.groupby(arm)[cluster].nunique()
    return [
        (Reason.FEW_CLUSTERS, str(name), int(count), _first_ids(rows.loc[rows[arm] == name, cluster]))
        for name, count in n.items()
        if count < FEW_CLUSTERS
    ]


def _find_tails(rows: pd.DataFrame, arm: str, unit: str | None, amount: str | None) -> list[Finding]:
    if amount is None:
        return []
    found: list[Finding] = []
    for name, inside in rows.groupby(arm, sort=True):
        money = inside[amount].astype(float)
        paid = money[money > 0]
        if len(paid) >= 5 and paid.max() > TAIL_SHARE * paid.sum():
            largest = inside.loc[[paid.idxmax()]]
            found.append((Reason.HEAVY_TAIL, str(name), 1, _first_ids(_ids_of(largest, unit))))
    return found


def _find_outside(
    rows: pd.DataFrame, arm: str, unit: str | None, dated: Sequence[str], period: tuple[date, date] | None
) -> list[Finding]:
    import pandas as pd

    if period is None or not dated:
        return []
    first, over = pd.Timestamp(period[0]), pd.Timestamp(period[1]) + pd.Timedelta(days=1)
    times = rows[list(dated)].apply(pd.to_datetime)
    outside = rows[((times < first) | (times >= over)).any(axis=1)]
    return [
        (Reason.OUTSIDE_TEST, str(name), len(inside), _first_ids(_ids_of(inside, unit)))
        for name, inside in outside.groupby(arm, sort=True)
    ]


def _ids_of(rows: pd.DataFrame, unit: str | None) -> Any:
    """Return the units' ids, or the positions of their rows where they have none."""
    return rows[unit] if unit else rows.index.to_series()


def _first_ids(ids: Any) -> tuple[str, ...]:
    return tuple(map(str, ids.drop_duplicates().iloc[:_SHOWN]))
