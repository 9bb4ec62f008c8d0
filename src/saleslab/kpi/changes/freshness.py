"""How old are the data? A page says so when they are older than a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from saleslab.errors import BadArgument

STALE_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old one table is.

    Attributes
    ----------
    table
        Its name.
    last_at
        When rows came in last, naive UTC; None where there are none.
    age
        How long ago that is; None where there are none.
    is_stale
        Whether that is too long ago, or nothing ever came in.
    """

    table: str
    last_at: datetime | None
    age: timedelta | None
    is_stale: bool


def check_freshness(
    last_loads: Mapping[str, datetime | None], *, as_of: datetime, after: timedelta = STALE_AFTER
) -> tuple[Freshness, ...]:
    """Return how old each table is, the oldest first.

    Parameters
    ----------
    last_loads
        From ``read_last_loads``.
    as_of
        Now, naive UTC: when the page is made.
    after
        Age beyond which a table is stale.

    Raises
    ------
    BadArgument
        When a time carries a zone.

    Examples
    --------
    >>> now = datetime(2026, 11, 29, 9)
    >>> [(one.table, one.is_stale) for one in check_freshness(
    ...     {"leads": now - timedelta(hours=23), "orders": now - timedelta(hours=25)}, as_of=now)]
    [('orders', True), ('leads', False)]
    """
    zoned = [name for name, last in {**last_loads, "as_of": as_of}.items() if last is not None and last.tzinfo]
    if zoned:
        raise BadArgument(f"Times of {', '.join(zoned)} carry a zone.", "give naive UTC times.")
    found = []
    for name, last in last_loads.items():
        age = None if last is None else max(as_of - last, timedelta(0))
        found.append(Freshness(name, last, age, age is None or age > after))
    ages = {one.table: timedelta.max if one.age is None else one.age for one in found}
    return tuple(sorted(found, key=lambda one: (-ages[one.table].total_seconds(), one.table)))
