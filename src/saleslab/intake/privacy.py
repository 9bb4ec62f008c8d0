"""Who may see what of a person: pseudonyms, small groups, opt-outs, and a scanner for what slipped through.

A notebook is no security boundary. Whoever can run one can read every table that its warehouse holds, so that what is
done here protects *what leaves the lab* (pages, files, messages), not the database. Keep the database where only those
who may see all of it can read it; give others reports, or a warehouse that was written from redacted tables.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from saleslab.errors import BadArgument, FileProblem, TableError
from saleslab.intake.contact_points import normal_email, normal_phone
from saleslab.intake.name_forms import read_company_name, read_person_name
from saleslab.tables import CUSTOM, get_table
from saleslab.tables.presence import require_columns

KEY_VARIABLE = "SALESLAB_PSEUDONYM_KEY"
"""Environment variable that holds the key of the pseudonyms."""

LEAST_GROUP = 5
"""Groups of fewer people are not shown: their members could be told apart."""

_SHORTEST_KEY = 16
_COMPANY_COLUMNS = {("accounts", "name"), ("leads", "company")}
_FORMULA = re.compile(r"^[\s]*[=+\-@\t\r＝＋－＠]")

_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}[@＠][A-Za-z0-9\-]{1,63}(?:[.．][A-Za-z0-9\-]{1,63}){1,8}")
_SEPARATOR = r"[-‐‑‒–—―−－ー.\s]"
_NUMBER = (
    rf"(?:\+|＋)\d{{1,3}}{_SEPARATOR}?(?:\(0\)|（0）)?{_SEPARATOR}?\d{{1,4}}(?:{_SEPARATOR}?\d{{2,4}}){{2,3}}"
    rf"|0\d{{1,4}}{_SEPARATOR}\d{{1,4}}{_SEPARATOR}\d{{3,4}}"
    r"|[(（]0\d{1,4}[)）]\s?\d{1,4}[-‐‑‒–—―−－\s]\d{3,4}"
    r"|0\d{1,4}[(（]\d{1,4}[)）]\d{3,4}"
    r"|0[1-9]\d{8,9}"
)
_PHONE = re.compile(rf"(?<![\w.,:/＋+\-])(?:{_NUMBER})(?![\w,]|[-.]\d)")


@dataclass(frozen=True, slots=True, order=True)
class PersonalTrace:
    """A place in a text that looks like an e-mail address or a telephone number; where, never what.

    ``start`` and ``end`` count characters from 0, the end not included.
    """

    start: int
    end: int
    kind: Literal["email", "phone"]


def find_personal(text: str) -> tuple[PersonalTrace, ...]:
    """Return the places where a text shows an e-mail address or a telephone number, in their order.

    Finds Japanese numbers with hyphens, brackets, spaces, full-width digits or in one piece, and international ones. It
    cannot know names: that a page holds none is the work of `redact_frame`.

    Examples
    --------
    >>> [(trace.kind, trace.start) for trace in find_personal("電話 03-1234-5678、hana@example.co.jp")]
    [('phone', 3), ('email', 16)]
    >>> find_personal("2026-11-24, 1,234,567, deal-00000001, 0.0312345678, 3f0312345678ab")
    ()
    """
    plain = text.translate(_HALF_WIDTH)
    emails = [PersonalTrace(found.start(), found.end(), "email") for found in _EMAIL.finditer(plain)]
    taken = [(trace.start, trace.end) for trace in emails]
    phones = [
        PersonalTrace(found.start(), found.end(), "phone")
        for found in _PHONE.finditer(plain)
        if not any(start <= found.start() < end for start, end in taken) and _may_be_phone(found.group())
    ]
    return tuple(sorted(emails + phones))


def _may_be_phone(written: str) -> bool:
    digits = re.sub(r"\D", "", written)
    return 9 <= len(digits) <= 15 and len(set(digits)) > 1


def read_key(file: Path | None = None) -> bytes:
    """Return the key of the pseudonyms from a file, or from the environment.

    Parameters
    ----------
    file
        File with the key; None reads the environment variable ``SALESLAB_PSEUDONYM_KEY``.

    Raises
    ------
    BadArgument
        When there is no key, or it is shorter than 16 bytes.
    FileProblem
        When the file cannot be read, or lies in a Git repository, from where it would be shared.
    """
    if file is None:
        key, place = os.environ.get(KEY_VARIABLE, "").strip().encode(), f"the variable {KEY_VARIABLE}"
    else:
        place = f"the file '{file}'"
        if any((folder / ".git").exists() for folder in file.resolve().parents):
            raise FileProblem(
                f"The key in '{file}' lies in a Git repository.", "keep it outside, where only you can read it."
            )
        try:
            key = file.read_bytes().strip()
        except OSError:
            raise FileProblem(f"The key cannot be read from '{file}'.", "check the path and your rights.") from None
    if len(key) < _SHORTEST_KEY:
        raise BadArgument(
            f"There is no key of at least {_SHORTEST_KEY} bytes in {place}.",
            'make one: python -c "import secrets; print(secrets.token_hex(32))", and keep it out of the repository.',
        )
    return key


def make_pseudonym(value: str, *, key: bytes, purpose: str) -> str:
    """Return a name that stands for a value: the same for the same value and key, and of no use without the key.

    HMAC-SHA-256 (RFC 2104), the first 64 bits as hexadecimal digits.

    Parameters
    ----------
    value
        What is to be hidden, in its normal form.
    key
        Secret of the company (`read_key`).
    purpose
        What the value is, such as ``email``: equal values of different purpose get different pseudonyms.

    Examples
    --------
    >>> make_pseudonym("hana@example.jp", key=b"0123456789abcdef", purpose="email")
    'p-134068c34c22f222'
    """
    told = hmac.new(key, f"{purpose}\0{value}".encode(), hashlib.sha256)
    return f"p-{told.hexdigest()[:16]}"


def redact_frame(
    frame: pd.DataFrame, table: str, *, key: bytes | None = None, keep: Collection[str] = ()
) -> pd.DataFrame:
    """Return a table's rows without its personal values.

    Columns that the table declares personal become pseudonyms with a key, and are left out without one. Values are
    brought to one form first, so that one person gets one pseudonym in all tables. ``custom`` is always left out:
    nobody declared what it holds. Free text (notes, subjects) is left out too, since a pseudonym of it tells nothing.

    Parameters
    ----------
    frame
        Rows with canonical columns.
    table
        Canonical table that declares them.
    key
        Secret of the company (`read_key`); None leaves personal columns out.
    keep
        Personal columns that this reader may see, on purpose.

    Raises
    ------
    TableError
        When a column is not declared, since it may be personal; or ``keep`` names a column that is not.

    Examples
    --------
    >>> users = pd.DataFrame({"user_id": ["u:1"], "name": ["佐藤 花子"], "is_active": [True]})
    >>> list(redact_frame(users, "users").columns)
    ['user_id', 'is_active']
    """
    declared = get_table(table)
    unknown = sorted(set(map(str, frame.columns)) - set(declared.column_names))
    if unknown:
        raise TableError(
            f"{table} does not declare {', '.join(unknown)}, which may be personal.",
            "leave the columns out, or rename them as the table declares them.",
        )
    if set(keep) - set(declared.personal_columns):
        raise TableError(
            f"{table} has no personal column {', '.join(sorted(set(keep) - set(declared.personal_columns)))}.",
            f"keep some of: {', '.join(declared.personal_columns) or 'none'}.",
        )
    shown = {}
    for name in map(str, frame.columns):
        if name == CUSTOM.name:
            continue
        if name not in declared.personal_columns or name in keep:
            shown[name] = frame[name]
        elif key is not None and (purpose := _purpose_of(table, name)) is not None:
            shown[name] = frame[name].map(lambda value, p=purpose: _hide(value, key, p)).astype("str")
    return pd.DataFrame(shown, index=frame.index)


def _purpose_of(table: str, column: str) -> str | None:
    if (table, column) in _COMPANY_COLUMNS:
        return "company"
    if column in {"email", "phone"}:
        return column
    return "person" if column in {"name", "contact_name"} and table != "opportunities" else None


def _hide(value: object, key: bytes, purpose: str) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    forms: dict[str, Callable[[str], str | None]] = {
        "email": normal_email,
        "phone": normal_phone,
        "company": lambda text: read_company_name(text).core,
        "person": lambda text: read_person_name(text).core,
    }
    return make_pseudonym(forms[purpose](value) or value.strip(), key=key, purpose=purpose)


def suppress_small_groups(
    frame: pd.DataFrame, *, count: str, values: Collection[str], least: int = LEAST_GROUP, total_is_known: bool = True
) -> pd.DataFrame:
    """Return groups with the numbers of small ones taken out, so that no member can be told apart.

    Where the total of all groups is known and only one group is small, its numbers could be had by subtraction; the
    next smallest group is taken out with it.

    Parameters
    ----------
    frame
        One row a group.
    count
        Column with the number of people in the group.
    values
        Columns that tell about the people; they and ``count`` become missing in suppressed rows.
    least
        Smallest group that is shown.
    total_is_known
        Whether the reader knows, or is shown, the sum over all groups.

    Returns
    -------
    pd.DataFrame
        The same rows with ``is_suppressed``.

    Examples
    --------
    >>> groups = pd.DataFrame({"team": ["a", "b", "c"], "n": [40, 3, 9], "mean": [1.0, 2.0, 3.0]})
    >>> suppress_small_groups(groups, count="n", values=["mean"])["is_suppressed"].tolist()
    [False, True, True]
    """
    require_columns(frame, count, *values, of="groups")
    n = frame[count].astype("Int64")
    hidden = (n < least) & (n > 0)
    if total_is_known and int(hidden.sum()) == 1 and int((n > 0).sum()) > 1:
        rest = n[~hidden & (n > 0)]
        hidden[rest.sort_values(kind="stable").index[0]] = True
    shown = frame.copy()
    shown[count] = n.mask(hidden)
    for name in values:
        shown[name] = shown[name].mask(hidden)
    shown["is_suppressed"] = hidden.astype(bool)
    return shown


def keep_reachable(rows: pd.DataFrame, contacts: pd.DataFrame, *, channel: Literal["email", "phone"]) -> pd.DataFrame:
    """Return the rows of a list whose people may be reached on a channel.

    A person who opted out under one record is left out under every record with the same address or number: an opt-out
    binds the company, not the row of its table.

    Parameters
    ----------
    rows
        Anything with ``contact_id``, such as a call list. Rows without a contact stay: they name nobody.
    contacts
        Canonical contacts: ``contact_id, email, phone, opt_out_email, opt_out_phone``.
    channel
        ``email`` or ``phone``.

    Raises
    ------
    TableError
        When a column is missing; an opt-out that was never imported is no permission.

    Examples
    --------
    >>> contacts = pd.DataFrame({
    ...     "contact_id": ["1", "2", "3"], "email": [None] * 3, "phone": ["090-1111-2222", "09011112222", "0312345678"],
    ...     "opt_out_email": [False] * 3, "opt_out_phone": [True, False, False],
    ... })
    >>> keep_reachable(contacts[["contact_id"]], contacts, channel="phone")["contact_id"].tolist()
    ['3']
    """
    require_columns(rows, "contact_id", of="rows")
    require_columns(contacts, "contact_id", channel, f"opt_out_{channel}", of="contacts")
    normal = normal_email if channel == "email" else normal_phone
    address = contacts[channel].map(lambda text: normal(text) if isinstance(text, str) else None)
    refused = contacts[f"opt_out_{channel}"].astype("boolean").fillna(value=False).astype(bool)
    refused |= address.isin(set(address[refused].dropna()))
    gone = set(contacts.loc[refused, "contact_id"])
    return rows[~rows["contact_id"].isin(gone)]


def write_safe_csv(table: pd.DataFrame, file: Path) -> Path:
    """Write a table as CSV that a spreadsheet opens without running anything: UTF-8 with a byte-order mark.

    Text that begins like a formula gets an apostrophe before it; numbers stay as they are. The file appears when it is
    whole.
    """
    safe = pd.DataFrame({name: _defuse(table[name]) for name in table.columns}, index=table.index)
    safe.columns = pd.Index([_plain(str(name)) for name in safe.columns])
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}")
    safe.to_csv(half, index=False, encoding="utf-8-sig", lineterminator="\r\n")
    half.replace(file)
    return file


def _defuse(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    return values.map(lambda cell: _plain(cell) if isinstance(cell, str) else cell)


def _plain(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _widths() -> Iterator[tuple[int, str]]:
    yield from ((0xFF10 + digit, str(digit)) for digit in range(10))
    yield from ((0xFF21 + letter, chr(ord("A") + letter)) for letter in range(26))
    yield from ((0xFF41 + letter, chr(ord("a") + letter)) for letter in range(26))


_HALF_WIDTH = dict(_widths())
