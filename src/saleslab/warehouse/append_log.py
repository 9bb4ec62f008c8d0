"""`AppendLog`: what was said, and when, in a file that only grows and shows where it was touched.

One entry a line (JSON), each with the digest of the line before it, so that a line that was edited, moved or taken out
breaks the chain at its place. Plans of experiments, forecasts and reviews are kept in such logs: what was promised
before the data must not be rewritten after them.

A log proves that nobody changed it *in passing*. Whoever may write the file can write a whole new chain; note the
`Head` elsewhere, such as in a published report, and `AppendLog.verify` finds that too.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pandas as pd

from saleslab.errors import BadArgument, WarehouseError
from saleslab.warehouse.locks import hold_lock

GENESIS = "0" * 64
"""Digest that stands before the first entry."""

_DIGESTED = ("position", "at", "kind", "subject", "content", "to_come")


@dataclass(frozen=True, slots=True)
class Note:
    """Something to be written down: of which kind, about what (an id), and what it says (plain JSON values)."""

    kind: str
    subject: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log.

    Attributes
    ----------
    position
        Its line, from 1.
    at
        When it was written down, naive UTC, as the caller said.
    kind, subject, content
        The note.
    digest
        SHA-256 of all this and the digest of the line before it.
    """

    position: int
    at: datetime
    kind: str
    subject: str
    content: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a log at some time: its line and its digest; line 0 for an empty log."""

    position: int
    digest: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Whether a log is as it was written.

    Attributes
    ----------
    head
        The last line whose chain holds.
    broken_at
        First line that does not follow from the one before it; None where all do.
    """

    head: Head
    broken_at: int | None

    @property
    def is_whole(self) -> bool:
        """Whether every line follows from the one before it."""
        return self.broken_at is None

    def __str__(self) -> str:
        return f"whole, {self.head.position} entries" if self.is_whole else f"chain_broken at {self.broken_at}"


class AppendLog:
    """An append-only, hash-chained log in one file of JSON lines.

    An append is all or nothing: a program that is killed while it writes leaves a torn end, which readers pass over and
    the next append takes away. Several programs may append at once; each waits for the others.

    Parameters
    ----------
    file
        Where it lives; made by the first append.
    sha256
        Digest of the whole file at an earlier time: only what stood in it then is read, so that a report can be made
        again as it was. Empty: everything.

    Examples
    --------
    >>> import tempfile
    >>> log = AppendLog(Path(tempfile.mkdtemp()) / "reviews.jsonl")
    >>> log.append([Note("review", "win_rate", {"value": 0.24})], at=datetime(2026, 11, 28))[0].position
    1
    >>> str(log.verify())
    'whole, 1 entries'
    """

    def __init__(self, file: Path | str, *, sha256: str = "") -> None:
        self.file = Path(file)
        self.sha256 = sha256

    # -- writing

    def append(
        self, notes: Sequence[Note], *, at: datetime, check: Callable[[tuple[Entry, ...]], None] | None = None
    ) -> tuple[Entry, ...]:
        """Write notes down, all or none, and return them as entries.

        Parameters
        ----------
        notes
            What is to be written.
        at
            When, naive UTC; the caller's choice, because only the command line reads the clock.
        check
            Called with all entries while nobody else can append; raises to stop the write. So two programs cannot both
            find a name free and take it.

        Raises
        ------
        WarehouseError
            When the chain of the log is broken, or the file cannot be written.
        BadArgument
            When there is no note, the time has a zone, or a note holds what JSON cannot (NaN, a date, a Decimal).
        """
        if not notes:
            raise BadArgument("There is no note to append.", "give at least one.")
        _refuse_zone(at)
        with self._locked() as file:
            head, entries = self._read_for_append(file, needs_all=check is not None)
            if check is not None:
                check(entries)
            added = _chain(notes, at, head)
            file.write("".join(_line(entry, added[-1].position) for entry in added).encode())
            file.flush()
            os.fsync(file.fileno())
        return added

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            file = self.file.open("a+b")
        except OSError as refused:
            raise WarehouseError(
                f"The log '{self.file}' cannot be written: {refused.strerror}.", "check the path and your rights."
            ) from None
        with file, hold_lock(file):
            yield file

    def _read_for_append(self, file: IO[bytes], *, needs_all: bool) -> tuple[Head, tuple[Entry, ...]]:
        """Take a torn end away and return the head; the whole chain is followed only where its entries are needed."""
        file.seek(0)
        raw = file.read()
        sound = _sound_length(raw)
        if sound < len(raw):
            file.truncate(sound)
        lines = raw[:sound].splitlines()
        chain, entries = _follow(lines if needs_all else lines[-1:], self._start(lines) if not needs_all else None)
        if not chain.is_whole:
            raise WarehouseError(
                f"The log '{self.file}' was changed after it was written: {chain}.",
                "restore the file from a backup; do not append to a broken chain.",
            )
        return chain.head, entries

    @staticmethod
    def _start(lines: Sequence[bytes]) -> Head:
        """Return the head before the last line, as that line's neighbour claims it."""
        if len(lines) < 2:
            return Head(0, GENESIS)
        return Head(len(lines) - 1, str(_parse(lines[-2]).get("digest")))

    # -- reading

    def read(self, *, kind: str | None = None, subject: str | None = None) -> tuple[Entry, ...]:
        """Return the entries, the oldest first; all, or those of one kind or about one subject.

        Raises
        ------
        WarehouseError
            When the chain is broken: what follows cannot be trusted.
        """
        chain, entries = _follow(self._lines())
        if not chain.is_whole:
            raise WarehouseError(
                f"The log '{self.file}' was changed after it was written: {chain}.", "restore it from a backup."
            )
        return tuple(
            entry
            for entry in entries
            if (kind is None or entry.kind == kind) and (subject is None or entry.subject == subject)
        )

    def to_frame(self, *, kind: str | None = None, subject: str | None = None) -> pd.DataFrame:
        """Return the entries as ``position, at, kind, subject, digest`` and one column for each name in the content."""
        rows = [
            {"position": e.position, "at": e.at, "kind": e.kind, "subject": e.subject, **e.content, "digest": e.digest}
            for e in self.read(kind=kind, subject=subject)
        ]
        first = ["position", "at", "kind", "subject"]
        frame = pd.DataFrame(rows, columns=None if rows else [*first, "digest"])
        return frame.astype({"at": "datetime64[us]"})

    def verify(self, *, known: Head | None = None) -> Chain:
        """Follow the chain from the first line and return whether, and where, it breaks.

        Parameters
        ----------
        known
            A head that was noted earlier; a log that no longer holds it was cut or written anew.
        """
        chain, entries = _follow(self._lines())
        if known is None or not known.position or not chain.is_whole:
            return chain
        kept = len(entries) >= known.position and entries[known.position - 1].digest == known.digest
        return chain if kept else Chain(chain.head, min(known.position, len(entries) + 1))

    @property
    def head(self) -> Head:
        """The last entry whose chain holds: what a report should note."""
        return self.verify().head

    def _lines(self) -> list[bytes]:
        try:
            raw = self.file.read_bytes()
        except FileNotFoundError:
            raw = b""
        if self.sha256:
            raw = self._as_it_was(raw)
        return raw[: _sound_length(raw)].splitlines()

    def _as_it_was(self, raw: bytes) -> bytes:
        """Return what stood in the file when it had the digest: a log that only grew begins with it."""
        seen, length = hashlib.sha256(), 0
        for line in (b"", *raw.splitlines(keepends=True)):
            seen.update(line)
            length += len(line)
            if seen.hexdigest() == self.sha256:
                return raw[:length]
        raise WarehouseError(
            f"The log '{self.file}' does not begin with what stood in it at the digest {self.sha256[:12]}.",
            "restore it from a backup, or run the report again for the log as it is now.",
        )


def _refuse_zone(at: datetime) -> None:
    if at.tzinfo is not None:
        raise BadArgument(
            f"The time {at.isoformat()} has a zone.", "give UTC without one: at.astimezone(UTC).replace(tzinfo=None)."
        )


def _chain(notes: Sequence[Note], at: datetime, head: Head) -> tuple[Entry, ...]:
    entries, last = [], head.position + len(notes)
    for note in notes:
        content = json.loads(_canonical(dict(note.content)))
        position = head.position + 1
        digest = _digest(position, at.isoformat(), note.kind, note.subject, content, last - position, head.digest)
        entries.append(Entry(position, at, note.kind, note.subject, content, digest))
        head = Head(position, digest)
    return tuple(entries)


def _digest(*parts: Any) -> str:
    return hashlib.sha256(_canonical(list(parts)).encode()).hexdigest()


def _canonical(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as refused:
        raise BadArgument(
            f"A note holds what JSON cannot: {refused}.", "write dates and money as text, and leave missing values out."
        ) from None


def _line(entry: Entry, last: int) -> str:
    """Return one line; an append of several entries says on each how many are still to come."""
    told = dict(zip(_DIGESTED, (entry.position, entry.at.isoformat(), entry.kind, entry.subject), strict=False))
    told |= {"content": entry.content, "to_come": last - entry.position, "digest": entry.digest}
    return f"{_canonical(told)}\n"


def _sound_length(raw: bytes) -> int:
    """Return how many bytes belong to appends that were finished."""
    end = raw.rfind(b"\n") + 1
    while end:
        start = raw.rfind(b"\n", 0, end - 1) + 1
        to_come = _parse(raw[start : end - 1]).get("to_come", 0)
        if not (isinstance(to_come, int) and to_come > 0):
            return end
        end = start
    return 0


def _parse(line: bytes) -> dict[str, Any]:
    """Return what a line says; nothing where it is no JSON object, which breaks the chain there."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _follow(lines: Sequence[bytes], start: Head | None = None) -> tuple[Chain, tuple[Entry, ...]]:
    """Follow the chain as far as it holds."""
    head = start or Head(0, GENESIS)
    entries: list[Entry] = []
    for line in lines:
        told = _parse(line)
        position = head.position + 1
        parts = [told.get(name) for name in _DIGESTED]
        if parts[0] != position or told.get("digest") != _digest(*parts, head.digest):
            return Chain(head, position), tuple(entries)
        at = datetime.fromisoformat(told["at"])
        entries.append(Entry(position, at, told["kind"], told["subject"], told["content"], told["digest"]))
        head = Head(position, told["digest"])
    return Chain(head, None), tuple(entries)
