"""What if we knew the truth?

An invented company with planted effects, seeded, any size: every canonical table, and beside them everything that was
planted, so that a study can be asked whether it finds it.

>>> company = simulate(Scenario(seed=7, n_deals=40))
>>> sorted(company.tables)[:3]
['accounts', 'actions', 'activities']
"""

from saleslab.simulation.company import Company, simulate
from saleslab.simulation.effects import (
    Calling,
    FollowUp,
    LeadFlow,
    Loyalty,
    Overdispersion,
    Pricing,
    RepEffects,
    Season,
    Segments,
    StageRates,
    Trials,
)
from saleslab.simulation.load import load_company
from saleslab.simulation.scenario import Defects, Scenario
from saleslab.simulation.truth import Truth

__all__ = [
    "Calling",
    "Company",
    "Defects",
    "FollowUp",
    "LeadFlow",
    "Loyalty",
    "Overdispersion",
    "Pricing",
    "RepEffects",
    "Scenario",
    "Season",
    "Segments",
    "StageRates",
    "Trials",
    "Truth",
    "load_company",
    "simulate",
]
