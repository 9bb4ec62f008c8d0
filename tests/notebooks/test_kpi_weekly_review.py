"""The pack of a weekly meeting: three lines first, for any team, and what was decided is in the log and on the page."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from cells import of_kind, run_cells, words_of

from saleslab import charts, kpi
from saleslab.charts.theme import DESKTOP, PHONE
from saleslab.intake import import_export
from saleslab.kpi.meetings.records import read_meetings, record_meetings
from saleslab.reporting.blocks import check_blocks
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect
from saleslab.wording import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
PLANS = ROOT / "data" / "plans"
DATA = ROOT.parent / "shared" / "data"
AS_OF = date(2026, 9, 2)
TABLES = (
    "opportunities", "stages", "stage_events", "leads", "handoffs", "activities", "users", "teams", "role_assignments",
    "targets", "orders", "order_lines", "accounts", "opportunity_lines", "field_events", "products",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    made = simulate(Scenario(seed=5, n_deals=900))
    place = f"duckdb:///{tmp_path_factory.mktemp('weeks')}/lab.duckdb"
    with connect(place) as lab:
        for name in TABLES:
            lab.write(name, made.tables[name], source_system="test", loaded_at=datetime(2026, 11, 24))
    return place


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The example log of the invented company."""
    place = tmp_path_factory.mktemp("log") / "reviews.jsonl"
    record_meetings(kpi.ReviewLog(place), read_meetings(PLANS / "invented_company_reviews.yaml"))
    return place


@pytest.fixture(scope="module")
def space():
    """What the cells of the report named."""
    return {}


@pytest.fixture(scope="module")
def blocks(space, address, file):
    tree = str(PLANS / "invented_company.yaml")
    told = {"as_of": AS_OF.isoformat(), "tree": tree, "log": str(file), "target": 5e7, "n_weeks": 2}
    return run_cells("kpi_weekly_review", space, db=address, **told)


@pytest.mark.requirement("J11", "E05", "E06", "E08", "E09", "M08")
def test_the_first_screen_says_what_alarms_what_is_late_and_what_is_new(blocks, space):
    check_blocks(blocks)
    headline = of_kind(blocks, "headline")[0]
    pack = space["pack"]
    assert "to decide" in headline.status.en
    assert "Past the date: " in headline.answer.en
    assert "期限切れ：" in headline.answer.ja
    assert headline.answer.en.count("ast week") == 1
    assert {one.name for one in of_kind(blocks, "kpi")} == {"card_chance", "card_alerts", "card_late"}
    assert {one.name for one in of_kind(blocks, "figure")} == {"pace", "change"}
    shown = {one.name for one in of_kind(blocks, "table")}
    assert {"due", "judged", "effects", "opinions"} <= shown
    assert ("alerts" in shown) == bool(pack.week.alerts)
    assert len(pack.pace.weeks) == 2
    assert pack.change.amount == pytest.approx(sum(part.amount for part in pack.change.parts), abs=1e-6)


@pytest.mark.requirement("J11")
def test_every_late_thing_and_real_alert_has_an_owner_a_day_and_its_evidence(blocks, space):
    findings = of_kind(blocks, "finding")
    named = {one.name for one in blocks if hasattr(one, "name")}
    assert findings
    assert all(one.due is not None and set(one.evidence) <= named for one in findings)
    assert all("sim:user-" in one.owner.en for one in findings)
    late = space["pack"].minutes
    assert sum(one.name.startswith("unjudged") for one in findings) == min(len(late.unjudged), 3)


@pytest.mark.requirement("J11", "M08")
def test_a_decision_of_the_meeting_lands_in_the_log_and_on_the_page(address, file, tmp_path, blocks):
    before = [one for one in of_kind(blocks, "table") if one.name == "decided"]
    assert not before
    copy = tmp_path / "reviews.jsonl"
    copy.write_bytes(file.read_bytes())
    decision = kpi.Decision("d-new", "win_rate", "見積は2日以内に出す", "早いほど受注しやすい", date(2026, 12, 1))
    stated = kpi.Prediction("p-new", "win_rate", date(2026, 12, 1), chance=0.6, decision_id="d-new")
    assert kpi.ReviewLog(copy).record([decision, stated], at=datetime(2026, 9, 1, 3)) == 2
    told = {"as_of": AS_OF.isoformat(), "log": str(copy), "n_weeks": 1}
    [table] = [
        one for one in of_kind(run_cells("kpi_weekly_review", db=address, **told), "table") if one.name == "decided"
    ]
    assert "見積は2日以内に出す" in words_of([table])
    assert "60 %" in words_of([table])


@pytest.mark.requirement("J11")
def test_it_runs_for_any_team_and_a_team_without_anything_to_say_gets_a_page_that_says_so(address):
    with connect(address, read_only=True) as lab:
        names = lab.read(lab.table("teams"))["name"].tolist()
    assert len(names) == 4
    quiet = 0
    for at, name in enumerate(names):
        space, asked = {}, {"as_of": AS_OF.isoformat(), "team": name, "n_weeks": int(at == len(names) - 1)}
        told = run_cells("kpi_weekly_review", space, db=address, **asked)
        check_blocks(told)
        assert name in of_kind(told, "headline")[0].subject.en
        members = space["pack"].team.members
        assert set(space["pack"].stuck["owner_id"]) <= members
        notes = {one.name for one in of_kind(told, "note")}
        if "meeting_nothing_watched" in notes:
            quiet += 1
            assert "could be watched" in of_kind(told, "headline")[0].answer.en
            assert {"meeting_no_wins", "meeting_no_change"} & notes
        else:
            assert all(one.scope_id == space["pack"].team.team_id for one in space["pack"].week.watch.series)
    assert quiet < len(names)
    assert len(space["pack"].stuck), "the last team sells, and has deals that stand still"


def test_a_company_without_anything_gets_a_page_that_says_so(tmp_path):
    place = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(place) as lab:
        teams = {"team_id": ["t:1"], "name": ["North"], "parent_team_id": [None]}
        lab.write("teams", pd.DataFrame(teams), source_system="crm", loaded_at=datetime(2026, 9, 1))
    told = run_cells("kpi_weekly_review", db=place, as_of=AS_OF.isoformat(), team="North")
    check_blocks(told)
    headline = of_kind(told, "headline")[0]
    assert headline.status.en == "Nothing to decide"
    assert headline.tone == "neutral"
    assert "監視できる値のある指標がありません" in headline.answer.ja
    assert not of_kind(told, "table") + of_kind(told, "figure")
    notes = {one.name: one.text.en for one in of_kind(told, "note")}
    assert {"meeting_nothing_watched", "meeting_no_stuck", "meeting_no_wins"} <= set(notes)
    assert notes["meeting_no_stuck"] == "There are no open deals."


@pytest.mark.requirement("D03", "J11")
def test_nobody_is_named_and_votes_are_counts(blocks, address):
    with connect(address, read_only=True) as lab:
        users = lab.read(lab.table("users"))
    told = words_of(blocks)
    assert not [name for name in users["name"].dropna() if name in told]
    assert "anon:" not in told
    [opinions] = [one for one in of_kind(blocks, "table") if one.name == "opinions"]
    assert "午前は商談の準備に充てたい" in words_of([opinions])


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pictures_are_drawn_at_every_width_in_every_language(space, lang, width):
    pack = space["pack"]
    pace = charts.render_svg(charts.kpi.draw_pace(pack.pace, lang=lang, width=width), width=width)
    assert kpi.write_chance(pack.pace.chance).of(lang) in pace
    assert "NaN" not in pace


def test_every_sentence_of_the_page_was_found_in_the_wording(blocks):
    assert "kpi_weekly." not in words_of(blocks)


@pytest.mark.real_data
@pytest.mark.requirement("J11")
@pytest.mark.skipif(not (DATA / "adventureworks").is_dir(), reason="the real data of ../shared/data are not here")
def test_a_company_with_orders_alone_gets_a_sensible_pack(tmp_path):
    place = f"duckdb:///{tmp_path}/lab.duckdb"
    with connect(place) as lab:
        import_export(DATA / "adventureworks", lab, map_name_or_file="adventureworks", loaded_at=datetime(2026, 11, 24))
    space = {}
    told = run_cells("kpi_weekly_review", space, db=place, as_of="2013-11-30", n_weeks=2)
    check_blocks(told)
    assert space["pack"].goal == "revenue"
    assert space["pack"].wins.of == "orders"
    assert space["pack"].week.watch is not None
    assert "NaN" not in words_of(told)
    assert "nan" not in words_of(told).split()
    assert "wins" in {one.name for one in of_kind(told, "table")}
    assert "There are no open deals." in words_of(told)
