"""``saleslab customers value``: what each customer will bring, as a table, and a file for other programs.

Neighbours in ``customer_*.py`` join the same group of verbs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.customers import ValueReview

Model = Literal["auto", "nbd", "bgnbd", "mbgnbd", "pareto_nbd", "mbgcnbd_k"]

WRITTEN = (
    "account_id", "value", "value_lower", "value_upper", "purchases", "spend", "chance_alive", "chance_before",
    "is_slipping", "lost_value",
)  # fmt: skip
"""Columns of the file; the name stands behind the id where it was asked for."""

_SHOWN = 10


@ends_well
def value(
    db: Database = DEFAULT_DATABASE,
    horizon: Annotated[int, typer.Option(help="Days ahead; also how far back the forecast is tried.")] = 365,
    as_of: Annotated[str | None, typer.Option(help="Last day that is known; the last the data speak of.")] = None,
    since: Annotated[int, typer.Option(help="Days back from which a fallen chance to be there counts.")] = 182,
    model: Annotated[Model, typer.Option(help="Of purchases; auto: whichever forecast best from past days.")] = "auto",
    to: Annotated[Path | None, typer.Option("--to", help="File for all customers: .csv, .xlsx or .parquet.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Write the name of each customer into the file.")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say what each customer will bring, with its range, who is slipping away, and whether that can be trusted.

    Exit code 0: done, also where a plain rule does as well; 2: bad input, or too few customers who came back.
    """
    from saleslab.cli.lead_sources import read_day
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.customers import read_account_names, review_value
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    if to is not None:
        check_suffix(to)
    if names and to is None:
        raise BadArgument("Names are written into a file only, and none is given.", "name it: --to values.xlsx.")
    with progress_bar("value", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        review = review_value(lab, as_of=day, horizon=horizon, since=since, model=model, seed=seed)
        known = read_account_names(lab) if names else None
    if to is not None:
        write_table(_list_columns(review, known), to, title="values")
    if as_json:
        typer.echo(json.dumps(describe_value(review), ensure_ascii=False))
        return
    print_value(review, lang, to=to)


def _list_columns(review: ValueReview, known: pd.DataFrame | None) -> pd.DataFrame:
    table = review.customers[list(WRITTEN)]
    money = [name for name in WRITTEN if name.startswith("value") or name in {"spend", "lost_value"}]
    table = table.round(dict.fromkeys(money, 2) | {"purchases": 3, "chance_alive": 4, "chance_before": 4})
    return table if known is None else table.merge(known, on="account_id", how="left").loc[:, _with_name()]


def _with_name() -> list[str]:
    return [WRITTEN[0], "name", *WRITTEN[1:]]


def describe_value(review: ValueReview) -> dict[str, Any]:
    """Return the answer as plain JSON values."""
    from saleslab.customers import count_slipping, find_verdict

    n_slipping, lost = count_slipping(review)
    worth, trial = review.worth, review.trial
    tried = None
    if trial is not None:
        tried = {"best_rule": trial.best_rule, "coverage": trial.coverage, "came": trial.came}
        tried |= {"gain": [trial.gain.low, trial.gain.estimate, trial.gain.high]}
        tried |= {"capture": {one.name: one.capture for one in trial.scores}}
    total = worth.total
    return {
        "as_of": review.as_of.isoformat(),
        "horizon": review.horizon,
        "currency": review.currency,
        "n_customers": len(review.customers),
        "total": None if total is None else [total.low, total.estimate, total.high],
        "n_slipping": n_slipping,
        "lost_value": lost,
        "verdict": find_verdict(review),
        "trial": tried,
        "model": worth.value_model.model_,
        "spend": worth.spend_way,
    }


def print_value(review: ValueReview, lang: str, *, to: Path | None) -> None:
    """Tell the total and its verdict, then the most valuable customers by id, then who is slipping away."""
    from saleslab.customers import (
        find_verdict,
        name_value_columns,
        tabulate_values,
        write_value_headline,
    )
    from saleslab.wording import say, write

    typer.echo(write_value_headline(review)["answer"].of(lang))
    rule = say(f"customer_value.rule.{review.trial.best_rule}") if review.trial else None
    typer.echo(say(f"customer_value.cli.trial_{find_verdict(review)}", rule=rule).of(lang))
    table = tabulate_values(review).head(_SHOWN)
    heads = name_value_columns(*table.columns)
    lines = [[heads[name].of(lang) for name in table.columns]]
    lines += [[write(cell, lang) for cell in row] for row in table.itertuples(index=False)]
    widths = [max(_measure(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        padded = (cell + " " * (width - _measure(cell)) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())
    if to is not None:
        n = len(review.customers)
        typer.echo(say("customer_value.cli.written", n=n, file=str(to)).of(lang))


def _measure(text: str) -> int:
    """Return how many columns of a terminal a text takes: signs of East Asia take two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
