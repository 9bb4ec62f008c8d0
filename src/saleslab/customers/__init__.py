"""What is each customer worth, and what next?

Who comes back (`cohorts`), how much hangs on the largest (`concentration`), and how often each will buy, with intervals
of the number that comes (`value`). Every name is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from saleslab.customers.cohorts import BuyerCohort, CohortCell, RepeatPurchase, measure_cohorts
    from saleslab.customers.concentration import TOPS, Concentration, measure_concentration
    from saleslab.customers.inputs import (
        find_purchase_source,
        read_purchase_counts,
        read_ranked_customers,
        read_returns,
    )
    from saleslab.customers.occasions import OccasionModel, fit_occasions
    from saleslab.customers.pictures import (
        describe_cohorts,
        describe_concentration,
        name_columns,
        say_gap,
        tabulate_cohorts,
        tabulate_concentration,
        tell_concentration,
        tell_returns,
    )
    from saleslab.customers.purchase_fits import PurchasePrior
    from saleslab.customers.purchases import count_purchases, group_purchases
    from saleslab.customers.reasons import ValueReason, tell_value_reason
    from saleslab.customers.renewals import RenewalModel, fit_renewals
    from saleslab.customers.spend import SpendModel, fit_spend
    from saleslab.customers.value import CustomerValue, TotalForecast
    from saleslab.customers.value_backtest import BASELINES, ForecastScore, ValueBacktest, backtest_value

_HOME = {
    "BASELINES": "value_backtest",
    "BuyerCohort": "cohorts",
    "CohortCell": "cohorts",
    "Concentration": "concentration",
    "CustomerValue": "value",
    "ForecastScore": "value_backtest",
    "OccasionModel": "occasions",
    "PurchasePrior": "purchase_fits",
    "RenewalModel": "renewals",
    "RepeatPurchase": "cohorts",
    "SpendModel": "spend",
    "TOPS": "concentration",
    "TotalForecast": "value",
    "ValueBacktest": "value_backtest",
    "ValueReason": "reasons",
    "backtest_value": "value_backtest",
    "count_purchases": "purchases",
    "describe_cohorts": "pictures",
    "describe_concentration": "pictures",
    "find_purchase_source": "inputs",
    "fit_occasions": "occasions",
    "fit_renewals": "renewals",
    "fit_spend": "spend",
    "group_purchases": "purchases",
    "measure_cohorts": "cohorts",
    "measure_concentration": "concentration",
    "name_columns": "pictures",
    "read_purchase_counts": "inputs",
    "read_ranked_customers": "inputs",
    "read_returns": "inputs",
    "say_gap": "pictures",
    "tabulate_cohorts": "pictures",
    "tabulate_concentration": "pictures",
    "tell_concentration": "pictures",
    "tell_returns": "pictures",
    "tell_value_reason": "reasons",
}
"""The file of each name; add yours here, above and in ``__all__``, sorted."""

__all__ = [
    "BASELINES",
    "TOPS",
    "BuyerCohort",
    "CohortCell",
    "Concentration",
    "CustomerValue",
    "ForecastScore",
    "OccasionModel",
    "PurchasePrior",
    "RenewalModel",
    "RepeatPurchase",
    "SpendModel",
    "TotalForecast",
    "ValueBacktest",
    "ValueReason",
    "backtest_value",
    "count_purchases",
    "describe_cohorts",
    "describe_concentration",
    "find_purchase_source",
    "fit_occasions",
    "fit_renewals",
    "fit_spend",
    "group_purchases",
    "measure_cohorts",
    "measure_concentration",
    "name_columns",
    "read_purchase_counts",
    "read_ranked_customers",
    "read_returns",
    "say_gap",
    "tabulate_cohorts",
    "tabulate_concentration",
    "tell_concentration",
    "tell_returns",
    "tell_value_reason",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"saleslab.customers.{_HOME[name]}"), name)
    raise AttributeError(f"module 'saleslab.customers' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
