"""Who may see what of a person? Pseudonyms in place of names, and tables without what is personal.

A notebook is no security boundary. Whoever can run one can read every table that its warehouse holds, so that what is
done here protects *what leaves the lab* (pages, files, messages), not the database. Keep the database where only those
who may see all of it can read it; give others reports, or a warehouse that was written from redacted tables.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd

from saleslab.errors import BadArgument, FileProblem, TableError
from saleslab.intake.contact_points import normal_email, normal_phone
from saleslab.intake.name_forms import read_company_name, read_person_name
from saleslab.tables import CUSTOM, get_table

KEY_VARIABLE = "SALESLAB_PSEUDONYM_KEY"
"""Environment variable that holds the key of the pseudonyms."""

_SHORTEST_KEY = 16
_COMPANY_COLUMNS = {("accounts", "name"), ("leads", "company")}


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
