"""How much do teams differ in what they win, once chance is taken off? A small team is drawn to the others.

The log-odds of each team are normal around a common mean. How far teams lie apart is learnt from all of them, and its
uncertainty is summed over a grid; the forecast of the pipeline takes its mean as the spread of its team effects. The
same model in PyMC is the reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.history import DealHistory
from saleslab.stats.intervals import check_mass
from saleslab.stats.sampling import Diagnosis, load_pymc, require_usable, sample_posterior
from saleslab.tables.presence import require_columns

_SPREADS = np.array([0.02, 0.06, 0.1, 0.15, 0.2, 0.27, 0.35, 0.45, 0.6, 0.8, 1.1])
_USUAL_SPREAD = 0.4
"""Half-normal prior of how far teams lie apart, in log-odds."""
_CENTRE_SD = 2.0
_MOST_STEPS = 50
_CLOSE_ENOUGH = 1e-9
_N_POINTS = 2_001
_WIDEST = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class WinRates:
    """What each team wins of its decided deals, partially pooled.

    Attributes
    ----------
    teams
        ``team_id, n_decided, n_won, observed_rate, win_rate, lower, upper``, sorted by ``team_id``.
    spread
        Posterior mean of how far teams lie apart, in log-odds.
    mass
        Of the intervals.
    diagnosis
        Of the draws; None for the fast path.
    """

    teams: pd.DataFrame
    spread: float
    mass: float
    diagnosis: Diagnosis | None


def pool_win_rates(
    decided: pd.DataFrame,
    *,
    mass: float = 0.9,
    method: Literal["fast", "pymc"] = "fast",
    seed: int = 0,
) -> WinRates:
    """Return what each team wins, a small team drawn to the others by as much as teams are alike.

    Parameters
    ----------
    decided
        ``team_id, n_decided, n_won``, one row a team; for the teams of a pipeline from `count_decided`.
    mass
        Of the intervals.
    method
        ``fast`` takes milliseconds; ``pymc`` draws from the same model, and is there to check it.
    seed
        Of the draws.

    Raises
    ------
    NotEnoughData
        With fewer than two teams.
    BadArgument
        When counts make no sense.

    Examples
    --------
    >>> decided = pd.DataFrame({"team_id": ["a", "b", "c"], "n_decided": [400, 380, 4], "n_won": [200, 180, 4]})
    >>> pool_win_rates(decided).teams["win_rate"].round(2).tolist()
    [0.5, 0.48, 0.54]
    """
    require_columns(decided, "team_id", "n_decided", "n_won", of="decided (forecasting.count_decided)")
    check_mass(mass)
    rows = decided.sort_values("team_id", kind="stable").reset_index(drop=True)
    n, won = rows["n_decided"].to_numpy(np.float64), rows["n_won"].to_numpy(np.float64)
    if ((won < 0) | (won > n) | (n == 0)).any() or rows["team_id"].duplicated().any():
        raise BadArgument(
            "Some teams stand twice, decided no deal, or won more than were decided.",
            "count each team once, and leave out those without a decided deal.",
        )
    if len(rows) < 2:
        raise NotEnoughData(f"{len(rows)} team has nothing to be pooled with.", "give at least two teams.")
    ways = {"fast": _pool_fast, "pymc": _pool_pymc}
    if method not in ways:
        raise BadArgument(f"method is {method!r}.", "give 'fast' or 'pymc'.")
    rate, low, high, spread, diagnosis = ways[method](n, won, mass, seed)
    teams = rows[["team_id", "n_decided", "n_won"]].assign(
        observed_rate=won / n,
        win_rate=rate,
        lower=low,
        upper=high,
    )
    return WinRates(teams, spread, mass, diagnosis)


def count_decided(history: DealHistory) -> pd.DataFrame:
    """Return how many deals of each team were decided in the month after a landmark, and how many of them were won."""
    mine = history.stood[(history.stood["month"] == 1) & (history.stood["team_id"] != "")]
    won = mine["n"].where(mine["outcome"] == "won", 0)
    sums = mine.assign(n_decided=mine["n"], n_won=won).groupby("team_id")[["n_decided", "n_won"]].sum()
    return sums.sort_index().reset_index()


def find_team_spread(history: DealHistory) -> float:
    """Return how far teams lie apart, for the effects of teams; what is usual where there are not two of them."""
    decided = count_decided(history)
    if len(decided) < 2:
        return _USUAL_SPREAD
    return max(pool_win_rates(decided).spread, float(_SPREADS[0]))


_Pooled = tuple[Floats, Floats, Floats, float, Diagnosis | None]


def _pool_fast(n: Floats, won: Floats, mass: float, _seed: int) -> _Pooled:
    """Sum over spreads; at each, all log-odds are normal around their most likely values (Laplace)."""
    centres, widths, logs = zip(*(_fit(n, won, spread) for spread in _SPREADS), strict=True)
    weight = np.exp(np.array(logs) - max(logs)) * np.gradient(_SPREADS)
    weight /= weight.sum()
    middle, sd = np.stack(centres), np.stack(widths)
    line = np.linspace(-_WIDEST, _WIDEST, _N_POINTS)
    below = np.tensordot(weight, ndtr((line[None, None, :] - middle[:, :, None]) / sd[:, :, None]), axes=1)
    density = np.diff(below, axis=1)
    rate = density @ expit((line[1:] + line[:-1]) / 2) / density.sum(axis=1)
    ends = [
        np.array([expit(np.interp(chance, team, line)) for team in below])
        for chance in ((1 - mass) / 2, (1 + mass) / 2)
    ]
    return rate, ends[0], ends[1], float(weight @ _SPREADS), None


def _fit(n: Floats, won: Floats, spread: float) -> tuple[Floats, Floats, float]:
    """Return the most likely log-odds of teams at a spread, their standard deviations, and the log evidence."""
    width = len(n) + 1
    found = np.zeros(width)
    precision = np.full(width, spread**-2)
    precision[0] = _CENTRE_SD**-2
    for _ in range(_MOST_STEPS):
        chance = expit(found[0] + found[1:])
        apart, weight = won - n * chance, n * chance * (1 - chance)
        slope = np.concatenate([[apart.sum()], apart]) - precision * found
        bend = np.diag(np.concatenate([[weight.sum()], weight]) + precision)
        bend[0, 1:] = bend[1:, 0] = weight
        step = np.linalg.solve(bend, slope)
        found = found + np.clip(step, -2, 2)
        if np.abs(step).max() < _CLOSE_ENOUGH:
            break
    inverse = np.linalg.inv(bend)
    variance = inverse[0, 0] + np.diag(inverse)[1:] + 2 * inverse[0, 1:]
    total = found[0] + found[1:]
    log_chance = won @ np.log(expit(total)) + (n - won) @ np.log(expit(-total))
    evidence = log_chance - 0.5 * precision @ found**2 + 0.5 * np.log(precision).sum()
    evidence -= 0.5 * float(np.linalg.slogdet(bend)[1]) + 0.5 * (spread / _USUAL_SPREAD) ** 2
    return total, np.sqrt(variance), float(evidence)


def _pool_pymc(n: Floats, won: Floats, mass: float, seed: int) -> _Pooled:
    pm = load_pymc()
    with pm.Model() as model:
        centre = pm.Normal("centre", 0.0, _CENTRE_SD)
        spread = pm.HalfNormal("spread", _USUAL_SPREAD)
        apart = pm.Normal("apart", 0.0, 1.0, shape=len(n))
        odds = pm.Deterministic("odds", centre + spread * apart)
        pm.Binomial("won", n=n.astype(np.int64), logit_p=odds, observed=won.astype(np.int64))
    drawn = require_usable(sample_posterior(model, seed=seed, target_accept=0.95))
    rate = expit(drawn.pooled("odds"))
    low, high = np.quantile(rate, [(1 - mass) / 2, (1 + mass) / 2], axis=0)
    return rate.mean(axis=0), low, high, float(drawn.pooled("spread").mean()), drawn.diagnosis
