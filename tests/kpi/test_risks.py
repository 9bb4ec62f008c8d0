"""The risk register: what has come true stands first, what nobody measured is said to be unknown."""

from datetime import date

import pandas as pd
import pytest

from saleslab.kpi import review_risks
from saleslab.kpi.trees.templates import override_tree, read_template

AS_OF = date(2026, 9, 30)
RISKS = {
    "good_meetings": {"trigger": "appointment_acceptance_rate < 0.8", "mitigation_owner": "u3"},
    "able_people": {"trigger": "won_amount_per_seller < 1_500_000", "mitigation_owner": "u4"},
    "lasting_customers": {"trigger": "repeat_rate < 0.5"},
}
TREE = override_tree(read_template("inside_sales"), {name: {"risk": risk} for name, risk in RISKS.items()})


def _months(metric_id, values, *, last="2026-09-01"):
    starts = pd.date_range(end=last, periods=len(values), freq="MS")
    frame = pd.DataFrame({"metric_id": metric_id, "period_start": starts, "value": values, "n": 40})
    ends = starts + pd.offsets.MonthEnd()
    return frame.assign(
        scope_type="company", scope_id="company", period_end=ends, numerator=None, denominator=None, is_complete=True
    )


VALUES = pd.concat(
    [
        _months("won_amount_per_seller", [1.4e6, 2.0e6, 2.1e6]),
        _months("appointment_acceptance_rate", [0.9, 0.78, 0.76]),
        _months("repeat_rate", [0.3, 0.3], last="2026-04-01"),
    ]
)


@pytest.mark.requirement("A05")
def test_the_register_says_which_risks_have_come_true_since_when_and_who_acts():
    found = review_risks(TREE, VALUES, as_of=AS_OF)
    assert [(one.factor, one.state) for one in found] == [
        ("good_meetings", "crossed"), ("lasting_customers", "unknown"), ("able_people", "clear"),
    ]  # fmt: skip
    assert (found[0].since, found[0].value, found[0].trigger.owner_id) == (date(2026, 8, 1), 0.76, "u3")
    assert (found[1].measured_on, found[1].trigger.owner_id) == (date(2026, 4, 30), None)
    assert (found[2].since, found[2].value) == (None, 2.1e6)


def test_months_that_run_and_cohorts_that_are_young_say_nothing_yet():
    young = VALUES.assign(is_complete=VALUES["period_start"] < "2026-08-01")
    for values, day, lasting in ((young, AS_OF, "unknown"), (VALUES, date(2026, 7, 31), "crossed")):
        found = {one.factor: one.state for one in review_risks(TREE, values, as_of=day)}
        assert found == {"able_people": "crossed", "good_meetings": "clear", "lasting_customers": lasting}


def test_values_of_teams_are_not_the_company_s():
    team = _months("appointment_acceptance_rate", [0.2, 0.2, 0.2]).assign(scope_type="team", scope_id="t1")
    calm = _months("appointment_acceptance_rate", [0.9, 0.9, 0.9])
    states = {one.factor: one.state for one in review_risks(TREE, pd.concat([calm, team]), as_of=AS_OF)}
    assert states == {"good_meetings": "clear", "able_people": "unknown", "lasting_customers": "unknown"}
