"""Which risks have come true? A limit that is crossed gives one alert, however long it stays crossed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import pandas as pd

from saleslab.kpi.changes.alerts import NO_DUTIES, Alert, Duties, name_alert, settle_states
from saleslab.kpi.changes.pooling import take_known
from saleslab.kpi.metrics.limits import RiskTrigger

_LATE_DAYS = 92


def check_triggers(
    triggers: Sequence[RiskTrigger],
    values: pd.DataFrame,
    *,
    as_of: date,
    acknowledged: pd.DataFrame | None = None,
    duties: Duties = NO_DUTIES,
) -> tuple[Alert, ...]:
    """Return one alert for every time that a limit was crossed, the newest first.

    Parameters
    ----------
    triggers
        From ``kpi.list_triggers``, or made by hand.
    values
        In the shape of ``kpi_values``; periods that are not over by ``as_of`` are not seen.
    as_of
        The day. An alert is open as long as the last known value is beyond the limit, and that value is not older than
        three months.
    acknowledged
        As for `monitor`.
    duties
        Owners (those of the triggers come first), levers and plays.

    Examples
    --------
    >>> months = pd.DataFrame({
    ...     "metric_id": "top_customer_share", "scope_type": "company", "scope_id": "company", "n": 9,
    ...     "period_start": pd.date_range("2026-01-01", periods=4, freq="MS"),
    ...     "period_end": pd.date_range("2026-01-31", periods=4, freq="ME"),
    ...     "value": [0.3, 0.5, 0.55, 0.55], "numerator": None, "denominator": None})
    >>> trigger = RiskTrigger("top_customer_share", ">", 0.4, "u1")
    >>> alerts = check_triggers([trigger], months, as_of=date(2026, 4, 30))
    >>> [(one.onset_on.isoformat(), one.observed, one.state, one.owner_id) for one in alerts]
    [('2026-02-01', 0.55, 'open', 'u1')]
    """
    known = take_known(values, as_of=as_of)
    known = known[known["period_end"] <= pd.Timestamp(as_of)]
    alerts = []
    for trigger in triggers:
        for _, rows in known[known["metric_id"] == trigger.metric_id].groupby(["scope_type", "scope_id"]):
            alerts += list(_follow(trigger, rows, as_of))
    settled = settle_states(alerts, as_of=as_of, acknowledged=acknowledged, since=date.min)
    return tuple(duties.assign(one) for one in settled)


def _follow(trigger: RiskTrigger, rows: pd.DataFrame, as_of: date) -> Iterator[Alert]:
    """Give one alert for each run of values beyond the limit."""
    beyond = rows["value"].map(trigger.holds)
    run = (beyond != beyond.shift()).cumsum()
    newest = rows["period_end"].iloc[-1]
    for _, part in rows[beyond].groupby(run[beyond]):
        first, last = part.iloc[0], part.iloc[-1]
        is_on = last["period_end"] == newest and as_of - newest.date() <= timedelta(days=_LATE_DAYS)
        scope = (trigger.metric_id, str(first["scope_type"]), str(first["scope_id"]))
        onset = first["period_start"].date()
        yield Alert(
            f"risk:{name_alert(*scope, trigger.direction, onset)}", "risk", *scope, trigger.direction, is_bad=True,
            onset_on=onset, raised_on=first["period_end"].date(), confirmed_on=None, observed=float(last["value"]),
            expected=trigger.level, state="open" if is_on else "past", owner_id=trigger.owner_id,
        )  # fmt: skip
