"""What will the few series that matter be, and what moves them? A model with parts, as the reference of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from saleslab.errors import BadArgument
from saleslab.forecasting.laying import Floats, Repeats
from saleslab.forecasting.repairs import Gaps
from saleslab.forecasting.series import check_horizon, check_levels
from saleslab.forecasting.structure.drawing import Courses, draw_courses
from saleslab.forecasting.structure.evidence import lay_parts
from saleslab.forecasting.structure.parts import SeriesParts, tabulate_effects, tabulate_parts
from saleslab.forecasting.structure.reading import Observed, read_series
from saleslab.forecasting.structure.sampling import draw_scales
from saleslab.forecasting.structure.scales import list_beliefs
from saleslab.forecasting.structure.shocks import find_shocks
from saleslab.stats.intervals import check_mass
from saleslab.stats.sampling import Diagnosis
from saleslab.stats.threads import on_one_thread

_FEWEST_DRAWS = 200


class BayesianForecast(BaseEstimator):  # type: ignore[misc]
    """A scikit-learn estimator of trend, season and effects of drivers in a few series, and of what comes.

    Use it for up to some dozen series that matter and for the question what moves them; `forecast_series` answers for
    thousands of series in the time that this takes for one, and this is the model it is held against. A value is a
    level that wanders with a slope that fades, a season that may change, the effects of drivers, and noise; on a log
    scale where a series is always above 0, so that season and effects multiply. How much each part moves, and what
    seasons and effects look like, is partially pooled over the series. Periods out of line, and jumps of a level, are
    weighed first: they count for less, and no further one is in the ranges ahead. Given these weights and the scales
    of the parts everything is normal and summed exactly; only the scales are sampled, with PyMC.

    Parameters
    ----------
    season_length
        Periods in a season; None takes what the grain has as a rule.
    seed
        The same panel and seed give the same numbers, whatever the order of rows.
    n_draws
        Possible courses on which all numbers rest.
    gaps, repeats
        What missing rows and repeated periods mean; see `check_panel`. Values that are not known are not filled but
        left out.

    Attributes
    ----------
    diagnosis_
        Of the draws; `SamplingFailed` is raised where they could not be used.
    remarks_
        What was done to the panel, as `check_panel` names it; ``older_left_out`` where only the last 72 periods (or
        three seasons, if that is more) were used.
    season_length_
        Periods in a season.
    driver_names_
        The drivers, sorted.
    series_ids_
        Labels of the series, sorted.

    Examples
    --------
    >>> months = pd.date_range("2022-01-01", periods=30, freq="MS")
    >>> rng = np.random.default_rng(0)
    >>> panel = pd.DataFrame({"series_id": "tokyo", "period": months, "value": rng.normal(100, 5, 30)})
    >>> model = BayesianForecast(season_length=1, seed=0).fit(panel)
    >>> said = model.predict(2)
    >>> said.columns.tolist()[:6]
    ['series_id', 'period', 'mean', 'median', 'lower_80', 'upper_80']
    >>> bool(said["median"].between(95, 105).all()), model.decompose().parts["part"].unique().tolist()
    (True, ['trend'])
    """

    def __init__(
        self,
        *,
        season_length: int | None = None,
        seed: int = 0,
        n_draws: int = 1_000,
        gaps: Gaps = "auto",
        repeats: Repeats = "refuse",
    ) -> None:
        self.season_length = season_length
        self.seed = seed
        self.n_draws = n_draws
        self.gaps = gaps
        self.repeats = repeats

    def fit(self, panel: pd.DataFrame, y: Any = None, *, drivers: pd.DataFrame | None = None) -> Self:  # noqa: ARG002
        """Learn how much each part of the series moves.

        Parameters
        ----------
        panel
            Columns ``series_id, period, value``, as `forecast_series` takes it.
        y
            Not used.
        drivers
            As `forecast_series` takes them; a row is needed for every period of the past, and for those ahead, here or
            in `predict`.

        Raises
        ------
        TableError
            When the panel cannot be repaired without guessing, or drivers lack a row.
        NotEnoughData
            When a series has fewer than eight known periods or never moves, or a driver never does.
        BadArgument
            When an option makes no sense, or there are more than 60 series.
        SamplingFailed
            When the draws cannot be used.
        """
        n_draws = self.n_draws
        if not isinstance(n_draws, int | np.integer) or n_draws < _FEWEST_DRAWS:
            raise BadArgument(f"n_draws is {n_draws!r}.", f"give a whole number, {_FEWEST_DRAWS} or more.")
        observed = read_series(
            panel, season_length=self.season_length, gaps=self.gaps, repeats=self.repeats, drivers=drivers
        )
        beliefs = list_beliefs(len(observed.levels), observed.n_drivers, observed.laid.season_length)
        with on_one_thread():
            shocks, start = find_shocks(observed, beliefs)
        layout = lay_parts(observed, shocks)
        drawn = draw_scales(layout, beliefs, start=start, n_draws=int(n_draws), seed=int(self.seed))
        self._observed, self._layout, self._scales, self._table = observed, layout, drawn.scales, drivers
        self.diagnosis_: Diagnosis = drawn.diagnosis
        self.remarks_ = observed.remarks
        self.season_length_ = observed.laid.season_length
        self.driver_names_ = () if observed.drivers is None else observed.drivers.names
        self.series_ids_ = observed.laid.ids
        return self

    def predict(
        self, horizon: int, *, levels: Sequence[float] = (0.8, 0.95), drivers: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Return forecasts in the form of `forecast_series`.

        Parameters
        ----------
        horizon
            Periods ahead.
        levels
            Masses of the intervals.
        drivers
            With the periods ahead, where those of `fit` do not hold them or the plan is another one.

        Returns
        -------
        frame
            ``series_id, period, mean, median, lower_80, upper_80, ...``, sorted by series and period.

        Raises
        ------
        TableError
            When a driver is not known for a period ahead.
        BadArgument
            When the horizon or a level makes no sense, or drivers are others than in `fit`.
        """
        masses = check_levels(levels)
        check_horizon(horizon)
        courses = self._draw(int(horizon), drivers)
        observed: Observed = self._observed
        values = observed.restore(courses.sum_ahead())
        n, laid = len(observed.levels), observed.laid
        numbers = (laid.ends[:, None] + np.arange(1, int(horizon) + 1)).ravel()
        columns: dict[str, Any] = {
            "series_id": laid.ids.take(np.repeat(np.arange(n), int(horizon))),
            "period": laid.grid.restore(numbers),
            "mean": values.mean(axis=0).ravel(),
            "median": np.median(values, axis=0).ravel(),
        }
        for mass in masses:
            low, high = np.quantile(values, [(1 - mass) / 2, (1 + mass) / 2], axis=0)
            columns |= {f"lower_{100 * mass:.10g}": low.ravel(), f"upper_{100 * mass:.10g}": high.ravel()}
        said = pd.DataFrame(columns)
        said.attrs["remarks"] = self.remarks_
        return said

    def decompose(self, *, horizon: int = 0, mass: float = 0.8, drivers: pd.DataFrame | None = None) -> SeriesParts:
        """Return what trend, season and drivers do in every period, and what a unit of each driver does.

        Parameters
        ----------
        horizon
            Periods ahead that are told too.
        mass
            Of the intervals of parts; those of effects hold 95 %.
        drivers
            As for `predict`.

        Raises
        ------
        TableError
            When a driver is not known for a period ahead.
        BadArgument
            When the horizon or the mass makes no sense, or drivers are others than in `fit`.
        """
        check_mass(mass)
        if horizon:
            check_horizon(horizon)
        courses = self._draw(int(horizon), drivers)
        observed: Observed = self._observed
        return SeriesParts(
            parts=tabulate_parts(observed, courses, mass),
            effects=tabulate_effects(observed, courses, by_series=False),
            series_effects=tabulate_effects(observed, courses, by_series=True),
            mass=mass,
        )

    def _draw(self, horizon: int, drivers: pd.DataFrame | None) -> Courses:
        check_is_fitted(self, "diagnosis_")
        observed: Observed = self._observed
        if drivers is not None and observed.drivers is None:
            raise BadArgument("The model was fitted without drivers.", "give drivers to fit as well, or to neither.")
        table = self._table if drivers is None else drivers
        ahead: Floats = observed.measure_drivers(table, horizon)
        return draw_courses(
            self._layout,
            self._scales,
            waves=observed.lay_waves(horizon),
            drivers=ahead,
            season_length=observed.laid.season_length,
            seed=int(self.seed),
        )
