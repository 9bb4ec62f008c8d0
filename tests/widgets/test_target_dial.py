"""The dial without a browser: sliders move the chance, back is back, and what is said is said in both languages."""

import sys
from pathlib import Path

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
    assert "→ 40.0 %" in dial.told.value
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
    assert "→" not in dial.told.value


def test_sliders_stay_within_the_bounds_of_the_tree(dial):
    slider = dial.levers["win_rate"]
    assert 0 <= slider.min < slider.value < slider.max <= 0.7


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_the_language_of_the_reader(study, lang):
    dial = TargetDial(study, lang=lang)
    assert dial.levers["win_rate"].description == {"en": "Win rate", "ja": "受注率"}[lang]
    assert {"en": "Lands at about", "ja": "着地見込み"}[lang] in dial.told.value


def test_a_period_that_is_over_and_an_unknown_language_are_refused(study):
    from datetime import date

    over = study_target(make_goal(TARGET), draw_months(3, n=27), as_of=date(2026, 12, 31), seed=7)
    with pytest.raises(NotEnoughData, match=r"is over[\s\S]*Next: study a period that still lies ahead"):
        TargetDial(over)
    with pytest.raises(BadArgument, match="'fr' is not a language"):
        TargetDial(study, lang="fr")
