"""How often will each customer buy, and who has left already?

`CustomerValue` fits a purchase model to histories that are counted once, in thousandths of a second where draws take
minutes, and answers with intervals of the number that will come, not of its mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from saleslab.customers.purchases.fits import PurchaseFit, PurchasePrior, fit_purchases, weigh_logs
from saleslab.customers.purchases.forecasts import (
    GroupForecast,
    forecast_groups,
    measure_spread,
    place_points,
    weigh_counts,
)
from saleslab.customers.purchases.groups import Floats, PurchaseGroups, index_groups, read_groups
from saleslab.customers.purchases.shelf import MODELS, find_model
from saleslab.customers.worth.backtest import ValueBacktest, backtest_value
from saleslab.customers.worth.reasons import ValueReason, tell_value_reason
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.stats.importance import WeightedDraws, draw_weighted
from saleslab.stats.intervals import Interval, check_mass

_FEWEST = 10
_MANY_GROUPS = 20_000


@dataclass(frozen=True, slots=True)
class TotalForecast:
    """What all customers together will buy.

    Attributes
    ----------
    total
        Forecast, with an interval that allows for how far the model was off from past days.
    if_model_holds
        The same with an interval that believes the model: luck and unknown parameters only. Far too narrow, as a rule.
    discrepancy
        Standard deviation of the logarithm of the total that past errors ask for.
    n_past_days
        From how many past days that was measured.
    """

    total: Interval
    if_model_holds: Interval
    discrepancy: float
    n_past_days: int


class CustomerValue(BaseEstimator):  # type: ignore[misc]
    """A scikit-learn estimator of how often customers will buy.

    Parameters
    ----------
    model
        ``nbd``, ``bgnbd``, ``mbgnbd``, ``pareto_nbd``, ``mbgcnbd_k`` (for customers who buy regularly), or ``auto``,
        which takes the one whose forecasts from past days were best.
    prior
        None for maximum likelihood; ``"weak"`` or a `PurchasePrior` for a posterior, which also answers where few
        customers were seen. Priors know no unit of time.
    seed
        Of the lots of the posterior.
    n_draws
        Draws of the posterior; of more than 20,000 histories, whose posterior is a bell, a quarter of them.

    Attributes
    ----------
    params_
        The parameters by the names of the field, and ``k`` of the regular model; at the top of likelihood or posterior.
    standard_errors_
        Of each, from the exact Hessian.
    log_likelihood_
        At these parameters.
    model_
        Which model it is.
    posterior_
        With a prior: weighted draws of the logarithms of the parameters, with their effective number.
    backtest_
        With ``auto``: how all models and baselines did from past days.
    reasons_
        What was found about the models.
    n_customers_, n_groups_
        Customers, and distinct histories among them.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rate, age = rng.gamma(0.6, 0.2, 4000), rng.integers(20, 60, 4000)
    >>> n = rng.poisson(rate * age)
    >>> last = np.where(n > 0, np.ceil(age * rng.random(4000) ** (1 / np.maximum(n, 1))), 0)
    >>> summary = pd.DataFrame({"n_repeats": n, "recency": last, "age": age})
    >>> value = CustomerValue(model="nbd").fit(summary)
    >>> abs(value.params_["r"] - 0.6) < 0.1
    True
    >>> value.predict(summary.head(1), horizon=10).columns.tolist()
    ['mean', 'lower', 'upper', 'chance_alive']
    """

    def __init__(
        self, model: str = "auto", *, prior: PurchasePrior | str | None = None, seed: int = 0, n_draws: int = 4_000
    ) -> None:
        self.model = model
        self.prior = prior
        self.seed = seed
        self.n_draws = n_draws

    def fit(self, summary: pd.DataFrame, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's pipelines pass it
        """Fit the model.

        Parameters
        ----------
        summary
            From `count_purchases`, or (but for ``auto``) from `group_purchases`.
        y
            Not used.

        Raises
        ------
        NotEnoughData
            When nobody came back, too few customers are known, or the likelihood has no top.
        TableError
            When a history is impossible.
        """
        prior = _read_prior(self.prior)
        if self.model != "auto" and self.model not in MODELS:
            raise BadArgument(f"There is no purchase model {self.model!r}.", f"give 'auto' or {', '.join(MODELS)}.")
        groups = read_groups(summary)
        _refuse_too_few(groups)
        self.backtest_: ValueBacktest | None = None
        self.reasons_: tuple[ValueReason, ...] = ()
        name = self._choose(summary, prior) if self.model == "auto" else self.model
        fit = fit_purchases(find_model(name, groups, prior), groups, prior)
        if fit.fault is not None or fit.covariance is None:
            raise NotEnoughData(
                tell_value_reason(fit.fault or ValueReason("no_top", {"model": name})).en,
                "give prior='weak', choose a simpler model, or wait for more customers to come back.",
            )
        self.model_ = name
        self.params_ = dict(fit.params) | ({"k": fit.model.k} if name == "mbgcnbd_k" else {})  # type: ignore[attr-defined]
        errors = np.sqrt(np.diag(fit.covariance)) * fit.estimates
        self.standard_errors_ = dict(zip(fit.model.parameters, errors.tolist(), strict=True))
        self.log_likelihood_ = fit.log_likelihood
        self.fit_ = fit
        self.n_customers_, self.n_groups_ = int(groups.n_all), len(groups)
        self.posterior_ = None if prior is None else self._draw(fit, groups, prior)
        self.n_features_in_ = summary.shape[1]
        self.feature_names_in_ = np.array([str(name) for name in summary.columns], dtype=object)
        return self

    def predict(self, summary: pd.DataFrame, *, horizon: float, mass: float = 0.9) -> pd.DataFrame:
        """Return what each customer will buy within a horizon.

        Parameters
        ----------
        summary
            Who, as in `fit`; other customers than those of the fit are welcome.
        horizon
            How far ahead, in the unit of the summary.
        mass
            Chance that ``lower`` to ``upper`` holds the number that comes; counts are whole, so it is held at least.

        Returns
        -------
        frame
            With the rows of the summary: ``mean``, ``lower``, ``upper`` and ``chance_alive``. BG/NBD gives every
            one-time buyer a chance of 1 to be alive; to judge who has left, take ``mbgnbd`` or ``pareto_nbd``.
        """
        check_is_fitted(self)
        _check_horizon(horizon)
        check_mass(mass)
        groups, of_row = index_groups(summary)
        found = self._forecast(groups, horizon, mass)
        return pd.DataFrame(
            {
                "mean": found.mean[of_row],
                "lower": found.lower[of_row].astype(np.int64),
                "upper": found.upper[of_row].astype(np.int64),
                "chance_alive": found.chance_alive[of_row],
            },
            index=summary.index,
        )

    def predict_counts(self, summary: pd.DataFrame, *, horizon: float) -> tuple[Floats, npt.NDArray[np.intp]]:
        """Return the chance of each number of purchases within a horizon, for each history, and each row's history.

        Returns
        -------
        chances, of_row
            One row a history, one column a number from 0 up; rows sum to 1. The last column holds what lies beyond.
        """
        check_is_fitted(self)
        _check_horizon(horizon)
        groups, of_row = index_groups(summary)
        _, logs, covariance = self._centre()
        return weigh_counts(self.fit_.model, groups, place_points(logs, covariance), horizon), of_row

    def predict_total(self, summary: pd.DataFrame, *, horizon: float, mass: float = 0.9) -> TotalForecast:
        """Return what all these customers together will buy, with what the model was off by from past days.

        Parameters
        ----------
        summary
            From `count_purchases`, which tells what was known at past days.
        horizon, mass
            As in `predict`.

        Raises
        ------
        NotEnoughData
            When the summary does not tell of past days.
        """
        from scipy.special import ndtri, stdtrit

        check_is_fitted(self)
        _check_horizon(horizon)
        check_mass(mass)
        backtest = backtest_value(summary, models=(self.model_,), prior=_read_prior(self.prior))
        if self.model_ not in backtest.log_errors:
            raise NotEnoughData(
                f"{self.model_} cannot be fitted to these customers, so its past errors are not known.",
                "give the customers of the fit, or a prior.",
            )
        groups = read_groups(summary)
        _, logs, covariance = self._centre()
        total, variance = 0.0, 0.0
        points = place_points(logs, covariance)
        means, luck = np.empty(len(points)), np.empty(len(points))
        for at, values in enumerate(points):
            mean, spread = measure_spread(self.fit_.model, groups, values, horizon)
            means[at], luck[at] = groups.n_customers @ mean, groups.n_customers @ spread
        total = self._expect_total(groups, horizon) if self.posterior_ is None else float(means.mean())
        variance = float(luck.mean() + means.var())
        n_past = len(backtest.horizons)
        discrepancy = backtest.measure_discrepancy(self.model_, horizon)
        by_chance = ndtri((1 + mass) / 2) * np.sqrt(variance) / max(total, 1e-300)
        by_model = stdtrit(n_past, (1 + mass) / 2) * discrepancy
        wide = float(np.hypot(by_chance, by_model))
        return TotalForecast(
            Interval(total, total * float(np.exp(-wide)), total * float(np.exp(wide)), mass),
            Interval(total, total * float(np.exp(-by_chance)), total * float(np.exp(by_chance)), mass),
            discrepancy,
            n_past,
        )

    def _choose(self, summary: pd.DataFrame, prior: PurchasePrior | None) -> str:
        """Return the model whose forecasts from past days were best."""
        if "n_customers" in summary.columns:
            raise BadArgument("Groups do not tell of past days.", "give the rows of count_purchases, or name a model.")
        models = [name for name in MODELS if name != "mbgcnbd_k" or "log_gaps" in summary.columns]
        backtest = backtest_value(summary, models=models, prior=prior)
        self.backtest_ = backtest
        self.reasons_ = tuple(score.reason for score in backtest.scores if score.reason is not None)
        if backtest.best is None:
            raise NotEnoughData(
                " ".join(tell_value_reason(reason).en for reason in self.reasons_),
                "give prior='weak', or wait for more customers to come back.",
            )
        return backtest.best

    def _draw(self, fit: PurchaseFit, groups: PurchaseGroups, prior: PurchasePrior) -> WeightedDraws:
        assert fit.covariance is not None
        return draw_weighted(
            lambda logs: weigh_logs(fit.model, groups, logs, prior),
            fit.logs,
            fit.covariance,
            n_draws=self.n_draws if len(groups) < _MANY_GROUPS else self.n_draws // 4,
            seed=self.seed,
        )

    def _centre(self) -> tuple[Floats | None, Floats, Floats]:
        """Return the parameters of means (None: averaged), and mean and covariance of the log-parameters."""
        if self.posterior_ is not None:
            return None, self.posterior_.mean, self.posterior_.covariance
        assert self.fit_.covariance is not None
        return self.fit_.estimates, self.fit_.logs, self.fit_.covariance

    def _forecast(self, groups: PurchaseGroups, horizon: float, mass: float) -> GroupForecast:
        centre, logs, covariance = self._centre()
        points = place_points(logs, covariance)
        return forecast_groups(self.fit_.model, groups, points, horizon, mass=mass, centre=centre)

    def _expect_total(self, groups: PurchaseGroups, horizon: float) -> float:
        model, values = self.fit_.model, self.fit_.estimates
        return float(groups.n_customers @ (model.chance_alive(groups, values) * model.expect(groups, values, horizon)))


def _read_prior(prior: PurchasePrior | str | None) -> PurchasePrior | None:
    if prior is None or isinstance(prior, PurchasePrior):
        return prior
    if prior == "weak":
        return PurchasePrior()
    raise BadArgument(f"prior is {prior!r}.", "give None for maximum likelihood, 'weak', or a PurchasePrior.")


def _refuse_too_few(groups: PurchaseGroups) -> None:
    if groups.n_all < _FEWEST:
        raise NotEnoughData(
            f"{groups.n_all:.0f} customers are too few to learn how customers differ.",
            f"count the purchases of at least {_FEWEST} customers.",
        )
    if not groups.n_repeaters:
        raise NotEnoughData(
            f"None of {groups.n_all:.0f} customers came back, so nothing tells how often they will.",
            "choose a later as_of or a longer time, or wait for the first repeat purchases.",
        )


def _check_horizon(horizon: float) -> None:
    if not (np.isfinite(horizon) and horizon >= 0):
        raise BadArgument(f"horizon is {horizon}.", "give a time from 0 in the unit of the summary, such as 52 weeks.")
