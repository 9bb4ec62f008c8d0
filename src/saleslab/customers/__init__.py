"""What is each customer worth, and what next?

So far: who comes back (`cohorts`) and how much hangs on the largest (`concentration`).
"""

from saleslab.customers.cohorts import BuyerCohort, CohortCell, RepeatPurchase, measure_cohorts
from saleslab.customers.concentration import TOPS, Concentration, measure_concentration
from saleslab.customers.inputs import find_purchase_source, read_ranked_customers, read_returns
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

__all__ = [
    "TOPS",
    "BuyerCohort",
    "CohortCell",
    "Concentration",
    "RepeatPurchase",
    "describe_cohorts",
    "describe_concentration",
    "find_purchase_source",
    "measure_cohorts",
    "measure_concentration",
    "name_columns",
    "read_ranked_customers",
    "read_returns",
    "say_gap",
    "tabulate_cohorts",
    "tabulate_concentration",
    "tell_concentration",
    "tell_returns",
]
