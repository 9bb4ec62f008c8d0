"""``saleslab customers account`` and ``health``: all about one account, and whom we may lose."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.customers import AccountView, HealthReview

AsOf = Annotated[str | None, typer.Option("--as-of", help="Day to look from, such as 2026-09-30; the last on record.")]
Shown = Annotated[int, typer.Option("--shown", help="Newest rows of each part that are printed.")]
Rated = Annotated[Path | None, typer.Option("--to", help="File for all rated customers: .csv, .parquet or .xlsx.")]

_PERSONAL_PARTS = ("contacts", "timeline", "feedback")


@ends_well
def account(
    account_id: Annotated[str, typer.Argument(metavar="ACCOUNT_ID", help="Id of the account.")],
    db: Database = DEFAULT_DATABASE,
    as_of: AsOf = None,
    shown: Shown = 10,
    names: Annotated[bool, typer.Option("--names", help="Show the company and colleagues by name.")] = False,
    people: Annotated[
        bool, typer.Option("--people", help="Show people of the customer, subjects and notes, for its owner only.")
    ] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Show all that is known about one account: people, timeline, orders, contracts, deals, tasks, answers, history.

    A record that was merged into another leads to that one. Exit code 0: done; 2: no such account.
    """
    from saleslab.customers import read_labels, view_account
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    with progress_bar("account", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        view = view_account(lab, account_id, as_of=day, show_people=people, shown=shown)
        known = read_labels(lab, view.mentioned_ids, show_names=names)
    if as_json:
        typer.echo(json.dumps(describe_account(view, has_names=names), ensure_ascii=False))
    else:
        print_account(view, known, lang)


@ends_well
def health(
    db: Database = DEFAULT_DATABASE,
    as_of: AsOf = None,
    horizon: Annotated[int, typer.Option(help="Days ahead within which contracts end that are rated.")] = 180,
    user: Annotated[str, typer.Option("--user", metavar="USER", help="Only customers of this person (user_id).")] = "",
    to: Rated = None,
    shown: Shown = 10,
    names: Annotated[bool, typer.Option("--names", help="Show companies and colleagues by name.")] = False,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say whom we may lose, how far that can be relied on, what was kept, and which contracts end in silence.

    Exit code 0: done, also where customers cannot be told apart; 2: bad input.
    """
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.customers import review_health
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    if to is not None:
        check_suffix(to)
    with progress_bar("health", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        review = review_health(lab, as_of=day, horizon=horizon, owner=user, show_names=names)
    if to is not None and review.health is not None:
        write_table(_plain(review.health.frame), to, title="health")
    if as_json:
        typer.echo(json.dumps(describe_health_review(review), ensure_ascii=False))
    else:
        print_health(review, lang, shown=shown, to=to if review.health is not None else None)


def read_day(written: str) -> date:
    """Return a day as it was typed."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise BadArgument(f"'{written}' is no day.", "write it as 2026-09-30.") from None


def describe_account(view: AccountView, *, has_names: bool) -> dict[str, Any]:
    """Return the view as plain JSON values; the company's name only where names were asked for."""
    profile = {name: value for name, value in view.profile.items() if has_names or name != "name"}
    told: dict[str, Any] = {"account_id": view.account_id, "merged_ids": list(view.merged_ids)}
    told |= {"as_of": view.as_of.isoformat(), "currency": view.currency, "counts": dict(view.counts)}
    told |= {"by_kind": dict(view.by_kind), "ordered_amount": str(view.ordered_amount)}
    told |= {"profile": {name: _as_json(value) for name, value in profile.items()}}
    for part in (*_PERSONAL_PARTS, "purchases", "contracts", "deals", "tasks", "changes"):
        rows = getattr(view, part).to_dict("records")
        told[part] = [{name: _as_json(value) for name, value in row.items()} for row in rows]
    return told


def _as_json(value: Any) -> Any:
    import pandas as pd

    if value is None or pd.isna(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)


def print_account(view: AccountView, names: Any, lang: str) -> None:
    """Tell the headline, what to do next, and the newest rows of every part."""
    from saleslab.customers import (
        ACCOUNT_PARTS,
        name_account_columns,
        say_account_gap,
        tabulate_account,
        word_account_table,
        write_account_banners,
        write_account_findings,
        write_account_headline,
        write_account_notes,
    )

    headline = write_account_headline(view, names)
    typer.echo(headline["subject"].of(lang))
    typer.echo(f"{headline['status'].of(lang)}. {headline['answer'].of(lang)}")
    for banner in write_account_banners(view):
        typer.echo(banner["text"].of(lang))
    for finding in write_account_findings(view, names):
        typer.echo(f"→ {finding['text'].of(lang)} {finding['action'].of(lang)}")
    for part in ACCOUNT_PARTS:
        if not view.counts[part]:
            typer.echo(f"\n{say_account_gap(part).of(lang)}")
            continue
        rows = tabulate_account(part, view, names)
        typer.echo(f"\n{word_account_table(part)['title'].of(lang)} ({len(rows)}/{view.counts[part]})")
        heads = name_account_columns(rows)
        print_rows(rows, [heads[name].of(lang) for name in rows.columns], lang)
    for note in write_account_notes(view):
        typer.echo(f"\n{note['text'].of(lang)}")


def print_rows(rows: pd.DataFrame, heads: list[str], lang: str) -> None:
    """Print a table as columns of text that stand below each other, a Japanese letter as wide as two."""
    from saleslab.wording import write

    told = [["" if value is None else write(value, lang) for value in row] for row in rows.itertuples(index=False)]
    widths = [max(_width(row[at]) for row in [heads, *told]) for at in range(len(heads))]
    for row in [heads, *told]:
        cells = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        typer.echo(f"  {'  '.join(cells).rstrip()}")


def _width(text: str) -> int:
    return sum(1 if ord(letter) < 0x1100 else 2 for letter in text)


def describe_health_review(review: HealthReview) -> dict[str, Any]:
    """Return the review as plain JSON values: ids, never names."""
    told: dict[str, Any] = {"as_of": review.as_of.isoformat(), "horizon": review.horizon, "currency": review.currency}
    kept = review.retention
    told["retention"] = None if kept is None else {
        "since": kept.since.isoformat(), "net": kept.net, "gross": kept.gross, "n_customers": kept.n_customers,
        "n_lost": kept.n_lost, "start_amount": str(kept.start_amount), "end_amount": str(kept.end_amount),
    }  # fmt: skip
    told["kinds"] = {
        kind: {
            "withheld": one.withheld, "rate": one.rate.estimate, "n_rated": one.n_rated,
            "auc": None if one.test is None else one.test.auc.estimate,
            "gain_low": None if one.test is None else one.test.gain.low,
        }
        for kind, one in (review.health.kinds if review.health else {}).items()
    }  # fmt: skip
    told["at_stake"] = None if review.health is None else review.health.at_stake
    told["due"] = [{name: _as_json(value) for name, value in row.items()} for row in review.due.to_dict("records")]
    told["n_follow_ups_missing"] = None if review.follow_ups is None else len(review.follow_ups.tasks)
    return told


def print_health(review: HealthReview, lang: str, *, shown: int, to: Path | None) -> None:
    """Tell what is at stake, how far it can be relied on, and the first customers of the list."""
    from saleslab.customers import tabulate_health, tell_judgement, write_health_headline
    from saleslab.wording import say

    headline = write_health_headline(review)
    typer.echo(f"{headline['status'].of(lang)}. {headline['answer'].of(lang)}")
    if review.health is not None:
        for kind, judged in review.health.kinds.items():
            words = {"kind": say(f"customer_health.kind.{kind}"), "told": tell_judgement(judged)}
            typer.echo(say("customer_health.cli.kind", **words, n=judged.n_rated).of(lang))
        rows = tabulate_health("risk", review).head(shown)
        print_rows(rows, [say(f"customer_health.columns.{name}").of(lang) for name in rows.columns], lang)
    for row in review.due[review.due["is_silent"].astype(bool)].to_dict("records"):
        account = review.names.get(row["account_id"], row["account_id"])
        typer.echo(say("customer_health.cli.silent", account=account, day=row["due_on"].date()).of(lang))
    if to is not None:
        typer.echo(say("customer_health.cli.written", file=str(to)).of(lang))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rated customers with their reasons as text."""
    told = {
        side: frame[side].map(lambda reasons: ", ".join(f"{name} {moved:+.2f}" for name, _, moved in reasons))
        for side in ("worse", "better")
    }
    return frame.drop(columns=["last_contact_on"]).assign(**told)
