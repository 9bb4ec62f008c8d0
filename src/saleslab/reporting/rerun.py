"""Does an executed notebook give the same when it is run again? Asked of nbval, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saleslab.errors import ProofFailed
from saleslab.reporting.blocks import MIME
from saleslab.reporting.kernel import CELL_TIMEOUT
from saleslab.reporting.notebook_form import notebook_text
from saleslab.reporting.proof_hooks import DATABASE_VARIABLE, RECORD_VARIABLE, WHOLE_VARIABLE

_SHOWN_PLACES = 3
_LEFT_OUT = {"PYTEST_ADDOPTS", WHOLE_VARIABLE}
_TOLD_BY_PYTEST = {0, 1}  # all cells passed, or some failed
_WORDS_OF_BLOCK = re.compile(r"\w+ (\S+) sha256:[0-9a-f]")


def rerun(notebook: Any, *, database: str, whole: bool = True) -> list[str]:
    """Run a notebook again by nbval and return what differs, a sentence a cell; an empty list is a proof.

    Parameters
    ----------
    notebook
        As a run keeps it, with every output; or as it is committed, with the words of its blocks alone.
    database
        Address of the warehouse.
    whole
        Whether it is as a run keeps it. A committed notebook's provenance is not compared: it names the machine.

    Raises
    ------
    ProofFailed
        When nbval itself does not come to an end.
    """
    with tempfile.TemporaryDirectory(prefix="saleslab-proof-") as place:
        folder = Path(place)
        (folder / "executed.ipynb").write_text(notebook_text(notebook), encoding="utf-8")
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        record = folder / "record.json"
        done = _run_nbval(folder, database, record, whole=whole)
        if done.returncode not in _TOLD_BY_PYTEST or not record.is_file():
            last = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["it said nothing"]
            raise ProofFailed(
                f"nbval stopped with code {done.returncode}: {last[0][:200]}",
                "see that `python -m pytest --nbval` works in this environment.",
            )
        records = {str(told["cell"]): told for told in json.loads(record.read_text(encoding="utf-8"))}
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return [finding for cell in cells for finding in _findings(cell, records, whole=whole)]


def _run_nbval(folder: Path, database: str, record: Path, *, whole: bool) -> subprocess.CompletedProcess[str]:
    plugins = ["-p", "saleslab.reporting.proof_hooks", "-p", "nbval.plugin", "-p", "no:cacheprovider"]
    options = ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_TIMEOUT}", "-q", "--tb=no", "--color=no"]
    environment = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    environment |= {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        DATABASE_VARIABLE: database,
        RECORD_VARIABLE: str(record),
    } | ({WHOLE_VARIABLE: "1"} if whole else {})
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "pytest", *plugins, *options, "-c", "pytest.ini", "executed.ipynb"],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _findings(cell: Any, records: dict[str, Any], *, whole: bool) -> Iterator[str]:
    """Yield what differs in one cell; the values are left out, since they may be a person's."""
    told = records.get(cell.id)
    if told is None:
        yield f"cell '{cell.id}' was not run again"
        return
    if not told["error"]:
        return
    stopped = [str(output["ename"]) for output in told["outputs"] if output.get("output_type") == "error"]
    if stopped:
        yield f"cell '{cell.id}' stopped with {stopped[0]}"
        return
    kept, fresh = (blocks_in(outputs, whole=whole) for outputs in (cell.outputs, told["outputs"]))
    differing = [
        name for name in [*kept, *(new for new in fresh if new not in kept)] if kept.get(name) != fresh.get(name)
    ]
    for name in differing:
        places = _places(kept.get(name), fresh.get(name))
        yield f"block '{name}' in cell '{cell.id}' is not what the notebook gives: {places}"
    if not differing:
        what = "the printed output is not what the notebook gives" if told["outputs"] else told["error"].splitlines()[0]
        yield f"cell '{cell.id}': {what}"


def blocks_in(outputs: list[Any], *, whole: bool) -> dict[str, tuple[Any, str]]:
    """Return the JSON, None unless ``whole``, and the plain text of every block among outputs, by its name."""
    found: dict[str, tuple[Any, str]] = {}
    for data in (output.get("data", {}) for output in outputs):
        text = str(data.get("text/plain", ""))
        if whole and MIME in data:
            found[str(data[MIME].get("name"))] = (data[MIME], text)
        elif not whole and (words := _WORDS_OF_BLOCK.match(text)):
            found[words[1]] = (None, text)
    return found


def _places(kept: tuple[Any, str] | None, fresh: tuple[Any, str] | None) -> str:
    if kept is None:
        return "it is missing"
    if fresh is None:
        return "it was added"
    places = list(differences(kept[0], fresh[0])) or ["its plain text"]
    more = f" and {len(places) - _SHOWN_PLACES} more" if len(places) > _SHOWN_PLACES else ""
    return ", ".join(places[:_SHOWN_PLACES]) + more


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Yield the places in which two JSON trees differ, without what stands there.

    Examples
    --------
    >>> list(differences({"value": {"money": "1.00"}}, {"value": {"money": "2.00"}}))
    ['value.money']
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            yield from differences(one.get(name), other.get(name), f"{place}.{name}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}[{i}]")
    elif one != other:
        yield place or "all of it"
