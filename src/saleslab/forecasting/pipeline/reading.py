"""Open deals as they are handed in: days as days, amounts as numbers, and every fault told at once."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from saleslab.errors import TableError
from saleslab.forecasting.pipeline.history import DealHistory
from saleslab.tables.presence import require_columns

_NEEDED = ("opportunity_id", "stage", "amount", "expected_close_date", "created_on")
_DAYS = ("created_on", "expected_close_date", "stage_since")
_BEYOND = 100.0


def read_deals(deals: pd.DataFrame, past: DealHistory) -> tuple[pd.DataFrame, int]:
    """Return open deals with timestamps and numbers, and how many amounts were beyond all measure and taken out.

    Parameters
    ----------
    deals
        As `forecast_pipeline` takes them; days are timestamps, dates or text (2026-04-01).
    past
        What became of past deals. An amount a hundred times as large as any that was won, and as three in four that are
        open, is a slip of the pen: the deal stays, its amount counts as unknown.

    Raises
    ------
    TableError
        When a column is missing, a deal stands twice, was created after the day of the forecast, or its amount is no
        amount of money of one currency; all findings at once.
    """
    require_columns(deals, *_NEEDED, of="deals (forecasting.read_open_deals)")
    days = {name: _read_days(deals[name]) for name in _DAYS if name in deals.columns}
    amount = pd.to_numeric(deals["amount"], errors="coerce").astype("float64")
    faults = _find_faults(deals, amount, days, past.as_of)
    if faults:
        raise TableError(
            f"deals cannot be forecast: {'; '.join(faults)}.",
            "give each open deal once, as it stood on that day, with its amount in the base currency or none.",
        )
    is_beyond = amount > _BEYOND * max(_find_largest_won(past), float(amount.quantile(0.75)) if len(deals) else 0.0)
    return deals.assign(amount=amount.mask(is_beyond), **days), int(is_beyond.sum())


def _read_days(column: pd.Series) -> pd.Series:
    days = pd.to_datetime(column, errors="coerce", format="ISO8601")
    return days.dt.tz_localize(None) if days.dt.tz is not None else days


def _find_faults(deals: pd.DataFrame, amount: pd.Series, days: dict[str, pd.Series], as_of: date) -> list[str]:
    n_currencies = int(deals["currency"].nunique()) if "currency" in deals.columns else 1
    is_later = days["created_on"] >= pd.Timestamp(as_of) + pd.Timedelta(days=1)
    counts = {
        "{} deals have no opportunity_id": int(deals["opportunity_id"].isna().sum()),
        "{} deals stand twice": int(deals["opportunity_id"].dropna().duplicated().sum()),
        "amounts are of {} currencies": n_currencies if n_currencies > 1 else 0,
        "{} amounts are negative or infinite": int((np.isinf(amount) | (amount < 0)).sum()),
        "{} amounts are no numbers": int((amount.isna() & deals["amount"].notna()).sum()),
        f"{{}} deals were created after {as_of}": int(is_later.sum()),
    }
    for name, read in days.items():
        counts[f"{{}} values of {name} are no dates"] = int((read.isna() & deals[name].notna()).sum())
    return [text.format(n) for text, n in counts.items() if n]


def _find_largest_won(past: DealHistory) -> float:
    """Return the mean of the largest amounts that were won; 0 where none is on record."""
    won = past.sizes[past.sizes["n"] > 0]
    return float((won["amount"] / won["n"]).max()) if len(won) else 0.0
