"""How many of the next units each arm should get, when learning may be traded for earning.

Thompson (1933): each arm in proportion to its chance of being the best. The chances come from quadrature, so that the
same data always give the same shares. It is offline: shares are set between periods, never while people are working.
A test whose shares follow its data cannot be judged by its e-value any more; allocate after the question is settled,
or where earning is all that matters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from saleslab.errors import BadArgument
from saleslab.experiments.answers import Comparison


@dataclass(frozen=True, slots=True)
class Allocation:
    """Shares of the next units.

    Attributes
    ----------
    shares
        Share of each arm, the control first; they add up to 1.
    counts
        Whole units of each arm, where a number of units was given.
    """

    shares: tuple[tuple[str, float], ...]
    counts: tuple[tuple[str, int], ...] | None


def allocate_arms(comparison: Comparison, *, floor: float = 0.1, n_units: int | None = None) -> Allocation:
    """Return the share of the next units that each arm should get.

    The floor is added, not cut: with ``k`` arms each gets ``floor + (1 - k floor) * chance_best``, so that a better arm
    never gets less than a worse one.

    Parameters
    ----------
    comparison
        Any comparison of this room.
    floor
        Share that every arm keeps, so that it can prove itself yet; at most one divided by the number of arms.
    n_units
        Units to be given out.

    Raises
    ------
    BadArgument
        When the floor cannot be kept, or the number of units is negative.

    Examples
    --------
    >>> from types import SimpleNamespace as Arm
    >>> seen = Arm(arms=(Arm(arm="old", chance_best=0.2), Arm(arm="new", chance_best=0.8)), contrasts=(), reasons=())
    >>> allocate_arms(seen, floor=0.1, n_units=50).counts
    (('old', 13), ('new', 37))
    """
    n_arms = len(comparison.arms)
    if not 0 <= floor <= 1 / n_arms:
        raise BadArgument(
            f"{n_arms} arms cannot each keep a floor of {floor}.", f"give a floor from 0 to {1 / n_arms:.3f}."
        )
    if n_units is not None and n_units < 0:
        raise BadArgument(f"{n_units} units cannot be given out.", "give a number from 0 up.")
    total = math.fsum(arm.chance_best for arm in comparison.arms)
    shares = tuple((arm.arm, floor + (1 - n_arms * floor) * arm.chance_best / total) for arm in comparison.arms)
    return Allocation(shares, None if n_units is None else _round(shares, n_units))


def _round(shares: tuple[tuple[str, float], ...], n: int) -> tuple[tuple[str, int], ...]:
    """Return whole numbers that add up: the largest remainders are rounded up (Hamilton)."""
    whole = [math.floor(n * share + 1e-9) for _, share in shares]
    rest = sorted(range(len(shares)), key=lambda i: (whole[i] - n * shares[i][1], -shares[i][1]))
    for i in rest[: n - sum(whole)]:
        whole[i] += 1
    return tuple((arm, count) for (arm, _), count in zip(shares, whole, strict=True))
