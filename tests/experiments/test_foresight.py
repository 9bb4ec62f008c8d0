"""What was predicted is scored exactly, and nobody forgets to say what came of it."""

from datetime import date, datetime
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.experiments import Prediction, log_outcome, log_prediction, measure_foresight, read_predictions
from saleslab.warehouse import AppendLog

AT = datetime(2026, 4, 1, 9)


@pytest.fixture
def log(tmp_path) -> AppendLog:
    return AppendLog(tmp_path / "decisions.jsonl")


def predict(log: AppendLog, name: str, chance: float, due: date = date(2026, 6, 30)) -> None:
    log_prediction(Prediction(name, "The win rate is above 24 %.", chance, due), log, at=AT)


@pytest.mark.requirement("M08")
def test_the_brier_score_of_logged_predictions_is_exact_and_what_is_due_is_listed(log):
    for name, chance, happened in (("a", 0.9, True), ("b", 0.2, False), ("c", 0.7, False)):
        predict(log, name, chance)
        log_outcome(name, log, happened=happened, at=datetime(2026, 7, 1))
    predict(log, "late", 0.6)
    predict(log, "open", 0.6, date(2026, 12, 31))
    answer = measure_foresight(read_predictions(log), as_of=date(2026, 7, 15))
    assert answer.brier == float(Fraction(1 + 4 + 49, 300))
    assert answer.brier_of_base_rate == float(Fraction(2, 9))
    assert (answer.n_known, answer.n_open, answer.n_overdue) == (3, 1, 1)
    assert answer.overdue["decision_id"].tolist() == ["late"]
    assert measure_foresight(read_predictions(log), as_of=date(2026, 6, 30)).n_overdue == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=30))
def test_the_score_of_any_record_is_the_exact_mean(record):
    frame = pd.DataFrame(
        {
            "decision_id": [str(i) for i in range(len(record))],
            "statement": "x",
            "chance": [percent / 100 for percent, _ in record],
            "due_on": pd.Timestamp("2026-01-01"),
            "happened": [happened for _, happened in record],
        }
    )
    answer = measure_foresight(frame, as_of=date(2026, 2, 1))
    exact = sum((Fraction(percent, 100) - happened) ** 2 for percent, happened in record) / len(record)
    assert answer.brier == float(exact)
    assert answer.bins["n"].sum() == len(record)


def test_a_calibrated_judge_is_found_calibrated_and_a_boaster_is_not():
    rng = np.random.default_rng(4)
    chance = rng.uniform(0.02, 0.98, 2000).round(3)
    frame = pd.DataFrame(
        {"decision_id": np.arange(2000).astype(str), "statement": "x", "due_on": pd.Timestamp("2026-01-01")}
    )
    honest = frame.assign(chance=chance, happened=rng.random(2000) < chance)
    boast = frame.assign(chance=chance, happened=rng.random(2000) < 0.5 + (chance - 0.5) / 3)
    good, bad = (measure_foresight(one, as_of=date(2026, 2, 1), mass=0.99) for one in (honest, boast))
    assert (
        (good.bins["share_low"] <= good.bins["mean_chance"]) & (good.bins["mean_chance"] <= good.bins["share_high"])
    ).all()
    assert bad.bins["share_low"].iloc[0] > bad.bins["mean_chance"].iloc[0]
    assert good.brier < good.brier_of_base_rate < bad.brier


def test_a_prediction_cannot_be_made_twice_or_after_its_day(log):
    predict(log, "a", 0.5)
    with pytest.raises(BadArgument, match="'a' has a prediction already"):
        predict(log, "a", 0.9)
    with pytest.raises(BadArgument, match="(?s)was due on 2026-03-31.*Next: give a day to come"):
        predict(log, "b", 0.9, date(2026, 3, 31))


def test_an_outcome_needs_a_prediction_and_is_told_once(log):
    with pytest.raises(BadArgument, match="Nothing was predicted of 'a'"):
        log_outcome("a", log, happened=True, at=AT)
    predict(log, "a", 0.5)
    log_outcome("a", log, happened=True, at=AT)
    with pytest.raises(BadArgument, match="on record already"):
        log_outcome("a", log, happened=False, at=AT)


@pytest.mark.parametrize("chance", [-0.1, 1.1, float("nan")])
def test_what_is_no_chance_is_refused(chance):
    with pytest.raises(BadArgument, match="is no chance of 'a'"):
        Prediction("a", "x", chance, date(2026, 1, 1))


def test_a_prediction_says_something():
    with pytest.raises(BadArgument, match="no id or no statement"):
        Prediction("a", " ", 0.5, date(2026, 1, 1))


def test_predictions_without_any_outcome_are_no_zero(log):
    predict(log, "a", 0.5)
    with pytest.raises(NotEnoughData, match="(?s)None of 1 predictions has an outcome; 1 are overdue.*Next: log"):
        measure_foresight(read_predictions(log), as_of=date(2026, 8, 1))
    with pytest.raises(NotEnoughData, match="None of 0"):
        measure_foresight(read_predictions(AppendLog(log.file.with_name("none.jsonl"))), as_of=date(2026, 8, 1))
