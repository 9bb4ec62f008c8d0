"""What does nbval compare, and on which database? A pytest plugin.

``make notebooks`` runs it over the committed notebooks, `saleslab report verify` over the executed one of a run::

    python -m pytest -p saleslab.reporting.proof_hooks --nbval --nbval-current-env notebooks

The database is named by ``SALESLAB_PROOF_DB`` or is ``data/lab.duckdb`` of the project, and reaches each notebook in a
line added to its parameters cell in memory, so that it does not matter which folder a kernel starts in. Pictures, pages
and stderr are not compared: the plain text of a block carries the hash of all it holds. With ``SALESLAB_PROOF_WHOLE``
set, whole blocks are compared too; without it, the provenance is not compared, because it names the versions of the
machine. Where ``SALESLAB_PROOF_RECORD`` names a file, what each cell gave is written there as JSON.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from saleslab.reporting.addresses import absolute_address, file_of
from saleslab.reporting.blocks import MIME
from saleslab.reporting.kernel import FIXED_ENVIRONMENT, PARAMETERS_TAG, with_database

DATABASE_VARIABLE = "SALESLAB_PROOF_DB"
RECORD_VARIABLE = "SALESLAB_PROOF_RECORD"
WHOLE_VARIABLE = "SALESLAB_PROOF_WHOLE"
DEFAULT_DATABASE = "data/lab.duckdb"

NOT_COMPARED = ("stderr", "text/html", "image/svg+xml")

_records: list[dict[str, Any]] = []
_ipython = pytest.StashKey[tempfile.TemporaryDirectory[str]]()


def _is_cell(item: object) -> bool:
    return type(item).__name__ == "IPyNbCell"


def pytest_configure(config: pytest.Config) -> None:
    """Give every kernel the environment in which reports are made."""
    if config.getoption("--nbval", default=False) or config.getoption("--nbval-lax", default=False):
        config.stash[_ipython] = tempfile.TemporaryDirectory(prefix="saleslab-")
        os.environ.update(FIXED_ENVIRONMENT, IPYTHONDIR=config.stash[_ipython].name)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove what the kernels left."""
    if _ipython in config.stash:
        config.stash[_ipython].cleanup()


def pytest_collectstart(collector: Any) -> None:
    """Say which kinds of output are not compared."""
    if type(collector).__name__ == "IPyNbFile":
        whole_blocks = () if WHOLE_VARIABLE in os.environ else (MIME,)
        collector.skip_compare = (*collector.skip_compare, *NOT_COMPARED, *whole_blocks)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name the database in the parameters cell, and let the provenance of a committed notebook be."""
    cells: list[Any] = [item for item in items if _is_cell(item)]
    for item in cells:
        if PARAMETERS_TAG in item.cell.metadata.get("tags", []):
            item.cell.source = with_database(item.cell.source, _database(config))
        if WHOLE_VARIABLE not in os.environ and "reporting.provenance(" in item.cell.source:
            item.options["check"] = False


def _database(config: pytest.Config) -> str:
    address = absolute_address(os.environ.get(DATABASE_VARIABLE) or DEFAULT_DATABASE, base=config.rootpath)
    file = file_of(address)
    if file is not None and not file.is_file():
        raise pytest.UsageError(f"There is no database '{file}'; make the default company with `saleslab simulate`.")
    return address


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Keep what a cell gave when it was run again."""
    report: Any = yield
    if call.when == "call" and _is_cell(item):
        cell: Any = item
        error = str(call.excinfo.value) if call.excinfo else ""
        _records.append({"cell": cell.cell.id, "error": error, "outputs": cell.test_outputs or []})
    return report


def pytest_sessionfinish() -> None:
    """Write the record."""
    if RECORD_VARIABLE in os.environ:
        Path(os.environ[RECORD_VARIABLE]).write_text(json.dumps(_records), encoding="utf-8")
