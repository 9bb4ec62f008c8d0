"""What the review log says to a meeting: what is due, what was decided and said, and how good predictions were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.reviews.calendar import (
    find_overdue_actions,
    find_overdue_sign_offs,
    find_unjudged,
    list_acknowledged,
    list_reviews,
)
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.kpi.reviews.mirror import to_tables
from saleslab.kpi.reviews.verdicts import judge_predictions, score_predictions

AHEAD = 7
"""Days within which something counts as due soon, and for which a decision is news."""

OPINION_COLUMNS = (
    "about", "kind", "what", "for", "against", "abstain", "n_dissents", "n_comments", "said",
)  # fmt: skip
"""Columns of ``Minutes.opinions``."""


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """What a log says on a day to one team, or to the whole company.

    Attributes
    ----------
    has_log
        Whether anything is on record at all.
    reviews, sign_offs
        Late ones: ``metric_id, owner_id, last_on, every_days, next_on, days_late``, and the same by ``tree``.
    unjudged, due_soon
        Decisions and predictions of which nobody said what came, as `find_unjudged` gives them, and ``what``: past
        their day, and due within a week (``days_late`` is 0 or below).
    actions
        Late ones.
    decided
        Decisions of the last seven days: ``decision_id, metric_id, owner_id, team_id, due, decision, reason, chance``.
    judged
        Predictions that came due and were judged, the newest first, as `judge_predictions` gives them, and ``what``.
    score
        `score_predictions` of the team or of all; None where nothing was judged.
    opinions
        `OPINION_COLUMNS`: votes counted, and what was said against it or beside it (``said``, texts without authors),
        on decisions that are still open and reviews of the last seven days.
    todo
        Actions with what came of them, as ``kpi.follow_actions`` takes them.
    acknowledged
        Alerts that somebody has seen.
    """

    has_log: bool
    reviews: pd.DataFrame
    sign_offs: pd.DataFrame
    unjudged: pd.DataFrame
    due_soon: pd.DataFrame
    actions: pd.DataFrame
    decided: pd.DataFrame
    judged: pd.DataFrame
    score: Mapping[str, Any] | None
    opinions: pd.DataFrame
    todo: pd.DataFrame
    acknowledged: pd.DataFrame

    @property
    def n_late(self) -> int:
        """How many things are past their day."""
        return sum(len(one) for one in (self.reviews, self.sign_offs, self.unjudged, self.actions))


def gather_minutes(
    log: ReviewLog,
    *,
    as_of: date,
    team_id: str | None = None,
    cadences: Mapping[str, int] | None = None,
    since: date | None = None,
) -> Minutes:
    """Return what a log says to a meeting.

    Parameters
    ----------
    log
        The reviews.
    as_of
        The day of the meeting; what was written later is not seen.
    team_id
        What belongs to this team and what belongs to no team; None: everything.
    cadences, since
        As for `list_reviews`.
    """
    reviews = list_reviews(log, as_of=as_of, cadences=cadences, since=since, team_id=team_id)
    soon = as_of + timedelta(days=AHEAD)
    decisions = _keep_team(log.read("decision", as_of=as_of), team_id)
    predictions = _keep_team(log.read("prediction", as_of=as_of), team_id)
    waiting = _keep_team(_name_what(find_unjudged(log, as_of=as_of, due_by=soon), decisions, predictions), team_id)
    judged = _keep_team(judge_predictions(log, as_of=as_of), team_id).sort_values("due", ascending=False)
    mine = set(decisions["decision_id"])
    late, todo = find_overdue_actions(log, as_of=as_of), to_tables(log, as_of=as_of)["actions"]
    is_mine = log.read("action", as_of=as_of).set_index("action_id")["decision_id"].isin(mine)
    return Minutes(
        bool(log.log.read()),
        _late(reviews),
        find_overdue_sign_offs(log, as_of=as_of),
        _late(waiting),
        waiting[waiting["days_late"] <= 0].reset_index(drop=True),
        late[late["decision_id"].isin(mine)].reset_index(drop=True),
        _list_decided(decisions, predictions, as_of),
        _name_what(judged.assign(id=judged["prediction_id"]), decisions, predictions).reset_index(drop=True),
        _score(log, as_of, team_id),
        _list_opinions(log, as_of, decisions),
        todo[todo["action_id"].map(is_mine).fillna(value=False).astype(bool)].reset_index(drop=True),
        list_acknowledged(log, as_of=as_of),
    )


def _keep_team(frame: pd.DataFrame, team_id: str | None) -> pd.DataFrame:
    if team_id is None:
        return frame
    return frame[frame["team_id"].isna() | (frame["team_id"] == team_id)].reset_index(drop=True)


def _late(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["days_late"] > 0].reset_index(drop=True)


def _name_what(frame: pd.DataFrame, decisions: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    """Add ``what``: the words of a decision, or of what was predicted, those of its decision where it has none."""
    words: dict[Any, Any] = decisions.set_index("decision_id")["decision"].to_dict()
    told: dict[Any, Any] = {
        row["prediction_id"]: row["statement"] if isinstance(row["statement"], str) else words.get(row["decision_id"])
        for row in predictions.to_dict("records")
    }
    named = frame.assign(what=pd.Series([words.get(one) or told.get(one) for one in frame["id"]], frame.index, object))
    if "owner_id" in named:  # a prediction is answered for by whoever answers for its decision
        owners = decisions.set_index("decision_id")["owner_id"].dropna()
        named["owner_id"] = named["owner_id"].fillna(named["decision_id"].map(owners))
    return named


def _list_decided(decisions: pd.DataFrame, predictions: pd.DataFrame, as_of: date) -> pd.DataFrame:
    fresh = decisions[decisions["written_at"].dt.date > as_of - timedelta(days=AHEAD)]
    stated = predictions.dropna(subset=["decision_id", "chance"]).drop_duplicates("decision_id", keep="last")
    chances = stated.set_index("decision_id")["chance"]
    shown = ["decision_id", "metric_id", "owner_id", "team_id", "due", "decision", "reason"]
    chosen: pd.DataFrame = fresh[shown].assign(chance=fresh["decision_id"].map(chances))
    return chosen.reset_index(drop=True)


def _score(log: ReviewLog, as_of: date, team_id: str | None) -> Mapping[str, Any] | None:
    try:
        scores = score_predictions(log, as_of=as_of)
    except NotEnoughData:
        return None
    rows = scores[scores["team_id"].isna() if team_id is None else scores["team_id"] == team_id]
    return None if rows.empty else {str(name): value for name, value in rows.iloc[-1].items()}


def _list_opinions(log: ReviewLog, as_of: date, decisions: pd.DataFrame) -> pd.DataFrame:
    judged = set(log.read("outcome", as_of=as_of)["about"])
    reviews = log.read("review", as_of=as_of)
    fresh = reviews[reviews["reviewed_on"] > pd.Timestamp(as_of - timedelta(days=AHEAD))]
    about = {row["decision_id"]: ("decision", row["decision"]) for row in decisions.to_dict("records")}
    about = {name: told for name, told in about.items() if name not in judged}
    about |= {row["review_id"]: ("review", row["metric_id"]) for row in fresh.to_dict("records")}
    said = log.read("opinion", as_of=as_of)
    said = said[said["kind"].isin(["comment", "dissent"])]
    rows = [
        {
            **counted,
            "kind": about[counted["about"]][0],
            "what": about[counted["about"]][1],
            "said": tuple(said.loc[said["about"] == counted["about"], "text"]),
        }
        for counted in log.count_votes(as_of=as_of).to_dict("records")
        if counted["about"] in about
    ]
    return pd.DataFrame(rows, columns=list(OPINION_COLUMNS))
