"""What does one see of a lead before the phone rings? Whom, when and how, how likely, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.wording import Money, Points, Share, Text, say, section, write

if TYPE_CHECKING:
    from saleslab.scoring import LeadExplanation
    from saleslab.scoring.judging.explaining import LeadReason

_ACTIONS: Mapping[str, Text] = section("scoring.ranking.action")
"""Words of the actions that the lab itself suggests; others are called by their own names."""


def write_lead(
    row: Mapping[str, Any],
    explained: LeadExplanation | None,
    *,
    name: str,
    currency: str,
    lang: str,
    scale: float = 1.0,
    goal: str = "won",
    mark: Text | None = None,
) -> str:
    """Return the HTML of one row of a list of `rank_leads`.

    Parameters
    ----------
    row
        The row.
    explained
        Why the lead has its chance; without it only the list's own reasons are shown.
    name
        How the lead is called.
    currency, lang
        Of amounts and words.
    scale
        Chance at the end of the bar.
    goal
        What the chance is of, as in `LeadRanking`.
    mark
        What was done with it.
    """
    own, *when = (escape(reason.of(lang)) for reason in row["reasons"])
    parts = [
        f'<h3>{row["rank"]}. {escape(name)} <span class="grade grade-{row["grade"]}">{row["grade"]}</span></h3>',
        "" if mark is None else f'<p class="warn">{escape(mark.of(lang))}</p>',
        f'<p class="next">{escape(_write_action(row, lang))}</p>',
        _write_chance(row, scale, goal, lang),
        f"<p>{own}</p>",
        "" if explained is None else _write_reasons(explained, lang),
        *(f'<p class="soft">{sentence}</p>' for sentence in when),
        _write_value(row, currency, lang),
    ]
    return "".join(parts)


def _write_action(row: Mapping[str, Any], lang: str) -> str:
    """Return what to do, on which channel and when, as far as the list says it."""
    known: list[object] = [_ACTIONS.get(row["action"], row["action"])]
    if pd.notna(row["channel"]):
        known.append(say(f"scoring.sheet.channel.{row['channel']}"))
    if pd.notna(row["contact_at"]):
        known.append(row["contact_at"].to_pydatetime())
    return " · ".join(write(part, lang) for part in known)


def _write_chance(row: Mapping[str, Any], scale: float, goal: str, lang: str) -> str:
    chance = row["chance_won"]
    told, band = write(Share(chance), lang), ""
    if pd.notna(row.get("low")) and pd.notna(row.get("high")):
        low, high = row["low"], row["high"]
        ends = {"low": Share(low), "high": Share(high)}
        told = say("scoring.chart.value_and_ends", value=Share(chance), **ends).of(lang)
        band = f'<i style="left:{low / scale:.1%};right:{1 - high / scale:.1%}"></i>'
    words = say("scoring.widget.named", what=say(f"scoring.sheet.column.chance_{goal}"), value=told)
    return (
        f"<p><strong>{escape(words.of(lang))}</strong></p>"
        f'<p class="track" aria-hidden="true">{band}<b style="left:{chance / scale:.1%}"></b></p>'
    )


def _write_reasons(explained: LeadExplanation, lang: str) -> str:
    if not explained.reasons:
        return f'<p class="soft">{escape(say("scoring.widget.no_reason").of(lang))}</p>'
    most = max(abs(reason.points) for reason in explained.reasons)
    parts = []
    for title, reasons in (("why_up", explained.ups), ("why_down", explained.downs)):
        if reasons:
            parts.append(f"<p><strong>{escape(say(f'scoring.widget.{title}').of(lang))}</strong></p>")
            parts.append(f'<div class="why">{"".join(_write_bars(reasons, most, lang))}</div>')
    return "".join(parts)


def _write_bars(reasons: Iterable[LeadReason], most: float, lang: str) -> Iterable[str]:
    for reason in reasons:
        kind = "up" if reason.points > 0 else "down"
        yield (
            f"<span>{escape(reason.label.of(lang))}</span>"
            f'<span aria-hidden="true"><i class="{kind}" style="display:block;width:{abs(reason.points) / most:.0%}">'
            f"</i></span><span>{escape(write(Points(reason.points), lang))}</span>"
        )


def _write_value(row: Mapping[str, Any], currency: str, lang: str) -> str:
    worth = Money(Decimal(round(row["value_amount"])), currency)
    words = say("scoring.widget.named", what=say("scoring.sheet.column.value_amount"), value=worth)
    return f'<p class="soft">{escape(words.of(lang))}</p>'
