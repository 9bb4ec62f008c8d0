"""Would it have worked on what came after? Folds that train on the past and test on what follows.

A random split lets a model see the weeks it is tested on. Here each fold tests a window of time and trains on what lies
before it, less a gap in which outcomes were not known yet; a group is never on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData

Rows = npt.NDArray[np.intp]


class ForwardSplit:
    """A scikit-learn splitter that goes forward in time.

    Use it wherever scikit-learn takes ``cv``. The rows of one instant are never divided. A group with rows on both
    sides of a cut is given to one side by lot, and its rows on the other side are left out of that fold.

    Parameters
    ----------
    time
        When each row was, as dates or numbers; ``None`` takes the rows as they stand.
    gap
        Time between the last row of training and the first of the test, in the unit of ``time`` (a timedelta for
        dates): as long as an outcome takes to be known.
    groups
        What must not be on both sides, such as the household of each row; may be given to `split` instead.
    n_splits
        Windows to test on, the latest last.
    test_share
        Share of the rows in each window; ``None`` makes windows as long as the first training part.
    seed
        Of the lot.

    Raises
    ------
    BadArgument
        When a time is missing, a gap is negative or the lengths differ.
    NotEnoughData
        When the rows do not fall into that many windows with something before each.

    Examples
    --------
    >>> for train, test in ForwardSplit([1, 2, 3, 4, 5, 6], n_splits=2).split():
    ...     print(train, test)
    [0 1] [2 3]
    [0 1 2 3] [4 5]
    >>> for train, test in ForwardSplit([1, 2, 3, 4, 5, 6], n_splits=2, gap=1).split():
    ...     print(train, test)
    [0] [2 3]
    [0 1 2] [4 5]
    """

    def __init__(
        self,
        time: object = None,
        *,
        gap: object = 0,
        groups: object = None,
        n_splits: int = 5,
        test_share: float | None = None,
        seed: int = 0,
    ) -> None:
        if n_splits < 1:
            raise BadArgument(f"{n_splits} windows cannot be tested.", "give n_splits of at least 1.")
        if test_share is not None and not 0 < test_share * n_splits < 1:
            raise BadArgument(
                f"{n_splits} windows of {test_share} of the rows leave nothing to train on.",
                "give a test_share above 0 and below 1 / n_splits.",
            )
        self.time, self.gap, self.groups = time, gap, groups
        self.n_splits, self.test_share, self.seed = n_splits, test_share, seed

    def __repr__(self) -> str:
        return f"ForwardSplit(n_splits={self.n_splits}, gap={self.gap!r}, test_share={self.test_share})"

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:  # noqa: ARG002, N803
        """Return the number of folds."""
        return self.n_splits

    def split(self, X: object = None, y: object = None, groups: object = None) -> Iterator[tuple[Rows, Rows]]:  # noqa: N803
        """Yield the rows of training and of the test for each window, both in the order of time."""
        moments = read_moments(self.time, _count(X, y, self.time))
        keys = _read_groups(self.groups if groups is None else groups, len(moments))
        gap = _read_gap(self.gap, is_dated=_is_dated(self.time))
        order = np.argsort(moments, kind="stable")
        times = moments[order]
        edges = self._cut(times)
        lot = np.random.default_rng(self.seed)
        for start, end in pairwise(edges):
            ready = np.searchsorted(times, times[start] - gap, side="left")
            train, test = order[: min(start, ready)], order[start:end]
            if keys is not None:
                train, test = _part(train, test, keys, lot)
            if not len(train) or not len(test):
                raise NotEnoughData(
                    f"A window of {end - start} rows has {len(train)} rows to train on and {len(test)} to test.",
                    "ask for fewer windows, a shorter gap or coarser groups.",
                )
            yield train, test

    def _cut(self, times: npt.NDArray[np.float64]) -> list[int]:
        """Return where the windows start and end, moved to where an instant begins."""
        n, share = len(times), self.test_share or 1 / (self.n_splits + 1)
        wanted = [round(n * (1 - share * k)) for k in range(self.n_splits, 0, -1)]
        edges = [int(np.searchsorted(times, times[min(at, n - 1)], side="left")) for at in wanted] + [n]
        if edges[0] == 0 or len(set(edges)) < len(edges):
            raise NotEnoughData(
                f"{n} rows at {len(np.unique(times))} instants do not make {self.n_splits} windows in time.",
                "ask for fewer windows, or give finer times.",
            )
        return edges


def read_moments(time: object, n_rows: int) -> npt.NDArray[np.float64]:
    """Return when each row was, as a number that grows with time: seconds for dates.

    Raises
    ------
    BadArgument
        When a time is missing or not a time, or there is not one for each row.

    Examples
    --------
    >>> read_moments(np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]"), 2)
    array([1.7672256e+09, 1.7673120e+09])
    """
    if time is None:
        return np.arange(n_rows, dtype=np.float64)
    values = _as_times(time)
    if values.dtype.kind == "M":
        is_missing = np.isnat(values)
        moments = values.astype("datetime64[us]").astype(np.int64) / 1e6
    else:
        try:
            moments = values.astype(np.float64)
        except (TypeError, ValueError):
            raise BadArgument(
                "The times are neither dates nor numbers.", "convert them, for example with pandas.to_datetime."
            ) from None
        is_missing = ~np.isfinite(moments)
    if len(moments) != n_rows:
        raise BadArgument(f"{len(moments)} times do not fit {n_rows} rows.", "give one time for each row.")
    if is_missing.any():
        raise BadArgument(
            f"{int(is_missing.sum())} of {n_rows} times are missing or infinite.",
            "give these rows a time or drop them.",
        )
    return np.asarray(moments)


def _as_times(time: object) -> npt.NDArray[np.generic]:
    """Return times as an array: of numbers, or of dates in UTC, also from dates written as text."""
    import pandas as pd

    values = pd.Series(time) if not isinstance(time, pd.Series) else time
    values = values.reset_index(drop=True)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    if values.dtype.kind in "biufM":
        return np.asarray(values.to_numpy())
    try:
        return np.asarray(pd.to_datetime(values, utc=True).dt.tz_localize(None).to_numpy())
    except (TypeError, ValueError):
        raise BadArgument(
            "The times are neither dates nor numbers.", "convert them, for example with pandas.to_datetime."
        ) from None


def _is_dated(time: object) -> bool:
    return time is not None and _as_times(time).dtype.kind == "M"


def _read_gap(gap: object, *, is_dated: bool) -> float:
    """Return the gap as a number in the unit of `read_moments`."""
    import pandas as pd

    if is_dated and gap != 0:
        try:
            size = pd.Timedelta(gap).total_seconds()  # type: ignore[arg-type]
        except (TypeError, ValueError):
            size = -1.0
        is_length = not isinstance(gap, int | float)
    else:
        is_length = isinstance(gap, int | float | np.integer | np.floating)
        size = float(gap) if is_length else -1.0  # type: ignore[arg-type]
    if not is_length or not size >= 0:
        raise BadArgument(
            f"{gap!r} is not a gap in time.", "give a timedelta beside dates, or a number of at least 0 beside numbers."
        )
    return size


def _count(X: object, y: object, time: object) -> int:  # noqa: N803
    for given in (X, y, time):
        if given is not None:
            return int(given.shape[0]) if hasattr(given, "shape") else len(given)  # type: ignore[arg-type]
    raise BadArgument("Neither rows nor times were given.", "give X, y or time.")


def _read_groups(groups: object, n_rows: int) -> Rows | None:
    """Return a number for each row's group; a row without a group is a group of its own."""
    import pandas as pd

    if groups is None:
        return None
    codes, known = pd.factorize(pd.Series(groups).reset_index(drop=True), sort=True)
    if len(codes) != n_rows:
        raise BadArgument(f"{len(codes)} groups do not fit {n_rows} rows.", "give one group for each row.")
    return np.where(codes < 0, len(known) + np.arange(n_rows), codes)


def _part(train: Rows, test: Rows, keys: Rows, lot: np.random.Generator) -> tuple[Rows, Rows]:
    """Give each group with rows on both sides to one of them."""
    shared = np.intersect1d(keys[train], keys[test])
    to_test = shared[lot.random(len(shared)) < 0.5]
    to_train = np.setdiff1d(shared, to_test)
    return train[~np.isin(keys[train], to_test)], test[~np.isin(keys[test], to_train)]
