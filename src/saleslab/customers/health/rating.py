"""Which customers are about to leave, why, and how far can that be relied on?

The chance of loss of each customer within a horizon, learned from what became of customers like it, tested on moments
that came later than all it was learned from, beside two plain rules: the same chance for everybody, and recency alone.
Where it does no better than the first, no customer is told apart from another, and that is said.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from saleslab.customers.health.model import HealthModel, learn_health
from saleslab.customers.health.rows import BLOCK, FACTORS, GRACE, YEAR, CustomerKind
from saleslab.errors import NotEnoughData
from saleslab.stats import Calibration, Interval, estimate_rate, measure_auc, measure_calibration
from saleslab.stats.calibration import average_rows, log_losses
from saleslab.stats.threads import on_one_thread
from saleslab.tables.presence import require_columns

Floats = npt.NDArray[np.float64]
Withheld = Literal["too_few", "no_signal", "not_calibrated"]

FEWEST = 30
"""Customers of each outcome below which nothing is learned of single customers."""

_SMALLEST_EFFECT = 0.05


@dataclass(frozen=True, slots=True)
class HealthTest:
    """How chances did on later moments.

    Attributes
    ----------
    n, n_lost
        Customers and moments tested.
    auc
        How often a customer that was lost had the higher chance.
    recency_auc
        The same, of days since the last contact or order alone.
    log_loss, base_loss, recency_loss
        Mean log loss of the model, of the rate of all, and of the rate of each level of recency.
    gain
        Loss of the rate of all less that of the model, with its interval; above 0 the model knows something.
    calibration
        Stated chances against what happened.
    """

    n: int
    n_lost: int
    auc: Interval
    recency_auc: Interval
    log_loss: float
    base_loss: float
    recency_loss: float
    gain: Interval
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class KindHealth:
    """What is known about customers of one kind.

    Attributes
    ----------
    kind
        ``contract`` or ``buyer``.
    rate
        Share lost within the horizon, of all moments on record.
    test
        How the model did on later moments; None where there are too few.
    withheld
        Why single customers are not told apart; None where they are.
    n_rated
        Customers that are rated.
    """

    kind: CustomerKind
    rate: Interval
    test: HealthTest | None
    withheld: Withheld | None
    n_rated: int


@dataclass(frozen=True, slots=True, eq=False)
class CustomerHealth:
    """Customers by what is at stake.

    Attributes
    ----------
    frame
        ``kind, account_id, owner_id, due_on, amount, last_contact_on``, ``chance_lost`` with ``low`` and ``high``,
        ``at_stake`` (chance x amount), and ``worse`` and ``better``: the factors that moved the chance most, as tuples
        of (factor, level, log-odds); the largest at stake first.
    kinds
        One entry a kind.
    as_of, horizon
        The day, and the days ahead.
    """

    frame: pd.DataFrame
    kinds: Mapping[CustomerKind, KindHealth]
    as_of: date
    horizon: int

    @property
    def at_stake(self) -> float:
        """Sum of chance x amount."""
        return float(self.frame["at_stake"].sum())


def rate_health(
    groups: pd.DataFrame, accounts: pd.DataFrame, *, as_of: date, horizon: int, mass: float = 0.9
) -> CustomerHealth:
    """Return the chance of loss of each customer, and whether it can be relied on.

    Use it to decide whom to see this week. For how many of a cohort of contracts stay use `fit_renewals`, for what a
    customer will bring `CustomerValue`.

    Parameters
    ----------
    groups, accounts
        From `read_health_groups` and `read_health_accounts`, for the same day and horizon.
    as_of, horizon
        As these were read.
    mass
        Of all intervals.

    Raises
    ------
    TableError
        When a column is missing.
    NotEnoughData
        When there is no customer to rate, or no outcome of any kind is known.
    """
    require_columns(groups, "kind", "block", *FACTORS, "n", "n_lost", of="groups (customers.read_health_groups)")
    require_columns(
        accounts, "kind", "account_id", "due_on", "amount", *FACTORS, of="accounts (customers.read_health_accounts)"
    )
    kinds: dict[CustomerKind, KindHealth] = {}
    parts = []
    both: tuple[CustomerKind, ...] = ("contract", "buyer")
    for kind in both:
        own, rated = groups[groups["kind"] == kind], accounts[accounts["kind"] == kind]
        if own["n"].sum() == 0 or rated.empty:
            continue
        with on_one_thread():
            judged, model = _judge(kind, own, len(rated), horizon=horizon, mass=mass)
        kinds[kind] = judged
        parts.append(_rate(rated, judged, model, mass))
    if not parts:
        raise NotEnoughData(
            f"No customer can be rated on {as_of}: the outcome of no contract and no buyer is known.",
            "import at least a year of orders and of the contacts with their accounts.",
        )
    frame = pd.concat(parts, ignore_index=True)
    order = ["at_stake", "amount", "account_id", "due_on"]
    frame = frame.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    return CustomerHealth(frame, MappingProxyType(kinds), as_of, horizon)


def _judge(
    kind: CustomerKind, groups: pd.DataFrame, n_rated: int, *, horizon: int, mass: float
) -> tuple[KindHealth, HealthModel | None]:
    n, n_lost = int(groups["n"].sum()), int(groups["n_lost"].sum())
    rate = estimate_rate(n_lost, n, mass=mass)
    if min(n_lost, n - n_lost) < FEWEST:
        return KindHealth(kind, rate, None, "too_few", n_rated), None
    overlap = YEAR / BLOCK if kind == "buyer" else 1.0
    gap = math.ceil((horizon / 2 + GRACE) / BLOCK) if kind == "contract" else math.ceil(YEAR / BLOCK) - 1
    test = check_forward(groups, gap=gap, overlap=overlap, mass=mass)
    if test is None:
        return KindHealth(kind, rate, None, "too_few", n_rated), None
    withheld: Withheld | None = None
    if test.gain.low <= 0:
        withheld = "no_signal"
    elif test.calibration.error > 2 * test.calibration.error_by_luck + 0.02:
        withheld = "not_calibrated"
    model = None if withheld else learn_health(groups)
    return KindHealth(kind, rate, test, withheld, n_rated), model


def check_forward(groups: pd.DataFrame, *, gap: int, overlap: float = 1.0, mass: float = 0.9) -> HealthTest | None:
    """Return how models of earlier blocks did on each later block; None with too few outcomes on either side.

    ``gap`` blocks lie between what is learned from and what is tested, since outcomes must be known by then.
    ``overlap`` tells in how many blocks each day of an outcome is counted: the interval of the gain is widened by its
    root, as if so many rows were one.
    """
    tested = []
    for block in sorted(set(groups["block"])):
        before = groups[groups["block"] <= block - 1 - gap]
        known, lost = before["n"].sum(), before["n_lost"].sum()
        if min(lost, known - lost) < FEWEST // 3:
            continue
        own = groups[groups["block"] == block].copy()
        own["chance"] = _chance(learn_health(before).log_odds(own))
        own["base"] = lost / known
        own["by_recency"] = _rule_of_recency(before, own)
        tested.append(own)
    if not tested:
        return None
    rows = pd.concat(tested, ignore_index=True)
    n, n_lost = int(rows["n"].sum()), int(rows["n_lost"].sum())
    if min(n_lost, n - n_lost) < FEWEST // 3:
        return None
    happened = np.repeat(
        np.tile([1.0, 0.0], len(rows)), np.ravel(np.column_stack([rows["n_lost"], rows["n"] - rows["n_lost"]]))
    )
    spread = {
        name: np.repeat(rows[name].to_numpy(dtype=np.float64), rows["n"]) for name in ("chance", "base", "by_recency")
    }
    losses = {name: log_losses(happened, chances) for name, chances in spread.items()}
    return HealthTest(
        n=n,
        n_lost=n_lost,
        auc=measure_auc(happened, spread["chance"], mass=mass),
        recency_auc=measure_auc(happened, spread["by_recency"], mass=mass),
        log_loss=float(losses["chance"].mean()),
        base_loss=float(losses["base"].mean()),
        recency_loss=float(losses["by_recency"].mean()),
        gain=_widen(average_rows(losses["base"] - losses["chance"], mass=mass), overlap),
        calibration=measure_calibration(happened, spread["chance"], mass=mass),
    )


def _widen(interval: Interval, overlap: float) -> Interval:
    reach = (interval.high - interval.low) / 2 * float(np.sqrt(overlap))
    return Interval(interval.estimate, interval.estimate - reach, interval.estimate + reach, interval.mass)


def _rule_of_recency(before: pd.DataFrame, own: pd.DataFrame) -> Floats:
    """Return the rate of the level of recency: of contacts for contracts, of orders for buyers."""
    name = "purchase_recency" if (own["kind"] == "buyer").all() else "recency"
    counted = before.groupby(name)[["n", "n_lost"]].sum()
    rate = before["n_lost"].sum() / before["n"].sum()
    rates = (counted["n_lost"] + 5 * rate) / (counted["n"] + 5)  # as if five customers more had gone as all do
    return own[name].map(rates).fillna(rate).to_numpy(dtype=np.float64)


def _chance(odds: Floats) -> Floats:
    return np.asarray(np.exp(-np.logaddexp(0, -odds)))


def _rate(rated: pd.DataFrame, judged: KindHealth, model: HealthModel | None, mass: float) -> pd.DataFrame:
    from scipy.special import ndtri

    frame = rated.reset_index(drop=True)
    n = len(frame)
    if model is None:
        ends = {"chance_lost": judged.rate.estimate, "low": judged.rate.low, "high": judged.rate.high}
        told: list[tuple[object, ...]] = [()] * n
        frame = frame.assign(**ends, worse=pd.Series(told, dtype=object), better=pd.Series(told, dtype=object))
    else:
        odds, reach = model.log_odds(frame), ndtri((1 + mass) / 2) * model.spread(frame)
        worse, better = _pick_reasons(frame, model)
        chances = {"chance_lost": _chance(odds), "low": _chance(odds - reach), "high": _chance(odds + reach)}
        frame = frame.assign(**chances, worse=worse, better=better)
    amount = frame["amount"].astype(float).clip(lower=0)
    return frame.assign(amount=amount, at_stake=frame["chance_lost"] * amount)


def _pick_reasons(frame: pd.DataFrame, model: HealthModel) -> tuple[pd.Series, pd.Series]:
    """Return the factors that moved each chance most, up and down, three at most."""
    effects = model.effects(frame)
    names = list(effects)
    table = np.column_stack([effects[name] for name in names])
    levels = frame[names].to_numpy(dtype=np.int64)
    worse, better = [], []
    for moved, level in zip(table, levels, strict=True):
        order = np.argsort(-moved, kind="stable")
        told = [(names[at], int(level[at]), float(moved[at])) for at in order if abs(moved[at]) >= _SMALLEST_EFFECT]
        worse.append(tuple(one for one in told if one[2] > 0)[:3])
        better.append(tuple(one for one in reversed(told) if one[2] < 0)[:3])
    return pd.Series(worse, dtype=object), pd.Series(better, dtype=object)
