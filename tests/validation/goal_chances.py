"""Which comes nearer to a quarter that is about to begin: the study of its measures, or the forecast of its deals?

``python tests/validation/goal_chances.py [N]``: N invented companies (12) of seeds 0 to N - 1, two quarters of each.
"""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta

import numpy as np

from saleslab import forecasting, kpi
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import Warehouse, connect

EVES = (date(2026, 3, 31), date(2026, 6, 30))
KNOWN = date(2026, 9, 30)


def compare(lab: Warehouse, eve: date) -> tuple[list[float], list[float], float]:
    """Return the 10, 50 and 90 % ends by the study and by the forecast on the eve of a quarter, and what it brought."""
    quarter = lab.settings.fiscal_calendar.quarter_of(eve + timedelta(days=1))
    won = kpi.measure(lab, kpi.library()["won_amount"], as_of=KNOWN, periods=[quarter])
    review, _ = kpi.try_target(lab, as_of=eve, tree=None, target=None, n_past=0, seed=1)
    landing = forecasting.review_outlook(lab, as_of=eve, n_past=0, seed=1).landing
    ends = np.quantile(review.study.draw_goal({}), [0.1, 0.5, 0.9]).tolist()
    return ends, [landing.p10, landing.p50, landing.p90], float(won["value"].iloc[0])


def main() -> None:
    """Print how far off the middles are, and how often the 80 % ranges hold."""
    told = []
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 12):
        with connect("duckdb://") as lab:
            load_company(simulate(Scenario(seed=seed)), lab, loaded_at=datetime(2026, 11, 24))
            told += [compare(lab, eve) for eve in EVES]
    came = np.array([one[2] for one in told])
    for name, place in (("study", 0), ("forecast", 1)):
        low, middle, high = np.array([one[place] for one in told]).T
        held, off = np.mean((low <= came) & (came <= high)), (middle - came) / came
        words = f"{name}: off by {np.mean(np.abs(off)):.1%} (bias {np.mean(off):+.1%}), 80 % range holds {held:.0%}"
        sys.stdout.write(f"{words} of {len(came)} quarters\n")


if __name__ == "__main__":
    main()
