"""Import maps: shipped ones are whole, wrong ones say everything that is wrong, checks tell what would happen."""

from datetime import datetime

import pytest

from saleslab.errors import FileProblem, MapError
from saleslab.intake import check_map, import_export, load_map, read_map_text, shipped_maps
from saleslab.tables import CANONICAL
from saleslab.warehouse import connect


def write_map(folder, text):
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def write(folder, text, name="opportunity.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", shipped_maps())
def test_every_shipped_map_is_whole_and_speaks_both_languages(name):
    shipped = load_map(name)
    assert shipped.name == name
    assert all((shipped.title_en, shipped.title_ja))
    assert shipped.prefix.endswith(":")
    assert {rule.table for rule in shipped.tables} <= set(CANONICAL)


def test_the_issue_s_maps_are_shipped():
    assert set(shipped_maps()) == {"adventureworks", "hubspot", "hubspot_ja", "maven", "salesforce", "salesforce_ja"}


def test_the_japanese_maps_read_everything_that_the_english_ones_read_by_internal_name():
    for english in ("salesforce", "hubspot"):
        tables = [rule.table for rule in load_map(english).tables]
        assert [rule.table for rule in load_map(f"{english}_ja").tables] == tables


def test_an_unknown_map_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(MapError, match=r"(?s)no map 'zoho'; shipped are adventureworks.*Next: .*map suggest"):
        load_map("zoho")


def test_everything_that_is_wrong_with_a_map_is_told_at_once(tmp_path):
    text = """
    name = "mine"
    prefx = "x:"
    date_order = "YDM"
    timezone = "Asia/Edo"
    [[tables]]
    table = "oportunities"
    files = ["x"]
    [[tables]]
    table = "teams"
    [tables.columns]
    name = { form = "Name" }
    size = "Size"
    parent_team_id = { from = "P", lookup = "parents", take = "best" }
    """
    with pytest.raises(MapError) as refusal:
        load_map(write_map(tmp_path, text))
    for complaint in (
        "unknown key 'prefx'",
        "'date_order' of the map", "'Asia/Edo'", "no canonical table 'oportunities'",
        "teams.team_id is required",
        "unknown key 'form'", "no column 'size'", "lookup 'parents'", "take must be one of",
        "names no files", "neither 'from', 'value' nor 'rank'",
    ):  # fmt: skip
        assert complaint in refusal.value.what
    assert "map show maven" in refusal.value.next_step


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("tables = 3", r"must be written as \[\[tables\]\]"),
        ("name = [", "is not TOML"),
        ('name = "x"', r"has no \[\[tables\]\]"),
        ('[[tables]]\ntable = "teams"\nfiles = ["t"]\n[tables.columns]\nteam_id = 5', "must be a name"),
        (
            '[[tables]]\ntable = "teams"\nfiles = ["t"]\nwhere = ["x"]\n[tables.columns]\nteam_id = "i"',
            "needs a column",
        ),
    ],
)
def test_a_malformed_map_is_refused(tmp_path, text, complaint):
    with pytest.raises(MapError, match=complaint):
        load_map(write_map(tmp_path, text))


def test_a_map_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes("name = '商談'".encode("cp932"))
    with pytest.raises(MapError, match="not UTF-8"):
        load_map(path)


def test_a_shipped_map_can_be_copied_and_edited(tmp_path):
    mine = write_map(tmp_path, read_map_text("maven").replace('prefix = "maven:"', 'prefix = "acme:"'))
    assert load_map(mine).prefix == "acme:"
    assert load_map(mine).tables == load_map("maven").tables


def test_a_check_tells_what_matched_what_is_kept_and_what_is_not_there(tmp_path):
    file = write(tmp_path, "Id,Stage Name,IsClosed,IsWon,AMOUNT,Rank__c\n1,Open,false,false,5,A\n")
    check = check_map(file, map_name_or_file="salesforce")
    deals = next(match for match in check.matches if match.table == "opportunities")
    assert dict(deals.matched)["stage_id"] == ("Stage Name",)
    assert dict(deals.matched)["amount"] == ("AMOUNT",)
    assert deals.kept == ("Rank__c",)
    assert "probability" in deals.not_in_file
    assert check.is_ready


def test_a_check_names_what_is_missing_and_needed(tmp_path):
    file = write(tmp_path, "Id,Amount\n1,5\n")
    check = check_map(file, map_name_or_file="salesforce")
    assert not check.is_ready
    assert {"stage_id", "is_closed", "is_won"} <= {name for match in check.matches for name in match.missing}


def test_a_check_refuses_a_file_without_rows_as_the_import_does(tmp_path):
    file = write(tmp_path, "Id,StageName,IsClosed,IsWon\n\n", "opportunity.csv")
    check = check_map(file, map_name_or_file="salesforce")
    assert (check.is_ready, check.fits, check.empty_files) == (False, True, ("opportunity.csv",))
    with connect("duckdb://") as lab, pytest.raises(FileProblem, match=r"(?s)has a header and no rows.*Next: export"):
        import_export(file, lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 24))


def test_a_check_names_the_empty_file_among_others_and_lets_them_pass(tmp_path):
    write(tmp_path, "Id,StageName,IsClosed,IsWon\n1,Lead,false,false\n", "opportunity.csv")
    write(tmp_path, "Id,Name\n", "account.csv")
    check = check_map(tmp_path, map_name_or_file="salesforce")
    assert (check.is_ready, check.empty_files) == (True, ("account.csv",))
    with connect("duckdb://") as lab:
        assert import_export(tmp_path, lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 24)).accepted


def test_without_a_name_the_map_that_fits_best_is_found(tmp_path):
    assert check_map(write(tmp_path, "Id,StageName,IsClosed,IsWon,CloseDate\n"), table=None).map_name == "salesforce"
    japanese = write(tmp_path, "商談 ID,フェーズ,金額,完了予定日,商談 所有者\n", "商談.csv")
    assert check_map(japanese).map_name == "salesforce_ja"
    hubspot = write(tmp_path, "レコードID,取引名,取引ステージ,金額,クローズ日,取引担当者\n", "取引.csv")
    assert check_map(hubspot).map_name == "hubspot_ja"


def test_a_file_that_no_shipped_map_knows_is_refused_with_the_way_on(tmp_path):
    with pytest.raises(FileProblem, match=r"(?s)No shipped map.*map suggest"):
        check_map(write(tmp_path, "x,y\n1,2\n", "x.csv"))
