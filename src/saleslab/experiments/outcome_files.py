"""An experiment that another system ran: a file with one row a unit, read as it is.

Web tools, call centres and apps export what they did as one table: who was in which arm, and what came of it. Its
columns are called by a line such as ``unit=userid, arm=version, outcome=retention_7``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from saleslab.errors import BadArgument, NotEnoughData, TableError
from saleslab.experiments.answers import Reason
from saleslab.experiments.plans import METRIC_KINDS, ExperimentPlan, Metric, MetricKind
from saleslab.experiments.trials import OUTCOME_COLUMNS, Trial, find_control

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("unit", "arm", "outcome", "ended", "exposure", "cluster", "group", "day")
"""What a column of the file can be: the unit's id, its arm, what came of it, for durations whether it ended, for counts
how long was counted, what was drawn as a whole, the segment, and the day on which the unit came in."""

_NAMES = {role: role for role in ROLES} | {"unit": "unit_id", "cluster": "user_id"}
_YES = {"1", "1.0", "true", "t", "yes", "y", "はい", "有", "○"}
_NO = {"0", "0.0", "false", "f", "no", "n", "いいえ", "無", "×"}


def read_column_names(text: str) -> dict[str, str]:
    """Return which column plays which part.

    Raises
    ------
    BadArgument
        When a part is unknown, named twice or lacks its column; all at once.

    Examples
    --------
    >>> read_column_names("unit=userid, arm=version, outcome=retention_7")
    {'unit': 'userid', 'arm': 'version', 'outcome': 'retention_7'}
    """
    names: dict[str, str] = {}
    faults = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        role, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column or role not in ROLES:
            faults.append(f"'{part[:40]}' names no part")
        elif role in names:
            faults.append(f"'{role}' is named twice")
        names[role] = column
    if faults:
        raise BadArgument(
            f"The columns cannot be read: {'; '.join(faults)}.",
            f"write them as unit=userid, arm=version, outcome=bought; parts are: {', '.join(ROLES)}.",
        )
    return names


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file, by which a report knows that it reads the one it was asked about."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            total.update(block)
    return total.hexdigest()


def read_outcome_file(
    path: Path,
    *,
    columns: Mapping[str, str],
    as_of: date | None,
    kind: MetricKind = "rate",
    metric: str = "",
    control: str = "",
    plan: ExperimentPlan | None = None,
    doubts: tuple[Reason, ...] | None = None,
    currency: str = "JPY",
    sha256: str = "",
) -> Trial:
    """Return an experiment from a file that has one row a unit.

    Parameters
    ----------
    path
        A text file (CSV, TSV; gzip allowed), a workbook or a Parquet file.
    columns
        Which of its columns plays which part (`ROLES`); ``arm`` and ``outcome`` are needed (`read_column_names`).
    as_of
        Last day that is known; the last one in the file when None.
    kind
        ``rate`` (yes or no), ``amount``, ``count`` or ``duration``; that of the plan where there is one.
    metric
        What the outcome is called; the column's name when empty.
    control
        The arm to compare with.
    plan, doubts
        The plan that was registered before the test, and what the registry says of it.
    currency
        Of amounts.
    sha256
        Digest that the file must have; unchecked when empty.

    Raises
    ------
    BadArgument, TableError
        When a part or a column is missing, the file is another one, or cells cannot be read as what they should be.
    """
    if kind not in METRIC_KINDS:
        raise BadArgument(f"'{kind}' is no kind of metric.", f"give one of: {', '.join(METRIC_KINDS)}.")
    lacking = [role for role in ("arm", "outcome", *(["ended"] if kind == "duration" else [])) if role not in columns]
    if lacking:
        raise BadArgument(
            f"Nobody says which column is: {', '.join(lacking)}.", "name it: arm=version, outcome=retention_7."
        )
    digest = digest_file(path) if path.is_file() else ""
    if sha256 and digest != sha256:
        raise BadArgument(f"'{path.name}' is not the file it was.", "run the report again on the new file.")
    raw = _read(path, columns)
    rows = _type(raw, columns, kind)
    days = list(rows["day"]) if "day" in rows.columns else []
    if as_of is None and not days:
        raise BadArgument(
            "Nobody says until when the data are known.", "give as_of, or name the column of days: day=..."
        )
    name = path.name.split(".")[0]
    measured = plan.metric if plan else Metric(metric or columns["outcome"], kind, higher_is_better=kind != "duration")
    wanted = control or (plan.control if plan else "")
    found = doubts if doubts is not None else (() if plan else (Reason.UNPLANNED,))
    return Trial(
        plan.experiment_id if plan else name,
        plan.experiment_id if plan else name.replace("_", " "),
        "rep" if "cluster" in columns else "unit",
        measured,
        find_control(rows["arm"], wanted),
        _number_looks(rows, plan.look_every if plan else 7).drop(columns="day", errors="ignore"),
        None,
        plan,
        found,
        as_of or max(days),
        min(days) if days else None,
        max(days) if days else None,
        plan.horizon if plan else None,
        currency=plan.currency if plan else currency,
        source=f"{path.name} · {digest[:16]}",
    )


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the named columns as text, blank cells missing."""
    import pandas as pd

    from saleslab.intake.files import list_files

    file = list_files(path, known=tuple(columns.values()))[0]
    missing = sorted(set(columns.values()) - set(file.columns))
    if missing:
        raise TableError(
            f"'{path.name}' has no column {', '.join(map(repr, missing))}; it has {', '.join(file.columns)}.",
            "name the columns as the file spells them: columns=arm=version, outcome=bought.",
        )
    parts = [batch.cells.to_pandas() for batch in file.batches(set(columns.values()))]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if table.empty:
        raise NotEnoughData(f"'{path.name}' has no row.", "check the export.")
    named = pd.DataFrame({role: table[column] for role, column in columns.items()})
    cells = {role: named[role].astype("string").str.strip() for role in named.columns}
    return pd.DataFrame({role: column.mask(column.eq("")) for role, column in cells.items()})


def _type(raw: pd.DataFrame, columns: Mapping[str, str], kind: MetricKind) -> pd.DataFrame:
    """Return the rows with typed cells, or raise naming every column that cannot be read, with the rows."""
    import pandas as pd

    typed = pd.DataFrame({_NAMES[role]: raw[role] for role in raw.columns if role not in {"outcome", "day"}})
    outcome = OUTCOME_COLUMNS[kind][0]
    typed[outcome] = _yes_no(raw["outcome"]) if kind == "rate" else pd.to_numeric(raw["outcome"], errors="coerce")
    for role, name in (("ended", "ended"), ("exposure", "exposure")):
        if role in raw.columns:
            typed[name] = _yes_no(raw[role]) if role == "ended" else pd.to_numeric(raw[role], errors="coerce")
    if "day" in raw.columns:
        typed["day"] = pd.to_datetime(raw["day"], errors="coerce", format="mixed").dt.date
    names = {role: outcome if role == "outcome" else _NAMES[role] for role in raw.columns}
    faults = []
    for role, name in names.items():
        bad = typed[name].isna()
        bad &= role != "group"
        if bad.any():
            places = ", ".join(str(place + 1) for place in bad.to_numpy().nonzero()[0][:5])
            faults.append(f"'{columns[role]}' in {int(bad.sum())} rows ({places}{', ...' if bad.sum() > 5 else ''})")
    if faults:
        raise BadArgument(
            f"Cells are empty or cannot be read: {'; '.join(faults)}.",
            "decide what these rows are (not yet known is not 'no'), and leave out or correct them.",
        )
    return typed.astype({name: bool for name in ("succeeded", "ended") if name in typed.columns})


def _yes_no(cells: pd.Series) -> pd.Series:
    lower = cells.str.lower()
    known = dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False)
    return lower.map(known)


def _number_looks(rows: pd.DataFrame, every: int) -> pd.DataFrame:
    """Return the rows in the order of their days, with the number of the look at which each was first seen."""
    if "day" not in rows.columns:
        return rows
    first = min(rows["day"])
    numbers = [(day - first).days // every + 1 for day in rows["day"]]
    return rows.assign(look=numbers).sort_values("look", kind="stable").reset_index(drop=True)
