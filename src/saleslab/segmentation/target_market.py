"""Which kind of company should we look for? What a deal brings, how often we win, and how many there are.

The best of many kinds by its own average is usually one of which little is known. Rates and amounts are therefore
pooled between kinds before they are multiplied, and a kind that has hardly been tried is listed apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.errors import NotEnoughData, TableError
from saleslab.stats import Interval, pool_estimates, pool_rates
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]

_FEWEST_DEALS = 10
_FEWEST_SEGMENTS = 3
_N_DRAWS = 4000


@dataclass(frozen=True, slots=True)
class TargetSegment:
    """One kind of company.

    Attributes
    ----------
    segment
        Its name.
    n_deals, n_won
        Decided and won deals with such companies.
    win_rate
        Share of deals won, pooled with the other kinds.
    deal_value
        Typical amount of a won deal (its median), pooled likewise.
    n_companies
        How many such companies there are to win.
    coverage
        Share of them that is on the list of targets; None without a list.
    worth
        What asking all of them would bring: win rate, mean amount and number multiplied.
    chance_best, chance_top_two
        That no other kind, or at most one, is worth more.
    is_tried
        Whether at least ten deals were decided; others are listed last, whatever they are worth on paper.
    """

    segment: str
    n_deals: int
    n_won: int
    win_rate: Interval
    deal_value: Interval
    n_companies: int
    coverage: float | None
    worth: Interval
    chance_best: float
    chance_top_two: float
    is_tried: bool


@dataclass(frozen=True, slots=True)
class TargetMarket:
    """Kinds of company, the one to look for first first.

    Attributes
    ----------
    segments
        Tried ones by worth, then the others by worth.
    coverage
        Share of all companies that is on the list of targets, each weighed by its kind's worth; None without a list.
    """

    segments: tuple[TargetSegment, ...]
    coverage: float | None


def rank_target_market(
    deals: pd.DataFrame,
    market: pd.DataFrame,
    *,
    seed: int,
    segment: str = "segment",
    won: str = "is_won",
    amount: str = "amount",
    mass: float = 0.9,
) -> TargetMarket:
    """Return which kinds of company to look for, by value, win rate and number, with intervals.

    Win rates are pooled by `pool_rates`. Logarithms of amounts have one spread within kinds, and their means are pooled
    by `pool_estimates`. The product is drawn from the two posteriors, a Beta and a normal distribution with their means
    and spreads.

    Parameters
    ----------
    deals
        One row a decided deal: segment, whether it was won, and its amount, which only won deals need.
    market
        One row a segment: the segment, ``n_companies`` and, where there is a list of targets, ``n_targeted`` of them.
    seed
        Of the draws.
    segment, won, amount
        Names of the columns.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        When the market has fewer than three segments, or fewer than three of them won at least one deal.
    TableError
        When a won deal has no amount above 0, a segment has two rows, or numbers of companies do not count companies.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> deals = pd.DataFrame({"segment": np.repeat(["it", "food", "bank"], 80), "amount": rng.lognormal(3, 1, 240)})
    >>> deals["is_won"] = rng.random(240) < np.repeat([0.5, 0.1, 0.1], 80)
    >>> market = pd.DataFrame({"segment": ["it", "food", "bank"], "n_companies": [500, 500, 500]})
    >>> rank_target_market(deals, market, seed=1).segments[0].segment
    'it'
    """
    check_mass(mass)
    require_columns(deals, segment, won, amount, of="deals")
    require_columns(market, segment, "n_companies", of="market")
    _check(deals, market, (segment, won, amount))
    names = sorted(market[segment].astype(str))
    sized = market.assign(**{segment: market[segment].astype(str)}).set_index(segment).reindex(names)
    kinds = deals[segment].astype("string")
    is_won = deals[won].astype(bool)
    n_deals = kinds.value_counts().reindex(names, fill_value=0).to_numpy(np.int64)
    n_won = kinds[is_won].value_counts().reindex(names, fill_value=0).to_numpy(np.int64)
    logs = pd.Series(np.log(deals.loc[is_won, amount].to_numpy(np.float64)))
    values = _pool_amounts(logs, kinds[is_won], names, mass)
    rates = pool_rates(n_won.tolist(), n_deals.tolist(), mass=mass).groups
    companies = sized["n_companies"].to_numpy(np.float64)
    worth = _draw_worth(rates, values, mass, np.random.default_rng(seed)) * companies
    place = (-worth).argsort(axis=1, kind="stable").argsort(axis=1)
    listed = sized["n_targeted"].to_numpy(np.float64) if "n_targeted" in sized.columns else None
    ranked = [
        TargetSegment(
            name,
            int(n_deals[at]),
            int(n_won[at]),
            rates[at],
            _typical(values[at], mass),
            int(companies[at]),
            None if listed is None else float(listed[at] / companies[at]),
            _summarise(worth[:, at], mass),
            float((place[:, at] == 0).mean()),
            float((place[:, at] <= 1).mean()),
            bool(n_deals[at] >= _FEWEST_DEALS),
        )
        for at, name in enumerate(names)
    ]
    ranked.sort(key=lambda one: (not one.is_tried, -one.worth.estimate, one.segment))
    means = worth.mean(axis=0)
    covered = None if listed is None else float(means @ (listed / companies) / means.sum())
    return TargetMarket(tuple(ranked), covered)


def _check(deals: pd.DataFrame, market: pd.DataFrame, names: tuple[str, str, str]) -> None:
    segment, won, amount = names
    paid = deals.loc[deals[won].fillna(value=False).astype(bool), amount].to_numpy(np.float64, na_value=np.nan)
    companies = market["n_companies"].to_numpy(np.float64, na_value=np.nan)
    listed = market.get("n_targeted", market["n_companies"]).to_numpy(np.float64, na_value=np.nan)
    known = set(market[segment].dropna().astype(str))
    faults = {
        "won deals without an amount above 0": int((~(np.isfinite(paid) & (paid > 0))).sum()),
        "deals that say neither won nor lost": int(deals[won].isna().sum()),
        "deals of no segment of the market": int((~deals[segment].astype("string").isin(known)).sum()),
        "segments with two rows or no name": int((market[segment].duplicated() | market[segment].isna()).sum()),
        "segments without companies": int((~(np.isfinite(companies) & (companies >= 1))).sum()),
        "segments with more targets than companies": int((~((listed >= 0) & (listed <= companies))).sum()),
    }
    if any(faults.values()):
        told = ", ".join(f"{n} {what}" for what, n in faults.items() if n)
        raise TableError(
            f"The target market cannot be ranked: {told}.", "complete or leave out these rows; count each kind once."
        )


def _pool_amounts(logs: pd.Series, kinds: pd.Series, names: list[str], mass: float) -> list[tuple[float, float, float]]:
    """Return for each segment mean and spread of the mean logarithm, and the variance of logarithms within."""
    groups = logs.groupby(kinds.to_numpy())
    found = groups.agg(["mean", "count"])
    spare = int(found["count"].sum()) - len(found)
    if len(names) < _FEWEST_SEGMENTS or len(found) < _FEWEST_SEGMENTS or spare < 1:
        raise NotEnoughData(
            f"{len(found)} of {len(names)} segments won a deal, {len(logs)} in all.",
            f"compare at least {_FEWEST_SEGMENTS} segments that won deals, or form larger ones.",
        )
    within = float((groups.var(ddof=0) * found["count"]).sum()) / spare
    within = max(within, 1e-6)
    pooled = pool_estimates(found["mean"].to_numpy(), np.sqrt(within / found["count"].to_numpy(np.float64)), mass=mass)
    of_name = {
        str(name): (member.estimate, member.width / (2 * _z(mass)), within)
        for name, member in zip(found.index, pooled.members, strict=True)
    }
    return [of_name.get(name, (pooled.next_mean, pooled.next_sd, within)) for name in names]


def _draw_worth(
    rates: tuple[Interval, ...], values: list[tuple[float, float, float]], mass: float, rng: np.random.Generator
) -> Floats:
    """Return draws of win rate times mean amount; shape (draws, segments)."""
    drawn = []
    for rate, (mean, spread, within) in zip(rates, values, strict=True):
        sd = max(rate.width / (2 * _z(mass)), 1e-9)
        size = max(rate.estimate * (1 - rate.estimate) / sd**2 - 1, 0.1)
        chance = rng.beta(rate.estimate * size, (1 - rate.estimate) * size, _N_DRAWS)
        drawn.append(chance * np.exp(mean + spread * rng.standard_normal(_N_DRAWS) + within / 2))
    return np.stack(drawn, axis=1)


def _typical(value: tuple[float, float, float], mass: float) -> Interval:
    mean, spread, _ = value
    low, high = np.exp([mean - _z(mass) * spread, mean + _z(mass) * spread]).tolist()
    return Interval(float(np.exp(mean)), low, high, mass)


def _summarise(draws: Floats, mass: float) -> Interval:
    low, high = np.quantile(draws, [(1 - mass) / 2, (1 + mass) / 2]).tolist()
    mean = float(draws.mean())
    return Interval(mean, min(low, mean), max(high, mean), mass)


def _z(mass: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + mass) / 2))
