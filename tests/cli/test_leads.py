"""The verbs about leads on a file: train, score, rank, card, models; what they write, print and refuse."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

N, N_OPEN = 640, 60
AS_OF = "2026-07-03"
"""Day of the last lead that is decided."""
MAP = """
id = "number"
outcome = "state"
won_values = ["won"]
open_values = ["open"]
created = "came"
closed = "ended"
owner = "rep"
ignored = ["person"]
closed_columns = ["minutes"]
"""
SECRET = "Taro Yamada 090-1234-5678"


def invent(*, signal=0.8, n=N, seed=5):
    """Return leads of two years: visits tell who buys, a column is written at the end, the last ones are open."""
    lot = np.random.default_rng(seed)
    visits = lot.poisson(3, n)
    won = lot.random(n) < 1 / (1 + np.exp(1 - signal * (visits - 3)))
    came = pd.Timestamp("2025-01-06 01:00") + pd.to_timedelta(np.sort(lot.integers(0, 600 * 24, n)), unit="h")
    is_open = np.arange(n) >= n - N_OPEN
    came = came.where(~is_open, pd.Timestamp("2026-09-20") + pd.to_timedelta(lot.integers(0, 200, n), unit="h"))
    state = np.where(is_open, "open", np.where(won, "won", "lost"))
    return pd.DataFrame(
        {
            "number": [f"L{at}" for at in range(n)],
            "came": came,
            "ended": (came + pd.Timedelta(days=9)).where(~is_open),
            "state": state,
            "visits": visits,
            "source": lot.choice(["web", "展示会", "phone"], n),
            "minutes": np.where(won, 30, 2) + lot.integers(0, 3, n),
            "stamp": np.where(is_open, None, np.where(won, "closed won", "closed lost")),
            "rep": lot.choice(["u1", "u2"], n),
            "budget": lot.integers(1, 9, n) * 1000,
            "person": SECRET,
        }
    )


def write(leads, folder):
    leads.to_csv(folder / "leads.csv", index=False)
    (folder / "own.toml").write_text(MAP, encoding="utf-8")


FILE = ("--file", "leads.csv", "--map", "own.toml")
TRAIN = ("leads", "train", *FILE, "--drop", "stamp", "--window", 30)
SHELF = ("--models", "models")
SIGNED = (*SHELF, "--key", "key.txt")
"""Signed models are read without the trial in a child process, which takes seconds."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with a file of leads and a model that was trained on it once; only to be copied."""
    from typer.testing import CliRunner

    from saleslab.cli import app

    folder = tmp_path_factory.mktemp("trained")
    write(invent(), folder)
    (folder / "key.txt").write_text("a secret of more than sixteen bytes", encoding="utf-8")
    words = [*FILE, *SIGNED, "--drop", "stamp", "--window", "30", "--groups", "source", "--json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        done = CliRunner().invoke(app, ["leads", "train", *words])
    assert done.exit_code == 0, done.stderr
    (folder / "told.json").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture
def shelf(trained, tmp_path, type_in):
    """A copy of that folder in which one types."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path


def digest(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "current.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.requirement("J01")
def test_a_trained_model_lies_on_the_shelf_with_its_card_and_is_used(shelf, type_in):
    told = json.loads((shelf / "told.json").read_text(encoding="utf-8"))
    assert told["verdict"] == "ready"
    assert told["is_current"] is True
    assert "minutes" not in told["columns"], "known too late"
    assert "stamp" not in told["columns"], "dropped"
    assert [leak["column"] for leak in told["leaks"] if leak["verdict"] == "block"] == ["minutes", "stamp"]
    assert (told["facts"]["n_leads"], told["facts"]["data_to"]) == (N - N_OPEN, AS_OF)
    assert told["facts"]["metrics"]["leaked_auc"] > told["facts"]["metrics"]["forward_auc"] > 0.65
    card = type_in("leads", "card", *SHELF).stdout
    assert "## May it be used?" in card
    assert "**AUC with leaking columns, for comparison only**: " in card
    assert "source: 展示会" in card
    kept = json.loads(type_in("leads", "card", *SHELF, "--json").stdout)
    assert kept["sha256"] == told["sha256"]
    assert kept["rows"][0]["value"]["ja"]
    assert type_in("leads", "card", *SHELF, "--lang", "ja", "--to", "card.md").exit_code == 0
    assert "## " in (shelf / "card.md").read_text(encoding="utf-8")
    listed = type_in("leads", "models", *SHELF).stdout
    assert "current   ready · 580 leads learned from · AUC on later leads 0." in listed


def test_the_same_leads_give_the_same_bytes_and_nothing_is_promoted_twice(shelf, type_in):
    before, pointer = digest(shelf / "models"), (shelf / "models" / "current.json").read_bytes()
    done = type_in(*TRAIN, *SIGNED, "--groups", "source")
    assert done.exit_code == 0, done.stderr
    assert "It was the current model already." in done.stdout
    assert "Left out, known too late or by your word: minutes, stamp" in done.stdout
    assert (digest(shelf / "models"), (shelf / "models" / "current.json").read_bytes()) == (before, pointer)


@pytest.mark.requirement("F02")
def test_a_column_that_knows_the_outcome_closes_the_gate_until_somebody_answers_for_it(type_in, tmp_path):
    write(invent(n=200), tmp_path)
    stopped = type_in("leads", "train", *FILE, "--window", 30)
    assert stopped.exit_code == 3
    assert "GateClosed: 1 column knows the outcome: 'stamp'" in stopped.stderr
    assert "\n  Next: leave it out: --drop COLUMN; or let it through with a reason" in stopped.stderr
    assert not (tmp_path / "data").exists()
    let = type_in("leads", "train", *FILE, "--window", 30, "--allow", "stamp=it is our experiment")
    assert "  allowed: stamp (it is our experiment)" in let.stdout, let.stderr
    name = next(path.name for path in (tmp_path / "data" / "models").iterdir() if path.name.startswith("20"))
    model = name.removesuffix(".card.json")
    assert "Allowed: it is our experiment" in type_in("leads", "card", model).stdout


def test_a_model_without_a_signal_is_kept_and_not_used_and_says_the_average_when_it_must(type_in, tmp_path):
    write(invent(signal=0, n=300, seed=6), tmp_path)
    (tmp_path / "key.txt").write_text("a secret of more than sixteen bytes", encoding="utf-8")
    key = ("--key", "key.txt")
    done = type_in(*TRAIN, *key)
    assert done.exit_code == 1
    assert "It says of itself that it is not ready, so it is kept and not used." in done.stdout
    unused = type_in("leads", "score", *FILE, *key)
    assert unused.exit_code == 2
    assert "is in use; there are 20" in unused.stderr
    assert "Next: use one: saleslab leads models --use NAME." in unused.stderr
    refused = type_in("leads", "models", "--use", "2026")
    assert refused.exit_code == 2
    assert "not ready" in refused.stderr
    assert type_in("leads", "models", "--use", "2026", "--why", "to see").exit_code == 0
    scored = type_in("leads", "score", *FILE, *key)
    assert "sorts no better than a lot, so every lead has the average chance" in scored.stdout
    assert len(set(pd.read_csv(tmp_path / "scores.csv")["chance_won"])) == 1
    ranked = type_in("leads", "rank", *FILE, *key, "--to", "calls.csv", "--value-column", "budget", "--json")
    assert json.loads(ranked.stdout)["is_sorting"] is False
    sheet = pd.read_csv(tmp_path / "calls.csv")
    assert "Chance to win" not in sheet
    for _, own in sheet.groupby("Who"):
        assert own["Worth of a success"].is_monotonic_decreasing


def test_scores_are_written_with_bounds_and_grades_for_other_programs(shelf, type_in):
    told = json.loads(type_in("leads", "score", *FILE, *SIGNED, "--to", "s.parquet", "--json").stdout)
    scores = pd.read_parquet(shelf / "s.parquet")
    assert told["n_leads"] == len(scores) == N_OPEN
    assert sum(told["grades"].values()) == N_OPEN
    assert ((scores["low"] <= scores["chance_won"]) & (scores["chance_won"] <= scores["high"])).all()
    everyone = type_in("leads", "score", *FILE, *SIGNED, "--all", "--to", "s.csv")
    assert "640 leads scored" in everyone.stdout
    assert type_in("leads", "score", *FILE, *SIGNED, "--to", "s.xlsx").exit_code == 0
    rows = CalamineWorkbook.from_path(shelf / "s.xlsx").get_sheet_by_index(0).to_python()
    assert len(rows) == N_OPEN + 1


@pytest.mark.requirement("M04")
def test_the_list_says_whom_first_and_why_and_holds_nobody_who_said_no(shelf, type_in):
    words = ("leads", "rank", *FILE, *SIGNED, "--capacity", 5, "--value", 20000, "--cost", 100)
    refused = [f"L{at}" for at in range(N - N_OPEN, N, 2)]
    (shelf / "no.csv").write_text("lead_id\n" + "\n".join(refused) + "\n", encoding="utf-8")
    done = type_in(*words, "--opted-out", "no.csv")
    assert done.exit_code == 0, done.stderr
    assert "10 leads listed of 30, expected to bring " in done.stdout
    assert "1 place drawn by lot" in done.stdout
    assert "Nobody recorded who said no" in done.stderr
    (title,) = CalamineWorkbook.from_path(shelf / "calls.xlsx").sheet_names
    header, *rows = CalamineWorkbook.from_path(shelf / "calls.xlsx").get_sheet_by_name(title).to_python()
    assert header[:5] == ["Who", "Order", "What to do", "Grade", "Chance to win"]
    column = {name: [row[at] for row in rows] for at, name in enumerate(header)}
    assert set(column["Lead"]) & set(refused) == set()
    assert column["Who"] == ["u1"] * 5 + ["u2"] * 5
    picked = list(zip(column["Drawn by lot"], column["Chance to win"], column["Speaks for"], strict=True))
    assert all("visits: " in pros for drawn, _, pros in picked if drawn != "yes")
    assert max(chance for _, chance, _ in picked) > 0.8
    assert type_in(*words, "--to", "ja.csv", "--lang", "ja").exit_code == 0
    assert list(pd.read_csv(shelf / "ja.csv"))[:3] == ["担当", "担当の順番", "やること"]


def test_the_same_list_has_the_same_bytes(shelf, type_in):
    words = ("leads", "rank", *FILE, *SIGNED, "--value", 20000, "--person", "u2")
    for name in ("a.xlsx", "b.xlsx", "a.csv", "b.csv"):
        assert type_in(*words, "--to", name).exit_code == 0
    for kind in ("xlsx", "csv"):
        assert (shelf / f"a.{kind}").read_bytes() == (shelf / f"b.{kind}").read_bytes()
    assert len(pd.read_csv(shelf / "a.csv")) == 8


def test_what_was_written_before_stays_when_something_is_wrong(shelf, type_in):
    (shelf / "calls.xlsx").write_bytes(b"yesterday")
    done = type_in("leads", "rank", *FILE, *SIGNED, "--opted-out", "absent.csv")
    assert done.exit_code == 2
    (shelf / "in_the_way").write_text("a file", encoding="utf-8")
    blocked = type_in("leads", "rank", *FILE, *SIGNED, "--to", "in_the_way/calls.csv")
    assert blocked.exit_code == 2
    assert "\n  Next: " in blocked.stderr
    assert (shelf / "calls.xlsx").read_bytes() == b"yesterday"
    assert not list(shelf.glob("**/*.unfinished"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("train", "--file", "absent.csv", "--map", "own.toml"), "There is no file 'absent.csv'.\n  Next: correct"),
        (("train", "--file", "leads.csv"), "Nobody says what the columns of 'leads.csv' are.\n  Next: give --map"),
        (("train", "--map", "maven"), "A map is given, and no file.\n  Next: name the file"),
        (("train", *FILE, "--as-of", "soon"), "'soon' is not a day.\n  Next: write it as 2026-09-30."),
        (("train", *FILE, "--allow", "stamp"), "'stamp' is to be let through without one reason.\n  Next: --allow"),
        (("train", *FILE, "--drop", "weight"), "there is no column weight.\n  Next: allow, with a reason, or drop"),
        (("train", *FILE, "--drop", "stamp", "--groups", "city"), "no column city to be grouped by.\n  Next: name"),
        (("train", *FILE, "--drop", "stamp", "--window", 9999), "None of 640"),
        (("train", "--db", "absent.duckdb"), "\n  Next: "),
        (("rank", *FILE, "--to", "list.docx"), "'list.docx' is no file that is written.\n  Next: end its name"),
        (("rank", *FILE, "--person", "u9"), "'u9' has no list of leads.\n  Next: give one of: u1, u2."),
        (("rank", *FILE, "--page", "--opted-out", "own.toml"), "--opted-out is kept nowhere"),
        (("rank", *FILE, "--opted-out", "own.toml"), "\n  Next: "),
        (("rank", *FILE, "--model", "2025"), "0 models of the shelf are called '2025'.\n  Next: use one of: 20"),
        (("score", *FILE, "--models", "elsewhere"), "there is none yet.\n  Next: train one: saleslab leads train"),
        (("models", "--use", "2026", "--back"), "\n  Next: give --use or --back."),
        (("models", "--back"), "No model was current before"),
        (("watch", *FILE, "--as-of", AS_OF), "No lead has come in since the model was trained.\n  Next: ask"),
    ],
)
def test_what_is_wrong_is_said_with_the_next_step_and_without_a_name(shelf, type_in, words, told):
    shelf_given = () if "--models" in words else SHELF if words[0] == "models" else SIGNED
    done = type_in("leads", *words, *shelf_given)
    assert done.exit_code == 2, done.stdout
    assert told in done.stderr
    assert SECRET not in done.stderr + done.stdout


def test_a_bundle_that_was_changed_is_refused_and_found(shelf, type_in):
    state = next((shelf / "models").glob("20*/scorer.json"))
    state.write_bytes(state.read_bytes().replace(b"0.", b"1.", 1))
    done = type_in("leads", "score", *FILE, *SIGNED)
    assert done.exit_code == 2
    assert "is not as it was saved: 1 of its files were changed" in done.stderr
    listed = type_in("leads", "models", *SHELF)
    assert listed.exit_code == 1
    assert "1 of its files were changed" in listed.stdout


def test_another_model_can_be_used_and_one_can_go_back(shelf, type_in):
    first = json.loads(type_in("leads", "models", *SHELF, "--json").stdout)[0]["model"]
    write(invent(n=240), shelf)
    kept = type_in(*TRAIN, *SIGNED, "--keep")
    assert kept.exit_code == 0
    assert "The current model stays as it is." in kept.stdout
    names = [one["model"] for one in json.loads(type_in("leads", "models", *SHELF, "--json").stdout)]
    (other,) = set(names) - {first}
    assert type_in("leads", "models", *SHELF, "--use", other, "--why", "a test").exit_code == 0
    back = json.loads(type_in("leads", "models", *SHELF, "--back", "--json").stdout)
    assert [one["model"] for one in back if one["is_current"]] == [first]


@pytest.mark.requirement("H01")
def test_the_watch_is_quiet_while_leads_stay_alike_and_closes_the_gate_when_they_change(shelf, type_in):
    leads = invent()
    later = invent(n=700, seed=6).assign(number=[f"M{at}" for at in range(700)], state="lost")
    lot = np.random.default_rng(3)
    came = pd.Timestamp("2026-09-01") + pd.to_timedelta(lot.integers(0, 40 * 24, 700), unit="h")
    won = lot.random(700) < 1 / (1 + np.exp(1 - 0.8 * (later["visits"] - 3)))
    later = later.assign(came=came, ended=came + pd.Timedelta(days=9), state=np.where(won, "won", "lost"))
    pd.concat([leads[leads["state"] != "open"], later]).to_csv("leads.csv", index=False)
    calm = type_in("leads", "watch", *FILE, *SIGNED, "--as-of", "2026-12-01")
    assert calm.exit_code == 0, calm.stdout + calm.stderr
    assert "700 leads came in since, 700 with a known outcome" in calm.stdout
    assert "Keep the model: it sorts the new leads about as it had promised" in calm.stdout
    turned = later.assign(state=np.where(won, "lost", "won"))
    pd.concat([leads[leads["state"] != "open"], turned]).to_csv("leads.csv", index=False)
    alarm = type_in("leads", "watch", *FILE, *SIGNED, "--as-of", "2026-12-01", "--json")
    assert alarm.exit_code == 3
    told = json.loads(alarm.stdout)
    assert told["verdict"] == "retrain"
    assert {"calibration_off", "ranking_fell"} <= {reason["code"] for reason in told["reasons"]}
