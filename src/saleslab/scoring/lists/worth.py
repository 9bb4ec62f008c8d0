"""What is a contact with each lead expected to bring?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument, TableError
from saleslab.scoring.model.grades import check_chances
from saleslab.tables.presence import require_columns

_TAKEN = ("low", "high", "grade", "is_reachable", "created_at")


def value_leads(
    scores: pd.DataFrame, *, value: float | None, margin_rate: float, cost: float, uplift: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the leads with ``gain`` and ``expected_amount``, the most valuable first.

    Expected is the gain times the margin of a win, less the cost of the contact. Among equals the higher chance, the
    larger value and the newer lead come first, then the smaller id, so that the order of the rows does not matter.

    Parameters
    ----------
    scores, value, margin_rate, cost, uplift
        As `rank_leads` takes them.

    Raises
    ------
    TableError
        When a column is missing, a lead comes twice, or the uplift of a lead is unknown.
    BadArgument
        When a chance or an amount makes no sense.

    Examples
    --------
    >>> scores = pd.DataFrame({"lead_id": ["a", "b"], "chance_won": [0.1, 0.4]})
    >>> value_leads(scores, value=200.0, margin_rate=0.5, cost=5, uplift=None)["expected_amount"].tolist()
    [35.0, 5.0]
    """
    require_columns(scores, "lead_id", "chance_won", *([] if value is not None else ["value_amount"]), of="scores")
    n_missing, n_twice = int(scores["lead_id"].isna().sum()), int(scores["lead_id"].duplicated().sum())
    if n_missing or n_twice:
        raise TableError(
            f"scores.lead_id is missing in {n_missing} rows and repeated in {n_twice}.", "keep one row a lead."
        )
    ids = [name for name in scores.columns if str(name).endswith("_id")]
    leads = scores[[*ids, *(name for name in _TAKEN if name in scores.columns)]].copy()
    leads["chance_won"] = check_chances(scores["chance_won"])
    amount = pd.Series(value, scores.index) if "value_amount" not in scores.columns else scores["value_amount"]
    leads["value_amount"] = pd.to_numeric(amount if value is None else amount.fillna(value)).astype(np.float64)
    n_wrong = int((~(leads["value_amount"] >= 0) | np.isinf(leads["value_amount"])).sum())
    if n_wrong:
        raise BadArgument(
            f"scores.value_amount is missing, negative or infinite in {n_wrong} of {len(leads)} rows.",
            "fill it with what such a win is usually worth, or pass value.",
        )
    if "is_reachable" in leads.columns:
        leads["is_reachable"] = leads["is_reachable"].astype("boolean").fillna(value=False).astype(bool)
    leads["gain"] = leads["chance_won"] if uplift is None else _find_gains(leads, uplift)
    leads["expected_amount"] = leads["gain"] * leads["value_amount"] * margin_rate - cost
    return _sort(leads)


def _find_gains(leads: pd.DataFrame, uplift: pd.DataFrame) -> pd.Series:
    require_columns(uplift, "lead_id", "uplift", of="uplift")
    n_twice = int(uplift["lead_id"].duplicated().sum())
    if n_twice:
        raise TableError(f"uplift.lead_id is repeated in {n_twice} rows.", "keep one row a lead.")
    gains = leads["lead_id"].map(uplift.set_index("lead_id")["uplift"])
    n_unknown = int(gains.isna().sum())
    if n_unknown:
        raise TableError(
            f"{n_unknown} of {len(leads)} leads have no uplift; ranked together, the others would be judged by another "
            "measure.",
            "estimate the uplift of every lead, or leave uplift out.",
        )
    if (gains.abs() > 1).any():
        raise BadArgument(
            f"{int((gains.abs() > 1).sum())} uplifts lie outside -1 to 1.", "give them as differences of chances."
        )
    return gains.astype(np.float64)


def _sort(leads: pd.DataFrame) -> pd.DataFrame:
    by = {"expected_amount": False, "chance_won": False, "value_amount": False, "created_at": False, "lead_id": True}
    names = [name for name in by if name in leads.columns]
    return leads.sort_values(names, ascending=[by[name] for name in names], kind="stable", ignore_index=True)
