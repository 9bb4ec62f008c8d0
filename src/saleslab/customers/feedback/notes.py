"""Which comments may be quoted? Only of themes that many spoke of, without names, addresses and numbers of people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from saleslab.customers.feedback.themes import Theme, find_themes, has_words, read_themes
from saleslab.errors import BadArgument
from saleslab.intake.disclosure import FLOOR, LEAST_FLOOR
from saleslab.intake.personal_traces import mask_personal
from saleslab.tables.presence import require_columns

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Quote:
    """A comment as it may be shown: its theme, how many customers spoke of that, and the masked text."""

    theme: str
    n_people: int
    text: str


def quote_comments(
    comments: pd.DataFrame,
    *,
    themes: Sequence[Theme] | None = None,
    person: str = "account_id",
    names: Collection[str] = (),
    floor: int = FLOOR,
    most: int = 2,
) -> tuple[Quote, ...]:
    """Return some comments of each theme that at least ``floor`` customers spoke of, with what is personal masked.

    Parameters
    ----------
    comments
        ``text`` and the column ``person``, which tells customers apart; one that is missing counts for nobody.
    names
        People on record, whose names are masked wherever they stand.
    floor
        Customers that a theme needs before any of its comments is quoted; never below 3.
    most
        Comments a theme: those said most often, then the shortest.

    Raises
    ------
    BadArgument
        With a floor below 3.

    Examples
    --------
    >>> comments = pd.DataFrame({"text": ["佐藤さんの返信が遅い。"] + ["回答が遅い。"] * 9 + ["価格が高い。"],
    ...     "account_id": range(11)})
    >>> [(quote.theme, quote.n_people, quote.text) for quote in quote_comments(comments)]
    [('response', 10, '回答が遅い。'), ('response', 10, '███さんの返信が遅い。')]
    """
    if floor < LEAST_FLOOR:
        raise BadArgument(f"A floor of {floor} hides nobody.", f"give {LEAST_FLOOR} at least.")
    require_columns(comments, "text", person, of="comments")
    known = tuple(themes) if themes is not None else read_themes()
    spoken = comments[comments["text"].map(has_words) & comments[person].notna()]
    found = {text: find_themes(text, known) for text in spoken["text"].unique()}
    people, quotes = frozenset(names), list[Quote]()
    for theme in known:
        mine = spoken[[theme.key in found[text] for text in spoken["text"]]]
        n_people = int(mine[person].nunique())
        if n_people < floor:
            continue
        masked = mine["text"].map(lambda text: mask_personal(text, names=people))
        often = masked.value_counts()
        ranked = sorted(often.index, key=lambda text: (-int(often[text]), len(text), text))
        quotes += [Quote(theme.key, n_people, _shorten(text)) for text in ranked[:most]]
    return tuple(quotes)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
