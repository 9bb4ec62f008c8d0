"""The chance of a quarter sharpens as it goes, keeps its promise, and a fall is dated."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi.targets.pace import track_pace
from saleslab.periods import Period

QUARTER = Period(date(2026, 10, 1), date(2026, 12, 31))
N_WEEKS, N_DRAWS = 13, 200


def _play(rng: np.random.Generator) -> tuple[pd.DataFrame, float, float]:
    """A quarter of a company whose rates must be learned from eight quarters: deals open, close and are found.

    Each week brings new deals at an unknown rate; a deal closes after some weeks, won with an unknown chance. The draws
    are those of an analyst who knows the model, not its numbers.
    """
    weekly, chance = rng.gamma(20, 0.2), rng.beta(6, 14)
    known_weeks, known_deals = 104, int(rng.poisson(104 * weekly))
    known_wins = int(rng.binomial(known_deals, chance))
    opened = np.repeat(np.arange(-8, N_WEEKS), rng.poisson(weekly, 8 + N_WEEKS))
    closes = opened + rng.geometric(0.25, len(opened))
    wins = rng.random(len(opened)) < chance
    total = float((wins & (closes >= 0) & (closes < N_WEEKS)).sum())
    target = round(N_WEEKS * 4 * 0.3 * rng.uniform(0.7, 1.2))
    rows = []
    for week in (4, 10):
        rate = rng.gamma(20 + known_deals, 1 / (5 + known_weeks), N_DRAWS)
        win = rng.beta(6 + known_wins, 14 + known_deals - known_wins, N_DRAWS)
        is_open = (opened < week) & (closes >= week)
        left = N_WEEKS - week
        in_time = 1 - 0.75**left
        won_so_far = float((wins & (closes >= 0) & (closes < week)).sum())
        share_new = np.mean([1 - 0.75 ** (left - 1 - at) for at in range(left)])
        rows.append(
            pd.DataFrame(
                {
                    "as_of": QUARTER.start + timedelta(days=7 * week - 1),
                    "won_amount": won_so_far,
                    "open_amount": rng.binomial(int(is_open.sum()), win * in_time),
                    "new_amount": rng.poisson(rate * left * win * share_new),
                }
            )
        )
    return pd.concat(rows), float(target), total


@pytest.mark.requirement("E06")
def test_a_thousand_quarters_come_out_as_often_as_they_were_given_a_chance():
    rng = np.random.default_rng(11)
    chances, outcomes = [], []
    for _ in range(1000):
        draws, target, total = _play(rng)
        chances.append(track_pace(draws, target=target, period=QUARTER).weeks["chance"].to_numpy())
        outcomes.append(total >= target)
    told, came = np.array(chances), np.array(outcomes, dtype=float)
    brier = ((told - came[:, None]) ** 2).mean(axis=0)
    assert brier[1] < brier[0]
    for week in (0, 1):
        bands = np.digitize(told[:, week], [0.2, 0.4, 0.6, 0.8])
        error = sum(
            abs(told[bands == band, week].mean() - came[bands == band].mean()) * (bands == band).mean()
            for band in np.unique(bands)
        )
        assert error < 0.06


def _lay(*weeks: tuple[date, float, float, float], n=400) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    return pd.concat(
        pd.DataFrame(
            {
                "as_of": day,
                "won_amount": won,
                "open_amount": rng.gamma(9, opened / 9, n),
                "new_amount": rng.poisson(new, n),
            }
        )
        for day, won, opened, new in weeks
    )


def test_what_is_won_open_and_new_adds_up_to_the_landing():
    track = track_pace(_lay((date(2026, 10, 31), 30, 40, 20)), target=90, period=QUARTER)
    row = track.weeks.iloc[0]
    assert row["won"] + row["open"] + row["new"] == pytest.approx(90, rel=0.03)
    assert row["p10"] < row["p50"] < row["p90"]
    assert row["days_left"] == 61
    assert row["change"] is None
    assert 0.35 < track.chance < 0.65


def test_the_largest_fall_is_dated_and_a_wobble_is_none():
    fell = _lay((date(2026, 10, 31), 30, 60, 30), (date(2026, 11, 7), 32, 10, 30), (date(2026, 11, 14), 40, 12, 28))
    assert track_pace(fell, target=90, period=QUARTER).largest_fall == date(2026, 11, 7)
    level = _lay((date(2026, 10, 31), 30, 40, 20), (date(2026, 11, 7), 32, 40, 18))
    assert track_pace(level, target=90, period=QUARTER).largest_fall is None


def test_a_goal_that_must_fall_is_reached_from_below():
    draws = _lay((date(2026, 10, 31), 3, 4, 2))
    up, down = (track_pace(draws, target=9.5, period=QUARTER, direction=way).chance for way in ("up", "down"))
    assert up + down == pytest.approx(1.0)


def test_the_usual_pace_is_the_middle_of_past_periods():
    past = pd.DataFrame({"share_of_days": [0.33, 0.34, 0.35, 0.8], "share_won": [0.2, 0.3, 0.25, 0.7]})
    row = track_pace(_lay((date(2026, 10, 31), 30, 40, 20)), target=100, period=QUARTER, past=past).weeks.iloc[0]
    assert row["usual_share"] == 0.25
    assert row["pace"] == pytest.approx(30 / 25)


def test_draws_of_other_periods_and_what_is_no_number_are_refused():
    draws = _lay((date(2026, 10, 31), 30, 40, 20), n=3)
    with pytest.raises(
        BadArgument, match=r"1 days of draws.as_of lie outside[\s\S]*Next: keep the landings of one period"
    ):
        track_pace(draws.assign(as_of=date(2027, 1, 1)), target=90, period=QUARTER)
    with pytest.raises(BadArgument, match="3 of 3 draws are not numbers"):
        track_pace(draws.assign(new_amount=np.nan), target=90, period=QUARTER)
    with pytest.raises(BadArgument, match="target is 0"):
        track_pace(draws, target=0, period=QUARTER)
    with pytest.raises(NotEnoughData, match="no row"):
        track_pace(draws.iloc[:0], target=90, period=QUARTER)
    with pytest.raises(TableError, match="'new_amount'"):
        track_pace(draws.drop(columns="new_amount"), target=90, period=QUARTER)
