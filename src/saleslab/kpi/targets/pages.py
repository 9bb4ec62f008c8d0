"""What the page of a target study says: will we make it, what has to be true, what first, and the doubts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from saleslab.kpi.beliefs.statuses import judge_status
from saleslab.kpi.targets.pictures import label_node, value_of, write_level, write_pace
from saleslab.wording import (
    BannerWords,
    CardWords,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Points,
    Share,
    Text,
    Tone,
    join_texts,
    say,
    write,
)

if TYPE_CHECKING:
    from saleslab.errors import NotEnoughData
    from saleslab.kpi.targets.conditioning import ForecastFit
    from saleslab.kpi.targets.review import TargetReview
    from saleslab.kpi.targets.study import TargetStudy

_TONES: dict[str, Tone] = {"green": "good", "amber": "warn", "red": "bad"}
_MOST_FINDINGS = 3
_WORTH_TELLING = 0.01
_BASIS = "kpi_targets.basis"


def write_chance(chance: float) -> Text:
    """Return a chance in words; never 0 and never 100 %, which no forecast knows."""
    if round(100 * chance) < 1:
        return say("kpi_targets.under_one")
    if round(100 * chance) > 99:
        return say("kpi_targets.over_99")
    value = Share(chance, 0)
    return Text(write(value, "en"), write(value, "ja"))


def write_target_headline(review: TargetReview | None) -> HeadlineWords:
    """Return the question, the chance, and the answer to "will we, what has to be true, what first"."""
    if review is None:
        return {
            "question": say("kpi_targets.page.question_none"),
            "status": say("kpi_targets.page.status_none"),
            "tone": "warn",
            "answer": say("kpi_targets.page.no_answer"),
            "subject": say("kpi_targets.page.subject_none"),
        }
    study = review.study
    return {
        "question": say("kpi_targets.page.question", goal=label_node(study, study.goal), target=_write_target(study)),
        "status": say("kpi_targets.page.status", chance=write_chance(study.chance)),
        "tone": _tone_of(review),
        "answer": join_texts(_tell_landing(study), _tell_needed(study), _tell_first(study)),
        "subject": say("kpi_targets.page.subject", goal=label_node(study, study.goal), period=study.period),
    }


def write_target_banners(review: TargetReview) -> list[BannerWords]:
    """Return what the reader must know first: a tree or target that is not the company's own, views that clash."""
    told: list[BannerWords] = []
    if review.is_template:
        text = say("kpi_targets.page.is_template", template=Text.same(review.study.tree.tree))
        told.append({"name": "template", "text": text, "tone": "warn", "details": []})
    if review.is_suggested:
        text = say("kpi_targets.page.is_suggested", target=_write_target(review.study))
        told.append({"name": "no_target", "text": text, "tone": "warn", "details": []})
    study = review.study
    apart = tell_apart(study.forecast, lambda level: write_level(study, study.goal, level))
    return told if apart is None else [*told, apart]


def write_target_cards(review: TargetReview) -> list[CardWords]:
    """Return the three numbers of the first screen: chance, landing, and what has come."""
    study = review.study
    low, middle, high = (value_of(study, study.goal, study.land(place)) for place in (0.1, 0.5, 0.9))
    target = value_of(study, study.goal, study.aim.level)
    tone, luck = _tone_of(review), "card_luck_forecast" if study.is_forecast else "card_luck"
    return [
        {
            "name": "chance", "label": say("kpi_targets.page.card_chance"),
            "value": Share(study.chance, 0), "tone": tone,
            "note": say(f"kpi_targets.page.{luck}", share=Share(study.share_of_luck, 0)),
        },
        {
            "name": "lands", "label": say("kpi_targets.page.card_landing"), "value": middle, "interval": (low, high),
            "target": target, "note": say("kpi_targets.page.card_range"),
        },
        {
            "name": "come", "label": say("kpi_targets.page.card_come", day=study.as_of),
            "value": value_of(study, study.goal, study.come),
            "note": say("kpi_targets.page.card_ahead", n=len(study.span.ahead)),
        },
    ]  # fmt: skip


def write_target_findings(review: TargetReview) -> list[FindingWords]:
    """Return what to do first: the levers that add most to the chance, each with its owner."""
    study = review.study
    found: list[FindingWords] = []
    for row in study.levers.to_dict("records")[:_MOST_FINDINGS]:
        name, gain = row["node"], row["gain_headroom"]
        if gain < _WORTH_TELLING:
            continue
        levels = {"now": write_pace(study, name, row["now"]), "level": write_pace(study, name, row["headroom"])}
        node = study.tree.nodes[name]
        found.append(
            {
                "name": f"lever_{name}",
                "text": say("kpi_targets.page.lever", measure=label_node(study, name), gain=Points(gain), **levels),
                "evidence": ["levers"],
                "action": say("kpi_targets.page.lever_action", measure=label_node(study, name), **levels),
                "owner": review.name_owner(node.owner),
                "due": study.period.end,
                "effect": say("kpi_targets.page.lever_effect", chance=write_chance(row["chance_headroom"])),
                "tone": "neutral",
            }
        )
    return found


def write_target_notes(review: TargetReview | None, gap: NotEnoughData | None = None) -> list[NoteWords]:
    """Return how it was computed, and what speaks against it; without a study, why there is none."""
    if review is None:
        return [] if gap is None else [{"name": "gap", "text": Text.same(gap.what), "tone": "warn"}]
    study = review.study
    notes: list[NoteWords] = [
        {"name": "basis", "text": tell_basis(study.forecast), "tone": "neutral"},
        {"name": "method", "text": say("kpi_targets.page.method", n=study.model.n_draws), "tone": "neutral"},
    ]
    withheld = [row["node"] for row in study.nodes.to_dict("records") if row["status"] == "withheld"]
    for name in withheld:
        reason = study.nodes.set_index("node").loc[name, "reason"]
        words = say("kpi_targets.page.withheld", measure=label_node(study, name), reason=judge_words(str(reason)))
        notes.append({"name": f"withheld_{name}", "text": words, "tone": "warn"})
    if review.past:
        held = sum(past.held for past in review.past)
        text = say("kpi_targets.page.past", n=held, of=len(review.past))
        notes.append({"name": "past_said", "text": text, "tone": "neutral"})
    if study.coverage is not None:
        text = say("kpi_targets.page.coverage", share=Share(study.coverage, 0))
        notes.append({"name": "coverage", "text": text, "tone": "neutral" if study.coverage >= 1 else "warn"})
    return notes


def tell_basis(fit: ForecastFit | None, *, has_chance: bool = True) -> Text:
    """Return whose landing and chance a page shows: the forecast's, or that of the measures' own past.

    Parameters
    ----------
    fit
        ``TargetStudy.forecast``.
    has_chance
        Whether the page states a chance at all; else the other one is not told either.

    Examples
    --------
    >>> tell_basis(None).en[:79]
    'The chance of the goal and where it lands come from how the measures went: open'
    """
    if fit is None:
        return say(f"{_BASIS}.own")
    if not fit.has_overlap:
        return say(f"{_BASIS}.own_apart")
    own = say(f"{_BASIS}.instead", chance=write_chance(fit.chance_own)) if has_chance else None
    return join_texts(say(f"{_BASIS}.forecast"), own, say(f"{_BASIS}.from_there"))


def tell_apart(fit: ForecastFit | None, write: Callable[[float], Text]) -> BannerWords | None:
    """Return that forecast and measures contradict each other, with the numbers of both; None where they do not.

    Parameters
    ----------
    fit
        ``TargetStudy.forecast``.
    write
        A level of the goal in words.
    """
    if fit is None or fit.has_overlap:
        return None
    text = say(
        f"{_BASIS}.apart",
        forecast=write_chance(fit.chance_forecast),
        own=write_chance(fit.chance_own),
        middle_forecast=write(fit.middle_forecast),
        middle_own=write(fit.middle_own),
    )
    return {"name": "apart", "text": text, "tone": "warn", "details": []}


def judge_words(reason: str) -> Text:
    """Return why a chance is withheld."""
    return judge_status(None, reason=reason).words  # type: ignore[arg-type]


def _tone_of(review: TargetReview) -> Tone:
    """Good or bad is what nobody can say of a target that nobody has set."""
    return "neutral" if review.is_suggested else _TONES[judge_status(review.study.chance).colour]


def _write_target(study: TargetStudy) -> Text:
    return write_level(study, study.goal, study.aim.level)


def _tell_landing(study: TargetStudy) -> Text:
    low, middle, high = (write_level(study, study.goal, study.land(place)) for place in (0.1, 0.5, 0.9))
    return say("kpi_targets.page.landing", period=study.period, low=low, middle=middle, high=high)


def _tell_needed(study: TargetStudy) -> Text | None:
    """What has to be true for the wanted chance: the measure that alone would do, or that none would."""
    if study.chance >= study.wanted or study.required.empty:
        return None
    feasible = [row for row in study.required.to_dict("records") if row["is_feasible"]]
    if feasible:
        row = min(feasible, key=lambda one: abs(one["required"] / one["now"] - 1))
        name = row["node"]
        return say(
            "kpi_targets.page.needed",
            chance=Share(study.wanted, 0),
            measure=label_node(study, name),
            level=write_pace(study, name, row["required"]),
            now=write_pace(study, name, row["now"]),
        )
    key = "needed_bundle" if study.bundle.is_feasible else "not_within_reach"
    return say(f"kpi_targets.page.{key}", chance=Share(study.wanted, 0), best=write_chance(study.bundle.chance))


def _tell_first(study: TargetStudy) -> Text | None:
    if study.levers.empty or study.levers["gain_headroom"].iloc[0] < _WORTH_TELLING:
        return None
    row = study.levers.to_dict("records")[0]
    return say(
        "kpi_targets.page.first",
        measure=label_node(study, row["node"]),
        level=write_pace(study, row["node"], row["headroom"]),
        now=write_pace(study, row["node"], row["now"]),
        gain=Points(row["gain_headroom"]),
    )
