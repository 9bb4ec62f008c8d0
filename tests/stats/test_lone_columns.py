"""What one column tells alone is what a model of that column would tell out of sample."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from saleslab.stats import cut_line, doubt_auc, judge_codes, judge_later, judge_line


def drawn(seed, n=3_000, n_codes=12):
    rng = np.random.default_rng(seed)
    codes = rng.integers(-1, n_codes, n)
    return codes, rng.random(n) < np.linspace(0.05, 0.5, n_codes + 1)[codes + 1], rng.integers(0, 5, n)


def test_the_area_is_that_of_rates_learned_from_the_other_folds():
    codes, is_yes, folds = drawn(7)
    won = pairs = 0.0
    for fold in range(5):
        out, inside = folds != fold, folds == fold
        base = is_yes[out].mean()
        rate = {
            code: (is_yes[out & (codes == code)].sum() + 2 * base) / ((out & (codes == code)).sum() + 2)
            for code in np.unique(codes)
        }
        n = is_yes[inside].sum() * (~is_yes[inside]).sum()
        won += n * roc_auc_score(is_yes[inside], [rate[code] for code in codes[inside]])
        pairs += n
    assert judge_codes(codes, is_yes, folds).auc == pytest.approx(won / pairs, abs=1e-12)


def test_a_column_of_ten_thousand_names_that_tells_nothing_tells_nothing():
    rng = np.random.default_rng(11)
    is_yes, folds = rng.random(20_000) < 0.2, rng.integers(0, 5, 20_000)
    told = judge_codes(rng.integers(0, 10_000, 20_000), is_yes, folds)
    assert abs(told.auc - 0.5) < 3 * doubt_auc(int(is_yes.sum()), int((~is_yes).sum()))
    assert told.share_sure < 0.001


def test_a_number_counts_in_the_better_direction_and_like_a_rank():
    rng = np.random.default_rng(13)
    values, is_yes = rng.integers(0, 40, 500), rng.random(500) < 0.4
    auc = roc_auc_score(is_yes, values)
    assert judge_line(values, is_yes) == pytest.approx(max(auc, 1 - auc), abs=1e-12)


@given(
    ranks=st.lists(st.integers(-1, 30), min_size=20, max_size=200).map(np.array),
    seed=st.integers(0, 99),
)
def test_pieces_keep_the_sequence_and_the_gaps(ranks, seed):
    is_yes = np.random.default_rng(seed).random(len(ranks)) < 0.5
    pieces = cut_line(ranks, is_yes)
    assert ((pieces == -1) == (ranks == -1)).all()
    order = np.argsort(ranks, kind="stable")
    assert (np.diff(pieces[order]) >= 0).all()


def test_what_holds_among_early_rows_only_is_worth_nothing_later():
    codes, is_yes, _ = drawn(17)
    is_late = np.arange(len(codes)) >= 2_000
    is_yes[is_late] = np.random.default_rng(3).random(1_000) < 0.3
    assert judge_later(codes, is_yes, is_late) == pytest.approx(0.5, abs=0.06)


def test_only_the_rarer_kind_can_be_known_for_sure():
    rng = np.random.default_rng(19)
    folds, is_yes = rng.integers(0, 5, 2_000), rng.random(2_000) < 0.95
    told = judge_codes(np.zeros(2_000, dtype=np.int64), is_yes, folds)
    assert (told.share_sure, told.share_found) == (0, 0)
