"""What if we cut our customers otherwise? Another number of segments, other measures, another method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any

import ipywidgets
import pandas as pd

from saleslab.errors import NotEnoughData, SaleslabError, TableError
from saleslab.segmentation import (
    Segmentation,
    SegmentChoice,
    SegmentProfile,
    assign_segments,
    choose_segments,
    describe_segments,
    segment_customers,
    tell_segment_reason,
)
from saleslab.widgets.look import Page, check_language, make_choice, make_style
from saleslab.wording import Money, Share, Text, say, section, write

MEASURES = ("recency_score", "frequency_score", "spend_score", "industry", "size")
"""Columns of `read_customers` that customers can be cut by."""

_METHODS = ("kmeans", "prototypes", "latent_class")
_CHOICE: Mapping[str, Any] = {"k_most": 8, "n_resamples": 8, "n_nulls": 19}
"""Fewer resamples than a report takes: an answer while one waits."""


class SegmentExplorer(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Cut customers by other measures, into more or fewer segments, and read off what each would be.

    Parameters
    ----------
    customers
        From `read_customers`.
    by
        Measures chosen at first.
    traits
        What segments are described by.
    currency, lang
        Of amounts and words.
    seed
        Same controls, same answer.

    Attributes
    ----------
    choice
        What `choose_segments` says of the measures.
    answer
        The `Segmentation` that is shown; None where customers cannot be cut so.
    profiles
        Its segments, the most valuable first.
    table
        What is shown, as a frame: ``segment, name, n_customers, share, value, mean_value``.

    Examples
    --------
    >>> customers = pd.DataFrame({"account_id": range(80), "recency_score": [1, 5] * 40, "spend_score": [1, 5] * 40,
    ...     "spend": [1.0, 90.0] * 40, "value": [float(at % 7 + 90 * (at % 2)) for at in range(80)]})
    >>> explorer = SegmentExplorer(customers, by=["recency_score", "spend_score"], traits=["spend"])
    >>> explorer.k.value = 2
    >>> explorer.table["n_customers"].tolist()
    [40, 40]
    """

    def __init__(
        self,
        customers: pd.DataFrame,
        *,
        by: Sequence[str] = MEASURES[:3],
        traits: Sequence[str] = ("days_since", "n_orders", "spend", "industry", "size"),
        currency: str = "JPY",
        lang: str = "en",
        seed: int = 1,
    ) -> None:
        check_language(lang)
        self.customers, self.currency, self.lang, self.seed = customers, currency, lang, seed
        self.described_by = [name for name in traits if name in customers.columns]
        offered = [name for name in MEASURES if name in customers.columns]
        self.measures = ipywidgets.SelectMultiple(
            options=[(_name(name).of(lang), name) for name in offered],
            value=tuple(name for name in by if name in offered),
            rows=len(offered),
            description=_word("measures").of(lang),
            style={"description_width": "15em"},
            layout={"width": "auto", "max_width": "44em"},
        )
        self.method = make_choice(_word("method"), lang, {code: _word(f"method_{code}") for code in _METHODS})
        self.k = ipywidgets.IntSlider(
            value=0, min=0, max=10, description=_word("k").of(lang), continuous_update=False,
            style={"description_width": "15em"}, layout={"width": "auto", "max_width": "44em"},
        )  # fmt: skip
        self.told, self.page = Page(), Page()
        self._choices: dict[tuple[str, ...], SegmentChoice] = {}
        self._cut()
        for control in (self.measures, self.method, self.k):
            control.observe(self._move, names="value")
        super().__init__([make_style(), self.measures, self.method, self.k, self.told, self.page])

    def _move(self, change: Mapping[str, Any]) -> None:  # noqa: ARG002 - ipywidgets tells what changed
        self._cut()

    def _cut(self) -> None:
        """Cut anew and show it; what cannot be done is said, and the controls lead back."""
        self.choice: SegmentChoice | None = None
        self.answer: Segmentation | None = None
        self.profiles: tuple[SegmentProfile, ...] = ()
        try:
            self.choice = self._choose()
            k = self.k.value if self.k.value > 1 else self.choice.k or 0
            if k:
                by = list(self.measures.value)
                self.answer = segment_customers(
                    self.customers, method=self.method.value, by=by, k=k, seed=self.seed, customer="account_id"
                )
                placed = self.customers.assign(segment=assign_segments(self.customers, self.answer.rule))
                self.profiles = describe_segments(placed.dropna(subset="segment"), by=self.described_by)
            self._show()
        except SaleslabError as error:
            self.answer, self.profiles = None, ()
            self._complain(error)

    def _choose(self) -> SegmentChoice:
        by = tuple(self.measures.value)
        if not by:
            raise NotEnoughData("No measure is chosen.", "choose at least one.")
        if by not in self._choices:
            self._choices[by] = choose_segments(self.customers, by=by, seed=self.seed, customer="account_id", **_CHOICE)
        return self._choices[by]

    @property
    def table(self) -> pd.DataFrame:
        """The segments as a frame."""
        return pd.DataFrame(
            [
                (
                    one.segment,
                    one.name.of(self.lang),
                    one.n_customers,
                    one.share,
                    one.value_now,
                    one.mean_value.estimate,
                )
                for one in self.profiles
            ],
            columns=["segment", "name", "n_customers", "share", "value", "mean_value"],
        )

    def _show(self) -> None:
        assert self.choice is not None
        n = len(self.profiles)
        verdict = say(f"segment_pages.verdict.{self.choice.verdict}")
        if self.choice.k is None:
            told = _word("told_refuse", n=n)
        else:
            told = _word("told", k=self.choice.k, n=n, verdict=verdict)
        n_merged = sum(len(one.merged) for one in self.profiles) - n
        notes = [tell_segment_reason(one) for one in self.choice.reasons]
        notes += [say("segment_pages.banner.merged", n=n_merged)] if n_merged else []
        reasons = "".join(f'<p class="soft">{escape(note.of(self.lang))}</p>' for note in notes)
        self.told.value = f"<p><strong>{escape(told.of(self.lang))}</strong></p>{reasons}"
        self.page.value = "".join(self._write(one, place) for place, one in enumerate(self.profiles, start=1))

    def _write(self, one: SegmentProfile, place: int) -> str:
        total = sum(other.value_now for other in self.profiles)
        part = one.value_now / total if total > 0 else 0.0
        parts = (
            write(one.n_customers, self.lang),
            write(Share(one.share, 0), self.lang),
            write(Money(Decimal(round(one.value_now)), self.currency), self.lang),
            write(Share(part, 0), self.lang),
        )
        heads = [say(f"segment_pages.columns.{name}").of(self.lang) for name in ("customers", "value")]
        told = f"{heads[0]} {parts[0]} ({parts[1]}) · {heads[1]} {parts[2]} ({parts[3]})"
        return (
            f"<h3>{place}. {escape(one.name.of(self.lang))}</h3><p>{escape(told)}</p>"
            f'<p class="track" aria-hidden="true"><i style="left:0;right:{max(1 - part, 0):.1%}"></i></p>'
        )

    def _complain(self, error: SaleslabError) -> None:
        told = _word("too_few", why=self._say_why(error))
        self.told.value = f'<p class="warn">{escape(told.of(self.lang))}</p>'
        self.page.value = ""

    def _say_why(self, error: SaleslabError) -> Text:
        """Return what stands in the way and which control leads on; a refusal speaks of arguments, and English only."""
        by = list(self.measures.value)
        if not by:
            return _word("refused.no_measure")
        words = [name for name in by if not pd.api.types.is_numeric_dtype(self.customers[name])]
        if isinstance(error, TableError):
            return _word("refused.values", names=_list(by))
        if words and self.method.value == "kmeans":
            return _word("refused.words", names=_list(words))
        return _word("refused.few", n=len(self.customers[by].drop_duplicates()))


def _word(name: str, **values: object) -> Text:
    return say(f"segment_pages.widget.{name}", **values)


def _name(column: str) -> Text:
    return section("segmentation.column").get(column) or Text.same(column)


def _list(columns: Sequence[str]) -> Text:
    names = [_name(column) for column in columns]
    return Text(", ".join(name.en for name in names), "、".join(name.ja for name in names))
