"""What would an import do with this file? Asked beforehand, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saleslab.errors import FileProblem
from saleslab.intake.files import DataFile, list_files
from saleslab.intake.map_files import load_map, shipped_maps
from saleslab.intake.matching import Binding, missing_columns, propose_bindings
from saleslab.intake.rules import ImportMap


@dataclass(frozen=True, slots=True)
class TableMatch:
    """How one file would feed one table.

    Parameters
    ----------
    file, table
        The file and the canonical table.
    matched
        Canonical column and the columns of the file that fill it; none where the map fixes the value.
    kept
        Columns of the file that no rule names; they go to ``custom``.
    not_in_file
        Canonical columns that the map knows and the file does not have.
    missing
        Those of them that the table needs; with any of them the file cannot be imported.
    """

    file: str
    table: str
    matched: tuple[tuple[str, tuple[str, ...]], ...]
    kept: tuple[str, ...]
    not_in_file: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MapCheck:
    """How a source and a map fit. ``is_ready`` says whether an import could start.

    Parameters
    ----------
    map_name
        The map.
    matches
        How each file would feed each table.
    unused_files
        Files that the map does not read.
    empty_files
        Files that it would read and that hold a header and no rows.
    """

    map_name: str
    matches: tuple[TableMatch, ...]
    unused_files: tuple[str, ...]
    empty_files: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the map reads something of the source and misses nothing that it needs."""
        return bool(self.matches) and not any(match.missing for match in self.matches)

    @property
    def is_ready(self) -> bool:
        """Whether something would be imported and nothing that is needed is missing."""
        return self.fits and bool({match.file for match in self.matches} - set(self.empty_files))


def check_map(
    source: str | Path,
    *,
    map_name_or_file: str | Path | None = None,
    table: str | None = None,
    encoding: str | None = None,
) -> MapCheck:
    """Return what of a source a map would use, keep and miss.

    Parameters
    ----------
    source
        File or folder.
    map_name_or_file
        The map; by default the shipped one that reads most columns.
    table
        Canonical table of the source, where the names of its files do not tell.
    encoding
        Of text files, where it cannot be found out.

    Raises
    ------
    FileProblem
        When the source cannot be read, or no map is named and none fits.
    MapError
        When the map is unknown or wrong.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     deals = Path(folder, "opportunity.csv")
    ...     _ = deals.write_text("Id,StageName,IsClosed,IsWon,Rank__c" + chr(10) + "1,Lead,false,false,A")
    ...     check = check_map(deals, map_name_or_file="salesforce")
    >>> check.is_ready, check.matches[-1].table, check.matches[-1].kept
    (True, 'opportunities', ('Rank__c',))
    """
    maps = [map_name_or_file] if map_name_or_file is not None else shipped_maps()
    checks = [_check(Path(source), load_map(name), table, encoding) for name in maps]
    best, files = max(checks, key=lambda checked: (checked[0].fits, _n_read(checked[0])))
    if map_name_or_file is None and not best.matches:
        raise FileProblem(
            f"No shipped map knows the columns of '{Path(source).name}'.",
            "run `saleslab map suggest FILE` for a map of your own.",
        )
    read = {match.file for match in best.matches}
    return replace(best, empty_files=tuple(file.name for file in files if file.name in read and _is_empty(file)))


def _is_empty(file: DataFile) -> bool:
    return not any(len(batch.numbers) for batch in file.batches())


def _n_read(check: MapCheck) -> int:
    return len({(match.file, name) for match in check.matches for _, names in match.matched for name in names})


def _check(
    source: Path, import_map: ImportMap, table: str | None, encoding: str | None
) -> tuple[MapCheck, Sequence[DataFile]]:
    files = list_files(source, known=import_map.known_names(), encoding=encoding)
    bindings = propose_bindings(import_map, files, table=table)
    used: dict[str, set[str]] = {}
    for binding in bindings:
        used.setdefault(binding.file.name, set()).update(binding.used)
    matches = tuple(_match(binding, used[binding.file.name]) for binding in bindings)
    unused = tuple(file.name for file in files if file.name not in used and not _is_lookup(import_map, file))
    return MapCheck(import_map.name, matches, unused), files


def _is_lookup(import_map: ImportMap, file: DataFile) -> bool:
    from saleslab.intake.labels import file_fits

    return any(file_fits(file.stem, rule.files) for rule in import_map.lookups)


def _match(binding: Binding, used: set[str]) -> TableMatch:
    missing = missing_columns(binding)
    return TableMatch(
        binding.file.name,
        binding.table,
        tuple((target, bound.names) for target, bound in binding.columns.items()),
        tuple(name for name in binding.file.columns if name not in used),
        tuple(name for name in binding.absent if name not in missing),
        missing,
    )
