"""The dial without a browser: sliders move the chance, back is back, and what is said is said in both languages."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi import study_target
from saleslab.widgets import TargetDial
from saleslab.wording import LANGUAGES

sys.path.insert(0, str(Path(__file__).parents[1] / "kpi"))
from planted_months import AS_OF, draw_months, make_goal

TARGET = 3 * 60 * 0.3 * 2.0


@pytest.fixture(scope="module")
def study():
    return study_target(make_goal(TARGET, win_rate={"bounds": [0, 0.7]}), draw_months(3), as_of=AS_OF, seed=7)


@pytest.fixture
def dial(study):
    return TargetDial(study)


@pytest.mark.requirement("E03")
def test_a_slider_moves_the_chance_to_what_the_study_says(dial, study):
    assert dial.chance == study.chance
    dial.levers["win_rate"].value = 0.4
    assert dial.chance == study.aim.chance(study.draw_goal({"win_rate": 0.4}))
    assert dial.chance > study.chance
    assert "→ 40.0 %" in dial.readouts["win_rate"].value
    assert "pt against where we stand" in dial.told.value


def test_a_higher_target_is_less_likely_and_leaves_the_landing_alone(dial, study):
    before = dial.landing
    dial.target.value = 1.3 * TARGET
    assert dial.chance < study.chance
    assert dial.landing == before


def test_back_puts_everything_where_the_company_stands(dial, study):
    dial.levers["deal_size"].value *= 1.2
    dial.target.value *= 1.2
    dial.back.click()
    assert dial.chance == study.chance
    assert "Where we stand today" in dial.told.value
    assert not any("→" in readout.value for readout in dial.readouts.values())


def test_sliders_stay_within_the_bounds_of_the_tree(dial):
    slider = dial.levers["win_rate"]
    assert 0 <= slider.min < slider.value < slider.max <= 0.7


@pytest.mark.parametrize("target", [TARGET, 1.37 * TARGET])
def test_where_the_company_stands_is_a_step_of_each_slider(target):
    """A browser moves a value between two steps to one of them: the chance would change before anything was moved."""
    dial = TargetDial(study_target(make_goal(target), draw_months(3), as_of=AS_OF, seed=7))
    for slider in (*dial.levers.values(), dial.target):
        steps = (slider.value - slider.min) / slider.step
        assert steps == pytest.approx(round(steps), abs=1e-6)
        assert (slider.max - slider.min) / slider.step >= 50


def test_a_browser_s_rounding_moves_nothing(dial, study):
    for slider in (*dial.levers.values(), dial.target):
        slider.value *= 1 + 1e-12
    assert dial.chance == study.chance
    assert not any("→" in readout.value for readout in dial.readouts.values())


def test_lines_stay_as_many_while_sliders_move(dial):
    before = dial.told.value.count("<p>")
    dial.levers["win_rate"].value *= 1.1
    dial.target.value *= 1.1
    assert dial.told.value.count("<p>") == before


@pytest.mark.requirement("E03")
def test_a_move_is_answered_well_within_a_tenth_of_a_second(dial):
    slider, spent = dial.levers["win_rate"], []
    for _ in range(15):
        before = time.process_time()
        slider.value += slider.step
        spent.append(time.process_time() - before)
    assert np.median(spent) < 0.1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_the_language_of_the_reader(study, lang):
    dial = TargetDial(study, lang=lang)
    names = {cell.value for cell in dial.children[2].children[::3]}
    assert (
        names
        == {
            "en": {"Deal size", "Deals decided", "Win rate", "Target"},
            "ja": {"平均受注金額", "決着件数", "受注率", "目標"},
        }[lang]
    )
    assert {"en": "Lands at about", "ja": "着地見込み"}[lang] in dial.told.value


def test_a_period_that_is_over_and_an_unknown_language_are_refused(study):
    from datetime import date

    over = study_target(make_goal(TARGET), draw_months(3, n=27), as_of=date(2026, 12, 31), seed=7)
    with pytest.raises(NotEnoughData, match=r"is over[\s\S]*Next: study a period that still lies ahead"):
        TargetDial(over)
    with pytest.raises(BadArgument, match="'fr' is not a language"):
        TargetDial(study, lang="fr")
