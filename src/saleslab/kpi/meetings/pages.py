"""What the page of a weekly meeting says: three lines on what to decide, then cards, findings and notes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from saleslab.kpi.beliefs.statuses import judge_status
from saleslab.kpi.changes.alerts import Alert
from saleslab.kpi.changes.tasks import DUE_WITHIN
from saleslab.kpi.changes.words import name_metric, name_scope, tell_alert
from saleslab.kpi.meetings.phrases import list_texts, name_matter
from saleslab.kpi.meetings.watching import scope_of
from saleslab.kpi.targets.pages import write_chance
from saleslab.kpi.trees.structure import find_goal
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    Days,
    FindingWords,
    HeadlineWords,
    Money,
    NoteWords,
    Number,
    Points,
    Share,
    Text,
    Tone,
    join_texts,
    say,
)

if TYPE_CHECKING:
    from saleslab.kpi.meetings.pack import MeetingPack
    from saleslab.kpi.targets.pace import PaceTrack
    from saleslab.wording.values import Value

LIKELY_REAL = 0.5
"""Chance from which an alert is for the meeting; the others stand in the table."""

_MOST_ALERTS, _MOST_LATE = 3, 3
_FEWEST_SHOWN, _FEWEST_JUDGED = 3, 10
_ROOM = "kpi_weekly"
_TONES: dict[str, Tone] = {"green": "good", "amber": "warn", "red": "bad"}


def list_real(pack: MeetingPack) -> list[Alert]:
    """Return what the meeting must look at: crossed limits, and alerts that are more likely real than not."""
    return [one for one in pack.week.alerts if one.chance is None or one.chance >= LIKELY_REAL]


def write_meeting_headline(pack: MeetingPack) -> HeadlineWords:
    """Return the question, how much is to be decided, and three lines: alerts, what is late, what is new."""
    n = len(list_real(pack)) + pack.minutes.n_late + len(pack.minutes.due_soon)
    is_bad = pack.minutes.n_late > 0 or any(one.is_bad for one in list_real(pack))
    named = {"since": pack.since, "as_of": pack.as_of}
    subject = say(f"{_ROOM}.page.subject", **named)
    if pack.team is not None:
        subject = say(f"{_ROOM}.page.subject_team", team=Text.same(pack.team.name), **named)
    return {
        "question": say(f"{_ROOM}.page.question"),
        "status": say(f"{_ROOM}.page.status", n=n) if n else say(f"{_ROOM}.page.status_none"),
        "tone": "bad" if is_bad else "warn" if n else "good" if pack.week.watch and pack.minutes.has_log else "neutral",
        "answer": join_texts(_tell_alarms(pack), _tell_late(pack), _tell_new(pack)),
        "subject": subject,
    }


def write_meeting_banners(pack: MeetingPack) -> list[BannerWords]:
    """Return what the reader must know first: a tree that is not the company's own, a log that is missing."""
    told: list[BannerWords] = []
    if pack.is_template:
        text = say(f"{_ROOM}.page.template", template=Text.same(pack.tree.tree))
        told.append({"name": "template", "text": text, "tone": "warn", "details": []})
    if not pack.minutes.has_log:
        told.append({"name": "no_log", "text": say(f"{_ROOM}.page.no_log"), "tone": "neutral", "details": []})
    return told


def write_meeting_cards(pack: MeetingPack) -> list[CardWords]:
    """Return the numbers of the first screen: chance of the goal, real alerts, what is late, how good we predict."""
    cards: list[CardWords] = [] if pack.pace is None else [_write_chance_card(pack, pack.pace)]
    real, n_late = list_real(pack), pack.minutes.n_late
    if pack.week.watch is not None:
        tone: Tone = "bad" if any(one.is_bad for one in real) else "neutral"
        cards.append(_write_card("alerts", Count(len(real)), tone, n=Count(len(pack.week.alerts))))
    if pack.minutes.has_log:
        tone = "bad" if n_late else "good"
        cards.append(_write_card("late", Count(n_late), tone, n=Count(len(pack.minutes.due_soon))))
    score = pack.minutes.score
    if score is not None and score["n_chances"] >= _FEWEST_SHOWN:
        n, brier, base = int(score["n_chances"]), float(score["brier"]), float(score["brier_of_rate"])
        tone = "neutral" if n < _FEWEST_JUDGED else "good" if brier <= base else "warn"
        cards.append(_write_card("brier", Number(brier, 2), tone, n=Count(n), base=Number(base, 2)))
    return cards


def _write_card(name: str, value: Value, tone: Tone, **told: Value) -> CardWords:
    note = say(f"{_ROOM}.card.{name}_note", **told)
    return {"name": f"card_{name}", "label": say(f"{_ROOM}.card.{name}"), "value": value, "tone": tone, "note": note}


def write_meeting_findings(pack: MeetingPack) -> list[FindingWords]:
    """Return what is to be decided, each with its owner: alerts, then what is late."""
    due = pack.calendar.after_business_days(pack.as_of, DUE_WITHIN)
    found: list[FindingWords] = []
    for place, one in enumerate(list_real(pack)[:_MOST_ALERTS], start=1):
        is_risk = one.chance is None
        found.append(
            {
                "name": f"alert_{place}",
                "text": tell_alert(one, names=pack.names, scopes=pack.scopes, currency=pack.currency),
                "evidence": ["alerts"],
                "action": say(f"{_ROOM}.finding.risk_action") if is_risk
                else say(f"{_ROOM}.finding.alert_action", lever=_write_lever(pack, one)),
                "owner": pack.name_owner(one.owner_id),
                "due": due,
                "effect": None if one.chance is None
                else say(f"{_ROOM}.finding.alert_effect", chance=write_chance(one.chance)),
                "tone": "bad" if one.is_bad else "neutral",
            }
        )  # fmt: skip
    return found + _find_late(pack)


def write_meeting_notes(pack: MeetingPack) -> list[NoteWords]:
    """Return what is not there to be shown, and how to read what is."""
    watch, minutes = pack.week.watch, pack.minutes
    told: list[tuple[str, Text | None]] = [
        ("nothing_watched", None if watch else say(f"{_ROOM}.note.nothing_watched", scope=_name_scope(pack))),
        ("quiet", say(f"{_ROOM}.note.quiet", n=watch.n_watched) if watch and not pack.week.alerts else None),
        ("chance", say(f"{_ROOM}.note.chance", budget=Number(watch.budget)) if watch and pack.week.alerts else None),
        ("landing", None if pack.pace is None else say(f"{_ROOM}.note.landing")),
        ("pace", _tell_pace(pack)),
        ("no_change", None if pack.change or not watch else say(f"{_ROOM}.note.{_explain_silence(pack)}")),
        ("no_stuck", None if len(pack.stuck) else say(f"{_ROOM}.note.{'no_stuck' if pack.n_open else 'no_deals'}")),
        ("no_wins", None if pack.wins.n else say(f"{_ROOM}.note.no_wins")),
    ]
    if minutes.has_log:
        is_quiet = not (minutes.n_late or len(minutes.due_soon) or len(minutes.decided))
        told += [
            ("no_minutes", say(f"{_ROOM}.note.no_minutes") if is_quiet else None),
            ("nothing_judged", None if len(minutes.judged) else say(f"{_ROOM}.note.nothing_judged")),
            ("waiting", say(f"{_ROOM}.note.waiting", n=len(minutes.unjudged)) if len(minutes.unjudged) else None),
            ("no_opinions", None if len(minutes.opinions) else say(f"{_ROOM}.note.no_opinions")),
        ]
    told.append(("people", say(f"{_ROOM}.note.{'named' if pack.owners else 'people'}")))
    return [{"name": f"meeting_{name}", "text": text, "tone": "neutral"} for name, text in told if text is not None]


def _write_chance_card(pack: MeetingPack, track: PaceTrack) -> CardWords:
    last = track.weeks.iloc[-1]
    change = last["change"]
    values = {"target": write_target(pack, track), "period": pack.period, "days": Days(int(last["days_left"]))}
    colour = _TONES[judge_status(track.chance).colour]
    label = say(f"{_ROOM}.card.chance{'_of_all' if pack.team else ''}")
    return {
        "name": "card_chance", "label": label, "value": Share(track.chance, 0), "tone": colour,
        "change": None if change is None else say(f"{_ROOM}.card.chance_change", points=Points(float(change), 0)),
        "note": say(f"{_ROOM}.card.chance_note", **values),
    }  # fmt: skip


def write_target(pack: MeetingPack, track: PaceTrack) -> Money:
    """Return what the period must bring."""
    return Money(Decimal(repr(round(track.target))), pack.currency)


def _tell_alarms(pack: MeetingPack) -> Text:
    if pack.week.watch is None:
        return say(f"{_ROOM}.page.alerts_unwatched")
    real = list_real(pack)
    if not real:
        n = len(pack.week.alerts)
        key, n = ("alerts_doubtful", n) if n else ("alerts_none", pack.week.watch.n_watched)
        return say(f"{_ROOM}.page.{key}", n=n)
    first = real[0]
    told = tell_alert(first, names=pack.names, scopes=pack.scopes, currency=pack.currency)
    owner, lever = pack.name_owner(first.owner_id), _write_lever(pack, first)
    return say(f"{_ROOM}.page.alerts_real", n=len(real), told=told, owner=owner, lever=lever)


def _tell_late(pack: MeetingPack) -> Text:
    minutes = pack.minutes
    if not minutes.has_log:
        return say(f"{_ROOM}.page.late_no_log")
    counted = (("review", minutes.reviews), ("unjudged", minutes.unjudged), ("action", minutes.actions),
               ("sign_off", minutes.sign_offs))  # fmt: skip
    parts = [say(f"{_ROOM}.late.{name}", n=len(rows)) for name, rows in counted if len(rows)]
    return say(f"{_ROOM}.page.late", parts=list_texts(parts)) if parts else say(f"{_ROOM}.page.late_none")


def _tell_new(pack: MeetingPack) -> Text | None:
    if pack.week.watch is None:
        return None
    fresh = [one for one in pack.week.watch.alerts if one.raised_on >= pack.since]  # those that were seen, too
    named = [say(f"{_ROOM}.page.changed_{one.direction}", name=name_metric(one.metric_id, pack.names)) for one in fresh]
    return say(f"{_ROOM}.page.changed", names=list_texts(named)) if named else say(f"{_ROOM}.page.changed_none")


def _explain_silence(pack: MeetingPack) -> str:
    """Return the key of why the change of the goal is not taken apart."""
    return "no_change" if pack.tree.nodes[find_goal(pack.tree)].formula else "no_formula"


def _tell_pace(pack: MeetingPack) -> Text | None:
    if pack.pace is None:
        return say(f"{_ROOM}.note.no_pace")
    if len(pack.pace.weeks) > 1:
        return None
    return say(
        f"{_ROOM}.note.pace_one", period=pack.period, target=write_target(pack, pack.pace),
        chance=write_chance(pack.pace.chance),
    )  # fmt: skip


def _find_late(pack: MeetingPack) -> list[FindingWords]:
    minutes, found = pack.minutes, list[FindingWords]()
    for row in minutes.unjudged.to_dict("records")[:_MOST_LATE]:
        what = {"what": name_matter(row, pack), "due": row["due"].date()}
        name, owner = f"unjudged_{row['kind']}_{len(found) + 1}", pack.name_owner(row["owner_id"])
        found.append(_late_finding(name, "unjudged", owner, pack, **what))
    for key, rows, column in (("reviews", minutes.reviews, "metric_id"), ("actions", minutes.actions, "kpi")):
        if len(rows):
            names = list_texts([name_metric(str(one), pack.names) for one in rows[column][:_MOST_LATE]])
            owners = dict.fromkeys(pack.name_owner(one) for one in sorted(set(rows["owner_id"].dropna())) or [None])
            found.append(_late_finding(f"late_{key}", key, list_texts([*owners]), pack, names=names))
    return found


def _late_finding(name: str, key: str, owner: Text, pack: MeetingPack, **values: object) -> FindingWords:
    return {
        "name": name,
        "text": say(f"{_ROOM}.finding.{key}", **values),
        "evidence": ["due"],
        "action": say(f"{_ROOM}.finding.{key}_action"),
        "owner": owner,
        "due": pack.as_of,
        "effect": None,
        "tone": "warn",
    }


def _write_lever(pack: MeetingPack, alert: Alert) -> Text:
    if not alert.levers:
        return Text.same("")
    return say(f"{_ROOM}.page.alerts_lever", lever=name_metric(alert.levers[0], pack.names))


def _name_scope(pack: MeetingPack) -> Text:
    scope = scope_of(pack.team)
    return name_scope(scope.type, pack.team.name if pack.team else scope.id)
