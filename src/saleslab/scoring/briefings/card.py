"""What the page of a model card says: whether the model can be trusted, why, and what follows from it.

The rows of the card itself come from `write_card`; here stand the answer above them and the steps below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from saleslab.errors import FileProblem
from saleslab.scoring.judging.card import SECTIONS, ModelCard, write_card
from saleslab.scoring.judging.card_files import name_card, read_card
from saleslab.scoring.judging.fairness import SMALLEST
from saleslab.scoring.learning.lead_models import repeat_training
from saleslab.scoring.learning.training import TrainedModel, write_card_of
from saleslab.scoring.model.verdicts import tell_reason
from saleslab.wording import (
    LANGUAGES,
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
    from saleslab.scoring.judging.evaluation import ScoreEvaluation
    from saleslab.scoring.learning.lead_book import LeadBook
    from saleslab.scoring.learning.lead_models import LeadModel

_TONES: dict[str, Tone] = {
    "ready": "good", "ready_but": "warn", "drifting": "warn", "no_signal": "bad", "too_small": "warn",
}  # fmt: skip
_TOLD_AS_NOTES = ("limits",)
_DIGEST, _PART = re.compile(r"[0-9a-f]{64}"), re.compile(r".{8}")
_IN_TABLE = tuple(section for section in SECTIONS if section not in _TOLD_AS_NOTES)


@dataclass(frozen=True, slots=True, eq=False)
class CardPage:
    """A model, its card, and the tests behind it.

    Attributes
    ----------
    model
        The model that was asked; without a scorer where nothing could be trained.
    card
        Its card; None without a scorer.
    trained
        The training behind it, with its tests; None where it cannot be repeated on the data at hand.
    goal
        What success is.
    """

    model: LeadModel
    card: ModelCard | None
    trained: TrainedModel | None
    goal: str

    @property
    def evaluation(self) -> ScoreEvaluation | None:
        """How the same model does under ever more honest tests; None where that is not known."""
        return None if self.trained is None else self.trained.evaluation


def open_card(book: LeadBook, model: LeadModel, *, shelf: str = "", groups: str = "") -> CardPage:
    """Return the card of a model, and its tests where the data it learned from are at hand.

    Parameters
    ----------
    book
        Leads to repeat the training of a shelved model on.
    model
        From `take_model`.
    shelf
        Folder of the models, where the card of a shelved one lies.
    groups
        Columns by which leads are grouped, with commas between; those that the leads have not are passed over.
    """
    goal = book.goal if model.facts is None else model.facts.goal
    if model.scorer is None:
        return CardPage(model, None, None, goal)
    trained = model.trained or repeat_training(book, model)
    card = _find_card(model, shelf)
    if card is None and trained is not None:
        names = [name for name in _split(groups) if name in trained.table.frame]
        enough = len(trained.tested) >= SMALLEST
        card = write_card_of(trained, groups=names if enough else (), sha256=model.sha256)
    if card is None:
        card = write_card(model.scorer, None, None, about=model.facts, sha256=model.sha256)
    return CardPage(model, card, trained, goal)


def _find_card(model: LeadModel, shelf: str) -> ModelCard | None:
    if not model.name:
        return None
    try:
        return read_card(name_card(Path(shelf) / model.name), sha256=model.sha256)
    except FileProblem:
        return None


def _split(written: str) -> list[str]:
    return [name for part in written.split(",") if (name := part.strip())]


def _judge(page: CardPage | None) -> str:
    """Return the verdict on a model; ``ready_but`` where its tests rest on a column that the leak check blocked."""
    if page is None:
        return "no_leads"
    facts = page.model.facts
    return "ready_but" if page.model.verdict == "ready" and facts and facts.allowed else page.model.verdict


def write_card_headline(page: CardPage | None) -> HeadlineWords:
    """Return whether the model can be trusted, in a few words and in one paragraph."""
    verdict = _judge(page)
    answer = say("scoring.list.answer.no_leads") if page is None else join_texts(*_answer(page))
    return {
        "question": say("scoring.card_page.question"),
        "status": say(f"scoring.card_page.status.{verdict}"),
        "tone": _TONES.get(verdict, "neutral"),
        "answer": answer,
        "subject": _subject(page),
    }


def _subject(page: CardPage | None) -> Text:
    if page is None or page.model.facts is None:
        return say("scoring.card_page.subject_none")
    facts = page.model.facts
    if facts.data_from is None or facts.data_to is None:
        return say("scoring.card_page.subject_undated", n=Count(facts.n_leads or 0))
    return say("scoring.card_page.subject", n=Count(facts.n_leads or 0), first=facts.data_from, last=facts.data_to)


def _answer(page: CardPage) -> list[Text]:
    scorer = page.model.scorer
    if scorer is None:
        return [say("scoring.list.answer.untrained", n=page.model.n_known, n_won=page.model.n_won)]
    auc = {name: Number(getattr(scorer.forward_auc_, end), 2) for name, end in _ENDS.items()}
    told = [say(f"scoring.card_page.answer.{page.model.verdict}", **auc)]
    judged = page.evaluation
    if judged is not None and page.model.is_sorting:
        part = judged.measures.captured_in_top
        top = {"top": Share(judged.measures.top, 0), "part": Share(part.estimate, 0)}
        told.append(say("scoring.card_page.answer.captured", **top, low=Share(part.low, 0), high=Share(part.high, 0)))
    return told


_ENDS = {"auc": "estimate", "low": "low", "high": "high"}


def write_card_banners(page: CardPage) -> list[BannerWords]:
    """Return what a reader must know first: what success means here, which model this is, and any leak."""
    if page.model.scorer is None or page.model.facts is None:
        return []
    facts, banners = page.model.facts, []
    if facts.goal == "qualified":
        told = say("scoring.card_page.banner.goal", n=facts.window or 0)
        banners.append(_banner("goal", told, "neutral"))
    origin = "repeated" if page.model.name and page.trained else "not_repeated" if page.model.name else "trained_now"
    words: dict[str, Any] = {"name": page.model.name or "", "n": page.model.n_known}
    tone: Tone = "warn" if origin == "not_repeated" else "neutral"
    reasons = [tell_reason(reason) for reason in page.model.scorer.reasons_]
    banners.append(_banner("origin", say(f"scoring.card_page.banner.{origin}", **words), tone, reasons))
    if facts.allowed:
        details = [Text.same(f"{column}: {because}") for column, because in facts.allowed.items()]
        told = say("scoring.card_page.banner.allowed", n=len(facts.allowed))
        banners.append(_banner("allowed", told, "bad", details))
    return banners


def _banner(name: str, text: Text, tone: Tone, details: list[Text] | None = None) -> BannerWords:
    return {"name": name, "text": text, "tone": tone, "details": details or []}


def write_card_numbers(page: CardPage) -> list[CardWords]:
    """Return the numbers by which a model is known: how it sorts later leads, what its top holds, what it learned."""
    scorer, facts, judged = page.model.scorer, page.model.facts, page.evaluation
    if scorer is None or facts is None:
        return []
    auc = {name: Number(getattr(scorer.forward_auc_, end), 2) for name, end in _ENDS.items()}
    tone = _TONES.get(_judge(page), "neutral")
    cards: list[CardWords] = [
        {
            "name": "forward_auc",
            "label": say("scoring.card_page.number.forward_auc"),
            "value": auc["auc"],
            "interval": (auc["low"], auc["high"]),
            "tone": tone,
            "note": say("scoring.card_page.number.a_lot"),
        }
    ]
    if judged is not None:
        part, top = judged.measures.captured_in_top, Share(judged.measures.top, 0)
        ends = (Share(part.low, 0), Share(part.high, 0))
        cards.append(
            {
                "name": "captured",
                "label": say("scoring.card_page.number.captured", top=top),
                "value": Share(part.estimate, 0),
                "interval": ends,
                "note": say("scoring.list.card.lot", lot=top),
            }
        )
    if facts.n_leads is not None and facts.n_wins is not None:
        note = say("scoring.card_page.number.won", n=Count(facts.n_wins), rate=Share(float(scorer.base_rate_)))
        label = say("scoring.card_page.number.leads")
        cards.append({"name": "leads", "label": label, "value": Count(facts.n_leads), "note": note})
    if page.trained is not None:
        counts = page.trained.leaks["verdict"].value_counts()
        note = say("scoring.card_page.number.warned", n=int(counts.get("warn", 0)))
        label = say("scoring.card_page.number.blocked")
        cards.append({"name": "blocked", "label": label, "value": Count(int(counts.get("block", 0))), "note": note})
    return cards


def write_card_findings(page: CardPage | None, *, as_of: date, calendar: FiscalCalendar) -> list[FindingWords]:
    """Return what follows from the verdict, and from groups of which the chances are wrong."""
    verdict = _judge(page)
    evidence = ["reading"] if page is None or page.card is None else ["card_verdict"]
    found = [_finding(verdict, as_of, calendar, evidence, _TONES.get(verdict, "neutral"))]
    if page is not None and page.card is not None and page.card.groups is not None:
        n = int(page.card.groups["is_off"].sum())
        if n:
            found.append(_finding("groups", as_of, calendar, ["groups"], "warn", n=n))
    return found


def _finding(
    name: str, as_of: date, calendar: FiscalCalendar, evidence: list[str], tone: Tone, **words: Any
) -> FindingWords:
    return {
        "name": f"do_{name}",
        "text": say(f"scoring.card_page.finding.{name}", **words),
        "evidence": evidence,
        "action": say(f"scoring.card_page.action.{name}"),
        "owner": say(f"scoring.card_page.owner.{'manager' if name in _FOR_MANAGERS else 'analyst'}"),
        "due": calendar.after_business_days(as_of, 5),
        "effect": None,
        "tone": tone,
    }


_FOR_MANAGERS = {"ready", "ready_but", "no_signal"}


def tabulate_card(page: CardPage) -> dict[str, pd.DataFrame]:
    """Return the rows of each section of the card: ``label, value``, by the block's name.

    Its limits stand among the notes, and its groups, where they are known as numbers, in a table of their own.
    """
    if page.card is None:
        return {}
    tables = {}
    for section in (one for one in _IN_TABLE if one != "groups" or page.trained is None or page.card.groups is None):
        rows = [(row.label, _break_digests(row.value)) for row in page.card.of(section)]
        if rows:
            tables[f"card_{section}"] = pd.DataFrame(rows, columns=["label", "value"]).astype(object)
    return tables


def _break_digests(text: Text) -> Text:
    """Return a text whose digests stand in groups of 8 signs, so that a page can wrap them."""
    return Text(*(_DIGEST.sub(lambda found: " ".join(_PART.findall(found[0])), text.of(lang)) for lang in LANGUAGES))


def write_card_notes(page: CardPage | None) -> list[NoteWords]:
    """Return the limits of the model, and how to read the tests."""
    if page is None:
        return [_note("reading", say("scoring.list.answer.no_leads"))]
    if page.card is None:
        n, n_won = page.model.n_known, page.model.n_won
        return [_note("reading", say("scoring.list.answer.untrained", n=n, n_won=n_won))]
    notes = [_note("reading", say("scoring.card_page.note.reading"))]
    if page.evaluation is None:
        notes.append(_note("no_tests", say("scoring.card_page.note.no_tests")))
    rows = page.card.of("limits")
    return [*notes, *(_note(f"limit_{number}", row.value) for number, row in enumerate(rows, start=1))]


def _note(name: str, text: Text) -> NoteWords:
    return {"name": name, "text": text, "tone": "neutral"}


def word_card_table(name: str) -> TableWords:
    """Return title and caption of a table of the card's page: ``groups``, or a section of the card."""
    if name.startswith("card_"):
        return {"title": say(f"scoring.card.section.{name.removeprefix('card_')}"), "caption": Text.same("")}
    return {"title": say(f"scoring.card_page.{name}.title"), "caption": say(f"scoring.card_page.{name}.caption")}


def name_card_columns(*names: str) -> dict[str, Text]:
    """Return the headings of the card's own table."""
    return {name: say(f"scoring.card_page.columns.{name}") for name in names}
