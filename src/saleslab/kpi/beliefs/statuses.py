"""Green, amber, red, or why no colour: a status comes from a chance, never from a distance to the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from saleslab.errors import BadArgument
from saleslab.kpi.beliefs.chances import FEWEST_MONTHS
from saleslab.kpi.beliefs.histories import Months
from saleslab.wording import Text, say

Colour = Literal["green", "amber", "red", "withheld"]
Reason = Literal["no_data", "short", "immature", "quality", "unfit"]
Difficulty = Literal["safe", "likely", "even", "stretch", "unlikely"]

GREEN, AMBER = 0.8, 0.5
"""Chances from which a status is green, and amber."""

_BAD_QUALITY = 0.5
_DIFFICULTIES: tuple[tuple[float, Difficulty], ...] = (
    (0.9, "safe"),
    (0.65, "likely"),
    (0.35, "even"),
    (0.1, "stretch"),
)


@dataclass(frozen=True, slots=True)
class Status:
    """How a measure stands against its target.

    Attributes
    ----------
    colour
        ``green``, ``amber``, ``red``, or ``withheld``.
    chance
        Of reaching the target; None where it is withheld.
    reason
        Why it is withheld, by code; None where it is not.
    """

    colour: Colour
    chance: float | None = None
    reason: Reason | None = None

    @property
    def words(self) -> Text:
        """What the reader reads: the status, or the reason why there is none."""
        if self.reason is not None:
            return say(f"kpi_beliefs.reason.{self.reason}", n=FEWEST_MONTHS)
        return say(f"kpi_beliefs.status.{self.colour}")


def judge_status(
    chance: float | None, *, reason: Reason | None = None, green: float = GREEN, amber: float = AMBER
) -> Status:
    """Return the status of a chance, or of the reason why there is none.

    A chance is judged as it is read, in whole per cent: the same number is never amber here and red there.

    Parameters
    ----------
    chance
        Of reaching the target.
    reason
        Why no chance may be shown; it goes before the chance.
    green, amber
        Chances from which a status is green, and amber.

    Examples
    --------
    >>> [judge_status(chance).colour for chance in (0.83, 0.5, 0.499, 0.49)]
    ['green', 'amber', 'amber', 'red']
    >>> judge_status(0.83, reason="immature").words.ja
    '結果がまだ出そろっていないため、達成確率は表示しません。'
    """
    if not 0 <= amber <= green <= 1:
        raise BadArgument(f"green is {green} and amber {amber}.", "give 0 <= amber <= green <= 1.")
    if reason is not None:
        return Status("withheld", None, reason)
    if chance is None:
        return Status("withheld", None, "no_data")
    if not 0 <= chance <= 1:
        raise BadArgument(f"A chance of {chance} is none.", "give a chance between 0 and 1.")
    read = round(chance, 2)
    return Status("green" if read >= green else "amber" if read >= amber else "red", chance)


def find_reason(months: Months | None, *, quality: float | None = None) -> Reason | None:
    """Return why no chance may be stated of a measure, or None.

    Parameters
    ----------
    months
        Those that may be learned from, from `read_months`; None where nothing was measured.
    quality
        Score of the data, 0 to 1; below one half they are red. None where it is not known.

    Examples
    --------
    >>> find_reason(None)
    'no_data'
    """
    if months is None or (not len(months) and not months.n_unripe):
        return "no_data"
    if quality is not None and quality < _BAD_QUALITY:
        return "quality"
    if len(months) < FEWEST_MONTHS:
        return "immature" if len(months) + months.n_unripe >= FEWEST_MONTHS else "short"
    return None


def judge_difficulty(chance: float) -> Difficulty:
    """Return how hard a target is that has a chance: ``safe``, ``likely``, ``even``, ``stretch`` or ``unlikely``.

    Examples
    --------
    >>> [judge_difficulty(chance) for chance in (0.95, 0.8, 0.5, 0.2, 0.01)]
    ['safe', 'likely', 'even', 'stretch', 'unlikely']
    """
    return next((name for least, name in _DIFFICULTIES if chance >= least), "unlikely")
