"""Each fault of a tree is found by its code, a tree without faults has none, and every code has words."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from trees_made import make_tree

from saleslab.kpi.linting.findings import SEVERITIES, Finding, tabulate_findings
from saleslab.kpi.linting.lint import lint_tree
from saleslab.kpi.trees.reading import read_tree
from saleslab.kpi.trees.templates import list_templates, override_tree, read_template
from saleslab.wording.catalogue import sentences

AS_OF = date(2026, 11, 23)
PEOPLE = {"owner": "u1", "deputy": "u2"}
KPI = {
    **PEOPLE,
    "kind": "kpi",
    "metric": "csat",
    "target": {"period": "2026Q3"},
    "review": {"every_days": 7},
}
ANY_UNIT = {"unit": "rate", "direction": "up"}
UNDRIVEN = {**PEOPLE, "kind": "csf", "statement": "s", "rubric": dict.fromkeys(range(5), "x")}


def _case(overrides, *codes, row=None):
    """One fault and the codes that it must bring, with the requirement that asks for them."""
    return pytest.param(overrides, set(codes), marks=[pytest.mark.requirement(row)] if row else [])


def _codes(tree, **more) -> set[tuple[str, str]]:
    found = lint_tree(tree, as_of=AS_OF, **more)
    return set(zip(found["node"], found["code"], strict=True))


def _added(overrides) -> set[str]:
    return {code for _, code in _codes(make_tree(overrides))}


@pytest.mark.requirement("A01")
@pytest.mark.parametrize("template", list_templates())
def test_a_template_with_owners_targets_and_sponsor_has_no_finding(template):
    assert lint_tree(make_tree(template=template), as_of=AS_OF).empty


@pytest.mark.requirement("A09")
@pytest.mark.parametrize("template", list_templates())
def test_a_bare_template_lacks_what_only_the_company_knows_and_nothing_else(template):
    codes = {code for _, code in _codes(read_template(template))}
    assert codes - {"risk_no_owner"} == {"no_target", "no_date", "no_owner", "no_deputy", "no_sponsor"}


@pytest.mark.requirement("A01")
def test_an_unattached_measure_is_an_orphan_and_its_fixed_tree_has_none():
    tree = make_tree({"satisfaction": KPI})
    assert _codes(tree) == {("satisfaction", "orphan_node")}
    drives = ["won_amount_per_seller", "ramp_days", "satisfaction"]
    assert _codes(override_tree(tree, {"able_people": {"drives": drives}})) == set()


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        _case({"n_won": {"formula": "n_decided + deal_size"}}, "unit_mismatch", row="A02"),
        _case({"deal_size": {"unit": "USD"}}, "unit_mismatch", row="A02"),
        _case({"new_factor": UNDRIVEN}, "csf_unlinked", row="A03"),
        _case({"able_people": {"label": None, "statement": None}}, "csf_no_statement", row="A03"),
        _case({"able_people": {"rubric": {0: "bad", 4: "good"}}}, "rubric_missing", row="A04"),
        _case({"able_people": {"risk": {"trigger": "ramp_days > 200"}}}, "risk_no_owner", row="A05"),
        _case({"win_rate": {"owner": None}}, "no_owner", row="D01"),
        _case({"win_rate": {"deputy": None}}, "no_deputy", row="D01"),
        _case({"win_rate": {"owner": "u7", "deputy": "u7"}}, "deputy_is_owner"),
        _case({"strategy": None}, "no_strategy", row="A01"),
        _case({"sponsor": None}, "no_sponsor"),
        _case({"n_decided": {"guardrail": None}}, "no_guardrail", row="B05"),
        _case({"won_amount": {"target": None}}, "no_target"),
        _case({"win_rate": {"target": {"period": "2026Q1", "target": 1}}}, "target_in_past"),
        _case({"win_rate": {"target": {"period": "2026Q3", "threshold": 2, "target": 1}}}, "target_order"),
        _case({"ramp_days": {"target": {"period": "2026Q3", "threshold": 1, "target": 2}}}, "target_order"),
        _case({"other": {**KPI, "kind": "kgi", "target": {"period": "2026Q3", "target": 1}}}, "two_goals", row="A01"),
        _case({"win_rate": {"metric": "no_such"}}, "unknown_metric", "no_unit", "no_direction"),
    ],
)
def test_a_planted_fault_is_found_and_nothing_beside_it(overrides, expected):
    assert _added(overrides) == expected


@pytest.mark.requirement("B01")
@pytest.mark.parametrize(
    ("letter", "overrides", "more", "expected"),
    [
        ("S", {"new_kpi": {**KPI, "metric": None, **ANY_UNIT, "influences": {"n_won": {}}}}, {}, {"no_definition"}),
        ("A", {}, {"chances": {"win_rate": 0.02}}, {"unreachable_target"}),
        ("A", {}, {"chances": {"win_rate": 0.99}}, {"trivial_target"}),
        ("R", {"new_kpi": KPI}, {}, {"orphan_node"}),
        ("T", {"win_rate": {"target": None}}, {}, {"no_date"}),
        ("T", {"win_rate": {"review": None}}, {}, {"no_review"}),
    ],
)
def test_each_letter_of_smart_has_its_code(letter, overrides, more, expected):
    assert {code for _, code in _codes(make_tree(overrides), **more)} == expected


@pytest.mark.requirement("B01")
def test_a_measure_without_a_value_last_month_is_not_measurable():
    tree = make_tree()
    history = _history([name for name in tree.nodes if name != "win_rate"])
    assert {node for node, code in _codes(tree, history=history) if code == "not_measured"} == {"win_rate"}


def _history(metrics, *, months=24, seed=3, **fixed) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    starts = pd.date_range("2024-11-01", periods=months, freq="MS")
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "metric_id": name,
                    "scope_type": "company",
                    "scope_id": "company",
                    "period_start": starts,
                    "period_end": starts + pd.offsets.MonthEnd(1),
                    "value": fixed[name] if name in fixed else rng.normal(100, 10, months),
                }
            )
            for name in metrics
        ]
    )


def test_a_measure_that_is_counted_by_the_quarter_needs_a_value_in_the_last_one_only():
    tree = make_tree()
    history = _history([name for name, node in tree.nodes.items() if node.kind != "csf"])
    old = (history["metric_id"] == "ramp_days") & (history["period_start"] > "2026-08-01")
    assert "not_measured" not in {code for _, code in _codes(tree, history=history.loc[~old])}


def test_a_guardrail_need_not_move_with_the_goal():
    rng = np.random.default_rng(8)
    series = {name: rng.normal(100, 10, 36) for name in ("won_amount", "discount_rate", "repeat_rate")}
    found = _codes(make_tree(), history=_history(series, months=36, **series))
    assert {node for node, code in found if code == "no_measured_link"} == {"repeat_rate"}


def test_a_measure_that_moves_one_of_the_nodes_it_is_said_to_move_is_linked():
    rng = np.random.default_rng(9)
    appointments = rng.normal(50, 5, 36)
    series = {
        "won_amount": rng.normal(100, 10, 36),
        "n_appointments": appointments,
        "n_lost": rng.normal(30, 3, 36),
        "n_decided": appointments * 2 + rng.normal(0, 2, 36),
    }
    asked = {**KPI, "metric": "n_appointments", "guardrail": "win_rate", "influences": {"n_won": {}, "n_decided": {}}}
    found = _codes(make_tree({"appointments": asked}), history=_history(series, months=36, **series))
    assert ("appointments", "no_measured_link") not in found


def test_a_month_that_runs_does_not_pass_for_one_that_is_over():
    rng = np.random.default_rng(10)
    series = {name: rng.normal(100, 5, 30) for name in ("ramp_days", "repeat_rate")}
    history = _history(series, months=30, **series).assign(is_complete=True)
    running = history["period_start"] == history["period_start"].max()
    half = history.assign(value=history["value"].where(~running, 1.0), is_complete=~running)
    assert ("repeat_rate", "redundant_pair") not in _codes(make_tree(), history=half)


def test_the_tree_of_the_invented_company_has_no_finding():
    plan = Path(__file__).resolve().parents[2] / "data" / "plans" / "invented_company.yaml"
    assert lint_tree(read_tree(plan), as_of=date(2026, 10, 1)).empty


@pytest.mark.requirement("B02")
def test_a_measure_that_moves_without_the_goal_is_flagged_and_one_that_moves_with_it_is_not():
    alone, coupled = 0, 0
    tree = make_tree()
    for seed in range(100):
        rng = np.random.default_rng(seed)
        goal = rng.normal(100, 10, 36)
        led = np.roll(goal, -1) + rng.normal(0, 6, 36)
        series = {"won_amount": goal, "ramp_days": led, "repeat_rate": rng.normal(0.3, 0.05, 36)}
        history = _history(series, months=36, **series)
        found = {(node, code) for node, code in _codes(tree, history=history) if code == "no_measured_link"}
        alone += ("repeat_rate", "no_measured_link") in found
        coupled += ("ramp_days", "no_measured_link") in found
    assert alone >= 90
    assert coupled <= 10


@pytest.mark.requirement("B04")
def test_two_measures_that_say_the_same_are_named_as_a_pair():
    rng = np.random.default_rng(4)
    series = rng.normal(50, 5, 24)
    history = _history(["ramp_days", "repeat_rate", "csat"], ramp_days=series, repeat_rate=series * 2 + 1)
    pairs = {node for node, code in _codes(make_tree(), history=history) if code == "redundant_pair"}
    assert pairs == {"repeat_rate"}


@pytest.mark.requirement("B04")
def test_too_many_measures_children_and_duties_are_counted():
    extra = {f"extra_{at}": {**KPI, "influences": {"n_won": {}}, "owner": f"v{at // 8}"} for at in range(16)}
    extra |= {"able_people": {"drives": ["ramp_days", "won_amount_per_seller", *[f"extra_{at}" for at in range(3)]]}}
    assert _codes(make_tree(extra)) == {
        ("(tree)", "too_many_kpis"),
        ("able_people", "too_many_children"),
        ("(tree)", "too_many_per_owner"),
    }


@pytest.mark.requirement("B05")
def test_a_finance_only_tree_lacks_the_other_sides():
    tree = make_tree()
    finance = override_tree(tree, {name: {"perspective": "finance"} for name in tree.nodes})
    found = lint_tree(finance, as_of=AS_OF).set_index("code").loc["perspective_missing"]
    assert "customers, process, people" in found["message_en"]
    assert "顧客・業務プロセス・人材" in found["message_ja"]


@pytest.mark.requirement("A09")
def test_a_tree_that_only_looks_at_tomorrow_is_told_so():
    tree = make_tree()
    short = override_tree(tree, {name: {"horizon": "short"} for name in tree.nodes})
    assert {code for _, code in _codes(short)} == {"no_long_horizon"}


@pytest.mark.requirement("J12")
def test_setters_who_guard_their_own_count_are_asked_for_what_closers_make_of_it():
    tree = make_tree({"n_accepted_appointments": {"guardrail": "appointment_acceptance_rate"}})
    assert _codes(tree) == {("n_accepted_appointments", "no_downstream_guardrail")}


@pytest.mark.requirement("D01")
def test_owners_must_be_there_and_active():
    users = pd.DataFrame({"user_id": [f"u{at}" for at in range(6)], "is_active": [True, True, True, False, True, True]})
    found = _codes(make_tree({"n_won": {"owner": "ghost"}}), users=users)
    assert ("n_won", "owner_unknown") in found
    assert {node for node, code in found if code == "owner_inactive"} >= {"n_decided"}
    assert {code for _, code in found} == {"owner_unknown", "owner_inactive", "deputy_inactive"}


@pytest.mark.requirement("D07")
def test_a_sign_off_that_is_a_hundred_days_old_at_a_cadence_of_ninety_is_overdue():
    sponsor = {"user": "u9", "signoff_every_days": 90, "signed_off_on": date(2026, 8, 15)}
    assert _added({"sponsor": sponsor}) == {"signoff_overdue"}
    assert _added({"sponsor": {**sponsor, "signed_off_on": date(2026, 8, 25)}}) == set()


def test_targets_that_no_review_has_looked_at_are_named():
    tree = make_tree()
    seen = dict.fromkeys(tree.nodes, date(2026, 11, 1))
    assert _codes(tree, reviewed=seen) == set()
    del seen["win_rate"]
    assert _codes(tree, reviewed=seen) == {("win_rate", "never_reviewed")}


def test_every_code_has_words_in_both_languages_that_name_their_place():
    for lang in ("en", "ja"):
        keys = {key.split(".")[1] for key in sentences(lang) if key.startswith("kpi_linting.")} - {"side"}
        assert keys == set(SEVERITIES)


def test_errors_come_before_warnings():
    rows = tabulate_findings([Finding("a", "no_review"), Finding("b", "no_owner"), Finding("c", "no_sponsor")])
    assert rows["code"].tolist() == ["no_owner", "no_review", "no_sponsor"]
    assert rows["next_en"].str.len().min() > 0
