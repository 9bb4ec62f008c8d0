"""What was measured by a day is known on it, wherever on earth the company closes its day."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from saleslab.kpi.metrics.knowing import keep_known

DAY = date(2026, 9, 30)


def _measured(*, at: list[str | datetime | None], value=(1.0, 2.0)) -> pd.DataFrame:
    rows = {"metric_id": "n_won", "scope_type": "company", "scope_id": "company", "period_start": "2026-08-01"}
    return pd.DataFrame({**rows, "value": list(value), "measured_at": pd.to_datetime(at)})


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "America/Los_Angeles", "UTC", "Pacific/Honolulu"])
def test_the_end_of_the_company_s_day_is_known_on_that_day_and_the_next_one_is_not(zone):
    ends = [datetime(2026, 10, day, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")) for day in (1, 2)]
    values = _measured(at=[end.replace(tzinfo=None) for end in ends])
    assert keep_known(values, as_of=DAY)["value"].tolist() == [1.0]
    assert keep_known(values, as_of=date(2026, 10, 1))["value"].tolist() == [2.0]


def test_the_last_measurement_counts_whatever_the_order_of_rows():
    values = _measured(at=["2026-09-30 15:00", "2026-08-31 15:00"])
    for rows in (values, values.iloc[::-1]):
        assert keep_known(rows, as_of=DAY)["value"].tolist() == [1.0]


def test_a_history_that_was_measured_once_for_a_later_day_is_taken_as_it_is():
    values = _measured(at=["2026-12-31 15:00", "2026-11-30 15:00"])
    assert keep_known(values, as_of=DAY)["value"].tolist() == [1.0]


def test_values_without_a_moment_are_known():
    assert keep_known(_measured(at=[None, None]), as_of=DAY)["value"].tolist() == [2.0]
    bare = _measured(at=[None, None]).drop(columns="measured_at").iloc[:1]
    assert keep_known(bare, as_of=DAY)["value"].tolist() == [1.0]
