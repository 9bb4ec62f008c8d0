"""Which runs does a matrix of parameters stand for? One for every combination of the values that are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from saleslab.errors import BadArgument
from saleslab.reporting.addresses import absolute_address
from saleslab.reporting.parameters import check_values
from saleslab.reporting.planning import open_report
from saleslab.warehouse import connect


def plan_matrix(
    report: str | Path,
    *,
    db: str,
    given: Mapping[str, object],
    each: Mapping[str, Sequence[object]],
    as_text: bool = False,
    project: Path | None = None,
) -> tuple[dict[str, object], ...]:
    """Return the parameters of every run, having checked all that can be checked before one of them runs.

    Parameters
    ----------
    report
        Name of a report, or the path of a notebook.
    db
        The warehouse, which must open.
    given
        Values that every run gets.
    each
        Values by name; each run gets one of them.
    as_text
        The values were typed, and are read by the declared types.
    project
        Folder that holds ``notebooks/reports``; looked for when None.

    Raises
    ------
    ParameterError
        With every value of every run that does not fit.
    BadArgument
        When a name is both given and varied, a list is empty, or there is no such report.
    WarehouseError
        When the database cannot be opened.
    """
    opened = open_report(report, project)
    runs = combine(given, each)
    varied = [(name, value) for name, values in each.items() for value in values]
    check_values(opened.declared, [*given.items(), *varied], as_text=as_text)
    connect(absolute_address(db), read_only=True).close()
    return runs


def combine(given: Mapping[str, object], each: Mapping[str, Sequence[object]]) -> tuple[dict[str, object], ...]:
    """Return what is given together with every combination of what is listed; the last name varies fastest.

    Examples
    --------
    >>> combine({"top": 3}, {"region": ["01", "02"]})
    ({'top': 3, 'region': '01'}, {'top': 3, 'region': '02'})
    """
    twice = sorted({*given} & {*each})
    if twice:
        raise BadArgument(
            f"'{twice[0]}' is given one value and a list of values.", "name it with -p or with --each, not with both."
        )
    empty = [name for name, values in each.items() if not values]
    if empty:
        raise BadArgument(f"'{empty[0]}' has no values.", f"list them: --each {empty[0]}=a,b.")
    lists = (dict.fromkeys(values) for values in each.values())
    return tuple({**given, **dict(zip(each, combination, strict=True))} for combination in product(*lists))
