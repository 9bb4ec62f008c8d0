"""What the page of segments says: the verdict first, then each segment, what is at stake, and what to do next."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from saleslab.segmentation.proposing import PLAYS
from saleslab.segmentation.reasons import tell_segment_reason
from saleslab.segmentation.review_values import (
    is_told,
    name_kind,
    name_numbers,
    share_of_value,
    tell_trait,
    word,
    write_horizon,
    write_money,
    write_range,
)
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Number,
    Points,
    Share,
    TaskWords,
    Text,
    Tone,
    WorklistWords,
    join_texts,
)

if TYPE_CHECKING:
    from saleslab.segmentation.describing import SegmentProfile
    from saleslab.segmentation.reviewing import SegmentReview
    from saleslab.stats import Interval

_TONES: dict[str, Tone] = {"natural": "good", "reproducible": "good", "constructed": "neutral", "refuse": "warn"}
_SAME = 0.5
_DUE = 14


def write_segment_headline(review: SegmentReview | None) -> HeadlineWords:
    """Return the question, whether there are segments at all, and what the most valuable one is."""
    question = word("headline.question")
    if review is None:
        return {
            "question": question, "status": word("status.refuse"), "tone": "warn",
            "answer": word("note.no_customers"), "subject": word("headline.subject", n=0),
        }  # fmt: skip
    verdict = review.choice.verdict
    return {
        "question": question,
        "status": word(f"status.{verdict}", n=len(review.profiles)) if review.profiles else word("status.refuse"),
        "tone": _TONES[verdict],
        "answer": join_texts(*tell_advice(review), _tell_best(review), _tell_stake(review)),
        "subject": word("headline.subject", n=len(review.customers)),
    }


def tell_advice(review: SegmentReview) -> list[Text]:
    """Return what the data advise, and where another number of segments was asked for, that it is another."""
    told = [tell_segment_reason(review.choice.reasons[0])]
    k = None if review.segmentation is None else len(review.segmentation.sizes)
    if k is not None and k != review.choice.k:
        told.append(word("headline.asked", k=k))
    return [*told, word("banner.merged", n=review.n_merged)] if review.n_merged else told


def _tell_best(review: SegmentReview) -> Text:
    if not review.profiles:
        return word("headline.no_answer")
    best = review.profiles[0]
    values = {"share": Share(best.share, 0), "part": share_of_value(review, best)}
    return word("headline.answer", name=best.name, days=write_horizon(review), **values)


def sum_stakes(review: SegmentReview) -> float:
    """Return what is at stake in all."""
    return sum(one.estimate for one in review.migration.stakes.values()) if review.migration else 0.0


def _find_worst(review: SegmentReview) -> tuple[str, Interval] | None:
    """Return the segment with the most at stake; None where nothing is."""
    if review.migration is None or sum_stakes(review) <= 0:
        return None
    return max(review.migration.stakes.items(), key=lambda one: one[1].estimate)


def _tell_stake(review: SegmentReview) -> Text | None:
    worst = _find_worst(review)
    if worst is None:
        return None
    name = name_numbers(review).get(worst[0], Text.same(worst[0]))
    return word("headline.stake", stake=write_money(review, sum_stakes(review)), since=review.since, name=name)


def write_segment_banners(review: SegmentReview) -> list[BannerWords]:
    """Return what must be known before the numbers: what the verdict means, with the reasons behind it."""
    verdict = review.choice.verdict
    details = [tell_segment_reason(reason) for reason in review.choice.reasons]
    text = word(f"banner.verdict_{verdict}")
    return [{"name": "verdict", "text": text, "tone": _TONES[verdict], "details": details}]


def write_segment_cards(review: SegmentReview) -> list[CardWords]:
    """Return the numbers of the whole page."""
    days, cards = write_horizon(review), []
    total = float(review.customers["value"].sum())
    cards.append({"name": "customers", "label": word("card.customers"), "value": Count(len(review.customers))})
    cards.append({"name": "segments", "label": word("card.segments"), "value": Count(len(review.profiles))})
    cards.append({"name": "value_now", "label": word("card.value_now", days=days), "value": write_money(review, total)})
    foreseen = [one.value_next for one in review.profiles]
    if foreseen and all(foreseen):
        later = write_money(review, sum(one.estimate for one in foreseen if one))
        cards.append({"name": "value_next", "label": word("card.value_next", days=days), "value": later})
    if review.migration is not None:
        stake = write_money(review, sum_stakes(review))
        cards.append({"name": "at_stake", "label": word("card.at_stake", since=review.since), "value": stake})
    count = review.count
    if count is not None:
        note = word("card.agreement_note", null=Number(count.null_ari, 2))
        cards.append(
            {"name": "agreement", "label": word("card.agreement"), "value": Number(count.ari, 2), "note": note}
        )
    if count is not None and count.value_explained is not None:
        explained = Share(max(count.value_explained, 0.0), 0)
        note = word("card.explained_note")
        cards.append({"name": "explained", "label": word("card.explained"), "value": explained, "note": note})
    return cards  # type: ignore[return-value]


def write_segment_list(review: SegmentReview) -> WorklistWords:
    """Return each segment as a card: what it is, what it brings, what to do for it, and what speaks against."""
    days = {"days": write_horizon(review), "learned_on": review.learned_on}
    return {
        "name": "segment_cards",
        "title": word("list.title"),
        "caption": word("list.caption", **days) if review.has_next else word("list.caption_short"),
        "tasks": [_describe(one, review, place) for place, one in enumerate(review.profiles, start=1)],
    }


def _describe(one: SegmentProfile, review: SegmentReview, place: int) -> TaskWords:
    now, part = write_money(review, one.value_now), share_of_value(review, one)
    facts: list[tuple[Text, Any]] = [
        (word("fact.customers"), word("fact.with_share", n=Count(one.n_customers), share=Share(one.share, 0))),
        (word("fact.value_now"), word("fact.with_share", n=now, share=part)),
    ]
    if place != one.segment:
        facts.insert(0, (word("fact.id"), Count(one.segment)))
    if one.value_next is not None:
        facts.append((word("fact.value_next"), write_range(review, one.value_next)))
    if one.play is not None and one.break_even is not None:
        facts += [
            (word("fact.owner"), word(f"owner.{one.play.owner}")),
            (word("fact.cost"), write_money(review, one.play.cost)),
            (word("fact.chance"), Share(one.play.chance, 0)),
            (word("fact.rises"), _tell_rises(one)),
        ]
    return {
        "whom": one.name,
        "action": tell_play(one),
        "when": None,
        "grade": "",
        "facts": facts,
        "pros": [tell_trait(trait, review) for trait in one.traits if is_told(trait)][:3],
        "cons": _list_doubts(one, review),
        "mark": None,
    }


def _tell_rises(one: SegmentProfile) -> Text:
    """Return from which rise the play pays, and which rise a test would see."""
    assert one.break_even is not None
    pays = Points(one.break_even)
    if one.detectable is None:
        return word("fact.pays_unseen", pays=pays)
    return word("fact.pays_and_seen", pays=pays, seen=Points(one.detectable))


def tell_play(one: SegmentProfile) -> Text:
    """Return what is done for a segment; that nothing is done is said."""
    if one.play is None:
        return word("play.none")
    return word(f"play.{one.play.name}") if one.play.name in PLAYS else Text.same(one.play.name)


def _list_doubts(one: SegmentProfile, review: SegmentReview) -> list[Text]:
    doubts = []
    overlap = _find_overlap(one, review)
    if overlap is not None and overlap < _SAME:
        doubts.append(word("con.not_again", overlap=Share(overlap, 0)))
    if review.has_next and one.value_next is None:
        doubts.append(word("con.few_before"))
    if _is_unseen(one) and not _are_all_unseen(review):
        doubts.append(word("con.unseen", break_even=Points(one.break_even or 0.0)))
    return doubts


def _is_unseen(one: SegmentProfile) -> bool:
    """Say whether the play would pay from a rise that a test with these customers could not see."""
    return one.break_even is not None and (one.detectable is None or one.detectable > one.break_even)


def _are_all_unseen(review: SegmentReview) -> bool:
    played = [one for one in review.profiles if one.play is not None]
    return len(played) > 1 and all(_is_unseen(one) for one in played)


def _find_overlap(one: SegmentProfile, review: SegmentReview) -> float | None:
    """Return the best overlap of a segment's cuts with those made anew."""
    if review.again is None:
        return None
    own = [at for at, number in review.numbers.items() if number == one.segment]
    return max((review.again.overlaps.get(at, 0.0) for at in own), default=None)


def write_segment_findings(review: SegmentReview) -> list[FindingWords]:
    """Return what to do first: whom to ask about moves down, which play to try, whom to look for."""
    due = review.as_of + timedelta(days=_DUE)
    found = [_find_move(review, due), _find_play(review, due), _find_market(review, due)]
    if review.profiles and review.choice.verdict == "constructed":
        found.append(
            {
                "name": "do_review", "text": word("finding.review"), "evidence": ["stability"],
                "action": word("finding.do_review"), "owner": word("owner.manager"), "due": None, "effect": None,
                "tone": "neutral",
            }
        )  # fmt: skip
    return [one for one in found if one is not None]


def _find_move(review: SegmentReview, due: date) -> FindingWords | None:
    worst = _find_worst(review)
    if worst is None:
        return None
    number, stake = worst
    name = name_numbers(review).get(number, Text.same(number))
    ends = {end: write_money(review, getattr(stake, end)) for end in ("low", "high")}
    lost = write_money(review, stake.estimate)
    return {
        "name": "do_move_down",
        "text": word("finding.move_down", name=name, stake=lost, since=review.since, **ends),
        "evidence": ["migration"],
        "action": word("finding.do_move_down", name=name),
        "owner": word("owner.manager"),
        "due": due,
        "effect": write_range(review, stake),
        "tone": "warn",
    }


def _find_play(review: SegmentReview, due: date) -> FindingWords | None:
    """Return the play that pays from the smallest rise, among those that a test can judge if there are any."""
    played = [one for one in review.profiles if one.play is not None and one.break_even is not None]
    if not played:
        return None
    best = min(played, key=lambda one: ((one.detectable or 1.0) > (one.break_even or 0.0), one.break_even))
    assert best.play is not None and best.break_even is not None  # noqa: PT018 - chosen so above
    values: dict[str, Any] = {"name": best.name, "chance": Share(best.play.chance, 0)}
    values |= {"cost": write_money(review, best.play.cost), "break_even": Points(best.break_even)}
    if best.detectable is not None:
        values["detectable"] = Points(best.detectable)
    return {
        "name": "do_play",
        "text": word("finding.play" if best.detectable is not None else "finding.play_unseen", **values),
        "evidence": ["segment_cards"],
        "action": word("finding.do_play", name=best.name, play=tell_play(best), days=write_horizon(review)),
        "owner": word(f"owner.{best.play.owner}"),
        "due": due,
        "effect": None,
        "tone": "neutral",
    }


def _find_market(review: SegmentReview, due: date) -> FindingWords | None:
    if review.market is None or not review.market.segments[0].is_tried:
        return None
    first = review.market.segments[0]
    name = name_kind(first.segment)
    values = {"worth": write_range(review, first.worth), "chance": Share(first.chance_best, 0)}
    return {
        "name": "do_look",
        "text": word("finding.look", name=name, n=first.n_companies, **values),
        "evidence": ["market"],
        "action": word("finding.do_look", name=name),
        "owner": word("owner.inside_sales"),
        "due": due,
        "effect": None,
        "tone": "neutral",
    }


def write_segment_notes(review: SegmentReview | None) -> list[NoteWords]:
    """Return how the page is to be read, and what it cannot say."""
    if review is None:
        return [{"name": "no_customers", "text": word("note.no_customers"), "tone": "warn"}]
    told: dict[str, Text] = {}
    days = write_horizon(review)
    if review.has_next:
        told["learned"] = word("note.learned", learned_on=review.learned_on, days=days)
        told["next"] = word("note.next")
        rate = Share(review.terms.margin_rate, 0)
        told["margin"] = word("note.margin" if review.is_margin_known else "note.margin_unknown", rate=rate)
    else:
        told["learned"] = word("note.learned_today")
    if _are_all_unseen(review):
        told["unseen"] = word("note.unseen")
    if review.again is not None:
        kept = sum(shared >= _SAME for shared in review.again.overlaps.values())
        told["again"] = word("note.again", n=Count(kept), k=Count(len(review.again.overlaps)))
    if review.profiles and review.split is None:
        told["no_split"] = word("note.no_split", days=days)
    if review.profiles and review.migration is None:
        told["no_moves"] = word("note.no_moves", since=review.since)
    if review.market is None:
        told["market_missing"] = word("note.market_missing")
    elif review.n_deals_left:
        told["deals_left"] = word("note.deals_left", n=review.n_deals_left)
    if review.profiles:
        told["replay"] = word("note.replay")
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in told.items()]
