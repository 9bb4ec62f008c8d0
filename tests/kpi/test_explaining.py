"""Why did it change? Parts that add up, mix apart from rate, and noise that is called noise."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.kpi import explain_change, judge_moves, parse_formula, pool_period, split_mix
from saleslab.kpi.changes.tabulate import tabulate_change, tabulate_mix
from saleslab.kpi.changes.words import tell_change, tell_mix, tell_part
from saleslab.periods import Period
from saleslab.wording import LANGUAGES

FORMULAS = {
    "won_amount": parse_formula("n_won * deal_size + other"),
    "n_won": parse_formula("n_decided * win_rate"),
    "deal_size": parse_formula("list_size * (1 - discount)"),
}
LEAVES = ("n_decided", "win_rate", "list_size", "discount", "other")
ANY = st.floats(-1e4, 1e4)
Q1, Q2 = Period(date(2026, 4, 1), date(2026, 6, 30)), Period(date(2026, 7, 1), date(2026, 9, 30))


@pytest.mark.requirement("E08")
@settings(max_examples=60, deadline=None)
@given(st.lists(ANY, min_size=5, max_size=5), st.lists(ANY, min_size=5, max_size=5))
def test_parts_add_up_to_the_change_with_zeros_and_negative_values(first, second):
    before, after = dict(zip(LEAVES, first, strict=True)), dict(zip(LEAVES, second, strict=True))
    found = explain_change(FORMULAS, before, after)
    size = max(1.0, abs(found.before), abs(found.after), *(abs(part.amount) for part in found.parts))
    assert sum(part.amount for part in found.parts) == pytest.approx(found.amount, abs=1e-9 * size)
    won = found.part("n_won").amount
    assert found.part("n_decided").amount + found.part("win_rate").amount == pytest.approx(won, abs=1e-9 * size)


@pytest.mark.requirement("E08")
def test_parts_of_usual_sizes_add_up_within_a_billionth():
    found = explain_change(
        FORMULAS,
        {"n_decided": 120, "win_rate": 0.24, "list_size": 1.8, "discount": 0.1, "other": 0},
        {"n_decided": 0, "win_rate": 0.19, "list_size": 1.7, "discount": -0.05, "other": -3},
    )
    assert sum(part.amount for part in found.parts) == pytest.approx(found.amount, abs=1e-9)


def test_a_goal_without_a_formula_and_a_leaf_without_a_value_are_refused():
    leaves = dict.fromkeys(LEAVES, 1.0)
    two = {"a": parse_formula("x + y"), "b": parse_formula("x - y")}
    with pytest.raises(BadArgument, match=r"not clear what is to be explained(?s:.*)Next: name one of them as root"):
        explain_change(two, {"x": 1, "y": 1}, {"x": 2, "y": 1})
    with pytest.raises(NotEnoughData, match=r"No value is known of other(?s:.*)Next: choose periods in which"):
        explain_change(FORMULAS, leaves, {**leaves, "other": float("nan")})
    with pytest.raises(NotEnoughData, match=r"has no value where closed is 0"):
        explain_change(parse_formula("won / closed"), {"won": 1, "closed": 0}, {"won": 1, "closed": 4})
    with pytest.raises(BadArgument, match=r"'profit' is no factor of 'won_amount'(?s:.*)Next: use one of"):
        explain_change(FORMULAS, leaves, leaves).part("profit")


def segments(*rows):
    return pd.DataFrame(rows, columns=["segment", "numerator", "denominator"])


COUNT = st.integers(0, 400)
SEGMENT = st.tuples(COUNT, COUNT).map(lambda pair: (min(pair), max(pair)))


@pytest.mark.requirement("E08")
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(SEGMENT, SEGMENT), min_size=1, max_size=5))
def test_mix_and_rate_add_up_for_counts_and_for_rates(rows):
    frames = [segments(*((f"s{at}", *row[end]) for at, row in enumerate(rows))) for end in (0, 1)]
    if not all(frame["denominator"].sum() for frame in frames):
        with pytest.raises(NotEnoughData, match=r"All denominators of(?s:.*)Next: choose a period"):
            split_mix(*frames)
        return
    found = split_mix(*frames)
    assert found.mix_points + found.rate_points == pytest.approx(found.rate_after - found.rate_before, abs=1e-9)
    change = frames[1]["numerator"].sum() - frames[0]["numerator"].sum()
    assert found.volume + found.mix + found.rate == pytest.approx(change, abs=1e-9)


@pytest.mark.requirement("E08")
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 40), st.integers(1, 40)), min_size=2, max_size=5))
def test_a_pure_change_of_mix_has_a_rate_part_of_exactly_zero(rows):
    before = segments(*((f"s{at}", won * first, 10 * first) for at, (won, first, _) in enumerate(rows)))
    after = segments(*((f"s{at}", won * second, 10 * second) for at, (won, _, second) in enumerate(rows)))
    found = split_mix(before, after)
    assert found.rate_points == 0.0
    assert found.rate == 0.0


def test_a_segment_that_is_new_or_gone_is_mix():
    found = split_mix(segments(("a", 5, 10), ("old", 9, 10)), segments(("a", 5, 10), ("new", 1, 10)))
    assert found.rate_points == 0.0
    assert found.mix_points == pytest.approx(0.3 - 0.7)
    assert found.segments.set_index("segment")["rate_after"].isna().to_dict() == {"a": False, "old": True, "new": False}


def test_segments_without_a_number_are_counted_and_refused():
    with pytest.raises(BadArgument, match=r"1 rows of 'after' lack a segment or a number(?s:.*)Next: give such rows"):
        split_mix(segments(("a", 5, 10)), segments((None, 5, 10)))
    with pytest.raises(TableError, match=r"before has no column 'denominator'"):
        split_mix(pd.DataFrame({"segment": ["a"], "numerator": [1]}), segments(("a", 5, 10)))


def months(metric, values, whole=None, *, start="2026-04-01"):
    starts = pd.date_range(start, periods=len(values), freq="MS")
    n = values if whole is None else whole
    return pd.DataFrame(
        {
            "metric_id": metric, "scope_type": "company", "scope_id": "company", "period_start": starts,
            "period_end": starts + pd.offsets.MonthEnd(0), "n": n, "numerator": values,
            "value": values if whole is None else np.divide(values, whole),
            "denominator": np.nan if whole is None else whole,
        }
    )  # fmt: skip


HISTORY = pd.concat([
    months("win_rate", [24, 30, 21, 12, 15, 11], [96, 110, 90, 98, 104, 92]),
    months("n_decided_here", [96, 110, 90, 98, 104, 92]),
])  # fmt: skip


def test_a_quarter_is_pooled_from_its_months_and_only_complete_ones_count():
    assert pool_period(HISTORY, Q1) == {"win_rate": 75 / 296, "n_decided_here": 296.0}
    open_end = HISTORY.assign(is_complete=HISTORY["period_start"] < "2026-06-01")
    assert pool_period(open_end, Q1)["n_decided_here"] == 206.0
    with pytest.raises(NotEnoughData, match=r"No value of company company lies in 2027(?s:.*)Next: choose a period"):
        pool_period(HISTORY, Period(date(2027, 1, 1), date(2027, 3, 31)))


def test_a_value_that_was_measured_again_counts_once():
    twice = pd.concat([HISTORY.assign(measured_at=pd.Timestamp(2026, 10, at), n=at) for at in (1, 2)])
    assert pool_period(twice, Q1)["n_decided_here"] == 296.0


@pytest.mark.requirement("E08")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_explanation_says_which_rates_really_moved(lang):
    formula = {"n_won": parse_formula("n_decided_here * win_rate")}
    moves = judge_moves(HISTORY, before=Q1, after=Q2)
    found = explain_change(formula, pool_period(HISTORY, Q1), pool_period(HISTORY, Q2), moves=moves)
    assert found.largest.name == "win_rate"
    assert (found.part("win_rate").verdict, found.part("n_decided_here").verdict) == ("real", "noise")
    told = {"en": ("Win rate did most", "could be noise"), "ja": ("最も効いたのは受注率です", "偶然かもしれません")}[
        lang
    ]
    assert told[0] in tell_change(found).of(lang)
    assert told[1] in tell_part(found.part("n_decided_here")).of(lang)
    assert tabulate_change(found)["name"].iloc[0].of(lang) == {"en": "Win rate", "ja": "受注率"}[lang]


def test_the_words_of_a_pure_mix_say_so():
    split = split_mix(segments(("a", 10, 100), ("b", 50, 100)), segments(("a", 15, 150), ("b", 25, 50)))
    assert "only because the mix changed" in tell_mix(split).en
    assert "構成が変わっただけ" in tell_mix(split).ja
    assert len(tabulate_mix(split)) == 2


def test_a_money_metric_without_sums_is_averaged_by_its_pieces():
    rows = months("cycle_days", [10.0, 40.0, 20.0], start="2026-04-01").assign(numerator=np.nan, n=[30, 10, 10])
    assert pool_period(rows, Q1)["cycle_days"] == pytest.approx((300 + 400 + 200) / 50)
