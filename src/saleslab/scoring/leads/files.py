"""Leads from a file that another system exported, with a few lines that say what its columns are.

The file needs no warehouse: one row a lead, an outcome, and whatever was known about it. What matters most is to say
which columns were filled in only afterwards (``closed_columns``); `find_leaks` finds those that were forgotten.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from saleslab.errors import BadArgument, FileProblem, NotEnoughData, TableError
from saleslab.scoring.leads.features import Feature, FeatureKind, KnownAt, find_feature
from saleslab.scoring.leads.table import LEAD_KEYS, LeadTable
from saleslab.wording import Text

LEAD_MAPS = ("bank_calls", "maven", "olist")
"""Maps that come with saleslab, for public data sets."""


@dataclass(frozen=True, slots=True)
class LeadMap:
    """Which column of a file plays which part; an empty name says that there is no such column.

    Attributes
    ----------
    id, created, won, closed, group, owner
        Columns: the lead's id (else its row number), when it was created, when it was won, when it was decided, what
        leads are grouped by (the account), and who works it.
    outcome
        Column that says what came of it; not needed where ``won`` is there.
    won_values, open_values
        Values of the outcome that mean success, and those that mean that nothing is decided; all others are losses.
    closed_columns, contacted_columns
        Features that are known only when a lead is closed, or first contacted.
    protected
        Features on which no reason may rest.
    ignored
        Columns that are no features.
    joins
        Files beside this one that add columns: their name and the column that both have.
    currency
        Of the amounts in the file, such as ``USD``; the company's own when empty.
    """

    outcome: str = ""
    won_values: tuple[str, ...] = ("1", "yes", "true", "won")
    open_values: tuple[str, ...] = ()
    id: str = ""
    created: str = ""
    won: str = ""
    closed: str = ""
    group: str = ""
    owner: str = ""
    closed_columns: tuple[str, ...] = ()
    contacted_columns: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    joins: tuple[tuple[str, str], ...] = ()
    currency: str = ""

    def __post_init__(self) -> None:
        if not (self.outcome or self.won):
            raise BadArgument(
                "Nobody says which column holds the outcome.",
                "name it: outcome, or won where it is the time of the win.",
            )

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that it names, each once."""
        parts = (self.outcome, self.id, self.created, self.won, self.closed, self.group, self.owner)
        lists = (*self.closed_columns, *self.contacted_columns, *self.protected, *self.ignored)
        return tuple(dict.fromkeys(name for name in (*parts, *lists) if name))

    def known_at(self, column: str) -> KnownAt:
        """Return from when on a column is known."""
        if column in self.closed_columns:
            return "closed"
        return "contacted" if column in self.contacted_columns else "created"


def read_lead_map(source: str | Path) -> LeadMap:
    """Return a map from its TOML file, or one of `LEAD_MAPS` by its name.

    Raises
    ------
    FileProblem
        When there is no such file, or it is no TOML.
    BadArgument
        When it names a part that a map has not, or no outcome.

    Examples
    --------
    >>> read_lead_map("bank_calls").closed_columns
    ('duration',)
    """
    path = Path(__file__).parent / "maps" / f"{source}.toml" if source in LEAD_MAPS else Path(source)
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise FileProblem(
            f"The map '{source}' cannot be read ({type(fault).__name__}).",
            f"correct it, or name one of: {', '.join(LEAD_MAPS)}.",
        ) from None
    parts = [field.name for field in fields(LeadMap)]
    unknown = sorted(set(told) - set(parts))
    if unknown:
        raise BadArgument(f"A map has no part {', '.join(unknown)}.", f"parts are: {', '.join(parts)}.")
    told["joins"] = [(join.get("file", ""), join.get("on", "")) for join in told.get("joins", [])]
    parts_told: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else str(v) for name, v in told.items()}
    return LeadMap(**parts_told)


def read_lead_file(
    path: Path, lead_map: LeadMap, *, known_at: KnownAt = "created", as_of: date | None = None
) -> LeadTable:
    """Return the leads of a file: a text file (gzip allowed), a workbook or a Parquet file.

    Parameters
    ----------
    path
        The file; those that the map joins lie beside it.
    lead_map
        What its columns are (`read_lead_map`).
    known_at
        Features known later than this are left out; ``closed`` keeps all of them, to be examined by `find_leaks`.
    as_of
        Last day that is known.

    Returns
    -------
    LeadTable
        Its frame also has ``position`` (order in time: of creation where every lead has one, else of the file) and
        ``is_won`` (missing while nothing is decided; where the file only tells wins, `label_outcomes` says what the
        others are). Columns whose every value is a number are numbers, others text. Month and weekday of arrival are
        added where leads have a time.

    Raises
    ------
    FileProblem, TableError, NotEnoughData
        When a file cannot be read, lacks a column that the map names, repeats an id, or has no row.
    """
    cells = _read(path)
    for file, key in lead_map.joins:
        cells = _join(cells, _read(path.parent / file), file, key)
    missing = [name for name in lead_map.named if name not in cells.columns]
    if missing:
        raise TableError(
            f"'{path.name}' has no column {', '.join(missing)}; it has {', '.join(cells.columns)}.",
            "correct the map: name columns as the file spells them.",
        )
    frame = _keys(cells, lead_map, path.name)
    roles = {lead_map.outcome, lead_map.id, lead_map.created, lead_map.won, lead_map.closed, lead_map.group}
    names = [
        name for name in cells.columns if name not in (roles | set(lead_map.ignored)) - set(lead_map.closed_columns)
    ]
    columns = {name: _typed(cells[name]) for name in names}
    made = _arrival(frame["created_at"])
    features = tuple(
        Feature(
            name,
            lead_map.known_at(name),
            Text.same(name),
            _kind(values),
            needs=(name,),
            is_owner=name == lead_map.owner,
            is_protected=name in lead_map.protected,
        )
        for name, values in columns.items()
    )
    features = (*(find_feature(name) for name in made), *(f for f in features if f.is_known_at(known_at)))
    columns = made | columns
    frame = pd.concat([frame, pd.DataFrame({feature.name: columns[feature.name] for feature in features})], axis=1)
    frame = frame.sort_values("position").reset_index(drop=True)
    return LeadTable(frame, features, (), known_at, as_of)


def _read(path: Path) -> pd.DataFrame:
    from saleslab.intake.files import list_files

    parts = [batch.cells.to_pandas() for batch in list_files(path)[0].batches()]
    if not parts:
        raise NotEnoughData(f"'{path.name}' has no row.", "check the export.")
    return pd.DataFrame(pd.concat(parts, ignore_index=True))


def _join(cells: pd.DataFrame, others: pd.DataFrame, file: str, key: str) -> pd.DataFrame:
    """Add the columns of another file; one that both have stays as it is."""
    if key not in cells.columns or key not in others.columns:
        raise TableError(f"'{file}' cannot be joined: not both files have '{key}'.", "correct `on` in the map.")
    if others[key].duplicated().any():
        n = int(others[key].duplicated().sum())
        raise TableError(f"'{file}' has {n} rows whose '{key}' stands there already.", "keep one row for each.")
    new = [key, *(name for name in others.columns if name not in cells.columns)]
    return pd.DataFrame(cells.merge(others[new], on=key, how="left", sort=False))


def _keys(cells: pd.DataFrame, lead_map: LeadMap, file: str) -> pd.DataFrame:
    """Return the columns that are no features, with the outcome."""
    n = len(cells)

    def text(name: str) -> pd.Series:
        return cells[name].astype("str") if name else pd.Series(None, range(n), dtype="str")

    def time(name: str) -> pd.Series:
        written = cells[name] if name else pd.Series(None, range(n), dtype="str")
        return pd.to_datetime(written, errors="coerce", format="mixed").astype("datetime64[us]")

    ids = text(lead_map.id) if lead_map.id else pd.Series(range(1, n + 1), dtype="int64").astype("str")
    if ids.duplicated().any() or ids.isna().any():
        raise TableError(
            f"'{file}' has {int(ids.duplicated().sum() + ids.isna().sum())} rows without an id of their own.",
            "name the column that identifies a lead, or none: rows are numbered then.",
        )
    created, is_won = time(lead_map.created), _outcomes(cells, lead_map)
    won = time(lead_map.won or lead_map.closed).where(is_won.fillna(value=False))
    closed = time(lead_map.closed or lead_map.won).where(is_won.notna())
    order = created if created.notna().all() else pd.Series(range(n))
    keys = {
        "lead_id": ids,
        "account_id": text(lead_map.group),
        "contact_id": text(""),
        "owner_id": text(lead_map.owner),
        "created_at": created,
        "scored_at": created,
        "won_at": won,
        "closed_at": closed,
        "is_open": is_won.isna(),
    }
    assert tuple(keys) == LEAD_KEYS
    return pd.DataFrame(keys | {"position": order.rank(method="first").astype("int64") - 1, "is_won": is_won})


def _outcomes(cells: pd.DataFrame, lead_map: LeadMap) -> pd.Series:
    """Return what came of each lead; missing where nothing is decided."""
    if not lead_map.outcome:
        is_known = cells[lead_map.won].notna()
        return is_known.astype("boolean").where(is_known)
    written = cells[lead_map.outcome].astype("str").str.strip().str.lower()
    undecided = written.isna() | written.isin([value.lower() for value in lead_map.open_values])
    is_won = written.isin([value.lower() for value in lead_map.won_values]).astype("boolean")
    if not is_won[~undecided].any():
        raise NotEnoughData(
            f"No row of '{lead_map.outcome}' says that a lead was won.",
            "give the values that mean success: won_values in the map.",
        )
    return is_won.mask(undecided)


def _arrival(created: pd.Series) -> dict[str, pd.Series]:
    """Return month and weekday of arrival, where leads have a time."""
    if created.isna().all():
        return {}
    return {
        "created_month": created.dt.month.astype("float64"),
        "created_weekday": created.dt.day_of_week.astype("float64"),
    }


def _typed(values: pd.Series) -> pd.Series:
    """Return numbers where every value is one, else text; blank cells are missing."""
    if values.dtype == "bool" or pd.api.types.is_numeric_dtype(values):
        return values if values.dtype == "bool" else values.astype("float64")
    text = values.astype("str").str.strip()
    text = text.mask(text.eq(""))
    numbers = pd.to_numeric(text, errors="coerce")
    return numbers.astype("float64") if text.notna().any() and numbers.notna().eq(text.notna()).all() else text


def _kind(values: pd.Series) -> FeatureKind:
    if values.dtype == "bool":
        return "flag"
    return "number" if values.dtype == "float64" else "category"
