"""How numbers and dates look in English and in Japanese business writing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from saleslab.wording.values import Change, Count, Days, Money, Number, Points, Share, Value

_MINUS = "−"
_ENGLISH_SCALES = (("B", Decimal(10) ** 9), ("M", Decimal(10) ** 6), ("K", Decimal(10) ** 3))
_JAPANESE_SCALES = (("兆", Decimal(10) ** 12), ("億", Decimal(10) ** 8), ("万", Decimal(10) ** 4))
_COUNTERS = {"": "", "deal": "件", "customer": "社", "person": "名"}
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


def _scale_of(amount: Decimal, lang: str, currency: str) -> tuple[str, Decimal, int]:
    """Return the scale word of an amount, what it stands for, and decimals for three significant digits or so."""
    for word, scale in _JAPANESE_SCALES if lang == "ja" else _ENGLISH_SCALES:
        if abs(amount) >= scale:
            scaled = abs(amount) / scale
            return word, scale, 0 if scaled >= 100 else 1 if scaled >= 10 else 2
    return "", Decimal(1), 0 if currency == "JPY" or amount == amount.to_integral_value() else 2


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
        whole = money.currency == "JPY" or money.amount == money.amount.to_integral_value()
        return _join_money(write_number(money.amount, 0 if whole else 2), "", money.currency, lang)
    word, scale, digits = _scale_of(money.amount, lang, money.currency)
    return _join_money(write_number(money.amount / scale, digits), word, money.currency, lang)


def write_amounts(column: Sequence[Money], lang: str) -> list[str]:
    """Write the amounts of a column in one unit with as many decimals each, so that the eye can compare them.

    The unit fits the amount in the middle. Where it would round an amount to nothing, or currencies differ, each
    amount is written by itself.

    Examples
    --------
    >>> write_amounts([Money(Decimal(16_900_000)), Money(Decimal(2_310_000)), Money(Decimal(500_000))], "en")
    ['¥16.90 M', '¥2.31 M', '¥0.50 M']
    >>> write_amounts([Money(Decimal(106_690_000)), Money(Decimal(43_580_000))], "ja")
    ['1.07億円', '0.44億円']
    """
    sizes = sorted(abs(money.amount) for money in column if money.amount)
    is_plain = len({money.currency for money in column}) == 1 and not any(money.exact for money in column)
    if len(sizes) < 2 or not is_plain:
        return [write_money(money, lang) for money in column]
    word, scale, digits = _scale_of(sizes[len(sizes) // 2], lang, column[0].currency)
    if sizes[0] / scale <= Decimal("0.5").scaleb(-digits):
        return [write_money(money, lang) for money in column]
    return [
        _join_money(write_number(money.amount / scale, digits), word, money.currency, lang)
        if money.amount
        else write_money(money, lang)
        for money in column
    ]


def _join_money(digits: str, word: str, currency: str, lang: str) -> str:
    """Put digits, scale word and currency into the sequence of a language."""
    if lang == "ja" and currency == "JPY":
        return f"{digits}{word}円"
    symbol = _symbol(currency, lang)
    gap = " " if symbol.isalpha() else ""
    sign, digits = (_MINUS, digits[1:]) if digits.startswith(_MINUS) else ("", digits)
    space = " " if word and lang == "en" else ""
    return f"{sign}{symbol}{gap}{digits}{space}{word}"


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
        case Count(n, thing):
            return write_number(n) + (_COUNTERS[thing] if lang == "ja" else "")
        case Number(number, digits):
            return write_number(number, digits)
        case Days(days, digits):
            written = write_number(days, digits)
            return f"{written}日" if lang == "ja" else f"{written} day" + ("" if written == "1" else "s")
