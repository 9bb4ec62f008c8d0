"""The weighing of evidence: rare agreement says more, related things are not the same, nothing known says nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.intake.sameness import Evidence, Field, count_by_chance, find_chances, share_of_values

NAME = Field("name", ("unknown", "same", "differs"), (0.9, 0.1), (None, None), (0.001, 0.999))
DOMAIN = Field("domain", ("unknown", "same", "differs"), (0.9, 0.1), (0.8, 0.2), (0.001, 0.999))


def seen(field, levels, by_chance):
    return Evidence(field, np.array(levels, dtype=np.int8), np.array(by_chance))


def test_shares_planted_in_a_mixture_are_found_again():
    rng = np.random.default_rng(3)
    n_same, n_related, n_other = 400, 800, 40_000
    draw = {"same": (0.9, 0.9), "related": (0.001, 0.8), "other": (0.001, 0.001)}
    sizes = {"same": n_same, "related": n_related, "other": n_other}
    agrees = np.concatenate([rng.random((sizes[kind], 2)) < draw[kind] for kind in draw])
    evidence = [seen(field, np.where(agrees[:, place], 1, 2), np.where(agrees[:, place], 0.001, 0.999))
                for place, field in enumerate((NAME, DOMAIN))]  # fmt: skip
    chances = find_chances(evidence, n_records=290, n_related=300)
    assert chances.sum() == pytest.approx(n_same, rel=0.1)
    assert chances[:n_same].mean() > 0.8
    assert chances[n_same:].mean() < 0.003


@given(st.floats(0.0001, 0.4), st.floats(1.05, 2))
def test_agreement_on_a_rarer_value_never_lowers_the_chance(rare, factor):
    evidence = [seen(NAME, [1, 1], [rare, rare * factor])]
    few, many = find_chances(evidence, n_records=50, n_related=1)
    assert few >= many


def test_what_is_not_known_says_nothing():
    with_unknown = [seen(NAME, [1, 2], [0.01, 0.99]), seen(DOMAIN, [0, 0], [1.0, 1.0])]
    np.testing.assert_allclose(
        find_chances(with_unknown, n_records=50, n_related=1), find_chances(with_unknown[:1], n_records=50, n_related=1)
    )


def test_sharing_only_what_relatives_share_does_not_make_two_things_the_same():
    evidence = [seen(NAME, [1, 2], [0.001, 0.999]), seen(DOMAIN, [1, 1], [0.001, 0.001])]
    same, related = find_chances(evidence, n_records=1_000, n_related=30)
    assert same > 0.9
    assert related < 0.05


def test_nothing_to_compare_gives_no_chances():
    assert find_chances([], n_records=5, n_related=1).shape == (0,)


def test_the_rarity_of_a_value_is_its_share_of_the_other_records():
    values = np.array(["a"] * 500 + ["b"] * 2 + [f"c{n}" for n in range(498)] + [None], dtype=object)
    shares = share_of_values(values)
    assert shares[0] == pytest.approx(498 / (999 + 200))
    assert shares[500] == shares[600] < 0.001
    assert shares[-1] == 1


def test_of_few_records_the_expectation_decides_and_of_many_the_data():
    levels = np.array([1] * 500 + [2] * 500, dtype=np.int8)
    few, many = (count_by_chance(NAME, levels, n_records=n)[1] for n in (4, 100_000))
    assert few == pytest.approx(0.001, abs=0.001)
    assert many == pytest.approx(0.085, abs=0.001)


@pytest.mark.parametrize("broken", [(0.5, 0.6), (1.0,)])
def test_a_field_whose_chances_do_not_add_up_is_refused(broken):
    with pytest.raises(AssertionError, match="odd"):
        Field("odd", ("unknown", "same", "differs"), broken, (None, None), (0.1, 0.9))
