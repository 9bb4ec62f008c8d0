"""How often is a segment said to benefit from a change that does nothing? Simulated, seeded."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from saleslab.stats.group_effects import pool_group_effects


def measure_false_claims(*, n_runs: int, seed: int = 1, n_groups: tuple[int, ...] = (2, 5, 8, 12)) -> pd.DataFrame:
    """Return the mean number of segments that are said to benefit although the treatment does nothing.

    ``allowed`` is .05; ``unpooled`` tests each segment on its own at 5 %; ``held`` is the coverage of the 95 % ranges;
    ``found`` is how often one segment with .20 -> .35 is found when all others have no effect.
    """
    rows = []
    for groups in n_groups:
        rng, claims, alone, held, found = np.random.default_rng([seed, groups]), 0, 0, [], 0
        for _ in range(n_runs):
            n = rng.integers(30, 200, groups)
            base = rng.uniform(0.1, 0.4, groups)
            old, new = rng.binomial(n, base), rng.binomial(n, base)
            pooled = pool_group_effects((old, n), (new, n))
            claims += sum(chance > 1 - 0.05 / groups for chance in pooled.chances)
            held += [0 in one for one in pooled.differences]
            share = np.clip((old + new) / (2 * n), 0.5 / n, 1 - 0.5 / n)
            alone += int(((new - old) / n / np.sqrt(2 * share * (1 - share) / n) > norm.ppf(0.95)).sum())
            planted = np.where(np.arange(groups) == 0, 0.35, 0.2)
            some = pool_group_effects(
                (rng.binomial(150, 0.2, groups), [150] * groups), (rng.binomial(150, planted), [150] * groups)
            )
            found += some.chances[0] > 1 - 0.05 / groups
        rows.append((groups, claims / n_runs, alone / n_runs, float(np.mean(held)), found / n_runs))
    return pd.DataFrame(rows, columns=["n_groups", "claims", "unpooled", "held", "found"])
