"""Who buys and comes back, drawn: each function takes one answer of `saleslab.customers`."""

from __future__ import annotations

from typing import Any

import altair as alt

from saleslab.charts.labels import pick_label
from saleslab.charts.theme import ACCENT, ACCENT_FAINT, CARD, DESKTOP, HEAT, INK, SOFT, STRONG, finish, share_labels
from saleslab.customers import BuyerCohort, Concentration, RepeatPurchase
from saleslab.periods import Period
from saleslab.wording import Share, say, write

Spec = dict[str, Any]

_CELL = 36
_HALF_A_LINE = 7
"""Pixels by which a label of two lines is lifted, so that it stands beside the middle of its row."""


def draw_cohorts(answer: RepeatPurchase, *, lang: str, width: int) -> Spec:
    """Draw the share that has bought again, one row a cohort, one column a period since the first purchase.

    Periods that are not over are left open, so the right edge is a staircase. Shades have five steps, from 0 to the
    largest share.
    """
    most = 12 if width >= DESKTOP else 6
    cohorts = answer.cohorts[-12:]
    n_ages = min(most, max(1, *(sum(cell.share is not None for cell in cohort.cells) for cohort in cohorts)))
    rows = [cell for row, cohort in enumerate(cohorts) for cell in _cells(cohort, row, n_ages)]
    largest = max((cell["share"] for cell in rows), default=0.0) or 1.0
    for cell in rows:
        step = min(int(cell["share"] / largest * len(HEAT)), len(HEAT) - 1)
        cell |= {"colour": HEAT[step], "words": CARD if step >= 3 else INK}
        cell |= {"left": cell["age"] - 0.48, "right": cell["age"] + 0.48}
        cell |= {"up": cell["row"] - 0.46, "down": cell["row"] + 0.46}
    labels = [[_short(cohort.period, lang), _size(cohort, lang)] for cohort in cohorts]
    base = alt.Chart(alt.Data(values=rows))
    across = alt.Axis(
        orient="top",
        values=list(range(n_ages)),
        title=say(f"customers.chart.since.{cohorts[0].period.grain}").of(lang),
        domain=False,
        grid=False,
        format="d",
        titleAnchor="start",
    )
    down = alt.Axis(
        values=list(range(len(cohorts))), labelExpr=pick_label(labels),
        title=None, grid=False, labelOverlap=False, tickCount=len(cohorts), labelOffset=-_HALF_A_LINE,
    )  # fmt: skip
    x_scale = alt.Scale(domain=[-0.5, n_ages - 0.5], nice=False)
    y_scale = alt.Scale(domain=[-0.5, len(cohorts) - 0.5], nice=False, reverse=True)
    base = alt.Chart(alt.Data(values=rows))
    layers = [
        base.mark_rect().encode(
            x=alt.X("left:Q", axis=across, scale=x_scale), x2="right:Q", y=alt.Y("up:Q", axis=down, scale=y_scale),
            y2="down:Q", color=alt.Color("colour:N", scale=None),
        ),
        base.mark_text(baseline="middle").encode(
            x=alt.X("age:Q", axis=across, scale=x_scale), y=alt.Y("row:Q", axis=down, scale=y_scale),
            text="text:N", color=alt.Color("words:N", scale=None),
        ),
    ]  # fmt: skip
    return finish(alt.layer(*layers), lang=lang, width=width, height=len(cohorts) * _CELL + 64)


def _cells(cohort: BuyerCohort, row: int, n_ages: int) -> list[dict[str, Any]]:
    return [
        {"row": row, "age": cell.age, "share": cell.share.estimate, "text": f"{cell.share.estimate:.0%}"}
        for cell in cohort.cells[:n_ages]
        if cell.share is not None
    ]


def _short(period: Period, lang: str) -> str:
    """Return the name of a period for a narrow column."""
    if period.grain == "quarter":
        year = say("operations.chart.fiscal_year", year=f"{period.fiscal_year}").of(lang)
        return f"{year} Q{period.number}" if lang == "en" else f"{year}Q{period.number}"
    return write(period, lang)


def _size(cohort: BuyerCohort, lang: str) -> str:
    return say("customers.chart.n_customers", n=cohort.n_customers).of(lang)


def draw_concentration(answer: Concentration, *, lang: str, width: int) -> Spec:
    """Draw the share of money that the largest customers bring, against the share of customers.

    The dashed line is what equal customers would bring; the marked point is the number of customers behind half.
    """
    points = [{"customers": x, "money": y} for x, y in answer.curve]
    at_half = answer.n_for_half / answer.n_customers
    money_there = next(y for x, y in answer.curve if x >= at_half - 1e-12)
    mark = {
        "customers": at_half,
        "money": money_there,
        "text": say("customers.chart.half", n=answer.n_for_half, share=Share(money_there, 0)).of(lang),
    }
    axis = alt.Axis(
        labelExpr=share_labels(lang), tickCount=5, title=say("customers.chart.of_customers").of(lang), grid=False
    )
    x = alt.X("customers:Q", scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y(
        "money:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(labelExpr=share_labels(lang), tickCount=5, title=None)
    )
    curve = alt.Chart(alt.Data(values=points))
    equal = alt.Chart(alt.Data(values=[{"customers": 0, "money": 0}, {"customers": 1, "money": 1}]))
    half = alt.Chart(alt.Data(values=[mark]))
    layers = [
        curve.mark_area(color=ACCENT_FAINT).encode(x=x, y=y),
        equal.mark_line(color=SOFT, strokeWidth=1, strokeDash=[4, 4]).encode(x=x, y=y),
        curve.mark_line(color=ACCENT).encode(x=x, y=y),
        half.mark_point(color=ACCENT, size=80, opacity=1).encode(x=x, y=y),
        half.mark_text(align="left", baseline="middle", dx=10, dy=6, stroke=ACCENT_FAINT, strokeWidth=5).encode(
            x=x, y=y, text="text:N"
        ),
        half.mark_text(align="left", baseline="middle", dx=10, dy=6, color=STRONG).encode(x=x, y=y, text="text:N"),
        alt.Chart(alt.Data(values=[{"x": 0.98, "y": 0.32, "text": say("customers.chart.equal").of(lang)}]))
        .mark_text(align="right", baseline="top", color=SOFT)
        .encode(x="x:Q", y="y:Q", text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width)
