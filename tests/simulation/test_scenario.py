"""A scenario that cannot be is refused before anything is simulated."""

from __future__ import annotations

from datetime import date

import pytest

from saleslab.errors import BadArgument
from saleslab.simulation import Defects, Scenario, Season, StageRates


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": -1}, r"cannot be -1(?s:.*)Next: give a whole number"),
        ({"n_deals": 39}, r"39 deals(?s:.*)Next: give n_deals from 40 to 200000"),
        ({"n_deals": 10**6}, r"1000000 deals(?s:.*)Next: give n_deals from 40"),
        ({"language": "fr"}, r"language 'fr'(?s:.*)Next: give 'ja' or 'en'"),
        (
            {"season": Season(closing=(1.0,) * 11)},
            r"season.closing has 11 values(?s:.*)Next: give one value for each of",
        ),
        (
            {"stages": StageRates(advance=(0.9, 0.9, 1.0, 0.9, 0.9))},
            r"no chance(?s:.*)Next: give values between 0 and 1",
        ),
        ({"end": date(2023, 12, 1)}, r"too short(?s:.*)Next: leave at least 180 days"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadArgument, match=message):
        Scenario(**changes)  # type: ignore[arg-type]


def test_defect_shares_above_one_half_are_refused() -> None:
    with pytest.raises(BadArgument, match=r"Defects.orphans is 0.9(?s:.*)Next: give a share from 0 to 0.5"):
        Defects(orphans=0.9)
