"""The same rates as a full hierarchical model, month by month: what the grid must agree with."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.stats import Posterior, load_pymc, require_usable, sample_posterior
from saleslab.stats.varying_rates import SPREAD


def declare_rates(successes: npt.ArrayLike, trials: npt.ArrayLike) -> Any:
    """Return the PyMC model of a rate that differs from month to month: ``level``, ``spread`` and each month's rate."""
    pm = load_pymc()
    n = np.asarray(trials)
    with pm.Model() as model:
        level = pm.Deterministic("level", pm.math.logit(pm.Beta("share", 0.5, 0.5)))
        spread = pm.HalfNormal("spread", SPREAD)
        apart = pm.Normal("apart", 0.0, 1.0, shape=len(n))
        pm.Binomial("successes", n, pm.math.invlogit(level + spread * apart), observed=np.asarray(successes))
    return model


def sample_rates(successes: npt.ArrayLike, trials: npt.ArrayLike, *, seed: int, draws: int = 2_000) -> Posterior:
    """Return draws from that model that may be used; see `stats.require_usable`."""
    model = declare_rates(successes, trials)
    return require_usable(sample_posterior(model, seed=seed, draws=draws, tune=draws, target_accept=0.97))
