"""`Belief`: what the next months of one measure may bring, to be asked again and again with the same luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.kpi.beliefs.chances import count_allowed, count_needed
from saleslab.kpi.beliefs.histories import Months, number_months
from saleslab.kpi.beliefs.models import MeanModel, Model, ShareModel
from saleslab.stats import Interval, keep_numbers
from saleslab.stats.intervals import check_mass

Floats = npt.NDArray[np.float64]
Family = Literal["count", "rate", "value", "sum", "duration", "rating"]
Direction = Literal["up", "down"]
Ahead = int | Sequence[date]

N_DRAWS = 4_000
"""Draws of a chance: off by less than 0.8 points, as luck of the draws goes."""


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is believed of one measure's next months.

    Attributes
    ----------
    metric_id, family
        The measure, and how its months vary.
    past
        The months that it was learned from.
    model
        Level, spread, season and trend, with their doubts.
    pieces
        Trials, or pieces of a mean, of a month to come as far as nobody says otherwise: the middle of the last six.
    """

    metric_id: str
    family: Family
    past: Months
    model: Model
    pieces: float

    @property
    def level(self) -> float:
        """Where the measure stands, season and luck aside: the posterior mean."""
        grid, levels = self.model.points
        return grid.average(levels)

    def interval(self, mass: float = 0.9) -> Interval:
        """Return the level with the range that holds it with a chance."""
        check_mass(mass)
        grid, levels = self.model.points
        low, high = (float(end) for end in grid.quantiles(levels, [(1 - mass) / 2, (1 + mass) / 2]))
        return Interval(self.level, min(low, self.level), max(high, self.level), mass)

    def draw(
        self, n_draws: int = N_DRAWS, *, months: Ahead = 1, seed: int, level: float | None = None, shift: float = 0.0
    ) -> Floats:
        """Return expectations of months to come, the luck of finite numbers left out, shape (n_draws, months).

        Parameters
        ----------
        n_draws
            How many.
        months
            Days in the months that are asked for, or how many of the next ones.
        seed
            The same seed gives the same numbers, whatever the level.
        level
            What if the level were this: its doubt is left out, months vary around it as before.
        shift
            What if the level were so much higher, in its own unit, its doubt kept: the ratio (of a share: the odds) of
            every draw moves as that of the level does.
        """
        at = self._number(months)
        numbers = keep_numbers(seed, n_draws, len(at))
        drawn = self.model.draw(numbers, self.past.ahead(at), at % 12, level)
        return self._move(drawn, shift) if shift else drawn

    def realise(self, expected: Floats, *, seed: int, n: npt.ArrayLike | None = None) -> Floats:
        """Return what luck makes of expectations, in whole successes and whole things.

        Parameters
        ----------
        expected
            From `draw`.
        seed
            As `draw` was given.
        n
            Trials or pieces of each month, of a shape that fits; None takes `pieces`.
        """
        sizes = np.asarray(self.pieces if n is None else n, dtype=np.float64)
        return self.model.realise(expected, sizes, keep_numbers(seed, *expected.shape).luck)

    def realise_mean(self, expected: Floats, n: Floats, *, seed: int) -> Floats:
        """Return what luck makes of the mean of so many pieces; of other measures the expectation itself."""
        if not isinstance(self.model, MeanModel):
            return expected
        return self.model.realise(expected, n, keep_numbers(seed, *expected.shape).luck)

    def foresee(
        self,
        *,
        months: Ahead = 1,
        seed: int,
        n: npt.ArrayLike | None = None,
        level: float | None = None,
        n_draws: int = N_DRAWS,
    ) -> Floats:
        """Return what months may come to together, shape (n_draws,): a sum, or the share or mean of all pieces."""
        expected = self.draw(n_draws, months=months, seed=seed, level=level)
        sizes = np.asarray(self.pieces if n is None else n, dtype=np.float64)
        return self.model.add_up(self.realise(expected, seed=seed, n=sizes), sizes)

    def chance(
        self,
        target: float,
        *,
        direction: Direction = "up",
        months: Ahead = 1,
        seed: int,
        n: npt.ArrayLike | None = None,
        level: float | None = None,
    ) -> float:
        """Return the chance that months together reach a target: at least it (``up``), or at most it (``down``).

        One month of a share is an integral; all else is counted among draws.
        """
        if np.isnan(target):
            raise BadArgument(
                f"The target of '{self.metric_id}' is no number.", "give the number that is to be reached."
            )
        if isinstance(self.model, ShareModel) and level is None and len(self._number(months)) == 1:
            trials = round(float(np.ravel(self.pieces if n is None else n)[0]))
            if trials < 1:
                raise BadArgument(
                    f"n is {trials}: without trials '{self.metric_id}' has no share.",
                    "give the trials of the month, 1 or more.",
                )
            rates = self.model.rates
            if direction == "up":
                return rates.chance_at_least(count_needed(target, trials), trials)
            return 1 - rates.chance_at_least(count_allowed(target, trials) + 1, trials)
        come = self.foresee(months=months, seed=seed, n=n, level=level)
        return float(((come >= target) if direction == "up" else (come <= target)).mean())

    def _number(self, months: Ahead) -> npt.NDArray[np.int64]:
        """Return the numbers of the months that are asked for."""
        if isinstance(months, int):
            if months < 1:
                raise BadArgument(f"months is {months}.", "give 1 or more, or days in the months that are asked for.")
            return np.asarray(self.past.number[-1] + np.arange(1, months + 1), dtype=np.int64)
        at = number_months(months)
        over = int((at <= self.past.number[-1]).sum())
        if over:
            raise BadArgument(
                f"{over} of {len(at)} months of '{self.metric_id}' are over.",
                "ask for months after the last known one.",
            )
        return at

    def _move(self, drawn: Floats, shift: float) -> Floats:
        level = self.level
        if isinstance(self.model, ShareModel):
            moved = float(np.clip(level + shift, 1e-6, 1 - 1e-6))
            ratio = moved / (1 - moved) * (1 - level) / level
            return np.asarray(drawn * ratio / (1 - drawn + drawn * ratio))
        return drawn * (max(level + shift, 0.0) / level)
