"""Who benefits: planted segments are found, noise is not, and both engines agree."""

import numpy as np
import pandas as pd
import pytest
from experiments_groups import measure_false_claims

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Reason, compare_groups


def make_rows(sold: dict[str, tuple[int, int]], *, n=100) -> pd.DataFrame:
    rows = [
        (group, arm, int(lead < k))
        for group, pair in sold.items()
        for arm, k in zip(("old", "new"), pair, strict=True)
        for lead in range(n)
    ]
    return pd.DataFrame(rows, columns=["region", "arm", "succeeded"])


FOUR = make_rows({"north": (20, 24), "south": (22, 21), "east": (19, 20), "west": (21, 45)})


def test_the_segment_that_benefits_is_found_and_pulled_towards_the_others():
    answer = compare_groups(FOUR, group="region", control="old")
    assert [one.group for one in answer.groups if one.benefits] == ["west"]
    west = answer.groups[0]
    assert 0 < west.interval.estimate < west.observed_lift == pytest.approx(0.24)


def test_where_the_arms_are_swapped_the_same_segment_suffers():
    answer = compare_groups(FOUR, group="region", control="new")
    assert [one.group for one in answer.groups if one.suffers] == ["west"]


def test_on_noise_hardly_a_segment_is_said_to_benefit():
    table = measure_false_claims(n_runs=40, n_groups=(8,), finds=False)
    assert table["claims"].item() <= 0.1
    assert table["unpooled"].item() > 0.2


@pytest.mark.slow
def test_false_claims_are_as_few_as_was_allowed():
    table = measure_false_claims(n_runs=2000)
    assert (table["claims"] <= 0.05).all(), table
    assert (table["held"] >= 0.95).all()
    assert (table["found"] > 0.3).all()
    assert (table["all_found"] > 0.4).all()


def test_a_segment_of_three_units_rests_on_the_others():
    small = make_rows({"tiny": (0, 3)}, n=3)
    answer = compare_groups(pd.concat([FOUR, small]), group="region", control="old")
    tiny = next(one for one in answer.groups if one.group == "tiny")
    assert tiny.observed_lift == 1
    assert tiny.interval.estimate < 0.3
    assert not tiny.benefits
    assert answer.reasons == (Reason.PRIOR_DOMINATES,)


@pytest.mark.slow
def test_quadrature_and_sampler_agree():
    exact = compare_groups(FOUR, group="region", control="old")
    drawn = compare_groups(FOUR, group="region", control="old", method="pymc", seed=4)
    other = {one.group: one for one in drawn.groups}
    for one in exact.groups:
        assert one.chance_better == pytest.approx(other[one.group].chance_better, abs=0.02)
        assert one.interval.estimate == pytest.approx(other[one.group].interval.estimate, abs=0.006)
        assert one.interval.low == pytest.approx(other[one.group].interval.low, abs=0.012)
    assert exact.centre.estimate == pytest.approx(drawn.centre.estimate, abs=0.04)
    assert drawn.diagnosis.is_usable


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        (FOUR[FOUR["region"] == "north"], "1 segments"),
        (FOUR[(FOUR["region"] != "west") | (FOUR["arm"] == "old")], r"lack an arm \(west\)(.|\n)*merge small ones"),
    ],
)
def test_segments_that_cannot_be_compared_are_refused(rows, match):
    with pytest.raises(NotEnoughData, match=match):
        compare_groups(rows, group="region", control="old")


def test_rows_that_cannot_be_used_are_named():
    rows = FOUR.astype({"succeeded": float, "region": object})
    rows.loc[2, "region"], rows.loc[5, "succeeded"], rows.loc[6, "succeeded"] = None, np.nan, 2
    with pytest.raises(
        BadArgument, match=r"no region \(2\); 1 row with no succeeded \(5\); 1 row with a succeeded that"
    ):
        compare_groups(rows, group="region", control="old")


def test_one_of_several_treatments_must_be_named():
    rows = pd.concat([FOUR, FOUR[FOUR["arm"] == "new"].assign(arm="third")])
    with pytest.raises(BadArgument, match="name one as treatment"):
        compare_groups(rows, group="region", control="old")
    named = compare_groups(rows, group="region", control="old", treatment="third")
    assert named.groups == compare_groups(FOUR, group="region", control="old").groups
