"""What the page of the landing says: the answer, what it rests on, what to do first, and the doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from saleslab.forecasting.outlook.pictures import list_deciding, word_outlook, write_chance, write_sum
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    Days,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Points,
    Share,
    TaskWords,
    Text,
    Tone,
    WorklistWords,
    join_texts,
)

if TYPE_CHECKING:
    from saleslab.forecasting.outlook.pictures import DecidingDeal
    from saleslab.forecasting.outlook.review import SalesOutlook

LIKELY, UNLIKELY = 0.7, 0.3
"""Chances from which a target counts as likely, and below which as out of reach."""

_FEW_STALE, _HELD, _FEWEST_HELD = 0.1, 0.75, 3


def judge_chance(chance: float) -> str:
    """Return ``good``, ``open`` or ``bad`` of a chance to reach a target.

    Examples
    --------
    >>> [judge_chance(chance) for chance in (0.9, 0.5, 0.1)]
    ['good', 'open', 'bad']
    """
    return "good" if chance >= LIKELY else "bad" if chance < UNLIKELY else "open"


_TONES: dict[str, Tone] = {"good": "good", "open": "warn", "bad": "bad"}


def write_landing_headline(outlook: SalesOutlook | None, gap: Text | None = None) -> HeadlineWords:
    """Return the question, how likely the target is, and where the period lands.

    Parameters
    ----------
    outlook
        None where no forecast can be made.
    gap
        Then, why.
    """
    question = word_outlook("headline.question")
    if outlook is None:
        return {
            "question": question, "status": word_outlook("status.none"), "tone": "warn",
            "answer": word_outlook("headline.no_answer", reason=gap or Text.same("")),
            "subject": word_outlook("headline.subject_none"),
        }  # fmt: skip
    chance, middle = outlook.landing.chance_hit, write_sum(outlook, outlook.landing.p50)
    tone: Tone
    if chance is None or outlook.target is None:
        status, tone = word_outlook("status.no_target", middle=middle), "neutral"
    else:
        goal = write_sum(outlook, outlook.target.amount)
        status = word_outlook("status.target", chance=write_chance(chance), target=goal)
        tone = _TONES[judge_chance(chance)]
    return {
        "question": question,
        "status": status,
        "tone": tone,
        "answer": join_texts(_tell_landing(outlook), _tell_target(outlook), _tell_parts(outlook)),
        "subject": word_outlook(f"headline.subject_{outlook.measure}", period=outlook.period),
    }


def _tell_landing(outlook: SalesOutlook) -> Text:
    landing = outlook.landing
    ends = {"middle": landing.p50, "low": landing.p10, "high": landing.p90}
    return word_outlook(
        "headline.answer", period=outlook.period, **{name: write_sum(outlook, end) for name, end in ends.items()}
    )


def _tell_target(outlook: SalesOutlook) -> Text:
    chance = outlook.landing.chance_hit
    if outlook.target is None or chance is None:
        return word_outlook("headline.no_target")
    missing = outlook.target.amount - outlook.landing.p50
    return word_outlook(
        "headline.gap" if missing > 0 else "headline.lead",
        gap=write_sum(outlook, abs(missing)),
        target=write_sum(outlook, outlook.target.amount),
        chance=write_chance(chance),
    )


def _tell_parts(outlook: SalesOutlook) -> Text:
    won = write_sum(outlook, outlook.landing.won)
    if not outlook.has_deals:
        return word_outlook("headline.rests_course", won=won)
    parts = {name: write_sum(outlook, outlook.expect(name)) for name in ("open", "new")}
    return word_outlook("headline.rests", won=won, **parts)


def write_landing_banners(outlook: SalesOutlook) -> list[BannerWords]:
    """Return what must be known before the numbers: no deals, no amounts, a forecast that failed last time."""
    told: list[tuple[str, Text]] = []
    why = outlook.landed.why_course
    if not outlook.has_deals:
        told.append(("course", word_outlook("banner.course" if why is None else "banner.course_few")))
    elif not outlook.has_amounts:
        told.append(("amounts", word_outlook("banner.amounts")))
    last = outlook.past[-1] if outlook.past else None
    if last is not None and not last.p10 <= last.came <= last.p90:
        ends = {name: write_sum(outlook, getattr(last, of)) for name, of in (("low", "p10"), ("high", "p90"))}
        days = Days((last.period.end - last.as_of).days)
        came = write_sum(outlook, last.came)
        told.append(("past_bad", word_outlook("banner.past_bad", period=last.period, days=days, came=came, **ends)))
    return [
        {"name": f"banner_{name}", "text": text, "tone": "warn", "details": [why] if why and name == "course" else []}
        for name, text in told
    ]


def write_landing_cards(outlook: SalesOutlook) -> list[CardWords]:
    """Return the numbers of the whole page."""
    landing, target = outlook.landing, outlook.target
    cards: list[CardWords] = [
        {
            "name": "landing", "label": word_outlook("card.landing"), "value": write_sum(outlook, landing.p50),
            "interval": (write_sum(outlook, landing.p10), write_sum(outlook, landing.p90)),
            "target": None if target is None else write_sum(outlook, target.amount),
            "note": word_outlook("card.landing_note"),
        }
    ]  # fmt: skip
    if target is not None and landing.chance_hit is not None:
        tone = _TONES[judge_chance(landing.chance_hit)]
        chance: CardWords = {"name": "chance", "label": word_outlook("card.chance"), "tone": tone}
        cards.append(chance | {"value": write_chance(landing.chance_hit)})
    sold = "won" if outlook.measure == "won_amount" else "sold"
    won: CardWords = {"name": "won", "label": word_outlook(f"card.{sold}"), "value": write_sum(outlook, landing.won)}
    if target is not None and target.amount > 0:
        won["note"] = word_outlook("card.won_note", share=Share(landing.won / target.amount, 0))
    cards.append(won)
    if outlook.has_deals:
        cards += _write_deal_cards(outlook)
    return cards + _write_gap_cards(outlook)


def _write_deal_cards(outlook: SalesOutlook) -> list[CardWords]:
    opened: CardWords = {
        "name": "open", "label": word_outlook("card.open"), "value": write_sum(outlook, outlook.expect("open")),
    }  # fmt: skip
    if outlook.has_amounts:
        opened["note"] = word_outlook("card.open_note", amount=write_sum(outlook, outlook.open_amount))
    new: CardWords = {
        "name": "new", "label": word_outlook("card.new"), "value": write_sum(outlook, outlook.expect("new")),
        "note": word_outlook("card.new_note"),
    }  # fmt: skip
    return [opened, new]


def _write_gap_cards(outlook: SalesOutlook) -> list[CardWords]:
    """Return what is missing, the pipeline that would fill it, and what hangs on one deal."""
    landing, target, cards = outlook.landing, outlook.target, list[CardWords]()
    if target is not None:
        missing = target.amount - landing.p50
        key = "gap" if missing > 0 else "lead"
        gap: CardWords = {"name": key, "label": word_outlook(f"card.{key}"), "value": write_sum(outlook, abs(missing))}
        if missing > 0:
            gap["note"] = word_outlook("card.gap_note")
        cards.append(gap)
        needed = landing.pipeline_needed
        if missing > 0 and needed is not None:
            cards.append({
                "name": "needed", "label": word_outlook("card.needed"), "value": write_sum(outlook, needed),
                "note": word_outlook("card.needed_note"),
            })  # fmt: skip
    without = landing.without_largest
    if without is not None and outlook.has_amounts:
        card: CardWords = {"name": "without", "label": word_outlook("card.without")}
        card |= {"value": write_sum(outlook, without.p50)}
        if without.chance_hit is not None:
            card["note"] = word_outlook("card.without_note", chance=write_chance(without.chance_hit))
        cards.append(card)
    return cards


def write_deciding_list(outlook: SalesOutlook) -> WorklistWords | None:
    """Return the open deals that move the chance most, each with its next step and owner.

    None without open deals, and where none has an amount: then they cannot be told apart.
    """
    deals = list_deciding(outlook) if outlook.has_amounts else []
    if not deals:
        return None
    caption = (
        "decided" if outlook.target and not outlook.is_open else "caption" if outlook.target else "caption_no_target"
    )
    return {
        "name": "deciding_list",
        "title": word_outlook("list.title"),
        "caption": word_outlook(f"list.{caption}"),
        "tasks": [_write_task(outlook, deal) for deal in deals],
    }


def _write_task(outlook: SalesOutlook, deal: DecidingDeal) -> TaskWords:
    facts: list[tuple[Text, Any]] = [(word_outlook("list.chance"), write_chance(deal.chance_won))]
    if deal.amount is not None:
        facts.insert(0, (word_outlook("list.amount"), write_sum(outlook, deal.amount)))
    if deal.effect is not None:
        facts.append((word_outlook("list.effect"), Points(deal.effect)))
    if deal.owner is not None:
        facts.append((word_outlook("list.owner"), Text.same(deal.owner)))
    pros, cons = list[Text](), list[Text]()
    if deal.due is not None and deal.due < outlook.as_of:
        cons.append(word_outlook("list.con_overdue", n=Count((outlook.as_of - deal.due).days)))
    elif deal.due == outlook.as_of:
        cons.append(word_outlook("list.con_due_today"))
    elif deal.due is not None and deal.due > outlook.period.end:
        cons.append(word_outlook("list.con_later", day=deal.due))
    elif deal.due is not None:
        pros.append(word_outlook("list.pro_due", day=deal.due))
    if deal.n_pushes:
        cons.append(word_outlook("list.con_pushed", n=Count(deal.n_pushes)))
    if deal.is_stale:
        cons.append(word_outlook("list.con_stale"))
    step = Text.same(deal.next_step) if deal.next_step else word_outlook("list.action_none")
    return {
        "whom": Text.same(deal.name),
        "action": step,
        "when": None,
        "grade": "" if deal.category == "none" else deal.category,
        "facts": facts,
        "pros": pros,
        "cons": cons,
        "mark": None,
    }


def write_landing_findings(outlook: SalesOutlook) -> list[FindingWords]:
    """Return what to do first: for the target, for what is missing, for deals that clog, for trust in the forecast."""
    found = (find(outlook) for find in (_find_chance, _find_pipeline, _find_amounts, _find_stale, _find_past))
    return [one for one in found if one is not None]


def _find_chance(outlook: SalesOutlook) -> FindingWords | None:
    landing, target = outlook.landing, outlook.target
    if target is None or landing.chance_hit is None:
        return None
    verdict, without = judge_chance(landing.chance_hit), landing.without_largest
    if verdict == "good" and (without is None or without.chance_hit is None):
        return None
    ends: dict[str, Any] = {"low": write_sum(outlook, landing.p10), "middle": write_sum(outlook, landing.p50)}
    if without is not None and without.chance_hit is not None:
        ends["without"] = write_chance(without.chance_hit)
    goal = {"target": write_sum(outlook, target.amount), "chance": write_chance(landing.chance_hit)}
    return _word_finding(
        "chance",
        word_outlook(f"finding.chance_{verdict}", **goal),
        word_outlook(f"finding.do_chance_{verdict}", **ends),
        evidence=["landing_parts"],
        tone=_TONES[verdict],
    )


def _find_pipeline(outlook: SalesOutlook) -> FindingWords | None:
    needed = outlook.landing.pipeline_needed
    if outlook.target is None or needed is None or outlook.target.amount <= outlook.landing.p50:
        return None
    gap = write_sum(outlook, outlook.target.amount - outlook.landing.p50)
    return _word_finding(
        "pipeline",
        word_outlook(
            "finding.pipeline", gap=gap, open=write_sum(outlook, outlook.expect("open")), end=outlook.period.end
        ),
        word_outlook("finding.do_pipeline", needed=write_sum(outlook, needed), end=outlook.period.end),
        evidence=["landing_parts"],
        tone="warn",
    )


def _find_amounts(outlook: SalesOutlook) -> FindingWords | None:
    deals = outlook.landing.deals
    if not outlook.has_deals or outlook.has_amounts or deals.empty:
        return None
    return _word_finding(
        "amounts",
        word_outlook("finding.amounts", n=Count(len(deals))),
        word_outlook("finding.do_amounts"),
        evidence=["landing_parts"],
        tone="warn",
        owner="teams",
    )


def _find_stale(outlook: SalesOutlook) -> FindingWords | None:
    deals = outlook.landing.deals
    stale = deals[deals["is_stale"].astype(bool)] if outlook.has_deals else deals
    if not outlook.has_amounts or outlook.open_amount <= 0 or stale.empty:
        return None
    amount = float(stale["amount"].sum())
    if amount < _FEW_STALE * outlook.open_amount:
        return None
    told = {"n": Count(len(stale)), "amount": write_sum(outlook, amount)}
    return _word_finding(
        "stale",
        word_outlook("finding.stale", share=Share(amount / outlook.open_amount, 0), **told),
        word_outlook("finding.do_stale"),
        evidence=["landing_parts"],
        tone="warn",
        owner="teams",
    )


def _find_past(outlook: SalesOutlook) -> FindingWords | None:
    if not outlook.past:
        return None
    inside = sum(one.p10 <= one.came <= one.p90 for one in outlook.past)
    errors = [abs(one.p50 - one.came) / one.came for one in outlook.past if one.came > 0]
    if not errors:
        return None
    has_held = len(outlook.past) >= _FEWEST_HELD and inside >= _HELD * len(outlook.past)
    told = {"n": Count(len(outlook.past)), "inside": Count(inside), "error": Share(float(np.mean(errors)), 0)}
    return _word_finding(
        "past",
        word_outlook("finding.past", **told),
        word_outlook(f"finding.do_past_{'held' if has_held else 'missed'}"),
        evidence=["past"],
        tone="neutral",
    )


def _word_finding(
    name: str, text: Text, action: Text, *, evidence: list[str], tone: Tone, owner: str = "manager"
) -> FindingWords:
    return {
        "name": f"do_{name}", "text": text, "evidence": evidence, "action": action,
        "owner": word_outlook(f"finding.owner_{owner}"), "due": None, "effect": None, "tone": tone,
    }  # fmt: skip


def write_landing_notes(outlook: SalesOutlook | None, gap: Text | None = None) -> list[NoteWords]:
    """Return how the page is to be read, what the data lack, and what it cannot say."""
    if outlook is None:
        return [{"name": "none", "text": word_outlook("note.none", reason=gap or Text.same("")), "tone": "warn"}]
    values: dict[str, Any] = {"end": outlook.period.end, "as_of": outlook.as_of, "currency": outlook.currency}
    is_won = outlook.measure == "won_amount"
    told = {"landing_is": word_outlook(f"note.landing_is{'' if is_won else '_orders'}", **values)}
    if outlook.has_deals:
        told["new_is"] = word_outlook("note.new_is", end=outlook.period.end)
    weights = outlook.landing.weights
    if outlook.has_deals and weights.series > 0:
        shares = {"pipeline": Share(weights.pipeline, 0), "series": Share(weights.series, 0)}
        told["weights"] = word_outlook("note.weights", **shares)
    if not outlook.has_deals:
        told["course"] = word_outlook("note.course")
    if outlook.target is not None and outlook.target.scope != "company":
        scope = word_outlook(f"note.scope_{outlook.target.scope}")
        told["target_sum"] = word_outlook("note.target_sum", n=Count(outlook.target.n_targets), scope=scope)
    notes: list[NoteWords] = [{"name": name, "text": text, "tone": "neutral"} for name, text in told.items()]
    doubts: list[NoteWords] = [
        {"name": f"doubt_{at}", "text": text, "tone": "warn"} for at, text in enumerate(outlook.doubts, start=1)
    ]
    return doubts + notes
