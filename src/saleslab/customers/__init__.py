"""What is each customer worth, and what next?

So far: who comes back (`cohorts`) and how much hangs on the largest (`concentration`).
"""

from saleslab.customers.cohorts import BuyerCohort, CohortCell, RepeatPurchase, measure_cohorts
from saleslab.customers.concentration import TOPS, Concentration, measure_concentration
from saleslab.customers.inputs import find_purchase_source, read_ranked_customers, read_returns

__all__ = [
    "TOPS",
    "BuyerCohort",
    "CohortCell",
    "Concentration",
    "RepeatPurchase",
    "find_purchase_source",
    "measure_cohorts",
    "measure_concentration",
    "read_ranked_customers",
    "read_returns",
]
