"""What the page of customer value says: the amount, whether it can be trusted, who is slipping away, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from saleslab.customers.purchases.counting import DAYS_IN
from saleslab.customers.worth.pictures import N_LISTED, word_value, write_amount, write_value_days
from saleslab.customers.worth.reasons import MODEL_NAMES
from saleslab.customers.worth.spend import SpendModel
from saleslab.wording import (
    BannerWords,
    CardWords,
    Change,
    Count,
    Days,
    FindingWords,
    HeadlineWords,
    NoteWords,
    Number,
    Points,
    Share,
    TaskWords,
    Text,
    Tone,
    WorklistWords,
    join_texts,
)

if TYPE_CHECKING:
    from saleslab.customers.worth.review import ValueReview

_TONES: dict[str, Tone] = {"better": "good", "alike": "neutral", "worse": "warn", "untried": "neutral"}
_LISTED, _DUE, _FEW = 10, 30, 3


def find_verdict(review: ValueReview) -> str:
    """Return ``better``, ``alike``, ``worse``, or ``untried`` where records do not go back far enough."""
    return review.trial.verdict if review.trial else "untried"


def write_value_headline(review: ValueReview | None, gap: Text | None = None) -> HeadlineWords:
    """Return the question, whether the forecast can be trusted, and what today's customers will bring.

    Parameters
    ----------
    review
        None where no forecast can be made.
    gap
        Then, why.
    """
    question = word_value("headline.question")
    if review is None:
        return {
            "question": question, "status": word_value("status.none"), "tone": "warn",
            "answer": word_value("headline.no_answer", reason=gap or Text.same("")),
            "subject": word_value("headline.subject_none"),
        }  # fmt: skip
    days, n = write_value_days(review), len(review.customers)
    verdict = find_verdict(review)
    return {
        "question": question,
        "status": word_value(f"status.{verdict}"),
        "tone": _TONES[verdict],
        "answer": join_texts(_tell_total(review), _tell_slipping(review)),
        "subject": word_value("headline.subject", n=n, days=days),
    }


def _tell_total(review: ValueReview) -> Text:
    n, days, total = len(review.customers), write_value_days(review), review.worth.total
    if total is None:
        amount = write_amount(review, float(review.customers["value"].sum()))
        return word_value("headline.answer_short", n=n, days=days, total=amount)
    ends = {end: write_amount(review, getattr(total, end)) for end in ("low", "high")}
    return word_value("headline.answer", n=n, days=days, total=write_amount(review, total.estimate), **ends)


def _tell_slipping(review: ValueReview) -> Text:
    n, lost = count_slipping(review)
    if not n:
        return word_value("headline.slipping_none", since=review.since)
    return word_value("headline.slipping", n=n, lost=write_amount(review, lost))


def count_slipping(review: ValueReview) -> tuple[int, float]:
    """Return how many customers are slipping away, and the value that faded with them."""
    slipping = review.customers[review.customers["is_slipping"]]
    return len(slipping), float(slipping["lost_value"].sum())


def write_value_banners(review: ValueReview) -> list[BannerWords]:
    """Return whether the forecast beats sorting by past spend and the other plain rules."""
    verdict, trial = find_verdict(review), review.trial
    values: dict[str, Any] = {}
    if trial is not None:
        capture = {one.name: Share(one.capture, 0) for one in trial.scores}
        values = {"rule": word_value(f"rule.{trial.best_rule}"), "model": capture["model"]}
        values |= {"other": capture[trial.best_rule], "gain": Points(trial.gain.estimate)}
        values |= {"low": Points(trial.gain.low), "high": Points(trial.gain.high)}
    text = word_value(f"banner.{verdict}", **values)
    return [{"name": "verdict", "text": text, "tone": _TONES[verdict], "details": []}]


def write_value_cards(review: ValueReview) -> list[CardWords]:
    """Return the numbers of the whole page."""
    days, worth, (n, lost) = write_value_days(review), review.worth, count_slipping(review)
    total: CardWords = {
        "name": "total",
        "label": word_value("card.total", days=days),
        "value": write_amount(review, float(review.customers["value"].sum())),
    }
    if worth.total is not None:
        total["interval"] = (write_amount(review, worth.total.low), write_amount(review, worth.total.high))
    purchases: CardWords = {
        "name": "purchases",
        "label": word_value("card.purchases", days=days),
        "value": Count(round(float(review.customers["purchases"].sum()))),
    }
    if worth.purchases is not None:
        interval = worth.purchases.total
        purchases["interval"] = (Count(round(interval.low)), Count(round(interval.high)))
    still = Count(round(float(review.customers["chance_alive"].sum())))
    slipping: Tone = "warn" if n else "good"
    return [
        total,
        purchases,
        {"name": "customers", "label": word_value("card.customers"), "value": Count(len(review.customers))},
        {
            "name": "still", "label": word_value("card.still"), "value": still,
            "note": word_value("card.still_note"),
        },
        {
            "name": "slipping", "label": word_value("card.slipping"), "value": write_amount(review, lost),
            "tone": slipping, "note": word_value("card.slipping_note", since=review.since),
        },
    ]  # fmt: skip


def list_shown_accounts(review: ValueReview) -> list[str]:
    """Return the accounts that the page speaks of: whoever reads it should see their names."""
    return sorted({*_find_slipping(review)["account_id"], *review.customers["account_id"].head(N_LISTED)})


def write_slipping_list(
    review: ValueReview, *, names: Mapping[str, str] = MappingProxyType({})
) -> WorklistWords | None:
    """Return whom to call: those whose chance to be there fell, the most that faded first; None where nobody is.

    An account without a name in ``names`` is shown by its id.
    """
    slipping = _find_slipping(review)
    if slipping.empty:
        return None
    return {
        "name": "slipping_list",
        "title": word_value("list.title"),
        "caption": word_value("list.caption", since=review.since),
        "tasks": [_write_task(one, review, names) for one in slipping.itertuples()],
    }


def _find_slipping(review: ValueReview) -> pd.DataFrame:
    slipping = review.customers[review.customers["is_slipping"]]
    order = np.lexsort([slipping["account_id"].astype(str), -slipping["lost_value"]])
    return slipping.iloc[order].head(_LISTED)


def _write_task(one: Any, review: ValueReview, names: Mapping[str, str]) -> TaskWords:
    silent = Days(round((one.age - one.recency) * DAYS_IN["W"]))
    chance = {"before": Share(one.chance_before, 0), "now": Share(one.chance_alive, 0)}
    n, spend = Count(int(one.n_repeats)), write_amount(review, one.spend)
    return {
        "whom": Text.same(names.get(one.account_id, str(one.account_id))),
        "action": word_value("list.action"),
        "when": None,
        "grade": "",
        "facts": [
            (word_value("list.lost"), write_amount(review, one.lost_value)),
            (word_value("list.chance"), word_value("list.from_to", **chance)),
            (word_value("list.value", days=write_value_days(review)), write_amount(review, one.value)),
            (word_value("list.last"), word_value("list.silent", days=silent)),
        ],
        "pros": [word_value("list.pro", n=n, spend=spend, silence=silent)] if one.n_repeats >= _FEW else [],
        "cons": [word_value("list.con", n=n)] if one.n_repeats < _FEW else [],
        "mark": None,
    }


def write_value_findings(review: ValueReview) -> list[FindingWords]:
    """Return what to do first."""
    found, due = [], review.as_of + timedelta(days=_DUE)
    n, lost = count_slipping(review)
    if n:
        text = word_value("finding.slipping", n=n, lost=write_amount(review, lost))
        found.append(_find("slipping", text, ["slipping_list"], owner="sales") | {"due": due, "tone": "warn"})
    if review.trial is not None:
        verdict, rule = review.trial.verdict, word_value(f"rule.{review.trial.best_rule}")
        found.append(_find(verdict, word_value(f"finding.{verdict}", rule=rule), ["scores"], rule=rule))
    contracts = review.contracts
    if contracts is not None and contracts.model is not None:
        k = len(contracts.running) - 1
        rates = contracts.model.renewal_rates(k + 1)
        values = {"n": contracts.running[0], "left": Count(contracts.running[-1]), "k": Count(k)}
        text = word_value("finding.contracts", **values, next=Share(float(rates[k]), 0))
        found.append(_find("contracts", text, ["contracts"], owner="sales", first=Share(float(rates[0]), 0)))
    return found  # type: ignore[return-value]


def _find(name: str, text: Text, evidence: list[str], *, owner: str = "manager", **values: object) -> dict[str, Any]:
    return {
        "name": f"do_{name}",
        "text": text,
        "evidence": evidence,
        "action": word_value(f"finding.do_{name}", **values),
        "owner": word_value(f"finding.owner_{owner}"),
        "due": None,
        "effect": None,
        "tone": "neutral",
    }


def write_value_notes(review: ValueReview | None, gap: Text | None = None) -> list[NoteWords]:
    """Return how the page is to be read, and what it cannot say."""
    if review is None:
        text = word_value("note.no_customers", reason=gap or Text.same(""))
        return [{"name": "no_customers", "text": text, "tone": "warn"}]
    worth, told = review.worth, {"value_is": word_value("note.value_is")}
    if review.trial is not None:
        shares = {"share": Share(review.trial.coverage, 0), "mass": Share(review.trial.mass, 0)}
        told["coverage"] = word_value("note.coverage", n=review.trial.n_customers, **shares)
    names = {"model": worth.value_model.model_, "judge": worth.alive_model.model_}
    told["models"] = word_value("note.models", **{part: MODEL_NAMES[name] for part, name in names.items()})
    if isinstance(worth.spend_model, SpendModel):
        correlation = Number(worth.spend_model.rank_correlation, 2)
        told["spend"] = word_value("note.spend_gamma_gamma", correlation=correlation)
    else:
        change = Change(2 ** worth.spend_model.params["slope"] - 1)
        told["spend"] = word_value("note.spend_log_spend", change=change)
    if review.source == "opportunities":
        told["source"] = word_value("note.source_opportunities")
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in told.items()]
