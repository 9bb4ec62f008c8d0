"""How the invented company reviews itself: measured KPIs, reviews, actions, plans, risks, experiments."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from saleslab.periods import FiscalCalendar, Period
from saleslab.simulation.clock import DAY, day_number
from saleslab.simulation.columns import dates, make_ids, make_table, pick, stamps
from saleslab.simulation.deals import NEW, Deals
from saleslab.simulation.people import MANAGER
from saleslab.simulation.pipeline import Standing
from saleslab.simulation.prospects import Course
from saleslab.simulation.scenario import Scenario
from saleslab.simulation.setting import Setting
from saleslab.simulation.streams import Floats, Ints
from saleslab.simulation.trade import Orders
from saleslab.simulation.trials import OFFER, SCRIPT, TEMPLATE, Trial, window

METRICS = ("won_amount", "n_leads", "n_appointments", "win_rate")
_RATE = METRICS.index("win_rate")


def kpi_tables(
    setting: Setting,
    orders: Orders,
    *,
    course: Course,
    deals: Deals,
    standing: Standing,
) -> dict[str, pa.Table]:
    """Return ``kpi_values`` (four measures of each finished month), ``kpi_reviews`` and ``actions``."""
    months = _finished_months(setting.scenario)
    starts = np.array([day_number(m.start) for m in months])

    def by_month(at: Floats, weights: Ints | None = None) -> Floats:
        days = setting.clock.day_of(at[np.isfinite(at)])
        inside = (days >= starts[0]) & (days <= day_number(months[-1].end))
        place = np.searchsorted(starts, days[inside], side="right") - 1
        total = np.zeros(len(months), dtype=np.int64)
        np.add.at(total, place, 1 if weights is None else weights[inside])
        return total.astype(np.float64)

    ended = standing.closed & (deals.kind == NEW)
    won, done = by_month(deals.closed[ended & standing.won]), by_month(deals.closed[ended])
    measured = [by_month(orders.at, orders.total), by_month(course.arrived), by_month(course.qualified)]
    rate = np.divide(won, done, out=np.zeros_like(won), where=done > 0)
    values = np.concatenate([*measured, rate])
    n = len(values)
    metric, month = np.repeat(np.arange(len(METRICS)), len(months)), np.tile(np.arange(len(months)), len(METRICS))
    is_rate = metric == _RATE
    counts = np.concatenate([by_month(orders.at), measured[1], measured[2], done])
    measured_at = (np.array([day_number(m.end) for m in months]) + 1) * DAY + 9 * 3_600
    columns = {
        "metric_id": pick(METRICS, metric),
        "scope_type": "company",
        "scope_id": "company",
        "period_start": dates(starts[month]),
        "period_end": dates(np.array([day_number(m.end) for m in months])[month]),
        "measured_at": stamps(measured_at[month]),
        "value": pa.array(values, mask=is_rate & (counts == 0)),
        "n": counts.astype(np.int64),
        "numerator": pa.array(np.concatenate([*measured, won]), mask=~is_rate),
        "denominator": pa.array(counts, mask=~is_rate),
        "tree_version": "1",
    }
    reviews = _review_tables(setting, values, metric=metric, measured_at=measured_at[month])
    return {"kpi_values": make_table("kpi_values", columns, n), **reviews}


def _finished_months(scenario: Scenario) -> list[Period]:
    months = FiscalCalendar(scenario.fiscal_start_month).months_of(Period(scenario.start, scenario.end))
    return [m for m in months if m.start >= scenario.start and m.end <= scenario.end]


def _review_tables(setting: Setting, values: Floats, *, metric: Ints, measured_at: Ints) -> dict[str, pa.Table]:
    """Each month each measure is looked at three days later; one review in three decides on an action."""
    rng, n = setting.streams("governance.reviews"), len(values)
    ids, heads = make_ids("review", n), np.flatnonzero(setting.staff.role == MANAGER)
    owner = heads[metric % len(heads)]
    at = measured_at + 3 * DAY + 3_600
    reviews = {
        "review_id": ids,
        "metric_id": pick(METRICS, metric),
        "reviewed_at": stamps(at),
        "owner_id": pick(setting.staff.ids, owner),
        "phase": "check",
        "value": values,
        "note": setting.words.text("review_note"),
        "next_review_on": dates(at // DAY + 30),
    }
    decided = np.flatnonzero(rng.random(n) < 1 / 3)
    due = at[decided] // DAY + rng.integers(14, 45, len(decided))
    finished = due * DAY + rng.integers(-6, 12, len(decided)) * DAY + 17 * 3_600
    done = (rng.random(len(decided)) < 0.8) & (finished < measured_at.max())
    actions = {
        "action_id": make_ids("action", len(decided)),
        "review_id": pick(ids, decided),
        "kpi": pick(METRICS, metric[decided]),
        "owner_id": pick(setting.staff.ids, owner[decided]),
        "due": dates(due),
        "closed_at": stamps(finished, done),
        "expected_delta": np.round(0.02 * values[decided], 3),
    }
    return {
        "kpi_reviews": make_table("kpi_reviews", reviews, n),
        "actions": make_table("actions", actions, len(decided)),
    }


def plan_tables(setting: Setting) -> dict[str, pa.Table]:
    """Return ``initiatives``, ``risks`` and ``benchmarks``, a few rows each."""
    heads = np.flatnonzero(setting.staff.role == MANAGER)
    names, triggers = setting.words.several("initiatives"), setting.words.several("risk_triggers")
    year = FiscalCalendar(setting.scenario.fiscal_start_month).year_of(setting.scenario.end)
    begins = np.array([day_number(year.start) + 30 * i for i in range(len(names))])
    initiatives = {
        "initiative_id": make_ids("initiative", len(names)),
        "kpi": ["n_appointments", "win_rate", "won_amount"],
        "start": dates(begins),
        "end": dates(begins + 180),
        "expected_delta": [30.0, 0.02, 20_000_000.0],
        "owner_id": pick(setting.staff.ids, heads[np.arange(len(names)) % len(heads)]),
    }
    risks = {
        "risk_id": make_ids("risk", len(triggers)),
        "csf": ["new_leads", "customer_base", "people"],
        "trigger": triggers,
        "probability": [0.2, 0.1, 0.3],
        "impact": [0.15, 0.25, 0.10],
        "owner_id": pick(setting.staff.ids, heads[np.arange(len(triggers)) % len(heads)]),
    }
    benchmarks = {
        "metric_id": ["win_rate", "cycle_days", "quota_attainment"],
        "value": [0.24, 85.0, 0.88],
        "lo": [0.17, 60.0, 0.75],
        "hi": [0.32, 115.0, 1.0],
        "n": [120, 120, 95],
        "source": setting.words.text("benchmark_source"),
        "as_of": dates(np.full(3, day_number(date(setting.scenario.end.year - 1, 12, 1)))),
    }
    return {
        "initiatives": make_table("initiatives", initiatives, len(names)),
        "risks": make_table("risks", risks, len(triggers)),
        "benchmarks": make_table("benchmarks", benchmarks, 3),
    }


EXPERIMENT_IDS = make_ids("experiment", 3)
_UNITS, _METRIC = ("lead", "account", "rep"), ("appointment_rate", "win_rate", "win_rate")
ARMS = ("control", "treatment")


_FOLLOWED = (30, 90, 90)
"""Days for which each unit of an experiment was to be followed."""


def experiment_tables(
    setting: Setting, trials: Mapping[int, Trial], *, unit_ids: Mapping[int, pa.Array]
) -> dict[str, pa.Table]:
    """Return ``experiments`` and ``assignments``."""
    windows = [window(trial, setting.clock) for trial in (SCRIPT, OFFER, TEMPLATE)]
    opens, closes = np.array([w.opens for w in windows]), np.array([w.closes for w in windows])
    sizes = [len(trials[trial].units) for trial in (SCRIPT, OFFER, TEMPLATE)]
    plans = [
        _write_plan(setting, which, opens=float(opens[which]), closes=float(closes[which]), n_units=size)
        for which, size in enumerate(sizes)
    ]
    experiments = {
        "experiment_id": EXPERIMENT_IDS,
        "name": setting.words.several("experiment_names"),
        "unit_type": list(_UNITS),
        "metric_id": list(_METRIC),
        "registered_at": stamps(setting.clock.to_local(opens - 5.0)),
        "started_at": stamps(setting.clock.to_local(opens)),
        "ended_at": stamps(setting.clock.to_local(closes)),
        "plan": plans,
    }
    which = np.concatenate([np.full(len(trials[t].units), t) for t in (SCRIPT, OFFER, TEMPLATE)])
    assignments = {
        "experiment_id": pick(EXPERIMENT_IDS, which),
        "unit_type": pick(_UNITS, which),
        "unit_id": pa.concat_arrays([pick(unit_ids[t], trials[t].units) for t in (SCRIPT, OFFER, TEMPLATE)]),
        "variant": pick(ARMS, np.concatenate([trials[t].treated for t in (SCRIPT, OFFER, TEMPLATE)]).astype(np.int64)),
        "assigned_at": stamps(
            setting.clock.to_local(np.concatenate([trials[t].assigned for t in (SCRIPT, OFFER, TEMPLATE)]))
        ),
    }
    return {
        "experiments": make_table("experiments", experiments, 3),
        "assignments": make_table("assignments", assignments, len(which)),
    }


def _write_plan(setting: Setting, which: int, *, opens: float, closes: float, n_units: int) -> str:
    """Return what was written down before an experiment; of the offer only the bare facts, so that it stays a hint."""
    unit, metric = _UNITS[which], _METRIC[which]
    if which == OFFER:
        return json.dumps({"arms": list(ARMS), "metric": metric, "share_treated": 0.5, "unit": unit}, sort_keys=True)
    first, last = (int(setting.clock.day_of(np.array([at]))[0]) for at in (opens, closes))
    months = max((last - first) / 30.4, 0.5)
    days = [(date(1970, 1, 1) + timedelta(days=day)).isoformat() for day in (first, last)]
    plan = {
        "experiment_id": EXPERIMENT_IDS[which].as_py(),
        "hypothesis": setting.words.several("experiment_hypotheses")[which],
        "unit": unit,
        "metric": {"name": metric, "kind": "rate", "higher_is_better": True},
        "control": ARMS[0],
        "shares": dict.fromkeys(ARMS, 0.5),
        "minimum_effect": 0.005 if which == SCRIPT else 0.05,
        "tolerated_loss": "100000",
        "units_per_month": max(1, round(n_units / months)),
        "amount_per_unit": "100000" if which == SCRIPT else "600000",
        "starts_on": days[0],
        "ends_on": days[1],
        "horizon": _FOLLOWED[which],
        "currency": "JPY",
    }
    return json.dumps(plan, ensure_ascii=False, sort_keys=True)
