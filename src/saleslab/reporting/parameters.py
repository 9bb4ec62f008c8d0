"""Do the values that somebody gives fit the parameters of a report?

They are checked against the declared types before a kernel starts, because papermill pastes names unchecked into code,
turns the code ``01`` into the number 1 and passes over an unknown name with a warning.
"""

from __future__ import annotations

import difflib
import json
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from saleslab.errors import ParameterError

ParameterValue: TypeAlias = str | int | float | bool | None

TYPES = ("str", "int", "float", "bool", "date", "path")
"""Types that a parameter may have; each may be followed by ``| None``. A ``path`` names a file or folder, if any."""

DATABASE = "db"
"""The parameter that names the warehouse: `saleslab report run --db` gives it, and no manifest shows it."""

_WHOLE = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YES_NO = {"true": True, "false": False}
_SECRET = re.compile(
    r"passw(or)?d|passphrase|secret|credential|api_?key|access_?key|private_?key|(^|_)(token|pwd|auth|pin)(_|$)",
    re.IGNORECASE,
)
_WANTED = {
    "str": "text",
    "int": "a whole number such as 12",
    "float": "a number such as 0.9",
    "bool": "true or false",
    "date": "a day written 2026-10-31",
    "path": "a file or folder",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of a parameters cell: its name, one of `TYPES`, whether None fits, the default, and what it is for."""

    name: str
    type: str
    optional: bool
    default: ParameterValue
    why: str


def looks_secret(name: str) -> bool:
    """Say whether what has such a name should not be read by everyone.

    Examples
    --------
    >>> looks_secret("api_key"), looks_secret("region")
    (True, False)
    """
    return bool(_SECRET.search(name))


def fill_parameters(
    declared: Iterable[Parameter], given: Mapping[str, object], *, as_text: bool = False
) -> dict[str, ParameterValue]:
    r"""Return a value for every declared parameter except `DATABASE`: the given one, or the default.

    Parameters
    ----------
    declared
        What the notebook declares (`saleslab.reporting.declarations.read_parameters`).
    given
        Values by name.
    as_text
        The values come from a command line: they are read by the declared type. Full-width digits of a number or a
        date are read as their plain forms (NFKC); text stays as it was typed, so that the code ``01`` stays ``01``.

    Returns
    -------
    dict
        In declared order; dates as ISO text.

    Raises
    ------
    ParameterError
        When a name is unknown, reserved, no identifier or looks like a secret, or a value does not fit its type; all
        problems at once.

    Examples
    --------
    >>> region = Parameter("region", "str", optional=False, default="", why="code")
    >>> top = Parameter("top", "int", optional=False, default=5, why="how many")
    >>> fill_parameters([region, top], {"region": "01", "top": "１２"}, as_text=True)
    {'region': '01', 'top': 12}
    """
    known = {parameter.name: parameter for parameter in declared}
    check_values(known.values(), given.items(), as_text=as_text)
    fitting = {name: fit_value(known[name], _read(known[name], value, as_text)) for name, value in given.items()}
    return {
        name: fitting[name][0] if name in fitting else parameter.default
        for name, parameter in known.items()
        if name != DATABASE
    }


def check_values(declared: Iterable[Parameter], values: Iterable[tuple[str, object]], *, as_text: bool = False) -> None:
    """Raise `ParameterError` with everything that does not fit, once each; a name may come with several values."""
    known = {parameter.name: parameter for parameter in declared}
    faults: dict[str, None] = {}
    for name, value in values:
        fault = _fault_of_name(name, known) or fit_value(known[name], _read(known[name], value, as_text))[1]
        if fault:
            faults[fault] = None
    if faults:
        names = ", ".join(name for name in known if name != DATABASE) or "none"
        raise ParameterError(f"The parameters do not fit: {'; '.join(faults)}.", f"this report takes: {names}.")


def _read(parameter: Parameter, value: object, as_text: bool) -> object:
    return _read_text(parameter, value) if as_text else value


def _fault_of_name(name: str, known: Mapping[str, Parameter]) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        return f"{name[:40]!r} cannot be a name"
    if looks_secret(name):
        return f"'{name}' looks like a secret, which belongs into the environment and not into a report"
    if name == DATABASE:
        return f"'{DATABASE}' is given by --{DATABASE}"
    if name not in known:
        close = difflib.get_close_matches(name, [other for other in known if other != DATABASE], n=1)
        return f"'{name}' is unknown" + (f" (did you mean '{close[0]}'?)" if close else "")
    return ""


def _read_text(parameter: Parameter, written: object) -> object:
    """Return the value that a typed text stands for, or the text itself where it stands for none."""
    if not isinstance(written, str) or parameter.type in {"str", "path"}:
        return written
    plain = unicodedata.normalize("NFKC", written).strip()
    if not plain and parameter.optional:
        return None
    match parameter.type:
        case "int" if _WHOLE.fullmatch(plain):
            return int(plain)
        case "float" if _DECIMAL.fullmatch(plain):
            return float(plain)
        case "bool":
            return _YES_NO.get(plain.lower(), written)
        case "date":
            return plain
    return written


def fit_value(parameter: Parameter, value: object) -> tuple[ParameterValue, str]:
    """Return a value as the notebook will get it, or what is wrong with it in words."""
    if value is None and parameter.optional:
        return None, ""
    fitted: ParameterValue = None
    match parameter.type, value:
        case ("str" | "path", str()) if _is_writable(value):
            fitted = value
        case ("bool", bool()):
            fitted = bool(value)
        case ("int", int()) if _is_number(value):
            fitted = int(value)
        case ("float", int() | float()) if _is_number(value):
            fitted = float(value)
        case ("date", date()) if not isinstance(value, datetime):
            fitted = value.isoformat()
        case ("date", str()) if _is_day(value):
            fitted = value
    if fitted is None:
        return None, f"'{parameter.name}' must be {_WANTED[parameter.type]}, not {str(value)[:40]!r}"
    return fitted, ""


def _is_number(value: float) -> bool:
    """Say whether a value is a finite number of up to 18 digits and not yes or no."""
    return not isinstance(value, bool) and -(10**18) < value < 10**18


def _is_writable(text: str) -> bool:
    """Say whether a text can be stored as UTF-8 and holds no control character but line breaks and tabs."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return not any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in text)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def assignments(values: Mapping[str, ParameterValue]) -> str:
    r"""Return the source of a cell that sets each value; a text can never end its own quotes.

    Examples
    --------
    >>> print(assignments({"region": 'a"; import os', "top": 3, "open": True}))
    region = "a\"; import os"
    top = 3
    open = True
    """
    written = (
        json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value) for value in values.values()
    )
    return "\n".join(f"{name} = {literal}" for name, literal in zip(values, written, strict=True))
