"""Which plays work, for whom, in which stage; and which ones are only told?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from saleslab.errors import FileProblem
from saleslab.kpi.knowledge.cards import Card, Evidence, read_card
from saleslab.tables.presence import require_columns

Badge = Literal["proven", "anecdote", "harmful", "expired"]
"""What a card may call itself: worded under ``kpi_knowledge.badge``."""

CARD_COLUMNS = (
    "card", "segment", "stage", "badge", "metric_id", "estimate", "low", "high", "mass", "n", "as_of", "expires_on",
    "is_updated",
)  # fmt: skip
"""Columns of `judge_cards`."""


def read_playbook(folder: Path | str) -> tuple[Card, ...]:
    """Return the cards of a folder and the folders in it, sorted by id.

    Raises
    ------
    FileProblem
        When there is no card, two have one id, or a card is wrong or has a broken link (see `read_card`); all cards are
        checked before anything is said.
    """
    root = Path(folder)
    files = sorted(root.rglob("*.yaml"))
    cards, faults = [], []
    for file in files:
        try:
            cards.append(read_card(file, root=root))
        except FileProblem as problem:
            faults.append(problem.what)
    ids = [card.card for card in cards]
    faults += [
        f"The card '{name}' is there {ids.count(name)} times." for name in sorted(set(ids)) if ids.count(name) > 1
    ]
    if faults or not files:
        raise FileProblem(
            " ".join(faults) or f"The playbook '{root.name}' holds no card (*.yaml).",
            "correct the cards; a report shows none of them before.",
        )
    return tuple(sorted(cards, key=lambda card: card.card))


def judge_cards(cards: Iterable[Card], *, as_of: date, evidence: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return what each card may claim on a day.

    Parameters
    ----------
    cards
        The plays.
    as_of
        The day.
    evidence
        ``source_id, metric_id, estimate, low, high, n, as_of`` as computed for this report; the newest of them that was
        known on the day replaces what cards say of the same source and metric, so that no card lives on an old number.

    Returns
    -------
    pandas.DataFrame
        `CARD_COLUMNS`, sorted by id, with the evidence of the most cases. ``badge`` is ``proven`` where its whole range
        lies on the good side of 0, ``harmful`` where it lies on the other, ``anecdote`` where it spans 0 or there is
        none, ``expired`` from its last day on.
    """
    fresh = _index(evidence, as_of)
    rows = []
    for card in sorted(cards, key=lambda one: one.card):
        known = [one for one in card.evidence if one.as_of <= as_of]
        told = [(_refresh(one, fresh), (one.source_id, one.metric_id) in fresh) for one in known]
        best, is_updated = max(told, key=lambda pair: pair[0].n) if told else (None, False)
        shown = {name: None if best is None else getattr(best, name) for name in CARD_COLUMNS[4:11]}
        badge = "expired" if as_of >= card.expires_on else _judge(best)
        rows.append(
            {"card": card.card, "segment": card.segment, "stage": card.stage, "badge": badge}
            | shown
            | {"expires_on": card.expires_on, "is_updated": is_updated}
        )
    return pd.DataFrame(rows, columns=list(CARD_COLUMNS))


def find_plays(
    cards: Sequence[Card], *, as_of: date, segment: str | None = None, stage: str | None = None
) -> tuple[Card, ...]:
    """Return the cards that apply to a segment and stage and have not expired, sorted by id."""
    fits = [
        card
        for card in cards
        if as_of < card.expires_on and card.segment in {None, segment} and card.stage in {None, stage}
    ]
    return tuple(sorted(fits, key=lambda card: card.card))


def _index(evidence: pd.DataFrame | None, as_of: date) -> dict[tuple[str, str], dict[Any, Any]]:
    if evidence is None:
        return {}
    require_columns(evidence, "source_id", "metric_id", "estimate", "low", "high", "n", "as_of", of="evidence")
    days = pd.to_datetime(evidence["as_of"])
    known = evidence[days <= pd.Timestamp(as_of)].assign(as_of=days.dt.date).sort_values("as_of", kind="stable")
    records = known.rename(columns=str).to_dict("records")
    return {(str(row["source_id"]), str(row["metric_id"])): dict(row) for row in records}


def _refresh(one: Evidence, fresh: dict[tuple[str, str], dict[Any, Any]]) -> Evidence:
    row = fresh.get((one.source_id, one.metric_id))
    if row is None:
        return one
    changed = {name: row[name] for name in ("estimate", "low", "high", "n", "as_of", "mass") if name in row}
    return Evidence.model_validate(one.model_dump() | changed)


def _judge(best: Evidence | None) -> Badge:
    if best is None or best.low <= 0 <= best.high:
        return "anecdote"
    return "proven" if (best.low > 0) == (best.direction == "up") else "harmful"
