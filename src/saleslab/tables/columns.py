"""What a column and a table are: frozen declarations from which checks, dictionary and importers are derived."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, independent of any engine."""

    ID = "id"
    """Text that identifies a row here or elsewhere; prefixed by its source, such as ``sf:``."""
    TEXT = "text"
    BOOL = "bool"
    INTEGER = "integer"
    NUMBER = "number"
    """A measurement whose last digits do not matter (minutes, kilometres, scores)."""
    MONEY = "money"
    """DECIMAL(18, 2): sums come out the same on every run and every engine."""
    RATE = "rate"
    """A share or a probability, always 0 to 1."""
    DATE = "date"
    TIMESTAMP = "timestamp"
    """UTC, microseconds, without a zone in the type; the company's zone is a setting of its warehouse."""
    JSON = "json"
    """Text holding one JSON object."""


@dataclass(frozen=True, slots=True)
class Label:
    """The name that a reader sees, in each language."""

    en: str
    ja: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name
        ``snake_case``; the same thing has the same name in every table.
    kind
        What it holds.
    label
        What the reader sees.
    required
        Never missing, and without it the table cannot be imported.
    personal
        Tells about a person: kept out of messages, logs and reports for all.
    unit
        Unit of a number ("s", "km", "h"); money carries its currency in its own column.
    choices
        The only values allowed.
    minimum, maximum
        Bounds, both inclusive.
    refers_to
        ``table.column`` that this id points to.
    meaning
        One sentence for the dictionary, where the label does not say it all.
    """

    name: str
    kind: Kind
    label: Label
    required: bool = False
    personal: bool = False
    unit: str | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str | None = None
    meaning: Label | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: what a row is, its key and its columns.

    ``keeps_custom`` says whether columns that no map knows are kept in its ``custom`` column.
    """

    name: str
    label: Label
    row: Label
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    keeps_custom: bool = True

    def column(self, name: str) -> Column:
        """Return the declaration of one column (``KeyError`` when there is none)."""
        for column in self.all_columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Its own columns, then ``custom`` where kept, then the columns that every table has."""
        return self.columns + ((CUSTOM,) if self.keeps_custom else ()) + HOUSEKEEPING

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the order in which they are stored."""
        return tuple(column.name for column in self.all_columns)

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns that an import must fill."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """Names of the columns that tell about a person."""
        return tuple(column.name for column in self.columns if column.personal)


CUSTOM = Column(
    "custom",
    Kind.JSON,
    Label("Other fields", "その他の項目"),
    meaning=Label("Columns of the export that no map knows.", "対応表にない項目。"),
)

HOUSEKEEPING = (
    Column(
        "source_system",
        Kind.TEXT,
        Label("Source", "データ元"),
        required=True,
        meaning=Label("Which system it came from.", "取込元のシステム。"),
    ),
    Column("loaded_at", Kind.TIMESTAMP, Label("Loaded at", "取込日時"), required=True),
    Column(
        "row_hash",
        Kind.INTEGER,
        Label("Row hash", "行ハッシュ"),
        required=True,
        meaning=Label(
            "64-bit hash of the row's content; an unchanged row is not written again.",
            "行の内容の64ビットハッシュ。変化のない行は書き直さない。",
        ),
    ),
    Column("is_deleted", Kind.BOOL, Label("Deleted", "削除済み"), required=True),
    Column(
        "merged_into_id",
        Kind.ID,
        Label("Merged into", "統合先"),
        meaning=Label(
            "Key of the row that this one was merged into in the source system.", "取込元で統合された先の行のキー。"
        ),
    ),
)


def column(
    name: str,
    kind: Kind,
    en: str,
    ja: str,
    *,
    required: bool = False,
    personal: bool = False,
    unit: str | None = None,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    refers_to: str | None = None,
    meaning: Label | None = None,
) -> Column:
    """Return a `Column`, its labels given side by side as the declarations read best."""
    if kind is Kind.RATE:
        minimum, maximum = 0, 1
    return Column(name, kind, Label(en, ja), required, personal, unit, choices, minimum, maximum, refers_to, meaning)
