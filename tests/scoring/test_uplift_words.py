import numpy as np
import pytest
from invented_trials import invent, invent_actions

from saleslab.scoring import choose_action, estimate_uplift
from saleslab.scoring.briefings.uplift_words import (
    RULE_COLUMNS,
    tabulate_uplift,
    tell_actions,
    tell_source,
    tell_uplift,
)
from saleslab.wording import section, write


@pytest.mark.parametrize(
    ("average", "differs", "en", "ja"),
    [
        (0.05, 0.3, "of the leads, chosen by expected effect", "に絞って連絡します（選び方：効果の大きい順"),
        (0.15, 0.0, "Treat every lead alike", "一律に連絡します"),
        (-0.2, 0.0, "Leave these contacts out", "この連絡は行いません"),
    ],
)
def test_the_verdict_says_whom_to_contact(average, differs, en, ja):
    trial = invent(seed=1, average=average, differs=differs)
    answer = estimate_uplift(trial.X, trial.treated, trial.y, propensity=0.5)
    assert en in tell_uplift(answer).en
    assert ja in tell_uplift(answer).ja


def test_an_open_question_says_how_many_leads_were_seen_and_a_table_what_each_rule_brings():
    trial = invent(seed=6, average=0, differs=0)
    answer = estimate_uplift(trial.X, trial.treated, trial.y)
    assert "1,200 leads" in tell_uplift(answer).en
    assert "抽選で決まったものとして" in tell_source(answer).ja
    table = tabulate_uplift(answer)
    assert list(table.columns) == list(RULE_COLUMNS)
    assert set(section("scoring.uplift.columns")) == set(RULE_COLUMNS)
    assert [write(one, "ja") for one in table["rule"]][:2] == ["誰にも連絡しない", "全員に一律"]
    assert [write(one, "en") for one in table["is_chosen"]].count("○") == 1


def test_a_choice_of_action_names_the_best_for_all():
    frame, action, y, _ = invent_actions(seed=1)
    even = dict.fromkeys(np.unique(action).tolist(), 1 / 3)
    assert "more than visit for all" in tell_actions(choose_action(frame, action, y, propensity=even)).en
