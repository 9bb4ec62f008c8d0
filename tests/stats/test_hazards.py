"""The chance of having ended by a day is right although most rows are still being watched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import expand_periods, follow_endings, lay_edges, learn_hazard


def wait(rng, n, *, share, mean):
    """Days until the end: exponential for a share, never for the others."""
    return np.where(rng.random(n) < share, np.ceil(rng.exponential(mean, n)), np.inf)


def test_who_ends_late_is_not_taken_for_who_ends_seldom():
    rng = np.random.default_rng(7)
    n = 12_000
    is_slow = rng.random(n) < 0.5
    ended = np.where(is_slow, wait(rng, n, share=0.3, mean=60), wait(rng, n, share=0.2, mean=10))
    model = learn_hazard(is_slow[:, None] * 1.0, rng.integers(0, 300, n), ended)
    quick, slow = model.chance_by([[0.0], [1.0]], [20, 180])
    assert quick == pytest.approx([0.2 * -np.expm1(-2), 0.2], abs=0.012)
    assert slow == pytest.approx([0.3 * -np.expm1(-20 / 60), 0.3 * -np.expm1(-3)], abs=0.018)
    assert quick[0] > slow[0]
    assert slow[1] > quick[1]


def test_without_columns_it_agrees_with_kaplan_and_meier():
    rng = np.random.default_rng(11)
    n = 20_000
    ended, watched = wait(rng, n, share=0.4, mean=30), rng.choice(lay_edges(180)[5:], n)
    model = learn_hazard(np.zeros((n, 0)), watched, ended)
    has_ended = ended <= watched
    days, where = np.unique(np.where(has_ended, ended, watched), return_inverse=True)
    counts = [np.bincount(where[mask], minlength=len(days)) for mask in (has_ended, ~has_ended)]
    seen = follow_endings(days, n_ended=[counts[0]], n_running=counts[1])
    for day in (30, 90, 180):
        known = 1 - seen.still_running[np.searchsorted(seen.days, day, side="right") - 1]
        assert model.chance_by(np.zeros((1, 0)), [day])[0, 0] == pytest.approx(known, abs=0.004)


def test_the_chance_rises_with_the_days_and_starts_at_none():
    rng = np.random.default_rng(13)
    x = rng.normal(size=(2_000, 3))
    model = learn_hazard(x, rng.integers(0, 250, 2_000), wait(rng, 2_000, share=0.3, mean=40))
    chances = model.chance_by(x[:50], range(181))
    assert (np.diff(chances, axis=1) >= 0).all()
    assert (chances[:, 0] == 0).all()
    assert ((chances[:, 1:] > 0) & (chances[:, 1:] < 1)).all()


def test_the_horizon_is_cut_to_what_was_watched():
    rng = np.random.default_rng(17)
    model = learn_hazard(np.zeros((500, 0)), np.full(500, 45), wait(rng, 500, share=0.5, mean=20))
    assert model.edges[-1] == 45
    with pytest.raises(BadArgument, match=r"lies outside 0 to 45.\n  Next: ask for days up to 45"):
        model.chance_by(np.zeros((1, 0)), [30, 90])


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 60), st.one_of(st.integers(0, 60).map(float), st.just(np.inf))),
        min_size=1,
        max_size=30,
    )
)
def test_every_row_is_at_risk_until_it_ends_or_is_no_longer_watched(rows):
    watched, ended = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    edges = np.array([0, 1, 3, 7, 20, 60])
    periods = expand_periods(watched, ended, edges=edges)
    assert (edges[periods.period + 1] <= watched[periods.row]).all()
    assert (edges[periods.period] < np.maximum(ended, 1)[periods.row]).all()
    ends = periods.has_ended
    assert (edges[periods.period + 1] >= ended[periods.row])[ends].all()
    assert (np.bincount(periods.row[ends], minlength=len(rows)) <= 1).all()
    seen = [ended[row] <= edges[edges <= watched[row]].max() for row in range(len(rows))]
    whole = [watched[row] >= 1 for row in range(len(rows))]
    assert np.bincount(periods.row[ends], minlength=len(rows)).tolist() == [
        int(one and other) for one, other in zip(seen, whole, strict=True)
    ]


def test_periods_hold_what_the_hazard_was_fitted_to():
    rng = np.random.default_rng(19)
    watched, ended = rng.integers(0, 250, 1_500), wait(rng, 1_500, share=0.3, mean=40)
    model = learn_hazard(np.zeros((1_500, 0)), watched, ended)
    assert expand_periods(watched, ended, edges=model.edges).has_ended.sum() == model.n_ended


def test_too_few_endings_are_refused():
    with pytest.raises(NotEnoughData, match=r"Only 3 of 40 have ended(.|\n)*Next: watch for longer"):
        learn_hazard(np.zeros((40, 1)), np.full(40, 90), np.array([5.0] * 3 + [np.inf] * 37))


@pytest.mark.parametrize(
    ("columns", "watched", "ended", "said"),
    [
        ([[np.nan]], [9], [5], "none missing"),
        ([[1.0]], [-1], [5], "0 or more"),
        ([[1.0]], [9], [np.nan], "infinite where there is none"),
        ([[1.0]], [9, 9], [5, 5], "one duration for each row"),
    ],
)
def test_bad_durations_and_columns_are_refused(columns, watched, ended, said):
    with pytest.raises(BadArgument, match=said):
        learn_hazard(columns, watched, ended)
