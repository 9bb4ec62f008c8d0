"""What the review log says to a meeting: what is due, what was decided and said, and how good predictions were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.kpi.reviews.calendar import (
    find_overdue_reviews,
    find_unjudged,
    list_acknowledged,
    list_actions,
    list_sign_offs,
)
from saleslab.kpi.reviews.log import ReviewLog
from saleslab.kpi.reviews.mirror import to_tables
from saleslab.kpi.reviews.verdicts import judge_predictions, score_predictions
from saleslab.warehouse.local_time import start_of_day

AHEAD = 7
"""Days within which something counts as due soon, and for which a decision is news."""

OPINION_COLUMNS = (
    "about", "kind", "what", "for", "against", "abstain", "n_dissents", "n_comments", "said",
)  # fmt: skip
"""Columns of ``Minutes.opinions``."""

SOON_COLUMNS = ("kind", "id", "metric_id", "owner_id", "due", "days_late", "what")
"""Columns of ``Minutes.due_soon``."""


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """What a log says on a day to one team, or to the whole company.

    Attributes
    ----------
    has_log
        Whether anything was on record by that day. Without it nothing can be late, and all frames are empty.
    reviews, sign_offs
        Late ones: ``metric_id, owner_id, last_on, every_days, next_on, days_late``, and the same by ``tree``.
    unjudged
        Decisions and predictions whose day has passed and of which nobody said what came, as `find_unjudged` gives
        them, and ``what``.
    actions
        Late ones.
    due_soon
        ``kind, id, metric_id, owner_id, due, days_late, what`` (`SOON_COLUMNS`): decisions, predictions, actions and
        signatures that are due within a week (``days_late`` is 0 or below). Reviews are not in it: where a measure is
        reviewed every week, it always would be.
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
        Alerts that somebody has seen; None without a log.
    """

    has_log: bool
    reviews: pd.DataFrame
    sign_offs: pd.DataFrame
    unjudged: pd.DataFrame
    actions: pd.DataFrame
    due_soon: pd.DataFrame
    decided: pd.DataFrame
    judged: pd.DataFrame
    score: Mapping[str, Any] | None
    opinions: pd.DataFrame
    todo: pd.DataFrame
    acknowledged: pd.DataFrame | None

    @property
    def n_late(self) -> int:
        """How many things are past their day."""
        return sum(len(one) for one in (self.reviews, self.sign_offs, self.unjudged, self.actions))


_EMPTY = pd.DataFrame()

NO_MINUTES = Minutes(
    has_log=False, reviews=_EMPTY, sign_offs=_EMPTY, unjudged=_EMPTY, actions=_EMPTY, due_soon=_EMPTY, decided=_EMPTY,
    judged=_EMPTY, score=None, opinions=_EMPTY, todo=_EMPTY, acknowledged=None,
)  # fmt: skip
"""What a log that has not begun says."""


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
    if not log.has_begun(as_of=as_of):
        return NO_MINUTES
    decisions = _keep_team(log.read("decision", as_of=as_of), team_id)
    predictions = _keep_team(log.read("prediction", as_of=as_of), team_id)
    soon = as_of + timedelta(days=AHEAD)
    waiting = _keep_team(_name_what(find_unjudged(log, as_of=as_of, due_by=soon), decisions, predictions), team_id)
    judged = _keep_team(judge_predictions(log, as_of=as_of), team_id).sort_values("due", ascending=False)
    mine = set(decisions["decision_id"])
    actions = list_actions(log, as_of=as_of)
    actions = actions[actions["decision_id"].isin(mine)]
    signed, todo = list_sign_offs(log, as_of=as_of), to_tables(log, as_of=as_of)["actions"]
    is_mine = log.read("action", as_of=as_of).set_index("action_id")["decision_id"].isin(mine)
    return Minutes(
        has_log=True,
        reviews=find_overdue_reviews(log, as_of=as_of, cadences=cadences, since=since, team_id=team_id),
        sign_offs=_late(signed),
        unjudged=_late(waiting),
        actions=_late(actions),
        due_soon=_list_soon(waiting, actions, signed),
        decided=_list_decided(decisions, predictions, start_of_day(as_of - timedelta(days=AHEAD - 1), log.timezone)),
        judged=_name_what(judged.assign(id=judged["prediction_id"]), decisions, predictions).reset_index(drop=True),
        score=_score(log, as_of, team_id),
        opinions=_list_opinions(log, as_of, decisions),
        todo=todo[todo["action_id"].map(is_mine).fillna(value=False).astype(bool)].reset_index(drop=True),
        acknowledged=list_acknowledged(log, as_of=as_of),
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


def _list_soon(waiting: pd.DataFrame, actions: pd.DataFrame, signed: pd.DataFrame) -> pd.DataFrame:
    """Return what is due within a week, in one frame; the measure of an action and the tree say what it is about."""
    told = [
        waiting,
        actions.assign(kind="action", id=actions["action_id"], metric_id=actions["kpi"], what=None),
        signed.assign(
            kind="sign_off", id=signed["tree"], metric_id=None, owner_id=signed["sponsor_id"], due=signed["next_on"],
            what=signed["tree"],
        ),
    ]  # fmt: skip
    parts = [part[part["days_late"].between(-AHEAD, 0)].reindex(columns=list(SOON_COLUMNS)) for part in told]
    rows = [row for part in parts for row in part.astype(object).to_dict("records")]
    return pd.DataFrame(rows, columns=list(SOON_COLUMNS), dtype=object)


def _list_decided(decisions: pd.DataFrame, predictions: pd.DataFrame, since: datetime) -> pd.DataFrame:
    fresh = decisions[decisions["written_at"] >= since]
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
