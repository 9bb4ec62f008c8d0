"""``saleslab customers segment``: who our customers are, as a table, a file for other programs, and a query."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar
from saleslab.errors import BadArgument, FileProblem

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.segmentation import SegmentReview

Cut = Literal["kmeans", "prototypes", "latent_class"]


@ends_well
def segment(
    db: Database = DEFAULT_DATABASE,
    as_of: Annotated[
        str | None, typer.Option(help="Day of the segments, such as 2026-09-30; the last the data speak of.")
    ] = None,
    k: Annotated[int, typer.Option(help="How many segments; 0: as many as the data advise.")] = 0,
    method: Annotated[Cut, typer.Option(help="How customers are cut.")] = "kmeans",
    previous: Annotated[
        Path | None, typer.Option(help="File of an earlier run: segments that come back keep their number.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--to", help="File for account_id and segment: .csv, ...")] = None,
    sql: Annotated[Path | None, typer.Option("--sql", help="File for the query that gives the same segments.")] = None,
    visit_cost: Annotated[float, typer.Option(help="What a visit to one customer costs.")] = 30_000.0,
    call_cost: Annotated[float, typer.Option(help="What a call to one customer costs.")] = 3_000.0,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say whether customers form segments, what each brings, and what to do for it.

    The rule is learned from the customers of a year ago, so that what a segment brings next has been seen and not
    guessed. Exit code 0: done, also where no segments are advised; 2: bad input.
    """
    from saleslab.cli.lead_writing import check_suffix, write_table
    from saleslab.operations import read_data_until
    from saleslab.segmentation import review_segments, write_rule_sql
    from saleslab.warehouse import connect

    if to is not None:
        check_suffix(to)
    before = None if previous is None else _read_previous(previous)
    with progress_bar("segment", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else _read_day(as_of)
        review = review_segments(
            lab, as_of=day, seed=seed, k=k, method=method, previous=before, visit_cost=visit_cost, call_cost=call_cost
        )
        if sql is not None and review.segmentation is not None:
            query = write_rule_sql(lab, review.segmentation.rule, as_of=day, cuts=review.cuts, numbers=review.numbers)
            sql.write_text(query + "\n", encoding="utf-8")
    if to is not None:
        write_table(review.customers[["account_id", "segment"]], to, title="segments")
    if as_json:
        typer.echo(json.dumps(describe_review(review), ensure_ascii=False))
        return
    print_review(review, lang, to=to, sql=None if review.segmentation is None else sql)


def describe_review(review: SegmentReview) -> dict[str, Any]:
    """Return the segments as plain JSON values."""
    count = review.count
    return {
        "as_of": review.as_of.isoformat(),
        "learned_on": review.learned_on.isoformat(),
        "verdict": review.choice.verdict,
        "k": len(review.profiles),
        "agreement": None if count is None else count.ari,
        "agreement_without_groups": None if count is None else count.null_ari,
        "value_explained": None if count is None else count.value_explained,
        "n_customers": len(review.customers),
        "segments": [
            {
                "segment": one.segment,
                "name": {"en": one.name.en, "ja": one.name.ja},
                "n_customers": one.n_customers,
                "value_now": one.value_now,
                "value_next": None
                if one.value_next is None
                else [one.value_next.low, one.value_next.estimate, one.value_next.high],
                "play": None if one.play is None else one.play.name,
                "break_even": one.break_even,
                "detectable": one.detectable,
            }
            for one in review.profiles
        ],
    }


def print_review(review: SegmentReview, lang: str, *, to: Path | None, sql: Path | None) -> None:
    """Tell the verdict, then one line a segment, then the moves and the files."""
    from saleslab.segmentation import tell_segment_reason
    from saleslab.segmentation.review_briefing import sum_stakes, tell_advice
    from saleslab.segmentation.review_pictures import count_moved
    from saleslab.segmentation.review_values import word, write_money

    for told in (*tell_advice(review), *map(tell_segment_reason, review.choice.reasons[1:])):
        typer.echo(told.of(lang))
    lines = [_list_heads(lang), *(_list_cells(review, at, lang) for at in range(len(review.profiles)))]
    widths = [max(_measure(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines if review.profiles else ():
        padded = (cell + " " * (width - _measure(cell)) for cell, width in zip(line, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())
    if review.migration is not None:
        stake = write_money(review, sum_stakes(review))
        moved = {"moved": count_moved(review.migration), "all": review.migration.n_customers}
        typer.echo(word("cli.moved", since=review.since, stake=stake, **moved).of(lang))
    for key, file in (("written", to), ("written_sql", sql)):
        if file is not None:
            typer.echo(word(f"cli.{key}", file=str(file)).of(lang))


def _list_heads(lang: str) -> list[str]:
    from saleslab.wording import say

    keys = ("columns.segment", "columns.customers", "columns.value_now", "columns.value_next", "cli.play")
    return ["", *(say(f"segment_pages.{key}").of(lang) for key in keys)]


def _list_cells(review: SegmentReview, at: int, lang: str) -> list[str]:
    from saleslab.segmentation.review_briefing import tell_play
    from saleslab.segmentation.review_values import write_money, write_range
    from saleslab.wording import write

    one = review.profiles[at]
    later = "-" if one.value_next is None else write_range(review, one.value_next)
    cells = (one.segment, one.name, one.n_customers, write_money(review, one.value_now), later, tell_play(one))
    return [write(cell, lang) for cell in cells]


def _measure(text: str) -> int:
    """Return how many columns of a terminal a text takes: signs of East Asia take two."""
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _read_day(told: str) -> date:
    try:
        return date.fromisoformat(told)
    except ValueError:
        raise BadArgument(f"'{told}' is no day.", "write it as 2026-09-30.") from None


def _read_previous(file: Path) -> pd.Series:
    """Return the segments of an earlier run by account."""
    import pandas as pd

    from saleslab.intake.files import list_files

    if not file.is_file():
        raise FileProblem(f"There is no file '{file}'.", "correct the path of the earlier run.")
    parts = [batch.cells.to_pandas() for batch in list_files(file)[0].batches()]
    found = pd.concat(parts, ignore_index=True)
    missing = {"account_id", "segment"} - set(found.columns)
    if missing:
        raise FileProblem(
            f"'{file.name}' has no column {', '.join(sorted(missing))}.", "give a file that --to has written."
        )
    numbers = pd.to_numeric(found["segment"], errors="coerce")
    if (numbers.isna() & found["segment"].notna() & (found["segment"].astype(str) != "")).any() or numbers.isna().all():
        raise FileProblem(f"'{file.name}' has segments that are no numbers.", "give a file that --to has written.")
    known: pd.Series = numbers.set_axis(found["account_id"].astype(str)).dropna().astype("int64")
    return known
