"""A whole review: on an invented company, on a thin CRM, and on almost nothing."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from invented import AS_OF, deal, lab_of, planted_deals, pushes, stages

from saleslab import operations
from saleslab.periods import FiscalCalendar
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect
from saleslab.wording import LANGUAGES, Money, Text, join_texts, write


def words_of(tree):
    """Yield every text below a tree of dicts, lists and texts."""
    if isinstance(tree, Text):
        yield tree
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from words_of(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from words_of(value)


def everything_said(review):
    yield from words_of(operations.write_headline(review))
    for part in (operations.write_cards, operations.write_findings, operations.write_notes):
        yield from words_of(part(review))
    pictures = {
        "revenue": operations.describe_revenue,
        "change": operations.describe_change,
        "pipeline": operations.describe_pipeline,
        "win_rate": operations.describe_win_rate,
        "scorecard": operations.describe_scorecard,
    }
    for name, describe in pictures.items():
        yield from words_of(describe(review) if getattr(review, name) else {"gap": operations.say_gap(name)})


def cells_of(review):
    tables = {
        "revenue": operations.tabulate_revenue,
        "change": operations.tabulate_changes,
        "pipeline": operations.tabulate_pipeline,
        "win_rate": operations.tabulate_win_rate,
        "scorecard": operations.tabulate_scorecard,
        "slips": operations.tabulate_slips,
    }
    for name, tabulate in tables.items():
        if getattr(review, name) is not None:
            frame = tabulate(review)
            operations.name_columns(*frame.columns)
            for value in frame.to_numpy().ravel():
                if value is not None and not (isinstance(value, float) and pd.isna(value)):
                    yield value


@pytest.fixture(scope="module")
def simulated():
    company = simulate(Scenario(seed=7, n_deals=900))
    with connect("duckdb://") as lab:
        for name in ("opportunities", "stages", "users", "field_events", "stage_events", "orders", "targets"):
            lab.write(name, company.tables[name], source_system="simulated", loaded_at=datetime(2026, 11, 24))
        yield lab, company


@pytest.fixture(scope="module")
def review(simulated):
    lab, _ = simulated
    return operations.review_sales(lab, as_of=operations.read_data_until(lab))


class TestOnAnInventedCompany:
    @pytest.mark.requirement("H04")
    def test_every_question_is_answered_and_the_totals_agree_with_the_tables(self, simulated, review):
        _, company = simulated
        assert review.gaps == {}
        deals = company.tables["opportunities"].to_pandas()
        closed = pd.to_datetime(deals["closed_at"]) + timedelta(hours=9)
        inside = closed.dt.date.between(review.period.start, review.period.end) & deals["is_won"]
        total = sum(deals.loc[inside, "amount"], Decimal(0))
        assert review.revenue.current.won_amount == total == review.scorecard.won_amount
        assert review.revenue.current.n_won == inside.sum()

    @pytest.mark.requirement("H06")
    def test_the_board_holds_every_open_deal_once(self, simulated, review):
        _, company = simulated
        deals = company.tables["opportunities"].to_pandas()
        assert review.pipeline.total.n_deals == (~deals["is_closed"]).sum()
        assert review.pipeline.total.amount == sum(deals.loc[~deals["is_closed"], "amount"].dropna(), Decimal(0))
        late = ~deals["is_closed"] & (pd.to_datetime(deals["expected_close_date"]) < pd.Timestamp(review.as_of))
        assert review.slips.n_past_close == late.sum()

    @pytest.mark.requirement("H04", "B07")
    def test_the_exact_amounts_of_the_scorecard_add_up_to_its_last_row_and_to_the_headline(self, review):
        table = operations.tabulate_scorecard(review)
        for column in ("won_amount", "ordered_amount"):
            *rows, total = (cell.amount for cell in table[column])
            assert sum(rows) == total
        assert table["won_amount"].iloc[-1].amount == review.revenue.current.won_amount
        assert table["ordered_amount"].iloc[-1].amount == review.scorecard.ordered_amount

    def test_orders_that_only_repeat_what_was_won_are_left_out(self, review):
        reps = tuple(replace(rep, ordered_amount=rep.won_amount) for rep in review.scorecard.reps)
        same = replace(review, scorecard=replace(review.scorecard, reps=reps))
        assert "ordered_amount" not in operations.tabulate_scorecard(same)

    def test_the_parts_of_the_change_add_up_to_its_last_row(self, review):
        *parts, total = (cell.amount for cell in operations.tabulate_changes(review)["part"])
        assert sum(parts) == total == review.revenue.current.won_amount - review.revenue.previous.won_amount

    def test_the_comparison_stands_beside_the_same_stretch_of_the_other_periods(self, simulated):
        lab, _ = simulated
        running = operations.review_sales(lab, as_of=date(2026, 8, 20))
        table = operations.tabulate_comparison(running)
        assert list(table.columns) == ["measure", "year_before", "before", "now", "difference"]
        heads = operations.head_comparison(running, *table.columns)
        assert [heads[name].en for name in ("year_before", "before", "now")] == ["FY2025 Q2", "FY2026 Q1", "FY2026 Q2"]
        won = table.iloc[0]
        assert (won["before"].amount, won["now"].amount) == (
            running.revenue.previous.won_amount,
            running.revenue.current.won_amount,
        )
        rate = table.iloc[3]
        (card,) = (each for each in operations.write_cards(running) if each["name"] == "win_rate")
        assert (rate["before"], rate["now"]) == (card["previous"], card["value"])

    def test_a_period_that_ended_below_its_target_comes_first_among_the_findings(self, review):
        assert review.coverage.missing > 0
        first = operations.write_findings(review)[0]
        assert first["name"] == "do_missed"
        assert write(Money(review.coverage.missing, review.currency), "ja") in first["text"].ja

    def test_pipelines_are_called_by_their_names(self, review):
        called = {cell.ja for cell in operations.tabulate_pipeline(review)["pipeline"] if isinstance(cell, Text)}
        assert called == {"新規営業", "既存深耕"}

    def test_the_ground_of_the_review_is_told_with_the_exact_won_money(self, simulated, review):
        _, company = simulated
        deals = company.tables["opportunities"].to_pandas()
        (note,) = (each for each in operations.write_notes(review) if each["name"] == "scope")
        won = sum(deals.loc[deals["is_closed"] & deals["is_won"], "amount"].dropna(), Decimal(0))
        assert f"{len(deals):,} deals" in note["text"].en
        assert f"¥{won:,.0f}" in note["text"].en

    def test_findings_have_an_owner_a_due_business_day_and_evidence(self, review):
        blocks = {"won_amount", "slips", "pipeline_by_stage", "win_rate_by_period", "scorecard", "gaps"}
        findings = operations.write_findings(review)
        assert findings
        for finding in findings:
            assert set(finding["evidence"]) <= blocks
            assert finding["due"] > review.as_of
            assert review.calendar.is_business_day(finding["due"])
            assert finding["owner"].en

    def test_names_can_be_kept_out(self, simulated, review):
        lab, company = simulated
        anonymous = operations.review_sales(lab, as_of=review.as_of, show_names=False)
        names = {name for name in company.tables["users"].to_pandas()["name"] if name}
        said = "".join(text.en + text.ja for text in everything_said(anonymous))
        said += "".join(write(cell, "ja") for cell in cells_of(anonymous))
        assert not [name for name in names if name in said]
        shown = "".join(write(cell, "ja") for cell in cells_of(review))
        assert [name for name in names if name in shown]

    def test_between_three_and_seven_cards_each_with_a_name_of_its_own(self, review):
        names = [card["name"] for card in operations.write_cards(review)]
        assert 3 <= len(names) <= 7
        assert len(set(names)) == len(names)

    def test_a_review_in_the_past_knows_nothing_of_what_came_after(self, simulated):
        lab, _ = simulated
        past = operations.review_sales(lab, as_of=date(2025, 8, 31))
        assert past.period == FiscalCalendar().parse("FY2025Q2")
        assert not past.revenue.is_over
        assert all(month.month.start <= date(2025, 8, 1) for month in past.revenue.months)
        assert past.pipeline.total.n_deals > 0

    def test_contracts_are_checked(self, simulated):
        lab, _ = simulated
        assert operations.check_reviewed(lab, as_of=AS_OF)["tone"] == "good"

    def test_deals_that_contradict_themselves_are_told_beside_broken_contracts(self):
        rows = [deal("o:1", created=date(2026, 7, 1), closed=date(2026, 5, 3), won=True), deal("o:2", probability=7.0)]
        with lab_of(rows) as lab:
            banner = operations.check_reviewed(lab, as_of=AS_OF)
        assert banner["tone"] == "warn"
        assert banner["text"].en.startswith("2 rows break 2 rules")
        assert "1 deal was closed before the day of creation." in [detail.en for detail in banner["details"]]


class TestWords:
    """Sentences keep to what the numbers say."""

    @pytest.mark.parametrize(
        ("now", "said"),
        [
            (3_000, "more than in FY2026 Q2"),
            (2, "less than in FY2026 Q2"),
            (100, "about as much as in FY2026 Q2"),
        ],
    )
    def test_the_direction_of_a_change_is_told_in_words(self, now, said):
        rows = [deal("o:1", created=date(2026, 7, 1), closed=date(2026, 8, 3), won=True, amount=100)]
        rows += [deal("o:2", created=date(2026, 10, 1), closed=date(2026, 10, 5), won=True, amount=now)]
        rows += [deal("o:3", created=date(2026, 7, 1), closed=date(2026, 7, 1))]
        with lab_of(rows) as lab:
            review = operations.review_sales(lab, as_of=date(2026, 12, 31))
        assert said in operations.write_headline(review)["answer"].en

    @pytest.mark.parametrize(
        ("period", "before"), [("2026-09", "前月"), ("FY2026Q2", "前四半期"), ("FY2026", "前年度")]
    )
    def test_the_period_before_is_called_by_its_length(self, simulated, period, before):
        lab, _ = simulated
        reviewed = FiscalCalendar().parse(period)
        review = operations.review_sales(lab, as_of=date(2026, 9, 30), period=reviewed)
        assert re.search(f"{before}(の同時点)?（", operations.write_headline(review)["answer"].ja)

    def test_few_deals_bear_no_decimal(self):
        rows = [deal(f"o:{i}", created=date(2026, 10, 1), closed=date(2026, 10, 5), won=i < 1) for i in range(3)]
        with lab_of(rows) as lab:
            review = operations.review_sales(lab, as_of=AS_OF)
        (card,) = (each for each in operations.write_cards(review) if each["name"] == "win_rate")
        assert write(card["value"], "en") == "33 %"


class TestOnAThinCrm:
    """Like the Maven sample: no history, no close dates, no activities, some deals without a creation date."""

    @pytest.fixture
    def thin(self):
        rows = planted_deals(3, 800, chances=(0.6, 0.6))
        for row in rows:
            del row["pipeline_id"]
            row["amount"] = row["amount"] if row["is_won"] else None
            row["stage_id"] = "Engaging" if not row["is_closed"] else "Won" if row["is_won"] else "Lost"
        rows += [deal(f"o:prospect{i}", stage_id="Prospecting", amount=None, pipeline_id=None) for i in range(20)]
        with lab_of(rows) as lab:
            yield operations.review_sales(lab, as_of=AS_OF)

    def test_what_can_be_answered_is_and_the_rest_is_named(self, thin):
        assert set(thin.gaps) == {"slips", "coverage"}
        assert thin.pipeline.total.median_age_days is not None
        (finding,) = (found for found in operations.write_findings(thin) if found["name"] == "do_gaps")
        assert "expected close date" in finding["text"].en
        assert "次のステップ" in finding["text"].ja
        assert operations.say_no_slips(thin) == operations.say_gap("slips")

    def test_a_deal_without_creation_date_has_no_age_and_is_still_counted(self, thin):
        (prospecting,) = (stage for stage in thin.pipeline.stages if stage.stage_id == "Prospecting")
        assert (prospecting.n_deals, prospecting.median_age_days, prospecting.n_old) == (20, None, None)


TINY = {
    "one open deal": [deal("o:1", created=AS_OF)],
    "one won deal": [deal("o:1", created=date(2026, 11, 1), closed=AS_OF, won=True)],
    "one lost deal": [deal("o:1", created=date(2026, 11, 1), closed=AS_OF)],
    "no date at all": [deal("o:1", amount=None), deal("o:2")],
    "closed without a date": [deal("o:1", created=AS_OF, is_closed=True, is_won=True)],
    "a won and a lost deal": [
        deal("o:1", created=date(2026, 11, 1), closed=AS_OF, won=True, amount=None),
        deal("o:2", created=date(2026, 11, 1), closed=AS_OF, owner_id=None),
    ],
    "one deal a year ago": [deal("o:1", created=date(2025, 11, 1), closed=date(2025, 11, 9), won=True)],
}


class TestOnAlmostNothing:
    @pytest.mark.parametrize("rows", TINY.values(), ids=TINY.keys())
    def test_a_review_of_a_handful_of_deals_says_what_it_cannot_say(self, rows):
        with lab_of(rows) as lab:
            review = operations.review_sales(lab, as_of=AS_OF)
        for text in everything_said(review):
            for lang in LANGUAGES:
                assert text.of(lang).strip()
                assert "nan" not in text.of(lang).lower().split()
        for cell in cells_of(review):
            assert write(cell, "en")
        for question in review.gaps:
            assert operations.say_gap(question).ja

    def test_one_slipping_deal_is_listed_with_its_history(self):
        row = deal("o:1", created=date(2026, 8, 1), expected_close_date=date(2026, 10, 31), amount=None)
        with lab_of([row], stages=stages(), field_events=pushes("o:1", ["2026-09-30", "2026-10-31"])) as lab:
            review = operations.review_sales(lab, as_of=AS_OF)
        table = operations.tabulate_slips(review)
        assert [write(cell, "ja") for cell in table["deal"]] == ["o:1"]
        assert [write(cell, "ja") for cell in table[["days_late", "slip_count"]].iloc[0]] == ["24日", "1"]
        assert review.slips.deals[0].days_pushed == 31


class TestDueDates:
    def test_five_business_days_skip_weekends_and_holidays(self):
        with lab_of([deal("o:1", created=AS_OF)]) as lab:
            review = operations.review_sales(lab, as_of=date(2026, 11, 20))  # Friday; Monday 23rd is a holiday
        assert operations.due_after(review, 5) == date(2026, 11, 30)


def test_sentences_join_as_each_language_joins_them():
    joined = join_texts(Text("One.", "一。"), None, Text("Two.", "二。"))
    assert joined == Text("One. Two.", "一。二。")
