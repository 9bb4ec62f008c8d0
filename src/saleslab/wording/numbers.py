"""How numbers and dates look in English and in Japanese business writing."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from saleslab.wording.values import Change, Count, Days, Money, Number, Points, Share, Value

_MINUS = "−"
_ENGLISH_SCALES = (("B", Decimal(10) ** 9), ("M", Decimal(10) ** 6), ("K", Decimal(10) ** 3))
_JAPANESE_SCALES = (("兆", Decimal(10) ** 12), ("億", Decimal(10) ** 8), ("万", Decimal(10) ** 4))
_ENGLISH_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_number(value: float | Decimal, digits: int = 0, *, signed: bool = False) -> str:
    """Write a number with thousands separators, a true minus sign and a fixed count of decimals.

    Examples
    --------
    >>> write_number(-1234.5, 1)
    '−1,234.5'
    >>> write_number(3, signed=True)
    '+3'
    """
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    rounded = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    sign = _MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return f"{sign}{abs(rounded):,}"


def _write_scaled(amount: Decimal, scales: tuple[tuple[str, Decimal], ...]) -> tuple[str, str]:
    """Return the digits and the scale word of an amount, three significant digits or so."""
    for word, scale in scales:
        if abs(amount) >= scale:
            scaled = amount / scale
            digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
            return write_number(scaled, digits), word
    return write_number(amount, 0 if amount == amount.to_integral_value() else 2), ""


@lru_cache
def _symbol(currency: str, lang: str) -> str:
    from babel.numbers import get_currency_symbol

    return str(get_currency_symbol(currency, locale={"en": "en_US", "ja": "ja_JP"}[lang])).replace("￥", "¥")


def write_money(money: Money, lang: str) -> str:
    """Write an amount: ``¥58.4 M`` in English, ``5,840万円`` in Japanese.

    Examples
    --------
    >>> write_money(Money(Decimal(58_400_000)), "en"), write_money(Money(Decimal(58_400_000)), "ja")
    ('¥58.4 M', '5,840万円')
    """
    if money.exact:
        digits, scale = write_number(money.amount, 0 if money.currency == "JPY" else 2), ""
    elif lang == "ja":
        digits, scale = _write_scaled(money.amount, _JAPANESE_SCALES)
    else:
        digits, scale = _write_scaled(money.amount, _ENGLISH_SCALES)
    if lang == "ja" and money.currency == "JPY":
        return f"{digits}{scale}円"
    symbol = _symbol(money.currency, lang)
    gap = " " if symbol.isalpha() else ""
    sign, digits = (_MINUS, digits[1:]) if digits.startswith(_MINUS) else ("", digits)
    space = " " if scale and lang == "en" else ""
    return f"{sign}{symbol}{gap}{digits}{space}{scale}"


def write_date(day: date, lang: str) -> str:
    """Write a day: ``23 Nov 2026`` or ``2026年11月23日``."""
    if lang == "ja":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_ENGLISH_MONTHS[day.month - 1]} {day.year}"


def write_month(day: date, lang: str) -> str:
    """Write the month of a day: ``Apr 2026`` or ``2026年4月``."""
    return f"{day.year}年{day.month}月" if lang == "ja" else f"{_ENGLISH_MONTHS[day.month - 1]} {day.year}"


def write_value(value: Value, lang: str) -> str:
    """Write one typed value in one language.

    Examples
    --------
    >>> write_value(Share(0.2412), "en"), write_value(Points(0.013), "ja")
    ('24.1 %', '+1.3ポイント')
    """
    per_cent = "%" if lang == "ja" else " %"
    match value:
        case Money():
            return write_money(value, lang)
        case Share(share, digits):
            return write_number(share * 100, digits) + per_cent
        case Change(change, digits):
            return write_number(change * 100, digits, signed=True) + per_cent
        case Points(points, digits):
            return write_number(points * 100, digits, signed=True) + ("ポイント" if lang == "ja" else " pt")
        case Count(n):
            return write_number(n)
        case Number(number, digits):
            return write_number(number, digits)
        case Days(days, digits):
            written = write_number(days, digits)
            return f"{written}日" if lang == "ja" else f"{written} day" + ("" if written == "1" else "s")
