"""How is a notebook run so that the machine leaves no trace in what it shows?

By papermill, in a kernel of this very Python, in an empty folder, with one thread, one time zone and one hash seed, over
files instead of network ports. The database reaches the kernel in a line that is added to the parameters cell and taken
away again, so that neither its path nor its password is ever written.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saleslab.errors import ReportFailed
from saleslab.reporting.parameters import DATABASE, assignments

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

FIXED_ENVIRONMENT: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONWARNINGS": "default",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "LANG": "C.UTF-8",
    "COLUMNS": "120",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
"""What every kernel finds in its environment, whoever starts it and wherever."""

CELL_TIMEOUT = 900
"""Seconds that one cell may take."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class CellFailure(Exception):
    """A cell stopped with an error: which (counted from 1), the kind of error, its words and its traceback."""

    cell: int
    kind: str
    words: str
    traceback: str


def tagged_cell(notebook: Any, tag: str) -> Any | None:
    """Return the first code cell with a tag, or None."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code" and tag in cell.metadata.get("tags", []))
    return next(cells, None)


@contextmanager
def given_database(cell: Any, url: str) -> Iterator[None]:
    """Let a parameters cell name a database while the block runs; its source is as before afterwards."""
    written = cell.source
    cell.source = f"{written}\n{assignments({DATABASE: url})}"
    try:
        yield
    finally:
        cell.source = written


def execute(notebook: Any, *, database: str, timeout: int = CELL_TIMEOUT) -> None:
    """Run a notebook in place: outputs and execution counts are filled in.

    Parameters
    ----------
    notebook
        `nbformat` notebook with a parameters cell.
    database
        Address of the warehouse, paths absolute.
    timeout
        Seconds that one cell may take.

    Raises
    ------
    CellFailure
        When a cell raises an error.
    ReportFailed
        When the kernel does not start, dies, or takes too long.
    """
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    cell = tagged_cell(notebook, PARAMETERS_TAG)
    if cell is None:
        raise ReportFailed("The notebook has no parameters cell.", "tag one cell with 'parameters'.")
    with given_database(cell, database), tempfile.TemporaryDirectory(prefix="saleslab-") as folder:
        try:
            executed = _papermill(notebook, Path(folder), timeout)
        except PapermillExecutionError as failed:
            trace = _ANSI.sub("", "\n".join(failed.traceback))
            raise CellFailure(failed.cell_index + 1, failed.ename, failed.evalue, trace) from None
        except (CellControlSignal, DeadKernelError) as stopped:
            raise ReportFailed(
                f"The kernel stopped before the report was done ({type(stopped).__name__}).",
                f"see whether the machine has enough memory; a cell may take {timeout} seconds.",
            ) from None
    notebook.cells, notebook.metadata = executed.cells, executed.metadata
    cell = tagged_cell(notebook, PARAMETERS_TAG)
    cell.source = cell.source.rpartition("\n")[0]


def _papermill(notebook: Any, folder: Path, timeout: int) -> Any:
    """Return what papermill makes of a notebook, in a kernel whose folder is empty."""
    import papermill

    work = folder / "work"
    work.mkdir()
    return papermill.execute_notebook(
        notebook,
        None,
        kernel_name="python3",
        progress_bar=False,
        execution_timeout=timeout,
        km=_kernel_manager(folder),
        resources={"metadata": {"path": str(work)}},
        coalesce_streams=True,
    )


def _kernel_manager(folder: Path) -> Any:
    """Return a manager of kernels of this Python, in the fixed environment, silent and off the network."""
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    environment = {**FIXED_ENVIRONMENT, "IPYTHONDIR": str(folder / "ipython")}
    spec = KernelSpec(resource_dir=RESOURCES, **{**get_kernel_dict(), "env": environment})

    class ThisPython(KernelSpecManager):  # type: ignore[misc]
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002
            return spec

    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython())
    if sys.platform != "win32":
        manager.transport = "ipc"
    manager.connection_file = str(folder / "kernel.json")
    return manager
