"""Who does what about an experiment until when: the part of the readout that is to be acted on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from saleslab.experiments.answers import Reason
from saleslab.experiments.briefing import name_sides
from saleslab.experiments.decision import HARMLESS, INVALIDATING, Verdict
from saleslab.experiments.readout import OTHERS, Readout
from saleslab.experiments.telling import write_level, write_lift
from saleslab.wording import FindingWords, Money, Text, say

if TYPE_CHECKING:
    from saleslab.periods import FiscalCalendar

WITHIN, _LATER = 5, 10
"""Business days until which the decision and everything else is due."""


def write_findings(readout: Readout, *, calendar: FiscalCalendar) -> list[FindingWords]:
    """Return the decision as an action, then what must be cleared up, then who comes first.

    They rest on blocks of the report by their names: ``arms``, ``lift``, ``groups``.
    """
    return [
        _decide(readout, calendar),
        *(_clear_up(readout, reason, calendar) for reason in _to_clear_up(readout)),
        *_tell_segments(readout, calendar),
    ]


def due_after(readout: Readout, calendar: FiscalCalendar, business_days: int) -> date:
    """Return the day that lies some business days after the day the readout speaks of."""
    return calendar.after_business_days(readout.trial.as_of, business_days)


def _to_clear_up(readout: Readout) -> list[Reason]:
    """Return what somebody can do something about; what makes the result unusable is told by the decision itself."""
    reasons = [one for one in readout.decision.reasons if one not in HARMLESS and one is not Reason.UNPLANNED]
    fatal = next((one for one in INVALIDATING if one in reasons), None)
    return [one for one in reasons if one is not fatal]


def _decide(readout: Readout, calendar: FiscalCalendar) -> FindingWords:
    decision, best = readout.decision, readout.best
    name = "exploratory" if decision.is_exploratory and decision.verdict is Verdict.CONTINUE else str(decision.verdict)
    key = f"{name}_weeks" if name == "continue" and decision.weeks_left else name
    key = "exploratory_worse" if name == "exploratory" and readout.chance_better < 0.5 else key
    fatal = next((one for one in INVALIDATING if one in decision.reasons), None)
    after = next(arm.posterior_mean for arm in readout.comparison.arms if arm.arm == best.treatment)
    direction = "better" if readout.chance_better >= 0.5 else "worse"
    words = {
        **name_sides(readout),
        "direction": say(f"experiments.direction.{direction}"),
        "n": decision.weeks_left or 0,
        "after": write_level(after, readout.measured, readout.trial.currency),
        "next": say(f"experiments.reason.{fatal}.next") if fatal else "",
    }
    is_change = decision.verdict in {Verdict.SHIP, Verdict.KEEP, Verdict.STOP_FOR_FUTILITY}
    return {
        "name": "do_decide",
        "text": say(f"experiments.finding.{name}", **words),
        "evidence": ["lift", "arms"],
        "action": say(f"experiments.action.{key}", **words),
        "owner": say(f"experiments.owner.{'manager' if is_change else 'analyst'}"),
        "due": due_after(readout, calendar, WITHIN),
        "effect": _effect(readout),
        "tone": {"ship": "good", "invalid": "bad", "exploratory": "warn"}.get(name, "neutral"),  # type: ignore[typeddict-item]
    }


def _effect(readout: Readout) -> Text | None:
    """Return what shipping brings, or what keeping the control saves where the treatment is worse."""
    if readout.monthly_gain is None or readout.decision.verdict not in {Verdict.SHIP, Verdict.KEEP}:
        return None
    low, gain, high = (Money(amount, readout.trial.currency) for amount in readout.monthly_gain)
    if readout.decision.verdict is Verdict.SHIP:
        return say("experiments.effect.gained", gain=gain, low=low, high=high)
    if gain.amount >= 0:
        return None
    return say("experiments.effect.avoided", loss=Money(-gain.amount, gain.currency))


def _clear_up(readout: Readout, reason: Reason, calendar: FiscalCalendar) -> FindingWords:
    return {
        "name": f"clear_{reason}",
        "text": say(f"experiments.reason.{reason}.what"),
        "evidence": ["arms"],
        "action": say(f"experiments.reason.{reason}.next"),
        "owner": say("experiments.owner.analyst"),
        "due": due_after(readout, calendar, _LATER),
        "effect": None,
        "tone": "bad" if reason in INVALIDATING else "warn",
    }


def _tell_segments(readout: Readout, calendar: FiscalCalendar) -> list[FindingWords]:
    """Return each segment that clearly loses and, unless all change, the one that clearly benefits most."""
    if readout.groups is None or readout.decision.verdict is Verdict.INVALID:
        return []
    told = []
    is_for_all = readout.decision.verdict is Verdict.SHIP
    better = [one for one in readout.groups.groups if one.benefits and not is_for_all]
    worse = [one for one in readout.groups.groups if one.suffers]
    for number, (key, one) in enumerate(
        [*(("benefit", one) for one in better[:1]), *(("suffer", one) for one in worse)]
    ):
        ends = {"lift": one.interval.estimate, "low": one.interval.low, "high": one.interval.high}
        lifts = {name: write_lift(value, "rate", readout.trial.currency) for name, value in ends.items()}
        words = {
            "group": name_segment(one.group),
            **name_sides(readout),
            **lifts,
        }
        finding: FindingWords = {
            "name": f"do_{key}_{number}",
            "text": say(f"experiments.finding.{key}", **words),
            "evidence": ["groups"],
            "action": say(f"experiments.action.{key}", **words),
            "owner": say("experiments.owner.manager"),
            "due": due_after(readout, calendar, _LATER),
            "effect": None,
            "tone": "good" if key == "benefit" else "warn",
        }
        told.append(finding)
    return told


def name_segment(group: str) -> Text:
    """Return what a segment is called.

    Examples
    --------
    >>> name_segment("…").en
    'Others and unknown'
    """
    return say("experiments.segment.others") if group == OTHERS else Text.same(group)
