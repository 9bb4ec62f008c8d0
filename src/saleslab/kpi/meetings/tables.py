"""Tables and pictures of a weekly meeting's page: typed cells, headings and captions in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypedDict

import pandas as pd

from saleslab.kpi.changes.pictures import describe_change, word_table
from saleslab.kpi.changes.tabulate import name_columns, tabulate_effects
from saleslab.kpi.changes.words import name_metric, tell_alert, write_level
from saleslab.kpi.meetings.phrases import list_texts, name_matter, quote
from saleslab.kpi.reviews.briefing import tell_score
from saleslab.kpi.targets.pages import write_chance
from saleslab.wording import Count, Days, Money, Number, PictureWords, Share, TableWords, Text, say
from saleslab.wording import join_texts as join

if TYPE_CHECKING:
    from saleslab.kpi.meetings.pack import MeetingPack

LISTED = 10
"""Rows of the tables of deals and predictions."""

_ROOM, _NONE = "kpi_weekly", Text.same("–")


class LaidTable(TypedDict):
    """Arguments of `reporting.table` but for the name."""

    title: Text
    caption: Text
    data: pd.DataFrame
    columns: Mapping[str, Text]


def lay_meeting_table(name: str, pack: MeetingPack) -> LaidTable | None:
    """Return one table of the page with its words; None where there is nothing to be shown.

    Parameters
    ----------
    name
        ``alerts, due, decided, judged, effects, opinions, stuck`` or ``wins``.
    pack
        From `prepare_meeting`.
    """
    if name == "effects":
        effects = tabulate_effects(pack.effects, names=pack.names, currency=pack.currency)
        words = word_table("effects")
        laid: LaidTable = {**words, "data": effects, "columns": name_columns(*effects.columns)}
        return laid if len(effects) else None
    rows = _TABLES[name](pack)
    if rows.empty:
        return None
    return {**word_meeting_table(name, pack), "data": rows, "columns": name_meeting_columns(*rows.columns)}


def name_meeting_columns(*names: str) -> Mapping[str, Text]:
    """Return the headings of some columns.

    Examples
    --------
    >>> name_meeting_columns("owner")["owner"].ja
    '責任者'
    """
    return {name: say(f"{_ROOM}.column.{name}") for name in names}


def word_meeting_table(name: str, pack: MeetingPack) -> TableWords:
    """Return title and caption of a table: ``alerts, due, decided, judged, opinions, stuck`` or ``wins``."""
    values: dict[str, Any] = {}
    if name == "stuck":
        values = {"n": Count(len(pack.stuck)), "of": Count(pack.n_open)}
    if name == "wins":
        values = {"n": pack.wins.n, "amount": _money(pack.wins.amount, pack)}
    key = "caption"
    if name == "judged":
        score, key = pack.minutes.score, "caption" if pack.team is None else "caption_team"
        values = {"score": join(*tell_score(score)) if score else say("kpi_reviews.score.nothing")}
    return {"title": say(f"{_ROOM}.table.{name}.title"), "caption": say(f"{_ROOM}.table.{name}.{key}", **values)}


def describe_pace(pack: MeetingPack) -> PictureWords:
    """Return the words of ``charts.kpi.draw_pace``."""
    assert pack.pace is not None
    weeks = pack.pace.weeks
    ends = {"start": weeks["as_of"].iloc[0], "end": weeks["as_of"].iloc[-1]}
    chances = {"first": write_chance(float(weeks["chance"].iloc[0])), "last": write_chance(pack.pace.chance)}
    told = {"period": pack.period, "target": _money(pack.pace.target, pack)}
    return {
        "title": say(f"{_ROOM}.figure.pace.title"),
        "caption": say(f"{_ROOM}.figure.pace.caption", **told),
        "alt": say(f"{_ROOM}.figure.pace.alt", **ends, **chances),
    }


def describe_goal_change(pack: MeetingPack) -> PictureWords:
    """Return the words of ``charts.kpi_changes.draw_change``, with the weeks that are compared."""
    assert pack.change is not None
    words = describe_change(pack.change, names=pack.names, currency=pack.currency)
    before, after = pack.compared
    compared = say(f"{_ROOM}.figure.change.compared", before=before, after=after)
    return {**words, "caption": join(compared, words["caption"])}


def tabulate_pace(pack: MeetingPack) -> pd.DataFrame:
    """Return the course of the chance: ``day, chance, won, open, new``."""
    assert pack.pace is not None
    rows = [
        {"day": row["as_of"], "chance": write_chance(float(row["chance"]))}
        | {name: _money(row[name], pack) for name in ("won", "open", "new")}
        for row in pack.pace.weeks.to_dict("records")
    ]
    return pd.DataFrame(rows)


def tabulate_week_alerts(pack: MeetingPack) -> pd.DataFrame:
    """Return open alerts and crossed limits: ``what, chance_real, owner, levers, plays``."""
    rows = [
        {
            "what": tell_alert(one, names=pack.names, scopes=pack.scopes, currency=pack.currency),
            "chance_real": _NONE if one.chance is None else write_chance(one.chance),
            "owner": pack.name_owner(one.owner_id),
            "levers": list_texts([name_metric(name, pack.names) for name in one.levers]) if one.levers else _NONE,
            "plays": list_texts([Text.same(name) for name in one.plays]) if one.plays else _NONE,
        }
        for one in pack.week.alerts
    ]
    return _drop_empty(pd.DataFrame(rows, columns=["what", "chance_real", "owner", "levers", "plays"]))


def tabulate_due(pack: MeetingPack) -> pd.DataFrame:
    """Return what is late and what is due within a week: ``kind, what, owner, due, days_late``, the latest first."""
    minutes = pack.minutes
    rows: list[dict[str, Any]] = [
        _due(pack, str(row["kind"]), name_matter(row, pack), row, row["due"])
        for frame in (minutes.unjudged, minutes.due_soon)
        for row in frame.to_dict("records")
    ]
    rows += [
        _due(pack, "review", name_metric(str(row["metric_id"]), pack.names), row, row["next_on"])
        for row in minutes.reviews.to_dict("records")
    ]
    rows += [
        _due(pack, "action", name_metric(str(row["kpi"]), pack.names), row, row["due"])
        for row in minutes.actions.to_dict("records")
    ]
    rows += [
        _due(pack, "sign_off", Text.same(str(row["tree"])), {**row, "owner_id": row["sponsor_id"]}, row["next_on"])
        for row in minutes.sign_offs.to_dict("records")
    ]
    rows.sort(key=lambda row: -row["days_late"].n)
    return pd.DataFrame(rows, columns=["kind", "what", "owner", "due", "days_late"])


def tabulate_decided(pack: MeetingPack) -> pd.DataFrame:
    """Return what was decided last week: ``what, reason, owner, due, chance``."""
    rows = [
        {
            "what": quote(row["decision"], pack.people),
            "reason": quote(row["reason"], pack.people),
            "owner": pack.name_owner(row["owner_id"]),
            "due": row["due"].date(),
            "chance": _NONE if pd.isna(row["chance"]) else Share(float(row["chance"]), 0),
        }
        for row in pack.minutes.decided.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["what", "reason", "owner", "due", "chance"])


def tabulate_judged(pack: MeetingPack) -> pd.DataFrame:
    """Return predictions that came due: ``what, due, said, came, verdict``, the newest first."""
    rows = []
    for row in pack.minutes.judged.head(LISTED).to_dict("records"):
        name = str(row["metric_id"])
        told = {"what": name_matter(row, pack)}
        if pd.isna(row["chance"]):
            low, high, came = (write_level(name, float(row[one]), currency=pack.currency) for one in _RANGE)
            said = say(f"{_ROOM}.judged.range", low=low, high=high, mass=Share(float(row["mass"]), 0))
            verdict = say(f"{_ROOM}.judged.{'inside' if row['is_inside'] else 'outside'}")
            rows.append(told | {"due": row["due"].date(), "said": said, "came": came, "verdict": verdict})
        else:
            said = say(f"{_ROOM}.judged.chance", chance=Share(float(row["chance"]), 0))
            happened = say(f"{_ROOM}.judged.{'happened' if row['happened'] else 'failed'}")
            verdict = say(f"{_ROOM}.judged.loss", loss=Number(float(row["loss"]), 2))
            rows.append(told | {"due": row["due"].date(), "said": said, "came": happened, "verdict": verdict})
    return pd.DataFrame(rows, columns=["what", "due", "said", "came", "verdict"])


def tabulate_opinions(pack: MeetingPack) -> pd.DataFrame:
    """Return votes as counts, and what was said, without names: ``about, for, against, abstain, says``."""
    rows = []
    for row in pack.minutes.opinions.to_dict("records"):
        is_decision = row["kind"] == "decision"
        about = quote(row["what"], pack.people) if is_decision else name_metric(str(row["what"]), pack.names)
        says = [quote(one, pack.people) for one in row["said"]]
        counted = {name: Count(int(row[name])) for name in ("for", "against", "abstain")}
        rows.append(
            {"about": about, **counted, "says": Text.same(" / ".join(one.en for one in says)) if says else _NONE}
        )
    return pd.DataFrame(rows, columns=["about", "for", "against", "abstain", "says"])


def tabulate_stuck(pack: MeetingPack) -> pd.DataFrame:
    """Return open deals that stand still: ``deal, owner, amount, days_in_stage, chance``; by ids."""
    rows = [
        {
            "deal": Text.same(str(row["opportunity_id"])),
            "owner": pack.name_owner(row["owner_id"]),
            "amount": _money(row["amount"], pack),
            "days_in_stage": Days(int(row["n_days_in_stage"])),
            "chance": write_chance(float(row["chance_won"])),
        }
        for row in pack.stuck.head(LISTED).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["deal", "owner", "amount", "days_in_stage", "chance"])


def tabulate_wins(pack: MeetingPack) -> pd.DataFrame:
    """Return the largest wins: ``win, owner, amount``; by ids."""
    rows = [
        {
            "win": Text.same(str(row["win_id"])),
            "owner": pack.name_owner(row["owner_id"]),
            "amount": _money(row["amount"], pack),
        }
        for row in pack.wins.largest.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["win", "owner", "amount"])


_RANGE = ("low", "high", "value")

_TABLES: Mapping[str, Callable[[MeetingPack], pd.DataFrame]] = {
    "alerts": tabulate_week_alerts,
    "due": tabulate_due,
    "decided": tabulate_decided,
    "judged": tabulate_judged,
    "opinions": tabulate_opinions,
    "stuck": tabulate_stuck,
    "wins": tabulate_wins,
}


def _due(pack: MeetingPack, kind: str, what: Text, row: Mapping[Any, Any], day: Any) -> dict[str, Any]:
    return {
        "kind": say(f"{_ROOM}.kind.{kind}"), "what": what, "owner": pack.name_owner(row["owner_id"]), "due": day.date(),
        "days_late": Count(int(row["days_late"])),
    }  # fmt: skip


def _money(amount: Any, pack: MeetingPack) -> Money | Text:
    return _NONE if pd.isna(amount) else Money(Decimal(repr(round(float(str(amount))))), pack.currency)


def _drop_empty(frame: pd.DataFrame) -> pd.DataFrame:
    """Leave out columns in which no row says anything."""
    return frame[[name for name in frame if any(cell != _NONE for cell in frame[name])]]
