"""What orders must not hold to be counted, said all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import pandas as pd

from saleslab.errors import NotEnoughData, TableError


def refuse_faults(counted: Mapping[str, int], n_currencies: int) -> None:
    """Raise, naming everything that is wrong with the rows of orders; return when nothing is.

    Parameters
    ----------
    counted
        For each fault, the number of rows that have it.
    n_currencies
        Distinct currencies of the amounts.
    """
    told = [f"{what} ({n} rows)" for what, n in counted.items() if n]
    if n_currencies > 1:
        told.append(f"amounts are in {n_currencies} currencies")
    if told:
        raise TableError(
            f"These orders cannot be counted: {'; '.join(told)}.",
            "leave out or complete these rows, and turn all amounts into one currency.",
        )


def refuse_nobody(last: pd.Timestamp) -> NoReturn:
    """Raise: nobody had bought by a day."""
    raise NotEnoughData(f"Nobody bought until {last.date()}.", "import earlier orders, or choose a later as_of.")
