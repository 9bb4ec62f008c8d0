"""What may be sold in a period of a series that is 0 more often than not: nothing, or one of its own sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from saleslab.forecasting.laying import Floats
from saleslab.forecasting.stamps import Whole


@dataclass(frozen=True, slots=True, eq=False)
class SparseFutures:
    """A chance of a sale, and the sizes that sales had, for each of some series.

    Attributes
    ----------
    mean
        Expected sale of a period, shape (series, horizon).
    sizes
        Past sales, rising, at the right end of each row; shape (series, periods).
    n_sizes
        How many there are.
    n_periods
        Of how many periods.
    """

    mean: Floats
    sizes: Floats
    n_sizes: Whole
    n_periods: Whole

    @classmethod
    def of(cls, values: Floats, mean: Floats) -> SparseFutures:
        """Return the futures of series (at the right, NaN before their first periods) with a forecast mean."""
        known = ~np.isnan(values)
        sizes = np.sort(np.where(known, values, 0.0), axis=1)
        return cls(mean, sizes, (sizes > 0).sum(axis=1), known.sum(axis=1))

    def find_quantile(self, chance: Floats | float) -> Floats:
        """Return the sales that the future stays at or below with some chance, one for all or one a series and step.

        Where the mean is below the past's, sales are rarer than they were; where it is above, they are more frequent
        up to every period, and larger after that.

        Examples
        --------
        >>> futures = SparseFutures.of(np.array([[0.0, 0.0, 2.0, 4.0]]), np.array([[1.5]]))
        >>> [float(futures.find_quantile(chance)[0, 0]) for chance in (0.4, 0.6, 0.9)]
        [0.0, 2.0, 4.0]
        """
        n = np.maximum(self.n_sizes, 1)[:, None]
        size = self.sizes.sum(axis=1)[:, None] / n
        wanted = self.mean / np.where(size > 0, size, 1.0)
        frequent = np.clip(wanted, 1e-12, 1.0)
        rank = (np.asarray(chance) - (1 - frequent)) / frequent
        at = np.clip(np.floor(np.clip(rank, 0, 1) * n), 0, n - 1).astype(np.int64)
        found = np.take_along_axis(self.sizes, self.sizes.shape[1] - n + at, axis=1)
        return np.where((rank <= 0) | (size == 0), 0.0, found * np.maximum(wanted, 1.0))
