"""What the report and the command line say of offers, white space and pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from saleslab.customers.offers.book import OfferBook
from saleslab.customers.offers.checks import OfferTest
from saleslab.customers.offers.consent import AddressedOffers
from saleslab.customers.offers.recommending import OfferCheck, ProductOffers
from saleslab.wording import (
    BannerWords,
    Count,
    FindingWords,
    HeadlineWords,
    Money,
    NoteWords,
    Number,
    PictureWords,
    Points,
    Share,
    TableWords,
    TaskWords,
    Text,
    WorklistWords,
    join_texts,
    say,
)

_DUE = ("due", "overdue")


def tell_offer_reason(row: Mapping[str, Any], name: Callable[[object], str] = str) -> Text:
    """Return why a product is offered, as a sentence without its full stop.

    Examples
    --------
    >>> row = {"because": "due", "days_since": 95, "days_usual": 90}
    >>> tell_offer_reason(row).en
    'Bought 95 days ago; usually every 90 days'
    """
    because = row["because"]
    if because in ("goes_with", "popular"):
        told: dict[str, Any] = {"n_both": int(row["n_with_both"]), "n": int(row["n_with_anchor"])}
        told |= {"anchor": name(row["anchor_id"])} if because == "goes_with" else {}
        return say(f"offers.reason.{because}", **told)
    since, usual = int(row["days_since"]), int(row["days_usual"])
    left = {"left": max(usual - since, 0)} if because in ("soon", "early") else {}
    return say(f"offers.reason.{because}", since=since, usual=usual, **left)


def tabulate_offers(offers: ProductOffers, lang: str, *, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Return the table that a lead list or task list joins: who, what, with what chance, and why.

    Columns: ``account_id``, the product, ``kind``, ``place``, ``chance``, ``low``, ``high``, ``worth`` and ``reason``
    in a language; no row is without one.
    """
    known = names or {}

    def name(key: object) -> str:
        return known.get(str(key), str(key))

    table = offers.offers[["account_id", offers.item, "kind", "place", "chance", "low", "high", "worth"]].copy()
    rows = offers.offers.to_dict("records")
    table["reason"] = [
        tell_offer_reason({str(key): value for key, value in row.items()}, name).of(lang) for row in rows
    ]
    return table


def write_offer_headline(book: OfferBook) -> HeadlineWords:
    """Return how many accounts are due, and what is first."""
    if book.offers is None:
        why = _tell_need("offers", "", " ".join(book.refusals["offers"]))
        answer, status = say("offers.answer.nothing", why=why), say("offers.status.nothing")
        return _head(status, join_texts(answer, _tell_gap(book)), 0)
    again, new = book.listed("again"), book.listed("new")
    n_due = int(again["because"].isin(_DUE).sum()) if len(again) else 0
    status = say("offers.status.told", n_again=n_due, n_new=len(new))
    answer = join_texts(_tell_first(book, again, "again"), _tell_first(book, new, "new"), _tell_gap(book))
    return _head(status, answer, book.offers.n_accounts)


def _head(status: Text, answer: Text, n: int) -> HeadlineWords:
    subject = say("offers.subject.accounts", n=n)
    return {
        "question": say("offers.question"),
        "status": status,
        "tone": "neutral",
        "answer": answer,
        "subject": subject,
    }


def _tell_first(book: OfferBook, rows: pd.DataFrame, kind: str) -> Text | None:
    if rows.empty:
        return None
    first = rows.iloc[0]
    worth = _money(book, first["worth"])
    return say(
        f"offers.answer.{kind}", account=book.name(first["account_id"]), product=book.name(first["product_id"]),
        worth=worth,
    )  # fmt: skip


def _tell_gap(book: OfferBook) -> Text | None:
    gaps = book.gaps()
    if gaps.empty:
        return None
    first = gaps.iloc[0]
    told = {"n": int(first["n_alike"]), "n_buying": int(first["n_alike_buying"])}
    return say("offers.answer.gap", account=book.name(first["account_id"]), family=first["family"], **told)


def write_offer_banners(book: OfferBook) -> list[BannerWords]:
    """Return whether each kind of offer can be trusted, and what is missing with what to do about it."""
    banners: list[BannerWords] = []
    if book.offers is not None:
        for kind, check in book.offers.checks.items():
            tests = [test for test in book.offers.tests if test.kind == kind]
            banners.append(_tell_trust(book, kind, check, tests))
    for name, (what, next_step) in book.refusals.items():
        text = say(f"offers.gap.{name}", what=_tell_need(name, "", what))
        details = [say("offers.gap.next", next=_tell_need(name, "_next", next_step))]
        banners.append({"name": f"gap_{name}", "text": text, "tone": "warn", "details": details})
    return banners


def _tell_need(name: str, part: str, refused: str) -> Text:
    """Return why something is missing: in English with the counts of the refusal, which is written in no other one."""
    return Text(refused, say(f"offers.need.{name}{part}").ja)


def _tell_trust(book: OfferBook, kind: str, check: OfferCheck, tests: list[OfferTest]) -> BannerWords:
    if check.promised is None or check.came is None:
        text = say(f"offers.trust.too_little_{kind}", **_only(kind == "new", n=check.n_purchases, horizon=book.horizon))
        return {"name": f"trust_{kind}", "text": text, "tone": "warn", "details": []}
    simple = max(test.hit_rate.estimate for test in tests if test.way in {"popular", "recent", "own"})
    came = Share(check.came)
    told: dict[str, Any] = {"came": came}
    if check.verdict == "beats_simple":
        told |= {"simple": Share(simple), "horizon": book.horizon}
    else:
        told |= {"simple": Share(simple)} if kind == "again" else {"way": say(f"offers.way.{check.way}")}
    state = "beats" if check.verdict == "beats_simple" else "no_better"
    detail = say("offers.trust.promised", promised=Share(check.promised), came=came, horizon=book.horizon)
    tone = "good" if check.verdict == "beats_simple" else "warn"
    text = say(f"offers.trust.{state}_{kind}", **told)
    return {"name": f"trust_{kind}", "text": text, "tone": tone, "details": [detail]}  # type: ignore[typeddict-item]


def _only(is_wanted: bool, **told: Any) -> dict[str, Any]:
    return told if is_wanted else {}


def write_offer_lists(book: OfferBook, *, most: int = 20) -> list[WorklistWords]:
    """Return what to offer to whom: products due again, then new ones."""
    lists: list[WorklistWords] = []
    for kind in ("again", "new"):
        rows = book.listed(kind).head(most)
        if len(rows):
            tasks = [
                _write_task(book, {str(key): value for key, value in row.items()}) for row in rows.to_dict("records")
            ]
            title = say(f"offers.list.{kind}_title")
            caption = say(f"offers.list.{kind}_caption", horizon=book.horizon)
            lists.append({"name": f"offers_{kind}", "title": title, "caption": caption, "tasks": tasks})
    return lists


def _write_task(book: OfferBook, row: Mapping[str, Any]) -> TaskWords:
    chance, low, high = (Share(float(row[name]), 0) for name in ("chance", "low", "high"))
    facts: list[tuple[Text, Any]] = [
        (say("offers.fact.chance"), say("offers.fact.range", chance=chance, low=low, high=high)),
        (say("offers.fact.worth"), _money(book, row["worth"])),
    ]
    return {
        "whom": Text.same(book.name(row["account_id"])),
        "action": say("offers.list.action", product=book.name(row["product_id"])),
        "when": None,
        "grade": "",
        "facts": facts,
        "pros": [tell_offer_reason(row, book.name)],
        "cons": [],
        "mark": None,
    }


def write_offer_findings(book: OfferBook) -> list[FindingWords]:
    """Return what to do first, by whom."""
    findings: list[FindingWords] = []
    again = book.listed("again")
    due = again[again["because"].isin(_DUE)] if len(again) else again
    if len(due):
        text = say("offers.find.due", n=len(due), worth=_money(book, due["worth"].sum()))
        findings.append(_find("do_due", text, "owner", ["offers_again"]))
    gaps = book.gaps()
    if len(gaps):
        text = say("offers.find.gaps", n=int(gaps["account_id"].nunique()))
        findings.append(_find("do_gaps", text, "owner", ["gaps"]))
    if book.offers is not None:
        findings.append(_find("do_test", say("offers.find.test"), "test_owner", ["tests"]))
    return findings


def _find(name: str, text: Text, owner: str, evidence: list[str]) -> FindingWords:
    return {
        "name": name, "text": text, "evidence": evidence, "action": say(f"offers.find.{name}"),
        "owner": say(f"offers.find.{owner}"), "due": None, "effect": None, "tone": "neutral",
    }  # fmt: skip


def write_offer_notes(book: OfferBook, addressed: AddressedOffers | None) -> list[NoteWords]:
    """Return what not to read out of the page, and who is left out where offers go to persons."""
    notes = {"cause": say("offers.note.cause")}
    if book.offers is not None:
        notes["range"] = say("offers.note.range", horizon=book.horizon)
        notes["sold"] = say("offers.note.sold", horizon=book.horizon)
        if addressed is None:
            notes["consent"] = say("offers.note.no_contacts")
        else:
            n = addressed.rows["contact_id"].nunique() + addressed.n_opted_out
            told = {"n": n, "n_out": addressed.n_opted_out, "n_without": addressed.n_accounts_without}
            notes["consent"] = say("offers.note.consent", **told)
    if book.space is not None:
        notes["alike"] = say("offers.note.alike")
    if book.pairs is not None and book.pairs.n_hidden:
        notes["hidden"] = say("offers.pairs.hidden", least=book.pairs.least, n=book.pairs.n_hidden)
    return [{"name": name, "text": text, "tone": "neutral"} for name, text in notes.items()]


def word_offer_table(name: str, book: OfferBook) -> TableWords:
    """Return title and caption of the table of ``gaps`` or ``tests``."""
    if name == "gaps":
        return {"title": say("offers.space.table_title"), "caption": say("offers.space.table_caption")}
    return {"title": say("offers.tests.title"), "caption": say("offers.tests.caption", horizon=book.horizon)}


def describe_whitespace(book: OfferBook) -> PictureWords:
    """Return the words of the matrix."""
    space = book.space
    assert space is not None
    if space.came_true is None or space.usual is None:
        tested = say("offers.space.untested", horizon=space.horizon)
    else:
        told = {"came": Share(space.came_true.estimate), "usual": Share(space.usual.estimate)}
        tested = say("offers.space.tested", horizon=space.horizon, **told)
    counted = {"n": space.n_accounts, "families": len(space.families), "n_gaps": len(space.gaps)}
    return {
        "title": say("offers.space.title"),
        "caption": say("offers.space.caption", tested=tested),
        "alt": say("offers.space.alt", **counted),
    }


def describe_pairs(book: OfferBook) -> PictureWords:
    """Return the words of the picture of pairs."""
    pairs = book.pairs
    assert pairs is not None
    told = {"n": pairs.n_tested, "lasted": Count(pairs.n_survived)}
    if not pairs.n_tested:
        survival = say("offers.pairs.no_survival")
    elif pairs.usual_survival is None:
        survival = say("offers.pairs.survival_alone", **told)
    else:
        survival = say("offers.pairs.survival", **told, usual=Share(pairs.usual_survival, 0))
    most = Number(float(pairs.pairs["lift"].max()) if len(pairs.pairs) else 1.0, 1)
    return {
        "title": say("offers.pairs.title"),
        "caption": say("offers.pairs.caption", survival=survival),
        "alt": say("offers.pairs.alt", n=len(pairs.pairs), most=most),
    }


def name_offer_columns(*names: str) -> dict[str, Text]:
    """Return the headings of some columns."""
    return {name: say(f"offers.columns.{name}") for name in names}


def tabulate_gaps(book: OfferBook, *, most: int = 50) -> pd.DataFrame:
    """Return the largest gaps: account, family, accounts alike, of them buying, worth a year with its range."""
    rows = [
        {
            "account": book.name(row["account_id"]),
            "family": row["family"],
            "n_alike": Count(int(row["n_alike"])),
            "n_buying": Count(int(row["n_alike_buying"])),
            "worth": _money(book, row["worth"]),
            "worth_low": _money(book, row["worth_low"]),
            "worth_high": _money(book, row["worth_high"]),
        }
        for row in book.gaps().head(most).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["account", "family", "n_alike", "n_buying", "worth", "worth_low", "worth_high"])


def tabulate_pairs(book: OfferBook) -> pd.DataFrame:
    """Return the pairs: both products, baskets, lift with its lower bound, and whether it lasted."""
    assert book.pairs is not None
    lasted = {True: "yes", False: "no"}
    rows = [
        {
            "first": book.name(row["first"]),
            "second": book.name(row["second"]),
            "n_baskets": Count(int(row["n_baskets"])),
            "lift": Number(float(row["lift"]), 1),
            "lift_low": Number(float(row["lift_low"]), 1),
            "survived": say(f"offers.pairs.{'unknown' if pd.isna(row['survived']) else lasted[bool(row['survived'])]}"),
        }
        for row in book.pairs.pairs.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["first", "second", "n_baskets", "lift", "lift_low", "survived"])


def tabulate_tests(book: OfferBook) -> pd.DataFrame:
    """Return every way of choosing with the share of its offers that was bought."""
    assert book.offers is not None
    rows = [
        {
            "kind": say(f"offers.kind.{test.kind}"),
            "way": say(f"offers.way.{test.way.partition(':')[0]}"),
            "n_offers": Count(test.n_offers),
            "hit_rate": Share(test.hit_rate.estimate),
            "found": Share(test.found, 0),
            "gain": None if test.gain is None else Points(test.gain.estimate),
        }
        for test in book.offers.tests
    ]
    return pd.DataFrame(rows)


def _money(book: OfferBook, amount: Any) -> Money:
    return Money(Decimal(round(float(amount))), book.currency)
