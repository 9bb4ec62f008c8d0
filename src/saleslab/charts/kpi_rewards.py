"""What is paid for what, drawn: each function takes studies of `saleslab.kpi.simulate_reward`. No person is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from saleslab.charts.labels import shorten
from saleslab.charts.theme import ACCENT, DESKTOP, INK, QUIET, SERIES, SOFT, finish, money_labels, share_labels
from saleslab.errors import BadArgument
from saleslab.kpi.rewards.many import list_edges, pay_many
from saleslab.wording import say

if TYPE_CHECKING:
    from saleslab.kpi.rewards.plans import RewardPlan
    from saleslab.kpi.rewards.simulating import RewardStudy

Spec = dict[str, Any]

_MOST = len(SERIES)
_STEP = 1e-6
_SOLID, _DASHED = [1, 0], [7, 7]
_LEAST_SPAN = 1.5


def draw_pay(studies: Sequence[RewardStudy], *, lang: str, width: int) -> Spec:
    """Draw what plans pay for each attainment, one line a plan, with a tick below for each payout that was computed.

    A team share is drawn for a team that attains what the person does. Names have the colours of their lines; a line
    that lies on an earlier one is dashed.
    """
    if not 1 <= len(studies) <= _MOST or len({study.plan.currency for study in studies}) > 1:
        raise BadArgument(
            f"{len(studies)} plans cannot be drawn in one picture.", f"give 1 to {_MOST} plans of one currency."
        )
    attained = studies[0].payouts["attainment"].to_numpy(dtype=np.float64)
    end = max(_LEAST_SPAN, float(np.quantile(attained, 0.98)))
    lines = _lay_lines([study.plan for study in studies], end)
    high = max(max(line["paid"]) for line in lines) or 1.0
    rows = [
        {"at": at, "paid": paid, "plan": number, "colour": line["colour"], "dash": line["dash"], "order": place}
        for number, line in enumerate(lines)
        for place, (at, paid) in enumerate(zip(line["at"], line["paid"], strict=True))
    ]
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=alt.Axis(
            values=[0, 0.5, 1, 1.5, 2][: 1 + int(end / 0.5)], labelExpr=share_labels(lang), grid=False,
            title=say("kpi_rewards.chart.attainment").of(lang), titleAnchor="start",
        ),
    )  # fmt: skip
    y = alt.Y(
        "paid:Q",
        scale=alt.Scale(domain=[-0.06 * high, 1.04 * high], nice=False),
        axis=alt.Axis(labelExpr=money_labels(lang, studies[0].plan.currency), title=None, tickCount=5),
    )
    colour, dash = alt.Color("colour:N", scale=None), alt.StrokeDash("dash:N", scale=None)
    line = _data(rows).mark_line(strokeWidth=2.5)
    drawn = line.encode(x=x, y=y, color=colour, strokeDash=dash, order="order:O", detail="plan:N")
    ticks = _data([{"at": float(at), "paid": -0.035 * high} for at in attained if at <= end])
    stood = ticks.mark_tick(thickness=1, size=9, color=SOFT, opacity=0.6).encode(x=x, y=y)
    gap = 0.075 if width >= DESKTOP else 0.115
    names = [
        {
            "at": 0.02 * end,
            "paid": (1 - gap * at) * high,
            "colour": line["colour"],
            "text": shorten(line["name"].of(lang), 14),
        }
        for at, line in enumerate(lines)
    ]
    named = _data(names).mark_text(align="left").encode(x=x, y=y, text="text:N", color=colour)
    return finish(alt.layer(drawn, stood, named), lang=lang, width=width)


def draw_territories(study: RewardStudy, *, lang: str, width: int) -> Spec:
    """Draw what each territory would pay the same people (blue) and what it paid (grey), by what it could yield.

    Where quotas follow the potential, the blue dots lie on the dashed line.
    """
    if study.fairness is None:
        raise BadArgument("The study compared no territories.", "give the potential of each, or leave the figure out.")
    table = study.fairness.territories
    alike, paid = table["paid_alike"].to_numpy(dtype=np.float64), table["paid"].to_numpy(dtype=np.float64)
    potential = table["potential"].to_numpy(dtype=np.float64)
    currency, high, far = study.plan.currency, float(max(alike.max(), paid.max())), float(potential.max())
    middle = float(alike.mean())
    x = alt.X(
        "potential:Q",
        scale=alt.Scale(domain=[0, 1.06 * far], nice=False),
        axis=alt.Axis(
            labelExpr=money_labels(lang, currency), tickCount=4 if width >= DESKTOP else 3, grid=False,
            title=say("kpi_rewards.chart.potential").of(lang), titleAnchor="start",
        ),
    )  # fmt: skip
    y = alt.Y(
        "amount:Q",
        scale=alt.Scale(domain=[0, 1.1 * high], nice=False),
        axis=alt.Axis(labelExpr=money_labels(lang, currency), title=None, tickCount=5),
    )
    dots = [
        _data([{"potential": p, "amount": a} for p, a in zip(potential.tolist(), amounts.tolist(), strict=True)])
        .mark_point(filled=True, size=size, color=shade, opacity=1)
        .encode(x=x, y=y)
        for amounts, size, shade in ((paid, 45, QUIET), (alike, 70, ACCENT))
    ]
    level = [{"potential": 0.0, "amount": middle}, {"potential": 1.06 * far, "amount": middle}]
    line = _data(level).mark_line(color=INK, strokeDash=[4, 4], strokeWidth=1).encode(x=x, y=y)
    return finish(alt.layer(line, *dots), lang=lang, width=width)


def _data(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))


def _lay_lines(plans: Sequence[RewardPlan], end: float) -> list[dict[str, Any]]:
    """Return the corners of each plan's line, a jump as two corners above each other; a line on another is dashed."""
    lines: list[dict[str, Any]] = []
    for plan, colour in zip(plans, SERIES, strict=False):
        edges = [float(edge) for edge in list_edges(plan) if edge < end]
        at = np.array(sorted({0.0, end, *edges, *(edge - _STEP for edge in edges)}))
        paid = pay_many(plan, at, team_attainment=at).tolist()
        is_covering = any(line["at"] == at.tolist() and line["paid"] == paid for line in lines)
        dash = _DASHED if is_covering else _SOLID
        lines.append({"at": at.tolist(), "paid": paid, "colour": colour, "dash": dash, "name": plan.label})
    return lines
