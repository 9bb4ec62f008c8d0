"""From the warehouse to what deals are grouped and named by; each answer has a row a key, to be attached."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from saleslab.warehouse import Warehouse


def find_teams(lab: Warehouse) -> Any:
    """Return ``owner_id, team_id`` of each user, as it is now."""
    if not lab.has("users"):
        return _lay_nothing("owner_id", "team_id")
    users = lab.table("users")
    return users.group_by(owner_id=users.user_id).aggregate(team_id=users.team_id.max())


def name_stages(lab: Warehouse) -> Any:
    """Return ``stage, stage_label, probability, forecast_category`` of each stage."""
    stages = lab.need("stages")
    return stages.group_by(stage=stages.stage_id).aggregate(
        stage_label=stages.label.max(),
        probability=stages.probability.max(),
        forecast_category=stages.forecast_category.max(),
    )


def find_families(lab: Warehouse) -> Any:
    """Return the product family of each deal that has lines: that of its largest line."""
    if not (lab.has("opportunity_lines") and lab.has("products")):
        return _lay_nothing("opportunity_id", "product_family")
    lines, products = lab.table("opportunity_lines"), lab.table("products")
    named = lines.inner_join(
        products.select("product_id", product_family=products.family.coalesce(products["name"])), "product_id"
    )
    return named.group_by("opportunity_id").aggregate(
        product_family=named.product_family.argmax(named.total.coalesce(0))
    )


def rank_category(said: Any) -> Any:
    """Return A, B or C for the categories commit, best case and pipeline; nothing for others."""
    plain = said.lower()
    return ibis.cases(
        (plain == "commit", "A"), (plain == "best_case", "B"), (plain == "pipeline", "C"), else_=ibis.null("string")
    )


def _lay_nothing(*texts: str) -> Any:
    return ibis.memtable(pa.table({name: pa.array([], pa.string()) for name in texts}))
