"""How often does the range of the course hold the quarter? Orders of invented companies, 80 % promised.

python tests/validation/forecasting_course.py [COMPANIES]    prints a table
"""

import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd

from saleslab.forecasting import foresee_course
from saleslab.periods import FiscalCalendar
from saleslab.simulation import Scenario, simulate

LEFT = (92, 60, 41, 20)
"""Days before the end of a quarter."""


def try_company(seed):
    """Give a row a quarter and distance: whether its range held what came, and how far off the middle was."""
    orders = simulate(Scenario(seed=seed, n_deals=900)).tables["orders"].to_pandas()
    day = (orders["ordered_at"] + pd.Timedelta(hours=9)).dt.normalize()
    days = orders.assign(day=day, amount=orders["total"].astype(float)).groupby("day", as_index=False)["amount"].sum()
    calendar = FiscalCalendar()
    for start in (date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1)):
        quarter = calendar.quarter_of(start)
        came = days.loc[days["day"].between(pd.Timestamp(quarter.start), pd.Timestamp(quarter.end)), "amount"].sum()
        before = calendar.previous(quarter)
        last = days.loc[days["day"].between(pd.Timestamp(before.start), pd.Timestamp(before.end)), "amount"].sum()
        for left in LEFT:
            as_of = max(quarter.end - timedelta(days=left), quarter.start - timedelta(days=1))
            course = foresee_course(days, period=quarter, as_of=as_of, n_draws=500, seed=seed)
            low, middle, high = np.quantile(course.draws, [0.1, 0.5, 0.9])
            yield left, low <= came <= high, abs(middle / came - 1), abs(last / came - 1)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rows = [row for seed in range(201, 201 + n) for row in try_company(seed)]
    table = pd.DataFrame(rows, columns=["days_left", "held", "error", "error_of_last_quarter"])
    told = table.groupby("days_left").agg(
        n=("held", "size"), coverage=("held", "mean"), error=("error", "mean"), last=("error_of_last_quarter", "mean")
    )
    sys.stdout.write(f"{told.round(3).to_string()}\nall: {len(table)} landings, coverage {table['held'].mean():.3f}\n")


if __name__ == "__main__":
    main()
