"""Does each deal agree with itself, with its stage, its lines and its people?

One cause gives one finding: a deal that closes before it was created is not also told that it closed in another month.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from saleslab.intake.bulk import created_in_bulk
from saleslab.intake.suspects import Suspects
from saleslab.warehouse.local_time import to_local_date

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_TABLE = "opportunities"
_Tests = dict[str, tuple[str, Any]]


def suspect_deals(lab: Warehouse, *, as_of: date) -> Iterator[Suspects]:
    """Yield the deals that contradict themselves or what they belong to."""
    if not lab.has(_TABLE):
        return
    yield from suspect_contradictions(lab, as_of=as_of)
    deals = lab.table(_TABLE)
    for suspect in (_lines, _owners):
        yield from suspect(lab, deals)


def suspect_contradictions(lab: Warehouse, *, as_of: date) -> Iterator[Suspects]:
    """Yield the deals that contradict themselves or their stage; reads no other table."""
    zone = lab.settings.timezone
    deals = lab.table(_TABLE)
    deals = deals.mutate(
        created_on=to_local_date(deals.created_at, zone), closed_on=to_local_date(deals.closed_at, zone), today=as_of
    )
    tests = _own_tests(deals) | _money_tests(deals, lab.settings.currency)
    broken = lab.read(
        deals.aggregate(n_named=deals.currency.count(), **{code: test.sum() for code, (_, test) in tests.items()})
    )
    counts = broken.fillna(0).iloc[0]
    for code, (column, test) in tests.items():
        if counts[code] and (code != "missing_currency" or counts["n_named"]):
            yield Suspects(code, _TABLE, column, deals.filter(test))
    for suspect in (_before_creation, _stages):
        yield from suspect(lab, deals)


def _own_tests(deals: Any) -> _Tests:
    is_open = ~deals.is_closed & ~deals.is_won
    return {
        "closed_without_date": ("closed_at", deals.is_closed & deals.closed_at.isnull()),
        "closed_in_future": ("closed_at", deals.is_closed & (deals.closed_at > deals.loaded_at + timedelta(days=1))),
        "won_but_open": ("is_closed", deals.is_won & ~deals.is_closed),
        "negative_amount": ("amount", (deals.amount < 0) | (deals.amount_base < 0)),
        "won_without_amount": ("amount", deals.is_won & deals.amount.isnull() & deals.amount_base.isnull()),
        "missing_owner": ("owner_id", deals.owner_id.isnull()),
        "missing_account": ("account_id", deals.account_id.isnull()),
        "past_close": ("expected_close_date", is_open & (deals.expected_close_date < deals.today)),
    }


def _money_tests(deals: Any, home: str) -> _Tests:
    """Return tests of currencies; where no deal has a currency, all are in the company's own, and none is missing."""
    unknown = deals.amount.notnull() & deals.amount_base.isnull()
    foreign = deals.currency.notnull() & (deals.currency != home)
    return {
        "unconverted_amount": ("amount_base", foreign & unknown),
        "missing_currency": ("currency", deals.currency.isnull() & unknown),
    }


def _before_creation(lab: Warehouse, deals: Any) -> Iterator[Suspects]:
    """Yield deals that were loaded in bulk, whose creation says nothing, and others that close before they start."""
    early = deals.filter(deals.closed_on < deals.created_on)
    loaded = created_in_bulk(lab, deals)
    if loaded is not None:
        yield Suspects("bulk_creation", _TABLE, "created_at", loaded)
        early = early.anti_join(loaded, "opportunity_id")
    yield Suspects("closed_before_created", _TABLE, "closed_at", early)


def _stages(lab: Warehouse, deals: Any) -> Iterator[Suspects]:
    if not lab.has("stages"):
        return
    stages = lab.table("stages")
    yield Suspects("unknown_stage", _TABLE, "stage_id", deals.anti_join(stages, "stage_id"))
    known = deals.semi_join(stages, "stage_id").filter(deals.is_closed | ~deals.is_won)
    yield Suspects(
        "stage_contradicts", _TABLE, "is_closed", known.anti_join(stages, ["stage_id", "is_closed", "is_won"])
    )


def _lines(lab: Warehouse, deals: Any) -> Iterator[Suspects]:
    """Yield deals whose priced lines do not add up to their amount."""
    if not lab.has("opportunity_lines"):
        return
    lines = lab.table("opportunity_lines")
    sums = lines.group_by("opportunity_id").aggregate(
        n=lines.count(), n_priced=lines.total.count(), lines_total=lines.total.sum()
    )
    both = deals.filter(deals.amount >= 0).inner_join(sums.filter(sums.n == sums.n_priced), "opportunity_id")
    yield Suspects("lines_differ", _TABLE, "amount", both.filter(both.lines_total != both.amount))


def _owners(lab: Warehouse, deals: Any) -> Iterator[Suspects]:
    if not lab.has("users"):
        return
    users = lab.table("users")
    gone = users.filter(~users.is_active).select(owner_id="user_id")
    yield Suspects("inactive_owner", _TABLE, "owner_id", deals.filter(~deals.is_closed).semi_join(gone, "owner_id"))
