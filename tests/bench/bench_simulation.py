"""How long it takes to invent a company: ``python tests/bench/bench_simulation.py [activities]``."""

from __future__ import annotations

import resource
import sys
import time

from saleslab.simulation import Scenario, simulate

DEALS_PER_ACTIVITY = 3_200 / 294_000


def main(n_activities: int = 1_000_000) -> None:
    """Simulate about so many activities with all that goes with them and print CPU seconds, rows and memory."""
    began = time.process_time()
    company = simulate(Scenario(seed=7, n_deals=round(n_activities * DEALS_PER_ACTIVITY)))
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = company.tables["activities"].num_rows
    sys.stdout.write(
        f"simulate: {rows:,} activities, {company.n_rows:,} rows of {len(company.tables)} tables "
        f"in {seconds:.1f} CPU s; wanted: 20 at most; peak memory {peak:,.0f} MB\n"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
