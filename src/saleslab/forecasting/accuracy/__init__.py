"""How good was last quarter's forecast, whose word can be relied on, and where is it always off?

Reading order: `inputs` (sums from the warehouse), `landing` (what a series alone says of a running period), `methods`
(what each method says on a day), `review` (all of them on past days, beside what people said), `present` (what is said
today, for the log), `comparing`; then `pages` and `pictures`, which word and tabulate it. Every name is
loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab._late_imports import serve_late

if TYPE_CHECKING:
    from saleslab.forecasting.accuracy.comparing import (
        Duel,
        calibrate_chances,
        compare_methods,
        fight,
        find_verdict,
        list_chances,
        list_methods,
        list_ranges,
        measure_nodes,
        usual_days,
    )
    from saleslab.forecasting.accuracy.inputs import (
        list_measures,
        read_first_sale,
        read_money_targets,
        read_person_names,
        read_sales,
        read_sold_days,
        read_submissions,
        read_team_of,
        read_weighted_pipeline,
    )
    from saleslab.forecasting.accuracy.landing import land_series, name_targets, sum_by_node
    from saleslab.forecasting.accuracy.methods import find_measure
    from saleslab.forecasting.accuracy.pages import (
        write_banner,
        write_cards,
        write_findings,
        write_headline,
        write_notes,
    )
    from saleslab.forecasting.accuracy.pictures import (
        describe_bias,
        describe_chances,
        describe_errors,
        describe_ranges,
        describe_said,
        name_columns,
        name_method,
        tabulate_calibration,
        tabulate_chances,
        tabulate_errors,
        tabulate_nodes,
        tabulate_ranges,
        tabulate_recorded,
        tabulate_said,
        word_accuracy,
        word_table,
    )
    from saleslab.forecasting.accuracy.present import PresentForecasts, forecast_present, sum_other_periods
    from saleslab.forecasting.accuracy.review import AccuracyReview, review_accuracy, try_accuracy

_HOME = {
    "AccuracyReview": "review",
    "Duel": "comparing",
    "PresentForecasts": "present",
    "calibrate_chances": "comparing",
    "compare_methods": "comparing",
    "describe_bias": "pictures",
    "describe_chances": "pictures",
    "describe_errors": "pictures",
    "describe_ranges": "pictures",
    "describe_said": "pictures",
    "fight": "comparing",
    "find_measure": "methods",
    "find_verdict": "comparing",
    "forecast_present": "present",
    "land_series": "landing",
    "list_chances": "comparing",
    "list_measures": "inputs",
    "list_methods": "comparing",
    "list_ranges": "comparing",
    "measure_nodes": "comparing",
    "name_columns": "pictures",
    "name_method": "pictures",
    "name_targets": "landing",
    "read_first_sale": "inputs",
    "read_money_targets": "inputs",
    "read_person_names": "inputs",
    "read_sales": "inputs",
    "read_sold_days": "inputs",
    "read_submissions": "inputs",
    "read_team_of": "inputs",
    "read_weighted_pipeline": "inputs",
    "review_accuracy": "review",
    "sum_by_node": "landing",
    "sum_other_periods": "present",
    "tabulate_calibration": "pictures",
    "tabulate_chances": "pictures",
    "tabulate_errors": "pictures",
    "tabulate_nodes": "pictures",
    "tabulate_ranges": "pictures",
    "tabulate_recorded": "pictures",
    "tabulate_said": "pictures",
    "try_accuracy": "review",
    "usual_days": "comparing",
    "word_accuracy": "pictures",
    "word_table": "pictures",
    "write_banner": "pages",
    "write_cards": "pages",
    "write_findings": "pages",
    "write_headline": "pages",
    "write_notes": "pages",
}

__all__ = [
    "AccuracyReview",
    "Duel",
    "PresentForecasts",
    "calibrate_chances",
    "compare_methods",
    "describe_bias",
    "describe_chances",
    "describe_errors",
    "describe_ranges",
    "describe_said",
    "fight",
    "find_measure",
    "find_verdict",
    "forecast_present",
    "land_series",
    "list_chances",
    "list_measures",
    "list_methods",
    "list_ranges",
    "measure_nodes",
    "name_columns",
    "name_method",
    "name_targets",
    "read_first_sale",
    "read_money_targets",
    "read_person_names",
    "read_sales",
    "read_sold_days",
    "read_submissions",
    "read_team_of",
    "read_weighted_pipeline",
    "review_accuracy",
    "sum_by_node",
    "sum_other_periods",
    "tabulate_calibration",
    "tabulate_chances",
    "tabulate_errors",
    "tabulate_nodes",
    "tabulate_ranges",
    "tabulate_recorded",
    "tabulate_said",
    "try_accuracy",
    "usual_days",
    "word_accuracy",
    "word_table",
    "write_banner",
    "write_cards",
    "write_findings",
    "write_headline",
    "write_notes",
]

__getattr__, __dir__ = serve_late(__name__, _HOME)
