"""What a column of an unknown export looks like: filled, repeated, numbers, dates, flags, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from saleslab.intake.files import DataFile
from saleslab.intake.values import Manner, as_text, read_values
from saleslab.tables import Kind

LOOKED_AT = 5_000
_MOST_WORDS = 60
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_PHONE = r"^[+(]?\d[\d\s()\-.]{7,18}$"
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}\b")


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """Shares of the filled cells of one column, from its first rows; no value of a person is kept.

    Parameters
    ----------
    name
        Name of the column.
    filled
        Share of rows with a value.
    distinct
        Share of distinct values among the filled ones; 1 for a key.
    numbers, dates, times, flags, emails, phones
        Shares of values that read as such; ``times`` have a time of day.
    largest
        Largest number, where they are numbers.
    order
        ``DMY`` or ``MDY`` where dates with the year last can only be one of them; ``?`` where they can be both.
    words
        The distinct values of a column that has few of them (stages, types), else none.
    """

    name: str
    filled: float
    distinct: float
    numbers: float
    dates: float
    times: float
    flags: float
    emails: float
    phones: float
    largest: float
    order: str
    words: tuple[str, ...]


def profile_columns(file: DataFile) -> tuple[ColumnProfile, ...]:
    """Return what each column of a file looks like."""
    batches = [batch.cells for batch in islice(file.batches(), 1)]
    if not batches:
        return ()
    cells = batches[0].slice(0, LOOKED_AT)
    return tuple(_profile(name, as_text(cells.column(name))) for name in file.columns)


def _profile(name: str, cells: pa.Array) -> ColumnProfile:
    given = cells.drop_null()
    n, words = len(given), given.unique()
    if n == 0:
        return ColumnProfile(name, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", ())
    numbers = read_values(given, Manner(Kind.RATE)).values
    order = _find_order(words.to_pylist())
    moments = read_values(given, Manner(Kind.TIMESTAMP, order=order.replace("?", "DMY"))).values
    written = pc.sum(pc.match_substring_regex(given, r"\d[-/.年]\d|:\d\d")).as_py()
    dates = (n - moments.null_count) / n if written else 0.0
    with_clock = pc.sum(pc.match_substring_regex(given, r"\d:\d\d")).as_py() / n
    flags = read_values(given, Manner(Kind.BOOL)).values
    return ColumnProfile(
        name,
        filled=n / len(cells),
        distinct=len(words) / n,
        numbers=(n - numbers.null_count) / n,
        dates=dates,
        times=min(dates, with_clock),
        flags=(n - flags.null_count) / n if len(words) <= 4 else 0.0,
        emails=pc.sum(pc.match_substring_regex(given, _EMAIL)).as_py() / n,
        phones=pc.sum(pc.match_substring_regex(given, _PHONE)).as_py() / n if not dates else 0.0,
        largest=float(pc.max(numbers).as_py() or 0),
        order=order,
        words=tuple(sorted(words.to_pylist())) if len(words) <= _MOST_WORDS else (),
    )


def _find_order(texts: Sequence[str]) -> str:
    """Return which order dates with the year last must have, ``?`` where both fit, empty where there are none."""
    pairs = [(int(match[1]), int(match[2])) for text in texts if (match := _YEAR_LAST.match(text))]
    if not pairs:
        return ""
    first, second = max(a for a, _ in pairs), max(b for _, b in pairs)
    if first > 12 >= second:
        return "DMY"
    return "MDY" if second > 12 >= first else "?"
