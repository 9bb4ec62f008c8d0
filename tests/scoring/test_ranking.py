"""The list of leads: worth most within what can be worked, fair to the rest, and with a reason in every row."""

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scoring_simulations import FEATURES, add_values, await_scoring, compare_rankings, measure_revenue, simulate_leads

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring import Grades, rank_leads, time_contacts
from saleslab.wording import Share, Text, write

AS_OF = date(2026, 9, 30)


def draw_scores(n, *, seed=7, **columns):
    rng = np.random.default_rng(seed)
    chance = rng.beta(1, 9, n)
    return pd.DataFrame(
        {
            "lead_id": [f"l{number:04}" for number in range(n)],
            "chance_won": chance,
            "low": chance * 0.8,
            "high": np.minimum(chance * 1.2, 1),
            "value_amount": np.round(np.exp(rng.normal(13, 1, n))),
        }
        | columns
    )


def rank(scores, capacity=20, **options):
    return rank_leads(scores, **({"capacity": capacity, "as_of": AS_OF, "seed": 7} | options))


# -- worth


@pytest.mark.parametrize("with_uplift", [False, True], ids=["by_chance", "by_uplift"])
def test_the_list_brings_more_than_twice_what_ranking_by_chance_brings(with_uplift):
    """Simulation 2 with the true chances; a tenth of the leads can be contacted."""
    ratios = []
    for seed in range(4):
        leads = await_scoring(add_values(simulate_leads(seed=seed, n=30_000), seed=seed))
        scores = leads[["lead_id", "value_amount"]].assign(chance_won=leads["chance"])
        true = leads[["lead_id"]].assign(uplift=leads["chance"] - leads["chance_uncontacted"])
        listed = rank(scores, len(leads) // 10, uplift=true if with_uplift else None)
        picked = leads["lead_id"].isin(listed.frame["lead_id"]).to_numpy()
        ratios.append(measure_revenue(leads, picked) / compare_rankings(leads)["chance"])
    assert np.mean(ratios) >= (2.5 if with_uplift else 2.2)


@pytest.mark.slow
def test_chances_that_were_learned_bring_more_than_twice_too():
    """Simulation 2 in full, with the chances of a logistic model of the leads before."""
    from sklearn.linear_model import LogisticRegression

    ratios = []
    for seed in range(6):
        leads = add_values(simulate_leads(seed=seed), seed=seed)
        coming = await_scoring(leads)
        past = leads[~leads["lead_id"].isin(coming["lead_id"])]
        won = past["won_at"].notna()
        x, x_new = (pd.get_dummies(part[FEATURES].assign(x34=part["x3"] * part["x4"])) for part in (past, coming))
        chance = LogisticRegression(max_iter=500).fit(x, won).predict_proba(x_new)[:, 1]
        listed = rank(coming[["lead_id", "value_amount"]].assign(chance_won=chance), len(coming) // 10)
        picked = coming["lead_id"].isin(listed.frame["lead_id"]).to_numpy()
        ratios.append(measure_revenue(coming, picked) / compare_rankings(coming, chance)["chance"])
    assert np.mean(ratios) >= 2.2


def test_expected_is_gain_times_margin_less_cost():
    scores = draw_scores(60)
    uplift = pd.DataFrame({"lead_id": scores["lead_id"], "uplift": scores["chance_won"] / 3})
    listed = rank(scores, margin_rate=0.4, cost=2_000, uplift=uplift, explored=0).frame
    np.testing.assert_allclose(listed["expected_amount"], listed["gain"] * listed["value_amount"] * 0.4 - 2_000)
    np.testing.assert_allclose(listed["gain"], listed["chance_won"] / 3)
    assert listed["expected_amount"].is_monotonic_decreasing


def test_a_contact_that_costs_more_than_it_brings_is_left_out():
    scores = draw_scores(40, value_amount=1_000.0)
    ranking = rank(scores, 40, cost=100, explored=0)
    worth = scores.loc[scores["chance_won"] > 0.1, "lead_id"]
    assert set(ranking.frame["lead_id"]) == set(worth)
    assert set(ranking.left_out["code"]) == {"not_worth_it"}


def test_leads_that_a_contact_harms_are_not_contacted():
    scores = draw_scores(40)
    uplift = pd.DataFrame({"lead_id": scores["lead_id"], "uplift": np.where(np.arange(40) % 2, 0.1, -0.1)})
    ranking = rank(scores, 40, uplift=uplift, explored=0)
    assert set(ranking.frame["lead_id"]) == set(scores["lead_id"][1::2])


# -- people


bound = st.lists(
    st.tuples(st.sampled_from(["ann", "bob", "cho", "left", None]), st.integers(1, 99)), min_size=1, max_size=10
)


@settings(max_examples=30)
@given(bound, st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 3)))
def test_no_other_assignment_to_people_is_worth_more(rows, places):
    """Reference: the linear assignment of leads to single places of each person, by scipy."""
    capacity = dict(zip(("ann", "bob", "cho"), places, strict=True))
    scores = pd.DataFrame(rows, columns=["owner_id", "value_amount"])
    scores = scores.assign(lead_id=[f"l{number}" for number in range(len(rows))], chance_won=0.5)
    seats = np.repeat(list(capacity), list(capacity.values()))
    owner = scores["owner_id"].to_numpy(dtype=object)
    fits = np.array([[name == seat or name not in capacity for seat in seats] for name in owner])
    gain = np.where(fits, scores["value_amount"].to_numpy()[:, None] * 0.5, 0)
    best = gain[linear_sum_assignment(gain, maximize=True)].sum()
    if best == 0:
        with pytest.raises(NotEnoughData):
            rank(scores, capacity, explored=0)
        return
    listed = rank(scores, capacity, explored=0).frame
    assert listed["expected_amount"].sum() == pytest.approx(best)
    assert all(n <= capacity[user] for user, n in listed["user_id"].value_counts().items())
    theirs = listed[listed["owner_id"].isin(list(capacity))]
    assert (theirs["owner_id"] == theirs["user_id"]).all()


def test_free_leads_are_dealt_evenly_from_the_top():
    listed = rank(draw_scores(100), {"ann": 10, "bob": 10}, explored=0).frame
    assert listed.head(6).groupby("user_id").size().tolist() == [3, 3]
    assert listed.groupby("user_id")["user_rank"].apply(list).tolist() == [list(range(1, 11))] * 2


def test_owners_given_apart_bind_like_those_of_the_scores():
    scores, owner = draw_scores(30), ["ann", "bob", None] * 10
    apart = rank(scores, {"ann": 4, "bob": 6}, owners=pd.DataFrame({"lead_id": scores["lead_id"], "user_id": owner}))
    inside = rank(scores.assign(owner_id=owner), {"ann": 4, "bob": 6})
    pd.testing.assert_frame_equal(apart.frame, inside.frame.drop(columns="owner_id"))


# -- order


@given(st.permutations(range(30)))
@settings(max_examples=10)
def test_the_order_of_the_rows_does_not_matter(order):
    scores = draw_scores(30, chance_won=0.1, value_amount=[1e6, 2e6, 3e6] * 10)
    shuffled = scores.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(rank(scores).frame, rank(shuffled).frame)


def test_renaming_the_leads_renames_the_list_and_nothing_else():
    scores = draw_scores(80)
    names = dict(zip(scores["lead_id"], np.random.default_rng(3).permutation(1_000)[:80].astype(str), strict=True))
    one, other = rank(scores), rank(scores.assign(lead_id=scores["lead_id"].map(names)))
    assert one.frame["lead_id"].map(names).tolist() == other.frame["lead_id"].tolist()
    assert one.frame["is_explored"].tolist() == other.frame["is_explored"].tolist()


def test_ids_that_are_numbers_work_like_ids_that_are_text():
    scores = draw_scores(40, lead_id=np.arange(100, 140))
    owners = pd.DataFrame({"lead_id": scores["lead_id"], "user_id": ["ann", "bob"] * 20})
    actions = pd.DataFrame({"lead_id": scores["lead_id"], "action": "call"})
    options = {"times": make_times(), "capacity": {"ann": 6, "bob": 6}}

    def rank_with(kind):
        change = {"lead_id": kind}
        ways = pd.DataFrame({"lead_id": scores["lead_id"], "channel": "phone"}).astype(change)
        more = {"owners": owners.astype(change), "actions": actions.astype(change), "allowed": ways}
        return rank(scores.astype(change), **(options | more)).frame

    numbers, texts = rank_with("int64"), rank_with("str")
    pd.testing.assert_frame_equal(numbers.astype({"lead_id": "str"}), texts)
    assert (numbers["action"] == "call").all()


def test_among_equals_the_newer_lead_comes_first_and_then_the_smaller_id():
    scores = draw_scores(4, chance_won=0.2, value_amount=1e6)
    assert rank(scores, 2, explored=0).frame["lead_id"].tolist() == ["l0000", "l0001"]
    scores["created_at"] = pd.to_datetime(["2026-09-01", "2026-09-03", "2026-09-02", "2026-09-03"])
    assert rank(scores, 3, explored=0).frame["lead_id"].tolist() == ["l0001", "l0003", "l0002"]


# -- exploration


def test_one_place_in_twenty_is_left_to_chance_and_its_chance_is_logged():
    ranking = rank(draw_scores(500), 100)
    explored = ranking.frame[ranking.frame["is_explored"]]
    assert len(ranking.frame) == 100
    assert len(explored) == 5
    np.testing.assert_allclose(explored["propensity"], 5 / 405)
    assert (ranking.frame.loc[~ranking.frame["is_explored"], "propensity"] == 1).all()


def test_what_all_leads_are_worth_is_estimated_without_bias_from_the_list():
    scores = draw_scores(150, owner_id=["ann", "bob", None] * 50)
    truth = pd.Series(np.random.default_rng(5).gamma(1, 10, 150), scores["lead_id"])
    estimates = []
    for seed in range(120):
        listed = rank(scores, {"ann": 25, "bob": 15}, explored=0.2, seed=seed).frame
        estimates.append((listed["lead_id"].map(truth) / listed["propensity"]).sum())
    assert abs(np.mean(estimates) - truth.sum()) < 3 * np.std(estimates) / np.sqrt(120)


def test_another_seed_draws_others_and_keeps_the_best():
    one, other = (rank(draw_scores(500), 100, seed=seed).frame for seed in (1, 2))
    best = [frame.loc[~frame["is_explored"], "lead_id"].tolist() for frame in (one, other)]
    drawn = [set(frame.loc[frame["is_explored"], "lead_id"]) for frame in (one, other)]
    assert best[0] == best[1]
    assert drawn[0] != drawn[1]


# -- permission and reasons


@pytest.mark.requirement("J01")
def test_the_unreachable_and_the_second_lead_of_a_person_are_not_in_the_list():
    rng = np.random.default_rng(7)
    scores = draw_scores(200, is_reachable=rng.random(200) < 0.7, contact_id=rng.integers(0, 90, 200).astype(str))
    ranking = rank(scores, 200)
    by_id = scores.set_index("lead_id")
    assert by_id.loc[ranking.frame["lead_id"], "is_reachable"].all()
    assert not ranking.frame["contact_id"].duplicated().any()
    left = ranking.left_out.set_index("lead_id")["code"]
    assert (left[~by_id["is_reachable"].reindex(left.index)] == "unreachable").all()
    twins = by_id.loc[left.index[left == "duplicate"]]
    kept = ranking.frame.set_index("contact_id")["expected_amount"]
    worth = twins["chance_won"] * twins["value_amount"]
    assert (worth <= twins["contact_id"].map(kept)).all()
    assert len(ranking.frame) + len(left) == ranking.n_scored == 200


def make_times():
    rng = np.random.default_rng(7)
    at = pd.Timestamp("2026-06-01") + pd.to_timedelta(rng.integers(9, 18, 400), unit="h")
    return time_contacts(pd.DataFrame({"channel": "phone", "at": at, "connected": rng.random(400) < 0.3}))


@pytest.mark.requirement("M04")
def test_every_row_has_a_reason_and_no_opt_out_is_suggested():
    scores = draw_scores(300)
    phone = scores["lead_id"][np.random.default_rng(1).random(300) < 0.6]
    allowed = pd.DataFrame({"lead_id": phone, "channel": "phone"})
    given_reasons = {scores["lead_id"][0]: [Text("asked for a price", "価格を問い合わせた")]}
    actions = pd.DataFrame({"lead_id": scores["lead_id"], "action": ["call", "write", "send_offer"] * 100})
    ranking = rank(scores, 150, times=make_times(), allowed=allowed, reasons=given_reasons, actions=actions)
    listed = ranking.frame
    assert listed["reasons"].map(len).min() >= 2
    for texts in listed["reasons"]:
        assert all(text.of(lang).strip() for text in texts for lang in ("en", "ja"))
    silent = listed[~listed["lead_id"].isin(phone)]
    assert len(silent) > 30
    assert silent["channel"].isna().all()
    assert silent["contact_at"].isna().all()
    assert (silent["action"] == "find_channel").all()
    reached = listed.dropna(subset="channel")
    assert set(reached["channel"]) == {"phone"}
    assert set(reached["action"]) == {"call", "send_offer"}, "nobody allowed a mail, so 'write' gives way to a call"


def test_reasons_say_what_a_contact_is_worth_or_that_it_was_drawn():
    scores = draw_scores(100, value_amount=1_000_000.0)
    listed = rank(scores, 20).frame
    worth, drawn = listed[~listed["is_explored"]].iloc[0], listed[listed["is_explored"]].iloc[0]
    chance = write(Share(float(worth["chance_won"])), "en")
    assert chance in worth["reasons"][0].en
    assert "by lot" in drawn["reasons"][0].en
    assert "抽選" in drawn["reasons"][0].ja


def test_channels_are_not_suggested_before_somebody_said_which_are_allowed():
    for options in ({"times": make_times()}, {"actions": pd.DataFrame({"lead_id": ["l0001"], "action": ["call"]})}):
        with pytest.raises(BadArgument, match=r"nobody said which are allowed(.|\n)*Next: pass allowed"):
            rank(draw_scores(10), **options)


# -- grades and amounts


def test_grades_come_from_the_model_from_the_scores_or_from_this_list():
    scores = draw_scores(50)
    fixed = Grades((0.3, 0.2, 0.1), (0.0, 0.0, 0.0), 0.1)
    listed = rank(scores, grades=fixed).frame
    assert listed["grade"].tolist() == fixed.grade(listed["chance_won"])
    assert set(rank(scores.assign(grade="B")).frame["grade"]) == {"B"}
    assert set(rank(scores).frame["grade"]) <= {"A", "B", "C", "D"}


def test_money_from_the_warehouse_and_one_value_for_all_are_taken():
    scores = draw_scores(10)
    decimals = scores.assign(value_amount=[Decimal(int(value)) for value in scores["value_amount"]])
    pd.testing.assert_frame_equal(rank(scores, 5).frame, rank(decimals, 5).frame)
    one = rank(scores.drop(columns="value_amount"), 5, value=100.0).frame
    assert (one["value_amount"] == 100).all()


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        (lambda s: s.drop(columns="chance_won"), {}, TableError, "no column 'chance_won'(.|\n)*Next: pass the frame"),
        (lambda s: pd.concat([s, s]), {}, TableError, "repeated in 9(.|\n)*Next: keep one row a lead"),
        (lambda s: s.assign(chance_won=1.2), {}, BadArgument, "9 of 9 chances(.|\n)*Next: pass the chances"),
        (lambda s: s.assign(value_amount=-1.0), {}, BadArgument, "in 9 of 9 rows(.|\n)*Next: fill it with"),
        (lambda s: s.assign(is_reachable=False), {}, NotEnoughData, "None of 9(.|\n)*Next: check is_reachable"),
        (lambda s: s, {"cost": 1e12, "explored": 0}, NotEnoughData, "worth a contact(.|\n)*Next: check the cost"),
        (lambda s: s, {"capacity": 0}, BadArgument, "makes no list(.|\n)*Next: give whole numbers"),
        (lambda s: s, {"margin_rate": 0}, BadArgument, "margin_rate of 0(.|\n)*Next: give a margin_rate"),
        (lambda s: s, {"explored": 1.5}, BadArgument, "left to chance(.|\n)*Next: give a number"),
        (
            lambda s: s,
            {"uplift": pd.DataFrame({"lead_id": ["l0001"], "uplift": [0.1]})},
            TableError,
            "8 of 9 leads have no uplift(.|\n)*Next: estimate the uplift",
        ),
        (
            lambda s: s,
            {"owners": pd.DataFrame({"lead_id": ["l0001"] * 2, "user_id": "a"}), "capacity": {"a": 2}},
            TableError,
            "names 1 leads more than once(.|\n)*Next: keep one owner",
        ),
    ],
)
def test_what_cannot_be_ranked_is_refused(change, options, error, words):
    with pytest.raises(error, match=words):
        rank(change(draw_scores(9)), **options)


def test_chances_of_an_appointment_are_called_so_in_both_languages():
    scores = pd.DataFrame({"lead_id": ["a", "b"], "chance_won": [0.4, 0.1], "value_amount": [100.0, 100.0]})
    options = {"capacity": 1, "as_of": date(2026, 9, 30), "seed": 1, "explored": 0}
    met, won = (rank_leads(scores, **options, goal=goal).frame["reasons"][0][0] for goal in ("qualified", "won"))
    assert "a chance of 40.0 % that it becomes an appointment" in met.en
    assert "アポイント獲得の確率 40.0%" in met.ja
    assert "that it is won" in won.en
    with pytest.raises(BadArgument, match=r"(?s)'sold' is no goal of a lead.*Next: give one of: won, qualified"):
        rank_leads(scores, **options, goal="sold")
