"""Pictures of experiments: both languages, both widths, words at the lines, nothing too small."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))

from read import make_trial

from saleslab.charts import experiments as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.experiments import Expectation, PricePoint, PriceResponse, plan_sample, read_out
from saleslab.stats import Interval
from saleslab.wording import LANGUAGES


def make_prices(best):
    """A curve whose profit is highest in the middle; drawn, not sampled."""
    line = np.linspace(8_000, 12_000, 21)
    points = []
    for price in line:
        share, profit = 0.9 - price / 20_000, (0.9 - price / 20_000) * (price - 4_000)
        ranges = [Interval(value, 0.9 * value, 1.1 * value, 0.95) for value in (share, profit)]
        points.append(PricePoint(float(price), 0, 0, *ranges))
    middle = Interval(11_000.0, 9_500.0, 11_800.0, 0.95)
    told = (middle, 11_000.0, 12.0) if best else (None, None, None)
    slope = Interval(-2.0, -3.0, -1.0, 0.95)
    return PriceResponse((points[0], points[10], points[20]), tuple(points), slope, *told, (0.1, 0.1), (), None)


@pytest.fixture(scope="module")
def pictures():
    readout = read_out(make_trial(rates={"old": 0.1, "new": 0.18}))
    sample = plan_sample(Expectation("rate", 0.1, 0.05), units_per_month=400, seed=1, n_runs=200)
    never = plan_sample(Expectation("rate", 0.1, 0.002), units_per_month=40, seed=1, n_runs=200)
    return {
        "lift": lambda **at: charts.draw_lift(readout, **at),
        "path": lambda **at: charts.draw_path(readout, **at),
        "loss": lambda **at: charts.draw_loss(readout, **at),
        "groups": lambda **at: charts.draw_groups(readout, **at),
        "prices": lambda **at: charts.draw_prices(make_prices(best=True), **at),
        "observed_prices": lambda **at: charts.draw_prices(make_prices(best=False), **at),
        "assurance": lambda **at: charts.draw_assurance(sample, **at),
        "assurance_never": lambda **at: charts.draw_assurance(never, **at),
    }


NAMES = ("lift", "path", "loss", "groups", "prices", "observed_prices", "assurance", "assurance_never")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_it_is_drawn_within_its_width_in_both_languages(pictures, name, width):
    by_language = [
        render_svg(pictures[name](lang=lang, width=width), name=name, width=width) for lang in LANGUAGES
    ]  # render_svg refuses text below 11 px, other fonts, other colours, and anything wider
    for picture in by_language:
        assert "<text" in picture
        assert "NaN" not in picture
        assert "undefined" not in picture
    assert by_language[0] != by_language[1]


@pytest.mark.parametrize(
    ("name", "en", "ja"),
    [
        ("lift", "no difference", "差なし"),
        ("lift", "worth a change", "切り替えに値する差"),
        ("path", "strong: 20", "十分：20"),
        ("loss", "tolerated: ¥50.0 K", "許容額 5.00万円"),
        ("groups", "all: +", "全体 +"),
        ("prices", "best about ¥11.0 K", "最適は約1.10万円"),
        ("assurance", "asked: 80 %", "目標 80%"),
    ],
)
def test_lines_carry_their_names(pictures, name, en, ja):
    for lang, words in (("en", en), ("ja", ja)):
        for width in (PHONE, DESKTOP):
            assert words in render_svg(pictures[name](lang=lang, width=width)), (lang, width)


def test_prices_that_sellers_chose_show_no_best_one(pictures):
    assert "best" not in render_svg(pictures["observed_prices"](lang="en", width=DESKTOP))


def test_the_density_of_a_lift_has_its_peak_at_the_median():
    from scipy.stats import norm

    from saleslab.experiments import LIFT_LEVELS

    rows = pd.DataFrame(charts._density(norm(0.02, 0.01).ppf(LIFT_LEVELS).tolist(), (0.0,)))
    assert rows.loc[rows["y"].idxmax(), "x"] == pytest.approx(0.02, abs=0.001)
    assert 0.0 in rows["x"].tolist()
