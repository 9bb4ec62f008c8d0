"""What will become of deals that are open, by how they stand: won, lost or still open, month by month.

Competing risks in discrete time. A month of the forecast is a step; the first is the rest of the present month. In each
step a deal may be won, else lost, else it stays. How it stood on the day of the forecast tells the chances, and is
learnt from deals that stood so on the same day of past months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.pipeline.hazards import Logit, fit_logit
from saleslab.forecasting.pipeline.history import DealHistory
from saleslab.forecasting.pipeline.pooling import find_team_spread
from saleslab.forecasting.pipeline.stays import N_STAYS, N_WIDE, move_on, widen
from saleslab.forecasting.stamps import Whole

_LATE_STEP = 3
_DAYS_IN_MONTH = 30.4
_SPREADS = {
    "stage_step": 1.5,
    "stage_stay": 0.6,
    "due_in_step": 0.6,
    "pushes": 0.4,
    "size": 0.4,
    "season": 0.2,
    "in_quarter": 0.2,
    "month": 0.15,
}
"""How far effects lie apart, in log-odds. A month has a shock of its own: what one month shows is no season yet."""

_BLIND_SPREADS = {
    "stage_step": 1.5,
    "age": 1.5,
    "age_step": 0.7,
    "size": 0.4,
    "season": 0.2,
    "in_quarter": 0.2,
    "in_quarter_age": 0.7,
    "month": 0.15,
}
"""The same where no past stage is on record: age has to tell all, and tells something else as quarters end."""

_N_DUES, _N_PUSHES, _N_SIZES = 5, 4, 4


@dataclass(frozen=True, slots=True, eq=False)
class Stood:
    """Groups of deals as they stood on a day, as numbers of levels.

    Attributes
    ----------
    landmark
        Months back.
    stage, stay, due, pushes, size, team
        Levels; stages and teams that are not known are -1.
    n, amount, amount_squares
        Deals and their money.
    month
        In which month after the day they closed; -1 where they did not.
    outcome
        1 won, 2 lost, 0 open.
    won_amount
        Money that was won.
    """

    landmark: Whole
    stage: Whole
    stay: Whole
    due: Whole
    pushes: Whole
    size: Whole
    team: Whole
    n: Floats
    amount: Floats
    amount_squares: Floats
    month: Whole
    outcome: Whole
    won_amount: Floats

    def __len__(self) -> int:
        return len(self.n)


@dataclass(frozen=True, slots=True)
class Levels:
    """What stages and teams are numbered by."""

    stages: pd.Index
    teams: pd.Index

    @classmethod
    def of(cls, stood: pd.DataFrame) -> Levels:
        """Number all that occurs."""
        return cls(pd.Index(sorted(set(stood["stage"]))), pd.Index(sorted(set(stood["team_id"]) - {""})))


def number_stood(stood: pd.DataFrame, levels: Levels) -> Stood:
    """Return groups of deals as numbers."""
    month = stood["month"].astype("float64").fillna(-1).to_numpy().astype(np.int64)
    outcome = stood["outcome"].map({"open": 0, "won": 1, "lost": 2}).to_numpy(np.int64)
    numbers = {name: stood[name].to_numpy(np.int64) for name in ("landmark", "stay", "due", "pushes", "size")}
    money = {name: stood[name].to_numpy(np.float64) for name in ("n", "amount", "amount_squares", "won_amount")}
    return Stood(
        **numbers,
        **money,
        stage=levels.stages.get_indexer(pd.Index(stood["stage"])).astype(np.int64),
        team=levels.teams.get_indexer(pd.Index(stood["team_id"])).astype(np.int64),
        month=np.where(outcome == 0, -1, month),
        outcome=np.asarray(outcome, dtype=np.int64),
    )


@dataclass(frozen=True, slots=True)
class StandingModel:
    """Chances to be won, and else to be lost, in each step.

    Attributes
    ----------
    won, lost
        In a step, for deals that are still open.
    n_stages
        How many stages there are.
    blind
        Whether past stages are unknown, so that age has to tell all.
    left
        Days of the first step.
    team_spread
        How far teams lie apart, in log-odds: from `pool_win_rates`.
    """

    won: Logit
    lost: Logit
    n_stages: int
    blind: bool
    left: int
    team_spread: float

    def predict(self, stood: Stood, *, months: int, seasons: Whole) -> tuple[Floats, Floats]:
        """Return the chances that each group's deals are won and lost, shape (groups, months).

        Parameters
        ----------
        stood
            The groups.
        months
            Steps ahead.
        seasons
            Calendar month of the first step of each group, from 0.
        """
        won, lost = np.zeros((len(stood), months)), np.zeros((len(stood), months))
        stays, to_come = np.ones(len(stood)), np.full(len(stood), -1)
        for step in range(months):
            levels = _lay_levels(
                stood,
                np.full(len(stood), step),
                (seasons + step) % 12,
                back=to_come,
                blind=self.blind,
                left=self.left,
            )
            is_won = self.won.predict(levels)
            is_lost = (1 - is_won) * self.lost.predict(levels)
            won[:, step], lost[:, step] = stays * is_won, stays * is_lost
            stays = stays * (1 - is_won - is_lost)
        return won, lost


def fit_standing(
    stood: Stood,
    *,
    history: DealHistory,
    n_stages: int,
    n_teams: int,
    known: int = 0,
    like: StandingModel | None = None,
) -> StandingModel:
    """Return the model as it could be fitted some months back.

    Parameters
    ----------
    stood
        All groups.
    history
        For the days.
    n_stages, n_teams
        How many there are.
    known
        Months back: what happened since is not looked at.
    like
        A like fit to begin with.
    """
    blind, left = not history.has_stages, int(history.slots.count_left())
    team_spread = find_team_spread(history) if like is None else like.team_spread
    spreads = {**(_BLIND_SPREADS if blind else _SPREADS), "team": team_spread}
    rows = np.flatnonzero(stood.landmark > known)
    source, step = _list_steps(stood, rows, known=known, skipped=_count_whole(history), n_ahead=history.slots.n_ahead)
    levels = _lay_levels(
        take_groups(stood, source),
        step,
        _season_of(history, stood.landmark[source], step),
        back=stood.landmark[source] - step,
        blind=blind,
        left=left,
    )
    n = stood.n[source]
    here = stood.month[source] == step
    won = n * (here & (stood.outcome[source] == 1))
    lost = n * (here & (stood.outcome[source] == 2))
    n_levels = _count_levels(stood, n_stages, n_teams)
    before = (None, None) if like is None else (like.won.effects, like.lost.effects)
    return StandingModel(
        fit_logit(levels, n, won, spreads=spreads, n_levels=n_levels, start=before[0]),
        fit_logit(levels, n - won, lost, spreads=spreads, n_levels=n_levels, start=before[1]),
        n_stages,
        blind,
        left,
        team_spread,
    )


def _count_levels(stood: Stood, n_stages: int, n_teams: int) -> dict[str, int]:
    return {
        "stage_step": n_stages * (_LATE_STEP + 1),
        "stage_stay": n_stages * N_WIDE,
        "age": N_STAYS,
        "age_step": N_STAYS * (_LATE_STEP + 1),
        "due_in_step": _N_DUES * 2,
        "pushes": _N_PUSHES,
        "size": _N_SIZES,
        "season": 12,
        "in_quarter": 3,
        "in_quarter_age": 3 * N_STAYS,
        "month": int(stood.landmark.max(initial=0)) + 1,
        "team": n_teams,
    }


def _count_whole(history: DealHistory) -> int:
    """Return 1 where the present month is over on the day of the forecast, so that its step has no day."""
    slots = history.slots
    return int(slots.place[slots.now] == slots.n_places - 1)


def _list_steps(stood: Stood, rows: Whole, *, known: int, skipped: int, n_ahead: int) -> tuple[Whole, Whole]:
    """Return each group once for every step that it lived through, as far as was known: row and step.

    A step may be used when its month was over: month m after landmark b ends before landmark k where m < b - k, or
    where m <= b - k if forecasts are made at the end of months.
    """
    seen = np.minimum(stood.landmark[rows] - known + skipped, n_ahead)
    closed = np.where(stood.month[rows] >= 0, stood.month[rows] + 1, seen)
    n_steps = np.minimum(seen, closed)
    first = np.full(len(rows), skipped)
    lived = np.maximum(n_steps - first, 0)
    source = np.repeat(rows, lived)
    offset = np.arange(len(source)) - np.repeat(np.cumsum(lived) - lived, lived)
    return source, (offset + skipped).astype(np.int64)


def _season_of(history: DealHistory, landmark: Whole, step: Whole) -> Whole:
    season_now = int(history.slots.season[history.slots.now])
    return np.asarray((season_now - landmark + step) % 12, dtype=np.int64)


def take_groups(stood: Stood, rows: Whole) -> Stood:
    """Return some of the groups."""
    return Stood(**{name: getattr(stood, name)[rows] for name in Stood.__slots__})


def _lay_levels(
    stood: Stood, step: Whole, season: Whole, *, back: Whole, blind: bool, left: int
) -> Mapping[str, Whole]:
    early = np.minimum(step, _LATE_STEP)
    known = stood.stage >= 0
    begins = np.where(step == 0, 0.0, left + _DAYS_IN_MONTH * (step - 1))
    due = np.select(
        [stood.due == -1, stood.due == 0, stood.due - 1 < step, stood.due - 1 == step], [0, 1, 2, 3], default=4
    )
    return {
        "stage_step": np.where(known, stood.stage * (_LATE_STEP + 1) + early, -1),
        "stage_stay": np.where(known, stood.stage * N_WIDE + widen(stood.stay), -1),
        "age": np.where(blind, move_on(stood.stay, begins), -1),
        "age_step": np.where(blind, stood.stay * (_LATE_STEP + 1) + early, -1),
        "due_in_step": due + _N_DUES * (step == 0),
        "pushes": stood.pushes,
        "size": stood.size,
        "season": season,
        "in_quarter": season % 3,
        "in_quarter_age": np.where(blind, season % 3 * N_STAYS + move_on(stood.stay, begins), -1),
        "month": back,
        "team": stood.team,
    }
