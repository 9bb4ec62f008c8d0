"""Does the team trust each other? Asked often, told only for groups in which nobody can be picked out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from saleslab.customers.feedback.answers import COUNT, take_answers
from saleslab.intake.small_groups import LEAST_GROUP, suppress_small_groups
from saleslab.stats.intervals import estimate_rate


@dataclass(frozen=True, slots=True)
class TrustPulse:
    """Share of a team that agrees, by team.

    Attributes
    ----------
    teams
        One row a team: the column it is grouped by, ``n_answers, share_agreeing, low, high, is_suppressed``; all
        numbers of a suppressed row are missing.
    n_suppressed
        Teams that are not shown.
    """

    teams: pd.DataFrame
    n_suppressed: int


def score_pulse(
    answers: pd.DataFrame, *, by: str = "team_id", least: int = LEAST_GROUP, mass: float = 0.9
) -> TrustPulse:
    """Return how many of each team agree (4 or 5 of 5) that they can rely on each other.

    Hand in one answer a person. The answers themselves are nobody's business: keep them out of reports.

    Parameters
    ----------
    answers
        ``score`` from 1 to 5, the column ``by``, and ``n_answers`` where rows are counted.
    least
        Smallest team that is shown; never below five.

    Raises
    ------
    NotEnoughData
        When no answer counts.

    Examples
    --------
    >>> answers = pd.DataFrame({"team_id": ["a"] * 9 + ["b"] * 7 + ["c"] * 4, "score": [5, 4, 4] * 6 + [2, 2]})
    >>> pulse = score_pulse(answers)
    >>> pulse.teams["is_suppressed"].tolist(), pulse.teams["n_answers"].tolist()[0]
    ([False, True, True], 9)
    """
    taken = take_answers(answers, kind="csat", by=(by,))
    rows = taken.rows.assign(agreeing=np.where(taken.rows["score"] >= 4, taken.rows[COUNT], 0))
    teams = rows.groupby(by, as_index=False)[[COUNT, "agreeing"]].sum()
    shares = [estimate_rate(int(k), int(n), mass=mass) for k, n in zip(teams["agreeing"], teams[COUNT], strict=True)]
    teams["share_agreeing"] = [share.estimate for share in shares]
    teams["low"], teams["high"] = [share.low for share in shares], [share.high for share in shares]
    shown = suppress_small_groups(
        teams.drop(columns="agreeing"),
        count=COUNT,
        values=["share_agreeing", "low", "high"],
        least=max(least, LEAST_GROUP),
    )
    return TrustPulse(shown, int(shown["is_suppressed"].sum()))
