"""What is kept of past deals: how they stood on past days and what became of them, in counts and sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

from saleslab.forecasting.pipeline.slots import Slots

Doubt = Literal[
    "no_stage_history",
    "no_expected_close",
    "no_amounts",
    "amounts_beyond_measure",
    "no_creation_date",
    "no_close_date",
    "closed_before_created",
    "foreign_currency",
    "short_history",
    "few_deals",
    "few_trials",
    "not_blended",
]
"""What is missing or was left out; worded by `forecast_pages.doubt.<code>`."""


@dataclass(frozen=True, slots=True, eq=False)
class DealHistory:
    """All deals known at a day, as counts.

    Attributes
    ----------
    as_of, until
        The day, and the last day of the forecast.
    slots
        The days up to then, cut into slots.
    stood
        Deals as they stood on landmarks, one row a group: ``landmark`` (months back), ``stage, stay, due, pushes, size,
        team_id``, ``month`` in which they closed (missing where not by ``as_of``, or only after as many months as the
        forecast has), ``outcome`` (won, lost or open), ``n, amount, amount_squares, won_amount, log_growth,
        log_growth_squares, n_grown``.
    cohorts
        Deals by ``kind, created_slot, closed_slot, outcome``: ``n, amount, amount_squares``; the slot is -1 before the
        first one, and missing for deals that are open.
    sizes
        Won amounts by ``kind`` and ``bin`` (fourths of doublings): ``n, amount``.
    entry
        The slot of the first closing on record: deals that had closed before are in no record.
    size_edges
        Amounts that part small, middle and large deals.
    has_stages, has_dues, has_amounts
        Whether past stages, expected close dates and amounts are on record.
    left_out
        Deals that were left out, counted by the reason.
    """

    as_of: date
    until: date
    slots: Slots
    stood: pd.DataFrame
    cohorts: pd.DataFrame
    sizes: pd.DataFrame
    entry: int
    size_edges: tuple[float, ...]
    has_stages: bool
    has_dues: bool
    has_amounts: bool
    left_out: Mapping[Doubt, int] = field(default_factory=dict)
