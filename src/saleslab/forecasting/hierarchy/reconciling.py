"""What will each node sell, so that the numbers add up and none of them is below 0?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.forecasting.engine import run_engine
from saleslab.forecasting.hierarchy.coherent_draws import reconcile_draws
from saleslab.forecasting.hierarchy.joint_paths import PastErrors, draw_joint_paths
from saleslab.forecasting.hierarchy.nodes import Hierarchy, lay_hierarchy
from saleslab.forecasting.hierarchy.parts import check_totals, read_parts
from saleslab.forecasting.laying import Floats, Laid, Repeats
from saleslab.forecasting.panel import check_options
from saleslab.forecasting.repairs import Gaps
from saleslab.forecasting.series import check_horizon, check_levels, check_seed

_MOST_CELLS = 200_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Reconciled:
    """Forecasts of all nodes that add up.

    Attributes
    ----------
    forecasts
        One row a node and period: ``node_id, grouping``, a column a dimension (None where it is summed over), ``period,
        mean, median, lower_80, upper_80, ...`` and ``own_mean``, what the node's own series said before.
    nodes
        One row a node: ``node_id, grouping``, the dimensions, ``n_parts``.
    draws
        Possible futures, shape (nodes, paths, horizon), in the sequence of ``nodes``: in every path the parts add up.
    shrinkage
        How far correlations of past errors were drawn towards 0: 1 where there were too few to tell.
    share_lifted
        Share of the parts' draws that were lifted to 0.
    remarks
        What was repaired and noticed; see `check_panel`.
    """

    forecasts: pd.DataFrame
    nodes: pd.DataFrame
    draws: Floats
    shrinkage: float
    share_lifted: float
    remarks: tuple[str, ...]


def reconcile(
    panel: pd.DataFrame,
    *,
    by: Sequence[str],
    horizon: int,
    groupings: Sequence[Sequence[str]] | None = None,
    totals: pd.DataFrame | None = None,
    season_length: int | None = None,
    levels: Sequence[float] = (0.8, 0.95),
    n_paths: int = 1_000,
    seed: int = 0,
    gaps: Gaps = "zero",
    repeats: Repeats = "refuse",
) -> Reconciled:
    """Return forecasts of a company, its teams, products, regions and channels that add up.

    Each node is forecast by its own series, as `forecast_series` does. The forecasts are then moved as little as past
    errors allow (MinT), path by path: those that were wrong more often give way more.

    Parameters
    ----------
    panel
        Rows of the parts: the columns of ``by``, ``period`` and ``value``.
    by
        Dimensions, such as ``("team", "product", "region", "channel")``, whether they cross one another or lie in one
        another. ``()`` is a single series.
    horizon
        Periods ahead.
    groupings
        Which combinations are nodes of their own, such as ``[(), ("team",), ("team", "product")]``; ``()`` is the
        total. None takes the total and each dimension alone. The parts are always nodes.
    totals
        What the company states of some sums: ``period, value`` and some dimensions, empty where summed over. They must
        be the sums of the parts.
    season_length
        Periods in a season; None takes what the grain has as a rule.
    levels
        Masses of the intervals.
    n_paths, seed
        Possible futures, and the seed of their draws and of the LightGBM.
    gaps, repeats
        What missing rows and repeated periods mean; see `check_panel`. Here a missing row means that nothing was sold.

    Returns
    -------
    Reconciled
        Means add up, as every path does; medians and bounds of sums are not the sums of those of the parts. What never
        was below 0 is not below 0 in any path. The same panel and seed give the same numbers, whatever the order of
        rows and the labels.

    Raises
    ------
    TableError
        When stated totals are not the sums of their parts, dimensions are missing, or parts end apart.
    NotEnoughData
        When there is no series of at least two periods.
    BadArgument
        When a grouping, the horizon or a level makes no sense.

    Examples
    --------
    >>> months = pd.date_range("2023-01-01", periods=36, freq="MS")
    >>> wave = 10 * np.sin(np.arange(36) * np.pi / 6)
    >>> east, west = ({"team": name, "period": months, "value": 100 + wave} for name in ("east", "west"))
    >>> rows = pd.concat([pd.DataFrame(east), pd.DataFrame(west)])
    >>> said = reconcile(rows, by=("team",), horizon=2, n_paths=50)
    >>> said.forecasts["node_id"].unique().tolist()
    ['all', 'team=east', 'team=west']
    >>> said.forecasts["mean"].round().tolist()[:2]
    [200.0, 210.0]
    """
    chosen = check_levels(levels)
    check_horizon(horizon)
    check_seed(seed)
    check_options(season_length, gaps, repeats)
    dimensions = _check_dimensions(by)
    parts = read_parts(
        panel, by=dimensions, groupings=groupings, season_length=season_length, gaps=gaps, repeats=repeats
    )
    if totals is not None:
        check_totals(totals, panel, by=dimensions)
    hierarchy = lay_hierarchy(parts.labels, groupings=groupings)
    _check_size(len(hierarchy.nodes), n_paths, int(horizon))
    run = run_engine(
        _add_histories(hierarchy, parts.laid.history),
        horizon=int(horizon),
        season_length=parts.laid.season_length,
        seed=int(seed),
    )
    past = PastErrors.of(run)
    errors = past.correlate()
    base = draw_joint_paths(run, past.correlate(wary=False), past.chain_steps(), n_paths=n_paths, seed=seed)
    draws, share = reconcile_draws(
        base, hierarchy, errors.rescale(past.sizes), may_fall=(parts.laid.history < 0).any(axis=1)
    )
    order = _sort_nodes(hierarchy, dimensions)
    nodes, draws = hierarchy.nodes.iloc[order].reset_index(drop=True), draws[order]
    forecasts = _write(nodes, parts.laid, draws, chosen).assign(own_mean=run.find_mean()[order].ravel())
    return Reconciled(forecasts, nodes, draws, errors.shrinkage, share, parts.remarks)


def _check_dimensions(by: Sequence[str]) -> tuple[str, ...]:
    dimensions = (by,) if isinstance(by, str) else tuple(by)
    taken = {"node_id", "grouping", "n_parts", "period", "value"} & set(dimensions)
    if taken or len(set(dimensions)) != len(dimensions):
        raise BadArgument(
            f"by is {dimensions!r}.",
            "name each dimension once, by a column other than period, value, node_id or grouping.",
        )
    return dimensions


def _check_size(n_nodes: int, n_paths: int, horizon: int) -> None:
    if n_paths < 2 or n_nodes * n_paths * horizon > _MOST_CELLS:
        raise BadArgument(
            f"{n_paths:,} paths of {n_nodes:,} nodes and {horizon} periods were asked for.",
            f"ask for at least 2 paths, and at most {_MOST_CELLS // (n_nodes * horizon):,} for so many nodes.",
        )


def _add_histories(hierarchy: Hierarchy, history: Floats) -> Floats:
    """Return the series of all nodes; a sum begins with the first of its parts."""
    added = hierarchy.add_up(np.nan_to_num(history))
    began = hierarchy.add_up((~np.isnan(history)).astype(np.float64))
    return np.where(began > 0, added, np.nan)


def _sort_nodes(hierarchy: Hierarchy, dimensions: tuple[str, ...]) -> np.ndarray:
    """Return the sequence of nodes by grouping and label, as a reader expects them."""
    nodes = hierarchy.nodes
    rank = pd.factorize(nodes["grouping"])[0]
    keys = [pd.factorize(nodes[name], sort=True)[0] for name in dimensions]
    return np.lexsort([*keys[::-1], rank])


def _write(nodes: pd.DataFrame, laid: Laid, draws: Floats, masses: tuple[float, ...]) -> pd.DataFrame:
    """Return one row a node and period."""
    horizon = draws.shape[2]
    frame = nodes.loc[np.repeat(np.arange(len(nodes)), horizon)].drop(columns="n_parts").reset_index(drop=True)
    numbers = np.tile(laid.ends.max() + np.arange(1, horizon + 1), len(nodes))
    columns: dict[str, Any] = {
        "period": laid.grid.restore(numbers),
        "mean": draws.mean(axis=1).ravel(),
        "median": np.median(draws, axis=1).ravel(),
    }
    for mass in masses:
        name = f"{100 * mass:.10g}"
        bounds = np.quantile(draws, ((1 - mass) / 2, (1 + mass) / 2), axis=1)
        columns[f"lower_{name}"], columns[f"upper_{name}"] = bounds[0].ravel(), bounds[1].ravel()
    return frame.assign(**columns)
