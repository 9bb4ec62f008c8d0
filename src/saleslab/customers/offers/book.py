"""All that is known of what to offer to whom, read once: for the report, the command line and the widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar

import pandas as pd

from saleslab.customers.offers.pairs import ProductPairs, find_pairs
from saleslab.customers.offers.recommending import ProductOffers, recommend_products
from saleslab.customers.offers.rows import (
    read_account_owners,
    read_basket_counts,
    read_family_matrix,
    read_inactive,
    read_item_histories,
    read_offer_names,
)
from saleslab.customers.offers.whitespace import Whitespace, find_whitespace
from saleslab.errors import BadArgument, NotEnoughData
from saleslab.warehouse import Warehouse

_T = TypeVar("_T")
_MOST_NAMED = 500
_PAIR_DAYS = 365


@dataclass(frozen=True, slots=True, eq=False)
class OfferBook:
    """Offers, white space and pairs of one company; what cannot be told is missing and says why.

    Attributes
    ----------
    offers, space, pairs
        Answers of `recommend_products`, `find_whitespace` and `find_pairs`.
    refusals
        Why an answer is missing, by its name: what was found, and what to do next.
    names
        Of the accounts and products that are shown, by id.
    owners
        Who is in charge, by account.
    user
        The person whose accounts are listed; empty for everybody's.
    """

    as_of: date
    horizon: int
    currency: str
    offers: ProductOffers | None
    space: Whitespace | None
    pairs: ProductPairs | None
    refusals: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]
    owners: Mapping[str, str]
    user: str

    def name(self, key: object) -> str:
        """Return the name of an account or product; its id where it has none."""
        return self.names.get(str(key), str(key).rpartition(":")[2])

    def listed(self, kind: str) -> pd.DataFrame:
        """Return the offers of a kind, one an account, the most valuable first; nothing that is not due for long."""
        if self.offers is None:
            return pd.DataFrame()
        rows = self.offers.offers
        rows = self._own(rows[(rows["kind"] == kind) & (rows["because"] != "early")])
        rows = rows.sort_values(["worth", "account_id", "place"], ascending=[False, True, True], kind="stable")
        return rows.drop_duplicates("account_id").reset_index(drop=True)

    def gaps(self) -> pd.DataFrame:
        """Return the gaps of the white space, the most valuable first."""
        return pd.DataFrame() if self.space is None else self._own(self.space.gaps).reset_index(drop=True)

    def _own(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["account_id"].map(self.owners) == self.user] if self.user else rows


def open_offers(
    lab: Warehouse, *, as_of: date, horizon: int = 180, top: int = 3, user: str = "", show_names: bool = True
) -> OfferBook:
    """Return what to offer to whom next, what accounts lack, and what is bought together.

    Parameters
    ----------
    lab, as_of
        The warehouse, and the last day that counts.
    horizon
        Days within which a purchase counts.
    top
        Offers of each kind for an account.
    user
        Only accounts of this person (user_id) are listed; everybody's are learnt from.
    show_names
        Accounts by name; False shows ids.
    """
    refusals: dict[str, tuple[str, str]] = {}
    owned = read_account_owners(lab).dropna(subset=["owner_id"])
    owners = dict(zip(owned["account_id"], owned["owner_id"], strict=True))
    if user and user not in set(owners.values()):
        raise BadArgument(f"'{user}' is in charge of no account.", "give a user_id of accounts.owner_id.")

    def attempt(name: str, question: Callable[[], _T]) -> _T | None:
        try:
            return question()
        except NotEnoughData as refused:
            refusals[name] = (refused.what, refused.next_step)
            return None

    def recommend() -> ProductOffers:
        histories = read_item_histories(lab, as_of=as_of, horizon=horizon)
        return recommend_products(histories, as_of=as_of, horizon=horizon, top=top, excluded=read_inactive(lab))

    def look_for_gaps() -> Whitespace:
        return find_whitespace(read_family_matrix(lab, as_of=as_of, horizon=horizon), as_of=as_of, horizon=horizon)

    def look_for_pairs() -> ProductPairs:
        return find_pairs(read_basket_counts(lab, as_of=as_of, since=as_of - timedelta(days=_PAIR_DAYS)))

    offers, space, pairs = (
        attempt("offers", recommend), attempt("space", look_for_gaps), attempt("pairs", look_for_pairs)
    )  # fmt: skip
    book = OfferBook(
        as_of, horizon, lab.settings.currency, offers, space, pairs, MappingProxyType(refusals), {}, owners, user
    )
    accounts = {
        account
        for rows in (book.listed("new"), book.listed("again"), book.gaps())
        if len(rows)
        for account in rows["account_id"].head(_MOST_NAMED)
    }
    items: set[str] = set()
    if offers is not None:
        items |= set(offers.offers["product_id"]) | set(offers.offers["anchor_id"].dropna())
    if pairs is not None:
        items |= set(pairs.pairs["first"]) | set(pairs.pairs["second"])
    names = read_offer_names(lab, accounts=sorted(accounts) if show_names else (), items=sorted(items))
    return OfferBook(
        as_of,
        horizon,
        book.currency,
        offers,
        space,
        pairs,
        book.refusals,
        MappingProxyType(names),
        MappingProxyType(owners),
        user,
    )
