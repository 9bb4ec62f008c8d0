"""Names of segments in two languages, from the words of a lexicon, no two alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from saleslab.segmentation.traits import SegmentTrait
from saleslab.wording import Text, say, section

_MOST_TRAITS = 2


def name_segments(traits: Mapping[int, Sequence[SegmentTrait]]) -> dict[int, Text]:
    """Return a name for each segment: its two strongest traits, more or one where two segments share them.

    Traits are worded by ``segment_pages.trait`` and ``level``, columns by ``segmentation.column``, and by themselves
    where the lexicon does not know them.

    Examples
    --------
    >>> often = SegmentTrait("n_orders", None, 9.0, 2.0, 1.5)
    >>> names = name_segments({1: [often], 2: []})
    >>> names[1].en, names[2].ja
    ('Frequent buyers', '平均的な顧客')
    """
    names: dict[int, Text] = {}
    for segment in sorted(traits):
        own = _keep_one_a_column(traits[segment])
        tried = [_join(own[:n]) for n in range(min(_MOST_TRAITS, len(own)), len(own) + 1)]
        tried += [_join(own[:1])] if own else []
        taken = set(names.values())
        free = [name for name in tried if name not in taken]
        names[segment] = free[0] if free else say("segmentation.name.numbered", name=tried[0], number=str(segment))
    return names


def _keep_one_a_column(traits: Sequence[SegmentTrait]) -> list[SegmentTrait]:
    """Return the strongest trait of each column; that a category is rare names nobody."""
    kept: dict[str, SegmentTrait] = {}
    for trait in traits:
        if trait.level is None or trait.strength > 0:
            kept.setdefault(trait.column, trait)
    return list(kept.values())


def _join(traits: Sequence[SegmentTrait]) -> Text:
    if not traits:
        return say("segmentation.name.average")
    name = _word(traits[0])
    for trait in traits[1:]:
        name = say("segmentation.name.both", first=name, second=_word(trait))
    return Text(name.en[0].upper() + name.en[1:], name.ja)


def _word(trait: SegmentTrait) -> Text:
    end = "high" if trait.strength > 0 else "low"
    told = section("segment_pages.level").get(trait.level or "") if trait.column == "size" else None
    told = told or section("segment_pages.trait").get(f"{trait.column}_{end}")
    if told is not None:
        return told
    column = section("segmentation.column").get(trait.column) or Text.same(trait.column)
    if trait.level is not None:
        return say("segmentation.name.category", column=column, level=trait.level)
    return say(f"segmentation.name.{end}", column=column)
