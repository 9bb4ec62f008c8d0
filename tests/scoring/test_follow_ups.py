"""Follow-up times: the planted day is found, and those who wait are due on it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import NotEnoughData, TableError
from saleslab.periods import FiscalCalendar
from saleslab.scoring import time_follow_ups

AS_OF = date(2026, 9, 30)
CALENDAR = FiscalCalendar()
WORKDAYS = np.array(
    [day for day in pd.date_range("2025-10-01", "2027-06-30") if CALENDAR.is_business_day(day.date())],
    dtype="datetime64[D]",
)


def draw_cases(n, *, best=3.0, seed=7, closes_after=25):
    """Cases of a year that are followed up on a business day left to chance, as the invented company does."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 240, n)
    wait = np.clip(np.round(np.exp(rng.normal(1.25, 0.7, n))), 0, 14).astype(int)
    odds = 1.2 - 0.9 * np.log((wait + 1) / (best + 1)) ** 2
    won = rng.random(n) < 1 / (1 + np.exp(-odds))
    ended = start + np.where(won, wait, 0) + 1 + rng.integers(0, closes_after, n)

    def moment(day):
        return pd.Series(pd.to_datetime(WORKDAYS[day]) + pd.Timedelta(hours=11))

    over = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    next_touch, closed = moment(start + wait), moment(ended)
    return pd.DataFrame(
        {
            "lead_id": [f"l{number:05}" for number in range(n)],
            "owner_id": "u1",
            "first_touch_at": moment(start),
            "next_touch_at": next_touch.where((next_touch < closed) & (next_touch < over)),
            "won_at": closed.where(won & (closed < over)),
            "closed_at": closed.where(closed < over),
        }
    )


@pytest.mark.requirement("K02")
@pytest.mark.parametrize("best", [1.0, 3.0, 6.0])
def test_the_planted_day_is_recovered_to_one_business_day(best):
    times = time_follow_ups(draw_cases(4_000, best=best), as_of=AS_OF)
    assert abs(times.best_day.estimate - best) <= 1
    assert times.best_day.low <= best <= times.best_day.high
    assert times.frame["chance_best"].idxmax() == times.best_day.estimate


def test_weekends_and_holidays_are_no_waiting_time():
    """Every wait is 3 business days or fewer; in calendar days the same cases spread up to 8."""
    cases = draw_cases(3_000)
    start = cases["first_touch_at"].dt.date.map(lambda day: np.searchsorted(WORKDAYS, np.datetime64(day)))
    cases["next_touch_at"] = pd.to_datetime(WORKDAYS[start + np.arange(3_000) % 4]) + pd.Timedelta(hours=17)
    cases[["won_at", "closed_at"]] = pd.NaT
    cases["won_at"] = cases["closed_at"] = cases["next_touch_at"] + pd.Timedelta(days=1)
    frame = time_follow_ups(cases, as_of=AS_OF).frame
    assert frame.loc[frame["n_followed"] > 0, "day"].tolist() == [0, 1, 2, 3]


@pytest.mark.requirement("K02")
def test_those_who_wait_are_listed_with_the_day_they_are_due():
    cases = draw_cases(3_000)
    quoted = pd.to_datetime(["2026-09-29 10:00", "2026-09-24 10:00", "2026-09-25 10:00"])
    waiting = pd.DataFrame({"lead_id": ["w1", "w2", "w3"], "owner_id": "u2", "first_touch_at": quoted})
    handled = pd.DataFrame({"lead_id": ["h1"], "first_touch_at": quoted[1:2], "next_touch_at": quoted[:1]})
    times = time_follow_ups(pd.concat([cases, waiting, handled]), as_of=AS_OF)
    due = times.due.set_index("lead_id")
    assert "h1" not in due.index
    best = int(times.best_day.estimate)
    assert best == 3
    mine = due.loc[["w1", "w2", "w3"]]
    assert mine["due_on"].dt.strftime("%m-%d").tolist() == ["10-02", "09-29", "09-30"]
    assert mine["n_days_waiting"].tolist() == [1, 4, 3]
    assert mine["n_days_late"].tolist() == [0, 1, 0]
    assert due["due_on"].is_monotonic_increasing
    assert (due.loc["w1", "owner_id"], times.as_of) == ("u2", AS_OF)


def test_what_happened_after_the_day_is_not_known():
    cases = draw_cases(4_000)
    early = date(2026, 6, 30)
    over = pd.Timestamp("2026-07-01")
    names = ["next_touch_at", "won_at", "closed_at"]
    cut = cases[cases["first_touch_at"] < over].assign(
        **{name: cases[name].where(cases[name] < over) for name in names}
    )
    pd.testing.assert_frame_equal(time_follow_ups(cases, as_of=early).frame, time_follow_ups(cut, as_of=early).frame)


def test_every_case_is_either_followed_up_or_not():
    cases = draw_cases(2_000)
    times = time_follow_ups(cases, as_of=AS_OF)
    assert times.n_followed == cases["next_touch_at"].notna().sum()
    assert times.n_followed + times.n_unfollowed == len(cases)


def test_too_few_follow_ups_are_no_answer():
    with pytest.raises(NotEnoughData, match=r"10 acts each(.|\n)*Next: widen the period"):
        time_follow_ups(draw_cases(40), as_of=AS_OF)
    with pytest.raises(NotEnoughData, match=r"first touch by 2020-01-01(.|\n)*Next: choose a later day"):
        time_follow_ups(draw_cases(40), as_of=date(2020, 1, 1))
    with pytest.raises(TableError, match=r"no column 'won_at'(.|\n)*Next: pass the frame"):
        time_follow_ups(draw_cases(40).drop(columns="won_at"), as_of=AS_OF)
