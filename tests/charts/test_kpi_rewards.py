"""Pictures of reward plans keep to their width in both languages, and say what there is nothing to draw of."""

import json

import numpy as np
import pandas as pd
import pytest

from saleslab.charts import kpi_rewards, render_svg
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.errors import BadArgument
from saleslab.kpi import (
    describe_pay,
    describe_territories,
    list_reward_plans,
    name_reward_columns,
    read_reward_plan,
    simulate_reward,
    tabulate_plans,
    tabulate_territories,
    tell_findings,
)
from saleslab.wording import LANGUAGES


@pytest.fixture(scope="module")
def studies():
    rng, n = np.random.default_rng(1), 12
    potential = np.repeat(rng.uniform(2e7, 9e7, n), 2)
    sales = pd.DataFrame(
        {
            "user_id": np.repeat([f"u:{at:02}" for at in range(n)], 2),
            "period_start": ["2026-04-01", "2026-07-01"] * n,
            "team_id": "t:1",
            "quota": 10_000_000,
            "potential": potential,
            "sales": np.round(potential / 5 * rng.gamma(9, 1 / 9, 2 * n)).astype(int),
        }
    )
    drawn = pd.DataFrame(1e7 * rng.gamma(9, 1 / 9, (500, n)), columns=sales["user_id"].unique())
    plans = [read_reward_plan(file) for file in list_reward_plans().values()]
    return [simulate_reward(plan, sales, draws=drawn) for plan in plans]


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_they_are_drawn_within_their_width_in_both_languages_and_name_nobody(studies, width):
    for name, draw in (
        ("pay", lambda **at: kpi_rewards.draw_pay(studies, **at)),
        ("territories", lambda **at: kpi_rewards.draw_territories(studies[0], **at)),
    ):
        drawn = [render_svg(draw(lang=lang, width=width), name=name, width=width) for lang in LANGUAGES]
        assert drawn[0] != drawn[1]
        for picture in drawn:
            assert "NaN" not in picture
            assert "undefined" not in picture
            assert "u:0" not in picture


def test_a_line_that_lies_on_another_is_dashed(studies):
    rows = kpi_rewards.draw_pay(studies, lang="en", width=DESKTOP)["layer"][0]["data"]["values"]
    dashes = {row["plan"]: row["dash"] for row in rows}
    names = [study.plan.plan for study in studies]
    assert [dashes[at] != [1, 0] for at in range(4)] == [name == "field_team" for name in names]


def test_a_jump_stays_a_jump(studies):
    cliff = next(study for study in studies if study.plan.plan == "field_cliff")
    rows = kpi_rewards.draw_pay([cliff], lang="en", width=DESKTOP)["layer"][0]["data"]["values"]
    jumps = [row["paid"] for row in rows if abs(row["at"] - 0.7) < 1e-5]
    assert jumps == [0.0, pytest.approx(350_000)]


def test_words_and_tables_hold_numbers_and_no_names(studies):
    told = tabulate_plans(studies)
    assert set(name_reward_columns(*told.columns)) == set(told.columns)
    assert told["plan"].tolist()[0].ja == "加速型"
    assert all(cost.amount * 2 == study.cost for cost, study in zip(told["cost"], studies, strict=True))
    words = json.dumps(
        [str(describe_pay()), str(describe_territories(studies[0])), str(tabulate_territories(studies[0]))]
    )
    assert "u:0" not in words
    assert [len(tell_findings(study)) for study in studies] == [len(study.findings) for study in studies]


def test_without_territories_there_is_nothing_to_draw(studies):
    bare = simulate_reward(studies[0].plan, studies[0].payouts)
    for act in (tabulate_territories, lambda study: kpi_rewards.draw_territories(study, lang="en", width=DESKTOP)):
        with pytest.raises(BadArgument, match=r"(?s)compared no territories.*Next: give the potential of each"):
            act(bare)
    with pytest.raises(BadArgument, match=r"(?s)0 plans cannot be drawn.*Next: give 1 to 6 plans"):
        kpi_rewards.draw_pay([], lang="en", width=DESKTOP)
