"""Blocks: what a notebook says, as data. A page, an index and a manifest are pure functions of blocks.

A block is frozen, says the same in every language, and has one canonical JSON (`Block.to_json`, `read_block`).
Notebooks make them with the functions of `saleslab.reporting` (`kpi`, `figure`, ...), which check what they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, ClassVar, Literal, get_args

from saleslab.errors import BadArgument
from saleslab.reporting.canonical import Cell, Json, decode, digest, encode
from saleslab.wording import Text
from saleslab.wording.values import Value

Tone = Literal["good", "warn", "bad", "neutral"]
TONES: tuple[str, ...] = get_args(Tone)

MIME = "application/vnd.saleslab.block.v1+json"
"""The kind of notebook output that holds a whole block."""

COUNTS_OF_PEOPLE = frozenset({"n_answers", "n_contacts", "n_leads", "n_people", "n_respondents"})
"""Names of columns that count people outside the company, or what each of them said or did."""

WIDTHS = (340, 720)
"""Widths in pixels at which a figure is drawn: phone and desktop."""


@dataclass(frozen=True)
class Block:
    """Anything a report shows.

    Attributes
    ----------
    name
        Unique within a report: lower-case letters, digits and ``_``.
    """

    kind: ClassVar[str]
    name: str

    def to_json(self) -> dict[str, Json]:
        """Return the canonical JSON of the block: ``{"block": kind, "name": ..., ...}``."""
        written = {field.name: encode_part(getattr(self, field.name)) for field in fields(self)}
        return {"block": self.kind, **written}

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON: two blocks with the same hash say the same."""
        return digest(self.to_json())

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:  # noqa: ARG002
        from saleslab.reporting.show import show_block

        return show_block(self)


@dataclass(frozen=True)
class Headline(Block):
    """The question, the status in a few words, and the answer a manager can repeat; one in every report."""

    kind = "headline"
    question: Text
    status: Text
    tone: Tone
    answer: Text
    subject: Text
    as_of: date


@dataclass(frozen=True)
class Banner(Block):
    """What the reader must know before he trusts the numbers, such as a defect of the data."""

    kind = "banner"
    text: Text
    tone: Tone
    details: tuple[Text, ...]


@dataclass(frozen=True)
class Kpi(Block):
    """One number on a card, with what it is measured against."""

    kind = "kpi"
    label: Text
    value: Value
    interval: tuple[Value, Value] | None
    target: Value | None
    previous: Value | None
    change: Text | None
    tone: Tone
    note: Text | None


@dataclass(frozen=True)
class Column:
    """One column of a grid: its name in the data and its heading."""

    name: str
    label: Text


@dataclass(frozen=True)
class Grid:
    """Rows and columns of cells; ``n_rows`` counts the rows of the data, of which the first are held."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_rows: int


@dataclass(frozen=True)
class Drawing:
    """A figure as it is drawn for one language and one width: a Vega-Lite specification with its data inside."""

    lang: str
    width: int
    spec: Mapping[str, Any]


@dataclass(frozen=True)
class Figure(Block):
    """A picture, the words that stand for it (``alt``), and the numbers behind it."""

    kind = "figure"
    title: Text
    caption: Text
    alt: Text
    drawings: tuple[Drawing, ...]
    data: Grid

    def drawing(self, lang: str, width: int) -> Drawing:
        """Return how the figure looks in one language at one width (`WIDTHS`)."""
        for drawing in self.drawings:
            if (drawing.lang, drawing.width) == (lang, width):
                return drawing
        raise BadArgument(f"Figure '{self.name}' was not drawn for {lang} at {width} px.", "make the figure anew.")


@dataclass(frozen=True)
class TableBlock(Block):
    """Numbers to look up."""

    kind = "table"
    title: Text
    caption: Text
    data: Grid


@dataclass(frozen=True)
class Finding(Block):
    """What was found, on which evidence, and who does what about it until when."""

    kind = "finding"
    text: Text
    evidence: tuple[str, ...]
    action: Text
    owner: Text
    due: date | None
    effect: Text | None
    tone: Tone


@dataclass(frozen=True)
class Task:
    """One thing to do: with whom, what, when, with which grade, what is known of it, and what speaks for and against.

    ``facts`` are (label, value); ``mark`` tells what sets it apart from its neighbours, such as that it was drawn.
    """

    whom: Text
    action: Text
    when: Text | None
    grade: str
    facts: tuple[tuple[Text, Text | Value], ...]
    pros: tuple[Text, ...]
    cons: tuple[Text, ...]
    mark: Text | None


@dataclass(frozen=True)
class Worklist(Block):
    """What to work through, the first thing first; ``n_tasks`` counts all, of which the first are held."""

    kind = "worklist"
    title: Text
    caption: Text
    tasks: tuple[Task, ...]
    n_tasks: int


@dataclass(frozen=True)
class Note(Block):
    """A remark on how to read the report."""

    kind = "note"
    text: Text
    tone: Tone


@dataclass(frozen=True)
class TableRead:
    """A warehouse table as the report saw it: its rows and the fingerprint of their content."""

    table: str
    n_rows: int
    digest: str


@dataclass(frozen=True)
class Provenance(Block):
    """Where the numbers come from: tables read, versions of what computed them, the seed, the warehouse's settings."""

    kind = "provenance"
    tables: tuple[TableRead, ...]
    versions: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    seed: int | None


@dataclass(frozen=True)
class PeopleTable:
    """Groups of people that a figure, table or number tells of: each with how many, and how many groups are hidden."""

    table: str
    groups: tuple[tuple[str, int], ...]
    n_hidden: int


@dataclass(frozen=True)
class People(Block):
    """What a report tells of people outside the company, as it passed `saleslab.intake.disclose_people`."""

    kind = "people"
    text: Text
    floor: int
    tables: tuple[PeopleTable, ...]


KINDS: Mapping[str, type[Block]] = {
    block.kind: block
    for block in (Headline, Banner, Kpi, Figure, TableBlock, Finding, Worklist, Note, People, Provenance)
}
_PARTS = (Column, Grid, Drawing, Task, TableRead, PeopleTable)


def encode_part(value: object) -> Json:
    """Return the JSON of a field of a block: a value, a part such as a `Grid`, or a sequence of them."""
    match value:
        case Drawing(lang, width, spec):
            return {"lang": lang, "width": width, "spec": dict(spec)}
        case Column() | Grid() | Task() | TableRead() | PeopleTable():
            return {field.name: encode_part(getattr(value, field.name)) for field in fields(value)}
        case list() | tuple():
            return [encode_part(item) for item in value]
    return encode(value)


def _names(part: type[Any]) -> list[str]:
    return [field.name for field in fields(part)]


def _decode_part(tree: object) -> object:
    match tree:
        case {"lang": str(lang), "width": int(width), "spec": dict(spec)}:
            return Drawing(lang, width, spec)
        case dict():
            for part in _PARTS:
                if set(tree) == set(names := _names(part)):
                    make: Any = part
                    return make(*(_decode_part(tree[name]) for name in names))
        case list():
            return tuple(_decode_part(item) for item in tree)
    return decode(tree)


def read_block(tree: Mapping[str, Json]) -> Block:
    """Return the block that `Block.to_json` wrote.

    Raises
    ------
    BadArgument
        When the JSON is no block, or lacks a field of its kind.

    Examples
    --------
    >>> note = Note("scope", Text("New business only.", "新規営業のみ。"), "neutral")
    >>> read_block(note.to_json()) == note
    True
    """
    kind = KINDS.get(str(tree.get("block")))
    wanted = set(_names(kind)) if kind else set()
    if kind is None or set(tree) != wanted | {"block"}:
        raise BadArgument(
            f"This is no block: {str(dict(tree))[:60]!r}.",
            f"write it with `to_json`; the kinds are: {', '.join(sorted(KINDS))}.",
        )
    make: Any = kind
    block: Block = make(**{name: _decode_part(tree[name]) for name in wanted})
    return block


def read_blocks(trees: Iterable[Mapping[str, Json]]) -> tuple[Block, ...]:
    """Return blocks in order (`read_block`)."""
    return tuple(read_block(tree) for tree in trees)


def check_blocks(blocks: Sequence[Block]) -> None:
    """Refuse a report that has not exactly one headline, has two blocks of one name, or a finding without evidence.

    Refused as well is a breakdown of people that was not judged with all others of the report (`COUNTS_OF_PEOPLE`).

    Raises
    ------
    BadArgument
        All faults at once.
    """
    names = [block.name for block in blocks]
    n_headlines = sum(isinstance(block, Headline) for block in blocks)
    faults = [] if n_headlines == 1 else [f"it has {n_headlines} headlines"]
    faults += [
        f"the name '{name}' is used {names.count(name)} times" for name in sorted(set(names)) if names.count(name) > 1
    ]
    faults += [
        f"finding '{block.name}' rests on '{name}', which is not there"
        for block in blocks
        if isinstance(block, Finding)
        for name in block.evidence
        if name not in names
    ]
    if faults:
        raise BadArgument(f"The report cannot be read: {'; '.join(faults)}.", "give one headline and every name once.")
    faults = _find_unjudged(blocks)
    if faults:
        raise BadArgument(
            f"The report may give people away: {'; '.join(faults)}.",
            "ask saleslab.intake.disclose_people which groups may be shown, for all tables at once, under the names of "
            "their blocks, and emit reporting.people(...); a column that counts no people needs another name.",
        )


def _find_unjudged(blocks: Sequence[Block]) -> list[str]:
    """Return which blocks count people without having been judged, and groups that should not be there."""
    judged = [(block.floor, table) for block in blocks if isinstance(block, People) for table in block.tables]
    names = {table.table for _, table in judged}
    faults = [
        f"'{block.name}' counts people ({column.name}) and was not judged"
        for block in blocks
        if isinstance(block, Figure | TableBlock) and block.name not in names
        for column in block.data.columns
        if column.name in COUNTS_OF_PEOPLE
    ]
    small = sum(n < floor for floor, table in judged for _, n in table.groups)
    return faults + ([f"{small} groups hold fewer people than the floor"] if small else [])
