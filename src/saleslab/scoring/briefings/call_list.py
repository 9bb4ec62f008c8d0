"""What the page of a call list says around the list: who, how many, what it is worth, and how far it can be trusted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.scoring.lists.ranking import LEFT_OUT
from saleslab.scoring.lists.tasks import (
    is_by_value,
    name_lead,
    write_amount,
    write_when,
)
from saleslab.scoring.model.grades import GRADES
from saleslab.stats import estimate_rate
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
    from saleslab.scoring.lists.call_plan import CallPlan


def write_list_headline(plan: CallPlan | None) -> HeadlineWords:
    """Return the question, how many contacts there are, and what they bring; or that the order means nothing."""
    if plan is None:
        return _head("no_leads", say("scoring.list.answer.no_leads"), n=0)
    if plan.ranking is None:
        key = "nobody" if plan.n_waiting else "nobody_waits"
        n = plan.n_waiting or plan.book.n_open
        return _head("nobody", say(f"scoring.list.answer.{key}", n=n), n=plan.n_waiting)
    verdict = plan.model.verdict
    if not plan.model.is_sorting:
        order = say(f"scoring.list.answer.by_{'value' if is_by_value(plan) else 'date'}")
        answer = join_texts(_tell_verdict(plan), order, _tell_first(plan))
        return {**_head(_name_state(plan), answer, n=plan.n_waiting), "tone": "warn"}
    warned = say("scoring.list.answer.drifting") if verdict == "drifting" else None
    answer = join_texts(_tell_gain(plan), warned, _tell_first(plan))
    frame, people = plan.ranking.frame, plan.ranking.frame["user_id"].nunique()
    status: dict[str, Any] = {"n": len(frame), "people": people}
    key = "by_people" if people else "of_team"
    if plan.has_values:
        key, status = f"{key}_worth", status | {"amount": write_amount(plan, plan.ranking.expected_amount)}
    return {
        "question": say("scoring.list.question"),
        "status": say(f"scoring.list.status.{key}", **status),
        "tone": "neutral" if verdict == "ready" else "warn",
        "answer": answer,
        "subject": say("scoring.list.subject", n=plan.n_waiting),
    }


def _head(status: str, answer: Text, *, n: int) -> HeadlineWords:
    return {
        "question": say("scoring.list.question"),
        "status": say(f"scoring.list.status.{status}"),
        "tone": "neutral",
        "answer": answer,
        "subject": say("scoring.list.subject", n=n),
    }


def _tell_verdict(plan: CallPlan) -> Text:
    model = plan.model
    words: dict[str, Any] = {"n": model.n_known, "n_won": model.n_won}
    if model.scorer is not None:
        auc = model.scorer.forward_auc_
        words |= {name: Number(getattr(auc, end), 2) for name, end in _ENDS.items()}
    return say(f"scoring.list.answer.{_name_state(plan)}", **words)


def _name_state(plan: CallPlan) -> str:
    """Return the verdict of the model; ``unsteady`` where it drifts so much that it may as well not sort at all."""
    verdict = plan.model.verdict
    return "unsteady" if verdict == "drifting" and not plan.model.is_sorting else verdict


_ENDS = {"auc": "estimate", "low": "low", "high": "high"}


def _goal(plan: CallPlan) -> str:
    return "qualified" if plan.book.goal == "qualified" else "won"


def _expect(plan: CallPlan) -> tuple[float, float]:
    """Return the successes that the list is expected to bring, and those that as many leads drawn by lot would."""
    assert plan.ranking is not None
    chances = plan.ranking.frame["chance_won"]
    assert plan.model.scorer is not None
    everyone = plan.model.scorer.predict_proba(plan.book.waiting.frame)[:, 1]
    return float(chances.sum()), float(everyone.mean()) * len(chances)


def _write_few(value: float) -> Number:
    return Number(value, 0 if value >= 10 else 1)


def _tell_gain(plan: CallPlan) -> Text:
    assert plan.ranking is not None
    expected, lot = (_write_few(value) for value in _expect(plan))
    n = len(plan.ranking.frame)
    return say(f"scoring.list.answer.gain_{_goal(plan)}", expected=expected, n=n, lot=lot)


def _tell_first(plan: CallPlan) -> Text:
    assert plan.ranking is not None
    first = plan.ranking.frame.to_dict("records")[0]
    whom, when = name_lead(plan, str(first["lead_id"])), write_when(first)
    if when is None:
        return say("scoring.list.answer.first_now", whom=whom)
    return say("scoring.list.answer.first", whom=whom, when=when)


def write_list_banners(plan: CallPlan) -> list[BannerWords]:
    """Return what a reader must know first: a rehearsal, the model's verdict, and who is left out for good."""
    banners: list[BannerWords] = []
    if plan.book.is_rehearsal:
        banners.append(_tell_rehearsal(plan))
    if plan.model.is_sorting and plan.ranking is not None:
        banners.append(_tell_trust(plan))
    if not plan.knows_opt_outs and not plan.book.is_rehearsal:
        banners.append(
            {"name": "opt_outs", "text": say("scoring.list.banner.no_opt_outs"), "tone": "bad", "details": []}
        )
    return banners


def _tell_trust(plan: CallPlan) -> BannerWords:
    from saleslab.scoring.model.verdicts import tell_reason

    scorer = plan.model.scorer
    assert scorer is not None
    auc = {name: Share(getattr(scorer.forward_auc_, end), 0) for name, end in _ENDS.items()}
    key, tone = ("ready", "good") if plan.model.verdict == "ready" else ("drifting", "warn")
    if plan.model.name:
        origin = say("scoring.list.banner.shelved", name=plan.model.name)
    else:
        origin = say("scoring.list.banner.trained_now", n=plan.model.n_known)
    return {
        "name": "model",
        "text": say(f"scoring.list.banner.{key}", **auc),
        "tone": tone,  # type: ignore[typeddict-item]
        "details": [*(tell_reason(reason) for reason in scorer.reasons_), origin],
    }


def _tell_rehearsal(plan: CallPlan) -> BannerWords:
    frame = plan.book.waiting.frame
    details = []
    if plan.ranking is not None and "is_won" in frame and frame["is_won"].notna().any():
        won = frame.set_index("lead_id")["is_won"].astype("boolean").fillna(value=False)
        hits = int(won.loc[plan.ranking.frame["lead_id"]].sum())
        n = len(plan.ranking.frame)
        rates = {"rate": Share(hits / n), "lot": Share(float(won.mean()))}
        details = [say("scoring.list.banner.rehearsal_detail", won=Count(hits), n=Count(n), **rates)]
    text = say("scoring.list.banner.rehearsal", source=plan.book.source, n=len(frame))
    return {"name": "rehearsal", "text": text, "tone": "warn", "details": details}


def write_list_cards(plan: CallPlan) -> list[CardWords]:
    """Return the numbers of the list: contacts, what they bring, what was drawn, who may not be contacted."""
    if plan.ranking is None:
        return []
    n, drawn = len(plan.ranking.frame), int(plan.ranking.frame["is_explored"].sum())
    waiting = say("scoring.list.card.waiting_note", n=plan.n_waiting)
    cards: list[CardWords] = [
        {"name": "contacts", "label": say("scoring.list.card.contacts"), "value": Count(n), "note": waiting}
    ]
    if plan.model.is_sorting:
        expected, lot = _expect(plan)
        note = say("scoring.list.card.lot", lot=_write_few(lot))
        label = say(f"scoring.goal.expected_{_goal(plan)}")
        cards.append({"name": "expected", "label": label, "value": _write_few(expected), "note": note})
        if plan.has_values:
            amount = write_amount(plan, plan.ranking.expected_amount)
            cards.append({"name": "amount", "label": say("scoring.list.card.amount"), "value": amount})
        told = say("scoring.list.card.explored_note", n=Count(n))
        cards.append(
            {"name": "explored", "label": say("scoring.list.card.explored"), "value": Count(drawn), "note": told}
        )
    return cards


def write_list_findings(plan: CallPlan | None, *, as_of: date, calendar: FiscalCalendar) -> list[FindingWords]:
    """Return who does what about the list until when; they rest on ``list_1``, ``grades`` or ``left_out``."""
    day = calendar.after_business_days(as_of, 1)
    if plan is None or plan.ranking is None:
        return [_finding("import", "marketing", day, ["reading"], "neutral")]
    frame = plan.ranking.frame
    people = max(int(frame["user_id"].nunique()), 1)
    if plan.model.is_sorting:
        shown = ["list_1"] if tabulate_list_grades(plan) is None else ["grades"]
        found = [_finding("call", "everyone", day, shown, "neutral", n=len(frame), people=people)]
        if frame["is_explored"].any():
            drawn = int(frame["is_explored"].sum())
            found.append(_finding("explore", "everyone", day, shown, "neutral", n=drawn))
    else:
        told = say("scoring.list.finding.call_date", n=plan.n_waiting)
        found = [{**_finding("call", "everyone", day, ["list_1"], "neutral", n=1, people=1), "text": told}]
    if plan.model.verdict == "no_signal":
        found.append(_finding("look", "manager", calendar.after_business_days(day, 10), ["list_1"], "warn"))
    if plan.n_unreachable:
        due = calendar.after_business_days(day, 10)
        found.append(_finding("ask", "everyone", due, ["left_out"], "neutral", n=plan.n_unreachable))
    return found


def _finding(name: str, owner: str, due: date, evidence: list[str], tone: Tone, **words: Any) -> FindingWords:
    return {
        "name": f"do_{name}",
        "text": say(f"scoring.list.finding.{name}", **words),
        "evidence": evidence,
        "action": say(f"scoring.list.action.{name}"),
        "owner": say(f"scoring.list.owner.{owner}"),
        "due": due,
        "effect": None,
        "tone": tone,
    }


def write_list_notes(plan: CallPlan | None, *, newer_than: int) -> list[NoteWords]:
    """Return how to read the list: what the chance is of, whom it leaves out, what is never a reason."""
    if plan is None:
        return [{"name": "reading", "text": say("scoring.list.answer.no_leads"), "tone": "neutral"}]
    notes: list[tuple[str, Text | None]] = []
    if plan.model.is_sorting:
        window = plan.model.facts.window if plan.model.facts is not None else None
        goal = say("scoring.goal.is_won_ever") if window is None else say(f"scoring.goal.is_{_goal(plan)}", n=window)
        has_range = plan.ranking is not None and "low" in plan.ranking.frame
        key = "chance" if has_range else "chance_alone"
        notes += [("reading", say(f"scoring.list.note.{key}", goal=goal)), ("hidden", say("scoring.list.note.hidden"))]
    else:
        notes.append(("reading", _tell_verdict(plan)))
    older = plan.book.n_open - plan.n_waiting
    if newer_than and not plan.book.is_rehearsal and plan.book.as_of is not None:
        notes.append(("age", say("scoring.list.note.age", n=newer_than, older=Count(older))))
    if plan.knows_opt_outs:
        key = "opt_outs" if plan.n_unreachable else "opt_outs_none"
        notes.append(("opt_outs", say(f"scoring.list.note.{key}", n=plan.n_unreachable)))
    notes.append(("value", _tell_value(plan)))
    if plan.times is not None:
        n = int(plan.times.channels["n_attempts"].sum())
        notes.append(("hours", say("scoring.list.note.hours", n=Count(n))))
    elif not plan.book.source:
        notes.append(("hours", say("scoring.list.note.no_hours")))
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in notes if text is not None]


def _tell_value(plan: CallPlan) -> Text | None:
    if not plan.model.is_sorting or plan.ranking is None:
        return None
    if not plan.has_values:
        return say("scoring.list.note.no_value")
    if is_by_value(plan):
        return say("scoring.list.note.value_given")
    return say("scoring.list.note.value", value=write_amount(plan, float(plan.ranking.frame["value_amount"].iloc[0])))


def tabulate_left_out(plan: CallPlan) -> pd.DataFrame:
    """Return how many waiting leads are on no list, by reason: ``why, n``."""
    assert plan.ranking is not None
    counts = plan.ranking.left_out["code"].value_counts(sort=False)
    rows = [(say(f"scoring.ranking.left_out.{code}"), int(counts[code])) for code in LEFT_OUT if code in counts]
    return pd.DataFrame(rows, columns=["why", "n"]).astype({"why": object})


def tabulate_list_grades(plan: CallPlan) -> pd.DataFrame | None:
    """Return what each grade promised of tested leads and what came true; None where nothing was tested."""
    model = plan.model
    grades = None if model.facts is None else model.facts.grades
    if model.tested is None or grades is None or not model.is_sorting or plan.ranking is None:
        return None
    tested = model.tested.assign(grade=grades.grade(model.tested["chance_won"]))
    listed = plan.ranking.frame["grade"].value_counts()
    rows = []
    for grade in GRADES:
        found = tested[tested["grade"] == grade]
        if found.empty:
            continue
        rate = estimate_rate(int(found["is_won"].sum()), len(found))
        ends = [Share(value) for value in (found["chance_won"].mean(), rate.estimate, rate.low, rate.high)]
        rows.append((grade, int(listed.get(grade, 0)), len(found), *ends))
    names = ["grade", "listed", "n_tested", "promised", "rate", "low", "high"]
    return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(names[3:], object))


def word_list_table(name: str) -> TableWords:
    """Return title and caption of a table of the list's page: ``grades`` or ``left_out``."""
    return {"title": say(f"scoring.list.{name}.title"), "caption": say(f"scoring.list.{name}.caption")}


def name_list_columns(*names: str) -> dict[str, Text]:
    """Return the headings of the tables of the list's page."""
    heads = {name: say(f"scoring.list.columns.{name}") for name in ("n", "why")}
    of_grades = ("grade", "listed", "n_tested", "promised", "rate", "low", "high")
    heads |= {name: say(f"scoring.list.grades.columns_{name}") for name in of_grades}
    return {name: heads[name] for name in names}
