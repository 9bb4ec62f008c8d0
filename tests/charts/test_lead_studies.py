"""Pictures of a study of leads: both languages, both widths, words at the lines, and the table and alt text beside."""

import numpy as np
import pandas as pd
import pytest

from saleslab import reporting, scoring
from saleslab.charts import lead_studies as charts
from saleslab.charts import render_svg
from saleslab.charts.theme import ACCENT, DESKTOP, PHONE, SOFT
from saleslab.scoring import briefings
from saleslab.scoring.leads.features import Feature
from saleslab.scoring.leads.table import LEAD_KEYS
from saleslab.wording import LANGUAGES, Text


@pytest.fixture(scope="module")
def survey():
    lot = np.random.default_rng(0)
    n = 1_500
    created = pd.Series(pd.Timestamp("2026-09-30") - pd.to_timedelta(np.sort(lot.uniform(1, 300, n))[::-1], unit="D"))
    source = pd.Series(lot.choice(["展示会での名刺交換", "web", "call list of a partner", "fair"], n), dtype="str")
    is_won = lot.random(n) < source.map({"web": 0.3}).fillna(0.1)
    won_at = (created + pd.to_timedelta(lot.exponential(20, n), unit="D")).where(is_won)
    frame = pd.DataFrame(dict.fromkeys(LEAD_KEYS, None), index=range(n)).assign(
        lead_id=[str(at) for at in range(n)], account_id=pd.Series([None] * n, dtype="str"), created_at=created,
        won_at=won_at, closed_at=won_at, source=source,
    )  # fmt: skip
    table = scoring.LeadTable(frame, (Feature("source", "created", Text("Source", "流入元")),))
    return scoring.survey_leads(table, window=60)


@pytest.fixture(scope="module")
def answer():
    lot = np.random.default_rng(1)
    columns = lot.standard_normal((1_000, 2))
    treated = lot.random(1_000) < 0.5
    came = lot.random(1_000) < np.clip(0.3 + 0.25 * treated * np.tanh(2 * columns[:, 0]), 0, 1)
    return scoring.estimate_uplift(columns, treated, came, propensity=0.5)


@pytest.fixture(scope="module")
def profile(survey):
    return scoring.profile_column(survey, "source")


@pytest.fixture(scope="module")
def pictures(survey, profile, answer):
    return {
        "outcomes": lambda **at: charts.draw_outcomes(survey, **at),
        "profile": lambda **at: charts.draw_profile(profile, survey, **at),
        "gain": lambda **at: charts.draw_gain(answer, **at),
        "rules": lambda **at: charts.draw_rules(answer, **at),
    }


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize(
    ("name", "en", "ja"),
    [
        ("outcomes", "60 days: ", "60日："),
        ("profile", "all 14.", "全体 14."),
        ("gain", "by lot", "無作為の順"),
        ("rules", "all alike", "全員に一律"),
    ],
)
def test_it_is_drawn_within_its_width_in_both_languages_and_says_what_is_what(pictures, name, en, ja, width):
    for lang, words in zip(LANGUAGES, (en, ja), strict=True):  # render_svg refuses small text, other colours and fonts
        assert words in render_svg(pictures[name](lang=lang, width=width), name=name, width=width), lang


def test_groups_that_differ_from_all_are_blue(pictures, profile):
    spec = pictures["profile"](lang="en", width=DESKTOP)
    rows = [row for layer in spec["layer"] for row in layer["data"]["values"]]
    colours = {row["name"]: row["colour"] for row in rows if "colour" in row}
    assert colours["web"] == ACCENT
    assert set(colours.values()) <= {ACCENT, SOFT}


def test_the_chosen_rule_is_blue_and_nobody_is_the_line_at_zero(pictures, answer):
    picture = render_svg(pictures["rules"](lang="en", width=DESKTOP))
    assert answer.verdict == "personalise"
    assert "nobody" in picture


def test_every_picture_and_table_is_a_block_with_headings_in_both_languages(pictures, survey, profile, answer):
    name = briefings.name_study_columns
    blocks = [
        reporting.figure(
            "outcomes", **briefings.describe_outcomes(survey), draw=pictures["outcomes"],
            data=briefings.tabulate_curve(survey), columns=name("day", "chance", "low", "high"),
        ),
        reporting.table(
            "columns", **briefings.word_study_table("columns"), data=briefings.tabulate_columns(survey),
            columns=name("column", "known_at", "filled", "alone", "later", "verdict", "reason"),
        ),
        reporting.table(
            "windows", **briefings.word_study_table("windows"), data=briefings.tabulate_windows(survey),
            columns=name("window", "n_learnable", "share_young", "chance", "low", "high", "part", "is_chosen"),
        ),
        reporting.table(
            "groups", **briefings.word_study_table("columns"), data=briefings.tabulate_profile(profile),
            columns=name("group", "n_leads", "n_won", "rate", "low", "high"),
        ),
        reporting.table(
            "rules", **briefings.word_study_table("rules"), data=briefings.tabulate_rules(answer),
            columns=name("rule", "value", "low", "high", "treated", "is_chosen"),
        ),
        reporting.table(
            "gain", **briefings.word_study_table("rules"), data=briefings.tabulate_gain(answer),
            columns=name("share", "gain"),
        ),
        reporting.table(
            "capacity", **briefings.word_study_table("capacity", share="10 %"),
            data=briefings.tabulate_capacity({"chance": 100.0, "true_uplift_times_value": 250.0}),
            columns=name("best_by", "revenue", "times", "oracle"),
        ),
    ]  # fmt: skip
    for block in blocks:
        assert all(column.label.ja and column.label.en for column in block.data.columns)
        assert block.data.n_rows > 0
    told = [briefings.describe_profile(survey, "source", profile), briefings.describe_gain(answer)]
    assert "Qini" in told[1]["caption"].en
    assert "流入元" in told[0]["caption"].ja
    assert "全員に一律：" in briefings.describe_rules(answer)["alt"].ja
