"""Time of the 360 of one account in a company with a million activities.

Run it alone: ``.venv/bin/python tests/bench/bench_account.py``. Bar (H03): below one second for any account, asked of a
database in a file, the first look-up included. It is judged by the wall, as whoever asks is; a busy machine misses it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from saleslab.customers import view_account
from saleslab.simulation import Scenario, load_company, simulate
from saleslab.warehouse import connect

N_DEALS = 11_500
"""About 1,060,000 activities."""


def main() -> None:
    """Print the number of rows and the seconds of single look-ups."""
    company = simulate(Scenario(seed=7, n_deals=N_DEALS))
    deals = company.tables["opportunities"].to_pandas()["account_id"]
    asked = [str(deals.value_counts().index[0]), *map(str, deals.dropna().unique()[::160])]
    with tempfile.TemporaryDirectory() as folder:
        address = f"duckdb:///{Path(folder) / 'lab.duckdb'}"
        with connect(address) as lab:
            load_company(company, lab, loaded_at=datetime(2026, 10, 1))
        with connect(address, read_only=True) as lab:
            walls, cpus, entries = [], [], []
            for account_id in asked:
                wall, cpu = time.perf_counter(), time.process_time()
                view = view_account(lab, account_id, as_of=date(2026, 9, 30))
                walls.append(time.perf_counter() - wall)
                cpus.append(time.process_time() - cpu)
                entries.append(view.counts["timeline"])
    print(f"activities {company.tables['activities'].num_rows:,}, accounts {company.tables['accounts'].num_rows:,}")
    print(f"first look-up {walls[0]:.2f} s wall, {cpus[0]:.2f} s CPU ({entries[0]} entries on the timeline)")
    print(f"median of {len(asked)}: {statistics.median(walls):.2f} s wall, {statistics.median(cpus):.2f} s CPU")
    verdict = "met" if max(walls) < 1 else "MISSED"
    print(f"slowest {max(walls):.2f} s wall, {max(cpus):.2f} s CPU; bar 1.00 s wall: {verdict}")


if __name__ == "__main__":
    main()
