"""Numbers, rates and amounts of money out of cells."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from saleslab.intake.written_values import Unreadable, read_number
from saleslab.tables import Kind

if TYPE_CHECKING:
    from saleslab.intake.values import Manner

Mask = NDArray[np.bool_]
Distinct = Callable[[pa.Array, Callable[[str], Any], pa.DataType], "tuple[pa.Array, dict[str, Mask]]"]

EXACT = pa.decimal128(38, 6)
"""In which written numbers are held before they become money: six decimals, 32 digits before them."""

_STORED_MONEY = pa.decimal128(18, 2)
_FINEST = Decimal("0.000001")
_LARGEST = Decimal(10) ** 15
_MICRO = 10_000
_EXACT_TEXT = r"^[+-]?\d{1,15}(\.\d{1,6})?$"
_FLOAT_TEXT = r"^[+-]?\d{1,15}(\.\d{1,17})?$"
_WHOLE_TEXT = r"^[+-]?\d{1,18}$"
_GROUPED_TEXT = r"^(?:[+-]?¥? ?|¥ ?[+-])(\d{1,3}(,\d{3}){1,4}|\d{1,15})(\.\d{1,6})? ?円?$"


class Remainder:
    """What rounding to cents has left over so far, in millionths; it is added to the next row.

    Amounts of four decimals, rounded one by one, lose money: the 60,855 lines of AdventureWorks sum to 80,450,596.98,
    their rounded amounts to 80,450,592.06. With the remainder carried on, the total is kept to the cent, and no line
    differs from its exact amount by more than a cent.
    """

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = 0

    def round(self, exact: pa.Array) -> pa.Array:
        """Return amounts in cents whose running total is that of the exact ones, rounded half up.

        Examples
        --------
        >>> exact = pa.array([Decimal("0.004")] * 5, EXACT)
        >>> [str(value) for value in Remainder().round(exact).to_pylist()]
        ['0.00', '0.01', '0.00', '0.01', '0.00']
        """
        micros = _to_micros(pc.fill_null(exact, Decimal(0)))
        fractions = micros % _MICRO
        running = np.cumsum(fractions) + self.left + _MICRO // 2
        steps = np.diff(running // _MICRO, prepend=0)
        if running.size:
            self.left = int(running[-1] % _MICRO) - _MICRO // 2
        cents = micros // _MICRO + steps
        return pc.if_else(pc.is_valid(exact), _from_cents(cents), pa.scalar(None, _STORED_MONEY))


def _to_micros(exact: pa.Array) -> NDArray[np.int64]:
    digits = pc.replace_substring(exact.cast(pa.string()), ".", "")
    micros: NDArray[np.int64] = digits.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return micros


def _from_cents(cents: NDArray[np.int64]) -> pa.Array:
    hundredth = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
    return pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), hundredth).cast(_STORED_MONEY)


def as_numbers(cells: pa.Array, manner: Manner, read_distinct: Distinct) -> tuple[pa.Array, dict[str, Mask]]:
    """Return integers, numbers, rates or amounts of money, and the places of what could not be read."""
    if not pa.types.is_string(cells.type):
        return _from_typed(cells, manner)
    scaled = manner.scale != 1
    target = pa.float64() if manner.kind in {Kind.NUMBER, Kind.RATE} else EXACT
    if manner.kind is Kind.INTEGER:
        target = pa.int64()
    pattern = {pa.float64(): _FLOAT_TEXT, EXACT: _EXACT_TEXT, pa.int64(): _WHOLE_TEXT}[target]
    if manner.decimal_comma:
        cells = pc.replace_substring(pc.replace_substring_regex(cells, r"[.\s'\x{a0}\x{202f}]", ""), ",", ".")
    if not scaled:
        cells = _without_marks(cells, pattern)
    fast = pc.is_null(cells) if scaled else pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=True)
    if pc.all(fast).as_py():
        return _finish(_divide(cells.cast(target), manner), manner, {})
    quick = _divide(pc.if_else(fast, cells, pa.scalar(None, pa.string())).cast(target), manner)
    slow = pc.invert(fast)
    values, broken = read_distinct(cells.filter(slow), _reader(manner), target)
    places = slow.to_numpy(zero_copy_only=False)
    return _finish(pc.replace_with_mask(quick, slow, values), manner, spread(broken, places))


def _without_marks(cells: pa.Array, pattern: str) -> pa.Array:
    """Return cells with the thousands separators and yen marks of plainly written amounts taken off."""
    if pc.all(pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=True)).as_py():
        return cells
    folded = cells if pc.all(pc.string_is_ascii(cells)).as_py() else pc.utf8_normalize(cells, form="NFKC")
    grouped = pc.fill_null(pc.match_substring_regex(folded, _GROUPED_TEXT), fill_value=False)
    return pc.if_else(grouped, pc.replace_substring_regex(folded, "[,¥円 ]", ""), cells)


def _divide(values: pa.Array, manner: Manner) -> pa.Array:
    return pc.divide(values, 100.0) if manner.percent and pa.types.is_floating(values.type) else values


def spread(broken: dict[str, Mask], places: Mask) -> dict[str, Mask]:
    """Return masks over some places as masks over all of them; empty ones are left out."""
    spread = {}
    for rule, mask in broken.items():
        if mask.any():
            spread[rule] = np.zeros(places.size, dtype=bool)
            spread[rule][np.flatnonzero(places)[mask]] = True
    return spread


def _reader(manner: Manner) -> Callable[[str], Any]:
    def read(text: str) -> Decimal | float | int:
        number = read_number(text) * manner.scale
        in_percent = "%" in text or "％" in text
        if in_percent and manner.kind is not Kind.RATE:
            raise Unreadable
        if manner.percent and not in_percent:
            number /= 100
        if abs(number) >= _LARGEST:
            raise Unreadable
        if manner.kind is Kind.MONEY:
            return number.quantize(_FINEST)
        if manner.kind is Kind.INTEGER:
            if number != number.to_integral_value():
                raise Unreadable
            return int(number)
        return float(number)

    return read


def _from_typed(cells: pa.Array, manner: Manner) -> tuple[pa.Array, dict[str, Mask]]:
    """Return numbers of a typed column, whatever its type of number."""
    if not (pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type)):
        missing = pa.nulls(len(cells), EXACT if manner.kind is Kind.MONEY else pa.float64())
        return _finish(missing, manner, {"unreadable": pc.is_valid(cells).to_numpy(zero_copy_only=False)})
    if pa.types.is_floating(cells.type):
        finite = pc.fill_null(pc.is_finite(cells), fill_value=False)
        cells = pc.if_else(finite, cells, pa.scalar(None, cells.type))
    if manner.kind in {Kind.NUMBER, Kind.RATE}:
        values = pc.multiply(cells.cast(pa.float64()), float(manner.scale))
        return _finish(_divide(values, manner), manner, {})
    if manner.kind is Kind.INTEGER:
        values = cells.cast(pa.float64())
        whole = pc.fill_null(pc.equal(values, pc.round(values)), fill_value=True)
        kept = pc.if_else(whole, values, pa.scalar(None, pa.float64())).cast(pa.int64())
        return _finish(kept, manner, {"unreadable": pc.invert(whole).to_numpy(zero_copy_only=False)})
    exact = pc.round(cells.cast(pa.float64()), 6).cast(EXACT, safe=False) if pa.types.is_floating(cells.type) else None
    exact = exact if exact is not None else cells.cast(EXACT, safe=False)
    if manner.scale != 1:
        exact = pa.array([None if v is None else v * manner.scale for v in exact.to_pylist()], EXACT)
    return _finish(exact, manner, {})


def _finish(values: pa.Array, manner: Manner, broken: dict[str, Mask]) -> tuple[pa.Array, dict[str, Mask]]:
    """Return money in cents, other numbers as they are."""
    if manner.kind is Kind.INTEGER and not pa.types.is_integer(values.type):
        return values.cast(pa.int64()), broken
    if manner.kind is not Kind.MONEY:
        return values, broken
    too_large = pc.fill_null(pc.greater_equal(pc.abs(values), pa.scalar(_LARGEST, EXACT)), fill_value=False)
    if pc.any(too_large).as_py():
        values = pc.if_else(too_large, pa.scalar(None, EXACT), values)
        mask = too_large.to_numpy(zero_copy_only=False)
        broken = broken | {"unreadable": broken.get("unreadable", np.zeros(len(mask), dtype=bool)) | mask}
    if manner.remainder is not None:
        return manner.remainder.round(values), broken
    rounded = pc.round(values, 2, round_mode="half_towards_infinity")
    finer = pc.fill_null(pc.not_equal(rounded, values), fill_value=False)
    if pc.any(finer).as_py():
        broken = broken | {"rounded": finer.to_numpy(zero_copy_only=False)}
    return rounded.cast(_STORED_MONEY), broken
