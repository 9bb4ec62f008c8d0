"""What past experiments say about the next one: how large effects are, and how much of a win was luck.

Both need every test of the registry, the dull ones too: effects learned from wins alone are too large.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats import Interval
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.stats.estimates import PooledEstimates

Scale = Literal["absolute", "relative"]

LEAST_WEIGHT, MOST_WEIGHT = 20.0, 50.0
"""Between these lies the cap on how many units a learned prior of a rate may count for."""

_FEWEST = 3
_SHIPPED = "ship"


@dataclass(frozen=True, slots=True)
class EffectPrior:
    """What an effect is expected to be before its test.

    Attributes
    ----------
    metric, scale
        Of which metric, and whether the lift is a difference or relative to the control.
    n_contrasts
        From how many past contrasts.
    mean, sd
        Of the true effect of the next test.
    centre, spread
        Mean of true effects, and how far they lie apart.
    """

    metric: str
    scale: Scale
    n_contrasts: int
    mean: float
    sd: float
    centre: Interval
    spread: Interval


@dataclass(frozen=True, slots=True)
class RatePrior:
    """A Beta prior of a rate, learned from the control arms of past tests; every rate comparison takes it as ``prior``.

    Attributes
    ----------
    a, b
        Of the Beta distribution.
    metric
        Of which metric.
    n_tests
        From how many tests.
    weight_found
        How many units it would count for without the cap.
    """

    a: float
    b: float
    metric: str
    n_tests: int
    weight_found: float

    @property
    def weight(self) -> float:
        """How many units it counts for."""
        return self.a + self.b


@dataclass(frozen=True, slots=True)
class WinnersCurse:
    """What was seen in the tests that were shipped, and what is to be expected of them.

    Attributes
    ----------
    contrasts
        One row for each past contrast: ``experiment_id, treatment, observed_lift, error, expected_lift, low, high,
        is_shipped``; `expected_lift` is the observed one seen among all others.
    n_shipped
        How many were shipped.
    observed, expected
        Mean lift of those, as observed and as expected; None where none was shipped.
    """

    contrasts: pd.DataFrame
    n_shipped: int
    observed: float | None
    expected: float | None


def learn_effects(results: pd.DataFrame, *, metric: str, scale: Scale = "absolute", mass: float = 0.95) -> EffectPrior:
    """Return how large the effect of the next test on a metric may be, from all tests so far.

    Normal effects seen with normal errors, the spread between tests integrated out by quadrature
    (`saleslab.stats.estimates.pool_estimates`).

    Parameters
    ----------
    results
        `Registry.results`, with tests that changed nothing.
    metric
        Whose effects.
    scale
        ``absolute`` differences, or ``relative`` to the control, which carries over between baselines.
    mass
        Of the intervals.

    Raises
    ------
    NotEnoughData
        With fewer than three contrasts.
    """
    rows, pooled = _pool(results, metric=metric, scale=scale, mass=mass)
    return EffectPrior(metric, scale, len(rows), pooled.next_mean, pooled.next_sd, pooled.centre, pooled.spread)


def expose_winners_curse(
    results: pd.DataFrame, *, metric: str, scale: Scale = "absolute", mass: float = 0.95
) -> WinnersCurse:
    """Return how far the lifts of shipped tests lie above what is to be expected of them.

    A test is shipped because its lift came out large; part of that is luck, which does not come back. See
    `learn_effects` for the model, the parameters and the errors.
    """
    rows, pooled = _pool(results, metric=metric, scale=scale, mass=mass)
    table = rows[["experiment_id", "treatment", "observed_lift", "error"]].copy()
    for name, values in (
        ("expected_lift", [member.estimate for member in pooled.members]),
        ("low", [member.low for member in pooled.members]),
        ("high", [member.high for member in pooled.members]),
        ("is_shipped", rows["verdict"].eq(_SHIPPED)),
    ):
        table[name] = values
    shipped = table[table["is_shipped"]]
    means = [float(shipped[name].mean()) if len(shipped) else None for name in ("observed_lift", "expected_lift")]
    return WinnersCurse(table.reset_index(drop=True), len(shipped), means[0], means[1])


def _pool(results: pd.DataFrame, *, metric: str, scale: Scale, mass: float) -> tuple[pd.DataFrame, PooledEstimates]:
    """Return the contrasts of a metric with ``observed_lift`` and ``error`` on one scale, and all of them pooled."""
    from scipy.special import ndtri

    from saleslab.stats.estimates import pool_estimates

    lift, low, high = ("lift", "low", "high") if scale == "absolute" else tuple(
        f"relative_{name}" for name in ("lift", "low", "high")
    )  # fmt: skip
    require_columns(results, "experiment_id", "treatment", "metric", "mass", "verdict", lift, low, high, of="results")
    rows = results[results["metric"].eq(metric) & results[lift].notna()].copy()
    if len(rows) < _FEWEST:
        raise NotEnoughData(
            f"The registry holds {len(rows)} results of '{metric}', too few to learn from.",
            f"finish at least {_FEWEST} tests, those without effect included, and log their results.",
        )
    rows["observed_lift"] = rows[lift].astype(float)
    rows["error"] = (rows[high] - rows[low]).astype(float) / (2 * ndtri((1 + rows["mass"].astype(float)) / 2))
    return rows, pool_estimates(rows["observed_lift"].to_numpy(), rows["error"].to_numpy(), mass=mass)


def learn_rates(results: pd.DataFrame, *, metric: str, cap: float = LEAST_WEIGHT) -> RatePrior:
    """Return a Beta prior of a rate from the control arms of past tests.

    Its mean and variance are those of the rate of a new test among the past ones (`saleslab.stats.pool_rates`), but it
    counts for no more than ``cap`` units, so that twenty leads of a new test weigh as much as all history.

    Parameters
    ----------
    results
        `Registry.results`.
    metric
        A metric of kind ``rate``.
    cap
        From 20 to 50.

    Raises
    ------
    NotEnoughData
        With fewer than three tests.
    BadArgument
        When the cap lies outside 20 to 50.
    """
    from saleslab.stats import pool_rates

    if not LEAST_WEIGHT <= cap <= MOST_WEIGHT:
        raise BadArgument(
            f"A learned prior cannot count for {cap} units.", f"give a cap from {LEAST_WEIGHT:g} to {MOST_WEIGHT:g}."
        )
    require_columns(results, "experiment_id", "metric", "kind", "n_control", "mean_control", of="results")
    rows = results[results["metric"].eq(metric) & results["kind"].eq("rate")].drop_duplicates("experiment_id")
    if len(rows) < _FEWEST:
        raise NotEnoughData(
            f"The registry holds {len(rows)} tests of the rate '{metric}', too few to learn from.",
            f"finish at least {_FEWEST} tests and log their results, or use the Jeffreys prior.",
        )
    trials = rows["n_control"].astype(int)
    successes = (rows["mean_control"].astype(float) * trials).round().astype(int)
    pooled = pool_rates(successes.tolist(), trials.tolist(), mass=0.6827)
    mean = pooled.centre.estimate
    variance = pooled.spread.estimate**2 + (pooled.centre.width / 2) ** 2
    found = mean * (1 - mean) / variance - 1
    weight = min(max(found, 1.0), cap)
    return RatePrior(mean * weight, (1 - mean) * weight, metric, len(rows), float(found))
