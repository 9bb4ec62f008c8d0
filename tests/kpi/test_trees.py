"""A tree file is read with every mistake at its line, written back the same, compared, and versioned."""

import os
import subprocess
import sys
from datetime import date

import pytest

from saleslab.errors import BadArgument, FileProblem, NotEnoughData
from saleslab.kpi.trees.comparing import compare_trees, tabulate_differences
from saleslab.kpi.trees.nodes import KpiTree, Quantile
from saleslab.kpi.trees.reading import read_tree
from saleslab.kpi.trees.resolving import resolve_nodes
from saleslab.kpi.trees.structure import find_goal, list_leaves, list_paths, list_unlinked, order_nodes
from saleslab.kpi.trees.templates import override_tree
from saleslab.kpi.trees.versions import gather_versions, pick_version, read_versions
from saleslab.kpi.trees.writing import digest_tree, write_tree

TREE = """\
tree: new_business
version: 3
effective_from: 2027-01-01
currency: JPY
strategy: {ja: 中堅製造業で指名される会社になる}
sponsor: {user: u1, signoff_every_days: 90}
nodes:
  bookings:
    kind: kgi
    unit: JPY
    direction: up
    formula: won_deals * deal_size
    target: {period: 2026Q4, threshold: p80, target: 60_000_000, stretch: p20}
    owner: u1
  won_deals: {kind: kpi, unit: count, direction: up, formula: meetings * win_rate}
  meetings: {kind: kpi, unit: count, direction: up, guardrail: accept_rate}
  deal_size: {kind: kpi, unit: JPY, direction: up}
  accept_rate: {kind: kpi, unit: rate, direction: up}
  qualification:
    kind: csf
    statement: Only meetings that can become deals are handed over.
    rubric: {0: none, 1: some, 2: half, 3: most, 4: all}
    drives: [accept_rate, win_rate]
    risk: {trigger: "accept_rate < 50%", mitigation_owner: u2}
  win_rate:
    kind: kpi
    type: ratio
    unit: rate
    direction: up
    numerator: {table: opportunities, where: is_won}
    denominator: {table: opportunities, where: is_closed}
    cohort: closed_at
    bounds: [0, 0.7]
    coupling: {meetings: -0.2}
    influences: {meetings: {elasticity: 0.1, low: 0.0, high: 0.2, evidence: "experiment:exp-7"}}
    lever: {cost_per_point: 400_000}
    review: {every_days: 7}
"""


def _read(folder, text=TREE, name="tree.yaml"):
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_tree(file)


@pytest.fixture
def tree(tmp_path) -> KpiTree:
    return _read(tmp_path)


def test_a_file_says_what_it_says(tree):
    goal = tree.nodes["bookings"]
    assert goal.unit == "money"
    assert goal.currency == "JPY"
    assert goal.target.target == 60_000_000
    assert goal.target.threshold == Quantile(chance=0.8)
    assert tree.strategy.read("en") == tree.strategy.read("ja") == "中堅製造業で指名される会社になる"
    assert tree.nodes["win_rate"].denominator.at == "closed_at"
    assert tree.nodes["qualification"].risk.trigger.level == 0.5
    assert tree.nodes["win_rate"].influences[0].is_proven


def test_a_created_cohort_is_judged_by_when_deals_closed(tmp_path):
    cohort = _read(tmp_path, TREE.replace("cohort: closed_at", "cohort: created_at")).nodes["win_rate"].cohort
    assert cohort.rule == "started"
    assert cohort.succeeded_at == "closed_at"


def test_the_tree_hangs_together(tree):
    assert find_goal(tree) == "bookings"
    assert list_leaves(tree, "bookings") == ("deal_size", "meetings", "win_rate")
    order = order_nodes(tree)
    assert order.index("win_rate") < order.index("won_deals") < order.index("bookings")
    assert list_unlinked(tree, "bookings") == ()
    assert ("bookings", "qualification", "accept_rate") in list_paths(tree, "bookings")


def test_nodes_stand_in_the_same_order_in_every_process():
    """Texts hash differently from process to process, so that what goes through a set comes out in another order."""
    asked = "from saleslab.kpi.trees.structure import order_nodes; from saleslab.kpi import read_template; "
    asked += "print(*order_nodes(read_template('inside_sales')))"
    orders = {
        subprocess.run(
            [sys.executable, "-c", asked], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(orders) == 1


def test_a_written_tree_reads_back_the_same(tree, tmp_path):
    again = read_tree(write_tree(tree, tmp_path / "again.yaml"))
    assert again == tree
    assert digest_tree(again) == digest_tree(tree)


@pytest.mark.requirement("B06")
@pytest.mark.parametrize("level", ["0.5", "1500000", "0.00001", "-2.25", "1_000_000_000"])
def test_a_trigger_is_written_so_that_it_can_be_read_again(tree, level):
    risk = {"trigger": f"accept_rate < {level}", "mitigation_owner": "u2"}
    again = override_tree(override_tree(tree, {"qualification": {"risk": risk}}), {"tree": "again"})
    assert again.nodes["qualification"].risk.trigger.level == float(level)


def test_a_silent_edit_of_a_used_formula_is_refused(tree, tmp_path):
    edited = _read(tmp_path, TREE.replace("meetings * win_rate", "meetings * win_rate * 2"), "edited.yaml")
    with pytest.raises(
        BadArgument, match=r"version 3 of the tree new_business with other definitions[\s\S]*raise 'version'"
    ):
        write_tree(edited, tmp_path / "tree.yaml")
    assert read_tree(tmp_path / "tree.yaml") == tree


@pytest.mark.requirement("B06")
def test_old_periods_keep_the_old_definition(tmp_path):
    folder = tmp_path / "versions"
    folder.mkdir()
    _read(folder, TREE, "v3.yaml")
    newer = TREE.replace("version: 3", "version: 4").replace("2027-01-01", "2027-04-01")
    newer = newer.replace("formula: meetings * win_rate", "formula: meetings * win_rate * 2")
    _read(folder, newer, "v4.yaml")
    with pytest.raises(BadArgument, match=r"version 4 of the tree new_business redefines won_deals without a reason"):
        read_versions(folder)
    _read(folder, newer + "reason: every meeting has two offers now\n", "v4.yaml")
    versions = read_versions(folder)
    values = {"meetings": 100.0, "win_rate": 0.3}
    before, after = (pick_version(versions, on=day) for day in (date(2027, 3, 31), date(2027, 4, 1)))
    assert [float(one.nodes["won_deals"].formula.evaluate(values)) for one in (before, after)] == [30.0, 60.0]
    with pytest.raises(NotEnoughData, match="No version holds on 2026-12-31; the first holds from 2027-01-01"):
        pick_version(versions, on=date(2026, 12, 31))


def test_versions_that_do_not_follow_each_other_are_refused(tree, tmp_path):
    with pytest.raises(BadArgument, match="There are two of version 3"):
        gather_versions([tree, tree])
    later = _read(tmp_path, TREE.replace("version: 3", "version: 4"), "later.yaml")
    with pytest.raises(BadArgument, match="from a later day"):
        gather_versions([tree, later])
    other = _read(tmp_path, TREE.replace("tree: new_business", "tree: renewals"), "other.yaml")
    with pytest.raises(BadArgument, match="Versions of different trees: new_business, renewals"):
        gather_versions([tree, other])
    with pytest.raises(NotEnoughData, match=r"holds no \.yaml file"):
        read_versions(tmp_path / "nothing")


@pytest.mark.requirement("A08")
def test_exactly_the_nodes_that_differ_are_listed(tree, tmp_path):
    text = TREE.replace("bounds: [0, 0.7]", "bounds: [0, 0.5]").replace(
        "deal_size: {kind: kpi,", "deal_size: {kind: kpi, owner: u9,"
    )
    found = compare_trees(tree, _read(tmp_path, text, "ours.yaml"))
    assert found.nodes == ("deal_size", "win_rate")
    assert found.redefined == ()
    rows = tabulate_differences(found)
    assert rows[["node", "key", "kind"]].values.tolist() == [
        ["deal_size", "owner", "changed"],
        ["win_rate", "bounds", "changed"],
    ]
    assert not compare_trees(tree, tree)


def test_added_removed_and_redefined_nodes_are_told_apart(tree, tmp_path):
    text = TREE.replace("accept_rate", "taken_rate").replace("meetings * win_rate", "win_rate * meetings")
    found = compare_trees(tree, _read(tmp_path, text, "ours.yaml"))
    kinds = {one.node: one.kind for one in found.differences if not one.key}
    assert kinds == {"accept_rate": "removed", "taken_rate": "added"}
    assert "won_deals" in found.redefined


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("won_deals * deal_size", "__import__('os')", "line 12: nodes.bookings.formula: A formula holds a call"),
        (
            "meetings * win_rate",
            "meetings * win_rte",
            "line 15: nodes.won_deals.formula names 'win_rte', which is no node",
        ),
        (
            "unit: count, direction: up, guard",
            "unit: cnt, direction: up, guard",
            "line 16: nodes.meetings.unit: 'cnt' is no unit",
        ),
        ("unit: count, direction: up, guard", "unti: count, guard", "line 16: nodes.meetings.unti"),
        ("owner: u1\n  won", "owner: [u1, u2]\n  won", "nodes.bookings.owner: 2 people; one answers"),
        ("rubric: {0: none", "rubric: {5: none", "nodes.qualification.rubric: steps [5]"),
        ("bounds: [0, 0.7]", "bounds: [0.7, 0.1]", "nodes.win_rate.bounds: [0.7, 0.1]"),
        ("where: is_closed", "where: is_clsd", "nodes.win_rate.denominator: opportunities has no column 'is_clsd'"),
        ("accept_rate < 50%", "accept rate is low", "is no trigger"),
        ("meetings: {kind: kpi,", "meetings: {kind: kpi, formula: bookings / deal_size,", "go in a circle"),
        ("version: 3", "version: 0", "line 2: version"),
        ("strategy: {ja: 中堅製造業で指名される会社になる}", "strategy: {ja: ' '}", "line 5: strategy: empty"),
        ("tree: new_business", "tree: New Business", "line 1: tree"),
    ],
)
def test_mistakes_are_named_with_line_and_node(tmp_path, before, after, what):
    assert before in TREE
    with pytest.raises(FileProblem, match="Next: correct the lines") as refused:
        _read(tmp_path, TREE.replace(before, after))
    assert what in refused.value.what


@pytest.mark.requirement("D01")
def test_two_accountable_owners_are_an_error(tmp_path):
    with pytest.raises(FileProblem, match="2 people; one answers for a node"):
        _read(tmp_path, TREE.replace("owner: u1\n", "owner: [u1, u2]\n"))


def test_all_mistakes_are_told_at_once(tmp_path):
    text = TREE.replace("unit: rate", "unit: share").replace("u1, signoff", "u1, sign_off")
    with pytest.raises(FileProblem, match="has 3 mistakes"):
        _read(tmp_path, text)


def test_money_that_multiplies_a_number_is_the_size_of_one(tree):
    facts = resolve_nodes(tree, {})
    assert (facts["deal_size"].family, facts["meetings"].family, facts["win_rate"].family) == ("value", "count", "rate")
    assert facts["bookings"].family == "sum"
