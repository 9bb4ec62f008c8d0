"""Leads and accounts that stand on both sides of a cut in time are counted."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import LeadScorer, evaluate_scores, find_repeats, tell_reason, tell_repeats


def leads(n=400, *, seed=7):
    return pd.DataFrame({"weight": np.random.default_rng(seed).normal(size=n), "source": ["web", "fair"] * (n // 2)})


def test_leads_entered_twice_are_counted_on_either_side_of_the_cut():
    frame = leads()
    frame.iloc[350:360] = frame.iloc[10:20].to_numpy()  # late twins of early leads
    frame.iloc[100:105] = frame.iloc[0:5].to_numpy()  # early twins
    found = find_repeats(frame)
    assert (found.n_early, found.n_late, found.n_twins, found.n_twins_within) == (300, 100, 10, 15)
    assert "10 of the 100 newest leads" in tell_repeats(found)[0].en


def test_known_accounts_are_counted_and_leads_without_one_stand_alone():
    account = np.array([f"a{at % 100}" for at in range(400)], dtype=object)
    account[380:] = None
    found = find_repeats(leads(), groups=account)
    assert found.n_known_groups == 80
    assert "取引先" in tell_repeats(found)[0].ja


def test_the_cut_is_in_time_and_not_in_the_sequence_of_rows():
    frame = leads()
    frame.iloc[0] = frame.iloc[200].to_numpy()
    time = pd.Series(pd.Timestamp("2026-01-01") + pd.to_timedelta(np.arange(400), unit="D"))
    assert find_repeats(frame, time=time).n_twins == 0
    assert find_repeats(frame, time=time[::-1].reset_index(drop=True)).n_twins == 1


def test_nothing_repeated_is_nothing_told():
    assert tell_repeats(find_repeats(leads(), groups=range(400))) == ()


def test_leads_of_one_moment_and_rows_that_do_not_fit_are_refused():
    with pytest.raises(NotEnoughData, match=r"0 of them early ones.\n  Next: pass the time"):
        find_repeats(leads(), time=["2026-01-01"] * 400)
    with pytest.raises(BadArgument, match="groups has 3"):
        find_repeats(leads(), groups=[1, 2, 3])
    with pytest.raises(BadArgument, match="give a share between 0 and 1"):
        find_repeats(leads(), late=2)


def noise(n, *, seed, entered_twice):
    """Columns that know nothing; each lead that is entered twice is so once all have come in."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef")).assign(
        city=rng.integers(0, 40, n).astype("str")
    )
    is_won = rng.random(n) < 0.3
    again = rng.permutation(n)[: round(entered_twice * n)]
    frame = pd.concat([frame, frame.iloc[again]], ignore_index=True)
    return frame.assign(lead_id=[f"L{at}" for at in range(len(frame))]), np.r_[is_won, is_won[again]]


@pytest.mark.parametrize("entered_twice", [0.3, 1.0])
def test_leads_entered_twice_make_no_model_of_noise_look_fine(entered_twice):
    frame, is_won = noise(500, seed=7, entered_twice=entered_twice)
    scorer = LeadScorer().fit(frame, is_won, time=np.arange(len(frame)))
    assert scorer.verdict_ != "ready"
    assert scorer.forward_auc_.low < 0.5
    (told,) = [tell_reason(reason) for reason in scorer.reasons_ if reason.code == "twins"]
    assert f"{round(500 * entered_twice)} leads are the same in every column" in told.en
    assert "二重登録" in told.ja
    judged = evaluate_scores(frame, is_won, time=np.arange(len(frame)))
    assert judged.forward.low < 0.5
    assert judged.random.low < 0.55


@pytest.mark.parametrize("n_times", [3, 5, 10])
def test_leads_entered_many_times_make_no_model_of_noise_look_fine(n_times):
    frame, is_won = noise(200, seed=11, entered_twice=0.0)
    rows = np.random.default_rng(n_times).permutation(np.tile(np.arange(200), n_times))
    scorer = LeadScorer().fit(frame.iloc[rows].reset_index(drop=True), is_won[rows], time=np.arange(len(rows)))
    assert scorer.verdict_ != "ready"
    assert "twins" in {reason.code for reason in scorer.reasons_}


def test_few_forms_that_tell_how_leads_end_are_a_signal_and_no_repeats():
    rng = np.random.default_rng(7)
    asked = rng.integers(0, 4, (1_000, 3))
    frame = pd.DataFrame(asked, columns=["need", "budget", "rank"]).astype("str")
    is_won = rng.random(1_000) < np.where(asked[:, 0] == 0, 0.97, 0.02)
    scorer = LeadScorer().fit(frame, is_won, time=np.arange(1_000))
    assert (scorer.verdict_, "twins" in {reason.code for reason in scorer.reasons_}) == ("ready", False)


def test_rows_that_are_alike_by_chance_are_no_repeats():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {"visits": rng.poisson(3, 900), "hour": rng.integers(0, 24, 900), "size": rng.integers(0, 9, 900)}
    )
    assert 0.1 < frame.duplicated().mean() < 2 / 3
    scorer = LeadScorer().fit(frame, rng.random(900) < 0.3, time=np.arange(900))
    assert "twins" not in {reason.code for reason in scorer.reasons_}
