"""What is known of leads, and whom a contact helps, drawn for those who study it.

Each function takes an answer of `saleslab.scoring`. What matters is blue, the rest grey, and every line has its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt

from saleslab.charts.labels import pick_label, shorten
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    DESKTOP,
    INK,
    QUIET,
    SOFT,
    STRONG,
    finish,
    share_labels,
)
from saleslab.wording import Number, Share, say, write

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring import LeadSurvey, Uplift

Spec = dict[str, Any]

_STEP, _TALL_STEP = 30, 46
_MOST_STEPS = 200


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _own(channel: str) -> alt.Color:
    """Return a colour that each row brings along."""
    return alt.Color(f"{channel}:N", scale=None)


def draw_outcomes(survey: LeadSurvey, *, lang: str, width: int) -> Spec:
    """Draw the chance of success by each day since arrival in its band, and where the window ends."""
    rows = [{str(name): float(value) for name, value in row.items()} for row in survey.curve.to_dict("records")]
    at = survey.at_window
    assert at is not None
    last, top = int(rows[-1]["day"]), max(row["high"] for row in rows) * 1.16
    mark = [{"day": survey.window, "chance": at["chance"], "zero": 0.0, "top": top}]
    words = say("scoring_studies.chart.window", n=survey.window, rate=Share(mark[0]["chance"])).of(lang)
    axis = alt.Axis(title=say("scoring_studies.chart.days").of(lang), tickCount=6 if width >= DESKTOP else 4)
    x = alt.X("day:Q", scale=alt.Scale(domain=[0, last], nice=False), axis=axis)
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("chance:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=share_labels(lang, 0 if top > 0.04 else 1)))
    is_right = survey.window > 0.55 * last
    base = _data(rows)
    label = _data([{**mark[0], "text": words}]).mark_text(
        align="right" if is_right else "left", baseline="top", dx=-7 if is_right else 7, color=STRONG
    )
    layers = [
        base.mark_area(color=ACCENT_FAINT).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        _data(mark).mark_rule(color=SOFT, strokeDash=[4, 4]).encode(x=x, y=alt.Y("zero:Q", scale=scale), y2="top:Q"),
        base.mark_line(color=ACCENT).encode(x=x, y=y),
        _data(mark).mark_point(color=ACCENT, size=70, opacity=1).encode(x=x, y=y),
        label.encode(x=x, y=alt.Y("top:Q", scale=scale), text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=240)


def draw_profile(profile: pd.DataFrame, survey: LeadSurvey, *, lang: str, width: int) -> Spec:
    """Draw the share of each group that succeeds on its interval, beside the share of all."""
    overall, letters = float(survey.is_won.mean()), 22 if width >= DESKTOP else 11
    rows: list[dict[str, Any]] = []
    for at, one in enumerate(profile.to_dict("records")):
        is_apart = not one["low"] <= overall <= one["high"]
        rows.append(
            {
                "at": at, "name": shorten(one["group"].of(lang), letters), "value": one["rate"], "low": one["low"],
                "high": one["high"], "colour": ACCENT if is_apart else SOFT,
                "band": ACCENT_SOFT if is_apart else QUIET, "text": write(Share(one["rate"]), lang),
            }
        )  # fmt: skip
    words = say("scoring_studies.chart.all", rate=Share(overall)).of(lang)
    top = max(overall, *(row["high"] for row in rows))
    domain = [0.0, top * (1.15 if width >= DESKTOP else 1.35)]
    for row in rows:
        row["right"] = domain[1]
    axis = alt.Axis(
        labelExpr=share_labels(lang, 0 if top > 0.04 else 1),
        title=None,
        grid=True,
        domain=False,
        tickCount=5 if width >= DESKTOP else 3,
    )
    x = alt.X("low:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)
    names = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label([row["name"] for row in rows]), title=None, grid=False,
        labelColor=INK, labelOverlap=False, tickCount=len(rows),
    )  # fmt: skip
    y = alt.Y("at:Q", axis=names, scale=alt.Scale(domain=[-1.0, len(rows) - 0.4], nice=False, reverse=True))
    line = _data([{"low": overall, "at": -1.0, "text": words}])
    is_right = overall > 0.6 * domain[1]
    base = _data(rows)
    layers = [
        line.mark_rule(color=SOFT, strokeDash=[3, 3]).encode(x=x),
        line.mark_text(
            align="right" if is_right else "left", baseline="top", dx=-5 if is_right else 5, color=SOFT
        ).encode(x=x, y=y, text="text:N"),
        base.mark_rule(strokeWidth=6, strokeCap="round").encode(x=x, x2="high:Q", y=y, color=_own("band")),
        base.mark_point(size=64, opacity=1).encode(x=alt.X("value:Q", axis=axis), y=y, color=_own("colour")),
        base.mark_text(align="right", baseline="middle", color=INK).encode(
            x=alt.X("right:Q", axis=axis), y=y, text="text:N"
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=_STEP * len(rows) + 64)


def draw_gain(answer: Uplift, *, lang: str, width: int, digits: int = 3) -> Spec:
    """Draw what treating the first so many rows changes per row, beside a ranking by lot."""
    every = max(len(answer.qini.shares) // _MOST_STEPS, 1)
    places = sorted({*range(0, len(answer.qini.shares), every), len(answer.qini.shares) - 1})
    curve = [{"share": float(answer.qini.shares[at]), "gain": float(answer.qini.gains[at])} for at in places]
    end = curve[-1]["gain"]
    lot = [{"share": 0.0, "gain": 0.0}, {"share": 1.0, "gain": end}]
    low, high = (pick(0.0, *(row["gain"] for row in curve)) for pick in (min, max))
    reach = (high - low) or 1.0
    axis = alt.Axis(
        title=say("scoring_studies.chart.share_treated").of(lang),
        labelExpr=share_labels(lang),
        values=[step / 4 for step in range(5)],
    )
    x = alt.X("share:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)
    scale = alt.Scale(domain=[low - 0.08 * reach, high + 0.2 * reach], nice=False)
    y = alt.Y("gain:Q", scale=scale, axis=alt.Axis(title=None, format=f".{digits}f", tickCount=5))
    heading = [{"share": 0.0, "gain": high + 0.2 * reach, "text": say("scoring_studies.chart.by_score").of(lang)}]
    is_below = answer.qini.gain_at(0.7) >= 0.7 * end
    named = [{"share": 0.7, "gain": 0.7 * end, "text": say("scoring_studies.chart.by_lot").of(lang)}]
    beside = _data(named).mark_text(
        align="left" if is_below == (end > 0) else "right", baseline="top" if is_below else "bottom",
        dx=8 if is_below == (end > 0) else -8, dy=6 if is_below else -6, color=SOFT,
    )  # fmt: skip
    layers = [
        _data(lot).mark_line(color=SOFT, strokeWidth=1.25, strokeDash=[4, 4]).encode(x=x, y=y),
        _data(curve).mark_line(color=ACCENT).encode(x=x, y=y),
        _data(heading).mark_text(align="left", baseline="top", dx=6, color=ACCENT).encode(x=x, y=y, text="text:N"),
        beside.encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=270)


def draw_rules(answer: Uplift, *, lang: str, width: int, digits: int = 3) -> Spec:
    """Draw what each rule brings per row over treating nobody, on its interval; the chosen one is blue."""
    rows: list[dict[str, Any]] = []
    letters = 60 if width >= DESKTOP else 30
    for at, one in enumerate(answer.candidates[answer.candidates["rule"] != "treat_none"].to_dict("records")):
        is_chosen = bool(one["is_chosen"])
        name = say(f"scoring.uplift.rule.{one['rule']}").of(lang)
        rows.append(
            {
                "at": at * _TALL_STEP + 30, "name_at": at * _TALL_STEP + 10, "name": shorten(name, letters),
                "value": one["value"], "low": one["low"], "high": one["high"],
                "colour": ACCENT if is_chosen else SOFT, "band": ACCENT_SOFT if is_chosen else QUIET,
                "words": STRONG if is_chosen else INK, "text": write(Number(one["value"], digits), lang),
            }
        )  # fmt: skip
    low, high = min(0.0, *(row["low"] for row in rows)), max(0.0, *(row["high"] for row in rows))
    reach = (high - low) or 1.0
    domain = [low - 0.03 * reach, high + 0.16 * reach]
    height = len(rows) * _TALL_STEP
    for row in rows:
        row |= {"left": domain[0], "zero": 0.0, "above": row["at"] - 10, "below": row["at"] + 10}
    nobody = say("scoring_studies.chart.nobody").of(lang)
    axis = alt.Axis(
        labelExpr=f"abs(datum.value) < 1e-12 ? ['0', '{nobody}'] : format(datum.value, '.{digits}~f')",
        title=None, grid=True, domain=False, tickCount=5 if width >= DESKTOP else 3,
    )  # fmt: skip
    x = alt.X("low:Q", scale=alt.Scale(domain=domain, nice=False, zero=False), axis=axis)
    y = alt.Y("at:Q", scale=alt.Scale(domain=[0, height], nice=False, reverse=True), axis=None)
    base = _data(rows)
    layers = [
        base.mark_rule(color=INK).encode(x=alt.X("zero:Q", axis=axis), y=alt.Y("above:Q", axis=None), y2="below:Q"),
        base.mark_rule(strokeWidth=6, strokeCap="round").encode(x=x, x2="high:Q", y=y, color=_own("band")),
        base.mark_point(size=64, opacity=1).encode(x=alt.X("value:Q", axis=axis), y=y, color=_own("colour")),
        base.mark_text(align="left", baseline="middle").encode(
            x=alt.X("left:Q", axis=axis), y=alt.Y("name_at:Q", axis=None), text="name:N", color=_own("words")
        ),
        base.mark_text(align="left", baseline="middle", dx=8).encode(
            x=alt.X("high:Q", axis=axis), y=y, text="text:N", color=_own("words")
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=height + 58)
