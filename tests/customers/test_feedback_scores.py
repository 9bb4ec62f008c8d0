"""Scores are exact, their intervals keep their promise, and what is no answer is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multinomial

from saleslab.customers import score_csat, score_nps, score_pulse
from saleslab.customers.feedback import (
    compare_scores,
    estimate_nps,
    follow_scores,
    plan_answers,
    tell_aside,
    weigh_answers,
)
from saleslab.errors import BadArgument, NotEnoughData, TableError


def counted(**scores):
    return pd.DataFrame({"score": [int(key[1:]) for key in scores], "n_answers": list(scores.values())})


@pytest.mark.requirement("B09")
def test_the_scores_of_a_fixture_are_exact():
    nps = score_nps(counted(s10=20, s9=25, s8=15, s7=20, s6=8, s3=10, s0=2))
    assert (nps.n_promoters, nps.n_passives, nps.n_detractors, nps.nps.estimate) == (45, 35, 20, 25.0)
    csat = score_csat(counted(s5=12, s4=18, s3=6, s2=3, s1=1))
    assert (csat.csat.estimate, csat.mean, csat.n_content) == (0.75, 3.925, 30)


@pytest.mark.requirement("B09")
@pytest.mark.parametrize("n", [1, 5, 29])
def test_few_answers_come_with_their_interval(n):
    nps = score_nps(pd.DataFrame({"score": [10] * n}))
    assert nps.is_few
    assert nps.nps.high == 100
    assert -100 < nps.nps.low < 100
    assert not score_nps(pd.DataFrame({"score": [10] * 30})).is_few


def test_the_interval_is_that_of_the_score_test_by_independent_search():
    """Tango 1998: the restricted likelihood is maximised by brute force here, in closed form there."""
    b, c, n = 45, 20, 100
    found = estimate_nps(b, c, n, mass=0.95)
    for end in (found.low / 100, found.high / 100):
        q = np.linspace(1e-9, (1 - abs(end)) / 2, 200_001)
        lower, upper = (q, q + end) if end > 0 else (q - end, q)
        rest = 1 - lower - upper
        logs = c * np.log(lower) + b * np.log(upper) + (n - b - c) * np.log(np.maximum(rest, 1e-300))
        best = np.argmax(logs)
        z = (b - c - n * end) / np.sqrt(n * (lower[best] + upper[best] - end**2))
        assert abs(z) == pytest.approx(1.959964, abs=1e-3)


def cover(p, d, n, mass):
    """The exact chance that the interval holds the truth: all samples, each with its probability."""
    held = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = multinomial.pmf([b, c, n - b - c], n, [p, d, 1 - p - d])
            held += chance * (100 * (p - d) in estimate_nps(b, c, n, mass=mass)) if chance > 1e-9 else 0.0
    return held


@pytest.mark.parametrize(("p", "d", "n"), [(0.45, 0.2, 12), (0.3, 0.3, 12)])
def test_the_interval_holds_the_truth_as_often_as_it_says(p, d, n):
    assert cover(p, d, n, 0.9) == pytest.approx(0.9, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 20, 40, 80])
def test_coverage_over_many_truths(n):
    rng = np.random.default_rng(n)
    held = [cover(p, d, n, 0.9) for p, d, _ in rng.dirichlet([2, 2, 2], 8)]
    assert np.mean(held) == pytest.approx(0.9, abs=0.02)
    assert min(held) > 0.82


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_turning_the_scale_around_turns_the_interval_around(b, c, rest):
    if b + c + rest == 0:
        return
    one, other = estimate_nps(b, c, b + c + rest), estimate_nps(c, b, b + c + rest)
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-6)


def test_an_nps_of_eleven_and_an_empty_score_are_set_aside_and_told():
    nps = score_nps(pd.DataFrame({"score": ["10", "11", "-1", "9.5", "", None, "good", "３"]}))
    assert nps.n == 2  # "３" is a number in any width
    assert dict(nps.answers.aside) == {"off_scale": 3, "no_number": 1, "no_score": 2}
    told = tell_aside(nps.answers)
    assert "3 answers lie off the scale from 0 to 10." in told.en
    assert "修正せずに除外しました" in told.ja
    with pytest.raises(NotEnoughData, match=r"(?s)whole score from 0 to 10: 1 off scale.*Next: import answers"):
        score_nps(pd.DataFrame({"score": [11]}))
    with pytest.raises(TableError, match=r"(?s)answers\.n_answers is no count in 1 rows.*Next: give whole numbers"):
        score_nps(pd.DataFrame({"score": [10], "n_answers": [-1]}))


def test_a_planned_number_of_answers_sees_the_move_as_often_as_asked():
    now = score_nps(counted(s10=450, s8=350, s3=200))
    n = plan_answers(now, move=10)
    rng = np.random.default_rng(5)
    old, new = rng.multinomial(n, [0.45, 0.35, 0.2], 400), rng.multinomial(n, [0.5, 0.35, 0.15], 400)
    seen = [
        compare_scores(estimate_nps(b, d, n), estimate_nps(a, c, n)).low > 0
        for (b, _, d), (a, _, c) in zip(new, old, strict=True)
    ]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.06)
    assert plan_answers(now, move=5) == pytest.approx(4 * n, abs=4)
    with pytest.raises(BadArgument, match=r"(?s)not on the scale.*Next: give points"):
        plan_answers(now, move=0)


def draw_segments(rng, sizes, rates, shares):
    rows = []
    for name, size, rate, share in zip("abcd", sizes, rates, shares, strict=True):
        n = rng.binomial(size, rate)
        for score, k in zip((10, 8, 3), rng.multinomial(n, share), strict=True):
            rows.append((name, score, int(k)))
    return pd.DataFrame(rows, columns=["segment", "score", "n_answers"])


def test_weighing_finds_the_score_of_all_customers_where_the_answers_alone_mislead():
    rng, sizes, rates = np.random.default_rng(2), (100, 300, 600, 1000), (0.6, 0.3, 0.1, 0.05)
    shares = ((0.7, 0.2, 0.1), (0.5, 0.3, 0.2), (0.3, 0.4, 0.3), (0.2, 0.4, 0.4))
    truth = 100 * sum(size * (share[0] - share[2]) for size, share in zip(sizes, shares, strict=True)) / sum(sizes)
    customers = pd.DataFrame({"segment": list("abcd"), "n_customers": sizes})
    found = [weigh_answers(draw_segments(rng, sizes, rates, shares), customers) for _ in range(80)]
    assert np.mean([truth in one.weighted for one in found]) >= 0.85
    assert np.mean([truth in one.plain for one in found]) < 0.1
    assert all(one.n_effective < one.segments["n_answers"].sum() for one in found)


def test_customers_of_a_segment_without_an_answer_are_told():
    answers = pd.DataFrame({"segment": ["a"] * 2, "score": [10, 3], "n_answers": [30, 10]})
    found = weigh_answers(answers, pd.DataFrame({"segment": ["a", "b"], "n_customers": [60, 40]}))
    assert found.share_unheard == 0.4
    assert found.weighted.width > found.plain.width
    with pytest.raises(NotEnoughData, match=r"(?s)No segment of the answers.*Next: spell segments alike"):
        weigh_answers(answers, pd.DataFrame({"segment": ["z"], "n_customers": [60]}))


def test_a_trend_of_pure_luck_is_flattened_and_a_real_one_stays():
    rng = np.random.default_rng(3)

    def waves(shares):
        rows = [
            (wave, score, int(k))
            for wave, share in enumerate(shares)
            for score, k in zip((10, 8, 3), rng.multinomial(60, share), strict=True)
        ]
        return follow_scores(pd.DataFrame(rows, columns=["wave", "score", "n_answers"]))

    def spread(trend, which):
        return np.std([getattr(wave, which).estimate for wave in trend.waves])

    flat = waves([(0.4, 0.35, 0.25)] * 10)
    assert spread(flat, "shrunk") < 0.6 * spread(flat, "own")
    risen = waves([(0.2, 0.3, 0.5)] * 5 + [(0.6, 0.3, 0.1)] * 5)
    assert spread(risen, "shrunk") > 0.9 * spread(risen, "own")
    assert waves([(0.2, 0.3, 0.5), (0.7, 0.2, 0.1)]).verdict == "rose"


@pytest.mark.requirement("J12")
def test_a_team_of_four_is_not_shown_and_cannot_be_worked_out():
    answers = pd.DataFrame({"team_id": ["a"] * 9 + ["b"] * 7 + ["c"] * 6 + ["d"] * 4, "score": 4})
    shown = score_pulse(answers).teams.set_index("team_id")
    assert shown["is_suppressed"].tolist() == [False, False, True, True]  # c goes with d, or d were a subtraction away
    assert shown.loc[["c", "d"], ["n_answers", "share_agreeing", "low", "high"]].isna().all(axis=None)
    assert shown.loc["a", "share_agreeing"] == 1


@pytest.mark.requirement("J12")
def test_a_lower_floor_than_five_is_not_to_be_had():
    answers = pd.DataFrame({"team_id": ["a"] * 9 + ["b"] * 9 + ["d"] * 4, "score": 4})
    assert score_pulse(answers, least=1).n_suppressed == 2
    five = pd.DataFrame({"team_id": ["a"] * 9 + ["d"] * 5, "score": 4})
    assert score_pulse(five).n_suppressed == 0
