"""Contact times: the planted hour is found, rare hours stay uncertain, and counting elsewhere changes nothing."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring import WorkingHours, time_contacts

MONDAY = pd.Timestamp("2026-06-01")
RATES = dict(zip(range(9, 18), (0.15, 0.22, 0.24, 0.09, 0.18, 0.20, 0.22, 0.28, 0.23), strict=True))


def draw_attempts(n, *, seed=7, channel="phone", rates=RATES, days=28):
    rng = np.random.default_rng(seed)
    hour, day = rng.choice(list(rates), n), rng.integers(0, days, n)
    at = MONDAY + pd.to_timedelta(day, unit="D") + pd.to_timedelta(hour * 60 + rng.integers(0, 60, n), unit="min")
    frame = pd.DataFrame({"channel": channel, "at": at, "connected": rng.random(n) < np.vectorize(rates.get)(hour)})
    return frame[frame["at"].dt.day_of_week < 5].reset_index(drop=True)


def test_the_planted_hour_is_found_and_each_rate_lies_in_its_interval():
    times = time_contacts(draw_attempts(20_000))
    assert times.find_best_hour("phone") == 16
    held = [row.low <= RATES[row.hour] <= row.high for row in times.hours.itertuples()]
    assert sum(held) >= 7
    hour_sd, day_sd = times.channels.loc[0, ["hour_sd", "day_sd"]]
    assert day_sd < 0.1 < hour_sd


def test_an_hour_of_three_lucky_calls_says_little():
    attempts = draw_attempts(4_000)
    lucky = pd.DataFrame({"channel": "phone", "at": MONDAY + pd.Timedelta(hours=8.5), "connected": [True] * 3})
    times = time_contacts(pd.concat([attempts, lucky]), working=WorkingHours(opens=8, closes=18))
    eight = times.hours.set_index("hour").loc[8]
    assert eight["rate"] < 0.4, "three of three is no rate of 100 %"
    assert eight["low"] < times.hours.set_index("hour").loc[16, "low"]
    assert eight["high"] - eight["low"] > 3 * (times.hours["high"] - times.hours["low"]).min()


def test_a_channel_has_168_hours_of_which_working_hours_are_open():
    attempts = pd.concat([draw_attempts(300), draw_attempts(200, seed=8, channel="email")])
    frame = time_contacts(attempts, working=WorkingHours(opens=10, closes=16, weekdays=(0, 1, 2, 3))).frame
    assert frame.groupby("channel").size().to_dict() == {"email": 168, "phone": 168}
    assert frame.groupby("channel")["is_open"].sum().to_dict() == {"email": 24, "phone": 24}
    assert frame["n_attempts"].sum() == len(attempts)
    assert ((frame["low"] <= frame["rate"]) & (frame["rate"] <= frame["high"])).all()


def test_counts_give_the_same_answer_as_the_attempts_behind_them():
    attempts = draw_attempts(500)
    when = attempts["at"].dt
    counts = attempts.assign(weekday=when.day_of_week, hour=when.hour, n=1).groupby(["channel", "weekday", "hour"])
    counts = counts.agg(n_attempts=("n", "sum"), n_connected=("connected", "sum")).reset_index().assign(n_unknown=0)
    pd.testing.assert_frame_equal(time_contacts(attempts).frame, time_contacts(counts).frame)


def test_the_order_of_the_attempts_does_not_matter():
    attempts = draw_attempts(500)
    shuffled = attempts.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(time_contacts(attempts).hours, time_contacts(shuffled).hours)


def test_nothing_after_the_day_counts_and_unknown_outcomes_are_told():
    attempts = draw_attempts(500)
    unknown = attempts.head(20).assign(connected=None)
    times = time_contacts(pd.concat([attempts, unknown]), as_of=date(2026, 6, 10))
    n_known = int((attempts["at"] < "2026-06-11").sum())
    assert times.frame["n_attempts"].sum() == n_known
    assert times.n_unknown == int((unknown["at"] < "2026-06-11").sum())


def test_what_cannot_be_timed_is_refused():
    attempts = draw_attempts(50)
    with pytest.raises(NotEnoughData, match=r"None of 50|None of \d+ attempts(.|\n)*Next: import activities"):
        time_contacts(attempts.assign(connected=None))
    with pytest.raises(TableError, match=r"no column 'connected'(.|\n)*Next: pass the frame"):
        time_contacts(attempts[["channel", "at"]])
    with pytest.raises(NotEnoughData, match=r"by 'fax'(.|\n)*Next: ask for one of: phone"):
        time_contacts(attempts).find_best_hour("fax")
    with pytest.raises(BadArgument, match=r"Nobody works(.|\n)*Next: give 0 <= opens < closes <= 24"):
        WorkingHours(opens=18, closes=9)
    with pytest.raises(BadArgument, match=r"not days of a week(.|\n)*Next: give numbers from 0"):
        WorkingHours(weekdays=(7,))
