"""Forecasts of teams, products and channels add up in every path, and the truth is met better than part by part."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import invent_branches, lay_all
from scipy import sparse

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.forecasting import reconcile
from saleslab.forecasting.hierarchy.coherent_draws import reconcile_draws
from saleslab.forecasting.hierarchy.covariance import SharedErrors, correlate_errors
from saleslab.forecasting.hierarchy.nodes import Hierarchy, lay_hierarchy
from saleslab.forecasting.hierarchy.projecting import find_even_projection, find_projection

BY = ("team", "product", "channel")
GROUPINGS = [(), ("team",), ("product",), ("team", "product")]


def invent_company(n_periods=48, *, seed=0):
    """Return three teams that sell two products on two channels, one of them seldom and one only of late."""
    rng = np.random.default_rng(seed)
    months = pd.date_range("2022-04-01", periods=n_periods, freq="MS")
    shared = np.cumsum(rng.normal(0, 0.03, n_periods))
    frames = []
    for team in ("east", "north", "west"):
        for product in ("body", "lens"):
            for channel in ("partner", "shop"):
                swing = 0.3 * np.sin(2 * np.pi * np.arange(n_periods) / 12)
                value = np.exp(rng.uniform(3, 6) + shared + swing + rng.normal(0, 0.1, n_periods))
                if (team, channel) == ("west", "partner"):
                    value = value * (rng.random(n_periods) < 0.15)
                rows = {"team": team, "product": product, "channel": channel, "period": months, "value": value}
                frames.append(pd.DataFrame(rows))
    panel = pd.concat(frames, ignore_index=True)
    is_new = (panel["team"] == "north") & (panel["product"] == "lens") & (panel["channel"] == "shop")
    return panel[~is_new | (panel["period"] >= months[-3])].reset_index(drop=True)


@pytest.fixture(scope="module")
def company():
    panel = invent_company()
    return panel, reconcile(panel, by=BY, groupings=GROUPINGS, horizon=6, n_paths=300, seed=1)


@pytest.mark.requirement("M03")
def test_every_path_adds_up_and_none_falls_below_zero(company):
    _, said = company
    nodes, draws = said.nodes, said.draws
    is_part = (nodes["grouping"] == " x ".join(BY)).to_numpy()
    assert draws.min() >= 0
    for at, node in enumerate(nodes.itertuples(index=False)):
        below = is_part.copy()
        for name in BY:
            wanted = getattr(node, name)
            below &= True if pd.isna(wanted) else (nodes[name] == wanted).to_numpy()
        assert below.sum() == node.n_parts
        np.testing.assert_allclose(draws[below].sum(axis=0), draws[at], rtol=0, atol=1e-6)


def test_the_means_add_up_and_the_bounds_of_a_sum_lie_closer_than_those_of_its_parts(company):
    _, said = company
    of = said.forecasts.groupby("grouping", sort=False)[["mean", "lower_80", "upper_80"]].sum()
    np.testing.assert_allclose(of["mean"], of["mean"].iloc[0])
    assert of["lower_80"].iloc[0] > of["lower_80"].iloc[-1]
    assert of["upper_80"].iloc[0] < of["upper_80"].iloc[-1]


def test_seldom_sold_and_new_parts_are_answered_like_all_others(company):
    _, said = company
    frame = said.forecasts
    numbers = frame.select_dtypes("number")
    assert np.isfinite(numbers.to_numpy()).all()
    seldom = frame[(frame["team"] == "west") & (frame["channel"] == "partner")]
    new = frame[frame["node_id"] == "team=north, product=lens, channel=shop"]
    assert (seldom["lower_80"] == 0).all()
    assert new["mean"].gt(0).all()


def test_labels_that_are_whole_numbers_stay_so():
    rows = lay_all(invent_branches(2, 24)).rename(columns={"series_id": "team"})
    said = reconcile(rows, by=("team",), horizon=1, n_paths=20)
    assert said.nodes["node_id"].tolist() == ["all", "team=0", "team=1"]


def test_the_order_of_rows_and_the_labels_do_not_move_a_number(company):
    panel, said = company
    names = {"east": "z", "north": "m", "west": "a"}
    renamed = panel.assign(team=panel["team"].map(names)).sample(frac=1, random_state=5)
    again = reconcile(renamed, by=BY, groupings=GROUPINGS, horizon=6, n_paths=300, seed=1).forecasts
    keys = [*BY, "grouping", "period"]
    old = said.forecasts.assign(team=said.forecasts["team"].map(names)).sort_values(keys).reset_index(drop=True)
    new = again.sort_values(keys).reset_index(drop=True)
    assert (old[["mean", "median", "lower_95"]].to_numpy() == new[["mean", "median", "lower_95"]].to_numpy()).all()


def reconcile_by_the_book(sums, covariance, values):
    """Return S (S' W^-1 S)^-1 S' W^-1 y of Wickramasuriya, Athanasopoulos and Hyndman (2019)."""
    whole = np.vstack([sums, np.eye(sums.shape[1])])
    inverse = np.linalg.inv(covariance)
    return whole @ np.linalg.solve(whole.T @ inverse @ whole, whole.T @ inverse @ values)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 12), n_above=st.integers(1, 6))
def test_the_projection_is_that_of_the_formula_for_any_sums_and_covariance(seed, n, n_above):
    rng = np.random.default_rng(seed)
    sums = (rng.random((n_above, n)) < 0.5).astype(float)
    hierarchy = Hierarchy(sparse.csr_array(sums), pd.DataFrame(index=range(n_above + n)))
    errors = correlate_errors(rng.normal(size=(8, n_above + n))).rescale(rng.uniform(0.5, 20, n_above + n))
    values = rng.normal(100, 30, (n_above + n, 3))
    projected = find_projection(hierarchy, errors).project(values)
    np.testing.assert_allclose(projected, reconcile_by_the_book(sums, errors.to_matrix(), values), rtol=1e-5)
    even = find_even_projection(hierarchy).project(values)
    np.testing.assert_allclose(even, reconcile_by_the_book(sums, np.eye(n_above + n), values), rtol=1e-5)


def test_what_adds_up_already_is_left_as_it_is():
    hierarchy = lay_hierarchy(pd.DataFrame({"team": list("aabb"), "product": list("xyxy")}))
    rng = np.random.default_rng(0)
    values = hierarchy.add_up(rng.uniform(1, 9, (4, 5)))
    moved = find_projection(hierarchy, correlate_errors(rng.normal(size=(20, 9)))).project(values)
    np.testing.assert_allclose(moved, values)


def test_lifting_parts_to_zero_leaves_the_total_where_it_was():
    hierarchy = lay_hierarchy(pd.DataFrame({"team": ["a", "b", "c"]}))
    errors = SharedErrors(np.zeros((1, 4)), np.ones(4), 1.0)
    base = np.array([40.0, -10.0, 20.0, 30.0]).reshape(4, 1, 1)
    draws, share = reconcile_draws(base, hierarchy, errors, may_fall=[False] * 3)
    assert draws.ravel().tolist() == pytest.approx([40.0, 0.0, 16.0, 24.0])
    assert share == pytest.approx(1 / 3)
    fallen, share = reconcile_draws(base, hierarchy, errors, may_fall=[True] * 3)
    assert fallen.ravel().tolist() == pytest.approx([40.0, -10.0, 20.0, 30.0])
    assert share == 0


def test_a_shock_that_all_share_is_found_and_noise_is_not():
    rng = np.random.default_rng(3)
    alike = correlate_errors(2 * rng.normal(size=(40, 1)) + rng.normal(size=(40, 60))).to_matrix()
    apart = correlate_errors(rng.normal(size=(40, 60))).to_matrix()
    off = ~np.eye(60, dtype=bool)
    assert alike[off].mean() == pytest.approx(0.8, abs=0.1)
    assert np.abs(apart[off]).mean() < 0.05


def test_a_single_series_and_parts_without_sums_are_hierarchies_too():
    panel = invent_company().query("team == 'east' and product == 'lens' and channel == 'shop'")
    alone = reconcile(panel, by=(), horizon=3, n_paths=200)
    assert alone.nodes["node_id"].tolist() == ["all"]
    two = invent_company().query("team == 'east' and product == 'lens'")
    flat = reconcile(two, by="channel", groupings=[], horizon=3, n_paths=200)
    assert flat.nodes["node_id"].tolist() == ["channel=partner", "channel=shop"]
    for said in (alone, flat):
        np.testing.assert_allclose(said.forecasts["mean"], said.forecasts["own_mean"], rtol=0.03)


def test_stated_totals_that_are_not_the_sum_of_their_parts_are_refused_row_by_row():
    panel = invent_company()
    right = panel.groupby("period", as_index=False)["value"].sum()
    of_team = panel.groupby(["team", "period"], as_index=False)["value"].sum()
    stated = pd.concat([right, of_team], ignore_index=True)
    said = reconcile(panel, by=BY, horizon=1, n_paths=10, totals=stated)
    assert len(said.nodes) == 1 + 3 + 2 + 2 + 12
    stated.loc[[7, 60], "value"] += 500
    with pytest.raises(TableError, match=r"2 of 192 totals are not the sum(.|\n)*row (7|60) (.|\n)*Next: find the mis"):
        reconcile(panel, by=BY, horizon=1, n_paths=10, totals=stated)
    with pytest.raises(BadArgument, match=r"columns region(.|\n)*Next: keep"):
        reconcile(panel, by=BY, horizon=1, totals=right.assign(region="x"))
    with pytest.raises(TableError, match=r"another kind(.|\n)*Next: write both"):
        reconcile(panel, by=BY, horizon=1, totals=right.assign(period="spring"))


def test_what_cannot_be_added_up_is_refused_with_the_next_step():
    panel = invent_company()
    with pytest.raises(TableError, match=r"lack a dimension: team in 1(.|\n)*Next: give them a name"):
        reconcile(panel.assign(team=panel["team"].where(panel.index > 0)), by=BY, horizon=2)
    cut = panel[(panel["team"] != "east") | (panel["period"] < "2026-01-01")]
    with pytest.raises(TableError, match=r"4 of 12 parts end before(.|\n)*Next: give gaps='zero'"):
        reconcile(cut, by=BY, horizon=2, gaps="between")
    with pytest.raises(BadArgument, match=r"groupings name 'country'(.|\n)*Next: give each grouping"):
        reconcile(panel, by=BY, groupings=[("country",)], horizon=2)
    with pytest.raises(BadArgument, match=r"by is (.|\n)*Next: name each dimension once"):
        reconcile(panel, by=("team", "team"), horizon=2)
    with pytest.raises(BadArgument, match=r"1 paths(.|\n)*Next: ask for at least 2"):
        reconcile(panel, by=BY, horizon=2, n_paths=1)
    with pytest.raises(NotEnoughData, match="Next"):
        reconcile(panel.head(0), by=BY, horizon=2)


@pytest.mark.slow
def test_intervals_of_sums_hold_and_sums_are_met_as_well_as_by_their_own_series():
    inside, errors = [], []
    for seed in range(40):
        shock = np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.01, 66)))
        values = invent_branches(12, 60, seed=seed, horizon=6) * shock
        panel = lay_all(values[:, :60]).assign(team=lambda rows: rows["series_id"] % 3)
        said = reconcile(panel, by=("team", "series_id"), groupings=[(), ("team",)], horizon=6, n_paths=400)
        total = said.forecasts[said.forecasts["grouping"] == "all"]
        came = values[:, 60:].sum(axis=0)
        inside.append((total["lower_80"].to_numpy() <= came) & (came <= total["upper_80"].to_numpy()))
        errors.append([np.abs(total[name].to_numpy() - came).mean() / came.mean() for name in ("mean", "own_mean")])
    assert 0.70 <= np.mean(inside) <= 0.95
    ours, own = np.mean(errors, axis=0)
    assert ours <= 1.02 * own
