"""``saleslab kpi monitor``: open alerts with owner and task; what somebody has seen is not told again."""

import json
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from saleslab.periods import FiscalCalendar
from saleslab.warehouse import connect

CALENDAR = FiscalCalendar()
AS_OF = ("--as-of", "2026-08-31", "--tree", "tree.yaml", "--file", "r.jsonl")
TREE = """
tree: calls
version: 1
effective_from: 2025-04-01
nodes:
  n_calls: {kind: kgi, target: {period: 2026Q2, target: 3000}, owner: u:1, deputy: u:2, review: {every_days: 7}}
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Two years of calls of two teams; from July 2026 on the second team makes half as many."""
    rng, rows = np.random.default_rng(3), []
    worked = [day for day in pd.bdate_range("2024-09-02", "2026-08-31") if CALENDAR.is_business_day(day.date())]
    for day in worked:
        for user, usual in (("u:1", 12), ("u:2", 12 if day < pd.Timestamp(2026, 7, 6) else 6)):
            rows += [(day + pd.Timedelta(hours=3, minutes=at), user) for at in range(rng.poisson(usual))]
    calls = pd.DataFrame(rows, columns=["at", "user_id"])
    calls = calls.assign(
        activity_id=[f"a:{at}" for at in range(len(calls))], type="call", channel="phone", direction="outbound"
    )
    users = pd.DataFrame({"user_id": ["u:1", "u:2"], "team_id": ["t:1", "t:2"], "is_active": [True, True]})
    teams = pd.DataFrame({"team_id": ["t:1", "t:2"], "name": ["North", "South"]})
    path = tmp_path_factory.mktemp("monitored") / "lab.duckdb"
    with connect(f"duckdb:///{path}") as lab:
        for name, table in (("teams", teams), ("users", users), ("activities", calls)):
            lab.write(name, table, source_system="crm", loaded_at=datetime(2026, 9, 1))
    return path


@pytest.fixture(autouse=True)
def tree(tmp_path):
    (tmp_path / "tree.yaml").write_text(TREE, encoding="utf-8")


@pytest.mark.requirement("E05", "E09")
def test_an_alert_gives_one_task_with_owner_and_due_date(type_in, company, tmp_path):
    words = ("kpi", "monitor", "--db", company, *AS_OF)
    told = type_in(*words, "--to", "alerts.csv", "--tasks", "tasks.csv")
    assert told.exit_code == 1, told.output
    assert "has been lower since" in told.output
    found = json.loads(type_in(*words, "--json").output)
    [alert] = found["alerts"]
    assert (alert["metric_id"], alert["direction"], alert["owner_id"]) == ("n_calls", "down", "u:1")
    assert "2026-06-22" <= alert["onset_on"] <= "2026-07-13"
    assert alert["chance"] > 0.5
    tasks = pd.read_csv(tmp_path / "tasks.csv")
    assert tasks[["assignee_id", "origin", "status"]].to_numpy().tolist() == [["u:1", "alert", "open"]]
    assert tasks["due_at"].notna().all()
    assert pd.read_csv(tmp_path / "alerts.csv")["alert_id"].tolist() == [alert["alert_id"]]


@pytest.mark.requirement("E05")
def test_what_was_seen_is_not_repeated(type_in, company, tmp_path):
    words = ("kpi", "monitor", "--db", company, *AS_OF)
    [alert] = json.loads(type_in(*words, "--json").output)["alerts"]
    minutes = (
        "meetings: [{at: 2026-08-31T10:00:00+09:00, says: [{acknowledgement: {alert_id: '%s', metric_id: n_calls,"
        " scope_type: company, scope_id: company, direction: down, acknowledged_on: 2026-08-31}}]}]"
    )
    (tmp_path / "minutes.yaml").write_text(minutes % alert["alert_id"], encoding="utf-8")
    assert type_in("kpi", "review", "record", "minutes.yaml", "--file", "r.jsonl").exit_code == 0
    told = type_in(*words, "--to", "alerts.csv")
    assert told.exit_code == 0, told.output
    assert "nothing new" in told.output
    kept = pd.read_csv(tmp_path / "alerts.csv")
    assert kept.empty
    assert kept.columns[0] == "alert_id"
    assert json.loads(type_in(*words, "--json").output)["alerts"] == []


def test_seen_writes_what_monitor_reads(type_in, tmp_path):
    told = type_in(
        "kpi", "review", "seen", "risk:n_calls:team:crm:t-1:down:20260706", "--user", "u:1", "--file", "r.jsonl"
    )
    assert told.exit_code == 0, told.output
    row = json.loads((tmp_path / "r.jsonl").read_text(encoding="utf-8"))["content"]
    assert [row[name] for name in ("metric_id", "scope_type", "scope_id", "direction")] == [
        "n_calls",
        "team",
        "crm:t-1",
        "down",
    ]


@pytest.mark.requirement("E09")
def test_the_same_alert_recorded_twice_is_one_task_in_the_warehouse(type_in, company):
    for _ in range(2):
        assert type_in("kpi", "monitor", "--db", company, *AS_OF, "--record").exit_code == 1
    with connect(f"duckdb:///{company}", read_only=True) as lab:
        assert lab.read(lab.table("tasks"))["assignee_id"].tolist() == ["u:1"]


def test_money_is_told_in_the_currency_of_the_company(type_in, tmp_path):
    days = [day for day in pd.bdate_range("2024-09-02", "2026-08-31") if CALENDAR.is_business_day(day.date())]
    n = len(days)
    orders = {
        "order_id": [f"o:{at}" for at in range(n)], "ordered_at": days, "currency": "USD", "account_id": "a:1",
        "total": np.random.default_rng(4).integers(800, 1200, n) // np.where(pd.Series(days) < "2026-06-01", 1, 3),
    }  # fmt: skip
    (tmp_path / "revenue.yaml").write_text(TREE.replace("n_calls", "revenue"), encoding="utf-8")
    with connect(f"duckdb:///{tmp_path}/usd.duckdb") as lab:
        lab.change_settings(currency="USD")
        lab.write("orders", pd.DataFrame(orders), source_system="erp", loaded_at=datetime(2026, 9, 1))
    words = ("kpi", "monitor", "--db", tmp_path / "usd.duckdb", *AS_OF[:2], "--tree", "revenue.yaml", "--to", "a.csv")
    told = type_in(*words)
    assert told.exit_code == 1, told.output
    assert "$" in told.output
    assert "¥" not in told.output
    texts = pd.read_csv(tmp_path / "a.csv")["text"]
    assert texts.str.contains("$", regex=False).any()
    assert not texts.str.contains("¥").any()


def test_a_team_is_watched_by_its_own_values(type_in, company):
    told = [type_in("kpi", "monitor", "--db", company, *AS_OF, "--team", team) for team in ("North", "South")]
    assert [one.exit_code for one in told] == [0, 1]
    assert "team South" in told[1].output
    unknown = type_in("kpi", "monitor", "--db", company, *AS_OF, "--team", "West")
    assert unknown.exit_code == 2
    assert "there are t:1, t:2" in unknown.output
