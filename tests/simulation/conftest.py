"""Companies that several tests look at: simulated once a session."""

from __future__ import annotations

import pytest

from saleslab.simulation import Company, Defects, Scenario, simulate


@pytest.fixture(scope="session")
def company() -> Company:
    return simulate(Scenario(seed=7))


@pytest.fixture(scope="session")
def large() -> Company:
    """Large enough that simple estimators are close to the truth."""
    return simulate(Scenario(seed=11, n_deals=14_000))


@pytest.fixture(scope="session")
def spoilt() -> Company:
    return simulate(Scenario(seed=7, defects=Defects.everywhere(0.02)))
