"""What does ``name=value`` on a command line mean? Always text: whoever knows the declared type reads it."""

from __future__ import annotations

import csv
from collections.abc import Iterable

from saleslab.errors import BadArgument


def read_pairs(written: Iterable[str]) -> dict[str, str]:
    """Return values by name; the first ``=`` divides, so that a value may hold others.

    Raises
    ------
    BadArgument
        When a pair has no ``=`` or a name comes twice.

    Examples
    --------
    >>> read_pairs(["region=01", "filter=a=b"])
    {'region': '01', 'filter': 'a=b'}
    """
    values: dict[str, str] = {}
    for pair in written:
        name, value = _divide(pair, "-p region=01")
        if name in values:
            raise BadArgument(f"'{name}' is given twice.", f"give it once, or list its values: --each {name}=a,b.")
        values[name] = value
    return values


def read_lists(written: Iterable[str]) -> dict[str, list[str]]:
    """Return lists of values by name; a value that holds a comma stands in double quotes, as in a CSV file.

    Examples
    --------
    >>> read_lists(["region=01,02", 'team="North, new",South', "region=03"])
    {'region': ['01', '02', '03'], 'team': ['North, new', 'South']}
    """
    lists: dict[str, list[str]] = {}
    for pair in written:
        name, values = _divide(pair, "--each region=01,02")
        lists.setdefault(name, []).extend(next(csv.reader([values], skipinitialspace=True), []))
    return lists


def _divide(pair: str, example: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise BadArgument(f"'{pair[:40]}' is no name with a value.", f"write it as {example}.")
    return name.strip(), value
