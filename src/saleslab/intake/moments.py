"""Dates and times out of cells: everything becomes a calendar day, or an instant in UTC.

A time without a zone is read in the zone that its file is written in. A date alone is a day of the company: as a time
it is the first second of that day, or its last one where the map says so (a deal that closed on a day closed before
that day was over; taking midnight would let it close before it was created).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from saleslab.intake.amounts import Distinct, spread
from saleslab.intake.written_values import FIRST_YEAR, LAST_YEAR, Unreadable, read_moment, read_period

if TYPE_CHECKING:
    from saleslab.intake.values import Manner

Mask = NDArray[np.bool_]

_NAIVE = pa.timestamp("us")
_UTC = pa.timestamp("us", "UTC")
_DAY = (
    r"(19|20|21)\d\d-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
)
_CLOCK = r"([ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)"
_LOCAL_TEXT = rf"^{_DAY}{_CLOCK}?$"
_ZONED_TEXT = rf"^{_DAY}{_CLOCK}(Z|[+-]\d\d:?\d\d)$"
_LAST_SECOND = timedelta(days=1) - timedelta(seconds=1)


def as_dates(cells: pa.Array, manner: Manner, read_distinct: Distinct) -> tuple[pa.Array, dict[str, Mask]]:
    """Return calendar days; a time with a zone falls on the company's day."""
    if pa.types.is_date(cells.type):
        return _within_years(cells.cast(pa.date32()))
    if manner.edge:
        return _period_edges(cells, manner, read_distinct)
    local, utc, _, broken = _read(cells, manner, read_distinct)
    zoned = utc.cast(pa.timestamp("us", manner.company_zone))
    days = pc.coalesce(_floor(local), pc.local_timestamp(zoned).cast(pa.date32(), safe=False))
    return _merge_years(days, broken)


def _floor(local: pa.Array) -> pa.Array:
    return local.cast(pa.date32(), safe=False)


def _period_edges(cells: pa.Array, manner: Manner, read_distinct: Distinct) -> tuple[pa.Array, dict[str, Mask]]:
    """Return the first or last day of written months and quarters; a whole date stays itself."""

    def read(text: str) -> date:
        try:
            return read_period(text, last=manner.edge == "end")
        except Unreadable:
            return read_moment(text, order=manner.order)[0].date()

    text = cells if pa.types.is_string(cells.type) else cells.cast(pa.string())
    return read_distinct(text, read, pa.date32())


def as_timestamps(cells: pa.Array, manner: Manner, read_distinct: Distinct) -> tuple[pa.Array, dict[str, Mask]]:
    """Return instants in UTC, without a zone in their type."""
    if manner.edge:
        days, broken = as_dates(cells, replace(manner, edge=""), read_distinct)
        midnight = days.cast(_NAIVE)
        return _to_utc(
            pc.add(midnight, _LAST_SECOND) if manner.edge == "end" else midnight, manner.company_zone
        ), broken
    if pa.types.is_date(cells.type):
        days, broken = _within_years(cells.cast(pa.date32()))
        return _to_utc(days.cast(_NAIVE), manner.company_zone), broken
    local, utc, alone, broken = _read(cells, manner, read_distinct)
    instants = utc.cast(_NAIVE)
    nothing = pa.scalar(None, _NAIVE)
    if local.null_count < len(local):
        in_file = _to_utc(pc.if_else(alone, nothing, local), manner.zone)
        of_company = _to_utc(pc.if_else(alone, local, nothing), manner.company_zone)
        instants = pc.coalesce(instants, in_file, of_company)
    return instants, broken


def _to_utc(local: pa.Array, zone: str) -> pa.Array:
    """Return the instants of wall-clock times: the first of two equal ones, the end of a skipped hour."""
    if zone == "UTC" or local.null_count == len(local):
        return local
    zoned = pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="latest")
    return zoned.cast(_UTC).cast(_NAIVE)


def _read(
    cells: pa.Array, manner: Manner, read_distinct: Distinct
) -> tuple[pa.Array, pa.Array, pa.Array, dict[str, Mask]]:
    """Return wall-clock times, instants, which of the former are dates alone, and what could not be read."""
    if pa.types.is_timestamp(cells.type):
        return _read_typed(cells)
    text = cells if pa.types.is_string(cells.type) else cells.cast(pa.string())
    local, utc, alone, left = _read_iso(text)
    if not left.any():
        return local, utc, alone, {}
    rest = _tidy(text.filter(pa.array(left)), manner.order)
    local_2, utc_2, alone_2, left_2 = _read_iso(rest)
    broken: dict[str, Mask] = {}
    if left_2.any():
        slow = pa.array(left_2)
        written, wrong = read_distinct(rest.filter(slow), _reader(manner.order), _WRITTEN)
        found_local, found_utc, found_alone = written.flatten()  # unlike field(), this keeps what is missing
        local_2 = pc.replace_with_mask(local_2, slow, found_local)
        utc_2 = pc.replace_with_mask(utc_2, slow, found_utc)
        alone_2 = pc.replace_with_mask(alone_2, slow, pc.fill_null(found_alone, fill_value=False))
        places = np.zeros(left.size, dtype=bool)
        places[np.flatnonzero(left)[left_2]] = True
        broken = spread(wrong, places)
    mask = pa.array(left)
    return (
        pc.replace_with_mask(local, mask, local_2),
        pc.replace_with_mask(utc, mask, utc_2),
        pc.replace_with_mask(alone, mask, alone_2),
        broken,
    )


def _read_iso(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array, Mask]:
    """Return what is written in ISO 8601, and a mask of the cells that are not."""
    is_local = pc.fill_null(pc.match_substring_regex(text, _LOCAL_TEXT), fill_value=False)
    nothing = pa.scalar(None, pa.string())
    whole = pc.all(is_local).as_py()
    local = (text if whole else pc.if_else(is_local, text, nothing)).cast(_NAIVE)
    alone = pc.and_(is_local, pc.fill_null(pc.equal(pc.binary_length(text), 10), fill_value=False))
    if whole:
        return local, pa.nulls(len(text), _UTC), alone, np.zeros(len(text), dtype=bool)
    is_zoned = pc.fill_null(pc.match_substring_regex(text, _ZONED_TEXT), fill_value=False)
    utc = pc.if_else(is_zoned, text, nothing).cast(_UTC)
    left = pc.and_not(pc.is_valid(text), pc.or_(is_local, is_zoned))
    return local, utc, alone, left.to_numpy(zero_copy_only=False)


def _tidy(text: pa.Array, order: str) -> pa.Array:
    """Return cells such as ``2026/4/1 9:05`` (and, in a declared order, ``1.4.2026``) in the form of ISO 8601."""
    if not pc.all(pc.string_is_ascii(text)).as_py():
        text = pc.utf8_normalize(text, form="NFKC")
    text = pc.replace_substring_regex(text, r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b", r"\1-0\2-0\3")
    text = pc.replace_substring_regex(text, r"^(\d{4})-(\d)-(\d{1,2})\b", r"\1-0\2-0\3")
    text = pc.replace_substring_regex(text, r"^(\d{4})-(\d\d)-(\d)\b", r"\1-\2-0\3")
    if order:
        turned = r"\3-0\2-0\1" if order == "DMY" else r"\3-0\1-0\2"
        text = pc.replace_substring_regex(text, r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b", turned)
    text = pc.replace_substring_regex(text, r"^(\d{4})-0(\d\d)-", r"\1-\2-")
    text = pc.replace_substring_regex(text, r"^(\d{4}-\d\d)-0(\d\d)\b", r"\1-\2")
    return pc.replace_substring_regex(text, r"^(\d{4}-\d\d-\d\d)[T ]+(\d:\d\d)", r"\1 0\2")


_WRITTEN = pa.struct([("local", _NAIVE), ("utc", _UTC), ("alone", pa.bool_())])


def _reader(order: str) -> Callable[[str], dict[str, object]]:
    def read(text: str) -> dict[str, object]:
        moment, alone = read_moment(text, order=order)
        if moment.tzinfo is None:
            return {"local": moment, "utc": None, "alone": alone}
        return {"local": None, "utc": moment, "alone": False}

    return read


def _read_typed(cells: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array, dict[str, Mask]]:
    alone = pa.array(np.zeros(len(cells), dtype=bool))
    real, broken = _within_years(cells)
    if cells.type.tz is not None:
        return pa.nulls(len(cells), _NAIVE), real.cast(_UTC, safe=False), alone, broken
    return real.cast(_NAIVE, safe=False), pa.nulls(len(cells), _UTC), alone, broken


def _within_years(values: pa.Array) -> tuple[pa.Array, dict[str, Mask]]:
    """Return days or times without those of years in which nothing can have happened."""
    years = pc.year(values)
    unreal = pc.fill_null(pc.or_(pc.less(years, FIRST_YEAR), pc.greater(years, LAST_YEAR)), fill_value=False)
    if not pc.any(unreal).as_py():
        return values, {}
    return pc.if_else(unreal, pa.scalar(None, values.type), values), {
        "no_real_date": unreal.to_numpy(zero_copy_only=False)
    }


def _merge_years(days: pa.Array, broken: dict[str, Mask]) -> tuple[pa.Array, dict[str, Mask]]:
    real, unreal = _within_years(days)
    return real, broken | unreal
