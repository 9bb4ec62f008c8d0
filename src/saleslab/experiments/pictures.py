"""Title, caption and alternative text of each picture of an experiment, and what stands where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saleslab.experiments.briefing import name_sides, needed_evidence
from saleslab.experiments.findings import name_segment
from saleslab.experiments.readout import Readout
from saleslab.experiments.telling import write_level, write_lift
from saleslab.wording import Money, Number, PictureWords, Share, TableWords, Text, say

if TYPE_CHECKING:
    from saleslab.experiments.prices import PriceResponse
    from saleslab.experiments.samples import SamplePlan


def word_picture(name: str, caption: dict[str, Any], alt: dict[str, Any], variant: str = "") -> PictureWords:
    """Return the words of a picture by its name in the wording."""
    return {
        "title": say(f"experiments.{name}.title"),
        "caption": say(f"experiments.{name}.caption", **caption),
        "alt": say(f"experiments.{name}.alt{variant}", **alt),
    }


def word_table(name: str) -> TableWords:
    """Return title and caption of a table: ``arms`` or ``assumptions``.

    Examples
    --------
    >>> word_table("arms")["title"].en
    'The arms'
    """
    return {"title": say(f"experiments.{name}.title"), "caption": say(f"experiments.{name}.caption")}


def say_gap(name: str) -> Text:
    """Return why a picture is missing: ``path`` or ``groups``."""
    return say(f"experiments.{name}.unknown")


def describe_lift(readout: Readout) -> PictureWords:
    """Return the words of the picture of the lift's posterior."""
    best, kind, currency = readout.best, readout.measured, readout.trial.currency
    ends = {"lift": best.lift, "low": best.interval.low, "high": best.interval.high}
    alt: dict[str, Any] = {name: write_lift(value, kind, currency) for name, value in ends.items()}
    treatment = name_sides(readout)["treatment"]
    shares = {"better": Share(best.chance_better, 0), "equal": Share(best.chance_equivalent, 0)}
    return word_picture("lift", {"treatment": treatment}, {**alt, **shares, "treatment": treatment})


def describe_path(readout: Readout) -> PictureWords:
    """Return the words of the picture of the evidence from week to week."""
    needed = needed_evidence(readout)
    strongest = max(sight.contrast.e_value for sight in readout.path)
    first, last = readout.path[0], readout.path[-1]
    alpha = readout.trial.plan.alpha if readout.trial.plan else 0.05
    alt = {
        "first": Number(first.contrast.e_value),
        "last": Number(min(last.contrast.e_value, 1e6)),
        "from": first.look,
        "to": last.look,
        "needed": Number(needed, 0),
        "reached": say(f"experiments.path.{'reached' if strongest >= needed else 'not_reached'}"),
    }
    return word_picture("path", {"alpha": Share(alpha, 0)}, alt)


def describe_loss(readout: Readout) -> PictureWords:
    """Return the words of the picture of the expected loss from look to look."""
    first, last = readout.path[0], readout.path[-1]
    alt = {
        "first": write_loss(readout, first.contrast),
        "last": write_loss(readout, last.contrast),
        "from": first.look,
        "to": last.look,
    }
    return word_picture("loss", {"treatment": name_sides(readout)["treatment"]}, alt)


def write_loss(readout: Readout, contrast: Any) -> Any:
    """Return an expected loss as money a month, or in the unit of the metric where its worth is not known."""
    if contrast.monthly_loss is not None:
        return Money(contrast.monthly_loss, readout.trial.currency)
    return write_lift(contrast.expected_loss, readout.measured, readout.trial.currency)


def describe_groups(readout: Readout) -> PictureWords:
    """Return the words of the picture of the lift by segment."""
    assert readout.groups is not None
    groups = readout.groups.groups
    largest = groups[0]
    alt = {
        "n": len(groups),
        "largest": name_segment(largest.group),
        "lift": write_lift(largest.interval.estimate, "rate", readout.trial.currency),
        "n_clear": sum(one.benefits for one in groups),
    }
    return word_picture("groups", {}, alt)


def describe_prices(answer: PriceResponse, *, currency: str = "JPY") -> PictureWords:
    """Return the words of the picture of profit along the price."""
    if answer.best_price is None:
        return word_picture("prices", {}, {}, "_confounded")
    best = answer.best_price
    ends = {"best": best.estimate, "low": best.low, "high": best.high}
    return word_picture("prices", {}, {name: write_level(one, "amount", currency) for name, one in ends.items()})


def describe_assurance(answer: SamplePlan) -> PictureWords:
    """Return the words of the picture of the planner."""
    first, last = answer.curve.iloc[0], answer.curve.iloc[-1]
    alt = {
        "first": Share(float(first["chance_ship"]), 0),
        "n_first": int(first["n_units"]),
        "last": Share(float(last["chance_ship"]), 0),
        "n_last": int(last["n_units"]),
    }
    return word_picture("assurance", {}, alt)
