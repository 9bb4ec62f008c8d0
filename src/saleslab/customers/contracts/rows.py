"""How long contracts have run, counted where the lines are."""

from __future__ import annotations

from datetime import date

from saleslab.customers.health.rows import GRACE, read_renewable_products, term_lines
from saleslab.warehouse import Warehouse


def read_running_contracts(lab: Warehouse, *, as_of: date, n_renewals: int) -> list[int]:
    """Return how many contracts ran at the start, after one renewal, ... after so many, of those old enough to tell.

    A contract is what a customer has with terms that follow each other; those count whose first term began long enough
    ago to have come to so many renewals. Terms are taken for years; terms of products that nobody renews are left out.
    """
    lines = term_lines(lab, as_of)
    if lines is None:
        return []
    renewable, _ = read_renewable_products(lab, as_of=as_of)
    terms = lines.filter(lines.product_id.isin(renewable) & (lines.term_start <= as_of))
    by_customer = terms.group_by("account_id").aggregate(
        first=terms.term_start.min(), n_terms=terms.term_start.year().nunique()
    )
    oldest = date.fromordinal(as_of.toordinal() - round(365.25 * n_renewals) - GRACE)
    old = by_customer.filter(by_customer["first"] <= oldest)
    counted = lab.read(old.group_by("n_terms").aggregate(n=old.count()).order_by("n_terms"))
    return [int(counted.loc[counted["n_terms"] > at, "n"].sum()) for at in range(n_renewals + 1)]
