"""What the weekly page of a model says: keep it, train it again, or wait; and who does what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.scoring.briefings.study_words import name_features
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Number,
    Share,
    TableWords,
    Text,
    Tone,
    join_texts,
    say,
)

if TYPE_CHECKING:
    from saleslab.periods import FiscalCalendar
    from saleslab.scoring.watching.drift import DriftWatch, WatchReason
    from saleslab.scoring.watching.page import WatchPage
    from saleslab.stats import Interval

_TONES: dict[str, Tone] = {"keep": "good", "retrain": "bad", "not_enough_outcomes": "warn"}
_WHOSE = {"challenger_better": "switch", "many_overrides": "ask", "unseen_names": "check", "inputs_moved": "look"}
_MOST_TOLD, _MOST_REASONS = 12, 2


def write_watch_headline(page: WatchPage | None) -> HeadlineWords:
    """Return what to do with the model this week, and why."""
    state = _state(page)
    if page is None:
        answer = say("scoring.list.answer.no_leads")
    elif page.watch is None:
        n, n_won = page.model.n_known, page.model.n_won
        key = "scoring.list.answer.untrained" if page.model.scorer is None else "scoring.watch_page.answer.nothing"
        answer = say(key, **({"n": n, "n_won": n_won} if page.model.scorer is None else {}))
    else:
        told = say("scoring.watch_page.answer.seen", n=page.watch.n_leads, known=Count(page.watch.n_matured))
        answer = join_texts(*(_tell(reason, page) for reason in page.watch.reasons[:2]), told)
    if page is None or page.since_day is None:
        subject = say("scoring.watch_page.subject_none")
    else:
        subject = say("scoring.watch_page.subject", day=page.since_day, n=len(page.since.frame))
    return {
        "question": say("scoring.watch_page.question"),
        "status": say(f"scoring.watch_page.status.{state}"),
        "tone": _TONES.get(state, "neutral"),
        "answer": answer,
        "subject": subject,
    }


def _state(page: WatchPage | None) -> str:
    if page is None:
        return "no_leads"
    if page.watch is None:
        return "untrained" if page.model.scorer is None else "nothing"
    return page.watch.verdict


def write_watch_banners(page: WatchPage) -> list[BannerWords]:
    """Return which model is watched, what success means, and what the model says of itself."""
    banners: list[BannerWords] = []
    if page.goal == "qualified":
        told = say("scoring.card_page.banner.goal", n=page.window or 0)
        banners.append({"name": "goal", "text": told, "tone": "neutral", "details": []})
    if page.is_look_back:
        key = "look_back" if page.since_day else "look_back_undated"
        told = say(f"scoring.watch_page.banner.{key}", **({"day": page.since_day} if page.since_day else {}))
    else:
        told = say("scoring.watch_page.banner.shelved", name=page.model.name)
    banners.append({"name": "origin", "text": told, "tone": "neutral", "details": []})
    if page.model.scorer is not None and page.model.verdict != "ready":
        said = say(f"scoring.card.verdict.{page.model.verdict}")
        verdict = say("scoring.watch_page.banner.verdict", verdict=said)
        banners.append({"name": "verdict", "text": verdict, "tone": "warn", "details": []})
    return banners


def write_watch_numbers(page: WatchPage) -> list[CardWords]:
    """Return the numbers of the week: how leads were sorted, how far inputs moved, overrides, the challenger."""
    watch = page.watch
    if watch is None:
        return []
    cards: list[CardWords] = []
    if watch.auc is not None:
        card = _ranged("auc", watch.auc)
        if watch.promised is not None:
            card["note"] = say("scoring.watch_page.number.promised", value=Number(watch.promised.estimate, 2))
        cards.append(card)
    note = say("scoring.watch_page.number.known_note", n=Count(watch.n_leads), won=Count(watch.n_won))
    label = say("scoring.watch_page.number.known")
    cards.append({"name": "known", "label": label, "value": Count(watch.n_matured), "note": note})
    moved, far = (int(watch.columns[name].sum()) for name in ("is_moved", "is_far"))
    note = say("scoring.watch_page.number.moved_note", n=Count(len(watch.columns)), far=Count(far))
    label = say("scoring.watch_page.number.moved")
    tone: Tone = "warn" if moved else "good"
    cards.append({"name": "moved", "label": label, "value": Count(moved), "note": note, "tone": tone})
    if watch.overrides is not None:
        rate = {end: Share(getattr(watch.overrides.rate, end), 0) for end in ("estimate", "low", "high")}
        label = say("scoring.watch_page.number.overrides")
        ends = (rate["low"], rate["high"])
        cards.append({"name": "overrides", "label": label, "value": rate["estimate"], "interval": ends})
    return cards


def _ranged(name: str, interval: Interval) -> CardWords:
    low, value, high = (Number(getattr(interval, end), 2) for end in ("low", "estimate", "high"))
    return {
        "name": name,
        "label": say(f"scoring.watch_page.number.{name}"),
        "value": value,
        "interval": (low, high),
    }


def write_watch_findings(page: WatchPage | None, *, as_of: date, calendar: FiscalCalendar) -> list[FindingWords]:
    """Return every reason of the watch as a step, the deciding ones first."""
    due = calendar.after_business_days(as_of, 5)
    if page is None or page.watch is None:
        state = _state(page)
        return [_finding(state, say(f"scoring.watch_page.finding.{state}"), due, ["reading"], "neutral")]
    verdict = page.watch.verdict
    steps: dict[str, list[WatchReason]] = {}
    for reason in page.watch.reasons:
        steps.setdefault(_WHOSE.get(reason.code, verdict), []).append(reason)
    found = []
    for step, reasons in steps.items():
        tone: Tone = _TONES[verdict] if step == verdict else "warn"
        evidence = list(dict.fromkeys(name for reason in reasons for name in _rest_on(reason.code, page)))
        found.append(
            _finding(
                step, join_texts(*(_tell(reason, page) for reason in reasons[:_MOST_REASONS])), due, evidence, tone
            )
        )
    return found


def _tell(reason: WatchReason, page: WatchPage) -> Text:
    """Return a reason as a sentence in which a column has the name that a reader knows."""
    values = dict(reason.values)
    if "column" in values:
        values["column"] = name_watched(page).get(str(values["column"]), values["column"])
    return say(f"scoring.watch.{reason.code}", **values)


def _rest_on(code: str, page: WatchPage) -> list[str]:
    if code in {"inputs_far", "inputs_moved", "unseen_names"}:
        return ["drift"]
    if code in {"calibration_off", "grade_off"}:
        return ["grades"]
    assert page.watch is not None
    if code == "challenger_better":
        return ["rivals"]
    return ["known"] if page.watch.auc is None else ["auc"]


def _finding(step: str, text: Text, due: date, evidence: list[str], tone: Tone) -> FindingWords:
    return {
        "name": f"do_{step}",
        "text": text,
        "evidence": evidence,
        "action": say(f"scoring.watch_page.action.{step}"),
        "owner": say(f"scoring.card_page.owner.{'manager' if step in _FOR_MANAGERS else 'analyst'}"),
        "due": due,
        "effect": None,
        "tone": tone,
    }


_FOR_MANAGERS = {"ask", "check", "keep", "no_leads"}


def name_watched(page: WatchPage) -> dict[str, Text]:
    """Return labels for the columns that are watched."""
    return dict(name_features(page.since))


def tabulate_moves(watch: DriftWatch, *, names: Mapping[str, Text]) -> pd.DataFrame:
    """Return how far each column moved: ``column, psi, by_chance, unseen, missing_before, missing_now, state``."""
    labels = {"chance_won": say("scoring.chart.chance_won"), **names}
    rows = [
        {
            "column": labels.get(str(row["column"]), Text.same(str(row["column"]))),
            "psi": Number(float(row["psi"]), 2),
            "by_chance": Number(float(row["by_chance"]), 2),
            "unseen": Share(float(row["share_unseen"])),
            "missing_before": Share(float(row["missing_before"])),
            "missing_now": Share(float(row["missing_now"])),
            "state": say(f"scoring.watch_page.state.{_moved(row)}"),
        }
        for row in watch.columns.head(_MOST_TOLD).to_dict("records")
    ]
    return pd.DataFrame(rows).astype(object)


def _moved(row: Mapping[Any, Any]) -> str:
    return "far" if row["is_far"] else "moved" if row["is_moved"] else "still"


def tabulate_watched_grades(watch: DriftWatch) -> pd.DataFrame:
    """Return what each grade promised and what came: ``grade, n_leads, promised, rate, low, high``."""
    rows = [
        {
            "grade": say("scoring.chart.all_grades") if row["grade"] == "all" else Text.same(str(row["grade"])),
            "n_leads": Count(int(row["n_leads"])),
            **{name: Share(float(row[key])) for name, key in _OF_GRADES.items()},
        }
        for row in watch.grades.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["grade", "n_leads", *_OF_GRADES]).astype(object)


_OF_GRADES = {"promised": "chance", "rate": "rate", "low": "low", "high": "high"}


def tabulate_rivals(page: WatchPage) -> pd.DataFrame | None:
    """Return champion and challenger on the same leads: ``who, n, auc, low, high``; None without a challenger."""
    reading = None if page.watch is None else page.watch.challenger
    if reading is None or reading.champion_auc is None or reading.challenger_auc is None:
        return None
    rows = []
    for who, auc in (("champion", reading.champion_auc), ("challenger", reading.challenger_auc)):
        ends = {name: Number(getattr(auc, end), 3) for name, end in _ENDS.items()}
        rows.append({"who": say(f"scoring.watch_page.who.{who}"), "n": Count(reading.n_leads), **ends})
    return pd.DataFrame(rows).astype(object)


_ENDS = {"auc": "estimate", "low": "low", "high": "high"}


def write_watch_notes(page: WatchPage | None) -> list[NoteWords]:
    """Return how to read the page: when an alarm is raised, what is not recorded, who the challenger is."""
    notes = [("reading", say("scoring.watch_page.note.reading"))]
    if page is None or page.watch is None:
        return [{"name": name, "text": text, "tone": "neutral"} for name, text in notes]
    if page.watch.overrides is None:
        notes.append(("no_overrides", say("scoring.watch_page.note.no_overrides")))
    reading = page.watch.challenger
    if reading is None:
        notes.append(("no_challenger", say("scoring.watch_page.note.no_challenger")))
    else:
        gain = {name: Number(getattr(reading.gain, end), 4) for name, end in _GAIN.items()}
        key = "challenger" if page.rival else "challenger_look_back"
        words = {"name": page.rival} if page.rival else {}
        notes.append(("challenger", say(f"scoring.watch_page.note.{key}", n=reading.n_leads, **words, **gain)))
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in notes]


_GAIN = {"gain": "estimate", "low": "low", "high": "high"}


def word_watch_table(name: str) -> TableWords:
    """Return title and caption of a table of the weekly page: ``rivals``."""
    return {"title": say(f"scoring.watch_page.{name}.title"), "caption": say(f"scoring.watch_page.{name}.caption")}


def name_watch_columns(*names: str) -> dict[str, Text]:
    """Return the headings of the weekly page's numbers."""
    return {name: say(f"scoring.watch_page.columns.{name}") for name in names}
