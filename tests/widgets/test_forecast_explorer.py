"""The explorer without a browser: controls move the forecast, the chance follows, and what cannot be is said."""

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.widgets import ForecastExplorer
from saleslab.wording import LANGUAGES


def invent(n=30):
    """A branch that sells about 100 a month, and one that sells ten times as much but not in every month."""
    months = pd.date_range("2024-01-01", periods=n, freq="MS")
    lot = np.random.default_rng(1)
    tokyo = pd.DataFrame({"series_id": "tokyo", "period": months, "value": lot.normal(100, 8, n)})
    osaka = pd.DataFrame({"series_id": "osaka", "period": months, "value": lot.normal(1000, 60, n)})
    return pd.concat([tokyo, osaka.drop(index=[4, 9, 13])], ignore_index=True)


@pytest.fixture(scope="module")
def explorer():
    return ForecastExplorer(invent(), horizon=3)


def test_the_chance_falls_as_the_target_rises_and_the_sum_lies_within_its_range(explorer):
    explorer.series.value = "tokyo"
    low, middle, high = explorer.total
    assert low < middle < high
    assert middle == pytest.approx(300, rel=0.15)
    chances = []
    for target in (low, middle, high):
        explorer.target.value = target
        chances.append(explorer.chance_hit)
    assert chances == pytest.approx([0.9, 0.5, 0.1], abs=0.01)
    explorer.target.value = 0
    assert explorer.chance_hit is None


def test_another_series_and_what_was_repaired_in_it(explorer):
    explorer.gaps.value, explorer.series.value = "zero", "osaka"
    assert explorer.table["series_id"].unique().tolist() == ["osaka"]
    assert "taken as nothing sold" in explorer.told.value
    assert "<svg" in explorer.picture.value
    explorer.series.value = "tokyo"
    assert "taken as nothing sold" not in explorer.told.value


def test_moving_back_and_forth_gives_the_same_answer(explorer):
    explorer.gaps.value, explorer.series.value, explorer.horizon.value = "zero", "tokyo", 3
    before = explorer.table
    explorer.horizon.value = 5
    assert len(explorer.table) == 5
    explorer.horizon.value = 3
    pd.testing.assert_frame_equal(explorer.table, before)


def test_what_cannot_be_forecast_is_said_and_controls_lead_back():
    one = pd.DataFrame({"series_id": "a", "period": pd.to_datetime(["2026-01-01"]), "value": 1.0})
    explorer = ForecastExplorer(one)
    assert explorer.futures is None
    assert explorer.table.empty
    assert "This cannot be forecast" in explorer.told.value
    with pytest.raises(NotEnoughData, match=r"no row(?s:.*)Next: give at least one period"):
        ForecastExplorer(one.iloc[:0])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_in_the_language_and_no_name_smuggles_markup(lang):
    panel = invent(24).assign(series_id=lambda frame: frame["series_id"].replace("tokyo", "<b>tokyo"))
    explorer = ForecastExplorer(panel[panel["series_id"] == "<b>tokyo"], lang=lang, currency=None)
    assert {"en": "four times in five", "ja": "8割の確率"}[lang] in explorer.told.value
    assert "<b>" not in explorer.picture.value + explorer.told.value


def test_a_language_that_is_not_written_is_refused():
    with pytest.raises(BadArgument, match=r"'de' is not a language(?s:.*)Next: use one of: en, ja"):
        ForecastExplorer(invent(), lang="de")
