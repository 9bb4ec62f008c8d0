"""Are the committed notebooks in form, and do they still say what they said on the invented company?

A committed notebook carries its answers on a company that anybody can invent again, so that a change of the code that
moves a number shows as a difference in a text file. `format_notebook` changes the form alone; `refresh_notebook` runs
it; `check_committed` changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from saleslab.errors import ReportFailed
from saleslab.reporting.book import find_project
from saleslab.reporting.kernel import Progress, execute
from saleslab.reporting.notebook_form import normal_form, notebook_text, read_notebook, write_notebook
from saleslab.reporting.notebook_rules import check_file
from saleslab.reporting.rerun import rerun


@dataclass(frozen=True, slots=True)
class CommittedCheck:
    """What was found about one committed notebook.

    Attributes
    ----------
    path
        Its file.
    faults
        Rules of the house that it breaks.
    differences
        Answers that it does not give when nbval runs it again; it is run even where it breaks rules.
    """

    path: Path
    faults: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.faults and not self.differences


def list_notebooks(project: Path | None = None) -> tuple[Path, ...]:
    """Return every notebook of a project's folder ``notebooks``, sorted; the drafts that Jupyter keeps are no part."""
    folder = (project or find_project()) / "notebooks"
    found = (
        path
        for path in folder.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return tuple(sorted(found))


def check_committed(path: Path, *, database: str) -> CommittedCheck:
    """Hold a committed notebook against the rules of the house, and its answers against what it gives when run again.

    Parameters
    ----------
    path
        The notebook.
    database
        Absolute address of the invented company with the usual seed.
    """
    faults = tuple(str(fault) for fault in check_file(path))
    return CommittedCheck(path, faults, tuple(rerun(read_notebook(path), database=database, whole=False)))


def format_notebook(path: Path) -> bool:
    """Put a notebook into its normal form, without running it; return whether the file changed."""
    return _write(path, read_notebook(path))


def refresh_notebook(path: Path, *, database: str, progress: Progress | None = None) -> bool:
    """Run a notebook and keep its answers in normal form; return whether the file changed.

    A notebook that stops with an error stays as it is.

    Raises
    ------
    ReportFailed
        When a cell stops, or the notebook has no parameters cell.
    """
    notebook = normal_form(read_notebook(path))
    try:
        executed = execute(notebook, database=database, progress=progress)
    except ReportFailed as failed:
        raise ReportFailed(
            f"'{path.name}' stays as it was. {failed.what}", "open it in JupyterLab, mend the cell, and run it again."
        ) from None
    return _write(path, executed)


def _write(path: Path, notebook: object) -> bool:
    form = normal_form(notebook)
    if path.read_text(encoding="utf-8") == notebook_text(form):
        return False
    write_notebook(path, form)
    return True
