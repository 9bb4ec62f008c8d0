"""The first lines of a readout: the verdict, how sure one may be, what it is worth.

Everything returned here has the names of the arguments of `saleslab.reporting`, so a notebook passes it on with ``**``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saleslab.experiments.answers import Reason
from saleslab.experiments.decision import HARMLESS, INVALIDATING, Verdict
from saleslab.experiments.readout import Readout
from saleslab.experiments.telling import name_metric, tell_chance, write_level, write_lift
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    HeadlineWords,
    Money,
    NoteWords,
    Number,
    Share,
    Text,
    Tone,
    join_texts,
    say,
)

STRONG_EVIDENCE = 20.0
"""E-value that stops a test of one treatment early at an alpha of 5 %."""

_LARGEST_TOLD = 1e6
_TONES: dict[Verdict, Tone] = {
    Verdict.SHIP: "good",
    Verdict.KEEP: "neutral",
    Verdict.STOP_FOR_FUTILITY: "neutral",
    Verdict.CONTINUE: "neutral",
    Verdict.INVALID: "bad",
}


def write_headline(readout: Readout) -> HeadlineWords:
    """Return the question, the verdict in a few words, the answer that a manager can repeat, and what it is about."""
    trial, decision = readout.trial, readout.decision
    return {
        "question": say("experiments.readout.question", name=trial.name),
        "status": _status(readout),
        "tone": "warn" if decision.is_exploratory and decision.verdict is not Verdict.INVALID else _tone(readout),
        "answer": join_texts(decision.sentence, *_support(readout)),
        "subject": say("experiments.readout.subject", metric=name_metric(trial.metric.name), n=len(trial.rows)),
    }


def _tone(readout: Readout) -> Tone:
    return _TONES[readout.decision.verdict]


def _status(readout: Readout) -> Text:
    decision = readout.decision
    if decision.verdict is Verdict.INVALID:
        cause = next(reason for reason in INVALIDATING if reason in decision.reasons)
        return say("experiments.readout.status_invalid", cause=say(f"experiments.reason.{cause}.what"))
    key = "status_exploratory" if decision.is_exploratory else "status"
    verdict = say(f"experiments.verdict.{decision.verdict}")
    is_better = readout.chance_better >= 0.5
    chance = tell_chance(readout.chance_better if is_better else 1 - readout.chance_better)
    direction = say(f"experiments.comparative.{'better' if is_better else 'worse'}")
    words = {"treatment": readout.trial.name_arm(decision.treatment), "direction": direction, "chance": chance}
    return say(f"experiments.readout.{key}", verdict=verdict, **words)


def _support(readout: Readout) -> list[Text]:
    """Return how large the lift is and what it brings; nothing of a result that is not usable."""
    if readout.decision.verdict is Verdict.INVALID:
        return []
    best, kind, currency = readout.best, readout.measured, readout.trial.currency
    means = {arm.arm: arm.posterior_mean for arm in readout.comparison.arms}
    lifts = {
        "lift": write_lift(best.lift, kind, currency),
        "low": write_lift(best.interval.low, kind, currency),
        "high": write_lift(best.interval.high, kind, currency),
    }
    levels = {
        "before": write_level(means[best.control], kind, currency),
        "after": write_level(means[best.treatment], kind, currency),
    }
    arms = name_sides(readout)
    metric = name_metric(readout.trial.metric.name)
    told = [say("experiments.readout.found_lift", metric=metric, **arms, **levels, **lifts)]
    if readout.monthly_gain is not None:
        low, gain, high = (Money(amount, currency) for amount in readout.monthly_gain)
        units = round(readout.stakes.units_per_month or 0)
        told.append(say("experiments.readout.expects_money", units=units, gain=gain, low=low, high=high))
    return told


def name_sides(readout: Readout) -> dict[str, Text]:
    """Return what the two arms of the decision are called, as ``control`` and ``treatment``."""
    best, trial = readout.best, readout.trial
    return {"control": trial.name_arm(best.control), "treatment": trial.name_arm(best.treatment)}


def write_cards(readout: Readout) -> list[CardWords]:
    """Return the numbers of the readout: chance, lift, money, risk, evidence, units."""
    cards = (_chance, _lift, _gain, _loss, _evidence, _units)
    return [card for card in (make(readout) for make in cards) if card is not None]


def _chance(readout: Readout) -> CardWords:
    return {
        "name": "chance_better",
        "label": say("experiments.measures.chance_better"),
        "value": Share(readout.chance_better),
        "note": tell_chance(readout.chance_better),
    }


def _lift(readout: Readout) -> CardWords:
    best, kind, currency = readout.best, readout.measured, readout.trial.currency
    low, high = (write_lift(end, kind, currency) for end in (best.interval.low, best.interval.high))
    return {
        "name": "lift_size",
        "label": say("experiments.measures.lift", treatment=name_sides(readout)["treatment"]),
        "value": write_lift(best.lift, kind, currency),
        "interval": (low, high),
        "note": say("experiments.note.ninety_five"),
    }


def _gain(readout: Readout) -> CardWords | None:
    if readout.monthly_gain is None:
        return None
    low, gain, high = (Money(amount, readout.trial.currency) for amount in readout.monthly_gain)
    units, worth = round(readout.stakes.units_per_month or 0), readout.stakes.amount_per_unit
    key = "per_month_money" if readout.measured == "amount" or worth is None else "per_month"
    told = {"units": units} | ({"worth": Money(worth, readout.trial.currency)} if worth is not None else {})
    return {
        "name": "monthly_gain",
        "label": say("experiments.measures.monthly_gain"),
        "value": gain,
        "interval": (low, high),
        "note": say(f"experiments.note.{key}", **told),
    }


def _loss(readout: Readout) -> CardWords | None:
    loss, plan = readout.best.monthly_loss, readout.trial.plan
    if loss is None or readout.monthly_gain is None:
        return None
    note = say("experiments.note.loss")
    if plan is not None:
        note = say("experiments.note.loss_tolerated", tolerated=Money(plan.tolerated_loss, plan.currency))
    return {
        "name": "loss_if_wrong",
        "label": say("experiments.measures.loss_if_wrong"),
        "value": Money(loss, readout.trial.currency),
        "tone": "neutral" if plan is None else "good" if loss <= plan.tolerated_loss else "warn",
        "note": note,
    }


def _evidence(readout: Readout) -> CardWords:
    strength, needed = min(readout.best.e_value, _LARGEST_TOLD), needed_evidence(readout)
    key = "evidence" if readout.is_watchable else "evidence_once"
    return {
        "name": "evidence",
        "label": say("experiments.measures.evidence"),
        "value": Number(strength),
        "tone": "good" if strength >= needed else "neutral",
        "note": say(f"experiments.note.{key}", needed=Number(needed, 0)),
    }


def needed_evidence(readout: Readout) -> float:
    """Return the e-value that would stop the test early: the number of treatments over alpha."""
    plan = readout.trial.plan
    return len(readout.comparison.contrasts) * (STRONG_EVIDENCE if plan is None else 1 / plan.alpha)


def _units(readout: Readout) -> CardWords:
    n = {arm.arm: arm.n for arm in readout.comparison.arms}
    best = readout.best
    sides = name_sides(readout)
    counts = {"n_control": n[best.control], "n_treatment": n[best.treatment]}
    return {
        "name": "n_units",
        "label": say("experiments.measures.n_units"),
        "value": Count(sum(n.values())),
        "note": say("experiments.note.followed", **sides, **counts),
    }


def write_banners(readout: Readout) -> list[BannerWords]:
    """Return whether the analysis was planned, and whether the test was carried out as it was drawn."""
    return [_standing(readout), _health(readout)]


def _standing(readout: Readout) -> BannerWords:
    if not readout.decision.is_exploratory:
        return {"name": "standing", "text": say("experiments.banner.planned"), "tone": "good", "details": []}
    nexts = [say(f"experiments.reason.{Reason.UNPLANNED}.next")]
    return {"name": "standing", "text": say("experiments.banner.exploratory"), "tone": "warn", "details": nexts}


def _health(readout: Readout) -> BannerWords:
    reasons = [reason for reason in readout.decision.reasons if reason is not Reason.UNPLANNED]
    n_fatal = sum(reason in INVALIDATING for reason in reasons)
    sizes = " : ".join(f"{n:,}" for _, n in readout.health.counts)
    split = say("experiments.banner.split", sizes=sizes, chance=tell_chance(readout.health.mismatch_p))
    details = [*_tell_reasons(readout, reasons), split]
    if n_fatal:
        return {
            "name": "health",
            "text": say("experiments.banner.flawed", n=n_fatal),
            "tone": "bad",
            "details": details,
        }
    if any(reason not in HARMLESS for reason in reasons):
        text = say("experiments.banner.warned", n=len(reasons))
        return {"name": "health", "text": text, "tone": "warn", "details": details}
    return {"name": "health", "text": say("experiments.banner.sound"), "tone": "good", "details": details}


def _tell_reasons(readout: Readout, reasons: Sequence[Reason]) -> list[Text]:
    """Return each reason in a sentence, with its rows by arm where the health check counted them."""
    told = []
    for reason in reasons:
        what = say(f"experiments.reason.{reason}.what")
        rows = readout.health.findings[readout.health.findings["reason"].eq(reason)]
        told += [
            say(
                "experiments.banner.rows.detail",
                what=what,
                n=int(row["n_rows"]),
                arm=readout.trial.name_arm(str(row["arm"])),
            )
            for row in rows.to_dict("records")
        ] or [what]
    return told


def write_notes(readout: Readout) -> list[NoteWords]:
    """Return the remarks without which the numbers would mislead, what they rest on first."""
    trial, plan = readout.trial, readout.trial.plan
    notes: list[tuple[str, Text | None]] = [("scope", _scope(readout))]
    if plan is not None:
        money = Money(plan.tolerated_loss, plan.currency)
        minimum = write_lift(plan.minimum_effect, plan.metric.kind, plan.currency)
        words: dict[str, Any] = {"hypothesis": plan.hypothesis, "minimum": minimum, "tolerated": money}
        notes.append(
            ("plan", say("experiments.note.text.plan", **words, alpha=Share(plan.alpha, 0), digest=plan.sha256))
        )
    if trial.n_immature:
        young = say("experiments.note.text.immature", n=trial.n_immature, days=trial.horizon or 0, day=trial.as_of)
        notes.append(("immature", young))
    notes += [
        ("undated", say("experiments.note.text.undated", n=trial.n_undated) if trial.n_undated else None),
        ("only_rate", say("experiments.note.text.only_rate") if readout.measured != trial.metric.kind else None),
        ("no_worth", say("experiments.note.text.no_worth") if readout.monthly_gain is None else None),
        ("file", say("experiments.note.text.file", source=trial.source) if trial.source else None),
    ]
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in notes if text is not None]


def _scope(readout: Readout) -> Text:
    trial = readout.trial
    if trial.starts_on is None or trial.ends_on is None or trial.horizon is None:
        return say("experiments.note.text.scope_bare", n=len(trial.rows), day=trial.as_of)
    span = {"first": trial.starts_on, "last": trial.ends_on, "days": trial.horizon}
    return say("experiments.note.text.scope", n=len(trial.rows), **span, day=trial.as_of)
