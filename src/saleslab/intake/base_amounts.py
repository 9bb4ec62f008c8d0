"""Amounts in the company's own currency: at the closing day's rate for closed deals, at today's for open ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_MONEY = pa.decimal128(18, 2)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Rates:
    """Exchange rates by currency: days in order, and how much of the base currency one unit was worth from then on."""

    base: str
    by_currency: Mapping[str, tuple[NDArray[np.datetime64], tuple[Decimal, ...]]]

    def at(self, currency: str, day: date) -> Decimal | None:
        """Return the last rate known on a day; None where there is none yet.

        Examples
        --------
        >>> days = np.array(["2026-04-01", "2026-05-01"], dtype="datetime64[D]")
        >>> rates = Rates("JPY", {"USD": (days, (Decimal(150), Decimal(140)))})
        >>> rates.at("USD", date(2026, 4, 30)), rates.at("USD", date(2026, 3, 31))
        (Decimal('150'), None)
        """
        days, rates = self.by_currency.get(currency, (np.array([], dtype="datetime64[D]"), ()))
        place = int(np.searchsorted(days, np.datetime64(day), side="right"))
        return rates[place - 1] if place else None


def read_rates(lab: Warehouse, base: str) -> Rates:
    """Return the exchange rates that a warehouse holds."""
    if not lab.has("fx_rates"):
        return Rates(base, {})
    frame = lab.read(lab.table("fx_rates").select("currency", "date", "rate_to_base").order_by("currency", "date"))
    by_currency = {}
    for currency, rows in frame.groupby("currency"):
        days = rows["date"].to_numpy(dtype="datetime64[D]")
        by_currency[str(currency)] = (days, tuple(Decimal(str(rate)) for rate in rows["rate_to_base"]))
    return Rates(base, by_currency)


def add_base_amounts(deals: pa.Table, rates: Rates, *, today: date, zone: str) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Return opportunities with ``amount_base``, and a mask of the rows that no rate could convert.

    An amount without a currency is in the company's. Others are converted at the last rate known on the day of
    ``closed_at`` (of ``expected_close_date`` where that is missing) when they are closed, and on ``today`` when open.

    Parameters
    ----------
    deals
        Rows with ``amount``, and ``currency``, ``is_closed``, ``closed_at`` where there are such.
    rates
        Exchange rates.
    today
        The day as of which open deals are valued.
    zone
        IANA name of the company's zone, in which a closing time falls on a day.
    """
    amounts = deals["amount"].combine_chunks()
    if "currency" not in deals.column_names:
        return deals.append_column("amount_base", amounts), np.zeros(deals.num_rows, dtype=bool)
    currencies = pc.utf8_upper(deals["currency"]).combine_chunks()
    home = pc.fill_null(pc.equal(currencies, rates.base), fill_value=True)
    base = pc.if_else(home, amounts, pa.scalar(None, _MONEY))
    abroad = np.flatnonzero(pc.and_(pc.invert(home), pc.is_valid(amounts)).to_numpy(zero_copy_only=False))
    converted: list[Decimal | None] = []
    days = _valued_on(deals, today, zone)
    for place in abroad:
        rate = rates.at(currencies[place].as_py(), days[place].as_py())
        exact = None if rate is None else amounts[place].as_py() * rate
        converted.append(None if exact is None else exact.quantize(_CENT, ROUND_HALF_UP))
    mask = np.zeros(deals.num_rows, dtype=bool)
    mask[abroad] = True
    base = pc.replace_with_mask(base, pa.array(mask), pa.array(converted, _MONEY))
    unconverted = mask & pc.is_null(base).to_numpy(zero_copy_only=False)
    return deals.append_column("amount_base", base), unconverted


def _valued_on(deals: pa.Table, today: date, zone: str) -> pa.Array:
    """Return the day as of which each deal is valued."""
    now = pa.repeat(pa.scalar(today, pa.date32()), deals.num_rows)
    if "is_closed" not in deals.column_names:
        return now
    closed = []
    if "closed_at" in deals.column_names:
        instants = pc.assume_timezone(deals["closed_at"].combine_chunks(), "UTC").cast(pa.timestamp("us", zone))
        closed.append(pc.local_timestamp(instants).cast(pa.date32(), safe=False))
    if "expected_close_date" in deals.column_names:
        closed.append(deals["expected_close_date"].combine_chunks())
    return pc.if_else(deals["is_closed"].combine_chunks(), pc.coalesce(*closed, now), now)
