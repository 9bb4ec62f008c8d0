"""Chances of quotas: planted ones are found, people add up to the company, nothing later is known, and so it is on
real quotas."""

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from quota_company import CALENDAR, LEVELS, PEOPLE, QUARTERS, SPREAD, make_lab, make_quotas, make_sales
from scipy.stats import gamma

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.quotas import (
    draw_owner_totals,
    judge_chances,
    review_quota_chances,
    tabulate_running,
    try_quota_chances,
    write_quota_banner,
    write_quota_findings,
    write_quota_headline,
    write_quota_notes,
)
from saleslab.intake import import_export
from saleslab.warehouse import connect

DATA = Path(__file__).parents[3] / "shared" / "data" / "adventureworks"
TODAY = date(2026, 8, 20)


@pytest.fixture(scope="module")
def outlook():
    return review_quota_chances(make_lab(), as_of=TODAY, days_before=(30,), seed=1)


def true_chance(quotas):
    """The chance of each quota on the eve, from the law by which sales were made."""
    level = LEVELS[[PEOPLE.index(one) for one in quotas["owner_id"]]]
    return gamma.sf(quotas["target"] / level, a=3 / SPREAD**2, scale=SPREAD**2)


def test_planted_chances_are_found_on_the_eve(outlook):
    said = outlook.said[outlook.said["asked"].eq("eve")]
    assert np.abs(said["chance"] - true_chance(said)).mean() < 0.13  # measured .105: three years of months say no more
    assert np.corrcoef(said["chance"], true_chance(said))[0, 1] > 0.9


def test_chances_that_know_something_are_nearer_than_the_share_met_so_far(outlook):
    record = outlook.record
    assert outlook.measure == "ordered_amount"
    assert (record.n_judged, record.n_quarters) == (48, 4)  # five quarters are over; of the first no share was known
    assert record.verdict == "nearer"
    assert record.brier < 0.6 * record.plain_brier
    assert outlook.later[30].brier < record.brier
    assert write_quota_banner(outlook)["tone"] == "good"


def test_the_law_of_the_plan_scores_about_as_well_as_the_chances(outlook):
    said = outlook.said[outlook.said["asked"].eq("eve") & outlook.said["is_met"].notna()]
    met = said["is_met"].astype(float)
    best, own = (((chance - met) ** 2).mean() for chance in (true_chance(said), said["chance"]))
    assert own < best + 0.03


def test_people_add_up_to_the_company_in_every_future():
    sales = make_sales().rename(columns={"total": "amount"})
    sales = sales.assign(start=sales["ordered_at"].dt.normalize(), end=sales["ordered_at"].dt.normalize())
    told = {"as_of": TODAY, "period": CALENDAR.quarter_of(TODAY), "calendar": CALENDAR, "n_paths": 200}
    drawn = draw_owner_totals(sales[sales["end"] <= pd.Timestamp(TODAY)], **told)
    assert drawn.company == pytest.approx(sum(drawn.find(one) for one in PEOPLE))
    assert (drawn.totals >= drawn.so_far[:, None]).all()


def test_the_lines_of_the_table_add_up_to_the_last_one(outlook):
    people, together = outlook.people, outlook.together
    assert people["mean"].sum() == pytest.approx(together.loc["with_quota", "mean"])
    assert together.loc["company", "mean"] == pytest.approx(together["mean"].iloc[:2].sum())
    table = tabulate_running(outlook)
    assert table["person"].iloc[-1].en == "All with a quota"  # nobody else sells
    assert len(table) == len(PEOPLE) + 1


def test_a_higher_quota_never_has_a_better_chance(outlook):
    raised = make_quotas().assign(target=lambda rows: rows["target"] * 1.1)
    higher = review_quota_chances(make_lab(quotas=raised), as_of=TODAY, n_quarters=1, seed=1)
    both = higher.people.merge(outlook.people, on="owner_id", suffixes=("", "_before"))
    assert len(both) == len(PEOPLE)
    assert (both["chance"] <= both["chance_before"]).all()
    assert both["mean"].tolist() == pytest.approx(both["mean_before"].tolist())


def test_what_came_later_changes_no_chance():
    day = date(2026, 5, 31)
    sales = make_sales()
    is_later = sales["ordered_at"] > pd.Timestamp(day) + pd.Timedelta(days=1)
    other = sales.assign(total=sales["total"].where(~is_later, 9e9))
    told = [review_quota_chances(make_lab(one), as_of=day, n_quarters=1, seed=1).said for one in (sales, other)]
    pd.testing.assert_frame_equal(*told)


def test_who_sells_for_less_than_six_months_has_no_chance_but_counts_in_the_company():
    sales = make_sales()
    is_new = sales["owner_id"].eq(PEOPLE[0]) & (sales["ordered_at"] < pd.Timestamp("2026-05-01"))
    found = review_quota_chances(make_lab(sales[~is_new]), as_of=TODAY, n_quarters=1, seed=1)
    of = found.people.set_index("owner_id")
    assert of["chance"].isna().to_dict() == {one: one == PEOPLE[0] for one in PEOPLE}
    assert of.loc[PEOPLE[0], "so_far"] > 0
    assert found.together.loc["with_quota", "mean"] > of["mean"].sum() + of.loc[PEOPLE[0], "so_far"]


def test_of_two_quotas_of_one_person_and_quarter_the_last_counts_and_the_others_are_told():
    quotas = make_quotas()
    again = quotas[quotas["scope_id"].eq(PEOPLE[1])].assign(target=1.0, version=2)
    again = again.assign(target_id="z" + again["target_id"])
    strange = quotas.iloc[[0]].assign(scope_id="u:nobody", target_id="x1")
    half = quotas.iloc[[2]].assign(period_end=date(2025, 5, 31), target_id="x2")
    found = review_quota_chances(
        make_lab(quotas=pd.concat([quotas, again, strange, half])), as_of=TODAY, n_quarters=2, days_before=(), seed=1
    )
    mine = found.quotas[found.quotas["owner_id"].eq(PEOPLE[1])]
    assert set(mine["target"]) == {1.0}
    assert mine["is_met"].iloc[0]
    left = found.left_out
    assert (left.n_replaced, left.n_unknown, left.n_other) == (len(QUARTERS), 1, 1)
    assert left.n_older == (len(QUARTERS) - 2) * len(PEOPLE)
    words = " ".join(note["text"].en for note in write_quota_notes(found))
    assert "6 that a later one for the same person and quarter replaced" in words


def test_quotas_of_won_deals_are_compared_with_won_deals():
    sales = make_sales()
    deals = pd.DataFrame(
        {"opportunity_id": [f"d{at}" for at in range(len(sales))], "owner_id": sales["owner_id"], "is_won": True}
        | {"closed_at": sales["ordered_at"], "created_at": sales["ordered_at"], "is_closed": True, "stage_id": "s"}
        | {"amount": [round(one / 2) for one in sales["total"]]}
    )
    lab = make_lab(quotas=make_quotas(metric="won_amount"), deals=deals)
    found = review_quota_chances(lab, as_of=TODAY, n_quarters=1, days_before=(), seed=1)
    in_quarter = sales["ordered_at"].between(pd.Timestamp("2026-07-01"), pd.Timestamp(TODAY))
    assert found.measure == "won_amount"
    assert found.people["so_far"].sum() == pytest.approx(sales.loc[in_quarter, "total"].sum() / 2, rel=1e-3)


def test_after_the_last_quarter_with_quotas_the_page_tells_what_was_met():
    found = review_quota_chances(make_lab(), as_of=date(2026, 9, 30), n_quarters=2, days_before=(), seed=1)
    assert found.running is None
    assert found.people.empty
    assert "No quota is on record for the quarter that follows 30 Sep 2026" in write_quota_headline(found)["answer"].en
    assert found.record is None  # two quarters are too few
    assert "Too few past quotas" in write_quota_banner(found)["text"].en
    assert {one["name"] for one in write_quota_findings(found)} <= {"do_high"}


def planted_rows(chances, *, n_quarters=10, n_people=15, seed=1):
    """Quotas with true chances, and what is stated of them by a rule."""
    lot = np.random.default_rng(seed)
    starts = pd.date_range("2024-01-01", periods=n_quarters, freq="QS").repeat(n_people)
    truth = lot.uniform(0.05, 0.95, n_quarters * n_people)
    rows = pd.DataFrame({"owner_id": np.tile(np.arange(n_people), n_quarters).astype(str), "start": starts})
    rows = rows.assign(end=starts + pd.offsets.QuarterEnd(), is_met=lot.random(len(truth)) < truth)
    return rows.assign(chance=chances(truth, lot))


def test_true_chances_hold_and_turned_ones_are_found_out():
    honest = judge_chances(planted_rows(lambda truth, _: truth))
    turned = judge_chances(planted_rows(lambda truth, _: 1 - truth))
    assert (honest.verdict, honest.calibration.n_outside) == ("nearer", 0)
    assert turned.verdict == "farther"
    assert turned.calibration.n_outside > 0


def test_chances_that_know_nothing_are_seldom_called_nearer():
    rule = lambda truth, lot: np.clip(lot.normal(0.5, 0.02, len(truth)), 0, 1)  # noqa: E731
    told = {"n_people": 5, "n_quarters": 8}
    verdicts = [judge_chances(planted_rows(rule, seed=seed, **told)).verdict for seed in range(40)]
    assert verdicts.count("nearer") <= 6


def test_no_group_of_chances_speaks_of_fewer_than_three_people():
    rows = planted_rows(lambda truth, _: truth, n_people=2, n_quarters=30)
    assert judge_chances(rows) is None
    three = planted_rows(lambda truth, _: truth, n_people=3, n_quarters=30)
    apart = three.assign(chance=np.where(three["owner_id"].eq("0"), 0.9, 0.1))
    assert [point.n for point in judge_chances(apart).calibration.points] == [87]


def test_without_quotas_or_sales_it_is_said_what_is_missing():
    lab = make_lab(quotas=make_quotas().assign(scope_type="team"))
    with pytest.raises(NotEnoughData, match="No person has a quota of money(.|\n)*Next: import targets"):
        review_quota_chances(lab, as_of=TODAY)
    found, gap = try_quota_chances(lab, as_of=TODAY)
    assert found is None
    assert "個人別の金額目標が登録されていません" in gap.ja
    assert write_quota_headline(None, gap)["status"].en == "No quota to judge"
    assert write_quota_notes(None) == []
    strange = make_quotas().assign(scope_id="u:nobody")
    with pytest.raises(NotEnoughData, match="None of 72 quotas(.|\n)*Next: .* name people as sales do"):
        review_quota_chances(make_lab(quotas=strange), as_of=TODAY)
    with pytest.raises(BadArgument, match="n_quarters is 0"):
        review_quota_chances(lab, as_of=TODAY, n_quarters=0)


def test_a_company_of_a_few_months_has_quotas_and_no_chances():
    sales = make_sales()
    young = make_lab(sales[sales["ordered_at"] >= pd.Timestamp("2026-08-10")])
    with pytest.raises(NotEnoughData, match="None of 72 quotas"):
        review_quota_chances(young, as_of=TODAY)
    found = review_quota_chances(
        make_lab(sales[sales["ordered_at"] >= pd.Timestamp("2026-04-01")]), as_of=TODAY, days_before=(), seed=1
    )
    assert found.people["chance"].isna().all()
    assert write_quota_headline(found)["status"].en == "Too early for chances"


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared sample AdventureWorks is not here")
@pytest.mark.slow
@pytest.mark.requirement("M03")
def test_on_real_quotas_the_chances_come_true_and_know_more_than_the_share_met(tmp_path):
    address = f"duckdb:///{tmp_path}/aw.duckdb"
    with connect(address) as lab:
        import_export(DATA, lab, map_name_or_file="adventureworks", loaded_at=datetime(2026, 11, 24))
        found = review_quota_chances(lab, as_of=date(2013, 8, 31), days_before=(60, 30), seed=1)
    left = found.left_out
    assert (left.n_on_record, left.n_replaced, left.n_unrecorded, left.n_unknown) == (163, 10, 10, 0)
    assert (len(found.over), int(found.over["is_met"].sum()), len(found.people)) == (126, 42, 17)
    record = found.record
    assert (record.n_judged, record.n_met, record.n_quarters) == (95, 34, 8)
    assert record.brier == pytest.approx(0.182, abs=0.01)
    assert record.plain_brier == pytest.approx(0.255, abs=0.001)
    assert record.verdict == "nearer"
    assert record.calibration.n_outside == 0
    assert found.later[30].brier < found.later[60].brier < record.brier
