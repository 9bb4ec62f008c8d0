"""Names of segments in two languages, from the words of a lexicon, no two alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from saleslab.segmentation.traits import SegmentTrait
from saleslab.wording import Text, say, section

_MOST_TRAITS = 2
_MOST_OF_THEM = 0.5
"""Share of a segment that must be of a category for it to give the name: others are not what the segment is."""


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
    names, taken = dict[int, Text](), set[frozenset[str]]()
    for segment in sorted(traits):
        own = _keep_one_a_column(traits[segment])
        tried = [own[:n] for n in range(min(_MOST_TRAITS, len(own)), len(own) + 1)]
        tried += [own[:1]] if own else []
        free = [some for some in tried if _tell(some) not in taken]
        taken.add(_tell(free[0] if free else tried[0]))
        name = _join(free[0] if free else tried[0])
        names[segment] = name if free else say("segmentation.name.numbered", name=name, number=str(segment))
    return names


def _tell(traits: Sequence[SegmentTrait]) -> frozenset[str]:
    """Return what a name says, in whatever order: the same two words turned round tell no two segments apart."""
    return frozenset(_word(trait).en for trait in traits)


def _keep_one_a_column(traits: Sequence[SegmentTrait]) -> list[SegmentTrait]:
    """Return the strongest trait of each column; a category that most of them are not of names nobody."""
    kept: dict[str, SegmentTrait] = {}
    for trait in traits:
        if trait.level is None or (trait.strength > 0 and trait.inside >= _MOST_OF_THEM):
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
