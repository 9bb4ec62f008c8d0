"""Scores that are chosen and judged on later leads."""

import hashlib
import json
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring import LeadScorer, tell_reason
from saleslab.scoring.model.choosing import Candidate, Trial, choose_trial


def invent(n=900, *, seed=0, slope=1.5):
    rng = np.random.default_rng(seed)
    leads = pd.DataFrame({
        "visits": rng.normal(size=n),
        "source": rng.choice(["web", "fair", "partner"], n),
        "employees": np.where(rng.random(n) < 0.2, np.nan, rng.lognormal(4, 1, n)),
    })  # fmt: skip
    log_odds = slope * leads["visits"] + np.where(leads["source"] == "partner", slope, 0) - 1
    return leads, rng.random(n) < 1 / (1 + np.exp(-log_odds)), log_odds


def fingerprint(scorer):
    state, texts = scorer.get_state()
    return hashlib.sha256(json.dumps([state, texts], sort_keys=True).encode()).hexdigest()


@pytest.fixture(scope="module")
def fitted():
    leads, is_won, _ = invent()
    return LeadScorer().fit(leads, is_won, time=np.arange(len(leads)))


@pytest.mark.requirement("J01")
def test_a_planted_signal_is_found_and_its_chances_come_true():
    leads, is_won, _ = invent(1_500)
    later, won_later, truth = invent(5_000, seed=1)
    scorer = LeadScorer().fit(leads, is_won, time=np.arange(1_500))
    chances = scorer.predict_proba(later)[:, 1]
    assert scorer.verdict_ == "ready"
    assert roc_auc_score(won_later, chances) > roc_auc_score(won_later, truth) - 0.015
    assert abs(chances.mean() - won_later.mean()) < 0.03


def test_pure_noise_has_no_signal_when_there_is_much_of_it_and_is_too_small_when_there_is_little():
    leads, _, _ = invent(3_000)
    noise = np.random.default_rng(9).random(3_000) < 0.3
    assert LeadScorer().fit(leads, noise, time=np.arange(3_000)).verdict_ == "no_signal"
    assert LeadScorer().fit(leads[:60], noise[:60]).verdict_ == "too_small"


def test_a_signal_that_turns_round_is_drifting():
    leads, is_won, _ = invent(2_000, slope=2.5)
    turned = np.where(np.arange(2_000) < 1_500, is_won, ~is_won)
    assert LeadScorer().fit(leads, turned, time=np.arange(2_000)).verdict_ == "drifting"


def test_twelve_leads_get_the_base_rate_and_are_too_small():
    leads, _, _ = invent(12)
    scorer = LeadScorer().fit(leads, np.arange(12) % 3 == 0)
    assert (scorer.verdict_, scorer.rung_) == ("too_small", "prior")
    assert scorer.predict_proba(leads)[:, 1] == pytest.approx(np.full(12, 4.5 / 13))
    assert (scorer.forward_auc_.low, scorer.forward_auc_.high) == (0, 1)


def test_columns_in_another_sequence_or_beside_others_give_identical_chances(fitted):
    leads, _, _ = invent(200, seed=3)
    expected = fitted.predict_proba(leads)
    assert (fitted.predict_proba(leads[["employees", "source", "visits"]].assign(fax="x")) == expected).all()
    assert fitted.extra_columns_ == ["fax"]
    reordered, is_won, _ = invent()
    other = LeadScorer().fit(reordered[["source", "employees", "visits"]], is_won, time=np.arange(len(is_won)))
    assert (other.predict_proba(leads) == expected).all()


def test_every_kind_of_frame_gives_identical_chances(fitted):
    leads, _, _ = invent(200, seed=3)
    expected = fitted.predict_proba(leads)
    table = pa.Table.from_pandas(leads)

    class OfAnotherLibrary:
        def __arrow_c_stream__(self, requested_schema=None):
            return table.__arrow_c_stream__(requested_schema)

    for same in (
        leads.astype({"source": "category"}),
        leads.astype({"source": object}),
        leads.convert_dtypes(dtype_backend="pyarrow"),
        table,
        OfAnotherLibrary(),
    ):
        assert (fitted.predict_proba(same) == expected).all()


def test_missing_columns_are_named_and_unseen_names_are_counted(fitted):
    leads, _, _ = invent(50, seed=4)
    with pytest.raises(TableError, match=r"2 of 3 columns(?s:.)*'visits', 'source'(?s:.)*Next: add them"):
        fitted.predict_proba(leads[["employees"]])
    with pytest.raises(BadArgument, match=r"rows without names(?s:.)*give a frame"):
        fitted.predict_proba(leads[["visits", "employees", "visits"]].to_numpy())
    fitted.predict_proba(leads.assign(source=["radio"] * 7 + ["web"] * 43))
    assert fitted.n_unseen_ == {"source": 7}


def test_columns_that_can_teach_nothing_are_left_out_and_said():
    leads, is_won, _ = invent(300)
    strange = leads.assign(
        key=[f"L{at}" for at in range(300)],
        number=np.arange(300),
        same=1.0,
        none=np.nan,
        seen=pd.date_range("2026-01-01", periods=300),
        written=["2026-03-01", "2026-04-02"] * 150,
    )
    scorer = LeadScorer().fit(strange, is_won)
    found = {reason.values["column"]: reason.code for reason in scorer.reasons_ if "column" in reason.values}  # noqa: PD011
    assert found == {
        "key": "key_column",
        "number": "key_column",
        "same": "constant_column",
        "none": "empty_column",
        "seen": "date_column",
        "written": "written_date",
    }
    assert all(tell_reason(reason).en and tell_reason(reason).ja for reason in scorer.reasons_)


def test_bad_input_is_refused_with_the_next_step():
    leads, is_won, _ = invent(60)
    with pytest.raises(NotEnoughData, match=r"only one class(?s:.)*wait until"):
        LeadScorer().fit(leads, np.ones(60, dtype=bool))
    with pytest.raises(BadArgument, match=r"infinite(?s:.)*visits \(60 rows\)(?s:.)*leave these cells empty"):
        LeadScorer().fit(leads.assign(visits=np.inf), is_won)
    with pytest.raises(BadArgument, match=r"60 sample weights are negative(?s:.)*at least 0"):
        LeadScorer().fit(leads, is_won, sample_weight=-np.ones(60))
    with pytest.raises(BadArgument, match=r"1 sample weights are missing(?s:.)*0 where it is not to count"):
        LeadScorer().fit(leads, is_won, sample_weight=[np.nan, *np.ones(59)])
    with pytest.raises(NotEnoughData, match=r"0 leads with \d+ columns(?s:.)*give decided leads"):
        LeadScorer().fit(leads.head(0), is_won[:0])
    with pytest.raises(BadArgument, match=r"outcomes are missing(?s:.)*label_outcomes"):
        LeadScorer().fit(leads, [None, *is_won[1:]])
    with pytest.raises(BadArgument, match=r"max_seconds is 0(?s:.)*above 0"):
        LeadScorer(max_seconds=0).fit(leads, is_won)


def test_ten_thousand_names_do_no_harm():
    rng = np.random.default_rng(5)
    leads, is_won, _ = invent(2_000)
    scorer = LeadScorer().fit(leads.assign(city=rng.integers(0, 1_500, 2_000).astype(str)), is_won)
    assert scorer.verdict_ == "ready"


def test_what_columns_add_is_the_log_odds(fitted):
    leads, _, _ = invent(200, seed=6)
    weights = fitted.weigh_columns(leads)
    assert list(weights.columns) == ["visits", "source", "employees", "base"]
    assert np.abs(weights.sum(axis=1) - fitted.score_log_odds(leads)).max() < 1e-9
    assert (fitted.calibrate(fitted.score_log_odds(leads)) == fitted.predict_proba(leads)[:, 1]).all()


def test_a_scorer_comes_back_from_its_state_to_the_last_bit(fitted):
    leads, _, _ = invent(200, seed=7)
    state, texts = fitted.get_state()
    again = LeadScorer.from_state(json.loads(json.dumps(state, allow_nan=False)), texts)
    assert (again.predict_proba(leads) == fitted.predict_proba(leads)).all()
    assert (again.verdict_, again.forward_auc_, again.reasons_) == (
        fitted.verdict_,
        fitted.forward_auc_,
        fitted.reasons_,
    )
    assert fingerprint(again) == fingerprint(fitted)


def test_training_twice_gives_the_same_state_whatever_the_sequence_of_columns(fitted):
    leads, is_won, _ = invent()
    assert fingerprint(LeadScorer().fit(leads, is_won, time=np.arange(len(leads)))) == fingerprint(fitted)


def test_a_time_limit_leaves_candidates_out_and_says_so():
    leads, is_won, _ = invent(900)
    scorer = LeadScorer(max_seconds=1e-6).fit(leads, is_won, time=np.arange(900))
    assert "out_of_time" in {reason.code for reason in scorer.reasons_}
    assert len(scorer.choices_) < 5


@pytest.mark.slow
def test_scikit_learn_finds_no_fault():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(LeadScorer(), on_fail=None, on_skip=None)
    assert [result["check_name"] for result in results if result["status"] == "failed"] == []


def test_a_number_that_spreads_over_magnitudes_is_read_as_its_logarithm_would_be():
    rng = np.random.default_rng(5)
    hours = np.where(rng.random(300) < 0.1, np.nan, rng.lognormal(2, 1.6, 300))
    is_won = rng.random(300) < 1 / (1 + np.exp(1 + 0.8 * (np.nan_to_num(np.log1p(hours), nan=2.0) - 2)))
    raw, read = pd.DataFrame({"hours": hours}), pd.DataFrame({"hours": np.log1p(hours)})
    said = [LeadScorer().fit(leads, is_won).predict_proba(leads)[:, 1] for leads in (raw, read)]
    assert said[0] == pytest.approx(said[1], abs=1e-9)
    strange = LeadScorer().fit(
        pd.DataFrame({"hours": [*hours, -9.0]}), [*is_won, True], sample_weight=[*np.ones(300), 0.0]
    )
    assert strange.predict_proba(raw)[:, 1] == pytest.approx(said[0], abs=1e-9)
    assert np.isfinite(strange.predict_proba(pd.DataFrame({"hours": [-5.0, 0.0, 1e9]}))).all()


@pytest.mark.parametrize(("gap", "sturdiest"), [(2.4, True), (3.2, False)])
def test_five_windows_tell_two_models_apart_only_beyond_the_range_of_student(gap, sturdiest):
    """Of five windows, 2.78 standard errors are as sure as 1.96 of many."""
    windows = np.repeat(np.arange(5), 400)
    deviation = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    error = deviation.std(ddof=1) / np.sqrt(5)
    losses = [np.full(2_000, 9.0), np.zeros(2_000), (deviation + gap * error)[windows]]
    ways = [Candidate("prior"), Candidate("logit"), Candidate("trees", None, frozenset(), 0.5)]
    trials = [Trial(way, (), loss) for way, loss in zip(ways, losses, strict=True)]
    assert choose_trial(trials, np.ones(2_000), windows=windows)[0] == (2 if sturdiest else 1)


@pytest.mark.parametrize(("gap", "simplest"), [(0.9, True), (1.1, False)])
def test_where_windows_agree_the_simplest_within_one_error_of_the_best_is_chosen(gap, simplest):
    windows = np.repeat(np.arange(5), 400)
    deviation = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    error = deviation.std(ddof=1) / np.sqrt(5)
    losses = [np.full(2_000, 9.0), (deviation + gap * error)[windows], np.zeros(2_000)]
    ways = [Candidate("prior"), Candidate("logit"), Candidate("trees", None, frozenset(), 0.5)]
    trials = [Trial(way, (), loss) for way, loss in zip(ways, losses, strict=True)]
    assert choose_trial(trials, np.ones(2_000), windows=windows, is_steady=True)[0] == (1 if simplest else 2)
    assert choose_trial(trials, np.ones(2_000), windows=windows)[0] == 2


def add_noise(leads, *, n_columns, seed):
    """Return leads with columns of ten names each that have nothing to do with the outcome."""
    rng = np.random.default_rng(seed)
    names = np.array(list("abcdefghij"))
    return leads.assign(**{f"noise_{at}": names[rng.integers(0, 10, len(leads))] for at in range(n_columns)})


def test_columns_of_noise_hardly_move_a_chance_where_what_is_learned_holds():
    leads, is_won, _ = invent(2_000)
    later, _, truth = invent(2_000, seed=1)
    scorer = LeadScorer().fit(add_noise(leads, n_columns=8, seed=2), is_won, time=np.arange(2_000))
    weights = scorer.weigh_columns(add_noise(later, n_columns=8, seed=3)).drop(columns="base").std()
    assert (scorer.verdict_, scorer.rung_) == ("ready", "logit")
    assert weights.filter(like="noise").max() < 0.05
    assert weights[["visits", "source"]].min() > 0.5
    said = scorer.score_log_odds(add_noise(later, n_columns=8, seed=3))
    assert np.corrcoef(said, truth)[0, 1] > 0.99


def test_where_what_is_learned_does_not_hold_newer_leads_count_more_in_the_model():
    leads, is_won, _ = invent(2_000, slope=2.5)
    turned = np.where(np.arange(2_000) < 1_500, is_won, ~is_won)
    turning = LeadScorer().fit(leads, turned, time=np.arange(2_000)).choices_
    staying = LeadScorer().fit(leads, is_won, time=np.arange(2_000)).choices_
    assert turning.loc[turning["chosen"], "half_life"].item() == 250
    assert staying.loc[staying["chosen"], "half_life"].isna().item()


def test_a_column_of_rare_names_only_says_nothing_and_takes_nothing_from_others():
    rng = np.random.default_rng(0)
    leads = pd.DataFrame({"code": [f"n{at % 20}" for at in range(60)], "visits": rng.normal(size=60)})
    is_won = rng.random(60) < 1 / (1 + np.exp(-3 * leads["visits"]))
    scorer = LeadScorer().fit(leads, is_won)
    weights = scorer.weigh_columns(leads)
    assert (scorer.rung_, weights["code"].abs().max()) == ("logit", 0)
    assert weights.sum(axis=1).to_numpy() == pytest.approx(scorer.score_log_odds(leads), abs=1e-9)
    alone = LeadScorer().fit(leads[["code"]], is_won)
    assert alone.verdict_ == "too_small"
    assert np.ptp(alone.predict_proba(leads[["code"]])[:, 1]) == 0
