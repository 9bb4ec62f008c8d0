"""Did a lead bring more money? Conversion and size of the order together, from a handful of orders on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument
from saleslab.experiments.answers import ArmEstimate, Contrast, Reason, Stakes, order_arms
from saleslab.experiments.contrasts import central_levels, contrast_arms, describe_arms, make_interval
from saleslab.experiments.outcomes import check_units, name_arms, name_rows, number_looks
from saleslab.experiments.rates import Prior, RateComparison, compare_rate_counts
from saleslab.stats.intervals import Interval, check_mass
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.stats.hurdles import Sizes
    from saleslab.stats.size_checks import SizeCheck

Floats = npt.NDArray[np.float64]

FEWEST_ORDERS = 5
"""Orders an arm needs before their size is compared."""

ODD = 0.005
"""Chance of seeing amounts as odd as these, below which the model is doubted."""

_TIGHTER, _WIDER = 1.5, 3.0


@dataclass(frozen=True, slots=True)
class ArmOrders:
    """The orders of one arm.

    Attributes
    ----------
    arm
        Its name.
    n_orders
        Units with an amount above 0.
    mean_order
        Observed mean of these amounts; None without an order.
    largest_share
        Share of the arm's money in its largest order; None without an order.
    """

    arm: str
    n_orders: int
    mean_order: float | None
    largest_share: float | None


@dataclass(frozen=True, slots=True)
class AmountComparison:
    """Arms whose outcomes are amounts of money, most of them 0.

    Attributes
    ----------
    arms
        One entry for each arm, the control first; means are per unit, those that bought nothing included. Empty when
        there are too few orders.
    contrasts
        One entry for each other arm, against the control; empty likewise. ``sensitivity`` tells the lift if each arm
        had a spread of its own (``separate_spread``), or if spreads above 1.5 or up to 3 were believed.
    reasons
        ``TOO_FEW_AMOUNTS``: an arm has fewer than `FEWEST_ORDERS` orders, so that amounts are not compared.
        ``POOR_FIT``: the mean order is not what the logarithms promise. ``HEAVY_TAIL``: the largest order is larger
        than the model expects, or spreads as wide as the bound are likely. ``SPREAD_DIFFERS``: between arms.
    conversion
        The share of units with an order, compared on its own; always given.
    orders
        One entry for each arm.
    spread
        Standard deviation of the logarithm of an order, shared by the arms; None when amounts are not compared.
    check
        How usual the orders are under the model; None likewise.
    currency
        Of the amounts; None where no column said it.
    """

    arms: tuple[ArmEstimate, ...]
    contrasts: tuple[Contrast, ...]
    reasons: tuple[Reason, ...]
    conversion: RateComparison
    orders: tuple[ArmOrders, ...]
    spread: Interval | None
    check: SizeCheck | None
    currency: str | None


def compare_amounts(
    outcomes: pd.DataFrame,
    *,
    arm: str = "arm",
    amount: str = "amount",
    control: str,
    seed: int,
    unit: str | None = None,
    look: str | None = None,
    currency: str | None = None,
    prior: Prior = "jeffreys",
    stakes: Stakes = Stakes(),
    mass: float = 0.95,
) -> AmountComparison:
    """Compare money per unit: revenue, margin or profit of each lead.

    A chance of ordering times a log-normal order whose spread the arms share, integrated by quadrature: the expected
    loss is finite and the same every time, and so is the answer in yen and in million yen. Use `compare_clusters` where
    people, shops or weeks were drawn, or where amounts may be negative.

    The evidence rests on the lot alone: if the treatment changes nothing, neither how many buy nor for how much, it
    exceeds ``1 / alpha`` with a chance of at most ``alpha``, however heavy the tail. It is evidence of a difference;
    that the difference is a gain is what ``chance_better`` says.

    Parameters
    ----------
    outcomes
        One row for each unit that was drawn into an arm.
    arm, amount
        Columns with the arm's name and the unit's money; 0 is no order.
    control
        Name of the arm that the others are compared with.
    seed
        Of the draws that check the model and of the sequence in which evidence is weighed; the estimates have none.
    unit
        Column with the unit's id; given, a unit may appear only once.
    look
        Column with the number of the look at which the row was first seen, rising. Without it all rows are one look:
        the e-value then holds if nobody looked before.
    currency
        Column with the currency of each amount; given, it must be the same everywhere.
    prior
        Of the conversion, as in `compare_rate_counts`.
    stakes
        What a difference is worth; ``amount_per_unit`` is what one unit of money is worth, 1 when None.
    mass
        Chance that the intervals hold the truth.

    Raises
    ------
    BadArgument
        When amounts are missing, negative, infinite or of several currencies, or a unit appears twice; all are named.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"arm": ["old"] * 40 + ["new"] * 40,
    ...     "amount": [120, 80, 300, 95, 150, 60] + [0] * 34 + [130, 90, 210, 400, 75, 160, 110, 280, 95] + [0] * 31})
    >>> answer = compare_amounts(rows, control="old", seed=1)
    >>> lift = answer.contrasts[0]
    >>> round(lift.chance_better, 2), round(lift.expected_loss, 1), answer.reasons
    (0.87, 1.2, ())
    """
    check_mass(mass)
    given = [name for name in (unit, look, currency) if name]
    require_columns(outcomes, arm, amount, *given, of="outcomes")
    amounts = _read_amounts(outcomes, arm=arm, amount=amount, unit=unit)
    money = _read_currency(outcomes, currency)
    labels = name_arms(outcomes[arm]).to_numpy()
    names = order_arms(list(dict.fromkeys(labels)), control=control)
    members = [labels == name for name in names]
    parts = [amounts[mask] for mask in members]
    n_orders = {name: int((part > 0).sum()) for name, part in zip(names, parts, strict=True)}
    conversion = compare_rate_counts(
        n_orders,
        {name: len(part) for name, part in zip(names, parts, strict=True)},
        control=control,
        prior=prior,
        looks=_count_looks(outcomes, labels, amounts > 0, look),
        stakes=replace(stakes, minimum_effect=0.0, equivalence=None, amount_per_unit=None),
        mass=mass,
    )
    orders = tuple(_describe_orders(name, part) for name, part in zip(names, parts, strict=True))
    counted = AmountComparison((), (), (Reason.TOO_FEW_AMOUNTS,), conversion, orders, None, None, money)
    if min(n_orders.values()) < FEWEST_ORDERS:
        return counted
    looks = number_looks(outcomes[look]) if look else None
    evidence = [_weigh(amounts, mask, members[0], looks, seed) for mask in members[1:]]
    worth = replace(stakes, amount_per_unit=Decimal(1)) if stakes.amount_per_unit is None else stakes
    return _compare(counted, names, parts, evidence, seed=seed, stakes=worth, mass=mass)


def _compare(
    counted: AmountComparison,
    names: Sequence[str],
    parts: list[Floats],
    evidence: list[float],
    *,
    seed: int,
    stakes: Stakes,
    mass: float,
) -> AmountComparison:
    """Return what has been counted with what the amounts say."""
    from saleslab.stats.hurdles import believe_apart, believe_means, condense_sizes
    from saleslab.stats.size_checks import check_sizes

    sizes, prior = condense_sizes(parts), counted.conversion.prior
    posterior = believe_means(sizes, prior=prior)
    observed = [float(part.mean()) for part in parts]
    arms = describe_arms(
        posterior,
        names,
        n=[len(part) for part in parts],
        observed=observed,
        priors=[None] * len(names),
        stakes=stakes,
        mass=mass,
    )
    contrasts = contrast_arms(
        posterior,
        names,
        observed=observed,
        log_evidence=evidence,
        others=[
            ("separate_spread", believe_apart(sizes, prior=prior)),
            ("tighter_spread", believe_means(sizes, prior=prior, greatest_spread=_TIGHTER)),
            ("wider_spread", believe_means(sizes, prior=prior, greatest_spread=_WIDER)),
        ],
        stakes=stakes,
        mass=mass,
    )
    check = check_sizes([np.log(part[part > 0]) for part in parts], sizes, seed=seed)
    spread, at_bound = _describe_spread(sizes, mass)
    reasons = [
        reason
        for reason, is_so in (
            (Reason.HEAVY_TAIL, check.tail < ODD or at_bound),
            (Reason.SPREAD_DIFFERS, check.spread < ODD),
            (Reason.POOR_FIT, check.mean < ODD),
        )
        if is_so
    ]
    return replace(counted, arms=arms, contrasts=contrasts, reasons=tuple(reasons), spread=spread, check=check)


def _read_amounts(outcomes: pd.DataFrame, *, arm: str, amount: str, unit: str | None) -> Floats:
    """Return the amounts, or raise naming every row that cannot be used."""
    import pandas as pd

    missing = outcomes[amount].isna().to_numpy(dtype=bool)
    values = pd.to_numeric(outcomes[amount], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    findings = check_units(outcomes, arm=arm, unit=unit)
    findings += name_rows(missing, f"no {amount}")
    findings += name_rows(~missing & ~np.isfinite(values), f"an {amount} that is no number")
    negative = name_rows(values < 0, f"an {amount} below 0")
    if findings or negative:
        steps = ["leave out what is not yet known and write 0 where nothing was bought"] if findings else []
        steps += (
            ["net returns against the order of the same unit, or compare signed amounts with compare_clusters"]
            if negative
            else []
        )
        raise BadArgument(f"Outcomes have {'; '.join(findings + negative)}.", f"{'; '.join(steps)}.")
    return values


def _read_currency(outcomes: pd.DataFrame, currency: str | None) -> str | None:
    if currency is None:
        return None
    missing = name_rows(outcomes[currency].isna().to_numpy(dtype=bool), f"no {currency}")
    counts = outcomes[currency].value_counts()
    if missing or len(counts) != 1:
        seen = ", ".join(f"{name} ({n})" for name, n in sorted(counts.items())) or "none"
        raise BadArgument(
            f"Outcomes have {'; '.join([*missing, f'amounts in {len(counts)} currencies: {seen}'])}.",
            "convert all amounts to one currency, such as amount_base, before comparing them.",
        )
    return str(counts.index[0])


def _count_looks(
    outcomes: pd.DataFrame, labels: npt.NDArray[np.object_], ordered: npt.NDArray[np.bool_], look: str | None
) -> list[tuple[dict[str, int], dict[str, int]]] | None:
    """Return orders and units of each arm, look by look."""
    if look is None:
        return None
    when = np.array(number_looks(outcomes[look]))
    counted = []
    for one in range(int(when.max()) + 1):
        seen = {name: (when == one) & (labels == name) for name in dict.fromkeys(labels[when == one])}
        counted.append(
            (
                {name: int(ordered[mask].sum()) for name, mask in seen.items()},
                {k: int(m.sum()) for k, m in seen.items()},
            )
        )
    return counted


def _weigh(
    amounts: Floats,
    new: npt.NDArray[np.bool_],
    old: npt.NDArray[np.bool_],
    looks: list[int] | None,
    seed: int,
) -> float:
    from saleslab.stats.size_evidence import measure_size_evidence

    pair = new | old
    kept = None if looks is None else [one for one, is_kept in zip(looks, pair, strict=True) if is_kept]
    return float(measure_size_evidence(amounts[pair], new[pair], looks=kept, seed=seed)[-1])


def _describe_orders(name: str, amounts: Floats) -> ArmOrders:
    paid = amounts[amounts > 0]
    if not len(paid):
        return ArmOrders(name, 0, None, None)
    return ArmOrders(name, len(paid), float(paid.mean()), float(paid.max() / paid.sum()))


def _describe_spread(sizes: Sizes, mass: float) -> tuple[Interval, bool]:
    """Return the shared spread, and whether the widest one that is believed is more likely than not to be exceeded."""
    from saleslab.stats.hurdles import GREATEST_SPREAD, believe_spread

    spreads, chances = believe_spread(sizes)
    middles = np.cumsum(chances) - chances / 2
    interval = make_interval(np.interp(central_levels(mass), middles, spreads), mass)
    return interval, interval.estimate > 0.9 * GREATEST_SPREAD
