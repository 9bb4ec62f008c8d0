"""A rung learns the same to the last bit, however many threads the machine gives it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from saleslab.scoring import LeadScorer, save_model
from saleslab.scoring.leads.columns import Names, read_columns
from saleslab.scoring.model.encoding import plan_encoding
from saleslab.scoring.model.ladder import (
    _ALONE_IN_TRAINING,
    _FEW_TERMS,
    _ROWS_FOR_TABLES,
    _VARIANCE,
    fit_logit,
    fit_trees,
)
from saleslab.stats.threads import count_threads


def invent(n):
    """Return leads with two numbers that decide together, one with gaps, and names; and how they ended."""
    lot = np.random.default_rng(3)
    leads = pd.DataFrame({"visits": lot.normal(size=n), "size": lot.lognormal(size=n)})
    leads["size"] = leads["size"].where(lot.random(n) > 0.1)
    leads["source"] = pd.Categorical.from_codes(lot.integers(0, 6, n), list("abcdef"))
    log_odds = 2 * leads["visits"] * np.log(leads["size"].fillna(1)) + leads["source"].eq("a") - 1
    return leads, lot.random(n) < 1 / (1 + np.exp(-log_odds.to_numpy()))


def test_one_two_and_four_threads_grow_the_same_trees(monkeypatch):
    leads, is_won = invent(_ALONE_IN_TRAINING)
    columns, weight = read_columns(leads), np.ones(len(leads))
    assert isinstance(columns.named["source"], Names)
    encoding, _ = plan_encoding(columns, weight)
    texts, used = set(), []
    for n_threads in ("1", "2", "4"):
        monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
        used.append(count_threads(len(leads), alone=_ALONE_IN_TRAINING))
        texts.add(fit_trees(columns, is_won * 1.0, weight, encoding, seed=0, n_trees=4).text)
    assert used == [1, 2, 4]
    assert len(texts) == 1


def test_many_rows_are_scored_by_tables_as_few_are_by_lightgbm():
    leads, is_won = invent(_ROWS_FOR_TABLES)
    columns, weight = read_columns(leads), np.ones(len(leads))
    encoding, _ = plan_encoding(columns, weight)
    trees = fit_trees(columns, is_won * 1.0, weight, encoding, seed=0, n_trees=20)
    few = columns.take(np.arange(1_000))
    assert (trees.score(columns)[:1_000] == trees.score(few)).all()
    assert trees._tables[0] is not None


def assert_is_ridge(logit, terms, is_won, weight):
    """Compare with scikit-learn's, at the variance that is set where none is learned."""
    ridge = LogisticRegression(C=_VARIANCE, tol=1e-10, solver="newton-cholesky").fit(
        terms, is_won, sample_weight=weight
    )
    assert logit.slopes == pytest.approx(ridge.coef_[0], abs=1e-4)


def test_a_logit_in_which_newer_leads_count_more_has_one_variance_for_all_columns():
    leads, is_won = invent(2_000)
    columns, weight = read_columns(leads), 0.5 ** (np.arange(2_000)[::-1] / 250)
    encoding, _ = plan_encoding(columns, np.ones(2_000))
    logit = fit_logit(columns, is_won * 1.0, weight, encoding, learns_variances=False)
    assert_is_ridge(logit, encoding.write_terms(columns), is_won, weight)


def test_a_logit_of_more_terms_than_variances_are_learned_for_has_one_for_all_columns():
    lot = np.random.default_rng(5)
    names = np.array([f"n{at}" for at in range(60)])
    leads = pd.DataFrame({f"name_{at}": names[lot.integers(0, 60, 3_000)] for at in range(7)})
    columns, weight = read_columns(leads), np.ones(3_000)
    is_won = lot.random(3_000) < 0.3
    encoding, _ = plan_encoding(columns, weight)
    terms = encoding.write_terms(columns)
    assert terms.shape[1] > _FEW_TERMS
    assert_is_ridge(fit_logit(columns, is_won * 1.0, weight, encoding), terms, is_won, weight)


def test_a_column_of_noise_has_its_say_in_a_logit_only_where_no_variance_is_learned():
    leads, is_won = invent(5_000)
    leads["noise"] = np.random.default_rng(6).choice(list("klmnopqrst"), 5_000)
    columns, weight = read_columns(leads), np.ones(5_000)
    encoding, _ = plan_encoding(columns, weight)
    is_noise = np.array([encoding.names[at] == "noise" for at in encoding.owners])
    sizes = [
        np.abs(fit_logit(columns, is_won * 1.0, weight, encoding, learns_variances=learns).slopes[is_noise]).max()
        for learns in (True, False)
    ]
    assert sizes[0] < 0.05
    assert sizes[1] > 0.1


@pytest.mark.slow
def test_retraining_with_one_two_and_four_threads_gives_bundles_of_one_digest(monkeypatch, tmp_path):
    leads, is_won = invent(_ALONE_IN_TRAINING + 10_000)
    digests = set()
    for run, n_threads in enumerate((1, 1, 2, 4)):
        monkeypatch.setenv("OMP_NUM_THREADS", str(n_threads))
        with threadpool_limits(limits=n_threads):
            scorer = LeadScorer(seed=5).fit(leads, is_won, time=np.arange(len(leads)))
        digests.add(save_model(scorer, tmp_path / str(run)).sha256)
    assert scorer.rung_ == "trees"
    assert len(digests) == 1
