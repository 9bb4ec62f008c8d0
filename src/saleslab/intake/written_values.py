"""One written value, read with care: what people and Japanese systems put into cells of numbers, dates and flags.

The vectorised reading of `saleslab.intake.values` asks here only about the distinct values that it cannot read. Nothing
is guessed: what is not written in one of the forms below is unreadable, and ``03/04/2026`` is read only where the map
declares its order.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from saleslab.periods import FiscalCalendar

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years in which something can have happened; CRM systems write 0001 or 9999 for "no date"."""

_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
_ERAS |= {"r": 2018, "h": 1988, "s": 1925, "t": 1911, "m": 1867}
_NO_VALUE = {"", "-", "--", "—", "–", "ー", "n/a", "na", "null", "none", "nan", "#n/a", "(空白)", "なし", "未設定"}
_TRUE = {"true", "t", "yes", "y", "1", "on", "はい", "有", "あり", "済", "済み", "完了", "真", "有効"}
_TRUE |= {"○", "◯", "〇", "✓", "✔", "●"}
_FALSE = {"false", "f", "no", "n", "0", "off", "いいえ", "無", "未", "未完了", "偽", "無効", "×", "✗", "✕"}

_UNITS = {"兆": 10**12, "億": 10**8, "万": 10**4, "千": 10**3, "百万": 10**6, "k": 10**3, "m": 10**6, "b": 10**9}
_MONEY_WORDS = re.compile(r"(円|¥|\\|€|£|\$|yen|[a-z]{3}(?=[\s\d.-])|(?<=[\d\s])[a-z]{3}$|税込|税抜|也)", re.IGNORECASE)
_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?(e[+-]?\d{1,2})?", re.IGNORECASE)
_KANJI_PART = re.compile(r"([\d,.]+)(兆|億|百万|万|千)")
_CLOCK = (
    r"(?:[t\s]+(?P<ampm>午前|午後|am|pm)?\s*(?P<h>\d{1,2})[:時](?P<mi>\d{1,2})?"
    r"(?:[:分](?P<s>\d{1,2})(?:\.(?P<f>\d{1,9}))?)?秒?分?\s*(?P<ap>am|pm)?)?"
)
_ZONE = r"\s*(?P<z>z|utc|gmt|[+-]\d{2}:?\d{2})?"
_YMD = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?(?:\([日月火水木金土]\))?" + _CLOCK + _ZONE
)
_DMY = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})" + _CLOCK + _ZONE)
_ERA = re.compile(
    r"(?P<era>令和|平成|昭和|大正|明治|[rhstm])(?P<y>元|\d{1,2})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?" + _CLOCK
)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})")
_NAMED = re.compile(
    r"(?:(?P<d1>\d{1,2})[\s-](?P<mon>[a-z]{3})[a-z]*\.?,?[\s-]|(?P<mon2>[a-z]{3})[a-z]*\.?\s(?P<d2>\d{1,2}),?\s)"
    r"(?P<y>\d{4})" + _CLOCK + _ZONE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_QUARTER = re.compile(r"(?P<y>\d{4})-?q(?P<q>[1-4])")
_MONTH = re.compile(r"(?P<y>\d{4})[-/年](?P<m>\d{1,2})月?")
_SERIAL = (20_000, 80_000)
_EXCEL_START = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial number has no zone


class Unreadable(ValueError):
    """A written value that is in none of the known forms.

    ``rule`` is ``unreadable``, ``ambiguous_date`` (only its order is unknown) or ``no_real_date`` (a year in which
    nothing can have happened: the CRM's word for "none").
    """

    def __init__(self, rule: str = "unreadable") -> None:
        super().__init__(rule)
        self.rule = rule


def clean(text: str) -> str:
    """Return a cell in the form in which it is read: full-width letters and digits made plain, spaces trimmed."""
    return unicodedata.normalize("NFKC", text).strip()


def means_nothing(text: str) -> bool:
    """Say whether a cell says that there is no value.

    Examples
    --------
    >>> means_nothing(" N/A "), means_nothing("－"), means_nothing("0")
    (True, True, False)
    """
    return clean(text).casefold() in _NO_VALUE


def read_number(text: str) -> Decimal:
    """Return a written number or amount.

    Examples
    --------
    >>> [str(read_number(text)) for text in ("１，２３４円", "¥5,840万", "(1,200)", "△300", "1億2,000万円", "45.5%")]
    ['1234', '58400000', '-1200', '-300', '120000000', '0.455']
    """
    written = clean(text).casefold().replace("−", "-").replace("‐", "-")
    negative = written.startswith(("△", "▲", "-")) or (written.startswith("(") and written.endswith(")"))
    written = written.lstrip("△▲").strip("()") if not written.startswith("-") else written[1:]
    written = _MONEY_WORDS.sub("", written).strip()
    if negative and written.startswith("-"):
        raise Unreadable
    if written.startswith("-"):
        negative, written = True, written[1:].strip()
    percent = written.endswith("%")
    number = _read_scaled(written.rstrip("%").strip())
    return (number / 100 if percent else number) * (-1 if negative else 1)


def _read_scaled(written: str) -> Decimal:
    """Return a number with units of ten thousands (万, 億) or of a magnitude (k, m, b)."""
    if any(unit in written for unit in "兆億万千"):
        parts = _KANJI_PART.findall(written)
        rest = _KANJI_PART.sub("", written).strip()
        sizes = [_UNITS[unit] for _, unit in parts]
        if not parts or sizes != sorted(sizes, reverse=True):
            raise Unreadable
        total = sum((_read_plain(digits) * _UNITS[unit] for digits, unit in parts), Decimal(0))
        return total + (_read_plain(rest) if rest else 0)
    if written[-1:] in "kmb" and written[:-1]:
        return _read_plain(written[:-1].strip()) * _UNITS[written[-1]]
    return _read_plain(written)


def _read_plain(written: str) -> Decimal:
    if not written or _PLAIN.fullmatch(written) is None:
        raise Unreadable
    try:
        return Decimal(written.replace(",", ""))
    except InvalidOperation:
        raise Unreadable from None


def read_flag(text: str) -> bool:
    """Return a written yes or no.

    Examples
    --------
    >>> [read_flag(text) for text in ("TRUE", "はい", "済", "0", "いいえ", "×")]
    [True, True, True, False, False, False]
    """
    written = clean(text).casefold()
    if written in _TRUE:
        return True
    if written in _FALSE:
        return False
    raise Unreadable


def read_moment(text: str, *, order: str = "") -> tuple[datetime, bool]:
    """Return a written date or time, and whether it is a date alone.

    A time with a zone comes back in UTC with the zone set; others come back without one.

    Parameters
    ----------
    text
        ISO 8601, 2026/4/1 9:05, 2026年4月1日, 令和8年4月1日, R8.4.1, 20260401, 1 Apr 2026, an Excel serial number
        (20,000-80,000), or seconds or milliseconds since 1970 (10 or 13 digits).
    order
        ``DMY`` or ``MDY``, the order of dates whose year stands last; empty where it is not known.

    Raises
    ------
    Unreadable
        When it is in none of these forms, or there is no such day.

    Examples
    --------
    >>> read_moment("令和6年4月1日")
    (datetime.datetime(2024, 4, 1, 0, 0), True)
    >>> read_moment("01.04.2024 9:05", order="DMY")
    (datetime.datetime(2024, 4, 1, 9, 5), False)
    >>> read_moment("1711929600000")[0].isoformat()
    '2024-04-01T00:00:00+00:00'
    """
    written = clean(text).casefold()
    if written.startswith(("0000-00-00", "0000/00/00")):
        raise Unreadable("no_real_date")
    try:
        moment, alone = _read_moment(written, order)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise Unreadable("no_real_date")
        return moment, alone
    except (ValueError, OverflowError) as wrong:
        if isinstance(wrong, Unreadable):
            raise
        raise Unreadable from None


def _read_moment(written: str, order: str) -> tuple[datetime, bool]:
    if match := _YMD.fullmatch(written):
        day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    elif match := _DMY.fullmatch(written):
        if order not in {"DMY", "MDY"}:
            raise Unreadable("ambiguous_date")
        a, b = int(match["a"]), int(match["b"])
        day = date(int(match["y"]), b, a) if order == "DMY" else date(int(match["y"]), a, b)
    elif match := _ERA.fullmatch(written):
        year = 1 if match["y"] == "元" else int(match["y"])
        day = date(_ERAS[match["era"]] + year, int(match["m"]), int(match["d"]))
    elif match := _NAMED.fullmatch(written):
        month = _MONTHS.index(match["mon"] or match["mon2"]) + 1
        day = date(int(match["y"]), month, int(match["d1"] or match["d2"]))
    elif match := _COMPACT.fullmatch(written):
        return datetime(int(match["y"]), int(match["m"]), int(match["d"])), True  # noqa: DTZ001
    else:
        return _read_count(written)
    return _with_clock(day, match)


def _with_clock(day: date, match: re.Match[str]) -> tuple[datetime, bool]:
    parts = match.groupdict()
    if parts.get("h") is None:
        return datetime(day.year, day.month, day.day), True  # noqa: DTZ001
    hour, half = int(parts["h"]), parts.get("ampm") or parts.get("ap")
    if half:
        if hour > 12:
            raise Unreadable
        hour = hour % 12 + (12 if half in {"pm", "午後"} else 0)
    micro = int((parts.get("f") or "0").ljust(6, "0")[:6])
    moment = datetime(day.year, day.month, day.day, hour, int(parts["mi"] or 0), int(parts["s"] or 0), micro)  # noqa: DTZ001
    zone = parts.get("z")
    if not zone:
        return moment, False
    if zone in {"z", "utc", "gmt"}:
        return moment.replace(tzinfo=UTC), False
    digits = zone[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (1 if zone[0] == "+" else -1)
    return (moment - shift).replace(tzinfo=UTC), False


def _read_count(written: str) -> tuple[datetime, bool]:
    """Return a moment that is written as a count: an Excel serial, or seconds or milliseconds since 1970."""
    if re.fullmatch(r"\d{13}", written):
        return datetime.fromtimestamp(int(written) / 1000, UTC), False
    if re.fullmatch(r"\d{10}", written):
        return datetime.fromtimestamp(int(written), UTC), False
    if re.fullmatch(r"\d{5}(\.\d+)?", written) and _SERIAL[0] <= float(written) <= _SERIAL[1]:
        moment = _EXCEL_START + timedelta(days=float(written))
        rounded = moment.replace(microsecond=0) + timedelta(seconds=round(moment.microsecond / 1e6))
        return rounded, "." not in written
    raise Unreadable


def read_period(text: str, *, last: bool) -> date:
    """Return the first or the last day of a written calendar month or quarter.

    Examples
    --------
    >>> read_period("2010-Q4", last=False), read_period("2024年4月", last=True)
    (datetime.date(2010, 10, 1), datetime.date(2024, 4, 30))
    """
    written = clean(text).casefold()
    calendar = FiscalCalendar(1)
    try:
        if match := _QUARTER.fullmatch(written):
            period = calendar.quarter_of(date(int(match["y"]), 3 * int(match["q"]), 1))
        elif match := _MONTH.fullmatch(written):
            period = calendar.month_of(date(int(match["y"]), int(match["m"]), 1))
        else:
            raise Unreadable
    except ValueError:
        raise Unreadable from None
    return period.end if last else period.start
