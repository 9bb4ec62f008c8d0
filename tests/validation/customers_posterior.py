"""The posterior of BG/NBD beside one drawn by NUTS, and what draws are worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from customers_cdnow import MODELS, count

from saleslab.customers import CustomerValue, PurchasePrior, group_purchases
from saleslab.stats.sampling import load_pymc, sample_posterior

NAMES = ("r", "alpha", "a", "b")


def declare_reference(prior: PurchasePrior) -> Any:
    """Return BG/NBD on CDNOW in PyMC, as Fader, Hardie & Lee (2005) write it, under our prior."""
    pm = load_pymc()
    import pytensor.tensor as pt

    summary = count()
    groups = group_purchases(summary)
    x, recency, age, n = (groups[name].to_numpy(float) for name in ("n_repeats", "recency", "age", "n_customers"))

    def beta_ln(p: Any, q: Any) -> Any:
        return pt.gammaln(p) + pt.gammaln(q) - pt.gammaln(p + q)

    with pm.Model() as model:
        rate, shape = pm.Normal("rate", *prior.rate), pm.Normal("shape", *prior.rate_shape)
        odds, alike = pm.Normal("odds", *prior.leaving), pm.Normal("alike", *prior.leaving_shape)
        logs = (shape, shape + np.log(float(summary["age"].mean())) - rate, alike + odds / 2, alike - odds / 2)
        r, alpha, a, b = (pt.exp(one) for one in logs)
        stays = beta_ln(a, b + x) - beta_ln(a, b) - (r + x) * pt.log(alpha + age)
        left = beta_ln(a + 1, b + pt.maximum(x - 1, 0)) - beta_ln(a, b) - (r + x) * pt.log(alpha + recency)
        inside = pt.switch(x > 0, pt.logaddexp(stays, left), stays)
        pm.Potential("seen", pt.sum(n * (pt.gammaln(r + x) - pt.gammaln(r) + r * logs[1] + inside)))
        for name, one in zip(NAMES, logs, strict=True):
            pm.Deterministic(name, one)
    return model


def compare_nuts(seeds: range) -> pd.DataFrame:
    """Return, for each logarithm of a parameter, how many Monte Carlo errors mean and spread lie apart, at the most."""
    prior, rows = PurchasePrior(), []
    for seed in seeds:
        nuts = sample_posterior(declare_reference(prior), seed=11 + seed, draws=2_000, target_accept=0.9)
        ours = CustomerValue("bgnbd", prior=prior, seed=3 + seed).fit(count()).posterior_
        for at, name in enumerate(NAMES):
            draws, own = nuts.pooled(name), np.sqrt(ours.covariance[at, at])
            error = draws.std() * np.sqrt(1 / nuts.diagnosis.ess + 1 / ours.ess)
            rows.append((name, draws.mean(), ours.mean[at], draws.std(), own, abs(ours.mean[at] - draws.mean()) / error,
                         abs(own - draws.std()) / error))  # fmt: skip
    columns = ["log_of", "nuts_mean", "mean", "nuts_sd", "sd", "mean_errors", "sd_errors"]
    found = pd.DataFrame(rows, columns=columns).groupby("log_of", sort=False)
    return found.mean().assign(**found[["mean_errors", "sd_errors"]].max()).reset_index()


def weigh_draws(seeds: range) -> pd.DataFrame:
    """Return the share of 4,000 draws that they are worth on CDNOW: the mean over seeds, and the worst."""
    rows = []
    for name in MODELS:
        shares = [CustomerValue(name, prior="weak", seed=seed).fit(count()).posterior_.ess_share for seed in seeds]
        rows.append((name, np.mean(shares), min(shares)))
    return pd.DataFrame(rows, columns=["model", "mean_share", "worst_share"])
