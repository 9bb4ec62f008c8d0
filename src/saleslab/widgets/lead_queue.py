"""Whom do I call next, and what if we could call more? The list of leads, to be worked and to be played with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
import pandas as pd

from saleslab.errors import NotEnoughData
from saleslab.scoring import LeadExplanation, LeadRanking, LeadScorer, explain_scores, rank_leads
from saleslab.widgets.lead_marks import OVERRIDES, LeadMark, mark_lead, read_marks, tabulate_marks
from saleslab.widgets.lead_page import write_lead
from saleslab.widgets.look import Page, check_language, make_choice, make_slider, make_style
from saleslab.wording import Money, Share, Text, say, write, write_amounts

if TYPE_CHECKING:
    from saleslab.scoring import LeadTable
    from saleslab.scoring.learning.scores import LeadScores

_ALL = ""
_NONE = "none"
_GAP = "\u2007"
"""A blank as wide as a digit."""


class LeadQueue(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The list of a day: move what a contact costs and how many can be made, look at a lead, say what was done with it.

    Parameters
    ----------
    scores
        From `score_leads`; its verdict is shown unless the model is ready.
    capacity, as_of, seed, value, margin_rate, cost, options
        As `rank_leads` takes them. Where people have capacities of their own, the slider moves all in proportion.
    scorer, table
        What reasons are read off: the model and the leads that it scored. Without them only the list's own are shown.
    reachable
        Ids of the leads that may be contacted (`intake.keep_reachable`); all when None.
    names
        How leads and people are called, by ``lead_id`` and ``user_id``; their ids where not given.
    marks
        What was done before, as `marks` gave it.
    currency, lang
        Of amounts and words.

    Attributes
    ----------
    answer
        The `LeadRanking` that is shown; None when no contact is worth it.
    marks
        What was done with leads of the list, one row each: ``lead_id, rank, user_id, grade, chance_won, as_of,
        is_overridden, reason``. Its ``is_overridden``, joined to the leads, is what `watch_drift` reads.

    Examples
    --------
    >>> from saleslab.scoring.learning.scores import LeadScores
    >>> leads = pd.DataFrame({"lead_id": ["a", "b", "c"], "chance_won": [0.5, 0.1, 0.2]})
    >>> queue = LeadQueue(LeadScores(leads, "ready", False, {}), capacity=2, as_of=date(2026, 9, 30), seed=1,
    ...     value=100.0, explored=0.0)
    >>> queue.rows.value
    'a'
    >>> queue.buttons["override"].click()
    >>> queue.marks[["lead_id", "is_overridden", "reason"]].values.tolist(), queue.rows.value
    ([['a', True, 'in_contact']], 'c')
    """

    def __init__(
        self,
        scores: LeadScores,
        *,
        capacity: int | Mapping[str, int],
        as_of: date,
        seed: int,
        value: float | None = None,
        margin_rate: float = 1.0,
        cost: float = 0.0,
        scorer: LeadScorer | None = None,
        table: LeadTable | None = None,
        reachable: Any = None,
        names: Mapping[str, str] | None = None,
        marks: pd.DataFrame | None = None,
        currency: str = "JPY",
        lang: str = "en",
        **options: Any,
    ) -> None:
        check_language(lang)
        self.lang, self.currency, self.capacity = lang, currency, capacity
        self.scores, self.names = scores, dict(names or {})
        self._model = None if scorer is None or table is None or scores.is_prior else (scorer, table)
        self._options: dict[str, Any] = {**options, "as_of": as_of, "seed": seed, "value": value, "currency": currency}
        self._leads = _mark_reachable(scores.frame, reachable)
        self._explained: dict[str, LeadExplanation] = {}
        self._done: dict[str, LeadMark] = read_marks(marks)
        self._make_controls(margin_rate, cost)
        self.answer = self._rank()
        super().__init__(self._arrange())
        self._watch()
        self._fill()

    # -- what stands on the page

    def _make_controls(self, margin_rate: float, cost: float) -> None:
        most = _most_places(self.capacity, len(self._leads))
        dear = _round_up(max(4 * cost, _typical_value(self._leads, self._options["value"]) / 20))
        self.sliders = {
            "capacity": self._slide("capacity", _count_places(self.capacity), min=1, max=most, step=1),
            "margin_rate": self._slide("margin_rate", margin_rate, min=0.05, max=1, step=0.05, readout_format=".0%"),
            "cost": self._slide("cost", cost, min=0, max=dear, step=dear / 100),
        }
        self.filters = {name: self._choose(name, {_ALL: _say("all")}) for name in ("owner", "grade", "channel")}
        self.reason = self._choose("reason", {code: _say(f"because.{code}") for code in OVERRIDES})
        self.reason.style.description_width, self.reason.layout.width = "initial", "26em"
        self.rows = ipywidgets.Select(rows=14, layout={"width": "auto"})
        self.rows.add_class("saleslab-list")
        self.told, self.page, self.done = Page(), Page(), Page()
        looks = {"contacted": "success", "override": "warning", "undo": ""}
        self.buttons = {
            name: ipywidgets.Button(description=_say(name).of(self.lang), button_style=look, layout={"width": "auto"})
            for name, look in looks.items()
        }

    def _slide(self, name: str, value: float, **options: Any) -> ipywidgets.FloatSlider:
        return make_slider(_say(name, currency=self.currency), self.lang, value, **options)

    def _choose(self, name: str, options: Mapping[str, Text]) -> ipywidgets.Dropdown:
        return make_choice(_say(name), self.lang, options, is_narrow=True)

    def _arrange(self) -> list[ipywidgets.Widget]:
        half = {"flex": "1 1 24em", "min_width": "0", "padding": "0 1em 0 0", "overflow": "hidden"}
        did, did_not, back = self.buttons.values()
        row = {"flex_flow": "row wrap", "align_items": "center"}
        head = ipywidgets.HTML(f"<small>{escape(_say('rows').of(self.lang))}</small>")
        left = ipywidgets.VBox([*self.filters.values(), head, self.rows, self.done], layout=half)
        right = ipywidgets.VBox(
            [self.page, ipywidgets.HBox([did, back], layout=row), ipywidgets.HBox([did_not, self.reason], layout=row)],
            layout=half,
        )
        both = ipywidgets.HBox([left, right], layout={"flex_flow": "row wrap", "width": "100%"})
        return [make_style(), *self.sliders.values(), self.told, both]

    def _watch(self) -> None:
        for slider in self.sliders.values():
            slider.observe(self._move, names="value")
        for chosen in self.filters.values():
            chosen.observe(self._filter, names="value")
        self.rows.observe(self._look, names="value")
        self.buttons["contacted"].on_click(lambda _: self._mark(None))
        self.buttons["override"].on_click(lambda _: self._mark(self.reason.value))
        self.buttons["undo"].on_click(lambda _: self._take_back())

    # -- what happens when something moves

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self.answer = self._rank()
        self._fill()

    def _filter(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002
        if not self._is_offering:
            self._list()

    def _look(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002
        self._show()

    def _mark(self, reason: str | None) -> None:
        """Keep what was done with the selected lead, and go to the next one that is left."""
        row = self._selected()
        if row is None or self.answer is None:
            return
        self._done.pop(row["lead_id"], None)
        self._done[row["lead_id"]] = mark_lead(row, as_of=self.answer.as_of, reason=reason)
        left = [lead_id for _, lead_id in self.rows.options if lead_id not in self._done]
        self._list(choose=left[0] if left else row["lead_id"])

    def _take_back(self) -> None:
        self._done.pop(self.rows.value, None)
        self._list()

    @property
    def marks(self) -> pd.DataFrame:
        """What was done, in the order in which it was done."""
        return tabulate_marks(self._done)

    # -- from the study to what is shown

    def _rank(self) -> LeadRanking | None:
        now = {name: float(slider.value) for name, slider in self.sliders.items()}
        places = _deal_places(self.capacity, round(now["capacity"]))
        try:
            return rank_leads(
                self._leads, capacity=places, margin_rate=now["margin_rate"], cost=now["cost"], **self._options
            )
        except NotEnoughData:
            return None

    def _fill(self) -> None:
        """Offer what the list holds to the filters, and show it."""
        self._is_offering = True
        for name, chosen in self.filters.items():
            offered = {_ALL: _say("all")} | self._offer(name)
            kept = chosen.value if chosen.value in offered else _ALL
            chosen.options = [(words.of(self.lang), code) for code, words in offered.items()]
            chosen.value, chosen.disabled = kept, len(offered) == 1
        self._is_offering = False
        self._list()

    def _offer(self, name: str) -> dict[str, Text]:
        held = sorted(set() if self.answer is None else set(_read_column(self.answer.frame, name)) - {_ALL})
        if name == "channel":
            words = {code: say(f"scoring.sheet.channel.{code}") for code in held if code != _NONE}
            return words | ({_NONE: _say("no_channel")} if _NONE in held and words else {})
        return {code: Text.same(self.names.get(code, code)) for code in held}

    def _list(self, choose: str | None = None) -> None:
        """Show the rows that the filters let through; stay at the lead that is looked at, or go to another."""
        shown, wanted = self._shown(), choose or self.rows.value
        amounts = write_amounts([self._money(amount) for amount in shown["expected_amount"]], self.lang)
        widest = max(map(len, amounts), default=0)
        self.rows.options = [
            (self._write_row(row, amount.rjust(widest, _GAP)), row["lead_id"])
            for row, amount in zip(shown.to_dict("records"), amounts, strict=True)
        ]
        ids = list(shown["lead_id"])
        self.rows.value = wanted if wanted in ids else ids[0] if ids else None
        self._tell(shown)
        self._show()

    def _shown(self) -> pd.DataFrame:
        if self.answer is None:
            return pd.DataFrame(columns=["lead_id", "expected_amount"])
        shown = self.answer.frame
        for name, chosen in self.filters.items():
            if chosen.value != _ALL:
                shown = shown[_read_column(shown, name) == chosen.value]
        return shown

    def _write_row(self, row: Mapping[Any, Any], amount: str) -> str:
        done = self._done.get(row["lead_id"])
        sign = _GAP if done is None else "✓" if done.reason is None else "✗"
        rank, chance = (
            text.rjust(width, _GAP)
            for text, width in ((str(row["rank"]), 3), (write(Share(row["chance_won"]), self.lang), 6))
        )
        return f"{sign} {rank} {row['grade']} {chance} {amount} {self._call(row['lead_id'])}"

    def _selected(self) -> dict[str, Any] | None:
        if self.answer is None or self.rows.value is None:
            return None
        frame = self.answer.frame
        return dict(frame[frame["lead_id"] == self.rows.value].to_dict("records")[0])

    def _show(self) -> None:
        """Show the lead that is looked at."""
        row, answer = self._selected(), self.answer
        for button in self.buttons.values():
            button.disabled = row is None
        self.buttons["undo"].disabled = self.rows.value not in self._done
        if row is None or answer is None:
            self.page.value = ""
            return
        lead_id, done = row["lead_id"], self._done.get(row["lead_id"])
        self.page.value = write_lead(
            row,
            self._explain(lead_id),
            name=self._call(lead_id),
            currency=self.currency,
            lang=self.lang,
            scale=_find_highest(answer.frame),
            goal=answer.goal,
            mark=None if done is None else done.text,
        )

    def _explain(self, lead_id: str) -> LeadExplanation | None:
        if self._model is None:
            return None
        if lead_id not in self._explained:
            scorer, table = self._model
            (self._explained[lead_id],) = explain_scores(scorer, table.pick(table.frame["lead_id"] == lead_id)).leads
        return self._explained[lead_id]

    def _tell(self, shown: pd.DataFrame) -> None:
        """Say how much of the list is shown, what it is expected to bring, who is left out, and what was done."""
        lines = []
        if self.scores.verdict != "ready":
            verdict = say(f"scoring.card.verdict.{self.scores.verdict}")
            lines.append(("warn", _say("verdict", verdict=verdict)))
        if self.answer is None:
            lines.append(("warn", _say("empty")))
        else:
            brought = self._money(float(shown["expected_amount"].sum()))
            n = len(self.answer.frame)
            lines.append(("", _say("list", shown=len(shown), n=n, expected=brought)))
            codes = self.answer.left_out["code"].value_counts().sort_index()
            told = " · ".join(
                _say("named", what=say(f"scoring.ranking.left_out.{code}"), value=int(n)).of(self.lang)
                for code, n in codes.items()
            )
            lines.append(("soft", _say("left_out", codes=told)) if told else ("", Text.same("")))
        self.told.value = "".join(f'<p class="{kind}">{escape(text.of(self.lang))}</p>' for kind, text in lines)
        n_against = sum(done.reason is not None for done in self._done.values())
        done = _say("done", n_contacted=len(self._done) - n_against, n_overridden=n_against)
        self.done.value = f'<p class="soft">{escape(done.of(self.lang))}</p>'

    def _call(self, lead_id: str) -> str:
        return self.names.get(lead_id, lead_id)

    def _money(self, amount: float) -> Money:
        return Money(Decimal(round(amount)), self.currency)


def _say(name: str, **values: object) -> Text:
    return say(f"scoring.widget.{name}", **values)


def _find_highest(listed: pd.DataFrame) -> float:
    """Return the chance at the end of every bar: the highest of the list, bounds included."""
    return float(np.nanmax([listed[name].max() for name in ("chance_won", "high") if name in listed] + [0.01]))


def _mark_reachable(leads: pd.DataFrame, reachable: Any) -> pd.DataFrame:
    return leads if reachable is None else leads.assign(is_reachable=leads["lead_id"].isin(reachable))


def _read_column(listed: pd.DataFrame, name: str) -> pd.Series:
    """Return what a filter asks of each row: the person, the grade or the channel."""
    if name == "owner":
        name = "user_id" if listed["user_id"].notna().any() or "owner_id" not in listed else "owner_id"
        return listed[name].astype("str").fillna(_ALL)
    return listed[name].astype("str").fillna(_NONE)


def _count_places(capacity: int | Mapping[str, int]) -> int:
    return sum(capacity.values()) if isinstance(capacity, Mapping) else capacity


def _most_places(capacity: int | Mapping[str, int], n_leads: int) -> int:
    now = _count_places(capacity)
    return max(now, min(n_leads, 5 * now), 1)


def _deal_places(capacity: int | Mapping[str, int], n: int) -> int | dict[str, int]:
    """Return so many places for people in proportion to their own; what is left over goes to the largest parts."""
    if not isinstance(capacity, Mapping):
        return n
    users, own = sorted(capacity), np.array([capacity[user] for user in sorted(capacity)], dtype=np.float64)
    exact = own * n / max(own.sum(), 1)
    places = np.floor(exact).astype(int)
    places[np.argsort(places - exact, kind="stable")[: n - int(places.sum())]] += 1
    return {user: int(number) for user, number in zip(users, places, strict=True)}


def _typical_value(leads: pd.DataFrame, value: float | None) -> float:
    """Return about what a win is worth."""
    known = leads["value_amount"].median() if "value_amount" in leads else np.nan
    return float(known if pd.notna(known) else value or 0)


def _round_up(amount: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, 50, ... ."""
    if amount <= 0:
        return 1.0
    unit = 10.0 ** np.floor(np.log10(amount))
    return float(next(step * unit for step in (1, 2, 5, 10) if step * unit >= amount))
