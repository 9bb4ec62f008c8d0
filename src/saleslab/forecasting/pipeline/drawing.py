"""Futures of the pipeline: who is won, for how much, and what comes besides, under a shock that all deals share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.sizes import Sizes

_N_KEPT = 300
_CHUNK = 400


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of the pipeline: sums, and what the largest deals bring in each."""

    totals: pd.DataFrame
    largest: pd.DataFrame


def draw_open(told: pd.DataFrame, shock: Floats, rng: np.random.Generator) -> tuple[Floats, pd.DataFrame]:
    """Return what open deals bring in each draw, and what each of the largest brings.

    A shock multiplies the rate at which deals are won: no chance leaves 0 to 1.
    """
    stays = 1 - np.clip(told["chance_won"].to_numpy(np.float64), 0.0, 1.0)
    amount = told["amount"].to_numpy(np.float64) * told["growth"].to_numpy(np.float64)
    sd = told["growth_sd"].to_numpy(np.float64)
    total, kept = np.zeros(len(shock)), {}
    for start in range(0, len(told), _CHUNK):
        part = slice(start, start + _CHUNK)
        chance = 1 - stays[part][None, :] ** np.exp(shock)[:, None]
        is_won = rng.random(chance.shape) < chance
        grown = np.exp(sd[part] * rng.standard_normal(chance.shape) - sd[part] ** 2 / 2)
        brought = is_won * amount[part] * grown
        total += brought.sum(axis=1)
        for at in range(start, min(start + _CHUNK, _N_KEPT, len(told))):
            kept[told["opportunity_id"].iloc[at]] = brought[:, at - start]
    return total, pd.DataFrame(kept)


def draw_new(new: pd.DataFrame, sizes: Sizes, shock: Floats, rng: np.random.Generator) -> Floats:
    """Return what deals that are not there yet bring in each draw."""
    total = np.zeros(len(shock))
    for kind, expected in zip(new["kind"], new["n_won"], strict=True):
        if expected <= 0:
            continue
        means = sizes.means.get(kind, np.array([sizes.overall]))
        shares = sizes.shares.get(kind, np.array([1.0]))
        rate = expected * np.exp(shock)[:, None] * shares[None, :]
        total += rng.poisson(rate) @ means
    return total
