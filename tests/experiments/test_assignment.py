"""The lot is fair, independent, the same again, and leaves out who said no."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import make_plan
from scipy.stats import chi2_contingency, chisquare

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments import assign_arms, check_health
from saleslab.intake.opt_outs import keep_reachable

HALVES = {"old": 0.5, "new": 0.5}


def make_leads(n: int, first: int = 0) -> pd.DataFrame:
    i = np.arange(first, first + n)
    return pd.DataFrame(
        {
            "lead_id": [f"l:{k}" for k in i],
            "owner_id": [f"u:{k % 17}" for k in i],
            "source": np.where(i % 3 == 0, "fair", "web"),
            "size": np.where(i % 5 == 0, "large", "small"),
        }
    )


def arms_of(drawn) -> dict[str, str]:
    return dict(zip(drawn.rows["unit_id"], drawn.rows["arm"], strict=True))


@pytest.mark.parametrize("shares", [HALVES, {"a": 0.7, "b": 0.2, "c": 0.1}, {"a": 0.05, "b": 0.95}])
def test_arms_get_their_shares(shares):
    """At the level of .001, as planout's tests of proportions."""
    drawn = assign_arms(make_leads(40_000), salt="s", shares=shares, unit="lead")
    seen = dict(drawn.counts)
    assert chisquare([seen[a] for a in shares], [40_000 * s for s in shares.values()]).pvalue > 0.001


def test_the_lots_of_two_experiments_are_independent():
    one, two = (assign_arms(make_leads(40_000), salt=s, shares=HALVES, unit="lead").rows["arm"] for s in "ab")
    assert chi2_contingency(pd.crosstab(one, two)).pvalue > 0.001


def test_the_lot_does_not_depend_on_neighbouring_ids():
    arms = (assign_arms(make_leads(40_000), salt="s", shares=HALVES, unit="lead").rows["arm"] == "new").to_numpy()
    assert chi2_contingency(pd.crosstab(arms[1:], arms[:-1])).pvalue > 0.001


def test_the_lot_is_the_same_on_every_machine():
    """Written down once: a change of these arms would reshuffle every running experiment."""
    drawn = assign_arms(make_leads(8), salt="script-2026", shares=HALVES, unit="lead")
    assert drawn.rows["arm"].tolist() == GOLDEN


GOLDEN = ["old", "new", "new", "old", "new", "new", "new", "old"]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(0, 60), st.randoms(use_true_random=False))
def test_units_keep_their_arm_when_others_are_added_and_rows_are_shuffled(n, more, random):
    before = arms_of(assign_arms(make_leads(n), salt="s", shares=HALVES, unit="lead"))
    order = list(range(n + more))
    random.shuffle(order)
    after = arms_of(assign_arms(make_leads(n + more).iloc[order], salt="s", shares=HALVES, unit="lead"))
    assert {unit: after[unit] for unit in before} == before


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 80), st.sampled_from([HALVES, {"a": 0.5, "b": 0.3, "c": 0.2}]))
def test_each_stratum_has_its_shares_give_or_take_one(n, shares):
    drawn = assign_arms(make_leads(n + 1), salt="s", shares=shares, unit="lead", strata=["source", "size"])
    for _, inside in drawn.rows.groupby(["source", "size"]):
        for arm, share in shares.items():
            assert abs((inside["arm"] == arm).sum() - share * len(inside)) < 1


def test_small_strata_do_not_favour_an_arm():
    singles = make_leads(6000).assign(alone=lambda f: f["lead_id"])
    drawn = assign_arms(singles, salt="s", shares={"a": 0.7, "b": 0.3}, unit="lead", strata=["alone"])
    assert chisquare([n for _, n in drawn.counts], [4200, 1800]).pvalue > 0.001


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 50), st.integers(0, 50))
def test_strata_keep_earlier_arms_and_even_out_with_new_units(n, more):
    first = assign_arms(make_leads(n), salt="s", shares=HALVES, unit="lead", strata=["source"])
    both = assign_arms(
        make_leads(n + more), salt="s", shares=HALVES, unit="lead", strata=["source"], assigned=first.rows
    )
    after = arms_of(both)
    assert {unit: after[unit] for unit in arms_of(first)} == arms_of(first)
    for _, inside in both.rows.groupby("source"):
        assert abs((inside["arm"] == "new").sum() - len(inside) / 2) <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 70), st.integers(0, 40), st.integers(2, 9))
def test_blocks_keep_the_arms_of_earlier_rows_and_stay_even_over_time(n, more, block):
    before = arms_of(assign_arms(make_leads(n), salt="s", shares=HALVES, unit="lead", block=block))
    drawn = assign_arms(make_leads(n + more), salt="s", shares=HALVES, unit="lead", block=block)
    after = arms_of(drawn)
    assert {unit: after[unit] for unit in before} == before
    is_new = (drawn.rows["arm"] == "new").to_numpy()
    for start in range(0, (n + more) // block * block, block):
        assert abs(is_new[start : start + block].sum() - block / 2) < 1


def test_blocks_are_not_dealt_in_the_same_order_each_time():
    drawn = assign_arms(make_leads(4000), salt="s", shares=HALVES, unit="lead", block=4)
    place = np.arange(4000) % 4
    assert chi2_contingency(pd.crosstab(drawn.rows["arm"], place)).pvalue > 0.001


def test_all_units_of_a_cluster_get_one_arm():
    drawn = assign_arms(make_leads(500), salt="s", shares=HALVES, unit="lead", cluster="owner_id", strata=[])
    assert len(drawn.rows.drop_duplicates(["owner_id", "arm"])) == 17
    assert set(drawn.rows["arm"]) == set(HALVES)


def test_people_and_their_weeks_can_be_drawn():
    weeks = pd.DataFrame(
        {"user_id": ["u:1", "u:1", "u:2"], "week": pd.to_datetime(["2025-12-29", "2026-01-05", "2025-12-29"])}
    )
    drawn = assign_arms(weeks, salt="s", shares=HALVES, unit="rep_week")
    assert drawn.rows["unit_id"].tolist() == ["u:1@2026-W01", "u:1@2026-W02", "u:2@2026-W01"]
    reps = assign_arms(weeks[["user_id"]].drop_duplicates(), salt="s", shares=HALVES, unit="rep")
    assert reps.rows["unit_type"].unique().tolist() == ["rep"]


def test_a_plan_says_all_that_is_needed():
    plan = make_plan(strata=("source",))
    drawn = assign_arms(make_leads(101), plan=plan)
    assert drawn.rows["experiment_id"].unique().tolist() == ["script-2026"]
    assert [arm for arm, _ in drawn.counts] == ["old", "new"]
    assert check_health(drawn.rows, expected=plan.share_of).is_sound


def test_who_opted_out_under_one_id_is_left_out_under_every_other():
    """F03: the same telephone number under two contacts; the room of intake says who may be reached."""
    contacts = pd.DataFrame(
        {
            "contact_id": ["c:1", "c:2", "c:3", "c:4"],
            "email": [None] * 4,
            "phone": ["090-1111-2222", "０９０１１１１２２２２", "03-1234-5678", None],
            "opt_out_email": False,
            "opt_out_phone": [True, False, False, None],
        }
    )
    leads = pd.DataFrame({"lead_id": ["l:1", "l:2", "l:3", "l:4"], "contact_id": ["c:1", "c:2", "c:3", None]})
    reachable = keep_reachable(contacts, contacts, channel="phone")
    refused = contacts[~contacts["contact_id"].isin(reachable["contact_id"])]
    drawn = assign_arms(leads, salt="s", shares=HALVES, unit="lead", opted_out=refused)
    assert drawn.rows["lead_id"].tolist() == ["l:3", "l:4"]
    assert drawn.n_opted_out == 2
    by_id = assign_arms(leads, salt="s", shares=HALVES, unit="lead", opted_out={"l:1", "l:2"})
    assert arms_of(by_id) == arms_of(drawn)


def test_leaving_people_out_moves_nobody_else():
    everybody = arms_of(assign_arms(make_leads(50), salt="s", shares=HALVES, unit="lead"))
    fewer = arms_of(assign_arms(make_leads(50), salt="s", shares=HALVES, unit="lead", opted_out={"l:7", "l:8"}))
    assert fewer == {unit: arm for unit, arm in everybody.items() if unit not in {"l:7", "l:8"}}


def test_an_arm_without_a_share_gets_no_new_unit_and_keeps_its_old_ones():
    first = assign_arms(make_leads(30), salt="s", shares=HALVES, unit="lead")
    later = assign_arms(make_leads(60), salt="s", shares={"old": 1.0, "new": 0.0}, unit="lead", assigned=first.rows)
    assert (later.rows["arm"].iloc[30:] == "old").all()
    assert later.rows["arm"].iloc[:30].tolist() == first.rows["arm"].tolist()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"salt": ""}, "Arms cannot be drawn with salt 'None'"),
        ({"unit": "visitor"}, "unit 'visitor'"),
        ({"shares": {"old": 0.5, "new": 0.6}}, "add up to 1.1"),
        ({"shares": {"old": 1.5, "new": -0.5}}, "shares of at least 0"),
        ({"block": 1}, "Blocks of 1"),
    ],
)
def test_arguments_that_make_no_lot_are_refused(options, told):
    values = {"salt": "s", "shares": HALVES, "unit": "lead"} | options
    with pytest.raises(BadArgument, match=f"(?s){told}.*"):
        assign_arms(make_leads(4), **values)


def test_units_without_an_id_or_with_one_twice_are_refused():
    leads = make_leads(4)
    with pytest.raises(TableError, match="(?s)1 of 4 units have no lead_id.*Next: fill the id"):
        assign_arms(leads.assign(lead_id=["l:0", None, "l:2", "l:3"]), salt="s", shares=HALVES, unit="lead")
    with pytest.raises(TableError, match="1 units stand on several rows, such as l:0"):
        assign_arms(pd.concat([leads, leads[:1]]), salt="s", shares=HALVES, unit="lead")
    with pytest.raises(TableError, match="units has no column 'account_id'"):
        assign_arms(leads, salt="s", shares=HALVES, unit="account")
    with pytest.raises(TableError, match="Opt-outs have no id column"):
        assign_arms(leads, salt="s", shares=HALVES, unit="lead", opted_out=pd.DataFrame({"name": ["x"]}))
    earlier = pd.DataFrame({"unit_id": ["l:0"], "arm": ["strange"]})
    with pytest.raises(TableError, match="Earlier units are in arm strange"):
        assign_arms(leads, salt="s", shares=HALVES, unit="lead", assigned=earlier)


def test_nobody_left_is_no_experiment():
    leads = make_leads(3)
    with pytest.raises(NotEnoughData, match="None of 3 units may be assigned"):
        assign_arms(leads, salt="s", shares=HALVES, unit="lead", opted_out=set(leads["lead_id"]))
