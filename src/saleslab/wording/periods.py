"""How fiscal periods are written."""

from __future__ import annotations

from datetime import timedelta

from saleslab.periods import Period
from saleslab.wording.numbers import write_date, write_month

_HALVES = {1: "上期", 2: "下期"}


def write_period(period: Period, lang: str) -> str:
    """Write a period: ``FY2026 Q3`` or ``2026年度第3四半期``; a stretch without a fiscal name by its two ends.

    Examples
    --------
    >>> from saleslab.periods import FiscalCalendar
    >>> from datetime import date
    >>> quarter = FiscalCalendar(start_month=4).quarter_of(date(2026, 11, 23))
    >>> write_period(quarter, "en"), write_period(quarter, "ja")
    ('FY2026 Q3', '2026年度第3四半期')
    """
    match period.grain:
        case "year":
            return f"{period.fiscal_year}年度" if lang == "ja" else f"FY{period.fiscal_year}"
        case "half":
            if lang == "ja":
                return f"{period.fiscal_year}年度{_HALVES[period.number]}"
            return f"FY{period.fiscal_year} H{period.number}"
        case "quarter":
            if lang == "ja":
                return f"{period.fiscal_year}年度第{period.number}四半期"
            return f"FY{period.fiscal_year} Q{period.number}"
        case "month":
            middle = period.start + timedelta(days=period.n_days // 2)  # a month of weeks may start in the one before
            return write_month(middle, lang)
        case _:
            between = "〜" if lang == "ja" else " to "
            return between.join((write_date(period.start, lang), write_date(period.end, lang)))


def label_period(period: Period, lang: str) -> str:
    """Write a period for a narrow place: ``FY2026 Q3`` or ``2026年度3Q``.

    Examples
    --------
    >>> from saleslab.periods import FiscalCalendar
    >>> label_period(FiscalCalendar().parse("2026Q3"), "ja")
    '2026年度3Q'
    """
    if period.grain == "quarter" and lang == "ja":
        return f"{period.fiscal_year}年度{period.number}Q"
    return write_period(period, lang)
