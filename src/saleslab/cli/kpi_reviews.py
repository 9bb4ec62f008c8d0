"""``saleslab kpi review``: what is due, what was decided and why, what was expected of it, and what came."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

import typer

from saleslab.cli.exits import Exit, ends_well
from saleslab.cli.kpi_weeks import DEFAULT_LOG, ReviewFile
from saleslab.cli.options import AsJson, Language
from saleslab.errors import BadArgument, FileProblem

if TYPE_CHECKING:
    from saleslab.kpi import Prediction, Pseudonyms, ReviewLog
    from saleslab.kpi.meetings.minutes import Minutes

Zone = Annotated[str, typer.Option("--zone", help="Time zone of the company.")]
TeamId = Annotated[str | None, typer.Option("--team", help="Id of the team.")]
Owner = Annotated[str | None, typer.Option("--owner", help="Id of who answers for it.")]
AsOf = Annotated[str | None, typer.Option(help="Day on which one asks; today when not given.")]

TOKYO = "Asia/Tokyo"


@ends_well
def due(
    file: ReviewFile = DEFAULT_LOG,
    tree: Annotated[Path | None, typer.Option("--tree", help="KPI tree: how often what is to be reviewed.")] = None,
    as_of: AsOf = None,
    team: TeamId = None,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """List what is late, and which outcomes, actions and signatures are due within a week.

    Exit code 0: nothing is late; 1: something is; 2: bad input, or a log that was touched.
    """
    from saleslab.kpi import read_tree
    from saleslab.kpi.meetings.minutes import gather_minutes
    from saleslab.kpi.trees.structure import list_cadences

    known = None if tree is None else read_tree(tree)
    minutes = gather_minutes(
        _open(file, zone),
        as_of=_find_day(as_of, zone),
        team_id=team,
        cadences=None if known is None else list_cadences(known),
        since=None if known is None else known.effective_from,
    )
    rows = list_due(minutes)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        _print_due(rows, lang, has_log=minutes.has_log)
    if minutes.n_late:
        raise SystemExit(Exit.PARTLY_FAILED)


@ends_well
def decide(
    metric: Annotated[str, typer.Argument(help="The measure that it is to move.")],
    decision: Annotated[str, typer.Option(help="What was decided.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    due_on: Annotated[str, typer.Option("--due", help="Day by which one will know whether it was right.")],
    chance: Annotated[float | None, typer.Option(help="Of --expect, or that the decision works: 0 to 1.")] = None,
    expect: Annotated[str, typer.Option(help="What is to happen, so that it can be judged.")] = "",
    low: Annotated[float | None, typer.Option(help="Low end of the expected value.")] = None,
    high: Annotated[float | None, typer.Option(help="High end.")] = None,
    mass: Annotated[float, typer.Option(help="Chance that the range holds the value.")] = 0.8,
    owner: Owner = None,
    team: TeamId = None,
    review: Annotated[str | None, typer.Option(help="Id of the review that decided it.")] = None,
    decision_id: Annotated[str | None, typer.Option("--id", help="Its id; made of day and number.")] = None,
    file: ReviewFile = DEFAULT_LOG,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write down a decision, its reason, and what is expected of it.

    Exit code 0: written, or on record already; 2: incomplete, or an id that means something else.
    """
    from saleslab.kpi import Decision, Prediction

    if expect and chance is None and low is None and high is None:
        raise BadArgument("--expect says what is to happen, but not how likely it is.", "add --chance 0.7, or a range.")
    log, now = _open(file, zone), _now()
    name = decision_id or _make_id(log, "d", now, zone)
    day = _read_day(due_on)
    said: list[Decision | Prediction] = [Decision(name, metric, decision, reason, day, review, owner, team)]
    told: dict[str, Any] = {"statement": expect, "decision_id": name, "team_id": team}
    if chance is not None:
        said.append(Prediction(f"{name}-chance", metric, day, chance=chance, **told))
    if low is not None or high is not None:
        said.append(Prediction(f"{name}-range", metric, day, low=low, high=high, mass=mass, **told))
    _tell_written(log.record(said, at=now), name, file, lang, as_json=as_json)


@ends_well
def held(
    metric: Annotated[str, typer.Argument(help="The measure that was reviewed.")],
    every: Annotated[int, typer.Option(min=1, help="Days until the next review.")] = 7,
    on: Annotated[str | None, typer.Option("--on", help="The day; today when not given.")] = None,
    value: Annotated[float | None, typer.Option(help="Of the measure, as it was known.")] = None,
    chance: Annotated[float | None, typer.Option(help="Of the goal, as it was known.")] = None,
    phase: Annotated[Literal["plan", "do", "check", "act"], typer.Option(help="Of the cycle.")] = "check",
    owner: Owner = None,
    team: TeamId = None,
    file: ReviewFile = DEFAULT_LOG,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write down that a measure was reviewed, and when it is next.

    Exit code 0: written; 2: bad input.
    """
    from saleslab.kpi import Review

    log, now = _open(file, zone), _now()
    day = _find_day(on, zone)
    name = _make_id(log, "r", now, zone)
    review = Review(name, metric, day, every, phase, value, chance, owner, team)
    _tell_written(log.record([review], at=now), name, file, lang, as_json=as_json)


@ends_well
def outcome(
    about: Annotated[str, typer.Argument(help="Id of the decision or prediction.")],
    happened: Annotated[
        bool | None, typer.Option("--happened/--failed", help="It happened; a decision: worked.")
    ] = None,
    value: Annotated[float | None, typer.Option(help="What came, where a range was predicted.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="Day on which it was known; today.")] = None,
    file: ReviewFile = DEFAULT_LOG,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write down what came of a decision or a prediction.

    Exit code 0: written; 2: no such id, or an outcome that does not fit it.
    """
    from saleslab.kpi import Outcome

    said = Outcome(about, _find_day(on, zone), happened, value)
    _tell_written(_open(file, zone).record([said], at=_now()), about, file, lang, as_json=as_json)


@ends_well
def opine(
    about: Annotated[str, typer.Argument(help="Id of the decision or review.")],
    kind: Annotated[Literal["comment", "dissent", "for", "against", "abstain"], typer.Argument(help="Word or vote.")],
    user: Annotated[str, typer.Option(help="Your user id.")],
    text: Annotated[str, typer.Option(help="In words; a vote needs none.")] = "",
    key: Annotated[Path | None, typer.Option("--key", help="File of the key of pseudonyms: no id is kept.")] = None,
    signed: Annotated[bool, typer.Option("--signed", help="Keep your id although there is a key.")] = False,
    file: ReviewFile = DEFAULT_LOG,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write down a comment, a dissent or a vote, under your id or under a pseudonym.

    Exit code 0: written, or on record already; 2: bad input, or a second vote under another name.
    """
    pseudonyms = None if key is None else read_key(key)
    written = _open(file, zone).say(
        about, kind, user_id=user, at=_now(), text=text, pseudonyms=pseudonyms, signed=signed
    )
    _tell_written(written, about, file, lang, as_json=as_json)


@ends_well
def seen(
    alert: Annotated[str, typer.Argument(help="Id of the alert, from `saleslab kpi monitor`.")],
    user: Annotated[str | None, typer.Option(help="Who has seen it.")] = None,
    note: Annotated[str, typer.Option(help="What the cause was.")] = "",
    on: Annotated[str | None, typer.Option("--on", help="The day; today when not given.")] = None,
    file: ReviewFile = DEFAULT_LOG,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Acknowledge an alert: it is not repeated unless a new change begins.

    Exit code 0: written; 2: no id of an alert.
    """
    from saleslab.kpi import Acknowledgement
    from saleslab.kpi.changes.alerts import read_subject

    said = Acknowledgement(alert, *read_subject(alert), _find_day(on, zone), user, note)
    _tell_written(_open(file, zone).record([said], at=_now()), alert, file, lang, as_json=as_json)


@ends_well
def record(
    meetings: Annotated[Path, typer.Argument(help="YAML file of meetings: at, says.")],
    file: ReviewFile = DEFAULT_LOG,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Write meetings down from a file, each at its own time; twice adds nothing.

    Exit code 0: written; 2: a mistake in the file (its line is told), or an entry that is refused.
    """
    from saleslab.kpi.meetings.records import read_meetings, record_meetings

    written = record_meetings(_open(file, zone), read_meetings(meetings))
    _tell_written(written, meetings.name, file, lang, as_json=as_json)


@ends_well
def verify(file: ReviewFile = DEFAULT_LOG, as_json: AsJson = False) -> None:
    """Follow the chain of the log and say whether, and at which line, it breaks.

    Exit code 0: whole; 1: broken; 2: there is no such file.
    """
    if not file.is_file():
        raise FileProblem(f"There is no log '{file}'.", "name it with --file.")
    chain = _open(file, TOKYO).verify()
    if as_json:
        head = {"position": chain.head.position, "digest": chain.head.digest}
        typer.echo(json.dumps({"is_whole": chain.is_whole, "broken_at": chain.broken_at, "head": head}))
    else:
        typer.echo(str(chain))
    if not chain.is_whole:
        raise SystemExit(Exit.PARTLY_FAILED)


@ends_well
def score(
    file: ReviewFile = DEFAULT_LOG,
    as_of: AsOf = None,
    zone: Zone = TOKYO,
    lang: Language = "en",
    as_json: AsJson = False,
) -> None:
    """Say how good past predictions were, by team: Brier score of chances, coverage of ranges.

    Exit code 0: done; 2: nothing was judged yet, or a log that was touched.
    """
    from saleslab.kpi import score_predictions
    from saleslab.kpi.changes.words import name_scope
    from saleslab.kpi.reviews.briefing import tell_score

    scores = score_predictions(_open(file, zone), as_of=_find_day(as_of, zone))
    if as_json:
        typer.echo(scores.to_json(orient="records", force_ascii=False))
        return
    for row in scores.to_dict("records"):
        told = {str(name): value for name, value in row.items()}
        whose = row["team_id"] if isinstance(row["team_id"], str) else name_scope("company", "company").of(lang)
        for sentence in tell_score(told):
            typer.echo(f"{whose}: {sentence.of(lang)}")


def list_due(minutes: Minutes) -> list[dict[str, Any]]:
    """Return what is late or due within a week as plain values, the latest first."""
    parts = (("review", minutes.reviews, "metric_id", "next_on", "owner_id"),
             ("sign_off", minutes.sign_offs, "tree", "next_on", "sponsor_id"),
             ("action", minutes.actions, "action_id", "due", "owner_id"))  # fmt: skip
    told = [
        (kind, row[name], row[owner], row[day], row["days_late"])
        for kind, frame, name, day, owner in parts
        for row in frame.to_dict("records")
    ]
    told += [
        tuple(row[name] for name in ("kind", "id", "owner_id", "due", "days_late"))
        for frame in (minutes.unjudged, minutes.due_soon)
        for row in frame.to_dict("records")
    ]
    rows = [
        {
            "kind": kind,
            "id": one,
            "owner_id": owner if isinstance(owner, str) else None,
            "due": f"{day:%Y-%m-%d}",
            "days_late": int(late),
        }
        for kind, one, owner, day, late in told
    ]
    return sorted(rows, key=lambda row: (-row["days_late"], row["kind"], row["id"]))


def read_key(file: Path) -> Pseudonyms:
    """Return the pseudonyms of a key; a new key is made where there is no file, for its owner's eyes alone."""
    from saleslab.kpi import Pseudonyms

    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(secrets.token_bytes(32))
    return Pseudonyms(file.read_bytes())


def _open(file: Path, zone: str) -> ReviewLog:
    from saleslab.kpi import ReviewLog

    _read_zone(zone)
    return ReviewLog(file, timezone=zone)


def _read_zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise BadArgument(f"'{zone}' is not a time zone.", "give an IANA name such as Asia/Tokyo.") from None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _find_day(given: str | None, zone: str) -> date:
    return datetime.now(_read_zone(zone)).date() if given is None else _read_day(given)


def _read_day(given: str) -> date:
    from saleslab.cli.lead_sources import read_day

    return read_day(given)


def _make_id(log: ReviewLog, letter: str, now: datetime, zone: str) -> str:
    """Return an id of the day and a number that nothing has yet."""
    from saleslab.warehouse.local_time import day_of

    day = day_of(now, zone)
    taken = {entry.subject for entry in log.log.read()}
    numbers = (f"{letter}-{day:%Y%m%d}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbers if name not in taken)


def _tell_written(n: int, name: str, file: Path, lang: str, *, as_json: bool) -> None:
    from saleslab.wording import say

    if as_json:
        typer.echo(json.dumps({"id": name, "n_written": n}))
        return
    key = "written" if n else "known"
    typer.echo(say(f"kpi_weekly.cli.{key}", n=n, id=name, file=str(file)).of(lang))


def _print_due(rows: list[dict[str, Any]], lang: str, *, has_log: bool) -> None:
    from saleslab.wording import say

    for row in rows:
        kind = say(f"kpi_weekly.kind.{row['kind']}").of(lang)
        late = say(f"kpi_weekly.cli.{'late' if row['days_late'] > 0 else 'ahead'}", n=abs(row["days_late"])).of(lang)
        typer.echo(f"{late}  {row['due']}  {kind}  {row['id']}  {row['owner_id'] or ''}".rstrip())
    if not rows:
        typer.echo(say("kpi_weekly.cli.nothing_due" if has_log else "kpi_weekly.page.late_no_log").of(lang))


__all__ = ["decide", "due", "held", "opine", "outcome", "read_key", "record", "score", "seen", "verify"]
