"""However periods are written, they are the same periods, and those to come are written alike."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from panels import lay

from saleslab.errors import TableError
from saleslab.forecasting import check_panel, forecast_series
from saleslab.forecasting.backtests.period_ends import find_period_ends
from saleslab.forecasting.stamps import read_stamps, read_starts

MONTHS = pd.date_range("2023-01-01", periods=24, freq="MS")
WAVE = 100 + 10 * np.sin(np.arange(24) * np.pi / 6) + np.random.default_rng(0).normal(0, 2, 24)
PLAIN = forecast_series(lay(WAVE, start="2023-01-01"), horizon=2, season_length=12).iloc[:, 2:].to_numpy()


def write(pattern):
    return MONTHS.strftime(pattern).tolist()


@pytest.mark.parametrize(
    ("stamps", "following"),
    [
        (MONTHS, [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-02-01")]),
        (MONTHS + pd.Timedelta(hours=12), [pd.Timestamp("2025-01-01 12:00"), pd.Timestamp("2025-02-01 12:00")]),
        (MONTHS + pd.offsets.MonthEnd(0), [pd.Timestamp("2025-01-31"), pd.Timestamp("2025-02-28")]),
        (
            MONTHS + pd.offsets.MonthEnd(0) + pd.Timedelta("23:59:59"),
            [pd.Timestamp("2025-01-31 23:59:59"), pd.Timestamp("2025-02-28 23:59:59")],
        ),
        (
            [min(day + pd.Timedelta(days=29), day + pd.offsets.MonthEnd(0)) for day in MONTHS],
            [pd.Timestamp("2025-01-30"), pd.Timestamp("2025-02-28")],
        ),
        (MONTHS + pd.offsets.BMonthEnd(0), [pd.Timestamp("2025-01-31"), pd.Timestamp("2025-02-28")]),
        (
            [pd.offsets.BMonthBegin().rollforward(day) for day in MONTHS],
            [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-02-03")],
        ),
        (MONTHS.to_period("M"), [pd.Period("2025-01"), pd.Period("2025-02")]),
        (MONTHS.to_period("M").astype(object), [pd.Period("2025-01"), pd.Period("2025-02")]),
        ([day.date() for day in MONTHS], [date(2025, 1, 1), date(2025, 2, 1)]),
        (write("%Y-%m-%d"), ["2025-01-01", "2025-02-01"]),
        (write("%Y-%m"), ["2025-01", "2025-02"]),
        (write("%Y/%m"), ["2025/01", "2025/02"]),
        (write("%Y%m"), ["202501", "202502"]),
        (write("%Y-%m-%d %H:%M:%S"), ["2025-01-01 00:00:00", "2025-02-01 00:00:00"]),
        ([f"{1990 + at // 4}Q{at % 4 + 1}" for at in range(24)], ["1996Q1", "1996Q2"]),
        ([f"{1990 + at // 4}-Q{at % 4 + 1}" for at in range(24)], ["1996-Q1", "1996-Q2"]),
        ([f"2026-W{at + 1:02d}" for at in range(24)], ["2026-W25", "2026-W26"]),
        ([int(text) for text in write("%Y%m")], [202501, 202502]),
        ([int(text) for text in write("%Y%m%d")], [20250101, 20250201]),
        (np.arange(24), [24, 25]),
        (np.arange(24.0), [24.0, 25.0]),
        (np.arange(104, 128, dtype="int8"), [128, 129]),
        (pd.array(range(24), dtype="Int64"), [24, 25]),
        ([str(at) for at in range(1, 25)], ["25", "26"]),
        (pd.Categorical(write("%Y-%m")), ["2025-01", "2025-02"]),
        (
            MONTHS.tz_localize("Asia/Tokyo").tz_convert("UTC"),
            list(pd.to_datetime(["2024-12-31 15Z", "2025-01-31 15Z"])),
        ),
        (
            pd.date_range("1300-01-01", periods=24, freq="YS", unit="s"),
            list(pd.DatetimeIndex(np.array(["1324-01-01", "1325-01-01"], dtype="datetime64[s]"))),
        ),
    ],
)
def test_however_periods_are_written_the_forecast_is_the_same_and_goes_on_in_their_form(stamps, following):
    panel = pd.DataFrame({"series_id": "a", "period": stamps, "value": WAVE})
    said = forecast_series(panel, horizon=2, season_length=12)
    assert said["period"].tolist() == following
    assert said.iloc[:, 2:].to_numpy() == pytest.approx(PLAIN)
    back = check_panel(panel)
    assert not back.repairs
    assert back.panel["period"].tolist() == panel["period"].tolist()


def test_an_hour_that_comes_twice_on_the_clock_is_two_hours():
    hours = pd.date_range("2025-11-01", periods=48, freq="h", tz="America/New_York")
    check = check_panel(pd.DataFrame({"series_id": "a", "period": hours, "value": np.arange(48.0) + 50}))
    assert check.panel["period"].tolist() == hours.tolist()


def test_midnight_that_a_change_of_the_clock_leaves_out_is_the_hour_after_it():
    days = pd.date_range("2018-10-15", periods=20, freq="D").tz_localize("America/Sao_Paulo")
    said = forecast_series(pd.DataFrame({"series_id": 1, "period": days, "value": 5.0 + np.arange(20)}), horizon=2)
    assert said["period"].astype(str).tolist() == ["2018-11-04 01:00:00-02:00", "2018-11-05 00:00:00-02:00"]


@pytest.mark.parametrize(("here", "there"), [("W-MON", "W-TUE"), ("YS", "YS-APR"), ("QS-JAN", "QS-FEB")])
def test_series_whose_periods_begin_on_other_days_keep_them(here, there):
    apart = pd.concat([lay(WAVE, freq=here), lay(WAVE[::-1], series_id="b", freq=there)])
    alike = pd.concat([lay(WAVE, freq=here), lay(WAVE[::-1], series_id="b", freq=here)])
    said, plain = (forecast_series(panel, horizon=2, season_length=4) for panel in (apart, alike))
    assert said.iloc[:, 2:].to_numpy() == pytest.approx(plain.iloc[:, 2:].to_numpy())
    later = pd.date_range("2020-01-01", periods=26, freq=there)[-2:]
    assert said.loc[said["series_id"] == "b", "period"].tolist() == later.tolist()
    check = check_panel(pd.concat([apart, lay(WAVE, series_id="c", freq=here)]))
    assert [(remark.code, remark.series_ids) for remark in check.remarks if remark.code == "staggered"] == [
        ("staggered", ("b",))
    ]


def test_months_that_close_on_other_days_keep_them():
    closes = MONTHS + pd.Timedelta(days=19)
    panel = pd.concat([lay(WAVE, start="2023-01-01"), lay(WAVE, series_id="b").assign(period=closes)])
    said = forecast_series(panel, horizon=1, season_length=12)
    assert said["period"].tolist() == [pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-20")]


def test_a_purchase_a_customer_is_no_series_with_a_day_of_its_own():
    days = pd.to_datetime(["2026-01-07", "2026-02-11", "2026-03-20", "2026-04-02"])
    check = check_panel(pd.DataFrame({"series_id": range(4), "period": days, "value": 1.0}))
    assert check.grain != "month"


def test_what_is_asked_for_all_series_alike_is_refused_where_their_days_differ():
    from saleslab.forecasting import lay_calendar_drivers
    from saleslab.periods import FiscalCalendar

    panel = pd.concat([lay(WAVE, freq="W-MON"), lay(WAVE, series_id="b", freq="W-TUE")])
    with pytest.raises(
        TableError, match=r"periods of 1 series begin on other days(.|\n)*Next: give every row the first"
    ):
        lay_calendar_drivers(panel, horizon=2, calendar=FiscalCalendar())


@pytest.mark.parametrize("stamps", [["1 Jan"] * 3, [1.5, 2.5, 3.5], [True, False, True], ["2026-W01", "2026-W60", "x"]])
def test_what_is_no_stamp_is_refused(stamps):
    with pytest.raises(TableError, match=r"3 of 3 values of since are no dates and no whole numbers(.|\n)*Next: give"):
        read_stamps(pd.Series(stamps), of="since")


def test_only_numbers_that_are_all_months_are_read_as_months():
    assert read_stamps(pd.Series([202611, 202612]))[0].kind == "moment"
    assert read_stamps(pd.Series([202611, 202613]))[0].kind == "number"
    assert read_stamps(pd.Series([20260228, 20260231]))[0].kind == "number"
    assert read_stamps(pd.Series([1999, 2000]))[0].kind == "number"


@pytest.mark.parametrize(
    ("stamps", "ends"),
    [
        (["2026Q1", "2026Q2"], ["2026-03-31", "2026-06-30"]),
        (["2026-05-29", "2026-06-30", "2026-07-31"], ["2026-05-31", "2026-06-30", "2026-07-31"]),
        (["2026-05-01", "2026-06-01", "2026-08-03"], ["2026-05-31", "2026-06-30", "2026-08-31"]),
        ([202601, 202602], ["2026-01-31", "2026-02-28"]),
    ],
)
def test_the_last_day_of_a_period_is_known_from_its_stamp(stamps, ends):
    found = find_period_ends(pd.Series(stamps), pd.Series(["a"] * len(stamps)))
    assert [str(day.date()) for day in found] == ends


def test_a_period_starts_on_its_first_day():
    for stamps in (["2026Q2"], [202604], pd.PeriodIndex(["2026Q2"], freq="Q"), pd.to_datetime(["2026-04-01"])):
        assert read_starts(pd.Series(stamps)).tolist() == [pd.Timestamp("2026-04-01")]
