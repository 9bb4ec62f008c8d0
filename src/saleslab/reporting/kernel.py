"""How is a notebook run so that the machine leaves no trace in what it shows?

By papermill, in a kernel of this very Python, in an empty folder, with one thread, one time zone and one hash seed,
over files instead of network ports. The database reaches the kernel in a line that is added to the parameters cell and
taken away again, so that neither its path nor its password is ever written.
"""

from __future__ import annotations

import copy
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from saleslab import errors
from saleslab.errors import ReportFailed
from saleslab.reporting.parameters import DATABASE, assignments

PARAMETERS_TAG = "parameters"
INJECTED_TAG = "injected-parameters"

FIXED_ENVIRONMENT: Mapping[str, str] = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONWARNINGS": "",
    "PYTHONSTARTUP": str(Path(__file__).with_name("kernel_start.py")),
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
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
"""What every kernel finds in its environment, whoever starts it and wherever.

Wide instructions of newer processors round otherwise; an estimate that is found step by step carries that into digits
which a block keeps. So all reckon with those of a processor of 2013, as NumPy 2.4 and OpenBLAS name them.
"""

Progress: TypeAlias = Callable[[int, int], None]

CELL_TIMEOUT = 900
"""Seconds that one cell may take."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellFailed(ReportFailed):
    """A cell stopped with an error of some ``kind``; its ``traceback`` is for a record, not for a message."""

    def __init__(self, what: str, next_step: str, *, kind: str = "", traceback: str = "") -> None:
        super().__init__(what, next_step)
        self.kind = kind
        self.traceback = traceback


def _cell_failed(cell: int, kind: str, words: str, traceback: str) -> CellFailed:
    """Return the error of a cell. Only our own errors are quoted: the words of others may hold a person's data."""
    what, next_step = "", "read the traceback in the record of the failure, mend the notebook, and run it again."
    if isinstance(getattr(errors, kind, None), type):
        what, _, advice = words.partition("\n  Next: ")
        next_step = advice or next_step
    return CellFailed(
        f"Cell {cell} stopped with {kind}{': ' if what else '.'}{what}", next_step, kind=kind, traceback=traceback
    )


def tagged_cell(notebook: Any, tag: str) -> Any | None:
    """Return the first code cell with a tag, or None."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code" and tag in cell.metadata.get("tags", []))
    return next(cells, None)


def cell_number(notebook: Any, index: int) -> int:
    """Return the number, from 1, by which a reader of the source notebook knows the cell at an index."""
    return sum(INJECTED_TAG not in cell.metadata.get("tags", []) for cell in notebook.cells[: index + 1])


def with_database(source: str, url: str) -> str:
    """Return the source of a parameters cell that ends with naming a database."""
    return f"{source}\n{assignments({DATABASE: url})}"


def execute(notebook: Any, *, database: str, timeout: int = CELL_TIMEOUT, progress: Progress | None = None) -> Any:
    """Run a notebook and return it with its outputs and execution counts; the given one stays as it is.

    Parameters
    ----------
    notebook
        `nbformat` notebook with a cell tagged ``parameters``.
    database
        Address of the warehouse, paths absolute; the kernel gets it, the returned notebook does not hold it.
    timeout
        Seconds that one cell may take.
    progress
        Called after every code cell with how many cells are done, and of how many.

    Raises
    ------
    CellFailed
        When a cell raises an error.
    ReportFailed
        When the notebook has no parameters cell, or the kernel does not start, dies, or takes too long.
    """
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    prepared = copy.deepcopy(notebook)
    cell = tagged_cell(prepared, PARAMETERS_TAG)
    if cell is None:
        raise ReportFailed("The notebook has no parameters cell.", "give the tag 'parameters' to one cell.")
    source = cell.source
    cell.source = with_database(source, database)
    with tempfile.TemporaryDirectory(prefix="saleslab-") as folder:
        try:
            executed = _run_by_papermill(prepared, Path(folder), timeout, progress)
        except PapermillExecutionError as failed:
            trace = _ANSI.sub("", "\n".join(failed.traceback))
            raise _cell_failed(cell_number(prepared, failed.cell_index), failed.ename, failed.evalue, trace) from None
        except (CellControlSignal, DeadKernelError) as stopped:
            raise ReportFailed(
                f"The kernel stopped before the report was done ({type(stopped).__name__}).",
                f"see whether the machine has enough memory; one cell may take {timeout} seconds.",
            ) from None
    tagged_cell(executed, PARAMETERS_TAG).source = source  # type: ignore[union-attr]
    return executed


def _run_by_papermill(notebook: Any, folder: Path, timeout: int, progress: Progress | None) -> Any:
    """Return what papermill makes of a notebook, in a kernel whose working folder is empty."""
    import papermill

    def tell(cell_index: int, **_: Any) -> None:
        if progress is not None:
            progress(cell_index + 1, len(notebook.cells))

    work = folder / "work"
    work.mkdir()
    executed = papermill.execute_notebook(
        notebook,
        None,
        kernel_name="python3",
        progress_bar=False,
        execution_timeout=timeout,
        kernel_manager_class=_kernels_in(folder),
        resources={"metadata": {"path": str(work)}},
        coalesce_streams=True,
        on_cell_executed=tell,
    )
    for holder in (executed, *executed.cells):
        for clock in ("papermill", "execution"):
            holder.metadata.pop(clock, None)
    return executed


def _kernels_in(folder: Path) -> type:
    """Return the class of kernels of this Python in the fixed environment, that listen on files in a folder."""
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    environment = {**FIXED_ENVIRONMENT, "IPYTHONDIR": str(folder / "ipython")}
    quiet = ["--IPKernelApp.log_level=50"]  # it logs the interrupt that ends it as an error
    spec = KernelSpec(resource_dir=RESOURCES, **{**get_kernel_dict(quiet), "env": environment})
    transport = "tcp" if sys.platform == "win32" else "ipc"

    class ThisPython(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> Any:  # noqa: ARG002 - whatever the notebook says
            return spec

    class Kernel(AsyncKernelManager):
        def __init__(self, **options: Any) -> None:
            here = {"transport": transport, "connection_file": str(folder / "kernel.json")}
            super().__init__(kernel_spec_manager=ThisPython(), **here, **options)

    return Kernel
