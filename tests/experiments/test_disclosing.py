"""What a readout tells of people rests on ten of them at least; companies and colleagues are told as they are."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from attack import find_fewest

from saleslab.errors import NotEnoughData
from saleslab.experiments import Metric, disclose_readout, read_out
from saleslab.experiments.trials import Trial


def make_trial(rows, unit="lead"):
    metric, day = Metric("appointment_rate", "rate"), date(2026, 4, 1)
    return Trial("t", "t", unit, metric, "old", rows, None, None, (), day, None, None, None)


@pytest.fixture(scope="module")
def rows():
    """400 leads of six looks; the last look but one brings four of them."""
    rng = np.random.default_rng(5)
    look = np.repeat([1, 2, 3, 4, 5, 6], [120, 100, 60, 66, 4, 50])
    frame = pd.DataFrame({"look": look, "arm": rng.permutation(["old", "new"] * 200)})
    frame["group"] = rng.choice(["web", "fair", "call"], 400)
    return frame.assign(succeeded=(rng.random(400) < 0.3).astype(int), unit_id=[f"lead:{at}" for at in range(400)])


def published(readout, rows):
    arms = [rows["arm"] == arm for arm in ("old", "new")]
    looks = [rows["look"] <= sight.look for sight in readout.path]
    groups = [(rows["group"] == one.group) & arm for one in readout.groups.groups for arm in arms]
    return [flag.to_numpy() for flag in (*arms, *looks, *groups)]


def test_two_looks_between_which_four_leads_came_are_not_both_told(rows):
    readout = read_out(make_trial(rows))
    assert find_fewest(published(readout, rows), rows["unit_id"], deep=2) == 4
    told, disclosure = disclose_readout(readout)
    assert find_fewest(published(told, rows), rows["unit_id"], deep=2) >= 10
    assert len(told.path) == len(readout.path) - 1
    assert disclosure.n_hidden == {"arms": 0, "path": 1, "groups": 0}
    assert told.comparison == readout.comparison


def test_companies_and_colleagues_are_told_as_they_are(rows):
    readout = read_out(make_trial(rows))
    for unit in ("account", "rep"):
        same = replace(readout, trial=replace(readout.trial, unit=unit))
        assert disclose_readout(same) == (same, None)
    assert disclose_readout(None) == (None, None)


def test_an_arm_of_fewer_than_ten_people_is_told_of_nowhere(rows):
    few = rows.drop(columns=["look", "group"]).assign(arm=["new"] * 9 + ["old"] * 391)
    with pytest.raises(NotEnoughData, match=r"(?s)An arm has fewer than 10 people.*Next: wait until every arm"):
        disclose_readout(read_out(make_trial(few)))
