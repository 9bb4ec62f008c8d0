"""From the warehouse to what the page of the landing says of deals besides their numbers: next steps and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from saleslab.warehouse import Warehouse
from saleslab.warehouse.labels import name_ids

_PLAIN = (("stages", "stage_id", "label"), ("teams", "team_id", "name"))
_PERSONAL = (("opportunities", "opportunity_id", "name"), ("users", "user_id", "name"))


def read_next_steps(lab: Warehouse, opportunity_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the next step that is noted for some deals; a deal without one is left out."""
    wanted = sorted(set(opportunity_ids))
    if not wanted or not lab.has("opportunities"):
        return {}
    deals = lab.table("opportunities")
    noted = deals.filter(deals.opportunity_id.isin(wanted) & (deals.next_step.length() > 0))
    rows = lab.read(noted.select("opportunity_id", "next_step"))
    return dict(zip(rows["opportunity_id"], rows["next_step"], strict=True))


def read_forecast_names(lab: Warehouse, ids: Iterable[object], *, show_names: bool = True) -> Mapping[str, str]:
    """Return the names of some teams and stages, and of deals and people, which are personal.

    ``show_names=False`` leaves the latter out: for readers who do not lead these people.
    """
    return name_ids(lab, ids, _PLAIN + (_PERSONAL if show_names else ()))
