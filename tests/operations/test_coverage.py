"""Open deals cover a gap only when they are due in the period, and only against a target of that period."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from invented import AS_OF, deal, lab_of

from saleslab import operations
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.periods import FiscalCalendar

QUARTER = FiscalCalendar().quarter_of(AS_OF)


def targets(**changes):
    row = {
        "target_id": "t:1",
        "metric_id": "won_amount",
        "scope_type": "company",
        "period_start": QUARTER.start,
        "period_end": QUARTER.end,
        "target": 1000.0,
        "unit": "JPY",
        "version": 1,
    }
    return pd.DataFrame([row | changes])


def coverage_of(*, won=600, target=1000, as_of=AS_OF):
    rows = [
        deal("o:won", created=date(2026, 10, 1), closed=date(2026, 10, 20), won=True, amount=won),
        deal("o:past", created=date(2026, 10, 1), amount=11, expected_close_date=date(2026, 11, 20)),
        deal("o:today", created=date(2026, 10, 1), amount=200, expected_close_date=AS_OF),
        deal("o:last", created=date(2026, 10, 1), amount=400, expected_close_date=date(2026, 12, 31)),
        deal("o:next", created=date(2026, 10, 1), amount=999, expected_close_date=date(2027, 1, 1)),
        deal("o:blank", created=date(2026, 10, 1), amount=None, expected_close_date=date(2026, 12, 1)),
    ]
    with lab_of(rows, targets=targets(target=float(target))) as lab:
        return operations.review_sales(lab, as_of=as_of)


@pytest.mark.requirement("H06")
class TestCoverage:
    def test_deals_due_in_the_rest_of_the_period_are_set_against_the_gap(self):
        coverage = coverage_of().coverage
        assert (coverage.missing, coverage.n_due, coverage.due_amount) == (400, 3, 600)
        assert (coverage.ratio, coverage.attained) == (1.5, 0.6)

    def test_a_reached_target_leaves_no_gap_and_no_ratio(self):
        coverage = coverage_of(won=1200).coverage
        assert (coverage.missing, coverage.ratio, coverage.attained) == (0, None, 1.2)

    def test_after_the_period_nothing_can_be_covered_any_more(self):
        coverage = coverage_of(as_of=QUARTER.end).coverage
        assert (coverage.missing, coverage.ratio) == (400, None)

    def test_the_review_tells_it(self):
        review = coverage_of()
        headline = operations.write_headline(review)
        assert "1.5 times" in headline["answer"].en
        assert headline["status"].en == "60 % of target: ¥600 of ¥1.00 K"
        assert operations.write_cards(review)[0]["target"].amount == 1000

    def test_a_gap_that_open_deals_cannot_close_is_the_first_thing_to_act_on(self):
        thin, wide = coverage_of(won=10, target=1000), coverage_of(won=900, target=1000)
        assert operations.write_findings(thin)[0]["name"] == "do_gap"
        assert operations.write_headline(thin)["tone"] == "bad"
        assert "do_gap" not in [finding["name"] for finding in operations.write_findings(wide)]
        assert operations.write_headline(wide)["tone"] == "neutral"

    @pytest.mark.parametrize(("won", "tone"), [(1000, "good"), (950, "warn"), (500, "bad")])
    def test_at_the_end_of_the_period_what_was_attained_decides(self, won, tone):
        review = coverage_of(won=won, as_of=QUARTER.end)
        assert operations.write_headline(review)["tone"] == tone

    @pytest.mark.parametrize(
        "other",
        [{"scope_type": "team"}, {"metric_id": "appointments"}, {"period_end": date(2026, 11, 30)}],
        ids=["team", "appointments", "other period"],
    )
    def test_a_target_of_something_else_is_no_target(self, other):
        with lab_of([deal("o:1")], targets=targets(**other)) as lab:
            assert operations.read_target(lab, period=QUARTER) is None

    def test_the_latest_version_of_a_target_counts(self):
        both = pd.concat([targets(), targets(target_id="t:2", version=2, target=1500.0)])
        with lab_of([deal("o:1")], targets=both) as lab:
            assert operations.read_target(lab, period=QUARTER) == Decimal(1500)


class TestRefusals:
    deals = pd.DataFrame({"amount": [Decimal(1)], "expected_close_date": pd.to_datetime(["2026-12-01"])})
    won = operations.PeriodSales(QUARTER, 1, 1, Decimal(5), 25.0, 0)

    def test_without_a_target_the_dates_that_are_needed_are_named(self):
        with pytest.raises(NotEnoughData, match="(?s)from 2026-10-01 to 2026-12-31.*Next: import targets"):
            operations.measure_coverage(self.deals, won=self.won, target=None, period=QUARTER, as_of=AS_OF)

    def test_a_target_of_nothing(self):
        with pytest.raises(BadArgument, match="correct targets.target"):
            operations.measure_coverage(self.deals, won=self.won, target=Decimal(0), period=QUARTER, as_of=AS_OF)
