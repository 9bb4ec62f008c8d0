"""A log only grows, survives a kill, and shows where it was touched."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleslab.errors import BadArgument, WarehouseError
from saleslab.warehouse import AppendLog, Head, Note

AT = datetime(2026, 11, 28, 9)

WRITER = """
import sys
from datetime import datetime
from saleslab.warehouse import AppendLog, Note
log = AppendLog(sys.argv[1])
for i in range(int(sys.argv[3])):
    log.append([Note("seen", sys.argv[2], {"i": i, "part": p}) for p in (1, 2)], at=datetime(2026, 11, 28, 9))
    print(i, flush=True)
"""


def write_log(folder: Path, n: int = 5) -> AppendLog:
    log = AppendLog(folder / "log.jsonl")
    for i in range(n):
        log.append([Note("review", "win_rate", {"value": i / 10})], at=AT)
    return log


def change_line(log: AppendLog, number: int, change) -> None:
    lines = log.file.read_text(encoding="utf-8").splitlines()
    lines[number - 1] = change(lines[number - 1])
    log.file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


@settings(max_examples=40, deadline=None)
@given(
    contents=st.lists(
        st.dictionaries(st.text(max_size=5), st.one_of(st.integers(-(10**12), 10**12), st.text(), st.booleans())),
        min_size=1,
        max_size=6,
    )
)
def test_what_was_appended_is_read_back_in_order(tmp_path_factory, contents):
    log = AppendLog(tmp_path_factory.mktemp("log") / "log.jsonl")
    log.append([Note("any", "x", content) for content in contents], at=AT)
    assert [dict(entry.content) for entry in log.read()] == contents
    assert [entry.position for entry in log.read()] == list(range(1, len(contents) + 1))
    assert str(log.verify()) == f"whole, {len(contents)} entries"


def test_a_log_that_does_not_exist_yet_is_empty_and_whole(tmp_path):
    log = AppendLog(tmp_path / "none.jsonl")
    assert log.read() == ()
    assert log.verify().is_whole
    assert list(log.to_frame().columns) == ["position", "at", "kind", "subject", "digest"]


def test_editing_line_3_breaks_the_chain_at_3(tmp_path):
    log = write_log(tmp_path)
    change_line(log, 3, lambda line: line.replace("0.2", "0.9"))
    assert str(log.verify()) == "chain_broken at 3"
    with pytest.raises(WarehouseError, match="(?s)chain_broken at 3.*Next: restore it from a backup"):
        log.read()


@pytest.mark.parametrize("name", ["at", "kind", "subject", "to_come", "position"])
def test_no_part_of_a_line_can_be_edited_unseen(tmp_path, name):
    log = write_log(tmp_path)

    def edit(line: str) -> str:
        told = json.loads(line)
        told[name] = told[name] + 1 if isinstance(told[name], int) else "2020-01-01T00:00:00"
        return json.dumps(told)

    change_line(log, 2, edit)
    assert log.verify().broken_at == 2


def test_a_line_with_a_new_digest_breaks_the_chain_at_the_next(tmp_path):
    log, other = write_log(tmp_path), AppendLog(tmp_path / "other.jsonl")
    other.append([Note("review", "win_rate", {"value": 0.0})], at=AT)
    other.append([Note("review", "win_rate", {"value": 0.99})], at=AT)
    forged = other.file.read_text(encoding="utf-8").splitlines()[1]
    change_line(log, 2, lambda _: forged)
    assert log.verify().broken_at == 3


def test_a_line_taken_out_or_two_lines_swapped_are_seen(tmp_path):
    log = write_log(tmp_path)
    lines = log.file.read_text(encoding="utf-8").splitlines(keepends=True)
    log.file.write_text("".join(lines[:2] + lines[3:]), encoding="utf-8")
    assert log.verify().broken_at == 3
    log.file.write_text("".join([lines[0], lines[2], lines[1], *lines[3:]]), encoding="utf-8")
    assert log.verify().broken_at == 2


def test_a_log_that_was_cut_or_written_anew_is_known_by_a_head_noted_elsewhere(tmp_path):
    log = write_log(tmp_path)
    noted = log.head
    lines = log.file.read_text(encoding="utf-8").splitlines(keepends=True)
    log.file.write_text("".join(lines[:3]), encoding="utf-8")
    assert log.verify().is_whole
    assert str(log.verify(known=noted)) == "chain_broken at 4"
    anew = AppendLog(tmp_path / "anew.jsonl")
    for i in range(7):
        anew.append([Note("review", "win_rate", {"value": i / 7})], at=AT)
    assert anew.verify(known=noted).broken_at == noted.position
    assert anew.verify(known=Head(0, "0" * 64)).is_whole


def test_a_log_is_read_as_it_stood_when_its_file_had_a_digest(tmp_path):
    log = write_log(tmp_path, 3)
    then = hashlib.sha256(log.file.read_bytes()).hexdigest()
    log.append([Note("review", "win_rate", {"value": 0.9})], at=AT)
    assert (len(AppendLog(log.file, sha256=then).read()), len(log.read())) == (3, 4)
    log.file.unlink()
    write_log(tmp_path, 2)
    with pytest.raises(
        WarehouseError, match=r"(?s)does not begin with what stood in it.*Next: restore it from a backup"
    ):
        AppendLog(log.file, sha256=then).read()


def test_nothing_is_appended_to_a_broken_chain(tmp_path):
    log = write_log(tmp_path)
    change_line(log, 5, lambda line: line.replace("0.4", "0.9"))
    before = log.file.read_bytes()
    with pytest.raises(WarehouseError, match="(?s)chain_broken at 5.*Next: restore the file"):
        log.append([Note("review", "x", {})], at=AT)
    assert log.file.read_bytes() == before


def test_a_torn_end_is_passed_over_and_taken_away_by_the_next_append(tmp_path):
    log = write_log(tmp_path, 2)
    sound = log.file.read_bytes()
    log.append([Note("review", "a", {}), Note("review", "b", {})], at=AT)
    whole = log.file.read_bytes()
    for cut in range(len(sound) + 1, len(whole)):
        log.file.write_bytes(whole[:cut])
        assert len(log.read()) == 2
        assert log.verify().is_whole
    log.append([Note("review", "c", {})], at=AT)
    assert [entry.subject for entry in log.read()] == ["win_rate", "win_rate", "c"]


def test_a_check_that_raises_stops_the_write(tmp_path):
    log = write_log(tmp_path, 1)

    def refuse(entries):
        raise BadArgument(f"There are {len(entries)}.", "stop.")

    with pytest.raises(BadArgument, match="There are 1"):
        log.append([Note("review", "x", {})], at=AT, check=refuse)
    assert len(log.read()) == 1


def test_a_killed_writer_leaves_a_whole_log_that_can_be_continued(tmp_path):
    file = tmp_path / "log.jsonl"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file), "a", "1000000"], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    told = [writer.stdout.readline() for _ in range(30)]
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().splitlines()
    writer.wait()
    writer.stdout.close()
    log = AppendLog(file)
    acknowledged = len(told) + len(rest)
    entries = log.read()
    assert len(entries) % 2 == 0
    assert acknowledged <= len(entries) // 2 <= acknowledged + 1
    log.append([Note("seen", "b", {})], at=AT)
    assert log.verify().head.position == len(entries) + 1


def test_two_programs_that_append_at_once_lose_nothing(tmp_path):
    file = tmp_path / "log.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(file), name, "40"], stdout=subprocess.DEVNULL)
        for name in ("a", "b")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    log = AppendLog(file)
    assert str(log.verify()) == "whole, 160 entries"
    for name in ("a", "b"):
        assert [(e.content["i"], e.content["part"]) for e in log.read(subject=name)] == [
            (i, part) for i in range(40) for part in (1, 2)
        ]


@pytest.mark.parametrize(
    ("content", "told"),
    [({"value": float("nan")}, "write dates and money as text"), ({"on": date(2026, 1, 1)}, "not JSON serializable")],
)
def test_what_json_cannot_hold_is_refused(tmp_path, content, told):
    with pytest.raises(BadArgument, match=told):
        write_log(tmp_path, 1).append([Note("review", "x", content)], at=AT)


def test_a_time_with_a_zone_and_an_empty_append_are_refused(tmp_path):
    log = AppendLog(tmp_path / "log.jsonl")
    with pytest.raises(BadArgument, match="has a zone.*\n.*Next: give UTC without one"):
        log.append([Note("review", "x", {})], at=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(BadArgument, match="no note"):
        log.append([], at=AT)
    with pytest.raises(WarehouseError, match="Next: check the path"):
        AppendLog(tmp_path).append([Note("review", "x", {})], at=AT)
