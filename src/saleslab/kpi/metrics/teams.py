"""Who belongs to which team, and which teams lie above it?"""

# ruff: noqa: PD004 - these are columns of Ibis, which has no notna

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from saleslab.warehouse.labels import name_ids
from saleslab.wording import Text, say

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse


def list_teams_above(parents: Mapping[str, str | None]) -> Mapping[str, tuple[str, ...]]:
    """Return for each team itself and every team above it; a circle ends where it began.

    Examples
    --------
    >>> list_teams_above({"east": "sales", "sales": None})
    {'east': ('east', 'sales'), 'sales': ('sales',)}
    """
    above: dict[str, tuple[str, ...]] = {}
    for team in parents:
        chain: dict[str, None] = {}
        upper: str | None = team
        while upper is not None and upper not in chain:
            chain[upper] = None
            upper = parents.get(upper)
        above[team] = tuple(chain)
    return above


def list_members(lab: Warehouse) -> list[tuple[str, str]]:
    """Return each person with each of their teams, those above included."""
    if not lab.has("users"):
        return []
    users = lab.table("users", all_rows=True)
    in_team = lab.read(users.filter(users.team_id.notnull()).select("user_id", "team_id"))
    above = list_teams_above(read_parents(lab))
    own = zip(in_team["user_id"], in_team["team_id"], strict=True)
    return [(user, team) for user, lowest in own for team in above.get(lowest, (lowest,))]


def name_posts(lab: Warehouse) -> Mapping[str, Text]:
    """Return what people are called on pages that do not name them: role and lowest team; nobody without either."""
    if not lab.has("users"):
        return {}
    users = lab.table("users", all_rows=True)
    known = lab.read(users.filter(users.team_id.notnull() | users.role.notnull()).select("user_id", "role", "team_id"))
    teams = name_ids(lab, sorted(set(known["team_id"].dropna())), (("teams", "team_id", "name"),))
    return {
        user: _name_post(None if pd.isna(role) else role, None if pd.isna(team) else teams.get(team, team))
        for user, role, team in known.itertuples(index=False)
    }


def _name_post(role: str | None, team: str | None) -> Text:
    """Return role and team in words, or the one that is known."""
    told = None if role is None else say(f"kpi_scorecard.role.{role}")
    if told is None or team is None:
        return Text.same(team or "") if told is None else told
    return say("kpi_scorecard.owner.role_in", role=told, team=Text.same(team))


def read_parents(lab: Warehouse) -> Mapping[str, str | None]:
    """Return the team above each team, None where there is none."""
    if not lab.has("teams"):
        return {}
    teams = lab.read(lab.table("teams").select("team_id", "parent_team_id"))
    pairs = zip(teams["team_id"], teams["parent_team_id"], strict=True)
    return {team: None if pd.isna(parent) else parent for team, parent in pairs}
