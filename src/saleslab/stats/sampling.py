"""The one door to PyMC: draws as plain arrays, with the checks that say whether they may be used.

PyMC 5 returns an ArviZ ``InferenceData`` and PyMC 6 an xarray ``DataTree``; both answer to ``["posterior"][name]``,
and nothing beyond this file needs to know. Models are declared beside their study, with what `load_pymc` returns.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, SamplingFailed
from saleslab.stats.chains import measure_ess, measure_rhat

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Whether draws may be used.

    Attributes
    ----------
    rhat
        Largest rank-normalised split R-hat of any quantity; below 1.01 is good.
    ess
        Smallest bulk effective sample size of any quantity.
    n_divergences
        Draws at which the sampler left the true trajectory; above 0 the posterior may be wrong in places.
    """

    rhat: float
    ess: float
    n_divergences: int

    @property
    def is_usable(self) -> bool:
        """Say whether all three are good: R-hat below 1.01, at least 400 effective draws, no divergence."""
        return self.rhat < 1.01 and self.ess >= 400 and self.n_divergences == 0


@dataclass(frozen=True, slots=True)
class Posterior:
    """Draws from a posterior.

    Attributes
    ----------
    draws
        For each quantity, an array of shape (chains, draws, ...).
    diagnosis
        Whether they may be used.
    """

    draws: Mapping[str, Floats]
    diagnosis: Diagnosis

    def pooled(self, name: str) -> Floats:
        """Return the draws of one quantity with the chains joined, shape (chains * draws, ...)."""
        values = self.draws[name]
        return values.reshape(-1, *values.shape[2:])


def require_usable(posterior: Posterior) -> Posterior:
    """Return draws that may be used, or raise.

    Raises
    ------
    SamplingFailed
        When the chains disagree, are worth too few draws, or left the true trajectory.

    Examples
    --------
    >>> steady = Posterior({}, Diagnosis(1.001, 900.0, 0))
    >>> require_usable(steady) is steady
    True
    """
    found = posterior.diagnosis
    faults = {
        f"chains disagree (R-hat {found.rhat:.3f}; below 1.01 is good)": not found.rhat < 1.01,
        f"the draws are worth only {found.ess:.0f} independent ones (400 are needed)": not found.ess >= 400,
        f"{found.n_divergences} draws left the true trajectory": found.n_divergences > 0,
    }
    if not found.is_usable:
        raise SamplingFailed(
            f"The draws cannot be used: {'; '.join(fault for fault, is_so in faults.items() if is_so)}.",
            "ask for more draws or another seed; if that does not help, give more data or merge small groups.",
        )
    return posterior


def load_pymc() -> ModuleType:
    """Return PyMC, imported without the announcements of the libraries below it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import pymc
    return pymc  # type: ignore[no-any-return]


def sample_posterior(
    model: Any, *, seed: int, draws: int = 1000, tune: int = 1000, chains: int = 4, target_accept: float = 0.8
) -> Posterior:
    """Return draws from the posterior of a PyMC model, the same ones for the same seed.

    Parameters
    ----------
    model
        A ``pymc.Model`` of continuous quantities.
    seed
        Any non-negative whole number.
    draws, tune, chains
        Draws kept and thrown away in each chain, and how many chains run, one after another in this process.
    target_accept
        Nearer to 1 the sampler takes smaller steps, which narrow places of a posterior need.

    Raises
    ------
    BadArgument
        When there are fewer than two chains or four draws: convergence could not be judged.

    Examples
    --------
    >>> pm = load_pymc()
    >>> with pm.Model() as coin:
    ...     share = pm.Beta("share", 1, 1)
    ...     _ = pm.Binomial("heads", 10, share, observed=7)
    >>> posterior = sample_posterior(coin, seed=7, draws=500, tune=500, chains=2)
    >>> posterior.draws["share"].shape, round(float(posterior.pooled("share").mean()), 1)
    ((2, 500), 0.7)
    """
    if chains < 2 or draws < 4:
        raise BadArgument(
            f"{chains} chains of {draws} draws cannot show whether they converged.",
            "ask for at least 2 chains and 4 draws.",
        )
    pm = load_pymc()
    quiet = logging.getLogger("pymc")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), model:
            warnings.simplefilter("ignore", FutureWarning)
            warnings.filterwarnings(
                "ignore", "PyTensor could not link to a BLAS", UserWarning
            )  # no matrix is large here
            trace = pm.sample(
                draws=draws,
                tune=tune,
                chains=chains,
                cores=1,
                random_seed=seed,
                nuts_sampler="pymc",
                progressbar=False,
                compute_convergence_checks=False,
                target_accept=target_accept,
                compile_kwargs=_choose_backend(),
            )
    finally:
        quiet.setLevel(level)
    names = [variable.name for variable in [*model.free_RVs, *model.deterministics]]
    kept = {name: np.asarray(trace["posterior"][name].values, dtype=np.float64) for name in names}
    return Posterior(kept, _diagnose(kept, trace))


def _choose_backend() -> dict[str, Any]:
    """Return how to compile: in C, or by Numba where there is no C++ compiler.

    Without a compiler PyTensor falls back to interpreted Python, 40 times as slow. Numba comes with PyMC, so that no
    second sampler is needed.
    """
    import pytensor

    return {} if pytensor.config.cxx else {"mode": "NUMBA"}


def _diagnose(draws: Mapping[str, Floats], trace: Any) -> Diagnosis:
    scalars = [
        values.reshape(*values.shape[:2], -1)[:, :, index]
        for values in draws.values()
        for index in range(int(np.prod(values.shape[2:], dtype=np.int64)))
    ]
    return Diagnosis(
        max(measure_rhat(scalar) for scalar in scalars),
        min(measure_ess(scalar) for scalar in scalars),
        int(np.asarray(trace["sample_stats"]["diverging"].values).sum()),
    )
