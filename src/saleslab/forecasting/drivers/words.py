"""What drivers, scenarios and initiatives come to, as sentences in every language."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from saleslab.forecasting.drivers.effects import DriverEffect
from saleslab.forecasting.drivers.initiatives import InitiativeEffect
from saleslab.forecasting.drivers.scenarios import ScenarioTotal
from saleslab.wording import Change, Count, Money, Number, Share, Text, say

_ROOM = "forecast_drivers"


def tell_driver(driver: DriverEffect, *, name: str | Text | None = None) -> Text:
    """Return what a usual step of a driver does to sales; ``name`` is what readers call it.

    Examples
    --------
    >>> tell_driver(DriverEffect("price", -0.02, -0.03, -0.01, 0.99, 5.0, 3)).en
    'price: a usual step of it (5.00) goes along with −9.5 % of sales (−13.9 % to −4.9 % with a chance of 95 %).'
    """
    step = driver.usual_step
    effect, low, high = (Change(float(np.expm1(step * of_unit)), 1) for of_unit in _bounds(driver))
    return say(
        f"{_ROOM}.driver.{driver.verdict}",
        name=name or driver.name,
        step=Number(step, 2),
        effect=effect,
        low=low,
        high=high,
    )


def _bounds(driver: DriverEffect) -> tuple[float, float, float]:
    return driver.effect, driver.lower, driver.upper


def tell_scenario(total: ScenarioTotal, *, currency: str | None = None) -> Text:
    """Return what a scenario comes to beside the plan, as money where a currency is given.

    Examples
    --------
    >>> from saleslab.stats import Interval
    >>> tell_scenario(ScenarioTotal("10 % off", 1200.0, Interval(200.0, 150.0, 260.0, 0.8), 0.2, ())).en
    '10 % off: 200 more than planned (150 to 260 with a chance of 80 %).'
    """
    across = total.difference
    sign = -1 if total.outcome == "less" else 1
    low, high = sorted((sign * across.low, sign * across.high))
    return say(
        f"{_ROOM}.scenario.{total.outcome}",
        name=total.name,
        difference=_size(sign * across.estimate, currency),
        low=_size(low, currency),
        high=_size(high, currency),
        mass=Share(across.mass, 0),
    )


def tell_scenario_doubts(total: ScenarioTotal) -> list[Text]:
    """Return what to hold against a scenario: that it leaves the past's range, and that no past is an experiment."""
    beyond = [say(f"{_ROOM}.scenario.beyond", name=total.name, drivers=", ".join(total.beyond))] if total.beyond else []
    return [*beyond, say(f"{_ROOM}.scenario.no_experiment")]


def tell_effect(effect: InitiativeEffect, *, currency: str | None = None) -> Text:
    """Return what an initiative changed, as money where a currency is given."""
    share = effect.share
    sign = -1 if effect.outcome == "less" else 1
    write = Change if effect.outcome == "unclear" else Share
    low, high = sorted((sign * share.low, sign * share.high))
    words: dict[str, object] = {"low": write(low, 1), "high": write(high, 1), "share": write(sign * share.estimate, 1)}
    if effect.outcome != "unclear":
        words |= {"amount": _size(sign * effect.amount.estimate, currency), "periods": Count(effect.n_after)}
    return say(f"{_ROOM}.initiative.{effect.outcome}", mass=Share(share.mass, 0), **words)


def tell_effect_doubts(effect: InitiativeEffect) -> list[Text]:
    """Return what the placebos said, and every doubt."""
    n = Count(len(effect.placebos))
    outside = Count(int(effect.placebos["is_outside"].sum()))
    kind = "failed" if "placebos_failed" in effect.doubts else "held"
    told = [say(f"{_ROOM}.initiative.placebos_{kind}", n=n, outside=outside)] if len(effect.placebos) else []
    words: dict[str, dict[str, object]] = {
        "few_placebos": {"n": n},
        "one_control": {},
        "left_out": {"n": Count(len(effect.left_out))},
        "widened": {"times": Number(effect.widened_by, 1)},
    }
    return told + [say(f"{_ROOM}.initiative.{code}", **words[code]) for code in effect.doubts if code in words]


def _size(amount: float, currency: str | None) -> Money | Number:
    return Number(amount, 0) if currency is None else Money(Decimal(round(amount)), currency)
