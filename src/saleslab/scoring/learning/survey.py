"""What do we know of leads, which columns know too much, and how long must one wait until an outcome counts?

All that an analyst looks at before a model is trained. A window that is too short calls slow leads lost; one that is
too long leaves no young leads to learn from; a column that was written afterwards makes every test look faultless.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from saleslab.errors import BadArgument
from saleslab.scoring.leads.labels import LeadOutcomes
from saleslab.scoring.leads.table import LeadTable
from saleslab.scoring.learning.learned_leads import audit_leads, decide_leads
from saleslab.stats import estimate_rate, follow_shares
from saleslab.stats.lone_columns import doubt_auc
from saleslab.wording import Count, Number, Text, say

if TYPE_CHECKING:
    import numpy.typing as npt

WINDOWS = (14, 30, 60, 90, 180)
"""Windows that are compared, in days."""

ENOUGH = 0.95
"""Share of the successes by the longest window that the window one would choose must hold."""

_POINTS = 40
_PIECES = 5
_SURE = 3.0  # standard deviations of a column that tells nothing


@dataclass(frozen=True, slots=True, eq=False)
class LeadSurvey:
    """What is known of leads before a model is trained.

    Attributes
    ----------
    table, learned
        All leads, and those whose outcome may be learned from.
    is_won
        Outcomes of the latter.
    outcomes
        Of all leads; None for a file without times.
    columns
        One row a column as `find_leaks` has it, with ``known_at`` and ``share_filled``.
    windows
        ``window, n_learnable, share_young, chance, low, high, part``: by window, how many leads were watched for all of
        it, which share came in too late for it, the chance of success by its end, and which part that is of the
        successes by the longest; empty without times.
    curve
        ``day, chance, low, high``: the chance of success by each day after arrival; empty without times.
    by_luck
        AUC that a column which tells nothing hardly ever exceeds.
    window
        Days within which a success counts.
    mass
        Chance that an interval holds the truth.
    """

    table: LeadTable
    learned: LeadTable
    is_won: pd.Series
    outcomes: LeadOutcomes | None
    columns: pd.DataFrame
    windows: pd.DataFrame
    curve: pd.DataFrame
    by_luck: float
    window: int
    mass: float

    @property
    def telling(self) -> list[str]:
        """Columns that tell the outcome beyond luck and are not suspect, the strongest first.

        They tell it of later leads, and of accounts that were not seen before, as well.
        """
        tells = self.columns["verdict"] == "ok"
        for name in ("auc", "auc_later", "auc_apart"):
            if name in self.columns:
                tells &= ~(self.columns[name] <= self.by_luck)
        return self.columns.loc[tells].sort_values("auc", ascending=False, kind="stable")["column"].tolist()

    @property
    def strongest(self) -> str | None:
        """The column that tells most, of those by which leads may be shown in groups; None where none tells."""
        owners = {feature.name for feature in self.learned.features if feature.is_owner}
        return next((name for name in self.telling if name not in owners), None)

    @property
    def suspect(self) -> list[str]:
        """Columns that are blocked or to be looked at."""
        return self.columns.loc[self.columns["verdict"] != "ok", "column"].tolist()

    @property
    def at_window(self) -> dict[str, float] | None:
        """What the window means: its row of ``windows``; None without times, or with hardly a lead so old."""
        rows = self.windows[self.windows["window"] == self.window].to_dict("records")
        return {str(name): float(value) for name, value in rows[0].items()} if rows else None

    def tell_auc(self, name: str) -> float:
        """Return how often a column alone puts a lead that succeeds above one that does not."""
        return float(self.columns.loc[self.columns["column"] == name, "auc"].to_numpy()[0])

    @property
    def shortest_window(self) -> int | None:
        """The shortest window that holds `ENOUGH` of the successes by the longest; None where nobody knows."""
        enough = self.windows[self.windows["part"] >= ENOUGH]
        return None if enough.empty else int(enough["window"].iloc[0])


def survey_leads(
    table: LeadTable,
    *,
    as_of: date | None = None,
    window: int = 90,
    windows: Sequence[int] = WINDOWS,
    mass: float = 0.9,
    seed: int = 0,
) -> LeadSurvey:
    """Return what is known of leads: columns, leaks, outcomes by window.

    Parameters
    ----------
    table
        From `build_leads` or `read_lead_file`; described at ``known_at="closed"`` it shows what leaks look like.
    as_of
        Last day that is known; the table's own, or the last one that it speaks of, when None.
    window
        Days within which a success counts.
    windows
        Windows to compare with it.
    mass
        Chance that intervals hold the truth.
    seed
        Of the folds in which columns are judged.

    Raises
    ------
    NotEnoughData
        When no lead is decided, or fewer than 5 succeeded or failed.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from saleslab.scoring import read_lead_file, read_lead_map
    >>> lot = np.random.default_rng(0)
    >>> visits, won = lot.poisson(3, 600), lot.random(600)
    >>> won = np.where(won < 1 / (1 + np.exp(2 - 0.5 * visits)), "yes", "no")
    >>> minutes = np.where(won == "yes", 9, lot.integers(1, 9, 600))
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "calls.csv"
    ...     pd.DataFrame({"visits": visits, "duration": minutes, "y": won}).to_csv(file, index=False)
    ...     calls = read_lead_file(file, read_lead_map("bank_calls"), known_at="closed")
    >>> survey = survey_leads(calls)
    >>> survey.telling, survey.suspect
    (['visits'], ['duration'])
    """
    learned, is_won, outcomes = decide_leads(table, as_of=as_of, window=window)
    won = is_won.to_numpy(dtype=bool)
    found = audit_leads(learned, won, seed=seed)
    known = {feature.name: feature.known_at for feature in learned.features}
    columns = found.assign(known_at=found["column"].map(known), share_filled=1 - found["share_missing"])
    curve, compared = _follow(outcomes, sorted({*windows, window}), mass)
    luck = 0.5 + _SURE * doubt_auc(int(won.sum()), int((~won).sum()))
    return LeadSurvey(table, learned, is_won, outcomes, columns, compared, curve, luck, window, mass)


def _follow(outcomes: LeadOutcomes | None, windows: Sequence[int], mass: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the chance by day, and what each window would mean."""
    curve = pd.DataFrame(columns=["day", "chance", "low", "high"])
    compared = pd.DataFrame(columns=["window", "n_learnable", "share_young", "chance", "low", "high", "part"])
    if outcomes is None:
        return curve, compared
    watched = outcomes.frame["days_watched"].to_numpy(dtype=np.float64)
    to_win = outcomes.frame["days_to_win"].fillna(np.inf).to_numpy(dtype=np.float64)
    longest = int(min(windows[-1], watched.max()))
    days = sorted(
        {*np.linspace(1, longest, _POINTS).round().astype(int).tolist(), *(w for w in windows if w <= longest)}
    )
    told = follow_shares(watched, to_win, days=days, mass=mass)
    rows = [(one.day, one.share.estimate, one.share.low, one.share.high) for one in told]
    curve = pd.DataFrame(rows, columns=list(curve.columns))
    by_day = curve.set_index("day")
    last = float(curve["chance"].iloc[-1]) if len(curve) else 0.0
    found = [
        (
            one, n := int((watched >= one).sum()), 1 - n / len(watched),
            *by_day.loc[one, ["chance", "low", "high"]], by_day["chance"][one] / last if last else 0.0,
        )
        for one in windows
        if one in by_day.index
    ]  # fmt: skip
    return curve, pd.DataFrame(found, columns=list(compared.columns))


def profile_column(survey: LeadSurvey, name: str, *, most: int = 8) -> pd.DataFrame:
    """Return which share of each group of leads succeeds, by one column.

    Names are shown as they are, the most frequent ones, all others together; numbers are cut into pieces of about
    equally many leads.

    Parameters
    ----------
    survey
        From `survey_leads`.
    name
        A column of its leads.
    most
        Names shown at most.

    Returns
    -------
    pandas.DataFrame
        ``group`` (words), ``n_leads, n_won, rate, low, high``: names from the highest share on, numbers in sequence,
        those without a value last.

    Raises
    ------
    BadArgument
        When the leads have no such column, or it tells who works them.
    """
    features = {feature.name: feature for feature in survey.learned.features if not feature.is_owner}
    if name not in features:
        raise BadArgument(f"Leads cannot be grouped by '{name}'.", f"name one of: {', '.join(features)}.")
    values, won = survey.learned.frame[name], survey.is_won.to_numpy(dtype=bool)
    is_line = features[name].kind == "number"
    codes, words = _cut(values) if is_line else _name(values, features[name].kind, most)
    rows = []
    for code, group in enumerate(words):
        inside = codes == code
        n, n_won = int(inside.sum()), int(won[inside].sum())
        if n:
            rate = estimate_rate(n_won, n, mass=survey.mass)
            rows.append((group, n, n_won, n_won / n, rate.low, rate.high))
    shown = pd.DataFrame(rows, columns=["group", "n_leads", "n_won", "rate", "low", "high"])
    if is_line:
        return shown
    is_last = shown["group"].isin([word for word in words if word.en in {_missing().en, _others().en}])
    order = shown.assign(is_last=is_last).sort_values(["is_last", "rate"], ascending=[True, False], kind="stable")
    return order.drop(columns="is_last").reset_index(drop=True)


def _missing() -> Text:
    return say("scoring_studies.groups.missing")


def _others() -> Text:
    return say("scoring_studies.groups.others")


def _name(values: pd.Series, kind: str, most: int) -> tuple[npt.NDArray[np.int64], list[Text]]:
    """Return the code of each lead's name, and the names; the rarer ones together."""
    text = values.astype("str")
    names = text.value_counts().index[:most].tolist()
    codes = text.map({name: code for code, name in enumerate(names)})
    codes = codes.where(codes.notna() | text.isna(), len(names)).fillna(len(names) + 1)
    flags = {str(value): say(f"scoring_studies.groups.{'yes' if value else 'no'}") for value in (True, False)}
    words = [flags.get(name, Text.same(name)) if kind == "flag" else Text.same(name) for name in names]
    return codes.to_numpy(dtype=np.int64), [*words, _others(), _missing()]


def _cut(values: pd.Series) -> tuple[npt.NDArray[np.int64], list[Text]]:
    """Return the piece of each lead's number, and what the pieces are called."""
    numbers = values.astype("float64")
    edges = np.unique(numbers.dropna().quantile(np.linspace(0, 1, _PIECES + 1)).to_numpy())
    codes = np.searchsorted(edges[1:-1], numbers.to_numpy(), side="left")
    words = []
    for code in range(max(len(edges) - 1, 1)):
        inside = numbers[(codes == code) & numbers.notna().to_numpy()]
        words.append(_span(inside.min(), inside.max()) if len(inside) else Text.same(""))
    codes = np.where(numbers.isna(), len(words), codes)
    return codes.astype(np.int64), [*words, _missing()]


def _span(low: float, high: float) -> Text:
    whole = float(low).is_integer() and float(high).is_integer()
    first, last = (Count(int(end)) if whole else Number(end) for end in (low, high))
    if low == high:
        return say("scoring_studies.groups.one", value=first)
    return say("scoring_studies.groups.span", low=first, high=last)
