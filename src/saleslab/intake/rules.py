"""What an import map says: frozen rules that lead from the columns of files to canonical tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from saleslab.intake.labels import normal_name
from saleslab.intake.values import Edge

Take = Literal["", "first", "sum", "min", "max"]


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """How one canonical column is filled.

    Parameters
    ----------
    sources
        Names of columns of the file; the first one that it has, or all of them with ``join`` or ``first_filled``.
    join
        Text put between the cells of all ``sources``; None where only one is taken.
    first_filled
        Of all ``sources`` that the file has, the first cell that is not empty, row by row.
    value
        The same value in every row, instead of a source.
    default
        Value of empty cells.
    values, otherwise
        Cells to be replaced, by their normal form, and what replaces every other cell that is not empty.
    lookup, keep_unfound
        Name of a lookup: the cell is its key. What it does not hold becomes empty, or stays as it is.
    starts
        Only cells that start so count; others are empty (Salesforce ids tell what they point to).
    prefix
        Put before an id; None for the prefix of the map.
    percent, scale, edge, carry, order, zone
        How the cells are written; see `saleslab.intake.values.Manner`.
    invert
        The value is one divided by the cell (rates that are quoted the other way round).
    only_if
        Canonical column of flags of the same table; where it is not true, the cell is empty.
    take
        Which value stands for the rows of one key, in a table with one row a key; by default the first, and it is told
        where the rows differ.
    rank
        Canonical columns of the same table: the value is the row's place in their order, from 0.
    """

    sources: tuple[str, ...] = ()
    join: str | None = None
    first_filled: bool = False
    value: str | None = None
    default: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    lookup: str = ""
    keep_unfound: bool = False
    starts: str = ""
    prefix: str | None = None
    percent: bool = False
    invert: bool = False
    scale: Decimal = Decimal(1)
    edge: Edge = ""
    carry: bool = False
    order: str = ""
    zone: str = ""
    only_if: str = ""
    take: Take = ""
    rank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowTest:
    """Which rows of a file count: those whose cell is one of some words, is none of them, or is filled.

    The first of ``columns`` that the file has is asked; where it has none, every row counts.
    """

    columns: tuple[str, ...]
    is_one_of: frozenset[str] = frozenset()
    is_none_of: frozenset[str] = frozenset()
    is_filled: bool | None = None


@dataclass(frozen=True, slots=True)
class TableRule:
    """How one canonical table is filled from the files of one name.

    Parameters
    ----------
    table
        Canonical table.
    files
        Patterns of file names, without their endings.
    columns
        For each canonical column its rules; the first one whose columns the file has is taken.
    needs
        Columns without which this rule does not apply.
    where
        Which rows count.
    one_row_per_key
        Several rows of the file make one row of the table.
    fallback
        Only where no other rule fills the table; rows that the warehouse has already are left as they are.
    custom
        Whether the file's columns that no rule names are kept with these rows.
    moves
        The rows are a history of states; those that repeat the state before are left out.
    """

    table: str
    files: tuple[str, ...]
    columns: Mapping[str, tuple[ColumnRule, ...]]
    needs: tuple[str, ...] = ()
    where: tuple[RowTest, ...] = ()
    one_row_per_key: bool = False
    fallback: bool = False
    custom: bool = True
    moves: bool = False

    def names(self) -> Iterator[str]:
        """Yield every name of a file's column that it speaks of."""
        yield from self.needs
        yield from (name for test in self.where for name in test.columns)
        for rules in self.columns.values():
            for rule in rules:
                yield from rule.sources


@dataclass(frozen=True, slots=True)
class LookupRule:
    """A small file that leads from one id or word to another, such as the company of each deal.

    ``separator`` splits keys that share one cell (the ids that were merged into a record).
    """

    name: str
    files: tuple[str, ...]
    key: tuple[str, ...]
    value: tuple[str, ...]
    separator: str = ""

    def names(self) -> Iterator[str]:
        """Yield every name of a file's column that it speaks of."""
        yield from self.key
        yield from self.value


@dataclass(frozen=True, slots=True)
class ImportMap:
    """One map: how the exports of one system become canonical tables.

    Parameters
    ----------
    name
        By which it is chosen.
    title_en, title_ja
        What it is for.
    source_system
        Written into every row.
    prefix
        Put before every id.
    tables, lookups
        Its rules, in order.
    zone
        IANA name of the zone of times without one; empty for the company's.
    order
        Order of dates whose year stands last: ``DMY``, ``MDY`` or empty.
    decimal_comma
        Numbers are written 1.234,56.
    salesforce_ids
        Ids of 15 characters are brought to their 18.
    zones
        Zone of files that have a certain column.
    company
        Settings of a company whose warehouse is still empty, such as its currency.
    """

    name: str
    title_en: str
    title_ja: str
    source_system: str
    prefix: str
    tables: tuple[TableRule, ...]
    lookups: tuple[LookupRule, ...] = ()
    zone: str = ""
    order: str = ""
    decimal_comma: bool = False
    salesforce_ids: bool = False
    zones: Mapping[str, str] = field(default_factory=dict)
    company: Mapping[str, str | int] = field(default_factory=dict)

    def known_names(self) -> frozenset[str]:
        """Return the normal form of every column that it speaks of."""
        spoken = [name for rule in self.tables for name in rule.names()]
        spoken += [name for lookup in self.lookups for name in lookup.names()]
        return frozenset(normal_name(name) for name in spoken)
