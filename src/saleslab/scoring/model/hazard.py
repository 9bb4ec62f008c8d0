"""By when will this lead be won? The chance by any day, learned from leads of which many are still open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from saleslab.errors import BadArgument, NotEnoughData
from saleslab.scoring.leads.labels import CHANCE_DAYS, LeadOutcomes
from saleslab.stats.hazards import FEWEST_ENDINGS, Hazard, learn_hazard

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring.model.encoding import Encoding


@dataclass(frozen=True, slots=True)
class WinHazard:
    """The chance of a win, day by day, for any lead.

    Attributes
    ----------
    hazard
        Heights and weights, by period.
    encoding
        How the columns are read.
    left_out
        Columns that carry nothing, with the code of the reason.
    horizon
        Last day that can be asked for.
    n_leads, n_won
        How many leads it learned from, and how many wins among them.
    """

    hazard: Hazard
    encoding: Encoding
    left_out: dict[str, str]
    horizon: int
    n_leads: int
    n_won: int

    def chance_by(self, X: Any, days: int | Sequence[int] = CHANCE_DAYS) -> pd.DataFrame:  # noqa: N803
        """Return the chance that each lead has been won by each day after its creation.

        Parameters
        ----------
        X
            The columns that the hazard learned from, in any order; a pandas frame, or one of Polars or PyArrow.
        days
            One day or several, up to ``horizon``.

        Returns
        -------
        pandas.DataFrame
            One row for each lead, one column for each day.

        Raises
        ------
        TableError
            When columns are missing.
        BadArgument
            When a day lies beyond the horizon.
        """
        import pandas as pd

        from saleslab.scoring.leads.columns import read_columns, to_pandas

        asked = [days] if isinstance(days, int | np.integer) else list(days)
        frame = to_pandas(X)
        terms = self.encoding.write_terms(read_columns(frame, self.encoding.names))
        return pd.DataFrame(self.hazard.chance_by(terms, asked), columns=asked, index=frame.index)


def fit_hazard(X: Any, outcomes: LeadOutcomes, *, horizon: int = 180, penalty: float = 1.0) -> WinHazard:  # noqa: N803
    """Learn the chance of a win by any day, the open leads counted for as long as they were watched.

    Use it where the chance itself matters: in forecasts, comparisons of sources, and where the leads to be scored are
    of another kind or age than those that have been decided. For the ranking alone, a model of the leads whose window
    is over (`label_outcomes`) does as well.

    A lead that was lost is taken as one that is never won, for as long as it could have been watched; so the chance
    by a day is the share that is won by then, losses and all.

    Parameters
    ----------
    X
        Columns known when the lead is scored; one row for each row of ``outcomes``, in the same order.
    outcomes
        What `label_outcomes` says of these leads.
    horizon
        Last day of interest; cut down to the longest that a lead was watched.
    penalty
        How strongly the weights are held back, as if that many leads spoke against each.

    Raises
    ------
    BadArgument
        When the rows do not match.
    NotEnoughData
        When fewer than 10 were won.

    Examples
    --------
    >>> import pandas as pd
    >>> from datetime import date
    >>> from saleslab.scoring.leads.labels import label_outcomes
    >>> rng = np.random.default_rng(7)
    >>> day = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 200, 2000), unit="D")
    >>> source = rng.choice(["web", "partner"], 2000)
    >>> wins = rng.random(2000) < np.where(source == "web", 0.1, 0.3)
    >>> won_at = pd.Series(day + pd.to_timedelta(rng.exponential(30, 2000), unit="D")).where(wins)
    >>> leads = pd.DataFrame({"lead_id": range(2000), "created_at": day, "won_at": won_at, "closed_at": won_at})
    >>> model = fit_hazard(pd.DataFrame({"source": source}), label_outcomes(leads, as_of=date(2026, 7, 19)))
    >>> model.chance_by(pd.DataFrame({"source": ["web", "partner"]}), [30, 180]).round(1).to_numpy().tolist()
    [[0.1, 0.1], [0.2, 0.3]]
    """
    from saleslab.scoring.leads.columns import read_columns, to_pandas
    from saleslab.scoring.model.encoding import plan_encoding

    columns = read_columns(to_pandas(X))
    if columns.n_rows != len(outcomes.frame):
        raise BadArgument(
            f"X has {columns.n_rows} rows, the outcomes {len(outcomes.frame)}.",
            "pass the same leads in the same order.",
        )
    to_win = outcomes.frame["days_to_win"].to_numpy(dtype=np.float64, na_value=np.inf)
    to_win = np.where(np.isnan(to_win), np.inf, np.ceil(to_win))
    n_won = int(np.isfinite(to_win).sum())
    if n_won < FEWEST_ENDINGS:
        raise NotEnoughData(
            f"{n_won} of {columns.n_rows} leads were won; the chance by a day needs {FEWEST_ENDINGS}.",
            "wait for more wins, or take the chances of all leads together (`label_outcomes`).",
        )
    encoding, left_out = plan_encoding(columns, np.ones(columns.n_rows))
    watched = np.floor(outcomes.frame["days_watched"].to_numpy(dtype=np.float64))
    hazard = learn_hazard(encoding.write_terms(columns), watched, to_win, horizon=horizon, penalty=penalty)
    return WinHazard(hazard, encoding, left_out, int(hazard.edges[-1]), columns.n_rows, n_won)
