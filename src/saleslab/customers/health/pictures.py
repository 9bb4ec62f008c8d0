"""The words of the pictures of customer health, and the tables behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from saleslab.customers.health.rating import HealthTest
from saleslab.customers.health.review import HealthReview
from saleslab.customers.health.words import call, money
from saleslab.stats import Calibration
from saleslab.wording import Count, Days, Money, Number, PictureWords, Share, TableWords, Text, say

SHOWN = 12
"""Customers in the picture of what is at stake."""


def name_health_columns(frame: pd.DataFrame) -> Mapping[str, Text]:
    """Return the headings of a table."""
    return {name: say(f"customer_health.columns.{name}") for name in map(str, frame.columns)}


def say_health_gap(part: str) -> Text:
    """Return why a part (``risk``, ``calibration``, ``calendar``, ``bridge``, ``due``, ``tests``) is not there."""
    return say(f"customer_health.gap.{part}")


def has_health_part(part: str, review: HealthReview) -> bool:
    """Say whether a part can be shown."""
    match part:
        case "bridge":
            return review.retention is not None
        case "due":
            return bool(len(review.due))
        case "calendar":
            return review.health is not None and bool((review.health.frame["kind"] == "contract").any())
        case "calibration":
            return best_test(review) is not None
        case "tests":
            return review.health is not None and any(one.test for one in review.health.kinds.values())
    return review.health is not None


def best_test(review: HealthReview) -> tuple[str, HealthTest] | None:
    """Return the kind of customers whose chances are told, and their test: contracts before others."""
    for kind, judged in (review.health.kinds if review.health else {}).items():
        if judged.test is not None and judged.withheld is None:
            return kind, judged.test
    return None


def word_health_table(part: str) -> TableWords:
    """Return title and caption of a table (``due``, ``tests``)."""
    return {
        "title": say(f"customer_health.table.{part}.title"),
        "caption": say(f"customer_health.table.{part}.caption"),
    }


def describe_health(part: str, review: HealthReview) -> PictureWords:
    """Return title, caption and alternative of a picture."""
    captions, alts = _words(part, review)
    return {
        "title": say(f"customer_health.picture.{part}.title"),
        "caption": say(f"customer_health.picture.{part}.caption", **captions),
        "alt": say(f"customer_health.picture.{part}.alt", **alts),
    }


def _words(part: str, review: HealthReview) -> tuple[dict[str, Any], dict[str, Any]]:
    frame = review.health.frame if review.health else pd.DataFrame()
    match part:
        case "bridge":
            kept = review.retention
            assert kept is not None
            ends = {"start": Money(kept.start_amount, review.currency), "end": Money(kept.end_amount, review.currency)}
            return {"since": kept.since, "day": kept.as_of}, ends
        case "calendar":
            largest = max((float(row["amount"]) for row in list_months(review)), default=0.0)
            return {"days": Days(review.horizon)}, {"amount": money(largest, review)}
        case "calibration":
            found = best_test(review)
            assert found is not None
            curve = found[1].calibration
            counts = {"n": len(curve.points), "n_outside": curve.n_outside}
            return {"kind": say(f"customer_health.kind.{found[0]}")}, counts
    first = money(frame["at_stake"].iloc[0], review)
    return {}, {"n": min(SHOWN, len(frame)), "amount": first}


def list_months(review: HealthReview) -> list[dict[Any, Any]]:
    """Return the contracts that end, summed by month: ``month`` (its first day), ``amount, at_stake, n``."""
    assert review.health is not None
    frame = review.health.frame
    due = frame[frame["kind"] == "contract"].copy()
    due["month"] = due["due_on"].dt.to_period("M").dt.start_time
    sums = due.groupby("month").agg(amount=("amount", "sum"), at_stake=("at_stake", "sum"), n=("amount", "size"))
    return [{**row, "month": row["month"].date()} for row in sums.reset_index().to_dict("records")]


def tabulate_health(part: str, review: HealthReview) -> pd.DataFrame:
    """Return the rows behind a picture, or of a table, as a page shows them."""
    make = {"risk": _risk, "calendar": _months, "calibration": _points, "bridge": _bridge, "due": _due, "tests": _tests}
    return pd.DataFrame(make[part](review), dtype=object)


def _risk(review: HealthReview) -> list[dict[str, Any]]:
    assert review.health is not None
    rows = review.health.frame.head(SHOWN).to_dict("records")
    return [
        {
            "account": call(row["account_id"], review), "kind": say(f"customer_health.kind.{row['kind']}"),
            "amount": money(row["amount"], review), "chance_lost": Share(float(row["chance_lost"]), 0),
            "at_stake": money(row["at_stake"], review), "due_on": row["due_on"].date(),
        }
        for row in rows
    ]  # fmt: skip


def _months(review: HealthReview) -> list[dict[str, Any]]:
    return [
        {"month": row["month"], "n": Count(int(row["n"]))}
        | {name: money(row[name], review) for name in ("amount", "at_stake")}
        for row in list_months(review)
    ]


def _points(review: HealthReview) -> list[dict[str, Any]]:
    found = best_test(review)
    assert found is not None
    curve: Calibration = found[1].calibration
    return [
        {"n": Count(point.n), "stated": Share(point.chance), "rate": Share(point.rate.estimate)}
        | {"low": Share(point.low), "high": Share(point.high)}
        for point in curve.points
    ]


def _bridge(review: HealthReview) -> list[dict[str, Any]]:
    kept = review.retention
    assert kept is not None
    return [
        {"part": say(f"customer_health.chart.{name}"), "amount": Money(amount, review.currency)}
        for name, amount in list_steps(review)
    ]


def list_steps(review: HealthReview) -> list[tuple[str, Any]]:
    """Return the steps of the bridge of recurring money, in order; what was lost is negative."""
    kept = review.retention
    assert kept is not None
    return [
        ("start", kept.start_amount), ("lost", -kept.lost_amount), ("shrunk", -kept.shrunk_amount),
        ("grown", kept.grown_amount), ("new", kept.new_amount), ("now", kept.end_amount),
    ]  # fmt: skip


def _due(review: HealthReview) -> list[dict[str, Any]]:
    return [
        {
            "due_on": row["due_on"].date(), "account": call(row["account_id"], review),
            "amount": money(row["amount"], review),
            "last_contact_on": None if pd.isna(row["last_contact_on"]) else row["last_contact_on"].date(),
            "n_open_deals": Count(int(row["n_open_deals"])),
            "owner": call(row["owner_id"], review) if isinstance(row["owner_id"], str) else None,
            "silent": say("customer_account.word.yes") if row["is_silent"] else None,
        }
        for row in review.due.to_dict("records")
    ]  # fmt: skip


def _tests(review: HealthReview) -> list[dict[str, Any]]:
    rows = []
    for kind, judged in (review.health.kinds if review.health else {}).items():
        test = judged.test
        if test is not None:
            shares = {"auc": test.auc.estimate, "recency_auc": test.recency_auc.estimate}
            losses = {name: getattr(test, name) for name in ("log_loss", "base_loss", "recency_loss")}
            counts = {"n": Count(test.n), "n_lost": Count(test.n_lost)}
            told: dict[str, Any] = {name: Share(value, 0) for name, value in shares.items()}
            told |= {name: Number(value, 3) for name, value in losses.items()}
            rows.append({"kind": say(f"customer_health.kind.{kind}"), **counts, **told})
    return rows
