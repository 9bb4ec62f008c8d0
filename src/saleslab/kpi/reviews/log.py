"""`ReviewLog`: reviews, decisions, predictions and opinions in a log that only grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pandas as pd

from saleslab.errors import BadArgument
from saleslab.kpi.reviews.pseudonyms import PREFIX, Pseudonyms
from saleslab.kpi.reviews.sayings import (
    KINDS,
    OWN_IDS,
    VOTES,
    Action,
    Closing,
    Decision,
    Opinion,
    OpinionKind,
    Outcome,
    Prediction,
    Saying,
    check_saying,
    name_kind,
    name_subject,
    to_content,
)
from saleslab.warehouse import AppendLog, Chain, Entry, Note
from saleslab.warehouse.local_time import day_of, end_of_day

_DATES = {"reviewed_on", "due", "closed_on", "known_on", "signed_on", "acknowledged_on"}
_PAST = ("reviewed_on", "closed_on", "known_on", "signed_on", "acknowledged_on")
_TOMORROW = timedelta(days=1)  # zones: it may be tomorrow already where the company is


class ReviewLog:
    """What was decided about KPIs, and what came of it.

    Every frame takes ``as_of`` and knows nothing that was written, or happened, after that day: a meeting pack of last
    month can be made again. What was written under an id stays; writing the same again adds nothing, and writing
    something else under it is refused.

    Parameters
    ----------
    log
        Where it is kept: an `AppendLog`, or the path of its file.
    timezone
        Where the company is: its days are the ones that ``as_of`` names. What was said at eight on a Monday in Tokyo
        was not known on Sunday, though it was still Sunday in UTC.

    Examples
    --------
    >>> import tempfile
    >>> from saleslab.kpi.reviews.sayings import Decision, Review
    >>> log = ReviewLog(f"{tempfile.mkdtemp()}/reviews.jsonl")
    >>> monday = datetime(2026, 11, 2, 9)
    >>> review = Review("r:1", "win_rate", date(2026, 11, 2), every_days=7, value=0.24, chance_goal=0.41)
    >>> decision = Decision("d:1", "win_rate", "Visit every finalist.", "Visited ones win.", date(2026, 12, 31), "r:1")
    >>> log.record([review, decision], at=monday)
    2
    >>> log.record([review], at=monday)
    0
    >>> log.read("decision", as_of=date(2026, 11, 2))["metric_id"].tolist()
    ['win_rate']
    """

    def __init__(self, log: AppendLog | Path | str, *, timezone: str = "UTC") -> None:
        self.log = log if isinstance(log, AppendLog) else AppendLog(log)
        self.timezone = timezone

    # -- writing

    def record(self, sayings: Sequence[Saying], *, at: datetime) -> int:
        """Write sayings down, all or none, and return how many were new.

        Parameters
        ----------
        sayings
            Reviews, decisions, actions, closings, predictions, outcomes, opinions, signatures, acknowledgements, in
            their order: what one refers to stands before it, or is on record.
        at
            When, naive UTC; the caller's choice.

        Raises
        ------
        BadArgument
            When a saying is incomplete, refers to something that is not on record, takes an id that means something
            else, claims a day that has not come, or predicts what is due already.
        WarehouseError
            When the log was changed after it was written; the message names the file and the line.
        """
        for saying in sayings:
            check_saying(saying)
            _refuse_wrong_day(saying, day_of(at, self.timezone))
        known = _Known(self.log.read())
        fresh = [saying for saying in sayings if known.admit(saying)]
        if not fresh:
            return 0

        def refuse_raced(entries: tuple[Entry, ...]) -> None:
            if len(entries) != known.n_entries:
                raise BadArgument("Another program wrote to the log at the same time.", "record again.")

        notes = [Note(name_kind(one), name_subject(one), to_content(one)) for one in fresh]
        self.log.append(notes, at=at, check=refuse_raced)
        return len(fresh)

    def say(
        self,
        about: str,
        kind: OpinionKind,
        *,
        user_id: str,
        at: datetime,
        text: str = "",
        pseudonyms: Pseudonyms | None = None,
        signed: bool = False,
    ) -> int:
        """Write down what somebody thinks of a review or decision, under a pseudonym where ``pseudonyms`` are given.

        Parameters
        ----------
        about, kind
            The id of what it is about; a comment, a dissent, or a vote: for, against, abstain.
        user_id, at, text
            Who, when (naive UTC), and in which words.
        pseudonyms
            Makes the name under which an opinion is kept. Nobody votes under two names about one thing: with it, a
            vote is refused to whoever has voted under the other name.
        signed
            Keep the user id although there are pseudonyms.

        Raises
        ------
        BadArgument
            When the text of a pseudonymous opinion names its author's id, the author voted under another name, the
            user id looks like a pseudonym, or as for `record`.
        """
        if user_id.startswith(PREFIX):
            raise BadArgument(f"A user id begins with '{PREFIX}', as pseudonyms do.", "give the id of the user.")
        if pseudonyms is None:
            return self.record([Opinion(about, kind, user_id, text)], at=at)
        if not signed and user_id in text:
            raise BadArgument(
                f"The text of an opinion about '{about}' that is to be pseudonymous holds its author's id.",
                "take the id out of the text, or sign the opinion.",
            )
        hidden = pseudonyms.name_author(user_id, about=about)
        author, other = (user_id, hidden) if signed else (hidden, user_id)
        if kind in VOTES and self._has_voted(about, other):
            raise BadArgument(
                f"Whoever votes about '{about}' has voted under another name.",
                "vote again under the name of the first vote: the latest one counts.",
            )
        return self.record([Opinion(about, kind, author, text)], at=at)

    def _has_voted(self, about: str, author: str) -> bool:
        told = (entry.content for entry in self.log.read(kind="opinion", subject=about))
        return any(one["author"] == author and one["kind"] in VOTES for one in told)

    # -- reading

    def verify(self) -> Chain:
        """Follow the chain of the file and return whether, and at which line, it breaks."""
        return self.log.verify()

    def has_begun(self, *, as_of: date) -> bool:
        """Say whether anything had been written by the end of a day."""
        over = end_of_day(as_of, self.timezone)
        return any(entry.at < over for entry in self.log.read())

    def read(self, kind: str, *, as_of: date) -> pd.DataFrame:
        """Return everything of one kind that had been written by the end of a day, in the order of writing.

        Parameters
        ----------
        kind
            ``review``, ``decision``, ``action``, ``closing``, ``prediction``, ``outcome``, ``opinion``, ``sign_off``,
            ``acknowledgement``.
        as_of
            The last day that is known.

        Returns
        -------
        pandas.DataFrame
            The fields of its declaration, ``written_at`` and ``position``; missing where something was not said.
        """
        if kind not in KINDS:
            raise BadArgument(f"A review log holds no '{kind}'.", f"use one of: {', '.join(KINDS)}.")
        names = [field.name for field in fields(KINDS[kind])]
        over = end_of_day(as_of, self.timezone)
        rows: list[dict[str, Any]] = [
            {name: entry.content.get(name) for name in names} | {"written_at": entry.at, "position": entry.position}
            for entry in self.log.read(kind=kind)
            if entry.at < over
        ]
        frame = pd.DataFrame(rows, columns=[*names, "written_at", "position"])
        for name in _DATES & set(names):
            frame[name] = pd.to_datetime(frame[name])
        return frame.astype({"written_at": "datetime64[us]", "position": "int64"})

    def count_votes(self, *, as_of: date) -> pd.DataFrame:
        """Return ``about, for, against, abstain, n_dissents, n_comments``; the latest vote of an author counts."""
        said = self.read("opinion", as_of=as_of)
        is_vote = said["kind"].isin(VOTES)
        votes = said[is_vote].drop_duplicates(["about", "author"], keep="last")
        rows = []
        for about in sorted(set(said["about"])):
            mine, others = votes[votes["about"] == about], said[(said["about"] == about) & ~is_vote]
            counted: dict[str, int] = {kind: int((mine["kind"] == kind).sum()) for kind in VOTES}
            counted |= {f"n_{kind}s": int((others["kind"] == kind).sum()) for kind in ("dissent", "comment")}
            rows.append({"about": about, **counted})
        return pd.DataFrame(rows, columns=["about", *VOTES, "n_dissents", "n_comments"])


class _Known:
    """What is on record while new sayings are checked, and what they add to it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.ids: dict[str, tuple[str, dict[str, Any]]] = {}
        self.said: set[tuple[str, str]] = set()
        self.last: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.n_entries = 0
        for entry in entries:
            self.n_entries += 1
            self._add(entry.kind, entry.subject, dict(entry.content))

    def admit(self, saying: Saying) -> bool:
        """Say whether a saying is new, and count it as said; raises where it contradicts what is on record."""
        kind, subject, content = name_kind(saying), name_subject(saying), to_content(saying)
        self._refuse_unknown(saying)
        if kind in OWN_IDS and subject in self.ids:
            if self.ids[subject] == (kind, content):
                return False
            raise BadArgument(
                f"The id '{subject}' is on record with another content.",
                "what was written stays; give the new one an id of its own.",
            )
        if kind not in OWN_IDS and self.last.get(self._slot(kind, subject, content)) == content:
            return False
        self._add(kind, subject, content)
        return True

    def _add(self, kind: str, subject: str, content: dict[str, Any]) -> None:
        if kind in OWN_IDS:
            self.ids[subject] = (kind, content)
        else:
            self.last[self._slot(kind, subject, content)] = content

    @staticmethod
    def _slot(kind: str, subject: str, content: dict[str, Any]) -> tuple[str, str, str]:
        is_vote = content.get("kind") in VOTES
        told = () if is_vote else (str(content.get("kind", "")), str(content.get("text", "")))
        return kind, subject, "\0".join((str(content.get("author", "")), *told))

    def _refuse_unknown(self, saying: Saying) -> None:
        for kind, name in _list_references(saying):
            if name not in self.ids or (kind and self.ids[name][0] != kind):
                raise BadArgument(
                    f"No {kind or 'entry'} '{name}' is on record.", "write it down first, or correct the id."
                )
        if isinstance(saying, Outcome):
            self._refuse_misfit(saying)

    def _refuse_misfit(self, outcome: Outcome) -> None:
        kind, content = self.ids[outcome.about]
        needs_value = kind == "prediction" and "chance" not in content
        given = outcome.value if needs_value else outcome.happened
        if kind not in {"decision", "prediction"} or given is None:
            needed = "value" if needs_value else "happened" if kind in {"decision", "prediction"} else "no outcome"
            raise BadArgument(
                f"The outcome of the {kind} '{outcome.about}' does not fit it.", f"such an entry takes {needed}."
            )


def _list_references(saying: Saying) -> list[tuple[str, str]]:
    """Return the ids that a saying refers to, each with the kind of entry that it must name; empty for any."""
    match saying:
        case Decision():
            told = [("review", saying.review_id)]
        case Action():
            told = [("decision", saying.decision_id), ("review", saying.review_id)]
        case Prediction():
            told = [("decision", saying.decision_id)]
        case Closing():
            told = [("action", saying.action_id)]
        case Outcome() | Opinion():
            told = [("", saying.about)]
        case _:
            told = []
    return [(kind, name) for kind, name in told if name is not None]


def _refuse_wrong_day(saying: Saying, today: date) -> None:
    told = [getattr(saying, name) for name in _PAST if hasattr(saying, name)]
    for day in cast("list[date]", told):
        if day > today + _TOMORROW:
            raise BadArgument(
                f"The {name_kind(saying).replace('_', '-')} '{name_subject(saying)}' says {day}, and it is {today}.",
                "write down what has happened; plans are decisions with a due date.",
            )
    if isinstance(saying, Prediction) and saying.due < today:
        raise BadArgument(
            f"The prediction '{saying.prediction_id}' was due on {saying.due}, and it is {today}.",
            "predict before the day comes; what came is an outcome.",
        )
