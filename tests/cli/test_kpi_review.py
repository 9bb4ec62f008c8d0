"""``saleslab kpi review``: what is typed lands in the log, and what is due, broken or judged is told."""

import json
from datetime import date
from pathlib import Path

import pytest

from saleslab.kpi import ReviewLog

PLANS = Path(__file__).resolve().parents[2] / "data" / "plans"
FILE = ("--file", "r.jsonl")
FAR = date(2999, 1, 1)


@pytest.fixture
def log(tmp_path):
    return ReviewLog(tmp_path / "r.jsonl")


def decide(type_in, *more):
    words = ("--decision", "Visit every finalist.", "--reason", "Visited ones win.", "--due", "2099-12-31")
    return type_in("kpi", "review", "decide", "win_rate", *words, *FILE, *more)


@pytest.mark.requirement("D02", "J11", "M08")
def test_a_decision_is_written_with_reason_and_prediction_and_has_an_id_of_its_own(type_in, log):
    told = decide(type_in, "--chance", "0.7", "--expect", "45 % by December.", "--owner", "u:1", "--json")
    assert told.exit_code == 0, told.output
    name = json.loads(told.output)["id"]
    assert json.loads(decide(type_in, "--low", "0.4", "--high", "0.5", "--json").output)["id"] != name
    decisions, predictions = (log.read(kind, as_of=FAR) for kind in ("decision", "prediction"))
    assert decisions["reason"].tolist() == ["Visited ones win."] * 2
    assert predictions["decision_id"].tolist() == decisions["decision_id"].tolist()
    assert predictions["chance"].tolist()[0] == 0.7
    assert predictions[["low", "high", "mass"]].iloc[1].tolist() == [0.4, 0.5, 0.8]


@pytest.mark.requirement("D02")
def test_what_is_due_is_listed_and_ends_with_one_while_something_is_late(type_in, log):
    type_in("kpi", "review", "record", PLANS / "invented_company_reviews.yaml", *FILE)
    told = type_in("kpi", "review", "due", *FILE, "--as-of", "2026-09-30")
    assert told.exit_code == 1
    assert "12 days late  2026-09-18  Decision: what came of it?  d-0720-morning" in told.output
    rows = json.loads(type_in("kpi", "review", "due", *FILE, "--as-of", "2026-09-30", "--json").output)
    assert [row["days_late"] for row in rows] == [65, 12, 12, 1, 1, 0]
    quiet = type_in("kpi", "review", "due", *FILE, "--as-of", "2026-07-02", "--lang", "ja")
    assert quiet.exit_code == 0
    assert "期限切れはなく" in quiet.output
    assert "決定" not in quiet.output, "what was newly decided is not asked"
    none = type_in("kpi", "review", "due", "--file", "none.jsonl")
    assert none.exit_code == 0
    assert "no review log yet" in none.output
    with_tree = type_in(
        "kpi", "review", "due", *FILE, "--as-of", "2026-10-20", "--tree", PLANS / "invented_company.yaml", "--json"
    )
    assert {"n_decided", "win_rate"} <= {row["id"] for row in json.loads(with_tree.output) if row["kind"] == "review"}


@pytest.mark.requirement("D03")
def test_votes_are_kept_under_a_pseudonym_with_a_key_that_is_made_once(type_in, log, tmp_path):
    name = json.loads(decide(type_in, "--json").output)["id"]
    words = ("kpi", "review", "say", name)
    for user in ("u:secret1", "u:secret2", "u:secret1"):
        told = type_in(*words, "for", "--user", user, "--key", "k.bin", *FILE)
        assert told.exit_code == 0, told.output
    assert "already" in told.output
    assert (tmp_path / "k.bin").stat().st_mode & 0o077 == 0
    assert log.count_votes(as_of=FAR)["for"].tolist() == [2]
    assert "secret" not in log.log.file.read_text(encoding="utf-8")
    twice = type_in(*words, "against", "--user", "u:secret1", "--key", "k.bin", "--signed", *FILE)
    assert twice.exit_code == 2
    assert "another name" in twice.output


@pytest.mark.requirement("M08")
def test_outcomes_are_scored_by_team_and_for_all(type_in):
    type_in("kpi", "review", "record", PLANS / "invented_company_reviews.yaml", *FILE)
    told = type_in("kpi", "review", "score", *FILE, "--as-of", "2026-09-30")
    assert told.exit_code == 0
    assert "3 stated chances: off by 0.203" in told.output
    late = type_in("kpi", "review", "outcome", "p-0720-app", "--failed", *FILE)
    assert late.exit_code == 0, late.output
    rows = json.loads(type_in("kpi", "review", "score", *FILE, "--json").output)
    assert rows[-1]["n_chances"] == 4
    misfit = type_in("kpi", "review", "outcome", "p-0720-app", "--value", "3", *FILE)
    assert misfit.exit_code == 2
    assert "does not fit it" in misfit.output


@pytest.mark.requirement("D02")
def test_a_log_that_was_touched_is_told_with_its_line_and_ends_with_one(type_in, log):
    decide(type_in)
    assert type_in("kpi", "review", "held", "win_rate", "--value", "0.24", *FILE).exit_code == 0
    assert type_in("kpi", "review", "verify", *FILE).output.strip() == "whole, 2 entries"
    log.log.file.write_text(
        log.log.file.read_text(encoding="utf-8").replace("Visit every", "Visit no"), encoding="utf-8"
    )
    told = type_in("kpi", "review", "verify", *FILE)
    assert (told.exit_code, told.output.strip()) == (1, "chain_broken at 1")
    assert decide(type_in).exit_code == 2
    assert type_in("kpi", "review", "verify", "--file", "none.jsonl").exit_code == 2


def test_bad_input_writes_nothing(type_in, log):
    assert decide(type_in, "--chance", "1.4").exit_code == 2
    assert decide(type_in, "--low", "1").exit_code == 2
    unsaid = decide(type_in, "--expect", "45 % by December.")
    assert unsaid.exit_code == 2
    assert "not how likely" in unsaid.output
    assert type_in("kpi", "review", "seen", "win_rate", *FILE).exit_code == 2
    assert type_in("kpi", "review", "due", *FILE, "--zone", "Mars/Base").exit_code == 2
    assert not log.log.file.exists()
