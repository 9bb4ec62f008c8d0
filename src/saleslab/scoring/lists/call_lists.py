"""What is a list of calls made of, besides the leads: what a success is worth, and when people answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from saleslab.errors import NotEnoughData
from saleslab.scoring.contacts.history import read_attempts
from saleslab.scoring.contacts.timing import ContactTimes, WorkingHours, time_contacts
from saleslab.scoring.inputs import Goal
from saleslab.warehouse.local_time import end_of_day

if TYPE_CHECKING:
    from saleslab.warehouse import Warehouse

_YEAR = 365


def read_win_value(lab: Warehouse, *, as_of: date, goal: Goal = "won") -> float:
    """Return what a success brought on average in the year before a day, in the base currency.

    Where success is an appointment (``qualified``), it is what the deals of leads brought in that year, shared among
    the appointments of that year.

    Raises
    ------
    NotEnoughData
        When nothing was won, no amount is on record, or there was no appointment.
    """
    zone = lab.settings.timezone
    over, since = (end_of_day(day, zone) for day in (as_of, as_of - timedelta(days=_YEAR)))
    deals = lab.need("opportunities")
    won = deals.filter(deals.is_won & (deals.closed_at >= since) & (deals.closed_at < over))
    won = won if goal == "won" else won.filter(won.lead_id.notnull())
    total = won.aggregate(amount=won.amount_base.cast("float64").sum(), n=won.amount_base.count())
    amount, n = lab.read(total).iloc[0][["amount", "n"]]
    if goal == "qualified":
        leads = lab.need("leads")
        met = leads.filter((leads.qualified_at >= since) & (leads.qualified_at < over))
        n = lab.read(met.aggregate(n=met.count())).iloc[0]["n"]
    if not n or not amount > 0:
        raise NotEnoughData(
            f"No {'deal' if goal == 'won' else 'appointment'} with an amount came about in the year before {as_of}, so "
            "nobody knows what one is worth.",
            "give value, in the currency of the company.",
        )
    return float(amount) / float(n)


def read_contact_times(lab: Warehouse, *, as_of: date, working: WorkingHours | None = None) -> ContactTimes | None:
    """Return how often people answer by channel and hour (`time_contacts`); None where no contact was ever logged."""
    if not lab.has("activities"):
        return None
    try:
        return time_contacts(read_attempts(lab, as_of=as_of), as_of=as_of, working=working)
    except NotEnoughData:
        return None
