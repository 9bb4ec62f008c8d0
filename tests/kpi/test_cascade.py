"""Targets are shared out to the last yen, and the chance of the whole comes from those who sell."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, TableError
from saleslab.kpi.targets.cascade import cascade_targets, check_cascade

MEMBERS = pd.DataFrame(
    {
        "scope_id": ["u3", "u1", "u2", "east", "west", "company"],
        "parent_id": ["west", "east", "east", "company", "company", None],
        "weight": [2.0, 3.0, 5.0, np.nan, np.nan, np.nan],
    }
)


def _draw(n=4000, **means):
    rng = np.random.default_rng(7)
    return pd.DataFrame({name: rng.normal(mean, 10, n) for name, mean in means.items()})


@pytest.mark.requirement("B07")
def test_sums_of_children_are_their_parents_targets():
    cascade = cascade_targets(MEMBERS, target=1000)
    targets = cascade.targets.set_index("scope_id")["target"]
    assert targets.to_dict() == {"company": 1000, "east": 800, "west": 200, "u3": 200, "u1": 300, "u2": 500}
    assert cascade.targets["scope_id"].tolist()[0] == "company"
    assert cascade.over_assignment == 1.0
    assert cascade.chance is None


@pytest.mark.requirement("B07")
def test_over_assignment_and_recorded_quotas_show_their_coverage():
    cascade = cascade_targets(MEMBERS, target=1000, over_assignment=1.2)
    top = cascade.targets.set_index("scope_id").loc["company"]
    assert top["target"] == 1000
    assert top["coverage"] == pytest.approx(1.2)
    recorded = cascade.targets[["scope_id", "parent_id", "target"]]
    assert check_cascade(recorded).set_index("scope_id")["coverage"].to_dict() == pytest.approx(
        {"company": 1.2, "east": 1.0, "west": 1.0}
    )


def test_the_company_is_likelier_to_reach_its_target_than_everybody_theirs():
    draws = _draw(u1=303, u2=505, u3=202)
    cascade = cascade_targets(MEMBERS, target=1000, draws=draws)
    total = draws.sum(axis=1)
    assert cascade.chance == pytest.approx((total >= 1000).mean())
    assert cascade.chance_all < min(cascade.targets.set_index("scope_id").loc[["u1", "u2", "u3"], "chance"])
    assert cascade.chance_all < cascade.chance
    assert 0.5 < cascade.share_reaching < 0.7


@given(
    weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=8).filter(lambda w: sum(w) > 1),
    target=st.integers(1, 10**9),
    unit=st.sampled_from([1, 1000, 10_000]),
)
@settings(max_examples=60, deadline=None)
def test_rounded_shares_add_up_to_the_rounded_whole(weights, target, unit):
    names = [f"u{at}" for at in range(len(weights))]
    members = pd.DataFrame(
        {"scope_id": ["all", *names], "parent_id": [None, *["all"] * len(names)], "weight": [0.0, *weights]}
    )
    shares = cascade_targets(members, target=target, rounding=unit).targets.set_index("scope_id")["target"][names]
    assert abs(shares.sum() - target) <= unit / 2
    assert ((shares % unit) == 0).all()


def test_broken_structures_are_refused():
    with pytest.raises(TableError, match=r"2 scopes without a parent[\s\S]*Next: give one scope at the top"):
        cascade_targets(MEMBERS.assign(parent_id=["west", None, "east", "company", "company", None]), target=1)
    with pytest.raises(TableError, match="1 whose 'parent_id' is not there"):
        cascade_targets(MEMBERS.assign(parent_id=["north", "east", "east", "company", "company", None]), target=1)
    with pytest.raises(TableError, match="2 scopes of members go in a circle"):
        cascade_targets(MEMBERS.assign(parent_id=["company", "u2", "u1", "company", "company", None]), target=1)
    with pytest.raises(BadArgument, match=r"1 of 3 are negative or missing"):
        cascade_targets(MEMBERS.assign(weight=[-1.0, 3, 5, 0, 0, 0]), target=1)
    with pytest.raises(BadArgument, match="no column for 1 of 3 scopes"):
        cascade_targets(MEMBERS, target=1, draws=_draw(u1=1, u2=1))
    with pytest.raises(TableError, match="'weight'"):
        cascade_targets(MEMBERS[["scope_id", "parent_id"]], target=1)
