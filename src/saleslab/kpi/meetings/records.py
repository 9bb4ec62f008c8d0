"""Meetings that were written down in a file, and into the log: the file is what people edit, the log is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, field_validator

from saleslab.kpi.declared_files import read_declared, refuse_file
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.kpi.reviews.sayings import KINDS, Saying
from saleslab.kpi.yaml_files import YamlFile

_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


class _Meeting(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    says: tuple[dict[str, dict[str, Any]], ...]

    @field_validator("at")
    @classmethod
    def _to_utc(cls, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("a time without its zone; write it as 2026-09-28T10:00:00+09:00")
        return at.astimezone(UTC).replace(tzinfo=None)


class _Meetings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    meetings: tuple[_Meeting, ...]


def read_meetings(path: Path | str) -> tuple[tuple[datetime, tuple[Saying, ...]], ...]:
    """Return the meetings of a YAML file: when each was (UTC), and what was said, in their order.

    A meeting has its time ``at`` with a zone, and ``says``: a list of entries, each of one kind with its fields, such
    as ``decision: {decision_id: d-1, metric_id: win_rate, decision: ..., reason: ..., due: 2026-12-31}``.

    Raises
    ------
    FileProblem
        When the file cannot be read, or an entry is none; every mistake with its line, and no text repeated.
    """
    declared, file = read_declared(path, _Meetings)
    told, mistakes = [], list[str]()
    for place, meeting in enumerate(declared.meetings):
        sayings = []
        for number, said in enumerate(meeting.says):
            saying, faults = _read_saying(said, file, ("meetings", place, "says", number))
            mistakes += faults
            sayings += [saying] if saying is not None else []
        told.append((meeting.at, tuple(sayings)))
    if mistakes:
        raise refuse_file(file, mistakes)
    return tuple(told)


def record_meetings(log: ReviewLog, meetings: Sequence[tuple[datetime, Sequence[Saying]]]) -> int:
    """Write meetings into a log, each at its time, and return how many entries were new: twice adds nothing.

    Raises
    ------
    BadArgument
        As `ReviewLog.record`; meetings before the refused one are written.
    """
    return sum(log.record(list(sayings), at=at) for at, sayings in meetings)


def _read_saying(said: dict[str, Any], file: YamlFile, place: tuple[str | int, ...]) -> tuple[Saying | None, list[str]]:
    line = file.locate(place)
    if len(said) != 1 or next(iter(said)) not in KINDS:
        return None, [f"{line}: an entry is one of {', '.join(KINDS)}"]
    [(kind, given)] = said.items()
    unknown = sorted(set(given) - {field.name for field in fields(KINDS[kind])})
    if unknown:
        return None, [f"{line}: {kind} has no {', '.join(unknown)}"]
    try:
        return _ADAPTERS.setdefault(kind, TypeAdapter(KINDS[kind])).validate_python(given), []
    except ValidationError as error:
        return None, [
            f"{file.locate((*place, kind, *one['loc']))}: {'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        ]
