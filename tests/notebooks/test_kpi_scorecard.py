"""The scorecard as a page: its first screen, its three audiences, old data, and orders with quotas but no pipeline."""

from datetime import date, datetime
from pathlib import Path

import pytest
from cells import of_kind, run_cells, words_of

from saleslab import kpi
from saleslab.intake import import_export
from saleslab.kpi.scorecard import is_pay
from saleslab.simulation import Scenario, simulate
from saleslab.warehouse import connect

AS_OF = date(2026, 8, 31)
LOADED = datetime(2026, 9, 1)
DATA = Path(__file__).parents[3] / "shared" / "data" / "adventureworks"
TABLES = (
    "opportunities", "stages", "stage_events", "leads", "handoffs", "activities", "users", "teams", "role_assignments",
    "targets", "orders", "order_lines", "accounts", "opportunity_lines",
)  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("scorecard")


@pytest.fixture(scope="module")
def company(place):
    """A company with a pay measure in its tree, and people who have quotas."""
    made = simulate(Scenario(seed=5, n_deals=500))
    address = f"duckdb:///{place}/lab.duckdb"
    with connect(address) as lab:
        for name in TABLES:
            lab.write(name, made.tables[name], source_system="test", loaded_at=LOADED)
    pay = {"kind": "kpi", "metric": "won_amount", "label": {"en": "Commission paid", "ja": "歩合給"}}
    words = {"vision": {"en": "Called first.", "ja": "最初に声がかかる。"}, "commission_amount": pay}
    goal = {"won_amount": {"target": {"period": "2026Q2", "target": 40_000_000}}, "effective_from": "2026-04-01"}
    kpi.write_tree(kpi.override_tree(kpi.read_template("inside_sales"), words | goal), place / "tree.yaml")
    users, targets = (made.tables[name].to_pandas() for name in ("users", "targets"))
    team = users["team_id"].value_counts().index[0]
    quotas = targets[(targets["scope_type"] == "user") & (targets["metric_id"] == "won_amount")]
    person = quotas["scope_id"].iloc[0]
    names = [*users["name"].dropna()]
    return {"db": address, "tree": str(place / "tree.yaml")}, str(team), str(person), names


@pytest.fixture(scope="module")
def pages(company):
    given, team, person, _ = company
    asked = {"all": {}, "team": {"team": team}, "owner": {"person": person}}
    return {
        level: run_cells("kpi_scorecard", **given, as_of=AS_OF.isoformat(), audience=level, **own)
        for level, own in asked.items()
    }


@pytest.mark.requirement("D06", "D07")
def test_the_first_screen_says_how_many_stand_how_what_first_and_the_chance_of_the_goal(pages):
    blocks = pages["all"]
    headline = of_kind(blocks, "headline")[0]
    assert "on course" in headline.status.en
    assert "¥40.0 M" in headline.answer.en
    assert "達成確率" in headline.answer.ja
    assert [one.name for one in of_kind(blocks, "kpi")] == ["chance", "on_course", "at_risk", "unknown"]
    first = [block.kind for block in blocks if block.kind in ("finding", "figure", "table")]
    assert first.index("figure") >= len(of_kind(blocks, "finding"))
    [board] = [one for one in of_kind(blocks, "figure") if one.name == "board"]
    assert "Called first." in board.caption.en
    assert "31 Aug 2026" in board.caption.en


@pytest.mark.requirement("D06")
def test_the_page_of_a_team_has_its_measures_and_no_column_of_pay_and_nobodys_own(pages, company):
    _, _, person, names = company
    figures = {level: {one.name for one in of_kind(blocks, "figure")} for level, blocks in pages.items()}
    assert "board_own" in figures["team"] & figures["owner"] - figures["all"]
    for level, blocks in pages.items():
        columns = {column.name for table in of_kind(blocks, "table") for column in table.data.columns}
        assert columns, level
        assert not [name for name in columns if is_pay(name)]
        said = words_of(blocks) + of_kind(blocks, "headline")[0].subject.en
        assert "Commission paid" not in said
        assert "歩合給" not in said
        assert not [name for name in names if name in said]
        assert (person in said) == (level == "owner")
    team = {one.name: one for one in of_kind(pages["team"], "table")}
    assert len(team["measures"].data.rows) > len(of_kind(pages["all"], "table")[0].data.rows)


def test_single_quotas_stand_on_the_owners_page_alone(pages):
    tables = {level: {one.name for one in of_kind(blocks, "table")} for level, blocks in pages.items()}
    assert "own_quotas" in tables["owner"]
    assert "own_quotas" not in tables["all"] | tables["team"]


def test_nothing_is_ranked_measures_stand_in_the_order_of_the_tree(pages):
    table = next(one for one in of_kind(pages["all"], "table") if one.name == "measures")
    assert table.data.rows[0][0].en == "Amount won"
    assert not {"rank", "place"} & {column.name for column in table.data.columns}


@pytest.mark.requirement("E01")
def test_data_of_25_hours_are_said_to_be_old_and_the_page_says_of_which_day_it_speaks(company):
    given, *_ = company
    blocks = run_cells("kpi_scorecard", **given, as_of=AS_OF.isoformat(), made_at="2026-09-02T01:00")
    banners = {one.name: one.text for one in of_kind(blocks, "banner")}
    assert "25 hours ago" in banners["data_age"].en
    assert "25時間前" in banners["data_age"].ja
    captions = [one.caption.en for one in blocks if one.kind in ("figure", "table")]
    assert all("As of 31 Aug 2026" in one for one in captions)


def test_every_sentence_of_the_page_was_found_in_the_wording(pages):
    for blocks in pages.values():
        said = words_of(blocks)
        assert "kpi_scorecard." not in said
        assert "nan" not in said.lower().split()


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data of ../shared/data are not here")
def test_a_company_of_orders_and_quotas_is_told_how_often_chances_of_quotas_came_true(place):
    address = f"duckdb:///{place}/adventureworks.duckdb"
    with connect(address) as lab:
        import_export(DATA, lab, map_name_or_file="adventureworks", loaded_at=LOADED)
    blocks = run_cells("kpi_scorecard", db=address, as_of="2013-08-31", audience="owner", person="aw:282")
    [quotas] = [one for one in of_kind(blocks, "figure") if one.name == "quotas"]
    assert "join a result" in quotas.caption.en
    assert "came true (n = " in quotas.alt.en
    [own] = [one for one in of_kind(blocks, "table") if one.name == "own_quotas"]
    assert own.data.rows[0][0] == date(2013, 9, 30)
    said = words_of(blocks)
    assert "Brier score" in said
    assert "aw:283" not in said
