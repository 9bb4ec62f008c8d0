"""What the page of forecast accuracy says: how near the word was, whose word to take, what to do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from saleslab.forecasting.accuracy.comparing import (
    Duel,
    best_naive,
    calibrate_chances,
    fight,
    find_verdict,
    list_ranges,
    measure_nodes,
    usual_days,
)
from saleslab.forecasting.accuracy.methods import MODEL, PEOPLE
from saleslab.forecasting.accuracy.pictures import name_method, word_accuracy, write_amount
from saleslab.wording import (
    BannerWords,
    CardWords,
    Change,
    Count,
    Days,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Share,
    Text,
    Tone,
    join_texts,
)

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.forecasting.accuracy.review import AccuracyReview

_TONES: dict[str, Tone] = {
    "model": "good", "people": "warn", "alike": "neutral", "naive": "warn", "alone": "good",
}  # fmt: skip
_DUE = 30
_WHOLE = 0.005
_SYSTEMATIC = 0.1


def _say_at(review: AccuracyReview, method: str) -> pd.Series | None:
    """Return what a method said of the last period on the usual days; None where it said nothing."""
    rows = review.last
    rows = rows[rows["method"].eq(method) & rows["days_before"].eq(usual_days(review))]
    return rows.iloc[0] if len(rows) else None


def _apart(row: pd.Series) -> Change:
    off = float(row["median"] / row["actual"] - 1)
    return Change(off, 0 if abs(off) >= _WHOLE else 1)


def write_headline(review: AccuracyReview | None, gap: Text | None = None) -> HeadlineWords:
    """Return the question, whose word to take, and how near it was last time.

    Parameters
    ----------
    review
        None where nothing can be judged.
    gap
        Then, why.
    """
    question = word_accuracy("headline.question")
    if review is None:
        return {
            "question": question, "status": word_accuracy("status.none"), "tone": "warn",
            "answer": word_accuracy("headline.no_answer", reason=gap or Text.same("")),
            "subject": word_accuracy("headline.subject_none"),
        }  # fmt: skip
    verdict = find_verdict(review)
    return {
        "question": question,
        "status": word_accuracy(f"status.{verdict}"),
        "tone": _TONES[verdict],
        "answer": join_texts(*_tell_last(review)),
        "subject": word_accuracy(
            f"headline.subject_{review.measure}", period=review.period, n=Count(len(review.periods))
        ),
    }


def _tell_last(review: AccuracyReview) -> list[Text | None]:
    days, own, commit = Days(usual_days(review)), _say_at(review, MODEL), _say_at(review, PEOPLE[0])
    said: list[Text | None] = []
    told: dict[str, Any]
    if own is not None:
        told = {"came": write_amount(review, own["actual"]), "said": write_amount(review, own["median"])}
        said.append(word_accuracy("headline.model", period=review.period, days=days, apart=_apart(own), **told))
    if commit is not None:
        told = {"said": write_amount(review, commit["median"]), "apart": _apart(commit)}
        said.append(word_accuracy("headline.commit", **told))
    return said or [word_accuracy("headline.unsaid", period=review.period)]


def write_banner(review: AccuracyReview) -> BannerWords:
    """Return whose word to take, and by what count."""
    verdict = find_verdict(review)
    rival = best_naive(review) if verdict in {"naive", "alone"} else PEOPLE[0]
    duel = fight(review, rival) if rival else None
    values = {} if duel is None else _tell_duel(duel)
    text = word_accuracy(f"banner.{verdict}", **values) if duel else word_accuracy("banner.untried")
    return {"name": "verdict", "text": text, "tone": _TONES[verdict], "details": []}


def _tell_duel(duel: Duel) -> dict[str, Any]:
    return {
        "rival": name_method(duel.rival), "error": Share(duel.error, 0), "other": Share(duel.rival_error, 0),
        "nearer": Count(duel.n_nearer), "n": Count(duel.n), "farther": Count(duel.n - duel.n_nearer),
    }  # fmt: skip


def write_cards(review: AccuracyReview) -> list[CardWords]:
    """Return the numbers of the whole page."""
    days, last = Days(usual_days(review)), review.last
    cards: list[CardWords] = []
    if len(last):
        came: CardWords = {
            "name": "came", "label": word_accuracy("card.came", period=review.period),
            "value": write_amount(review, last["actual"].iloc[0]),
        }  # fmt: skip
        if last["target"].notna().any():
            came["target"] = write_amount(review, last["target"].iloc[0])
        cards.append(came)
    for method in (MODEL, "weighted", PEOPLE[0]):
        row = _say_at(review, method)
        if row is not None:
            label = word_accuracy("card.said", way=name_method(method), days=days)
            note = word_accuracy("card.apart", apart=_apart(row))
            card: CardWords = {"name": f"said_{method}", "label": label, "note": note}
            card["value"] = write_amount(review, row["median"])
            if method == MODEL:
                card["interval"] = (write_amount(review, row["lower_80"]), write_amount(review, row["upper_80"]))
            cards.append(card)
    ranges = list_ranges(review)
    if len(ranges):
        held = Share(float(ranges["is_inside"].mean()), 0)
        note = word_accuracy("card.held_note", n=Count(len(ranges)), periods=Count(len(review.periods)))
        cards.append({"name": "held", "label": word_accuracy("card.held"), "value": held, "note": note})
    found = calibrate_chances(review)
    if found is not None:
        note = word_accuracy("card.chances_note", luck=Share(found.error_by_luck, 0))
        label = word_accuracy("card.chances")
        cards.append({"name": "chances_off", "label": label, "value": Share(found.error, 0), "note": note})
    return cards


def write_findings(review: AccuracyReview) -> list[FindingWords]:
    """Return what to do: whose word to take, whose word to correct, which ranges to widen."""
    due = review.as_of + timedelta(days=_DUE)
    verdict, found = find_verdict(review), []
    tone: Tone = "warn" if _TONES[verdict] == "warn" else "neutral"  # a step to take is neither good nor bad
    found.append(_find(verdict, ["errors"], due=due, tone=tone))
    for method in (PEOPLE[0], "weighted"):
        bias = _bias_of(review, method)
        if bias is not None and abs(bias) >= _SYSTEMATIC:
            side = "above" if bias > 0 else "below"
            values: dict[str, Any] = {
                "way": name_method(method),
                "bias": Share(abs(bias), 0),
                "days": Days(usual_days(review)),
            }
            found.append(_find(f"off_{side}", ["errors"], name=f"off_{method}", due=due, tone="warn", **values))
    teams = measure_nodes(review, "team")
    teams = teams[teams["method"].eq(PEOPLE[0] if PEOPLE[0] in set(teams["method"]) else MODEL)]
    teams = teams[teams["bias"].abs() >= _SYSTEMATIC]
    if len(teams) and len(review.periods) > 1:
        worst = teams.sort_values("bias", key=lambda bias: -bias.abs()).iloc[0]
        values = {
            "team": Text.same(review.team_names.get(worst["node"], worst["node"])),
            "way": name_method(str(worst["method"])), "bias": Change(float(worst["bias"])),
        }  # fmt: skip
        found.append(_find("team", ["teams"], due=due, tone="warn", **values))
    chances = calibrate_chances(review)
    if chances is not None and chances.n_outside:
        values = {"outside": Count(chances.n_outside), "groups": Count(len(chances.points))}
        found.append(_find("chances", ["chances"], due=due, tone="warn", **values))
    return found


def _bias_of(review: AccuracyReview, method: str) -> float | None:
    rows = review.of("company")
    rows = rows[rows["method"].eq(method) & rows["days_before"].eq(usual_days(review))]
    size = float(rows["actual"].abs().sum())
    return float((rows["median"] - rows["actual"]).sum()) / size if len(rows) and size else None


def _find(key: str, evidence: list[str], *, due: Any, tone: Tone, name: str = "", **values: object) -> FindingWords:
    return {
        "name": f"do_{name or key}",
        "text": word_accuracy(f"finding.{key}", **values),
        "evidence": evidence,
        "action": word_accuracy(f"finding.do_{key}", **values),
        "owner": word_accuracy("finding.owner"),
        "due": due,
        "effect": None,
        "tone": tone,
    }


def write_notes(review: AccuracyReview | None, gap: Text | None = None) -> list[NoteWords]:
    """Return how the page is to be read, and what the data lack."""
    if review is None:
        text = word_accuracy("note.nothing", reason=gap or Text.same(""))
        return [{"name": "nothing", "text": text, "tone": "warn"}]
    told: list[tuple[str, Text, Tone]] = [
        ("replayed", word_accuracy("note.replayed"), "neutral"),
        ("measure", word_accuracy(f"note.{review.measure}"), "neutral"),
    ]
    told += [(gap_, word_accuracy(f"note.{gap_}", n=Count(len(review.periods))), "warn") for gap_ in review.gaps]
    if review.landings is None and review.measure == "won_amount":
        told.append(("no_deals_tried", word_accuracy("note.no_deals_tried"), "neutral"))
    elif review.landings is not None and review.measure != "won_amount":
        told.append(("landings", word_accuracy("note.landings"), "neutral"))
    n = review.tried.refused["as_of"].nunique()
    if n:
        told.append(("refused", word_accuracy("note.refused", n=Count(n)), "warn"))
    if "commit" in set(review.of("company")["method"]):
        told.append(("about_commit", word_accuracy("note.people"), "neutral"))
    return [{"name": name, "text": text, "tone": tone} for name, text, tone in told]
