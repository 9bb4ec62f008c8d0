"""What the scorecard says: how we stand, what needs us first, what changed, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from saleslab.kpi.changes.words import tell_freshness
from saleslab.kpi.meetings.phrases import list_texts
from saleslab.kpi.scorecard.quotas import FEWEST_PEOPLE
from saleslab.kpi.scorecard.tables import (
    SIGNS,
    name_line,
    tell_move,
    write_line_level,
    write_plain,
)
from saleslab.kpi.targets.pages import tell_apart, tell_basis, write_chance
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
    say,
)

if TYPE_CHECKING:
    from saleslab.errors import SaleslabError
    from saleslab.kpi.scorecard.card import Scorecard
    from saleslab.kpi.scorecard.lines import ScoreLine
    from saleslab.kpi.scorecard.quotas import QuotaReview

_ROOM = "kpi_scorecard"
_TONES: dict[str, Tone] = {"green": "good", "amber": "warn", "red": "bad", "withheld": "neutral", "none": "neutral"}


def write_score_headline(card: Scorecard) -> HeadlineWords:
    """Return the question, how many measures stand how, and the answer: the goal, and what needs us first."""
    counts, goal = card.counts, card.goal
    judged = sum(counts[name] for name in ("green", "amber", "red", "withheld"))
    told = {name: Count(counts[name]) for name in ("green", "amber", "red", "withheld")}
    return {
        "question": say(f"{_ROOM}.page.question"),
        "status": say(f"{_ROOM}.page.status", **told) if judged else say(f"{_ROOM}.page.status_none"),
        "tone": "neutral" if goal is None else _TONES[goal.standing],
        "answer": join_texts(_tell_goal(card), _tell_first(card)),
        "subject": _write_subject(card),
    }


def write_score_banners(card: Scorecard) -> list[BannerWords]:
    """Return what the reader must know first: old data, a template, a missing target, a late signature."""
    told: list[BannerWords] = []
    stale = tell_freshness(card.freshness)
    if stale is not None:
        told.append(stale)
    if card.is_template:
        text = say(f"{_ROOM}.banner.template", template=Text.same(card.tree.tree))
        told.append({"name": "template", "text": text, "tone": "warn", "details": []})
    if card.is_suggested:
        told.append({"name": "no_target", "text": say(f"{_ROOM}.banner.no_target"), "tone": "warn", "details": []})
    goal = card.goal
    apart = None if goal is None else tell_apart(card.forecast, lambda level: write_line_level(card, goal, level))
    if apart is not None:
        told.append(apart)
    signed = card.sign_off
    if signed is not None and (signed.last_on is None or signed.days_late > 0):
        text = say(f"{_ROOM}.banner.unsigned")
        if signed.last_on is not None:
            text = say(f"{_ROOM}.banner.sign_off", last=signed.last_on, n=signed.days_late)
        told.append({"name": "sign_off", "text": text, "tone": "warn", "details": []})
    return told


def write_score_cards(card: Scorecard) -> list[CardWords]:
    """Return the numbers of the first screen: chance of the goal, on course, at risk, unknown."""
    counts, goal = card.counts, card.goal
    cards: list[CardWords] = []
    if goal is not None and goal.chance is not None:
        by = "chance_note_forecast" if card.forecast is not None and card.forecast.has_overlap else "chance_note"
        cards.append(
            {
                "name": "chance",
                "label": say(f"{_ROOM}.card.chance"),
                "value": Share(goal.chance, 0),
                "tone": _TONES[goal.standing],
                "note": say(f"{_ROOM}.card.{by}", target=write_line_level(card, goal, goal.target)),
            }
        )
    at_risk = counts["amber"] + counts["red"]
    green: Tone = "good" if counts["green"] else "neutral"
    risk: Tone = "bad" if counts["red"] else "warn" if at_risk else "neutral"
    cards.append(_write_card("on_course", counts["green"], green, sign=Text.same(SIGNS["green"])))
    cards.append(
        _write_card(
            "at_risk", at_risk, risk, red=Count(counts["red"]), amber=Count(counts["amber"]),
            sign_red=Text.same(SIGNS["red"]), sign_amber=Text.same(SIGNS["amber"]),
        )
    )  # fmt: skip
    cards.append(
        _write_card("unknown", counts["withheld"] + counts["none"], "neutral", untargeted=Count(counts["none"]))
    )
    return cards


def write_score_findings(card: Scorecard) -> list[FindingWords]:
    """Return the three measures that matter first, each with who answers for it and when it is reviewed."""
    found: list[FindingWords] = []
    for place, line in enumerate(card.pick_first(), start=1):
        has_chance = line.chance is not None and line.standing in ("red", "amber")
        found.append(
            {
                "name": f"first_{place}",
                "text": _tell_weak(card, line) if has_chance else _tell_moved(card, line),
                "evidence": ["measures" if has_chance else "moves"],
                "action": say(f"{_ROOM}.finding.{'action' if has_chance else 'look'}", measure=name_line(card, line)),
                "owner": _name_answering(card, line),
                "due": None if line.next_on is None else max(line.next_on, card.as_of),
                "effect": None,
                "tone": _TONES[line.standing],
            }
        )
    return found


def write_score_notes(
    card: Scorecard, quotas: QuotaReview | None = None, gap: SaleslabError | None = None
) -> list[NoteWords]:
    """Return how to read the page: how chances are made, what is left out, and how chances of quotas did."""
    readers, is_quiet = card.readers, not (len(card.retargeted) or len(card.revised))
    told: list[tuple[str, Text | None, Tone]] = [
        ("status", say(f"{_ROOM}.note.status"), "neutral"),
        ("basis", _tell_basis(card), "neutral"),
        ("gap", None if card.gap is None else say(f"{_ROOM}.note.gap", why=Text.same(card.gap)), "warn"),
        ("quiet", say(f"{_ROOM}.note.quiet", as_of=card.as_of) if is_quiet else None, "neutral"),
        ("loaded", _tell_loaded(card), "neutral"),
        ("unmeasured", say(f"{_ROOM}.note.unmeasured", n=card.n_unmeasured) if card.n_unmeasured else None, "neutral"),
        ("hidden", say(f"{_ROOM}.note.hidden", n=card.n_hidden) if card.n_hidden else None, "neutral"),
        ("small", say(f"{_ROOM}.note.small") if readers.is_team_small else None, "neutral"),
        ("people", say(f"{_ROOM}.note.people_{readers.level}"), "neutral"),
    ]
    if quotas is not None and not may_show_quotas(quotas):
        told.append(("quotas_few", say(f"{_ROOM}.quota.few_people"), "neutral"))
    elif quotas is not None:
        told += [(f"quotas_{name}", text, tone) for name, text, tone in _tell_quotas(quotas)]
    elif gap is not None:
        told.append(("quotas_none", say(f"{_ROOM}.quota.none"), "neutral"))
    return [{"name": f"score_{name}", "text": text, "tone": tone} for name, text, tone in told if text is not None]


def may_show_quotas(quotas: QuotaReview) -> bool:
    """Return whether the quotas are of enough people to be told together: three at least."""
    return int(quotas.rows["scope_id"].nunique()) >= FEWEST_PEOPLE


def _tell_quotas(quotas: QuotaReview) -> list[tuple[str, Text, Tone]]:
    """Return whether chances of quotas came true, whether they beat the plain share, and what runs."""
    told: list[tuple[str, Text, Tone]] = []
    found = quotas.calibration
    if found is None:
        told.append(("unproven", say(f"{_ROOM}.quota.unproven", n=Count(quotas.n_judged)), "warn"))
    else:
        ends = {"said": Share(found.mean_chance, 0), "came": Share(found.rate.estimate, 0), "n": Count(quotas.n_judged)}
        off = {"n_off": Count(found.n_outside), "n_groups": Count(len(found.points))}
        errors = {"error": Number(100 * found.error, 1), "luck": Number(100 * found.error_by_luck, 1)}
        key = "off" if quotas.is_off else "held"
        told.append(
            ("truth", say(f"{_ROOM}.quota.{key}", **ends, **off, **errors), "warn" if quotas.is_off else "good")
        )
    if quotas.brier is not None and quotas.plain_brier is not None:
        is_better = bool(quotas.knows_more)
        values = {"own": write_plain(quotas.brier), "plain": write_plain(quotas.plain_brier)}
        key = "better" if is_better else "worse"
        text = say(f"{_ROOM}.quota.{key}", **values, n=Count(quotas.n_compared))
        told.append(("brier", text, "neutral" if is_better else "warn"))
    known = quotas.running[quotas.running["chance"].notna()]
    if known["scope_id"].nunique() >= FEWEST_PEOPLE:
        met = write_plain_count(float(known["chance"].sum()))
        told.append(("running", say(f"{_ROOM}.quota.running", n=Count(len(known)), met=met), "neutral"))
    return told


def write_plain_count(value: float) -> Text:
    """Return how many quotas are to be expected, whole; under one as such.

    Examples
    --------
    >>> write_plain_count(0.3).en, write_plain_count(4.6).ja
    ('fewer than one', '約5件')
    """
    if value < 1:
        return say(f"{_ROOM}.quota.under_one")
    return say(f"{_ROOM}.quota.about", n=Count(round(value)))


def _name_answering(card: Scorecard, line: ScoreLine) -> Text:
    """Return who answers for a line: the owner of the company's measure, else the team or the reader."""
    team = card.readers.team
    if line.scope_type == "team" and team is not None:
        return Text.same(team.name)
    return say(f"{_ROOM}.owner.you") if line.scope_type == "user" else card.readers.name_owner(line.owner, line.role)


def _write_subject(card: Scorecard) -> Text:
    readers = card.readers
    if readers.level == "all":
        return say(f"{_ROOM}.page.subject_all")
    if readers.level == "team" and readers.team is not None:
        return say(f"{_ROOM}.page.subject_team", team=Text.same(readers.team.name))
    return say(f"{_ROOM}.page.subject_owner", person=Text.same(readers.person or ""))


def _tell_goal(card: Scorecard) -> Text:
    goal = card.goal
    if goal is None or card.period is None or goal.middle is None:
        return say(f"{_ROOM}.page.goal_unknown")
    low, middle, high = (write_line_level(card, goal, one) for one in (goal.low, goal.middle, goal.high))
    lands = say(
        f"{_ROOM}.page.goal_lands", goal=name_line(card, goal), period=card.period, low=low, middle=middle, high=high
    )
    if goal.chance is None or goal.target is None:
        return join_texts(lands, say(f"{_ROOM}.page.goal_no_target"))
    target = write_line_level(card, goal, goal.target)
    return join_texts(lands, say(f"{_ROOM}.page.goal_chance", target=target, chance=write_chance(goal.chance)))


def _tell_first(card: Scorecard) -> Text | None:
    first = card.pick_first()
    if not first:
        counts = card.counts
        judged = counts["green"] + counts["withheld"]
        return say(f"{_ROOM}.page.first_none") if judged else say(f"{_ROOM}.page.first_untold")
    named = [
        say(f"{_ROOM}.page.first_one", measure=name_line(card, line), chance=write_chance(line.chance))
        if line.chance is not None
        else say(f"{_ROOM}.page.first_moved", measure=name_line(card, line))
        for line in first
    ]
    return say(f"{_ROOM}.page.first", names=list_texts(named))


def _tell_weak(card: Scorecard, line: ScoreLine) -> Text:
    assert line.chance is not None
    return say(
        f"{_ROOM}.finding.weak", measure=name_line(card, line), chance=write_chance(line.chance),
        middle=write_line_level(card, line, line.middle), target=write_line_level(card, line, line.target),
    )  # fmt: skip


def _tell_moved(card: Scorecard, line: ScoreLine) -> Text:
    return say(f"{_ROOM}.finding.moved", measure=name_line(card, line), move=tell_move(card, line))


def _tell_basis(card: Scorecard) -> Text | None:
    """Return whose chance the goal's is; nothing where there is no goal to be seen, or nothing is foreseen of it."""
    if card.goal is None or card.goal.middle is None:
        return None
    return tell_basis(card.forecast, has_chance=card.goal.chance is not None)


def _tell_loaded(card: Scorecard) -> Text | None:
    if card.made_at is None:  # a page that does not know its own time says the same however often tables are loaded
        return None
    known = [one.last_at for one in card.freshness if one.last_at is not None]
    return say(f"{_ROOM}.note.loaded", as_of=card.as_of, at=min(known)) if known else None


def _write_card(name: str, n: int, tone: Tone, **values: object) -> CardWords:
    return {
        "name": name, "label": say(f"{_ROOM}.card.{name}"), "value": Count(n), "tone": tone,
        "note": say(f"{_ROOM}.card.{name}_note", **values),
    }  # fmt: skip
