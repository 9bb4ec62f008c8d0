"""Payouts are exact, more sales never pay less, and a plan's temptations, costs and unfairness are found."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, FileProblem, NotEnoughData, TableError
from saleslab.kpi import compute_payout, draw_sales, list_reward_plans, read_reward_plan, simulate_reward
from saleslab.kpi.rewards.many import pay_many, round_many
from saleslab.kpi.rewards.paying import round_amount
from saleslab.kpi.rewards.plans import Bonus, RewardPlan, Rounding, Tier
from saleslab.wording import Text

STRAIGHT = (Tier(at=0, rate=1),)
STEEPER = (Tier(at=0, rate=1), Tier(at=1, rate=3))
QUOTA = 10_000_000


def plan_of(tiers=STRAIGHT, **more):
    return RewardPlan(plan="field", label=Text("Field", "外勤"), **{"target_pay": 600_000, "tiers": tiers} | more)


def sales_of(attainments, *, quota=QUOTA, starts=("2026-04-01", "2026-07-01")):
    """Return one row a person and period, from attainments of shape (people, periods)."""
    made = np.asarray(attainments, dtype=float)
    return pd.DataFrame(
        {
            "user_id": np.repeat([f"u:{at:03}" for at in range(len(made))], made.shape[1]),
            "period_start": list(starts[: made.shape[1]]) * len(made),
            "quota": quota,
            "sales": np.round(made * quota).astype(int).ravel(),
        }
    )


def draw_attainments(seed, n=300):
    return np.random.default_rng(seed).gamma(9, 1 / 9, (n, 2))


# -- one payout


@pytest.mark.requirement("G01")
@pytest.mark.parametrize(
    ("plan", "attainment", "team", "paid"),
    [
        (plan_of(), Fraction(8_123_457, QUOTA), None, "487407"),  # 600,000 x 0.8123457 = 487,407.42
        (plan_of(STEEPER), Fraction(112, 100), None, "816000"),  # 600,000 + 3 x 0.12 x 600,000
        (plan_of(STEEPER, cap=Decimal("1.5")), Fraction(9, 5), None, "1500000"),  # 600,000 + 3 x 0.5 x 600,000
        (plan_of(bonuses=(Bonus(at=1, amount=150_000),), nothing_below=Decimal("0.7")), Fraction(1), None, "750000"),
        (
            plan_of(team_share=Decimal("0.3")),
            Fraction(1, 3),
            Fraction(9, 10),
            "302000",
        ),  # 0.7 x 200,000 + 0.3 x 540,000
    ],
    ids=["linear", "accelerator", "cap", "cliff", "team"],
)
def test_payouts_are_those_computed_by_hand(plan, attainment, team, paid):
    assert compute_payout(plan, attainment, team_attainment=team) == Decimal(paid)


def test_just_below_a_mark_nothing_is_paid_and_on_it_everything():
    plan = plan_of(nothing_below=Decimal("0.7"), bonuses=(Bonus(at=Decimal("0.9"), amount=50_000),))
    marks = [Fraction(6_999_999, QUOTA), Fraction(7, 10), Fraction(8_999_999, QUOTA), Fraction(9, 10)]
    assert [int(compute_payout(plan, mark)) for mark in marks] == [0, 420_000, 540_000, 590_000]


@pytest.mark.parametrize(
    ("mode", "paid"), [("half_up", "100"), ("half_even", "100"), ("down", "0"), ("up", "100")], ids=str
)
def test_amounts_are_rounded_as_the_plan_says(mode, paid):
    assert round_amount(Fraction(150, 2), Rounding(to=100, mode=mode)) == Decimal(paid)
    assert round_amount(Fraction(5, 2), Rounding(mode="half_even")) == 2


def test_a_team_share_needs_the_teams_attainment():
    with pytest.raises(BadArgument, match=r"(?s)pays 0.3 by the team.*Next: give team_attainment"):
        compute_payout(plan_of(team_share=Decimal("0.3")), Fraction(1))


rates = st.decimals(0, 5, places=2)
marks = st.decimals("0.01", 2, places=2)


@st.composite
def plans(draw):
    edges = [Decimal(0), *sorted(draw(st.sets(marks, max_size=3)))]
    steps = sorted(draw(st.sets(marks, max_size=2)))
    return plan_of(
        (*tuple(Tier(at=edge, rate=draw(rates)) for edge in edges[:-1]), Tier(at=edges[-1], rate=Decimal(1))),
        bonuses=tuple(Bonus(at=step, amount=draw(st.integers(1, 500_000))) for step in steps),
        nothing_below=draw(st.sampled_from([Decimal(0), Decimal("0.5")])),
        cap=draw(st.sampled_from([None, Decimal(2), Decimal(3)])),
        team_share=draw(st.sampled_from([Decimal(0), Decimal("0.25"), Decimal(1)])),
        rounding=Rounding(to=draw(st.sampled_from([1, 100])), mode=draw(st.sampled_from(["half_up", "down", "up"]))),
    )


@pytest.mark.requirement("G01")
@given(plan=plans(), sold=st.integers(0, 40_000_000), more=st.integers(0, 20_000_000), others=st.integers(0, 10**8))
def test_more_sales_never_pay_less(plan, sold, more, others):
    def pay(amount):
        team = Fraction(amount + others, 10 * QUOTA)
        return compute_payout(plan, Fraction(amount, QUOTA), team_attainment=team)

    assert pay(sold + more) >= pay(sold)


@given(plan=plans(), sold=st.integers(0, 40_000_000), team=st.integers(0, 40_000_000))
def test_many_payouts_at_once_are_what_one_by_one_would_be(plan, sold, team):
    exact = compute_payout(plan, Fraction(sold, QUOTA), team_attainment=Fraction(team, QUOTA))
    many = pay_many(plan, np.array([sold / QUOTA]), team_attainment=np.array([team / QUOTA]))
    assert round_many(plan, many)[0] == float(exact)


# -- what waiting brings


@pytest.mark.requirement("G01")
def test_a_straight_plan_tempts_nobody_and_one_that_accelerates_does():
    sales = sales_of(draw_attainments(0))
    straight, steeper = (simulate_reward(plan_of(tiers), sales) for tiers in (STRAIGHT, STEEPER))
    assert (straight.delays["gain"] == 0).all()
    assert (straight.delays["moved"] == 0).all()
    assert straight.share_tempted == 0
    assert steeper.share_tempted > 0.3
    assert "delay_pays" in steeper.findings
    assert "delay_pays" not in straight.findings


def test_nobody_is_tempted_by_a_straight_plan_with_a_team_share():
    sales = sales_of(draw_attainments(1, 40)).assign(team_id=lambda frame: "t:" + frame["user_id"].str[-1:])
    assert simulate_reward(plan_of(team_share=Decimal("0.3")), sales).delays["gain"].eq(0).all()


def test_the_gain_is_that_computed_by_hand():
    sales = sales_of([[0.9, 1.05]])  # 0.18 moves to where it earns three times as much
    gain = simulate_reward(plan_of(STEEPER), sales, movable_share=0.2).delays.iloc[0]
    assert gain["moved"] == pytest.approx(1_800_000)
    assert gain["gain"] == 216_000
    assert gain["gain_share"] == pytest.approx(216_000 / (540_000 + 690_000))


def test_no_more_is_held_back_than_pays():
    """Out of reach in the first period, 0.1 short of the bonus in the second: exactly that much waits."""
    plan = plan_of(bonuses=(Bonus(at=1, amount=150_000),))
    delay = simulate_reward(plan, sales_of([[0.8, 0.9]]), movable_share=0.5).delays.iloc[0]
    assert (delay["gain"], round(delay["moved"], 1)) == (150_000, 1_000_000)
    kept = simulate_reward(plan, sales_of([[1.05, 0.9]]), movable_share=0.5).delays.iloc[0]
    assert (kept["gain"], kept["moved"]) == (0, 0)  # 0.05 may go, 0.1 is needed


@settings(max_examples=40)
@given(plan=plans(), first=st.integers(0, 20_000_000), second=st.integers(0, 20_000_000), share=st.floats(0, 1))
def test_no_other_amount_gains_more(plan, first, second, share):
    sales = sales_of([[first / QUOTA, second / QUOTA]]).assign(team_id="t:1")
    delay = simulate_reward(plan, sales, movable_share=share).delays.iloc[0]
    moved = np.linspace(0, share * first, 201)
    tried = sum(pay_many(plan, x / QUOTA, team_attainment=x / QUOTA) for x in (first - moved, second + moved))
    assert delay["gain"] >= (tried - tried[0]).max() - float(plan.rounding.to)
    assert 0 <= delay["moved"] <= share * first + 1e-6


def test_a_lower_quota_to_come_tempts_under_any_plan():
    study = simulate_reward(plan_of(), sales_of([[1.0, 1.0]]).assign(quota=[QUOTA, QUOTA // 2]))
    assert study.delays["gain"].iloc[0] > 0
    assert (study.share_tempted, study.share_tempted_level) == (1, 0)  # the quotas' doing, not the plan's
    assert study.findings == ("quotas_swing", "no_potential")


# -- territories


@pytest.mark.requirement("G01")
def test_quotas_that_follow_the_potential_are_fair_and_equal_quotas_are_not():
    rng = np.random.default_rng(2)
    potential = rng.uniform(0.5, 1.5, 40)
    sales = sales_of(np.outer(potential, [1, 1]) * rng.gamma(25, 1 / 25, (40, 2)))
    sales["potential"] = np.repeat(potential, 2)
    alike = simulate_reward(plan_of(), sales).fairness
    followed = simulate_reward(plan_of(), sales.assign(quota=np.round(QUOTA * sales["potential"]))).fairness
    assert alike.gap == pytest.approx((potential.max() - potential.min()) / potential.mean(), rel=1e-6)
    assert alike.territory_share > 0.5
    assert followed.gap < 1e-6
    assert followed.territory_share < 1e-9
    assert "territory_pays" in simulate_reward(plan_of(), sales).findings


def test_work_that_differs_is_not_blamed_on_the_territory():
    rng = np.random.default_rng(3)
    sales = sales_of(rng.gamma(4, 1 / 4, (20, 2))).assign(potential=1.0)
    fairness = simulate_reward(plan_of(STEEPER), sales).fairness
    assert fairness.gap == pytest.approx(0, abs=1e-12)
    assert fairness.territories["paid"].std() > 50_000


# -- cost and budget


@pytest.mark.requirement("G01")
def test_the_chance_of_an_overrun_is_that_of_the_draws():
    sales, rng = sales_of(draw_attainments(4, 20)), np.random.default_rng(5)
    drawn = pd.DataFrame(QUOTA * rng.gamma(9, 1 / 9, (4_000, 20)), columns=sales["user_id"].unique())
    expected = 20 * 600_000
    risk = simulate_reward(plan_of(budget=expected), sales, draws=drawn).budget_risk
    by_hand = (drawn.sum(axis=1) / QUOTA * 600_000 > expected).mean()
    assert risk.chance_over == pytest.approx(by_hand, abs=0.002)  # payouts are rounded to the yen
    assert risk.cost.estimate == pytest.approx(expected, rel=0.02)
    chances = [
        simulate_reward(plan_of(budget=budget), sales, draws=drawn).budget_risk.chance_over
        for budget in (9_000_000, 12_000_000, 15_000_000)
    ]
    assert chances == sorted(chances, reverse=True)


def test_drawn_sales_have_the_level_and_the_tides_that_were_planted():
    rng = np.random.default_rng(6)
    level, tide = rng.normal(0.9, 0.1, 30), np.tile([0.8, 1.2], 4)
    starts = tuple(pd.date_range("2024-04-01", periods=8, freq="QS").strftime("%Y-%m-%d"))
    sales = sales_of(level[:, None] * tide * rng.normal(1, 0.05, (30, 8)), starts=starts)
    quotas = pd.DataFrame({"user_id": [*sales["user_id"].unique(), "u:new"], "quota": QUOTA})
    drawn = draw_sales(sales, quotas, seed=1) / QUOTA
    assert np.corrcoef(drawn.mean().iloc[:30], level)[0, 1] > 0.95
    assert drawn.mean(axis=1).std() == pytest.approx(0.2 * 0.9, rel=0.1)  # all move together
    assert drawn["u:new"].mean() == pytest.approx(0.9, abs=0.05)
    assert drawn.equals(draw_sales(sales, quotas, seed=1) / QUOTA)


def test_three_periods_are_too_few_to_draw_from():
    sales = sales_of(np.ones((5, 3)), starts=("2026-01-01", "2026-04-01", "2026-07-01"))
    with pytest.raises(NotEnoughData, match=r"(?s)3 periods do not say.*Next: give at least 4 periods"):
        draw_sales(sales, sales, seed=1)


@pytest.mark.requirement("G01")
def test_what_is_paid_adds_up_and_spreads_as_it_does_by_hand():
    study = simulate_reward(plan_of(budget=1_000_000), sales_of([[0.0, 1.0], [0.0, 1.5]]))
    assert study.cost == Decimal(1_500_000) == study.costs["payout"].sum()
    assert study.costs["payout"].tolist() == [Decimal(0), Decimal(1_500_000)]
    assert study.costs["cost_rate"].iloc[1] == pytest.approx(0.06)
    assert (study.spread.share_nothing, study.spread.n) == (0.5, 4)
    assert study.spread.gini == pytest.approx(0.55)  # (0, 0, 6, 9): (6 + 3 x 9) / (4 x 15)
    assert study.findings == ("over_budget", "no_potential", "many_get_nothing")


def test_the_order_of_rows_changes_nothing():
    sales = sales_of(draw_attainments(7, 12)).assign(team_id=lambda frame: "t:" + frame["user_id"].str[-1:])
    plan = plan_of(STEEPER, team_share=Decimal("0.2"))
    one, other = (simulate_reward(plan, rows) for rows in (sales, sales.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(one.payouts, other.payouts)
    pd.testing.assert_frame_equal(one.delays, other.delays)


# -- bad input


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quota": 0}, r"(?s)1 lack a quota.*Next: leave people without a quota out"),
        ({"period_start": "2026-07-01"}, r"(?s)1 repeat a person.*Next: leave people without a quota out, and add up"),
    ],
)
def test_rows_without_a_quota_or_twice_are_refused(change, said):
    sales = sales_of([[1.0, 1.0]])
    for name, value in change.items():
        sales.loc[0, name] = value
    with pytest.raises(TableError, match=said):
        simulate_reward(plan_of(), sales)


def test_draws_of_strangers_are_refused():
    with pytest.raises(BadArgument, match=r"(?s)1 of its 1 people have no quota.*Next: give one column a person"):
        simulate_reward(plan_of(budget=1), sales_of([[1.0, 1.0]]), draws=pd.DataFrame({"u:9": [1.0]}))


def test_people_without_a_team_are_refused_where_the_team_is_paid_for():
    plan, sales = plan_of(team_share=Decimal("0.3"), budget=1_000_000), sales_of([[1.0, 1.0], [0.5, 0.5], [0.8, 0.9]])
    alone = sales.assign(team_id=["t:1", "t:1", "t:1", "t:1", None, None])
    with pytest.raises(TableError, match=r"(?s)2 of 6 rows of sales have no team_id.*Next: give everybody a team"):
        simulate_reward(plan, alone)
    drawn = pd.DataFrame([[QUOTA] * 3], columns=alone["user_id"].unique())
    quotas = alone.drop_duplicates("user_id")
    with pytest.raises(BadArgument, match=r"(?s)1 of 3 people have no team.*Next: give everybody in quotas a team_id"):
        simulate_reward(plan, sales.assign(team_id="t:1"), draws=drawn, quotas=quotas)
    assert len(simulate_reward(plan_of(), alone).payouts) == 6


def test_sales_without_a_quota_cannot_be_drawn_from():
    sales = sales_of(np.ones((5, 4)), starts=("2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"))
    sales.loc[3, "quota"] = 0
    with pytest.raises(TableError, match=r"(?s)1 of 20 rows of sales lack a quota above 0.*Next: leave them out"):
        draw_sales(sales, sales, seed=1)


@pytest.mark.requirement("G01")
def test_every_plan_that_is_shipped_reads_and_says_what_it_is():
    features = {name: read_reward_plan(file).features for name, file in list_reward_plans().items()}
    assert features == {
        "accelerator": ("accelerator", "cap"),
        "cliff": ("cliff",),
        "linear": ("linear",),
        "team": ("linear", "team_share"),
    }


WRITTEN = "plan: field\nlabel: {en: Field, ja: 外勤}\ntarget_pay: 600_000\ntiers:\n  - {at: 0, rate: 1}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WRITTEN + "cap: 0\nteam_share: 2\n", r"(?s)2 mistakes:.*line 6: cap: .*line 7: team_share: .*Next: correct"),
        (WRITTEN + "bonus: 1\n", r"(?s)line 6: bonus: Extra inputs are not permitted.*Next: correct the lines"),
        (WRITTEN + "  - {at: 0, rate: 2}\n", r"(?s)the 'at' of tiers do not rise.*Next: correct the lines"),
        (WRITTEN.replace("rate: 1", "rate: .nan"), r"(?s)line 5: tiers.0.rate: .*finite.*Next: correct the lines"),
        (WRITTEN.replace("rate: 1", "rate: 0"), r"(?s)nothing is ever paid.*Next: correct the lines"),
        (WRITTEN.replace("- {at: 0, rate: 1}", "- &a {at: 0, rate: 1}\n  - *a"), r"(?s)line 5: anchors.*Next: write"),
        (WRITTEN + "cap: !!python/name:os.system 1\n", r"(?s)line 6: tags are not read.*Next: write the values out"),
    ],
    ids=["two at once", "unknown key", "tiers", "NaN", "nothing", "anchor", "tag"],
)
def test_a_wrong_plan_is_refused_with_its_lines(tmp_path, text, said):
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FileProblem, match=said):
        read_reward_plan(file)
