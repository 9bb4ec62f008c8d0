"""The planted best kind of company comes first or second, and luck with few deals does not."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import NotEnoughData, TableError
from saleslab.segmentation import rank_target_market

NAMES = [f"kind_{at}" for at in range(6)]
RATES = np.array([0.35, 0.22, 0.2, 0.2, 0.18, 0.15])
MEDIANS = np.array([130.0, 100.0, 110.0, 90.0, 100.0, 95.0])
COMPANIES = np.array([400, 300, 350, 380, 300, 320])


def draw_deals(seed, n=60, rates=RATES):
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(6), n)
    return pd.DataFrame(
        {
            "segment": np.array(NAMES)[kind],
            "is_won": rng.random(len(kind)) < rates[kind],
            "amount": MEDIANS[kind] * rng.lognormal(0, 0.8, len(kind)),
        }
    )


def market_of(**more):
    return pd.DataFrame({"segment": NAMES, "n_companies": COMPANIES, **more})


@pytest.mark.requirement("L01")
@pytest.mark.parametrize("n_runs", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_the_planted_best_kind_is_among_the_first_two_in_90_of_100_runs(n_runs):
    first_two = [
        "kind_0" in [one.segment for one in rank_target_market(draw_deals(seed), market_of(), seed=1).segments[:2]]
        for seed in range(n_runs)
    ]
    assert np.mean(first_two) >= 0.9


@pytest.mark.requirement("L01")
def test_a_kind_with_a_few_lucky_deals_is_not_ranked_first():
    deals = draw_deals(1, rates=np.full(6, 0.2))
    lucky = pd.DataFrame({"segment": "lucky", "is_won": True, "amount": [400.0, 500.0, 450.0]})
    market = pd.concat([market_of(), pd.DataFrame({"segment": ["lucky"], "n_companies": [400]})])
    ranked = rank_target_market(pd.concat([deals, lucky]), market, seed=1).segments
    assert ranked[-1].segment == "lucky"
    assert not ranked[-1].is_tried
    assert ranked[-1].win_rate.estimate < 0.7
    enough = pd.concat([lucky] * 4)
    tried = rank_target_market(pd.concat([deals, enough]), market, seed=1).segments
    assert tried[0].segment == "lucky"


def test_intervals_of_worth_hold_the_truth_about_as_often_as_they_say():
    truth = dict(zip(NAMES, RATES * MEDIANS * np.exp(0.8**2 / 2) * COMPANIES, strict=True))
    held = [
        truth[one.segment] in one.worth
        for seed in range(12)
        for one in rank_target_market(draw_deals(100 + seed), market_of(), seed=1).segments
    ]
    assert np.mean(held) == pytest.approx(0.9, abs=0.08)


@pytest.mark.requirement("L01")
def test_coverage_weighs_each_kind_by_what_it_is_worth():
    all_of_the_best = np.where(np.arange(6) == 0, COMPANIES, 0)
    answer = rank_target_market(draw_deals(2, n=200), market_of(n_targeted=all_of_the_best), seed=1)
    assert answer.coverage > COMPANIES[0] / COMPANIES.sum()
    assert {one.segment: one.coverage for one in answer.segments}["kind_0"] == 1
    assert rank_target_market(draw_deals(2), market_of(), seed=1).coverage is None


def test_twice_the_companies_are_worth_twice_as_much():
    once = rank_target_market(draw_deals(3), market_of(), seed=1)
    twice = rank_target_market(draw_deals(3), market_of().assign(n_companies=2 * COMPANIES), seed=1)
    assert [two.worth.estimate for two in twice.segments] == pytest.approx(
        [2 * one.worth.estimate for one in once.segments]
    )
    assert sum(one.chance_best for one in once.segments) == pytest.approx(1)


def test_broken_rows_are_told_together_and_two_kinds_are_too_few():
    deals = draw_deals(4)
    deals.loc[deals.index[deals["is_won"]][:2], "amount"] = 0
    with pytest.raises(
        TableError, match="2 won deals without an amount above 0, 1 segments without(?s:.*)Next: complete"
    ):
        rank_target_market(deals, market_of().assign(n_companies=[0, *COMPANIES[1:]]), seed=1)
    two = draw_deals(5)
    with pytest.raises(NotEnoughData, match="2 of 2 segments won a deal(?s:.*)Next: compare at least 3"):
        rank_target_market(two[two["segment"].isin(NAMES[:2])], market_of()[:2], seed=1)
