"""Words at the ticks of an axis: names of periods, and names cut to the room they have."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from saleslab.periods import Period
from saleslab.wording import say, write

Label = str | list[str]


def pick_label(labels: Sequence[Label]) -> str:
    """Return a Vega expression that writes the n-th label at the tick of value n; a list is written in lines.

    Examples
    --------
    >>> pick_label(["提案", ["Q1", "FY2026"]])
    '["提案", ["Q1", "FY2026"]][round(datum.value)]'
    """
    return f"{json.dumps(list(labels), ensure_ascii=False)}[round(datum.value)]"


def label_periods(periods: Sequence[Period], lang: str, *, shown: Collection[int] | None = None, apart: int = 1) -> str:
    """Return the expression for ticks that are periods: the short name, and the year below where it is first seen.

    Parameters
    ----------
    periods
        One for each tick of value 0, 1, 2...
    shown
        The ticks that get a label; all when None.
    apart
        Ticks that two years need between them: the earlier one of two that are nearer is left out.

    Examples
    --------
    >>> from saleslab.periods import FiscalCalendar
    >>> calendar = FiscalCalendar()
    >>> label_periods([calendar.parse("FY2025Q4"), calendar.parse("FY2026Q1")], "ja")
    '[["Q4", "2025年度"], ["Q1", "2026年度"]][round(datum.value)]'
    """
    return pick_label(list_period_labels(periods, lang, shown=shown, apart=apart))


def list_period_labels(
    periods: Sequence[Period], lang: str, *, shown: Collection[int] | None = None, apart: int = 1
) -> list[Label]:
    """Return the labels of `label_periods` as lists of lines."""
    named = [_name(period, lang) for period in periods]
    new: list[int] = []
    last_year = ""
    for at, (_, year) in enumerate(named):
        if year and year != last_year and (shown is None or at in shown):
            new.append(at)
            last_year = year
    kept = {at for at, after in zip(new, [*new[1:], len(named) + apart], strict=True) if after - at >= apart}
    return [[name, year] if at in kept else [name] for at, (name, year) in enumerate(named)]


def _name(period: Period, lang: str) -> tuple[str, str]:
    """Return a period's short name and its year."""
    match period.grain:
        case "month":
            year = say("operations.chart.year", year=str(period.start.year)).of(lang)
            month = say(f"operations.chart.months.m{period.start.month}").of(lang)
            return month, year
        case "quarter":
            year = say("operations.chart.fiscal_year", year=str(period.fiscal_year)).of(lang)
            return f"Q{period.number}", year
        case _:
            return write(period, lang), ""


_FORMS = {"株式会社": "(株)", "有限会社": "(有)", "合同会社": "(同)", "合資会社": "(資)", "合名会社": "(名)"}


def shorten_company(name: str, most: int) -> str:
    """Cut the name of a company to the room of so many letters; its legal form gives way before its own letters.

    Examples
    --------
    >>> shorten_company("株式会社リクザワ電子", 12), shorten_company("株式会社青空", 12)
    ('(株)リクザワ電子', '株式会社青空')
    >>> shorten_company("ワカバレイ製作所株式会社", 12)
    'ワカバレイ製作所'
    """
    own = brief = name
    for form, short in _FORMS.items():
        brief, own = brief.replace(form, short), own.replace(form, "")
    return next((one for one in (name, brief, own) if one and shorten(one, most) == one), shorten(own or name, most))


def shorten(words: str, most: int) -> str:
    """Cut words to the room of so many letters, a Japanese one counting as two Latin ones.

    Examples
    --------
    >>> shorten("Jonathan Berthelot", 9), shorten("見積提示", 9)
    ('Jonathan Ber…', '見積提示')
    """
    room, kept = most * 1.4, ""
    for letter in words:
        room -= 1 if ord(letter) < 0x1100 else 2
        if room < 0:
            return f"{kept}…"
        kept += letter
    return kept
