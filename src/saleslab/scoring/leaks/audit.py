"""Does a column know the outcome before it has happened? The audit that comes before any training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from saleslab.errors import BadArgument, GateClosed
from saleslab.scoring.leaks.codes import (
    Booleans,
    Floats,
    Integers,
    ReadColumn,
    read_column,
    read_order,
    read_outcome,
    read_times,
)
from saleslab.scoring.leaks.rules import BLOCKING, HARMLESS, AuditedRows, Measured, find_reasons
from saleslab.stats.lone_columns import cut_line, judge_codes, judge_later, judge_line
from saleslab.wording import LANGUAGES, Text, say

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["block", "warn", "ok"]

_N_FOLDS, _LATE, _FEWEST_LATE = 5, 0.25, 10
_SEVERITY: Mapping[Verdict, int] = {"block": 0, "warn": 1, "ok": 2}


@dataclass(frozen=True, slots=True)
class AllowedLeak:
    """A blocked column that somebody let through; the model card prints it.

    Attributes
    ----------
    column
        Which.
    found
        Why it was blocked.
    because
        Why it was let through, in the words of whoever did.
    """

    column: str
    found: Text
    because: str


def find_leaks(
    X: Any,  # noqa: N803
    y: Any,
    *,
    time: Any = None,
    groups: Any = None,
    closed_at: Any = None,
    changed_at: pd.DataFrame | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Say of each column whether it knows the outcome: block, warn or ok, and why.

    A column is blocked when its name says that it is written at the decision, when it alone tells the outcome almost
    without fault, or when it was written after the lead was closed. It is to be looked at when it tells more than
    what is known beforehand usually does. A column that is ok may still leak: certain is only what was read as it
    stood when the lead was scored (`build_leads`).

    Parameters
    ----------
    X
        Columns that a model is to use; a pandas frame, or one of Polars or PyArrow.
    y
        Won or not.
    time
        When each lead came in (timestamps, or numbers in their sequence): shows columns that tell about later leads far
        less than about leads of the same weeks, and dates that lie after the lead came in.
    groups
        Which leads belong together (the account): shows columns that only know the group again.
    closed_at
        When each lead was decided, missing while open: shows dates that are the decision's.
    changed_at
        For some columns, when each value was last written (missing where unknown), from the field history of the CRM;
        needs ``closed_at``.
    seed
        Of the folds.

    Returns
    -------
    pandas.DataFrame
        One row a column, blocked ones first: ``column``, ``verdict``, ``reason`` and ``reason_ja`` (sentences), ``auc``
        (alone, out of fold), ``share_sure`` (rows known for sure), ``share_missing``, ``codes`` (of the reasons), and
        with
        ``time`` or ``groups`` ``auc_later`` and ``auc_apart`` (on later leads, on groups not seen).

    Raises
    ------
    BadArgument
        When X, y, time and groups do not fit together.
    NotEnoughData
        When fewer than 5 leads were won or not won.

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(7)
    >>> won = rng.random(400) < 0.3
    >>> leads = pd.DataFrame({"visits": rng.poisson(3 + won), "contract": np.where(won, "sent", "none")})
    >>> find_leaks(leads, won)[["column", "verdict", "codes"]].to_numpy().tolist()
    [['contract', 'block', 'copy,later_name'], ['visits', 'ok', '']]
    """
    import pandas as pd

    from saleslab.scoring.leads.columns import is_frame, to_pandas

    frame = to_pandas(X) if is_frame(X) else pd.DataFrame(X)
    if not frame.shape[1]:
        raise BadArgument("X has no column.", "pass the columns that a model is to use.")
    is_won = read_outcome(y, len(frame))
    columns = {str(name): read_column(frame[name].reset_index(drop=True)) for name in frame.columns}
    rows = _describe_rows(columns, is_won, time=time, groups=groups, closed_at=closed_at, seed=seed)
    changes = _read_changes(changed_at, columns, rows.closed)
    found = [_judge(name, column, rows, changes.get(name)) for name, column in columns.items()]
    found.sort(key=lambda row: (_SEVERITY[row["verdict"]], -row["auc"]))
    return pd.DataFrame(found)


def refuse_leaks(findings: pd.DataFrame, *, allowed: Mapping[str, str] | None = None) -> tuple[AllowedLeak, ...]:
    """Stop when columns are blocked, all of them named, unless each is let through for a reason.

    Parameters
    ----------
    findings
        What `find_leaks` returned.
    allowed
        Reason by column.

    Returns
    -------
    tuple
        What was let through, for the model card (`write_card`).

    Raises
    ------
    GateClosed
        When a blocked column is not let through.
    BadArgument
        When a column to let through is not there, or has no reason.

    Examples
    --------
    >>> import pandas as pd
    >>> won = np.arange(40) % 2 == 0
    >>> findings = find_leaks(pd.DataFrame({"is_won": won, "close_date": "2026-04-01"}), won)
    >>> refuse_leaks(findings, allowed={"is_won": "a test"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    saleslab.errors.GateClosed: 1 column knows the outcome: 'close_date' (Its name says that it is written when ...
      Next: leave it out, or let it through with a reason that the model card prints: allowed={'close_date': '...'}.
    """
    reasons = dict(allowed or {})
    unknown = [name for name in reasons if name not in set(findings["column"])]
    silent = [name for name, because in reasons.items() if not str(because).strip()]
    if unknown or silent:
        faults = [f"no column is called {_list(unknown)}"] if unknown else []
        faults += [f"{_list(silent)} would be let through without a reason"] if silent else []
        raise BadArgument(
            f"Leaks cannot be allowed so: {'; '.join(faults)}.", "give {column: reason} of blocked columns."
        )
    blocked = findings[findings["verdict"] == "block"]
    stopped = blocked[~blocked["column"].isin(list(reasons))]
    if len(stopped):
        n, it = len(stopped), "it" if len(stopped) == 1 else "them"
        named = "; ".join(f"'{row.column}' ({row.reason})" for row in stopped.itertuples())
        wanted = ", ".join(f"{name!r}: '...'" for name in stopped["column"])
        raise GateClosed(
            f"{n} column{' knows' if n == 1 else 's know'} the outcome: {named}.",
            f"leave {it} out, or let {it} through with a reason that the model card prints: allowed={{{wanted}}}.",
        )
    return tuple(
        AllowedLeak(row["column"], Text(row["reason"], row["reason_ja"]), reasons[row["column"]].strip())
        for _, row in blocked.iterrows()
    )


def _describe_rows(
    columns: Mapping[str, ReadColumn], is_won: Booleans, *, time: Any, groups: Any, closed_at: Any, seed: int
) -> AuditedRows:
    import pandas as pd

    n, rng = len(is_won), np.random.default_rng(seed)
    for name, given in (("groups", groups), ("closed_at", closed_at)):
        if given is not None and len(given) != n:
            raise BadArgument(f"X has {n} rows, {name} has {len(given)}.", "pass one value for each row.")
    order = np.zeros(n) if time is None else read_order(time, n)
    is_dated = time is not None and not pd.api.types.is_numeric_dtype(pd.Series(time).dtype)
    return AuditedRows(
        is_won,
        _lay_folds(_mark_twins(columns, n), rng),
        None if groups is None else _lay_folds(pd.Series(groups), rng),
        None if time is None else _find_late(order, is_won),
        ~np.isnan(order),
        read_times(time) if is_dated else None,
        None if closed_at is None else read_times(closed_at),
    )


def _lay_folds(groups: pd.Series, rng: np.random.Generator) -> Integers:
    """Return a fold for each row, rows of one group in the same one; rows without a group stand alone."""
    import pandas as pd

    codes = pd.factorize(groups)[0].astype(np.int64)
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    n_groups = int(codes.max()) + 1
    return (rng.permutation(n_groups) % min(_N_FOLDS, max(n_groups, 2)))[codes]


def _mark_twins(columns: Mapping[str, ReadColumn], n: int) -> pd.Series:
    """Return a number that twins share, so that they share a fold; where rows have few forms, twins are no repeats."""
    import pandas as pd

    rng = np.random.default_rng(len(columns))
    marks = np.zeros(n, dtype=np.uint64)
    for column in columns.values():
        marks += column.codes.astype(np.uint64) * rng.integers(1, 2**63, dtype=np.uint64)
    rows = pd.Series(marks)
    return rows if rows.nunique() > n / 3 else pd.Series(np.arange(n))


def _find_late(order: Floats, is_won: Booleans) -> Booleans | None:
    """Return the newest quarter of the rows, or None when either part has too few of a kind to judge by."""
    dated = ~np.isnan(order)
    if not dated.any():
        return None
    is_late = np.zeros(len(order), dtype=bool)
    is_late[dated] = order[dated] >= np.quantile(order[dated], 1 - _LATE)
    parts = (is_late, dated & ~is_late)
    counts = [int((part & kind).sum()) for part in parts for kind in (is_won, ~is_won)]
    return is_late if min(counts) >= _FEWEST_LATE else None


def _read_changes(
    changed_at: pd.DataFrame | None, columns: Mapping[str, ReadColumn], closed: pd.Series | None
) -> dict[str, float]:
    """Return for each column the share of decided leads whose value was written after the decision."""
    if changed_at is None:
        return {}
    if closed is None or len(changed_at) != len(closed):
        raise BadArgument(
            "What was changed after the decision cannot be told: closed_at is missing or has other rows.",
            "pass closed_at and changed_at with one row for each row of X.",
        )
    shares = {}
    for name in changed_at.columns:
        if str(name) in columns:
            written = read_times(changed_at[name].reset_index(drop=True))
            both = written.notna() & closed.notna()
            shares[str(name)] = float((written > closed)[both].mean()) if both.any() else 0.0
    return shares


def _judge(name: str, column: ReadColumn, rows: AuditedRows, share_changed: float | None) -> dict[str, Any]:
    """Return the row of one column."""
    codes, is_won, dated = column.codes, rows.is_won, rows.is_dated
    line = judge_line(codes, is_won) if column.is_line else 0.5
    codes = cut_line(codes, is_won) if column.is_line else codes
    alone = judge_codes(codes, is_won, rows.folds)
    measured = Measured(
        max(alone.auc, line),
        alone,
        None if rows.is_late is None else judge_later(codes[dated], is_won[dated], rows.is_late[dated]),
        None if rows.apart is None else max(judge_codes(codes, is_won, rows.apart).auc, line),
        share_changed,
    )
    reasons = find_reasons(name, column, measured, rows)
    verdict: Verdict = "block" if set(reasons) & BLOCKING else "warn" if set(reasons) - HARMLESS else "ok"
    text = _join([say(f"scoring.leaks.{code}", **values) for code, values in (reasons or {"none": {}}).items()])
    row = {"column": name, "verdict": verdict, "reason": text.en, "auc": measured.auc, "reason_ja": text.ja}
    row |= {
        "share_sure": alone.share_sure,
        "share_missing": float((column.codes < 0).mean()),
        "codes": ",".join(reasons),
    }
    for extra, value in (("auc_later", measured.auc_later), ("auc_apart", measured.auc_apart)):
        if value is not None:
            row[extra] = value
    return row


def _join(texts: list[Text]) -> Text:
    gap = {"en": " ", "ja": ""}
    return Text(*(gap[lang].join(text.of(lang) for text in texts) for lang in LANGUAGES))


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
