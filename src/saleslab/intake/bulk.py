"""Did many records get the same moment because a machine wrote them, and not because they happened then?

An import or a mass edit stamps many records in one second. How many are too many follows from how busy the records are:
the smallest number that would be reached by chance in less than one company in a thousand.
"""

from __future__ import annotations

from math import lgamma, log
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_FEWEST = 5
_CHANCE = 0.001
_WORKING_SECONDS = 8 * 3600
_MOSTLY = 0.5


def bulk_size(n: int, n_moments: float) -> int:
    """Return how many of n records must share one moment to be no coincidence; at least 5.

    The expected number of groups of k among ``n`` records spread over ``n_moments`` is at most
    ``C(n, k) / n_moments ** (k - 1)``; the answer is the first k for which that is below 0.001.

    Examples
    --------
    >>> bulk_size(3_000, 700 * 8 * 3600), bulk_size(200_000, 700 * 8 * 60)
    (5, 10)
    """
    for k in range(_FEWEST, n + 1):
        log_expected = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - (k - 1) * log(max(n_moments, 1.0))
        if log_expected < log(_CHANCE):
            return k
    return max(n + 1, _FEWEST)


def created_in_bulk(lab: Warehouse, deals: Any) -> Any | None:
    """Return the deals that were created in one moment with many others; None where moments are not recorded."""
    return _share_moment(lab, deals, "created_at", "created_on", "opportunity_id", by=())


def moved_in_bulk(lab: Warehouse, moves: Any) -> Any | None:
    """Return the moves by which one person moved many deals in one moment; None where moments are not recorded."""
    return _share_moment(lab, moves, "at", "moved_on", "object_id", by=("by_user_id",))


def _share_moment(lab: Warehouse, rows: Any, moment: str, day: str, counted: str, *, by: tuple[str, ...]) -> Any | None:
    """Return the rows whose moment is shared by too many; ``by`` whom, where a person is meant."""
    at = rows[moment]
    known = rows.filter(at.notnull()) if not by else rows.filter(at.notnull() & rows[by[0]].notnull())
    facts = lab.read(
        known.aggregate(
            n=known.count(),
            n_days=known[day].nunique(),
            n_on_minute=(known[moment].second() == 0).sum(),
            n_on_day=((known[moment].second() == 0) & (known[moment].minute() == 0)).sum(),
        )
    ).iloc[0]
    n = int(facts["n"])
    if n < _FEWEST or int(facts["n_on_day"]) > _MOSTLY * n:
        return None
    resolution = 60 if int(facts["n_on_minute"]) > _MOSTLY * n else 1
    busiest = n
    if by:
        per_person = known.group_by(*by).aggregate(n=known.count())
        busiest = int(lab.read(per_person.aggregate(n=per_person.n.max()))["n"].iloc[0])
    size = bulk_size(busiest, int(facts["n_days"]) * _WORKING_SECONDS / resolution)
    groups = known.group_by(*by, moment).aggregate(n_together=known[counted].nunique())
    return known.semi_join(groups.filter(groups.n_together >= size), [*by, moment])
