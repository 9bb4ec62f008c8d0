"""How often is a segment said to benefit from a change that does nothing? Simulated, seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from saleslab.stats.group_effects import claim_effects, pool_group_effects

LIMIT = 0.025
"""Half of the .05 wrong claims that `compare_groups` allows; the other half is for segments that suffer."""


def measure_false_claims(
    *, n_runs: int, seed: int = 1, n_groups: tuple[int, ...] = (2, 5, 8, 12), finds: bool = True
) -> pd.DataFrame:
    """Return the mean number of segments that are said to benefit although they do not.

    ``claims`` and ``unpooled`` (each segment tested on its own at 5 %) are on pure noise; ``held`` is the coverage of
    the 95 % ranges there. One segment of .20 -> .35 among others without effect, 150 leads an arm: ``found`` is how
    often it is named, ``beside`` how many others are. ``all_found`` is the share named when all rise by .08. Without
    ``finds`` these three are left out, which takes a third of the time.
    """
    rows = []
    for groups in n_groups:
        rng, counts, held = np.random.default_rng([seed, groups]), np.zeros(5), []
        for _ in range(n_runs):
            n = rng.integers(30, 200, groups)
            base = rng.uniform(0.1, 0.4, groups)
            old, new = rng.binomial(n, base), rng.binomial(n, base)
            pooled = pool_group_effects((old, n), (new, n))
            held += [0 in one for one in pooled.differences]
            share = np.clip((old + new) / (2 * n), 0.5 / n, 1 - 0.5 / n)
            alone = (new - old) / n / np.sqrt(2 * share * (1 - share) / n) > norm.ppf(0.95)
            planted = everywhere = (False, False)
            if finds:
                planted = _claim(rng, np.where(np.arange(groups) == 0, 0.35, 0.2))
                everywhere = _claim(rng, np.full(groups, 0.28))
            claims = sum(claim_effects(pooled.chances, limit=LIMIT))
            counts += (claims, alone.sum(), planted[0], sum(planted[1:]), np.mean(everywhere))
        claims, unpooled, found, beside, all_found = counts / n_runs
        rows.append((groups, claims, unpooled, float(np.mean(held)), found, beside, all_found))
    table = pd.DataFrame(rows, columns=["n_groups", "claims", "unpooled", "held", "found", "beside", "all_found"])
    return table if finds else table[["n_groups", "claims", "unpooled", "held"]]


def _claim(rng: np.random.Generator, rates: np.ndarray) -> tuple[bool, ...]:
    n = np.full(len(rates), 150)
    pooled = pool_group_effects((rng.binomial(n, 0.2), n), (rng.binomial(n, rates), n))
    return claim_effects(pooled.chances, limit=LIMIT)
