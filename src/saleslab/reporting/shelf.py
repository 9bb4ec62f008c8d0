"""Which runs were published, and which of them does somebody mean?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from saleslab.errors import BadArgument, FileProblem
from saleslab.reporting.manifest import read_manifest
from saleslab.reporting.run_folder import MANIFEST, TIMING, read_json_file
from saleslab.wording import Text

_SHORTEST_KEY = 4


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A run on the shelf: what it is about, its day, and when it was made (ISO text, empty when that is not known)."""

    report: str
    run_key: str
    title: Text
    as_of: str
    made_at: str
    folder: Path


def list_runs(out: Path) -> tuple[PublishedRun, ...]:
    """Return every published run below ``out/runs``, last made first; what is no run is passed over."""
    found = []
    for file in sorted((out / "runs").glob(f"[!.]*/[!.]*/{MANIFEST}")):
        with suppress(FileProblem):
            found.append(_open(file.parent))
    return tuple(sorted(found, key=lambda run: (run.made_at, run.as_of, run.run_key), reverse=True))


def find_run(name: str, out: Path) -> Path:
    """Return the folder of a run by its folder, the beginning of its key, or its report, whose last run is meant.

    Raises
    ------
    BadArgument
        When there is no such run, or several keys begin like that.
    """
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    runs = list_runs(out)
    of_report = [run for run in runs if run.report == name]
    by_key = [run for run in runs if len(name) >= _SHORTEST_KEY and run.run_key.startswith(name)]
    if not of_report and len(by_key) != 1:
        raise BadArgument(
            f"There is no run '{name}' in {out / 'runs'}."
            if not by_key
            else f"{len(by_key)} runs have a key that begins with '{name}'.",
            "name a folder, a longer part of the key, or a report; see `saleslab report list`.",
        )
    return (of_report or by_key)[0].folder


def _open(folder: Path) -> PublishedRun:
    manifest = read_manifest(folder)
    try:
        made_at = str(read_json_file(folder / TIMING)["finished_at"])
    except (FileProblem, KeyError, TypeError):
        made_at = ""
    try:
        title = Text(str(manifest["title"]["en"]), str(manifest["title"]["ja"]))
        key, report, as_of = (str(manifest[name]) for name in ("run_key", "report", "as_of"))
    except (KeyError, TypeError):
        raise FileProblem(f"The manifest in '{folder}' is not complete.", "run the report again.") from None
    return PublishedRun(report, key, title, as_of, made_at, folder)
