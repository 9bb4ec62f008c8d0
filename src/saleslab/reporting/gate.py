"""May a report be published on such data?

A broken reference or a value out of range is told in the report's banner and in its manifest, and the reader judges. A
key that stands on several rows makes every sum wrong, so it always closes the gate; ``strict`` closes it on anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from saleslab.errors import GateClosed

ALWAYS_CLOSING = "unique"
"""Rule whose breach no banner can make good."""


def insist_on_contracts(contracts: Mapping[str, Mapping[str, int]], *, strict: bool) -> None:
    """Raise `GateClosed` where the tables that a report read break contracts that it must keep.

    Parameters
    ----------
    contracts
        Number of rows by ``column:rule`` for each table, as a manifest holds them.
    strict
        Whether every broken rule counts, or only repeated keys.

    Examples
    --------
    >>> insist_on_contracts({"orders": {"account_id:refers_to": 3}}, strict=False)
    >>> insist_on_contracts({"orders": {"account_id:refers_to": 3}}, strict=True)
    Traceback (most recent call last):
    saleslab.errors.GateClosed: The data-quality gate is closed: orders.account_id breaks 'refers_to' in 3 rows.
      Next: see `saleslab check` for the rows, mend them in the source and import again; or run without --strict.
    """
    closing = [
        (table, *label.rsplit(":", 1), n_rows)
        for table, broken in sorted(contracts.items())
        for label, n_rows in broken.items()
        if strict or label.endswith(f":{ALWAYS_CLOSING}")
    ]
    if not closing:
        return
    told = "; ".join(
        f"{table}.{column} breaks '{rule}' in {n:,} {'row' if n == 1 else 'rows'}" for table, column, rule, n in closing
    )
    lenient = all(rule != ALWAYS_CLOSING for _, _, rule, _ in closing)
    raise GateClosed(
        f"The data-quality gate is closed: {told}.",
        "see `saleslab check` for the rows, mend them in the source and import again"
        + ("; or run without --strict." if lenient else "."),
    )
