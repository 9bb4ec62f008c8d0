"""Whose word was nearest, where it is always off, and whether ranges and chances held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.forecasting.accuracy.methods import LANDING, MODEL, PEOPLE
from saleslab.forecasting.backtests.measuring import NAIVE
from saleslab.stats.calibration import Calibration, measure_calibration

if TYPE_CHECKING:
    from saleslab.forecasting.accuracy.review import AccuracyReview

Verdict = Literal["model", "people", "alike", "naive", "alone"]

METHODS = (LANDING, MODEL, "weighted", *PEOPLE, *reversed(NAIVE))
"""Every method that may stand on the page, in the order in which it is read."""

_CELL = ["as_of", "period"]
_USUAL = 30
_MOST_OFTEN = 2 / 3
_FEWEST_CHANCES = 20


@dataclass(frozen=True, slots=True)
class Duel:
    """Two methods on the same days and periods.

    Attributes
    ----------
    method, rival
        Who against whom.
    error, rival_error
        Their absolute errors as shares of what came.
    n_nearer, n
        How often the first was nearer, out of how many.
    """

    method: str
    rival: str
    error: float
    rival_error: float
    n_nearer: int
    n: int

    @property
    def winner(self) -> str | None:
        """The method that was nearer in sum and in two of three cases; None where neither was."""
        share = self.n_nearer / self.n
        if self.error < self.rival_error and share >= _MOST_OFTEN:
            return self.method
        if self.error > self.rival_error and 1 - share >= _MOST_OFTEN:
            return self.rival
        return None


def list_methods(review: AccuracyReview) -> list[str]:
    """Return the methods that said something about the company, in the order in which they are read."""
    said = set(review.of("company")["method"]) | (set() if review.landings is None else {LANDING})
    return [method for method in METHODS if method in said]


def usual_days(review: AccuracyReview) -> int:
    """Return the days before the end at which methods are compared: those nearest to thirty."""
    return min(review.days_before, key=lambda days: (abs(days - _USUAL), days))


def fight(review: AccuracyReview, rival: str, *, method: str = MODEL, days: int | None = None) -> Duel | None:
    """Return how two methods did on the same days and periods of the company; None where they never met.

    Parameters
    ----------
    review
        From `review_accuracy`.
    rival, method
        The two.
    days
        Only so many days before the end; None takes all.
    """
    rows = review.of("company")
    if days is not None:
        rows = rows[rows["days_before"].eq(days)]
    said = {name: rows[rows["method"].eq(name)].set_index(_CELL)[["median", "actual"]] for name in (method, rival)}
    both = said[method].join(said[rival]["median"].rename("other"), how="inner")
    size = float(both["actual"].abs().sum())
    if both.empty or not size:
        return None
    own, other = (both["median"] - both["actual"]).abs(), (both["other"] - both["actual"]).abs()
    return Duel(method, rival, float(own.sum()) / size, float(other.sum()) / size, int((own < other).sum()), len(both))


def best_naive(review: AccuracyReview) -> str | None:
    """Return the naive method that was nearer to what came; None where there is none."""
    errors = compare_methods(review)
    means = errors[errors["method"].isin(NAIVE)].groupby("method")["wape"].mean()
    return None if means.empty else str(means.idxmin())


def find_verdict(review: AccuracyReview) -> Verdict:
    """Return whose word to take: ``model``, ``people``, ``alike``; ``naive`` where a plain rule does as well.

    ``alone``: nobody submits forecasts, and the model is nearer than the plain rules.
    """
    naive = best_naive(review)
    against = None if naive is None else fight(review, naive)
    if against is not None and against.error >= against.rival_error:
        return "naive"
    duel = fight(review, PEOPLE[0])
    if duel is None:
        return "alone"
    return {MODEL: "model", PEOPLE[0]: "people", None: "alike"}[duel.winner]  # type: ignore[return-value]


def compare_methods(review: AccuracyReview, scope_type: str = "company") -> pd.DataFrame:
    """Return errors of each method by days before the end: ``method, days_before, bias, wape, n``.

    Errors are shares of what came, so that landings of won deals can stand beside forecasts of orders.
    """
    rows = review.of(scope_type)
    if scope_type == "company" and review.landings is not None and review.measure != "won_amount":
        rows = pd.concat([rows, review.landings.assign(days_before=review.landings["days_left"])], ignore_index=True)
    columns = ["method", "days_before", "bias", "wape", "n"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    wide = _sum_errors(rows, ["method", "days_before"])
    order = {method: at for at, method in enumerate(METHODS)}
    wide = wide[wide["method"].isin(order)]
    return wide.sort_values(
        ["method", "days_before"], key=lambda one: one.map(order) if one.name == "method" else -one
    )[columns].reset_index(drop=True)


def _sum_errors(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return bias and mean absolute error as shares of what came, as `measure_forecasts` has them, and how many.

    Groups of which nothing came have no row.
    """
    parts = rows[by].assign(
        over=rows["mean"] - rows["actual"],
        apart=(rows["median"] - rows["actual"]).abs(),
        size=rows["actual"].abs(),
        n=1,
    )
    sums = parts.groupby(by, sort=False).sum().reset_index()
    sums = sums[sums["size"] > 0]
    return sums.assign(bias=sums["over"] / sums["size"], wape=sums["apart"] / sums["size"])[[*by, "bias", "wape", "n"]]


def measure_nodes(review: AccuracyReview, scope_type: str) -> pd.DataFrame:
    """Return the bias of each method for each team or person, on the usual days: ``node, method, bias, wape, n``.

    Whoever sold nothing in all periods has no bias and no row.
    """
    rows = review.of(scope_type)
    rows = rows[rows["days_before"].eq(usual_days(review)) & rows["method"].isin([MODEL, "weighted", *PEOPLE])]
    columns = ["node", "method", "bias", "wape", "n"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    wide = _sum_errors(rows, ["series_id", "method"])
    return wide.assign(node=wide["series_id"].str.partition(":")[2])[columns]


def list_ranges(review: AccuracyReview) -> pd.DataFrame:
    """Return the company's ranges against what came: ``period, days_before, low, middle, high, is_inside``.

    Ends and middle are shares of what came: 0.1 is a tenth above it.
    """
    rows = review.of("company")
    rows = rows[rows["method"].eq(MODEL) & rows["actual"].gt(0)].sort_values(
        ["period", "days_before"], ascending=[True, False]
    )
    shares = {
        name: rows[column] / rows["actual"] - 1
        for name, column in (("low", "lower_80"), ("middle", "median"), ("high", "upper_80"))
    }
    inside = rows["actual"].between(rows["lower_80"], rows["upper_80"])
    return rows[["period", "days_before"]].assign(**shares, is_inside=inside).reset_index(drop=True)


def list_chances(review: AccuracyReview) -> pd.DataFrame:
    """Return the chances of people to reach their target of the period: ``node, target, chance_90...`` and what came.

    Columns: ``node, target, actual, is_hit`` and ``chance_<days>`` for each number of days before the end.
    """
    rows = review.of("user")
    rows = rows[
        rows["method"].eq(MODEL) & rows["period"].eq(pd.Timestamp(review.period.start)) & rows["chance_hit"].notna()
    ]
    names = [f"chance_{days}" for days in review.days_before]
    if rows.empty:
        return pd.DataFrame(columns=["node", "target", "actual", "is_hit", *names])
    rows = rows.assign(node=rows["series_id"].str.partition(":")[2], name="chance_" + rows["days_before"].astype(str))
    wide = rows.pivot_table(index=["node", "target", "actual"], columns="name", values="chance_hit").reset_index()
    wide = wide.reindex(columns=["node", "target", "actual", *names])
    return wide.assign(is_hit=wide["actual"] >= wide["target"]).sort_values("node").reset_index(drop=True)


def calibrate_chances(review: AccuracyReview) -> Calibration | None:
    """Return whether stated chances of people to reach their targets came true; None for fewer than twenty."""
    rows = review.of("user")
    rows = rows[rows["method"].eq(MODEL) & rows["chance_hit"].notna() & rows["target"].notna()]
    if len(rows) < _FEWEST_CHANCES:
        return None
    try:
        return measure_calibration(rows["actual"] >= rows["target"], rows["chance_hit"])
    except NotEnoughData:
        return None
