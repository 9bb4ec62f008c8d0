"""Shares of a change: they add up, a factor that did not change has none, and published worths come out."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.shapley import Split, share_change

VALUES = st.floats(-1e3, 1e3)


def multiply(*names):
    return Split(names, lambda at: np.prod(np.broadcast_arrays(*(at[name] for name in names)), axis=0))


def average_over_sequences(split, before, after):
    """Return the shares by their definition: one sequence after another."""
    shares, sequences = dict.fromkeys(split.names, 0.0), list(permutations(split.names))
    for sequence in sequences:
        state = dict(before)
        for name in sequence:
            start = float(split.evaluate(state))
            state[name] = after[name]
            shares[name] += (float(split.evaluate(state)) - start) / len(sequences)
    return shares


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, min_size=4, max_size=4), st.lists(VALUES, min_size=4, max_size=4))
def test_shares_are_the_mean_over_all_sequences_whatever_the_signs(first, second):
    names = ("a", "b", "c", "d")
    split = Split(names, lambda at: at["a"] * at["b"] - at["c"] * (at["a"] + at["d"]))
    before, after = dict(zip(names, first, strict=True)), dict(zip(names, second, strict=True))
    shares = share_change({"total": split}, before, after)
    scale = max(1.0, *(abs(value) for value in (*first, *second))) ** 2
    for name, share in average_over_sequences(split, before, after).items():
        assert shares[name] == pytest.approx(share, abs=1e-11 * scale)


def test_the_shares_of_a_gloves_game_are_the_published_ones():
    """One left glove, two right ones: worth 1 as a pair; Shapley's value is 2/3, 1/6, 1/6 (Roth 1988, p. 5)."""
    game = Split(("left", "right", "other"), lambda at: at["left"] * np.maximum(at["right"], at["other"]))
    shares = share_change({"": game}, dict.fromkeys(game.names, 0), dict.fromkeys(game.names, 1))
    assert list(shares.values()) == pytest.approx([2 / 3, 1 / 6, 1 / 6])


def test_twelve_factors_add_up_to_a_billionth():
    rng = np.random.default_rng(0)
    names = tuple(f"f{at}" for at in range(12))
    before, after = ({name: rng.normal(0.8, 0.4) for name in names} for _ in range(2))
    split = multiply(*names)
    change = float(split.evaluate(after) - split.evaluate(before))
    assert sum(share_change({"total": split}, before, after).values()) == pytest.approx(change, abs=1e-12)


def test_a_factor_that_did_not_change_has_no_share_at_all():
    shares = share_change({"total": multiply("a", "b", "c")}, {"a": 0.1, "b": 3, "c": 7}, {"a": 0.3, "b": 3, "c": -7})
    assert shares["b"] == 0.0


def nest(n):
    """Return a product of n factors, each of them a product of three."""
    tops = tuple(f"g{at}" for at in range(n))
    formulas = {"total": multiply(*tops)}
    formulas |= {top: multiply(*(f"{top}_{at}" for at in range(3))) for top in tops}
    rng = np.random.default_rng(n)
    leaves = [name for top in tops for name in formulas[top].names]
    return formulas, *({name: rng.uniform(0.5, 1.5) for name in leaves} for _ in range(2))


@pytest.mark.parametrize("n", [3, 5])
def test_shares_of_factors_of_factors_add_up_on_every_level(n):
    formulas, before, after = nest(n)
    shares = share_change(formulas, before, after)
    tops = formulas["total"].names
    worth = [
        float(np.prod([values[name] for top in tops for name in formulas[top].names])) for values in (before, after)
    ]
    assert sum(shares[top] for top in tops) == pytest.approx(worth[1] - worth[0], abs=1e-9)
    for top in tops:
        assert sum(shares[name] for name in formulas[top].names) == pytest.approx(shares[top], abs=1e-12)


def test_up_to_twelve_leaves_the_way_a_product_is_bracketed_does_not_matter():
    before, after = {"a": 2, "b": 3, "c": 5, "d": 7}, {"a": 3, "b": 2, "c": 6, "d": 9}
    flat = share_change({"total": multiply("a", "b", "c", "d")}, before, after)
    nested = share_change({"total": multiply("x", "d"), "x": multiply("a", "b", "c")}, before, after)
    assert {name: nested[name] for name in flat} == pytest.approx(flat)


def test_beyond_twelve_leaves_factors_that_cancel_out_do_no_harm():
    formulas, before, after = nest(5)
    after |= {"g0_0": before["g0_0"] * 2, "g0_1": before["g0_1"] / 2, "g0_2": before["g0_2"]}
    shares = share_change(formulas, before, after)
    assert shares["g0"] == pytest.approx(0, abs=1e-12)
    assert shares["g0_0"] > 0 > shares["g0_1"]


def test_what_cannot_be_shared_is_refused():
    ratio = Split(("won", "closed"), lambda at: at["won"] / at["closed"])
    with pytest.raises(NotEnoughData, match=r"no value where closed is 0(?s:.*)Next: choose periods in which"):
        share_change({"rate": ratio}, {"won": 1, "closed": 0}, {"won": 2, "closed": 5})
    with pytest.raises(NotEnoughData, match=r"No value is known of closed before or after"):
        share_change({"rate": ratio}, {"won": 1}, {"won": 2, "closed": 5})
    with pytest.raises(BadArgument, match=r"'a' is a factor of itself(?s:.*)Next: break the circle"):
        share_change({"a": multiply("b", "c"), "b": multiply("a", "d")}, {}, {})
    names = [f"f{at}" for at in range(13)]
    with pytest.raises(BadArgument, match=r"has 13 factors(?s:.*)Next: group factors"):
        share_change({"total": multiply(*names)}, dict.fromkeys(names, 1), dict.fromkeys(names, 2))
