"""Past days forecast again, with what was known then: how far off were we, beyond what chance explains?

Independent deals alone would make sums too sure: a good quarter is good for all deals. What past errors show beyond
chance is the shock that deals share; what they show on one side is a bias.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.forecasting.pipeline.arrivals import Cohorts, expect_arrivals, sum_new_won
from saleslab.forecasting.pipeline.history import DealHistory
from saleslab.forecasting.pipeline.sizes import Sizes
from saleslab.forecasting.pipeline.standing import StandingModel, Stood, fit_standing, take_groups

_MOST_TRIALS = 12
_FEWEST_KNOWN = 4
_PRIOR_SD, _PRIOR_TRIALS = 0.12, 4.0
_BIAS_TRIALS = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """Forecasts of past days of the same distance to the end.

    Attributes
    ----------
    frame
        ``back`` (months), ``open_said, open_came, new_said, new_came, chance_sd`` (of the logarithm of the sum, were
        deals independent).
    shock_sd
        Standard deviation of the shock that all deals share, as a logarithm.
    bias
        By how much past sums were higher than said, as a logarithm, shrunk.
    """

    frame: pd.DataFrame
    shock_sd: float
    bias: float


def try_past(
    stood: Stood,
    cohorts: dict[str, Cohorts],
    sizes: Sizes,
    history: DealHistory,
    *,
    model: StandingModel,
    n_teams: int,
    seed: int,
) -> Trials:
    """Return how forecasts of past months would have done."""
    slots, months = history.slots, history.slots.n_ahead
    ahead = len(slots) - 1 - slots.now
    rows = []
    for back in range(slots.first_whole, slots.first_whole + _MOST_TRIALS):
        now = slots.landmark(back)
        if now < 0 or now - history.entry < _FEWEST_KNOWN * slots.n_places:
            break
        mine = np.flatnonzero(stood.landmark == back)
        if not len(mine) or (stood.landmark > back).sum() == 0:
            continue
        fitted = fit_standing(stood, history=history, n_stages=model.n_stages, n_teams=n_teams, known=back, like=model)
        group = take_groups(stood, mine)
        season = int(slots.season[now])
        won, _ = fitted.predict(group, months=months, seasons=np.full(len(group), season))
        chance = won.sum(axis=1)
        amount = sizes.fill(group)
        said = chance * amount
        spread = chance * (1 - chance) * amount**2 / np.maximum(group.n, 1)
        came = group.won_amount[(group.outcome == 1) & (group.month < months)].sum()
        new_said, new_came, new_spread = 0.0, 0.0, 0.0
        for kind, cohort in cohorts.items():
            expected = expect_arrivals(cohort, slots, entry=history.entry, now=now, until=now + ahead, seed=seed)
            new_said += expected.n_won * sizes.mean_of(kind)
            new_spread += expected.n_won * sizes.square_of(kind)
            new_came += sum_new_won(cohort, now=now, until=now + ahead)
        total = said.sum() + new_said
        if total <= 0 or came + new_came <= 0:
            continue
        rows.append(
            {
                "back": back,
                "open_said": float(said.sum()),
                "open_came": float(came),
                "new_said": new_said,
                "new_came": new_came,
                "chance_sd": float(np.sqrt(spread.sum() + new_spread) / total),
            }
        )
    frame = pd.DataFrame(rows, columns=["back", "open_said", "open_came", "new_said", "new_came", "chance_sd"])
    return Trials(frame, *_find_shock(frame, months))


def _find_shock(frame: pd.DataFrame, months: int) -> tuple[float, float]:
    """Return the spread of the shared shock, and the bias; trials whose months overlap count as fewer."""
    if frame.empty:
        return _PRIOR_SD, 0.0
    error = np.log((frame["open_came"] + frame["new_came"]) / (frame["open_said"] + frame["new_said"])).to_numpy(float)
    n = len(frame) / months
    bias = float(error.mean()) * n / (n + _BIAS_TRIALS)
    beyond = float(((error - bias) ** 2 - frame["chance_sd"].to_numpy(float) ** 2).mean())
    variance = (_PRIOR_TRIALS * _PRIOR_SD**2 + n * max(beyond, 0.0)) / (_PRIOR_TRIALS + n)
    return float(np.sqrt(variance)), bias
