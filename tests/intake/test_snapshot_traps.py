"""What real exports do to whoever compares them, each set as a trap and not stepped into."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from exports import HEAD, NOW, deal, events, fields, keeper, rules

from saleslab.intake import import_export
from saleslab.warehouse import connect


@pytest.fixture
def lab():
    with connect("duckdb://") as opened:
        opened.change_settings(timezone="UTC")
        yield opened


@pytest.fixture
def keep(tmp_path, lab):
    return keeper(lab, tmp_path)


def test_a_record_that_disappears_is_told_and_nothing_is_concluded(keep, lab):
    keep(1, deal("1"), deal("2"), deal("3"))
    account = keep(8, deal("1"), deal("2", gone="true"))
    (went,) = [finding for finding in account.findings if finding.rule == "went"]
    assert (went.severity, went.n_records, went.ids) == ("warning", 1, ("sf:3",))
    assert "nothing is concluded" in went.text.en
    assert "--replace" in went.next_step.en
    assert len(events(lab)) == 3


def test_a_record_that_comes_back_is_compared_with_its_last_sighting(keep, lab):
    keep(1, deal("1"), deal("2"))
    keep(8, deal("1"))
    account = keep(15, deal("1"), deal("2", "Offer"))
    assert rules(account)["came_back"].ids == ("sf:2",)
    (event,) = [e for e in events(lab) if e["to_stage_id"] == "sf:Offer"]
    assert (event["from_stage_id"], event["at_uncertainty_days"]) == ("sf:Lead", 7.5)


def test_a_closing_day_of_the_export_counts_where_the_snapshots_do_not_contradict_it(keep, lab):
    keep(8, deal("1"), deal("2"))
    account = keep(15, deal("1", "Won", close="2026-11-10"), deal("2", "Won", close="2026-11-02"))
    told = {e["object_id"]: (e["at"], e["at_uncertainty_days"]) for e in events(lab) if e["to_stage_id"] == "sf:Won"}
    assert told["sf:1"] == (pd.Timestamp("2026-11-10 12:00"), 0.5)
    assert told["sf:2"] == (pd.Timestamp("2026-11-12"), 4.0)
    assert rules(account)["backdated"].ids == ("sf:2",)


def test_a_reopened_deal_has_its_closing_and_its_reopening(keep, lab):
    keep(1, deal())
    keep(8, deal(stage="Lost", close="2026-11-05"))
    account = keep(15, deal(stage="Offer"))
    assert [stage for (stage,) in events(lab, "stage_events", "to_stage_id")] == ["sf:Lead", "sf:Lost", "sf:Offer"]
    assert fields(lab, "status") == [("open", "lost"), ("lost", "open")]
    assert rules(account)["reopened"].ids == ("sf:1",)


def test_a_deal_first_seen_midway_entered_some_time_since_its_creation(keep, lab):
    account = keep(
        11, deal("1", "Lead", created="2026-11-03T10:00:00Z"), deal("2", "Offer", created="2026-11-02T00:30:00Z")
    )
    first, midway = events(lab)
    assert (first["at"], first["at_uncertainty_days"]) == (pd.Timestamp("2026-11-03 10:00"), 0.0)
    assert pd.isna(midway["from_stage_id"])
    low = midway["at"] - pd.Timedelta(days=midway["at_uncertainty_days"])
    assert (low, midway["at"]) == (pd.Timestamp("2026-11-02 00:30"), pd.Timestamp("2026-11-07 00:15"))
    assert rules(account)["entered_midway"].ids == ("sf:2",)


def test_a_deal_without_a_creation_has_no_first_event_and_its_later_moves_all_the_same(keep, lab):
    account = keep(1, deal(created=""))
    assert rules(account)["no_start"].ids == ("sf:1",)
    keep(8, deal(stage="Offer", created=""))
    assert events(lab, "stage_events", "from_stage_id", "to_stage_id") == [("sf:Lead", "sf:Offer")]


STAGE_MAP = """
name = "small"
[[tables]]
table = "stages"
files = ["deals"]
one_row_per_key = true
columns.pipeline_id = { value = "p" }
columns.stage_id = "stage"
columns.label = "label"
columns.position = { rank = ["stage_id"] }
columns.is_closed = { value = false }
columns.is_won = { value = false }
[[tables]]
table = "opportunities"
files = ["deals"]
columns.opportunity_id = "id"
columns.pipeline_id = { value = "p" }
columns.stage_id = "stage"
columns.is_closed = { value = false }
columns.is_won = { value = false }
columns.created_at = "created"
"""


def test_a_renamed_stage_is_no_move_and_each_event_keeps_the_name_of_its_time(keep, lab, tmp_path):
    (tmp_path / "small.toml").write_text(STAGE_MAP, encoding="utf-8")
    options = {"head": "id,stage,label,created\n", "name": "deals.csv", "map_name_or_file": tmp_path / "small.toml"}
    keep(1, "1,s1,Lead,2026-10-01\n", "2,s2,Offer,2026-10-01\n", **options)
    keep(8, "1,s1,Contact,2026-10-01\n", "2,s2,Offer,2026-10-01\n", "3,s1,Contact,2026-11-05\n", **options)
    told = events(lab, "stage_events", "object_id", "to_stage_label")
    assert told == [("1", "Lead"), ("2", "Offer"), ("3", "Contact")]


def test_a_stage_known_by_its_name_alone_that_was_renamed_is_pointed_out(keep):
    keep(1, *(deal(str(n), "Offer") for n in range(6)), deal("9"))
    account = keep(8, *(deal(str(n), "Quote") for n in range(6)), deal("9"))
    assert rules(account)["renamed"].n_records == 6
    assert "sf:Offer -> sf:Quote" in rules(account)["renamed"].text.ja


def test_an_amount_in_another_currency_is_a_change_and_says_so(keep, lab):
    keep(1, deal("1", currency="USD"), deal("2"))
    keep(8, deal("1", currency="JPY"), deal("2", currency="JPY"))
    (event,) = events(lab, "field_events")
    assert (event["object_id"], event["old"], event["new"]) == ("sf:1", "100", "100")
    assert json.loads(event["custom"]) == {"old_currency": "USD", "currency": "JPY"}


def test_a_column_that_one_export_lacks_is_told_and_its_changes_are_found_by_the_next(keep, lab):
    keep(1, deal(amount="100"))
    account = keep(8, "1,Lead,false,false,2026-11-01\n", head="Id,StageName,IsClosed,IsWon,CreatedDate\n")
    assert rules(account)["not_followed"].n_records == 3
    assert not lab.has("field_events")
    keep(15, deal(amount="300"))
    (event,) = events(lab, "field_events")
    assert (event["old"], event["new"], event["at_uncertainty_days"]) == ("100", "300", 7.5)


HISTORY = "Id,OpportunityId,StageName,CreatedDate\nh1,1,Lead,2026-11-01T09:00:00Z\nh2,1,Offer,2026-11-03T09:00:00Z\n"
CHANGES = "Id,OpportunityId,Field,OldValue,NewValue,CreatedDate\nc1,1,Amount,100,300.0,2026-11-03T09:00:00Z\n"


@pytest.mark.parametrize("history_first", [True, False])
def test_the_history_of_the_crm_counts_and_snapshots_do_not_count_again(keep, lab, tmp_path, history_first):
    crm = tmp_path / "crm"
    crm.mkdir()
    (crm / "opportunityhistory.csv").write_text(HISTORY, encoding="utf-8")
    (crm / "opportunityfieldhistory.csv").write_text(CHANGES, encoding="utf-8")
    steps = [
        lambda: import_export(crm, lab, map_name_or_file="salesforce", loaded_at=NOW),
        lambda: keep(1, deal()),
        lambda: keep(8, deal(stage="Offer", amount="300")),
    ]
    for step in steps if history_first else [*steps[1:], steps[0]]:
        step()
    assert events(lab, "stage_events", "to_stage_id", "origin") == [
        ("sf:Lead", "crm_history"),
        ("sf:Offer", "crm_history"),
    ]
    assert events(lab, "field_events", "new", "origin") == [("300.0", "crm_history")]
    keep(15, deal(stage="Won", amount="300", close="2026-11-12"))
    assert events(lab, "stage_events", "to_stage_id", "origin")[-1] == ("sf:Won", "snapshot_diff")


def test_a_change_of_the_crm_s_history_is_never_overwritten(keep, lab, tmp_path):
    crm = tmp_path / "opportunityfieldhistory.csv"
    crm.write_text(CHANGES.replace("300.0", "999").replace("-03T09", "-05T00"), encoding="utf-8")
    import_export(crm, lab, map_name_or_file="salesforce", loaded_at=NOW)
    keep(1, deal("1"), deal("2"))
    keep(8, deal("1", amount="300"), deal("2", amount="300"))
    told = events(lab, "field_events", "object_id", "new", "at", "origin")
    middle = pd.Timestamp("2026-11-05")
    assert told == [("sf:1", "999", middle, "crm_history"), ("sf:2", "300", middle, "snapshot_diff")]


def test_personal_columns_and_unknown_ones_are_not_kept_a_second_time(keep, tmp_path):
    head = HEAD.replace("\n", ",Name,Secret__c\n")
    account = keep(1, deal().replace("\n", ",Jane Doe,hers\n"), head=head)
    (part,) = account.parts
    kept = pq.ParquetFile(part.file).read()
    assert {"name", "custom"} & set(kept.column_names) == set()
    assert {"id", "stage_id", "amount", "stage_label"} <= set(kept.column_names)
    assert part.file.relative_to(tmp_path / "kept").parts[:2] == (
        "object_type=opportunity", "snapshot_at=2026-11-01T000000Z",
    )  # fmt: skip
