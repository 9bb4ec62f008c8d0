"""Which file feeds which table, and which of its columns fills which of the table's?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saleslab.errors import FileProblem
from saleslab.intake.files import DataFile
from saleslab.intake.labels import file_fits, normal_name
from saleslab.intake.rules import ColumnRule, ImportMap, LookupRule, TableRule
from saleslab.tables import CANONICAL, HOUSEKEEPING, get_table

_HOUSEKEEPING = {column.name for column in HOUSEKEEPING}


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A rule that applies to a file, with the file's own names of its columns; none for a fixed value."""

    rule: ColumnRule
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """One file feeding one table.

    ``absent`` names the canonical columns that the map knows and the file cannot fill; ``custom`` the file's columns
    that nothing uses and that are kept with these rows.
    """

    table: str
    rule: TableRule
    file: DataFile
    columns: dict[str, BoundColumn]
    tests: tuple[tuple[str, int], ...]
    custom: tuple[str, ...]
    absent: tuple[str, ...]
    zone: str

    @property
    def used(self) -> tuple[str, ...]:
        """Columns of the file that are read."""
        names = [name for bound in self.columns.values() for name in bound.names]
        return tuple(dict.fromkeys([*names, *(name for name, _ in self.tests), *self.custom]))


@dataclass(frozen=True, slots=True)
class BoundLookup:
    """A lookup and the file that holds it."""

    rule: LookupRule
    file: DataFile
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import will do: its bindings in the order of writing, its lookups, and what is left over.

    ``unused`` names the files that no rule of the map speaks of; ``unmatched`` lists, for each file that is used, the
    columns that nothing reads.
    """

    map: ImportMap
    bindings: tuple[Binding, ...]
    lookups: tuple[BoundLookup, ...]
    unused: tuple[DataFile, ...]
    unmatched: dict[str, tuple[str, ...]]

    @property
    def tables(self) -> tuple[str, ...]:
        """Canonical tables that will be written, exchange rates first and the rest in the order of the dictionary."""
        fed = {binding.table for binding in self.bindings}
        return tuple(sorted(fed, key=lambda name: (name != "fx_rates", list(CANONICAL).index(name))))


def make_plan(
    import_map: ImportMap, files: Sequence[DataFile], *, company_zone: str = "UTC", table: str | None = None
) -> Plan:
    """Return how the files of a source become tables.

    A file is known by its name. A source of one file is known by its columns too, whatever it is called.

    Parameters
    ----------
    import_map
        The map.
    files
        The tables of the source.
    company_zone
        Zone of naive times where neither map nor file tells one.
    table
        Canonical table that the files hold, where their names do not tell.

    Raises
    ------
    FileProblem
        When no file fits the map, or a required column is missing; all that is missing is told at once.
    """
    lookups = _bind_lookups(import_map, files)
    bindings = propose_bindings(import_map, files, company_zone=company_zone, table=table)
    _refuse_incomplete(bindings)
    usable = tuple(binding for binding in bindings if not missing_columns(binding))
    if not usable:
        raise FileProblem(
            f"No file of the source fits the map '{import_map.name}': {_shown([file.name for file in files])}.",
            "name the canonical table with --table, choose another map, or run `saleslab map suggest FILE`.",
        )
    return _complete(import_map, usable, lookups, files)


def propose_bindings(
    import_map: ImportMap, files: Sequence[DataFile], *, company_zone: str = "UTC", table: str | None = None
) -> tuple[Binding, ...]:
    """Return which file would feed which table, complete or not; see `make_plan`."""
    if table is not None:
        get_table(table)
    ready = {bound.rule.name for bound in _bind_lookups(import_map, files)}
    pairs = [(rule, file) for file in files for rule in _rules_of(import_map, file, table)]
    if not pairs and len(files) == 1:
        pairs = [(rule, files[0]) for rule in _best_by_columns(import_map, files[0], ready, table)]
    main = {rule.table for rule, _ in pairs if not rule.fallback}
    pairs = [(rule, file) for rule, file in pairs if not (rule.fallback and rule.table in main)]
    return tuple(_bind(import_map, rule, file, ready, company_zone) for rule, file in pairs)


def _bind_lookups(import_map: ImportMap, files: Sequence[DataFile]) -> tuple[BoundLookup, ...]:
    return tuple(bound for rule in import_map.lookups for bound in [_bind_lookup(rule, files)] if bound)


def _rules_of(import_map: ImportMap, file: DataFile, table: str | None) -> list[TableRule]:
    if table is not None:
        return [rule for rule in import_map.tables if rule.table == table and _has_needs(rule, file)]
    return [rule for rule in import_map.tables if file_fits(file.stem, rule.files) and _has_needs(rule, file)]


def _has_needs(rule: TableRule, file: DataFile) -> bool:
    present = {normal_name(name) for name in file.columns}
    return all(normal_name(name) in present for name in rule.needs)


def _best_by_columns(import_map: ImportMap, file: DataFile, ready: set[str], table: str | None) -> list[TableRule]:
    """Return the rules of the object whose columns a file holds most of, where none is missing."""
    scored = []
    for rule in import_map.tables:
        if not rule.fallback and rule.table == (table or rule.table) and _has_needs(rule, file):
            binding = _bind(import_map, rule, file, ready, "UTC")
            n_read = len({name for bound in binding.columns.values() for name in bound.names})
            if not missing_columns(binding) and n_read > 1:
                scored.append((n_read, rule))
    if not scored:
        return []
    best = max(n for n, _ in scored)
    files = next(rule.files for n, rule in scored if n == best)
    return [rule for rule in import_map.tables if rule.files == files and _has_needs(rule, file)]


def _bind(import_map: ImportMap, rule: TableRule, file: DataFile, ready: set[str], company_zone: str) -> Binding:
    own = {normal_name(name): name for name in reversed(file.columns)}
    columns: dict[str, BoundColumn] = {}
    later = sorted(rule.columns, key=lambda target: any(_others(one) for one in rule.columns[target]))
    for target in later:  # what depends on other columns comes last
        for one in rule.columns[target]:
            bound = _bind_column(one, own, ready)
            if bound is not None and all(other in columns for other in _others(one)):
                columns[target] = bound
                break
    columns = {target: columns[target] for target in rule.columns if target in columns}
    asked = [
        next((own[normal_name(name)] for name in test.columns if normal_name(name) in own), "") for test in rule.where
    ]
    tests = tuple((name, place) for place, name in enumerate(asked) if name)
    zone = next((zone for name, zone in import_map.zones.items() if normal_name(name) in own), "")
    absent = tuple(target for target in rule.columns if target not in columns)
    return Binding(rule.table, rule, file, columns, tests, (), absent, zone or import_map.zone or company_zone)


def _others(rule: ColumnRule) -> tuple[str, ...]:
    return (*rule.rank, rule.only_if) if rule.only_if else rule.rank


def _bind_column(rule: ColumnRule, own: dict[str, str], ready: set[str]) -> BoundColumn | None:
    if rule.value is not None or rule.rank:
        return BoundColumn(rule, ())
    if rule.lookup and rule.lookup not in ready:
        return None
    found = [own[normal_name(name)] for name in rule.sources if normal_name(name) in own]
    if rule.join is not None:
        return BoundColumn(rule, tuple(found)) if len(found) == len(rule.sources) else None
    if not found:
        return None
    return BoundColumn(rule, tuple(found) if rule.first_filled else (found[0],))


def _bind_lookup(rule: LookupRule, files: Sequence[DataFile]) -> BoundLookup | None:
    for file in files:
        own = {normal_name(name): name for name in file.columns}
        key = next((own[normal_name(name)] for name in rule.key if normal_name(name) in own), None)
        value = next((own[normal_name(name)] for name in rule.value if normal_name(name) in own), None)
        if key and value and file_fits(file.stem, rule.files):
            return BoundLookup(rule, file, key, value)
    return None


def missing_columns(binding: Binding) -> tuple[str, ...]:
    """Return the columns that the table of a binding needs and its file does not fill."""
    required = get_table(binding.table).required_columns
    return tuple(name for name in required if name not in binding.columns and name not in _HOUSEKEEPING)


def _refuse_incomplete(bindings: Sequence[Binding]) -> None:
    lacking = []
    for binding in bindings:
        if binding.rule.fallback:
            continue
        for target in missing_columns(binding):
            wanted = list(dict.fromkeys(n for rule in binding.rule.columns.get(target, ()) for n in rule.sources))
            lacking.append(f"'{binding.file.name}' has no column for {binding.table}.{target} ({_shown(wanted)})")
    if lacking:
        has = {binding.file.name: _shown(binding.file.columns) for binding in bindings if missing_columns(binding)}
        raise FileProblem(
            f"{'; '.join(lacking)}. It has: {'; '.join(has.values())}.",
            "export the column too, or add the file's own name of it to the map (`saleslab map show NAME > my.toml`).",
        )


def _complete(
    import_map: ImportMap, bindings: tuple[Binding, ...], lookups: tuple[BoundLookup, ...], files: Sequence[DataFile]
) -> Plan:
    """Return the plan, with what no rule reads kept by the first table of each file that keeps such columns."""
    used: dict[str, set[str]] = {}
    for binding in bindings:
        used.setdefault(binding.file.name, set()).update(binding.used)
    for bound in lookups:
        used.setdefault(bound.file.name, set()).update((bound.key, bound.value))
    unmatched = {
        file.name: tuple(name for name in file.columns if name not in used[file.name])
        for file in files
        if file.name in used
    }
    kept = [
        Binding(
            b.table, b.rule, b.file, b.columns, b.tests, unmatched[b.file.name] if _keeps(b) else (), b.absent, b.zone
        )
        for b in bindings
    ]
    unused = tuple(file for file in files if file.name not in used)
    return Plan(import_map, tuple(kept), lookups, unused, unmatched)


def _keeps(binding: Binding) -> bool:
    one_each = binding.rule.custom and not binding.rule.one_row_per_key
    return one_each and get_table(binding.table).keeps_custom


def _shown(names: Sequence[str], most: int = 12) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
