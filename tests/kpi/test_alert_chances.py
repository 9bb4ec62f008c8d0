"""How likely an alert is to be real comes true about as often as it says, and does not count the same weeks twice."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument
from saleslab.kpi import (
    Duties,
    RiskTrigger,
    check_triggers,
    find_breaches,
    library,
    list_triggers,
    monitor,
    read_duties,
    read_tree,
)
from saleslab.kpi.changes.alerts import read_subject
from saleslab.kpi.changes.chances import MOST_TOLD, expect_real, update_chance, weigh_later

START, AS_OF, N = pd.Timestamp(2024, 9, 2), date(2026, 8, 30), 104


def draw_weeks(name, rng, *, step=0):
    """Calls of two years with a season, and a fall or rise by 30 % from one week on."""
    level = 40 * np.exp(rng.normal(0, 0.12, N) + 0.15 * np.sin(2 * np.pi * np.arange(N) / 52))
    if step:
        level[step:] *= rng.choice([0.7, 1 / 0.7])
    n = rng.poisson(level).astype(float)
    starts = pd.date_range(START, periods=N, freq="7D")
    return pd.DataFrame(
        {
            "metric_id": name, "scope_type": "company", "scope_id": "company", "period_start": starts,
            "period_end": starts + pd.Timedelta(days=6), "value": n, "n": n, "numerator": n, "denominator": np.nan,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def heard():
    """Alarms of 9 companies with 20 measures each, of which few, some or most change once: chance, and the truth."""
    rng, found = np.random.default_rng(11), []
    for share in (0.1, 0.3, 0.6) * 3:
        steps = {f"m_{at}": int(rng.integers(35, 100)) if rng.random() < share else 0 for at in range(20)}
        watch = monitor(pd.concat([draw_weeks(name, rng, step=at) for name, at in steps.items()]), as_of=AS_OF)
        for one in watch.alerts:
            week = (pd.Timestamp(one.raised_on) - START).days // 7
            found.append((one.chance, 0 < steps[one.metric_id] <= week <= steps[one.metric_id] + 26))
    return pd.DataFrame(found, columns=["chance", "is_real"])


@pytest.mark.requirement("E05", "E09")
def test_chances_of_alerts_come_true_about_as_often_as_they_say(heard):
    base = heard["is_real"].mean()
    brier = ((heard["chance"] - heard["is_real"]) ** 2).mean()
    assert len(heard) > 100
    assert abs(heard["chance"].mean() - base) < 0.15
    assert brier < 0.75 * base * (1 - base), "saying the base rate each time is far worse"
    doubted, believed = heard[heard["chance"] < 0.2], heard[heard["chance"] > 0.8]
    assert doubted["is_real"].mean() < 0.2
    assert believed["is_real"].mean() > 0.7


def test_alarms_no_more_than_were_to_be_expected_are_hardly_believed_and_more_of_them_are():
    chances = [expect_real(n, n_years=20, budget=0.5) for n in (0, 10, 20, 100)]
    assert chances == sorted(chances)
    assert chances[0] < 0.1
    assert chances[-1] == pytest.approx(0.94)


def test_weeks_after_the_alarm_speak_and_none_leaves_the_chance_as_it_was():
    before, low = np.full(40, 50.0), np.full(8, 30.0)
    ones = np.ones(48)
    told = {"onset": 40, "raised": 43, "is_rise": False}
    falls = weigh_later("count", np.r_[before, low], ones, until=48, **told)
    back = weigh_later("count", np.r_[before, low[:4], before[:4]], ones, until=48, **told)
    assert falls > 3
    assert back < 1
    assert weigh_later("count", np.r_[before, low], ones, until=44, **told) == 1.0
    assert back >= 1 / MOST_TOLD
    assert falls <= MOST_TOLD
    assert update_chance(0.4, 1.0) == pytest.approx(0.4)


def test_a_limit_that_is_crossed_has_no_chance_and_both_ways_of_asking_agree():
    metrics = [one for one in library(pack="risk").values() if one.limit is not None]
    ends = pd.date_range("2026-01-31", periods=3, freq="ME")
    rows = [
        {
            "metric_id": one.metric_id, "scope_type": "company", "scope_id": "company", "n": 9.0, "numerator": None,
            "period_start": end.replace(day=1), "period_end": end, "denominator": None,
            "value": one.limit * (1 + sign * 0.1),
        }
        for at, one in enumerate(metrics)
        for end, sign in zip(ends, (1, -1, 1 if at % 2 else -1), strict=True)
    ]  # fmt: skip
    values = pd.DataFrame(rows)
    alerts = check_triggers(list_triggers(metrics), values, as_of=date(2026, 3, 31))
    still = {one.metric_id for one in alerts if one.state == "open"}
    assert still == {one.metric_id for one in find_breaches(values, metrics)}
    assert 0 < len(still) < len(metrics)
    assert {one.chance for one in alerts} == {None}
    own = {metrics[0].metric_id: 1e9 if metrics[0].direction == "down" else -1e9}
    assert metrics[0].metric_id not in {one.metric_id for one in find_breaches(values, metrics, limits=own)}
    assert list_triggers(metrics, limits=own)[0].level == own[metrics[0].metric_id]


@pytest.mark.requirement("E09")
def test_levers_of_a_measure_are_what_it_is_made_of_and_then_what_is_thought_to_move_it():
    tree = read_tree(Path(__file__).resolve().parents[2] / "data" / "plans" / "invented_company.yaml")
    duties = read_duties(tree, ranking=["win_rate"])
    assert duties.levers["n_won"][:2] == ("win_rate", "n_decided")
    assert set(duties.levers["n_won"][2:]) == {"n_accepted_appointments", "n_opportunities"}
    assert duties.levers["n_decided"] == ("n_accepted_appointments", "n_opportunities")
    assert duties.levers["discount_rate"] == ()


def test_the_id_of_an_alert_says_what_it_is_about_and_another_word_does_not():
    trigger = RiskTrigger("top_customer_share", ">", 0.4)
    values = pd.DataFrame(
        {
            "metric_id": "top_customer_share", "scope_type": "team", "scope_id": "crm:t-4", "n": 9, "value": [0.5],
            "period_start": ["2026-01-01"], "period_end": ["2026-01-31"], "numerator": None, "denominator": None,
        }
    )  # fmt: skip
    (alert,) = check_triggers([trigger], values, as_of=date(2026, 1, 31), duties=Duties())
    assert read_subject(alert.alert_id) == alert.subject
    for strange in ("", "win_rate", "win_rate:company:company:sideways:20260101", "win_rate:company:company:down:soon"):
        with pytest.raises(BadArgument, match=r"(?s)Next: copy it"):
            read_subject(strange)
