"""Chances of quotas: planted ones are found again, the future is unknown to them, and so it is on AdventureWorks."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.intake import import_export
from saleslab.kpi.scorecard import band_chances, foresee_period, judge_quotas, review_quotas, try_quotas
from saleslab.periods import FiscalCalendar, Period
from saleslab.warehouse import connect

DATA = Path(__file__).parents[3] / "shared" / "data" / "adventureworks"
CALENDAR = FiscalCalendar()
STARTS = pd.date_range("2023-04-01", "2026-09-01", freq="MS")
QUARTERS = [CALENDAR.parse(f"{year}Q{number}") for year in (2025, 2026) for number in (1, 2, 3, 4)][:6]
AS_OF = date(2026, 9, 30)


def months_of(counts):
    """Months of each person (rows) in the shape of kpi_values."""
    frames = [
        pd.DataFrame({
            "metric_id": "n_won", "scope_type": "user", "scope_id": f"u:{place:02}", "period_start": STARTS,
            "period_end": STARTS + pd.offsets.MonthEnd(), "value": mine.astype(float), "n": mine,
            "numerator": mine.astype(float), "denominator": np.nan,
        })
        for place, mine in enumerate(counts)
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def quarters_of(history):
    """What came in each quarter, as `measure` tells it."""
    rows = []
    for quarter in QUARTERS:
        is_in = history["period_start"].between(pd.Timestamp(quarter.start), pd.Timestamp(quarter.end))
        came = history[is_in].groupby("scope_id")["value"].sum()
        rows.append(pd.DataFrame({"scope_id": came.index, "value": came.to_numpy(), **_days(quarter)}))
    return pd.concat(rows, ignore_index=True).assign(metric_id="n_won", scope_type="user", is_complete=True)


def _days(quarter):
    return {"period_start": pd.Timestamp(quarter.start), "period_end": pd.Timestamp(quarter.end)}


@pytest.fixture(scope="module")
def planted():
    """Twenty-five people who win as a Poisson process of a known rate, and quotas around what they can."""
    lot = np.random.default_rng(11)
    rates = lot.uniform(4, 14, 25)
    history = months_of(lot.poisson(rates[:, None], (25, len(STARTS))))
    values = quarters_of(history)
    of = values["scope_id"].str[2:].astype(int).to_numpy()
    quota = np.rint(3 * rates[of] * lot.uniform(0.75, 1.25, len(values)))
    targets = values[["metric_id", "scope_type", "scope_id", "period_start", "period_end"]].assign(
        target=quota, target_id=[f"t:{place:03}" for place in range(len(values))], version=1
    )
    return history, values, targets, poisson.sf(quota - 1, 3 * rates[of])


def judge(history, values, targets, **how):
    return judge_quotas(history, values, targets, family="count", calendar=CALENDAR, as_of=AS_OF, seed=3, **how)


def test_planted_chances_are_found_again(planted):
    history, values, targets, true = planted
    review = judge(history, values, targets)
    said = review.rows.set_index("target_id")["chance"].to_numpy()
    assert review.n_judged == len(targets) == 150
    assert np.abs(said - true).mean() < 0.10
    assert abs((said - true).mean()) < 0.03
    assert np.corrcoef(said, true)[0, 1] > 0.9
    assert not review.is_off
    assert review.calibration.error < review.calibration.error_by_luck + 0.05
    assert review.brier < review.plain_brier
    assert review.knows_more
    assert review.edge.estimate == pytest.approx(review.plain_brier - review.brier)


def test_one_quarter_shares_its_luck_and_proves_nothing(planted):
    history, values, targets, _ = planted
    is_early = targets["period_start"] <= pd.Timestamp(QUARTERS[1].start)
    review = judge(history, values, targets[is_early])
    assert review.n_compared == 25
    assert review.brier is not None
    assert review.knows_more is None


def test_people_who_are_many_times_the_same_are_no_better_proof(planted):
    history, values, targets, _ = planted
    few = [one[one["scope_id"] <= "u:05"] for one in (history, values, targets)]
    copies = []
    for one in few:
        again = [one.assign(scope_id=one["scope_id"] + f"/{copy}") for copy in range(4)]
        copies.append(pd.concat(again, ignore_index=True))
    copies[2] = copies[2].assign(target_id=[f"t:{place:03}" for place in range(len(copies[2]))])
    once, often = judge(*few).edge, judge(*copies).edge
    assert often.high - often.low > 0.9 * (once.high - once.low)


def test_what_came_later_changes_no_chance(planted):
    history, values, targets, _ = planted
    some = targets[targets["scope_id"].isin(["u:00", "u:01", "u:02"])]
    first = pd.Timestamp(QUARTERS[3].start)
    past = some[some["period_start"] <= first]
    changed = history.assign(value=history["value"].where(history["period_start"] < first, 99.0))
    changed = changed.assign(numerator=changed["value"], n=changed["value"].astype(int))
    told = [judge(one, values, past).rows["chance"].tolist() for one in (history, changed)]
    assert told[0] == told[1]


def test_a_number_that_was_corrected_after_the_eve_is_not_known_on_it(planted):
    history, values, targets, _ = planted
    mine = history[history["scope_id"] == "u:03"]
    some = targets[(targets["scope_id"] == "u:03") & (targets["period_start"] == pd.Timestamp(QUARTERS[0].start))]
    on_time = mine.assign(measured_at=mine["period_end"] + pd.Timedelta(days=1))
    corrected = on_time.assign(value=0.0, numerator=0.0, n=0, measured_at=pd.Timestamp("2026-06-01"))
    told = [judge(one, values, some).rows["chance"].tolist() for one in (on_time, pd.concat([on_time, corrected]))]
    assert told[0] == told[1]


def test_a_higher_quota_has_no_higher_chance_and_the_same_quota_the_same(planted):
    history, values, targets, _ = planted
    one = targets[targets["scope_id"] == "u:04"].head(1)
    raised = [one.assign(target=level, target_id=f"t:{level:03}") for level in (10, 20, 30, 40)]
    chances = judge(history, values, pd.concat([*raised, one.assign(target=20, target_id="t:021")])).rows
    by_id = chances.set_index("target_id")["chance"]
    assert by_id["t:010"] >= by_id["t:020"] >= by_id["t:030"] >= by_id["t:040"]
    assert by_id["t:020"] == by_id["t:021"]


def test_the_plain_share_counts_only_periods_that_were_over(planted):
    history, values, targets, _ = planted
    rows = judge(history, values, targets[targets["scope_id"].isin(["u:05", "u:06"])]).rows
    assert rows.loc[rows["period_start"] == pd.Timestamp(QUARTERS[0].start), "plain"].isna().all()
    second = rows[rows["period_start"] == pd.Timestamp(QUARTERS[1].start)]
    before = rows[rows["period_start"] == pd.Timestamp(QUARTERS[0].start)]
    assert second["plain"].tolist() == [before["is_met"].mean()] * 2


def test_a_band_of_few_quotas_tells_no_share():
    judged = pd.DataFrame({"chance": [0.1] * 4 + [1.0] * 6, "is_met": [False] * 4 + [True] * 6})
    bands = band_chances(judged)
    assert bands["n"].tolist() == [4, 6]
    assert bands["rate"].isna().tolist() == [True, False]
    assert bands["rate_low"].iloc[1] < 1.0 == bands["rate"].iloc[1]


def test_on_its_last_day_a_period_has_come_to_what_it_has_come_to(planted):
    history, *_ = planted
    quarter, scope = QUARTERS[-1], ("user", "u:07")
    how = {"metric_id": "n_won", "family": "count", "scope": scope, "calendar": CALENDAR, "seed": 1}
    draws = foresee_period(history, period=quarter, as_of=quarter.end, **how)
    mine = history[(history["scope_id"] == "u:07") & (history["period_start"] >= pd.Timestamp(quarter.start))]
    assert set(draws.tolist()) == {mine["value"].sum()}
    ahead = foresee_period(history, period=quarter, as_of=date(2026, 6, 30), **how)
    assert ahead.std() > 1


def test_a_share_on_its_last_day_is_that_of_all_its_trials():
    starts = pd.date_range("2025-10-01", periods=12, freq="MS")
    won, of = np.arange(12) + 5.0, np.full(12, 40.0)
    history = pd.DataFrame({
        "metric_id": "win_rate", "scope_type": "team", "scope_id": "t:1", "period_start": starts,
        "period_end": starts + pd.offsets.MonthEnd(), "value": won / of, "n": of, "numerator": won, "denominator": of,
    })  # fmt: skip
    how = {"metric_id": "win_rate", "family": "rate", "scope": ("team", "t:1"), "calendar": CALENDAR, "seed": 1}
    draws = foresee_period(history, period=QUARTERS[-1], as_of=AS_OF, **how)
    assert draws[0] == pytest.approx((14 + 15 + 16) / 120)


def test_too_short_a_past_gives_no_chance_and_is_not_judged(planted):
    history, values, targets, _ = planted
    late = history[history["period_start"] >= pd.Timestamp("2025-01-01")]
    rows = judge(late, values, targets[targets["scope_id"] == "u:08"]).rows
    assert rows.loc[rows["period_start"] == pd.Timestamp(QUARTERS[0].start), "chance"].isna().all()
    assert rows["chance"].notna().sum() == len(QUARTERS) - 1


def test_a_company_without_quotas_is_told_so():
    lab = connect("duckdb://")
    quota = {"target_id": "t:1", "metric_id": "win_rate", "scope_type": "user", "scope_id": "u:1", "target": 0.5,
             "period_start": date(2026, 4, 1), "period_end": date(2026, 6, 30), "unit": "rate"}  # fmt: skip
    lab.write("targets", pd.DataFrame([quota]), source_system="hand", loaded_at=datetime(2026, 10, 1))
    with pytest.raises(NotEnoughData, match="No quota of a team is on record.*\n.*scope_type and scope_id"):
        review_quotas(lab, as_of=AS_OF, seed=1, scope_type="team")
    with pytest.raises(BadArgument, match="'win_rate' cannot be judged"):
        review_quotas(lab, as_of=AS_OF, seed=1)


def test_quotas_that_nobody_measured_are_no_failure(planted):
    with connect("duckdb://") as lab:
        review, gap = try_quotas(lab, as_of=AS_OF, seed=1)
    assert review is None
    assert gap is not None


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data of ../shared/data are not here")
def test_the_chances_of_adventureworks_come_true_as_often_as_they_say():
    lab = connect("duckdb://")
    import_export(DATA, lab, map_name_or_file="adventureworks", loaded_at=datetime(2026, 12, 31))
    review = review_quotas(lab, as_of=date(2014, 1, 31), seed=1)
    assert (review.n_targets, len(review.rows), review.n_met) == (163, 159, 49)
    assert review.median_attainment == pytest.approx(0.845, abs=0.0005)
    assert review.n_judged == 118
    assert review.bands["n"].sum() == 118
    assert review.bands["n_met"].tolist() == [5, 10, 13, 8, 4]
    assert not review.is_off
    assert abs(review.calibration.mean_chance - review.calibration.rate.estimate) < 0.05
    assert review.brier < review.plain_brier - 0.05
    assert review.knows_more
    assert review.running.empty
    shown = Period(date(2013, 7, 1), date(2013, 9, 30))
    assert review.rows["period_end"].max() == pd.Timestamp(shown.end)
