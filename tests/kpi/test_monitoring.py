"""What alarms us: changes that are heard once, tasks with an owner and a date, risks, actions and old data."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.kpi import (
    Duties,
    RiskTrigger,
    check_freshness,
    check_triggers,
    follow_actions,
    library,
    list_triggers,
    make_tasks,
    monitor,
    read_last_loads,
)
from saleslab.kpi.changes.tabulate import tabulate_alerts, tabulate_effects, tabulate_series
from saleslab.kpi.changes.words import tell_alert, tell_effect, tell_freshness, tell_series, tell_task, tell_watch
from saleslab.periods import FiscalCalendar, Period
from saleslab.tables.work import TASKS
from saleslab.warehouse import connect
from saleslab.wording import LANGUAGES

START = pd.Timestamp(2024, 9, 2)
AS_OF = date(2026, 8, 30)  # 104 weeks later
OWNED = Duties({"n_calls_here": "u1"}, {"n_calls_here": ("callers", "list_size", "hours", "weather")},
               {"n_calls_here": ("card_1",)})  # fmt: skip


def weeks(metric, values, *, whole=None, scope=("company", "company"), start=START, days=7):
    starts = pd.date_range(start, periods=len(values), freq=f"{days}D")
    values = np.asarray(values, dtype=float)
    return pd.DataFrame(
        {
            "metric_id": metric, "scope_type": scope[0], "scope_id": scope[1], "period_start": starts,
            "period_end": starts + pd.Timedelta(days=days - 1), "n": values if whole is None else whole,
            "value": values if whole is None else values / whole, "numerator": values,
            "denominator": np.nan if whole is None else whole,
        }
    )  # fmt: skip


def months(metric, values, *, start="2024-09-01", numerator=None):
    starts = pd.date_range(start, periods=len(values), freq="MS")
    return pd.DataFrame(
        {
            "metric_id": metric, "scope_type": "company", "scope_id": "company", "period_start": starts,
            "period_end": starts + pd.offsets.MonthEnd(0), "n": 20, "value": np.asarray(values, dtype=float),
            "numerator": np.nan if numerator is None else numerator, "denominator": np.nan,
        }
    )  # fmt: skip


def calls(*, fall=0.4, at=94, n=104, mean=40, seed=0, metric="n_calls_here", **options):
    rng = np.random.default_rng(seed)
    return weeks(metric, rng.poisson(mean * np.where(np.arange(n) >= at, 1 - fall, 1)), **options)


def watch_calls(frame=None, **options):
    return monitor(
        calls() if frame is None else frame, **{"as_of": AS_OF, "directions": {"n_calls_here": "up"}, **options}
    )


@pytest.mark.requirement("E05")
def test_a_fall_is_one_open_alert_with_its_onset_size_owner_levers_and_play():
    watch = watch_calls(duties=OWNED)
    (alert,) = watch.open_alerts
    onset = (START + pd.Timedelta(weeks=94)).date()
    assert (alert.direction, alert.is_bad, alert.owner_id) == ("down", True, "u1")
    assert (alert.levers, alert.plays) == (("callers", "list_size", "hours"), ("card_1",))
    assert abs((alert.onset_on - onset).days) <= 14
    assert alert.factor == pytest.approx(0.6, abs=0.15)
    assert watch.series[0].smallest_fall == pytest.approx(0.38, abs=0.06)  # a level that is new is not well known


def test_the_smallest_fall_that_is_found_is_larger_just_after_a_change_than_on_a_steady_course():
    steady, changed = (watch_calls(calls(fall=fall)).series[0].smallest_fall for fall in (0.0, 0.4))
    assert steady == pytest.approx(0.23, abs=0.03)
    assert changed > 1.3 * steady


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_no_fall_is_promised_the_reason_is_the_first_year_or_that_too_little_is_counted(lang):
    young = watch_calls(calls(fall=0).iloc[-40:]).series[0]
    wild = weeks("price", np.exp(np.random.default_rng(3).normal(3, 2.0, 104))).assign(numerator=np.nan)
    for series, words in (
        (young, {"en": "may be the season", "ja": "季節の動きと区別できない"}),
        (monitor(wild, as_of=AS_OF).series[0], {"en": "not even a fall to nothing", "ja": "ゼロまで落ち込んでも"}),
    ):
        assert (series.quiet, series.smallest_fall) == (None, None)
        assert words[lang] in tell_series(series).of(lang)


@pytest.mark.requirement("E05")
def test_a_rise_is_an_alert_too_and_a_good_one():
    alert = watch_calls(calls(fall=-0.5)).open_alerts[0]
    assert (alert.direction, alert.is_bad) == ("up", False)


def test_next_week_the_alert_is_the_same_one():
    frame = calls()
    early = watch_calls(frame, as_of=AS_OF - timedelta(days=21)).alerts
    assert early
    assert {one.alert_id for one in early} <= {one.alert_id for one in watch_calls(frame).alerts}


def acknowledge(alert, day):
    return pd.DataFrame([{
        "metric_id": alert.metric_id, "scope_type": alert.scope_type, "scope_id": alert.scope_id,
        "direction": alert.direction, "acknowledged_on": day,
    }])  # fmt: skip


@pytest.mark.requirement("E05")
def test_an_acknowledged_alert_is_silent_until_a_new_onset():
    frame = calls(fall=0.4, at=70, n=104)
    frame.loc[92:, ["value", "numerator", "n"]] = np.random.default_rng(1).poisson(8, (12, 1)).repeat(3, axis=1)
    first = watch_calls(frame, as_of=(START + pd.Timedelta(weeks=80)).date()).open_alerts[0]
    seen = acknowledge(first, first.raised_on)
    silent = watch_calls(frame, as_of=(START + pd.Timedelta(weeks=80)).date(), acknowledged=seen)
    assert [one.state for one in silent.alerts if one.alert_id == first.alert_id] == ["acknowledged"]
    later = watch_calls(frame, acknowledged=seen)
    assert [(one.direction, one.onset_on > first.raised_on) for one in later.open_alerts] == [("down", True)]


def test_an_acknowledgement_of_tomorrow_is_not_seen_today():
    alert = watch_calls().open_alerts[0]
    assert watch_calls(acknowledged=acknowledge(alert, AS_OF + timedelta(days=1))).open_alerts


@pytest.mark.requirement("E05")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_short_history_is_quiet_and_says_why(lang):
    watch = watch_calls(calls(n=25, at=10, fall=0.9))
    assert watch.alerts == ()
    assert watch.series[0].quiet == "too_short"
    assert {"en": "only the pace is followed", "ja": "ペースだけを追います"}[lang] in tell_series(watch.series[0]).of(
        lang
    )


@pytest.mark.requirement("E05")
def test_very_small_counts_are_watched_by_month():
    rng = np.random.default_rng(5)
    mean = np.where(np.arange(104) < 86, 1.2, 0.0)
    watch = watch_calls(weeks("n_calls_here", rng.poisson(mean)))
    assert (watch.series[0].grain, watch.series[0].n_periods) == ("month", 23)  # August has weeks to come
    assert {one.direction for one in watch.alerts} == {"down"}


def test_a_collapse_to_nothing_is_not_taken_for_a_measure_with_too_little_to_count():
    watch = watch_calls(calls(fall=1.0, at=91))
    assert watch.series[0].quiet is None
    assert [(one.direction, one.state) for one in watch.alerts if one.raised_on > date(2026, 4, 1)][-1:] == [
        ("down", "open")
    ]


@pytest.mark.requirement("E05")
def test_what_fell_below_the_size_of_a_week_keeps_its_alert_and_its_grain():
    frame = calls(fall=0.8, at=84, mean=4)
    grains, ids = [], []
    for n_weeks in (16, 8, 0):
        watch = watch_calls(frame, as_of=AS_OF - timedelta(weeks=n_weeks))
        grains.append(watch.series[0].grain)
        ids.append({one.alert_id for one in watch.alerts})
    assert grains == ["week"] * 3
    assert ids[0] <= ids[1] <= ids[2]
    assert ids[2]


def test_months_made_of_weeks_keep_counts_that_have_no_numerator():
    frame = weeks("n_activities", np.random.default_rng(9).poisson(1.2, 104)).assign(numerator=np.nan)
    (series,) = monitor(frame, as_of=AS_OF).series
    assert (series.grain, series.quiet) == ("month", None)
    assert series.value > 0


def test_weeks_after_the_day_change_nothing_even_when_they_are_wild():
    frame, day = calls(), AS_OF - timedelta(weeks=6)
    wild = frame.copy()
    wild.loc[pd.to_datetime(wild["period_end"]) > pd.Timestamp(day), ["value", "numerator", "n"]] = 9_999
    calm, poisoned = (watch_calls(one, as_of=day) for one in (frame, wild))
    assert calm.alerts == poisoned.alerts
    assert calm.series == poisoned.series


def test_what_was_corrected_after_the_day_changes_nothing_of_it():
    told = calls().assign(measured_at=pd.Timestamp(AS_OF))
    corrected = told.assign(
        value=told["value"] + 30.0, n=told["n"] + 30, measured_at=pd.Timestamp(AS_OF) + timedelta(9)
    )
    known = watch_calls(told)
    assert known.alerts
    assert watch_calls(pd.concat([told, corrected])).alerts == known.alerts


def test_shares_and_money_are_watched_beside_counts_and_each_scope_by_itself():
    rng = np.random.default_rng(6)
    chance = np.where(np.arange(104) < 92, 0.4, 0.2)
    frame = pd.concat([
        calls(fall=0.0, scope=("team", "a")), calls(seed=7, scope=("team", "b")),
        weeks("share_here", rng.binomial(80, chance), whole=80),
        months("size_here", np.exp(rng.normal(14, 0.1, 24)) * np.r_[np.ones(20), [0.6] * 4], numerator=5.0),
    ])  # fmt: skip
    watch = monitor(frame, as_of=AS_OF)
    assert {(one.metric_id, one.scope_id) for one in watch.open_alerts if one.direction == "down"} == {
        ("n_calls_here", "b"), ("share_here", "company"), ("size_here", "company")
    }  # fmt: skip
    assert watch.n_watched == 4
    assert len(tabulate_series(watch)) == 4


def test_a_metric_that_carries_its_value_over_is_watched_by_its_limit():
    watch = monitor(months("open_deals", np.full(24, 30.0), numerator=30.0), as_of=AS_OF)
    assert [one.quiet for one in watch.series] == ["carried_over"]


def test_weeks_with_few_working_days_are_expected_to_be_small():
    frame = calls(fall=0.0, seed=8)
    calendar = FiscalCalendar(closed_days=("12-29", "12-30", "12-31", "01-02", "01-03"))
    periods = zip(frame["period_start"].dt.date, frame["period_end"].dt.date, strict=True)
    days = [calendar.business_days(Period(first, last)) for first, last in periods]
    values = np.random.default_rng(8).poisson(40 * np.array(days) / 5)
    frame[["value", "numerator", "n"]] = np.tile(values[:, None], 3)
    path = monitor(frame, as_of=AS_OF, calendar=calendar).path
    short = np.array(days)[np.array(days) > 0][40:] <= 3
    assert short.any()
    assert path["expected"].to_numpy()[40:][short].mean() < 0.75 * path["expected"].to_numpy()[40:][~short].mean()


def test_an_empty_history_and_a_senseless_budget_are_refused():
    with pytest.raises(NotEnoughData, match=r"No period is over by 2020(?s:.*)Next: measure earlier"):
        watch_calls(as_of=date(2020, 1, 1))
    with pytest.raises(BadArgument, match=r"budget is 0(?s:.*)Next: allow between"):
        watch_calls(budget=0)


@pytest.mark.requirement("E09")
def test_one_alert_is_one_task_with_owner_and_due_date():
    watch = watch_calls(duties=OWNED)
    tasks = make_tasks(watch.alerts, as_of=date(2026, 8, 31), calendar=FiscalCalendar(), lang="en")
    assert list(tasks.columns) == [column.name for column in TASKS.columns]
    (task,) = tasks.to_dict("records")
    assert (task["assignee_id"], task["origin"], task["priority"]) == ("u1", "alert", "high")
    assert task["due_at"] == pd.Timestamp(2026, 9, 7, 15)  # the end of Monday in Tokyo, five business days later
    again = make_tasks([*watch.alerts, *watch.alerts], as_of=date(2026, 9, 30), calendar=FiscalCalendar())
    assert again["task_id"].tolist() == [task["task_id"]]


def test_a_task_tells_a_limit_in_the_money_of_the_company():
    frame = months("won_amount_per_seller", [900.0], start="2026-01-01")
    (alert,) = check_triggers([RiskTrigger("won_amount_per_seller", "<", 1500.0, "u1")], frame, as_of=date(2026, 1, 31))
    told = {"as_of": date(2026, 2, 2), "calendar": FiscalCalendar(), "lang": "en"}
    subjects = [make_tasks([alert], currency=money, **told)["subject"].iloc[0] for money in ("JPY", "USD")]
    assert "limit of ¥1.50 K" in subjects[0]
    assert "limit of $1.50 K" in subjects[1]


@pytest.mark.requirement("E09")
def test_tasks_can_be_written_to_the_warehouse():
    tasks = make_tasks(watch_calls(duties=OWNED).alerts, as_of=AS_OF, calendar=FiscalCalendar())
    with connect() as lab:
        lab.write("tasks", tasks, source_system="kpi", loaded_at=datetime(2026, 8, 31))
        assert lab.read(lab.table("tasks"))["origin"].tolist() == ["alert"]


@pytest.mark.requirement("E09")
def test_an_alert_without_an_owner_gives_no_task():
    with pytest.raises(BadArgument, match=r"alerts about n_calls_here have no owner(?s:.*)Next: give their metrics"):
        make_tasks(watch_calls().alerts, as_of=AS_OF, calendar=FiscalCalendar())


def shares(values, metric="top_customer_share"):
    return months(metric, values, start="2026-01-01")


@pytest.mark.requirement("B11", "A05")
def test_a_customer_with_more_than_the_limit_is_one_alert():
    triggers = list_triggers(library(pack="risk").values())
    (alert,) = check_triggers(triggers, shares([0.3, 0.35, 0.55]), as_of=date(2026, 3, 31))
    assert (alert.metric_id, alert.observed, alert.expected, alert.state) == ("top_customer_share", 0.55, 0.4, "open")
    assert check_triggers(triggers, shares([0.3, 0.35, 0.4]), as_of=date(2026, 3, 31)) == ()


@pytest.mark.requirement("A05")
def test_a_limit_that_stays_crossed_is_no_second_alert_and_a_new_crossing_is():
    trigger = RiskTrigger("accept_rate", "<", 0.5, "u9")
    frame = shares([0.6, 0.45, 0.4, 0.42, 0.6, 0.3], "accept_rate")
    told = check_triggers([trigger], frame, as_of=date(2026, 6, 30))
    assert [(one.onset_on.month, one.state, one.owner_id) for one in told] == [(6, "open", "u9"), (2, "past", "u9")]
    earlier = check_triggers([trigger], frame, as_of=date(2026, 4, 30))
    assert [(one.onset_on.month, one.state) for one in earlier] == [(2, "open")]
    assert earlier[0].alert_id == told[1].alert_id
    seen = check_triggers([trigger], frame, as_of=date(2026, 6, 30), acknowledged=acknowledge(told[0], "2026-06-30"))
    assert {one.state for one in seen} == {"acknowledged"}


def test_a_row_that_says_no_day_has_not_been_seen():
    triggers, frame, day = [RiskTrigger("top_customer_share", ">", 0.4)], shares([0.3, 0.35, 0.55]), date(2026, 3, 31)
    (alert,) = check_triggers(triggers, frame, as_of=day)
    assert check_triggers(triggers, frame, as_of=day, acknowledged=acknowledge(alert, None)) == (alert,)


def test_a_sign_that_is_none_is_refused():
    with pytest.raises(BadArgument, match=r"has the sign '=='(?s:.*)Next: use one of: <, <=, >, >="):
        RiskTrigger("win_rate", "==", 0.5)


def act(closed, **more):
    row = {"action_id": "a1", "kpi": "n_calls_here", "owner_id": "u1", "closed_at": closed, "expected_delta": 10.0}
    return pd.DataFrame([row | more])


@pytest.mark.requirement("E09")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_closed_action_shows_before_and_after_with_an_interval(lang):
    frame = calls(fall=-0.5, at=90)
    (effect,) = follow_actions(act(START + pd.Timedelta(weeks=90)), frame, as_of=AS_OF)
    assert effect.standing == "judged"
    assert effect.move.change.low < effect.after / effect.before < effect.move.change.high
    assert effect.move.change.low > 1.1
    assert {"en": "before", "ja": "実施前"}[lang] in tell_effect(effect).of(lang)
    assert len(tabulate_effects([effect])) == 1


@pytest.mark.parametrize(
    ("action", "standing"),
    [
        (act(None), "running"),
        (act(AS_OF - timedelta(days=10)), "too_early"),
        (act(START + pd.Timedelta(weeks=50), kpi="unknown"), "no_values"),
    ],
)
def test_an_action_that_cannot_be_judged_says_why(action, standing):
    (effect,) = follow_actions(action, calls(), as_of=AS_OF)
    assert effect.standing == standing
    assert effect.move is None
    assert all(tell_effect(effect).of(lang) for lang in LANGUAGES)


@pytest.mark.requirement("E01")
def test_data_of_twenty_five_hours_ago_are_called_old_on_the_page():
    now = datetime(2026, 8, 31, 9)
    with connect() as lab:
        teams = pd.DataFrame({"team_id": ["t1"], "name": ["East"]})
        lab.write("teams", teams, source_system="crm", loaded_at=now - timedelta(hours=25))
        loads = read_last_loads(lab, ["teams", "leads"])
    assert loads == {"leads": None, "teams": now - timedelta(hours=25)}
    told = tell_freshness(check_freshness({"teams": loads["teams"]}, as_of=now))
    assert "25 hours ago" in told["text"].en
    assert "25時間前" in told["text"].ja
    assert tell_freshness(check_freshness({"teams": now - timedelta(hours=23)}, as_of=now)) is None
    assert "holds no rows" in tell_freshness(check_freshness({"leads": None}, as_of=now))["text"].en


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_of_alerts_name_measure_scope_and_size(lang):
    watch = watch_calls(duties=OWNED)
    (risk,) = check_triggers([RiskTrigger("top_customer_share", ">", 0.4)], shares([0.55]), as_of=date(2026, 1, 31))
    assert {"en": "1 open alert on 1 watched series", "ja": "1件"}[lang] in tell_watch(watch).of(lang)
    assert {"en": "lower since", "ja": "低い水準"}[lang] in tell_alert(watch.alerts[0]).of(lang)
    assert {"en": "above its limit of 40.0 %", "ja": "上限40.0%を超えています"}[lang] in tell_alert(risk).of(lang)
    assert {"en": "Find out why", "ja": "理由を確かめる"}[lang] in tell_task(watch.alerts[0]).of(lang)
    assert tabulate_alerts(watch)["state"].iloc[0].of(lang) == {"en": "open", "ja": "未対応"}[lang]


def test_a_table_of_this_moment_is_the_youngest():
    now = datetime(2026, 8, 31, 9)
    ages = check_freshness({"new": now, "old": now - timedelta(hours=30), "none": None}, as_of=now)
    assert [one.table for one in ages] == ["none", "old", "new"]
