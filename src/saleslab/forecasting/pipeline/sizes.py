"""How much deals bring: those that are open against what they say now, those to come as past ones did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.standing import Stood

_LENT_WINS = 20.0
_LENT_SD = 0.15
_WIDEST_GROWTH = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Won amounts, and how amounts change until a deal is won.

    Attributes
    ----------
    means, shares
        Mean won amount of each bin, and its share of the wins, by kind.
    overall
        Mean won amount of all kinds.
    growth
        Mean of the won amount over the amount now, by the stage now.
    growth_sd
        Standard deviation of its logarithm, by the stage now.
    """

    means: Mapping[str, Floats]
    shares: Mapping[str, Floats]
    overall: float
    growth: Floats
    growth_sd: Floats

    def mean_of(self, kind: str) -> float:
        """Return the mean won amount of a kind."""
        return float(self.means[kind] @ self.shares[kind]) if kind in self.means else self.overall

    def square_of(self, kind: str) -> float:
        """Return the mean square of the won amounts of a kind."""
        return float(self.means[kind] ** 2 @ self.shares[kind]) if kind in self.means else self.overall**2

    def fill(self, stood: Stood) -> Floats:
        """Return the money that each group would bring, were all its deals won."""
        known = stood.amount > 0
        growth = np.append(self.growth, 1.0)[stood.stage]
        return np.where(known, stood.amount * growth, stood.n * self.overall)


def learn_sizes(sizes: pd.DataFrame, stood: pd.DataFrame, stages: pd.Index) -> Sizes:
    """Return what won amounts were.

    Parameters
    ----------
    sizes, stood
        Of the history.
    stages
        By which stages are numbered.
    """
    means, shares = {}, {}
    for kind, rows in sizes.groupby("kind", sort=True):
        n = rows["n"].to_numpy(np.float64)
        means[str(kind)], shares[str(kind)] = rows["amount"].to_numpy(np.float64) / n, n / n.sum()
    n_won, amount = float(sizes["n"].sum()), float(sizes["amount"].sum())
    growth, sd = _learn_growth(stood, stages)
    return Sizes(means, shares, amount / n_won if n_won else 0.0, growth, sd)


def _learn_growth(stood: pd.DataFrame, stages: pd.Index) -> tuple[Floats, Floats]:
    """Return the mean growth of won deals until they close and its spread, by stage, drawn to that of all stages."""
    growth, sd = np.ones(len(stages)), np.full(len(stages), _LENT_SD)
    grown = stood[stood["n_grown"] > 0]
    if grown.empty:
        return growth, sd
    sums = grown.groupby("stage")[["n_grown", "amount", "won_amount", "log_growth", "log_growth_squares"]].sum()
    total = sums.sum()
    all_growth = total["won_amount"] / total["amount"] if total["amount"] > 0 else 1.0
    variance = total["log_growth_squares"] / total["n_grown"] - (total["log_growth"] / total["n_grown"]) ** 2
    lent_amount = _LENT_WINS * total["amount"] / total["n_grown"]
    for at, stage in enumerate(stages):
        if stage in sums.index:
            row = sums.loc[stage]
            own = row["log_growth_squares"] - row["log_growth"] ** 2 / row["n_grown"]
            growth[at] = (row["won_amount"] + lent_amount * all_growth) / (row["amount"] + lent_amount)
            sd[at] = np.sqrt((max(own, 0.0) + _LENT_WINS * max(variance, 0.0)) / (row["n_grown"] + _LENT_WINS))
        else:
            growth[at], sd[at] = all_growth, np.sqrt(max(variance, 0.0))
    return np.clip(growth, 1 / _WIDEST_GROWTH, _WIDEST_GROWTH), np.minimum(sd, 1.0)
