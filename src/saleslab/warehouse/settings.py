"""What is true of a whole company: its time zone, currency, fiscal year and country."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from saleslab.errors import BadArgument
from saleslab.periods import FiscalCalendar


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
    """

    timezone: str = "Asia/Tokyo"
    currency: str = "JPY"
    fiscal_start_month: int = 4
    country: str = "JP"

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise BadArgument(
                f"'{self.timezone}' is not a time zone.", "give an IANA name such as Asia/Tokyo."
            ) from None
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():
            raise BadArgument(f"'{self.currency}' is not a currency.", "give an ISO 4217 code such as JPY.")
        FiscalCalendar(self.fiscal_start_month, self.country)

    @property
    def fiscal_calendar(self) -> FiscalCalendar:
        """The company's calendar."""
        return FiscalCalendar(self.fiscal_start_month, self.country)

    def to_rows(self) -> dict[str, list[str]]:
        """Return the settings as two text columns, ``name`` and ``value``."""
        pairs = asdict(self)
        return {"name": list(pairs), "value": [str(value) for value in pairs.values()]}

    @classmethod
    def from_rows(cls, rows: dict[str, str]) -> Settings:
        """Read settings back from stored text; unknown names are passed over, missing ones keep their default."""
        known = {field.name for field in fields(cls)}
        values: dict[str, object] = {name: value for name, value in rows.items() if name in known}
        if "fiscal_start_month" in values:
            values["fiscal_start_month"] = int(rows["fiscal_start_month"])
        return cls(**values)  # type: ignore[arg-type]
