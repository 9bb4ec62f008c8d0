"""Do customers come back, by when they bought first?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.periods import FiscalCalendar, Grain, Period
from saleslab.stats import Interval, estimate_rate, follow_endings
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class CohortCell:
    """Share of a cohort that has bought again until the end of one period.

    ``age`` counts periods since the cohort's own (0). ``share`` is None while that period is not over: not known yet is
    not zero.
    """

    age: int
    n_returned: int | None
    share: Interval | None


@dataclass(frozen=True, slots=True)
class BuyerCohort:
    """Customers who bought first in one period, and how many of them came back by when."""

    period: Period
    n_customers: int
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True, slots=True)
class RepeatPurchase:
    """Repeat purchase by cohort of first purchase.

    Attributes
    ----------
    cohorts
        Oldest first. The oldest may hold customers who bought before the data begin.
    ages, returned
        Share of all customers that has bought again within so many periods, cohorts followed as long as they could be
        (Kaplan-Meier); rising.
    n_customers
        All customers.
    """

    cohorts: tuple[BuyerCohort, ...]
    ages: tuple[int, ...]
    returned: tuple[float, ...]
    n_customers: int

    def returned_within(self, periods: int) -> float | None:
        """Return the share that has bought again within so many periods; None where nobody was followed so long."""
        longest = max((cell.age for cohort in self.cohorts for cell in cohort.cells if cell.share), default=-1)
        if periods > longest:
            return None
        reached = [share for age, share in zip(self.ages, self.returned, strict=True) if age <= periods]
        return reached[-1] if reached else 0.0


def measure_cohorts(
    returns: pd.DataFrame, *, as_of: date, calendar: FiscalCalendar, grain: Grain = "quarter", mass: float = 0.9
) -> RepeatPurchase:
    """Return which share of each cohort came back by when.

    Use it for whether newer customers come back as older ones did. For what a customer will be worth use the value
    models of this room.

    Parameters
    ----------
    returns
        From `read_returns`: ``first_month, second_month, n_customers``.
    as_of
        A period that is not over by this day is left open, in every cohort.
    grain
        ``month``, ``quarter`` or ``year``.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When nobody bought, or no period is over yet.

    Examples
    --------
    >>> returns = pd.DataFrame({"first_month": pd.to_datetime(["2026-04-01", "2026-04-01", "2026-08-01"]),
    ...     "second_month": pd.to_datetime(["2026-07-01", None, None]), "n_customers": [3, 7, 5]})
    >>> answer = measure_cohorts(returns, as_of=date(2026, 11, 24), calendar=FiscalCalendar())
    >>> [(cell.age, cell.n_returned) for cell in answer.cohorts[0].cells], answer.cohorts[1].cells[1].share
    ([(0, 0), (1, 3), (2, None)], None)
    """
    require_columns(returns, "first_month", "second_month", "n_customers", of="returns")
    rows = [
        (calendar.period_of(row["first_month"].date(), grain), row["second_month"], int(row["n_customers"]))
        for row in returns.to_dict("records")
        if row["first_month"].date() <= as_of
    ]
    if not rows:
        raise NotEnoughData(f"Nobody bought until {as_of}.", "import orders or won deals, or choose a later day.")
    ages = _count_ages(rows, as_of, calendar, grain)
    cohorts = tuple(_cohort(period, of_period, as_of, calendar, mass) for period, of_period in ages.items())
    steps, returned = _pool(cohorts)
    return RepeatPurchase(cohorts, steps, returned, sum(cohort.n_customers for cohort in cohorts))


def _count_ages(
    rows: list[tuple[Period, pd.Timestamp, int]], as_of: date, calendar: FiscalCalendar, grain: Grain
) -> dict[Period, dict[int | None, int]]:
    """Return, for each cohort, how many customers came back at which age (None: not yet)."""
    counted: dict[Period, dict[int | None, int]] = {}
    for period, second, n in sorted(rows, key=lambda row: row[0]):
        age = None
        if pd.notna(second) and second.date() <= as_of:
            age = _steps(period, calendar.period_of(second.date(), grain))
        ages = counted.setdefault(period, {})
        ages[age] = ages.get(age, 0) + n
    return counted


def _steps(first: Period, later: Period) -> int:
    """Return how many periods of the same grain lie between two."""
    a_year = {"month": 12, "quarter": 4, "half": 2, "year": 1}[first.grain]
    return (later.fiscal_year - first.fiscal_year) * a_year + later.number - first.number


def _cohort(
    period: Period, ages: dict[int | None, int], as_of: date, calendar: FiscalCalendar, mass: float
) -> BuyerCohort:
    n_customers, returned, cells = sum(ages.values()), 0, []
    step, age = period, 0
    while step.start <= as_of:
        returned += ages.get(age, 0)
        over = step.end <= as_of
        share = estimate_rate(returned, n_customers, mass=mass) if over else None
        cells.append(CohortCell(age, returned if over else None, share))
        step, age = calendar.period_of(_day_after(step), period.grain), age + 1
    return BuyerCohort(period, n_customers, tuple(cells))


def _day_after(period: Period) -> date:
    return date.fromordinal(period.end.toordinal() + 1)


def _pool(cohorts: tuple[BuyerCohort, ...]) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Join the cohorts into one curve; a cohort counts for as long as its cells are known."""
    longest = max((len(cohort.cells) for cohort in cohorts), default=0)
    ended, running = [0] * longest, [0] * longest
    for cohort in cohorts:
        known = [cell.n_returned for cell in cohort.cells if cell.n_returned is not None]
        if not known:
            continue
        for age, n_returned in enumerate(known):
            ended[age] += n_returned - (known[age - 1] if age else 0)
        running[len(known) - 1] += cohort.n_customers - known[-1]
    if not any(ended):
        return (), ()
    seen = follow_endings(list(range(longest)), n_ended=[ended], n_running=running)
    return tuple(int(day) for day in seen.days), tuple(float(share) for share in seen.incidence[0])
