"""Win rates carry their uncertainty, and recent deals are not judged before their time."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from invented import AS_OF, deal, lab_of, planted_deals

from saleslab import operations
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.periods import FiscalCalendar

CALENDAR = FiscalCalendar()
QUARTER = CALENDAR.quarter_of(AS_OF)


def days_of(counts: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """One row a day from ``day: (won, lost)``."""
    return pd.DataFrame(
        {
            "closed_on": pd.to_datetime(list(counts)),
            "n_won": [won for won, _ in counts.values()],
            "n_lost": [lost for _, lost in counts.values()],
            "won_amount": [0] * len(counts),
            "won_squares": 0.0,
            "n_won_without_amount": 0,
        }
    )


class TestWinRate:
    def test_a_planted_rate_is_held(self):
        lab = lab_of(planted_deals(11, chances=(0.3,)))
        days = operations.read_closed_days(lab, as_of=AS_OF)
        answer = operations.measure_win_rate(days, period=CALENDAR.parse("FY2025"), as_of=AS_OF, calendar=CALENDAR)
        assert 0.3 in answer.current.rate

    def test_periods_are_pooled_from_counts_and_not_averaged_from_rates(self):
        days = days_of({"2026-10-05": (9, 1), "2026-11-02": (10, 90)})
        answer = operations.measure_win_rate(days, period=QUARTER, as_of=AS_OF, calendar=CALENDAR)
        assert answer.current.rate.estimate == pytest.approx(19 / 110)
        assert answer.current.rate.estimate != pytest.approx((0.9 + 0.1) / 2)

    def test_a_period_without_decisions_has_no_rate_and_no_zero(self):
        days = days_of({"2026-05-05": (3, 9), "2026-11-02": (3, 9)})
        answer = operations.measure_win_rate(days, period=QUARTER, as_of=AS_OF, calendar=CALENDAR)
        assert answer.previous.rate is None
        assert answer.change is None
        assert [each.n_closed for each in answer.by_period] == [12, 0, 12]

    def test_the_same_rate_is_not_called_a_change_and_a_collapse_is(self):
        level = days_of({"2026-08-05": (30, 70), "2026-11-02": (28, 72)})
        fall = days_of({"2026-08-05": (50, 50), "2026-11-02": (20, 80)})
        options = {"period": QUARTER, "as_of": AS_OF, "calendar": CALENDAR}
        assert not operations.measure_win_rate(level, **options).is_clear_change
        assert operations.measure_win_rate(fall, **options).is_clear_change

    def test_an_unfinished_period_is_compared_with_the_same_stretch_of_the_one_before(self):
        days = days_of({"2026-08-05": (30, 70), "2026-09-30": (70, 0), "2026-11-02": (28, 72)})
        options = {"period": QUARTER, "calendar": CALENDAR}
        running = operations.measure_win_rate(days, as_of=AS_OF, **options)
        over = operations.measure_win_rate(days, as_of=QUARTER.end, **options)
        assert (running.previous.n_won, running.previous.n_closed) == (30, 100)
        assert (over.previous.n_won, over.previous.n_closed) == (100, 170)

    def test_without_any_lost_deal_the_rate_is_refused(self):
        with pytest.raises(NotEnoughData, match="(?s)No lost deal is on record.*Next: import lost deals"):
            operations.measure_win_rate(days_of({"2026-11-02": (5, 0)}), period=QUARTER, as_of=AS_OF, calendar=CALENDAR)

    def test_a_period_without_decisions_is_refused(self):
        with pytest.raises(NotEnoughData, match="No deal was decided from 2026-10-01"):
            operations.measure_win_rate(days_of({"2026-08-05": (5, 5)}), period=QUARTER, as_of=AS_OF, calendar=CALENDAR)

    def test_a_period_that_has_not_begun_is_refused(self):
        with pytest.raises(BadArgument, match="choose an earlier period"):
            operations.measure_win_rate(
                days_of({"2026-08-05": (5, 5)}), period=CALENDAR.parse("FY2027"), as_of=AS_OF, calendar=CALENDAR
            )


class TestCycle:
    @pytest.mark.requirement("F02", "E07")
    def test_recent_deals_pull_the_naive_rate_down_and_not_the_honest_one(self):
        recent = [
            row
            for row in planted_deals(17, 6000, chances=(0.25,))
            if row["created_at"].date() > AS_OF - timedelta(days=180)
        ]
        cycle = operations.measure_cycle(operations.read_durations(lab_of(recent), as_of=AS_OF))
        assert cycle.naive_chance_won < 0.2
        assert cycle.chance_won.estimate == pytest.approx(0.25, abs=0.03)
        assert 0.25 in cycle.chance_won

    @pytest.mark.requirement("E07")
    def test_the_median_is_found_although_four_in_ten_deals_are_still_open(self):
        rng = np.random.default_rng(1)
        rows = []
        for index in range(3000):
            created = AS_OF - timedelta(days=int(rng.exponential(90)))
            closed = created + timedelta(days=round(rng.exponential(60)))
            known = closed <= AS_OF
            rows.append(
                deal(f"o:{index}", created=created, closed=closed if known else None, won=known and index % 4 == 0)
            )
        cycle = operations.measure_cycle(operations.read_durations(lab_of(rows), as_of=AS_OF))
        assert 0.35 < cycle.n_open / cycle.n_opened < 0.45
        assert cycle.median_days == pytest.approx(60 * np.log(2), rel=0.05)

    def test_the_quantiles_of_won_deals_are_those_of_the_sample(self):
        days = np.random.default_rng(3).integers(1, 200, 301)
        rows = [
            deal(f"o:{i}", created=AS_OF - timedelta(days=int(n)), closed=AS_OF, won=True) for i, n in enumerate(days)
        ]
        cycle = operations.measure_cycle(operations.read_durations(lab_of(rows), as_of=AS_OF))
        assert cycle.won_median_days.estimate == np.median(days)
        assert cycle.won_p90_days == np.sort(days)[int(np.ceil(0.9 * 301)) - 1]

    def test_few_won_deals_set_no_threshold(self):
        rows = [deal(f"o:{i}", created=date(2026, 10, 1), closed=AS_OF, won=i < 5) for i in range(30)]
        cycle = operations.measure_cycle(operations.read_durations(lab_of(rows), as_of=AS_OF))
        assert (cycle.won_median_days, cycle.won_p90_days) == (None, None)

    def test_deals_without_dates_are_refused(self):
        lab = lab_of([deal("o:1"), deal("o:2", created=AS_OF)])
        with pytest.raises(NotEnoughData, match="(?s)None of 1 deals.*Next: map the creation and closing dates"):
            operations.measure_cycle(operations.read_durations(lab, as_of=AS_OF))


class TestCohorts:
    @pytest.mark.requirement("F02")
    def test_months_with_many_open_deals_are_immature_and_decided_ones_are_not(self):
        lab = lab_of(planted_deals(7, 3000))
        opened = operations.read_opened_months(lab, as_of=AS_OF)
        immature = operations.find_immature_cohorts(opened, as_of=AS_OF, calendar=CALENDAR)
        assert [cohort.month for cohort in immature][-1] == CALENDAR.month_of(AS_OF)
        assert all(cohort.open_share > 0.1 for cohort in immature)
        assert all(cohort.n_won + cohort.n_lost + cohort.n_open == cohort.n_opened for cohort in immature)
        assert CALENDAR.month_of(date(2026, 1, 1)) not in [cohort.month for cohort in immature]
