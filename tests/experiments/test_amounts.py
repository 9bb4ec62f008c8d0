"""Amounts per unit: finite, the same in any currency unit, honest about tails, and silent when orders are too few."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from experiments_amounts import calibrate_amounts, measure_coverage, watch_amounts
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Reason, Stakes, compare_amounts, compare_rates, decide

SEVEN = [310, 95, 1200, 60, 450, 88, 240]
NINE = [520, 75, 2600, 130, 340, 900, 66, 150, 410]


def make_rows(old, new, *, n=60, **columns) -> pd.DataFrame:
    amounts = [*old, *[0] * (n - len(old)), *new, *[0] * (n - len(new))]
    return pd.DataFrame({"arm": ["old"] * n + ["new"] * n, "amount": amounts, **columns})


def draw_rows(rng, *, n=400, chance=(0.15, 0.15), factor=1.0, spread=1.0) -> pd.DataFrame:
    arms = [(rng.random(n) < chance[i]) * rng.lognormal(3, spread, n) * factor**i for i in (0, 1)]
    return pd.DataFrame({"arm": np.repeat(["old", "new"], n), "amount": np.concatenate(arms)})


class TestRecovery:
    def test_a_planted_lift_is_found_and_its_evidence_is_strong(self):
        rows = draw_rows(np.random.default_rng(5), n=800, chance=(0.15, 0.25), factor=1.3)
        lift = compare_amounts(rows, control="old", seed=1).contrasts[0]
        truth = 1.3 * 0.25 / 0.15 - 1
        assert truth in lift.relative_interval
        assert truth * 0.15 * np.exp(3.5) in lift.interval
        assert lift.chance_better > 0.99
        assert lift.e_value > 20

    def test_the_share_of_buyers_is_compared_on_its_own(self):
        rows = draw_rows(np.random.default_rng(5))
        alone = compare_rates(rows.assign(succeeded=(rows["amount"] > 0).astype(int)), control="old")
        assert compare_amounts(rows, control="old", seed=1).conversion == alone

    def test_ranges_hold_the_truth_at_list_prices_and_with_whales(self):
        table = measure_coverage(n_runs=25)
        assert table["coverage"].mean() == pytest.approx(0.95, abs=0.03)
        assert (
            table.groupby("truth")["coverage"].mean().min() > 0.88
        )  # 100 runs a truth; the slow suite runs 4000 a cell

    @pytest.mark.slow
    def test_ranges_hold_the_truth_in_every_cell(self):
        table = measure_coverage(n_runs=4000)
        assert table["coverage"].between(0.93, 0.97).all(), table

    def test_the_posterior_is_calibrated(self):
        ranks = calibrate_amounts(n_runs=100)
        assert kstest(ranks["ratio"], "uniform").pvalue > 0.01
        assert kstest(ranks["difference"], "uniform").pvalue > 0.01

    @pytest.mark.slow
    def test_the_posterior_is_calibrated_over_ten_thousand_runs(self):
        ranks = calibrate_amounts(n_runs=10_000)
        assert kstest(ranks["ratio"], "uniform").pvalue > 0.01
        assert kstest(ranks["difference"], "uniform").pvalue > 0.01

    @pytest.mark.slow
    def test_evidence_seldom_misleads_over_half_a_year_of_looks(self):
        table = watch_amounts(n_runs=300)
        null = table[table["effect"] == "no lift"]
        assert null["by_look"].mean() <= 0.05
        assert null["by_look"].max() <= 0.08  # 300 runs; 0.05 plus two standard errors
        found = table.groupby("effect")[["by_look", "buyers_alone"]].mean()
        # evidence that also looks for larger orders costs at most a third of what buyers alone would show
        assert found.loc["more buyers", "by_look"] >= 2 / 3 * found.loc["more buyers", "buyers_alone"], table
        # and it finds what buyers cannot show at all
        assert found.loc["larger orders", "by_look"] >= 10 * found.loc["larger orders", "buyers_alone"]
        assert found.loc["larger orders", "by_look"] >= 0.3


class TestLaws:
    def test_the_expected_loss_of_seven_and_nine_orders_is_finite_and_the_same_for_every_seed(self):
        losses = [
            compare_amounts(make_rows(SEVEN, NINE), control="old", seed=seed).contrasts[0].expected_loss
            for seed in range(3)
        ]
        assert 0 < losses[0] < np.mean(NINE)
        assert losses == pytest.approx([losses[0]] * 3, rel=1e-12)

    @pytest.mark.parametrize("unit", [1e-6, 1e3])
    def test_yen_and_million_yen_give_the_same_answer(self, unit):
        rows = make_rows(SEVEN, NINE)
        yen = compare_amounts(rows, control="old", seed=1)
        other = compare_amounts(rows.assign(amount=rows["amount"] * unit), control="old", seed=1)
        one, two = yen.contrasts[0], other.contrasts[0]
        same = ("chance_better", "relative_lift", "e_value")
        scaled = ("lift", "expected_loss", "expected_loss_of_control")
        assert [getattr(one, name) for name in same] == pytest.approx([getattr(two, name) for name in same], rel=1e-9)
        assert [unit * getattr(one, name) for name in scaled] == pytest.approx(
            [getattr(two, name) for name in scaled], rel=1e-9
        )
        assert [unit * value for value in one.lift_quantiles] == pytest.approx(two.lift_quantiles, rel=1e-9)
        assert yen.check == other.check

    def test_swapping_the_arms_flips_the_lift(self):
        rows = make_rows(SEVEN, NINE)
        forth = compare_amounts(rows, control="old", seed=1).contrasts[0]
        back = compare_amounts(rows, control="new", seed=1).contrasts[0]
        assert back.lift == pytest.approx(-forth.lift, rel=1e-6)
        assert back.chance_better == pytest.approx(1 - forth.chance_better, abs=1e-9)
        assert back.expected_loss == pytest.approx(forth.expected_loss_of_control, rel=1e-6)

    @given(st.permutations(range(40)))
    @settings(max_examples=2, deadline=None)
    def test_the_sequence_of_rows_does_not_matter(self, order):
        rows = make_rows(SEVEN, NINE, n=20)
        here = compare_amounts(rows, control="old", seed=1).contrasts[0]
        there = compare_amounts(rows.iloc[list(order)], control="old", seed=1).contrasts[0]
        assert (there.lift, there.chance_better) == pytest.approx((here.lift, here.chance_better), rel=1e-9)
        assert there.e_value == pytest.approx(here.e_value, rel=1e-9)

    def test_money_a_month_is_loss_times_volume(self):
        lift = compare_amounts(make_rows(SEVEN, NINE), control="old", seed=1, stakes=Stakes(units_per_month=500))
        one = lift.contrasts[0]
        assert float(one.monthly_loss) == pytest.approx(500 * one.expected_loss, abs=0.01)

    def test_three_arms_share_all_chance_of_being_best(self):
        third = pd.DataFrame({"arm": "third", "amount": [*NINE, *[0] * 51]})
        answer = compare_amounts(pd.concat([make_rows(SEVEN, NINE), third]), control="old", seed=1)
        assert sum(one.chance_best for one in answer.arms) == pytest.approx(1, abs=1e-9)
        assert answer.arms[1].chance_best == pytest.approx(answer.arms[2].chance_best, abs=1e-9)
        assert [one.treatment for one in answer.contrasts] == ["new", "third"]

    def test_looks_multiply_their_evidence(self):
        rows = draw_rows(np.random.default_rng(6), n=600, chance=(0.15, 0.3))
        rows["week"] = np.tile(np.arange(600) // 50, 2)
        weekly = compare_amounts(rows, control="old", seed=1, look="week").contrasts[0]
        assert weekly.e_value > 20
        assert weekly.e_value != compare_amounts(rows, control="old", seed=1).contrasts[0].e_value


class TestReasons:
    def test_below_five_orders_amounts_are_refused_but_conversion_is_given(self):
        answer = compare_amounts(make_rows(SEVEN, NINE[:4]), control="old", seed=1)
        assert answer.reasons == (Reason.TOO_FEW_AMOUNTS,)
        assert (answer.arms, answer.contrasts, answer.spread) == ((), (), None)
        assert answer.conversion.contrasts[0].chance_better < 0.5
        assert [one.n_orders for one in answer.orders] == [7, 4]
        with pytest.raises(NotEnoughData, match=r"too_few_amounts(.|\n)*decide on its conversion"):
            decide(answer, plan=None)

    def test_an_arm_without_an_order_is_refused_in_the_same_way(self):
        answer = compare_amounts(make_rows(SEVEN, []), control="old", seed=1)
        assert answer.reasons == (Reason.TOO_FEW_AMOUNTS,)
        assert answer.orders[1].mean_order is None
        assert answer.conversion.reasons == (Reason.NO_SUCCESSES,)

    def test_one_order_of_ten_thousand_times_the_size_is_a_heavy_tail(self):
        rows = make_rows([100, 110, 90, 105, 95, 101, 99, 102, 98, 1_000_000], [90, 95, 100, 105, 110, 104, 97, 96, 94])
        assert Reason.HEAVY_TAIL in compare_amounts(rows, control="old", seed=1).reasons

    def test_a_price_that_changes_the_spread_is_named_and_its_own_spread_shown(self):
        rng = np.random.default_rng(9)
        rows = make_rows(rng.lognormal(3, 0.3, 40), rng.lognormal(3, 1.4, 40), n=200)
        answer = compare_amounts(rows, control="old", seed=1)
        assert Reason.SPREAD_DIFFERS in answer.reasons
        apart = {one.assumption: one for one in answer.contrasts[0].sensitivity}["separate_spread"]
        assert apart.chance_better > answer.contrasts[0].chance_better

    def test_many_tiny_orders_are_a_poor_fit(self):
        rng = np.random.default_rng(4)
        sizes = rng.gamma(0.25, 100, (2, 150))
        assert Reason.POOR_FIT in compare_amounts(make_rows(*sizes, n=300), control="old", seed=1).reasons

    def test_a_single_list_price_leaves_only_the_conversion(self):
        answer = compare_amounts(make_rows([49] * 12, [49] * 20), control="old", seed=1)
        assert answer.contrasts[0].chance_better == pytest.approx(
            answer.conversion.contrasts[0].chance_better, abs=0.002
        )


class TestRefusals:
    def test_everything_that_is_wrong_is_named_at_once(self):
        rows = make_rows([None, -5, "x", 7, 8, 9, float("inf")], NINE, n=20)
        with pytest.raises(BadArgument, match=r"no amount \(0\); 2 rows with an amount that is no number \(2, 6\)"):
            compare_amounts(rows, control="old", seed=1)

    def test_returns_are_refused_with_a_way_out(self):
        rows = make_rows([-20, *SEVEN], NINE)
        with pytest.raises(
            BadArgument, match=r"1 row with an amount below 0 \(0\)(.|\n)*net returns.*compare_clusters"
        ):
            compare_amounts(rows, control="old", seed=1)

    def test_mixed_currencies_are_refused(self):
        rows = make_rows(SEVEN, NINE, currency=["JPY"] * 60 + ["USD"] * 60)
        with pytest.raises(BadArgument, match=r"2 currencies: JPY \(60\), USD \(60\)(.|\n)*convert all amounts"):
            compare_amounts(rows, control="old", seed=1, currency="currency")
        one = rows.assign(currency="JPY")
        assert compare_amounts(one, control="old", seed=1, currency="currency").currency == "JPY"

    def test_a_unit_in_two_arms_is_refused(self):
        rows = make_rows(SEVEN, NINE, lead_id=[*range(60), *range(50, 110)])
        with pytest.raises(BadArgument, match="20 rows with a lead_id that is in two arms"):
            compare_amounts(rows, control="old", seed=1, unit="lead_id")


def test_decimal_amounts_are_read():
    rows = make_rows(SEVEN, NINE)
    exact = rows.assign(amount=[Decimal(int(one)) for one in rows["amount"]])
    plain, decimal = (compare_amounts(one, control="old", seed=1) for one in (rows, exact))
    assert plain == decimal
