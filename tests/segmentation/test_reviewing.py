"""The planted kinds of customers are found in the warehouse, keep their numbers, and bring what was foreseen."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from segment_company import BEST, write_company

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.segmentation import (
    PlayTerms,
    describe_split,
    foresee_segments,
    list_split_columns,
    propose_plays,
    review_segments,
    tabulate_effects,
    tabulate_split,
    trace_segments,
    word_split_table,
    write_rule_sql,
    write_segment_findings,
    write_segment_headline,
    write_segment_list,
    write_segment_notes,
)
from saleslab.segmentation.agreement import cross_count, measure_ari
from saleslab.segmentation.review_values import tell_trait
from saleslab.warehouse import connect
from saleslab.wording import write

AS_OF = date(2026, 9, 30)
TARGET = 250_000_000
COSTS = {"visit_cost": 20_000.0, "call_cost": 2_000.0}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    address = f"duckdb:///{tmp_path_factory.mktemp('review')}/lab.duckdb"
    write_company(address)
    return address


@pytest.fixture(scope="module")
def lab(address):
    with connect(address, read_only=True) as lab:
        yield lab


@pytest.fixture(scope="module")
def review(lab):
    return review_segments(lab, as_of=AS_OF, seed=1, target=TARGET, **COSTS)


def kinds(review):
    return review.customers["account_id"].str.extract(r"a:(\w+)-")[0]


def test_the_planted_kinds_are_natural_and_none_is_mixed_with_a_kind_of_another_value(review):
    assert review.choice.verdict == "natural"
    by_kind = pd.crosstab(kinds(review), review.customers["segment"])
    worth = {"heavy": "much", "light": "little", "lapsed": "nothing", "once": "nothing"}
    mixed = by_kind.groupby(worth).sum()
    assert (mixed > 0).sum().max() == 1, "customers who bring nothing any more became one segment, and nobody else did"
    assert by_kind.loc["heavy"].gt(0).sum() == 1


def test_the_kind_that_brings_most_leads_and_is_kept(review):
    first = review.profiles[0]
    heavy = review.customers[kinds(review) == "heavy"]
    assert (first.segment, first.n_customers) == (1, 60)
    assert first.value_now == pytest.approx(heavy["value"].sum())
    assert first.name.en == "Frequent buyers, big spenders"
    assert (first.play.name, first.play.owner, first.play.cost) == ("keep", "account_manager", 60 * 20_000)
    assert review.profiles[-1].play is None, "who brings nothing is left alone"
    assert review.terms.margin_rate == pytest.approx(0.4)


def test_an_order_size_that_sets_a_kind_apart_is_told_in_money(review):
    """Lapsed customers placed the largest orders of all: 600,000 where light ones placed 40,000."""
    told = [
        tell_trait(trait, review) for one in review.profiles for trait in one.traits if trait.column == "order_size"
    ]
    assert told
    assert all(text.en.startswith("amount of an order: ¥") and "円" in text.ja for text in told)


def test_numbers_are_those_of_the_places_and_shares_add_up(review):
    assert [one.segment for one in review.profiles] == sorted(one.segment for one in review.profiles)
    assert sum(one.share for one in review.profiles) == pytest.approx(1)
    assert sum(one.value_now for one in review.profiles) == pytest.approx(review.customers["value"].sum())


def test_the_query_gives_the_same_segments_in_the_warehouse(lab, review, address):
    import duckdb

    told = {"as_of": AS_OF, "cuts": review.cuts, "numbers": review.numbers}
    query = write_rule_sql(lab, review.segmentation.rule, **told)
    with connect("duckdb://") as other:  # an engine of its own: the query needs nothing of ours
        assert other.names() == ()
    copy = address.removeprefix("duckdb:///")
    con = duckdb.connect(":memory:")
    con.execute(f"attach '{copy}' as lab (read_only)")
    con.execute("use lab")
    rows = con.execute(query).fetchall()
    assert dict(rows) == dict(zip(review.customers["account_id"], review.customers["segment"], strict=True))


def test_segments_of_an_earlier_run_keep_their_numbers(lab, review):
    earlier = review.customers.set_index("account_id")["segment"].map({1: 41, 2: 42, 3: 43, 4: 44}).astype("Int64")
    again = review_segments(lab, as_of=AS_OF, seed=1, previous=earlier, **COSTS)
    first = again.profiles[0]
    assert (first.segment, first.name) == (41, review.profiles[0].name)
    own = again.customers.set_index("account_id")["segment"]
    codes = [pd.factorize(one.astype(int))[0].astype(np.int64) for one in (earlier, own)]
    assert measure_ari(cross_count(*codes, np.ones(len(own)))) > 0.8


@pytest.mark.requirement("L01")
def test_the_planted_best_industry_leads_the_target_market(review):
    assert review.market.segments[0].segment == BEST
    assert review.market.segments[0].chance_top_two > 0.95


@pytest.mark.requirement("M05")
def test_the_money_of_two_years_adds_up_over_segments_causes_and_targets(lab, review):
    assert review.split.total_after == pytest.approx(review.customers["value"].sum())
    orders = lab.read(lab.table("orders").select("ordered_at", "total"))
    day = (orders["ordered_at"] + pd.Timedelta(hours=9)).dt.normalize()
    before = orders.loc[(day > "2024-09-30") & (day <= "2025-09-30"), "total"].astype(float).sum()
    assert review.split.total_before == pytest.approx(before)
    change = review.split.total_after - review.split.total_before
    assert review.split.by_volume + review.split.by_mix + review.split.by_rate == pytest.approx(change)
    assert sum(part.target for part in review.split.parts) == TARGET
    first = next(part for part in review.split.parts if part.segment == "1")
    assert (first.n_before, first.n_after) == (60, 60), "who buys every month still does"
    assert 0.5 < review.split.stability < 1, "and some of the others have fallen silent since"


@pytest.mark.requirement("M05")
def test_the_table_by_segment_ends_with_the_company_and_names_what_it_is(review):
    table = tabulate_split(review)
    assert list(table.columns) == list(list_split_columns(review))
    assert [one.en for one in table["segment"]] == [*(one.name.en for one in review.profiles), "Others", "All"]
    for name in ("customers_before", "customers"):
        numbers = [count.n for count in table[name]]
        assert sum(numbers[:-1]) == numbers[-1]
    assert write(table["goal"].iloc[-1], "en") == "¥250 M"
    caption = word_split_table(review)["caption"]
    assert f"agree to {review.split.stability:.2f}" in caption.en
    assert "目標は" in caption.ja
    assert tabulate_effects(review)["money"].iloc[1].en in describe_split(review)["alt"].en


def test_half_a_period_before_is_no_period_to_compare_with(lab):
    young = review_segments(lab, as_of=AS_OF, seed=1, horizon=1_100, k=2, **COSTS)
    assert young.has_next
    assert young.split is None
    assert (
        "for two whole periods of 1,100 days"
        in {one["name"]: one for one in write_segment_notes(young)}["no_split"]["text"].en
    )


def test_pages_say_verdict_segments_and_what_to_do_in_both_languages(review):
    head = write_segment_headline(review)
    assert head["tone"] == "good"
    assert "natural groups" in head["status"].en
    assert "自然な" in head["status"].ja
    tasks = write_segment_list(review)["tasks"]
    assert [task["whom"] for task in tasks] == [one.name for one in review.profiles]
    facts = {label.en: write(value, "en") for label, value in tasks[0]["facts"]}
    assert facts["Customers"] == "60 (25 %)"
    assert facts["Owner"] == "Account managers"
    assert "pays from" in facts["Rise of that share"]
    assert tasks[-1]["action"].en == "No play: leave alone"
    names = [one["name"] for one in write_segment_findings(review)]
    assert names[0] == "do_move_down"
    assert "do_look" in names
    assert "do_review" not in names, "natural groups need no warning that lines are ours"
    assert {"learned", "next", "margin", "again", "replay"} <= {one["name"] for one in write_segment_notes(review)}


def test_what_was_foreseen_a_year_ago_came_true(lab):
    past = review_segments(lab, as_of=date(2025, 9, 30), seed=1, **COSTS)
    came = past.customers.groupby("segment")["value_next"].sum()
    held = [came[one.segment] in one.value_next for one in past.profiles if one.value_next is not None]
    assert len(held) >= 3
    assert np.mean(held) >= 0.75


def test_a_company_that_is_too_young_has_segments_as_asked_but_no_value_next(lab):
    asked = {"k": 3, "method": "prototypes", "by": ["spend_score", "size"]}
    young = review_segments(lab, as_of=AS_OF, seed=1, horizon=2_200, since=60, **asked, **COSTS)
    assert not young.has_next
    assert len(young.segmentation.sizes) == 3
    assert "Shown are 3, as was asked." in write_segment_headline(young)["answer"].en
    assert all(one.value_next is None and one.play is None for one in young.profiles)
    assert "do not go back far enough" in write_segment_list(young)["caption"].en


def test_options_that_make_no_sense_are_refused(lab):
    with pytest.raises(BadArgument, match=r"(?s)horizon=0, since=91, k=1, target=0 .*Next: give days from 1"):
        review_segments(lab, as_of=AS_OF, seed=1, horizon=0, k=1)
    with pytest.raises(BadArgument, match=r"(?s)target=-5 cannot be used.*Next: give days from 1.*a target from 0"):
        review_segments(lab, as_of=AS_OF, seed=1, target=-5)
    with pytest.raises(BadArgument, match=r"(?s)margin rate is 2.*Next: give costs from 0"):
        review_segments(lab, as_of=AS_OF, seed=1, margin_rate=2.0)
    with pytest.raises(NotEnoughData, match=r"(?s)Nobody had bought.*Next: choose a later day"):
        review_segments(lab, as_of=date(2001, 1, 1), seed=1)


# -- what is foreseen, what is proposed, where segments come from


def test_intervals_of_what_segments_bring_hold_the_sum_of_equal_years_a_little_more_often_than_they_say():
    lot, held = np.random.default_rng(4), []
    for _ in range(600):
        buys, size = lot.random(160) < 0.6, lot.lognormal(0, 0.8, 160)
        spend = np.where(buys, size, 0.0)
        foreseen = foresee_segments(pd.DataFrame({"segment": 1, "value_next": spend[:80]}), {1: 80})
        held.append(spend[80:].sum() in foreseen[1])
    assert 0.9 <= np.mean(held) <= 0.97


def test_where_nobody_bought_some_still_may():
    past = pd.DataFrame({"segment": [1] * 30 + [2] * 30, "value_next": [0.0] * 30 + [100.0] * 30})
    foreseen = foresee_segments(past, {1: 30, 2: 10, 3: 4})
    assert foreseen[1].estimate == 0
    assert foreseen[1].high == pytest.approx(30 * (1 - 0.1 ** (1 / 30)) * 100)
    assert 3 not in foreseen
    with pytest.raises(TableError, match=r"(?s)missing or infinite in 1 rows.*Next: give 0"):
        foresee_segments(past.assign(value_next=[np.nan, *past["value_next"][1:]]), {1: 30})


def test_plays_follow_what_customers_did_and_cost_what_was_told():
    past = pd.DataFrame(
        {
            "segment": np.repeat([1, 2, 3, 4], 50),
            "spend": np.repeat([90.0, 10.0, 80.0, 5.0], 50),
            "n_next": np.tile([1, 1, 1, 0, 0], 40) * np.repeat([1, 1, 0, 0], 50),
        }
    )
    past.loc[[100, 101, 150], "n_next"] = 1
    past["value_next"] = past["n_next"] * np.repeat([60.0, 5.0, 40.0, 5.0], 50)
    plays = propose_plays(past, dict.fromkeys(range(1, 6), 20), terms=PlayTerms(3.0, 1.0, 0.5))
    assert {number: play.name for number, play in plays.items()} == {1: "keep", 2: "develop", 3: "win_back"}
    assert (plays[1].cost, plays[3].cost, plays[3].margin) == (60.0, 20.0, 20.0)


def test_a_planted_group_comes_whole_out_of_one_segment_and_noise_does_not():
    lot = np.random.default_rng(3)
    groups = pd.DataFrame({"a": np.repeat([0.0, 10, 50], 60), "b": np.repeat([0.0, 0, 5], 60)}) + lot.normal(
        size=(180, 2)
    )
    noise = pd.DataFrame(lot.normal(size=(180, 2)), columns=["a", "b"])
    at_three = [one.stability for one in trace_segments(groups, by=["a", "b"], seed=1, k_most=4) if one.k == 3]
    assert min(at_three) > 0.95
    assert min(one.stability for one in trace_segments(noise, by=["a", "b"], seed=1, k_most=4)) < 0.7
    with pytest.raises(BadArgument, match=r"(?s)k_most is 2.*Next: give at least 3"):
        trace_segments(noise, by=["a"], seed=1, k_most=2)
