"""When to contact whom: the best free hour, never against an opt-out, the cap or the clock."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, TableError
from saleslab.periods import FiscalCalendar
from saleslab.scoring import ContactCap, WorkingHours, suggest_contacts, time_contacts

FRIDAY = date(2026, 9, 18)
"""Monday to Wednesday after it are public holidays in Japan."""


def make_times(**rates):
    """Contact times of channels whose rate is high in one hour: ``phone=16``."""
    rows = []
    for channel, best in rates.items():
        for weekday in range(5):
            for hour in range(9, 18):
                n_connected = 60 if hour == best else 20
                rows.append((channel, weekday, hour, 200, n_connected, 0))
    names = ["channel", "weekday", "hour", "n_attempts", "n_connected", "n_unknown"]
    return time_contacts(pd.DataFrame(rows, columns=names))


TIMES = make_times(phone=16, email=10)


def may(*pairs):
    return pd.DataFrame(list(pairs), columns=["lead_id", "channel"])


def leads(*ids, **columns):
    return pd.DataFrame({"lead_id": list(ids), **columns})


def test_the_first_of_the_list_gets_the_best_hour_of_the_next_business_day():
    found = suggest_contacts(leads("a"), TIMES, allowed=may(("a", "phone")), as_of=FRIDAY, n_days=1)
    assert found.loc[0, "contact_at"] == pd.Timestamp("2026-09-24 16:00")
    assert found.loc[0, ["code", "channel", "hour"]].tolist() == ["best_hour", "phone", 16]
    assert found.loc[0, "low"] <= found.loc[0, "rate"] <= found.loc[0, "high"]


def test_a_calendar_of_another_country_knows_other_holidays():
    calendar = FiscalCalendar(country="DE")
    found = suggest_contacts(leads("a"), TIMES, allowed=may(("a", "phone")), as_of=FRIDAY, n_days=1, calendar=calendar)
    assert found.loc[0, "contact_at"] == pd.Timestamp("2026-09-21 16:00")


@pytest.mark.requirement("M04")
def test_a_channel_that_was_not_allowed_is_never_suggested():
    rng = np.random.default_rng(7)
    ids = [f"l{number}" for number in range(200)]
    allowed = may(*[(lead, way) for lead in ids for way in ("phone", "email") if rng.random() < 0.5])
    found = suggest_contacts(leads(*ids), TIMES, allowed=allowed, as_of=FRIDAY, per_hour=50)
    pairs = set(map(tuple, found.dropna(subset="channel")[["lead_id", "channel"]].to_numpy()))
    assert pairs <= set(map(tuple, allowed.to_numpy()))
    nobody = found[~found["lead_id"].isin(allowed["lead_id"])]
    assert len(nobody) > 20
    assert (nobody["code"] == "no_channel").all()
    assert nobody["contact_at"].isna().all()


def test_an_hour_holds_as_many_contacts_as_a_person_can_make():
    ids = [f"l{number:02}" for number in range(30)]
    allowed = may(*[(lead, "phone") for lead in ids])
    found = suggest_contacts(
        leads(*ids, user_id=["x", "y"] * 15), TIMES, allowed=allowed, as_of=FRIDAY, per_hour=3, n_days=1
    )
    people = found.assign(user_id=["x", "y"] * 15).groupby(["user_id", "contact_at"]).size()
    assert people.max() == 3
    assert found["code"].tolist() == ["best_hour"] * 6 + ["later_hour"] * 24
    assert found["rate"].iloc[0] > found["rate"].iloc[-1]


def test_a_list_that_is_longer_than_the_days_ahead_says_so():
    ids = [f"l{number:02}" for number in range(12)]
    allowed = may(*[(lead, "phone") for lead in ids])
    found = suggest_contacts(leads(*ids), TIMES, allowed=allowed, as_of=FRIDAY, per_hour=1, n_days=1)
    assert found["code"].tolist()[-3:] == ["no_hour"] * 3


def test_whoever_was_contacted_often_enough_is_left_in_peace():
    days = pd.to_datetime(["2026-09-15 10:00", "2026-09-17 10:00", "2026-09-18 10:00"])
    attempts = pd.DataFrame({"lead_id": ["a"] * 3 + ["b"] * 2, "at": [*days, *days[:2]]})
    found = suggest_contacts(
        leads("a", "b"),
        TIMES,
        allowed=may(("a", "phone"), ("b", "phone")),
        as_of=FRIDAY,
        attempts=attempts,
        cap=ContactCap(2, days=14),
        n_days=1,
    ).set_index("lead_id")
    assert found["code"].tolist() == ["after_cap", "after_cap"]
    assert found.loc["a", "contact_at"].date() == date(2026, 10, 1), "14 days after the last contact but one"
    assert found.loc["b", "contact_at"].date() == date(2026, 9, 29), "14 days after the contact before the last"
    third = suggest_contacts(leads("b"), TIMES, allowed=may(("b", "phone")), as_of=FRIDAY, attempts=attempts)
    assert third["code"].tolist() == ["best_hour"]


def test_hours_lie_within_working_hours_even_where_nights_connect_best():
    night = pd.DataFrame({"channel": "phone", "at": pd.Timestamp("2026-06-01 23:10"), "connected": [True] * 90})
    day = pd.DataFrame({"channel": "phone", "at": pd.Timestamp("2026-06-01 11:10"), "connected": [False, True] * 30})
    times = time_contacts(pd.concat([night, day]), working=WorkingHours(opens=9, closes=12, weekdays=(1,)))
    found = suggest_contacts(leads("a"), times, allowed=may(("a", "phone")), as_of=FRIDAY)
    assert found.loc[0, "contact_at"].day_of_week == 1
    assert found.loc[0, "hour"] in (9, 10, 11)


def test_permission_that_nobody_asked_for_is_refused():
    with pytest.raises(TableError, match=r"allowed has no column 'channel'(.|\n)*Next: pass the frame"):
        suggest_contacts(leads("a"), TIMES, allowed=leads("a"), as_of=FRIDAY)
    with pytest.raises(BadArgument, match=r"allows none(.|\n)*Next: give whole numbers"):
        ContactCap(0)
    with pytest.raises(BadArgument, match=r"fit nobody(.|\n)*Next: give whole numbers"):
        suggest_contacts(leads("a"), TIMES, allowed=may(("a", "phone")), as_of=FRIDAY, per_hour=0)
