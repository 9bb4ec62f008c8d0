"""The README's commands do what it says, in its order, on an export as a newcomer would have one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"```sh\n(.*?)```", re.S)
COMMANDS = [
    line for block in FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8")) for line in block.splitlines()
]
OURS = [line.removeprefix("saleslab ").split() for line in COMMANDS if line.startswith("saleslab ")]

STAGES = [("Closed Won", 100, "true", "true"), ("Closed Lost", 0, "true", "false"), ("Proposal", 50, "false", "false")]
DEAL_COLUMNS = "Id,Name,AccountId,StageName,Amount,Probability,CloseDate,CreatedDate,IsClosed,IsWon,OwnerId,Rank__c"


def deal(i: int) -> str:
    stage, chance, closed, won = STAGES[i % 3]
    dates = f"2026-0{1 + i % 9}-15,2025-1{i % 3}-01T01:00:00Z"
    return f"006{i:03},Deal {i},001A,{stage},{100_000 + 1_000 * i},{chance},{dates},{closed},{won},005{'AB'[i % 2]},{i}"


EXPORT = {
    "User.csv": "Id,Name,IsActive\n005A,Owner A,true\n005B,Owner B,true\n",
    "Account.csv": "Id,Name,Industry,CreatedDate\n001A,Example One,Retail,2025-04-01T01:00:00Z\n",
    "Opportunity.csv": "\n".join([DEAL_COLUMNS, *map(deal, range(60))]) + "\n",
}


@pytest.fixture
def my_export(tmp_path):
    folder = tmp_path / "my_export"
    folder.mkdir()
    for name, text in EXPORT.items():
        (folder / name).write_text(text, encoding="utf-8")


def test_the_two_commands_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    made = [line.split()[1] for line in COMMANDS if line.startswith("make ")]
    assert made == ["demo", "test"]
    assert [target for target in made if not re.search(rf"^{target}:.*##", makefile, re.M)] == []


def test_every_command_is_either_ours_or_known():
    known = ("saleslab ", "make ", "source .venv/bin/activate")
    assert [line for line in COMMANDS if not line.startswith(known)] == []


@pytest.mark.requirement("A08")
def test_a_newcomer_gets_from_an_export_to_a_proved_review(type_in, my_export, tmp_path):
    for words in OURS:
        done = type_in(*words)
        assert done.exit_code == 0, f"saleslab {' '.join(words)}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "my_map.toml").is_file()
    assert (tmp_path / "reports" / "site" / "index.html").is_file()
    assert "Rank__c" in type_in("map", "check", "my_export", "--map", "salesforce").stdout
