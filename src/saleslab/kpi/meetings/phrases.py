"""Small pieces of sentences of a meeting's page: lists, and what people wrote, with names of people blacked out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from saleslab.intake import mask_personal
from saleslab.kpi.changes.words import name_metric
from saleslab.wording import Text

if TYPE_CHECKING:
    from saleslab.kpi.meetings.pack import MeetingPack


def list_texts(parts: Sequence[Text]) -> Text:
    """Return texts one after another, as each language parts them.

    Examples
    --------
    >>> list_texts([Text("one", "一"), Text("two", "二")])
    Text(en='one, two', ja='一、二')
    """
    return Text(", ".join(one.en for one in parts), "、".join(one.ja for one in parts))


def quote(words: object, people: Collection[str] = ()) -> Text:
    """Return what somebody wrote, without names, addresses and numbers of people.

    Examples
    --------
    >>> quote("Ask Hana (03-1234-5678).", ["Hana Sato"]).en
    'Ask ███ (███).'
    """
    return Text.same(mask_personal(str(words), names=people))


def name_matter(row: Mapping[Any, Any], pack: MeetingPack) -> Text:
    """Return what a decision, a prediction or an action is about: its words, else the measure."""
    return quote(row["what"], pack.people) if row["what"] else name_metric(str(row["metric_id"]), pack.names)
