"""Leads and accounts that stand on both sides of a cut in time are counted."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring import find_repeats, tell_repeats


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
