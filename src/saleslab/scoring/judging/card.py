"""What must somebody know who is to trust this model? One page, the same for every model.

A card says what a model learned from, how it did under ever more honest tests, which leaks were let through and why,
about whom it is wrong, and what it must not be used for. It is made of rows; `reporting` arranges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from saleslab.errors import BadArgument
from saleslab.scoring.bundles.manifest import ModelFacts
from saleslab.scoring.judging.fairness import SMALLEST, measure_groups
from saleslab.stats import Interval
from saleslab.wording import Count, Number, Points, Share, Text, say

if TYPE_CHECKING:
    import pandas as pd

    from saleslab.scoring.judging.evaluation import ScoreEvaluation
    from saleslab.scoring.model.scorer import LeadScorer

SECTIONS = ("verdict", "data", "tests", "leaks", "groups", "limits", "identity")
"""Sections of a card, in their order."""

_DIGITS = 3


@dataclass(frozen=True, slots=True)
class CardRow:
    """One row of a card: its section, what it is about, and what is said."""

    section: str
    label: Text
    value: Text


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What there is to know about a model.

    Attributes
    ----------
    verdict
        What the model says of itself: ``ready``, ``no_signal``, ``too_small`` or ``drifting``.
    rows
        All that is said, section by section (`SECTIONS`).
    groups
        The groups as a table (`saleslab.scoring.judging.fairness.GROUP_COLUMNS`); None where none were named.
    sha256
        Digest of the bundle; empty where it was not saved yet.
    """

    verdict: str
    rows: tuple[CardRow, ...]
    groups: pd.DataFrame | None
    sha256: str

    def of(self, section: str) -> tuple[CardRow, ...]:
        """Return the rows of one section."""
        return tuple(row for row in self.rows if row.section == section)


def write_card(
    scorer: LeadScorer,
    evaluation: ScoreEvaluation | None,
    leaks: pd.DataFrame | None,
    *,
    about: ModelFacts | None = None,
    groups: pd.DataFrame | None = None,
    won: Any = None,
    chances: Any = None,
    sha256: str = "",
    mass: float = 0.9,
) -> ModelCard:
    """Return the card of a model.

    Parameters
    ----------
    scorer
        The fitted model.
    evaluation
        What `evaluate_scores` found; None is said as "not judged".
    leaks
        What `find_leaks` found; None is said as "not looked for".
    about
        What only those who trained it know: data window, counts, allowed leaks and why.
    groups
        One column for each way to group the leads of a test, such as region or industry; None is said too.
    won, chances
        Outcome and promised chance of the leads in ``groups``, none of which the model learned from.
    sha256
        Digest of the saved bundle.
    mass
        Chance that each interval of a group holds the truth.

    Raises
    ------
    BadArgument
        When groups come without outcomes and chances, or a blocked column is used without a reason in ``about``.
    """
    about = about or ModelFacts()
    _check_leaks(scorer, leaks, about.allowed)
    by_group = None
    if groups is not None:
        if won is None or chances is None:
            raise BadArgument("Groups cannot be judged without outcomes.", "give won and chances of the same leads.")
        by_group = measure_groups(groups, won, chances, mass=mass)
    rows = (
        *_tell_verdict(scorer),
        *_tell_data(scorer, about),
        *_tell_tests(scorer, evaluation),
        *_tell_leaks(leaks, about.allowed, _list_used(scorer)),
        *_tell_groups(by_group),
        *_tell_limits(scorer, evaluation, by_group),
        *_tell_identity(scorer, about, sha256),
    )
    return ModelCard(str(scorer.verdict_), rows, by_group, sha256)


def _row(section: str, name: str, key: str | None = None, /, **values: object) -> CardRow:
    """Return a row whose label is worded under its name, and whose value under the key, or under "is"."""
    return CardRow(section, say(f"scoring.card.label.{name}"), say(f"scoring.card.{key or 'is'}", **values))


def _check_leaks(scorer: LeadScorer, leaks: pd.DataFrame | None, allowed: Mapping[str, str]) -> None:
    if leaks is None:
        return
    used = _list_used(scorer)
    blocked = [str(name) for name in leaks.loc[leaks["verdict"] == "block", "column"]]
    silent = [name for name in blocked if name in used and name not in allowed]
    if silent:
        raise BadArgument(
            f"The model uses {len(silent)} columns that the leak check blocks: {', '.join(silent)}.",
            "train without them, or give ModelFacts(allowed={column: reason}).",
        )


def _list_used(scorer: LeadScorer) -> set[str]:
    return {name for name, kind in scorer.column_kinds_.items() if kind != "unused"}


def _tell_verdict(scorer: LeadScorer) -> Iterator[CardRow]:
    yield _row("verdict", "verdict", f"verdict.{scorer.verdict_}")
    from saleslab.scoring.model.verdicts import tell_reason

    for reason in scorer.reasons_:
        yield CardRow("verdict", say("scoring.card.label.why"), tell_reason(reason))


def _tell_data(scorer: LeadScorer, about: ModelFacts) -> Iterator[CardRow]:
    if about.data_from is not None and about.data_to is not None:
        yield _row("data", "window", "from_to", first=about.data_from, last=about.data_to)
    else:
        yield _row("data", "window", "unknown")
    if about.n_leads is not None and about.n_wins is not None:
        yield _row("data", "leads", "leads", n=Count(about.n_leads), n_won=Count(about.n_wins))
    if about.window is not None:
        key = "met_within" if about.goal == "qualified" else "won_within"
        yield _row("data", "outcome", key, n=Count(about.window))
    yield _row("data", "base_rate", value=Share(float(scorer.base_rate_)))
    yield _row("data", "columns", "columns", n=Count(scorer.n_features_in_))
    if about.note:
        yield _row("data", "note", value=about.note)


def _tell_tests(scorer: LeadScorer, judged: ScoreEvaluation | None) -> Iterator[CardRow]:
    if judged is None:
        yield _row("tests", "forward", "not_judged")
        yield _tell_interval("tests", "inner_forward", scorer.forward_auc_)
        return
    for name in ("leaked", "random", "forward", "per_list"):
        interval = getattr(judged, name)
        if interval is not None:
            yield _tell_interval("tests", name, interval)
    measures = judged.measures
    yield _row("tests", "tested", "leads", n=Count(measures.n_leads), n_won=Count(measures.n_won))
    yield _tell_interval("tests", "log_loss", measures.log_loss)
    yield _tell_interval("tests", "gain", judged.gain)
    part = measures.captured_in_top
    ends = {name: Share(getattr(part, name)) for name in ("estimate", "low", "high")}
    yield _row("tests", "captured", "captured", top=Share(measures.top), **ends)


def _tell_interval(section: str, name: str, interval: Interval) -> CardRow:
    ends = {end: Number(getattr(interval, end), _DIGITS) for end in ("estimate", "low", "high")}
    return _row(section, name, "interval", **ends, mass=Share(interval.mass, 0))


def _tell_leaks(leaks: pd.DataFrame | None, allowed: Mapping[str, str], used: set[str]) -> Iterator[CardRow]:
    if leaks is None:
        yield _row("leaks", "leaks", "not_looked_for")
    else:
        counts = {verdict: int((leaks["verdict"] == verdict).sum()) for verdict in ("block", "warn", "ok")}
        yield _row("leaks", "leaks", "leaks", **{verdict: Count(n) for verdict, n in counts.items()})
        for found in leaks[leaks["verdict"] != "ok"].to_dict("records"):
            reason = Text(str(found["reason"]), str(found.get("reason_ja", found["reason"])))
            is_allowed = str(found["column"]) in allowed
            key = "allowed_leak" if is_allowed else "warned" if str(found["column"]) in used else "left_out"
            because = allowed.get(str(found["column"]), "")
            told = say(f"scoring.card.{key}", reason=reason, **({"because": because} if is_allowed else {}))
            yield CardRow("leaks", Text.same(str(found["column"])), told)
    known = set() if leaks is None else {str(name) for name in leaks.loc[leaks["verdict"] != "ok", "column"]}
    for column, because in allowed.items():
        if column not in known:
            yield CardRow("leaks", Text.same(column), say("scoring.card.allowed", because=because))


def _tell_groups(by_group: pd.DataFrame | None) -> Iterator[CardRow]:
    if by_group is None:
        yield _row("groups", "groups", "no_groups")
        return
    for found in by_group.to_dict("records"):
        name = Text.same(str(found["group"]))
        if found["n_groups"] > 1 or (not found["group"] and found["n_leads"] < SMALLEST):
            name = say("scoring.card.small_groups", n=Count(int(found["n_groups"])), size=Count(SMALLEST))
        elif not found["group"]:
            name = say("scoring.card.no_group")
        label = say("scoring.card.group", by=str(found["by"]), group=name)
        values: dict[str, object] = {
            "n": Count(int(found["n_leads"])),
            "rate": Share(found["rate"]),
            "chance": Share(found["chance"]),
            "gap": Points(found["gap"]),
            "low": Points(found["gap_low"]),
            "high": Points(found["gap_high"]),
        }
        told = say(f"scoring.card.group_{'off' if found['is_off'] else 'fits'}", **values)
        yield CardRow("groups", label, Text(*(_add_auc(told, found, lang) for lang in ("en", "ja"))))


def _add_auc(told: Text, found: Mapping[Any, Any], lang: str) -> str:
    """Return what is said of a group with how well its leads are sorted, where both outcomes were seen."""
    auc, gap = found["auc"], " " if lang == "en" else ""
    if auc is None or auc != auc:  # noqa: PLR0124  # pandas writes None as NaN in a column of numbers
        return told.of(lang) + gap + say("scoring.card.group_no_auc").of(lang)
    ends = {name: Number(found[name], 2) for name in ("auc", "auc_low", "auc_high")}
    return told.of(lang) + gap + say("scoring.card.group_auc", **ends).of(lang)


def _tell_limits(
    scorer: LeadScorer, judged: ScoreEvaluation | None, by_group: pd.DataFrame | None
) -> Iterator[CardRow]:
    yield _row("limits", "use", "limits.use")
    yield _row("limits", "cause", "limits.cause")
    if judged is None or judged.forward is None:
        yield _row("limits", "time", "limits.no_forward")
    if judged is not None and judged.per_list is not None and judged.per_list.low <= 0.5:
        yield _row("limits", "list", "limits.per_list")
    if scorer.verdict_ != "ready":
        yield _row("limits", "verdict", "limits.not_ready")
    if by_group is not None and bool(by_group["is_off"].any()):
        yield _row("limits", "groups", "limits.groups", n=Count(int(by_group["is_off"].sum())))


def _tell_identity(scorer: LeadScorer, about: ModelFacts, sha256: str) -> Iterator[CardRow]:
    yield _row("identity", "rung", f"rung.{scorer.rung_}")
    if scorer.seed is not None:
        yield _row("identity", "seed", value=str(scorer.seed))
    if about.data_hash:
        yield _row("identity", "data_hash", value=about.data_hash)
    yield _row("identity", "sha256", value=sha256) if sha256 else _row("identity", "sha256", "not_saved")
