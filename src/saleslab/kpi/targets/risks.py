"""Which risks of the success factors have come true, which have not, and who acts then?"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

from saleslab.kpi.changes.alerts import Alert
from saleslab.kpi.changes.pooling import take_known
from saleslab.kpi.changes.triggers import check_triggers
from saleslab.kpi.metrics.limits import RiskTrigger, list_triggers
from saleslab.kpi.trees.nodes import KpiTree, Risk, Words

RiskState = Literal["crossed", "clear", "unknown"]

_OLDEST_DAYS = 92
"""Age from which a value says nothing of today; `check_triggers` closes its alerts then."""


@dataclass(frozen=True, slots=True)
class RiskStanding:
    """One risk of the register, as it stands on a day.

    Attributes
    ----------
    factor
        The success factor that it threatens.
    node
        The measure that would show it.
    statement
        What may go wrong; None where the tree does not say.
    trigger
        The limit, and who acts when it is crossed.
    value, measured_on
        The last complete value of the company and the last day of its period; None where there is none.
    state
        ``crossed``; ``clear``; ``unknown`` where nothing was measured in the last three months.
    since
        First day of the period in which it was crossed; None unless it is.
    """

    factor: str
    node: str
    statement: Words | None
    trigger: RiskTrigger
    value: float | None
    measured_on: date | None
    state: RiskState
    since: date | None


def review_risks(tree: KpiTree, values: pd.DataFrame, *, as_of: date) -> tuple[RiskStanding, ...]:
    """Return the risk register of a tree, those that came true first.

    Parameters
    ----------
    tree
        Whose factors say under ``risk`` what would show that something goes wrong.
    values
        In the shape of ``kpi_values``; the company's complete periods that are over by ``as_of`` count.
    as_of
        The day.

    Examples
    --------
    >>> from saleslab.kpi import override_tree, read_template
    >>> risk = {"trigger": "win_rate < 0.4", "mitigation_owner": "u7"}
    >>> tree = override_tree(read_template("inside_sales"), {"able_people": {"risk": risk}})
    >>> months = pd.DataFrame({
    ...     "metric_id": "win_rate", "scope_type": "company", "scope_id": "company", "n": 50,
    ...     "period_start": pd.date_range("2026-07-01", periods=3, freq="MS"),
    ...     "period_end": pd.date_range("2026-07-31", periods=3, freq="ME"),
    ...     "value": [0.45, 0.38, 0.36], "numerator": None, "denominator": None})
    >>> [(one.factor, one.state, one.since.isoformat()) for one in review_risks(tree, months, as_of=date(2026, 9, 30))]
    [('able_people', 'crossed', '2026-08-01')]
    """
    whole = values.loc[values["scope_type"] == "company"]
    known = take_known(whole, as_of=as_of)
    known = known.loc[known["period_end"] <= pd.Timestamp(as_of)].sort_values("period_end", kind="stable")
    last = {str(name): rows.iloc[-1].to_dict() for name, rows in known.groupby("metric_id")}
    risky = {name: node.risk for name, node in tree.nodes.items() if node.risk is not None}
    found = []
    for (factor, risk), trigger in zip(risky.items(), list_triggers(tree), strict=True):
        alerts = check_triggers([trigger], whole, as_of=as_of)
        is_on = next((one for one in alerts if one.state == "open"), None)
        found.append(_stand(factor, risk, trigger, row=last.get(trigger.metric_id), alert=is_on, as_of=as_of))
    order: Mapping[RiskState, int] = {"crossed": 0, "unknown": 1, "clear": 2}
    return tuple(sorted(found, key=lambda one: order[one.state]))


def _stand(
    factor: str,
    risk: Risk,
    trigger: RiskTrigger,
    *,
    row: Mapping[Hashable, object] | None,
    alert: Alert | None,
    as_of: date,
) -> RiskStanding:
    value = None if row is None else float(str(row["value"]))
    until = None if row is None else pd.Timestamp(str(row["period_end"])).date()
    is_old = until is None or (as_of - until).days > _OLDEST_DAYS
    return RiskStanding(
        factor=factor,
        node=risk.trigger.node,
        statement=risk.statement,
        trigger=trigger,
        value=value,
        measured_on=until,
        state="crossed" if alert is not None else "unknown" if is_old else "clear",
        since=None if alert is None else alert.onset_on,
    )
