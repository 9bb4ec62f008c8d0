"""How the numbers of an experiment are written: levels and lifts in the unit of the metric, chances in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from saleslab.experiments.plans import MetricKind
from saleslab.wording import Days, Money, Number, Points, Share, Text, say, section
from saleslab.wording.values import Value

_PLAIN: Mapping[str, float] = MappingProxyType(
    {
        "f001": 0.01, "f005": 0.05, "f010": 0.1, "f020": 0.2, "f025": 0.25, "f033": 1 / 3, "f040": 0.4, "f050": 0.5,
        "f060": 0.6, "f067": 2 / 3, "f075": 0.75, "f080": 0.8, "f090": 0.9, "f095": 0.95, "f099": 0.99,
    }
)  # fmt: skip
_CERTAIN = 0.995


def tell_chance(chance: float) -> Text:
    """Return a chance as one would say it: the nearest simple fraction.

    Examples
    --------
    >>> tell_chance(0.81).en, tell_chance(0.81).ja
    ('four times in five', '5回に4回')
    >>> tell_chance(0.9991).en
    'more than 199 times in 200'
    """
    if chance > _CERTAIN or chance < 1 - _CERTAIN:
        return say(f"experiments.chance.{'almost_always' if chance > 0.5 else 'almost_never'}")
    nearest = min(_PLAIN, key=lambda name: abs(_log_odds(_PLAIN[name]) - _log_odds(chance)))
    return say(f"experiments.chance.{nearest}")


def _log_odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


def write_level(value: float, kind: MetricKind | str, currency: str) -> Value:
    """Return the mean of an arm in the unit of its metric.

    Examples
    --------
    >>> write_level(0.083, "rate", "JPY")
    Share(value=0.083, digits=1)
    """
    match kind:
        case "rate":
            return Share(value)
        case "amount":
            return _money(value, currency)
        case "duration":
            return Days(value, 1)
    return Number(value, 2)


def write_lift(value: float, kind: MetricKind | str, currency: str) -> Value:
    """Return a difference of two arms in the unit of their metric.

    Examples
    --------
    >>> write_lift(0.021, "rate", "JPY")
    Points(value=0.021, digits=1)
    """
    match kind:
        case "rate":
            return Points(value)
        case "amount":
            return _money(value, currency)
        case "duration":
            return Days(value, 1)
    return Number(value, 2)


def _money(value: float, currency: str) -> Money:
    from decimal import Decimal

    return Money(Decimal(repr(round(float(value), 2))), currency)


def name_metric(name: str) -> Text:
    """Return what a metric is called; one that only a file knows keeps its name.

    Examples
    --------
    >>> name_metric("win_rate").ja, name_metric("retention_7").ja
    ('受注率', 'retention_7')
    """
    return section("experiments.metric").get(name, Text.same(name))


def name_arm(arm: str, names: Mapping[str, str] | None = None) -> Text:
    """Return what an arm is called: by its plan, else in words where everybody calls it so, else as it is recorded.

    Examples
    --------
    >>> name_arm("gate_30").en, name_arm("treatment").ja, name_arm("new", {"new": "the new script"}).en
    ('gate 30', '新案', 'the new script')
    """
    if names and arm in names:
        return Text.same(names[arm])
    return section("experiments.arm").get(arm, Text.same(" ".join(arm.split("_")).strip() or arm))


def name_assumption(name: str) -> Text:
    """Return what an assumption of a sensitivity check is called."""
    return section("experiments.assumption").get(name, Text.same(name.replace("_", " ")))
