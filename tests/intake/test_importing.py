"""The import: real exports reproduce their facts, all rows or none, again and again, custom fields kept."""

import csv
import json
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from saleslab.errors import FileProblem, TableError
from saleslab.intake import import_export, load_map
from saleslab.intake.files import list_files
from saleslab.intake.matching import make_plan
from saleslab.warehouse import connect

DATA = Path(__file__).parents[3] / "shared" / "data"
AT = datetime(2026, 11, 24)

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"real data is absent: {DATA}")


@pytest.fixture
def lab():
    with connect("duckdb://") as opened:
        yield opened


@pytest.fixture(scope="module")
def imported():
    """Imports a real export once for all tests that only read it; gives the account and the warehouse."""
    with ExitStack() as opened:

        @cache
        def import_once(folder, map_):
            lab = opened.enter_context(connect("duckdb://"))
            return run(DATA / folder, lab, map_), lab

        yield import_once


def write(folder, text, name="opportunity.csv", encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def run(source, lab, map_="salesforce", **options):
    return import_export(source, lab, map_name_or_file=map_, loaded_at=AT, **options)


def found(account, rule):
    return [finding for finding in account.findings if finding.rule == rule]


def rows_of(lab, name, *columns, all_rows=False):
    table = lab.table(name, all_rows=all_rows)
    return lab.read(table.order_by(*columns)).to_dict("records") if columns else lab.read(table).to_dict("records")


HEAD = "Id,StageName,IsClosed,IsWon,Amount,CloseDate,OwnerId\n"


@pytest.mark.real_data
@pytest.mark.requirement("M01")
@needs_data
def test_the_maven_sample_reproduces_its_facts(imported):
    account, lab = imported("maven_crm", "maven")
    assert account.accepted
    assert account.unused_files == ()
    deals = lab.table("opportunities")
    by_stage = lab.read(
        deals.group_by("stage_id").aggregate(
            n=deals.count(), won=deals.amount_base.sum(), homeless=deals.count() - deals.account_id.count()
        )
    ).set_index("stage_id")
    assert by_stage["n"].to_dict() == {
        "maven:Won": 4_238, "maven:Lost": 2_473, "maven:Engaging": 1_589, "maven:Prospecting": 500,
    }  # fmt: skip
    assert by_stage.loc["maven:Won", "won"] == Decimal("10005534.00")
    assert by_stage["homeless"].sum() == 1_425
    counts = {part.table: part.n_added for part in account.written}
    assert counts["users"] == 35
    assert counts["accounts"] == 85
    assert counts["products"] == 7
    assert lab.read(deals.aggregate(n=deals.owner_id.nunique()))["n"].iloc[0] == 30
    assert "technolgy" in {row["industry"] for row in rows_of(lab, "accounts")}
    assert lab.settings.currency == "USD"


@pytest.mark.real_data
@pytest.mark.requirement("F01")
@needs_data
def test_the_misspelled_product_of_the_maven_sample_is_reported_with_its_rows_and_not_repaired(imported):
    account, lab = imported("maven_crm", "maven")
    finding = next(one for one in found(account, "similar_reference") if one.table == "opportunity_lines")
    assert finding.n_rows == 1_480
    assert finding.detail == "maven:GTXPro -> maven:GTX Pro"
    assert (finding.file, finding.column) == ("sales_pipeline.csv", "product")
    lines = (DATA / "maven_crm" / "sales_pipeline.csv").read_text(encoding="utf-8").splitlines()
    assert all("GTXPro" in lines[row - 1] for row in finding.rows)
    stored = lab.table("opportunity_lines")
    as_written = stored.filter(stored.product_id == "maven:GTXPro")
    assert lab.read(as_written.aggregate(n=as_written.count()))["n"].iloc[0] == 1_480


@pytest.mark.real_data
@needs_data
def test_importing_the_maven_sample_twice_changes_nothing(lab):
    first = run(DATA / "maven_crm", lab, "maven")
    prints = {name: lab.fingerprint(name) for name in lab.names()}
    again = import_export(DATA / "maven_crm", lab, map_name_or_file="maven", loaded_at=datetime(2026, 11, 25))
    assert {part.table: part.n_unchanged for part in again.written} == {p.table: p.n_added for p in first.written}
    assert all(part.n_added == part.n_changed == 0 for part in again.written)
    assert {name: lab.fingerprint(name) for name in lab.names()} == prints


@pytest.mark.real_data
@needs_data
def test_adventureworks_keeps_its_total_to_the_cent_in_lines_and_orders(imported):
    account, lab = imported("adventureworks", "adventureworks")
    assert account.accepted
    lines, orders = lab.table("order_lines"), lab.table("orders")
    of_lines = lab.read(lines.aggregate(n=lines.count(), total=lines.total.sum())).iloc[0]
    assert (of_lines["n"], of_lines["total"]) == (60_855, Decimal("80450596.98"))
    of_orders = lab.read(orders.aggregate(n=orders.count(), total=orders.total.sum())).iloc[0]
    assert (of_orders["n"], of_orders["total"]) == (3_796, Decimal("80450596.98"))
    by_order = lines.group_by("order_id").aggregate(total_of_lines=lines.total.sum())
    both = orders.inner_join(by_order, "order_id")
    differ = both.filter(both.total != both.total_of_lines)
    assert lab.read(differ.aggregate(n=differ.count()))["n"].iloc[0] == 0


@pytest.mark.real_data
@needs_data
def test_the_quotas_of_adventureworks_become_targets_of_a_user_and_a_quarter(imported):
    _, lab = imported("adventureworks", "adventureworks")
    targets = rows_of(lab, "targets", "target_id")
    assert len(targets) == 163
    assert len({target["scope_id"] for target in targets}) == 17
    first = next(target for target in targets if target["target_id"] == "aw:1")
    assert (f"{first['period_start']:%Y-%m-%d}", f"{first['period_end']:%Y-%m-%d}") == ("2010-10-01", "2010-12-31")


@pytest.mark.real_data
@needs_data
def test_the_quotas_of_adventureworks_meet_what_was_sold_as_its_facts_say(imported):
    _, lab = imported("adventureworks", "adventureworks")
    orders, targets = pd.DataFrame(rows_of(lab, "orders")), pd.DataFrame(rows_of(lab, "targets"))
    local = orders["ordered_at"].dt.tz_localize("UTC").dt.tz_convert("America/Los_Angeles").dt.tz_localize(None)
    sold = orders.groupby(["owner_id", local.dt.to_period("Q").rename("quarter")])["total"].sum().rename("sold")
    quotas = targets.assign(quarter=pd.to_datetime(targets["period_start"]).dt.to_period("Q"))
    both = quotas.merge(sold, left_on=["scope_id", "quarter"], right_index=True)
    attained = both["sold"].astype(float) / both["target"].astype(float)
    assert (len(quotas), len(both), int((attained >= 1).sum())) == (163, 159, 49)
    assert attained.median() == pytest.approx(0.845, abs=0.0005)


@pytest.mark.real_data
@pytest.mark.requirement("M01", "A08")
@pytest.mark.parametrize(
    ("folder", "map_", "counts"),
    [
        (
            "fivetran_salesforce_seeds",
            "salesforce",
            {"opportunities": 8, "accounts": 7, "activities": 20, "stage_events": 10, "opportunity_lines": 10},
        ),
        (
            "fivetran_hubspot_seeds",
            "hubspot",
            {"opportunities": 44, "contacts": 22, "stages": 71, "users": 100, "activities": 104, "stage_events": 14},
        ),
        ("adventureworks", "adventureworks", {"accounts": 701, "products": 606, "orders": 3_796, "targets": 163}),
        ("maven_crm", "maven", {"accounts": 85, "opportunities": 8_800, "orders": 4_238}),
    ],
)
@needs_data
def test_real_exports_import_with_a_complete_account_of_what_was_not_mapped(imported, folder, map_, counts):
    account, _ = imported(folder, map_)
    assert account.accepted
    written = {part.table: part.n_added for part in account.written}
    assert {name: written[name] for name in counts} == counts
    every_file = {path.name for path in (DATA / folder).iterdir() if path.suffix in {".csv", ".parquet"}}
    plan = make_plan(load_map(map_), list_files(DATA / folder, known=load_map(map_).known_names()))
    used = {binding.file.name for binding in plan.bindings} | {lookup.file.name for lookup in plan.lookups}
    assert used | set(account.unused_files) == every_file
    assert not used & set(account.unused_files)
    assert used == {file.file for file in account.files} | set(account.lookup_files)
    assert all(file.left_out == () for file in account.files)
    told = {finding.column for finding in account.findings if finding.rule == "not_kept"}
    for file in account.files:
        header, n_rows = shape_of(DATA / folder / file.file)
        read = {name for binding in plan.bindings if binding.file.name == file.file for name in binding.used}
        looked_up = {name for one in plan.lookups if one.file.name == file.file for name in (one.key, one.value)}
        assert read | looked_up | told >= header, f"{file.file}: a column is neither mapped nor kept nor told"
        assert file.n_rows + file.n_passed_over + file.n_refused == n_rows, f"{file.file}: a row is not accounted for"


def shape_of(path):
    """Return the columns and the number of rows of a CSV or Parquet file."""
    if path.suffix == ".parquet":
        facts = pq.ParquetFile(path)
        return set(facts.schema_arrow.names), facts.metadata.num_rows
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.reader(stream) if any(row)]
    return set(rows[0]), len(rows) - 1


@pytest.mark.requirement("A08")
def test_fields_of_the_company_s_own_are_kept_under_custom_with_sorted_keys(tmp_path, lab):
    text = 'Id,StageName,IsClosed,IsWon,Zone__c,Area__c\n1,Open,false,false,"a ""b"" \\ c",東\n2,Open,false,false,,\n'
    account = run(write(tmp_path, text), lab)
    kept = [row["custom"] for row in rows_of(lab, "opportunities", "opportunity_id")]
    assert json.loads(kept[0]) == {"Area__c": "東", "Zone__c": 'a "b" \\ c'}
    assert list(json.loads(kept[0])) == ["Area__c", "Zone__c"]
    assert kept[1] is None or kept[1] != kept[1]
    deals = next(file for file in account.files if file.table == "opportunities")
    assert deals.kept_in_custom == ("Zone__c", "Area__c")


@pytest.mark.parametrize(
    ("map_", "name", "text"),
    [
        ("salesforce", "lead.csv",
         "Id,Status,CreatedDate,Title,Industry,NumberOfEmployees,State\n00Q1,Open,2026-05-01T09:00:00Z,課長,製造業,120,東京都\n"),
        ("salesforce_ja", "リード.csv",
         "リード ID,リード状況,作成日,役職,業種,従業員数,都道府県\n00Q1,Open,2026/05/01,課長,製造業,120,東京都\n"),
        ("hubspot", "contact.csv",
         "id,lifecyclestage,createdate,jobtitle,industry,state,numemployees,hs_seniority\n1,lead,2026-05-01T09:00:00Z,課長,製造業,"
         "東京都,100-500,manager\n"),
    ],
)  # fmt: skip
def test_what_a_lead_says_of_its_company_and_person_is_read(tmp_path, lab, map_, name, text):
    assert run(write(tmp_path, text, name), lab, map_).accepted
    (lead,) = lab.read(lab.table("leads")).to_dict("records")
    assert (lead["title"], lead["industry"], lead["region"]) == ("課長", "製造業", "東京都")
    if map_ == "hubspot":
        assert (lead["seniority"], pd.isna(lead["employees"])) == ("manager", True)
    else:
        assert lead["employees"] == 120


def test_line_breaks_and_tabs_in_custom_fields_stay_json(tmp_path, lab):
    run(write(tmp_path, 'Id,StageName,IsClosed,IsWon,Memo__c\n1,Open,false,false,"a\nb\tc"\n'), lab)
    assert json.loads(rows_of(lab, "opportunities")[0]["custom"]) == {"Memo__c": "a\nb\tc"}


def test_the_order_of_rows_and_files_does_not_change_what_is_stored(tmp_path):
    rows = [f"{n},Open,false,false,{n}.50,2026-04-0{n},U{n}\n" for n in range(1, 8)]
    prints = []
    for order in (rows, rows[::-1]):
        with connect("duckdb://") as lab:
            run(write(tmp_path, HEAD + "".join(order)), lab)
            prints.append({name: lab.fingerprint(name) for name in lab.names()})
    assert prints[0] == prints[1]


def test_the_good_rows_are_imported_and_the_others_set_aside_with_reasons(tmp_path, lab):
    text = (
        HEAD + "1,Open,false,false,100,2026-04-01,U1\n2,Open,false,false,lots,2026-04-01,U1\n"
        "3,,false,false,5,soon,U1\n4,Open,false,false\n5,Open,false,false,=1+1,2026-04-01,=cmd|' /C calc'!A0\n"
        "6,Open,false,false,7,2026-04-01,U1\n6,Won,true,true,8,2026-04-01,U1\n"
    )
    aside = tmp_path / "refused.csv"
    account = run(write(tmp_path, text), lab, set_aside=aside)
    assert account.accepted
    assert [row["opportunity_id"] for row in rows_of(lab, "opportunities", "opportunity_id")] == ["sf:1"]
    with aside.open(encoding="utf-8-sig", newline="") as stream:
        refused = list(csv.DictReader(stream))
    assert account.n_set_aside == len(refused) == 6
    reasons = {int(row["refused in row"]): row["refused because"] for row in refused}
    assert reasons == {
        3: "unreadable [Amount]",
        4: "missing [StageName]; unreadable [CloseDate]",
        5: "truncated_row",
        6: "unreadable [Amount]",
        7: "contradicting_rows [Id]",
        8: "contradicting_rows [Id]",
    }
    by_row = {int(row["refused in row"]): row for row in refused}
    assert by_row[3]["Amount"] == "lots"
    assert by_row[5]["text of the row"] == "4,Open,false,false"
    assert by_row[6]["OwnerId"] == "'=cmd|' /C calc'!A0"
    assert by_row[6]["Amount"] == "'=1+1"
    assert sum(file.n_refused for file in account.files if file.table == "opportunities") == 3


def test_nothing_is_set_aside_where_every_row_is_good(tmp_path, lab):
    account = run(write(tmp_path, HEAD + "1,Open,false,false,1,2026-04-01,U1\n"), lab, set_aside=tmp_path / "x.csv")
    assert account.set_aside is None
    assert not (tmp_path / "x.csv").exists()


def test_all_tables_are_written_or_none(tmp_path, lab):
    write(tmp_path, "Id,Name\nA1,Acme\n", "account.csv")
    write(tmp_path, HEAD + "1,Open,false,false,lots,2026-04-01,U1\n")
    account = run(tmp_path, lab)
    assert (account.accepted, account.written) == (False, ())
    assert lab.names() == ()


def test_a_refused_import_leaves_a_full_database_as_it_was(tmp_path, lab):
    run(write(tmp_path, HEAD + "1,Open,false,false,1,2026-04-01,U1\n"), lab)
    before = {name: lab.fingerprint(name) for name in lab.names()}
    bad = write(tmp_path, HEAD + "1,Won,true,true,9,2026-04-01,U1\n2,Open,false,false,lots,2026-04-01,U1\n")
    assert not run(bad, lab).accepted
    assert {name: lab.fingerprint(name) for name in lab.names()} == before


def test_all_findings_are_told_at_once_with_file_rows_and_column(tmp_path, lab):
    text = HEAD + "1,Open,maybe,false,lots,03/04/2026,U1\n,Open,false,false,5,2026-02-30,U1\n3,Open,false,false,x,,U1\n"
    account = run(write(tmp_path, text), lab)
    told = {
        (f.rule, f.column, f.rows) for f in account.findings if f.table == "opportunities" and f.severity == "error"
    }
    assert told == {
        ("unreadable", "IsClosed", (2,)),
        ("unreadable", "Amount", (2, 4)),
        ("ambiguous_date", "CloseDate", (2,)),
        ("unreadable", "CloseDate", (3,)),
        ("missing_key", "Id", (3,)),
    }
    for finding in account.findings:
        assert all((finding.text.en, finding.text.ja, finding.next_step.en, finding.next_step.ja))


def test_no_finding_holds_a_value_of_a_person(tmp_path, lab):
    write(
        tmp_path,
        "Id,Email,Phone,CreatedDate\n1,hana@example.org,090-1234-5678,never\n1,ren@example.org,1,x\n",
        "contact.csv",
    )
    account = run(tmp_path, lab)
    assert not account.accepted
    words = " ".join(f"{f.place.en} {f.text.en} {f.text.ja} {f.next_step.en} {f.detail}" for f in account.findings)
    assert "example.org" not in words
    assert "090" not in words


def test_progress_is_told_and_ends_at_the_total(tmp_path, lab):
    heard = []
    run(write(tmp_path, HEAD + "1,Open,false,false,1,2026-04-01,U1\n"), lab, on_progress=heard.append)
    assert heard[-1].done == heard[-1].total > 0
    assert [one.done for one in heard] == sorted(one.done for one in heard)


def test_a_file_of_any_name_is_known_by_its_columns_where_it_comes_alone(tmp_path, lab):
    account = run(write(tmp_path, HEAD + "1,Open,false,false,1,2026-04-01,U1\n", "export_final_v2.csv"), lab)
    assert {part.table for part in account.written} == {"opportunities", "stages"}


def test_the_table_of_a_file_can_be_named(tmp_path, lab):
    file = write(tmp_path, "Id,Name\nA1,Acme\n", "list.csv")
    assert [part.table for part in run(file, lab, table="accounts").written] == ["accounts"]
    with pytest.raises(TableError, match="no canonical table 'clients'"):
        run(file, lab, table="clients")


def test_a_missing_column_is_told_with_the_names_that_were_looked_for(tmp_path, lab):
    file = write(tmp_path, "Id,Amount\n1,5\n")
    with pytest.raises(FileProblem, match=r"(?s)no column for opportunities.stage_id \(StageName, Stage\).*map show"):
        run(file, lab)
    assert lab.names() == ()


def test_the_settings_of_a_map_are_taken_only_by_an_empty_database(tmp_path):
    source = write(tmp_path, "product,series,sales_price\nX,Y,5\n", "products.csv")
    with connect("duckdb://") as lab:
        account = run(source, lab, "maven")
        assert lab.settings.currency == "USD"
        assert found(account, "company_set")
    with connect("duckdb://") as lab:
        run(write(tmp_path, "Id,Name\nA1,Acme\n", "account.csv"), lab)
        run(source, lab, "maven")
        assert lab.settings.currency == "JPY"


def test_a_report_of_deals_alone_makes_up_accounts_and_never_replaces_better_ones(tmp_path, lab):
    run(write(tmp_path, "Id,Name,Industry\nA1,Acme,Steel\n", "account.csv"), lab)
    text = (
        "Id,StageName,IsClosed,IsWon,AccountId,Account Name\n1,Open,false,false,A1,Acme\n2,Open,false,false,A2,Beta\n"
    )
    account = run(write(tmp_path, text), lab)
    assert {row["account_id"]: row["industry"] for row in rows_of(lab, "accounts", "account_id")}["sf:A1"] == "Steel"
    assert {p.table: (p.n_added, p.n_changed) for p in account.written}["accounts"] == (1, 0)


def test_rows_of_one_key_that_differ_are_told_and_the_first_one_counts(tmp_path, lab):
    write(tmp_path, "sales_agent,regional_office\nA,East\nB,East\n", "sales_teams.csv")
    mine = """
    name = "mine"
    [[tables]]
    table = "teams"
    files = ["sales_teams"]
    one_row_per_key = true
    columns.team_id = "regional_office"
    columns.name = "sales_agent"
    """
    account = run(tmp_path / "sales_teams.csv", lab, write(tmp_path, mine, "mine.toml"))
    (finding,) = found(account, "rows_differ")
    assert (finding.table, finding.column, finding.n_rows) == ("teams", "name", 1)
    assert [row["name"] for row in rows_of(lab, "teams", "team_id")] == ["A"]


def test_settings_that_a_company_chose_are_not_replaced_by_a_map(tmp_path, lab):
    lab.change_settings(currency="EUR")
    run(write(tmp_path, "product,series,sales_price\nX,Y,5\n", "products.csv"), lab, "maven")
    assert lab.settings.currency == "EUR"


def test_a_place_that_cannot_be_written_is_refused_and_nothing_is_imported(tmp_path, lab):
    (tmp_path / "taken").write_text("a file, not a folder")
    file = write(tmp_path, HEAD + "1,Open,false,false,1,,U\n2,Open,false,false,lots,,U\n")
    with pytest.raises(FileProblem, match="cannot be written"):
        run(file, lab, set_aside=tmp_path / "taken" / "refused.csv")
    assert lab.names() == ()
