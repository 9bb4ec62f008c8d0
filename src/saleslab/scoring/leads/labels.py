"""Was it won, and do we know yet? Outcomes within a window; leads still open are neither lost nor left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.stats.intervals import check_mass
from saleslab.tables.presence import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

CHANCE_DAYS = (30, 60, 90, 180)
"""Days after a lead's creation by which the chance of a win is told."""

_SHOWN_IDS = 5


@dataclass(frozen=True, slots=True)
class LeadOutcomes:
    """What became of leads, as far as it is known on a day.

    Attributes
    ----------
    frame
        One row for each lead, in the order they came in:

        ``lead_id``
            Its key.
        ``is_won``
            Won within the window; missing while that is not known.
        ``days_watched``
            From its creation to the day of the outcomes, whatever became of it.
        ``days_to_win``
            From its creation to its win; missing where it is not won.
        ``weight``
            How many leads it stands for when a model that treats leads of all ages alike is trained on the known ones;
            0 where unknown.
    share_censored
        Share of the leads whose outcome is not known yet: still open, and the window not over.
    window
        Days within which a win counts.
    as_of
        The last moment that is known.
    chances
        ``day, chance, low, high, n_watched``: the chance that a lead has been won by a day after its creation, all
        leads together, the open ones counted for as long as they were watched. Days until which fewer than 10 leads
        were watched are left out.
    mass
        Chance that an interval holds the truth.
    """

    frame: pd.DataFrame
    share_censored: float
    window: int
    as_of: datetime
    chances: pd.DataFrame
    mass: float

    @property
    def is_known(self) -> Booleans:
        """Which leads have an outcome; of the young ones mostly the won, so that they need their weights."""
        return np.asarray(self.frame["weight"].to_numpy() > 0)

    @property
    def has_whole_window(self) -> Booleans:
        """Which leads were watched for the whole window: their outcomes can be learned from as they are."""
        return np.asarray(self.frame["days_watched"].to_numpy() >= self.window)


def label_outcomes(leads: pd.DataFrame, *, as_of: date | datetime, window: int = 90, mass: float = 0.9) -> LeadOutcomes:
    """Say of each lead whether it was won within a window, and of which that is not known yet.

    A lead that is open has not been lost: to call it so makes every chance too low, and those that take long look bad.
    To leave out what is open does harm the other way: of the young leads only the won are known. Three ways out:

    - train on the leads whose window is over, ``has_whole_window``: right for every model, also for one that weighs
      recent leads more (`LeadScorer` with ``time``), and blind to the last weeks;
    - train on the known leads with their weights, ``model.fit(X[known], y[known], sample_weight=weight[known])``:
      uses the young ones too. Right only for a model that treats leads of all ages alike, and where these are alike;
    - `fit_hazard`: uses every lead, gives the chance by any day, and is right where leads of another kind come in as
      time goes on.

    Parameters
    ----------
    leads
        ``lead_id``, ``created_at``, ``won_at`` (missing where it is not won) and ``closed_at`` (won or lost; missing
        while it is open), times in UTC.
    as_of
        What happened later is not looked at; a date means its whole day.
    window
        Days within which a win counts, the last included.
    mass
        Chance that the intervals of the chances hold the truth.

    Returns
    -------
    LeadOutcomes
        A win is known at once and a loss when the lead is closed; anything else when the window is over.

    Raises
    ------
    TableError
        When keys or times are missing, twice there, unreadable, out of sequence or after ``as_of``: everything at once.
    NotEnoughData
        When there is no lead, or none was watched for the whole window.

    Examples
    --------
    >>> import pandas as pd
    >>> leads = pd.DataFrame({
    ...     "lead_id": ["a", "b", "c"],
    ...     "created_at": pd.to_datetime(["2026-01-05", "2026-01-05", "2026-05-02"]),
    ...     "won_at": pd.to_datetime(["2026-02-01", None, None]),
    ...     "closed_at": pd.to_datetime(["2026-02-01", "2026-03-01", None]),
    ... })
    >>> seen = label_outcomes(leads, as_of=date(2026, 6, 1))
    >>> seen.frame["is_won"].tolist(), round(seen.share_censored, 2)
    ([True, False, <NA>], 0.33)
    """
    import pandas as pd

    from saleslab.stats.censoring import follow_shares, weigh_known

    check_mass(mass)
    if window < 1:
        raise BadArgument(f"A window of {window} days holds no outcome.", "give a window of a day or more.")
    require_columns(leads, "lead_id", "created_at", "won_at", "closed_at", of="leads (scoring.build_leads)")
    if not len(leads):
        raise NotEnoughData("There is no lead to label.", "widen the period.")
    moment = _end_of(as_of)
    watched, to_win, to_close = _read_days(leads, moment)
    settled = np.minimum(to_win, to_close)
    weight = weigh_known(watched, settled, window=window)
    is_won = pd.Series(pd.array(to_win <= window, dtype="boolean")).mask(pd.Series(weight == 0))
    frame = pd.DataFrame(
        {
            "lead_id": leads["lead_id"].to_numpy(),
            "is_won": is_won,
            "days_watched": watched,
            "days_to_win": pd.Series(to_win).where(np.isfinite(to_win)),
            "weight": weight,
        }
    )
    told = follow_shares(watched, to_win, days=CHANCE_DAYS, mass=mass)
    rows = [(one.day, one.share.estimate, one.share.low, one.share.high, one.n_watched) for one in told]
    chances = pd.DataFrame(rows, columns=["day", "chance", "low", "high", "n_watched"])
    return LeadOutcomes(frame, float((weight == 0).mean()), window, moment, chances, mass)


def _end_of(as_of: date | datetime) -> datetime:
    """Return the last moment of a date, in UTC and without a zone; a moment as it is."""
    import pandas as pd

    if not isinstance(as_of, datetime):
        return datetime.combine(as_of, time.max)
    moment = pd.Timestamp(as_of)
    moment = moment.tz_convert("UTC").tz_localize(None) if moment.tzinfo else moment
    return moment.to_pydatetime(warn=False)


def _read_days(leads: pd.DataFrame, moment: datetime) -> tuple[Floats, Floats, Floats]:
    """Return days watched, days to the win and days to the end (infinite where not seen), or say what is wrong."""
    import pandas as pd

    keys, findings = leads["lead_id"], []
    findings += _name_rows(keys, keys.isna(), "lead_id is missing")
    findings += _name_rows(keys, keys.duplicated() & keys.notna(), "lead_id is there twice")
    times = {}
    for column in ("created_at", "won_at", "closed_at"):
        read = pd.to_datetime(leads[column], errors="coerce", utc=True, format="mixed").dt.tz_localize(None)
        findings += _name_rows(keys, read.isna() & leads[column].notna(), f"{column} cannot be read as a time")
        times[column] = read
    created = times["created_at"]
    findings += _name_rows(keys, leads["created_at"].isna(), "created_at is missing")
    findings += _name_rows(keys, created > moment, f"created_at lies after {moment:%Y-%m-%d}")
    findings += [
        line
        for column in ("won_at", "closed_at")
        for line in _name_rows(keys, times[column] < created, f"{column} lies before created_at")
    ]
    if findings:
        raise TableError(
            f"leads cannot be labelled: {'; '.join(findings)}.",
            "correct these rows or leave them out; for leads of the future, give a later as_of.",
        )
    days = {name: (at.where(at <= moment) - created) / pd.Timedelta(days=1) for name, at in times.items()}
    watched = np.asarray((moment - created) / pd.Timedelta(days=1), dtype=np.float64)
    won, closed = (np.asarray(days[name].fillna(np.inf), dtype=np.float64) for name in ("won_at", "closed_at"))
    return watched, won, closed


def _name_rows(keys: pd.Series, wrong: pd.Series, what: str) -> list[str]:
    """Return one finding with its count and the first ids, or none."""
    if not wrong.any():
        return []
    ids = [str(key) for key in keys[wrong.to_numpy()].dropna().unique()[:_SHOWN_IDS]]
    n = int(wrong.sum())
    return [f"{what} in {n} row{'' if n == 1 else 's'}" + (f" ({', '.join(ids)})" if ids else "")]
