"""The grid of quotas: every quota is there with its chance and its outcome, within its width, in both languages."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from saleslab.charts import forecast_quotas as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, HEAT, PHONE
from saleslab.errors import NotEnoughData
from saleslab.forecasting.quotas import list_cells, review_quota_chances, tabulate_grid
from saleslab.wording import LANGUAGES

sys.path.insert(0, str(Path(__file__).parents[1] / "forecasting"))
from quota_company import PEOPLE, QUARTERS, make_lab


@pytest.fixture(scope="module")
def outlook():
    return review_quota_chances(make_lab(), as_of=date(2026, 8, 20), n_quarters=3, days_before=(), seed=1)


def cells_of(spec):
    return spec["data"]["values"]


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_grid_names_people_and_quarters_within_its_width(outlook, lang, width):
    names = {one: f"Person {one}" for one in PEOPLE}
    picture = render_svg(charts.draw_quota_grid(outlook, lang=lang, width=width, names=names), width=width)
    assert all(words in picture for words in ("Person u", "Q4", "Q1", "Q2", {"en": "FY2026", "ja": "2026年度"}[lang]))
    assert "NaN" not in picture


def test_each_quota_is_a_cell_whose_shade_follows_its_chance(outlook):
    cells = cells_of(charts.draw_quota_grid(outlook, lang="en", width=DESKTOP))
    assert len(cells) == 3 * len(PEOPLE) == len(tabulate_grid(outlook))
    numbers = sorted((int(cell["text"]), HEAT.index(cell["fill"])) for cell in cells if cell["text"].isdigit())
    assert [shade for _, shade in numbers] == sorted(shade for _, shade in numbers)
    assert len({shade for _, shade in numbers}) >= 3


def test_what_came_is_told_by_shape_and_what_runs_by_a_frame(outlook):
    spec = charts.draw_quota_grid(outlook, lang="en", width=DESKTOP)
    shapes = [layer["mark"]["shape"] for layer in spec["layer"] if layer["mark"]["type"] == "point"]
    assert len(set(shapes)) == 2
    cells = cells_of(spec)
    told = {bool(cell.is_met) for cell in list_cells(outlook) if cell.is_met is not None}
    assert {cell["is_met"] for cell in cells if cell["is_met"] is not None} == told == {True, False}
    running = [cell for cell in cells if cell["frame"] != cell["fill"]]
    assert len(running) == len(PEOPLE)
    assert all(cell["is_met"] is None for cell in running)


def test_a_phone_shows_the_last_eight_quarters(outlook):
    periods = [QUARTERS[0]]
    while len(periods) < 11:
        periods.append(outlook.calendar.next(periods[-1]))
    days = {"start": [pd.Timestamp(one.start) for one in periods], "end": [pd.Timestamp(one.end) for one in periods]}
    quotas = pd.DataFrame(days | {"owner_id": "u:00", "target": 1.0, "came": 2.0, "is_met": True})
    long = replace(outlook, periods=tuple(periods), quotas=quotas)
    assert len(cells_of(charts.draw_quota_grid(long, lang="en", width=DESKTOP))) == 11
    assert len(cells_of(charts.draw_quota_grid(long, lang="en", width=PHONE))) == 8
    picture = render_svg(charts.draw_quota_grid(long, lang="en", width=PHONE), width=PHONE)
    assert "FY2027" in picture
    assert "FY2025" not in picture  # its last quarter stands beside the first of the next year


def test_without_past_quotas_there_is_no_curve(outlook):
    with pytest.raises(NotEnoughData, match="Too few past quotas had a chance(.|\n)*Next: leave the figure out"):
        charts.draw_quota_calibration(outlook, lang="en", width=DESKTOP)
