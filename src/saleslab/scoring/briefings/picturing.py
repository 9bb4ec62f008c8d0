"""Title, caption and alternative text of each picture of a model's quality, of one lead and of drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from saleslab.wording import LANGUAGES, Money, Number, PictureWords, Points, Share, Text, say

if TYPE_CHECKING:
    from saleslab.scoring.judging.evaluation import ScoreEvaluation
    from saleslab.scoring.judging.explaining import LeadExplanation
    from saleslab.scoring.judging.measuring import MoneyCurve, ScoreMeasures
    from saleslab.scoring.watching.drift import DriftWatch
    from saleslab.stats import Calibration

_GAP = {"en": ", ", "ja": "、"}


def word_picture(name: str, caption: dict[str, Any], alt: dict[str, Any], variant: str = "") -> PictureWords:
    """Return the words of a picture by its name in the wording."""
    return {
        "title": say(f"scoring.picture.{name}.title"),
        "caption": say(f"scoring.picture.{name}.caption{variant}", **caption),
        "alt": say(f"scoring.picture.{name}.alt", **alt),
    }


def describe_ladder(answer: ScoreEvaluation) -> PictureWords:
    """Return the words of the picture of a model under ever more honest tests."""
    told = []
    for name in ("leaked", "random", "forward", "per_list"):
        auc = getattr(answer, name)
        if auc is not None:
            ends = {end: Number(getattr(auc, end), 3) for end in ("low", "high")}
            test = say(f"scoring.chart.test.{name}")
            told.append(say("scoring.picture.ladder.rung", test=test, value=Number(auc.estimate, 3), **ends))
    variant = "_blocks" if answer.lists_are_blocks and answer.per_list is not None else ""
    return word_picture("ladder", {"mass": Share(answer.random.mass, 0)}, {"tests": _list(told)}, variant)


def _list(texts: Sequence[Text]) -> Text:
    return Text(*(_GAP[lang].join(text.of(lang) for text in texts) for lang in LANGUAGES))


def describe_calibration(answer: Calibration) -> PictureWords:
    """Return the words of the picture of stated chances against what happened."""
    alt = {
        "n": len(answer.points),
        "n_outside": answer.n_outside,
        "error": Share(answer.error),
        "luck": Share(answer.error_by_luck),
        "stated": Share(answer.mean_chance),
        "won": Share(answer.rate.estimate),
    }
    return word_picture("calibration", {"mass": Share(answer.mass, 0)}, alt)


def describe_capture(answer: ScoreMeasures) -> PictureWords:
    """Return the words of the picture of won leads at the top of the ranking."""
    part = answer.captured_in_top
    alt: dict[str, Any] = {
        name: Share(getattr(part, end), 0) for name, end in (("part", "estimate"), ("low", "low"), ("high", "high"))
    }
    alt |= {"share": Share(answer.top, 0), "lift": Number(answer.lift.estimate)}
    return word_picture("capture", {"mass": Share(part.mass, 0)}, alt)


def describe_money(answer: MoneyCurve, *, currency: str = "JPY") -> PictureWords:
    """Return the words of the picture of what a ranking brings in."""
    brought = answer.at_capacity
    ends = {"amount": brought.estimate, "low": brought.low, "high": brought.high, "lot": answer.by_lot}
    alt = {name: Money(Decimal(round(value)), currency) for name, value in ends.items()}
    return word_picture("money", {}, {**alt, "n": answer.capacity})


def describe_reasons(answer: LeadExplanation) -> PictureWords:
    """Return the words of the picture of how the chance of one lead comes about."""
    ends = {"base": Share(answer.base, 0), "chance": Share(answer.chance, 0)}
    if not answer.reasons:
        return word_picture("reasons", {}, {"reasons": say("scoring.picture.reasons.none"), **ends})
    told = [
        say("scoring.picture.reasons.reason", name=reason.label, effect=Points(reason.points, 0))
        for reason in answer.reasons
    ]
    return word_picture("reasons", {}, {"reasons": _list(told), **ends})


def describe_drift(answer: DriftWatch, *, names: Mapping[str, Text] | None = None) -> PictureWords:
    """Return the words of the picture of how far columns have moved; ``names`` are labels for columns."""
    table = answer.columns
    farthest = table.iloc[0]
    labels = {"chance_won": say("scoring.chart.chance_won"), **(names or {})}
    alt = {
        "n": len(table),
        "n_moved": int((table["is_moved"] | table["is_far"]).sum()),
        "n_far": int(table["is_far"].sum()),
        "farthest": labels.get(str(farthest["column"]), Text.same(str(farthest["column"]))),
        "psi": Number(float(farthest["psi"]), 2),
        "by_chance": Number(float(farthest["by_chance"]), 2),
    }
    return word_picture("drift", {}, alt)


def describe_grades(answer: DriftWatch, *, mass: float = 0.9) -> PictureWords:
    """Return the words of the picture of what each grade promised and won."""
    told = [
        say(
            "scoring.picture.grades.grade",
            name=say("scoring.chart.all_grades") if row["grade"] == "all" else str(row["grade"]),
            promised=Share(float(row["chance"]), 0),
            won=Share(float(row["rate"]), 0),
            n=int(row["n_leads"]),
        )
        for row in answer.grades.to_dict("records")
    ]
    return word_picture("grades", {"mass": Share(mass, 0)}, {"grades": _list(told)})
