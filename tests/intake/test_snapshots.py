"""Successive exports become history: what weekly snapshots can see is found, when it was is inside what they claim."""

import itertools
import signal
import subprocess
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from exports import HEAD, NOW, deal, events, fields, keeper, rules
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, FileProblem
from saleslab.intake import import_export, keep_snapshot
from saleslab.intake.sightings import Timeline
from saleslab.intake.snapshot_changes import revise
from saleslab.intake.snapshot_files import Kept
from saleslab.intake.snapshot_reading import WATCHED
from saleslab.operations import find_slips
from saleslab.operations.inputs import read_kept, read_open_deals
from saleslab.simulation import Scenario, simulate
from saleslab.tables import get_table
from saleslab.warehouse import connect


@pytest.fixture
def lab():
    with connect("duckdb://") as opened:
        opened.change_settings(timezone="UTC")
        yield opened


@pytest.fixture
def keep(tmp_path, lab):
    return keeper(lab, tmp_path)


def state(lab):
    """Everything that the events say now, whatever was said before."""
    wanted = {"stage_events": "event_id", "field_events": "field"}
    told = []
    for name, column in wanted.items():
        if lab.has(name):
            rows = lab.read(lab.table(name)).drop(columns=["loaded_at"])
            told += sorted(
                str(tuple(row.values())) for row in rows.sort_values(["object_id", column, "at"]).to_dict("records")
            )
    return told


# -- recover


def as_export(history, when):
    """Return the deals as a CRM would export them at some instant, in local time, from their true history."""
    seen = history[history["at"] <= when].groupby("object_id", sort=True).last()
    return pd.DataFrame({
        "Id": seen.index, "StageName": seen["to_stage_id"], "RecordTypeId": seen["pipeline_id"],
        "IsClosed": seen["is_closed"], "IsWon": seen["is_won"], "Amount": seen["amount"],
        "CloseDate": seen["expected_close_date"].dt.date, "CreatedDate": seen["created_at"].astype(str) + "Z",
        "OwnerId": seen["by_user_id"], "Probability": seen["probability"] * 100,
    })  # fmt: skip


@pytest.fixture(scope="module")
def true_history():
    company = simulate(Scenario(seed=11, n_deals=600, start=date(2025, 10, 1)))
    moves = company.frame("stage_events").query("object_type == 'opportunity'")
    stages = company.frame("stages")[["stage_id", "is_closed", "is_won", "probability"]]
    deals = company.frame("opportunities")[["opportunity_id", "created_at"]]
    moves = moves.merge(stages, left_on="to_stage_id", right_on="stage_id")
    moves = moves.merge(deals, left_on="object_id", right_on="opportunity_id")
    moves["expected_close_date"] = pd.to_datetime(moves["expected_close_date"])
    return moves.sort_values(["object_id", "at", "event_id"])


def visible_moves(history, instants):
    """Return what snapshots can see: for each pair of sightings that differ, the last true entry into the new stage."""
    visible, before = {}, {}
    for when in instants:
        now = history[history["at"] <= when].groupby("object_id").last()["to_stage_id"].to_dict()
        past = history[history["at"] <= when]
        entries = past.groupby(["object_id", "to_stage_id"])["at"].last().to_dict()
        for key, stage in now.items():
            if before.get(key) != stage:
                visible[key, stage, when] = entries[key, stage]
        before = now
    return visible


@pytest.mark.requirement("H06")
@pytest.mark.parametrize("known", ["time", "day"])
def test_every_move_that_weekly_snapshots_can_see_is_found_and_its_true_time_is_inside(tmp_path, true_history, known):
    zone = "Asia/Tokyo"
    days = [date(2026, 3, 1) + timedelta(weeks=week) for week in range(6)]
    local = [datetime.combine(day, datetime.min.time()) + timedelta(hours=18) for day in days]
    instants = [pd.Timestamp(time) - pd.Timedelta(hours=9) for time in local]
    with connect("duckdb://") as lab:
        lab.change_settings(timezone=zone)
        for at, instant in zip(local, instants, strict=True):
            as_export(true_history, instant).to_csv(tmp_path / "opportunity.csv", index=False)
            account = keep_snapshot(
                tmp_path / "opportunity.csv", lab, map_name_or_file="salesforce",
                at=at if known == "time" else at.date(), folder=tmp_path / "kept", loaded_at=NOW,
            )  # fmt: skip
            assert account.accepted
        found = pd.DataFrame(events(lab))
    truth = visible_moves(true_history, instants)
    found["seen"] = pd.to_datetime(found["event_id"].str.rsplit(":", n=1).str[1], format="%Y%m%dT%H%M%SZ")
    shift = pd.Timedelta(0) if known == "time" else pd.Timedelta(hours=18)
    keys = list(zip(found["object_id"].str[3:], found["to_stage_id"].str[3:], found["seen"] + shift, strict=True))
    assert len(truth) > 300
    assert set(keys) == set(truth)
    true_at = pd.Series([truth[key] for key in keys])
    off = (found["at"] - true_at).abs().dt.total_seconds() / 86_400
    assert (off <= found["at_uncertainty_days"] + 1e-9).all()
    moved = found["from_stage_id"].notna()
    assert found.loc[moved, "at_uncertainty_days"].max() == (3.5 if known == "time" else 4.0)
    closed = found["to_stage_id"].str.contains("won|lost") & moved
    assert closed.sum() > 50
    assert found.loc[closed, "at_uncertainty_days"].max() <= 0.5


@pytest.mark.requirement("H06")
def test_a_close_date_that_moved_later_three_times_is_three_slips_from_snapshots_alone(keep, lab, tmp_path):
    for day, close in ((1, "2026-11-15"), (8, "2026-11-30"), (15, "2026-12-15"), (22, "2027-01-15")):
        keep(day, deal(close=close), deal("2"))
    import_export(tmp_path / "opportunity.csv", lab, map_name_or_file="salesforce", loaded_at=NOW)
    kept = read_kept(lab)
    assert kept.close_date_history == "field_events"
    open_deals = read_open_deals(lab, as_of=date(2026, 11, 24))
    slips = find_slips(open_deals, as_of=date(2026, 11, 24), kept=kept)
    (slipped,) = slips.deals
    assert (slipped.opportunity_id, slipped.slip_count, slipped.days_pushed) == ("sf:1", 3, 61)


def test_owner_amount_close_date_and_status_of_deals_and_leads_are_followed(keep, lab):
    keep(1, deal())
    keep(8, deal(stage="Won", amount="120.50", close="2026-11-05", owner="B"))
    assert fields(lab, "owner") == [("sf:A", "sf:B")]
    assert fields(lab, "amount") == [("100", "120.50")]
    assert fields(lab, "close_date") == [("2026-12-01", "2026-11-05")]
    assert fields(lab, "status") == [("open", "won")]
    head = "Id,Company,Status,OwnerId,CreatedDate,ConvertedDate\n"
    keep(1, "L,x,New,A,2026-10-01,\n", head=head, name="lead.csv")
    keep(8, "L,x,Converted,A,2026-10-01,2026-11-04T03:00:00Z\n", head=head, name="lead.csv")
    (status,) = [e for e in events(lab, "field_events") if e["object_type"] == "lead"]
    assert (status["field"], status["old"], status["new"]) == ("status", "New", "Converted")
    assert (status["at"], status["at_uncertainty_days"]) == (pd.Timestamp("2026-11-04 03:00"), 0.0)
    lead = [e for e in events(lab) if e["object_type"] == "lead"]
    assert [(e["from_stage_id"], e["to_stage_id"]) for e in lead][1:] == [("sf:New", "sf:Converted")]


# -- laws


def rows_of(deals, first_stage):
    """Records as they are kept; a deal is its id, stage and amount."""
    ids, stages, amounts = zip(*sorted(deals), strict=True)
    columns = {
        "id": ids, "stage_id": stages, "stage_label": stages, "is_first_stage": [s == first_stage for s in stages],
        "is_closed": [s in ("Won", "Lost") for s in stages], "is_won": [s == "Won" for s in stages],
        "created_at": [datetime(2026, 9, 1)] * len(ids), "amount": [Decimal(amount) for amount in amounts],
    }  # fmt: skip
    types = {"created_at": pa.timestamp("us"), "amount": pa.decimal128(18, 2)}
    deleted = {
        "is_deleted": pa.repeat(pa.scalar(value=False), len(ids)),
        "merged_into_id": pa.nulls(len(ids), pa.string()),
    }
    return pa.table({name: pa.array(values, types.get(name)) for name, values in columns.items()} | deleted)


def told_by(exports, first_stage="Lead"):
    """The events that hold once snapshots, each a time and deals, have come in one after the other."""
    rows, told = {}, {}
    for at, deals in exports:
        snapshot = Kept("opportunity", at, f"{at}", len(deals), Path())
        rows[snapshot] = rows_of(deals, first_stage)
        timeline = Timeline(WATCHED[0], rows)
        for kept, records in rows.items():
            timeline.put(kept, records, until=kept.at, zone="UTC")
        for name, revision in revise(timeline, added=snapshot, removed=None).items():
            for row in revision.rows().to_pylist():
                told[tuple(row[part] for part in get_table(name).key)] = row
    return {key: row for key, row in told.items() if not row["is_deleted"]}


STAGES = st.sampled_from(["Lead", "Offer", "Won", "Lost"])
DEALS = st.dictionaries(st.sampled_from("123"), st.tuples(STAGES, st.integers(1, 2)), min_size=1)
EXPORTS = st.dictionaries(st.integers(1, 30), DEALS, min_size=2, max_size=6).map(
    lambda days: [
        (datetime(2026, 11, day), [(key, *rest) for key, rest in deals.items()]) for day, deals in sorted(days.items())
    ]
)


@given(EXPORTS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_the_order_in_which_snapshots_come_makes_no_difference(exports, chance):
    assert told_by(chance.sample(exports, len(exports))) == told_by(exports)


@given(EXPORTS)
@settings(max_examples=20, deadline=None)
def test_the_events_of_a_record_lead_through_all_stages_in_which_it_was_seen(exports):
    told = [event for event in told_by(exports).values() if "to_stage_id" in event]
    for key in "123":
        seen = [stage for _, deals in exports for own, stage, _ in deals if own == key]
        moves = sorted((e for e in told if e["object_id"] == key), key=lambda e: e["at"])
        assert [e["to_stage_id"] for e in moves] == [stage for stage, _ in itertools.groupby(seen)]
        assert [e["from_stage_id"] for e in moves][1:] == [e["to_stage_id"] for e in moves][:-1]


@given(EXPORTS)
@settings(max_examples=20, deadline=None)
def test_fewer_snapshots_see_no_change_that_more_do_not_see_and_know_its_time_less_well(exports):
    fewer, more = (told_by(some, first_stage="") for some in (exports[::2], exports))
    for event in fewer.values():
        if "to_stage_id" in event:
            low, high = (event["at"] + sign * timedelta(days=event["at_uncertainty_days"]) for sign in (-1, 1))
            finer = [
                e for e in more.values()
                if e["object_id"] == event["object_id"] and e.get("to_stage_id") == event["to_stage_id"]
                and low <= e["at"] <= high and e["at_uncertainty_days"] <= event["at_uncertainty_days"]
            ]  # fmt: skip
            assert finer


def test_the_same_export_again_changes_nothing_whatever_the_order_of_its_rows(keep, lab, tmp_path):
    keep(1, deal("1"), deal("2"))
    keep(8, deal("1", "Offer"), deal("2"))
    prints = {name: lab.fingerprint(name) for name in lab.names()}
    files = {file: file.read_bytes() for file in (tmp_path / "kept").rglob("*.parquet")}
    again = keep(8, deal("2"), deal("1", "Offer"))
    assert [(part.state, part.n_records) for part in again.parts] == [("unchanged", 2)]
    assert again.written == ()
    assert {name: lab.fingerprint(name) for name in lab.names()} == prints
    assert {file: file.read_bytes() for file in (tmp_path / "kept").rglob("*.parquet")} == files


def test_an_older_export_found_late_makes_the_times_around_it_more_exact(keep, lab):
    keep(1, deal())
    keep(21, deal(stage="Offer"))
    ((_, doubt),) = events(lab, "stage_events", "to_stage_id", "at_uncertainty_days")[1:]
    late = keep(11, deal(stage="Offer"))
    (event,) = [e for e in events(lab) if e["from_stage_id"] == "sf:Lead"]
    assert (doubt, event["at_uncertainty_days"]) == (10.5, 5.5)
    assert event["at"] == pd.Timestamp("2026-11-06 12:00")
    assert rules(late)["older"].detail.en == "24 Nov 2026".replace("24", "21")


# -- refusals


def test_another_export_for_the_same_time_needs_a_word(keep, lab):
    keep(1, deal())
    keep(8, deal(stage="Won", close="2026-11-05"))
    with pytest.raises(BadArgument, match=r"Another export of 1 rows was kept for 2026-11-08.*\n  Next: .*--replace"):
        keep(8, deal(stage="Offer"))
    account = keep(8, deal(stage="Offer"), deal("2"), replace_content=True)
    assert [part.state for part in account.parts] == ["replaced"]
    assert events(lab, "stage_events", "object_id", "to_stage_id") == [
        ("sf:1", "sf:Lead"), ("sf:1", "sf:Offer"), ("sf:2", "sf:Lead"),
    ]  # fmt: skip
    assert len(list(account.parts[0].file.parent.glob("*"))) == 1


def test_a_replaced_snapshot_leaves_what_the_right_one_alone_would_have_left(keep, tmp_path):
    told = []
    for wrong in (True, False):
        with connect("duckdb://") as lab:
            lab.change_settings(timezone="UTC")
            options = {"lab": lab, "folder": tmp_path / str(wrong)}
            keep(1, deal("1"), deal("2"), **options)
            if wrong:
                keep(8, deal("1", "Lost", close="2026-11-04"), deal("3", amount="5"), **options)
            keep(15, deal("1", "Offer"), deal("2", "Offer"), deal("3"), **options)
            keep(8, deal("1", "Offer"), deal("2"), replace_content=True, **options)
            told.append(state(lab))
    assert told[0] == told[1]


def test_an_export_that_is_younger_than_its_day_is_not_kept(keep, lab, tmp_path):
    account = keep(1, deal(created="2026-11-09"))
    assert not account.accepted
    assert rules(account)["wrong_day"].severity == "error"
    assert "--at" in rules(account)["wrong_day"].next_step.en
    assert (lab.names(), list((tmp_path).rglob("*.parquet"))) == ((), [])


def test_a_time_in_the_future_is_refused(keep):
    with pytest.raises(BadArgument, match=r"2026-11-30, lies in the future.\n  Next: give the day"):
        keep(30, deal())


def test_an_export_without_deals_and_leads_is_refused(keep):
    with pytest.raises(FileProblem, match=r"neither opportunities nor leads.*\n  Next: export the deals"):
        keep(1, "A,x\n", head="Id,Name\n", name="account.csv")


def test_a_lost_file_of_an_earlier_snapshot_is_named_and_the_same_export_brings_it_back(keep, lab):
    (part,) = keep(1, deal()).parts
    part.file.unlink()
    with pytest.raises(
        FileProblem, match=r"The file of the snapshot of 2026-11-01 00:00 UTC is not there.*\n  Next: put"
    ):
        keep(8, deal(stage="Offer"))
    keep(1, deal())
    assert keep(8, deal(stage="Offer")).accepted
    assert len(events(lab)) == 2


def test_errors_in_rows_close_the_gate_and_good_rows_are_kept_when_the_others_are_set_aside(keep, lab, tmp_path):
    rows = (deal("1"), "2,Lead,maybe,false,1,,2026-12-01,2026-11-01,A,10,\n")
    assert not keep(1, *rows).accepted
    assert lab.names() == ()
    account = keep(1, *rows, set_aside=tmp_path / "aside.csv")
    assert (account.accepted, account.n_set_aside, account.parts[0].n_records) == (True, 1, 1)


# -- killed


KILLED = """
import os, signal, sys
from datetime import date, datetime
from pathlib import Path
from saleslab.intake import keep_snapshot, snapshot_files
from saleslab.warehouse import connect

def stop(progress):
    if progress.file == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)

with connect(f"duckdb:///{sys.argv[2]}") as lab:
    keep_snapshot(sys.argv[1], lab, map_name_or_file="salesforce", at=date(2026, 11, 8),
        folder=Path(sys.argv[2]).with_suffix(".snapshots"), loaded_at=datetime(2026, 11, 24), on_progress=stop)
"""


@pytest.mark.parametrize("step", ["opportunity.csv", "compare", "keep", "publish"])
def test_a_snapshot_that_is_killed_half_way_leaves_nothing_or_all_and_the_next_run_succeeds(tmp_path, keep, step):
    database, folder = tmp_path / "lab.duckdb", tmp_path / "lab.snapshots"
    with connect(f"duckdb:///{database}") as lab:
        lab.change_settings(timezone="UTC")
        keep(1, deal(), lab=lab, folder=folder)
    (tmp_path / "opportunity.csv").write_text(HEAD + deal(stage="Offer"), encoding="utf-8")
    before = look(database, folder)
    words = [sys.executable, "-c", KILLED, tmp_path / "opportunity.csv", database, step]
    killed = subprocess.run(words, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    if step != "publish":  # from then on the database has taken it in
        assert look(database, folder) == before
    with connect(f"duckdb:///{database}") as lab:
        assert keep(8, deal(stage="Offer"), lab=lab, folder=folder).accepted
        assert len(events(lab)) == 2
    assert len(list(folder.glob("object_type=*/*/*.parquet"))) == 2
    assert list((folder / ".unfinished").iterdir()) == []


def look(database, folder):
    with connect(f"duckdb:///{database}", read_only=True) as lab:
        prints = {name: lab.fingerprint(name) for name in lab.names()}
    return prints, {file: file.read_bytes() for file in folder.glob("object_type=*/*/*.parquet")}
