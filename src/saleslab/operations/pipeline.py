"""What is open, in which stage, how old, and what is wrong with it?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.operations.kept import Kept
from saleslab.tables.presence import require_columns


@dataclass(frozen=True, slots=True)
class StageRow:
    """The open deals of one stage. A figure that this CRM cannot give is None, never 0.

    Attributes
    ----------
    pipeline_id, pipeline_label, stage_id, label
        Which stage, and what people call it; ``stage_id`` None for deals whose stage at ``as_of`` is not on record.
    n_deals, amount
        How many, and what they would bring together; deals without an amount (``n_without_amount``) add nothing.
    weighted_amount
        The same weighted with each deal's probability, or its stage's.
    median_age_days
        Since creation; None where no deal has a creation date.
    n_old, old_amount
        Deals older than nine in ten won deals were when they were won.
    n_past_close, past_close_amount
        Deals whose expected close date has passed.
    n_without_next_step
        Deals without a next step.
    """

    pipeline_id: str | None
    pipeline_label: str | None
    stage_id: str | None
    label: str | None
    n_deals: int
    amount: Decimal
    n_without_amount: int
    weighted_amount: Decimal | None
    median_age_days: float | None
    n_old: int | None
    old_amount: Decimal | None
    n_past_close: int | None
    past_close_amount: Decimal | None
    n_without_next_step: int | None


@dataclass(frozen=True, slots=True)
class PipelineBoard:
    """The open deals by stage, pipeline after pipeline in the sequence of their stages, and all of them together."""

    stages: tuple[StageRow, ...]
    total: StageRow
    old_after_days: float | None


def measure_pipeline(
    open_deals: pd.DataFrame, stages: pd.DataFrame, *, as_of: date, kept: Kept, old_after_days: float | None = None
) -> PipelineBoard:
    """Return the board of open deals by stage and age.

    Use it to see where money waits. It is no forecast: the weighted amount only repeats the probabilities that people
    or stages were given.

    Parameters
    ----------
    open_deals, stages
        From `read_open_deals` and `read_stages`.
    as_of
        The day on which ages are counted.
    kept
        From `read_kept`; what the CRM does not keep is None in the answer.
    old_after_days
        Age from which a deal counts as old, such as ``measure_cycle(...).won_p90_days``; None leaves it open.

    Raises
    ------
    NotEnoughData
        When no deal is open.
    """
    require_columns(
        open_deals, "opportunity_id", "pipeline_id", "stage_id", "amount", "probability", "created_on",
        "expected_close_date", "has_next_step", of="open_deals",
    )  # fmt: skip
    if open_deals.empty:
        raise NotEnoughData(f"No deal was open on {as_of}.", "choose another day, or import open deals.")
    deals = _with_stage(open_deals, stages, as_of)
    groups = deals.groupby(["pipeline_key", "position", "stage_key"], dropna=False, sort=True)
    rows = [_row(part, kept, old_after_days, as_of) for _, part in groups]
    whole = _row(deals, kept, old_after_days, as_of)
    total = replace(whole, pipeline_id=None, pipeline_label=None, stage_id=None, label=None)
    return PipelineBoard(tuple(rows), total, old_after_days)


def _with_stage(open_deals: pd.DataFrame, stages: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Add label, position and probability of the stage, the age, and keys to group by.

    A stage that is not on record comes after those that are; a deal without pipeline takes the stage of that id if only
    one pipeline has it.
    """
    exact = stages.drop_duplicates(["pipeline_id", "stage_id"]).rename(columns={"probability": "stage_probability"})
    alone = exact[~exact["stage_id"].duplicated(keep=False)].drop(columns="pipeline_id")
    deals = open_deals.merge(exact, on=["pipeline_id", "stage_id"], how="left")
    fallback = open_deals[["stage_id"]].merge(alone, on="stage_id", how="left")
    for column in ("pipeline_label", "label", "position", "stage_probability"):
        deals[column] = deals[column].where(deals[column].notna(), fallback[column].to_numpy())
    age = (pd.Timestamp(as_of) - deals["created_on"]).dt.days
    return deals.assign(
        probability=deals["probability"]
        .astype("float64")
        .where(deals["probability"].notna(), deals["stage_probability"]),
        position=deals["position"].astype("float64").fillna(float("inf")),
        pipeline_key=deals["pipeline_id"].fillna(""),
        stage_key=deals["stage_id"].fillna("\uffff"),
        age_days=age,
    )


def _row(deals: pd.DataFrame, kept: Kept, old_after_days: float | None, as_of: date) -> StageRow:
    ages = deals["age_days"].dropna()
    old = None if old_after_days is None or ages.empty else deals["age_days"] > old_after_days
    past = deals["expected_close_date"] < pd.Timestamp(as_of) if kept.expected_close else None
    first = deals.iloc[0]
    return StageRow(
        _text(first["pipeline_id"]),
        _text(first["pipeline_label"]),
        _text(first["stage_id"]),
        _text(first["label"]),
        len(deals),
        _sum(deals["amount"]),
        int(deals["amount"].isna().sum()),
        _weigh(deals) if kept.probability else None,
        None if ages.empty else float(ages.median()),
        None if old is None else int(old.sum()),
        None if old is None else _sum(deals["amount"][old]),
        None if past is None else int(past.sum()),
        None if past is None else _sum(deals["amount"][past]),
        int((~deals["has_next_step"]).sum()) if kept.next_step else None,
    )


def _weigh(deals: pd.DataFrame) -> Decimal:
    """Return the sum of amount times probability, in cents; a deal without a probability weighs nothing."""
    pairs = deals[deals["amount"].notna() & deals["probability"].notna()]
    weighed = (
        (amount * Decimal(repr(float(chance)))).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        for amount, chance in zip(pairs["amount"], pairs["probability"], strict=True)
    )
    return sum(weighed, Decimal(0))


def _sum(amounts: pd.Series) -> Decimal:
    return sum(amounts.dropna(), Decimal(0))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
