"""Import a CSV of one million activities into DuckDB, every value checked: CPU and wall seconds, peak memory.

Run it alone: ``.venv/bin/python tests/bench/bench_import.py [ROWS]``. The file is the same on every run.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from saleslab.intake import import_export
from saleslab.warehouse import connect


def make_activities(path: Path, n_rows: int) -> None:
    """Write finished tasks as Salesforce exports them: ids, times, texts, two columns of the company's own."""
    rng = np.random.default_rng(7)
    numbers = np.arange(n_rows)

    def ids(prefix: str, values: np.ndarray) -> pa.Array:
        return pc.binary_join_element_wise(prefix, pc.utf8_lpad(pa.array(values).cast(pa.string()), 15, "0"), "")

    seconds = np.datetime64("2024-01-01") + rng.integers(0, 2 * 365 * 86_400, n_rows).astype("timedelta64[s]")
    times = pc.binary_join_element_wise(pa.array(np.datetime_as_string(seconds, unit="s")), ".000+0000", "")
    kinds = pa.array(["Call", "Email", "Task", "ListEmail"])
    owners = rng.integers(0, 200, n_rows)
    table = pa.table(
        {
            "Id": ids("00T", numbers),
            "OwnerId": ids("005", owners),
            "WhatId": ids("006", rng.integers(0, 60_000, n_rows)),
            "WhoId": ids("003", rng.integers(0, 90_000, n_rows)),
            "Subject": pc.binary_join_element_wise("Follow-up ", pa.array(numbers % 5_000).cast(pa.string()), ""),
            "TaskSubtype": kinds.take(pa.array(rng.integers(0, 4, n_rows))),
            "Status": pa.array(["Completed"]).take(pa.array(np.zeros(n_rows, dtype=np.int64))),
            "IsClosed": pa.array(["true"]).take(pa.array(np.zeros(n_rows, dtype=np.int64))),
            "CompletedDateTime": times,
            "CallDurationInSeconds": pa.array(rng.integers(5, 1_800, n_rows)),
            "Region__c": pa.array(["East", "West", "東日本", "西日本"]).take(pa.array(owners % 4)),
            "Effort__c": pa.array(rng.integers(1, 6, n_rows)),
        }
    )
    pyarrow.csv.write_csv(table, path)


def main(n_rows: int) -> None:
    """Make the file in a folder of its own, import it once into a new database, print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "task.csv")
        make = multiprocessing.get_context("spawn").Process(target=make_activities, args=(path, n_rows))
        make.start()  # in a process of its own, whose memory is not counted
        make.join()
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        wall, cpu = time.perf_counter(), time.process_time()
        with connect(f"duckdb:///{folder}/lab.duckdb") as lab:
            done = import_export(path, lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 24))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        written = {one.table: one.n_added for one in done.written}
        size_mb = path.stat().st_size / 1e6
    print(f"import {n_rows:,} activities ({size_mb:.0f} MB of CSV): {wall:.1f} s wall, {cpu:.1f} s CPU; wanted: 15 s")
    print(f"peak memory {peak_mb:.0f} MB ({before_mb:.0f} MB before the import); wanted: 1,500 MB at most")
    print(f"written {written}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
