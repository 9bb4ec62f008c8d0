"""Does the model still hold, or is it time to train it again?

Asked every week, so the alarms of a whole year share one chance of a false alarm: half of it for the columns, half for
the outcomes. An alarm must be beyond doubt *and* large enough to matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from saleslab.errors import BadArgument, TableError
from saleslab.scoring.watching.columns import WatchedColumn, tabulate_columns, watch_columns
from saleslab.scoring.watching.outcomes import (
    ALL,
    FEWEST,
    ChallengerReading,
    Matured,
    OverrideReading,
    has_fallen,
    pick_matured,
    read_auc,
    read_challenger,
    read_grades,
    read_overrides,
    still_sorts,
)
from saleslab.wording import Count, Number, Share, Text, say

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.stats import Interval

WatchVerdict = Literal["keep", "retrain", "not_enough_outcomes"]

_N_OUTCOME_CHECKS = 3
_MANY_UNSEEN = 0.1
_MANY_OVERRIDES = 0.5


@dataclass(frozen=True, slots=True)
class WatchReason:
    """Why a watch ended as it did, or what it noticed: a code of ``wording`` and the values of its sentence."""

    code: str
    values: tuple[tuple[str, object], ...] = ()

    @property
    def text(self) -> Text:
        """The sentence, in every language."""
        return say(f"scoring.watch.{self.code}", **dict(self.values))


@dataclass(frozen=True, slots=True)
class DriftWatch:
    """Whether a model still holds.

    Attributes
    ----------
    verdict
        ``keep``, ``retrain``, or ``not_enough_outcomes``: nothing speaks against it, and too little for it.
    reasons
        Why, the deciding ones first.
    columns
        One row a column, the farthest first: ``psi`` and what it is by chance, empty cells, unseen names, ``is_moved``.
    grades
        Promised chance and share won by grade, and for all, with intervals; leads with a known outcome only.
    auc
        How well the chances sorted these leads; None while there are too few.
    promised
        The AUC that the model had promised.
    n_leads, n_matured, n_won
        Leads that came in, those of them whose outcome is known, and those won.
    overrides
        How often people went against the list; None where that is not recorded.
    challenger
        The other model on the same leads; None without one.
    """

    verdict: WatchVerdict
    reasons: tuple[WatchReason, ...]
    columns: pd.DataFrame
    grades: pd.DataFrame
    auc: Interval | None
    promised: Interval | None
    n_leads: int
    n_matured: int
    n_won: int
    overrides: OverrideReading | None
    challenger: ChallengerReading | None


def watch_drift(
    reference: Any,
    current: Any,
    *,
    columns: Sequence[str] | None = None,
    promised: Interval | None = None,
    challenger: str | None = None,
    n_looks: int = 52,
    false_alarms: float = 0.05,
    tolerance: float = 0.25,
    mass: float = 0.9,
    seed: int = 0,
) -> DriftWatch:
    """Return whether a model still holds for the leads that come in.

    Parameters
    ----------
    reference
        The leads that the model learned from: its columns, and where known ``chance_won`` and ``is_overridden``.
    current
        Leads that came in since, with the same columns, ``chance_won`` as the model said *then*, and where known
        ``grade``, ``is_won`` (empty while open), ``is_overridden``.
    columns
        What to watch for drift; every column that both share and a model may read when None.
    promised
        The AUC that the model was trained with: `LeadScorer.forward_auc_`.
    challenger
        Column of ``current`` with another model's chances.
    n_looks
        How often that will be asked before the model is trained again anyway.
    false_alarms
        Chance of one alarm or more in all these looks while nothing changes.
    tolerance
        Part by which a chance may be wrong before that matters.
    mass
        Chance that each interval holds the truth.
    seed
        Of the shuffles that show what chance alone gives.

    Raises
    ------
    NotEnoughData
        When either set of leads is empty, or they share no column.
    TableError
        When a named column is missing.
    BadArgument
        When an option is out of range, or outcomes or chances are not what they should be.

    Examples
    --------
    >>> import pandas as pd
    >>> before = pd.DataFrame({"visits": [1, 2, 3, 4] * 100, "source": ["web", "fair"] * 200})
    >>> now = pd.DataFrame({"visits": [1, 2, 3, 4] * 15, "source": ["web", "referral"] * 30})
    >>> watch = watch_drift(before, now)
    >>> watch.verdict, watch.columns.loc[watch.columns["is_far"], "column"].tolist()
    ('retrain', ['source'])
    """
    from saleslab.scoring.leads.columns import to_pandas

    _check_options(n_looks, false_alarms, tolerance)
    before, now = to_pandas(reference), to_pandas(current)
    if challenger is not None and challenger not in now.columns:
        raise TableError(f"The current leads have no column '{challenger}'.", "score them with the challenger first.")
    alpha = false_alarms / n_looks / 2
    inputs = now if challenger is None else now.drop(columns=challenger)
    by_column = watch_columns(before, inputs, columns=columns, alpha=alpha, seed=seed)
    matured = pick_matured(now, challenger)
    alpha /= _N_OUTCOME_CHECKS
    grades = read_grades(matured, tolerance=tolerance, alpha=alpha, mass=mass)
    auc = read_auc(matured, mass=mass)
    rival = read_challenger(matured, alpha=alpha, mass=mass)
    overrides = read_overrides(before, now, mass=mass)
    alarms = [*_find_off(grades), *_find_fall(matured, auc, promised, alpha), *_find_better(rival)]
    holds = still_sorts(auc, promised)
    far = [column for column in by_column if column.is_far]
    if far and not alarms and not holds:
        alarms.append(_tell_columns("inputs_far", far))
    verdict: WatchVerdict = "retrain" if alarms else "keep" if holds else "not_enough_outcomes"
    told = alarms or [_tell_state(matured, auc, promised, is_kept=holds)]
    notes = _find_notes(by_column, overrides, is_told=any(alarm.code == "inputs_far" for alarm in alarms))
    return DriftWatch(
        verdict,
        (*told, *notes),
        tabulate_columns(by_column),
        grades,
        auc,
        promised,
        len(now),
        len(matured.won),
        matured.n_won,
        overrides,
        rival,
    )


def _check_options(n_looks: int, false_alarms: float, tolerance: float) -> None:
    if n_looks < 1 or not 0 < false_alarms < 1 or not 0 <= tolerance < 1:
        raise BadArgument(
            f"{n_looks} looks, false alarms {false_alarms} and tolerance {tolerance} do not make a watch.",
            "give at least one look, a chance between 0 and 1, and a tolerance from 0 up to 1.",
        )


def _find_off(grades: pd.DataFrame) -> Iterator[WatchReason]:
    for row in grades[grades["is_off"]].to_dict("records"):
        yield WatchReason(
            "calibration_off" if row["grade"] == ALL else "grade_off",
            (
                ("grade", str(row["grade"])),
                ("chance", Share(float(row["chance"]))),
                ("rate", Share(float(row["rate"]))),
                ("n", Count(int(row["n_leads"]))),
            ),
        )


def _find_fall(
    matured: Matured, auc: Interval | None, promised: Interval | None, alpha: float
) -> Iterator[WatchReason]:
    if auc is not None and promised is not None and has_fallen(matured, promised, alpha=alpha):
        yield WatchReason("ranking_fell", (("auc", _area(auc.estimate)), ("promised", _area(promised.estimate))))


def _find_better(rival: ChallengerReading | None) -> Iterator[WatchReason]:
    if rival is not None and rival.is_better:
        yield WatchReason("challenger_better", (("n", Count(rival.n_leads)),))


def _tell_columns(code: str, columns: Sequence[WatchedColumn]) -> WatchReason:
    farthest = max(columns, key=lambda column: column.psi - column.noise)
    return WatchReason(code, (("n", Count(len(columns))), ("column", farthest.column)))


def _tell_state(matured: Matured, auc: Interval | None, promised: Interval | None, *, is_kept: bool) -> WatchReason:
    if auc is None:
        fewest = min(matured.n_won, len(matured.won) - matured.n_won)
        return WatchReason("few_outcomes", (("n", Count(fewest)), ("needed", Count(FEWEST))))
    ends = (("auc", _area(auc.estimate)), ("low", _area(auc.low)), ("high", _area(auc.high)))
    if is_kept:
        return WatchReason("holds" if promised is not None else "sorts", ends)
    return WatchReason("wide_ranking", ends)


def _find_notes(
    columns: Sequence[WatchedColumn], overrides: OverrideReading | None, *, is_told: bool
) -> Iterator[WatchReason]:
    moved = [column for column in columns if column.is_moved]
    if moved and not is_told:
        yield _tell_columns("inputs_moved", moved)
    unseen = [column for column in columns if column.share_unseen >= _MANY_UNSEEN]
    if unseen:
        most = max(unseen, key=lambda column: column.share_unseen)
        yield WatchReason("unseen_names", (("column", most.column), ("share", Share(most.share_unseen))))
    if overrides is not None and overrides.rate.low > _MANY_OVERRIDES:
        yield WatchReason("many_overrides", (("rate", Share(overrides.rate.estimate)),))


def _area(value: float) -> Number:
    return Number(value, 2)
