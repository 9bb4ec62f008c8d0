"""For whom is a page made? Everybody sees the company, a team itself, an owner their own; nobody sees pay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

from saleslab.errors import BadArgument
from saleslab.kpi.meetings.inputs import Team, read_team
from saleslab.kpi.metrics.teams import list_members
from saleslab.wording import Text, say

if TYPE_CHECKING:
    from saleslab.kpi.trees.nodes import KpiTree
    from saleslab.warehouse import Warehouse

Level = Literal["all", "team", "owner"]

SMALLEST_TEAM = 3
"""People below which a team's numbers would be those of one person, or of another one by subtraction."""

_PAY = re.compile(
    r"(?:^|_)(?:pay|payouts?|payroll|commissions?|salar(?:y|ies)|wages?|bonus(?:es)?|incentives?|compensation|rewards?"
    r"|remuneration)(?:_|$)"
)


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads a page.

    Attributes
    ----------
    level
        ``all``, ``team`` or ``owner``.
    team
        Whose own measures are shown, with the people who still work in it; None for everybody, and for an owner without
        a team.
    person
        Id of the owner whose own measures are shown; None unless ``level`` is ``owner``.
    team_names
        Of each person the name of their lowest team, so that a page for everybody can name it in place of the person.
    """

    level: Level
    team: Team | None = None
    person: str | None = None
    team_names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_team_small(self) -> bool:
        """Whether the team is too small to be told of as a team."""
        return self.team is not None and len(self.team.members) < SMALLEST_TEAM

    @property
    def scopes(self) -> tuple[tuple[str, str], ...]:
        """Whose values may be shown: ``(scope_type, scope_id)``, the company first; nobody else's."""
        found = [("company", "company")]
        if self.team is not None and not self.is_team_small:
            found.append(("team", self.team.team_id))
        if self.person is not None:
            found.append(("user", self.person))
        return tuple(found)

    def may_see_node(self, tree: KpiTree, name: str) -> bool:
        """Return whether a node may be shown: as its ``audience`` says, and never one that tells of pay.

        Examples
        --------
        >>> from saleslab.kpi import override_tree, read_template
        >>> own = {"deal_size": {"audience": "owner", "owner": "u:1"}, "win_rate": {"audience": "team"}}
        >>> tree = override_tree(read_template("inside_sales"), own)
        >>> everybody, owner = Readers("all"), Readers("owner", person="u:1")
        >>> [[who.may_see_node(tree, name) for name in own] for who in (everybody, owner)]
        [[False, False], [True, True]]
        """
        node = tree.nodes[name]
        if is_pay(name) or is_pay(node.metric or name):
            return False
        match node.audience:
            case "all":
                return True
            case "team":
                return self.level != "all"
        return self.person is not None and self.person in {node.owner, node.deputy}

    def name_owner(self, owner: str | None, role: str | None = None) -> Text:
        """Return who answers for a measure: for everybody team and role, for a team or an owner the person's id."""
        if owner is None:
            return say("kpi_scorecard.owner.none")
        if self.level != "all":
            return say("kpi_scorecard.owner.you") if owner == self.person else Text.same(owner)
        team = self.team_names.get(owner)
        if role is None:
            return Text.same(team) if team else say("kpi_scorecard.owner.named")
        told = say(f"kpi_scorecard.role.{role}")
        return say("kpi_scorecard.owner.role_in", role=told, team=Text.same(team)) if team else told


def is_pay(name: str) -> bool:
    """Return whether a measure or column tells what people are paid; such a one is on no page of this kind.

    Examples
    --------
    >>> is_pay("commission_amount"), is_pay("payout"), is_pay("payment_days"), is_pay("won_amount")
    (True, True, False, False)
    """
    return _PAY.search(name) is not None


def find_readers(
    lab: Warehouse, *, audience: str = "all", team: str | None = None, person: str | None = None
) -> Readers:
    """Return who reads a page.

    Parameters
    ----------
    lab
        The warehouse, for who is in which team.
    audience
        ``all``: the company. ``team``: and one team. ``owner``: and one person, with their team.
    team
        Id or name of the team; of an owner their own one if None.
    person
        Id of the owner.

    Raises
    ------
    BadArgument
        When the audience is none, a team or person is missing or unknown, or one is given that the audience must not
        see.
    """
    if audience not in get_args(Level):
        raise BadArgument(f"audience is '{audience}'.", f"choose one of {', '.join(get_args(Level))}.")
    if audience == "all":
        if team or person:
            raise BadArgument(
                "A page for everybody was asked for with a team or a person.",
                "leave both out, or choose audience 'team' or 'owner'.",
            )
        return Readers("all", team_names=_name_teams(lab))
    if audience == "team":
        if not team or person:
            raise BadArgument(
                "A page for a team needs the team and nobody else.", "give team by id or name, and no person."
            )
        return Readers("team", _keep_present(lab, read_team(lab, team)), team_names=_name_teams(lab))
    return _find_owner(lab, team, person)


def _find_owner(lab: Warehouse, team: str | None, person: str | None) -> Readers:
    if not person:
        raise BadArgument("A page for an owner needs the person.", "give person by id.")
    if not _is_known(lab, person):
        raise BadArgument(f"No person has the id '{person}'.", "give an id of the table users.")
    teams = [one for user, one in list_members(lab) if user == person]
    own = None if not teams else read_team(lab, team or teams[0])
    if own is not None and person not in own.members:
        raise BadArgument("The person is not in this team.", "leave team out: it is the person's own.")
    return Readers("owner", own if own is None else _keep_present(lab, own), person, _name_teams(lab))


def _keep_present(lab: Warehouse, team: Team) -> Team:
    """Return a team without people who left: of two who stay behind, the numbers are theirs."""
    users = lab.table("users")
    present = lab.read(users.filter(users.is_active.isnull() | users.is_active).select("user_id"))
    return replace(team, members=team.members & set(present["user_id"]))


def _is_known(lab: Warehouse, person: str) -> bool:
    if not lab.has("users"):
        return False
    users = lab.table("users")
    return bool(len(lab.read(users.filter(users.user_id == person).select("user_id"))))


def _name_teams(lab: Warehouse) -> Mapping[str, str]:
    """Return of each person the name of the lowest team; the id where it has none."""
    lowest: dict[str, str] = {}
    for user, team in list_members(lab):
        lowest.setdefault(user, team)
    named = {team: read_team(lab, team).name for team in sorted(set(lowest.values()))}
    return {user: named[team] for user, team in lowest.items() if team in named}
