"""What a widget shows is readable on a light and on a dark theme: no colour is asked for that nobody gives."""

import re

import pandas as pd
import pytest

from saleslab.charts.theme import COLOURS
from saleslab.scoring.learning.scores import LeadScores
from saleslab.widgets import ExperimentPlanner, ForecastExplorer, LeadQueue
from saleslab.widgets.look import DARK_PLACES, make_slider
from saleslab.wording import Text


def make_queue():
    leads = pd.DataFrame({"lead_id": ["a", "b"], "chance_won": [0.4, 0.2], "low": [0.3, 0.1], "high": [0.5, 0.3]})
    scores = LeadScores(leads, "ready", is_prior=False, n_unseen={})
    return LeadQueue(scores, capacity=2, as_of=pd.Timestamp("2026-09-30").date(), seed=1, value=100.0)


def read_pages(widget):
    """Return the value of every piece of HTML in a widget."""
    own = [widget.value] if "HTML" in widget.trait_values().get("_view_name", "") else []
    return own + [page for child in getattr(widget, "children", ()) for page in read_pages(child)]


def make_explorer():
    months = pd.date_range("2023-01-01", periods=36, freq="MS")
    return ForecastExplorer(pd.DataFrame({"series_id": "tokyo", "period": months, "value": 100.0}), target=100.0)


@pytest.mark.parametrize("make", [ExperimentPlanner, make_queue, make_explorer])
def test_every_colour_is_given_for_both_themes(make):
    pages = read_pages(make())
    style = pages[0]
    asked = set(re.findall(r"var\(--([a-z]+(?:-[a-z\d]+)*)\)", "".join(pages)))
    assert asked
    assert asked <= {colour.role for colour in COLOURS}
    for colour in COLOURS:
        assert style.index(f"--{colour.role}:{colour.light};") < style.index(f"--{colour.role}:{colour.dark};")
    assert all(f"{place} .saleslab" in style for place in DARK_PLACES)


@pytest.mark.parametrize("value", [0.1, 0.1234, 0.003, 0.7])
def test_a_slider_stands_on_one_of_its_steps(value):
    """A browser would move it there, and the answer would change before anybody had touched a thing."""
    slider = make_slider(Text.same("rate"), "en", value, min=0.005, max=0.5, step=0.005)
    assert slider.value == value
    steps = (value - slider.min) / slider.step
    assert steps == pytest.approx(round(steps), abs=1e-6)
    assert slider.min <= value <= slider.max
