"""What will we sell, and how sure are we?

Many short series are read from one long frame, with every repair named (`check_panel`), and forecast at once by some
fifteen methods and one LightGBM, weighed by how far they were off from past origins (`forecast_series`), within
intervals that past errors justify (`calibrate_intervals`). A few series that matter are taken apart into trend, season
and drivers (`BayesianForecast`). Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.forecasting.accuracy.inputs import read_sold_days
    from saleslab.forecasting.accuracy.landing import land_series
    from saleslab.forecasting.accuracy.present import PresentForecasts, forecast_present
    from saleslab.forecasting.accuracy.review import AccuracyReview, review_accuracy, try_accuracy
    from saleslab.forecasting.backtests.measuring import measure_forecasts
    from saleslab.forecasting.backtests.replay import Backtest, backtest
    from saleslab.forecasting.backtests.sources import AsOfSource, DatedReader, DatedTable, Known
    from saleslab.forecasting.drivers.calendar_days import lay_calendar_drivers
    from saleslab.forecasting.drivers.effects import DriverEffect
    from saleslab.forecasting.drivers.initiatives import InitiativeEffect, estimate_effect
    from saleslab.forecasting.drivers.scenarios import ScenarioComparison, ScenarioTotal, compare_scenarios
    from saleslab.forecasting.drivers.words import (
        tell_driver,
        tell_effect,
        tell_effect_doubts,
        tell_scenario,
        tell_scenario_doubts,
    )
    from saleslab.forecasting.engine import EngineRun, run_engine
    from saleslab.forecasting.hierarchy.reconciling import Reconciled, reconcile
    from saleslab.forecasting.inputs import read_won_series
    from saleslab.forecasting.intervals import CalibratedIntervals, calibrate_intervals
    from saleslab.forecasting.landing.landing import Landing, forecast_landing
    from saleslab.forecasting.landing.remainders import SeriesRemainder, draw_remainder
    from saleslab.forecasting.movements.comparing import MOVES, MovePart, PipelineMovement, compare_pipelines
    from saleslab.forecasting.movements.inputs import find_last_snapshot, read_pipeline_at
    from saleslab.forecasting.outlook.course import SalesCourse, foresee_course
    from saleslab.forecasting.outlook.futures import SeriesFutures, draw_futures
    from saleslab.forecasting.outlook.inputs import read_forecast_names, read_next_steps
    from saleslab.forecasting.outlook.landing import Landed, land_period
    from saleslab.forecasting.outlook.pages import (
        judge_chance,
        write_deciding_list,
        write_landing_banners,
        write_landing_cards,
        write_landing_findings,
        write_landing_headline,
        write_landing_notes,
    )
    from saleslab.forecasting.outlook.past import PastLanding
    from saleslab.forecasting.outlook.pictures import (
        DecidingDeal,
        LandingStep,
        describe_deciding,
        describe_landing,
        describe_movement,
        describe_quarters,
        list_deciding,
        list_landing_steps,
        name_outlook_columns,
        tabulate_course,
        tabulate_deciding,
        tabulate_groups,
        tabulate_landing,
        tabulate_moved,
        tabulate_movement,
        tabulate_past,
        tabulate_quarters,
        word_outlook_table,
        write_chance,
        write_sum,
    )
    from saleslab.forecasting.outlook.record import tabulate_record, write_record
    from saleslab.forecasting.outlook.review import (
        PeriodTarget,
        SalesOutlook,
        choose_target,
        find_sales,
        review_outlook,
        try_outlook,
    )
    from saleslab.forecasting.outlook.weeks import LandingWeeks, follow_landing
    from saleslab.forecasting.panel import PanelCheck, PanelRemark, check_panel, tell_remark
    from saleslab.forecasting.paths import draw_paths
    from saleslab.forecasting.pipeline.deals import PipelineForecast, forecast_pipeline
    from saleslab.forecasting.pipeline.history import DealHistory
    from saleslab.forecasting.pipeline.inputs import read_deal_history, read_open_deals, read_won_so_far
    from saleslab.forecasting.pipeline.pooling import WinRates, count_decided, pool_win_rates
    from saleslab.forecasting.records.log import ForecastLog, Written
    from saleslab.forecasting.records.nodes import name_node, split_node
    from saleslab.forecasting.series import forecast_series
    from saleslab.forecasting.structure.bayesian import BayesianForecast
    from saleslab.forecasting.structure.parts import SeriesParts
    from saleslab.forecasting.structure.words import (
        describe_part,
        describe_trend,
        name_part_columns,
        tabulate_part,
        tell_effects,
    )

_HOME = {
    "AccuracyReview": "accuracy.review",
    "AsOfSource": "backtests.sources",
    "Backtest": "backtests.replay",
    "BayesianForecast": "structure.bayesian",
    "CalibratedIntervals": "intervals",
    "DatedReader": "backtests.sources",
    "DatedTable": "backtests.sources",
    "DealHistory": "pipeline.history",
    "DecidingDeal": "outlook.pictures",
    "DriverEffect": "drivers.effects",
    "EngineRun": "engine",
    "ForecastLog": "records.log",
    "InitiativeEffect": "drivers.initiatives",
    "Known": "backtests.sources",
    "Landed": "outlook.landing",
    "Landing": "landing.landing",
    "LandingStep": "outlook.pictures",
    "LandingWeeks": "outlook.weeks",
    "MOVES": "movements.comparing",
    "MovePart": "movements.comparing",
    "PanelCheck": "panel",
    "PanelRemark": "panel",
    "PastLanding": "outlook.past",
    "PeriodTarget": "outlook.review",
    "PipelineForecast": "pipeline.deals",
    "PipelineMovement": "movements.comparing",
    "PresentForecasts": "accuracy.present",
    "Reconciled": "hierarchy.reconciling",
    "SalesCourse": "outlook.course",
    "SalesOutlook": "outlook.review",
    "ScenarioComparison": "drivers.scenarios",
    "ScenarioTotal": "drivers.scenarios",
    "SeriesFutures": "outlook.futures",
    "SeriesParts": "structure.parts",
    "SeriesRemainder": "landing.remainders",
    "WinRates": "pipeline.pooling",
    "Written": "records.log",
    "backtest": "backtests.replay",
    "calibrate_intervals": "intervals",
    "check_panel": "panel",
    "choose_target": "outlook.review",
    "compare_pipelines": "movements.comparing",
    "compare_scenarios": "drivers.scenarios",
    "count_decided": "pipeline.pooling",
    "describe_deciding": "outlook.pictures",
    "describe_landing": "outlook.pictures",
    "describe_movement": "outlook.pictures",
    "describe_part": "structure.words",
    "describe_quarters": "outlook.pictures",
    "describe_trend": "structure.words",
    "draw_futures": "outlook.futures",
    "draw_paths": "paths",
    "draw_remainder": "landing.remainders",
    "estimate_effect": "drivers.initiatives",
    "find_last_snapshot": "movements.inputs",
    "find_sales": "outlook.review",
    "follow_landing": "outlook.weeks",
    "forecast_landing": "landing.landing",
    "forecast_pipeline": "pipeline.deals",
    "forecast_present": "accuracy.present",
    "forecast_series": "series",
    "foresee_course": "outlook.course",
    "judge_chance": "outlook.pages",
    "land_period": "outlook.landing",
    "land_series": "accuracy.landing",
    "lay_calendar_drivers": "drivers.calendar_days",
    "list_deciding": "outlook.pictures",
    "list_landing_steps": "outlook.pictures",
    "measure_forecasts": "backtests.measuring",
    "name_node": "records.nodes",
    "name_outlook_columns": "outlook.pictures",
    "name_part_columns": "structure.words",
    "pool_win_rates": "pipeline.pooling",
    "read_deal_history": "pipeline.inputs",
    "read_forecast_names": "outlook.inputs",
    "read_next_steps": "outlook.inputs",
    "read_open_deals": "pipeline.inputs",
    "read_pipeline_at": "movements.inputs",
    "read_sold_days": "accuracy.inputs",
    "read_won_series": "inputs",
    "read_won_so_far": "pipeline.inputs",
    "reconcile": "hierarchy.reconciling",
    "review_accuracy": "accuracy.review",
    "review_outlook": "outlook.review",
    "run_engine": "engine",
    "split_node": "records.nodes",
    "tabulate_course": "outlook.pictures",
    "tabulate_deciding": "outlook.pictures",
    "tabulate_groups": "outlook.pictures",
    "tabulate_landing": "outlook.pictures",
    "tabulate_moved": "outlook.pictures",
    "tabulate_movement": "outlook.pictures",
    "tabulate_part": "structure.words",
    "tabulate_past": "outlook.pictures",
    "tabulate_quarters": "outlook.pictures",
    "tabulate_record": "outlook.record",
    "tell_driver": "drivers.words",
    "tell_effect": "drivers.words",
    "tell_effect_doubts": "drivers.words",
    "tell_effects": "structure.words",
    "tell_remark": "panel",
    "tell_scenario": "drivers.words",
    "tell_scenario_doubts": "drivers.words",
    "try_accuracy": "accuracy.review",
    "try_outlook": "outlook.review",
    "word_outlook_table": "outlook.pictures",
    "write_deciding_list": "outlook.pages",
    "write_landing_banners": "outlook.pages",
    "write_landing_cards": "outlook.pages",
    "write_landing_findings": "outlook.pages",
    "write_landing_headline": "outlook.pages",
    "write_landing_notes": "outlook.pages",
    "write_record": "outlook.record",
    "write_chance": "outlook.pictures",
    "write_sum": "outlook.pictures",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "MOVES",
    "AccuracyReview",
    "AsOfSource",
    "Backtest",
    "BayesianForecast",
    "CalibratedIntervals",
    "DatedReader",
    "DatedTable",
    "DealHistory",
    "DecidingDeal",
    "DriverEffect",
    "EngineRun",
    "ForecastLog",
    "InitiativeEffect",
    "Known",
    "Landed",
    "Landing",
    "LandingStep",
    "LandingWeeks",
    "MovePart",
    "PanelCheck",
    "PanelRemark",
    "PastLanding",
    "PeriodTarget",
    "PipelineForecast",
    "PipelineMovement",
    "PresentForecasts",
    "Reconciled",
    "SalesCourse",
    "SalesOutlook",
    "ScenarioComparison",
    "ScenarioTotal",
    "SeriesFutures",
    "SeriesParts",
    "SeriesRemainder",
    "WinRates",
    "Written",
    "backtest",
    "calibrate_intervals",
    "check_panel",
    "choose_target",
    "compare_pipelines",
    "compare_scenarios",
    "count_decided",
    "describe_deciding",
    "describe_landing",
    "describe_movement",
    "describe_part",
    "describe_quarters",
    "describe_trend",
    "draw_futures",
    "draw_paths",
    "draw_remainder",
    "estimate_effect",
    "find_last_snapshot",
    "find_sales",
    "follow_landing",
    "forecast_landing",
    "forecast_pipeline",
    "forecast_present",
    "forecast_series",
    "foresee_course",
    "judge_chance",
    "land_period",
    "land_series",
    "lay_calendar_drivers",
    "list_deciding",
    "list_landing_steps",
    "measure_forecasts",
    "name_node",
    "name_outlook_columns",
    "name_part_columns",
    "pool_win_rates",
    "read_deal_history",
    "read_forecast_names",
    "read_next_steps",
    "read_open_deals",
    "read_pipeline_at",
    "read_sold_days",
    "read_won_series",
    "read_won_so_far",
    "reconcile",
    "review_accuracy",
    "review_outlook",
    "run_engine",
    "split_node",
    "tabulate_course",
    "tabulate_deciding",
    "tabulate_groups",
    "tabulate_landing",
    "tabulate_moved",
    "tabulate_movement",
    "tabulate_part",
    "tabulate_past",
    "tabulate_quarters",
    "tabulate_record",
    "tell_driver",
    "tell_effect",
    "tell_effect_doubts",
    "tell_effects",
    "tell_remark",
    "tell_scenario",
    "tell_scenario_doubts",
    "try_accuracy",
    "try_outlook",
    "word_outlook_table",
    "write_chance",
    "write_deciding_list",
    "write_landing_banners",
    "write_landing_cards",
    "write_landing_findings",
    "write_landing_headline",
    "write_landing_notes",
    "write_record",
    "write_sum",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
