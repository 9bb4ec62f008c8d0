"""Pictures of a model's quality: both languages, both widths, words at the lines, nothing too small."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from saleslab.charts import render_svg
from saleslab.charts import scoring as charts
from saleslab.charts.ranking_curves import part_labels
from saleslab.charts.theme import BAD, DESKTOP, PHONE
from saleslab.scoring import briefings, evaluate_scores, measure_scores, watch_drift
from saleslab.scoring.judging.explaining import LeadExplanation, LeadReason
from saleslab.stats import measure_calibration
from saleslab.wording import LANGUAGES, Text

FAIR = LeadReason("source", 0.12, Text("Met at a trade fair", "展示会で出会った"), Text.same("?"))
PRICES = LeadReason(
    "visits", 0.08, Text("Looked at the prices three times in the last week", "直近1週間で価格ページを3回閲覧している"),
    Text.same("?"),
)  # fmt: skip
SILENCE = LeadReason("days", -0.05, Text("No reply for 20 days", "20日間返信なし"), Text.same("?"))
EXPLAINED = LeadExplanation("lead-1", 0.29, 0.11, (FAIR, PRICES), (SILENCE,), 0.03)
AVERAGE = LeadExplanation("lead-2", 0.11, 0.11, (), (), 0.0)


def draw_leads(n=3_000, *, seed=0):
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, 2))
    won = rng.random(n) < 1 / (1 + np.exp(2 - columns[:, 0]))
    leads = pd.DataFrame({"visits": columns[:, 0], "size": columns[:, 1]})
    return leads.assign(minutes=won + 0.5 * rng.standard_normal(n)), won, rng


@pytest.fixture(scope="module")
def judged():
    leads, won, rng = draw_leads()
    return evaluate_scores(
        leads, won, time=np.arange(3_000), scorer=LogisticRegression(), leaks=("minutes",), capacity=0.1,
        lists=np.arange(3_000) // 50, value=np.exp(12 + rng.standard_normal(3_000)), cost=3_000.0,
        last_touch=rng.random(3_000),
    )  # fmt: skip


@pytest.fixture(scope="module")
def watched():
    rng = np.random.default_rng(1)

    def draw(n, shift):
        chance = rng.beta(1, 5, n)
        return pd.DataFrame(
            {
                "visits": rng.poisson(3 + shift, n),
                "size": rng.standard_normal(n),
                "chance_won": chance,
                "grade": np.where(chance > 0.2, "A", "B"),
                "is_won": rng.random(n) < chance * (1 - 0.4 * shift),
            }
        )

    return watch_drift(draw(3_000, 0).drop(columns="is_won"), draw(1_200, 1))


@pytest.fixture(scope="module")
def pictures(judged, watched):
    alone = measure_scores([0, 1, 0, 0] * 10, [0.3] * 40, value=10.0, capacity=40)
    return {
        "ladder": lambda **at: charts.draw_ladder_of_honesty(judged, **at),
        "calibration": lambda **at: charts.draw_calibration(judged.measures.calibration, **at),
        "capture": lambda **at: charts.draw_capture(judged.measures, **at),
        "money": lambda **at: charts.draw_money(judged.measures.money, **at),
        "reasons": lambda **at: charts.draw_reasons(EXPLAINED, **at),
        "no_reasons": lambda **at: charts.draw_reasons(AVERAGE, **at),
        "drift": lambda **at: charts.draw_drift(watched, **at),
        "grades": lambda **at: charts.draw_grades(watched, **at),
        "one_group": lambda **at: charts.draw_calibration(alone.calibration, **at),
        "everyone": lambda **at: charts.draw_money(alone.money, **at),
        "no_touches": lambda **at: charts.draw_capture(alone, **at),
    }


NAMES = (
    "ladder", "calibration", "capture", "money", "reasons", "drift", "grades", "one_group", "everyone", "no_touches",
    "no_reasons",
)  # fmt: skip


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
        ("ladder", "With leaked columns", "結果を知る列を含めた場合"),
        ("ladder", "Within one calling list", "同じ架電リストの中"),
        ("ladder", "faultless", "完璧"),
        ("calibration", "as stated", "予測どおり"),
        ("capture", "first 10 %:", "上位10%に成果の"),
        ("capture", "last touched", "最近の接触順"),
        ("money", "75 leads: ¥", "75件で"),
        ("money", "by worth", "期待利益順"),
        ("reasons", "all else", "その他すべて"),
        ("reasons", "+12 pt", "+12ポイント"),
        ("drift", "chance of success", "成果の見込み"),
        ("grades", "promised", "予測"),
    ],
)
def test_lines_carry_their_names(pictures, name, en, ja):
    for lang, words in (("en", en), ("ja", ja)):
        for width in (PHONE, DESKTOP):
            assert words in render_svg(pictures[name](lang=lang, width=width)), (lang, width)


def test_a_test_that_was_not_made_has_no_rung():
    leads, won, _ = draw_leads(800)
    judged = evaluate_scores(leads[["visits"]], won, scorer=LogisticRegression())
    picture = render_svg(charts.draw_ladder_of_honesty(judged, lang="en", width=DESKTOP))
    assert "Drawn by lot" in picture
    assert "Leads that came later" not in picture


def test_where_all_leads_are_worth_the_same_their_ranking_is_drawn_once(pictures):
    assert "by chance" in render_svg(pictures["money"](lang="en", width=DESKTOP))
    assert "by chance" not in render_svg(pictures["everyone"](lang="en", width=DESKTOP))


def test_groups_outside_the_band_are_red():
    rng = np.random.default_rng(3)
    said = rng.beta(1, 6, 4_000)
    won = rng.random(4_000) < said
    for chances, is_red in ((said, False), (np.minimum(2 * said, 1), True)):
        spec = charts.draw_calibration(measure_calibration(won, chances), lang="en", width=DESKTOP)
        assert (BAD in str(spec)) is is_red


def test_labels_keep_their_distance_and_their_sequence():
    at = [5.0, 5.1, 1.0, 5.05]
    placed = part_labels(at, 1.0)
    assert sorted(range(4), key=lambda i: placed[i]) == sorted(range(4), key=lambda i: at[i])
    assert np.diff(sorted(placed)).min() >= 1 - 1e-6


def test_every_picture_is_told_in_words(judged, watched):
    told = {
        "ladder": briefings.describe_ladder(judged),
        "calibration": briefings.describe_calibration(judged.measures.calibration),
        "capture": briefings.describe_capture(judged.measures),
        "money": briefings.describe_money(judged.measures.money),
        "reasons": briefings.describe_reasons(EXPLAINED),
        "drift": briefings.describe_drift(watched, names={"visits": Text("Visits", "訪問回数")}),
        "grades": briefings.describe_grades(watched),
    }
    for words in told.values():
        for lang in LANGUAGES:
            assert all(text.of(lang) for text in (words["title"], words["caption"], words["alt"]))
    assert "With leaked columns 0.9" in told["ladder"]["alt"].en
    assert "同じ架電リストの中 0." in told["ladder"]["alt"].ja
    assert "訪問回数" in told["drift"]["alt"].ja
    assert "Met at a trade fair +12 pt" in told["reasons"]["alt"].en
    assert "no single column stands out" in briefings.describe_reasons(AVERAGE)["alt"].en
