"""Every picture of a study is drawn in both languages at both widths, with words of its own and no text too small."""

from datetime import date, datetime

import pytest

from saleslab import customers, operations
from saleslab.charts import customers as customer_charts
from saleslab.charts import operations as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.periods import Period
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect
from saleslab.wording import LANGUAGES, Money, write


@pytest.fixture(scope="module")
def drawn():
    """Everything that can be drawn of one invented company."""
    with connect("duckdb://") as lab:
        company = simulate(Scenario(seed=3, n_deals=700))
        for name in ("opportunities", "stages", "users", "field_events", "stage_events", "orders"):
            lab.write(name, company.tables[name], source_system="simulated", loaded_at=datetime(2026, 11, 24))
        day = date(2026, 8, 20)
        review = operations.review_sales(lab, as_of=day)
        days = operations.read_closed_days(lab, as_of=day)
        calendar = review.calendar
        repeat = customers.measure_cohorts(customers.read_returns(lab, as_of=day), as_of=day, calendar=calendar)
        ranked = customers.read_ranked_customers(lab, period=Period(date(2025, 8, 21), day), as_of=day)
        seasons = operations.find_seasonality(days, as_of=day, calendar=calendar)
    spread = customers.measure_concentration(ranked)
    return review, {
        "revenue": lambda **at: charts.draw_revenue(review.revenue, **at),
        "change": lambda **at: charts.draw_change(review.change, **at),
        "pipeline": lambda **at: charts.draw_pipeline(review.pipeline, **at),
        "win_rate": lambda **at: charts.draw_win_rate(review.win_rate, **at),
        "scorecard": lambda **at: charts.draw_scorecard(review.scorecard, names=review.names, **at),
        "seasonality": lambda **at: charts.draw_seasonality(seasons, **at),
        "cohorts": lambda **at: customer_charts.draw_cohorts(repeat, **at),
        "concentration": lambda **at: customer_charts.draw_concentration(spread, **at),
    }


PICTURES = ("revenue", "change", "pipeline", "win_rate", "scorecard", "seasonality", "cohorts", "concentration")


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_it_is_drawn_within_its_width_in_both_languages(drawn, name, width):
    _, pictures = drawn
    by_language = [
        render_svg(pictures[name](lang=lang, width=width), name=name, width=width) for lang in LANGUAGES
    ]  # render_svg refuses text below 11 px, other fonts, other colours, and anything wider
    assert by_language[0] != by_language[1]
    for picture in by_language:
        assert "<text" in picture
        assert "NaN" not in picture
        assert "undefined" not in picture


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_last_bar_tells_its_amount_and_the_mark_its_meaning(drawn, lang):
    review, pictures = drawn
    picture = render_svg(pictures["revenue"](lang=lang, width=DESKTOP))
    assert write(Money(review.revenue.months[-1].won_amount), lang) in picture
    assert {"en": "a year earlier", "ja": "前年同月"}[lang] in picture


def test_every_stage_and_every_person_is_named(drawn):
    review, pictures = drawn
    board = render_svg(pictures["pipeline"](lang="ja", width=PHONE))
    assert all(stage.label in board for stage in review.pipeline.stages)
    card = render_svg(pictures["scorecard"](lang="ja", width=DESKTOP))
    shown = sorted(review.scorecard.reps, key=lambda rep: -(rep.n_won + rep.n_lost))[:20]
    assert all(review.name_of(rep.owner_id) in card for rep in shown)


def test_pipelines_are_named_and_not_numbered(drawn):
    _, pictures = drawn
    board = render_svg(pictures["pipeline"](lang="ja", width=PHONE))
    assert "新規営業" in board
    assert "pipeline-new" not in board


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_both_years_stand_below_thirteen_months_also_where_january_has_no_label(drawn, width):
    _, pictures = drawn
    picture = render_svg(pictures["revenue"](lang="ja", width=width))
    assert picture.count("2025年") == picture.count("2026年") == 1


@pytest.mark.parametrize(("grain", "ends"), [("quarter", ("前四半期", "当四半期")), ("month", ("前月", "当月"))])
def test_the_ends_of_the_bridge_are_called_by_the_length_of_the_period(drawn, grain, ends):
    review, _ = drawn
    picture = render_svg(charts.draw_change(review.change, lang="ja", width=PHONE, grain=grain))
    assert all(end in picture for end in ends)


def test_cells_that_are_not_over_are_left_out(drawn):
    _, pictures = drawn
    rows = pictures["cohorts"](lang="en", width=DESKTOP)["data"]["values"]
    ages = [max(cell["age"] for cell in rows if cell["row"] == row) for row in sorted({cell["row"] for cell in rows})]
    assert ages[-4:] == sorted(ages[-4:], reverse=True)
    assert ages[-1] < ages[-4]


def test_a_name_of_markup_stays_text(drawn):
    review, _ = drawn
    names = {rep.owner_id: "<script>alert(1)</script>" for rep in review.scorecard.reps}
    picture = render_svg(charts.draw_scorecard(review.scorecard, lang="en", width=DESKTOP, names=names))
    assert "<script" not in picture
