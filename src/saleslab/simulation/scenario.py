"""What the invented company is like: one frozen declaration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from saleslab.errors import BadArgument
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

Language = Literal["ja", "en"]

SMALLEST, LARGEST = 40, 200_000
"""Deals of the smallest and the largest company that can be asked for."""


@dataclass(frozen=True, slots=True)
class Defects:
    """Shares of rows to spoil, one per kind; `Defects.everywhere` asks for all twelve.

    Each share above 0 spoils at least one row. Every spoilt row is named in `Truth.defects`.

    Attributes
    ----------
    duplicates
        Companies and people entered twice with another spelling.
    missing_owners
        Open deals that belong to nobody.
    closed_before_created
        Deals whose close lies before their creation.
    negative_amounts
        Deals with an amount below zero.
    orphans
        Deals that point to an account that does not exist.
    backdated_stages
        Closing moves dated before the deal was created.
    uneven_logging
        People who record only a fifth of their activities (share of people).
    deleted_or_merged
        Accounts flagged as deleted, or merged into another one.
    immature_cohort
        Fresh deals imported in bulk in the last ten business days, open in the first stage (share of all deals).
    product_spelling
        Deal lines with a misspelt product.
    probability_range
        Deals whose probability is in percent.
    duplicated_keys
        Deals that are in the table twice.

    Examples
    --------
    >>> Defects.everywhere(0.02).orphans
    0.02
    >>> Defects().any
    False
    """

    duplicates: float = 0.0
    missing_owners: float = 0.0
    closed_before_created: float = 0.0
    negative_amounts: float = 0.0
    orphans: float = 0.0
    backdated_stages: float = 0.0
    uneven_logging: float = 0.0
    deleted_or_merged: float = 0.0
    immature_cohort: float = 0.0
    product_spelling: float = 0.0
    probability_range: float = 0.0
    duplicated_keys: float = 0.0

    def __post_init__(self) -> None:
        for kind in self.__slots__:
            if not 0 <= getattr(self, kind) <= 0.5:
                raise BadArgument(
                    f"Defects.{kind} is {getattr(self, kind)}, which is no share of rows to spoil.",
                    "give a share from 0 to 0.5.",
                )

    @classmethod
    def everywhere(cls, share: float = 0.01) -> Defects:
        """Return all twelve kinds with the same share."""
        return cls(*(share,) * len(cls.__slots__))

    @property
    def any(self) -> bool:
        """Whether anything is to be spoilt."""
        return any(getattr(self, kind) > 0 for kind in self.__slots__)


_LENGTHS = {
    "season.arrivals": 12,
    "season.closing": 12,
    "leads.sources": 7,
    "leads.source_mix": 7,
    "stages.advance": 5,
    "stages.days_advance": 5,
    "stages.days_lost": 5,
    "pricing.competitors": 4,
    "segments.industries": 9,
    "segments.median_amounts": 3,
    "calling.hours": 9,
    "calling.connected": 9,
}
"""How many values each effect by month, source, stage, competitor, industry, segment or hour must have."""

_CHANCES = ("leads.share_qualified", "stages.advance", "loyalty.win_rate_existing", "calling.connected")


@dataclass(frozen=True, slots=True)
class Scenario:
    """An invented company: how large, how long, in which language, and everything that is planted.

    Parameters
    ----------
    seed
        Same seed, same company, on every machine, in every process.
    n_deals
        The one knob of size: about so many deals in the window. People, leads, customers and activities follow: at
        the default 3,200 deals 35 people and about 290,000 activities; 110,000 deals make 10 million activities.
    start, end
        First and last day of the CRM's records; what happens after the end is cut off by the same process that made it.
    language
        Of names and words: ``ja`` or ``en``. The company is in Japan either way.
    fiscal_start_month
        First month of the fiscal year.

    Examples
    --------
    >>> Scenario(seed=7).end
    datetime.date(2026, 9, 30)
    """

    seed: int = 7
    n_deals: int = 3_200
    start: date = date(2023, 10, 1)
    end: date = date(2026, 9, 30)
    language: Language = "ja"
    fiscal_start_month: int = 4
    season: Season = field(default_factory=Season)
    overdispersion: Overdispersion = field(default_factory=Overdispersion)
    leads: LeadFlow = field(default_factory=LeadFlow)
    stages: StageRates = field(default_factory=StageRates)
    reps: RepEffects = field(default_factory=RepEffects)
    pricing: Pricing = field(default_factory=Pricing)
    follow_up: FollowUp = field(default_factory=FollowUp)
    segments: Segments = field(default_factory=Segments)
    loyalty: Loyalty = field(default_factory=Loyalty)
    calling: Calling = field(default_factory=Calling)
    trials: Trials = field(default_factory=Trials)
    defects: Defects = field(default_factory=Defects)

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise BadArgument(f"A seed cannot be {self.seed}.", "give a whole number from 0 up.")
        if not SMALLEST <= self.n_deals <= LARGEST:
            raise BadArgument(
                f"A company of {self.n_deals} deals cannot be simulated.", f"give n_deals from {SMALLEST} to {LARGEST}."
            )
        if self.language not in ("ja", "en"):
            raise BadArgument(f"There are no names in language '{self.language}'.", "give 'ja' or 'en'.")
        self._check_effects()
        if (self.end - self.start).days < 180:
            raise BadArgument(
                f"From {self.start} to {self.end} is too short for deals to ripen.", "leave at least 180 days."
            )

    def _check_effects(self) -> None:
        """Refuse effects that do not fit the months, stages, sources, industries... that they are about."""
        for path, n in _LENGTHS.items():
            group, name = path.split(".")
            given = len(getattr(getattr(self, group), name))
            if given != n:
                raise BadArgument(f"{path} has {given} values instead of {n}.", f"give one value for each of the {n}.")
        for path in _CHANCES:
            group, name = path.split(".")
            given_value = getattr(getattr(self, group), name)
            values = given_value if isinstance(given_value, tuple) else (given_value,)
            if not all(0 < value < 1 for value in values):
                raise BadArgument(f"{path} is {given_value}, which is no chance.", "give values between 0 and 1.")
