"""In which encoding is a text file written, and is it text at all?"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from saleslab.errors import FileProblem

_CHUNK = 1 << 23
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_RUN = re.compile(r"[^\x00-\x7f]+")
_WITHIN_WORD = re.compile(r"(?<=[a-z])[^\x00-\x7f]{1,2}(?![^\x00-\x7f])")
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
_DECLARE = "save it as UTF-8, or say its encoding with --encoding (such as cp932 or cp1252)."


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one look at all bytes of a text file tells: its encoding, and whether it ends inside a quoted cell."""

    encoding: str
    ends_in_quote: bool


def look_at_text(path: Path, name: str, encoding: str | None = None) -> TextFacts:
    """Return the encoding of a text file.

    UTF-8 is tried first, then CP932; what decodes as neither, or as CP932
    in a way that no Japanese is written, is refused.

    Raises
    ------
    FileProblem
        When the file holds NUL bytes, or its encoding cannot be told; with the row.
    """
    found = _declared(encoding) if encoding else _marked(path)
    if found is None:
        found = "utf-8" if _first_bad_byte(path, "utf-8") is None else "cp932"
    if not is_wide(found):
        _refuse_nul(path, name)
    bad = _first_bad_byte(path, found)
    if bad is not None:
        given = f"{encoding}" if encoding else "UTF-8 or CP932"
        raise FileProblem(f"'{name}' row {_row_of(path, bad)} is not {given} text (byte {bad:,}).", _DECLARE)
    if found == "cp932" and encoding is None:
        _refuse_unlikely_japanese(path, name)
    return TextFacts(found, _ends_in_quote(path, found))


def is_wide(encoding: str) -> bool:
    """Say whether an encoding writes every letter in two bytes or four, so that bytes of line ends mean nothing."""
    return encoding.startswith(("utf-16", "utf-32"))


def _declared(encoding: str) -> str:
    """Return the proper name of an encoding of text."""
    try:
        "".encode(encoding)
    except LookupError:
        raise FileProblem(f"'{encoding}' is not an encoding.", "use utf-8, utf-16, cp932 or cp1252.") from None
    return codecs.lookup(encoding).name


def _chunks(path: Path) -> Iterator[bytes]:
    with pa.input_stream(str(path), compression="detect") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def first_text(path: Path, encoding: str, n_bytes: int = 1 << 20) -> str:
    """Return the first characters of a text file, without its mark."""
    with pa.input_stream(str(path), compression="detect") as stream:
        head = stream.read(n_bytes)
    return codecs.getincrementaldecoder(encoding)("replace").decode(head).removeprefix("\ufeff")


def _marked(path: Path) -> str | None:
    head = next(_chunks(path), b"")[:4]
    return next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)


def _first_bad_byte(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    for chunk in _chunks(path):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as wrong:
            return done - held + wrong.start
        done += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return done
    return None


def _refuse_nul(path: Path, name: str) -> None:
    done = 0
    for chunk in _chunks(path):
        at = chunk.find(b"\0")
        if at >= 0:
            row = _row_of(path, done + at)
            raise FileProblem(
                f"'{name}' row {row} holds a NUL byte (byte {done + at:,}): it is damaged, or not a text file.",
                "export it again as CSV in UTF-8; a file of UTF-16 needs its mark at the start.",
            )
        done += len(chunk)


def _row_of(path: Path, byte: int) -> int:
    """Return the number of the line that holds a byte, the first being 1."""
    row, done = 1, 0
    for chunk in _chunks(path):
        row += chunk[: max(byte - done, 0)].count(b"\n")
        done += len(chunk)
        if done >= byte:
            break
    return row


def _refuse_unlikely_japanese(path: Path, name: str) -> None:
    """Refuse text without kana whose foreign characters stand within Latin words: those are accents misread."""
    text = first_text(path, "cp932", 1 << 22)
    n_runs, n_within = len(_RUN.findall(text)), len(_WITHIN_WORD.findall(text))
    if n_within * 2 >= n_runs > 0 and not _KANA.search(text):
        raise FileProblem(f"'{name}' is not UTF-8, and read as CP932 it makes no Japanese.", _DECLARE)


def _ends_in_quote(path: Path, encoding: str) -> bool:
    """Say whether the quotes do not pair up and the last one opens a cell: the file was cut off inside it."""
    if is_wide(encoding):
        return False
    n_quotes, tail = 0, b""
    for chunk in _chunks(path):
        n_quotes += chunk.count(b'"')
        tail = (tail + chunk)[-_CHUNK:]
    if n_quotes % 2 == 0:
        return False
    before = tail[: tail.rfind(b'"')].rstrip(b" ")
    return not before or before[-1:] in b",;\t|\n\r"
