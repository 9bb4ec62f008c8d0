"""What do you think of it? A comment, a dissent or a vote goes into the review log, with or without a name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

import ipywidgets

from saleslab.errors import NotEnoughData, SaleslabError
from saleslab.kpi import Pseudonyms, ReviewLog
from saleslab.kpi.reviews.sayings import VOTES
from saleslab.widgets.look import Page, check_language, make_choice, make_style
from saleslab.wording import Text, say

KINDS = (*VOTES, "comment", "dissent")
"""What can be said, votes first."""

_SHOWN = 30
_LABELLED = {"description_width": "15em"}
_WIDE = {"width": "auto", "max_width": "44em"}


class ReviewForm(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Choose a decision or review, say what you think, press the button: it is in the log.

    Parameters
    ----------
    log
        Where it is kept.
    user_id
        Who fills in the form.
    clock
        Says when: naive UTC, such as ``lambda: datetime.now(UTC).replace(tzinfo=None)``.
    pseudonyms
        Lets one leave the name out; without them every opinion is signed.
    lang
        Language of the words.

    Attributes
    ----------
    about, kind, text, hidden
        Which decision or review, what is said of it, in which words, and whether without a name.
    send
        The button.
    told
        What was written, what is missing, and how the votes stand.

    Notes
    -----
    An opinion without a name is kept under a pseudonym that another decision does not share; the log then holds no
    user id. What is kept shows the moment of writing, as every entry does.
    """

    def __init__(
        self,
        log: ReviewLog,
        *,
        user_id: str,
        clock: Callable[[], datetime],
        pseudonyms: Pseudonyms | None = None,
        lang: str = "en",
    ) -> None:
        check_language(lang)
        self.reviews, self.user_id, self.lang = log, user_id, lang
        self._clock, self._pseudonyms = clock, pseudonyms
        self.about = make_choice(_word("about"), lang, self._list_subjects())
        self.kind = make_choice(_word("kind"), lang, {kind: say(f"kpi_reviews.opinion.{kind}") for kind in KINDS})
        self.text = ipywidgets.Textarea(description=_word("text").of(lang), style=_LABELLED, layout=_WIDE)
        self.hidden = ipywidgets.Checkbox(
            value=False, description=_word("hidden").of(lang), disabled=pseudonyms is None, indent=False, layout=_WIDE
        )
        self.send = ipywidgets.Button(description=_word("send").of(lang), button_style="primary")
        self.told = Page()
        self.send.on_click(lambda _: self.write())
        self.about.observe(self._move, names="value")
        self._show("")
        super().__init__([make_style(), self.about, self.kind, self.text, self.hidden, self.send, self.told])

    def write(self) -> None:
        """Write down what the form says; what is refused is told, and nothing is written then."""
        try:
            n = self.reviews.say(
                self.about.value, self.kind.value, user_id=self.user_id, at=self._clock(), text=self.text.value.strip(),
                pseudonyms=self._pseudonyms, signed=not self.hidden.value,
            )  # fmt: skip
        except SaleslabError as refusal:
            self._show(f'<p class="warn">{escape(refusal.what)} {escape(refusal.next_step)}</p>')
            return
        key = "known" if not n else "written_hidden" if self.hidden.value else "written"
        self.text.value = ""
        self._show(f"<p><strong>{escape(_word(key).of(self.lang))}</strong></p>")

    def _list_subjects(self) -> Mapping[str, Text]:
        """Return decisions that nobody has judged yet, then the last reviews, the newest first."""
        day = self._today()
        judged = set(self.reviews.read("outcome", as_of=day)["about"])
        decisions, reviews = (self.reviews.read(kind, as_of=day).iloc[::-1] for kind in ("decision", "review"))
        found = {
            row["decision_id"]: _word("decision", words=Text.same(str(row["decision"])))
            for row in decisions.to_dict("records")
            if row["decision_id"] not in judged
        }
        for row in reviews.head(_SHOWN).to_dict("records"):
            found[row["review_id"]] = _word("review", metric=str(row["metric_id"]), day=row["reviewed_on"].date())
        if not found:
            raise NotEnoughData(
                "The log holds no open decision and no review.", "write one down: `saleslab kpi review decide`."
            )
        return dict(list(found.items())[:_SHOWN])

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self._show("")

    def _show(self, first: str) -> None:
        counted = self.reviews.count_votes(as_of=self._today()).set_index("about")
        votes = dict.fromkeys((*VOTES, "n_comments", "n_dissents"), 0)
        if self.about.value in counted.index:
            votes = {name: int(counted.loc[self.about.value, name]) for name in votes}
        told = _word("votes", **{name.removeprefix("n_"): n for name, n in votes.items()})
        self.told.value = f'{first}<p class="soft">{escape(told.of(self.lang))}</p>'

    def _today(self) -> date:
        return (self._clock() + timedelta(days=1)).date()  # where the company is, it may be tomorrow already


def _word(name: str, **values: object) -> Text:
    return say(f"kpi_reviews.form.{name}", **values)
