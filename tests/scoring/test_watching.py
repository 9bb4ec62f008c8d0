"""Does the model still hold? Alarms when something was planted, silence when nothing was."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.scoring.watching.drift import watch_drift
from saleslab.scoring.watching.outcomes import Matured, has_fallen, read_challenger
from saleslab.stats import Interval, measure_auc

PROMISED = Interval(0.75, 0.73, 0.77, 0.9)


def logistic(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def invent(lot, n, *, moved=0.0, slope=1.0, added=0.0, sources=("web", "fair", "phone", "other")):
    """Return scored leads with known outcomes; ``slope`` and ``added`` make the truth differ from the chances."""
    leads = pd.DataFrame({f"signal_{at}": lot.normal(moved if at == 0 else 0.0, 1.0, n) for at in range(6)})
    leads["visits"] = lot.poisson(3, n)
    leads["source"] = lot.choice(sources, n, p=[0.5, 0.3, 0.15, 0.05])
    leads["city"] = [f"city {rank}" for rank in lot.zipf(1.6, n).clip(1, 200)]
    leads["signal_5"] = leads["signal_5"].where(lot.random(n) > 0.2)
    said = -2 + 0.9 * leads["signal_0"] + 0.6 * leads["signal_1"]
    leads["chance_won"] = logistic(said)
    leads["is_won"] = lot.random(n) < logistic(added - 2 + slope * (said + 2))
    leads["grade"] = np.select([leads["chance_won"] >= cut for cut in (0.3, 0.15, 0.07)], ["A", "B", "C"], "D")
    return leads


@pytest.fixture(scope="module")
def reference():
    return invent(np.random.default_rng(1), 3000)


def codes(watch):
    return [reason.code for reason in watch.reasons]


# -- recover


def test_leads_like_before_keep_the_model(reference):
    watch = watch_drift(reference, invent(np.random.default_rng(2), 1200), promised=PROMISED)
    assert (watch.verdict, codes(watch)) == ("keep", ["holds"])
    assert watch.auc.low < PROMISED.estimate < watch.auc.high
    assert not watch.columns["is_moved"].any()
    assert not watch.grades["is_off"].any()


def test_a_year_of_weekly_looks_raises_no_alarm_while_nothing_changes(reference):
    lot = np.random.default_rng(3)
    verdicts = {watch_drift(reference, invent(lot, 40), promised=PROMISED).verdict for _ in range(52)}
    assert "retrain" not in verdicts


@pytest.mark.slow
@pytest.mark.parametrize(("n_before", "n_now"), [(800, 60), (3000, 300)])
def test_at_most_one_year_in_twenty_has_a_false_alarm(n_before, n_now):
    """Measured at a family rate of a half, so that alarms can be counted: at most half of the years have one."""
    lot, n_years, n_alarmed = np.random.default_rng(4), 24, 0
    for _ in range(n_years):
        before = invent(lot, n_before)
        promised = measure_auc(before["is_won"], before["chance_won"])
        weeks = (watch_drift(before, invent(lot, n_now), promised=promised, false_alarms=0.5) for _ in range(52))
        n_alarmed += any(watch.verdict == "retrain" for watch in weeks)
    assert n_alarmed <= n_years / 2 + 1.645 * np.sqrt(n_years / 4)


def test_chances_twice_too_high_are_found_in_one_month(reference):
    lot = np.random.default_rng(5)
    watches = [watch_drift(reference, invent(lot, 600, added=-0.9), promised=PROMISED) for _ in range(10)]
    assert sum("calibration_off" in codes(watch) for watch in watches) >= 8
    assert {watch.verdict for watch in watches if "calibration_off" in codes(watch)} == {"retrain"}


def test_a_ranking_that_is_lost_is_found(reference):
    lot = np.random.default_rng(6)
    watches = [watch_drift(reference, invent(lot, 600, slope=0.0, added=0.35), promised=PROMISED) for _ in range(10)]
    assert sum("ranking_fell" in codes(watch) for watch in watches) >= 8


def test_inputs_that_moved_far_call_for_training_while_outcomes_are_open(reference):
    now = invent(np.random.default_rng(7), 150, moved=1.2).drop(columns=["is_won"])
    watch = watch_drift(reference, now, promised=PROMISED)
    assert (watch.verdict, codes(watch)[0]) == ("retrain", "inputs_far")
    assert set(watch.columns.loc[watch.columns["is_far"], "column"]) == {"signal_0", "chance_won"}


def test_inputs_that_moved_are_a_note_once_outcomes_show_that_the_model_holds(reference):
    watch = watch_drift(reference, invent(np.random.default_rng(8), 2000, moved=1.0), promised=PROMISED)
    assert (watch.verdict, codes(watch)) == ("keep", ["holds", "inputs_moved"])


def test_names_that_the_model_never_saw_are_counted(reference):
    now = invent(np.random.default_rng(9), 400, sources=("web", "fair", "referral", "other"))
    watch = watch_drift(reference, now)
    source = watch.columns.set_index("column").loc["source"]
    assert source["n_unseen"] == (now["source"] == "referral").sum()
    assert source["is_moved"]
    assert "unseen_names" in codes(watch)


def test_a_better_challenger_is_found_and_an_equal_one_is_not(reference):
    now = invent(np.random.default_rng(10), 3000)
    said = np.log(now["chance_won"] / (1 - now["chance_won"]))
    now["truth"] = now["chance_won"]
    now["chance_won"] = logistic(-2 + 0.2 * (said + 2))
    better = watch_drift(reference, now, challenger="truth")
    assert better.challenger.is_better
    assert better.challenger.gain.low > 0
    assert "challenger_better" in codes(better)
    now["copy"] = now["chance_won"]
    equal = watch_drift(reference, now.drop(columns="truth"), challenger="copy")
    assert (equal.challenger.is_better, equal.challenger.gain.estimate) == (False, 0.0)


def test_many_overrides_are_a_note(reference):
    lot = np.random.default_rng(11)
    now = invent(lot, 400).assign(is_overridden=lot.random(400) < 0.7)
    watch = watch_drift(reference.assign(is_overridden=lot.random(3000) < 0.3), now)
    assert watch.overrides.rate.low > 0.6
    assert watch.overrides.change.low > 0.3
    assert "many_overrides" in codes(watch)


# -- laws


def test_a_challenger_as_noisy_as_the_champion_wins_no_more_often_than_it_may():
    lot, n, wins = np.random.default_rng(12), 300, 0
    for _ in range(1000):
        said = -1.5 + 0.9 * lot.normal(size=n)
        won = (lot.random(n) < logistic(said)).astype(float)
        champion, rival = (logistic(said + 0.4 * lot.normal(size=n)) for _ in range(2))
        wins += read_challenger(Matured(champion, won, None, rival), alpha=0.02, mass=0.9).is_better
    assert wins / 1000 <= 0.02 + 1.645 * np.sqrt(0.02 * 0.98 / 1000)


def test_a_ranking_as_promised_is_called_fallen_no_more_often_than_it_may():
    lot, fallen = np.random.default_rng(13), 0
    for _ in range(600):
        draws = []
        for n in (1500, 250):
            said = -1.5 + 0.9 * lot.normal(size=n)
            draws.append((logistic(said), (lot.random(n) < logistic(said)).astype(float)))
        (old, was_won), (new, is_won) = draws
        fallen += has_fallen(Matured(new, is_won, None, None), measure_auc(was_won, old), alpha=0.02)
    assert fallen / 600 <= 0.02 + 1.645 * np.sqrt(0.02 * 0.98 / 600)


def test_the_row_order_of_the_leads_does_not_matter(reference):
    now = invent(np.random.default_rng(14), 300)
    one, other = watch_drift(reference, now), watch_drift(reference, now.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.columns, other.columns)
    pd.testing.assert_frame_equal(one.grades, other.grades)


def test_open_leads_are_counted_and_not_judged(reference):
    now = invent(np.random.default_rng(15), 300)
    now["is_won"] = now["is_won"].astype("boolean").where(np.arange(300) < 100)
    watch = watch_drift(reference, now)
    assert (watch.n_leads, watch.n_matured) == (300, 100)
    assert watch.grades.set_index("grade").loc["all", "n_leads"] == 100


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_reason_has_words(reference, lang):
    lot = np.random.default_rng(16)
    watches = [
        watch_drift(reference, invent(lot, 30)),
        watch_drift(reference, invent(lot, 1200)),
        watch_drift(reference, invent(lot, 1500, slope=0.0, added=-1), promised=PROMISED),
        watch_drift(reference, invent(lot, 300, moved=2).drop(columns="is_won")),
    ]
    told = {reason.code: reason.text.of(lang) for watch in watches for reason in watch.reasons}
    assert {"few_outcomes", "sorts", "ranking_fell", "calibration_off", "inputs_far"} <= set(told)
    assert all(told.values())


# -- refusals


def test_no_lead_is_not_compared(reference):
    with pytest.raises(NotEnoughData, match=r"(?s)3000 leads before and 0 now.*Next: widen the period"):
        watch_drift(reference, reference.iloc[:0])


def test_frames_without_a_common_input_are_refused(reference):
    now = pd.DataFrame({"lead_id": ["1"], "is_won": [True]})
    with pytest.raises(NotEnoughData, match=r"(?s)share no column.*Next: name the columns"):
        watch_drift(reference, now)


def test_a_challenger_that_is_not_there_is_refused(reference):
    with pytest.raises(TableError, match=r"(?s)no column 'rival'.*Next: score them with the challenger"):
        watch_drift(reference, reference, challenger="rival")


def test_outcomes_that_are_no_outcomes_are_refused(reference):
    with pytest.raises(BadArgument, match=r"(?s)3000 of 3000 outcomes in 'is_won'.*Next: give True, False"):
        watch_drift(reference, reference.assign(is_won=2))


@pytest.mark.parametrize("option", [{"n_looks": 0}, {"false_alarms": 1.0}, {"tolerance": 1.0}])
def test_options_out_of_range_are_refused(reference, option):
    with pytest.raises(BadArgument, match=r"(?s)do not make a watch.*Next: give at least one look"):
        watch_drift(reference, reference, **option)
