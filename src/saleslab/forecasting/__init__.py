"""What will we sell, and how sure are we?

Many short series are read from one long frame, with every repair named (`check_panel`), and forecast at once by some
fifteen methods and one LightGBM, weighed by how far they were off from past origins (`forecast_series`), within
intervals that past errors justify (`calibrate_intervals`). Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.forecasting.engine import EngineRun, run_engine
    from saleslab.forecasting.inputs import read_won_series
    from saleslab.forecasting.intervals import CalibratedIntervals, calibrate_intervals
    from saleslab.forecasting.panel import PanelCheck, PanelRemark, check_panel, tell_remark
    from saleslab.forecasting.paths import draw_paths
    from saleslab.forecasting.series import forecast_series

_HOME = {
    "CalibratedIntervals": "intervals",
    "EngineRun": "engine",
    "PanelCheck": "panel",
    "PanelRemark": "panel",
    "calibrate_intervals": "intervals",
    "check_panel": "panel",
    "draw_paths": "paths",
    "forecast_series": "series",
    "read_won_series": "inputs",
    "run_engine": "engine",
    "tell_remark": "panel",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "CalibratedIntervals",
    "EngineRun",
    "PanelCheck",
    "PanelRemark",
    "calibrate_intervals",
    "check_panel",
    "draw_paths",
    "forecast_series",
    "read_won_series",
    "run_engine",
    "tell_remark",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
