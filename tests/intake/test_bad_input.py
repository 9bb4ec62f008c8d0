"""Bad input: each gets a clear error or finding and the right exit code, and the database stays as it was."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
import typer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from saleslab.cli import imports
from saleslab.errors import SaleslabError
from saleslab.intake import import_export
from saleslab.warehouse import connect

AT = datetime(2026, 11, 24)
HEAD = "Id,StageName,IsClosed,IsWon,Amount,CloseDate,Name\n"
GOOD = "1,Open,false,false,100,2026-04-01,First\n"

app = typer.Typer()
app.command("import")(imports.import_)
app.command("check")(imports.map_check)
app.command("suggest")(imports.map_suggest)
app.command("list")(imports.map_list)
app.command("show")(imports.map_show)


def write(folder, content, name="opportunity.csv"):
    path = Path(folder, name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def type_in(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def prints(database):
    with connect(f"duckdb:///{database}", read_only=True) as lab:
        return {name: lab.fingerprint(name) for name in lab.names()} | {"settings": lab.settings}


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A database that holds one deal already."""
    folder = tmp_path_factory.mktemp("imported")
    path = folder / "lab.duckdb"
    source = write(folder, HEAD + GOOD, "opportunities.csv")
    assert type_in("import", source, "--map", "salesforce", "--into", path).exit_code == 0
    return path


@pytest.fixture
def database(imported, tmp_path):
    """A copy of it for a test of its own."""
    return Path(shutil.copy(imported, tmp_path))


STRUCTURAL = {
    "an empty file": (b"", "is empty"),
    "a header only": (HEAD, "a header and no rows"),
    "a header only, without a line break": (HEAD.strip(), "a header and no rows"),
    "a wrong encoding": (
        HEAD.encode() + "2,Open,false,false,1,,Müller\n".encode("cp1252"),
        "row 2 is not UTF-8 or CP932",
    ),
    "a NUL byte": (HEAD.encode() + b"2,Op\x00en,false,false,1,,x\n", "row 2 holds a NUL byte"),
    "a NUL byte in the header": (HEAD.encode().replace(b"Name", b"Na\x00me") + GOOD.encode(), "row 1 holds a NUL byte"),
    "UTF-16 without its mark": ((HEAD + GOOD).encode("utf-16-le"), "a file of UTF-16 needs its mark"),
    "10,000 columns": (",".join(f"c{n}" for n in range(10_000)) + "\n", "10,000 columns"),
    "10,000 columns with rows": (
        HEAD.strip() + "".join(f",c{n}" for n in range(9_993)) + "\n" + GOOD.strip() + "," * 9_993 + "\n",
        "10,000 columns; an export has at most 2,000",
    ),
    "a missing column": ("Id,Amount\n2,5\n", "no column for opportunities.stage_id"),
    "blank lines only": (b"\n\n\n", "holds no text"),
    "a mark and nothing else": (b"\xef\xbb\xbf", "holds no text"),
    "a header and a footer": (HEAD + '"Grand Totals (0 records)"\n', "a header and no rows"),
    "a quote that swallows the file": (HEAD + '2,"Open,false\n' + "x" * 40_000_000, "a quoted cell is never closed"),
}


@pytest.mark.parametrize("case", STRUCTURAL)
def test_a_file_that_is_no_table_of_deals_ends_with_exit_2_and_leaves_the_database(tmp_path, database, case):
    content, complaint = STRUCTURAL[case]
    before = prints(database)
    done = type_in("import", write(tmp_path, content), "--map", "salesforce", "--into", database)
    assert (done.exit_code, prints(database)) == (2, before)
    assert complaint in done.output
    assert "Next: " in done.output
    assert "Traceback" not in done.output


ROWS = {
    "a truncated row": ("2,Open,false,fal", "truncated_row", 2, ""),
    "a duplicated key": ("2,Open,false,false,1,,a\n2,Open,false,false,9,,a\n", "contradicting_rows", 2, "Id"),
    "text in a number": ("2,Open,false,false,lots,,a\n", "unreadable", 2, "Amount"),
    "more digits than money has": (f"2,Open,false,false,{'9' * 400},,a\n", "unreadable", 2, "Amount"),
    "an endless number": ("2,Open,false,false,1e400,,a\n", "unreadable", 2, "Amount"),
    "a date in an unknown order": ("2,Open,false,false,1,03/04/2026,a\n", "ambiguous_date", 2, "CloseDate"),
    "an impossible date": ("2,Open,false,false,1,2026-02-30,a\n", "unreadable", 2, "CloseDate"),
    "a missing key": (",Open,false,false,1,,a\n", "missing_key", 2, "Id"),
    "a missing stage": ("2,,false,false,1,,a\n", "missing", 2, "StageName"),
    "a file cut off inside a quote": ('2,Open,false,false,1,,"a', "cut_file", None, ""),
}


@pytest.mark.requirement("F01")
@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_cannot_be_imported_closes_the_gate_with_exit_3_file_row_and_column(tmp_path, database, case):
    rows, rule, row, column = ROWS[case]
    before = prints(database)
    done = type_in("import", write(tmp_path, HEAD + rows), "--map", "salesforce", "--into", database, "--json")
    account = json.loads(done.stdout)
    assert (done.exit_code, account["accepted"], account["written"]) == (3, False, [])
    told = [f for f in account["findings"] if f["rule"] == rule and f["table"] in {"opportunities", ""}]
    assert told, account["findings"]
    assert (told[0]["file"], told[0]["column"], told[0]["severity"]) == ("opportunity.csv", column, "error")
    assert row is None or told[0]["rows"][0] == row
    assert told[0]["text"]
    assert told[0]["next_step"]
    assert prints(database) == before


def test_dates_in_three_forms_are_read_and_years_0001_and_9999_mean_no_date(tmp_path, database):
    rows = (
        "2,Open,false,false,1,2026-04-01,a\n3,Open,false,false,1,2026/4/1,a\n4,Open,false,false,1,令和8年4月1日,a\n"
        "5,Open,false,false,1,0001-01-01,a\n6,Open,false,false,1,9999-12-31,a\n"
    )
    done = type_in("import", write(tmp_path, HEAD + rows), "--map", "salesforce", "--into", database, "--json")
    assert done.exit_code == 0
    (finding,) = [f for f in json.loads(done.stdout)["findings"] if f["rule"] == "no_real_date"]
    assert (finding["severity"], finding["rows"]) == ("warning", [5, 6])
    with connect(f"duckdb:///{database}", read_only=True) as lab:
        days = lab.read(lab.table("opportunities").order_by("opportunity_id"))["expected_close_date"]
    assert [str(day)[:10] for day in days] == ["2026-04-01"] * 4 + ["NaT"] * 2


def test_a_day_that_three_countries_write_differently_is_never_guessed(tmp_path, database):
    rows = "2,Open,false,false,1,2026-04-01,a\n3,Open,false,false,1,01.04.2026,a\n4,Open,false,false,1,4/1/2026,a\n"
    before = prints(database)
    done = type_in("import", write(tmp_path, HEAD + rows), "--map", "salesforce", "--into", database, "--json")
    (finding,) = [f for f in json.loads(done.stdout)["findings"] if f["table"] == "opportunities"]
    assert (done.exit_code, finding["rule"], finding["rows"]) == (3, "ambiguous_date", [3, 4])
    assert (finding["column"], prints(database)) == ("CloseDate", before)


def test_a_refused_import_does_not_change_the_settings_that_its_map_would_bring(tmp_path):
    database = tmp_path / "lab.duckdb"
    with connect(f"duckdb:///{database}") as lab:
        before = lab.settings
    source = write(tmp_path, "product,series,sales_price\nX,Y,lots\n", "products.csv")
    assert type_in("import", source, "--map", "maven", "--into", database).exit_code == 3
    with connect(f"duckdb:///{database}", read_only=True) as lab:
        assert (lab.settings, lab.names()) == (before, ())


def test_negative_amounts_are_kept_and_told(tmp_path, database):
    done = type_in(
        "import", write(tmp_path, HEAD + "2,Open,false,false,-5,,a\n"), "--map", "salesforce", "--into", database
    )
    assert done.exit_code == 0
    assert "warning  opportunity.csv row 2 [Amount] (opportunities): 1 amount is below zero" in done.stdout


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP TABLE opportunities; --", "𠮷野家\u202e"]
)
def test_texts_that_would_harm_elsewhere_are_kept_as_texts(tmp_path, database, text):
    done = type_in(
        "import", write(tmp_path, HEAD + f'2,Open,false,false,1,,"{text}"\n'), "--map", "salesforce", "--into", database
    )
    assert done.exit_code == 0
    with connect(f"duckdb:///{database}", read_only=True) as lab:
        names = lab.read(lab.table("opportunities"))["name"].tolist()
    assert sorted(names) == sorted(["First", text])


def test_a_folder_without_exports_and_a_path_that_is_not_there_end_with_exit_2(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    for source, complaint in (
        (empty, "holds no file that can be imported"),
        (tmp_path / "nowhere.csv", "There is no file"),
    ):
        done = type_in("import", source, "--map", "salesforce", "--into", tmp_path / "new.duckdb")
        assert done.exit_code == 2
        assert complaint in done.output
    assert not (tmp_path / "new.duckdb").exists()


def test_a_path_that_is_neither_a_file_nor_a_folder_ends_with_exit_2(tmp_path):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)  # reading it would wait for ever
    done = type_in("import", pipe, "--map", "salesforce", "--into", tmp_path / "new.duckdb")
    assert done.exit_code == 2
    assert "is neither a file nor a folder" in done.output


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64"])
def test_what_is_no_encoding_of_text_ends_with_exit_2(tmp_path, encoding):
    file = write(tmp_path, HEAD + GOOD)
    done = type_in("import", file, "--map", "salesforce", "--encoding", encoding, "--into", tmp_path / "new.duckdb")
    assert done.exit_code == 2
    assert f"'{encoding}' is not an encoding" in done.output


def test_a_database_that_is_none_ends_with_exit_2_and_is_left_as_it_was(tmp_path):
    other = write(tmp_path, "no database at all", "lab.duckdb")
    for into, complaint in ((other, "cannot be opened as a DuckDB database"), (tmp_path, "is a folder")):
        done = type_in("import", write(tmp_path, HEAD + GOOD), "--map", "salesforce", "--into", into)
        assert done.exit_code == 2
        assert complaint in done.output
    assert other.read_text() == "no database at all"


def test_files_that_no_table_of_the_map_has_end_with_exit_2(tmp_path):
    for name in ("a.csv", "b.csv"):
        write(tmp_path, "x,y\n1,2\n", name)
    done = type_in("import", tmp_path, "--map", "salesforce", "--into", tmp_path / "new.duckdb")
    assert done.exit_code == 2
    assert "No file of the source fits the map 'salesforce': a.csv, b.csv" in done.output


def test_an_unknown_map_ends_with_exit_2(tmp_path):
    done = type_in("import", write(tmp_path, HEAD + GOOD), "--map", "zoho", "--into", tmp_path / "new.duckdb")
    assert (done.exit_code, "no map 'zoho'" in done.output) == (2, True)
    assert not (tmp_path / "new.duckdb").exists()


def test_a_refused_import_leaves_no_new_database_behind(tmp_path):
    done = type_in(
        "import", write(tmp_path, HEAD + "2,,x,y,z,,\n"), "--map", "salesforce", "--into", tmp_path / "new.duckdb"
    )
    assert done.exit_code == 3
    assert not (tmp_path / "new.duckdb").exists()


def test_an_empty_file_among_full_ones_is_told(tmp_path):
    write(tmp_path, HEAD + GOOD)
    write(tmp_path, "Id,Name\n", "account.csv")
    with connect("duckdb://") as lab:
        account = import_export(tmp_path, lab, map_name_or_file="salesforce", loaded_at=AT)
    assert account.accepted
    assert [(f.rule, f.file) for f in account.findings] == [("no_rows", "account.csv")]


def test_workbooks_and_parquet_files_that_are_none_end_with_exit_2(tmp_path):
    for name in ("deals.xlsx", "deals.parquet", "deals.docx"):
        done = type_in(
            "import", write(tmp_path, b"PK\x03\x04 no", name), "--map", "salesforce", "--into", tmp_path / "n.duckdb"
        )
        assert done.exit_code == 2
        assert "Next: " in done.output


def test_rows_repeated_exactly_are_one_row_and_told(tmp_path, database):
    done = type_in("import", write(tmp_path, HEAD + GOOD + GOOD), "--map", "salesforce", "--into", database, "--json")
    account = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [(f["rule"], f["rows"]) for f in account["findings"]] == [("repeated_row", [3])]


def test_findings_are_told_in_japanese_too(tmp_path, database):
    file = write(tmp_path, HEAD + "2,Open,false,false,lots,,a\n")
    done = type_in("import", file, "--map", "salesforce", "--into", database, "--lang", "ja")
    assert "1件のセルを金額として読めません。" in done.stdout
    assert "データベースは元のままです。" in done.stdout


KILLED = """
import os, signal, sys
from datetime import datetime
from saleslab.intake import import_export
from saleslab.warehouse import connect

def stop(progress):
    if progress.done > progress.total * float(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

with connect(f"duckdb:///{sys.argv[2]}") as lab:
    import_export(sys.argv[1], lab, map_name_or_file="salesforce", loaded_at=datetime(2026, 11, 24), on_progress=stop)
"""


@pytest.mark.parametrize("share", [0.3, 0.8, 0.99])
def test_an_import_that_is_killed_half_way_leaves_nothing_and_the_next_one_succeeds(tmp_path, database, share):
    folder = tmp_path / "export"
    folder.mkdir()
    deals = "".join(f"{n},Open,false,false,{n},2026-04-01,x\n" for n in range(2, 8_000))
    write(folder, HEAD + deals)
    write(folder, "Id,Name\n" + "".join(f"A{n},x\n" for n in range(8_000)), "account.csv")
    before = prints(database)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, folder, database, str(share)], capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert prints(database) == before
    assert type_in("import", folder, "--map", "salesforce", "--into", database).exit_code == 0
    with connect(f"duckdb:///{database}", read_only=True) as lab:
        assert {name: lab.fingerprint(name).n_rows for name in ("accounts", "opportunities")} == {
            "accounts": 8_000, "opportunities": 7_999,
        }  # fmt: skip


def test_an_import_that_is_killed_as_it_touches_the_database_leaves_all_or_nothing(tmp_path, database):
    file = write(tmp_path, HEAD + "".join(f"{n},Open,false,false,{n},2026-04-01,x\n" for n in range(2, 10_000)))
    before, size, log = prints(database), database.stat().st_size, Path(f"{database}.wal")
    never = "9"
    running = subprocess.Popen([sys.executable, "-c", KILLED, file, database, never])
    while running.poll() is None and not log.exists() and database.stat().st_size == size:
        time.sleep(0.0005)
    running.kill()
    running.wait()
    now = prints(database)
    assert now == before or now["opportunities"].n_rows == 9_999
    assert type_in("import", file, "--map", "salesforce", "--into", database).exit_code == 0
    assert prints(database)["opportunities"].n_rows == 9_999


CELL = st.text(max_size=8) | st.sampled_from(
    ["1", "", "2026-04-01", "01/02/2026", '"', "=1", "総計", "true", "0001-01-01"]
)


@given(st.lists(st.lists(CELL, min_size=1, max_size=9).map(",".join), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_stands_in_a_file_nothing_but_a_clear_error_comes_out(tmp_path, lines):
    file = write(tmp_path, (HEAD + "\n".join(lines)).encode(errors="surrogatepass"))
    with connect("duckdb://") as lab:
        try:
            account = import_export(file, lab, map_name_or_file="salesforce", loaded_at=AT)
            written = {part.table for part in account.written}
        except SaleslabError:
            written = set()
        assert set(lab.names()) == written
        assert not written or "opportunities" in written


def test_a_check_ends_with_0_or_2_and_prints_what_is_missing(tmp_path):
    assert type_in("check", write(tmp_path, HEAD + GOOD)).exit_code == 0
    done = type_in("check", write(tmp_path, "Id,Amount\n1,2\n"), "--map", "salesforce")
    assert done.exit_code == 2
    assert "missing, and needed: " in done.stdout
    done = type_in("check", write(tmp_path, HEAD + GOOD), "--map", "salesforce", "--json")
    assert json.loads(done.stdout)["is_ready"] is True


def test_a_map_is_suggested_to_a_file_that_is_never_overwritten(tmp_path):
    out = tmp_path / "mine.toml"
    file = write(tmp_path, "Deal ID,Stage,Amount\n1,Won,5\n2,Lost,6\n", "deals.csv")
    assert type_in("suggest", file, "--out", out).exit_code == 0
    assert 'table = "opportunities"' in out.read_text(encoding="utf-8")
    assert type_in("suggest", file, "--out", out).exit_code == 2
    assert 'table = "opportunities"' in type_in("suggest", file).stdout


def test_maps_are_listed_and_shown():
    assert "salesforce_ja" in type_in("list").stdout
    assert json.loads(type_in("list", "--json", "--lang", "ja").stdout)["maven"] == "Maven Analytics CRMサンプル"
    assert 'prefix = "maven:"' in type_in("show", "maven").stdout


def test_a_file_that_another_program_has_open_is_refused_with_the_way_on(tmp_path, database):
    code = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline().strip() == b"open"
        done = type_in("import", write(tmp_path, HEAD + GOOD), "--map", "salesforce", "--into", database)
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()
    assert done.exit_code == 2
    assert "open in another program" in done.output
    assert set(prints(database)) == {"opportunities", "stages", "settings"}


def test_an_import_that_sets_rows_aside_ends_with_exit_1(tmp_path, database):
    file, aside = (
        write(tmp_path, HEAD + "2,Open,false,false,lots,,a\n3,Open,false,false,5,,a\n"),
        tmp_path / "aside.csv",
    )
    done = type_in("import", file, "--map", "salesforce", "--into", database, "--set-aside", aside)
    assert done.exit_code == 1
    assert "1 row could not be imported and went to" in done.stdout
    assert prints(database)["opportunities"].n_rows == 2


def test_a_damaged_archive_ends_with_exit_2(tmp_path):
    file = write(tmp_path, gzip.compress((HEAD + GOOD * 2_000).encode())[:60] + b"broken", "opportunity.csv.gz")
    done = type_in("import", file, "--map", "salesforce", "--into", tmp_path / "new.duckdb")
    assert done.exit_code == 2
    assert "cannot be read" in done.output
