"""The report of the target study: it answers on its first screen, says what it rests on, and what it cannot know."""

from datetime import date, datetime

import pytest
from cells import of_kind, run_cells, words_of

from saleslab import charts, kpi
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect
from saleslab.wording import LANGUAGES

AS_OF = date(2026, 7, 31)
WITHIN_REACH = 60_000_000.0
TABLES = (
    "opportunities", "stages", "stage_events", "leads", "handoffs", "activities", "users", "teams", "role_assignments",
    "targets", "orders", "order_lines", "accounts", "opportunity_lines",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    made = simulate(Scenario(seed=5, n_deals=900))
    place = f"duckdb:///{tmp_path_factory.mktemp('targets')}/lab.duckdb"
    with connect(place) as lab:
        for name in TABLES:
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return place


@pytest.fixture(scope="module")
def space():
    """What the cells of the report named."""
    return {}


@pytest.fixture(scope="module")
def blocks(space, address):
    return run_cells("kpi_target_study", space, db=address, as_of=AS_OF.isoformat(), target=WITHIN_REACH, n_past=2)


@pytest.mark.requirement("C02", "A06", "D07")
def test_the_first_screen_says_will_we_what_must_be_true_and_what_first(blocks, space):
    study = space["review"].study
    assert 0.02 < study.chance < 0.98
    headline = of_kind(blocks, "headline")[0]
    assert str(round(100 * study.chance)) in headline.status.en
    assert "eight times out of ten" in headline.answer.en
    assert "10回に8回" in headline.answer.ja
    assert {one.name for one in of_kind(blocks, "kpi")} == {"chance", "lands", "come"}
    assert {one.name for one in of_kind(blocks, "figure")} == {"tree", "levers", "landing"}
    assert {one.name for one in of_kind(blocks, "table")} == {"required", "suggested", "past"}


def test_the_page_says_that_the_tree_is_a_template_and_keeps_quiet_about_one_s_own(blocks, space):
    assert [one.name for one in of_kind(blocks, "banner")] == ["template"]
    review = space["review"]
    own = type(review)(review.study, review.metrics, review.history, review.past, review.currency, is_template=False)
    assert kpi.write_target_banners(own) == []


@pytest.mark.requirement("A03")
def test_the_tree_has_one_titled_card_for_every_node_in_both_languages(space):
    rows = kpi.picture_tree(space["review"])
    assert rows[0].name == "won_amount"
    assert len(rows) == len(space["review"].study.tree.nodes)
    for lang in LANGUAGES:
        for width in (PHONE, DESKTOP):
            picture = charts.render_svg(charts.kpi.draw_tree(rows, lang=lang, width=width), width=width)
            assert picture.count("<title>") == len(rows)
            assert all(row.label.of(lang)[:4] in picture for row in rows)
            assert f"→ {rows[0].aim.of(lang)}" in picture


def test_the_bars_of_the_landing_hold_all_but_the_longest_tail_and_those_that_reach_are_the_chance(space):
    study = space["review"].study
    bars = kpi.bin_landing(study)
    beyond = (study.draw_goal() > bars["end"].max()).mean()
    assert beyond <= 0.005
    assert bars["share"].sum() == pytest.approx(1.0 - beyond)
    assert bars.loc[bars["reached"], "share"].sum() == pytest.approx(study.chance - beyond)


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_pictures_stay_within_their_width_and_name_what_they_mark(space, lang, width):
    study = space["review"].study
    landing = charts.render_svg(charts.kpi.draw_landing(study, lang=lang, width=width), width=width)
    assert {"en": "target", "ja": "目標"}[lang] in landing
    levers = charts.render_svg(charts.kpi.draw_levers(study, lang=lang, width=width), width=width)
    assert "→" in levers
    assert "NaN" not in landing + levers


def test_what_came_in_past_periods_stands_beside_what_was_said(space):
    table = kpi.tabulate_past(space["review"])
    assert len(table) == 2
    assert [past.period.end < AS_OF for past in space["review"].past] == [True, True]


def test_past_studies_are_there_while_the_period_before_still_runs(address):
    with connect(address, read_only=True) as lab:
        period = lab.settings.fiscal_calendar.parse("2026Q3")
        review = kpi.review_target(lab, as_of=AS_OF, period=period, target=WITHIN_REACH, n_past=2)
    assert [past.period.number for past in review.past] == [4, 1]


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A tree whose factors have risks, and a file of ratings beside it: of one factor three, of another two."""
    folder = tmp_path_factory.mktemp("plans")
    risks = {
        "good_meetings": {"trigger": "n_accepted_appointments < 100_000", "mitigation_owner": "u-3"},
        "lasting_customers": {
            "trigger": "n_opportunities < 1",
            "statement": {"en": "No more deals.", "ja": "商談が尽きる。"},
        },
    }
    said = {name: {"risk": risk} for name, risk in risks.items()}
    goal = {"won_amount": {"target": {"period": "2026Q2", "target": WITHIN_REACH}}}
    tree = kpi.override_tree(kpi.read_template("inside_sales"), {"tree": "ours", **said, **goal})
    names = kpi.Pseudonyms(b"sixteen bytes or more")
    steps = {"good_meetings": (2, 3, 4), "able_people": (0, 4)}
    rows = [
        f"{node},2026-07-30T01:00:00Z,{names.name_author(str(at), about=node)},{step}"
        for node, given in steps.items()
        for at, step in enumerate(given)
    ]
    file = folder / "ours.ratings.csv"
    file.write_text("\n".join(["node,rated_at,rater_id,rating", *rows]))
    return {"tree": str(kpi.write_tree(tree, folder / "ours.yaml")), "ratings": str(file)}


@pytest.fixture(scope="module")
def told(address, ours):
    """Tables of the page of a company with a tree of its own, by name, and its picture's table."""
    blocks = run_cells("kpi_target_study", db=address, as_of=AS_OF.isoformat(), n_past=0, **ours)
    return {one.name: one for one in [*of_kind(blocks, "table"), *of_kind(blocks, "figure")]}


def _cells(block, row, lang="en"):
    return [cell.of(lang) if hasattr(cell, "of") else cell for cell in block.data.rows[row]]


@pytest.mark.requirement("A04")
def test_ratings_stand_on_the_page_and_what_two_raters_said_does_not(told):
    good, able = _cells(told["ratings"], 0), _cells(told["ratings"], 1, "ja")
    assert good[:4] == ["Meetings worth having", "3.0 of 4", "1.7 to 3.6", "2 to 4"]
    assert good[5:] == [date(2026, 7, 30), "Most meetings meet it, and refusals have a reason."]
    assert able[:4] == ["育つ組織", "–", "–", "–"]
    assert able[6] == "評価2件（3件から表示）"
    cards = {_cells(told["tree"], row)[0]: _cells(told["tree"], row)[1] for row in range(len(told["tree"].data.rows))}
    assert cards["Meetings worth having"] == "Rated 3.0 of 4 (2 to 4, 3 raters)"
    assert cards["People who grow"] == "2 ratings, shown from 3 on"


@pytest.mark.requirement("A05")
def test_the_risk_register_stands_on_the_page_with_what_came_true_first(told):
    crossed, clear = _cells(told["risks"], 0), _cells(told["risks"], 1)
    assert crossed[:3] == ["Meetings worth having", "–", "Appointments accepted below 100,000"]
    assert crossed[5].startswith("■ come true since")
    assert crossed[6] == "u-3"
    assert clear[:2] == ["Customers who stay", "No more deals."]
    assert clear[5:] == ["● not come true", "to be named"]
    assert told["risks"].caption.en.startswith("1 risk has come true, of 2 watched.")


def test_a_company_without_a_past_is_told_so(address):
    blocks = run_cells("kpi_target_study", db=address, as_of="2023-11-30", target=1e7, n_past=0)
    headline = of_kind(blocks, "headline")[0]
    assert "cannot be answered yet" in headline.answer.en
    assert "まだ答えられません" in headline.answer.ja
    assert not of_kind(blocks, "figure")


def test_chances_are_never_nought_and_never_certain():
    told = [kpi.write_chance(chance).en for chance in (0.0, 0.005, 0.5, 0.995, 1.0)]
    assert told == ["under 1 %", "under 1 %", "50 %", "over 99 %", "over 99 %"]
    assert kpi.write_chance(0.5).ja == "50%"


def test_every_sentence_of_the_page_was_found_in_the_wording(blocks):
    assert "kpi_targets." not in words_of(blocks)
