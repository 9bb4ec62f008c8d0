"""A tree that can be evaluated again and again, with other levels and the same luck.

What each leaf's months may bring is believed (`beliefs`); formulas carry it upwards month by month; luck makes whole
deals of it; what has come already is added. Because all random numbers are kept, the chance of the goal moves smoothly
when a level is moved, and "one more point of win rate" is a difference of two numbers rather than of two dice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from saleslab.kpi.metrics.declaring import Unit
from saleslab.kpi.targets.realising import Months, Realiser
from saleslab.kpi.trees.formulas import Formula, evaluate_term

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_SURE = 1e-9
_LEAST_RATIO = 0.01  # a coupled leaf follows no further: nothing of one would be without end of another


class OnDemand(dict[str, Floats]):
    """Values by name, each computed when it is first asked for."""

    def __init__(self, compute: Callable[[str], Floats]) -> None:
        super().__init__()
        self.compute = compute

    def __missing__(self, name: str) -> Floats:
        self[name] = self.compute(name)
        return self[name]


class Outlook(Protocol):
    """What a leaf's months may bring; `beliefs` make them."""

    @property
    def level(self) -> float:
        """Where the leaf stands, season and luck aside."""
        ...

    def draw(self, n_draws: int, *, months: Sequence[date], seed: int, level: float | None = None) -> Floats:
        """Return expectations of the months, shape (n_draws, months); around another level where one is given."""
        ...

    def realise(self, expected: Floats, *, seed: int) -> Floats:
        """Return what luck makes of expectations."""
        ...

    def realise_mean(self, expected: Floats, n: Floats, *, seed: int) -> Floats:
        """Return what luck makes of the mean of so many amounts."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What may come of every node.

    Attributes
    ----------
    totals
        Of the whole period, shape (draws,): what has come and what may.
    months
        Expectations of the months ahead, shape (draws, months), of all draws, also of those that were not picked.
    """

    totals: Mapping[str, Floats]
    months: Months


@dataclass(frozen=True, slots=True, eq=False)
class TreeModel:
    """The part of a tree that decides one node.

    Attributes
    ----------
    order
        Its nodes, each after those that its formula uses; the decided node last.
    formulas
        Of those that have one.
    units, flows
        Of all of them: the unit, and whether months add up.
    outlooks
        Of the leaves.
    months, shares
        First days of the months that are not over, and which part of each lies ahead.
    come
        What has come of each node in the period so far; 0 where nothing has.
    couplings
        By leaf, and by the leaf that moves it: how it moves in per cent when the other rises by one per cent.
    n_draws, seed
        How often everything is drawn, and from where.
    rows
        Which draws count, some more than once, see `condition`; None: all of them once.
    tilts
        By leaf: how far its level lies from the leaf's own past in those draws, as a ratio (of a rate: of its odds).
    """

    order: tuple[str, ...]
    formulas: Mapping[str, Formula]
    units: Mapping[str, Unit]
    flows: Mapping[str, bool]
    outlooks: Mapping[str, Outlook]
    months: tuple[date, ...]
    shares: tuple[float, ...]
    come: Mapping[str, float]
    couplings: Mapping[str, Mapping[str, float]]
    n_draws: int
    seed: int
    rows: Rows | None = None
    tilts: Mapping[str, float] = field(default_factory=dict)
    _kept: dict[str, Floats] = field(default_factory=dict, repr=False)
    _luck: dict[str, Floats] = field(default_factory=dict, repr=False)
    _seeds: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def root(self) -> str:
        """Id of the node that is decided."""
        return self.order[-1]

    def draw(self, levels: Mapping[str, float] | None = None) -> Drawn:
        """Return what may come of every node, with some leaves moved to other levels."""
        months, totals = self._begin(levels or {}, {})
        return Drawn({name: self.pick(totals[name]) for name in self.order}, months)

    def condition(self, rows: Rows) -> TreeModel:
        """Return the model of which only some draws count, some more than once: what else is known of its root.

        In these draws a leaf stands higher or lower than by its own past. A leaf that is moved to a level moves from
        there: half as much again as its own past says is half as much again as in these draws.
        """
        return replace(self, rows=rows, tilts={name: self._find_tilt(name, rows) for name in self.outlooks})

    def pick(self, values: Floats) -> Floats:
        """Return of values of all draws, shape (draws, ...), those that count."""
        return values if self.rows is None else values[self.rows]

    def seed_of(self, place: str) -> int:
        """Return a seed of its own for every place, whatever other nodes the tree has."""
        if place not in self._seeds:
            state = np.random.SeedSequence([self.seed, *place.encode()]).generate_state(1)
            self._seeds[place] = int(state[0])
        return self._seeds[place]

    def draw_root(
        self, levels: Mapping[str, float] | None = None, *, factors: Mapping[str, Floats] | None = None
    ) -> Floats:
        """Return what the whole period of the root may come to, shape (draws,); what it does not need is not drawn.

        Only draws that count (`rows`) are returned.

        Parameters
        ----------
        levels
            Leaves that are moved to other levels.
        factors
            By which leaves are multiplied, one factor a draw, shape (n_draws,): an effect with its doubt.
        """
        return self.pick(self._begin(levels or {}, factors or {})[1][self.root])

    def _begin(self, moved: Mapping[str, float], factors: Mapping[str, Floats]) -> tuple[Months, Mapping[str, Floats]]:
        expected: dict[str, Floats] = {}
        for name in self.order:
            formula = self.formulas.get(name)
            if formula is None:
                months_ahead = self._expect(name, moved.get(name)) * self._couple(name, moved)
                expected[name] = self._scale(name, months_ahead, factors.get(name))
            else:
                expected[name] = np.broadcast_to(evaluate_term(formula.term, expected), self._shape)
        realiser = Realiser(self.units, self.flows, self._uniforms, self._leaf_of, self._mean_of)
        come = OnDemand(lambda name: realiser.realise(name, self.formulas.get(name), months))
        months = Months(expected, come)
        return months, self._add_up(come)

    def expect_totals(self, drawn: Drawn) -> Floats:
        """Return the root's total with luck left out: what its draws would be if every expectation came true."""
        return self.pick(self._add_up(drawn.months.expected)[self.root])

    @property
    def _shape(self) -> tuple[int, int]:
        return self.n_draws, len(self.months)

    def _expect(self, name: str, level: float | None) -> Floats:
        if level is None and name in self._kept:
            return self._kept[name]
        at = None if level is None else self._tilt(name, level)
        drawn = self.outlooks[name].draw(self.n_draws, months=self.months, seed=self.seed_of(name), level=at)
        ahead = drawn * np.asarray(self.shares) if self.flows[name] else drawn
        if level is None:
            self._kept[name] = ahead
        return ahead

    def _tilt(self, name: str, level: float) -> float:
        tilt = self.tilts.get(name, 1.0)
        if self.units[name] != "rate":
            return level * tilt
        return level * tilt / (1 - level + level * tilt) if 0 < level < 1 else level

    def _find_tilt(self, name: str, rows: Rows) -> float:
        """How much higher a leaf's level is in some draws than in all: months' own ups and downs are left out of it."""
        if not self.months:
            return 1.0
        drawn, still = self._expect(name, None), self._expect(name, self.outlooks[name].level)
        if self.units[name] == "rate":
            apart = (_find_logits(drawn) - _find_logits(still)).mean(axis=1)
            return float(np.exp(apart[rows].mean() - apart.mean()))
        means, around = drawn.mean(axis=1), still.mean(axis=1)
        return float(means[rows].mean() / around[rows].mean() / (means.mean() / around.mean()))

    def _couple(self, name: str, moved: Mapping[str, float]) -> float:
        """By which factor a leaf moves because others were moved; 1 where it was moved itself."""
        factor = 1.0
        for other, elasticity in self.couplings.get(name, {}).items():
            if other in moved and name not in moved:
                ratio = max(moved[other] / self.outlooks[other].level, _LEAST_RATIO)
                factor *= ratio**elasticity
        return factor

    def _scale(self, name: str, expected: Floats, factor: Floats | None) -> Floats:
        if factor is None:
            return expected
        scaled = expected * np.asarray(factor)[:, None]
        return np.minimum(scaled, 1.0) if self.units[name] == "rate" else scaled

    def _leaf_of(self, name: str, expected: Floats) -> Floats:
        return self.outlooks[name].realise(expected, seed=self.seed_of(name))

    def _mean_of(self, name: str, expected: Floats, n: Floats) -> Floats:
        return self.outlooks[name].realise_mean(expected, n, seed=self.seed_of(f"{name}/mean"))

    def _uniforms(self, place: str) -> Floats:
        if place not in self._luck:
            numbers = np.random.default_rng(self.seed_of(f"{place}/luck")).random(self._shape)
            self._luck[place] = np.clip(numbers, 1e-12, 1 - 1e-12)
        return self._luck[place]

    def _add_up(self, months: Mapping[str, Floats]) -> Mapping[str, Floats]:
        """The period of each node: months added where they add up, formulas of periods where they do not."""

        def total(name: str) -> Floats:
            formula = self.formulas.get(name)
            if self.flows[name]:
                return np.asarray(self.come.get(name, 0.0) + months[name].sum(axis=1))
            if formula is not None:
                return np.broadcast_to(evaluate_term(formula.term, totals), (self.n_draws,))
            return np.asarray(months[name].mean(axis=1)) if self.months else np.full(self.n_draws, np.nan)

        totals = OnDemand(total)
        return totals


def _find_logits(rates: Floats) -> Floats:
    sure = np.clip(rates, _SURE, 1 - _SURE)
    return np.asarray(np.log(sure / (1 - sure)))
