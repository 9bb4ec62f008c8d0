"""A map for an export that no map knows: proposed from names, kinds and values, for a person to read and correct."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as files_of
from pathlib import Path
from typing import Any

from saleslab.errors import FileProblem
from saleslab.intake.files import DataFile, list_files
from saleslab.intake.labels import normal_file, normal_name, normal_value
from saleslab.intake.map_files import load_map, shipped_maps
from saleslab.intake.profiles import ColumnProfile, profile_columns
from saleslab.tables import Column, Kind, Table, get_table

_LEAST = 0.62
_SURE = 0.9
_TABLES = (
    "opportunities", "accounts", "contacts", "leads", "users", "teams", "stages", "stage_events", "activities", "tasks",
    "products", "prices", "opportunity_lines", "quotes", "quote_lines", "orders", "order_lines", "campaigns", "touches",
    "feedback", "targets", "handoffs", "fx_rates",
)  # fmt: skip
_WON = {"won", "closed won", "closedwon", "受注", "成約", "成立", "契約", "契約済", "受注済", "商談成立"}
_LOST = {"lost", "closed lost", "closedlost", "失注", "不成立", "見送り", "失注済", "商談不成立", "ロスト"}


@dataclass(frozen=True, slots=True)
class Guess:
    """A column of the file that may fill a canonical one, and how much speaks for it, 0 to 1."""

    target: str
    source: ColumnProfile
    score: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed map.

    Parameters
    ----------
    toml
        The map, with comments that say how sure each line is.
    table
        Canonical table of each file.
    guesses
        What was matched, the surest first.
    missing
        Columns that the tables need and nothing was found for.
    """

    toml: str
    table: Mapping[str, str]
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]


def suggest_map(source: str | Path, *, table: str | None = None, encoding: str | None = None) -> Suggestion:
    """Propose a map for an export.

    Names are compared with those of the canonical tables, in English and Japanese, and of all shipped maps; values must
    fit the kind of the column. It is a proposal: what is not sure is marked, what is missing is named.

    Parameters
    ----------
    source
        File or folder.
    table
        Canonical table, where it is known.
    encoding
        Of text files, where it cannot be found out.

    Raises
    ------
    FileProblem
        When the source cannot be read, or nothing in it looks like sales data.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "deals.csv")
    ...     _ = file.write_text("案件番号,商談名,フェーズ,金額,完了予定日", encoding="utf-8")
    ...     suggestion = suggest_map(file)
    >>> suggestion.table["deals.csv"]
    'opportunities'
    """
    from saleslab.intake.map_writing import write_map

    files = list_files(Path(source), encoding=encoding)
    found = {file.name: guess for file in files if (guess := _suggest_table(file, table)) is not None}
    if not found:
        raise FileProblem(
            f"Nothing in '{Path(source).name}' looks like a table of sales data.",
            "name its canonical table with --table, or write a map by hand (`saleslab map show maven`).",
        )
    by_name = {file.name: file for file in files}
    parts = [(by_name[name], proposed, guesses) for name, (proposed, guesses) in found.items()]
    missing = tuple(
        f"{proposed}.{name}"
        for _, proposed, guesses in parts
        for name in get_table(proposed).required_columns
        if name not in {guess.target for guess in guesses} and not can_derive(proposed, name, guesses)
    )
    flat = sorted((guess for _, _, guesses in parts for guess in guesses), key=lambda guess: -guess.score)
    toml = write_map(normal_file(Path(source).stem) or "mine", parts)
    return Suggestion(toml, {name: proposed for name, (proposed, _) in found.items()}, tuple(flat), missing)


def can_derive(table: str, name: str, guesses: list[Guess]) -> bool:
    """Say whether a required column can be told from another one (won and lost from the stage) or fixed."""
    if name in {"is_closed", "is_won"}:
        stages = [guess.source for guess in guesses if guess.target == "stage_id"]
        return any(not stage.words or any(won_and_lost(stage.words)) for stage in stages)
    return (table, name) in {("users", "is_active"), ("activities", "channel"), ("activities", "type")}


def won_and_lost(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the words of a stage column that mean won, and those that mean lost.

    Examples
    --------
    >>> won_and_lost(("提案", "受注", "失注", "Closed Won"))
    (['受注', 'Closed Won'], ['失注'])
    """
    won = [word for word in words if normal_value(word) in _WON]
    return won, [word for word in words if normal_value(word) in _LOST]


def _suggest_table(file: DataFile, table: str | None) -> tuple[str, list[Guess]] | None:
    profiles = profile_columns(file) or tuple(
        ColumnProfile(name, 0, 0, 0, 0, 0, 0, 0, 0, 0, "", ()) for name in file.columns
    )
    candidates = {name: _match(get_table(name), profiles) for name in ((table,) if table else _TABLES)}
    scores = {name: _weigh(name, file, guesses) for name, guesses in candidates.items()}
    best = max(scores, key=lambda name: scores[name])
    return (best, candidates[best]) if scores[best] > 1.0 or table else None


def _weigh(name: str, file: DataFile, guesses: list[Guess]) -> float:
    """Return how much speaks for a table: its matched columns, above all the key and the required ones."""
    required = set(get_table(name).required_columns)
    total = sum(guess.score * (2 if guess.target in required else 1) for guess in guesses)
    lacking = [column for column in required if column not in {guess.target for guess in guesses}]
    lacking = [column for column in lacking if not can_derive(name, column, guesses)]
    stem = normal_file(file.stem)
    is_named = stem.removesuffix("s") in {name.removesuffix("s"), *_file_names(name)}
    is_hinted = name.removesuffix("s") in stem or get_table(name).label.ja in stem
    return total - len(lacking) + (2.0 if is_named else 1.5 if is_hinted else 0.0)


@cache
def _file_names(table: str) -> frozenset[str]:
    rules = [rule for shipped in shipped_maps() for rule in load_map(shipped).tables if rule.table == table]
    return frozenset(normal_file(name).removesuffix("s") for rule in rules if not rule.fallback for name in rule.files)


@cache
def _synonyms() -> dict[str, dict[str, list[str]]]:
    text = files_of("saleslab.intake").joinpath("synonyms.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _names_of(table: str) -> dict[str, frozenset[str]]:
    """Return the normal names by which each column of a table is known, here and in all shipped maps."""
    declared = get_table(table)
    known = {
        column.name: {normal_name(column.name), normal_name(column.label.en), normal_name(column.label.ja)}
        for column in declared.columns
    }
    for shipped in shipped_maps():
        for rule in load_map(shipped).tables:
            if rule.table == table:
                for target, alternatives in rule.columns.items():
                    names = {normal_name(name) for one in alternatives if one.join is None for name in one.sources}
                    known.setdefault(target, set()).update(names if target in known else ())
    for target, words in _synonyms().get(table, {}).items():
        known[target] |= {normal_name(word) for word in words}
    return {name: frozenset(names) for name, names in known.items() if names}


def _match(table: Table, profiles: tuple[ColumnProfile, ...]) -> list[Guess]:
    """Return the best columns for a table's columns, each used once, the surest pairs first."""
    pairs = [
        Guess(column.name, profile, score)
        for column in table.columns
        for profile in profiles
        if (score := _score(table, column, profile)) >= _LEAST
    ]
    taken: dict[str, Guess] = {}
    used: set[str] = set()
    for guess in sorted(pairs, key=lambda pair: (-pair.score, pair.target, pair.source.name)):
        if guess.target not in taken and guess.source.name not in used:
            taken[guess.target] = guess
            used.add(guess.source.name)
    return list(_with_key(table, profiles, taken).values())


def _with_key(table: Table, profiles: tuple[ColumnProfile, ...], taken: dict[str, Guess]) -> dict[str, Guess]:
    """Return the guesses with a key: where no name fits, the first column of unique values that is called an id."""
    key = table.key[0]
    if len(table.key) > 1 or key in taken:
        return taken
    sure = {guess.source.name for guess in taken.values() if guess.score > _SURE}
    for profile in profiles:
        is_id = normal_name(profile.name).endswith(("id", "番号", "コード", "code", "key", "no"))
        if is_id and profile.name not in sure and profile.distinct == profile.filled == 1:
            others = {target: guess for target, guess in taken.items() if guess.source.name != profile.name}
            return {key: Guess(key, profile, _LEAST)} | others
    name = taken.get("name")
    if name is not None and name.source.distinct == name.source.filled == 1:
        return {key: Guess(key, name.source, _LEAST)} | taken
    return taken


def _score(table: Table, column: Column, profile: ColumnProfile) -> float:
    from rapidfuzz import fuzz

    given = normal_name(profile.name)
    names = _names_of(table.name).get(column.name, frozenset())
    likeness = max((_likeness(fuzz, given, name) for name in names), default=0.0)
    return likeness * _fit(column, profile, is_key=column.name in table.key and len(table.key) == 1)


def _likeness(fuzz: Any, given: str, name: str) -> float:
    """Return how like two names are; part of a name counts for less, of a short one for nothing."""
    whole = float(fuzz.ratio(given, name)) / 100
    if min(len(given), len(name)) < 2 or whole > _SURE:
        return whole
    return max(whole, 0.85 * float(fuzz.partial_ratio(given, name)) / 100 if len(name) > 3 else 0.0)


def _fit(column: Column, profile: ColumnProfile, *, is_key: bool) -> float:
    """Return how well values fit a kind: 1 where they do or nothing is known, less where they do not."""
    if profile.filled == 0:
        return 1.0
    if is_key:
        return 1.0 if profile.distinct == 1 and profile.filled == 1 else 0.5
    match column.kind:
        case Kind.MONEY | Kind.NUMBER | Kind.INTEGER | Kind.RATE:
            return 0.2 + 0.8 * profile.numbers
        case Kind.DATE | Kind.TIMESTAMP:
            return 0.2 + 0.8 * profile.dates
        case Kind.BOOL:
            return 0.2 + 0.8 * profile.flags
    if column.name == "email":
        return 0.3 + 0.7 * profile.emails
    if column.name == "phone":
        return 0.3 + 0.7 * profile.phones
    return 0.4 if profile.dates > _SURE or profile.emails > _SURE else 1.0
