"""``saleslab customers offers``: what to offer to whom next, and a file of it that lists and tasks can join."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument, NotEnoughData

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.customers import AddressedOffers, OfferBook

AsOf = Annotated[str | None, typer.Option("--as-of", help="Last day that counts, such as 2026-09-30.")]
Sheet = Annotated[Path | None, typer.Option("--to", help="File for all offers: .csv, .xlsx or .parquet.")]
Channel = Literal["", "email", "phone"]


@ends_well
def offers(
    db: Database = DEFAULT_DATABASE,
    as_of: AsOf = None,
    horizon: Annotated[int, typer.Option(help="Days within which a purchase counts.")] = 180,
    top: Annotated[int, typer.Option(help="Products of each kind that are considered for an account.")] = 3,
    user: Annotated[str, typer.Option("--user", metavar="USER", help="Only accounts of this person (user_id).")] = "",
    channel: Annotated[
        Channel, typer.Option(help="Write a row for each person who may be reached so: email or phone.")
    ] = "",
    to: Sheet = None,
    shown: Annotated[int, typer.Option("--shown", help="Rows of each kind that are printed.")] = 10,
    names: Annotated[bool, typer.Option("--names", help="Show companies by name.")] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what to offer to whom next, with chance and reason: products due again, new ones, families that are missing.

    The file has account_id, product_id, chance and reason, to be joined to lead lists and tasks; with --channel also
    contact_id, and nobody who said no. Exit code 0: done; 1: no offers can be made, and the reason is told; 2: bad
    input.
    """
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.customers import address_offers, open_offers, read_offer_contacts
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    if to is not None:
        check_suffix(to)
    elif channel:
        raise BadArgument("--channel says to whom a file goes, and no file was named.", "add --to FILE.")
    with progress_bar("offers", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else _read_day(as_of)
        book = open_offers(lab, as_of=day, horizon=horizon, top=top, user=user, show_names=names)
        sheet = tabulate_sheet(book, lang)
        sent = None
        if channel and sheet is not None:
            contacts = read_offer_contacts(lab)
            if contacts is None:
                raise NotEnoughData(
                    "Nobody can say who opted out: there are no contacts.",
                    "import contacts with their opt-outs, or leave out --channel.",
                )
            sent = address_offers(sheet, contacts, channel=channel)
    if to is not None and sheet is not None:
        write_table(sheet if sent is None else sent.rows, to, title="offers")
    if as_json:
        typer.echo(json.dumps(describe_offers(book, sent, to), ensure_ascii=False))
    else:
        print_offers(book, sent, lang, shown=shown, to=to if sheet is not None else None)
    raise SystemExit(Exit.OK if sheet is not None else Exit.PARTLY_FAILED)


def _read_day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadArgument(f"'{written}' is no day.", "write it as 2026-09-30.") from None


def tabulate_sheet(book: OfferBook, lang: str) -> pd.DataFrame | None:
    """Return all offers with chance and reason, those of one person's accounts if asked; None where there are none."""
    from saleslab.customers import tabulate_offers

    if book.offers is None:
        return None
    sheet = tabulate_offers(book.offers, lang, names=book.names)
    if book.user:
        sheet = sheet[sheet["account_id"].map(book.owners) == book.user].reset_index(drop=True)
    return sheet


def describe_offers(book: OfferBook, sent: AddressedOffers | None, to: Path | None) -> dict[str, Any]:
    """Return what was found as plain JSON values: ids and counts, never names."""
    told: dict[str, Any] = {"as_of": book.as_of.isoformat(), "horizon": book.horizon}
    told["refusals"] = {name: list(words) for name, words in book.refusals.items()}
    if book.offers is not None:
        told |= {"n_offers": len(book.offers.offers), "n_accounts": book.offers.n_accounts}
        told["checks"] = {
            kind: {"verdict": check.verdict, "way": check.way, "promised": check.promised, "came": check.came}
            for kind, check in book.offers.checks.items()
        }
    if book.space is not None:
        told["n_gaps"] = len(book.gaps())
    if book.pairs is not None:
        told |= {"n_pairs": len(book.pairs.pairs), "n_pairs_hidden": book.pairs.n_hidden}
    if sent is not None:
        told |= {"n_opted_out": sent.n_opted_out, "n_accounts_without": sent.n_accounts_without}
    return told | {"file": None if to is None else str(to)}


def print_offers(book: OfferBook, sent: AddressedOffers | None, lang: str, *, shown: int, to: Path | None) -> None:
    """Tell the answer, how far it can be trusted, and the first offers of each kind."""
    from saleslab.customers import write_offer_banners, write_offer_headline, write_offer_lists
    from saleslab.wording import Count, say

    headline = write_offer_headline(book)
    typer.echo(f"{headline['status'].of(lang)}\n{headline['answer'].of(lang)}")
    for banner in write_offer_banners(book):
        typer.echo("\n" + "\n".join(text.of(lang) for text in (banner["text"], *banner["details"])))
    for worklist in write_offer_lists(book, most=shown):
        typer.echo(f"\n{worklist['title'].of(lang)}")
        for number, task in enumerate(worklist["tasks"], start=1):
            row = say(
                "offers.cli.row", account=task["whom"], product=task["action"], chance=task["facts"][0][1],
                reason=task["pros"][0],
            )  # fmt: skip
            typer.echo(f"  {number}. {row.of(lang)}")
    if sent is not None:
        told = {"n": Count(sent.n_opted_out), "without": Count(sent.n_accounts_without)}
        typer.echo("\n" + say("offers.cli.left_out", **told).of(lang))
    if to is not None:
        typer.echo("\n" + say("offers.cli.written", file=str(to)).of(lang))
