"""``saleslab forecast backtest`` and ``log``: how good forecasts would have been, and how good those made were."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from saleslab.cli.addresses import DEFAULT_DATABASE, to_url
from saleslab.cli.exits import ends_well
from saleslab.cli.options import AsJson, Database, Language
from saleslab.cli.progress import progress_bar

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.forecasting import AccuracyReview, ForecastLog, PresentForecasts, Written
    from saleslab.warehouse import Warehouse

DEFAULT_LOG = Path("data/forecasts.jsonl")

Measure = Literal["auto", "won_amount", "ordered_amount"]
AskedMeasure = Annotated[Measure, typer.Option(help="Money of won deals or of orders; auto: what people forecast.")]


@ends_well
def backtest(
    db: Database = DEFAULT_DATABASE,
    periods: Annotated[int, typer.Option(min=1, help="Quarters that are tried, the last one included.")] = 4,
    as_of: Annotated[str | None, typer.Option(help="Last day that is known; the last the data speak of.")] = None,
    measure: AskedMeasure = "auto",
    deals: Annotated[bool, typer.Option("--deals", help="Try the landing by open deals too: seconds a day.")] = False,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Try every method on past quarters, with what was known 90, 60, 30 and 7 days before their end.

    Exit code 0: done, also where a plain rule does as well; 2: bad input, or no quarter that could be forecast.
    """
    from saleslab.cli.lead_sources import read_day
    from saleslab.forecasting import review_accuracy
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    with progress_bar("forecast", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        told: dict[str, Any] = {"n_periods": periods, "measure": measure, "with_deals": deals, "seed": seed}
        review = review_accuracy(lab, as_of=day, **told)
    if as_json:
        typer.echo(json.dumps(describe_accuracy(review), ensure_ascii=False))
        return
    print_accuracy(review, lang)


@ends_well
def log(
    file: Annotated[Path, typer.Option("--file", help="File in which forecasts are kept.")] = DEFAULT_LOG,
    db: Database = DEFAULT_DATABASE,
    as_of: Annotated[str | None, typer.Option(help="Last day that is known; the last the data speak of.")] = None,
    measure: AskedMeasure = "auto",
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 1,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write down what every method says of the running quarter, score what is over, and say who was how good.

    The same run twice adds nothing. Exit code 0: done; 2: bad input, too little data, or a log that was touched.
    """
    from saleslab.cli.lead_sources import read_day
    from saleslab.forecasting import forecast_present
    from saleslab.operations import read_data_until
    from saleslab.warehouse import connect

    with progress_bar("forecast", hidden=as_json), connect(to_url(db), read_only=True) as lab:
        day = read_data_until(lab) if as_of is None else read_day(as_of)
        present = forecast_present(lab, as_of=day, measure=measure, seed=seed)
        came = read_came(lab, present, file)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    kept = next(iter(came))
    written = write_present(kept, present, at=now)
    scored = {one: one.score(rows, at=now) for one, rows in came.items()}
    if as_json:
        typer.echo(json.dumps(describe_record(present, written, scored), ensure_ascii=False))
        return
    print_record(kept, written, scored[kept], lang, day=day)
    for other, found in scored.items():
        if other is not kept:
            print_other_record(other, found, lang)


def read_came(lab: Warehouse, present: PresentForecasts, file: Path) -> dict[ForecastLog, pd.DataFrame]:
    """Return the logs in a file, that of today's forecasts first, each with what came of what it forecast.

    Landings (``saleslab forecast run --log``) may be of other money than what people submit, and of any period.
    """
    import pandas as pd

    from saleslab.forecasting import ForecastLog
    from saleslab.forecasting.accuracy import list_measures, sum_other_periods

    kept, day = ForecastLog(file, about=present.measure), present.as_of
    told: dict[str, Any] = {"measure": present.measure, "as_of": day, "known": present.came}
    others = sum_other_periods(lab, kept.list_over(day), **told)
    found = {kept: pd.concat([present.came, others], ignore_index=True)}
    for measure in list_measures(lab):
        other = ForecastLog(file, about=measure)
        over = other.list_over(day)
        if measure != present.measure and len(over):
            found[other] = sum_other_periods(lab, over, measure=measure, as_of=day)
    return found


def write_present(kept: ForecastLog, present: PresentForecasts, *, at: datetime) -> dict[str, Written]:
    """Write down what each method says, and return what that added."""
    return {
        method: kept.write(said, model=method, as_of=present.as_of, at=at)
        for method, said in present.forecasts.items()
    }  # fmt: skip


def describe_accuracy(review: AccuracyReview) -> dict[str, Any]:
    """Return the answer as plain JSON values."""
    from saleslab.forecasting import measure_forecasts
    from saleslab.forecasting.accuracy import compare_methods, find_verdict, list_ranges

    ranges = list_ranges(review)
    errors = compare_methods(review)
    found = measure_forecasts(review.of("company"))
    return {
        "as_of": review.as_of.isoformat(),
        "measure": review.measure,
        "currency": review.currency,
        "periods": [[one.start.isoformat(), one.end.isoformat()] for one in review.periods],
        "verdict": find_verdict(review),
        "ranges": {"held": int(ranges["is_inside"].sum()), "n": len(ranges)},
        "errors": errors.to_dict("records"),
        "measures": found.to_dict("records"),
        "gaps": list(review.gaps),
    }


def print_accuracy(review: AccuracyReview, lang: str) -> None:
    """Tell who was nearest, each method's error and bias, and whether ranges held."""
    import pandas as pd

    from saleslab.forecasting import measure_forecasts
    from saleslab.forecasting.accuracy import list_ranges, write_banner, write_headline
    from saleslab.wording import Count, say

    typer.echo(write_headline(review)["answer"].of(lang))
    typer.echo(write_banner(review)["text"].of(lang))
    rows = [review.of("company")]
    if review.landings is not None and review.measure != "won_amount":
        rows.append(review.landings)
    found = pd.concat([measure_forecasts(one) for one in rows], ignore_index=True)
    for key, values in _tell_methods(found, "backtest"):
        typer.echo(f"  {say(key, **values).of(lang)}")
    ranges = list_ranges(review)
    held = {"held": Count(int(ranges["is_inside"].sum())), "n": Count(len(ranges))}
    typer.echo(say("forecast_accuracy.cli.held", **held).of(lang))


def _tell_methods(found: pd.DataFrame, key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a sentence's key and values for each method that has an error."""
    from saleslab.forecasting.accuracy import name_method
    from saleslab.wording import Change, Count, Share

    for name, group in found.groupby("method", sort=False):
        told = dict(zip(group["measure"], group["value"], strict=True))
        if "wape" in told:
            values = {"error": Share(told["wape"], 0), "bias": Change(told["bias"]), "method": name_method(str(name))}
            values |= {"n": Count(int(group["n"].max())), "periods": Count(int(group["n_periods"].max()))}
            yield f"forecast_accuracy.cli.{key}", values


def describe_record(
    present: PresentForecasts, written: Mapping[str, Written], scored: Mapping[ForecastLog, Written]
) -> dict[str, Any]:
    """Return what was added and the record as plain JSON values; ``others`` are landings of other money."""
    told = {kept.about: {"scored": one.n_forecasts, "record": _list_record(kept)} for kept, one in scored.items()}
    head = next(iter(scored)).log.head
    return {
        "as_of": present.as_of.isoformat(),
        "period": [present.period.start.isoformat(), present.period.end.isoformat()],
        "measure": present.measure,
        "written": {
            method: {"n": one.n_forecasts, "is_new": one.is_new, "revision": one.revision}
            for method, one in written.items()
        },
        "head": {"position": head.position, "digest": head.digest},
        **told.pop(present.measure),
        "others": told,
    }


def _list_record(kept: ForecastLog) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if not kept.scores().empty:
        rows = kept.measure(("scope_type",)).to_dict("records")  # type: ignore[assignment]
    return rows


def print_record(kept: ForecastLog, written: Mapping[str, Written], scored: Written, lang: str, *, day: date) -> None:
    """Tell what was added, and who has been how good so far."""
    from saleslab.wording import Count, say

    def tell(name: str, **values: Any) -> None:
        typer.echo(say(f"forecast_accuracy.cli.{name}", **values).of(lang))

    file = str(kept.log.file)
    n_new = sum(one.n_forecasts for one in written.values() if one.is_new)
    if n_new:
        tell("logged", n=Count(n_new), file=file)
    else:
        tell("known", file=file)
    revision = max(one.revision for one in written.values() if one.is_new) if n_new else 0
    if revision:
        tell("revised", day=day, file=file, n=Count(revision + 1))
    if scored.n_forecasts:
        tell("scored", n=Count(scored.n_forecasts))
    n_late = int((~kept.forecasts()["is_live"]).sum())
    if n_late:
        tell("late", n=Count(n_late))
    if kept.scores().empty:
        tell("unscored", file=file)
        return
    _print_scores(kept, lang)


def print_other_record(kept: ForecastLog, scored: Written, lang: str) -> None:
    """Tell how good the landings on record have been that are of other money than what is forecast today."""
    from saleslab.wording import Count, say

    if scored.n_forecasts:
        typer.echo(say("forecast_accuracy.cli.scored", n=Count(scored.n_forecasts)).of(lang))
    if not kept.scores().empty:
        typer.echo(say(f"forecast_accuracy.cli.record_{kept.about}").of(lang))
        _print_scores(kept, lang)


def _print_scores(kept: ForecastLog, lang: str) -> None:
    from saleslab.wording import say

    found = kept.measure(("scope_type",))
    for scope_type, group in found.groupby("scope_type", sort=False):
        for key, values in _tell_methods(group, "record"):
            scope = say(f"forecast_accuracy.scope.{scope_type}")
            typer.echo(f"  {say(key, scope=scope, **values).of(lang)}")
