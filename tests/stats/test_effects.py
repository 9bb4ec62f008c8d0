"""Pooled effects find planted ones, and find none where none were planted."""

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import pool_effects


def series(rng, years, spread, noise=0.1):
    month = np.arange(12 * years) % 12
    effects = rng.normal(0, 1, 12) * spread
    effects -= effects.mean()
    trend = 0.01 * np.arange(12 * years)
    others = np.column_stack([np.ones(12 * years), np.arange(12 * years) / 12])
    return effects, effects[month] + trend + rng.normal(0, noise, 12 * years), month, others


def test_planted_effects_are_held_nine_times_in_ten():
    rng = np.random.default_rng(4)
    held = []
    for _ in range(40):
        effects, values, month, others = series(rng, 3, spread=0.15)
        answer = pool_effects(values, month, others=others)
        held += [effect in group for effect, group in zip(effects, answer.groups, strict=True)]
    assert 0.86 <= np.mean(held) <= 0.94


def test_noise_alone_is_hardly_ever_called_an_effect():
    rng = np.random.default_rng(6)
    said = 0
    for _ in range(60):
        _, values, month, others = series(rng, 3, spread=0.0)
        said += pool_effects(values, month, others=others).chance_any > 0.9
    assert said <= 3


def test_strong_effects_are_nearly_always_found():
    rng = np.random.default_rng(8)
    found = 0
    for _ in range(30):
        _, values, month, others = series(rng, 3, spread=0.2)
        found += pool_effects(values, month, others=others).chance_any > 0.9
    assert found >= 27


def test_effects_add_up_to_nothing_and_a_shift_of_all_values_changes_none():
    rng = np.random.default_rng(1)
    _, values, month, others = series(rng, 3, spread=0.2)
    one = pool_effects(values, month, others=others)
    shifted = pool_effects(values + 5, month, others=others)
    assert sum(group.estimate for group in one.groups) == pytest.approx(0, abs=1e-9)
    assert [g.low for g in one.groups] == pytest.approx([g.low for g in shifted.groups], abs=1e-6)


def test_too_few_values_are_refused():
    with pytest.raises(NotEnoughData, match="give more than 13 values"):
        pool_effects(np.zeros(12), np.arange(12), others=np.ones((12, 1)))


def test_rows_that_do_not_fit_are_refused():
    with pytest.raises(BadArgument, match="give one row for each value"):
        pool_effects(np.zeros(5), np.zeros(5, dtype=int), others=np.ones((4, 1)))
