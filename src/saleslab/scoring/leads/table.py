"""Leads as a model sees them: one row a lead, and what each column is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring.leads.features import AbsentFeature, Feature, KnownAt, wanted_features

LEAD_KEYS = (
    "lead_id", "account_id", "contact_id", "owner_id", "created_at", "scored_at", "won_at", "closed_at", "is_open",
)  # fmt: skip
"""Columns of a `LeadTable` that are no features."""


@dataclass(frozen=True, slots=True)
class LeadTable:
    """Leads, each described by what was known at its own moment.

    Attributes
    ----------
    frame
        One row a lead: ``lead_id``, ``account_id``, ``contact_id``, ``owner_id``, ``created_at``, ``scored_at`` (the
        moment whose knowledge the features hold), ``won_at``, ``closed_at`` (won, lost or given up; missing while that
        is open), ``is_open`` (still to be worked as a lead), then the features. Times are UTC. Leads of a file have
        ``position`` (their order in time, from 0) and, where the file says it, ``is_won`` beside these.
    features
        Declarations of the feature columns, in their order.
    absent
        Features that could not be built, each with the columns that hold nothing.
    known_at
        The moment at which leads are described.
    as_of
        Last day that is known; None for a file that does not say.
    """

    frame: pd.DataFrame
    features: tuple[Feature, ...]
    absent: tuple[AbsentFeature, ...] = ()
    known_at: KnownAt = "created"
    as_of: date | None = None

    @property
    def inputs(self) -> pd.DataFrame:
        """The feature columns alone: what a model is fitted to."""
        return self.frame[[feature.name for feature in self.features]]

    @property
    def time(self) -> pd.Series:
        """When each lead was created, or its position in the file where nobody wrote that down."""
        undated = self.frame["created_at"].isna().any() and "position" in self.frame
        return self.frame["position" if undated else "created_at"]

    @property
    def groups(self) -> pd.Series:
        """Which leads belong together, so that none is learned from and judged at once: the account, else the lead."""
        return self.frame["account_id"].fillna(self.frame["lead_id"])

    def pick(self, rows: pd.Series) -> LeadTable:
        """Return some of the leads, by a mask over the rows."""
        return replace(self, frame=self.frame[rows.to_numpy(dtype=bool)].reset_index(drop=True))

    def drop(self, names: Iterable[str]) -> LeadTable:
        """Return the leads without some features."""
        unwanted = set(names)
        kept = tuple(feature for feature in self.features if feature.name not in unwanted)
        return replace(self, frame=self.frame.drop(columns=[n for n in unwanted if n in self.frame]), features=kept)


def arrange_leads(
    frame: pd.DataFrame, *, known_at: KnownAt, as_of: date | None, columns: Iterable[str] | None = None
) -> LeadTable:
    """Return rows of the warehouse as leads, every feature in the form of its kind.

    Features that hold nothing are left out, unless ``columns`` names the wanted ones, in their order.

    Raises
    ------
    BadArgument
        When a wanted column is no feature, or not known at the moment.
    """
    features = wanted_features(known_at, columns)
    absent: tuple[AbsentFeature, ...] = ()
    if columns is None:
        filled = tuple(f for f in features if f.name in frame and not frame[f.name].isna().all())
        absent = tuple(AbsentFeature(f.name, f.needs) for f in features if f not in filled)
        features = filled
    keys = {name: frame[name] for name in LEAD_KEYS}
    return LeadTable(
        pd.DataFrame(keys | {f.name: _in_form(frame, f) for f in features}), features, absent, known_at, as_of
    )


def _in_form(frame: pd.DataFrame, feature: Feature) -> pd.Series:
    """Return a feature as text, floats or yes and no; the same form however many values are missing."""
    values = frame[feature.name] if feature.name in frame else pd.Series(None, frame.index, dtype="object")
    if feature.kind == "flag":
        return values.astype("boolean").fillna(value=False).astype("bool")
    return values.astype("float64" if feature.kind == "number" else "str")


def split_open(table: LeadTable) -> tuple[LeadTable, LeadTable]:
    """Return the leads to learn from, and those still to be worked, which are to be scored.

    Leads that are open are in the second part only: what becomes of them is not known. A model that takes leads whose
    time is not over (`label_outcomes`) may learn from the whole table instead.

    Raises
    ------
    NotEnoughData
        When every lead is open, so that there is nothing to learn from.
    """
    is_open = table.frame["is_open"].astype(bool)
    if is_open.all():
        raise NotEnoughData(
            f"All {len(table.frame)} leads are open: nothing can be learned from them.",
            "import leads that were won, lost or given up.",
        )
    return table.pick(~is_open), table.pick(is_open)
