"""How does an answer look?

Every chart of the lab is drawn here: `finish` gives a chart its theme, size and language, `render_svg` turns its
specification into a still picture that any browser shows without script, network or fonts of the machine.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from saleslab._late_imports import postpone_address_grammars

if TYPE_CHECKING:
    from saleslab.charts import (
        customer_feedback,
        customer_health,
        customer_offers,
        customer_value,
        customers,
        experiments,
        forecast_accuracy,
        forecast_quotas,
        forecasting,
        forecasting_components,
        kpi,
        kpi_changes,
        kpi_rewards,
        kpi_scorecard,
        lead_studies,
        operations,
        scoring,
        segmentation,
        theme,
    )
    from saleslab.charts.svg import render_svg
    from saleslab.charts.theme import finish

postpone_address_grammars()

_ROOMS = (
    "customer_feedback",
    "customer_health",
    "customer_offers",
    "customer_value",
    "customers",
    "experiments",
    "forecast_accuracy",
    "forecast_quotas",
    "forecasting",
    "forecasting_components",
    "kpi",
    "kpi_changes",
    "kpi_rewards",
    "kpi_scorecard",
    "lead_studies",
    "operations",
    "scoring",
    "segmentation",
    "theme",
)
_HOME = {"finish": "theme", "render_svg": "svg"}

__all__ = [
    "customer_feedback",
    "customer_health",
    "customer_offers",
    "customer_value",
    "customers",
    "experiments",
    "finish",
    "forecast_accuracy",
    "forecast_quotas",
    "forecasting",
    "forecasting_components",
    "kpi",
    "kpi_changes",
    "kpi_rewards",
    "kpi_scorecard",
    "lead_studies",
    "operations",
    "render_svg",
    "scoring",
    "segmentation",
    "theme",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"saleslab.charts.{name}")
    if name in _HOME:
        return getattr(import_module(f"saleslab.charts.{_HOME[name]}"), name)
    raise AttributeError(f"module 'saleslab.charts' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
