"""How do customers fare with us, in five numbers? What was not asked is switched off and says why; it is not 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import pandas as pd

from saleslab.customers.feedback.scores import FEW, score_csat, score_nps
from saleslab.errors import NotEnoughData
from saleslab.stats.intervals import Interval, estimate_rate, pick_quantile

KPIS = ("nps", "csat", "response_hours", "repeat_rate", "engaged_contacts")


@dataclass(frozen=True, slots=True)
class CustomerKpi:
    """One number about customers.

    Attributes
    ----------
    name
        One of `KPIS`.
    value
        With its interval; None where it is switched off.
    n
        Answers, requests or customers behind it.
    reason
        Why it is switched off: ``no_survey``, ``no_requests``, ``no_purchases``, ``no_contacts``, ``too_few``; empty
        where it is not.
    """

    name: str
    value: Interval | None
    n: int
    reason: str = ""

    @property
    def is_few(self) -> bool:
        """Whether fewer than 30 stand behind it."""
        return self.value is not None and self.n < FEW


def measure_customer_kpis(
    *,
    answers: pd.DataFrame | None = None,
    response_hours: pd.DataFrame | None = None,
    repeats: tuple[int, int] | None = None,
    engaged: pd.DataFrame | None = None,
    mass: float = 0.9,
) -> Mapping[str, CustomerKpi]:
    """Return CSAT, NPS, response time, repeat rate and engaged contacts a customer, each with its interval.

    Parameters
    ----------
    answers
        ``kind, score`` and ``n_answers`` where rows are counted (`read_answers`).
    response_hours
        ``hours, n_requests`` (`read_response_hours`); the median is told.
    repeats
        Customers who bought again, and all customers (`read_repeat_counts`).
    engaged
        ``n_contacts, n_accounts`` (`read_engaged_contacts`); the mean is told.

    Examples
    --------
    >>> answers = pd.DataFrame({"kind": "nps", "score": [10, 8, 3], "n_answers": [5, 3, 2]})
    >>> kpis = measure_customer_kpis(answers=answers)
    >>> kpis["nps"].value.estimate, kpis["nps"].is_few, kpis["csat"].value, kpis["csat"].reason
    (30.0, True, None, 'no_survey')
    """
    found = [
        _score("nps", answers, mass),
        _score("csat", answers, mass),
        _median_hours(response_hours, mass),
        _repeat_rate(repeats, mass),
        _mean_contacts(engaged, mass),
    ]
    return {kpi.name: kpi for kpi in found}


def _score(kind: str, answers: pd.DataFrame | None, mass: float) -> CustomerKpi:
    asked = None if answers is None else answers[answers["kind"] == kind]
    if asked is None or asked.empty:
        return CustomerKpi(kind, None, 0, "no_survey")
    try:
        if kind == "nps":
            nps = score_nps(asked, mass=mass)
            return CustomerKpi(kind, nps.nps, nps.n)
        csat = score_csat(asked, mass=mass)
        return CustomerKpi(kind, csat.csat, csat.n)
    except NotEnoughData:
        return CustomerKpi(kind, None, 0, "no_survey")


def _median_hours(hours: pd.DataFrame | None, mass: float) -> CustomerKpi:
    n = 0 if hours is None else int(hours["n_requests"].sum())
    if hours is None or not n:
        return CustomerKpi("response_hours", None, 0, "no_requests")
    ranked = hours.sort_values("hours")
    try:
        median = pick_quantile(ranked["hours"].tolist(), ranked["n_requests"].tolist(), mass=mass)
    except NotEnoughData:
        return CustomerKpi("response_hours", None, n, "too_few")
    return CustomerKpi("response_hours", median, n)


def _repeat_rate(repeats: tuple[int, int] | None, mass: float) -> CustomerKpi:
    if repeats is None or not repeats[1]:
        return CustomerKpi("repeat_rate", None, 0, "no_purchases")
    return CustomerKpi("repeat_rate", estimate_rate(*repeats, mass=mass), repeats[1])


def _mean_contacts(engaged: pd.DataFrame | None, mass: float) -> CustomerKpi:
    from scipy.stats import t

    if engaged is None or engaged.empty:
        return CustomerKpi("engaged_contacts", None, 0, "no_contacts")
    n_contacts, n_accounts = engaged["n_contacts"].astype("float64"), engaged["n_accounts"].astype("float64")
    n = int(n_accounts.sum())
    if n < 2:
        return CustomerKpi("engaged_contacts", None, n, "too_few")
    mean = float((n_contacts * n_accounts).sum() / n)
    variance = float((n_accounts * (n_contacts - mean) ** 2).sum() / (n - 1))
    half = float(t.ppf((1 + mass) / 2, n - 1)) * sqrt(max(variance, 1 / n) / n)
    return CustomerKpi("engaged_contacts", Interval(mean, max(mean - half, 0.0), mean + half, mass), n)
