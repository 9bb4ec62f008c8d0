"""What to offer to whom, drawn: the matrix of accounts and product families, and products that go together."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from saleslab.charts.labels import pick_label, shorten, shorten_company
from saleslab.charts.theme import ACCENT, ACCENT_SOFT, CARD, DESKTOP, INK, QUIET, SOFT, STRONG, finish
from saleslab.customers import OfferBook
from saleslab.wording import Number, Share, say, write

Spec = dict[str, Any]

_CELL, _PAIR = 30, 46
_MOST_ACCOUNTS, _MOST_PAIRS = 15, 10


def draw_whitespace(book: OfferBook, *, lang: str, width: int) -> Spec:
    """Draw accounts x families: filled where it buys, framed with a figure where accounts alike do and it does not.

    The accounts with the most valuable gaps come first; on a phone fewer families fit, those with the most gaps.
    """
    space = book.space
    assert space is not None
    is_wide = width >= DESKTOP
    gaps = book.gaps()
    accounts = list(pd.unique(gaps["account_id"]))[:_MOST_ACCOUNTS] if len(gaps) else []
    families = _pick_families(book, gaps, accounts, 10 if is_wide else 5)
    cells = space.cells
    cells = cells[cells["account_id"].isin(accounts) & cells["family"].isin(families)]
    rows: list[dict[str, Any]] = [
        {
            "row": accounts.index(cell["account_id"]), "column": families.index(cell["family"]),
            "text": write(Share(float(cell["share"]), 0), lang) if cell["is_gap"] else "",
            "colour": ACCENT_SOFT if cell["is_bought"] else CARD if cell["is_gap"] else QUIET,
            "line": ACCENT if cell["is_gap"] else CARD,
        }
        for cell in cells.to_dict("records")
        if cell["is_bought"] or cell["is_gap"]
    ]  # fmt: skip
    for cell in rows:
        cell |= {"left": cell["column"] - 0.46, "right": cell["column"] + 0.46}
        cell |= {"up": cell["row"] - 0.42, "down": cell["row"] + 0.42}
    letters = 18 if is_wide else 12
    names = [shorten_company(book.name(account), letters) for account in accounts]
    room = (width - (190 if is_wide else 132)) / max(len(families), 1)
    heads = _level_lines([_in_lines(family, max(2, int(room / 9))) for family in families])
    across = alt.Axis(
        orient="top", values=list(range(len(families))), labelExpr=pick_label(heads), title=None, grid=False,
        domain=False, labelOverlap=False, tickCount=max(len(families), 1), labelAngle=0,
        labelPadding=6 + 13 * (len(heads[0]) - 1 if heads else 0),
    )  # fmt: skip
    down = alt.Axis(
        values=list(range(len(accounts))), labelExpr=pick_label(names), title=None, grid=False, labelOverlap=False,
        tickCount=max(len(accounts), 1), domain=False,
    )  # fmt: skip
    x_scale = alt.Scale(domain=[-0.5, max(len(families), 1) - 0.5], nice=False)
    y_scale = alt.Scale(domain=[-0.5, max(len(accounts), 1) - 0.5], nice=False, reverse=True)
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        base.mark_rect(strokeWidth=1.5).encode(
            x=alt.X("left:Q", axis=across, scale=x_scale), x2="right:Q", y=alt.Y("up:Q", axis=down, scale=y_scale),
            y2="down:Q", color=alt.Color("colour:N", scale=None), stroke=alt.Stroke("line:N", scale=None),
        ),
        base.mark_text(baseline="middle", color=STRONG).encode(
            x=alt.X("column:Q", axis=across, scale=x_scale), y=alt.Y("row:Q", axis=down, scale=y_scale), text="text:N"
        ),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width, height=_CELL * max(len(accounts), 1) + 70)


def _pick_families(book: OfferBook, gaps: pd.DataFrame, accounts: list[str], most: int) -> list[str]:
    """Return the families with the most gaps among the accounts, in the order of the matrix."""
    assert book.space is not None
    families = list(book.space.families)
    if len(families) <= most or gaps.empty:
        return families[:most]
    shown = gaps[gaps["account_id"].isin(accounts)]["family"].value_counts()
    kept = sorted(families, key=lambda family: (-int(shown.get(family, 0)), families.index(family)))[:most]
    return [family for family in families if family in kept]


def _in_lines(name: str, letters: int) -> list[str]:
    """Return a name in at most two lines: at a blank or a middle dot, else in the middle; what is left over is cut."""
    parts = name.replace("・", " ").split() or [name]
    if len(parts) == 1 and shorten(name, letters) != name:
        middle = (len(name) + 1) // 2
        parts = [name[:middle], name[middle:]]
    lines = parts if len(parts) <= 2 else [" ".join(parts[:-1]), parts[-1]]
    return [shorten(line, letters) for line in lines]


def _level_lines(heads: list[list[str]]) -> list[list[str]]:
    """Return headings with as many lines as the tallest, the last line of each beside those of the others."""
    most = max(map(len, heads), default=1)
    return [[""] * (most - len(head)) + head for head in heads]


def draw_pairs(book: OfferBook, *, lang: str, width: int) -> Spec:
    """Draw how many times as often as by chance products are bought together, down to the lower bound.

    Filled: it was still so in the last year; open: it was not, or too few baskets tell.
    """
    assert book.pairs is not None
    is_wide = width >= DESKTOP
    letters = 40 if is_wide else 16
    rows: list[dict[str, Any]] = []
    for at, pair in enumerate(book.pairs.pairs.head(_MOST_PAIRS).to_dict("records")):
        has_lasted = not pd.isna(pair["survived"]) and bool(pair["survived"])
        first, second = (shorten(book.name(pair[name]), letters) for name in ("first", "second"))
        rows.append(
            {
                "at": at * _PAIR + 31, "name_at": at * _PAIR + 12, "name": f"{first} + {second}", "one": 1.0,
                "lift": float(pair["lift"]), "low": max(float(pair["lift_low"]), 0.05),
                "colour": ACCENT if has_lasted else CARD, "text": f"{write(Number(float(pair['lift']), 1), lang)}×",
            }
        )  # fmt: skip
    least = min([0.9, *(row["low"] for row in rows)])
    most = max([2.0, *(row["lift"] for row in rows)])
    scale = alt.Scale(type="log", domain=[least, most * 1.5], nice=False)
    x = alt.X("low:Q", scale=scale, axis=None)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[-16, max(len(rows), 1) * _PAIR], nice=False, reverse=True), axis=None)
    for row in rows:
        row |= {"left": least, "above": row["at"] - 8, "below": row["at"] + 8}
    words = [{"at": -16, "low": 1.0, "text": say("offers.pairs.by_chance").of(lang)}]
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        base.mark_rule(color=SOFT, strokeDash=[3, 3]).encode(
            x=alt.X("one:Q", axis=None), y=alt.Y("above:Q", axis=None), y2="below:Q"
        ),
        base.mark_rule(strokeWidth=6, strokeCap="round", color=ACCENT_SOFT).encode(x=x, x2="lift:Q", y=y),
        base.mark_point(size=80, opacity=1, color=ACCENT, filled=True).encode(x=alt.X("lift:Q", axis=None), y=y),
        base.mark_point(size=34, opacity=1, filled=True).encode(
            x=alt.X("lift:Q", axis=None), y=y, color=alt.Color("colour:N", scale=None)
        ),
        base.mark_text(align="left", baseline="middle", color=INK).encode(
            x=alt.X("left:Q", axis=None), y=alt.Y("name_at:Q", axis=None), text="name:N"
        ),
        base.mark_text(align="left", baseline="middle", dx=10, color=STRONG).encode(
            x=alt.X("lift:Q", axis=None), y=y, text="text:N"
        ),
        alt.Chart(alt.Data(values=words))
        .mark_text(align="left", baseline="top", color=SOFT)
        .encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=_PAIR * max(len(rows), 1) + 26)
