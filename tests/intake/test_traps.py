"""The traps of real exports, each one set and not stepped into."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from saleslab.intake import import_export
from saleslab.intake.base_amounts import Rates
from saleslab.warehouse import connect

AT = datetime(2026, 11, 24)


@pytest.fixture
def lab():
    with connect("duckdb://") as opened:
        yield opened


def write(folder, text, name, encoding="utf-8"):
    path = Path(folder, name)
    path.write_text(text, encoding=encoding)
    return path


def run(source, lab, map_="salesforce", **options):
    account = import_export(source, lab, map_name_or_file=map_, loaded_at=options.pop("at", AT), **options)
    assert account.accepted, [(f.rule, f.place) for f in account.findings]
    return account


def rows_of(lab, name, key, *, all_rows=False):
    rows = lab.read(lab.table(name, all_rows=all_rows))
    return {row[key]: row for row in rows.to_dict("records")}


def test_trap_1_a_weighted_pipeline_never_exceeds_the_pipeline(tmp_path, lab):
    head = "Id,StageName,IsClosed,IsWon,Amount,Probability\n"
    text = head + "1,A,false,false,100,10\n2,B,false,false,200,90\n3,C,false,false,50,1\n"
    run(write(tmp_path, text, "opportunity.csv"), lab)
    deals = lab.read(lab.table("opportunities"))
    assert sorted(deals["probability"]) == [0.01, 0.1, 0.9]
    weighted = sum(float(row.amount) * row.probability for row in deals.itertuples())
    assert weighted == pytest.approx(190.5)
    assert weighted <= float(deals["amount"].sum())


def test_trap_1_hubspot_writes_0_to_1_and_a_value_beyond_is_left_out_and_told(tmp_path, lab):
    text = "Record ID,Deal Name,Deal Stage,Deal probability\n1,a,Open,0.4\n2,b,Open,40\n"
    account = run(write(tmp_path, text, "deals.csv"), lab, "hubspot")
    deals = rows_of(lab, "opportunities", "opportunity_id")
    assert deals["hs:1"]["probability"] == 0.4
    assert pd.isna(deals["hs:2"]["probability"])
    assert '"Deal probability":"40"' in deals["hs:2"]["custom"]
    (finding,) = [f for f in account.findings if f.rule == "out_of_range"]
    assert (finding.rows, finding.column, finding.detail) == ((3,), "Deal probability", "0-1")
    assert "percent" in finding.next_step.en


def test_trap_2_amounts_and_their_lines_are_never_added(tmp_path, lab):
    write(tmp_path, "Id,StageName,IsClosed,IsWon,Amount\n1,Won,true,true,300\n2,Won,true,true,100\n", "opportunity.csv")
    lines = (
        "Id,OpportunityId,Product2Id,Quantity,UnitPrice,TotalPrice\na,1,P,1,100,100\nb,1,P,2,100,200\nc,2,P,1,90,90\n"
    )
    write(tmp_path, lines, "opportunitylineitem.csv")
    account = run(tmp_path, lab)
    assert lab.read(lab.table("opportunities"))["amount"].sum() == Decimal(400)
    (finding,) = [f for f in account.findings if f.rule == "sum_differs"]
    assert finding.n_rows == 1


def test_trap_3_merged_and_deleted_records_are_kept_but_not_counted(tmp_path, lab):
    text = "Id,Name,IsDeleted,MasterRecordId\nA1,Acme,false,\nA2,ACME,true,A1\nA3,Gone,true,\nA4,Double,false,A1\n"
    run(write(tmp_path, text, "account.csv"), lab)
    assert set(rows_of(lab, "accounts", "account_id")) == {"sf:A1"}
    everything = rows_of(lab, "accounts", "account_id", all_rows=True)
    assert set(everything) == {"sf:A1", "sf:A2", "sf:A3", "sf:A4"}
    assert everything["sf:A2"]["merged_into_id"] == "sf:A1"


def test_trap_3_hubspot_names_merged_records_in_the_one_that_survives(tmp_path, lab):
    text = "id,property_firstname,property_lastname,property_hs_merged_object_ids\n1,a,b,7;8\n7,a,b,\n9,c,d,\n"
    run(write(tmp_path, text, "contact.csv"), lab, "hubspot")
    assert set(rows_of(lab, "contacts", "contact_id")) == {"hs:1", "hs:9"}
    assert rows_of(lab, "contacts", "contact_id", all_rows=True)["hs:7"]["merged_into_id"] == "hs:1"


ODOO = """
name = "odoo"
prefix = "odoo:"
[[tables]]
table = "leads"
files = ["crm_lead"]
where = [{ column = "type", is = "lead" }]
[tables.columns]
lead_id = "id"
status = "stage"
created_at = "create_date"
[[tables]]
table = "opportunities"
files = ["crm_lead"]
where = [{ column = "type", is = "opportunity" }]
[tables.columns]
opportunity_id = "id"
stage_id = "stage"
amount = "expected_revenue"
probability = { from = "probability", unit = "percent" }
is_closed = { from = "stage", values = { Won = true, Lost = true }, otherwise = false }
is_won = { from = "stage", values = { Won = true }, otherwise = false }
"""


def test_trap_4_leads_and_deals_of_one_table_part_ways(tmp_path, lab):
    head = "id,type,stage,create_date,expected_revenue,probability\n"
    text = head + "1,lead,New,2026-01-05,,\n2,opportunity,Won,2026-01-05,9,100\n"
    account = run(write(tmp_path, text, "crm_lead.csv"), lab, write(tmp_path, ODOO, "odoo.toml"))
    assert set(rows_of(lab, "leads", "lead_id")) == {"odoo:1"}
    assert rows_of(lab, "opportunities", "opportunity_id")["odoo:2"]["probability"] == 1.0
    assert {(f.table, f.n_rows, f.n_passed_over) for f in account.files} == {("leads", 1, 1), ("opportunities", 1, 1)}


def test_trap_4_contacts_of_hubspot_are_leads_once_their_lifecycle_says_so(tmp_path, lab):
    text = (
        "Record ID,First Name,Last Name,Email,Lifecycle Stage,Create Date\n1,a,b,,Lead,2026-01-05 09:00\n"
        "2,c,d,,Subscriber,2026-01-05 09:00\n3,e,f,,Customer,2026-01-05 09:00\n"
    )
    run(write(tmp_path, text, "contacts.csv"), lab, "hubspot")
    assert len(rows_of(lab, "contacts", "contact_id")) == 3
    assert set(rows_of(lab, "leads", "lead_id")) == {"hs:1", "hs:3"}


def test_trap_5_naive_times_are_the_company_s_and_synced_ones_are_utc(tmp_path, lab):
    deal = "Id,StageName,IsClosed,IsWon,CreatedDate{}\n1,A,false,false,{}{}\n"
    for extra, cell, written, stored in [
        ("", "", "2026-04-01 09:00:00", "2026-04-01 00:00:00"),
        (",_fivetran_synced", ",2026-04-02 00:00:00", "2026-04-01 09:00:00", "2026-04-01 09:00:00"),
        ("", "", "2026-04-01T09:00:00.000+0000", "2026-04-01 09:00:00"),
        ("", "", "1775034000000", "2026-04-01 09:00:00"),
    ]:
        run(write(tmp_path, deal.format(extra, written, cell), "opportunity.csv"), lab)
        created = rows_of(lab, "opportunities", "opportunity_id")["sf:1"]["created_at"]
        assert created == pd.Timestamp(stored), written


def test_trap_5_a_deal_closes_when_its_closing_day_is_over_and_never_before_it_was_created(tmp_path, lab):
    text = (
        "Id,StageName,IsClosed,IsWon,CloseDate,CreatedDate\n1,Won,true,true,2026-04-01,2026-04-01 18:00\n"
        "2,A,false,false,2026-05-01,2026-04-01 18:00\n"
    )
    run(write(tmp_path, text, "opportunity.csv"), lab)
    deals = rows_of(lab, "opportunities", "opportunity_id")
    assert deals["sf:1"]["closed_at"] == pd.Timestamp("2026-04-01 14:59:59")
    assert deals["sf:1"]["closed_at"] > deals["sf:1"]["created_at"]
    assert pd.isna(deals["sf:2"]["closed_at"])


def test_trap_6_a_japanese_report_in_cp932_with_everything_at_once(tmp_path, lab):
    text = (
        "商談 ID,商談名,商談 所有者,取引先名,フェーズ,確度 (%),金額,完了予定日,作成日,失注理由,独自項目\n"
        '0065g00000AAAAAAA1,更新①,山田,髙島屋,受注,100%,"１，２００，０００円",令和8年4月1日,2026/1/5 9:05,,甲\n'
        "0065g00000AAAAAAA2,新規,佐藤,丸善,失注,0,5840万円,2026/5/1,2026/1/6,価格,\n"
        "0065g00000AAAAAAA3,追加,佐藤,丸善,提案,５０,¥300000,2026年12月1日,2026/1/7,,乙\n"
        "総計 (3 件),,,,,,,,,,\n\n機密情報 - 社外秘\n"
    ).replace("¥", "\\")
    account = run(write(tmp_path, text, "商談.csv", "cp932"), lab, "salesforce_ja")
    deals = sorted(rows_of(lab, "opportunities", "opportunity_id").values(), key=lambda row: row["opportunity_id"])
    assert [str(deal["amount"]) for deal in deals] == ["1200000.00", "58400000.00", "300000.00"]
    assert [(deal["is_closed"], deal["is_won"]) for deal in deals] == [(True, True), (True, False), (False, False)]
    assert [deal["probability"] for deal in deals] == [1.0, 0.0, 0.5]
    assert [f"{deal['expected_close_date']:%Y-%m-%d}" for deal in deals] == ["2026-04-01", "2026-05-01", "2026-12-01"]
    assert deals[0]["closed_at"] == pd.Timestamp("2026-04-01 14:59:59")
    assert deals[0]["custom"] == '{"独自項目":"甲"}'
    assert len(deals[0]["opportunity_id"]) == len("sf:") + 18
    assert {part.table: part.n_added for part in account.written} == {
        "users": 2, "accounts": 2, "stages": 3, "opportunities": 3,
    }  # fmt: skip
    (footer,) = [f for f in account.findings if f.rule == "footer"]
    assert footer.rows == (5, 6, 7)
    stages = sorted(rows_of(lab, "stages", "stage_id").values(), key=lambda stage: stage["position"])
    assert [stage["label"] for stage in stages] == ["提案", "失注", "受注"]


def test_trap_6_texts_that_an_export_has_cut_are_pointed_out(tmp_path, lab):
    text = f"Id,Name,Industry\n1,Acme,{'x' * 255}\n2,Beta,short\n"
    account = run(write(tmp_path, text, "account.csv"), lab)
    (finding,) = [f for f in account.findings if f.rule == "maybe_cut"]
    assert (finding.rows, finding.column, finding.detail) == ((2,), "Industry", "255")


RATES = "currency,date,rate_to_base\nUSD,2026-03-01,150\nUSD,2026-04-01,140\nUSD,2026-11-01,155.5\n"
FX_MAP = """
name = "rates"
[[tables]]
table = "fx_rates"
files = ["rates"]
[tables.columns]
currency = "currency"
date = "date"
rate_to_base = "rate_to_base"
"""


def test_trap_7_won_deals_count_at_their_closing_day_s_rate_and_open_ones_at_today_s(tmp_path, lab):
    run(write(tmp_path, RATES, "rates.csv"), lab, write(tmp_path, FX_MAP, "rates.toml"))
    text = (
        "Id,StageName,IsClosed,IsWon,Amount,CurrencyIsoCode,CloseDate\n1,Won,true,true,10,USD,2026-03-31\n"
        "2,Won,true,true,10,USD,2026-04-01\n3,A,false,false,10,USD,2026-12-31\n4,A,false,false,10,JPY,2026-12-31\n"
        "5,A,false,false,10,,2026-12-31\n6,A,false,false,10,EUR,2026-12-31\n7,Won,true,true,10,USD,2026-02-01\n8,A,false,false,,EUR,\n"
    )
    account = run(write(tmp_path, text, "opportunity.csv"), lab)
    base = {key: row["amount_base"] for key, row in rows_of(lab, "opportunities", "opportunity_id").items()}
    assert [str(base[f"sf:{n}"]) for n in range(1, 6)] == ["1500.00", "1400.00", "1555.00", "10.00", "10.00"]
    assert all(pd.isna(base[f"sf:{n}"]) for n in (6, 7, 8))
    (finding,) = [f for f in account.findings if f.rule == "no_exchange_rate"]
    assert (finding.rows, finding.detail) == ((7, 8), "JPY")


def test_trap_7_before_the_first_rate_there_is_none():
    assert Rates("JPY", {}).at("USD", datetime(2026, 1, 1).date()) is None


def test_trap_8_a_second_import_adds_nothing_and_a_changed_row_changes_one(tmp_path, lab):
    head, row = "Id,StageName,IsClosed,IsWon,Amount\n", "1,A,false,false,10\n"
    file = write(tmp_path, head + row + "2,A,false,false,10\n", "opportunity.csv")
    run(file, lab)
    again = {p.table: (p.n_added, p.n_changed) for p in run(file, lab, at=datetime(2026, 11, 25)).written}
    assert again == {"stages": (0, 0), "opportunities": (0, 0)}
    write(tmp_path, head + row + "2,A,false,false,11\n", "opportunity.csv")
    changed = {p.table: (p.n_added, p.n_changed, p.n_unchanged) for p in run(file, lab).written}
    assert changed["opportunities"] == (0, 1, 1)


def test_trap_9_a_quota_belongs_to_its_owner_and_runs_for_its_period(tmp_path, lab):
    write(tmp_path, "Id,StartDate,EndDate\nP1,2026-04-01,2026-06-30\n", "period.csv")
    quotas = "Id,QuotaOwnerId,CreatedById,QuotaAmount,StartDate,PeriodId\nQ1,U1,U9,5000000,2026-04-01,P1\n"
    write(tmp_path, quotas, "forecastingquota.csv")
    run(tmp_path, lab)
    target = rows_of(lab, "targets", "target_id")["sf:Q1"]
    assert (target["scope_type"], target["scope_id"], target["target"]) == ("user", "sf:U1", 5_000_000)
    assert (f"{target['period_start']:%m-%d}", f"{target['period_end']:%m-%d}") == ("04-01", "06-30")


def test_a_history_keeps_moves_only_and_says_where_from(tmp_path, lab):
    text = (
        "Id,OpportunityId,StageName,Amount,CloseDate,CreatedDate\nh3,O1,Won,9,2026-04-01,2026-03-03T00:00:00Z\n"
        "h1,O1,New,5,2026-04-01,2026-03-01T00:00:00Z\nh2,O1,New,9,2026-04-01,2026-03-02T00:00:00Z\n"
        "h4,O2,New,1,2026-04-01,2026-03-01T00:00:00Z\n"
    )
    run(write(tmp_path, text, "opportunityhistory.csv"), lab)
    moves = rows_of(lab, "stage_events", "event_id")
    assert set(moves) == {"sf:h1", "sf:h3", "sf:h4"}
    assert moves["sf:h3"]["from_stage_id"] == "sf:New"
    assert pd.isna(moves["sf:h4"]["from_stage_id"])


def test_finished_tasks_are_activities_and_open_ones_stay_tasks(tmp_path, lab):
    text = (
        "Id,Status,OwnerId,WhatId,WhoId,TaskSubtype,ActivityDate,CallDurationInSeconds\n"
        "T1,Completed,U1,006000000000001,00Q000000000001,Call,2026-04-01,90\n"
        "T2,Not Started,U1,001000000000001,003000000000001,Email,2026-05-01,\n"
    )
    run(write(tmp_path, text, "task.csv"), lab)
    (activity,) = rows_of(lab, "activities", "activity_id").values()
    (task,) = rows_of(lab, "tasks", "task_id").values()
    assert (activity["channel"], activity["duration_sec"]) == ("phone", 90)
    links = ("account_id", "contact_id", "lead_id", "opportunity_id")
    assert [str(activity[name])[:6] for name in links] == ["nan", "nan", "sf:00Q", "sf:006"]
    assert [str(task[name])[:6] for name in links] == ["sf:001", "sf:003", "nan", "nan"]


def test_ids_of_reports_and_of_the_api_join(tmp_path, lab):
    write(tmp_path, "Id,Name\n0061G00000N38JZQAZ,x\n", "account.csv")
    write(tmp_path, "Id,StageName,IsClosed,IsWon,AccountId\n1,A,false,false,0061G00000N38JZ\n", "opportunity.csv")
    run(tmp_path, lab)
    assert rows_of(lab, "opportunities", "opportunity_id")["sf:1"]["account_id"] == "sf:0061G00000N38JZQAZ"


def test_rates_of_salesforce_are_turned_the_way_the_model_needs_them(tmp_path, lab):
    run(write(tmp_path, "IsoCode,StartDate,ConversionRate\nUSD,2026-04-01,0.008\n", "datedconversionrate.csv"), lab)
    assert rows_of(lab, "fx_rates", "currency")["USD"]["rate_to_base"] == pytest.approx(125.0)
