"""Headline, warnings, cards, findings and notes of the page about feedback."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from saleslab.customers.feedback.answers import tell_aside
from saleslab.customers.feedback.disclosing import ALL, NO_THEME
from saleslab.customers.feedback.kpis import CustomerKpi
from saleslab.customers.feedback.review import FeedbackReview
from saleslab.customers.feedback.scores import Nps, plan_answers
from saleslab.customers.feedback.themes import Theme
from saleslab.stats.intervals import Interval
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Number,
    Points,
    Share,
    Text,
    Tone,
    join_texts,
    say,
)

_DUE_DAYS = 14
_LOW_RESPONSE = 0.5
_MOVE = {"nps": 10.0, "csat": 0.1}
_MOST_FINDINGS = 2


def write_feedback_headline(review: FeedbackReview) -> HeadlineWords:
    """Return the question, the state and the answer."""
    value, verdict = review_score(review), review.trend.verdict if review.trend else "unclear"
    tone: Tone = {"rose": "good", "fell": "bad"}.get(verdict, "neutral")  # type: ignore[assignment]
    told = {"n": Count(review.score.n), **_ends(value, review.kind), "value": write_score(value.estimate, review.kind)}
    return {
        "question": say("feedback.headline.question"),
        "status": say(
            f"feedback.headline.status_{verdict}", kind=say(f"feedback.kind.{review.kind}"), value=told["value"]
        ),
        "tone": tone,
        "answer": say(f"feedback.headline.answer_{review.kind}", **told, trend=tell_trend(review)),
        "subject": say("feedback.headline.file", name=review.source)
        if review.source
        else say("feedback.headline.warehouse"),
    }


def tell_trend(review: FeedbackReview) -> Text:
    """Return in a sentence whether the last quarter moved beyond luck."""
    if review.trend is None or review.trend.change is None:
        return say("feedback.headline.no_trend")
    change, verdict = review.trend.change, review.trend.verdict
    ends = (change.low, change.high) if verdict != "fell" else (-change.high, -change.low)
    low, high = (write_score(end, review.kind, is_change=verdict == "unclear") for end in ends)
    size = write_score(abs(change.estimate), review.kind)
    return say(f"feedback.headline.{verdict}", size=size, low=low, high=high)


def write_feedback_banners(review: FeedbackReview) -> list[BannerWords]:
    """Return what must be known before the numbers: few answers, some set aside, segments that do not answer alike."""
    banners: list[BannerWords] = []
    value = review_score(review)
    if review.score.is_few:
        text = say("feedback.banner.few", n=Count(review.score.n), **_ends(value, review.kind))
        banners.append({"name": "few", "text": text, "tone": "warn", "details": []})
    aside = tell_aside(review.score.answers)
    if aside is not None:
        banners.append({"name": "aside", "text": aside, "tone": "warn", "details": []})
    weighted = review.weighted
    if weighted is not None and abs(weighted.weighted.estimate - value.estimate) > 0.25 * value.width:
        text = say(
            "feedback.banner.weighted",
            weighted=write_score(weighted.weighted.estimate, review.kind),
            plain=write_score(value.estimate, review.kind),
            **_ends(weighted.weighted, review.kind),
        )
        banners.append({"name": "weighted", "text": text, "tone": "warn", "details": []})
    return banners


def write_feedback_cards(review: FeedbackReview) -> list[CardWords]:
    """Return a card for each customer KPI that is known."""
    return [_card(kpi) for kpi in review.kpis.values() if kpi.value is not None]


def tell_missing_kpis(review: FeedbackReview) -> list[NoteWords]:
    """Return a note for each KPI that is switched off, with the reason."""
    return [
        {
            "name": f"off_{kpi.name}",
            "text": say(
                "feedback.kpi.off",
                label=say(f"feedback.kpi.{kpi.name}"),
                reason=say(f"feedback.kpi.reason_{kpi.reason}"),
            ),
            "tone": "neutral",
        }
        for kpi in review.kpis.values()
        if kpi.value is None
    ]


def write_feedback_findings(review: FeedbackReview) -> list[FindingWords]:
    """Return what to do next, the most urgent first."""
    due = review.as_of + timedelta(days=_DUE_DAYS)
    found = [*_churn_findings(review, due), *_theme_findings(review, due), *_answer_findings(review, due)]
    return found[: _MOST_FINDINGS + 2]


def write_feedback_notes(review: FeedbackReview) -> list[NoteWords]:
    """Return how to read the page, and what is left out."""
    notes: list[NoteWords] = []
    if review.trend is not None:
        notes.append({"name": "months", "text": say("feedback.note.months", until=review.until), "tone": "neutral"})
    spoke, without = (review.theme_counts.get(group) for group in (ALL, NO_THEME))
    if spoke and without:
        text = say("feedback.note.themes", n=Count(spoke), without=Count(without))
        notes.append({"name": "themes_left", "text": text, "tone": "neutral"})
    if review.drivers is not None and not review.drivers.is_telling:
        explained, luck = Share(review.drivers.explained, 0), Share(review.drivers.by_luck, 0)
        text = say("feedback.note.drivers_luck", explained=explained, luck=luck)
        notes.append({"name": "drivers_luck", "text": text, "tone": "warn"})
    if review.churn is not None:
        notes.append({"name": "link", "text": say("feedback.note.link"), "tone": "neutral"})
        links = [*review.churn.links, *(review.win.links if review.win else ())]
        if not any(link.is_clear for link in links):
            notes.append({"name": "no_link", "text": say("feedback.note.no_link"), "tone": "neutral"})
    return notes


def review_score(review: FeedbackReview) -> Interval:
    """Return the score of the last year with its interval."""
    return review.score.nps if isinstance(review.score, Nps) else review.score.csat


def write_score(value: float, kind: str, *, is_change: bool = False) -> Any:
    """Return a score as it is written: NPS as a whole number with its sign, CSAT in per cent."""
    if kind == "csat":
        return Points(value, 0) if is_change else Share(value, 0)
    return Number(round(value) + 0.0, 0)


def name_theme(themes: Sequence[Theme], key: str) -> Text:
    """Return the name of a theme in both languages; the key itself where the dictionary does not hold it."""
    return next((theme.label for theme in themes if theme.key == key), Text(key, key))


def _ends(value: Interval, kind: str) -> dict[str, Any]:
    return {"low": write_score(value.low, kind), "high": write_score(value.high, kind)}


def _card(kpi: CustomerKpi) -> CardWords:
    assert kpi.value is not None
    note = say("feedback.kpi.few", n=Count(kpi.n)) if kpi.is_few else None
    if kpi.name == "response_hours":
        note = join_texts(note, say("feedback.kpi.unanswered"))
    return {
        "name": kpi.name,
        "label": say(f"feedback.kpi.{kpi.name}"),
        "value": _write_kpi(kpi.name, kpi.value.estimate),
        "interval": (_write_kpi(kpi.name, kpi.value.low), _write_kpi(kpi.name, kpi.value.high)),
        "tone": "neutral",
        "note": note,
    }


def _write_kpi(name: str, value: float) -> Number | Share:
    if name in {"csat", "repeat_rate"}:
        return Share(value, 0)
    return Number(value, 1 if name == "engaged_contacts" else 0)


def _churn_findings(review: FeedbackReview, due: date) -> list[FindingWords]:
    clear = [link for link in (review.churn.links if review.churn else ()) if link.difference.low > 0]
    return [
        {
            "name": f"churn_{link.theme}",
            "text": say(
                "feedback.finding.churn",
                theme=name_theme(review.themes, link.theme),
                with_rate=Share(link.rate_with, 0),
                without_rate=Share(link.rate_without, 0),
                low=Points(link.difference.low, 0),
                high=Points(link.difference.high, 0),
            ),
            "evidence": ["links"],
            "action": say("feedback.finding.action_churn"),
            "owner": say("feedback.finding.owner_success"),
            "due": due,
            "effect": say("feedback.finding.effect_theme"),
            "tone": "bad",
        }
        for link in clear[:_MOST_FINDINGS]
    ]


def _theme_findings(review: FeedbackReview, due: date) -> list[FindingWords]:
    if review.drivers is None or not review.drivers.is_telling or not review.by_themes:
        return []
    low = [driver for driver in review.drivers.drivers if driver.direction < 0 and driver.importance.low > 0.02]
    return [
        {
            "name": f"theme_{driver.name}",
            "text": say(
                "feedback.finding.theme_down",
                theme=name_theme(review.themes, driver.name),
                share=Share(driver.importance.estimate, 0),
                low=Share(driver.importance.low, 0),
                high=Share(driver.importance.high, 0),
            ),
            "evidence": ["drivers"],
            "action": say("feedback.finding.action_theme", theme=name_theme(review.themes, driver.name)),
            "owner": say("feedback.finding.owner_success"),
            "due": due,
            "effect": say("feedback.finding.effect_theme"),
            "tone": "warn",
        }
        for driver in low[:1]
    ]


def _answer_findings(review: FeedbackReview, due: date) -> list[FindingWords]:
    """Return whether more must be asked, and whom."""
    needed = plan_answers(review.score, move=_MOVE[review.kind])
    move = say("feedback.finding.points", n=Number(_MOVE[review.kind] * (100 if review.kind == "csat" else 1), 0))
    if review.score.n >= 2 * needed:
        return []
    text, action = say("feedback.finding.few", move=move), say("feedback.finding.action_few")
    if review.weighted is not None:
        rows = review.weighted.segments
        usual = review.score.n / max(float(rows["n_customers"].sum()), 1.0)
        silent = rows[rows["response_rate"] < _LOW_RESPONSE * usual].iloc[:, 0].astype("str").tolist()
        if silent:
            names = Text(", ".join(silent), "、".join(silent))
            text = join_texts(text, say("feedback.finding.unheard", segments=names))
            action = say("feedback.finding.action_unheard", segments=names)
    return [
        {
            "name": "ask_more",
            "text": text,
            "evidence": ["segments"],
            "action": action,
            "owner": say("feedback.finding.owner_analyst"),
            "due": due,
            "effect": say("feedback.finding.effect_wave", n=Count(needed), move=move),
            "tone": "neutral",
        }
    ]
