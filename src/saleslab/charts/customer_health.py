"""Who may leave, drawn: each function takes the review of `saleslab.customers`. Dark is what is likely to be lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import altair as alt

from saleslab.charts.labels import pick_label, shorten_company
from saleslab.charts.theme import (
    ACCENT,
    ACCENT_FAINT,
    ACCENT_SOFT,
    BAD,
    DESKTOP,
    INK,
    QUIET,
    SOFT,
    STRONG,
    finish,
    money_labels,
    month_labels,
    share_labels,
)
from saleslab.customers import HealthReview, best_test, list_months, list_steps
from saleslab.errors import BadArgument
from saleslab.wording import Money, say, write

Spec = dict[str, Any]

_SHOWN, _ROW = 12, 34


def draw_risk(review: HealthReview, *, lang: str, width: int) -> Spec:
    """Draw the customers with most at stake: the whole amount, and of it what is likely to be lost."""
    if review.health is None:
        raise BadArgument("No customer is rated, so there is nothing to draw.", "say why with say_health_gap('risk').")
    letters = 26 if width >= DESKTOP else 15
    rows: list[dict[str, Any]] = []
    for at, row in enumerate(review.health.frame.head(_SHOWN).to_dict("records")):
        stake = Money(_whole(row["at_stake"]), review.currency)
        name = shorten_company(review.names.get(row["account_id"], row["account_id"]), letters)
        rows.append(
            {"at": at, "name": name, "zero": 0.0, "amount": row["amount"], "stake": row["at_stake"]}
            | {"text": write(stake, lang)}
        )
    top = max(row["amount"] for row in rows) or 1.0
    base = alt.Chart(alt.Data(values=rows))
    axis = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label([row["name"] for row in rows]), title=None, grid=False,
        labelColor=INK, labelOverlap=False, tickCount=len(rows), labelLimit=260,
    )  # fmt: skip
    y = alt.Y("at:Q", scale=alt.Scale(domain=[-0.5, len(rows) - 0.5], nice=False, reverse=True), axis=axis)
    scale = alt.Scale(domain=[0, top * (1.18 if width >= DESKTOP else 1.55)], nice=False)
    zero = alt.X("zero:Q", scale=scale, axis=None)
    layers = [
        base.mark_bar(size=18, color=ACCENT_SOFT).encode(x=zero, x2="amount:Q", y=y),
        base.mark_bar(size=18, color=ACCENT).encode(x=zero, x2="stake:Q", y=y),
        base.mark_text(align="left", baseline="middle", dx=6, color=STRONG).encode(
            x=alt.X("amount:Q", scale=scale, axis=None), y=y, text="text:N"
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=len(rows) * _ROW + 10)


def _whole(amount: float) -> Decimal:
    return Decimal(round(amount))


def draw_calendar(review: HealthReview, *, lang: str, width: int) -> Spec:
    """Draw the money of contracts that end, month by month."""
    rows = [
        {"month": f"{row['month'].isoformat()}T00:00:00Z", "amount": row["amount"], "stake": row["at_stake"]}
        for row in list_months(review)
    ]
    base = alt.Chart(alt.Data(values=rows))
    ticks = [row["month"] for row in rows] if width >= DESKTOP else [row["month"] for row in rows[::2]]
    axis = alt.Axis(title=None, labelExpr=month_labels(lang), values=ticks, grid=False)
    x = alt.X("month:T", axis=axis, scale=alt.Scale(padding=28))
    labels = alt.Axis(title=None, labelExpr=money_labels(lang, review.currency), tickCount=4)
    size = 44 if width >= DESKTOP else 22
    layers = [
        base.mark_bar(size=size, color=ACCENT_SOFT).encode(x=x, y=alt.Y("amount:Q", axis=labels)),
        base.mark_bar(size=size, color=ACCENT).encode(x=x, y=alt.Y("stake:Q", axis=labels)),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width)


def draw_health_calibration(review: HealthReview, *, lang: str, width: int) -> Spec:
    """Draw what happened against what was stated: dots in the pale band may be luck, those outside it are red."""
    found = best_test(review)
    if found is None:
        raise BadArgument("No chances were told, so none can be compared.", "say why with say_health_gap().")
    points = found[1].calibration.points
    rows = [
        {"chance": point.chance, "rate": point.rate.estimate, "low": point.low, "high": point.high}
        | {"colour": ACCENT if point.is_within else BAD}
        for point in points
    ]
    top = min(1.0, 1.1 * max(max(point.chance, point.rate.estimate, point.high) for point in points))
    scale = alt.Scale(domain=[0, top], nice=False)
    title = say("customer_health.chart.stated").of(lang)
    x = alt.X("chance:Q", scale=scale, axis=alt.Axis(title=title, labelExpr=share_labels(lang), tickCount=5))
    y = alt.Y("rate:Q", scale=scale, axis=alt.Axis(title=None, labelExpr=share_labels(lang), tickCount=5))
    base = alt.Chart(alt.Data(values=rows))
    ends: list[dict[str, Any]] = [{"chance": at, "rate": at} for at in (0.0, top)]
    words: list[dict[str, Any]] = [
        {"chance": 0, "rate": top, "text": say("customer_health.chart.happened").of(lang)},
        {"chance": 0.97 * top, "rate": 0.97 * top, "text": say("customer_health.chart.ideal").of(lang)},
    ]
    layers = [
        base.mark_area(color=ACCENT_FAINT).encode(x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q"),
        alt.Chart(alt.Data(values=ends)).mark_line(color=SOFT, strokeWidth=1.25, strokeDash=[4, 4]).encode(x=x, y=y),
        base.mark_point(size=80, opacity=1).encode(x=x, y=y, color=alt.Color("colour:N", scale=None)),
        alt.Chart(alt.Data(values=words[:1]))
        .mark_text(align="left", baseline="top", dx=6, color=SOFT)
        .encode(x=x, y=y, text="text:N"),
        alt.Chart(alt.Data(values=words[1:]))
        .mark_text(align="right", baseline="bottom", dx=-8, color=SOFT)
        .encode(x=x, y=y, text="text:N"),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=300)


def draw_retention(review: HealthReview, *, lang: str, width: int) -> Spec:
    """Draw the bridge of recurring money from a year ago to now."""
    rows: list[dict[str, Any]] = []
    level = 0.0
    for at, (name, amount) in enumerate(list_steps(review)):
        is_end = name in {"start", "now"}
        start, end = (0.0, float(amount)) if is_end else (level, level + float(amount))
        level = end
        colour = (ACCENT if name == "now" else SOFT) if is_end else (ACCENT_SOFT if amount >= 0 else QUIET)
        written = write(Money(amount, review.currency), lang)
        rows.append(
            {
                "at": at, "from": start, "to": end, "above": max(start, end), "colour": colour,
                "text": f"+{written}" if not is_end and amount > 0 else written,
                "name": say(f"customer_health.chart.{name}").of(lang), "words": STRONG if name == "now" else INK,
            }
        )  # fmt: skip
    base = alt.Chart(alt.Data(values=rows))
    axis = alt.Axis(
        values=list(range(len(rows))), labelExpr=pick_label([row["name"] for row in rows]), title=None, grid=False,
        labelColor=INK, labelOverlap=False, tickCount=len(rows),
    )  # fmt: skip
    y = alt.Y("at:Q", scale=alt.Scale(domain=[-0.5, len(rows) - 0.5], nice=False, reverse=True), axis=axis)
    top = max(row["above"] for row in rows) * (1.22 if width >= DESKTOP else 1.6)
    scale = alt.Scale(domain=[0, top], nice=False)
    layers = [
        base.mark_bar(size=16).encode(
            x=alt.X("from:Q", scale=scale, axis=None), x2="to:Q", y=y, color=alt.Color("colour:N", scale=None)
        ),
        base.mark_text(align="left", baseline="middle", dx=6).encode(
            x=alt.X("above:Q", scale=scale, axis=None), y=y, text="text:N", color=alt.Color("words:N", scale=None)
        ),
    ]
    return finish(alt.layer(*layers), lang=lang, width=width, height=len(rows) * _ROW + 10)
