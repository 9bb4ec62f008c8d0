"""Drivers are ranked as they were planted, say how sure their order is, and never speak where there is only luck."""

import numpy as np
import pandas as pd
import pytest

from saleslab.customers import measure_customer_kpis, rank_drivers
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.wording.catalogue import sentences


def survey(n, weights, seed=1, noise=1.0):
    rng = np.random.default_rng(seed)
    names = [f"q{at}" for at in range(len(weights))]
    rows = pd.DataFrame(rng.integers(1, 6, (n, len(weights))), columns=names)
    return rows.assign(score=rows[names].to_numpy() @ np.array(weights) + rng.normal(0, noise, n)), names


def test_planted_drivers_are_found_in_their_order_with_their_shares():
    answers, names = survey(800, [2.0, 1.0, 0.5, 0.0])
    found = rank_drivers(answers, score="score", drivers=names, seed=1, n_draws=150)
    assert [driver.name for driver in found.drivers] == ["q0", "q1", "q2", "q3"]
    assert [driver.ranks for driver in found.drivers[:3]] == [(1, 1), (2, 2), (3, 3)]
    variance = np.array([4.0, 1.0, 0.25]) * 2
    for driver, share in zip(found.drivers, variance / (variance.sum() + 1), strict=False):
        assert driver.importance.estimate == pytest.approx(share, abs=0.03)
        assert driver.importance.low < driver.importance.estimate < driver.importance.high
    assert found.is_telling


def test_pure_luck_is_said_to_be_luck_in_nineteen_of_twenty_surveys():
    told = [
        rank_drivers(answers, score="score", drivers=names, seed=1, n_draws=2).is_telling
        for seed in range(100)
        for answers, names in [survey(80, [0.0] * 4, seed=seed)]
    ]
    assert np.mean(told) <= 0.12


def test_questions_that_ask_the_same_share_their_importance_and_are_told_to_overlap():
    answers, _ = survey(400, [2.0, 0.5])
    answers["twin"] = answers["q0"] + np.random.default_rng(2).normal(0, 0.1, 400)
    found = rank_drivers(answers, score="score", drivers=["q0", "q1", "twin"], seed=1, n_draws=50)
    overlapping = {driver.name for driver in found.drivers if driver.is_overlapping}
    assert overlapping == {"q0", "twin"}
    assert found.drivers[0].ranks != found.drivers[1].ranks or found.drivers[0].ranks == (1, 2)


def test_the_order_of_rows_and_columns_does_not_matter():
    answers, names = survey(120, [2.0, 1.0, 0.5])
    one = rank_drivers(answers, score="score", drivers=names, seed=1, n_draws=40)
    mixed = answers.sample(frac=1, random_state=1)
    assert rank_drivers(mixed, score="score", drivers=names, seed=1, n_draws=40) == one


def test_an_important_and_low_question_is_the_first_to_look_at():
    rng, falling = np.random.default_rng(9), [0.4, 0.3, 0.2, 0.05, 0.05]
    answers = pd.DataFrame(
        {"low": rng.choice(5, 500, p=falling), "high": rng.choice(5, 500, p=falling[::-1]),
         "dull": rng.integers(0, 5, 500), "dim": rng.choice(5, 500, p=falling)}
    )  # fmt: skip
    answers["score"] = 2 * answers["low"] + 2 * answers["high"] + rng.normal(0, 1, 500)
    found = rank_drivers(answers, score="score", drivers=["low", "high", "dull", "dim"], seed=1, n_draws=20)
    places = {driver.name: driver.place for driver in found.drivers}
    assert places == {"low": "fix_first", "high": "keep_up", "dull": "leave", "dim": "watch"}


def test_gaps_are_counted_and_too_few_answers_refused():
    answers, names = survey(60, [2.0, 1.0])
    answers.loc[:9, "q0"] = None
    found = rank_drivers(answers, score="score", drivers=names, seed=1, n_draws=20)
    assert (found.n, found.n_incomplete) == (50, 10)
    with pytest.raises(NotEnoughData, match=r"(?s)4 complete answers are too few for 2 drivers.*Next: wait for 10"):
        rank_drivers(answers.tail(4), score="score", drivers=names, seed=1)
    with pytest.raises(NotEnoughData, match=r"(?s)one value only.*Next: leave out columns"):
        rank_drivers(answers.assign(q0=3), score="score", drivers=names, seed=1)
    with pytest.raises(BadArgument, match=r"(?s)16 drivers.*Next: name 1 to 15"):
        rank_drivers(
            answers.assign(**{f"x{i}": 1 for i in range(16)}),
            score="score",
            drivers=[f"x{i}" for i in range(16)],
            seed=1,
        )


def test_no_sentence_about_feedback_claims_a_cause():
    said = {key: text for key, text in sentences("en").items() if key.startswith("feedback.")}
    claims = [
        key for key, text in said.items() if any(word in text for word in ("because", "leads to", "drives", " causes "))
    ]
    assert claims == ["feedback.picture.drivers.caption_items", "feedback.picture.drivers.caption_themes"]
    assert all("not what causes what" in said[key] for key in claims)


@pytest.mark.requirement("B09")
def test_every_kpi_of_the_pack_comes_with_its_interval():
    answers = pd.DataFrame(
        {"kind": ["nps"] * 3 + ["csat"] * 2, "score": [10, 8, 3, 5, 2], "n_answers": [45, 35, 20, 30, 10]}
    )
    hours = pd.DataFrame({"hours": [1, 4, 30, 336], "n_requests": [20, 30, 40, 10]})
    engaged = pd.DataFrame({"n_contacts": [0, 1, 2, 4], "n_accounts": [10, 40, 40, 10]})
    kpis = measure_customer_kpis(answers=answers, response_hours=hours, repeats=(60, 100), engaged=engaged)
    found = {name: kpi.value.estimate for name, kpi in kpis.items()}
    assert found == {"nps": 25.0, "csat": 0.75, "response_hours": 4.0, "repeat_rate": 0.6, "engaged_contacts": 1.6}
    assert all(kpi.value.low < kpi.value.high and not kpi.reason for kpi in kpis.values())


@pytest.mark.requirement("B09")
def test_what_was_not_asked_is_switched_off_with_its_reason_and_is_not_zero():
    kpis = measure_customer_kpis()
    assert {name: (kpi.value, kpi.reason) for name, kpi in kpis.items()} == {
        "nps": (None, "no_survey"), "csat": (None, "no_survey"), "response_hours": (None, "no_requests"),
        "repeat_rate": (None, "no_purchases"), "engaged_contacts": (None, "no_contacts"),
    }  # fmt: skip
    wrong = measure_customer_kpis(answers=pd.DataFrame({"kind": ["nps"], "score": [11]}))
    assert wrong["nps"].reason == "no_survey"
    few = measure_customer_kpis(response_hours=pd.DataFrame({"hours": [3], "n_requests": [2]}))
    assert few["response_hours"].reason == "too_few"
