"""What is true of a whole company: its time zone, currency, fiscal year, country and the days on which it rests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from saleslab.errors import BadArgument
from saleslab.periods import FiscalCalendar

_WHOLE = ("fiscal_start_month", "week_start")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that are stored with the tables.

    Parameters
    ----------
    timezone
        IANA name; naive times of an export are read in it, and days are counted in it.
    currency
        ISO 4217 code of `amount_base`.
    fiscal_start_month
        First month of the fiscal year, 1-12.
    country
        ISO 3166 code whose public holidays count.
    fiscal_pattern
        Of what a quarter is made: ``month``, ``4-4-5``, ``4-5-4`` or ``5-4-4``.
    fiscal_named_after
        The calendar year after which a fiscal year is named: the one it ``start``s in, or ``end``s in.
    week_start
        Weekday on which weeks start, Monday being 0; only for patterns of weeks.
    closed_days
        Days on which the company rests beside public holidays, ``12-29`` every year or ``2026-08-14`` once; as a
        sequence, or as text with commas between them.

    Examples
    --------
    >>> Settings(fiscal_start_month=2, fiscal_pattern="4-5-4", fiscal_named_after="end").fiscal_calendar.pattern
    '4-5-4'
    """

    timezone: str = "Asia/Tokyo"
    currency: str = "JPY"
    fiscal_start_month: int = 4
    country: str = "JP"
    fiscal_pattern: str = "month"
    fiscal_named_after: str = "start"
    week_start: int = 0
    closed_days: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        days = self.closed_days.split(",") if isinstance(self.closed_days, str) else self.closed_days
        object.__setattr__(self, "closed_days", tuple(sorted({day.strip() for day in days} - {""})))
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadArgument(
                f"'{self.timezone}' is not a time zone.", "give an IANA name such as Asia/Tokyo."
            ) from None
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise BadArgument(f"'{self.currency}' is not a currency.", "give an ISO 4217 code such as JPY.")
        self._lay_calendar()

    @property
    def fiscal_calendar(self) -> FiscalCalendar:
        """The company's calendar."""
        return self._lay_calendar()

    def _lay_calendar(self) -> FiscalCalendar:
        return FiscalCalendar(
            self.fiscal_start_month,
            self.country,
            pattern=self.fiscal_pattern,  # type: ignore[arg-type]
            week_start=self.week_start,
            named_after=self.fiscal_named_after,  # type: ignore[arg-type]
            closed_days=self.closed_days,
        )

    def to_rows(self) -> dict[str, list[str]]:
        """Return the settings as two text columns, ``name`` and ``value``."""
        pairs = asdict(self) | {"closed_days": ",".join(self.closed_days)}
        return {"name": list(pairs), "value": [str(value) for value in pairs.values()]}

    @classmethod
    def from_rows(cls, rows: Mapping[str, str]) -> Settings:
        """Read settings back from stored text; unknown names are passed over, missing ones keep their default."""
        known = {field.name for field in fields(cls)}
        values: dict[str, Any] = {name: value for name, value in rows.items() if name in known}
        return cls(**values | {name: int(rows[name]) for name in _WHOLE if name in rows})
