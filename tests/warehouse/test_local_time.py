"""The company's wall clock, computed by the engine, agrees with the time-zone table of Python."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest

from saleslab.warehouse.local_time import end_of_day, start_of_day, to_local, to_local_date

ZONES = ("Asia/Tokyo", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata")


@pytest.mark.parametrize("zone", ZONES)
def test_every_hour_around_changes_of_the_clock_is_what_python_says(zone):
    starts = [datetime(year, month, 1) for year in (1999, 2011, 2026) for month in (3, 4, 10, 11)]
    hours = [start + timedelta(hours=hour) for start in starts for hour in range(31 * 24)]
    backend = ibis.duckdb.connect()
    table = backend.create_table("t", pa.table({"at": pa.array(hours, pa.timestamp("us"))}))
    local = backend.to_pyarrow(table.select("at", here=to_local(table["at"], zone))).to_pylist()
    for row in local:
        expected = row["at"].replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert row["here"] == expected


def test_a_day_lasts_from_its_start_to_the_start_of_the_next_also_when_clocks_change():
    assert end_of_day(date(2026, 3, 31), "Asia/Tokyo") == datetime(2026, 3, 31, 15)
    for day in (date(2026, 3, 8), date(2026, 11, 1), date(2026, 6, 1)):
        start, end = start_of_day(day, "America/New_York"), end_of_day(day, "America/New_York")
        assert (end - start) == timedelta(hours={3: 23, 11: 25, 6: 24}[day.month])
        backend = ibis.duckdb.connect()
        for instant, expected in ((start, day), (end - timedelta(microseconds=1), day), (end, day + timedelta(days=1))):
            local = to_local_date(ibis.timestamp(instant), "America/New_York")
            assert backend.to_pyarrow(local).as_py() == expected


def test_a_missing_time_stays_missing():
    backend = ibis.duckdb.connect()
    assert backend.to_pyarrow(to_local(ibis.null("timestamp"), "Europe/Berlin")).as_py() is None
