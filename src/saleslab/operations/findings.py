"""What a review found, and who does what about it until when: the part of the report that is to be acted on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from saleslab.operations.briefing import needed_ratio
from saleslab.operations.notes import describe_gaps, write_notes
from saleslab.operations.review import SalesReview
from saleslab.wording import FindingWords, Money, Number, Points, Share, Text, Tone, say

_WITHIN, _LATER = 5, 10
"""Business days until which urgent and other actions are due."""


def write_findings(review: SalesReview) -> list[FindingWords]:
    """Return the findings of a review, what to do first at the top.

    Each rests on blocks of the report by their names: ``won_amount``, ``slips``, ``pipeline_by_stage``,
    ``win_rate_by_period``, ``scorecard``, ``gaps``.
    """
    studies = (_missed, _gap, _past_close, _pushed, _old, _rate, _no_next_step, _reps, _gaps)
    return [finding for finding in (study(review) for study in studies) if finding is not None]


def due_after(review: SalesReview, business_days: int) -> date:
    """Return the day that lies some business days after the day the review speaks of."""
    return review.calendar.after_business_days(review.as_of, business_days)


def _finding(
    review: SalesReview,
    name: str,
    text: Text,
    evidence: list[str],
    *,
    action: Text | None = None,
    owner: Text | None = None,
    days: int = _LATER,
    effect: Text | None = None,
    tone: Tone = "warn",
) -> FindingWords:
    return {
        "name": f"do_{name}",
        "text": text,
        "evidence": evidence,
        "action": action or say(f"operations.action.{name}"),
        "owner": owner or say("operations.owner.manager"),
        "due": due_after(review, days),
        "effect": effect,
        "tone": tone,
    }


def _gap(review: SalesReview) -> FindingWords | None:
    coverage, needed = review.coverage, needed_ratio(review)
    if coverage is None or coverage.ratio is None or coverage.ratio >= needed:
        return None
    words = {"missing": Money(coverage.missing, review.currency), "target": Money(coverage.target, review.currency)}
    text = say("operations.finding.gap", **words, ratio=Number(coverage.ratio), needed=Number(needed))
    effect = say("operations.effect.gap", missing=words["missing"])
    return _finding(review, "gap", text, ["won_amount"], days=_WITHIN, effect=effect, tone="bad")


def _missed(review: SalesReview) -> FindingWords | None:
    coverage = review.coverage
    if coverage is None or review.revenue is None or not review.revenue.is_over or not coverage.missing:
        return None
    words = {"missing": Money(coverage.missing, review.currency), "target": Money(coverage.target, review.currency)}
    text = say("operations.finding.missed", **words, period=review.period)
    return _finding(review, "missed", text, ["won_amount"], days=_WITHIN, tone="bad")


def _past_close(review: SalesReview) -> FindingWords | None:
    slips = review.slips
    if slips is None or not slips.n_past_close or slips.past_close_amount is None:
        return None
    late = [deal for deal in slips.deals if deal.days_late]
    amount = Money(slips.past_close_amount, review.currency)
    text = say("operations.finding.past_close", n=slips.n_past_close, amount=amount)
    effect = say("operations.effect.believable", amount=amount) if slips.past_close_amount else None
    owner = _most_affected(review, ((deal.owner_id, deal.amount) for deal in late))
    return _finding(review, "past_close", text, ["slips"], owner=owner, days=_WITHIN, effect=effect, tone="bad")


def _pushed(review: SalesReview) -> FindingWords | None:
    slips = review.slips
    if slips is None or not slips.n_pushed_often or slips.pushed_often_amount is None:
        return None
    pushed = [deal for deal in slips.deals if (deal.slip_count or 0) >= slips.often]
    amount = Money(slips.pushed_often_amount, review.currency)
    text = say("operations.finding.pushed", n=slips.n_pushed_often, amount=amount, often=slips.often)
    owner = _most_affected(review, ((deal.owner_id, deal.amount) for deal in pushed))
    effect = say("operations.effect.believable", amount=amount) if slips.pushed_often_amount else None
    return _finding(review, "pushed", text, ["slips"], owner=owner, effect=effect)


def _old(review: SalesReview) -> FindingWords | None:
    board = review.pipeline
    if board is None or not board.total.n_old or board.old_after_days is None:
        return None
    share = Share(board.total.n_old / board.total.n_deals, 0)
    text = say("operations.finding.old", n=board.total.n_old, share=share, days=round(board.old_after_days))
    tone: Tone = "bad" if board.total.n_old * 2 > board.total.n_deals else "warn"
    effect = None
    if board.total.old_amount:
        effect = say("operations.effect.old", amount=Money(board.total.old_amount, review.currency))
    return _finding(review, "old", text, ["pipeline_by_stage"], effect=effect, tone=tone)


def _rate(review: SalesReview) -> FindingWords | None:
    rate = review.win_rate
    if rate is None or rate.change is None or not rate.is_clear_change or rate.current.rate is None:
        return None
    rises = rate.change.estimate > 0
    words = {"rate": Share(rate.current.rate.estimate, 0), "points": Points(rate.change.estimate, 0)}
    name = "rate_up" if rises else "rate_down"
    text = say(f"operations.finding.{name}", **words)
    return _finding(review, name, text, ["win_rate_by_period"], tone="good" if rises else "bad")


def _no_next_step(review: SalesReview) -> FindingWords | None:
    board = review.pipeline
    if board is None or not board.total.n_without_next_step:
        return None
    n = board.total.n_without_next_step
    text = say("operations.finding.no_next_step", n=n, share=Share(n / board.total.n_deals, 0))
    return _finding(
        review, "no_next_step", text, ["pipeline_by_stage"], owner=say("operations.owner.owners"), days=_WITHIN
    )


def _reps(review: SalesReview) -> FindingWords | None:
    card = review.scorecard
    if card is None or sum(rep.band is not None for rep in card.reps) < 2:
        return None
    above, below = card.standing("above"), card.standing("below")
    if not above and not below:
        return _finding(review, "alike", say("operations.finding.alike"), ["scorecard"], tone="neutral")
    counts = {"n_above": len(above), "n_below": len(below)}
    text = say("operations.finding.differ", **counts, rate=Share(card.team_rate.estimate, 0))
    if not above:
        return _finding(review, "below", text, ["scorecard"], tone="neutral")
    best = above[0]
    name = str(review.name_of(best.owner_id)) if best.owner_id else say("operations.scorecard.unassigned")
    action = say("operations.action.differ", name=name, rate=Share(best.win_rate.estimate, 0))
    return _finding(review, "differ", text, ["scorecard"], action=action, tone="neutral")


def _gaps(review: SalesReview) -> FindingWords | None:
    """Return what the CRM should keep so that the next review can answer more; one finding for all."""
    text = describe_gaps(review)
    if text is None:
        return None
    evidence = "gaps" if any(note["name"] == "gaps" for note in write_notes(review)) else "slips"
    return _finding(review, "gaps", text, [evidence], owner=say("operations.owner.administrator"), tone="neutral")


def _most_affected(review: SalesReview, deals: Iterable[tuple[str | None, Decimal | None]]) -> Text:
    """Return who owns the largest part of some deals, by name where names are shown."""
    amounts: dict[str, Decimal] = {}
    for owner, amount in deals:
        if owner is not None:
            amounts[owner] = amounts.get(owner, Decimal(0)) + (amount or Decimal(0))
    if not amounts:
        return say("operations.owner.manager")
    first = max(sorted(amounts), key=lambda owner: amounts[owner])
    if len(amounts) == 1:
        return Text.same(str(review.name_of(first)))
    return say("operations.owner.first", name=str(review.name_of(first)), n=len(amounts) - 1)
