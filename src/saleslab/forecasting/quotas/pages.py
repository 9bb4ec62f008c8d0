"""What the page of quotas says: who is likely to reach the quota, whether such chances came true, and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from saleslab.forecasting.outlook.pages import LIKELY, UNLIKELY, judge_chance
from saleslab.forecasting.outlook.pictures import write_chance
from saleslab.forecasting.quotas.pictures import word_quotas, write_money
from saleslab.wording import (
    BannerWords,
    CardWords,
    Count,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Number,
    Share,
    Text,
    Tone,
    join_texts,
)

if TYPE_CHECKING:
    from datetime import date

    from saleslab.forecasting.quotas.review import QuotaOutlook

_TONES: dict[str, Tone] = {"good": "good", "open": "warn", "bad": "bad"}
_VERDICTS: dict[str, Tone] = {"nearer": "good", "alike": "warn", "farther": "warn"}
_DUE, _WEEK = 30, 7
_SELDOM, _FEWEST_OVER = 0.5, 20
_ENDS = {"target": "target", "mean": "mean", "low": "lower_80", "high": "upper_80"}
_WHOLE = 10
_LEFT_OUT = ("n_replaced", "n_unrecorded", "n_unknown", "n_other", "n_older")


def write_quota_headline(outlook: QuotaOutlook | None, gap: Text | None = None) -> HeadlineWords:
    """Return the question, how many are likely to reach their quota, and what all come to together.

    Parameters
    ----------
    outlook
        None where there are no quotas to be judged.
    gap
        Then, why.
    """
    question = word_quotas("headline.question")
    if outlook is None:
        return {
            "question": question, "status": word_quotas("status.none"), "tone": "warn",
            "answer": word_quotas("headline.no_answer", reason=gap or Text.same("")),
            "subject": word_quotas("headline.subject_none"),
        }  # fmt: skip
    status, tone = _tell_status(outlook)
    return {
        "question": question,
        "status": status,
        "tone": tone,
        "answer": join_texts(*_tell_running(outlook), _tell_past(outlook)),
        "subject": word_quotas(f"headline.subject_{outlook.measure}", period=outlook.periods[-1]),
    }


def _tell_status(outlook: QuotaOutlook) -> tuple[Text, Tone]:
    chances = outlook.people["chance"].dropna()
    if outlook.running is None:
        over = outlook.over
        return word_quotas("status.over", met=Count(int(over["is_met"].sum())), n=Count(len(over))), "neutral"
    if chances.empty:
        return word_quotas("status.unknown"), "neutral"
    n_likely = int((chances >= LIKELY).sum())
    tone = _TONES[judge_chance(float(chances.mean()))]
    return word_quotas("status.running", likely=Count(n_likely), n=Count(len(outlook.people))), tone


def _tell_running(outlook: QuotaOutlook) -> list[Text | None]:
    if outlook.running is None:
        return [word_quotas("headline.no_running", as_of=outlook.as_of)]
    one, chances = outlook.goal, outlook.people["chance"]
    if one is None:
        return [word_quotas("headline.short", period=outlook.running)]
    amounts = {name: write_money(outlook, one[of]) for name, of in _ENDS.items()}
    chance, n = write_chance(one["chance"]), Count(len(outlook.people))
    told = word_quotas("headline.together", period=outlook.running, n=n, chance=chance, **amounts)
    met = Number(float(chances.sum()), 0 if chances.sum() >= _WHOLE else 1)
    return [told, word_quotas("headline.expected", met=met, n=Count(int(chances.notna().sum())))]


def _tell_past(outlook: QuotaOutlook) -> Text | None:
    over = outlook.over
    if over.empty:
        return None
    told: dict[str, Any] = {"n": Count(len(over)), "met": Count(int(over["is_met"].sum()))}
    return word_quotas("headline.past", quarters=Count(over["start"].nunique()), **told)


def write_quota_banner(outlook: QuotaOutlook) -> BannerWords:
    """Return whether the chances of the eve can be believed, against the share of quotas met so far."""
    record = outlook.record
    if record is None:
        return {"name": "belief", "text": word_quotas("banner.untried"), "tone": "warn", "details": []}
    told: dict[str, Any] = {
        "n": Count(record.n_judged), "quarters": Count(record.n_quarters), "stated": Share(record.mean_chance, 0),
        "rate": Share(record.n_met / record.n_judged, 0),
    }  # fmt: skip
    text = word_quotas(f"banner.{record.verdict}", **told)
    nearer = [n for n, one in sorted(outlook.later.items(), reverse=True) if one.verdict == "nearer"]
    if record.verdict != "nearer" and nearer:
        text = join_texts(text, word_quotas("banner.later", n=Count(nearer[0])))
    return {"name": "belief", "text": text, "tone": _VERDICTS[record.verdict], "details": []}


def write_quota_cards(outlook: QuotaOutlook) -> list[CardWords]:
    """Return the numbers of the whole page."""
    cards: list[CardWords] = []
    one = outlook.goal
    if one is not None:
        cards.append({
            "name": "together", "label": word_quotas("card.together"), "value": write_money(outlook, one["mean"]),
            "interval": (write_money(outlook, one["lower_80"]), write_money(outlook, one["upper_80"])),
            "target": write_money(outlook, one["target"]), "note": word_quotas("card.together_note"),
        })  # fmt: skip
        chance: CardWords = {"name": "chance", "label": word_quotas("card.chance")}
        chance |= {"value": write_chance(one["chance"]), "tone": _TONES[judge_chance(one["chance"])]}
        cards.append(chance)
    over = outlook.over
    if len(over):
        met: CardWords = {"name": "met", "label": word_quotas("card.met")}
        note = word_quotas("card.met_note", met=Count(int(over["is_met"].sum())), n=Count(len(over)))
        cards.append(met | {"value": Share(float(over["is_met"].mean()), 0), "note": note})
        attained: CardWords = {"name": "attained", "label": word_quotas("card.attained")}
        middle = Share(float((over["came"] / over["target"]).median()), 0)
        cards.append(attained | {"value": middle, "note": word_quotas("card.attained_note")})
    return cards


def write_quota_findings(outlook: QuotaOutlook) -> list[FindingWords]:
    """Return what to do: where help decides, where a quota is out of reach, and how to set the next ones."""
    found, soon, later = [], outlook.as_of + timedelta(days=_WEEK), outlook.as_of + timedelta(days=_DUE)
    chances = outlook.people["chance"].dropna()
    edge, low = int(chances.between(UNLIKELY, LIKELY, inclusive="left").sum()), int((chances < UNLIKELY).sum())
    bounds: dict[str, Any] = {"low": Share(UNLIKELY, 0), "high": Share(LIKELY, 0)}
    if edge:
        found.append(_find("edge", ["running"], due=soon, n=Count(edge), **bounds))
    if low:
        found.append(_find("out_of_reach", ["running"], due=soon, tone="warn", n=Count(low), **bounds))
    over, record = outlook.over, outlook.record
    if len(over) >= _FEWEST_OVER and float(over["is_met"].mean()) < _SELDOM:
        values: dict[str, Any] = {"rate": Share(float(over["is_met"].mean()), 0)}
        values["middle"] = Share(float((over["came"] / over["target"]).median()), 0)
        found.append(_find("high", ["grid"], due=later, tone="warn", **values))
    if record is not None and record.verdict != "nearer":
        rate = Share(float(over["is_met"].mean()), 0)
        found.append(_find("plain", ["days"], due=later, tone="warn", rate=rate))
    return found


def _find(key: str, evidence: list[str], *, due: date, tone: Tone = "neutral", **values: object) -> FindingWords:
    return {
        "name": f"do_{key}",
        "text": word_quotas(f"finding.{key}", **values),
        "evidence": evidence,
        "action": word_quotas(f"finding.do_{key}", **values),
        "owner": word_quotas("finding.owner"),
        "due": due,
        "effect": None,
        "tone": tone,
    }


def write_quota_notes(outlook: QuotaOutlook | None) -> list[NoteWords]:
    """Return how the page is to be read, and which quotas are left out; nothing without an outlook."""
    if outlook is None:
        return []
    told: list[tuple[str, Text, Tone]] = [
        ("measure", word_quotas(f"note.{outlook.measure}"), "neutral"),
        ("course", word_quotas("note.course"), "neutral"),
        ("eve", word_quotas("note.eve"), "neutral"),
    ]
    parts = [
        word_quotas(f"left_out.{name}", n=Count(getattr(outlook.left_out, name)))
        for name in _LEFT_OUT
        if getattr(outlook.left_out, name)
    ]
    if parts:
        n = Count(outlook.left_out.n_on_record)
        told.append(("left_out", join_texts(word_quotas("note.left_out", n=n), *parts), "neutral"))
    n_short = int(outlook.people["chance"].isna().sum())
    if n_short:
        told.append(("short", word_quotas("note.short", n=Count(n_short)), "neutral"))
    told.append(("talk", word_quotas("note.talk"), "neutral"))
    return [{"name": name, "text": text, "tone": tone} for name, text, tone in told]
