"""Import maps as files: TOML that people read and edit, checked whole before it is used."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from saleslab.errors import MapError
from saleslab.intake.labels import normal_value
from saleslab.intake.rules import ColumnRule, ImportMap, LookupRule, RowTest, TableRule
from saleslab.tables import CANONICAL, HOUSEKEEPING

_SHIPPED = files("saleslab.intake").joinpath("maps")
_OWNED = {"source_system", "loaded_at", "row_hash", "custom"}
# fmt: off
_MAP_KEYS = {
    "name", "title", "source_system", "prefix", "timezone", "date_order", "decimal_comma", "salesforce_ids", "zones",
    "company", "lookups", "tables",
}
_TABLE_KEYS = {"table", "files", "needs", "where", "one_row_per_key", "fallback", "custom", "moves", "columns"}
_LOOKUP_KEYS = {"name", "files", "key", "value", "separator"}
_COLUMN_KEYS = {
    "from", "join", "first_filled", "value", "default", "values", "otherwise", "lookup", "keep_unfound", "starts",
    "prefix", "unit", "scale", "invert", "day", "round", "date_order", "timezone", "only_if", "take", "rank",
}
# fmt: on
_COMPANY_KEYS = {
    "currency",
    "timezone",
    "country",
    "fiscal_start_month",
    "fiscal_pattern",
    "fiscal_named_after",
    "week_start",
    "closed_days",
}  # fmt: skip
_CHOICES = {
    "unit": {"percent"},
    "day": {"start", "end"},
    "round": {"carry"},
    "date_order": {"DMY", "MDY", "YMD"},
    "take": {"first", "sum", "min", "max"},
}


def shipped_maps() -> tuple[str, ...]:
    """Return the names of the maps that come with saleslab.

    Examples
    --------
    >>> "salesforce" in shipped_maps() and "hubspot_ja" in shipped_maps()
    True
    """
    return tuple(
        sorted(entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml"))
    )


def read_map_text(name_or_file: str | Path) -> str:
    """Return the TOML of a shipped map, by its name, or of a file.

    Raises
    ------
    MapError
        When there is neither.
    """
    name = str(name_or_file)
    if name in shipped_maps():
        return _SHIPPED.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    path = Path(name_or_file)
    if path.is_file():
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise MapError(f"The map '{path}' is not UTF-8 text.", "save it as UTF-8.") from None
    raise MapError(
        f"There is no map '{name}'; shipped are {', '.join(shipped_maps())}.",
        "use one of them or a TOML file of yours; `saleslab map suggest FILE` writes one.",
    )


def load_map(name_or_file: str | Path) -> ImportMap:
    """Return a shipped map, by its name, or one of a TOML file.

    Raises
    ------
    MapError
        When it is unknown, no TOML, or wrong; everything that is wrong is told at once.

    Examples
    --------
    >>> load_map("maven").prefix
    'maven:'
    """
    return _parse(str(name_or_file), read_map_text(name_or_file))


@lru_cache(maxsize=32)
def _parse(shown: str, text: str) -> ImportMap:
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise MapError(f"The map '{shown}' is not TOML: {wrong}.", "correct that line.") from None
    return _Reader(shown).read(tree)


class _Reader:
    """Reads the tree of one map and collects what is wrong with it."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.wrong: list[str] = []

    def read(self, tree: Mapping[str, Any]) -> ImportMap:
        self.refuse_unknown(tree, _MAP_KEYS, "the map")
        title = tree.get("title", {})
        title = {"en": title, "ja": title} if isinstance(title, str) else title
        company = self.mapping(tree, "company", "the map")
        self.refuse_unknown(company, _COMPANY_KEYS, "[company]")
        name = self.text(tree, "name", "the map") or Path(self.shown).stem
        read = ImportMap(
            name=name,
            title_en=str(title.get("en", "")),
            title_ja=str(title.get("ja", "")),
            source_system=self.text(tree, "source_system", "the map") or name,
            prefix=self.text(tree, "prefix", "the map"),
            lookups=tuple(self.lookup(entry) for entry in self.entries(tree, "lookups")),
            tables=tuple(self.table(entry) for entry in self.entries(tree, "tables")),
            zone=self.zone(self.text(tree, "timezone", "the map"), "the map"),
            order=self.order(tree, "the map"),
            decimal_comma=self.flag(tree, "decimal_comma", "the map"),
            salesforce_ids=self.flag(tree, "salesforce_ids", "the map"),
            zones={
                self.text(entry, "when_column", "[[zones]]"): self.zone(
                    self.text(entry, "timezone", "[[zones]]"), "[[zones]]"
                )
                for entry in self.entries(tree, "zones")
            },
            company=company,
        )
        self.check_lookups(read)
        if not read.tables:
            self.wrong.append("it has no [[tables]]")
        if self.wrong:
            raise MapError(
                f"The map '{self.shown}' is wrong: {'; '.join(self.wrong)}.",
                "correct it; `saleslab map show maven` prints a map to learn from.",
            )
        return read

    def table(self, entry: Mapping[str, Any]) -> TableRule:
        name = str(entry.get("table", ""))
        where = f"[[tables]] of '{name}'"
        self.refuse_unknown(entry, _TABLE_KEYS, where)
        if name not in CANONICAL:
            self.wrong.append(f"there is no canonical table '{name}'")
        columns = self.mapping(entry, "columns", where)
        rules = {target: self.column(given, f"{name}.{target}") for target, given in columns.items()}
        if name in CANONICAL:
            self.check_columns(name, rules)
        if not entry.get("files"):
            self.wrong.append(f"{where} names no files")
        return TableRule(
            table=name,
            files=self.texts(entry, "files", where),
            columns=rules,
            needs=self.texts(entry, "needs", where),
            where=tuple(self.test(test, where) for test in entry.get("where", [])),
            one_row_per_key=self.flag(entry, "one_row_per_key", where),
            fallback=self.flag(entry, "fallback", where),
            custom=self.flag(entry, "custom", where, otherwise=True),
            moves=self.flag(entry, "moves", where),
        )

    def check_columns(self, name: str, rules: Mapping[str, tuple[ColumnRule, ...]]) -> None:
        allowed = {column.name for column in CANONICAL[name].all_columns} - _OWNED
        self.wrong += [f"{name} has no column '{target}'" for target in rules if target not in allowed]
        own = {column.name for column in HOUSEKEEPING}
        missing = [target for target in CANONICAL[name].required_columns if target not in rules and target not in own]
        self.wrong += [f"{name}.{target} is required and has no rule" for target in missing]
        for target, alternatives in rules.items():
            for rule in alternatives:
                others = [*rule.rank, *([rule.only_if] if rule.only_if else [])]
                self.wrong += [f"{name}.{target} speaks of '{o}', which has no rule" for o in others if o not in rules]

    def column(self, given: Any, where: str) -> tuple[ColumnRule, ...]:
        if isinstance(given, str):
            return (ColumnRule(sources=(given,)),)
        if isinstance(given, list):
            if all(isinstance(one, str) for one in given):
                return (ColumnRule(sources=tuple(given)),)
            return tuple(rule for one in given for rule in self.column(one, where))
        if not isinstance(given, Mapping):
            self.wrong.append(f"{where} must be a name, a list of names or a table")
            return ()
        self.refuse_unknown(given, _COLUMN_KEYS, where)
        self.check_choices(given, where)
        sources = self.texts(given, "from", where)
        if not sources and "value" not in given and "rank" not in given:
            self.wrong.append(f"{where} has neither 'from', 'value' nor 'rank'")
        return (
            ColumnRule(
                sources=sources,
                join=self.word(given, "join"),
                first_filled=self.flag(given, "first_filled", where),
                value=self.word(given, "value"),
                default=self.word(given, "default"),
                values={normal_value(str(k)): _to_text(v) for k, v in self.mapping(given, "values", where).items()},
                otherwise=self.word(given, "otherwise"),
                lookup=self.text(given, "lookup", where),
                keep_unfound=self.flag(given, "keep_unfound", where),
                starts=self.text(given, "starts", where),
                prefix="" if given.get("prefix") is False else self.word(given, "prefix"),
                percent=given.get("unit") == "percent",
                invert=self.flag(given, "invert", where),
                scale=self.scale(given, where),
                edge=given.get("day", ""),
                carry=given.get("round") == "carry",
                order=self.order(given, where),
                zone=self.zone(self.text(given, "timezone", where), where),
                only_if=self.text(given, "only_if", where),
                take=given.get("take", ""),
                rank=self.texts(given, "rank", where),
            ),
        )

    def lookup(self, entry: Mapping[str, Any]) -> LookupRule:
        name = self.text(entry, "name", "[[lookups]]")
        where = f"[[lookups]] '{name}'"
        self.refuse_unknown(entry, _LOOKUP_KEYS, where)
        self.wrong += [f"{where} has no '{key}'" for key in ("name", "files", "key", "value") if not entry.get(key)]
        return LookupRule(
            name,
            self.texts(entry, "files", where),
            self.texts(entry, "key", where),
            self.texts(entry, "value", where),
            self.text(entry, "separator", where),
        )

    def test(self, entry: Any, where: str) -> RowTest:
        if not isinstance(entry, Mapping) or not entry.get("column"):
            self.wrong.append(f"{where}: each 'where' needs a column")
            return RowTest(())
        self.refuse_unknown(entry, {"column", "is", "is_not", "filled"}, f"{where}, where")
        if len(entry) != 2:
            self.wrong.append(f"{where}: 'where' of '{entry['column']}' needs one of 'is', 'is_not', 'filled'")
        return RowTest(
            self.texts(entry, "column", where),
            frozenset(normal_value(_to_text(word)) for word in _as_list(entry.get("is", []))),
            frozenset(normal_value(_to_text(word)) for word in _as_list(entry.get("is_not", []))),
            entry.get("filled"),
        )

    def check_lookups(self, read: ImportMap) -> None:
        known = {lookup.name for lookup in read.lookups}
        used = {
            (f"{table.table}.{target}", rule.lookup)
            for table in read.tables
            for target, rules in table.columns.items()
            for rule in rules
            if rule.lookup
        }
        self.wrong += [f"{where} uses the lookup '{name}', which is not there" for where, name in sorted(used)
                       if name not in known]  # fmt: skip

    # -- single values

    def refuse_unknown(self, entry: Mapping[str, Any], known: Iterable[str], where: str) -> None:
        self.wrong += [f"{where} has an unknown key '{key}'" for key in entry if key not in known]

    def check_choices(self, entry: Mapping[str, Any], where: str) -> None:
        for key, allowed in _CHOICES.items():
            if key in entry and entry[key] not in allowed:
                self.wrong.append(f"{where}.{key} must be one of {', '.join(sorted(allowed))}")

    def text(self, entry: Mapping[str, Any], key: str, where: str) -> str:
        value = entry.get(key, "")
        if not isinstance(value, str):
            self.wrong.append(f"'{key}' of {where} must be text")
            return ""
        return value

    def word(self, entry: Mapping[str, Any], key: str) -> str | None:
        return _to_text(entry[key]) if key in entry else None

    def texts(self, entry: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        values = _as_list(entry.get(key, []))
        if not all(isinstance(value, str) for value in values):
            self.wrong.append(f"'{key}' of {where} must hold names")
            return ()
        return tuple(values)

    def mapping(self, entry: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
        value = entry.get(key, {})
        if not isinstance(value, Mapping):
            self.wrong.append(f"'{key}' of {where} must be a table")
            return {}
        return value

    def entries(self, tree: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        values = tree.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, Mapping) for value in values):
            self.wrong.append(f"'{key}' must be written as [[{key}]]")
            return []
        return values

    def flag(self, entry: Mapping[str, Any], key: str, where: str, *, otherwise: bool = False) -> bool:
        value = entry.get(key, otherwise)
        if not isinstance(value, bool):
            self.wrong.append(f"'{key}' of {where} must be true or false")
            return otherwise
        return value

    def order(self, entry: Mapping[str, Any], where: str) -> str:
        value = self.text(entry, "date_order", where)
        if value not in {"", *_CHOICES["date_order"]}:
            self.wrong.append(f"'date_order' of {where} must be DMY, MDY or YMD")
        return "" if value == "YMD" else value

    def zone(self, name: str, where: str) -> str:
        try:
            if name:
                ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            self.wrong.append(f"'{name}' of {where} is no time zone")
        return name

    def scale(self, entry: Mapping[str, Any], where: str) -> Decimal:
        value = entry.get("scale", 1)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            self.wrong.append(f"'scale' of {where} must be a positive number")
            return Decimal(1)
        return Decimal(str(value))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _to_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
